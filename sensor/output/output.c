/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.c - a ring, a writer thread and one sink.
 *
 * The ring holds lines and records. A record is what a line is made of; making it is half of an event's cost and belongs to no
 * order, so it is left to this thread.
 *
 * The writer gathers records into batches and offers a batch until the sink has taken it. After a RETRY it offers the same
 * bytes again in order, first line by line, so that a sink which took a part before it failed answers for each line and the
 * accounts stay exact: every line ends as written or as dropped, once.
 *
 * RETRY with words in error() is a failure; without words the sink is only busy. Where the producer waits for room (captures
 * read from files) a sink that has failed for PATIENCE_MS is given up, or the run would never end.
 */
#include "output/output.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/ring.h"
#include "base/thread.h"

#define BATCH_SIZE      ((size_t)64 * 1024) /* more makes the page cache of a file take larger folios, dearer than the calls saved */
#define IDLE_MS         200                 /* how late a wish to reopen may be noticed */
#define BACK_OFF_MIN_MS 5
#define BACK_OFF_MAX_MS 500
#define PATIENCE_MS     60000 /* of failure, with `wait` */
#define REOPEN_AGAIN_MS 1000

#define LINE_MAX_SIZE   (1024u * 1024u) /* of what one record becomes */

/* What the ring holds. */
enum item_kind { ITEM_LINES, ITEM_RECORD, ITEM_MARK };

struct item {
    uint32_t line_count;
    uint32_t kind;
    char bytes[]; /* lines, or a record for the encoder; aligned to 8 */
};

struct output {
    /* Never changed after output_open. */
    const char *name;
    const struct sensor_output *sink;
    void *state;
    bool wait;
    struct ring *ring;
    pthread_t thread;

    /* Producer's counters; relaxed, readers want no order but that of output_count(). */
    _Atomic uint64_t produced, refused;

    /* Writer's counters. Stored with release after the ring's acquire, so who reads them also sees `produced`. */
    _Atomic uint64_t written, lost, bytes, failures;

    _Atomic bool reopen;        /* wish; set by any thread */
    _Atomic uint64_t ending_ns; /* monotonic time of output_wind_down, 0 before */
    _Atomic uint64_t drain_ns;  /* its patience; stored before ending_ns */

    pthread_mutex_t lock;     /* of `why` and `settled`, and for the conditions */
    pthread_cond_t wake;      /* cuts a back-off short */
    pthread_cond_t passed;    /* the writer has met a mark */
    bool settled;             /* it has, since output_settle began */
    char why[ERROR_TEXT_MAX]; /* latest failure, "" when the sink works */

    output_encoder *encode; /* set while the ring is empty; the ring's order carries it to the writer */
    void *encode_arg;

    /* Writer's own. */
    struct json made; /* lines of the record at hand */
    char *batch;
    size_t used;
    uint32_t lines;
    bool failing;         /* `why` is not empty */
    bool dead;            /* given up: everything is dropped */
    uint64_t progress_ns; /* monotonic time of the last success */
    uint64_t reopen_ns;   /* not before this */
};

/* ------------------------------------------------------------- failures */

static uint64_t add(_Atomic uint64_t *counter, uint64_t n, memory_order order)
{
    return atomic_fetch_add_explicit(counter, n, order);
}

static void set_why(struct output *o, const char *why)
{
    pthread_mutex_lock(&o->lock);
    snprintf(o->why, sizeof o->why, "%s", why);
    pthread_mutex_unlock(&o->lock);
    o->failing = why[0] != '\0';
}

/* Remembers why the sink fails, and says so when it is news. */
static void note_failure(struct output *o, const char *what, const char *why)
{
    if (why[0] == '\0')
        why = "no reason given";
    /* Only this thread writes `why`. */
    if (strncmp(o->why, why, sizeof o->why - 1) == 0)
        return;
    set_why(o, why);
    log_warning("%s: %s: %s", o->name, what, why);
}

static void note_success(struct output *o)
{
    if (!o->failing)
        return;
    set_why(o, "");
    log_notice("%s: works again", o->name);
}

static const char *sink_error(const struct output *o)
{
    const char *why = o->sink->error != NULL ? o->sink->error(o->state) : "";
    return why != NULL ? why : "";
}

/* Whether output_wind_down was called; for who needs nothing else that it stored. */
static bool is_ending(const struct output *o)
{
    return atomic_load_explicit(&o->ending_ns, memory_order_relaxed) != 0;
}

