/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyst.c - see analyst.h. The path of an observation:
 *
 *     rings => merge -> analysis => eve -> outputs
 */
#include "run/analyst.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/accounts.h"
#include "analysis/alert_summary.h"
#include "base/addr.h"
#include "base/blackbox.h"
#include "base/clock.h"
#include "base/heartbeat.h"
#include "base/log.h"
#include "geo/geo.h"
#include "intel/list.h"

#define WAIT_MS       100
#define FLUSH_NS      (NS_PER_S / 200) /* live: how long an event may wait for others to come, by observation time */
#define BEAT_RECORDS  64u
#define LINE_MAX_SIZE (1024u * 1024u) /* one EVE line; consumers cut or refuse longer ones */

struct analyst {
    struct analyst_options options;
    struct analysis *analysis;
    struct geo *geo; /* what it looks up; NULL: none */
    struct merge merge;
    struct json line;
    struct worker_counters worker[MERGE_RINGS_MAX]; /* the latest of each */
    uint64_t reported;                              /* bit per worker: its counters are newer than the last gathering */
    uint64_t ended;                                 /* bit per worker: they are its last */
    uint64_t told_ns;                               /* observation time of the last stats event */
    struct stats stats;
    struct accounts accounts;
    uint64_t account_checks, account_breaks;
    uint64_t said_breaks; /* bit per rule */
    uint64_t said_losses;
    uint64_t files[MERGE_RINGS_MAX]; /* read by each worker */
    _Atomic uint64_t files_read;     /* by all of them */
    uint64_t began_ns;   /* monotonic */
    uint64_t flushed_ns; /* observation time */
    uint64_t last_ns;    /* of the latest observation */
};

/* The internal end of what an event tells. */
static const struct address *host_of(const struct event *e)
{
    const struct observation *o = e->observation;
    if (o == NULL)
        return NULL;
    return o->client_internal ? &o->client : o->server_internal ? &o->server : NULL;
}

/* What the output shall know about the lines of an event. */
static struct output_lines describe(const struct event *e, uint32_t count)
{
    struct output_lines lines = {.count = count, .type = e->type};
    const struct address *host = host_of(e);
    lines.time_ns = event_time(e);
    lines.has_host = host != NULL;
    if (host)
        lines.host = *host;
    return lines;
}

/* Alerts, stats and anomalies point into lists and tables of this thread: their lines are made here. */
static void push_lines(struct analyst *a, const struct analyst_sink *sink, const struct event *e)
{
    json_reset(&a->line);
    eve_number_from(sink->eve, output_next_number(sink->output));
    struct output_lines lines = describe(e, eve_encode(sink->eve, e, &a->line));
    lines.at = a->line.at;
    lines.size = a->line.size;
    if (lines.count > 0) {
        output_push(sink->output, &lines);
        return;
    }
    lines.count = 1; /* it became too long */
    output_lose(sink->output, &lines);
}

/* Records, nearly all events: the output's thread makes their lines. */
static void push_record(const struct analyst_sink *sink, const struct event *e)
{
    struct output_lines lines = describe(e, eve_line_count(sink->eve, e));
    lines.size = event_packed_size(e);
    void *to = lines.count ? output_reserve(sink->output, &lines) : NULL;
    if (!to)
        return;
    event_pack(e, to);
    output_commit(sink->output, lines.size);
}

static uint32_t encode_record(void *arg, const void *record, uint64_t number, struct json *out)
{
    struct eve *eve = arg;
    eve_number_from(eve, number);
    return eve_encode(eve, record, out);
}

/* An event for every sink that wants its type. Called by the analysis. */
static void emit(void *arg, const struct event *e)
{
    struct analyst *a = arg;
    bool is_line = !e->repeats || e->repeats->count >= ALERT_SUMMARY_LEAST;
    for (uint32_t i = 0; is_line && i < a->options.sink_count; i++) {
        const struct analyst_sink *sink = &a->options.sink[i];
        if (!(sink->events & EVENT_BIT(e->type)))
            continue;
        if (e->type == EVENT_ALERT || e->type == EVENT_STATS || e->type == EVENT_ANOMALY)
            push_lines(a, sink, e);
        else
            push_record(sink, e);
    }
    if (e->type == EVENT_ALERT && a->options.summary)
        summary_alert(a->options.summary, e);
}

