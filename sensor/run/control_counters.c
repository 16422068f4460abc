/* SPDX-License-Identifier: Apache-2.0 */
/* control_counters.c - commands that tell figures: what is on the board, and the threads. */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/heartbeat.h"
#include "eve/eve.h"
#include "run/control_commands.h"
#include "run/health.h"

#define NOT_YET "stats not yet synchronized"

enum control_result control_dump_counters(const struct control_call *call)
{
    const struct board_view *v = board_hold(call->context->board);
    if (!v)
        return control_refuse(call->out, NOT_YET);
    json_open(call->out, "message");
    eve_counters(&v->stats, v->live, call->out);
    json_close(call->out);
    board_release(call->context->board);
    return CONTROL_OK;
}

/* -------------------------------------------------------------------- interfaces */

enum control_result control_iface_list(const struct control_call *call)
{
    const struct settings *s = call->context->settings;
    json_open(call->out, "message");
    json_uint(call->out, "count", s->live_count);
    json_open_array(call->out, "ifaces");
    for (uint32_t i = 0; i < s->live_count; i++)
        json_text(call->out, NULL, s->live[i].name);
    json_close_array(call->out);
    json_close(call->out);
    return CONTROL_OK;
}

/* Suricata's four figures, and ours behind. */
static void tell_account(struct json *out, const struct interface_account *a)
{
    json_open(out, "message");
    json_uint(out, "pkts", a->capture.received);
    json_uint(out, "drop", a->capture.kernel_dropped + a->capture.abandoned);
    json_uint(out, "bypassed", a->capture.bypassed);
    json_uint(out, "invalid-checksums", a->checksums_bad);
    json_uint(out, "bytes", a->capture.bytes);
    json_uint(out, "interface-drops", a->capture.interface_dropped);
    json_uint(out, "threads", a->threads);
    json_bool(out, "up", a->up);
    json_uint(out, "interruptions", a->capture.interruptions);
    json_close(out);
}

enum control_result control_iface_stat(const struct control_call *call)
{
    const struct settings *s = call->context->settings;
    struct interface_account account;
    for (uint32_t i = 0; i < s->live_count; i++)
        if (strcmp(s->live[i].name, control_text(call->request, "iface")) == 0) {
            interface_read(call->context->interfaces[i], &account);
            tell_account(call->out, &account);
            return CONTROL_OK;
        }
    return control_refuse(call->out, "Iface does not exist");
}

/* ------------------------------------------------------------------------ health */

enum control_result control_health(const struct control_call *call)
{
    struct health health;
    const struct board_view *v = board_hold(call->context->board);
    health_judge(v, config_number(call->context->settings->config, "health.list-age"), (int64_t)time(NULL), &health);
    if (v)
        board_release(call->context->board);
    json_open(call->out, "message");
    json_text(call->out, "health", health_text(health.state));
    json_open_array(call->out, "because");
    for (uint32_t i = 0; i < health.reason_count; i++)
        json_text(call->out, NULL, health.reason[i]);
    json_close_array(call->out);
    json_close(call->out);
    return CONTROL_OK;
}

enum control_result control_heartbeat(const struct control_call *call)
{
    struct heartbeat_fact fact[HEARTBEATS_MAX];
    size_t count = heartbeat_list(fact, HEARTBEATS_MAX);
    json_open(call->out, "message");
    json_uint(call->out, "count", count);
    json_open_array(call->out, "threads");
    for (size_t i = 0; i < count; i++) {
        json_open(call->out, NULL);
        json_text(call->out, "thread", fact[i].name);
        json_uint(call->out, "silent_ms", fact[i].silent_ns / NS_PER_MS);
        json_uint(call->out, "stalls", fact[i].stalls);
        json_bool(call->out, "stalled", fact[i].stalled);
        json_close(call->out);
    }
    json_close_array(call->out);
    json_close(call->out);
    return CONTROL_OK;
}
