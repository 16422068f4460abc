/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job_run.c - see job_run.h. What a run owns, opened and closed in order; the sensor itself is engine.c.
 */
#include "run/job_run.h"

#include <stdio.h>
#include <unistd.h>

#include "analysis/accounts.h"
#include "base/clock.h"
#include "base/log.h"
#include "run/control.h"
#include "run/control_commands.h"
#include "run/engine.h"
#include "run/reload.h"
#include "run/sandbox.h"
#include "run/service.h"

struct run {
    const struct command_line *line;
    struct settings *settings;
    struct control *control;
    struct service *service;
    struct summary *summary;
    struct sandbox sandbox;
    bool sandboxed; /* it was entered and sealed before this run */
    struct output *output[STATS_OUTPUTS_MAX];
    struct interface *interface[INTERFACES_MAX]; /* as settings->live lists them; NULL for files */
    struct inputs *inputs;   /* files; NULL for an interface, as the next two */
    struct journal *journal; /* of a watched directory */
    struct spool *spool;
    struct retire retire;
    bool anything_read;
    bool stopped;    /* a signal asked to end before everything was read; an interface never ends otherwise */
    bool lost;       /* an output dropped lines */
    bool unbalanced; /* counters that must agree do not */
    enum exit_status status;
};

/* The gravest of two; not being able to start outweighs damage. */
static void worsen(struct run *r, enum exit_status status)
{
    if (r->status == EXIT_ALL_READ || status == EXIT_NO_START)
        r->status = status;
}

/* ----------------------------------------------------------------- outputs */

/* Tells the lines of one run from those of the next. A file gives the same bytes each time, so there is none. */
static void number_run(struct run *r)
{
    bool goes_on = command_line_is_live(r->line) || r->line->continuous;
    for (uint32_t i = 0; i < r->settings->log_count; i++)
        r->settings->log[i].eve.run = goes_on ? clock_wall_ns() / NS_PER_MS : 0;
}

static bool open_sinks(struct run *r, struct error *error)
{
    for (uint32_t i = 0; i < r->settings->log_count; i++) {
        const struct settings_log *log = &r->settings->log[i];
        struct output_options options = {.name = log->name,
                                         .index = i,
                                         .plugin = log->plugin,
                                         .host = &r->settings->host,
                                         .options = log->options,
                                         .ring_size = log->queue_size,
                                         .wait = !command_line_is_live(r->line),
                                         .patience_ms = r->line->continuous ? 0 : log->patience_ms,
                                         .spool_directory = log->spool_directory,
                                         .spool_size = log->spool_size,
                                         .tell_gaps = log->tell_gaps,
                                         .sensor_name = r->settings->sensor_name,
                                         .prefix = log->eve.prefix,
                                         .run = log->eve.run};
        if (!(r->output[i] = output_open(&options, error)))
            return false;
    }
    return true;
}

/* With the rights that are left for the run; an interface is open already. */
static bool open_outputs(void *arg, struct error *error)
{
    struct run *r = arg;
    return (r->sandboxed || sandbox_enter(&r->sandbox, error)) && open_sinks(r, error);
}

/* Who asks from outside is answered from now on, by threads that have no more rights than the others. */
static bool seal(void *arg, struct error *error)
{
    struct run *r = arg;
    return r->sandboxed || (sandbox_seal(&r->sandbox, error) && service_start(r->service, error));
}

/* ---------------------------------------------------------------- captures */

static void run_engine(struct run *r, struct inputs *inputs)
{
    struct error error = {{0}};
    struct engine_options options = {.settings = r->settings,
                                     .outputs = r->output,
                                     .control = r->control,
                                     .summary = r->summary,
                                     .board = service_board(r->service),
                                     .inputs = inputs,
                                     .interfaces = r->interface,
                                     .workers = inputs && engine_can_share(inputs) ? r->settings->workers : 1,
                                     .spool = r->spool,
                                     .retire = inputs ? &r->retire : NULL,
                                     .bpf = r->line->bpf,
                                     .opened = inputs ? NULL : open_outputs,
                                     .ready = inputs ? NULL : seal,
                                     .arg = r,
                                     .unbalanced = &r->unbalanced,
                                     .show_progress = isatty(STDERR_FILENO) && r->line->verbosity >= 0};
    enum engine_result result = engine_run(&options, &error);
    r->anything_read |= result != ENGINE_FAILED;
    switch (result) {
    case ENGINE_FAILED:
        log_error("%s", error.text);
        worsen(r, EXIT_NO_START);
        break;
    case ENGINE_STUCK: _exit(EXIT_STUCK); /* its threads still use everything; the outputs' own go on writing until here */
    case ENGINE_DAMAGED: worsen(r, EXIT_DAMAGED); break;
    case ENGINE_STOPPED: r->stopped = true; break;
    case ENGINE_DONE: break;
    }
}

