/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wallet.c - D27: a sanctioned wallet, or one that holds stolen funds, in clear text: the target of an HTTP request, its body, the
 * answer's, or what is said over plain TCP.
 *
 * A word counts when its checksum holds and it is a row of the lists; only then are the lists asked. Three or more in one text are a
 * list being fetched, not a payment.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tradecraft.h"
#include "wallet_scan.h"

enum { SCANNED_MAX = 65536, MANY = 3 };

static const char *const said[] = {
    [WALLET_EVM] = "EIP-55",
    [WALLET_EVM_PLAIN] = "none: written in one letter case",
    [WALLET_BITCOIN] = "Base58Check",
    [WALLET_BECH32] = "Bech32",
    [WALLET_TRON] = "Base58Check (Tron)",
    [WALLET_BASE58] = "Base58Check",
    [WALLET_RIPPLE] = "Base58Check (XRP Ledger)",
    [WALLET_CASHADDR] = "CashAddr",
    [WALLET_MONERO] = "Keccak-256 (Monero)",
};

struct find {
    struct wallet_word word;   /* the first one */
    struct sensor_entry row;
    unsigned count;            /* all in the text */
};

/* Where a text stood. */
struct text {
    struct slice bytes;
    const char *field, *said;
};

/* Counts the listed wallets of a text; the first one is kept. */
static void scan(const struct tradecraft *t, struct slice text, struct find *out)
{
    struct wallet_scan s = {.text = {text.at, text.size < SCANNED_MAX ? text.size : SCANNED_MAX}};
    struct wallet_word word;
    struct sensor_entry row;
    while (tradecraft_wallet_next(&s, &word)) {
        if (!t->host->list_find_value(t->wallets, "wallet", (struct slice){(const uint8_t *)word.address, word.size}, &row))
            continue;
        if (out->count++ == 0) {
            out->word = word;
            out->row = row;
        }
    }
}

static const char *checksum(const struct wallet_word *w)
{
    return w->in_call ? "none: an argument of a call" : said[w->kind];
}

static void tell(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct find *f,
                 const struct text *where)
{
    struct tradecraft_report r;
    struct indicator i;
    char client[46], server[46];
    bool to_server = o->direction == TO_SERVER, out = to_server == (o->client_internal != 0);
    t->host->indicator(&f->row, &i, sizeof i);
    t->host->address_text(&o->client, client);
    t->host->address_text(&o->server, server);
    tradecraft_begin(&r, out ? RULE_WALLET_OUT : RULE_WALLET_IN, i.reference);
    r.target_is_server = !o->client_internal;
    r.severity = f->count >= MANY || i.status[0] != '\0' ? 3 : 0;
    r.confidence_pct = i.confidence_pct;
    snprintf(r.signature, sizeof r.signature, "%s wallet in clear %s: %.80s",
             strcmp(i.category, "sanctioned_wallet") == 0 ? "Sanctioned" : "Stolen-fund",
             strncmp(where->field, "http", 4) == 0 ? "HTTP" : "text", f->word.address);
    snprintf(r.dedup, sizeof r.dedup, "%s", f->word.address);
    tradecraft_text(&r, "matched_on", where->field);
    tradecraft_text(&r, "matched_value", f->word.address);
    tradecraft_text(&r, "checksum", checksum(&f->word));
    tradecraft_number(&r, "wallets_in_text", f->count);
    tradecraft_text(&r, "actor", i.actor);
    tradecraft_text(&r, "campaign", i.campaign);
    tradecraft_text(&r, "category", i.category);
    tradecraft_text(&r, "status", i.status);
    tradecraft_text(&r, "source", i.source);
    tradecraft_text(&r, "list", i.list);
    tradecraft_number(&r, "list_line", i.line);
    tradecraft_because(&r, "%s sent %s in %s to %s, port %u of %s", to_server ? client : server, f->word.address, where->said,
                       to_server ? server : client, o->server_port, server);
    tradecraft_because(&r, "It is listed for %.80s, %.80s: line %" PRIu32 " of %.60s", i.actor, i.campaign, i.line, i.list);
    tradecraft_because(&r, "Checksum of the address: %s", checksum(&f->word));
    if (f->count >= MANY)
        tradecraft_because(&r, "%u listed wallets in one text look like a list, not a payment", f->count);
    tradecraft_raise(t, context, &r);
}

static void see(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct text *where)
{
    struct find f = {.count = 0};
    if (t->wallets == NULL || o->client_internal == o->server_internal)
        return;
    scan(t, where->bytes, &f);
    if (f.count == 0)
        return;
    t->host->label(context, NULL, "listed_wallet");
    tell(t, o, context, &f, where);
}

void tradecraft_wallet_see(struct tradecraft *t, const struct observation_http *o, struct sensor_context *context)
{
    see(t, &o->head, context, &(struct text){observation_text(&o->head, o->url), "http.url", "the target of a clear HTTP request"});
}

void tradecraft_wallet_see_body(struct tradecraft *t, const struct observation_body *o, struct sensor_context *context)
{
    static const struct text places[] = {
        [BODY_HTTP_REQUEST] = {.field = "http.request_body", .said = "the body of a clear HTTP request"},
        [BODY_HTTP_RESPONSE] = {.field = "http.response_body", .said = "the body of a clear HTTP response"},
        [BODY_STREAM] = {.field = "tcp.text", .said = "clear text over TCP"},
    };
    if (o->source < BODY_HTTP_REQUEST || o->source > BODY_STREAM)
        return;
    struct text where = places[o->source];
    where.bytes = observation_text(&o->head, o->bytes);
    see(t, &o->head, context, &where);
}
