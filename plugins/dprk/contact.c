/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contact.c - D01 and D02: a listed address at one end of a flow, an internal host at the other.
 *
 * Outbound is told when the server answers, or at the end of a flow that it refused or ignored.
 * Inbound is told when the flow carries data or, at its end, by how far it got. No flow is told twice:
 * outbound by construction, inbound by a small memory of flow ids.
 */
#include "dprk.h"

#include <stdio.h>
#include <string.h>

enum { PROTO_TCP = 6, TCP_SYN = 0x02, TCP_ACK = 0x10 };

/* Ways to carry an IPv4 address in an IPv6 one; `at` is where its four bytes begin. */
static const struct wrapping {
    const char *name;
    uint8_t prefix[12];
    uint8_t prefix_size, at;
    bool only_in_ipv6; /* the same bytes are plain IPv4 when the packet was IPv4 */
} wrappings[] = {
    {"ipv4-mapped ::ffff:0:0/96", {[10] = 0xff, [11] = 0xff}, 12, 12, true}, /* RFC 4291 2.5.5.2 */
    {"nat64 64:ff9b::/96", {0x00, 0x64, 0xff, 0x9b}, 12, 12, false},         /* RFC 6052 2.1 */
    {"6to4 2002::/16", {0x20, 0x02}, 2, 2, false},                           /* RFC 3056 2 */
};

/* The IPv4 address inside `a`, as the list holds it; NULL when there is none. */
static const char *unwrap(const struct address *a, int ip_version, struct address *inner)
{
    for (size_t i = 0; i < sizeof wrappings / sizeof *wrappings; i++) {
        const struct wrapping *w = &wrappings[i];
        if ((w->only_in_ipv6 && ip_version != 6) || memcmp(a->bytes, w->prefix, w->prefix_size) != 0)
            continue;
        *inner = (struct address){.bytes = {[10] = 0xff, [11] = 0xff}};
        memcpy(inner->bytes + 12, a->bytes + w->at, 4);
        return w->name;
    }
    return NULL;
}

bool dprk_find_address(const struct dprk *d, const struct address *a, int ip_version, struct dprk_row *row)
{
    row->embedded_from = unwrap(a, ip_version, &row->address);
    if (row->embedded_from == NULL)
        row->address = *a;
    return d->host->list_find_address(d->indicators, &row->address, &row->entry);
}

enum dprk_port_fit dprk_fit_port(const struct dprk *d, const struct sensor_entry *entry, uint16_t port)
{
    struct indicator row;
    d->host->indicator(entry, &row, sizeof row);
    for (uint8_t i = 0; i < row.port_count; i++)
        if (row.ports[i] == port)
            return PORT_FITS;
    return row.port_count == 0 ? PORT_NOT_REPORTED : PORT_DIFFERS;
}

/* The row, among all of this address, that names the port; the first when none does. */
static void prefer_port(const struct dprk *d, struct dprk_row *row, uint16_t port)
{
    struct sensor_entry entry = row->entry;
    size_t seen = 0;
    do {
        if (dprk_fit_port(d, &entry, port) != PORT_FITS)
            continue;
        row->entry = entry;
        return;
    } while (++seen < DPRK_ROWS_MAX && d->host->list_next(&entry));
}

static bool was_told(const struct dprk *d, uint64_t flow_id)
{
    return d->told[flow_id & (DPRK_TOLD_MAX - 1)] == flow_id;
}

static bool has_replied(const struct observation *o)
{
    return (o->marks & MARK_REPLIED) != 0;
}

/* Did the server's side take part, although no packet of it passed here? TCP acknowledges only what came. */
static bool answered_unseen(const struct observation *o)
{
    const struct observation_ended *e = (const struct observation_ended *)o;
    return o->proto == PROTO_TCP && o->packets[TO_CLIENT] == 0 && (e->tcp_flags[TO_SERVER] & TCP_ACK) != 0;
}

/* Had an inbound flow that is over come about? */
static bool came_about(const struct observation *o)
{
    const struct observation_ended *e = (const struct observation_ended *)o;
    if (!has_replied(o))
        return false;
    if (o->proto != PROTO_TCP || (o->marks & MARK_MIDSTREAM) != 0)
        return true;
    return (e->tcp_flags[TO_CLIENT] & TCP_SYN) != 0 && (e->tcp_flags[TO_SERVER] & TCP_ACK) != 0;
}

