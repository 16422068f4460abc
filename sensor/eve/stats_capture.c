/* SPDX-License-Identifier: Apache-2.0 */
/* stats_capture.c - in the stats event: each interface and each packet thread by itself, and whether all counters agree. */
#include "eve/line.h"

static void capture_rows(struct json *j, const struct capture_counters *c)
{
    json_uint(j, "kernel_packets", c->kernel_received);
    json_uint(j, "kernel_drops", c->kernel_dropped);
    json_uint(j, "early", c->early);
    json_uint(j, "abandoned", c->abandoned);
    json_uint(j, "filtered", c->filtered);
    json_uint(j, "received", c->received);
    json_uint(j, "bytes", c->bytes);
    json_uint(j, "bypassed", c->bypassed);
    json_uint(j, "bypassed_bytes", c->bypassed_bytes);
    json_uint(j, "overloads", c->overloads);
}

static void interfaces(struct json *j, const struct stats *s)
{
    json_open_array(j, "interfaces");
    for (uint32_t i = 0; i < s->interface_count; i++) {
        const struct interface_facts *one = &s->interface[i];
        json_open(j, NULL);
        json_text(j, "interface", one->name);
        json_bool(j, "up", one->up);
        json_uint(j, "threads", one->threads);
        json_uint(j, "interruptions", one->capture.interruptions);
        json_uint(j, "kernel_ifdrops", one->capture.interface_dropped);
        capture_rows(j, &one->capture);
        json_uint(j, "decoded", one->decoded);
        json_close(j);
    }
    json_close_array(j);
}

static void threads(struct json *j, const struct stats *s)
{
    json_open_array(j, "threads");
    for (uint32_t i = 0; s->worker && i < s->thread_count; i++) {
        const struct worker_counters *c = &s->worker[i];
        json_open(j, NULL);
        json_text(j, "thread", s->thread[i].name);
        capture_rows(j, &c->capture);
        json_uint(j, "decoded", c->decode.outcomes[DECODED]);
        json_uint(j, "duplicates", c->decode.outcomes[DUPLICATE]);
        json_uint(j, "flows", c->flow.total);
        json_uint(j, "flows_active", c->flow.active);
        json_uint(j, "observations", c->observer.records);
        json_uint(j, "ring_lost", c->ring_lost);
        json_uint(j, "ring_shed", c->ring_shed);
        json_close(j);
    }
    json_close_array(j);
}

void stats_capture(struct json *j, const struct stats *s)
{
    json_open(j, "accounts");
    json_uint(j, "checks", s->account_checks);
    json_uint(j, "breaks", s->account_breaks);
    json_close(j);
    if (s->interface_count == 0)
        return;
    interfaces(j, s);
    threads(j, s);
}
