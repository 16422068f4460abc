/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_session.c - the order of a handshake in one place: which message completes a side, what resumption looks like, and
 * how the facts become an observation.
 */
#include "dissect/tls_session.h"

#include <string.h>

#include "base/clock.h"
#include "decode/cursor.h"
#include "dissect/digest.h"
#include "dissect/tls_certificate.h"
#include "dissect/tls_memory.h"

#define TEXTS_MAX (64u * 1024u)
#define CHAIN_MAX 16 /* certificates of one chain */

static struct text_ref keep(struct tls_session *s, const void *bytes, size_t size)
{
    struct text_ref ref = {s->texts.size, (uint32_t)size};
    if (size == 0 || !budget_append(s->budget, &s->texts, bytes, size, TEXTS_MAX))
        return (struct text_ref){0, 0};
    return ref;
}

static struct text_ref keep_text(struct tls_session *s, const char *text)
{
    return keep(s, text, strlen(text));
}

static struct text_ref keep_slice(struct tls_session *s, struct slice bytes)
{
    return keep(s, bytes.at, bytes.size);
}

static const uint8_t *kept(const struct tls_session *s, struct text_ref ref)
{
    return ref.size ? s->texts.at + ref.at : NULL;
}

static struct slice kept_slice(const struct tls_session *s, struct text_ref ref)
{
    return (struct slice){kept(s, ref), ref.size};
}

void tls_session_init(struct tls_session *s, struct budget *budget, enum tls_carrier carrier)
{
    memset(s, 0, sizeof *s);
    s->budget = budget;
    s->carrier = carrier;
    s->client_end = -1;
}

void tls_session_clear(struct tls_session *s)
{
    budget_clear(s->budget, &s->texts);
}

static bool is_tls13(uint16_t version)
{
    return version == 0x0304 || version == 0xfefc /* DTLS 1.3 */ || version >> 8 == 0x7f /* drafts */ ||
           version >> 8 == 0xfb /* Facebook's drafts */;
}

/* The client's part ends with its hello, unless it was asked for a certificate. */
static void observe_when_complete(struct tls_session *s, const struct parse_place *place)
{
    if (s->server_done && s->client_seen && !s->certificate_requested)
        s->client_done = true;
    if (s->server_done && s->client_done)
        tls_session_observe(s, place);
}

bool tls_session_is_client(const struct tls_session *s, const struct parse_place *place)
{
    if (s->client_end >= 0)
        return place->end == s->client_end;
    return flow_direction(place->flow, place->end) == TO_SERVER;
}

static void set_client(struct tls_session *s, const struct parse_place *place, int end)
{
    s->client_end = (int8_t)end;
    flow_client_by_protocol(place->flow, end);
}

static bool client_hello(struct tls_session *s, const struct parse_place *place, struct slice body)
{
    struct tls_client_hello hello;
    if (s->client_seen)
        return true;
    if (!tls_client_hello_parse(body, s->carrier, place->memory, &hello))
        return false;
    set_client(s, place, place->end);
    s->client_seen = true;
    s->client_version = hello.version;
    s->ech = hello.ech;
    s->client_has_ticket = hello.has_ticket;
    s->client_session_id = keep_slice(s, hello.session_id);
    s->sni = keep_slice(s, hello.sni);
    s->client_alpns = keep_text(s, hello.alpns);
    s->ja3 = keep_text(s, hello.ja3);
    s->ja3_hash = keep_text(s, hello.ja3_hash);
    s->ja4 = keep_text(s, hello.ja4);
    tls_tell_offer(place, place->end, &hello);
    return true;
}

/* What the server answered of ALPN does not matter as much as what it was offered. */
static void tell_choice(const struct tls_session *s, const struct parse_place *place, const struct tls_server_hello *hello)
{
    struct text_ref list = s->client_alpns.size ? s->client_alpns : s->server_alpn;
    struct known_choice choice = {.cipher = hello->cipher, .odd_extension = hello->odd_extension};
    if (s->server_alpn.size)
        choice.alpns = kept_slice(s, list);
    known_see_choice(place->known, place->flow, &choice);
}

static void tell_certificate(const struct tls_session *s, const struct parse_place *place)
{
    const struct tls_leaf *leaf = &s->server_leaf;
    uint64_t now_ns = place->packet ? place->packet->time_ns : place->flow->last_ns;
    struct known_certificate c = {.name = kept_slice(s, s->sni),
                                  .subject = kept_slice(s, leaf->subject),
                                  .issuer = kept_slice(s, leaf->issuer),
                                  .san = kept_slice(s, leaf->san),
                                  .not_before = leaf->not_before,
                                  .not_after = leaf->not_after,
                                  .seen = (int64_t)(now_ns / NS_PER_S)};
    known_see_certificate(place->known, place->flow, &c);
}

/* The server repeats the client's session id when it takes the session up again; in TLS 1.3 it always does. */
static bool repeats_session_id(const struct tls_session *s, struct slice id)
{
    return id.size && id.size == s->client_session_id.size && memcmp(id.at, kept(s, s->client_session_id), id.size) == 0;
}

