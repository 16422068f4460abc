/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.c - how lines get into a batch: from the ring, whose records become lines here, from the spool, or as a gap record.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "output/writer.h"

#define BATCH_SIZE     ((size_t)64 * 1024)  /* more makes the page cache of a file take larger folios, dearer than the calls saved */
#define BATCH_SIZE_FAR ((size_t)2048 * 1024) /* for sinks that take lines each by itself: a batch costs them a round trip */

bool batch_is_empty(const struct batch *b)
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
    size_t capacity = size > b->least ? size : b->least;
    char *text = realloc(b->text, capacity);
    if (text == NULL)
        return false;
    b->text = text;
    b->capacity = capacity;
    return true;
}

static void append(struct batch *b, const struct backlog_line *line)
{
    memcpy(b->text + b->used, line->text.at, line->text.size);
    b->facts[b->count] = line->facts;
    b->line[b->count++] = (struct sensor_line){.text = {(const uint8_t *)b->text + b->used, line->text.size},
                                               .host = line->host,
                                               .has_host = line->has_host,
                                               .is_alert = line->facts.type == EVENT_ALERT};
    b->used += line->text.size;
}

/* -------------------------------------------------------------- the ring */

bool item_next_line(struct item_lines *l, struct backlog_line *out)
{
    if (l->next == l->count)
        return false;
    const struct item *item = l->item;
    bool last = l->next + 1 == l->count;
    size_t size = last ? l->size : (size_t)((const char *)memchr(l->at, '\n', l->size) - l->at) + 1;
    *out = (struct backlog_line){.facts = item->facts, .host = item->host, .has_host = item->has_host};
    out->facts.sequence += l->next++;
    out->facts.count = 1;
    out->text = (struct slice){(const uint8_t *)l->at, size};
    l->at += size;
    l->size -= size;
    return true;
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

static void make(struct output *o, const struct item *item, struct item_lines *out)
{
    if (!o->is_made) {
        json_reset(&o->made);
        o->made_count = o->encode(o->encode_arg, item->bytes, item->facts.sequence, &o->made);
        lose(o, item, item->facts.count - o->made_count);
        o->is_made = true;
    }
    *out = (struct item_lines){.item = item, .at = o->made.at, .size = o->made.size, .count = o->made_count};
}

static void pass_mark(struct output *o)
{
    pthread_mutex_lock(&o->lock);
    o->settled = true;
    pthread_cond_signal(&o->passed);
    pthread_mutex_unlock(&o->lock);
}

bool ring_lines(struct output *o, struct item_lines *out)
{
    size_t size = 0;
    const struct item *item = ring_peek(o->ring, &size);
    *out = (struct item_lines){.item = item};
    if (item == NULL)
        return false;
    switch (item->kind) {
    case ITEM_LINES:
        *out = (struct item_lines){.item = item, .at = item->bytes, .size = size - sizeof *item, .count = item->facts.count};
        break;
    case ITEM_RECORD: make(o, item, out); break;
    case ITEM_GAP: gap_merge(&o->lost, (const struct gap *)(const void *)item->bytes); break;
    case ITEM_MARK: pass_mark(o); break;
    }
    return true;
}

void ring_pass(struct output *o)
{
    o->is_made = false;
    ring_release(o->ring);
}

/* --------------------------------------------------------------- batches */

bool batch_gap_is_due(const struct output *o)
{
    return o->options.tell_gaps && o->lost.lines > 0 && !o->gap_refused && !o->dead;
}

/* Begins the batch with a gap record. */
static void begin_with_gap(struct output *o)
{
    json_reset(&o->gap_line);
    o->gap_refused = !gap_write(&o->lost, &o->author, &o->gap_line) || !make_room(&o->batch, o->gap_line.size);
    if (o->gap_refused)
        return; /* out of memory */
    o->told = o->lost;
    o->lost = (struct gap){0};
    append(&o->batch, &(struct backlog_line){.text = {(const uint8_t *)o->gap_line.at, o->gap_line.size}});
    o->batch.tells_gap = true;
}

/* Adds what the ring holds. Ends behind a gap of the producer's: the next batch begins with its record. */
static void gather(struct output *o)
{
    struct batch *b = &o->batch;
    struct backlog_line line;
    struct item_lines l;
    while (ring_lines(o, &l)) {
        bool is_gap = l.item->kind == ITEM_GAP, room = b->count + l.count <= BATCH_LINES_MAX && make_room(b, l.size);
        if (!room && b->count > 0)
            return;
        if (!room) /* out of memory */
            lose(o, l.item, l.count);
        else
            while (item_next_line(&l, &line))
                append(b, &line);
        ring_pass(o);
        if (is_gap)
            return;
    }
}

/* What somebody destroyed on the disk while we ran: only its number is known. */
static void give_spool_up(struct output *o)
{
    uint64_t lines = backlog_clear(o->backlog), now = clock_wall_ns();
    struct gap lost = {.lines = lines, .since_ns = now, .until_ns = now};
    lost.by_reason[DROP_SPOOL_DAMAGED] = lines;
    gap_merge(&o->lost, &lost);
    atomic_fetch_sub_explicit(&o->spooled, lines, memory_order_release);
    atomic_fetch_add_explicit(&o->dropped_by[DROP_SPOOL_DAMAGED], lines, memory_order_release);
    log_error("%s: the spool is damaged: %llu lines are lost", o->options.name, (unsigned long long)lines);
}

/* Adds what was spooled first. */
static void gather_spooled(struct output *o)
{
    struct batch *b = &o->batch;
    const struct backlog_line *line;
    while (b->count < BATCH_LINES_MAX && (line = backlog_peek(o->backlog)) != NULL && make_room(b, line->text.size)) {
        append(b, line);
        backlog_pass(o->backlog);
    }
    if (backlog_is_broken(o->backlog) && b->count == b->tells_gap)
        give_spool_up(o);
}

void batch_refill(struct output *o)
{
    struct batch *b = &o->batch;
    b->least = o->sink->write_lines != NULL ? BATCH_SIZE_FAR : BATCH_SIZE;
    b->used = 0;
    b->first = b->count = 0;
    b->tells_gap = false;
    b->is_spooled = o->backlog != NULL && backlog_count(o->backlog) > 0;
    if (batch_gap_is_due(o))
        begin_with_gap(o);
    if (b->is_spooled)
        gather_spooled(o);
    else
        gather(o);
    o->progress_ns = clock_monotonic_ns();
}
