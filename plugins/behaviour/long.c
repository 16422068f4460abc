/* SPDX-License-Identifier: Apache-2.0 */
/*
 * long.c - D18: connections that stay open for hours, told while they are open: after 1, 4, 8 and 12 hours, as RITA grades them.
 *
 * A flow that was answered is remembered until it ends. When there is no room the newcomer is not taken, for the old ones are what
 * this is about; it is then judged when it ends.
 */
#include "behaviour.h"

#include <inttypes.h>
#include <stdio.h>

enum { GRADES = 4, LOOK_S = 300, GAP_S = 60 };
static const uint32_t grade_h[GRADES] = {1, 4, 8, 12};

struct open_flow {
    struct observation head;
    char name[NAME_ROOM];
    uint8_t told; /* grades */
};

bool long_open(struct behaviour *b, uint32_t flows_max)
{
    b->open = b->host->table_new(flows_max, sizeof(uint64_t), sizeof(struct open_flow));
    b->open_most = flows_max;
    return b->open != NULL;
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

static void tell(const struct behaviour *b, struct sensor_context *context, const struct observation *o, const char *name,
                 uint64_t duration_ns, bool is_over)
{
    char host[46], server[46], id[24];
    const char *place = *name != '\0' ? name : b->host->address_text(&o->server, server);
    struct slice at = {(const uint8_t *)name, strlen(name)};
    bool is_new = place_is_new(b, place_of(b, at, &o->server), o->time_ns);
    uint64_t duration_s = duration_ns / NS_PER_S, bytes = o->bytes[TO_SERVER] + o->bytes[TO_CLIENT];
    struct report r = {.rule = RULE_LONG, .severity = is_new ? 2 : 3, .confidence_pct = is_new ? 55 : 40, .window_s = DAY_S};
    uint32_t hours = grade_h[grade_of(duration_ns) - 1];
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
    if (is_over) { /* the counters of an open flow are those of its beginning */
        report_number(&r, "bytes_out", (int64_t)o->bytes[TO_SERVER]);
        report_number(&r, "bytes_in", (int64_t)o->bytes[TO_CLIENT]);
        report_because(&r, "It carried %" PRIu64 " bytes in %" PRIu64 " packets", bytes, o->packets[TO_SERVER] + o->packets[TO_CLIENT]);
    }
    if (is_new)
        report_because(&r, "Nobody here had reached that place before the last days");
    report_tell(b, context, is_over ? NULL : o, &r);
}

void long_began(struct behaviour *b, const struct observation *o, struct sensor_context *context)
{
    bool is_new;
    if (is_quiet(b, o->server_port))
        return;
    if (b->host->table_count(b->open) == b->open_most) {
        b->host->count(context, "open_refused");
        return;
    }
    struct open_flow *f = b->host->table_take(b->open, &o->flow_id, &is_new);
    f->head = *o;
}

void long_named(struct behaviour *b, const struct observation *o, const struct peer *peer)
{
    struct open_flow *f = b->host->table_find(b->open, &o->flow_id);
    if (f != NULL)
        memcpy(f->name, peer->name, sizeof f->name);
}

void long_ended(struct behaviour *b, const struct observation *o, struct sensor_context *context, const struct peer *peer)
{
    struct open_flow *f = b->host->table_find(b->open, &o->flow_id);
    uint64_t duration_ns = o->last_ns > o->start_ns ? o->last_ns - o->start_ns : 0;
    unsigned told = f != NULL ? f->told : 0;
    if (f != NULL)
        b->host->table_drop(b->open, f);
    if (grade_of(duration_ns) > told && (o->marks & MARK_REPLIED) != 0 && !is_quiet(b, o->server_port))
        tell(b, context, o, peer->name, duration_ns, true);
}

/* Behind a gap in time many a flow is over whose end is not told yet: five minutes without one must have passed. */
void long_tick(struct behaviour *b, uint64_t now_ns, struct sensor_context *context)
{
    if (now_ns > b->ticked_ns + GAP_S * NS_PER_S)
        b->open_looked_ns = now_ns;
    b->ticked_ns = now_ns;
    if (now_ns < b->open_looked_ns + LOOK_S * NS_PER_S)
        return;
    b->open_looked_ns = now_ns;
    for (struct open_flow *f = NULL; (f = b->host->table_next(b->open, f, NULL)) != NULL;) {
        uint64_t duration_ns = now_ns > f->head.start_ns ? now_ns - f->head.start_ns : 0;
        unsigned grade = grade_of(duration_ns);
        if (grade <= f->told)
            continue;
        f->told = (uint8_t)grade;
        tell(b, context, &f->head, f->name, duration_ns, false);
    }
}