/* ------------------------------------------------------------------- stats */

/* The interfaces, and the threads on each: workers are counted through in that order. */
static void gather_interfaces(struct analyst *a)
{
    struct stats *s = &a->stats;
    for (uint32_t i = 0; i < a->options.interface_count; i++) {
        struct interface_facts *to = &s->interface[s->interface_count++];
        struct interface_account told;
        interface_read(a->options.interfaces[i], &told);
        *to = (struct interface_facts){
            .name = interface_options_of(a->options.interfaces[i])->name, .threads = told.threads, .up = told.up};
        for (uint32_t t = 0; t < told.threads && s->thread_count < a->options.worker_count; t++) {
            struct thread_facts *thread = &s->thread[s->thread_count++];
            const struct worker_counters *counters = &a->worker[s->thread_count - 1];
            snprintf(thread->name, sizeof thread->name, "W#%02u-%.15s", s->thread_count, to->name);
            stats_add_capture(&to->capture, &counters->capture);
            to->decoded += counters->decode.outcomes[DECODED];
        }
    }
}

/* Says which sum is wrong, once for each; the event and the exit status tell the rest. */
static void say_break(struct analyst *a)
{
    const struct account_break *b = &a->accounts.first;
    if (a->said_breaks >> b->rule & 1)
        return;
    a->said_breaks |= UINT64_C(1) << b->rule;
    log_error("accounts: '%s'%s%s does not add up: %" PRIu64 " in, %" PRIu64 " out", account_name(b->rule), *b->where ? " of " : "", b->where,
              b->in, b->out);
}

/* Do the sums hold? Of outputs the last word is said when they are closed. */
static void check_accounts(struct analyst *a, bool final)
{
    struct stats *s = &a->stats;
    uint32_t found = 0;
    a->accounts.live = a->options.live;
    a->accounts.final = final;
    a->accounts.cut = s->total.stopped && a->options.worker_count > 1;
    for (uint32_t i = 0; i < s->thread_count; i++)
        found += accounts_check_worker(&a->accounts, &a->worker[i], s->thread[i].name);
    if (!a->options.live)
        found += accounts_check_worker(&a->accounts, &s->total, "");
    found += accounts_check_all(&a->accounts, s);
    for (uint32_t i = 0; i < s->output_count && !final; i++)
        found += accounts_check_output(&a->accounts, &s->output[i]);
    if (found)
        say_break(a);
    a->account_checks++;
    a->account_breaks += found;
    s->account_checks = a->account_checks;
    s->account_breaks = a->account_breaks;
}

/* The conversation that was at hand, as the observation of the packet that it ended with. */
static void recall_flow(const struct blackbox_crash *crash, struct observation *o)
{
    const struct blackbox_flow *flow = &crash->slot.flow;
    const struct blackbox_facts *facts = &crash->slot.facts;
    int client = facts->is_answer;
    *o = (struct observation){.size = sizeof *o, .kind = OBSERVE_ENDED, .time_ns = crash->wall_ns, .proto = flow->proto};
    memcpy(o->client.bytes, flow->address[client], sizeof o->client.bytes);
    memcpy(o->server.bytes, flow->address[!client], sizeof o->server.bytes);
    o->client_port = flow->port[client];
    o->server_port = flow->port[!client];
    o->direction = facts->is_answer ? TO_CLIENT : TO_SERVER;
    o->ip_version = addr_is_v4(&o->client) && addr_is_v4(&o->server) ? 4 : 6;
    o->packet_number = crash->slot.packet;
    o->flow_id = facts->flow_id;
    o->interface = facts->interface;
}

/* What earlier lives of this process died of: an event for each, once. */
static void tell_crashes(struct analyst *a)
{
    uint32_t count = atomic_load_explicit(&blackbox->crash_count, memory_order_acquire); /* pairs with the supervisor's */
    uint32_t told = atomic_load_explicit(&blackbox->crash_told, memory_order_relaxed);
    for (told = count - told > BLACKBOX_CRASH_MAX ? count - BLACKBOX_CRASH_MAX : told; told != count; told++) {
        const struct blackbox_crash *crash = &blackbox->crash[told % BLACKBOX_CRASH_MAX];
        struct observation o;
        recall_flow(crash, &o);
        struct event e = {.type = EVENT_ANOMALY, .crash = crash, .observation = crash->slot.flow.proto ? &o : NULL};
        emit(a, &e);
    }
    atomic_store_explicit(&blackbox->crash_told, count, memory_order_relaxed); /* this life's, and the next one's */
}