/* Only what they share; their handles are the engine's. */
static bool open_interfaces(struct run *r, struct error *error)
{
    for (uint32_t i = 0; i < r->settings->live_count; i++)
        if (!(r->interface[i] = interface_new(&r->settings->live[i], error)))
            return false;
    return true;
}

/* A file, a pipe, or what is in a directory. What cannot be read does not keep the others from being read. */
static void add_input(struct run *r, struct inputs *inputs, const char *path)
{
    struct error error = {{0}};
    struct stat st;
    bool good = stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? inputs_add_directory(inputs, path, r->line->recursive, &error)
                                                            : inputs_add(inputs, path, &error) == INPUT_TAKEN;
    if (good)
        return;
    log_error("%s", error.text);
    worsen(r, EXIT_NO_START);
}

/* The directory of the journal is that of the events. */
static bool open_journal(struct run *r, struct error *error)
{
    const char *directory = r->line->log_directory ? r->line->log_directory : config_text(r->settings->config, "default-log-dir");
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/haetae.journal", directory);
    if (n < 0 || (size_t)n >= sizeof path)
        return error_set(error, "%s: too long a path", directory);
    r->journal = journal_open(r->line->journal ? r->line->journal : path, error);
    return r->journal != NULL;
}

/* The list of files, and for a directory to be watched who adds to it. */
static bool open_inputs(struct run *r, struct error *error)
{
    const struct command_line *line = r->line;
    if (line->continuous && !open_journal(r, error))
        return false;
    const struct inputs_options options = {
        .follow = line->follow, .watched = line->continuous, .journal = r->journal, .stop_fd = control_stop_fd(r->control)};
    if (!(r->inputs = inputs_new(&options, error)))
        return false;
    const struct retire_options retire = {r->inputs, r->journal, line->delete_read, r->output, r->settings->log_count};
    retire_init(&r->retire, &retire);
    if (!line->continuous)
        return true;
    const struct spool_options spool = {line->reads[0], r->inputs, r->journal, line->recursive};
    r->spool = spool_open(&spool, error);
    return r->spool != NULL;
}

static void run_files(struct run *r)
{
    struct error error = {{0}};
    if (!open_inputs(r, &error)) {
        log_error("%s", error.text);
        worsen(r, EXIT_NO_START);
        return;
    }
    if (!r->spool) {
        for (size_t i = 0; i < r->line->read_count; i++)
            add_input(r, r->inputs, r->line->reads[i]);
        inputs_seal(r->inputs);
        inputs_close(r->inputs);
    }
    if (r->spool || inputs_count(r->inputs) > 0)
        run_engine(r, r->inputs);
    if (r->spool && spool_failed(r->spool))
        worsen(r, EXIT_NO_START);
}

/* After the outputs were closed: what was read and written may be noted and deleted. */
static void close_inputs(struct run *r)
{
    if (r->inputs && (r->journal || r->line->delete_read))
        retire_rest(&r->retire, r->lost);
    spool_close(r->spool);
    inputs_free(r->inputs);
    journal_close(r->journal);
}

/* --------------------------------------------------------------------- end */

/* The last word on an output: every line was written or is counted as dropped. */
static bool is_settled(const struct output_counters *o)
{
    struct accounts a = {.final = true};
    if (accounts_check_output(&a, o) == 0)
        return true;
    log_error("accounts: '%s' of %s does not add up: %llu in, %llu out", account_name(ACCOUNT_OUTPUTS), o->name,
              (unsigned long long)a.first.in, (unsigned long long)a.first.out);
    return false;
}

/* Who asked to stop did not ask for all events: what a sink did not take is said and counted, and the end is a good one. */
static void close_outputs(struct run *r, struct output_counters *counters)
{
    for (uint32_t i = 0; i < r->settings->log_count; i++) {
        if (!r->output[i])
            continue;
        struct error why = {{0}};
        output_close(r->output[i], DRAIN_MS, &counters[i], &why);
        if (*why.text)
            log_error("%s: %s", r->settings->log[i].name, why.text);
        r->lost |= counters[i].dropped > 0;
        r->unbalanced |= !is_settled(&counters[i]);
    }
    if (r->lost && !r->stopped)
        worsen(r, EXIT_EVENTS_LOST);
}

