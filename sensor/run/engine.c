/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.c - see engine.h. Everything is opened before the first thread starts, so a failure never has threads to stop.
 */
#include "run/engine.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/blackbox.h"
#include "base/clock.h"
#include "base/heartbeat.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/utf8.h"
#include "run/analyst.h"
#include "run/crash.h"
#include "run/reload.h"
#include "run/worker.h"

#define RING_SIZE (4u * 1024u * 1024u) /* observations in flight of one worker; some 15,000 */
#define WAIT_MS   200
#define STUCK_NS  (9 * NS_PER_S / 2) /* after a wish to stop: how long a thread may stand still; more than a sink is waited for */
#define FINISH_NS (30 * NS_PER_S) /* a watched directory, asked to stop: how long to read on in the files that were begun */

struct engine {
    const struct engine_options *options;
    uint32_t worker_count;
    struct capture *capture[MERGE_RINGS_MAX]; /* until its worker owns it */
    struct ring *ring[MERGE_RINGS_MAX];
    struct worker *worker[MERGE_RINGS_MAX];
    struct eve *eve[ANALYST_SINKS_MAX];    /* for alerts and stats */
    struct eve *record[ANALYST_SINKS_MAX]; /* for all else, on the writers' threads */
    struct analyst *analyst;
    pthread_t worker_thread[MERGE_RINGS_MAX];
    pthread_t analyst_thread;
    const char *name; /* of the first interface or file */
    const char *interface_names[INTERFACES_MAX];
    char *shown_name; /* of the run, harmless for a terminal; owned */
    char problems[ERROR_TEXT_MAX + 64];
    struct reload *reload;
    struct crash_scene scene;
    uint64_t stop_at_ns; /* monotonic; 0: not asked to stop */
    uint64_t stopped_ns; /* monotonic: when workers were told to stop; 0: not yet */
    bool stuck;
};

/* ----------------------------------------------------------------- opening */

/* Which interface a worker watches; *thread: which of its handles it has. */
static uint32_t interface_of(const struct engine *e, uint32_t worker, uint32_t *thread)
{
    const struct settings *s = e->options->settings;
    uint32_t i = 0;
    for (*thread = worker; *thread >= s->live[i].threads; i++)
        *thread -= s->live[i].threads;
    return i;
}

static uint32_t count_workers(const struct engine_options *o)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < o->settings->live_count; i++)
        count += o->settings->live[i].threads;
    return o->inputs ? o->workers : count;
}

static bool open_capture(struct engine *e, uint32_t i, struct error *error)
{
    const struct engine_options *o = e->options;
    if (o->inputs) {
        e->capture[i] = capture_open_inputs(o->inputs, o->bpf, error);
    } else {
        uint32_t thread, at = interface_of(e, i, &thread);
        e->capture[i] = capture_open_live(o->interfaces[at], thread, error);
    }
    return e->capture[i] != NULL;
}

static bool open_captures(struct engine *e, struct error *error)
{
    for (uint32_t i = 0; i < e->worker_count; i++) {
        if (!open_capture(e, i, error) || !(e->ring[i] = ring_new(RING_SIZE, error)))
            return false;
        if (e->options->inputs)
            ring_keep_short(e->ring[i]);
    }
    return true;
}

/* Two encoders for each log, one for each thread that makes its lines: they know the capture's name. */
static bool open_encoders(struct engine *e, struct error *error)
{
    const struct settings *s = e->options->settings;
    for (uint32_t i = 0; i < s->live_count; i++)
        e->interface_names[i] = s->live[i].name;
    for (uint32_t i = 0; i < s->log_count; i++) {
        struct eve_options options = s->log[i].eve;
        options.names = s->names;
        options.sensor_name = s->sensor_name;
        options.name_file = s->log[i].name_file;
        if (e->options->inputs)
            options.origins = inputs_origins(e->options->inputs);
        else
            options.interfaces = e->interface_names;
        options.interface_count = e->options->inputs ? 0 : s->live_count;
        if (!(e->eve[i] = eve_new(&options, error)) || !(e->record[i] = eve_new(&options, error)))
            return false;
    }
    return true;
}

