/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - from the command line to the exit status. Every job is a few lines; job_run.c is the one that haetae is for.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/blackbox.h"
#include "base/log.h"
#include "run/ctl_command.h"
#include "run/explain.h"
#include "run/intel_command.h"
#include "run/job_run.h"
#include "run/sandbox.h"
#include "run/supervise.h"
#include "run/version.h"

/* Loads every list as a run would. */
static enum exit_status job_check(const struct settings *s)
{
    struct error error = {{0}};
    struct analysis_options options = settings_analysis(s);
    struct analysis *a = analysis_open(&options, &error);
    if (!a) {
        log_error("%s", error.text);
        return EXIT_NO_START;
    }
    analysis_close(a);
    if (*s->geo_note)
        log_warning("%s", s->geo_note);
    puts("Configuration provided was successfully loaded. Exiting.");
    return EXIT_ALL_READ;
}

static enum exit_status job_explain(const struct settings *s, const struct command_line *line)
{
    enum exit_status status = EXIT_ALL_READ;
    if (line->word_count == 0)
        explain_all(s->plugins);
    for (size_t i = 0; i < line->word_count; i++)
        if (!explain(s->plugins, line->words[i])) {
            log_error("no rule '%s'; `haetae explain` lists them all", line->words[i]);
            status = EXIT_USAGE;
        }
    return status;
}

/* As a run would be: in the same two steps, with threads from before and after the second. */
static enum exit_status job_selftest(const struct settings *s, const struct command_line *line)
{
    struct error error = {{0}};
    struct sandbox sandbox;
    if (!sandbox_init(&sandbox, s, line, &error)) {
        log_error("%s", error.text);
        return EXIT_NO_START;
    }
    return sandbox_test(&sandbox) ? EXIT_ALL_READ : EXIT_NO_START;
}

static enum exit_status job_with_settings(const struct command_line *line, struct settings *s)
{
    switch (line->job) {
    case JOB_CHECK: return job_check(s);
    case JOB_DUMP_CONFIG: config_dump(s->config, stdout); return EXIT_ALL_READ;
    case JOB_LIST_PLUGINS: explain_plugins(s->plugins); return EXIT_ALL_READ;
    case JOB_EXPLAIN: return job_explain(s, line);
    case JOB_SELFTEST: return job_selftest(s, line);
    case JOB_BUILD_INFO: version_print(s->names); return EXIT_ALL_READ;
    default: return job_run(line, s);
    }
}

/* The configured level, more or less by -v and -q; with the time when running for long. */
static void set_log(const struct command_line *line, int configured)
{
    int level = configured + line->verbosity;
    level = level < SENSOR_ERROR ? SENSOR_ERROR : level > SENSOR_DEBUG ? SENSOR_DEBUG : level;
    log_setup((enum sensor_level)level, command_line_is_live(line) || line->continuous || line->follow || line->wait_for_captures);
}

/* An interface is watched under a supervisor: whether this process is to become it. False and `error` when the configuration is wrong. */
static bool read_supervisor(const struct command_line *line, bool *wanted, struct supervise_options *out, struct error *error)
{
    *wanted = false;
    if (line->job != JOB_RUN || !command_line_is_live(line) || blackbox->watched)
        return true;
    struct config *c = settings_config(line, error);
    if (!c)
        return false;
    *wanted = config_bool(c, "supervisor.enabled");
    out->quarantine = config_bool(c, "supervisor.quarantine");
    out->hang_s = (uint32_t)config_number(c, "supervisor.hang-timeout");
    out->drops = strcmp(config_text(c, "security.capabilities"), "drop") == 0;
    config_free(c);
    return true;
}

static enum exit_status do_job(const struct command_line *line, char **words)
{
    if (line->job == JOB_HELP) {
        command_line_help();
        return EXIT_ALL_READ;
    }
    if (line->job == JOB_VERSION) {
        puts(version_text());
        return EXIT_ALL_READ;
    }
    if (line->job == JOB_RUN)
        signal(SIGHUP, SIG_IGN); /* a log rotation must not end us before control.c listens, which sees it all the same */
    struct error error = {{0}};
    struct supervise_options supervisor = {.words = words};
    bool supervised;
    if (read_supervisor(line, &supervised, &supervisor, &error) && supervised)
        return (enum exit_status)supervise(&supervisor);
    struct settings *s = *error.text ? NULL : settings_new(line, &error);
    if (!s) {
        log_error("%s", error.text);
        return EXIT_NO_START;
    }
    set_log(line, (int)s->log_level);
    enum exit_status status = job_with_settings(line, s);
    settings_free(s);
    return status;
}

int main(int argc, char **argv)
{
    struct command_line line;
    struct error error = {{0}};
    enum exit_status status = EXIT_USAGE;
    if (argc > 1 && strcmp(argv[1], "intel") == 0)
        return intel_command(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "ctl") == 0)
        return ctl_command(argc - 1, argv + 1);
    if (command_line_parse(argc, argv, &line, &error) && supervise_attach(&error)) {
        set_log(&line, SENSOR_NOTICE);
        status = do_job(&line, argv);
    } else {
        log_error("%s", error.text);
    }
    command_line_free(&line);
    return (int)status;
}