static bool server_hello(struct tls_session *s, const struct parse_place *place, struct slice body)
{
    struct tls_server_hello hello;
    if (s->server_seen)
        return true;
    if (!tls_server_hello_parse(body, s->carrier, &hello))
        return false;
    set_client(s, place, 1 - place->end);
    s->server_version = hello.version;
    s->ja3s = keep_text(s, hello.ja3s);
    s->ja3s_hash = keep_text(s, hello.ja3s_hash);
    s->retried = hello.hello_retry;
    if (hello.hello_retry) /* named by it only when no real hello follows */
        return true;
    s->server_seen = true;
    s->server_alpn = keep_text(s, hello.alpn);
    tell_choice(s, place, &hello);
    s->same_session_id = repeats_session_id(s, hello.session_id);
    if (is_tls13(hello.version)) {
        s->resumed = hello.resumed_psk;
        s->server_done = true;
    }
    return true;
}

/* The names on the first certificate of the chain. */
static void keep_leaf(struct tls_session *s, struct tls_leaf *to, struct slice der, const uint8_t *sha1)
{
    struct tls_certificate leaf;
    uint8_t sha256[DIGEST_SIZE_MAX];
    digest_bytes(DIGEST_SHA256, der, sha256);
    to->sha1 = keep(s, sha1, digest_size(DIGEST_SHA1));
    to->sha256 = keep(s, sha256, digest_size(DIGEST_SHA256));
    if (!tls_certificate_parse(der, &leaf))
        return;
    to->subject = keep(s, leaf.subject, leaf.subject_size);
    to->issuer = keep(s, leaf.issuer, leaf.issuer_size);
    to->san = keep(s, leaf.san, leaf.san_size);
    to->serial = keep_slice(s, leaf.serial);
    to->not_before = leaf.not_before;
    to->not_after = leaf.not_after;
}

static void read_chain(struct tls_session *s, struct tls_leaf *to, struct slice body)
{
    struct cursor c = cursor_of(body.at, body.size), der;
    uint8_t digests[CHAIN_MAX][20];
    uint32_t size, count = 0;
    if (!cursor_u24(&c, &size))
        return;
    while (count < CHAIN_MAX && cursor_u24(&c, &size) && cursor_sub(&c, size, &der)) {
        digest_bytes(DIGEST_SHA1, cursor_slice(&der), digests[count]);
        if (count == 0)
            keep_leaf(s, to, cursor_slice(&der), digests[0]);
        count++;
    }
    to->chain = keep(s, digests, count * sizeof *digests);
}

/* The same, now that its texts begin elsewhere. */
static void move_leaf(struct tls_leaf *leaf, uint32_t from, uint32_t to)
{
    struct text_ref *const refs[] = {&leaf->subject, &leaf->issuer, &leaf->serial, &leaf->san, &leaf->sha1, &leaf->sha256, &leaf->chain};
    for (size_t i = 0; i < sizeof refs / sizeof refs[0]; i++)
        if (refs[i]->size)
            refs[i]->at = refs[i]->at - from + to;
}

/* From memory: a leaf, and behind it its texts. */
static bool recall_chain(struct tls_session *s, struct tls_leaf *to, struct slice reading)
{
    struct tls_leaf leaf;
    uint32_t at = s->texts.size;
    if (reading.size < sizeof leaf || !budget_append(s->budget, &s->texts, reading.at + sizeof leaf, reading.size - sizeof leaf, TEXTS_MAX))
        return false;
    memcpy(&leaf, reading.at, sizeof leaf);
    move_leaf(&leaf, 0, at);
    *to = leaf;
    return true;
}

/* A chain as TLS <= 1.2 sends it; once per side. Servers send the same one to everybody. */
static void certificates(struct tls_session *s, const struct parse_place *place, struct tls_leaf *to, struct slice body)
{
    uint32_t at = s->texts.size;
    if (to->chain.size || recall_chain(s, to, tls_memory_reading(place->memory, body)))
        return;
    uint64_t refused = s->budget->refused;
    read_chain(s, to, body);
    if (!to->chain.size || s->budget->refused != refused || at > TEXTS_MAX / 2) /* else no text was left out */
        return;
    struct tls_leaf leaf = *to;
    move_leaf(&leaf, at, 0);
    tls_memory_keep_reading(place->memory, body, (struct slice){(const uint8_t *)&leaf, sizeof leaf},
                            (struct slice){s->texts.at + at, s->texts.size - at});
}

static void server_message(struct tls_session *s, const struct parse_place *place, enum tls_message type, struct slice body)
{
    switch (type) {
    case TLS_CERTIFICATE:
        certificates(s, place, &s->server_leaf, body);
        if (!s->certificate_seen && s->server_leaf.chain.size > 0)
            tell_certificate(s, place);
        s->certificate_seen = s->server_leaf.chain.size > 0;
        break;
    case TLS_CERTIFICATE_REQUEST: s->certificate_requested = true; break;
    case TLS_SESSION_TICKET: /* before any certificate: the old session goes on with a new ticket */
        s->resumed = s->server_seen && !s->certificate_seen && !s->server_lost;
        s->server_done = true;
        break;
    case TLS_SERVER_HELLO_DONE: s->server_done = true; break;
    default: break;
    }
}