static void print_summary(const struct run *r, const struct output_counters *counters)
{
    if (r->line->verbosity < 0 || !r->anything_read)
        return;
    const char *paths[STATS_OUTPUTS_MAX];
    for (uint32_t i = 0; i < r->settings->log_count; i++)
        paths[i] = r->settings->log[i].path;
    struct summary_closing closing = {
        .output = counters, .output_path = paths, .output_count = r->settings->log_count, .notes = r->settings->geo_note};
    summary_print(r->summary, &closing, stderr);
}

/* --fail-on and --verify-stats: alerts outweigh all but a failed start; blindness only says something when nothing else went wrong. */
static void judge(struct run *r)
{
    struct verdict v;
    if (!r->anything_read)
        return;
    summary_verdict(r->summary, &v);
    if (r->line->fail_on_hits && v.word == VERDICT_HITS && r->status != EXIT_NO_START)
        r->status = EXIT_HITS;
    else if (r->line->fail_on_blind && v.word == VERDICT_BLIND)
        worsen(r, EXIT_BLIND);
    if (r->line->verify_stats && r->unbalanced && r->status != EXIT_NO_START)
        r->status = EXIT_UNBALANCED;
}

/* One run, from open outputs to closed ones; its status is in `r`. False and `error` when it could not begin. */
static bool run_once(struct run *r, struct error *error)
{
    struct output_counters counters[STATS_OUTPUTS_MAX] = {0};
    number_run(r);
    r->summary = summary_new();
    bool good = r->summary && (command_line_is_live(r->line) || (open_outputs(r, error) && seal(r, error)));
    if (good && command_line_is_live(r->line))
        run_engine(r, NULL);
    else if (good)
        run_files(r);
    close_outputs(r, counters);
    close_inputs(r);
    if (good) {
        print_summary(r, counters);
        judge(r);
    }
    summary_free(r->summary);
    return good;
}

/* A capture that came through the control socket is a run of its own, with events in a directory of its own. */
static void run_order(const struct run *r, const struct capture_order *order)
{
    struct error error = {{0}};
    struct command_line line = *r->line;
    const char *reads[] = {order->path};
    line.reads = reads;
    line.read_count = 1;
    line.log_directory = order->directory;
    line.continuous = order->continuous;
    line.delete_read = order->delete_read;
    struct run one = {.line = &line, .settings = r->settings, .control = r->control, .service = r->service, .sandboxed = true};
    log_notice("reading %s, events to %s", order->path, order->directory);
    if (!settings_write_to(r->settings, order->directory, &error) || !run_once(&one, &error))
        log_error("%s", error.text);
}

/* --unix-socket: until a signal or `shutdown`. What a capture came to is in its log and its stats, not in the exit status. */
static bool serve_captures(const struct run *r, struct capture_queue *queue)
{
    struct capture_order order;
    while (!control_stopped(r->control)) {
        if (capture_queue_take(queue, &order)) {
            run_order(r, &order);
            capture_queue_done(queue);
            control_wait(r->control, 0);
            continue;
        }
        if (control_wait(r->control, 1000) == CONTROL_RELOAD)
            reload_note_fresh(); /* each run reads the lists anew */
    }
    return true;
}

static void tell_sandbox(void *arg, struct json *out)
{
    char words[512];
    json_text(out, "state", "sealed");
    json_text(out, "is", sandbox_describe(arg, words, sizeof words));
}

/* Sockets are opened while everything may be, and handed to the user to become. */
static bool open_service(struct run *r, struct capture_queue *queue, struct error *error)
{
    const struct service_options options = {r->settings, r->control, queue, r->interface};
    const struct privilege *p = &r->sandbox.privilege;
    control_set_sandbox(tell_sandbox, &r->sandbox);
    r->service = service_open(&options, error);
    return r->service && (!p->changes_user || service_give(r->service, p->uid, p->gid, error));
}

enum exit_status job_run(const struct command_line *line, struct settings *settings)
{
    struct run run = {.line = line, .settings = settings}, *r = &run;
    struct error error = {{0}};
    struct capture_queue *queue = r->line->wait_for_captures ? capture_queue_new(&error) : NULL;
    r->control = control_new(&error);
    bool good = r->control && (queue || !r->line->wait_for_captures) && open_interfaces(r, &error) &&
                sandbox_init(&r->sandbox, r->settings, r->line, &error) && open_service(r, queue, &error);
    if (good && queue)
        good = sandbox_enter(&r->sandbox, &error) && seal(r, &error) && serve_captures(r, queue);
    else if (good)
        good = run_once(r, &error);
    if (!good)
        log_error("%s", error.text);
    service_free(r->service);
    for (uint32_t i = 0; i < INTERFACES_MAX; i++)
        interface_free(r->interface[i]);
    control_free(r->control);
    capture_queue_free(queue);
    return good ? r->status : EXIT_NO_START;
}
