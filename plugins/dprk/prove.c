/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prove.c - what speaks for a hit: every listed thing that this observation and its flow show, each once, with its weight.
 *
 * An address proves little by itself, for addresses are rented and shared; a name that the client said proves much; a path or a
 * certificate almost everything. Where an address belongs to a hosting or delivery network that many share, or was reached under a
 * name that is known as lawful, it keeps half of its weight, and the alert says why.
 */
#include "dprk.h"

#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 8 /* of a flow, looked at */ };

static const struct weight {
    enum dprk_sid sid;
    const char *kind;
    uint8_t pct;
} weights[] = {
    {SID_IP_ANSWERED, "address", 40},
    {SID_IP_SILENT, "address", 30},
    {SID_IP_INBOUND, "address", 30},
    {SID_IP_SCAN, "address", 10},
    {SID_PORT_ANSWERED, "address_port", 65},
    {SID_PORT_SILENT, "address_port", 50},
    {SID_DNS_QUERY, "dns_query", 60},
    {SID_DNS_FAILED, "dns_query", 40},
    {SID_ANSWER_ADDRESS, "dns_answer_address", 30},
    {SID_ANSWER_ALIAS, "dns_answer", 55},
    {SID_ANSWER_SERVER, "dns_answer", 30},
    {SID_TLS_SNI, "sni", 80},
    {SID_QUIC_SNI, "sni", 80},
    {SID_HTTP_HOST, "http_host", 80},
    {SID_HTTP_CONNECT, "http_host", 75},
    {SID_CERTIFICATE_NAME, "certificate_name", 70},
    {SID_URL, "path", 95},
    {SID_JA3, "ja3", 20},
    {SID_JA3S, "ja3s", 15},
    {SID_JA4, "ja4", 25},
    {SID_CERTIFICATE, "certificate", 95},
    {SID_NAMED_ANSWERED, "dns_answer", 55},
    {SID_NAMED_SILENT, "dns_answer", 45},
};

static const struct weight *weight_of(enum dprk_sid sid)
{
    size_t i = 0;
    while (i + 1 < sizeof weights / sizeof *weights && weights[i].sid != sid)
        i++;
    return &weights[i];
}

/* Adds what `sid` stands for, unless it is there. */
static void add(const struct dprk *d, struct dprk_proofs *p, enum dprk_sid sid, const char *value, const struct sensor_entry *entry)
{
    const struct weight *w = weight_of(sid);
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->item[i].kind, w->kind) == 0)
            return;
    if (p->count == DPRK_PROOFS_MAX)
        return;
    struct indicator row;
    d->host->indicator(entry, &row, sizeof row);
    struct dprk_proof *proof = &p->item[p->count++];
    proof->kind = w->kind;
    proof->weight_pct = w->pct;
    snprintf(proof->text, sizeof proof->text, "%.100s is indicator %.80s, line %u of %.60s", value, row.value, row.line, row.list);
}

/* ------------------------------------------------------------------- facts */

static bool is_address_hit(enum dprk_sid sid)
{
    return sid <= SID_PORT_SILENT || sid == SID_ANSWER_ADDRESS;
}

/* The outside end of the flow, when it is listed too. */
static void prove_address(const struct dprk *d, const struct observation *o, struct dprk_proofs *out)
{
    struct dprk_row row;
    char text[46];
    bool inbound = !o->client_internal;
    if (o->kind == OBSERVE_DNS || !dprk_find_address(d, inbound ? &o->client : &o->server, o->ip_version, &row))
        return;
    bool fits = !inbound && dprk_fit_port(d, &row.entry, o->server_port) == PORT_FITS;
    bool answered = (o->marks & MARK_REPLIED) != 0;
    enum dprk_sid sid = fits ? answered ? SID_PORT_ANSWERED : SID_PORT_SILENT : answered ? SID_IP_ANSWERED : SID_IP_SILENT;
    add(d, out, inbound ? SID_IP_INBOUND : sid, d->host->address_text(&row.address, text), &row.entry);
}

static enum dprk_sid sid_of_source(uint8_t source)
{
    switch (source) {
    case NAME_TLS: return SID_TLS_SNI;
    case NAME_QUIC: return SID_QUIC_SNI;
    case NAME_HTTP: return SID_HTTP_HOST;
    case NAME_SAME_HOST: return SID_NAMED_ANSWERED;
    default: return SID_NAMED_SILENT;
    }
}

