/* SPDX-License-Identifier: Apache-2.0 */
/*
 * anomaly.c - the event of a crash: what an earlier life of this process died of, in which flow, and what that cost. Suricata's schema has
 * no better place than `anomaly` (type "unknown", event "sensor_crash", code: the signal); the facts stand in ndpi.haetae, which is open.
 *
 * They were copied from the memory of who died, so texts are taken with their bounds.
 */
#include "eve/line.h"

#include <string.h>

static void bounded(struct json *j, const char *key, const char *text, size_t size)
{
    size_t used = strnlen(text, size);
    if (used > 0)
        json_slice(j, key, (struct slice){(const uint8_t *)text, used});
}

static void flow(struct json *j, const struct blackbox_facts *f)
{
    struct clock_text clock;
    clock_text_init(&clock);
    json_open(j, "flow");
    json_uint(j, "pkts_toserver", f->packets[TO_SERVER]);
    json_uint(j, "pkts_toclient", f->packets[TO_CLIENT]);
    json_uint(j, "bytes_toserver", f->bytes[TO_SERVER]);
    json_uint(j, "bytes_toclient", f->bytes[TO_CLIENT]);
    json_text(j, "start", clock_eve(&clock, f->start_ns));
    json_close(j);
}

static void loss(struct json *j, const struct blackbox_loss *l)
{
    json_open(j, "lost");
    json_uint(j, "packets", l->packets);
    json_uint(j, "packets_unseen_at_most", l->unseen);
    json_uint(j, "flows", l->flows);
    json_uint(j, "observations", l->observations);
    json_uint(j, "lines", l->lines);
    json_close(j);
}

void crash_object(struct json *j, const struct blackbox_crash *c)
{
    const char *signal = sigabbrev_np(c->signal);
    json_open(j, "crash");
    json_text(j, "signal", signal ? signal : "?");
    json_bool(j, "hung", c->hung);
    bounded(j, "where", c->place, sizeof c->place);
    bounded(j, "thread", c->slot.name, sizeof c->slot.name);
    bounded(j, "plugin", c->plugin, sizeof c->plugin);
    if (c->slot.packet)
        json_uint(j, c->slot.role == ROLE_WRITER ? "line" : "packet", c->slot.packet);
    if (c->slot.facts.flow_id)
        flow(j, &c->slot.facts);
    json_bool(j, "quarantine", c->shut);
    json_uint(j, "blind_ms", c->blind_ns / NS_PER_MS);
    loss(j, &c->loss);
    json_close(j);
}

uint32_t anomaly_lines(struct eve *e, const struct event *event, struct json *out)
{
    struct line l;
    if (event->observation) {
        line_open(&l, e, event, out, SOURCE_PACKET);
    } else {
        line_begin(&l, e, event, out);
        json_raw(out, "event_type", LITERAL("\"anomaly\""));
    }
    json_open(out, "anomaly");
    json_text(out, "type", "unknown");
    json_uint(out, "code", (uint64_t)(uint32_t)event->crash->signal);
    json_text(out, "event", "sensor_crash");
    json_close(out);
    return line_close(&l);
}
