/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_packed.c - any bytes as a gzip, zstd or lz4 file with a capture in it. The first byte picks the magic number.
 */
#include "capture_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        uint8_t bytes[4];
        size_t size;
    } magics[3] = {{{0x1f, 0x8b}, 2}, {{0x28, 0xb5, 0x2f, 0xfd}, 4}, {{0x04, 0x22, 0x4d, 0x18}, 4}};
    static uint8_t file[1 << 16];
    if (size < 1 || size > sizeof file - 4)
        return 0;
    size_t kind = data[0] % 3;
    memcpy(file, magics[kind].bytes, magics[kind].size);
    memcpy(file + magics[kind].size, data + 1, size - 1);
    capture_read_bytes(file, size - 1 + magics[kind].size);
    return 0;
}
