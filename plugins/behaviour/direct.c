/* SPDX-License-Identifier: Apache-2.0 */
/*
 * direct.c - D22: a connection to an address that the host did not get from DNS, though it asks DNS for all else. By itself that is
 * nothing; it is told for an odd port or a place that is new to all. A host with many of them is at peer-to-peer work.
 */
#include "behaviour.h"

#include <inttypes.h>
#include <stdio.h>

enum { MANY_AN_HOUR = 16 };

/* Ports that programs with built-in addresses use. */
static bool is_ordinary(uint16_t port)
{
    static const uint16_t ports[] = {20, 21, 22, 25, 53, 80, 110, 123, 143, 443, 465, 587, 853, 989, 990, 993, 995, 3478, 5222, 5223, 5228};
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        if (ports[i] == port)
            return true;
    return false;
}

/* Has the host asked DNS for an hour at least, and did so within the last one? */
static bool is_warm(const struct host_facts *h, uint64_t ns)
{
    return h->first_dns_ns != 0 && ns >= h->first_dns_ns + HOUR_NS && ns <= h->last_dns_ns + HOUR_NS;
}

static bool is_too_many(struct host_facts *h, uint64_t ns)
{
    uint32_t hour = (uint32_t)(ns / HOUR_NS);
    if (h->direct_hour != hour) {
        h->direct_hour = hour;
        h->direct_count = 0;
    }
    return ++h->direct_count > MANY_AN_HOUR;
}

static void tell(const struct behaviour *b, const struct observation *o, struct sensor_context *context, const struct peer *peer,
                 const struct host_facts *h, bool is_new)
{
    char host[46], server[46];
    struct report r = {.rule = RULE_DIRECT, .confidence_pct = is_new ? 50 : 35, .window_s = DAY_S};
    b->host->address_text(&o->server, server);
    snprintf(r.dedup, sizeof r.dedup, "%s %u", server, o->server_port);
    snprintf(r.signature, sizeof r.signature, "Connection to %s port %u without a DNS answer", server, o->server_port);
    report_text(&r, "matched_value", server);
    report_text(&r, "host_header", peer->numeric ? "numeric" : "");
    report_text(&r, "place_is_new", is_new ? "yes" : "");
    report_text(&r, "odd_port", is_ordinary(o->server_port) ? "" : "yes");
    report_number(&r, "dns_watched_s", (int64_t)((o->start_ns - h->first_dns_ns) / NS_PER_S));
    report_because(&r, "%s connected to %s port %u; no answer that it got in %" PRIu64 " s of watching gives that address",
                   b->host->address_text(&o->client, host), server, o->server_port, (o->start_ns - h->first_dns_ns) / NS_PER_S);
    if (peer->numeric)
        report_because(&r, "Its HTTP request names the address in place of a host");
    if (is_new)
        report_because(&r, "Nobody here had reached that address before the last days");
    else
        report_because(&r, "The port is none that programs with built-in addresses use");
    report_tell(b, context, NULL, &r);
}

void direct_see(struct behaviour *b, const struct observation *o, struct sensor_context *context, const struct peer *peer)
{
    bool other = o->app_proto == APP_DNS || o->app_proto == APP_NTP || o->app_proto == APP_BITTORRENT_DHT || o->app_proto == APP_SIP;
    if (peer->at.size > 0 || other || (o->marks & (MARK_MIDSTREAM | MARK_REPLIED)) != MARK_REPLIED)
        return;
    struct host_facts *h = host_take(b, &o->client);
    if (!is_warm(h, o->start_ns))
        return;
    b->host->count(context, "direct");
    bool is_new = place_is_new(b, place_of(b, peer->at, &o->server), o->time_ns);
    bool odd = o->proto == 6 && !is_ordinary(o->server_port);
    if (!is_new && !odd)
        return;
    if (is_too_many(h, o->start_ns))
        b->host->count(context, "direct_many");
    else
        tell(b, o, context, peer, h, is_new);
}
