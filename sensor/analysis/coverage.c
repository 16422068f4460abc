/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coverage.c - see coverage.h. Halves of conversations are remembered in a small table by address and port, so that two halves
 * in two VLANs find each other; what falls out of it is a pair not counted.
 */
#include "analysis/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"

#define HALVES     4096u
#define TELL_PAIRS 10u /* one-sided pairs that may be chance */
#define FLAG_ACK   0x10
#define PROTO_TCP  6

/* One direction of a conversation that came alone. */
struct half {
    uint64_t conversation; /* 0: free */
    uint16_t vlan[3];
    uint8_t vlan_count;
    uint8_t sender; /* which of the two ends, by order of address and port */
};

struct coverage {
    const struct coverage_prefix *prefix;
    size_t prefix_count;
    struct coverage_counters counters;
    struct half half[HALVES];
};

struct coverage *coverage_new(const struct coverage_prefix *prefix, size_t count, struct error *error)
{
    struct coverage *c = calloc(1, sizeof *c);
    if (!c) {
        error_set(error, "out of memory for the account of what is seen");
        return NULL;
    }
    c->prefix = prefix;
    c->prefix_count = count < COVERAGE_PREFIXES_MAX ? count : COVERAGE_PREFIXES_MAX;
    c->counters.prefixes = c->prefix_count;
    return c;
}

void coverage_free(struct coverage *c)
{
    free(c);
}

void coverage_count(const struct coverage *c, struct coverage_counters *out)
{
    *out = c->counters;
}

void coverage_add(struct coverage_counters *total, const struct coverage_counters *one)
{
    uint64_t *to = (uint64_t *)(void *)total;
    const uint64_t *from = (const uint64_t *)(const void *)one;
    for (size_t i = 0; i < sizeof *one / sizeof *to; i++)
        to[i] += from[i];
}

/* ------------------------------------------------------------ split halves */

struct conversation {
    struct address end[2];
    uint16_t port[2];
    uint8_t proto, reserved[3];
};

/* The same for both directions; `*sender`: which end spoke. */
static uint64_t conversation_of(const struct observation *o, bool client_spoke, uint8_t *sender)
{
    struct conversation key = {.proto = o->proto};
    int order = memcmp(&o->client, &o->server, sizeof o->client);
    bool swapped = order > 0 || (order == 0 && o->client_port > o->server_port);
    key.end[swapped] = o->client;
    key.end[!swapped] = o->server;
    key.port[swapped] = o->client_port;
    key.port[!swapped] = o->server_port;
    *sender = client_spoke == swapped;
    uint64_t hash = hash_bytes(hash_key_fixed, &key, sizeof key);
    return hash ? hash : 1;
}

static bool same_vlans(const struct half *h, const struct observation *o)
{
    return h->vlan_count == o->vlan_count && memcmp(h->vlan, o->vlan, sizeof o->vlan[0] * o->vlan_count) == 0;
}

static void take_half(struct coverage *c, const struct observation *o)
{
    uint8_t sender;
    uint64_t conversation = conversation_of(o, o->packets[TO_SERVER] > 0, &sender);
    struct half *h = &c->half[conversation % HALVES];
    if (h->conversation == conversation && h->sender != sender && !same_vlans(h, o)) {
        h->conversation = 0;
        if (++c->counters.split_pairs == TELL_PAIRS + 1)
            log_warning("the two directions of connections come with different VLAN ids: set vlan.use-for-tracking to no");
        return;
    }
    *h = (struct half){.conversation = conversation, .vlan_count = o->vlan_count, .sender = sender};
    memcpy(h->vlan, o->vlan, sizeof h->vlan);
}

/* ------------------------------------------------------------- observations */

static void see_prefixes(struct coverage *c, const struct observation *o)
{
    for (size_t i = 0; i < c->prefix_count; i++) {
        uint64_t bit = UINT64_C(1) << i;
        if (!(c->counters.prefixes_seen & bit) &&
            (addr_set_holds(c->prefix[i].set, &o->client) || addr_set_holds(c->prefix[i].set, &o->server)))
            c->counters.prefixes_seen |= bit;
    }
}

static void see_sides(struct coverage *c, const struct observation_ended *e)
{
    const struct observation *o = &e->head;
    bool one_sided = o->marks & MARK_ONE_SIDED;
    if (o->proto == PROTO_TCP && ((e->tcp_flags[0] | e->tcp_flags[1]) & FLAG_ACK)) {
        c->counters.tcp_flows++;
        c->counters.one_sided += one_sided;
    }
    if (one_sided)
        take_half(c, o);
}

static void see_flow(struct coverage *c, const struct observation_ended *e)
{
    const struct observation *o = &e->head;
    struct coverage_counters *n = &c->counters;
    uint64_t bytes = o->bytes[0] + o->bytes[1];
    n->flows++;
    n->bytes += bytes;
    n->home_flows += o->client_internal || o->server_internal;
    if (!o->client_internal && !o->server_internal)
        n->outside_bytes += bytes;
    if (o->client_internal && o->server_internal)
        n->inside_bytes += bytes;
    n->truncated_flows += (o->marks & MARK_TRUNCATED) != 0;
    see_prefixes(c, o);
    see_sides(c, e);
}

static void see_hello(struct coverage *c, uint32_t name_size, uint8_t ech)
{
    c->counters.hellos++;
    c->counters.nameless += name_size == 0;
    c->counters.ech += ech == ECH_ACCEPTED;
}

void coverage_see(struct coverage *c, const struct observation *o)
{
    if (o->kind == OBSERVE_ENDED) {
        see_flow(c, (const struct observation_ended *)(const void *)o);
    } else if (o->kind == OBSERVE_TLS) {
        const struct observation_tls *t = (const struct observation_tls *)(const void *)o;
        if (t->client_seen)
            see_hello(c, t->sni.size, t->ech);
    } else if (o->kind == OBSERVE_QUIC) {
        const struct observation_quic *q = (const struct observation_quic *)(const void *)o;
        if (!q->is_server)
            see_hello(c, q->sni.size, q->ech);
    }
}
