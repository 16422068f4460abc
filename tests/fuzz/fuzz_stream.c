/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_stream.c - any order of segments, acknowledgements, skips and restarts: what is shown is what was sent at its place,
 * memory stays in its bounds and all of it comes back.
 *
 * Input: operations of 4 bytes: kind, argument, position (16 bit little endian). The byte sent at a position is a function of
 * the position, so every byte shown can be checked.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/stream.h"

#define BASE       0xfffff000u /* so that the numbers wrap */
#define STREAM_MAX 4096
#define BUDGET     16384

static uint8_t byte_at(uint32_t position)
{
    return (uint8_t)(position * 2654435761u >> 13);
}

struct reader {
    struct stream stream;
    struct stream_pool pool;
    uint64_t place; /* position of the first byte that is not used up */
    uint8_t habit;  /* how it consumes */
    int known;      /* `place` has meaning: until a restart, or before the beginning is known */
};

static void look(struct reader *r, const struct stream_run *run)
{
    uint64_t first = r->stream.next - run->bytes.size;
    assert(run->bytes.size > 0 && run->fresh_at < run->bytes.size);
    assert(!r->known || first == r->place);
    for (size_t i = 0; i < run->bytes.size; i++)
        assert(run->bytes.at[i] == byte_at((uint32_t)(first + i)));
    r->known = 1;
    if (r->habit % 7 == 0) {
        stream_refuse(&r->stream, &r->pool);
        r->place = first + run->bytes.size;
    } else {
        size_t use = r->habit % 3 ? run->bytes.size : run->bytes.size / 2;
        uint64_t skip = r->habit % 5 ? 0 : r->habit;
        stream_consume(&r->stream, &r->pool, use, skip);
        r->place = first + use + skip;
    }
}

static void read_on(struct reader *r, bool flush)
{
    struct stream_run run;
    enum stream_step step;
    while ((step = stream_next(&r->stream, &r->pool, flush, &run)) != STREAM_EMPTY) {
        if (step == STREAM_BYTES) {
            look(r, &run);
            continue;
        }
        assert(run.lost > 0);
        r->place = r->stream.next;
    }
}

static void send(struct reader *r, uint32_t at, size_t size)
{
    uint8_t *bytes = malloc(size ? size : 1);
    assert(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = byte_at(BASE + at + (uint32_t)i);
    struct slice payload = {bytes, size};
    if (!stream_push(&r->stream, &r->pool, BASE + at, payload)) {
        read_on(r, true);
        if (!stream_push(&r->stream, &r->pool, BASE + at, payload))
            r->known = 0;
    }
    read_on(r, false);
    if (!stream_settle(&r->stream, &r->pool))
        r->known = 0;
    free(bytes);
}

static void operate(struct reader *r, uint8_t kind, uint8_t argument, uint16_t at)
{
    switch (kind % 8) {
    case 0: stream_start(&r->stream, BASE + at); break;
    case 1: stream_ack(&r->stream, BASE + at); break;
    case 2: read_on(r, true); break;
    case 3:
        if (stream_may_restart(&r->stream, BASE + at)) {
            stream_restart(&r->stream, &r->pool, BASE + at);
            r->known = 0;
        }
        break;
    case 4:
        if (stream_cut(&r->stream, &r->pool, BASE + at, argument))
            r->place = r->stream.next;
        break;
    case 5: r->habit = argument; break;
    default: send(r, at, (size_t)argument * (kind & 8 ? 1 : 5)); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = {.pool = {.budget = {.max = BUDGET}, .stream_max = STREAM_MAX}};
    for (size_t i = 0; i + 4 <= size && i < 2000; i += 4) {
        operate(&r, data[i], data[i + 1], (uint16_t)(data[i + 2] | data[i + 3] << 8));
        assert(r.pool.budget.used <= BUDGET);
        assert(r.stream.held_bytes <= STREAM_MAX && r.stream.held_count <= STREAM_HELD_MAX);
        assert(r.stream.pending.size <= STREAM_MAX);
    }
    assert(r.pool.overlaps == 0);
    stream_clear(&r.stream, &r.pool);
    assert(r.pool.budget.used == 0);
    return 0;
}
