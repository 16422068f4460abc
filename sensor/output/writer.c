/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer.c - the writer thread: gathers lines into batches and offers a batch until the sink has taken it.
 *
 * After a RETRY the same bytes are offered again in order, first line by line, so that a sink which took a part before it failed
 * answers for each line and the account stays exact: every line ends as written or as dropped, once.
 */
#include "output/writer.h"

#include <stdio.h>

#include "base/blackbox.h"
#include "base/clock.h"
#include "base/heartbeat.h"

static void add(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_release);
}

bool writer_is_ending(const struct output *o)
{
    return atomic_load_explicit(&o->ending_ns, memory_order_relaxed) != 0;
}

void writer_count_dropped(struct output *o, struct gap *gap, const struct line_facts *facts, enum drop_reason reason)
{
    gap_add(gap, facts, reason);
    if (facts->type == EVENT_ALERT)
        add(&o->dropped_alerts, facts->count);
    add(&o->dropped_by[reason], facts->count);
}

/* --------------------------------------------------------------- account */

/* The next `count` lines of the batch leave the spool, if they are in it. */
static void unspool(struct output *o, uint32_t count)
{
    if (!o->batch.is_spooled)
        return;
    backlog_consume(o->backlog, count);
    atomic_fetch_sub_explicit(&o->spooled, count, memory_order_release);
}

void writer_drop(struct output *o, uint32_t count, enum drop_reason reason)
{
    struct batch *b = &o->batch;
    unspool(o, count - (b->first == 0 && b->tells_gap && count > 0));
    for (; count > 0; count--, b->first++) {
        if (b->first == 0 && b->tells_gap) {
            gap_merge(&o->lost, &o->told);
            o->gap_refused = true;
        } else {
            writer_count_dropped(o, &o->lost, &b->facts[b->first], reason);
        }
    }
}

/* The next `count` lines of the batch, so many bytes, were taken. */
static void deliver(struct output *o, uint32_t count, size_t size)
{
    struct batch *b = &o->batch;
    uint32_t gaps = b->first == 0 && b->tells_gap;
    b->first += count;
    unspool(o, count - gaps);
    add(&o->bytes, size);
    add(&o->gaps, gaps);
    add(&o->written, count - gaps);
    o->gap_refused = false;
    o->progress_ns = clock_monotonic_ns();
    if (!atomic_load_explicit(&o->reopen, memory_order_relaxed))
        outage_over(o);
}

/* ----------------------------------------------------------------- writing */

static enum sensor_written write_lines(const struct output *o, uint32_t count, size_t *size)
{
    const struct sensor_line *first = &o->batch.line[o->batch.first], *last = first + count - 1;
    struct slice lines = {first->text.at, (size_t)(last->text.at - first->text.at) + last->text.size};
    *size = lines.size;
    blackbox_here->packet = o->batch.facts[o->batch.first].sequence;
    blackbox_enter(STAGE_WRITE);
    enum sensor_written result =
        o->sink->write_lines != NULL ? o->sink->write_lines(o->state, first, count) : o->sink->write(o->state, lines, count);
    blackbox_enter(STAGE_OTHER);
    return result;
}

/* Offers what is left of the batch, or its next line. False when the sink wants to be left alone for a while. */
static bool offer(struct output *o)
{
    size_t size = 0;
    uint32_t count = o->one_line ? 1 : o->batch.count - o->batch.first;
    enum sensor_written result = write_lines(o, count, &size);
    o->one_line = result == SENSOR_RETRY;
    if (result == SENSOR_RETRY)
        return count > 1; /* at once, line by line: some may have been taken */
    if (result == SENSOR_WRITTEN) {
        deliver(o, count, size);
        return true;
    }
    writer_drop(o, count, DROP_REFUSED);
    outage_note(o, "lines are lost", outage_words(o));
    return true;
}

/* The sink was given up: what waits for it goes into the spool, or is lost. */
static void step_given_up(struct output *o)
{
    size_t size = 0;
    spooling_give_up(o);
    writer_drop(o, o->batch.count - o->batch.first, DROP_GIVEN_UP);
    if (o->backlog == NULL)
        batch_refill(o);
    if (batch_is_empty(&o->batch))
        ring_peek_wait(o->ring, &size, IDLE_MS);
}

static void step(struct output *o)
{
    size_t size = 0;
    spooling_tend(o);
    if (batch_is_empty(&o->batch)) {
        outage_reopen(o);
        batch_refill(o);
    }
    if (batch_is_empty(&o->batch) && !batch_gap_is_due(o))
        ring_peek_wait(o->ring, &size, IDLE_MS);
    else if (!batch_is_empty(&o->batch) && !offer(o))
        outage_wait(o);
}

static bool has_work(struct output *o)
{
    bool replays = o->backlog != NULL && !o->dead && backlog_count(o->backlog) > 0;
    return replays || !batch_is_empty(&o->batch) || batch_gap_is_due(o) || !ring_finished(o->ring);
}

void *writer_run(void *arg)
{
    struct output *o = arg;
    heartbeat_begin(ROLE_WRITER, o->options.index, o->options.name);
    snprintf(blackbox_here->plugin, sizeof blackbox_here->plugin, "%s", o->options.plugin->name);
    while (has_work(o)) {
        heartbeat_beat();
        if (o->dead)
            step_given_up(o);
        else
            step(o);
    }
    if (!o->dead && o->sink->flush != NULL && !o->sink->flush(o->state))
        outage_note(o, "cannot flush", outage_words(o));
    heartbeat_end();
    return NULL;
}
