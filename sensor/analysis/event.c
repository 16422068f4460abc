/* SPDX-License-Identifier: Apache-2.0 */
/* event.c - see event.h: names of event types, and packing. */
#include "analysis/event.h"

#include <assert.h>
#include <string.h>

#include "base/blackbox.h"

static const char *const type_names[EVENT_TYPE_COUNT] = {
    [EVENT_ALERT] = "alert", [EVENT_FLOW] = "flow", [EVENT_DNS] = "dns",     [EVENT_TLS] = "tls",
    [EVENT_HTTP] = "http",   [EVENT_QUIC] = "quic", [EVENT_FTP] = "ftp",     [EVENT_STATS] = "stats",
    [EVENT_ANOMALY] = "anomaly",
    [EVENT_FTP_DATA] = "ftp_data",
};

const char *event_type_name(enum event_type type)
{
    return type_names[type];
}

int event_type_of(const char *name)
{
    for (int i = 0; i < EVENT_TYPE_COUNT; i++)
        if (strcmp(type_names[i], name) == 0)
            return i;
    return -1;
}

uint64_t event_time(const struct event *event)
{
    return event->observation ? event->observation->time_ns : event->crash ? event->crash->wall_ns : event->stats->time_ns;
}

/* ------------------------------------------------------------------ packing */

static size_t round_up(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

size_t event_packed_size(const struct event *event)
{
    size_t size = round_up(sizeof *event) + round_up(event->observation->size);
    if (event->note)
        size += round_up(sizeof *event->note);
    if (event->geo)
        size += round_up(sizeof *event->geo);
    if (event->name)
        size += round_up(sizeof *event->name) + round_up(event->name->name.size) + round_up(event->name->leaf.size);
    return size;
}

/* Copies `size` bytes to *at, which moves behind them, and returns where they are now. */
static void *put(uint8_t **at, const void *from, size_t size)
{
    void *to = *at;
    if (size > 0)
        memcpy(to, from, size);
    *at += round_up(size);
    return to;
}

void event_pack(const struct event *event, void *to)
{
    uint8_t *at = to;
    struct event *e = put(&at, event, sizeof *event);
    assert(!event->sighting && !event->repeats && !event->stats && !event->crash);
    e->observation = put(&at, event->observation, event->observation->size);
    if (event->note)
        e->note = put(&at, event->note, sizeof *event->note);
    if (event->geo)
        e->geo = put(&at, event->geo, sizeof *event->geo);
    if (event->name) {
        struct sensor_name *name = put(&at, event->name, sizeof *event->name);
        name->name.at = put(&at, event->name->name.at, event->name->name.size);
        name->leaf.at = put(&at, event->name->leaf.at, event->name->leaf.size);
        e->name = name;
    }
}
