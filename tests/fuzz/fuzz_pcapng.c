/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_pcapng.c - any bytes as blocks of a pcapng file, behind a good section header, whose byte order the first byte picks.
 */
#include "capture_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t little[28] = {10, 13, 13, 10, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255,
                                       255, 255, 28, 0, 0, 0};
    static const uint8_t big[28] = {10, 13, 13, 10, 0, 0, 0, 28, 0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0, 255, 255, 255, 255, 255, 255,
                                    255, 255, 0, 0, 0, 28};
    static uint8_t file[1 << 16];
    if (size < 1 || size > sizeof file - sizeof little)
        return 0;
    memcpy(file, data[0] & 1 ? big : little, sizeof little);
    memcpy(file + sizeof little, data + 1, size - 1);
    capture_read_bytes(file, size - 1 + sizeof little);
    return 0;
}
