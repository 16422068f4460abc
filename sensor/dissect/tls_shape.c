/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_shape.c - see tls_shape.h. A record is five bytes and its length; the first one's handshake says in four more what it is.
 */
#include "dissect/tls_shape.h"

#include <math.h>
#include <string.h>

#include "decode/cursor.h"

enum {
    RECORD_HEAD = 5,
    RECORDS_MAX = 8,       /* heads of each end that are looked at: a server's whole first flight, and what follows */
    LENGTH_MAX = 16384 + 2048, /* RFC 5246 6.2.3; TLS 1.3 allows less */
    HELLO_LEAST = 38,      /* version, random, empty session id, one cipher */
    ENTROPY_LEAST = 256,   /* bytes below which it says nothing */
    ENTROPY_MOST = 1024,
    CHANGE_CIPHER_SPEC = 20,
    ALERT = 21,
    HANDSHAKE = 22,
    HEARTBEAT = 24,
    HELLO_REQUEST = 0,
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2
};

static void keep_first(struct tls_shape_end *e, struct slice bytes)
{
    size_t room = TLS_SHAPE_FIRST - e->first_size, size = bytes.size < room ? bytes.size : room;
    if (size == 0)
        return;
    memcpy(e->first + e->first_size, bytes.at, size);
    e->first_size = (uint8_t)(e->first_size + size);
}

static void set_flaw(struct tls_shape *s, enum direction direction, enum tls_flaw flaw)
{
    if (s->flaw != TLS_FLAW_NONE)
        return;
    s->flaw = (uint8_t)flaw;
    s->flaw_direction = (uint8_t)direction;
}

static bool is_head(const uint8_t *head)
{
    return head[0] >= CHANGE_CIPHER_SPEC && head[0] <= HEARTBEAT && head[1] == 3 && head[2] <= 4;
}

/* The record that an end begins with. */
static void judge_first(struct tls_shape *s, enum direction direction, const struct tls_shape_end *e, uint32_t length)
{
    bool is_client = direction == TO_SERVER;
    uint8_t type = e->head[0], message = e->head[RECORD_HEAD];
    uint32_t size = read_u32(e->head + RECORD_HEAD) & 0xffffff;
    if (length == 0 || length > LENGTH_MAX)
        set_flaw(s, direction, TLS_FLAW_LENGTH);
    else if (is_client && type != HANDSHAKE && type != ALERT)
        set_flaw(s, direction, TLS_FLAW_DATA_FIRST);
    else if (is_client && type == HANDSHAKE && length >= 4 && (message != CLIENT_HELLO || size < HELLO_LEAST))
        set_flaw(s, direction, TLS_FLAW_CLIENT_HELLO);
    else if (!is_client && type != HANDSHAKE && type != ALERT)
        set_flaw(s, direction, TLS_FLAW_SERVER_HELLO);
    else if (!is_client && type == HANDSHAKE && length >= 4 &&
             message != HELLO_REQUEST && (message != SERVER_HELLO || size < HELLO_LEAST))
        set_flaw(s, direction, TLS_FLAW_SERVER_HELLO);
}

/* A whole head is there. */
static void judge(struct tls_shape *s, enum direction direction, struct tls_shape_end *e)
{
    uint32_t length = read_u16(e->head + 3);
    if (!is_head(e->head)) {
        if (e->records == 0)
            s->off = true;
        else
            set_flaw(s, direction, TLS_FLAW_RECORDS);
        e->over = true;
        return;
    }
    if (e->records == 0)
        judge_first(s, direction, e, length);
    else if (length > LENGTH_MAX)
        set_flaw(s, direction, TLS_FLAW_LENGTH);
    e->is_record = true;
    uint32_t looked_at = e->have - RECORD_HEAD;
    e->left = length > looked_at ? length - looked_at : 0;
    e->over = e->head[0] == ALERT || ++e->records == RECORDS_MAX || s->flaw != TLS_FLAW_NONE;
    e->have = 0;
}

