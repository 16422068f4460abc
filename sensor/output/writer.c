/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer.c - the writer thread: gathers lines into batches and offers a batch until the sink has taken it.
 *
 * After a RETRY the same bytes are offered again in order, first line by line, so that a sink which took a part before it failed
 * answers for each line and the account stays exact: every line ends as written or as dropped, once.
 */
#include "output/writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define BATCH_SIZE ((size_t)64 * 1024) /* more makes the page cache of a file take larger folios, dearer than the calls saved */
#define IDLE_MS    200                 /* how late a wish to reopen may be noticed */

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

/* ---------------------------------------------------------------- batches */

static bool is_empty(const struct batch *b)
{
    return b->first == b->count;
}

/* Room for `size` bytes more; an empty batch grows for them. False when it must be delivered first, or there is no memory. */
static bool make_room(struct batch *b, size_t size)
{
    if (size <= b->capacity - b->used)
        return true;
    if (b->count > 0)
        return false;
    size_t capacity = size > BATCH_SIZE ? size : BATCH_SIZE;
    char *text = realloc(b->text, capacity);
    if (text == NULL)
        return false;
    b->text = text;
    b->capacity = capacity;
    return true;
}

static void append_line(struct batch *b, const char *at, size_t size, const struct item *item, uint32_t index)
{
    b->facts[b->count] = item->facts;
    b->facts[b->count].sequence += index;
    b->facts[b->count].count = 1;
    memcpy(b->text + b->used, at, size);
    b->line[b->count++] = (struct sensor_line){.text = {(const uint8_t *)b->text + b->used, size},
                                               .host = item->host,
                                               .has_host = item->has_host,
                                               .is_alert = item->facts.type == EVENT_ALERT};
    b->used += size;
}

/* Puts an item's lines into the batch, whose room is there. */
static void append_lines(struct batch *b, const struct item *item, const char *at, size_t size, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bool last = i + 1 == count;
        size_t line = last ? size : (size_t)((const char *)memchr(at, '\n', size) - at) + 1;
        append_line(b, at, line, item, i);
        at += line;
        size -= line;
    }
}

static bool is_gap_due(const struct output *o)
{
    return o->options.tell_gaps && o->lost.lines > 0 && !o->gap_refused && !o->dead;
}

/* Begins the batch with a gap record. */
static void begin_with_gap(struct output *o)
{
    struct item item = {.facts = {.count = 1}};
    json_reset(&o->gap_line);
    o->gap_refused = !gap_write(&o->lost, &o->author, &o->gap_line) || !make_room(&o->batch, o->gap_line.size);
    if (o->gap_refused)
        return; /* out of memory */
    o->told = o->lost;
    o->lost = (struct gap){0};
    append_line(&o->batch, o->gap_line.at, o->gap_line.size, &item, 0);
    o->batch.tells_gap = true;
}

/* Lines of an item that could not be made, or kept, are lost. */
static void lose(struct output *o, const struct item *item, uint32_t count)
{
    struct line_facts facts = item->facts;
    facts.sequence += facts.count - count;
    facts.count = count;
    if (count > 0)
        writer_count_dropped(o, &o->lost, &facts, DROP_TOO_LONG);
}

/* False when the batch must go before there is room. */
static bool take_lines(struct output *o, const struct item *item, const char *at, size_t size, uint32_t count)
{
    struct batch *b = &o->batch;
    if (b->count + count <= BATCH_LINES_MAX && make_room(b, size))
        append_lines(b, item, at, size, count);
    else if (b->count > 0)
        return false;
    else
        lose(o, item, count); /* out of memory */
    return true;
}

static bool take_record(struct output *o, const struct item *item)
{
    if (!o->is_made) {
        json_reset(&o->made);
        o->made_count = o->encode(o->encode_arg, item->bytes, item->facts.sequence, &o->made);
        lose(o, item, item->facts.count - o->made_count);
    }
    o->is_made = !take_lines(o, item, o->made.at, o->made.size, o->made_count);
    return !o->is_made;
}

static void pass_mark(struct output *o)
{
    pthread_mutex_lock(&o->lock);
    o->settled = true;
    pthread_cond_signal(&o->passed);
    pthread_mutex_unlock(&o->lock);
}

static bool take_item(struct output *o, const struct item *item, size_t size)
{
    switch (item->kind) {
    case ITEM_LINES: return take_lines(o, item, item->bytes, size, item->facts.count);
    case ITEM_RECORD: return take_record(o, item);
    case ITEM_GAP: gap_merge(&o->lost, (const struct gap *)(const void *)item->bytes); break;
    case ITEM_MARK: pass_mark(o); break;
    }
    return true;
}

/* Adds what the ring holds. Ends behind a gap of the producer's: the next batch begins with its record. */
static void gather(struct output *o)
{
    const struct item *item;
    bool ends = false;
    size_t size = 0;
    while (!ends && (item = ring_peek(o->ring, &size)) != NULL) {
        ends = item->kind == ITEM_GAP;
        if (!take_item(o, item, size - sizeof *item))
            return;
        ring_release(o->ring);
    }
}

static void refill(struct output *o)
{
    struct batch *b = &o->batch;
    b->used = 0;
    b->first = b->count = 0;
    b->tells_gap = false;
    if (is_gap_due(o))
        begin_with_gap(o);
    gather(o);
    o->progress_ns = clock_monotonic_ns();
}

/* --------------------------------------------------------------- account */

/* The next `count` lines of the batch are lost. */
static void drop(struct output *o, uint32_t count, enum drop_reason reason)
{
    struct batch *b = &o->batch;
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
    return o->sink->write_lines != NULL ? o->sink->write_lines(o->state, first, count) : o->sink->write(o->state, lines, count);
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
    drop(o, count, DROP_REFUSED);
    outage_note(o, "lines are lost", outage_words(o));
    return true;
}

static void step(struct output *o)
{
    size_t size = 0;
    if (is_empty(&o->batch)) {
        outage_reopen(o);
        refill(o);
    }
    if (!is_empty(&o->batch)) {
        if (!o->dead && !offer(o))
            outage_wait(o);
        if (o->dead)
            drop(o, o->batch.count - o->batch.first, DROP_GIVEN_UP);
    } else if (!is_gap_due(o)) {
        ring_peek_wait(o->ring, &size, IDLE_MS);
    }
}

void *writer_run(void *arg)
{
    struct output *o = arg;
    while (!ring_finished(o->ring) || !is_empty(&o->batch) || is_gap_due(o))
        step(o);
    if (!o->dead && o->sink->flush != NULL && !o->sink->flush(o->state))
        outage_note(o, "cannot flush", outage_words(o));
    return NULL;
}
