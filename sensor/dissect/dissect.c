/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dissect.c - the dissector's life and a flow's: who is looked at, for how long, and what remains to be said at the end.
 *
 * A flow costs nothing before its first payload and nothing after its parser is done: flow->dissect_done is looked at first. When
 * memory runs short the oldest flows are let go, those that nobody answers first, so that no flood keeps new flows from being seen.
 */
#include "dissect/dissect.h"

#include <stdlib.h>

#include "dissect/dissection.h"
#include "dissect/openvpn.h"

#define STREAM_MAX_DEFAULT (64u * 1024u)
#define MEMORY_MAX_DEFAULT (64u * 1024u * 1024u)
#define LET_GO_AT_ONCE     8

struct dissector *dissector_new(const struct dissect_options *options, struct error *error)
{
    struct dissector *d = calloc(1, sizeof *d);
    if (!d) {
        error_set(error, "dissector: out of memory");
        return NULL;
    }
    d->quic = quic_crypto_new(error);
    if (!d->quic) {
        free(d);
        return NULL;
    }
    d->pool.stream_max = options->stream_max ? options->stream_max : STREAM_MAX_DEFAULT;
    d->bodies_max = options->bodies_max;
    d->known = options->known;
    d->memory = options->memory;
    d->pool.budget.max = options->memory_max ? options->memory_max : MEMORY_MAX_DEFAULT;
    return d;
}

void dissector_free(struct dissector *d)
{
    if (!d)
        return;
    quic_crypto_free(d->quic);
    free(d);
}

/* ------------------------------------------------------------ room for all */

static void join_line(struct line *line, struct dissection *s)
{
    s->line = line;
    s->older = line->newest;
    s->newer = NULL;
    s->was_active = false;
    *(line->newest ? &line->newest->newer : &line->oldest) = s;
    line->newest = s;
}

static void leave_line(struct dissection *s)
{
    *(s->older ? &s->older->newer : &s->line->oldest) = s->newer;
    *(s->newer ? &s->newer->older : &s->line->newest) = s->older;
}

static struct line *line_of(struct dissector *d, const struct flow *f)
{
    return f->marks & MARK_ONE_SIDED ? &d->silent : &d->answered;
}

/* Lets the oldest flows of a line go, but those that said something since they were last looked at, and but `f`. */
static void shorten(struct dissector *d, struct line *line, size_t most, const struct flow *f, struct observer *w)
{
    for (int i = 0; i < LET_GO_AT_ONCE && d->pool.budget.used > most && line->oldest; i++) {
        struct dissection *s = line->oldest;
        if (s->was_active || s->flow == f) {
            leave_line(s);
            join_line(line, s);
        } else {
            d->counters.stream_limited++;
            dissect_end(d, s->flow, w);
        }
    }
}

/* Before a packet: half of the memory is for flows of which both ends were heard, and some of it is always free. */
static void make_room(struct dissector *d, const struct flow *f, struct observer *w)
{
    if (d->pool.budget.used <= d->pool.budget.max / 2)
        return;
    shorten(d, &d->silent, d->pool.budget.max / 2, f, w);
    shorten(d, &d->answered, d->pool.budget.max - d->pool.budget.max / 8, f, w);
}

/* ------------------------------------------------------------------- a flow */

struct dissection *dissection_take(struct work *x)
{
    if (!x->state) {
        x->state = budget_grow(&x->d->pool.budget, NULL, 0, sizeof *x->state);
        if (!x->state) {
            x->place.flow->dissect_done = BOTH_DONE;
            return NULL;
        }
        *x->state = (struct dissection){.client_end = -1, .flow = x->place.flow};
        join_line(line_of(x->d, x->place.flow), x->state);
        x->place.flow->dissection = x->state;
    }
    return x->state;
}

bool dissection_book(struct work *x, size_t bytes)
{
    struct budget *b = &x->d->pool.budget;
    budget_move(b, x->state->booked, bytes);
    x->state->booked = bytes;
    if (b->used <= b->max)
        return true;
    x->d->counters.memory_refused++;
    return false;
}

