/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spooling.c - when lines go to the disk instead of waiting in memory.
 *
 * A sink that has been away for a second, or so slow that the ring is half full, gets a spool: first what is left of the batch, whose
 * lines the sink may have seen already and which therefore stay the next to be offered; then all that the ring holds and will hold,
 * until the sink has caught up and the spool is empty. So the order is kept.
 *
 * A spool that is three quarters full takes alerts only. Other lines are then lost, or waited for where the reader waits; alerts wait
 * in the ring.
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "output/writer.h"

#define SPOOL_AFTER_MS 1000
#define ITEMS_AT_ONCE  4096 /* of the ring, before the sink is looked at again */

static void note_failure(struct output *o)
{
    if (!o->spool_failed)
        log_warning("%s: cannot write to the spool: %s; lines wait in memory", o->options.name, strerror(errno));
    o->spool_failed = true;
}

static bool append(struct output *o, const struct backlog_line *line)
{
    bool good = backlog_append(o->backlog, line);
    if (!good)
        note_failure(o);
    o->spool_failed &= !good;
    return good;
}

/* ---------------------------------------------------------------- the batch */

static bool append_batch(struct output *o, uint32_t from)
{
    const struct batch *b = &o->batch;
    for (uint32_t i = from; i < b->count; i++) {
        const struct sensor_line *l = &b->line[i];
        if (!append(o, &(struct backlog_line){b->facts[i], l->host, l->has_host, l->text}))
            return false;
    }
    for (uint32_t i = from; i < b->count; i++) { /* they are in the batch already */
        if (backlog_peek(o->backlog) == NULL)
            return false;
        backlog_pass(o->backlog);
    }
    return true;
}

/* What is left of the batch goes to the empty spool, whole or not at all, and stays in the batch. */
static bool spool_batch(struct output *o)
{
    struct batch *b = &o->batch;
    uint32_t from = b->first + (b->first == 0 && b->tells_gap);
    const struct sensor_line *last = &b->line[b->count - 1];
    if (from == b->count)
        return false;
    size_t size = (size_t)(last->text.at - b->line[from].text.at) + last->text.size;
    if (!backlog_has_room(o->backlog, size, b->count - from, true))
        return false;
    if (!append_batch(o, from)) {
        backlog_clear(o->backlog);
        return false;
    }
    b->is_spooled = true;
    atomic_fetch_add_explicit(&o->spooled, b->count - from, memory_order_release);
    return true;
}

/* ----------------------------------------------------------------- the ring */

/* The lines that an item still has are lost. */
static void lose(struct output *o, const struct item_lines *l)
{
    struct line_facts facts = l->item->facts;
    facts.sequence += l->next;
    facts.count = l->count - l->next;
    if (facts.count > 0)
        writer_count_dropped(o, &o->lost, &facts, DROP_SPOOL_FULL);
}

/* False when the item shall wait in the ring. */
static bool spool_item(struct output *o, struct item_lines *l)
{
    bool is_alert = l->item->facts.type == EVENT_ALERT, may_stay = !o->dead && (o->options.wait || is_alert);
    bool good = backlog_has_room(o->backlog, l->size, l->count, is_alert);
    struct backlog_line line;
    struct item_lines rest = *l;
    while (good && item_next_line(l, &line)) {
        good = append(o, &line);
        if (!good)
            break;
        rest = *l;
        atomic_fetch_add_explicit(&o->spooled, 1, memory_order_release);
    }
    if (good)
        return true;
    if (rest.next == 0 && (may_stay || (o->spool_failed && !o->dead)))
        return false;
    lose(o, &rest);
    return true;
}

/* True when the ring is empty. */
static bool spool_ring(struct output *o)
{
    struct item_lines l;
    for (uint32_t i = 0; i < ITEMS_AT_ONCE; i++) {
        if (!ring_lines(o, &l))
            return true;
        if (l.count > 0 && !spool_item(o, &l))
            return false;
        ring_pass(o);
    }
    return false;
}

/* ------------------------------------------------------------------ when */

static bool wants_spool(const struct output *o)
{
    if (batch_is_empty(&o->batch) || o->batch.is_spooled)
        return false;
    bool is_full = !o->options.wait && ring_used(o->ring) > o->options.ring_size / 2;
    return is_full || clock_monotonic_ns() >= o->progress_ns + SPOOL_AFTER_MS * NS_PER_MS;
}

void spooling_tend(struct output *o)
{
    if (o->backlog == NULL)
        return;
    if (writer_is_ending(o))
        outage_judge(o);
    if (wants_spool(o))
        spool_batch(o);
    if (backlog_count(o->backlog) > 0)
        spool_ring(o);
}

static bool is_wanted(const struct output *o)
{
    return writer_is_ending(o) || atomic_load_explicit(&o->reopen, memory_order_relaxed);
}

void spooling_sleep(struct output *o, uint64_t ms)
{
    size_t size = 0;
    uint64_t now = clock_monotonic_ns(), until = now + ms * NS_PER_MS;
    do {
        uint64_t left = (until - now) / NS_PER_MS + 1, nap = left < IDLE_MS ? left : IDLE_MS;
        if (wants_spool(o))
            spool_batch(o);
        if (o->batch.is_spooled && spool_ring(o))
            ring_peek_wait(o->ring, &size, (int)nap);
        else
            outage_sleep(o, nap);
        now = clock_monotonic_ns();
    } while (now < until && !is_wanted(o));
}

void spooling_give_up(struct output *o)
{
    struct batch *b = &o->batch;
    if (o->backlog == NULL)
        return;
    if (!batch_is_empty(b) && !b->is_spooled)
        spool_batch(o);
    if (b->is_spooled) { /* its lines stay where they are */
        if (b->first == 0 && b->tells_gap)
            gap_merge(&o->lost, &o->told);
        b->first = b->count;
    }
    spool_ring(o);
}
