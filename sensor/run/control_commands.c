/* SPDX-License-Identifier: Apache-2.0 */
/* control_commands.c - see control_commands.h: the table of all commands, and those that need no more than a line or two. */
#include "run/control_commands.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/version.h"

static control_do command_list, shutdown_program, version, uptime, running_mode, capture_mode, conf_get, reopen_logs, sandbox;

static const struct control_command commands[] = {
    {"shutdown", "", ANYWHERE, true, shutdown_program, "end the program as SIGTERM does"},
    {"command-list", "", ANYWHERE, false, command_list, "these commands"},
    {"help", "", ANYWHERE, false, command_list, "the same"},
    {"version", "", ANYWHERE, false, version, "of the program"},
    {"uptime", "", ANYWHERE, false, uptime, "seconds"},
    {"running-mode", "", ANYWHERE, false, running_mode, "how packets are shared among threads"},
    {"capture-mode", "", ANYWHERE, false, capture_mode, "where packets come from"},
    {"conf-get", "variable", ANYWHERE, false, conf_get, "a single value of the configuration, by its path"},
    {"dump-counters", "", ANYWHERE, false, control_dump_counters, "all counters, as in stats events"},
    {"reload-rules", "", ANYWHERE, true, control_reload, "read lists and geo databases that changed, and wait for it"},
    {"ruleset-reload-rules", "", ANYWHERE, true, control_reload, "the same"},
    {"ruleset-reload-nonblocking", "", ANYWHERE, true, control_reload_nonblocking, "the same without waiting"},
    {"ruleset-reload-time", "", ANYWHERE, false, control_reload_time, "when knowledge was last read"},
    {"ruleset-stats", "", ANYWHERE, false, control_ruleset_stats, "how many rules detectors have"},
    {"ruleset-failed-rules", "", ANYWHERE, false, control_failed_rules, "why the last reload was refused"},
    {"reopen-log-files", "", ANYWHERE, true, reopen_logs, "as SIGHUP does, after a rotation"},
    {"iface-list", "", ON_INTERFACES, false, control_iface_list, "interfaces"},
    {"iface-stat", "iface", ON_INTERFACES, false, control_iface_stat, "packets seen and dropped on one"},
    {"pcap-file", "filename output-dir [tenant] [continuous] [delete-when-done]", WITH_QUEUE, true, control_pcap_file,
     "read a capture or a directory of them"},
    {"pcap-file-continuous", "filename output-dir [continuous] [tenant] [delete-when-done]", WITH_QUEUE, true, control_pcap_continuous,
     "watch a directory of captures"},
    {"pcap-file-number", "", WITH_QUEUE, false, control_pcap_number, "how many captures wait"},
    {"pcap-file-list", "", WITH_QUEUE, false, control_pcap_list, "which captures wait"},
    {"pcap-last-processed", "", WITH_QUEUE, false, control_pcap_last, "time of the last capture read, milliseconds"},
    {"pcap-interrupt", "", WITH_QUEUE, true, control_pcap_interrupt, "end the capture being read"},
    {"pcap-current", "", WITH_QUEUE, false, control_pcap_current, "the capture being read"},
    {"intel-stats", "", ANYWHERE, false, control_intel_stats, "the lists that are loaded"},
    {"intel-lookup", "value", ANYWHERE, false, control_intel_lookup, "what the loaded lists say of an address, name, URL or digest"},
    {"health", "", ANYWHERE, false, control_health, "green, yellow or red, and why"},
    {"heartbeat", "", ANYWHERE, false, control_heartbeat, "the threads and when they last moved"},
    {"sandbox", "", ANYWHERE, false, sandbox, "what the program has given up"},
};

const struct control_command *control_command_at(size_t i)
{
    return i < sizeof commands / sizeof *commands ? &commands[i] : NULL;
}

const struct control_command *control_command_named(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

enum control_result control_refuse(struct json *out, const char *format, ...)
{
    char text[ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_text(out, "message", text);
    return CONTROL_NOK;
}

static bool is_offered(const struct control_context *c, const struct control_command *command)
{
    return command->where == ANYWHERE || (command->where == WITH_QUEUE ? c->queue != NULL : c->settings->live_count > 0);
}

/* Whether all arguments that must be are there, as texts. */
static bool has_arguments(const struct control_command *command, const struct control_request *r, struct json *out)
{
    char name[32];
    for (const char *at = command->arguments; *at && *at != '['; at += strspn(at, " ")) {
        size_t size = strcspn(at, " ");
        snprintf(name, sizeof name, "%.*s", (int)size, at);
        at += size;
        if (!control_text(r, name)) {
            control_refuse(out, "the argument \"%s\" is missing, or is no text", name);
            return false;
        }
    }
    return true;
}

enum control_result control_obey(void *arg, const struct control_request *request, uint64_t *ticket, struct json *out)
{
    const struct control_context *c = arg;
    const struct control_command *command = control_command_named(request->command);
    if (!command || !is_offered(c, command))
        return control_refuse(out, "Unknown command");
    if (!has_arguments(command, request, out))
        return CONTROL_NOK;
    if (command->changes && *ticket == 0)
        log_notice("control: %s", command->name);
    const struct control_call call = {c, request, ticket, out};
    return command->run(&call);
}

/* ------------------------------------------------------------------ the short ones */

static enum control_result say(struct json *out, const char *text)
{
    json_text(out, "message", text);
    return CONTROL_OK;
}

static enum control_result command_list(const struct control_call *call)
{
    uint64_t count = 0;
    json_open(call->out, "message");
    json_open_array(call->out, "commands");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (is_offered(call->context, &commands[i])) {
            json_text(call->out, NULL, commands[i].name);
            count++;
        }
    json_close_array(call->out);
    json_uint(call->out, "count", count);
    json_close(call->out);
    return CONTROL_OK;
}

static enum control_result shutdown_program(const struct control_call *call)
{
    control_ask(call->context->control, CONTROL_STOP);
    return say(call->out, "Closing haetae");
}

static enum control_result version(const struct control_call *call)
{
    return say(call->out, version_text());
}

static enum control_result uptime(const struct control_call *call)
{
    json_uint(call->out, "message", (clock_monotonic_ns() - call->context->began_ns) / NS_PER_S);
    return CONTROL_OK;
}

static enum control_result running_mode(const struct control_call *call)
{
    return say(call->out, call->context->settings->live_count || call->context->settings->workers > 1 ? "workers" : "single");
}

static enum control_result capture_mode(const struct control_call *call)
{
    return say(call->out, call->context->capture_mode);
}

/* Passwords are nobody's business. */
static enum control_result conf_get(const struct control_call *call)
{
    const char *path = control_text(call->request, "variable");
    const char *value = strstr(path, "password") ? NULL : config_value(call->context->settings->config, path);
    return value ? say(call->out, value) : control_refuse(call->out, "Unable to get value");
}

static enum control_result reopen_logs(const struct control_call *call)
{
    control_ask(call->context->control, CONTROL_REOPEN);
    return say(call->out, "done");
}

/* ---------------------------------------------------------------------- sandbox */

static control_tell *tell_sandbox;
static void *sandbox_told;

void control_set_sandbox(control_tell *tell, void *arg)
{
    tell_sandbox = tell;
    sandbox_told = arg;
}

static enum control_result sandbox(const struct control_call *call)
{
    json_open(call->out, "message");
    if (tell_sandbox)
        tell_sandbox(sandbox_told, call->out);
    else
        json_text(call->out, "state", "unknown");
    json_close(call->out);
    return CONTROL_OK;
}
