/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_sink.h - a made-up output plugin that keeps what it took and does as it is told, numbered lines to push, and the check
 * that each was written or dropped once. After cmocka.h.
 */
#ifndef TESTS_FAKE_SINK_H
#define TESTS_FAKE_SINK_H

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "output/output.h"

#define RING_SIZE  (256u * 1024u)
#define PATIENCE_S 60u /* longer than a busy machine keeps a thread waiting */

/* ------------------------------------------------------------- the sink */

enum mood { TAKES, IS_BUSY, FAILS, LOSES, TAKES_PARTS, REFUSES_TO_OPEN };

static struct {
    _Atomic enum mood mood;
    _Atomic unsigned opens, writes, reopens, closes, flushes;
    _Atomic bool reopen_fails;
    char *text; /* what was taken; the writer's until output_close */
    size_t size, capacity, largest, taken;
    unsigned parts;    /* a simple random sequence */
    bool broken_piece; /* a write that did not end in LF, or whose count was wrong */
} sink;

static inline void *sink_open(const struct sensor_host *host, const struct sensor_options *options, char *error, size_t size)
{
    (void)host;
    (void)options;
    if (sink.mood != REFUSES_TO_OPEN) {
        atomic_fetch_add(&sink.opens, 1);
        return &sink;
    }
    snprintf(error, size, "the door is shut");
    return NULL;
}

static inline void keep(const uint8_t *at, size_t size)
{
    if (size == 0)
        return;
    if (sink.size + size > sink.capacity) {
        sink.capacity = 2 * (sink.size + size);
        sink.text = realloc(sink.text, sink.capacity);
        assert_non_null(sink.text);
    }
    memcpy(sink.text + sink.size, at, size);
    sink.size += size;
}

static inline size_t lines_in(struct slice s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.size; i++)
        count += s.at[i] == '\n';
    return count;
}

/* Takes whole lines up to some byte, says RETRY, and knows them again: what a full disk makes of the file sink. */
static inline enum sensor_written take_part(struct slice lines)
{
    if (sink.taken >= lines.size) {
        sink.taken -= lines.size;
        return SENSOR_WRITTEN;
    }
    sink.parts = sink.parts * 1103515245u + 12345u;
    size_t stop = sink.taken + (lines.size - sink.taken) * (sink.parts >> 16 & 3) / 3, whole = sink.taken;
    for (size_t i = sink.taken; i < stop; i++)
        if (lines.at[i] == '\n')
            whole = i + 1;
    keep(lines.at + sink.taken, whole - sink.taken);
    sink.taken = whole == lines.size ? 0 : whole;
    return whole == lines.size ? SENSOR_WRITTEN : SENSOR_RETRY;
}

static inline enum sensor_written sink_write(void *state, struct slice lines, size_t line_count)
{
    (void)state;
    atomic_fetch_add(&sink.writes, 1);
    if (lines.size == 0 || lines.at[lines.size - 1] != '\n' || lines_in(lines) != line_count)
        sink.broken_piece = true;
    if (lines.size > sink.largest)
        sink.largest = lines.size;
    switch (atomic_load(&sink.mood)) {
    case IS_BUSY:
    case FAILS: return SENSOR_RETRY;
    case LOSES: return SENSOR_LOST;
    case TAKES_PARTS: return take_part(lines);
    default: keep(lines.at, lines.size); return SENSOR_WRITTEN;
    }
}

static inline bool sink_flush(void *state)
{
    (void)state;
    atomic_fetch_add(&sink.flushes, 1);
    return true;
}

static inline bool sink_reopen(void *state)
{
    (void)state;
    atomic_fetch_add(&sink.reopens, 1);
    return !sink.reopen_fails;
}

static inline const char *sink_error(void *state)
{
    (void)state;
    return sink.mood == FAILS ? "no space left" : sink.reopen_fails ? "no such place" : "";
}

static inline void sink_close(void *state)
{
    (void)state;
    atomic_fetch_add(&sink.closes, 1);
}

static const struct sensor_plugin plugin = {
    SENSOR_PLUGIN_ABI,
    .kind = SENSOR_OUTPUT,
    .name = "fake",
    .output = {.open = sink_open,
               .write = sink_write,
               .flush = sink_flush,
               .reopen = sink_reopen,
               .error = sink_error,
               .close = sink_close},
};

static inline int set_up(void **state)
{
    (void)state;
    free(sink.text);
    memset(&sink, 0, sizeof sink);
    return 0;
}

static struct output *latest; /* opened by start_output */

static inline struct output *start_output(const struct output_options *options)
{
    struct error error = {{0}};
    latest = output_open(options, &error);
    assert_non_null(latest);
    return latest;
}

/* A test that failed has left its writer running: it must not meet the next test's sink. */
static inline int clean_up(void **state)
{
    (void)state;
    if (sink.opens > sink.closes) {
        sink.mood = LOSES;
        output_close(latest, 1000, NULL, NULL);
    }
    free(sink.text);
    sink.text = NULL;
    return 0;
}

/* ------------------------------------------------------------- helpers */

static inline struct output *open_output(enum mood mood, bool wait)
{
    struct output_options options = {.name = "test", .plugin = &plugin, .ring_size = RING_SIZE, .wait = wait};
    sink.mood = mood;
    return start_output(&options);
}

static inline bool push_event(struct output *o, enum event_type type, unsigned n)
{
    char line[160];
    int size = snprintf(line, sizeof line, "{\"n\":%u,\"pad\":\"%.*s\"}\n", n, (int)(n % 100),
                        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789");
    return output_push(o, &(struct output_lines){.at = line, .size = (size_t)size, .count = 1, .type = type, .time_ns = n});
}

static inline bool push_number(struct output *o, unsigned n)
{
    return push_event(o, EVENT_FLOW, n);
}

/* How many lines the sink kept; each number must be larger than the one before. */
static inline unsigned kept_in_order(void)
{
    unsigned count = 0;
    long long last = -1;
    for (size_t at = 0; at < sink.size; count++) {
        long long n = strtoll(sink.text + at + 5, NULL, 10);
        assert_memory_equal(sink.text + at, "{\"n\":", 5);
        assert_true(n > last);
        last = n;
        const char *lf = memchr(sink.text + at, '\n', sink.size - at);
        assert_non_null(lf);
        at = (size_t)(lf - sink.text) + 1;
    }
    return count;
}

static inline void assert_accounts(const struct output_counters *c, unsigned produced)
{
    assert_int_equal(c->produced, produced);
    assert_int_equal(c->written + c->dropped, produced);
    assert_int_equal(c->written, kept_in_order());
    assert_int_equal(c->bytes, sink.size);
    assert_false(sink.broken_piece);
}

/* Yields until the sink was asked `count` times; fails after a long while. */
static inline void wait_for(_Atomic unsigned *counter, unsigned count)
{
    uint64_t until = clock_monotonic_ns() + PATIENCE_S * NS_PER_S;
    while (atomic_load(counter) < count) {
        assert_true(clock_monotonic_ns() < until);
        sched_yield();
    }
}

#endif
