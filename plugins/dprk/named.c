/* SPDX-License-Identifier: Apache-2.0 */
/*
 * named.c - D12: a flow that does not say its name, to an address that an internal host resolved from a listed one.
 *
 * Works where the name cannot be seen: ECH, TLS without a server name, plain TCP and UDP, questions without an answer. It
 * speaks once it is clear that no name will come, once per flow, and only by answers that were asked for.
 */
#include "dprk.h"

#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 64 /* looked at for one flow */, SHARED_FROM = 5 /* strangers on an address that make it a shared one */ };

/* Will this flow still say its name, or did the observation show that it does not? */
static bool is_nameless(const struct observation *o)
{
    const struct observation_tls *tls = (const struct observation_tls *)o;
    const struct observation_quic *quic = (const struct observation_quic *)o;
    switch (o->kind) {
    case OBSERVE_TLS: return tls->sni.size == 0 || tls->ech != ECH_NONE;
    case OBSERVE_QUIC: return !quic->is_server && (quic->sni.size == 0 || quic->ech != ECH_NONE);
    case OBSERVE_CLASSIFIED:
        return (o->marks & MARK_WAITING) == 0 && o->app_proto != APP_TLS && o->app_proto != APP_HTTP && o->app_proto != APP_HTTP2 && o->app_proto != APP_QUIC;
    case OBSERVE_ENDED: return true;
    default: return false;
    }
}

static bool find(const struct dprk *d, const struct sensor_name *n, struct sensor_entry *entry)
{
    return d->host->list_find_name(d->indicators, n->name, entry) ||
           (n->leaf.size > 0 && d->host->list_find_name(d->indicators, n->leaf, entry));
}

/* The first listed one of the flow's names. A name that the flow says itself ends the search: that is name.c's business. */
static bool find_name(const struct dprk *d, struct sensor_context *context, struct sensor_name *n, struct sensor_entry *entry)
{
    for (size_t i = 0; i < NAMES_MAX && d->host->name_of(context, i, n); i++) {
        if (n->source < NAME_SAME_HOST)
            return false;
        if (!n->unsolicited && find(d, n, entry))
            return true;
    }
    return false;
}

static void describe(const struct dprk *d, const struct observation *o, const struct sensor_name *n, struct dprk_hit *hit)
{
    char client[46], server[46], resolver[46];
    dprk_printable(hit->matched, n->name);
    snprintf(hit->event, sizeof hit->event,
             "%s opened a flow without a visible name to %s port %u, which %s resolved from %.100s %llu s before, by %s (TTL %u s)",
             d->host->address_text(&o->client, client), d->host->address_text(&o->server, server), o->server_port,
             n->source == NAME_SAME_HOST ? "it" : "another internal host", hit->matched,
             (unsigned long long)(n->age_ns / 1000000000), d->host->address_text(&n->resolver, resolver), n->ttl_s);
}

/* Why the name may be another's, or NULL. */
static const char *doubt_about(const struct sensor_name *n)
{
    if (n->source == NAME_NETWORK)
        return "Only another host resolved the name: one step lower";
    return n->others >= SHARED_FROM ? "Five or more other domains share the address: one step lower" : NULL;
}

void dprk_see_named(struct dprk *d, const struct observation *o, struct sensor_context *context)
{
    struct sensor_name name;
    struct sensor_entry entry;
    uint64_t *told = &d->named[o->flow_id & (DPRK_TOLD_MAX - 1)];
    if (!is_nameless(o) || !o->client_internal || o->server_internal || *told == o->flow_id)
        return;
    if (!find_name(d, context, &name, &entry))
        return;
    bool answered = o->packets[TO_CLIENT] != 0 && (o->marks & MARK_REPLIED) != 0;
    struct dprk_hit hit = {.row.entry = entry,
                           .sid = answered ? SID_NAMED_ANSWERED : SID_NAMED_SILENT,
                           .matched_on = "dns.rrname",
                           .name = &name,
                           .doubt = doubt_about(&name)};
    *told = o->flow_id;
    describe(d, o, &name, &hit);
    dprk_tell(d, o, context, &hit);
}