/* Bytes of a head that are needed to judge it. */
static size_t head_size(const struct tls_shape_end *e)
{
    bool has_message = e->records == 0 && e->have >= RECORD_HEAD && e->head[0] == HANDSHAKE && read_u16(e->head + 3) >= 4;
    return has_message ? sizeof e->head : RECORD_HEAD;
}

static void take_head(struct tls_shape *s, enum direction direction, struct tls_shape_end *e, struct slice *bytes)
{
    while (bytes->size > 0 && e->have < head_size(e)) {
        e->head[e->have++] = *bytes->at;
        *bytes = (struct slice){bytes->at + 1, bytes->size - 1};
    }
    if (e->have >= head_size(e))
        judge(s, direction, e);
}

/* Shannon's entropy of what follows a flaw: encrypted, or not even that? */
static void measure(struct tls_shape *s, struct slice bytes)
{
    uint32_t counts[256] = {0};
    size_t size = bytes.size < ENTROPY_MOST ? bytes.size : ENTROPY_MOST;
    double bits = 0;
    if (size < ENTROPY_LEAST)
        return;
    for (size_t i = 0; i < size; i++)
        counts[bytes.at[i]]++;
    for (size_t i = 0; i < 256; i++)
        if (counts[i] > 0)
            bits += counts[i] * log2((double)size / counts[i]);
    s->entropy_bytes = (uint16_t)size;
    s->entropy = (uint16_t)(bits * 100 / (double)size);
}

/* What of the bytes is new; nothing when a part is missing that no body explains. */
static struct slice fresh(struct tls_shape *s, struct tls_shape_end *e, uint64_t at, struct slice bytes)
{
    uint64_t end = at + bytes.size;
    if (end <= e->upto)
        return (struct slice){NULL, 0};
    if (at > e->upto) {
        s->off = at - e->upto > e->left;
        e->left -= s->off ? 0 : (uint32_t)(at - e->upto);
    } else {
        size_t old = (size_t)(e->upto - at);
        bytes = (struct slice){bytes.at + old, bytes.size - old};
    }
    e->upto = end;
    return bytes;
}

void tls_shape_take(struct tls_shape *s, enum direction direction, uint64_t origin, uint64_t at, struct slice bytes)
{
    struct tls_shape_end *e = &s->end[direction];
    if (s->off || e->over)
        return;
    if (!e->begun) {
        e->begun = true;
        e->upto = at;
        s->off = at != origin;
    }
    bytes = fresh(s, e, at, bytes);
    if (bytes.size > 0)
        keep_first(e, bytes);
    while (bytes.size > 0 && !s->off && !e->over) {
        size_t body = bytes.size < e->left ? bytes.size : e->left;
        e->left -= (uint32_t)body;
        bytes = (struct slice){bytes.at + body, bytes.size - body};
        take_head(s, direction, e, &bytes);
    }
    if (s->flaw != TLS_FLAW_NONE && s->flaw_direction == direction && s->entropy_bytes == 0 && e->over)
        measure(s, bytes);
}

void tls_shape_tell(struct tls_shape *s, const struct parse_place *place)
{
    struct observer *w = place->observer;
    if (s->off || s->told || s->flaw == TLS_FLAW_NONE || !s->end[TO_SERVER].is_record || !s->end[TO_CLIENT].is_record)
        return;
    s->told = true;
    struct observation_tls_flaw *o = observer_begin(w, OBSERVE_TLS_FLAW, sizeof *o, place->flow, place->packet, (enum direction)s->flaw_direction);
    o->flaw = s->flaw;
    o->entropy_bytes = s->entropy_bytes;
    o->entropy = s->entropy;
    o->client_first = observer_text(w, s->end[TO_SERVER].first, s->end[TO_SERVER].first_size);
    o->server_first = observer_text(w, s->end[TO_CLIENT].first, s->end[TO_CLIENT].first_size);
    observer_end(w);
}
