/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.c - strips records and cuts the handshake stream into messages.
 *
 * Every byte is consumed as it comes: a record needs not be whole to be read, so large records cost no memory. A message that
 * lies whole in the bytes at hand is parsed in place; only one that is cut by a record or packet boundary is copied.
 */
#include "dissect/tls.h"

#include <string.h>

#include "decode/cursor.h"
#include "dissect/tls_session.h"

enum { RECORD_CHANGE_CIPHER = 20, RECORD_ALERT = 21, RECORD_HANDSHAKE = 22, RECORD_DATA = 23, RECORD_HEARTBEAT = 24 };

#define RECORD_HEADER  5
#define RECORD_MAX     (16384 + 2048) /* RFC 5246 6.2.3 */
#define MESSAGE_HEADER 4
#define MESSAGE_MAX    (64u * 1024u) /* bytes of a message that is put together; longer ones are passed over */
#define HELLO_MIN      38            /* version, random, session id length, one cipher or compression */
#define ALERT_FATAL    2

/* One end's records and half messages. */
struct half {
    struct budget_bytes message; /* the start of a message, its header included */
    uint32_t message_skip;       /* bytes of a message too long to keep that are still to come */
    uint16_t record_left;        /* bytes of the current record still to come */
    uint8_t record_type;
    uint8_t alert_level; /* first byte of an alert record, 0 before it */
    bool done;
};

struct tls_flow {
    struct tls_session session;
    struct half halves[2]; /* by end */
};

static bool is_version(uint16_t version)
{
    return (version >= 0x0300 && version <= 0x0304) || version == 0x0101 /* TLCP, GB/T 38636 */ || version >> 8 == 0x7f;
}

static bool is_record(const uint8_t *p, struct half *out)
{
    uint16_t size = read_u16(p + 3);
    if (p[0] < RECORD_CHANGE_CIPHER || p[0] > RECORD_HEARTBEAT || !is_version(read_u16(p + 1)) || size > RECORD_MAX)
        return false;
    if (size == 0 && p[0] != RECORD_DATA)
        return false;
    out->record_type = p[0];
    out->record_left = size;
    return true;
}

/* 2-byte length with the top bit, type 1, version, then three lengths that must add up (RFC 5246 E.2). */
static enum probe old_hello_probe(struct slice b)
{
    if (b.size < 3)
        return b.size == 0 || b.at[0] & 0x80 ? PROBE_MAYBE : PROBE_NO;
    if (!(b.at[0] & 0x80) || b.at[2] != 1)
        return PROBE_NO;
    if (b.size < 11)
        return PROBE_MAYBE;
    uint32_t size = read_u16(b.at) & 0x7fffu, version = read_u16(b.at + 3);
    uint32_t ciphers = read_u16(b.at + 5), session = read_u16(b.at + 7), challenge = read_u16(b.at + 9);
    bool good = (version == 0x0002 || (version >= 0x0300 && version <= 0x0303)) && ciphers && ciphers % 3 == 0 && session <= 32 &&
                challenge >= 16 && challenge <= 32 && size == 9 + ciphers + session + challenge;
    return good ? PROBE_YES : PROBE_NO;
}

/* Handshake header and hello version behind a record header, as far as they are at hand. */
static enum probe hello_probe(struct slice b, bool *is_server)
{
    if (b.size < 1)
        return PROBE_MAYBE;
    if (b.at[0] != TLS_CLIENT_HELLO && b.at[0] != TLS_SERVER_HELLO)
        return PROBE_NO;
    *is_server = b.at[0] == TLS_SERVER_HELLO;
    if (b.size < 2)
        return PROBE_MAYBE;
    if (b.at[1] != 0 || (b.size >= 4 && read_u24(b.at + 1) < HELLO_MIN))
        return PROBE_NO;
    if (b.size < 6)
        return PROBE_MAYBE;
    return is_version(read_u16(b.at + 4)) ? PROBE_YES : PROBE_NO;
}

enum probe tls_record_probe(struct slice b)
{
    struct half ignored;
    if (b.size >= RECORD_HEADER)
        return is_record(b.at, &ignored) ? PROBE_YES : PROBE_NO;
    if (b.size >= 1 && (b.at[0] < RECORD_CHANGE_CIPHER || b.at[0] > RECORD_HEARTBEAT))
        return PROBE_NO;
    return PROBE_MAYBE;
}

