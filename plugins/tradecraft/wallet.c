/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wallet.c - D27: a sanctioned wallet, or one that holds stolen funds, in the target of a clear HTTP request.
 *
 * A word counts when its checksum holds and it is a row of the lists. Bodies are not seen here. Three or more in one request are
 * a list being fetched, not a payment.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tradecraft.h"
#include "wallet_check.h"

enum { SCANNED_MAX = 8192, MANY = 3 };

static const char *const said[] = {
    [WALLET_EVM] = "EIP-55",
    [WALLET_EVM_PLAIN] = "none: written in one letter case",
    [WALLET_BITCOIN] = "Base58Check",
    [WALLET_BECH32] = "Bech32",
    [WALLET_TRON] = "Base58Check (Tron)",
};

struct find {
    enum wallet_kind kind;
    char address[WALLET_SIZE_MOST + 1]; /* as the lists write it */
    struct sensor_entry row;
    unsigned count;                     /* all in the request */
};

static bool is_letter_or_digit(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* A listed wallet? The first one is kept, all are counted. */
static void judge_word(const struct tradecraft *t, struct slice word, struct find *out)
{
    struct find f = {.kind = tradecraft_wallet_check(word)};
    if (f.kind == WALLET_NONE)
        return;
    memcpy(f.address, word.at, word.size);
    for (size_t i = 0; f.kind <= WALLET_EVM_PLAIN && i < word.size; i++)
        f.address[i] = (char)(f.address[i] >= 'A' && f.address[i] <= 'Z' ? f.address[i] + 32 : f.address[i]);
    if (!t->host->list_find_value(t->wallets, "wallet", (struct slice){(const uint8_t *)f.address, word.size}, &f.row))
        return;
    f.count = out->count + 1;
    if (out->count == 0)
        *out = f;
    else
        out->count = f.count;
}

static void scan(const struct tradecraft *t, struct slice text, struct find *out)
{
    size_t size = text.size < SCANNED_MAX ? text.size : SCANNED_MAX;
    for (size_t at = 0; at < size;) {
        size_t from = at;
        while (at < size && is_letter_or_digit(text.at[at]))
            at++;
        if (at - from >= WALLET_SIZE_LEAST)
            judge_word(t, (struct slice){text.at + from, at - from}, out);
        at += at == from || at < size;
    }
}

static void tell(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct find *f)
{
    struct tradecraft_report r;
    struct indicator i;
    char client[46], server[46];
    bool out = o->client_internal;
    t->host->indicator(&f->row, &i, sizeof i);
    t->host->address_text(&o->client, client);
    t->host->address_text(&o->server, server);
    tradecraft_begin(&r, out ? RULE_WALLET_OUT : RULE_WALLET_IN, i.reference);
    r.target_is_server = !out;
    r.severity = f->count >= MANY || i.status[0] != '\0' ? 3 : 0;
    r.confidence_pct = i.confidence_pct;
    snprintf(r.signature, sizeof r.signature, "%s wallet in clear HTTP: %.90s",
             strcmp(i.category, "sanctioned_wallet") == 0 ? "Sanctioned" : "Stolen-fund", f->address);
    snprintf(r.dedup, sizeof r.dedup, "%s", f->address);
    tradecraft_text(&r, "matched_on", "http.url");
    tradecraft_text(&r, "matched_value", f->address);
    tradecraft_text(&r, "checksum", said[f->kind]);
    tradecraft_number(&r, "wallets_in_request", f->count);
    tradecraft_text(&r, "actor", i.actor);
    tradecraft_text(&r, "campaign", i.campaign);
    tradecraft_text(&r, "category", i.category);
    tradecraft_text(&r, "status", i.status);
    tradecraft_text(&r, "source", i.source);
    tradecraft_text(&r, "list", i.list);
    tradecraft_number(&r, "list_line", i.line);
    tradecraft_because(&r, "%s sent %s in a clear HTTP request to %s port %u", client, f->address, server, o->server_port);
    tradecraft_because(&r, "It is listed for %.80s, %.80s: line %" PRIu32 " of %.60s", i.actor, i.campaign, i.line, i.list);
    tradecraft_because(&r, "Checksum of the address: %s", said[f->kind]);
    if (f->count >= MANY)
        tradecraft_because(&r, "%u listed wallets in one request look like a list, not a payment", f->count);
    tradecraft_raise(t, context, &r);
}

void tradecraft_wallet_see(struct tradecraft *t, const struct observation_http *o, struct sensor_context *context)
{
    struct find f = {.count = 0};
    if (t->wallets == NULL || o->head.client_internal == o->head.server_internal)
        return;
    scan(t, observation_text(&o->head, o->url), &f);
    if (f.count == 0)
        return;
    t->host->label(context, NULL, "listed_wallet");
    tell(t, &o->head, context, &f);
}
