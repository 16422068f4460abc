/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpc.c - D26 in bodies: JSON-RPC calls to blockchains in clear HTTP, and EtherHiding: a contract read again and again, or one that
 * answers with text instead of numbers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json_text.h"
#include "tradecraft.h"

enum {
    READS_ALERT = 3,       /* of one contract within a day */
    DAY_S = 86400,
    METHODS_MAX = 32,      /* of a batch */
    TOLD_MAX = 4,
    CODE_LEAST = 256,      /* bytes of text in an answer that are code, not a name */
    CODE_PCT = 95,
    ABI_HEAD = 64          /* offset and length before the text */
};

struct contract {
    struct address client;
    char to[42];
    uint8_t zero[6];
};

struct reads {
    uint64_t first_ns;
    uint32_t count;
};

/* What a body calls. */
struct calls {
    struct sensor_entry row;        /* of the first method known */
    char methods[TRADECRAFT_TEXT_MAX]; /* all that are known, each once, blanks between */
    char endpoint[TRADECRAFT_TEXT_MAX];
};

bool tradecraft_rpc_open(struct tradecraft *t)
{
    t->reads = t->host->table_new(2 * t->entries, sizeof(struct contract), sizeof(struct reads));
    return t->reads != NULL;
}

static bool has_word(const char *words, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = words; (at = strstr(at, word)) != NULL; at += size)
        if ((at == words || at[-1] == ' ') && (at[size] == '\0' || at[size] == ' '))
            return true;
    return false;
}

static unsigned find_methods(const struct tradecraft *t, struct slice body, struct calls *c)
{
    struct slice method;
    struct sensor_entry row;
    unsigned known = 0;
    size_t at = 0;
    for (unsigned i = 0; i < METHODS_MAX && known < TOLD_MAX && tradecraft_json_next(body, &at, "method", &method); i++) {
        if (!t->host->list_find_value(t->tools, "rpc_method", method, &row))
            continue;
        const char *name = t->host->field(&row, "value");
        size_t used = strlen(c->methods);
        if (has_word(c->methods, name))
            continue;
        snprintf(c->methods + used, sizeof c->methods - used, "%s%.60s", known == 0 ? "" : " ", name);
        if (known++ == 0)
            c->row = row;
    }
    return known;
}

static void begin(const struct tradecraft *t, const struct observation_body *o, enum tradecraft_rule rule, const struct calls *c,
                  struct tradecraft_report *r)
{
    char client[46], server[46];
    tradecraft_begin(r, rule, t->host->field(&c->row, "reference"));
    tradecraft_text(r, "chain", t->host->field(&c->row, "service"));
    tradecraft_text(r, "method", c->methods);
    tradecraft_text(r, "endpoint", c->endpoint);
    tradecraft_because(r, "%s called %.100s of %.80s in clear HTTP (%s port %u)", t->host->address_text(&o->head.client, client), c->methods,
                       c->endpoint, t->host->address_text(&o->head.server, server), o->head.server_port);
}

static void tell_calls(struct tradecraft *t, const struct observation_body *o, struct sensor_context *context, const struct calls *c)
{
    struct tradecraft_report r;
    begin(t, o, RULE_RPC_METHOD, c, &r);
    snprintf(r.signature, sizeof r.signature, "Blockchain call in clear HTTP: %.80s", c->methods);
    snprintf(r.dedup, sizeof r.dedup, "%.100s", c->endpoint);
    tradecraft_text(&r, "matched_on", "http.request_body");
    tradecraft_text(&r, "matched_value", t->host->field(&c->row, "value"));
    tradecraft_rpc_tell(t, &o->head, context, &r);
}

/* Counts a read of the contract; true from the third one within a day on. */
static bool is_read_again(struct tradecraft *t, const struct observation *o, struct slice to, uint32_t *count)
{
    struct contract key = {.client = o->client};
    bool is_new;
    for (size_t i = 0; i < sizeof key.to; i++)
        key.to[i] = (char)(to.at[i] >= 'A' && to.at[i] <= 'F' ? to.at[i] + 32 : to.at[i]);
    struct reads *reads = t->host->table_take(t->reads, &key, &is_new);
    if (is_new || o->time_ns > reads->first_ns + DAY_S * NS_PER_S)
        *reads = (struct reads){.first_ns = o->time_ns};
    *count = ++reads->count;
    return reads->count >= READS_ALERT;
}