enum probe tls_probe(struct slice b, bool *is_server)
{
    *is_server = false;
    if (b.size && b.at[0] != RECORD_HANDSHAKE)
        return old_hello_probe(b);
    enum probe record = tls_record_probe(b);
    if (record != PROBE_YES)
        return record;
    struct slice message = {b.at + RECORD_HEADER, b.size - RECORD_HEADER};
    size_t record_size = read_u16(b.at + 3);
    if (message.size > record_size) /* the next record's header is no part of the hello */
        message.size = record_size;
    enum probe hello = hello_probe(message, is_server);
    /* A hello cut into tiny records is told by its type alone. */
    if (hello == PROBE_MAYBE && message.size >= record_size)
        return PROBE_YES;
    return hello;
}

struct tls_flow *tls_flow_new(struct budget *budget, uint8_t from_proto)
{
    struct tls_flow *t = budget_grow(budget, NULL, 0, sizeof *t);
    if (!t)
        return NULL;
    memset(t, 0, sizeof *t);
    tls_session_init(&t->session, budget, TLS_OVER_TCP);
    t->session.from_proto = from_proto;
    return t;
}

void tls_flow_free(struct tls_flow *t)
{
    if (!t)
        return;
    struct budget *budget = t->session.budget;
    for (int end = 0; end < 2; end++)
        budget_clear(budget, &t->halves[end].message);
    tls_session_clear(&t->session);
    budget_free(budget, t, sizeof *t);
}

bool tls_is_begun(const struct tls_flow *t)
{
    return t->session.client_seen || t->session.server_seen;
}

bool tls_is_observed(const struct tls_flow *t)
{
    return t->session.observed;
}

/* Nothing more is wanted of this end. */
static void half_done(struct tls_flow *t, const struct parse_place *place)
{
    struct half *h = &t->halves[place->end];
    h->done = true;
    budget_clear(t->session.budget, &h->message);
    tls_session_side_done(&t->session, place);
}

/* A whole message. An end is heard until the session says that it is done. */
static bool take_message(struct tls_flow *t, const struct parse_place *place, const uint8_t *at, size_t size)
{
    struct tls_session *s = &t->session;
    struct slice body = {at + MESSAGE_HEADER, size - MESSAGE_HEADER};
    if (!tls_session_message(s, place, (enum tls_message)at[0], body))
        return false;
    if (tls_session_is_client(s, place) ? s->client_done : s->server_done)
        half_done(t, place);
    return true;
}

static size_t message_size(const uint8_t *at)
{
    return MESSAGE_HEADER + read_u24(at + 1);
}

/* Takes from the front of `c` what the half message lacks; parses it when that makes it whole. */
static bool finish_message(struct tls_flow *t, const struct parse_place *place, struct cursor *c)
{
    struct half *h = &t->halves[place->end];
    size_t want = h->message.size < MESSAGE_HEADER ? MESSAGE_HEADER : message_size(h->message.at);
    size_t take = want - h->message.size;
    if (take > cursor_left(c))
        take = cursor_left(c);
    if (!budget_append(t->session.budget, &h->message, c->at, take, MESSAGE_MAX + MESSAGE_HEADER))
        return false;
    cursor_skip(c, take);
    if (h->message.size < MESSAGE_HEADER)
        return true;
    size_t whole = message_size(h->message.at);
    if (whole > MESSAGE_MAX) {
        h->message_skip = (uint32_t)(whole - h->message.size);
        budget_clear(t->session.budget, &h->message);
        return true;
    }
    if (h->message.size < whole)
        return true;
    bool good = take_message(t, place, h->message.at, whole);
    budget_clear(t->session.budget, &h->message);
    return good;
}

/* Handshake bytes of one record, in order. */
static bool take_handshake(struct tls_flow *t, const struct parse_place *place, struct slice bytes)
{
    struct half *h = &t->halves[place->end];
    struct cursor c = cursor_of(bytes.at, bytes.size);
    while (cursor_left(&c) && !h->done) {
        if (h->message_skip) {
            uint32_t skip = h->message_skip < cursor_left(&c) ? h->message_skip : (uint32_t)cursor_left(&c);
            cursor_skip(&c, skip);
            h->message_skip -= skip;
        } else if (h->message.size == 0 && cursor_left(&c) >= MESSAGE_HEADER && cursor_left(&c) >= message_size(c.at)) {
            const uint8_t *at = c.at;
            cursor_skip(&c, message_size(at));
            if (!take_message(t, place, at, message_size(at)))
                return false;
        } else if (!finish_message(t, place, &c)) {
            return false;
        }
    }
    return true;
}