/* True when the sink has been silent for longer than whoever waits for it allows. */
static bool is_hopeless(const struct output *o, bool failing)
{
    uint64_t now = clock_monotonic_ns();
    uint64_t ending_ns = atomic_load_explicit(&o->ending_ns, memory_order_acquire); /* pairs with output_wind_down */
    if (ending_ns != 0)
        return now >= (ending_ns > o->progress_ns ? ending_ns : o->progress_ns) + atomic_load_explicit(&o->drain_ns, memory_order_relaxed);
    return o->wait && failing && now >= o->progress_ns + PATIENCE_MS * NS_PER_MS;
}

/* Sleeps, unless the output is being closed or reopened. */
static void back_off(struct output *o, uint64_t ms)
{
    struct timespec until;
    uint64_t ns = clock_monotonic_ns() + ms * NS_PER_MS;
    until.tv_sec = (time_t)(ns / NS_PER_S);
    until.tv_nsec = (long)(ns % NS_PER_S);
    pthread_mutex_lock(&o->lock);
    pthread_cond_timedwait(&o->wake, &o->lock, &until);
    pthread_mutex_unlock(&o->lock);
}

static void wake(struct output *o)
{
    pthread_mutex_lock(&o->lock);
    pthread_cond_signal(&o->wake);
    pthread_mutex_unlock(&o->lock);
}

/* Fulfils a wish to reopen. A sink that cannot goes on as it was and is asked again. */
static void reopen(struct output *o)
{
    if (!atomic_load_explicit(&o->reopen, memory_order_relaxed) || clock_monotonic_ns() < o->reopen_ns)
        return;
    /* Pairs with output_reopen: what happened before the wish is seen by the sink. */
    atomic_exchange_explicit(&o->reopen, false, memory_order_acquire);
    if (o->sink->reopen == NULL || o->sink->reopen(o->state)) {
        note_success(o);
        return;
    }
    note_failure(o, "cannot reopen", sink_error(o));
    o->reopen_ns = clock_monotonic_ns() + REOPEN_AGAIN_MS * NS_PER_MS;
    atomic_store_explicit(&o->reopen, true, memory_order_relaxed);
}

/* -------------------------------------------------------------- writing */

/* What is still to be offered of a batch. */
struct rest {
    const char *at;
    size_t size;
    uint32_t lines;
};

/* The first line of the rest, or all of it. */
static struct rest piece_of(const struct rest *rest, bool one_line)
{
    const char *lf = one_line && rest->lines > 1 ? memchr(rest->at, '\n', rest->size) : NULL;
    if (lf == NULL)
        return *rest;
    return (struct rest){rest->at, (size_t)(lf - rest->at) + 1, 1};
}

static void advance(struct rest *rest, const struct rest *piece)
{
    rest->at += piece->size;
    rest->size -= piece->size;
    rest->lines -= piece->lines;
}

static void account(struct output *o, const struct rest *piece, enum sensor_written result)
{
    if (result == SENSOR_LOST) {
        add(&o->lost, piece->lines, memory_order_release);
        note_failure(o, "lines are lost", sink_error(o));
        return;
    }
    add(&o->bytes, piece->size, memory_order_relaxed);
    add(&o->written, piece->lines, memory_order_release);
    o->progress_ns = clock_monotonic_ns();
    if (!atomic_load_explicit(&o->reopen, memory_order_relaxed))
        note_success(o);
}

/* After a RETRY: waits, or gives the sink up. */
static void wait_for_sink(struct output *o, uint64_t *pause_ms)
{
    const char *why = sink_error(o);
    bool failing = why[0] != '\0';
    if (failing) {
        add(&o->failures, 1, memory_order_relaxed);
        note_failure(o, "trying again", why);
    }
    if (is_hopeless(o, failing)) {
        o->dead = true;
        log_error("%s: given up (%s); what it did not take is counted as dropped", o->name, failing ? why : "no room");
        return;
    }
    back_off(o, *pause_ms);
    *pause_ms = *pause_ms * 2 < BACK_OFF_MAX_MS ? *pause_ms * 2 : BACK_OFF_MAX_MS;
    reopen(o);
}