static void describe(const struct dprk *d, const struct observation *o, struct dprk_hit *hit, const char *what)
{
    char client[46], server[46];
    d->host->address_text(&o->client, client);
    d->host->address_text(&o->server, server);
    snprintf(hit->event, sizeof hit->event,
             "%s port %u opened a flow to %s port %u (IP protocol %u), and %s: %llu packets out, "
             "%llu back so far",
             client, o->client_port, server, o->server_port, o->proto, what, (unsigned long long)o->packets[TO_SERVER],
             (unsigned long long)o->packets[TO_CLIENT]);
    snprintf(hit->matched, sizeof hit->matched, "%s", hit->inbound ? client : server);
    hit->matched_on = hit->inbound ? "flow.src_ip" : "flow.dest_ip";
    if (o->client_source >= CLIENT_BY_PORT)
        hit->detail = "The start of the flow was not seen, so which end opened it is a guess";
}

/* What came of an outbound flow, as far as this observation shows it. */
static const char *outcome(const struct observation *o)
{
    if (o->kind != OBSERVE_ENDED)
        return "it answered";
    if (answered_unseen(o))
        return "the client acknowledged answers that did not pass here";
    return o->packets[TO_CLIENT] != 0 ? "it refused" : "it never answered";
}

/* An internal client and a server that may be listed. */
static void see_outbound(struct dprk *d, const struct observation *o, struct sensor_context *context)
{
    bool ended = o->kind == OBSERVE_ENDED;
    struct dprk_row row;
    if (o->kind != OBSERVE_REPLIED && !(ended && !has_replied(o)))
        return;
    if (!dprk_find_address(d, &o->server, o->ip_version, &row))
        return;
    prefer_port(d, &row, o->server_port);
    struct dprk_hit hit = {.row = row, .port = o->server_port, .port_fit = dprk_fit_port(d, &row.entry, o->server_port)};
    bool answered = !ended || answered_unseen(o);
    if (hit.port_fit == PORT_FITS)
        hit.sid = answered ? SID_PORT_ANSWERED : SID_PORT_SILENT;
    else
        hit.sid = answered ? SID_IP_ANSWERED : SID_IP_SILENT;
    describe(d, o, &hit, outcome(o));
    dprk_tell(d, o, context, &hit);
}

/* How far an inbound flow got, as far as this observation shows it; 0: wait for more. */
static enum dprk_sid inbound_stage(const struct observation *o)
{
    if (o->kind == OBSERVE_ENDED)
        return came_about(o) ? SID_IP_INBOUND : SID_IP_SCAN;
    if (!has_replied(o))
        return 0;
    if (o->kind == OBSERVE_REPLIED)
        return o->proto != PROTO_TCP ? SID_IP_INBOUND : 0;
    if (o->kind == OBSERVE_CLASSIFIED && o->class.state != CLASS_DETECTED)
        return 0;
    return SID_IP_INBOUND;
}

/* An internal server and a client that may be listed. */
static void see_inbound(struct dprk *d, const struct observation *o, struct sensor_context *context)
{
    struct dprk_row row;
    enum dprk_sid sid = inbound_stage(o);
    if (sid == 0 || was_told(d, o->flow_id) || !dprk_find_address(d, &o->client, o->ip_version, &row))
        return;
    struct dprk_hit hit = {.row = row, .inbound = true, .sid = sid};
    d->told[o->flow_id & (DPRK_TOLD_MAX - 1)] = o->flow_id;
    describe(d, o, &hit, hit.sid == SID_IP_SCAN ? "it did not come about" : "it came about");
    dprk_tell(d, o, context, &hit);
}

void dprk_see_contact(struct dprk *d, const struct observation *o, struct sensor_context *context)
{
    if (o->client_internal)
        see_outbound(d, o, context);
    if (o->server_internal)
        see_inbound(d, o, context);
    if (!o->client_internal && !o->server_internal && o->kind == OBSERVE_ENDED) {
        struct dprk_row row;
        if (dprk_find_address(d, &o->server, o->ip_version, &row) || dprk_find_address(d, &o->client, o->ip_version, &row))
            d->host->count(context, "outside_only");
    }
}