/* A part of a record's content; more of it may follow. False when this cannot be TLS. */
static bool take_fragment(struct tls_flow *t, const struct parse_place *place, struct slice bytes)
{
    struct half *h = &t->halves[place->end];
    switch (h->record_type) {
    case RECORD_HANDSHAKE: return take_handshake(t, place, bytes);
    case RECORD_ALERT:
        if (bytes.size && h->alert_level == 0) {
            h->alert_level = bytes.at[0];
            if (h->alert_level == ALERT_FATAL)
                known_see_fatal_alert(place->known, place->flow);
            if (h->alert_level != 1) /* fatal, or encrypted */
                half_done(t, place);
        }
        return true;
    case RECORD_CHANGE_CIPHER:
        /* In TLS 1.3 a client's one between its two hellos, and a server's after its retry request, mean nothing. */
        if (!tls_session_is_retrying(&t->session))
            half_done(t, place);
        return true;
    case RECORD_DATA: half_done(t, place); return true;
    default: return true;
    }
}

/* The SSL 2 form has no record layer of ours: its client speaks TLS records afterwards, of which nothing is wanted. */
static struct parse_result old_hello(struct tls_flow *t, const struct parse_place *place, struct slice bytes)
{
    tls_session_old_hello(&t->session, place, read_u16(bytes.at + 3));
    half_done(t, place);
    return (struct parse_result){PARSE_DONE, bytes.size, 0};
}

struct parse_result tls_bytes(struct tls_flow *t, const struct parse_place *place, struct slice bytes)
{
    struct half *h = &t->halves[place->end];
    struct cursor c = cursor_of(bytes.at, bytes.size);
    if (!t->session.client_seen && h->record_left == 0 && h->message.size == 0 && old_hello_probe(bytes) == PROBE_YES)
        return old_hello(t, place, bytes);
    while (!h->done && cursor_left(&c)) {
        if (h->record_left == 0) {
            const uint8_t *header = c.at;
            if (tls_record_probe(cursor_slice(&c)) == PROBE_NO)
                return (struct parse_result){PARSE_REFUSED, (size_t)(c.at - bytes.at), 0};
            if (!cursor_skip(&c, RECORD_HEADER))
                break;
            is_record(header, h);
            h->alert_level = 0;
            continue;
        }
        size_t size = cursor_left(&c) < h->record_left ? cursor_left(&c) : h->record_left;
        const uint8_t *at = cursor_take(&c, size);
        h->record_left = (uint16_t)(h->record_left - size);
        if (!take_fragment(t, place, (struct slice){at, size})) {
            h->record_left = 0;
            return (struct parse_result){PARSE_REFUSED, (size_t)(at - bytes.at), 0};
        }
    }
    enum parse_state state = h->done ? PARSE_DONE : PARSE_MORE;
    return (struct parse_result){state, h->done ? bytes.size : (size_t)(c.at - bytes.at), 0};
}

/* The start of a hello that stays incomplete may still hold the name. */
static void use_cut_message(struct tls_flow *t, const struct parse_place *place)
{
    struct half *h = &t->halves[place->end];
    if (h->message.size > MESSAGE_HEADER && h->message.at[0] == TLS_CLIENT_HELLO) {
        struct slice body = {h->message.at + MESSAGE_HEADER, h->message.size - MESSAGE_HEADER};
        tls_session_cut_hello(&t->session, place, body);
    }
    budget_clear(t->session.budget, &h->message);
}

bool tls_gap(struct tls_flow *t, const struct parse_place *place, uint64_t lost)
{
    struct half *h = &t->halves[place->end];
    use_cut_message(t, place);
    tls_session_lost(&t->session, place);
    h->message_skip = 0;
    if (lost > h->record_left) {
        h->record_left = 0;
        return false;
    }
    h->record_left = (uint16_t)(h->record_left - lost);
    if (h->record_type == RECORD_HANDSHAKE && h->record_left) /* somewhere inside a message: wait for the next record */
        h->record_type = RECORD_HEARTBEAT;
    return true;
}

void tls_end(struct tls_flow *t, const struct parse_place *place)
{
    struct parse_place at = *place;
    for (at.end = 0; at.end < 2; at.end++)
        if (!t->halves[at.end].done)
            use_cut_message(t, &at);
    tls_session_observe(&t->session, place);
}
