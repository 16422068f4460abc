/* SPDX-License-Identifier: Apache-2.0 */
/*
 * known.c - see known.h. The order in which nDPI looks for what a TLS flow carries: the server's name, the owner of its address, the names
 * in its certificate, the certificate's holder.
 */
#include "flow/known.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "decode/cursor.h"
#include "flow/known_flows.h"
#include "flow/plain_hello.h"
#include "flow/recall.h"
#include "flow/reshape.h"

#define NAME_END_MAX    79    /* of a name, nDPI looks at its last 79 bytes */
#define KEY_HEAD        9u    /* what stands before the name in a key: nothing (2), carrier (1), owner, client's and server's port (2 each) */
#define HTTPS_PORT      443
#define CLIENT_PORT     1024  /* a client's port is not below, or else it may say something */
#define EPHEMERAL_PORT  32768
#define ANY_PORT        50000 /* stands for ephemeral ones: nothing is expected there */
#define QUIC_INITIAL    1200u /* RFC 9000 14.1 */
#define TLS_HEADS       9u    /* of a record and of a handshake message */
#define LONG_LIVED_FROM 1598918400 /* 2020-09-01: certificates since then hold for 13 months at most ... */
#define LIFE_MAX_S      34387200   /* ... or 398 days: CA/Browser Forum ballot 193 */
#define SOON_S          (30 * 86400)
#define TLS_1_1         0x0302
#define TLS_1_2         0x0303

struct known {
    struct library *library;
    struct states *states;
    struct recall *names;
    uint64_t of_offers; /* risks that are judged by the offer at hand, not by the one made up */
};

struct known *known_new(struct library *library, struct states *states, struct error *error)
{
    struct known *k = calloc(1, sizeof *k);
    if (!k || !(k->names = recall_new(error))) {
        free(k);
        error_set(error, "out of memory for what the classifier knows by name");
        return NULL;
    }
    k->library = library;
    k->states = states;
    k->of_offers = library_risk(RULE_OLD_VERSION) | library_risk(RULE_NO_ALPN) | library_risk(RULE_NO_NAME) |
                   library_risk(RULE_ODD_EXTENSION) | library_risk(RULE_HIDDEN_NAME);
    return k;
}

void known_free(struct known *k)
{
    if (!k)
        return;
    recall_free(k->names);
    free(k);
}

