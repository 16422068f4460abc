/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.c - in-order bytes straight from the packet, the rest in a short sorted list.
 *
 * A skipped body costs nothing: `next` jumps ahead and everything before it counts as old. Held segments never overlap: the
 * first copy of a byte stays, a later one only fills what is missing.
 */
#include "dissect/stream.h"

#include <assert.h>
#include <string.h>

#define PATIENCE   16         /* packets that reordering may delay a segment by */
#define WARM_UP    8          /* segments to see before a stream without a SYN begins */
#define WINDOW_MAX (1u << 30) /* RFC 7323 2.3: no segment is honestly farther ahead */

struct stream_segment {
    struct stream_segment *next;
    uint64_t at;
    uint32_t size;
    uint8_t bytes[];
};

static uint64_t end_of(const struct stream_segment *g)
{
    return g->at + g->size;
}

/* The position closest to `edge` with this sequence number. */
static uint64_t position(const struct stream *s, uint32_t seq)
{
    return s->edge + (uint64_t)(int64_t)(int32_t)(seq - (uint32_t)s->edge);
}

/* The first sequence number ever seen: far enough from 0 that positions before it exist. */
static void place(struct stream *s, uint32_t seq)
{
    if (s->placed)
        return;
    s->edge = ((uint64_t)1 << 32) + seq;
    s->acked = 0;
    s->placed = true;
}

static void begin_at(struct stream *s, uint64_t at)
{
    s->origin = s->next = s->floor = at;
    s->started = true;
}

void stream_start(struct stream *s, uint32_t seq)
{
    place(s, seq);
    if (!s->started)
        begin_at(s, position(s, seq));
}

void stream_start_anew(struct stream *s, uint32_t seq)
{
    stream_start(s, seq);
    if (s->next != s->origin || s->held || s->acked >= s->origin)
        return;
    begin_at(s, position(s, seq));
    s->edge = s->next;
    s->acked = 0;
}

static struct slice unconsumed(const struct stream *s)
{
    return s->lent.size ? s->lent : (struct slice){s->pending.at, s->pending.size};
}

static uint64_t count_differences(const uint8_t *a, const uint8_t *b, size_t size)
{
    uint64_t count = 0;
    if (memcmp(a, b, size) == 0)
        return 0;
    for (size_t i = 0; i < size; i++)
        count += a[i] != b[i];
    return count;
}

/* A segment that repeats bytes still at hand: do they say the same? */
static void compare_with_pending(const struct stream *s, struct stream_pool *pool, uint64_t at, struct slice bytes)
{
    uint64_t first = s->next - s->pending.size;
    if (s->pending.size == 0 || at >= s->next || at + bytes.size <= first)
        return;
    uint64_t from = at > first ? at : first;
    uint64_t to = at + bytes.size < s->next ? at + bytes.size : s->next;
    pool->overlaps += count_differences(s->pending.at + (from - first), bytes.at + (from - at), (size_t)(to - from));
}

/* Puts a copy of `bytes` before *link. */
static bool insert(struct stream *s, struct stream_pool *pool, struct stream_segment **link, uint64_t at, struct slice bytes)
{
    struct stream_segment *g = budget_grow(&pool->budget, NULL, 0, sizeof *g + bytes.size);
    if (!g)
        return false;
    g->next = *link;
    g->at = at;
    g->size = (uint32_t)bytes.size;
    memcpy(g->bytes, bytes.at, bytes.size);
    *link = g;
    s->held_bytes += g->size;
    s->held_count++;
    return true;
}

static void drop_first(struct stream *s, struct stream_pool *pool)
{
    struct stream_segment *g = s->held;
    s->held = g->next;
    s->held_bytes -= g->size;
    s->held_count--;
    s->waited = 0;
    budget_free(&pool->budget, g, sizeof *g + g->size);
}

