/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic.c - follows a QUIC flow until the hellos of both sides are known.
 *
 * Initial keys come from the client's first destination connection id. Which datagram that was, who is the client, whether a
 * Retry changed the id, and what an ambiguous version number means is not guessed from headers: a candidate is right when the
 * packet opens, for the AEAD's tag is proof. Failed attempts are counted and bounded.
 */
#include "dissect/quic.h"

#include <stdlib.h>
#include <string.h>

#include "decode/cursor.h"
#include "dissect/gquic.h"
#include "dissect/quic_assembly.h"
#include "dissect/quic_crypto.h"
#include "dissect/quic_frames.h"
#include "dissect/quic_packet.h"
#include "dissect/quic_version.h"
#include "dissect/tls_hello.h"

#define DATAGRAMS_MAX    64   /* looked at per flow */
#define FAILURES_MAX     12   /* packets per flow that would not open */
#define COALESCED_MAX    8    /* packets per datagram */
#define INITIAL_DATAGRAM 1200 /* a client pads its first datagram to at least this (RFC 9000 14.1) */
#define HANDSHAKE_HEAD   4    /* type and 24-bit length of a handshake message (RFC 8446 4) */

enum handshake { CLIENT_HELLO = 1, SERVER_HELLO = 2 };
enum client { CLIENT_UNKNOWN = -1 };

struct quic_flow {
    const struct quic_dialect *dialect; /* of `secret`; NULL before a packet opened */
    uint8_t secret[QUIC_SECRET_SIZE];   /* what keys are made of */
    struct quic_keys keys[2];           /* by enum direction; made when a packet needs them */
    bool has_keys[2];
    struct quic_assembly crypto[2];     /* CRYPTO streams, by enum direction */
    uint32_t version;                   /* of the packet that opened last */
    int client_end;                     /* which end of the flow sent the client's Initial, or CLIENT_UNKNOWN */
    unsigned datagrams, failures;
    bool retried;   /* a Retry was seen since the keys were made */
    bool heard[2];  /* an Initial opened, by enum direction */
    bool told[2];   /* hello observed, by enum direction */
    bool told_name; /* ... and it named a server (Google QUIC says hello twice) */
};

/* ------------------------------------------------------------------ probe */

static bool negotiation_plausible(const struct quic_packet *p)
{
    if (p->rest.size < 4 || p->rest.size % 4 != 0)
        return false;
    struct cursor at = cursor_of(p->rest.at, p->rest.size);
    uint32_t version;
    while (cursor_u32(&at, &version))
        if (quic_version_is_known(version))
            return true;
    return false;
}

enum probe quic_probe(struct slice datagram)
{
    struct quic_packet p;
    struct cursor at = cursor_of(datagram.at, datagram.size);
    uint32_t version;
    struct slice rest;
    if (gquic_datagram_read(datagram, &version, &rest))
        return rest.size > 0 ? PROBE_YES : PROBE_NO;
    if (!quic_packet_read(&at, &p))
        return PROBE_NO;
    if (p.type == QUIC_VERSION_NEGOTIATION)
        return negotiation_plausible(&p) ? PROBE_YES : PROBE_NO;
    bool sized = p.type == QUIC_INITIAL && datagram.size >= INITIAL_DATAGRAM;
    bool fixed_bit = (datagram.at[0] & 0x40) != 0;
    return sized || (fixed_bit && quic_version_is_known(p.version)) ? PROBE_YES : PROBE_NO;
}

/* ------------------------------------------------------------------- flow */

struct quic_flow *quic_flow_new(void)
{
    struct quic_flow *q = calloc(1, sizeof *q);
    if (q)
        q->client_end = CLIENT_UNKNOWN;
    return q;
}

void quic_flow_free(struct quic_flow *q)
{
    if (!q)
        return;
    quic_assembly_reset(&q->crypto[TO_CLIENT]);
    quic_assembly_reset(&q->crypto[TO_SERVER]);
    free(q);
}

size_t quic_flow_memory(const struct quic_flow *q)
{
    return sizeof *q + quic_assembly_memory(&q->crypto[TO_SERVER]) + quic_assembly_memory(&q->crypto[TO_CLIENT]);
}

/* ---------------------------------------------------------------- observe */

static struct text_ref text(struct observer *w, const char *s)
{
    return observer_text(w, s, strlen(s));
}

static enum direction direction_of(const struct quic_flow *q, const struct parse_place *place)
{
    int end = q->client_end == CLIENT_UNKNOWN ? place->flow->client_end : q->client_end;
    return place->end == end ? TO_SERVER : TO_CLIENT;
}

static struct observation_quic *begin(const struct quic_flow *q, const struct parse_place *place, enum direction direction)
{
    struct observation_quic *o = observer_begin(place->observer, OBSERVE_QUIC, sizeof *o, place->flow, place->packet, direction);
    place->flow->tx_count++;
    o->version = q->version;
    o->is_server = direction == TO_CLIENT;
    return o;
}