static bool open_analyst(struct engine *e, struct error *error)
{
    const struct settings *s = e->options->settings;
    struct analyst_options options = {.rings = e->ring,
                                      .worker_count = e->worker_count,
                                      .live = !e->options->inputs,
                                      .interfaces = e->options->interfaces,
                                      .interface_count = e->options->inputs ? 0 : s->live_count,
                                      .sink_count = s->log_count,
                                      .summary = e->options->summary,
                                      .board = e->options->board,
                                      .stats_interval_s = (uint32_t)config_number(s->config, "stats.interval")};
    for (uint32_t i = 0; i < s->log_count; i++)
        options.sink[i] = (struct analyst_sink){s->log[i].events, e->eve[i], e->record[i], e->options->outputs[i]};
    struct analysis_options analysis = settings_analysis(s);
    e->analyst = analyst_new(&options, &analysis, error);
    return e->analyst != NULL;
}

static bool open_workers(struct engine *e, struct error *error)
{
    for (uint32_t i = 0; i < e->worker_count; i++) {
        struct worker_options options = e->options->settings->worker;
        struct decode_options decode = e->options->settings->decode;
        uint32_t thread;
        if (!e->options->inputs) {
            uint32_t at = interface_of(e, i, &thread);
            decode.checksums = e->options->settings->live_checksums[at];
            options.bypass_after = e->options->settings->live[at].bypass_after;
        }
        options.decode = &decode;
        options.capture = e->capture[i];
        options.ring = e->ring[i];
        options.ring_size = RING_SIZE;
        options.index = (uint8_t)i;
        options.count = (uint8_t)e->worker_count;
        options.wanted = analyst_wants(e->analyst);
        options.flow_max = options.flow_max / e->worker_count;
        e->capture[i] = NULL;
        if (!(e->worker[i] = worker_new(&options, error)))
            return false;
    }
    return true;
}

static void close_all(struct engine *e)
{
    board_clear(e->options->board);
    reload_free(e->reload);
    for (uint32_t i = 0; i < e->worker_count; i++) {
        worker_free(e->worker[i]);
        capture_close(e->capture[i]);
    }
    analyst_free(e->analyst);
    for (uint32_t i = 0; i < e->worker_count; i++)
        ring_free(e->ring[i]);
    for (uint32_t i = 0; i < ANALYST_SINKS_MAX; i++) {
        eve_free(e->eve[i]);
        eve_free(e->record[i]);
    }
    free(e->shown_name);
}

/* ----------------------------------------------------------------- running */

static void *analyst_thread(void *arg)
{
    struct engine *e = arg;
    analyst_run(e->analyst);
    control_done(e->options->control);
    return NULL;
}

static void start_thread(pthread_t *thread, const char *name, void *(*body)(void *), void *arg)
{
    int failed = thread_start(thread, name, body, arg);
    if (failed) {
        log_error("cannot start a thread: %s", strerror(failed));
        abort(); /* half a sensor would be worse */
    }
}

/* Binds a thread to processors; which there are is the machine's affair, so failing is worth a word and no more. */
static void bind_thread(pthread_t thread, const uint16_t *cpus, uint32_t count)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (uint32_t i = 0; i < count; i++)
        CPU_SET(cpus[i], &set);
    int failed = count ? pthread_setaffinity_np(thread, sizeof set, &set) : 0;
    if (failed)
        log_warning("threading.cpu-affinity: a thread cannot stay on processor %u: %s", cpus[0], strerror(failed));
}

/* Packet threads are called as Suricata calls them. */
static void start_worker(struct engine *e, uint32_t i)
{
    const struct cpu_list *cpus = &e->options->settings->worker_cpus;
    char name[16] = "haetae-worker";
    uint32_t thread;
    if (!e->options->inputs)
        snprintf(name, sizeof name, "W#%02u-%.9s", i + 1, e->interface_names[interface_of(e, i, &thread)]);
    start_thread(&e->worker_thread[i], name, worker_run, e->worker[i]);
    if (cpus->count)
        bind_thread(e->worker_thread[i], &cpus->cpu[i % cpus->count], 1);
}

static void start_threads(struct engine *e)
{
    const struct cpu_list *others = &e->options->settings->other_cpus;
    start_thread(&e->analyst_thread, "haetae-analyst", analyst_thread, e);
    bind_thread(e->analyst_thread, others->cpu, others->count);
    for (uint32_t i = 0; i < e->worker_count; i++)
        start_worker(e, i);
}

static void show_progress(const struct engine *e)
{
    double part = worker_progress(e->worker[0]);
    if (!e->options->show_progress || part <= 0 || !e->shown_name)
        return;
    int filled = (int)(part * 40);
    fprintf(stderr, "\r%s [%.*s%*s] %3d %%", e->shown_name, filled, "########################################", 40 - filled, "",
            (int)(part * 100));
}

