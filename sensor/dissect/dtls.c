/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dtls.c - records of a datagram, fragments of a message (RFC 6347 4.2.3).
 *
 * Fragments come in any order and may overlap, so each end puts together up to two messages at a time with a map of the
 * bytes it has. Retransmitted flights are harmless: the session takes each message once.
 */
#include "dissect/dtls.h"

#include <string.h>

#include "decode/cursor.h"
#include "dissect/tls_session.h"

enum { RECORD_CHANGE_CIPHER = 20, RECORD_ALERT = 21, RECORD_HANDSHAKE = 22, RECORD_DATA = 23 };

#define RECORD_HEADER  13
#define MESSAGE_HEADER 12
#define MESSAGE_MAX    (16u * 1024u) /* bytes of a message that is put together */
#define PARTS          2             /* messages under way per end */

/* One message being put together: body bytes, then one bit per byte. */
struct part {
    uint8_t *body;
    uint32_t size;     /* of the whole body; memory is size + size / 8 + 1 */
    uint32_t have;     /* different bytes at hand */
    uint16_t sequence; /* message_seq */
    uint8_t type;
};

struct dtls_flow {
    struct tls_session session;
    struct part parts[2][PARTS]; /* by end */
};

struct record {
    uint8_t type;
    uint16_t version, epoch;
    struct cursor body;
};

struct fragment {
    uint8_t type;
    uint16_t sequence;
    uint32_t whole, at, size; /* bytes of the message, where this lies in it */
    const uint8_t *bytes;
};

static bool is_version(uint16_t version)
{
    return version == 0xfeff || version == 0xfefd || version == 0xfefc || version == 0x0100 /* OpenSSL before 0.9.8f */;
}

static bool take_record(struct cursor *c, struct record *out)
{
    const uint8_t *p = cursor_take(c, RECORD_HEADER);
    if (!p)
        return false;
    out->type = p[0];
    out->version = read_u16(p + 1);
    out->epoch = read_u16(p + 3);
    size_t size = read_u16(p + 11);
    if (!is_version(out->version) || out->type < RECORD_CHANGE_CIPHER || out->type > RECORD_DATA + 3)
        return false;
    if (size > cursor_left(c)) /* cut by the snap length: what is there may do */
        size = cursor_left(c);
    return cursor_sub(c, size, &out->body);
}

static bool take_fragment(struct cursor *c, struct fragment *out)
{
    const uint8_t *p = cursor_take(c, MESSAGE_HEADER);
    if (!p)
        return false;
    out->type = p[0];
    out->whole = read_u24(p + 1);
    out->sequence = read_u16(p + 4);
    out->at = read_u24(p + 6);
    out->size = read_u24(p + 9);
    if (out->at > out->whole || out->size > out->whole - out->at)
        return false;
    out->bytes = cursor_take(c, out->size);
    return out->bytes != NULL;
}

static bool is_handshake_type(uint8_t type)
{
    return type <= TLS_SESSION_TICKET || type == TLS_ENCRYPTED_EXTENSIONS ||
           (type >= TLS_CERTIFICATE && type <= TLS_CLIENT_KEY_EXCHANGE) || (type >= TLS_FINISHED && type <= TLS_SUPPLEMENTAL_DATA);
}

enum probe dtls_probe(struct slice datagram)
{
    struct cursor c = cursor_of(datagram.at, datagram.size);
    struct record r;
    struct fragment f;
    if (datagram.size < RECORD_HEADER + MESSAGE_HEADER || datagram.at[0] != RECORD_HANDSHAKE)
        return PROBE_NO;
    if (!take_record(&c, &r) || r.epoch != 0 || read_u16(datagram.at + 11) < MESSAGE_HEADER)
        return PROBE_NO;
    if (!take_fragment(&r.body, &f) || !is_handshake_type(f.type) || f.whole > 1u << 20)
        return PROBE_NO;
    return PROBE_YES;
}

static size_t part_memory(const struct part *p)
{
    return p->size + p->size / 8 + 1;
}

static void part_clear(struct budget *b, struct part *p)
{
    budget_free(b, p->body, p->body ? part_memory(p) : 0);
    memset(p, 0, sizeof *p);
}

struct dtls_flow *dtls_flow_new(struct budget *budget)
{
    struct dtls_flow *t = budget_grow(budget, NULL, 0, sizeof *t);
    if (!t)
        return NULL;
    memset(t, 0, sizeof *t);
    tls_session_init(&t->session, budget, TLS_OVER_DTLS);
    return t;
}

