/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.c - the life of an output, and the producer's side: what is let into the ring, and the numbers of lines.
 *
 * Lines are numbered as they are produced, before anything can be lost. A quarter of the ring is kept for alerts: where nobody may
 * wait, other lines are refused first. What the producer had to refuse is told by a gap that travels through the ring itself, once it
 * is half empty again, so that it stands where the lines are missing.
 */
#include "output/output.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "output/writer.h"

#define GAP_LINE_MAX  4096
#define LINE_MAX_SIZE (1024u * 1024u) /* of what one record becomes */

/* ------------------------------------------------------------------ life */

static bool start(struct output *o, struct error *error)
{
    int failed = thread_start(&o->thread, "haetae-write", writer_run, o);
    if (failed != 0)
        return error_set(error, "cannot start a writer thread: %s", strerror(failed));
    return true;
}

static const char *text_or_none(const char *text)
{
    return text != NULL ? text : "";
}

static struct output *output_new(const struct output_options *options, struct error *error)
{
    struct output *o = calloc(1, sizeof *o);
    if (o == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    o->options = *options;
    o->author = (struct gap_author){.output = options->name,
                                    .host = text_or_none(options->sensor_name),
                                    .prefix = text_or_none(options->prefix),
                                    .run = options->run};
    o->sink = &options->plugin->output;
    o->common_needs = options->ring_size / 4;
    json_init(&o->gap_line, GAP_LINE_MAX);
    json_init(&o->made, LINE_MAX_SIZE);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&o->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_cond_init(&o->passed, NULL);
    pthread_mutex_init(&o->lock, NULL);
    return o;
}

static void output_free(struct output *o)
{
    if (o->state != NULL)
        o->sink->close(o->state);
    backlog_close(o->backlog);
    ring_free(o->ring);
    pthread_cond_destroy(&o->wake);
    pthread_cond_destroy(&o->passed);
    pthread_mutex_destroy(&o->lock);
    json_free(&o->gap_line);
    json_free(&o->made);
    free(o->batch.text);
    free(o);
}

static bool open_sink(struct output *o, struct error *error)
{
    char why[ERROR_TEXT_MAX] = "";
    o->state = o->sink->open(o->options.host, o->options.options, why, sizeof why);
    return o->state != NULL || error_set(error, "%s", why);
}

static bool open_spool(struct output *o, struct error *error)
{
    const struct output_options *options = &o->options;
    if (options->spool_directory == NULL)
        return true;
    o->backlog = backlog_open(options->spool_directory, options->name, options->spool_size, error);
    if (o->backlog == NULL)
        return false;
    o->recovered = backlog_count(o->backlog);
    atomic_store_explicit(&o->spooled, o->recovered, memory_order_relaxed); /* no thread yet */
    if (o->recovered > 0)
        log_notice("%s: %llu lines of an earlier run are in the spool", options->name, (unsigned long long)o->recovered);
    if (backlog_repaired_bytes(o->backlog) > 0)
        log_warning("%s: the spool was damaged: %llu bytes were no whole lines and are gone", options->name,
                    (unsigned long long)backlog_repaired_bytes(o->backlog));
    return true;
}

struct output *output_open(const struct output_options *options, struct error *error)
{
    struct output *o = output_new(options, error);
    if (o == NULL)
        return NULL;
    o->ring = ring_new(options->ring_size, error);
    if (o->ring != NULL && options->wait)
        ring_keep_short(o->ring);
    if (o->ring == NULL || !open_spool(o, error) || !open_sink(o, error) || !start(o, error)) {
        error_prefix(error, "%s", options->name);
        output_free(o);
        return NULL;
    }
    return o;
}

void output_wind_down(struct output *o, int wait_ms)
{
    if (writer_is_ending(o))
        return;
    uint64_t drain_ns = (uint64_t)(wait_ms > 0 ? wait_ms : 0) * NS_PER_MS;
    atomic_store_explicit(&o->drain_ns, drain_ns, memory_order_relaxed);
    /* Pairs with is_hopeless(). */
    atomic_store_explicit(&o->ending_ns, clock_monotonic_ns(), memory_order_release);
    outage_wake(o);
}

/* -------------------------------------------------------------- producer */

static struct item *reserve(struct output *o, size_t size, bool may_wait)
{
    struct item *item = ring_reserve(o->ring, size);
    return item == NULL && may_wait ? ring_reserve_wait(o->ring, size) : item;
}

void output_commit(struct output *o, size_t size)
{
    ring_commit(o->ring, sizeof(struct item) + size);
}

/* Puts what was refused into the ring. */
static void push_gap(struct output *o, bool may_wait)
{
    size_t size = sizeof o->refused;
    struct item *item = o->refused.lines > 0 ? reserve(o, sizeof *item + size, may_wait) : NULL;
    if (item == NULL)
        return;
    *item = (struct item){.kind = ITEM_GAP};
    memcpy(item->bytes, &o->refused, size);
    output_commit(o, size);
    o->refused = (struct gap){0};
}

/* As soon as half of the ring is free: else alerts and lost flows in turn would make a record each. */
static void push_gap_in_time(struct output *o)
{
    if (o->refused.lines > 0 && ring_has_room(o->ring, 2 * o->common_needs))
        push_gap(o, false);
}

static struct line_facts count_produced(struct output *o, const struct output_lines *lines)
{
    uint64_t before = atomic_fetch_add_explicit(&o->produced, lines->count, memory_order_relaxed);
    return (struct line_facts){
        .sequence = before + 1, .time_ns = lines->time_ns, .count = lines->count, .type = lines->type};
}

/* Room in the ring, as the lines' importance and the times allow. */
static struct item *admit(struct output *o, const struct output_lines *lines)
{
    size_t need = sizeof(struct item) + lines->size;
    bool may_wait = o->options.wait || writer_is_ending(o);
    if (!may_wait && lines->type != EVENT_ALERT && !ring_has_room(o->ring, need + o->common_needs))
        return NULL;
    return reserve(o, need, may_wait);
}

static void *reserve_item(struct output *o, const struct output_lines *lines, enum item_kind kind)
{
    struct line_facts facts = count_produced(o, lines);
    assert(lines->count > 0 && lines->count <= BATCH_LINES_MAX);
    push_gap_in_time(o);
    struct item *item = admit(o, lines);
    if (item == NULL) {
        bool too_long = sizeof *item + lines->size > ring_record_max(o->ring);
        writer_count_dropped(o, &o->refused, &facts, too_long ? DROP_TOO_LONG : DROP_QUEUE_FULL);
        return NULL;
    }
    item->facts = facts;
    item->host = lines->host;
    item->has_host = lines->has_host;
    item->kind = (uint8_t)kind;
    return item->bytes;
}

bool output_push(struct output *o, const struct output_lines *lines)
{
    void *to = reserve_item(o, lines, ITEM_LINES);
    if (to == NULL)
        return false;
    memcpy(to, lines->at, lines->size);
    output_commit(o, lines->size);
    return true;
}

uint64_t output_next_number(const struct output *o)
{
    return atomic_load_explicit(&o->produced, memory_order_relaxed) + 1;
}

void output_encode_by(struct output *o, output_encoder *encode, void *arg)
{
    o->encode = encode;
    o->encode_arg = arg;
}

void *output_reserve(struct output *o, const struct output_lines *lines)
{
    return reserve_item(o, lines, ITEM_RECORD);
}

void output_settle(struct output *o)
{
    pthread_mutex_lock(&o->lock);
    o->settled = false;
    pthread_mutex_unlock(&o->lock);
    struct item *mark = reserve(o, sizeof *mark, true);
    if (mark == NULL)
        return; /* nobody reads the ring any more */
    *mark = (struct item){.kind = ITEM_MARK};
    output_commit(o, 0);
    ring_flush(o->ring);
    pthread_mutex_lock(&o->lock);
    while (!o->settled)
        pthread_cond_wait(&o->passed, &o->lock);
    pthread_mutex_unlock(&o->lock);
}

void output_lose(struct output *o, const struct output_lines *lines)
{
    struct line_facts facts = count_produced(o, lines);
    writer_count_dropped(o, &o->refused, &facts, DROP_TOO_LONG);
}

void output_flush(struct output *o)
{
    push_gap_in_time(o);
    ring_flush(o->ring);
}

void output_reopen(struct output *o)
{
    /* Pairs with outage_reopen(). */
    atomic_store_explicit(&o->reopen, true, memory_order_release);
    outage_wake(o);
}

void output_close(struct output *o, int wait_ms, struct output_counters *out, struct error *why)
{
    struct output_counters c;
    if (o == NULL)
        return;
    output_wind_down(o, wait_ms);
    push_gap(o, true);
    ring_close(o->ring);
    outage_wake(o);
    pthread_join(o->thread, NULL);
    output_count(o, &c);
    assert(c.queued == 0);
    if (c.spooled > 0)
        log_notice("%s: %llu lines stay in the spool; the next run sends them", o->options.name, (unsigned long long)c.spooled);
    if (out != NULL)
        *out = c;
    output_failed(o, why);
    output_free(o);
}

/* ---------------------------------------------------------------- counters */

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_acquire);
}