/* `whole` false: the fingerprints would be of half a hello, so they are left out. */
static void observe_client(struct quic_flow *q, const struct parse_place *place, struct slice body, bool whole)
{
    struct observer *w = place->observer;
    struct tls_client_hello hello;
    bool read = tls_client_hello_parse(body, TLS_OVER_QUIC, place->memory, &hello);
    if (read)
        tls_tell_offer(place, q->client_end, &hello);
    struct observation_quic *o = begin(q, place, TO_SERVER);
    if (read) {
        o->ech = hello.ech ? ECH_GREASE_OR_REAL : ECH_NONE;
        o->sni = observer_text(w, hello.sni.at, hello.sni.size);
        o->alpns = text(w, hello.alpns);
        o->user_agent = observer_text(w, hello.quic_user_agent.at, hello.quic_user_agent.size);
    }
    if (read && whole) {
        o->ja3 = text(w, hello.ja3);
        o->ja3_hash = text(w, hello.ja3_hash);
        o->ja4 = text(w, hello.ja4);
    }
    observer_end(w);
    q->told[TO_SERVER] = true;
}

static void observe_server(struct quic_flow *q, const struct parse_place *place, const struct tls_server_hello *hello)
{
    struct observation_quic *o = begin(q, place, TO_CLIENT);
    o->ja3s = text(place->observer, hello->ja3s);
    o->ja3s_hash = text(place->observer, hello->ja3s_hash);
    observer_end(place->observer);
    q->told[TO_CLIENT] = true;
}

static void observe_chlo(struct quic_flow *q, const struct parse_place *place, const struct gquic_chlo *chlo)
{
    if (q->told[TO_SERVER] && (q->told_name || chlo->sni.size == 0))
        return;
    struct observation_quic *o = begin(q, place, TO_SERVER);
    o->sni = observer_text(place->observer, chlo->sni.at, chlo->sni.size);
    o->user_agent = observer_text(place->observer, chlo->user_agent.at, chlo->user_agent.size);
    observer_end(place->observer);
    q->told[TO_SERVER] = true;
    q->told_name = chlo->sni.size > 0;
}

/* ----------------------------------------------------------------- hellos */

/* The handshake message at the start of `stream`: its type and body. False while it is not whole. */
static bool take_message(struct cursor *stream, uint8_t *type, struct slice *body)
{
    struct cursor at = *stream, message;
    uint32_t size;
    if (!cursor_u8(&at, type) || !cursor_u24(&at, &size) || !cursor_sub(&at, size, &message))
        return false;
    *body = cursor_slice(&message);
    *stream = at;
    return true;
}

static void look_for_client_hello(struct quic_flow *q, const struct parse_place *place)
{
    struct slice whole = quic_assembly_whole(&q->crypto[TO_SERVER]), body;
    struct cursor at = cursor_of(whole.at, whole.size);
    struct gquic_chlo chlo;
    uint8_t type;
    if (whole.size == 0)
        return;
    if (q->dialect->chlo) {
        if (gquic_chlo_read(whole, &chlo))
            observe_chlo(q, place, &chlo);
    } else if (!q->told[TO_SERVER] && take_message(&at, &type, &body) && type == CLIENT_HELLO) {
        observe_client(q, place, body, true);
    }
}

/* The ServerHello, behind a HelloRetryRequest if there was one. */
static void look_for_server_hello(struct quic_flow *q, const struct parse_place *place)
{
    struct slice whole = quic_assembly_whole(&q->crypto[TO_CLIENT]), body;
    struct cursor at = cursor_of(whole.at, whole.size);
    struct tls_server_hello hello;
    uint8_t type;
    if (whole.size == 0 || q->told[TO_CLIENT] || q->dialect->chlo)
        return;
    for (int i = 0; i < 2 && take_message(&at, &type, &body) && type == SERVER_HELLO; i++)
        if (tls_server_hello_parse(body, TLS_OVER_QUIC, &hello) && !hello.hello_retry) {
            observe_server(q, place, &hello);
            return;
        }
}

/* ---------------------------------------------------------------- packets */

/* Other keys are in force: what was assembled under the old ones belongs to an attempt that a Retry ended, or to an earlier
 * connection between the same ports. */
static void adopt(struct quic_flow *q, const struct parse_place *place, const struct quic_dialect *dialect, bool from_client)
{
    if (q->dialect && !q->retried)
        q->told[TO_SERVER] = q->told[TO_CLIENT] = q->told_name = false;
    quic_assembly_reset(&q->crypto[TO_SERVER]);
    quic_assembly_reset(&q->crypto[TO_CLIENT]);
    q->dialect = dialect;
    q->retried = false;
    q->client_end = from_client ? place->end : 1 - place->end;
    flow_client_by_protocol(place->flow, q->client_end);
}

/* Tries keys made from a connection id: the client's destination id, or, when only a server is heard, the server's source id,
 * which early servers took over from the client. */