void dtls_flow_free(struct dtls_flow *t)
{
    if (!t)
        return;
    struct budget *budget = t->session.budget;
    for (int end = 0; end < 2; end++)
        for (int i = 0; i < PARTS; i++)
            part_clear(budget, &t->parts[end][i]);
    tls_session_clear(&t->session);
    budget_free(budget, t, sizeof *t);
}

/* The message that a fragment belongs to; a new one takes a free place, else that of the oldest. NULL when memory is short. */
static struct part *part_for(struct dtls_flow *t, int end, const struct fragment *f)
{
    struct part *parts = t->parts[end], *place = &parts[0];
    for (int i = 0; i < PARTS; i++) {
        struct part *p = &parts[i];
        if (p->body && p->sequence == f->sequence && p->type == f->type && p->size == f->whole)
            return p;
        if (!p->body || (place->body && (uint16_t)(place->sequence - p->sequence) < 0x8000))
            place = p;
    }
    part_clear(t->session.budget, place);
    size_t memory = f->whole + f->whole / 8 + 1;
    place->body = budget_grow(t->session.budget, NULL, 0, memory);
    if (!place->body)
        return NULL;
    memset(place->body, 0, memory);
    place->size = f->whole;
    place->type = f->type;
    place->sequence = f->sequence;
    return place;
}

/* Copies the bytes not there yet: the first copy of a byte wins. */
static void part_fill(struct part *p, const struct fragment *f)
{
    uint8_t *map = p->body + p->size;
    for (uint32_t i = 0; i < f->size; i++) {
        uint32_t at = f->at + i;
        if (map[at / 8] & 1u << at % 8)
            continue;
        map[at / 8] = (uint8_t)(map[at / 8] | 1u << at % 8);
        p->body[at] = f->bytes[i];
        p->have++;
    }
}

static bool is_wanted(const struct dtls_flow *t, const struct parse_place *place, const struct fragment *f)
{
    if (f->whole > MESSAGE_MAX || !is_handshake_type(f->type))
        return false;
    if (f->type == TLS_CLIENT_HELLO)
        return !t->session.client_seen;
    return f->type != TLS_HELLO_VERIFY && !(tls_session_is_client(&t->session, place) && t->session.client_done);
}

static void take_handshake(struct dtls_flow *t, const struct parse_place *place, struct cursor *c)
{
    struct fragment f;
    while (!t->session.observed && take_fragment(c, &f)) {
        if (!is_wanted(t, place, &f))
            continue;
        if (f.size == f.whole) {
            tls_session_message(&t->session, place, (enum tls_message)f.type, (struct slice){f.bytes, f.size});
            continue;
        }
        struct part *p = part_for(t, place->end, &f);
        if (!p)
            return;
        part_fill(p, &f);
        if (p->have < p->size)
            continue;
        tls_session_message(&t->session, place, (enum tls_message)p->type, (struct slice){p->body, p->size});
        part_clear(t->session.budget, p);
    }
}

static void take_body(struct dtls_flow *t, const struct parse_place *place, struct record *r)
{
    uint8_t level = 0;
    if (r->epoch != 0 || r->type == RECORD_CHANGE_CIPHER || r->type == RECORD_DATA)
        tls_session_side_done(&t->session, place);
    else if (r->type == RECORD_HANDSHAKE)
        take_handshake(t, place, &r->body);
    else if (r->type == RECORD_ALERT && cursor_u8(&r->body, &level) && level == 2)
        tls_session_side_done(&t->session, place);
}

struct parse_result dtls_datagram(struct dtls_flow *t, const struct parse_place *place, struct slice datagram)
{
    struct cursor c = cursor_of(datagram.at, datagram.size);
    struct record r;
    if (datagram.size && datagram.at[0] >> 5 == 1) /* unified header of DTLS 1.3: encrypted (RFC 9147 4) */
        tls_session_side_done(&t->session, place);
    while (!t->session.observed && take_record(&c, &r))
        take_body(t, place, &r);
    return (struct parse_result){t->session.observed ? PARSE_DONE : PARSE_MORE, datagram.size, 0};
}

void dtls_end(struct dtls_flow *t, const struct parse_place *place)
{
    tls_session_observe(&t->session, place);
}