/* Makes way for what comes nearer, and may fill the hole, by giving up what lies farthest ahead of it. */
static bool make_way(struct stream *s, struct stream_pool *pool, uint64_t end, size_t size)
{
    while (s->held_bytes + size > pool->stream_max || s->held_count >= STREAM_HELD_MAX) {
        struct stream_segment **last = &s->held;
        while (*last && (*last)->next)
            last = &(*last)->next;
        struct stream_segment *g = *last;
        if (!g || g->at < end)
            return false;
        *last = NULL;
        s->held_bytes -= g->size;
        s->held_count--;
        budget_free(&pool->budget, g, sizeof *g + g->size);
    }
    return true;
}

/* Holds what the list does not have yet. */
static bool hold(struct stream *s, struct stream_pool *pool, uint64_t at, struct slice bytes)
{
    struct stream_segment **link = &s->held;
    if (!make_way(s, pool, at + bytes.size, bytes.size))
        return false;
    while (bytes.size) {
        while (*link && end_of(*link) <= at)
            link = &(*link)->next;
        struct stream_segment *g = *link;
        size_t piece = bytes.size;
        if (g && g->at < at + bytes.size)
            piece = g->at > at ? (size_t)(g->at - at) : 0;
        if (piece) {
            if (s->held_count == STREAM_HELD_MAX || !insert(s, pool, link, at, (struct slice){bytes.at, piece}))
                return false;
        } else {
            uint64_t end = at + bytes.size < end_of(g) ? at + bytes.size : end_of(g);
            piece = (size_t)(end - at);
            pool->overlaps += count_differences(g->bytes + (at - g->at), bytes.at, piece);
        }
        at += piece;
        bytes = (struct slice){bytes.at + piece, bytes.size - piece};
    }
    return true;
}

bool stream_push(struct stream *s, struct stream_pool *pool, uint32_t seq, struct slice payload)
{
    assert(s->fresh == 0 && s->lent.size == 0);
    place(s, seq);
    uint64_t at = position(s, seq), end = at + payload.size;
    if (!s->started || at > s->next)
        return hold(s, pool, at, payload);
    if (end > s->edge && at <= s->edge + WINDOW_MAX)
        s->edge = end;
    compare_with_pending(s, pool, at, payload);
    if (end <= s->next)
        return true;
    size_t old = (size_t)(s->next - at);
    struct slice fresh = {payload.at + old, payload.size - old};
    if (s->pending.size == 0)
        s->lent = fresh;
    else if (!budget_append(&pool->budget, &s->pending, fresh.at, fresh.size, pool->stream_max))
        return false;
    s->fresh = (uint32_t)fresh.size;
    s->next = end;
    return true;
}

bool stream_is_premature(const struct stream *s, uint32_t seq)
{
    return s->started && s->acked && s->acked <= s->next && position(s, seq) > s->next;
}

void stream_ack(struct stream *s, uint32_t ack)
{
    if (!s->started)
        return;
    uint64_t at = position(s, ack);
    if (at > s->acked && at <= s->edge + WINDOW_MAX)
        s->acked = at;
    if (s->held && s->acked > s->next && s->waited <= PATIENCE)
        s->waited++;
}

/* Moves the first held segment behind the unconsumed bytes. False when there is no room. */
static bool take_held(struct stream *s, struct stream_pool *pool)
{
    struct stream_segment *g = s->held;
    size_t old = (size_t)(s->next - g->at), size = g->size - old;
    if (!stream_settle(s, pool) || !budget_append(&pool->budget, &s->pending, g->bytes + old, size, pool->stream_max))
        return false;
    s->fresh = (uint32_t)size;
    s->next += size;
    if (s->next > s->edge)
        s->edge = s->next;
    drop_first(s, pool);
    return true;
}

/* Jumps to the first held segment; nothing before it is expected any more. */
static uint64_t give_up_hole(struct stream *s, struct stream_pool *pool)
{
    uint64_t lost = s->held->at - s->next;
    stream_refuse(s, pool);
    s->waited = 0;
    s->next = s->floor = s->held->at;
    return lost;
}