/* The same contract read again and again: nobody's business but that of who develops or trades. */
static void see_reads(struct tradecraft *t, const struct observation_body *o, struct sensor_context *context, const struct calls *c)
{
    static const struct tradecraft_words developer = {.word = {"developer"}};
    struct tradecraft_report r;
    struct slice to;
    uint32_t count;
    char contract[TRADECRAFT_TEXT_MAX];
    if (!has_word(c->methods, "eth_call") || !tradecraft_json_find(observation_text(&o->head, o->bytes), "to", &to) || to.size != 42)
        return;
    if (!is_read_again(t, &o->head, to, &count) || tradecraft_has_role(t, context, &o->head.client, &t->wallet, NULL) ||
        tradecraft_has_role(t, context, &o->head.client, &developer, NULL))
        return;
    tradecraft_printable(contract, to);
    begin(t, o, RULE_DEAD_DROP, c, &r);
    snprintf(r.signature, sizeof r.signature, "Contract of a blockchain read again and again: %.60s", contract);
    snprintf(r.dedup, sizeof r.dedup, "%.60s", contract);
    r.confidence_pct = 50;
    tradecraft_text(&r, "matched_on", "http.request_body");
    tradecraft_text(&r, "matched_value", contract);
    tradecraft_number(&r, "reads", count);
    tradecraft_because(&r, "It read contract %.42s %" PRIu32 " times within a day, without paying for anything", contract, count);
    tradecraft_rpc_tell_from(t, &o->head, context, &r, 2);
}

static void see_request(struct tradecraft *t, const struct observation_body *o, struct sensor_context *context)
{
    struct slice host = observation_text(&o->head, o->host);
    struct calls c = {.methods = ""};
    if (find_methods(t, observation_text(&o->head, o->bytes), &c) == 0)
        return;
    tradecraft_printable(c.endpoint, host);
    tell_calls(t, o, context, &c);
    see_reads(t, o, context, &c);
}

/* ------------------------------------------------------------------ answers */

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Does this hexadecimal number hold text for a machine? The beginning of it goes to `out`. References to images and pages of tokens
 * are text too, and harmless. */
static bool holds_code(struct slice hex, char out[64], uint32_t *bytes)
{
    uint32_t printable = 0, all = 0;
    for (size_t i = 2 + 2 * ABI_HEAD; i + 1 < hex.size; i += 2) {
        int high = digit_of(hex.at[i]), low = digit_of(hex.at[i + 1]);
        if (high < 0 || low < 0)
            return false;
        int c = high * 16 + low;
        bool good = (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t';
        if (all < 63)
            out[all] = (char)(good && c >= 0x20 && c != '"' && c != '\\' ? c : '?');
        printable += good;
        all++;
    }
    out[all < 63 ? all : 63] = '\0';
    *bytes = all;
    return all >= CODE_LEAST && printable * 100 >= all * CODE_PCT && strncmp(out, "data:", 5) != 0 && strncmp(out, "ipfs:", 5) != 0 &&
           strncmp(out, "http", 4) != 0;
}

/* What a call got back, or what somebody wrote into a transaction, in hexadecimal digits. */
static bool find_number(struct slice body, const char *key, struct slice *hex)
{
    return tradecraft_json_find_cut(body, key, hex) && hex->size > 2 && hex->at[0] == '0' && hex->at[1] == 'x';
}

static void see_response(struct tradecraft *t, const struct observation_body *o, struct sensor_context *context)
{
    struct tradecraft_report r;
    struct slice body = observation_text(&o->head, o->bytes), hex;
    char begins[64], client[46], endpoint[TRADECRAFT_TEXT_MAX];
    uint32_t bytes = 0;
    if (memmem(body.at, body.size, "\"jsonrpc\"", 9) == NULL || (!find_number(body, "result", &hex) && !find_number(body, "input", &hex)))
        return;
    if (!holds_code(hex, begins, &bytes))
        return;
    tradecraft_printable(endpoint, observation_text(&o->head, o->host));
    tradecraft_begin(&r, RULE_CODE_ON_CHAIN, "https://attack.mitre.org/techniques/T1102/");
    snprintf(r.signature, sizeof r.signature, "Text out of a blockchain, as EtherHiding fetches code: %.60s", endpoint);
    snprintf(r.dedup, sizeof r.dedup, "%.100s", endpoint);
    r.confidence_pct = 65;
    tradecraft_text(&r, "matched_on", "http.response_body");
    tradecraft_text(&r, "matched_value", begins);
    tradecraft_text(&r, "endpoint", endpoint);
    tradecraft_number(&r, "text_bytes", bytes);
    tradecraft_because(&r, "%.80s answered a JSON-RPC call of %s with at least %" PRIu32 " bytes of text", endpoint,
                       t->host->address_text(&o->head.client, client), bytes);
    tradecraft_because(&r, "It begins with %.63s", begins);
    tradecraft_rpc_tell_from(t, &o->head, context, &r, 2);
}

void tradecraft_rpc_see(struct tradecraft *t, const struct observation_body *o, struct sensor_context *context)
{
    if (!o->head.client_internal || o->head.server_internal)
        return;
    if (o->source == BODY_HTTP_REQUEST)
        see_request(t, o, context);
    else if (o->source == BODY_HTTP_RESPONSE)
        see_response(t, o, context);
}
