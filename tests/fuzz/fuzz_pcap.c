/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_pcap.c - any bytes as a classic capture file. The first byte picks the magic number, the rest is the file from there on.
 */
#include "capture_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t magics[6][4] = {{0xd4, 0xc3, 0xb2, 0xa1}, {0xa1, 0xb2, 0xc3, 0xd4}, {0x4d, 0x3c, 0xb2, 0xa1},
                                         {0xa1, 0xb2, 0x3c, 0x4d}, {0x34, 0xcd, 0xb2, 0xa1}, {0xa1, 0xb2, 0xcd, 0x34}};
    static uint8_t file[1 << 16];
    if (size < 1 || size > sizeof file - 4)
        return 0;
    memcpy(file, magics[data[0] % 6], 4);
    memcpy(file + 4, data + 1, size - 1);
    capture_read_bytes(file, size + 3);
    return 0;
}
