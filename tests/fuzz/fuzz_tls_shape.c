/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_tls_shape.c - both ends of what may be TLS, whole and in pieces of any size: the same flaw, or none.
 *
 * Input: a byte for the size of pieces, a byte that says where the server's bytes begin, then the bytes.
 */
#include "dissect/tls_shape.h"
#include "sink.h"

static void give(struct tls_shape *s, enum direction direction, const uint8_t *bytes, size_t size, size_t step)
{
    for (size_t at = 0; at < size; at += step) {
        size_t n = step < size - at ? step : size - at;
        uint8_t *exact = sink_exact(bytes + at, n);
        tls_shape_take(s, direction, 7, 7 + at, (struct slice){exact, n});
        free(exact);
    }
}

static uint64_t told(const uint8_t *data, size_t size, size_t split, size_t step)
{
    struct sink *s = sink_open(IP_TCP);
    struct tls_shape shape = {0};
    give(&shape, TO_SERVER, data, split, step);
    give(&shape, TO_CLIENT, data + split, size - split, step);
    tls_shape_tell(&shape, &s->place);
    return s->told * 8 + shape.flaw;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    size_t split = data[1] % (size - 2), step = data[0] % 32 + 1u;
    uint64_t whole = told(data + 2, size - 2, split, size), pieces = told(data + 2, size - 2, split, step);
    if (whole % 8 != pieces % 8)
        abort();
    return 0;
}