/* 1, the drafts of RFC 9000 that were in use, and what only asks for another version (RFC 9000 15). */
static bool is_usual_quic(uint32_t version)
{
    return version == 1 || (version >= 0xff00001b && version <= 0xff000022) || (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}

static bool begins_quic(const struct packet *p)
{
    struct cursor c = cursor_of(p->payload.at, p->payload.size);
    uint8_t first;
    uint32_t version;
    return p->dst_port == HTTPS_PORT && p->src_port >= CLIENT_PORT && p->payload.size >= QUIC_INITIAL && cursor_u8(&c, &first) &&
           (first & 0xf0) == 0xc0 && cursor_u32(&c, &version) && is_usual_quic(version); /* RFC 9000 17.2.2 */
}

/* As far as it is at hand: version, random, session, and a list of whole ciphers (RFC 8446 4.1.2). */
static bool begins_tls(const struct packet *p)
{
    struct cursor c = cursor_of(p->payload.at, p->payload.size);
    uint8_t session, length_high, version;
    uint16_t ciphers;
    if (!plain_hello_begins(p->payload) || p->tcp_flags & TCP_SYN)
        return false;
    cursor_skip(&c, TLS_HEADS - 3);
    if (!cursor_u8(&c, &length_high) || length_high != 0 || !cursor_skip(&c, 2) || !cursor_u8(&c, &version) || version != 3)
        return false;
    return cursor_skip(&c, 33) && cursor_u8(&c, &session) && session <= 32 && cursor_skip(&c, session) && cursor_u16(&c, &ciphers) &&
           ciphers % 2 == 0;
}

bool known_begins(const struct packet *p)
{
    return p->proto == IP_UDP ? begins_quic(p) : p->proto == IP_TCP && begins_tls(p);
}

/* -------------------------------------------------------------------- names */

/* What stands for a server, for the library: by which name, at whose address, behind which ports. */
struct question {
    const struct flow *flow;
    int client_end;
    uint16_t owner; /* of an address, 0 when it does not matter */
    char name[NAME_END_MAX];
    size_t name_size;
};

static void set_name(struct question *q, struct slice name)
{
    size_t size = name.size < NAME_END_MAX ? name.size : NAME_END_MAX;
    for (size_t i = 0; i < size; i++) {
        uint8_t letter = name.at[name.size - size + i];
        q->name[i] = (char)(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
    }
    q->name_size = size;
}

/* A client's port that tells nothing is like any other. */
static uint16_t client_port(const struct question *q)
{
    uint16_t client = q->flow->key.port[q->client_end], server = q->flow->key.port[!q->client_end];
    bool plain = client > server && (client >= EPHEMERAL_PORT || server == HTTPS_PORT);
    return plain ? ANY_PORT : client;
}

static struct slice key_of(const struct question *q, uint8_t *key)
{
    uint16_t client = client_port(q), server = q->flow->key.port[!q->client_end];
    const uint8_t head[KEY_HEAD] = {0, 0, q->flow->key.proto, (uint8_t)(q->owner >> 8), (uint8_t)q->owner, (uint8_t)(client >> 8),
                                    (uint8_t)client, (uint8_t)(server >> 8), (uint8_t)server};
    memcpy(key, head, sizeof head);
    memcpy(key + sizeof head, q->name, q->name_size);
    return (struct slice){key, sizeof head + q->name_size};
}

/* A flow as the question has it: in TCP, and with addresses that are nobody's unless there is an owner. */
static void begin_asking(const struct question *q, struct flow *f)
{
    *f = (struct flow){.key = q->flow->key, .client_end = (unsigned)q->client_end & 1u};
    f->key.proto = IP_TCP;
    f->key.port[q->client_end] = client_port(q);
    for (int end = 0; q->owner == 0 && end < 2; end++)
        memset(f->key.end[end].bytes, 0, sizeof f->key.end[end].bytes);
}

static bool ask(struct known *k, const struct question *q, struct classification *class)
{
    struct flow f;
    uint8_t packet[RESHAPE_HELLO_MAX + NAME_END_MAX];
    struct slice name = {(const uint8_t *)q->name, q->name_size};
    begin_asking(q, &f);
    if (!states_begin(k->states, &f))
        return false;
    *class = library_show(k->library, &f, reshape_hello(&f, q->client_end, name, packet), 0, q->client_end).class;
    states_end(k->states, &f);
    if (q->flow->key.proto == IP_UDP)
        library_make_quic(k->library, class);
    class->state = CLASS_DETECTED;
    return true;
}

static struct classification answer_to(struct known *k, const struct question *q)
{
    uint8_t key[KEY_HEAD + NAME_END_MAX];
    const struct classification *known;
    struct classification class = {0};
    uint32_t place = recall_take(k->names, key_of(q, key), &known);
    if (known)
        class = *known;
    bool learned = !known && ask(k, q, &class);
    if (place)
        recall_leave(k->names, place, learned ? &class : NULL);
    return class;
}

/* By its name, and when that says nothing, by its address too. */
static struct classification class_of(struct known *k, const struct flow *f, int client_end, struct slice name)
{
    struct question q = {.flow = f, .client_end = client_end};
    set_name(&q, name);
    struct classification class = answer_to(k, &q);
    if (class.master == 0 && (q.owner = library_owner(k->library, f, client_end)) != 0)
        class = answer_to(k, &q);
    return class;
}

/* -------------------------------------------------------------------- hellos */

bool known_is_odd_extension(uint16_t type)
{
    enum { DTLS_CONNECTION_ID_OLD = 53, DTLS_CONNECTION_ID = 54, LAST_ASSIGNED = 59, RENEGOTIATION = 65281 };
    switch (type) {
    case DTLS_CONNECTION_ID_OLD: case DTLS_CONNECTION_ID: return true;
    case RENEGOTIATION: case 65486 /* ESNI */: case 13172 /* NPN */: case 17513 /* ALPS */: case 30032 /* channel id */:
    case 65445 /* QUIC's parameters in drafts */: case 1035: case 16696: /* groups */
    case 102: case 129: case 52243: case 52244: case 57363: case 65279: case 65413: /* ciphers */ return false;
    default: return type > LAST_ASSIGNED && !((type & 0x0f0f) == 0x0a0a && type >> 8 == (type & 0xff)); /* RFC 8701 */
    }
}

static uint64_t risks_of_offer(const struct known_offer *o)
{
    uint64_t risks = 0;
    if (o->version < TLS_1_2)
        risks |= library_risk(RULE_OLD_VERSION);
    else if (o->alpns.size == 0)
        risks |= library_risk(RULE_NO_ALPN);
    if (o->version >= TLS_1_1 && o->name.size == 0 && !o->hides_name)
        risks |= library_risk(RULE_NO_NAME);
    if (o->odd_extension)
        risks |= library_risk(RULE_ODD_EXTENSION);
    if (o->hides_name && o->name.size > 0)
        risks |= library_risk(RULE_HIDDEN_NAME);
    return risks;
}

/* DNS over QUIC by its ALPN, drafts too (RFC 9250 4.1.1). */
static bool is_dns_over_quic(const struct flow *f, const struct known_offer *o)
{
    return f->key.proto == IP_UDP && o->alpns.size >= 3 && memcmp(o->alpns.at, "doq", 3) == 0;
}

void known_see_offer(struct known *k, struct flow *f, int end, const struct known_offer *offer)
{
    if (!k || !f->left)
        return;
    struct classification class = class_of(k, f, end, offer->name);
    class.risks = (class.risks & ~k->of_offers) | risks_of_offer(offer);
    if (is_dns_over_quic(f, offer))
        library_make_dns_over_quic(k->library, &class);
    f->class = class;
}

void known_see_initial(struct known *k, struct flow *f, int end)
{
    f->class = class_of(k, f, end, (struct slice){(const uint8_t *)"", 0});
    f->class.risks &= ~k->of_offers;
}

/* Is there a name in the comma-joined list that few use? */
static bool has_uncommon(struct known *k, struct slice list)
{
    for (size_t at = 0, end; at < list.size; at = end + 1) {
        const uint8_t *comma = memchr(list.at + at, ',', list.size - at);
        end = comma ? (size_t)(comma - list.at) : list.size;
        if (!library_alpn_is_common(k->library, (struct slice){list.at + at, end - at}))
            return true;
    }
    return false;
}

void known_see_choice(struct known *k, struct flow *f, const struct known_choice *choice)
{
    if (!k || !f->left)
        return;
    if (library_cipher_is_weak(choice->cipher))
        f->class.risks |= library_risk(RULE_WEAK_CIPHER);
    if (choice->odd_extension)
        f->class.risks |= library_risk(RULE_ODD_EXTENSION);
    if (has_uncommon(k, choice->alpns))
        f->class.risks |= library_risk(RULE_UNCOMMON_ALPN);
}

void known_see_fatal_alert(struct known *k, struct flow *f)
{
    if (k && f->left)
        f->class.risks |= library_risk(RULE_FATAL_ALERT);
}

/* -------------------------------------------------------------- certificates */

/* The next of the names, taken from the front; false when there are no more. */
static bool next_name(struct slice *names, struct slice *name)
{
    if (names->size == 0)
        return false;
    const uint8_t *end = memchr(names->at, 0, names->size);
    size_t size = end ? (size_t)(end - names->at) : names->size, step = end ? size + 1 : size;
    *name = (struct slice){names->at, size};
    *names = (struct slice){names->at + step, names->size - step};
    return true;
}

static bool same_letters(const uint8_t *a, const uint8_t *b, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((a[i] | 32) != (b[i] | 32))
            return false;
    return true;
}

/* "*.example.com" stands for any depth here, not for one label (RFC 6125 6.4.3). */
static bool covers(struct slice pattern, struct slice name)
{
    if (pattern.size == 0 || pattern.at[0] != '*')
        return pattern.size == name.size && same_letters(pattern.at, name.at, name.size);
    size_t rest = pattern.size - 1;
    const uint8_t *dot = name.size ? memchr(name.at, '.', name.size) : NULL;
    return name.size > 0 && name.size >= rest && same_letters(pattern.at + 1, name.at + (name.size - rest), rest) &&
           (!dot || dot <= name.at + (name.size - rest));
}

static bool is_printable(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] < 0x20 || text.at[i] > 0x7e)
            return false;
    return true;
}