/* Offers lines until each is taken, lost or dropped. */
static void deliver(struct output *o, struct rest rest)
{
    uint64_t pause_ms = BACK_OFF_MIN_MS;
    bool one_line = false;
    o->progress_ns = clock_monotonic_ns();
    while (rest.lines > 0 && !o->dead) {
        struct rest piece = piece_of(&rest, one_line);
        struct slice bytes = {(const uint8_t *)piece.at, piece.size};
        enum sensor_written result = o->sink->write(o->state, bytes, piece.lines);
        one_line = result == SENSOR_RETRY;
        if (result != SENSOR_RETRY) {
            account(o, &piece, result);
            advance(&rest, &piece);
            pause_ms = BACK_OFF_MIN_MS;
            continue;
        }
        if (piece.lines > 1)
            continue; /* at once, line by line: some may have been taken */
        wait_for_sink(o, &pause_ms);
    }
    add(&o->lost, rest.lines, memory_order_release);
}

static void deliver_batch(struct output *o)
{
    if (o->lines > 0)
        deliver(o, (struct rest){o->batch, o->used, o->lines});
    o->used = 0;
    o->lines = 0;
}

/* Puts lines into the batch; more than any batch holds go by themselves. */
static void gather(struct output *o, const struct rest *lines)
{
    if (lines->size > BATCH_SIZE - o->used)
        deliver_batch(o);
    if (lines->size > BATCH_SIZE) {
        deliver(o, *lines);
        return;
    }
    memcpy(o->batch + o->used, lines->at, lines->size);
    o->used += lines->size;
    o->lines += lines->lines;
}

/* Lines that could not be built are lost ones. */
static void make_lines(struct output *o, const struct item *i)
{
    json_reset(&o->made);
    uint32_t lines = o->encode(o->encode_arg, i->bytes, &o->made);
    if (lines < i->line_count)
        add(&o->lost, i->line_count - lines, memory_order_release);
    if (lines > 0)
        gather(o, &(struct rest){o->made.at, o->made.size, lines});
}

static void pass_mark(struct output *o)
{
    pthread_mutex_lock(&o->lock);
    o->settled = true;
    pthread_cond_signal(&o->passed);
    pthread_mutex_unlock(&o->lock);
}

static void take(struct output *o, const struct item *i, size_t size)
{
    switch (i->kind) {
    case ITEM_LINES: gather(o, &(struct rest){i->bytes, size - sizeof *i, i->line_count}); break;
    case ITEM_RECORD: make_lines(o, i); break;
    case ITEM_MARK: pass_mark(o); break;
    }
}

static void *write_all(void *arg)
{
    struct output *o = arg;
    size_t size = 0;
    o->progress_ns = clock_monotonic_ns();
    while (!ring_finished(o->ring)) {
        const struct item *i = ring_peek(o->ring, &size);
        if (i == NULL) {
            deliver_batch(o);
            reopen(o);
            i = ring_peek_wait(o->ring, &size, IDLE_MS);
        }
        if (i == NULL)
            continue;
        take(o, i, size);
        ring_release(o->ring);
        if (atomic_load_explicit(&o->reopen, memory_order_relaxed)) {
            deliver_batch(o);
            reopen(o);
        }
    }
    deliver_batch(o);
    if (!o->dead && o->sink->flush != NULL && !o->sink->flush(o->state))
        note_failure(o, "cannot flush", sink_error(o));
    return NULL;
}

/* ------------------------------------------------------------------ life */

/* The thread takes no signals: they belong to the main thread, and a broken pipe shall be an error, not a death. */
static bool start(struct output *o, struct error *error)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int failed = thread_start(&o->thread, "haetae-write", write_all, o);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (failed != 0)
        return error_set(error, "cannot start a writer thread: %s", strerror(failed));
    return true;
}

static struct output *output_new(const struct output_options *options, struct error *error)
{
    struct output *o = calloc(1, sizeof *o);
    if (o == NULL || (o->batch = malloc(BATCH_SIZE)) == NULL) {
        error_set(error, "out of memory");
        free(o);
        return NULL;
    }
    o->name = options->name;
    o->sink = &options->plugin->output;
    o->wait = options->wait;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&o->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_cond_init(&o->passed, NULL);
    json_init(&o->made, LINE_MAX_SIZE);
    pthread_mutex_init(&o->lock, NULL);
    return o;
}

static void output_free(struct output *o)
{
    if (o->state != NULL)
        o->sink->close(o->state);
    ring_free(o->ring);
    pthread_cond_destroy(&o->wake);
    pthread_cond_destroy(&o->passed);
    json_free(&o->made);
    pthread_mutex_destroy(&o->lock);
    free(o->batch);
    free(o);
}