static void end_tls(struct work *x)
{
    tls_end(x->state->tls, &x->place);
    x->d->counters.tls_handshakes += tls_is_observed(x->state->tls);
    tls_flow_free(x->state->tls);
    openvpn_free(x->state->openvpn);
    x->state->openvpn = NULL;
}

void dissection_count_http(struct work *x)
{
    uint32_t now = x->state->transactions_before + http_transactions(x->state->http);
    x->d->counters.http_transactions += now - x->place.flow->tx_count;
    x->place.flow->tx_count = now;
}

static void end_http(struct work *x)
{
    http_end(x->state->http, &x->place);
    dissection_count_http(x);
    http_flow_free(x->state->http);
}

void dissection_count_ftp(struct work *x)
{
    uint32_t now = x->state->transactions_before + ftp_transactions(x->state->ftp);
    x->d->counters.ftp_transactions += now - x->place.flow->tx_count;
    x->place.flow->tx_count = now;
}

static void end_ftp(struct work *x)
{
    ftp_end(x->state->ftp, &x->place);
    dissection_count_ftp(x);
    ftp_flow_free(x->state->ftp);
}

void dissection_end_parser(struct work *x)
{
    uint32_t before = x->place.flow->tx_count;
    switch ((enum speech)x->state->speech) {
    case SPEECH_TLS: end_tls(x); break;
    case SPEECH_HTTP: end_http(x); break;
    case SPEECH_FTP: end_ftp(x); break;
    case SPEECH_DTLS:
        dtls_end(x->state->dtls, &x->place);
        x->d->counters.tls_handshakes += x->place.flow->tx_count - before;
        dtls_flow_free(x->state->dtls);
        break;
    case SPEECH_QUIC:
        quic_end(x->state->quic, &x->place);
        x->d->counters.quic_hellos += x->place.flow->tx_count - before;
        quic_flow_free(x->state->quic);
        break;
    case SPEECH_UNKNOWN:
    case SPEECH_DNS: break;
    }
    x->state->speech = SPEECH_UNKNOWN;
    budget_move(&x->d->pool.budget, x->state->booked, 0);
    x->state->booked = 0;
}

void dissection_let_go(struct work *x)
{
    x->place.flow->dissect_done = BOTH_DONE;
    if (!x->state)
        return;
    dissection_end_parser(x);
    for (int end = 0; end < 2; end++) {
        clear_text_tell(&x->state->lanes[end].text, &x->d->pool.budget, &x->place, end);
        stream_clear(&x->state->lanes[end].stream, &x->d->pool);
    }
    leave_line(x->state);
    budget_free(&x->d->pool.budget, x->state, sizeof *x->state);
    x->place.flow->dissection = x->state = NULL;
}

void dissect_packet(struct dissector *d, struct flow *f, const struct packet *packet, int end, struct observer *w)
{
    if (f->dissect_done == BOTH_DONE)
        return;
    make_room(d, f, w);
    struct work x = {d, f->dissection, {f, packet, end, w, d->known, d->memory}};
    if (x.state && x.state->line != line_of(d, f)) {
        leave_line(x.state);
        join_line(line_of(d, f), x.state);
    }
    if (x.state)
        x.state->was_active = true;
    if (packet->proto == IP_TCP)
        dissect_tcp(&x);
    else if (packet->proto == IP_UDP)
        dissect_udp(&x);
}

void dissect_end(struct dissector *d, struct flow *f, struct observer *w)
{
    struct work x = {d, f->dissection, {f, NULL, f->client_end, w, d->known, d->memory}};
    if (!x.state)
        return;
    if (f->key.proto == IP_TCP)
        dissect_tcp_end(&x);
    dissection_let_go(&x);
}

void dissect_count(const struct dissector *d, struct dissect_counters *out)
{
    *out = d->counters;
    out->stream_overlaps = d->pool.overlaps;
    out->memory_refused += d->pool.budget.refused;
    out->memory_bytes = d->pool.budget.used;
}