void output_count(const struct output *o, struct output_counters *out)
{
    *out = (struct output_counters){.name = o->options.name};
    /* `produced` last: then it is at least what the others say was produced. */
    out->written = read_counter(&o->written);
    out->spooled = read_counter(&o->spooled);
    out->recovered = o->recovered;
    for (int i = 0; i < DROP_REASON_COUNT; i++)
        out->dropped += out->dropped_by[i] = read_counter(&o->dropped_by[i]);
    out->dropped_alerts = read_counter(&o->dropped_alerts);
    out->gaps = read_counter(&o->gaps);
    out->bytes = read_counter(&o->bytes);
    out->failures = read_counter(&o->failures);
    out->outages = read_counter(&o->outages);
    out->produced = read_counter(&o->produced);
    out->queued = out->produced + out->recovered - out->written - out->dropped - out->spooled;
    while (o->sink->number != NULL && out->number_count < OUTPUT_NUMBERS_MAX &&
           o->sink->number(o->state, out->number_count, &out->number[out->number_count].name, &out->number[out->number_count].value))
        out->number_count++;
}

bool output_failed(const struct output *o, struct error *why)
{
    struct output *mutable = (struct output *)(uintptr_t)o; /* for its lock only */
    struct output_counters c;
    char words[ERROR_TEXT_MAX];
    output_count(o, &c);
    pthread_mutex_lock(&mutable->lock);
    memcpy(words, o->why, sizeof words);
    pthread_mutex_unlock(&mutable->lock);
    if (c.dropped == 0 && words[0] == '\0')
        return false;
    if (c.dropped == 0)
        error_set(why, "%s", words);
    else
        error_set(why, "%llu of %llu lines lost%s%s", (unsigned long long)c.dropped, (unsigned long long)c.produced,
                  words[0] != '\0' ? ": " : "", words);
    return true;
}