static void clear_progress(const struct engine *e)
{
    if (e->options->show_progress)
        fputs("\r\033[K", stderr);
}

static void reopen_outputs(const struct engine *e)
{
    for (uint32_t i = 0; i < e->options->settings->log_count; i++)
        output_reopen(e->options->outputs[i]);
}

/* The workers end their flows, and no sink may hold that up for ever. */
static void stop(struct engine *e)
{
    if (!e->stopped_ns)
        e->stopped_ns = clock_monotonic_ns();
    for (uint32_t i = 0; i < e->worker_count; i++)
        worker_stop(e->worker[i]);
    for (uint32_t i = 0; i < e->options->settings->log_count; i++)
        output_wind_down(e->options->outputs[i], DRAIN_MS);
}

/* A signal asked to stop. In a watched directory a file that was begun is read to its end, so that the next run can go on with the
 * one after it; a second signal, or FINISH_NS, ends that too. */
static void begin_to_stop(struct engine *e)
{
    if (!e->options->spool || e->stop_at_ns) {
        stop(e);
        return;
    }
    inputs_cut(e->options->inputs);
    e->stop_at_ns = clock_monotonic_ns() + FINISH_NS;
}

/* An interface that cannot be watched any more ends the run: what restarts us shall know, and half a sensor would look whole. */
static bool a_worker_failed(const struct engine *e)
{
    for (uint32_t i = 0; i < e->worker_count; i++)
        if (worker_failed(e->worker[i]))
            return true;
    return false;
}

/* Told to stop, a thread has not moved since: waiting for it would last for ever. */
static bool is_stuck(const struct engine *e)
{
    struct heartbeat_fact fact[HEARTBEATS_MAX];
    if (!e->stopped_ns || clock_monotonic_ns() < e->stopped_ns + STUCK_NS)
        return false;
    size_t count = heartbeat_list(fact, HEARTBEATS_MAX);
    for (size_t i = 0; i < count; i++)
        if (fact[i].silent_ns > STUCK_NS) {
            log_error("thread %s does not move and cannot be ended; what is written is whole, the rest is lost", fact[i].name);
            return true;
        }
    return false;
}

/* What is done now and then while the threads run. */
static void look_around(struct engine *e)
{
    if (e->stop_at_ns && clock_monotonic_ns() > e->stop_at_ns) {
        stop(e);
        e->stop_at_ns = UINT64_MAX;
    }
    if (!e->options->inputs && a_worker_failed(e))
        stop(e);
    if (e->options->spool && !e->stop_at_ns)
        spool_look(e->options->spool);
    if (e->options->retire)
        retire_look(e->options->retire, analyst_files_read(e->analyst));
    reload_look(e->reload);
    heartbeat_look();
    e->stuck = is_stuck(e);
    show_progress(e);
}

/* Waits until the analyst has seen the last observation; true when a signal asked to stop before. */
static bool wait_for_end(struct engine *e)
{
    bool stopped = false;
    for (; !e->stuck; heartbeat_beat()) {
        switch (control_wait(e->options->control, WAIT_MS)) {
        case CONTROL_DONE: clear_progress(e); return stopped;
        case CONTROL_STOP:
        case CONTROL_INTERRUPT:
            stopped = true;
            begin_to_stop(e);
            break;
        case CONTROL_REOPEN: reopen_outputs(e); break;
        case CONTROL_RELOAD: reload_ask(e->reload, "asked to reload"); break;
        case CONTROL_CAPTURE: break; /* it waits its turn */
        case CONTROL_NONE: look_around(e); break;
        }
    }
    return stopped;
}