/* Observations that found no room: said when there are more than at the last look. */
static void say_losses(struct analyst *a)
{
    uint64_t lost = a->stats.total.ring_lost, shed = a->stats.total.ring_shed;
    if (lost + shed > a->said_losses)
        log_warning("the analysis is too slow: %" PRIu64 " observations were lost and %" PRIu64 " of little worth left out so far", lost, shed);
    a->said_losses = lost + shed;
}

static void gather_stats(struct analyst *a, uint64_t time_ns)
{
    struct stats *s = &a->stats;
    *s = (struct stats){.time_ns = time_ns, .workers = a->options.worker_count};
    s->uptime_s = (clock_monotonic_ns() - a->began_ns) / NS_PER_S;
    for (uint32_t i = 0; i < a->options.worker_count; i++)
        stats_add_worker(&s->total, &a->worker[i]);
    analysis_count(a->analysis, &s->analysis);
    analysis_describe(a->analysis, s);
    s->plugin_count = analysis_plugin_counters(a->analysis, s->plugin, STATS_PLUGIN_COUNTERS_MAX);
    s->is_watched = a->options.live && blackbox->watched;
    s->restarts = blackbox->restarts;
    s->shut_flows = blackbox->shut_count < BLACKBOX_SHUT_MAX ? blackbox->shut_count : BLACKBOX_SHUT_MAX;
    s->crash_loss = blackbox->total;
    s->output_count = a->options.sink_count;
    for (uint32_t i = 0; i < a->options.sink_count; i++)
        output_count(a->options.sink[i].output, &s->output[i]);
    s->worker = a->worker;
    gather_interfaces(a);
    heartbeat_count(&s->threads_stalled, &s->thread_stalls);
    s->account_checks = a->account_checks;
    s->account_breaks = a->account_breaks;
}

/* A file gives the same bytes on every run and for any number of workers: what depends on those stays out. */
static void keep_repeatable(struct stats *s)
{
    s->uptime_s = (s->total.last_ns - s->total.first_ns) / NS_PER_S;
    s->workers = 0;
    s->output_count = 0;
    s->worker = NULL;
    s->total.ring_waits = 0;
    s->total.flow.memory_bytes = 0;
    s->total.dissect.memory_bytes = 0;
}

/* Gathers, for the board; an event comes of it when one is due: live after an interval, in files at the end. */
static void emit_stats(struct analyst *a, uint64_t time_ns, bool due)
{
    gather_stats(a, time_ns);
    if (due) {
        check_accounts(a, false);
        say_losses(a);
    }
    board_post(a->options.board, &a->stats, a->worker, a->options.live);
    if (!due)
        return;
    a->told_ns = time_ns;
    if (!a->options.live)
        keep_repeatable(&a->stats);
    struct event e = {.type = EVENT_STATS, .stats = &a->stats};
    emit(a, &e);
}

/* One worker's counters; when all have reported, the sensor's. */
static void take_counters(struct analyst *a, const struct observation_counters *o)
{
    uint64_t all = a->options.worker_count == 64 ? UINT64_MAX : (UINT64_C(1) << a->options.worker_count) - 1;
    uint64_t one = UINT64_C(1) << o->head.worker;
    a->worker[o->head.worker] = o->counters;
    a->reported |= one;
    a->ended |= o->last ? one : 0;
    if (a->reported != all)
        return;
    bool last = a->ended == all;
    if (a->options.live)
        tell_crashes(a);
    a->reported = a->ended; /* who has ended reports no more */
    if (!a->options.live && last)
        analysis_finish(a->analysis, o->head.time_ns); /* behind all else */
    bool due = a->options.live && a->options.stats_interval_s && o->head.time_ns >= a->told_ns + a->options.stats_interval_s * NS_PER_S;
    emit_stats(a, o->head.time_ns, due || last);
}

/* -------------------------------------------------------------- the thread */