static void client_message(struct tls_session *s, const struct parse_place *place, enum tls_message type, struct slice body)
{
    if (type == TLS_CERTIFICATE)
        certificates(s, place, &s->client_leaf, body);
    s->client_done = true;
}

bool tls_session_message(struct tls_session *s, const struct parse_place *place, enum tls_message type, struct slice body)
{
    bool good = true;
    if (type == TLS_CLIENT_HELLO)
        good = client_hello(s, place, body);
    else if (type == TLS_SERVER_HELLO)
        good = server_hello(s, place, body);
    else if (tls_session_is_client(s, place))
        client_message(s, place, type, body);
    else
        server_message(s, place, type, body);
    observe_when_complete(s, place);
    return good;
}

void tls_session_cut_hello(struct tls_session *s, const struct parse_place *place, struct slice body)
{
    if (s->client_seen || !client_hello(s, place, body))
        return;
    s->client_cut = true;
    s->ja3 = s->ja3_hash = s->ja4 = (struct text_ref){0, 0};
    observe_when_complete(s, place);
}

void tls_session_lost(struct tls_session *s, const struct parse_place *place)
{
    if (!tls_session_is_client(s, place))
        s->server_lost = true;
}

void tls_session_old_hello(struct tls_session *s, const struct parse_place *place, uint16_t version)
{
    set_client(s, place, place->end);
    if (!s->client_seen)
        s->client_version = version;
    s->client_seen = true;
    observe_when_complete(s, place);
}

void tls_session_side_done(struct tls_session *s, const struct parse_place *place)
{
    if (tls_session_is_client(s, place)) {
        s->client_done = true;
    } else {
        if (!s->server_done && s->server_seen && !s->certificate_seen && !s->server_lost)
            s->resumed = s->same_session_id || s->client_has_ticket;
        s->server_done = true;
    }
    observe_when_complete(s, place);
}

bool tls_session_is_retrying(const struct tls_session *s)
{
    return s->retried && !s->server_seen;
}

static struct text_ref give(const struct tls_session *s, const struct parse_place *place, struct text_ref ref)
{
    return ref.size ? observer_text(place->observer, kept(s, ref), ref.size) : ref;
}

static void give_certificates(const struct tls_session *s, const struct parse_place *place, struct observation_tls *o)
{
    const struct tls_leaf *server = &s->server_leaf, *client = &s->client_leaf;
    void *digests = NULL;
    o->subject = give(s, place, server->subject);
    o->issuer = give(s, place, server->issuer);
    o->serial = give(s, place, server->serial);
    o->san = give(s, place, server->san);
    o->sha1 = give(s, place, server->sha1);
    o->sha256 = give(s, place, server->sha256);
    o->not_before = server->not_before;
    o->not_after = server->not_after;
    o->client_subject = give(s, place, client->subject);
    o->client_issuer = give(s, place, client->issuer);
    o->client_serial = give(s, place, client->serial);
    o->client_sha1 = give(s, place, client->sha1);
    o->client_not_before = client->not_before;
    o->client_not_after = client->not_after;
    if (server->chain.size)
        o->chain_sha1 = observer_array(place->observer, server->chain.size / 20, 20, &digests);
    if (digests)
        memcpy(digests, kept(s, server->chain), server->chain.size);
}

void tls_session_observe(struct tls_session *s, const struct parse_place *place)
{
    if (s->observed || !(s->client_seen || s->server_seen || s->retried || s->certificate_seen))
        return;
    s->observed = true;
    place->flow->tx_count++;
    struct observation_tls *o = observer_begin(place->observer, OBSERVE_TLS, sizeof *o, place->flow, place->packet,
                                               flow_direction(place->flow, place->end));
    o->version = s->server_version ? s->server_version : s->client_version;
    o->is_dtls = s->carrier == TLS_OVER_DTLS;
    o->resumed = s->resumed;
    o->ech = s->ech ? ECH_GREASE_OR_REAL : ECH_NONE;
    o->client_seen = s->client_seen && !s->client_cut;
    o->server_seen = s->server_seen;
    o->certificate_seen = s->certificate_seen;
    o->from_proto = s->from_proto;
    o->sni = give(s, place, s->sni);
    o->client_alpns = give(s, place, s->client_alpns);
    o->server_alpn = give(s, place, s->server_alpn);
    o->ja3 = give(s, place, s->ja3);
    o->ja3_hash = give(s, place, s->ja3_hash);
    o->ja3s = give(s, place, s->ja3s);
    o->ja3s_hash = give(s, place, s->ja3s_hash);
    o->ja4 = give(s, place, s->ja4);
    give_certificates(s, place, o);
    observer_end(place->observer);
}
