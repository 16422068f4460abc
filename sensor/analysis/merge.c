/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.c - see merge.h. A linear scan over the heads: rings are few, and with one ring it is a comparison with nothing.
 */
#include "analysis/merge.h"

#include <assert.h>
#include <stddef.h>

#include "base/clock.h"

void merge_init(struct merge *m, struct ring *const *rings, uint32_t count)
{
    assert(count > 0 && count <= MERGE_RINGS_MAX);
    *m = (struct merge){.count = count, .taken = -1};
    for (uint32_t i = 0; i < count; i++)
        m->ring[i] = rings[i];
}

static bool comes_before(const struct observation *a, const struct observation *b)
{
    if (a->order != b->order)
        return a->order < b->order;
    if (a->phase != b->phase)
        return a->phase < b->phase;
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns;
    return a->flow_id < b->flow_id;
}

/* The ring's next record; NULL when it has finished, or (with *waiting set) when none came within `wait_ms`. */
static struct observation *look(struct merge *m, uint32_t i, int wait_ms, bool *waiting)
{
    size_t size;
    if (!m->head[i]) {
        m->head[i] = (struct observation *)ring_peek_wait(m->ring[i], &size, wait_ms);
        if (!m->head[i] && !ring_finished(m->ring[i]))
            *waiting = true;
    }
    return m->head[i];
}

struct observation *merge_next(struct merge *m, int wait_ms)
{
    if (m->taken >= 0) {
        ring_release(m->ring[m->taken]);
        m->head[m->taken] = NULL;
        m->taken = -1;
    }
    bool waiting = false;
    int first = -1;
    for (uint32_t i = 0; i < m->count && !waiting; i++) {
        struct observation *o = look(m, i, wait_ms, &waiting);
        if (o && (first < 0 || comes_before(o, m->head[first])))
            first = (int)i;
    }
    if (waiting || first < 0)
        return NULL;
    m->taken = first;
    return m->head[first];
}

bool merge_finished(struct merge *m)
{
    for (uint32_t i = 0; i < m->count; i++)
        if (m->head[i] || !ring_finished(m->ring[i]))
            return false;
    return true;
}