/* The names of the flow, said in it or resolved before. */
static void prove_names(const struct dprk *d, struct sensor_context *context, struct dprk_proofs *out)
{
    struct sensor_name n;
    struct sensor_entry entry;
    char text[DPRK_TEXT_MAX];
    for (size_t i = 0; i < NAMES_MAX && d->host->name_of(context, i, &n); i++) {
        if (n.unsolicited || !d->host->list_find_name(d->indicators, n.name, &entry))
            continue;
        dprk_printable(text, n.name);
        add(d, out, sid_of_source(n.source), text, &entry);
    }
}

static void prove_handshake(const struct dprk *d, const struct observation *o, struct dprk_proofs *out)
{
    struct dprk_fact f;
    char text[DPRK_TEXT_MAX];
    for (size_t i = 0; dprk_tls_fact(d, o, i, &f); i++) {
        dprk_printable(text, f.value);
        add(d, out, f.sid, text, &f.entry);
    }
}

/* ----------------------------------------------------------- what is shared */

#define ADDRESS_ALONE "the address alone proves little"

static void say_shared(const struct dprk *d, const struct sensor_entry *entry, const char *what, const char *how, const char *so,
                       struct dprk_proofs *out)
{
    struct indicator row;
    d->host->indicator(entry, &row, sizeof row);
    snprintf(out->shared_text, sizeof out->shared_text, "%.80s %s %.50s (%.60s): %s and has half its weight", what, how, row.source,
             row.value, so);
    out->shared = out->shared_text;
}

/* Does a listed name lie below a parent that anybody gets names from, or is it known as lawful? A row that says so itself is enough. */
static void see_shared_name(const struct dprk *d, const struct dprk_hit *hit, struct dprk_proofs *out)
{
    struct indicator row;
    struct sensor_entry entry;
    d->host->indicator(&hit->row.entry, &row, sizeof row);
    if (row.type != INDICATOR_DOMAIN || *row.hosted != '\0')
        return;
    if (d->host->list_find_name(d->shared, (struct slice){(const uint8_t *)row.value, strlen(row.value)}, &entry))
        say_shared(d, &entry, row.value, "is known from", "it proves little", out);
}

/* Is the address of a hit one that many share, or was it reached under a lawful name? */
static void see_shared_address(const struct dprk *d, struct sensor_context *context, const struct dprk_hit *hit, struct dprk_proofs *out)
{
    struct sensor_entry entry;
    struct sensor_name n;
    char text[DPRK_TEXT_MAX];
    if (d->host->list_find_address(d->shared, &hit->row.address, &entry)) {
        say_shared(d, &entry, hit->matched, "lies in", ADDRESS_ALONE, out);
        return;
    }
    for (size_t i = 0; i < NAMES_MAX && d->host->name_of(context, i, &n); i++) {
        if (n.source == NAME_NETWORK || n.unsolicited || !d->host->list_find_name(d->shared, n.name, &entry))
            continue;
        dprk_printable(text, n.name);
        say_shared(d, &entry, text, "is the name that the host reached it under, known from", ADDRESS_ALONE, out);
        return;
    }
}

void dprk_prove(struct dprk *d, const struct observation *o, struct sensor_context *context, const struct dprk_hit *hit,
                struct dprk_proofs *out)
{
    out->count = 0;
    out->shared = NULL;
    add(d, out, hit->sid, hit->matched, &hit->row.entry);
    if (!is_address_hit(hit->sid))
        prove_address(d, o, out);
    if (o->kind != OBSERVE_DNS)
        prove_names(d, context, out);
    prove_handshake(d, o, out);
    if (d->shared != NULL && is_address_hit(hit->sid))
        see_shared_address(d, context, hit, out);
    else if (d->shared != NULL)
        see_shared_name(d, hit, out);
    if (out->shared != NULL)
        out->item[0].weight_pct /= 2;
}

uint8_t dprk_weight_pct(const struct dprk_proofs *p)
{
    uint32_t doubt = 10000;
    for (size_t i = 0; i < p->count; i++)
        doubt = doubt * (100u - p->item[i].weight_pct) / 100;
    return (uint8_t)((10000 - doubt) / 100);
}
