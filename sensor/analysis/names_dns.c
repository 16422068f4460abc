/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names_dns.c - which DNS answers may name an address: those to a question that passed here, along the question's own chain.
 */
#include "analysis/names_inside.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/addr.h"
#include "base/clock.h"

#define QUESTION_NS   (60 * NS_PER_S)
#define RECORDS_MAX   256u /* of one answer */
#define CHAIN_MAX     16u
#define PORT_MDNS     5353
#define PORT_LLMNR    5355

enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_AAAA = 28, TYPE_DNAME = 39, TYPE_SVCB = 64, TYPE_HTTPS = 65 };

struct question_key {
    uint64_t flow_id; /* the client, its port and the resolver */
    uint16_t id, type;
    uint8_t pad[4];
};

/* The name as a keyed hash of 64 bits: as good as the name for who does not know the key, and a tenth of its size. */
struct question {
    uint64_t asked_ns, name;
};

/* The names that a question's aliases lead through, the question first. */
struct chain {
    uint32_t count;
    struct slice name[CHAIN_MAX];
    char room[CHAIN_MAX][WORD_MAX + 1];
};

struct sensor_table *names_questions_new(uint32_t most)
{
    return table_new(most, sizeof(struct question_key), sizeof(struct question));
}

static bool same(struct slice a, struct slice b)
{
    return a.size == b.size && memcmp(a.at, b.at, a.size) == 0;
}

static const struct dns_record *record_at(const struct observation_dns *o, struct array_ref records, uint32_t i)
{
    return i < RECORDS_MAX ? observation_item(&o->head, records, i, sizeof(struct dns_record)) : NULL;
}

/* --------------------------------------------------------------- questions */

static struct question_key key_of(const struct observation_dns *o, const struct dns_record *q)
{
    return (struct question_key){.flow_id = o->head.flow_id, .id = o->id, .type = q->type};
}

static void ask(struct names *n, const struct observation_dns *o, const struct dns_record *q, struct slice name)
{
    struct question_key key = key_of(o, q);
    bool is_new;
    struct question *asked = table_take(n->questions, &key, &is_new);
    asked->asked_ns = o->head.time_ns;
    asked->name = hash_bytes(n->secret, name.at, name.size);
}

/* Was this asked? One answer only: what comes after the first is unsolicited. */
static bool was_asked(struct names *n, const struct observation_dns *o, const struct dns_record *q, struct slice name)
{
    struct question_key key = key_of(o, q);
    struct question *asked = table_find(n->questions, &key);
    if (!asked)
        return false;
    bool good = asked->name == hash_bytes(n->secret, name.at, name.size) && o->head.time_ns - asked->asked_ns <= QUESTION_NS;
    if (good)
        table_drop(n->questions, asked);
    return good;
}

/* ------------------------------------------------------------------- chain */

static struct slice owner_of(const struct observation_dns *o, const struct dns_record *r, char *room)
{
    return names_lower(observation_text(&o->head, r->name), room);
}

static bool is_on(const struct chain *c, struct slice name)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (same(c->name[i], name))
            return true;
    return false;
}

static bool extend(struct chain *c, struct slice name)
{
    if (c->count == CHAIN_MAX || name.size == 0 || is_on(c, name))
        return false;
    c->name[c->count] = names_lower(name, c->room[c->count]);
    return c->name[c->count].size > 0 && ++c->count > 0;
}

/* Replaces the end of `name` that `owner` is by the DNAME's target; empty when it does not lie below it (RFC 6672 2.2). */
static struct slice redirect(struct slice name, struct slice owner, struct slice target, char *room)
{
    size_t front = name.size > owner.size ? name.size - owner.size : 0;
    if (front < 2 || name.at[front - 1] != '.' || memcmp(name.at + front, owner.at, owner.size) != 0 ||
        front + target.size > WORD_MAX)
        return (struct slice){NULL, 0};
    memcpy(room, name.at, front);
    memcpy(room + front, target.at, target.size);
    return (struct slice){(const uint8_t *)room, front + target.size};
}

/* One step from the end of the chain; false where it ends. */
static bool follow(const struct observation_dns *o, struct chain *c)
{
    char owner_room[WORD_MAX + 1], room[WORD_MAX + 1];
    struct slice at = c->name[c->count - 1];
    const struct dns_record *r;
    for (uint32_t i = 0; (r = record_at(o, o->answers, i)); i++) {
        if (r->type != TYPE_CNAME && r->type != TYPE_DNAME)
            continue;
        struct slice owner = owner_of(o, r, owner_room), target = observation_text(&o->head, r->data);
        if (r->type == TYPE_CNAME && same(owner, at))
            return extend(c, target);
        if (r->type == TYPE_DNAME && owner.size > 0 && extend(c, redirect(at, owner, target, room)))
            return true;
    }
    return false;
}

