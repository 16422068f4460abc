/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chains.c - D25 and D26: mining, public RPC endpoints of blockchains and their nodes.
 *
 * Names are those of the exchange detector's catalogue. A read-only call to a public endpoint is ordinary for who builds wallets and
 * is how EtherHiding fetches its next stage, so the role of the host and what it did before decide.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tradecraft.h"

static struct slice slice_of(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

static void tell_mining(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct tradecraft_sight *s)
{
    struct tradecraft_report r;
    t->host->label(context, NULL, "mining");
    if (tradecraft_has_role(t, context, &o->client, &t->mining, NULL)) {
        t->host->count(context, "mining_allowed");
        return;
    }
    tradecraft_begin(&r, s->place == BY_CLASS ? RULE_MINING_CLASS : RULE_MINING, t->host->field(&s->entry, "reference"));
    tradecraft_sight(t, o, s, &r);
    r.confidence_pct = s->place == BY_CLASS ? 40 : 65;
    snprintf(r.signature, sizeof r.signature, "Cryptocurrency mining: %.80s", t->host->field(&s->entry, "service"));
    tradecraft_raise(t, context, &r);
}

/* Severity 1 after a lure, 2 from hosts that have no business with chains, else what it is by itself. */
static void weigh_rpc(struct tradecraft *t, const struct observation *o, struct sensor_context *context, struct tradecraft_report *r,
                      uint8_t severity)
{
    static const struct tradecraft_words developer = {.word = {"developer"}};
    struct sensor_role role;
    uint64_t ago_s;
    r->severity = severity;
    if (tradecraft_has_role(t, context, &o->client, &t->forbidden, &role) || tradecraft_has_role(t, context, &o->client, &developer, &role)) {
        r->severity = 2;
        tradecraft_role(r, &role);
    }
    if (tradecraft_was_lured(t, o, &ago_s)) {
        r->severity = 1;
        r->confidence_pct = 80;
        tradecraft_number(r, "contagious_http_age_s", ago_s);
        tradecraft_because(r, "%" PRIu64 " s before, the host spoke clear HTTP as Contagious Interview does (D31)", ago_s);
    }
}

void tradecraft_rpc_tell_from(struct tradecraft *t, const struct observation *o, struct sensor_context *context, struct tradecraft_report *r,
                              uint8_t severity)
{
    t->host->label(context, NULL, "chain_rpc");
    if (tradecraft_has_role(t, context, &o->client, &t->wallet, NULL)) {
        t->host->count(context, "rpc_allowed");
        return;
    }
    weigh_rpc(t, o, context, r, severity);
    tradecraft_raise(t, context, r);
}

void tradecraft_rpc_tell(struct tradecraft *t, const struct observation *o, struct sensor_context *context, struct tradecraft_report *r)
{
    tradecraft_rpc_tell_from(t, o, context, r, 3);
}

bool tradecraft_chains_see_name(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct tradecraft_sight *s)
{
    struct tradecraft_report r;
    const char *kind = t->host->field(&s->entry, "kind");
    if (strcmp(kind, "mining_pool") == 0) {
        tell_mining(t, o, context, s);
        return true;
    }
    if (strcmp(kind, "wallet_rpc") != 0)
        return false;
    tradecraft_begin(&r, RULE_RPC_NAME, t->host->field(&s->entry, "reference"));
    tradecraft_sight(t, o, s, &r);
    snprintf(r.signature, sizeof r.signature, "Blockchain RPC or indexer: %.80s", t->host->field(&s->entry, "service"));
    tradecraft_rpc_tell(t, o, context, &r);
    return true;
}

void tradecraft_chains_see_mining(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct tradecraft_sight *s)
{
    struct tradecraft_report r;
    char port[8];
    struct sensor_entry row;
    int size = snprintf(port, sizeof port, "%u", o->server_port);
    if (!t->host->list_find_value(t->tools, "node_port", (struct slice){(const uint8_t *)port, (size_t)size}, &row)) {
        tell_mining(t, o, context, s);
        return;
    }
    tradecraft_begin(&r, RULE_NODE, t->host->field(&row, "reference"));
    tradecraft_sight(t, o, s, &r);
    snprintf(r.signature, sizeof r.signature, "Peer-to-peer node of a blockchain: %.80s", t->host->field(&row, "service"));
    snprintf(r.dedup, sizeof r.dedup, "%s", t->host->field(&row, "service"));
    tradecraft_text(&r, "chain", t->host->field(&row, "service"));
    tradecraft_because(&r, "Port %s is that of nodes: %.64s, line %" PRIu32 " of %.100s", port, t->host->field(&row, "service"), row.line,
                   t->tools_path);
    tradecraft_rpc_tell(t, o, context, &r);
}

void tradecraft_chains_see_path(struct tradecraft *t, const struct observation_http *o, struct sensor_context *context, struct slice path)
{
    struct tradecraft_report r;
    struct tradecraft_sight s = {.place = BY_HTTP, .list = t->tools_path};
    if (!t->host->list_find_value(t->tools, "rpc_path", path, &s.entry))
        return;
    struct slice host = observation_text(&o->head, o->host);
    tradecraft_printable(s.name, host.size != 0 ? host : slice_of("no host"));
    tradecraft_begin(&r, RULE_RPC_PATH, t->host->field(&s.entry, "reference"));
    tradecraft_sight(t, &o->head, &s, &r);
    tradecraft_text(&r, "path", t->host->field(&s.entry, "value"));
    snprintf(r.signature, sizeof r.signature, "Blockchain call in clear HTTP: %.80s", t->host->field(&s.entry, "value"));
    tradecraft_rpc_tell(t, &o->head, context, &r);
}