static bool open_with_new_keys(struct quic_crypto *c, struct quic_flow *q, const struct parse_place *place,
                               const struct quic_packet *p, struct slice *plain)
{
    const struct quic_dialect *dialects[QUIC_DIALECTS_MAX];
    size_t count = quic_dialects_of(p->version, dialects);
    for (size_t i = 0; i < 2 * count; i++) {
        bool from_client = i < count;
        enum direction direction = from_client ? TO_SERVER : TO_CLIENT;
        const struct quic_dialect *dialect = dialects[i % count];
        struct slice cid = from_client ? p->dcid : p->scid;
        uint8_t secret[QUIC_SECRET_SIZE];
        struct quic_keys keys;
        if (cid.size == 0)
            continue;
        quic_secret_derive(dialect, cid, secret);
        quic_keys_derive(dialect, secret, direction, &keys);
        if (!quic_packet_open(c, &keys, p, plain))
            continue;
        adopt(q, place, dialect, from_client);
        memcpy(q->secret, secret, sizeof secret);
        q->keys[direction] = keys;
        q->has_keys[direction] = true;
        q->has_keys[!direction] = false;
        return true;
    }
    return false;
}

static const struct quic_keys *keys_of(struct quic_flow *q, enum direction direction)
{
    if (!q->has_keys[direction])
        quic_keys_derive(q->dialect, q->secret, direction, &q->keys[direction]);
    q->has_keys[direction] = true;
    return &q->keys[direction];
}

/* Is there still something to learn from this direction's hello? Google's client says it twice, first without much. */
static bool wants(const struct quic_flow *q, enum direction direction)
{
    return !q->told[direction] || (direction == TO_SERVER && q->dialect->chlo && !q->told_name);
}

static void take_initial(struct quic_crypto *c, struct quic_flow *q, const struct parse_place *place, const struct quic_packet *p)
{
    struct slice plain;
    bool open = q->dialect && quic_packet_open(c, keys_of(q, direction_of(q, place)), p, &plain);
    if (!open && !open_with_new_keys(c, q, place, p, &plain)) {
        q->failures++;
        return;
    }
    enum direction direction = direction_of(q, place);
    q->version = p->version;
    q->heard[direction] = true;
    if (!wants(q, direction))
        return;
    quic_frames_read(plain, q->dialect->google_frames, &q->crypto[direction]);
    if (direction == TO_SERVER)
        look_for_client_hello(q, place);
    else
        look_for_server_hello(q, place);
    if (!wants(q, direction))
        quic_assembly_reset(&q->crypto[direction]);
}

static void take_packets(struct quic_crypto *c, struct quic_flow *q, const struct parse_place *place, struct slice datagram)
{
    struct cursor at = cursor_of(datagram.at, datagram.size);
    struct quic_packet p;
    for (int i = 0; i < COALESCED_MAX && q->failures < FAILURES_MAX && quic_packet_read(&at, &p); i++)
        if (p.type == QUIC_INITIAL)
            take_initial(c, q, place, &p);
        else if (p.type == QUIC_RETRY)
            q->retried = true;
}

/* Google QUIC whose hello is in clear. Only clients send a version. */
static bool take_clear(struct quic_flow *q, const struct parse_place *place, struct slice datagram)
{
    struct slice rest;
    uint32_t version;
    struct gquic_chlo chlo;
    if (!gquic_datagram_read(datagram, &version, &rest))
        return false;
    if (!gquic_chlo_find(rest, &chlo))
        return true;
    q->version = version;
    q->client_end = place->end;
    flow_client_by_protocol(place->flow, place->end);
    observe_chlo(q, place, &chlo);
    if (q->told_name)
        q->told[TO_CLIENT] = true; /* nothing of the server's hello is told */
    return true;
}

struct parse_result quic_datagram(struct quic_crypto *c, struct quic_flow *q, const struct parse_place *place,
                                  struct slice datagram)
{
    q->datagrams++;
    if (!take_clear(q, place, datagram))
        take_packets(c, q, place, datagram);
    bool both = q->told[TO_SERVER] && q->told[TO_CLIENT];
    bool enough = q->datagrams >= DATAGRAMS_MAX || q->failures >= FAILURES_MAX;
    return (struct parse_result){both || enough ? PARSE_DONE : PARSE_MORE, 0, 0};
}

void quic_end(struct quic_flow *q, const struct parse_place *place)
{
    if (q->told[TO_SERVER] || !q->heard[TO_SERVER])
        return;
    struct slice whole = quic_assembly_whole(&q->crypto[TO_SERVER]);
    struct cursor at = cursor_of(whole.at, whole.size);
    const uint8_t *head = cursor_take(&at, HANDSHAKE_HEAD);
    bool hello = head && head[0] == CLIENT_HELLO && !q->dialect->chlo;
    observe_client(q, place, hello ? cursor_slice(&at) : (struct slice){(const uint8_t *)"", 0}, false);
}