/* ----------------------------------------------------------------- answers */

/* Nothing lives at 0.0.0.0, ::, loopback and multicast addresses. */
static bool names_nothing(const struct address *a)
{
    static const uint8_t zero[15];
    if (addr_is_v4(a))
        return a->bytes[12] == 0 || a->bytes[12] == 127 || a->bytes[12] >= 224;
    return a->bytes[0] == 0xff || (memcmp(a->bytes, zero, sizeof zero) == 0 && a->bytes[15] <= 1);
}

static void link_address(struct names *n, const struct observation_dns *o, struct naming *what, struct slice bytes)
{
    if (bytes.size != 4 && bytes.size != 16)
        return;
    what->address = bytes.size == 4 ? addr_from_v4(bytes.at) : addr_from_v6(bytes.at);
    if (!names_nothing(&what->address))
        names_link(n, &o->head, what);
}

/* The addresses of "ipv4hint=192.0.2.1,192.0.2.2" within the parameters of an HTTPS or SVCB record. */
static void link_hints(struct names *n, const struct observation_dns *o, struct naming *what, struct slice extra, const char *key)
{
    size_t size = strlen(key);
    const uint8_t *at = extra.size > size ? memmem(extra.at, extra.size, key, size) : NULL;
    const uint8_t *end = extra.at + extra.size;
    if (!at || (at > extra.at && at[-1] != ' '))
        return;
    for (at += size; at < end && *at != ' '; at += at < end && *at == ',') {
        char text[INET6_ADDRSTRLEN];
        size_t used = 0;
        struct address a;
        for (; at < end && *at != ',' && *at != ' '; at++)
            if (used < sizeof text - 1)
                text[used++] = (char)*at;
        text[used] = '\0';
        if (!addr_parse(text, &a))
            return;
        link_address(n, o, what, (struct slice){a.bytes, sizeof a.bytes});
    }
}

static void see_record(struct names *n, const struct observation_dns *o, const struct dns_record *r, const struct chain *c,
                       struct naming what)
{
    char owner_room[WORD_MAX + 1], target_room[WORD_MAX + 1];
    struct slice owner = owner_of(o, r, owner_room), data = observation_text(&o->head, r->data);
    if (!is_on(c, owner))
        return;
    what.ttl_s = r->ttl;
    what.leaf = same(owner, what.name) ? (struct slice){NULL, 0} : owner;
    if (r->type == TYPE_A || r->type == TYPE_AAAA) {
        link_address(n, o, &what, data);
        return;
    }
    struct slice target = names_lower(data, target_room);
    what.hint = true;
    if (target.size > 0 && !same(target, what.name))
        what.leaf = target;
    link_hints(n, o, &what, observation_text(&o->head, r->extra), "ipv4hint=");
    link_hints(n, o, &what, observation_text(&o->head, r->extra), "ipv6hint=");
}

static void learn(struct names *n, const struct observation_dns *o, struct slice name, bool unsolicited)
{
    struct chain c; /* its room stays as it is: 4 kB */
    const struct dns_record *r;
    c.count = 0;
    if (!extend(&c, name))
        return;
    while (follow(o, &c))
        ;
    for (uint32_t i = 0; (r = record_at(o, o->answers, i)); i++)
        if (r->type == TYPE_A || r->type == TYPE_AAAA || r->type == TYPE_HTTPS || r->type == TYPE_SVCB)
            see_record(n, o, r, &c, (struct naming){.name = c.name[0], .unsolicited = unsolicited});
}

static void see_response(struct names *n, const struct observation_dns *o, const struct dns_record *q, struct slice name)
{
    bool asked = was_asked(n, o, q, name);
    bool one_sided = o->head.packets[TO_SERVER] == 0;
    if (asked)
        n->counters.answers++;
    else
        n->counters.unsolicited++;
    if ((asked || one_sided) && o->rcode == 0)
        learn(n, o, name, !asked);
}

void names_see_dns(struct names *n, const struct observation_dns *o)
{
    char room[WORD_MAX + 1];
    const struct observation *h = &o->head;
    const struct dns_record *q = record_at(o, o->questions, 0);
    bool neighbours = h->app_proto == APP_MDNS || h->server_port == PORT_MDNS || h->server_port == PORT_LLMNR;
    if (!q || o->questions.count != 1 || o->opcode != 0 || neighbours || !h->client_internal)
        return;
    struct slice name = names_lower(observation_text(h, q->name), room);
    if (name.size == 0)
        return;
    if (o->is_response && h->direction == TO_CLIENT)
        see_response(n, o, q, name);
    else if (!o->is_response && h->direction == TO_SERVER)
        ask(n, o, q, name);
}