/* "eth0, eth1" */
static void name_interfaces(const struct settings *s, char *out, size_t size)
{
    size_t used = 0;
    for (uint32_t i = 0; i < s->live_count && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%.*s", i ? ", " : "", INTERFACE_NAME_MAX, s->live[i].name);
}

/* What a run is called: its interfaces, its file, or how many. */
static void name_run(struct engine *e)
{
    uint32_t count = e->options->inputs ? inputs_count(e->options->inputs) : 0;
    char files[32], all[INTERFACES_MAX * (INTERFACE_NAME_MAX + 2)];
    snprintf(files, sizeof files, "%u capture files", count);
    e->name = capture_name(e->capture[0]);
    if (!e->options->inputs)
        name_interfaces(e->options->settings, all, sizeof all);
    e->shown_name = utf8_clean_copy(e->options->spool     ? spool_directory(e->options->spool)
                                    : !e->options->inputs ? all
                                    : count > 1           ? files
                                                          : e->name);
}

/* How many files broke, and the first one's words; "" when none did. */
static const char *tell_problems(struct engine *e)
{
    const char *live = NULL, *first = NULL;
    for (uint32_t i = 0; i < e->worker_count && !live; i++)
        live = worker_problem(e->worker[i]);
    uint32_t count = e->options->inputs ? inputs_problems(e->options->inputs, &first) : 0;
    if (!e->options->inputs && live)
        log_warning("%s", live);
    if (count <= 1)
        return count ? first : e->options->inputs || !live ? "" : live;
    snprintf(e->problems, sizeof e->problems, "%u files are damaged, the first: %s", count, first);
    return e->problems;
}

/* For who watches over this process: what things are called, and that it has begun. */
static void tell_supervisor(struct engine *e)
{
    const struct settings *s = e->options->settings;
    for (uint32_t i = 0; i < s->detector_count && i < BLACKBOX_PLUGINS; i++)
        snprintf(blackbox->plugin[i], BLACKBOX_NAME_MAX, "%s", s->detector[i].plugin->name);
    for (uint32_t i = 0; !e->options->inputs && i < s->live_count && i < BLACKBOX_INTERFACES; i++)
        snprintf(blackbox->interface[i], BLACKBOX_NAME_MAX, "%s", s->live[i].name);
    atomic_store_explicit(&blackbox->ready, 1, memory_order_release); /* pairs with the supervisor's look */
}

static enum engine_result run_threads(struct engine *e)
{
    if (e->options->summary)
        summary_begin(e->options->summary, e->shown_name ? e->shown_name : "");
    e->scene = (struct crash_scene){e->ring, e->worker, e->worker_count, e->options->outputs, e->options->settings->log_count};
    crash_watch(&e->scene);
    start_threads(e);
    tell_supervisor(e);
    reload_note_fresh();
    heartbeat_begin(ROLE_OTHER, 0, "main");
    bool stopped = wait_for_end(e);
    heartbeat_end();
    if (e->stuck)
        return ENGINE_STUCK;
    pthread_join(e->analyst_thread, NULL);
    for (uint32_t i = 0; i < e->worker_count; i++)
        pthread_join(e->worker_thread[i], NULL);
    crash_unwatch();
    const char *problem = tell_problems(e);
    if (e->options->summary && e->options->inputs)
        summary_files(e->options->summary, inputs_count(e->options->inputs));
    if (e->options->summary)
        summary_end(e->options->summary, analyst_stats(e->analyst), *problem ? problem : NULL);
    if (e->options->unbalanced && analyst_stats(e->analyst)->account_breaks > 0)
        *e->options->unbalanced = true;
    return *problem ? ENGINE_DAMAGED : stopped ? ENGINE_STOPPED : ENGINE_DONE;
}

bool engine_can_share(struct inputs *inputs)
{
    const struct input *first = inputs_at(inputs, 0); /* pipes stand first */
    return !first || !first->waits;
}

static bool open_rest(struct engine *e, struct error *error)
{
    e->reload = reload_new(!e->options->inputs || e->options->spool, e->options->settings->geo, error);
    return e->reload && open_encoders(e, error) && open_analyst(e, error) && open_workers(e, error);
}

static bool is_end(enum control_event event)
{
    return event == CONTROL_STOP || event == CONTROL_INTERRUPT;
}

enum engine_result engine_run(const struct engine_options *options, struct error *error)
{
    struct engine e = {.options = options, .worker_count = count_workers(options)};
    enum engine_result result = ENGINE_FAILED;
    if (options->inputs)
        inputs_set_readers(options->inputs, e.worker_count);
    if (open_captures(&e, error)) {
        name_run(&e);
        if ((!options->opened || options->opened(options->arg, error)) && open_rest(&e, error) &&
            (!options->ready || options->ready(options->arg, error)))
            result = run_threads(&e);
    } else if (is_end(control_wait(options->control, 0))) {
        result = ENGINE_STOPPED; /* while a pipe was waited for */
    }
    if (result != ENGINE_STUCK)
        close_all(&e);
    return result;
}