/* No room for what follows: the left-over makes way and counts as lost. */
static uint64_t give_up_left_over(struct stream *s, struct stream_pool *pool)
{
    uint64_t lost = unconsumed(s).size;
    stream_refuse(s, pool);
    s->floor = s->next;
    return lost;
}

enum stream_step stream_next(struct stream *s, struct stream_pool *pool, bool flush, struct stream_run *run)
{
    *run = (struct stream_run){{NULL, 0}, 0, 0};
    if (!s->started) {
        if (!s->held || (!flush && s->held_count < WARM_UP))
            return STREAM_EMPTY;
        begin_at(s, s->held->at);
    }
    while (!s->fresh && s->held && s->held->at <= s->next) {
        if (end_of(s->held) <= s->next) {
            drop_first(s, pool);
        } else if (!take_held(s, pool)) {
            run->lost = give_up_left_over(s, pool);
            drop_first(s, pool);
            return STREAM_GAP;
        }
    }
    if (s->fresh) {
        run->bytes = unconsumed(s);
        run->fresh_at = run->bytes.size - s->fresh;
        return STREAM_BYTES;
    }
    if (!s->held || (!flush && s->waited <= PATIENCE))
        return STREAM_EMPTY;
    run->lost = give_up_hole(s, pool);
    return STREAM_GAP;
}

void stream_consume(struct stream *s, struct stream_pool *pool, size_t consumed, uint64_t skip)
{
    struct slice bytes = unconsumed(s);
    size_t rest = bytes.size - consumed;
    size_t skipped = skip < rest ? (size_t)skip : rest;
    rest -= skipped;
    s->fresh = 0;
    if (rest == 0)
        s->next += skip - skipped;
    s->floor = s->next - rest;
    if (s->lent.size) {
        s->lent = (struct slice){bytes.at + bytes.size - rest, rest};
        return;
    }
    if (rest)
        memmove(s->pending.at, s->pending.at + s->pending.size - rest, rest);
    else
        budget_clear(&pool->budget, &s->pending);
    s->pending.size = (uint32_t)rest;
}

void stream_refuse(struct stream *s, struct stream_pool *pool)
{
    s->floor = s->next - unconsumed(s).size;
    s->fresh = 0;
    s->lent = (struct slice){NULL, 0};
    budget_clear(&pool->budget, &s->pending);
}

void stream_review(struct stream *s)
{
    s->fresh = (uint32_t)unconsumed(s).size;
}

bool stream_may_restart(const struct stream *s, uint32_t seq)
{
    if (!s->started)
        return true;
    uint64_t at = position(s, seq);
    return at >= s->floor && at < s->next;
}

void stream_restart(struct stream *s, struct stream_pool *pool, uint32_t seq)
{
    place(s, seq);
    stream_refuse(s, pool);
    begin_at(s, position(s, seq));
}

bool stream_cut(struct stream *s, struct stream_pool *pool, uint32_t seq, uint32_t lost)
{
    if (!s->started || position(s, seq) != s->next)
        return false;
    stream_refuse(s, pool);
    s->next += lost;
    s->edge = s->next > s->edge && s->next <= s->edge + WINDOW_MAX ? s->next : s->edge;
    s->floor = s->next;
    return true;
}

bool stream_settle(struct stream *s, struct stream_pool *pool)
{
    struct slice lent = s->lent;
    s->lent = (struct slice){NULL, 0};
    if (lent.size == 0 || budget_append(&pool->budget, &s->pending, lent.at, lent.size, pool->stream_max))
        return true;
    s->floor = s->next;
    return false;
}

void stream_clear(struct stream *s, struct stream_pool *pool)
{
    while (s->held)
        drop_first(s, pool);
    budget_clear(&pool->budget, &s->pending);
    *s = (struct stream){0};
}