static uint64_t risks_of_names(const struct known_certificate *c)
{
    struct slice names = c->san, name;
    bool covered = c->name.size == 0 || names.size == 0, printable = true;
    while (next_name(&names, &name)) {
        covered = covered || covers(name, c->name);
        printable = printable && is_printable(name);
    }
    return (covered ? 0 : library_risk(RULE_OTHER_NAME)) | (printable ? 0 : library_risk(RULE_STRANGE_TEXT));
}

static uint64_t risks_of_time(const struct known_certificate *c)
{
    uint64_t risks = 0;
    if (c->not_before == 0 || c->not_after == 0)
        return 0;
    if (c->not_before > LONG_LIVED_FROM && c->not_after - c->not_before > LIFE_MAX_S)
        risks |= library_risk(RULE_LONG_LIVED);
    if (c->seen < c->not_before || c->seen > c->not_after)
        risks |= library_risk(RULE_EXPIRED);
    else if (c->seen > c->not_before && c->seen > c->not_after - SOON_S)
        risks |= library_risk(RULE_EXPIRES_SOON);
    return risks;
}

static bool is_self_signed(const struct known_certificate *c)
{
    return c->subject.size > 0 && c->subject.size == c->issuer.size && memcmp(c->subject.at, c->issuer.at, c->issuer.size) == 0;
}

/* What the certificate's names stand for, or its holder when nothing else has told. */
static void name_by_certificate(struct known *k, struct flow *f, const struct known_certificate *c)
{
    struct slice names = c->san, name;
    while (next_name(&names, &name))
        if (library_names(k->library, name, &f->class))
            return;
    if (f->class.master == 0)
        library_names_holder(k->library, c->subject, &f->class);
}

void known_see_certificate(struct known *k, struct flow *f, const struct known_certificate *c)
{
    struct classification ignored = {0};
    if (!k || !f->left)
        return;
    f->class.risks |= risks_of_names(c) | risks_of_time(c);
    if (is_self_signed(c))
        f->class.risks |= library_risk(RULE_SELF_SIGNED);
    if (c->name.size == 0 || !library_names(k->library, c->name, &ignored))
        name_by_certificate(k, f, c);
}
