/* SPDX-License-Identifier: Apache-2.0 */
/*
 * long.c - D18: connections that stay open for hours, told while they are open: after 1, 4, 8 and 12 hours, as RITA grades them.
 *
 * The sensor tells the first packet of each hour of a flow, so only flows that have lasted for one are remembered: how much of them
 * was told.
 */
#include "behaviour.h"

#include <inttypes.h>
#include <stdio.h>

enum { GRADES = 4 };
static const uint32_t grade_h[GRADES] = {1, 4, 8, 12};

bool long_open(struct behaviour *b, uint32_t flows_max)
{
    b->lasting = b->host->table_new(flows_max, sizeof(uint64_t), sizeof(uint32_t));
    return b->lasting != NULL;
}

static bool is_quiet(const struct behaviour *b, uint16_t port)
{
    for (size_t i = 0; i < b->quiet_ports; i++)
        if (b->quiet_port[i] == port)
            return true;
    return false;
}

static unsigned grade_of(uint64_t duration_ns)
{
    unsigned grade = 0;
    while (grade < GRADES && duration_ns >= grade_h[grade] * HOUR_NS)
        grade++;
    return grade;
}

static void tell(const struct behaviour *b, struct sensor_context *context, const struct observation *o, const char *name, uint32_t hours)
{
    char host[46], server[46], id[24];
    const char *place = *name != '\0' ? name : b->host->address_text(&o->server, server);
    struct slice at = {(const uint8_t *)name, strlen(name)};
    bool is_new = place_is_new(b, place_of(b, at, &o->server), o->time_ns);
    bool is_over = o->kind == OBSERVE_ENDED;
    uint64_t duration_s = (o->last_ns - o->start_ns) / NS_PER_S, bytes = o->bytes[TO_SERVER] + o->bytes[TO_CLIENT];
    struct report r = {.rule = RULE_LONG, .severity = is_new ? 2 : 3, .confidence_pct = is_new ? 55 : 40, .window_s = DAY_S};
    snprintf(r.dedup, sizeof r.dedup, "%s %u %u %" PRIu32, place, o->server_port, o->proto, hours);
    snprintf(r.signature, sizeof r.signature, "Connection open for %" PRIu32 " h or more to %.63s port %u", hours, place, o->server_port);
    snprintf(id, sizeof id, "%" PRIu64, o->flow_id);
    report_text(&r, "matched_value", place);
    report_text(&r, "flow", id);
    report_number(&r, "duration_s", (int64_t)duration_s);
    report_number(&r, "grade_h", hours);
    report_text(&r, "state", is_over ? "ended" : "open");
    report_text(&r, "place_is_new", is_new ? "yes" : "");
    report_because(&r, "%s has had a connection to %s port %u for %" PRIu64 " s%s", b->host->address_text(&o->client, host), place,
                   o->server_port, duration_s, is_over ? "; it is over" : " and it is open");
    report_number(&r, "bytes_out", (int64_t)o->bytes[TO_SERVER]);
    report_number(&r, "bytes_in", (int64_t)o->bytes[TO_CLIENT]);
    report_because(&r, "It carried %" PRIu64 " bytes in %" PRIu64 " packets", bytes, o->packets[TO_SERVER] + o->packets[TO_CLIENT]);
    if (is_new)
        report_because(&r, "Nobody here had reached that place before the last days");
    report_tell(b, context, NULL, &r);
}

void long_see(struct behaviour *b, const struct observation *o, struct sensor_context *context, const struct peer *peer)
{
    unsigned grade = grade_of(o->last_ns > o->start_ns ? o->last_ns - o->start_ns : 0);
    bool is_new;
    if (grade == 0 || (o->marks & MARK_REPLIED) == 0 || is_quiet(b, o->server_port))
        return;
    uint32_t *told = b->host->table_take(b->lasting, &o->flow_id, &is_new); /* grades */
    if (grade > *told)
        tell(b, context, o, peer->name, grade_h[grade - 1]);
    *told = grade;
    if (o->kind == OBSERVE_ENDED)
        b->host->table_drop(b->lasting, told);
}