struct output *output_open(const struct output_options *options, struct error *error)
{
    char why[ERROR_TEXT_MAX] = "";
    struct output *o = output_new(options, error);
    if (o == NULL)
        return NULL;
    o->ring = ring_new(options->ring_size, error);
    bool good = o->ring != NULL;
    if (good) {
        if (options->wait)
            ring_keep_short(o->ring);
        o->state = o->sink->open(options->host, options->options, why, sizeof why);
        good = o->state != NULL || error_set(error, "%s", why);
    }
    if (!good || !start(o, error)) {
        error_prefix(error, "%s", options->name);
        output_free(o);
        return NULL;
    }
    return o;
}

void output_wind_down(struct output *o, int wait_ms)
{
    if (is_ending(o))
        return;
    uint64_t drain_ns = (uint64_t)(wait_ms > 0 ? wait_ms : 0) * NS_PER_MS;
    atomic_store_explicit(&o->drain_ns, drain_ns, memory_order_relaxed);
    /* Pairs with is_hopeless(). */
    atomic_store_explicit(&o->ending_ns, clock_monotonic_ns(), memory_order_release);
    wake(o);
}

void output_close(struct output *o, int wait_ms, struct output_counters *out, struct error *why)
{
    if (o == NULL)
        return;
    output_wind_down(o, wait_ms);
    ring_close(o->ring);
    wake(o);
    pthread_join(o->thread, NULL);
    if (out != NULL)
        output_count(o, out);
    output_failed(o, why);
    output_free(o);
}

/* -------------------------------------------------------------- producer */

/* Room in the ring, waited for where the output may. */
static void *reserve(struct output *o, enum item_kind kind, size_t size, uint32_t line_count)
{
    size_t need = sizeof(struct item) + size;
    add(&o->produced, line_count, memory_order_relaxed);
    struct item *i = ring_reserve(o->ring, need);
    if (i == NULL && (o->wait || is_ending(o) || kind == ITEM_MARK))
        i = ring_reserve_wait(o->ring, need);
    if (i == NULL) {
        add(&o->refused, line_count, memory_order_relaxed);
        return NULL;
    }
    i->line_count = line_count;
    i->kind = kind;
    return i->bytes;
}

bool output_push(struct output *o, const char *lines, size_t size, uint32_t line_count)
{
    void *to = reserve(o, ITEM_LINES, size, line_count);
    if (to == NULL)
        return false;
    memcpy(to, lines, size);
    output_commit(o, size);
    return true;
}

void output_encode_by(struct output *o, output_encoder *encode, void *arg)
{
    o->encode = encode;
    o->encode_arg = arg;
}

void *output_reserve(struct output *o, size_t size, uint32_t line_count)
{
    return reserve(o, ITEM_RECORD, size, line_count);
}

void output_commit(struct output *o, size_t size)
{
    ring_commit(o->ring, sizeof(struct item) + size);
}

void output_settle(struct output *o)
{
    pthread_mutex_lock(&o->lock);
    o->settled = false;
    pthread_mutex_unlock(&o->lock);
    if (reserve(o, ITEM_MARK, 0, 0) == NULL)
        return; /* nobody reads the ring any more */
    output_commit(o, 0);
    ring_flush(o->ring);
    pthread_mutex_lock(&o->lock);
    while (!o->settled)
        pthread_cond_wait(&o->passed, &o->lock);
    pthread_mutex_unlock(&o->lock);
}

void output_flush(struct output *o)
{
    ring_flush(o->ring);
}

void output_reopen(struct output *o)
{
    /* Pairs with reopen(). */
    atomic_store_explicit(&o->reopen, true, memory_order_release);
    wake(o);
}

/* ---------------------------------------------------------------- counters */

void output_count(const struct output *o, struct output_counters *out)
{
    *out = (struct output_counters){.name = o->name};
    /* The writer's first: then `produced` is at least what they say was produced. */
    out->written = atomic_load_explicit(&o->written, memory_order_acquire);
    out->dropped = atomic_load_explicit(&o->lost, memory_order_acquire);
    out->dropped += atomic_load_explicit(&o->refused, memory_order_relaxed);
    out->bytes = atomic_load_explicit(&o->bytes, memory_order_relaxed);
    out->failures = atomic_load_explicit(&o->failures, memory_order_relaxed);
    out->produced = atomic_load_explicit(&o->produced, memory_order_relaxed);
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
    error_set(why, "%llu of %llu lines lost%s%s", (unsigned long long)c.dropped, (unsigned long long)c.produced,
              words[0] != '\0' ? ": " : "", words);
    return true;
}