static void flush_outputs(const struct analyst *a)
{
    for (uint32_t i = 0; i < a->options.sink_count; i++)
        output_flush(a->options.sink[i].output);
}

/* The encoders may go afterwards. Live, no sink may hold up the end. */
static void settle_outputs(const struct analyst *a)
{
    for (uint32_t i = 0; a->options.live && i < a->options.sink_count; i++)
        output_wind_down(a->options.sink[i].output, DRAIN_MS);
    for (uint32_t i = 0; i < a->options.sink_count; i++)
        output_settle(a->options.sink[i].output);
}

/* The next observation. Nothing stays behind in the rings of the outputs while this thread waits for one. */
static struct observation *next(struct analyst *a)
{
    struct observation *o = merge_next(&a->merge, 0);
    if (o)
        return o;
    flush_outputs(a);
    heartbeat_beat();
    return merge_next(&a->merge, WAIT_MS);
}

/* A worker's own records say how many files it has read. */
static void take_files(struct analyst *a, const struct observation *o)
{
    a->files[o->worker] = o->packet_number;
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i < a->options.worker_count; i++)
        least = a->files[i] < least ? a->files[i] : least;
    atomic_store_explicit(&a->files_read, least, memory_order_release); /* pairs with analyst_files_read */
}

static void take(struct analyst *a, struct observation *o)
{
    blackbox_here->count++;
    if (o->kind == OBSERVE_COUNTERS || o->kind == OBSERVE_PROGRESS)
        take_files(a, o);
    if (o->kind == OBSERVE_COUNTERS)
        take_counters(a, (const struct observation_counters *)(const void *)o);
    else if (o->kind != OBSERVE_PROGRESS)
        analysis_observe(a->analysis, o);
    a->last_ns = o->time_ns;
    if (!a->options.live || o->time_ns < a->flushed_ns + FLUSH_NS)
        return;
    a->flushed_ns = o->time_ns; /* events get out even when there is always something to take */
    flush_outputs(a);
}

void *analyst_run(void *arg)
{
    struct analyst *a = arg;
    heartbeat_begin(ROLE_ANALYST, 0, "analysis");
    for (uint32_t taken = 0; !merge_finished(&a->merge); taken++) {
        if (taken % BEAT_RECORDS == 0)
            heartbeat_beat();
        lists_swap(); /* between two observations, so each is judged by one generation of all lists */
        if (a->geo)
            geo_swap(a->geo);
        struct observation *o = next(a);
        if (o)
            take(a, o);
    }
    analysis_finish(a->analysis, a->last_ns);
    heartbeat_end();
    settle_outputs(a);
    gather_stats(a, a->stats.time_ns);
    check_accounts(a, true);
    board_post(a->options.board, &a->stats, a->worker, a->options.live);
    return NULL;
}

/* -------------------------------------------------------------- life cycle */

struct analyst *analyst_new(const struct analyst_options *options, struct analysis_options *analysis, struct error *error)
{
    struct analyst *a = calloc(1, sizeof *a);
    if (!a) {
        error_set(error, "out of memory for the analysis thread");
        return NULL;
    }
    a->options = *options;
    a->began_ns = clock_monotonic_ns();
    json_init(&a->line, LINE_MAX_SIZE);
    merge_init(&a->merge, options->rings, options->worker_count);
    analysis->events = 0;
    for (uint32_t i = 0; i < options->sink_count; i++) {
        analysis->events |= options->sink[i].events;
        output_encode_by(options->sink[i].output, encode_record, options->sink[i].record);
    }
    analysis->emit = emit;
    analysis->arg = a;
    a->geo = analysis->geo;
    a->analysis = analysis_open(analysis, error);
    if (a->analysis)
        return a;
    analyst_free(a);
    return NULL;
}

void analyst_free(struct analyst *a)
{
    if (!a)
        return;
    analysis_close(a->analysis);
    json_free(&a->line);
    free(a);
}

uint32_t analyst_wants(const struct analyst *a)
{
    return analysis_wants(a->analysis);
}

uint64_t analyst_files_read(const struct analyst *a)
{
    return atomic_load_explicit(&((struct analyst *)(uintptr_t)a)->files_read, memory_order_acquire);
}

const struct stats *analyst_stats(const struct analyst *a)
{
    return &a->stats;
}
