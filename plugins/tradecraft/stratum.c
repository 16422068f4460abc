/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stratum.c - D25: miners in clear. What a miner calls its pool with (Stratum over Bitcoin's, Ethereum's or Monero's way) is text that
 * nothing else says, on whatever port; who works and for which wallet stands in it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json_text.h"
#include "tradecraft.h"
#include "wallet_check.h"

enum { METHODS_MAX = 16 };

/* "wallet.worker" or "wallet/worker": up to the first sign that is in no wallet. */
static struct slice wallet_of(struct slice worker)
{
    size_t n = 0;
    while (n < worker.size && worker.at[n] != '.' && worker.at[n] != '/' && worker.at[n] != '+' && worker.at[n] != ':')
        n++;
    return (struct slice){worker.at, n};
}

static const char *chain_of(struct slice wallet)
{
    switch (tradecraft_wallet_check(wallet)) {
    case WALLET_EVM:
    case WALLET_EVM_PLAIN: return "Ethereum and its like";
    case WALLET_BITCOIN:
    case WALLET_BECH32: return wallet.at[0] == 'l' ? "Litecoin" : "Bitcoin";
    case WALLET_MONERO: return "Monero";
    case WALLET_TRON: return "Tron";
    default: break;
    }
    return wallet.size == 95 && (wallet.at[0] == '4' || wallet.at[0] == '8') ? "Monero, by its length" : "";
}

/* Whoever logs in: Monero's way by a name of its own, the others first in a list. */
static bool find_worker(struct slice text, struct slice *worker)
{
    struct slice method;
    if (tradecraft_json_find(text, "login", worker))
        return true;
    for (size_t at = 0; tradecraft_json_next(text, &at, "method", &method);) {
        bool logs_in = (method.size == 16 && memcmp(method.at, "mining.authorize", 16) == 0) ||
                       (method.size == 15 && memcmp(method.at, "eth_submitLogin", 15) == 0);
        if (logs_in)
            return tradecraft_json_next(text, &at, "params", worker) || tradecraft_json_find(text, "params", worker);
    }
    return false;
}

/* The first method of the list. Monero's own, "login", is too common a word to count without a name of the program. */
static bool find_method(const struct tradecraft *t, struct slice text, struct sensor_entry *row)
{
    struct slice method, agent;
    size_t at = 0;
    for (unsigned i = 0; i < METHODS_MAX && tradecraft_json_next(text, &at, "method", &method); i++) {
        if (!t->host->list_find_value(t->tools, "stratum", method, row))
            continue;
        if (strcmp(t->host->field(row, "severity"), "") == 0 || tradecraft_json_find(text, "agent", &agent))
            return true;
    }
    return false;
}

static void tell(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct sensor_entry *row,
                 struct slice text)
{
    struct tradecraft_report r;
    struct slice worker = {NULL, 0}, agent = {NULL, 0};
    char client[46], server[46], who[TRADECRAFT_TEXT_MAX] = "", program[TRADECRAFT_TEXT_MAX] = "";
    const char *chain = "";
    if (find_worker(text, &worker)) {
        tradecraft_printable(who, worker);
        chain = chain_of(wallet_of(worker));
    }
    if (tradecraft_json_find(text, "agent", &agent))
        tradecraft_printable(program, agent);
    t->host->address_text(&o->client, client);
    t->host->address_text(&o->server, server);
    tradecraft_begin(&r, RULE_STRATUM, t->host->field(row, "reference"));
    r.confidence_pct = 95;
    snprintf(r.signature, sizeof r.signature, "Cryptocurrency mining: %.30s to a pool in clear text", t->host->field(row, "value"));
    snprintf(r.dedup, sizeof r.dedup, "%s:%u %.150s", server, o->server_port, who);
    tradecraft_text(&r, "service", t->host->field(row, "service"));
    tradecraft_text(&r, "matched_on", "tcp.text");
    tradecraft_text(&r, "matched_value", t->host->field(row, "value"));
    tradecraft_text(&r, "worker", who);
    tradecraft_text(&r, "chain", chain);
    tradecraft_text(&r, "program", program);
    tradecraft_because(&r, "%s said %.30s to %s port %u: %.64s", o->direction == TO_SERVER ? client : server, t->host->field(row, "value"),
                       o->direction == TO_SERVER ? server : client, o->server_port, t->host->field(row, "service"));
    if (who[0] != '\0')
        tradecraft_because(&r, "It works as %.200s", who);
    tradecraft_raise(t, context, &r);
}

bool tradecraft_stratum_see(struct tradecraft *t, const struct observation_body *o, struct sensor_context *context)
{
    struct sensor_entry row;
    struct slice text = observation_text(&o->head, o->bytes);
    if (!o->head.client_internal || o->head.server_internal || !find_method(t, text, &row))
        return false;
    t->host->label(context, NULL, "mining");
    if (tradecraft_has_role(t, context, &o->head.client, &t->mining, NULL))
        t->host->count(context, "mining_allowed");
    else
        tell(t, &o->head, context, &row, text);
    return true;
}
