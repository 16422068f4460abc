/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observer.c - see observer.h. The record grows at the end of a fixed scratch block; references are offsets from its start.
 */
#include "flow/observer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct observer {
    struct observer_options options;
    struct observer_counters counters;
    uint64_t number, now_ns; /* the present moment, see observer_set_now */
    uint8_t phase;
    uint64_t order; /* of the latest record: what follows is never placed before */
    uint32_t used;  /* bytes of the record under way, 0 when there is none */
    _Alignas(8) uint8_t record[OBSERVATION_MAX];
};

struct observer *observer_new(const struct observer_options *options, struct error *error)
{
    assert(options->deliver);
    struct observer *w = malloc(sizeof *w);
    if (!w) {
        error_set(error, "out of memory for observations");
        return NULL;
    }
    memset(w, 0, offsetof(struct observer, record));
    w->options = *options;
    return w;
}

void observer_free(struct observer *w)
{
    free(w);
}

bool observer_wants(const struct observer *w, enum observation_kind kind)
{
    return w->options.wanted & OBSERVE_BIT(kind);
}

void observer_set_now(struct observer *w, uint64_t number, uint64_t now_ns, uint8_t phase)
{
    w->number = number;
    w->now_ns = now_ns;
    w->phase = phase;
}

void observer_count(const struct observer *w, struct observer_counters *out)
{
    *out = w->counters;
}

/* -------------------------------------------------------------------- head */

/* By the flow's key, or by the packet where the key leaves VLANs out. */
static void fill_vlans(struct observation *o, const struct flow *f, const struct packet *packet)
{
    const uint16_t *ids = f->key.vlan;
    if (packet) {
        ids = packet->vlan;
        o->vlan_count = packet->vlan_count < 3 ? packet->vlan_count : 3;
    } else {
        while (o->vlan_count < 3 && ids[o->vlan_count])
            o->vlan_count++;
    }
    for (uint8_t i = 0; i < o->vlan_count; i++)
        o->vlan[i] = ids[i];
}

static void fill_ends(struct observation *o, const struct flow *f)
{
    int client = f->client_end, server = !f->client_end;
    o->client = f->key.end[client];
    o->server = f->key.end[server];
    o->client_port = f->key.port[client];
    o->server_port = f->key.port[server];
    o->packets[TO_SERVER] = f->packets[client];
    o->packets[TO_CLIENT] = f->packets[server];
    o->bytes[TO_SERVER] = f->bytes[client];
    o->bytes[TO_CLIENT] = f->bytes[server];
    memcpy(o->client_mac, f->mac[client], 6);
    memcpy(o->server_mac, f->mac[server], 6);
}

static void fill_flow(struct observation *o, const struct flow *f)
{
    o->flow_id = f->id;
    o->proto = f->key.proto;
    o->ip_version = f->key.ip_version;
    o->icmp_type = f->icmp_type;
    o->icmp_code = f->icmp_code;
    o->client_source = f->client_source;
    o->marks = f->marks;
    o->app_proto = f->app_proto;
    o->start_ns = f->start_ns;
    o->last_ns = f->last_ns;
    o->class = f->class;
    fill_ends(o, f);
}

/* Live, where the order is the time, that may step back; the order must not. */
static void fill_moment(struct observer *w, struct observation *o, const struct packet *packet)
{
    uint64_t place = packet && packet->order > w->number ? packet->order : w->number; /* remains of fragments are late */
    o->time_ns = packet ? packet->time_ns : w->now_ns;
    if (place > w->order)
        w->order = place;
    o->order = w->order;
    o->packet_number = packet ? packet->number : 0;
    o->phase = w->phase;
    o->worker = w->options.worker;
}

/* The tunnel of the packet, or of the flow when no packet speaks, behind the kind's own struct. */
static void fill_tunnel(struct observer *w, struct observation *o, const struct flow *f, const struct packet *packet)
{
    const struct packet_tunnel *t = packet ? &packet->tunnel : w->options.flows ? flow_table_tunnel(w->options.flows, f) : NULL;
    if (!t || t->depth == 0)
        return;
    bool from_client = packet ? o->direction == TO_SERVER : f->client_end == 0;
    struct tunnel tunnel = {.client = from_client ? t->src : t->dst,
                            .server = from_client ? t->dst : t->src,
                            .client_port = from_client ? t->src_port : t->dst_port,
                            .server_port = from_client ? t->dst_port : t->src_port,
                            .ip_version = t->ip_version,
                            .proto = t->proto,
                            .kind = t->kind,
                            .inner_kind = t->inner_kind,
                            .depth = t->depth};
    o->tunnel_at = (uint16_t)w->used;
    memcpy(w->record + w->used, &tunnel, sizeof tunnel);
    w->used += (uint32_t)sizeof tunnel;
}

void *observer_begin(struct observer *w, enum observation_kind kind, size_t size, const struct flow *f, const struct packet *packet,
                     enum direction direction)
{
    assert(w->used == 0 && size >= sizeof(struct observation) && size <= OBSERVATION_MAX / 2);
    memset(w->record, 0, size);
    w->used = (uint32_t)size;
    struct observation *o = (struct observation *)(void *)w->record;
    o->kind = (uint8_t)kind;
    o->direction = (uint8_t)direction;
    fill_moment(w, o, packet);
    fill_flow(o, f);
    o->interface = packet ? packet->interface : f->interface;
    fill_vlans(o, f, packet);
    fill_tunnel(w, o, f, packet);
    return o;
}

/* ------------------------------------------------------------- what follows */

struct text_ref observer_text(struct observer *w, const void *bytes, size_t size)
{
    assert(w->used);
    if (size == 0)
        return (struct text_ref){0, 0};
    if (size > OBSERVATION_MAX - w->used) {
        w->counters.cut_texts++;
        return (struct text_ref){0, 0};
    }
    struct text_ref ref = {w->used, (uint32_t)size};
    memcpy(w->record + w->used, bytes, size);
    w->used += (uint32_t)size;
    return ref;
}

static uint32_t aligned(uint32_t n)
{
    return (n + 7) & ~UINT32_C(7);
}

struct array_ref observer_array(struct observer *w, uint32_t count, size_t element, void **items)
{
    assert(w->used && element > 0);
    uint32_t at = aligned(w->used);
    *items = NULL;
    if (count == 0)
        return (struct array_ref){0, 0};
    if (count > (OBSERVATION_MAX - at) / element) {
        w->counters.cut_texts += count;
        return (struct array_ref){0, 0};
    }
    memset(w->record + w->used, 0, at - w->used + count * element);
    w->used = at + (uint32_t)(count * element);
    *items = w->record + at;
    return (struct array_ref){at, count};
}

void observer_end(struct observer *w)
{
    assert(w->used);
    struct observation *o = (struct observation *)(void *)w->record;
    o->size = aligned(w->used);
    memset(w->record + w->used, 0, o->size - w->used);
    w->used = 0;
    if (!observer_wants(w, o->kind))
        return;
    w->counters.records++;
    w->options.deliver(w->options.arg, o);
}

/* ---------------------------------------------------------- the flow's own */

void observer_flow(struct observer *w, enum observation_kind kind, const struct flow *f, const struct packet *packet,
                   enum direction direction)
{
    if (!observer_wants(w, kind))
        return;
    observer_begin(w, kind, sizeof(struct observation), f, packet, direction);
    observer_end(w);
}

void observer_flow_ended(struct observer *w, const struct flow *f, enum end_reason reason, bool evicted, const struct flow_bypass *bypass)
{
    if (!observer_wants(w, OBSERVE_ENDED))
        return;
    int client = f->client_end, server = !f->client_end;
    struct observation_ended *o = observer_begin(w, OBSERVE_ENDED, sizeof *o, f, NULL, TO_SERVER);
    o->state = f->state;
    o->reason = (uint8_t)reason;
    o->tcp_state = f->tcp_state;
    o->tcp_flags[TO_SERVER] = f->tcp_flags[client];
    o->tcp_flags[TO_CLIENT] = f->tcp_flags[server];
    o->reply_icmp_type = f->reply_icmp_type;
    o->reply_icmp_code = f->reply_icmp_code;
    o->evicted = evicted;
    o->tx_count = f->tx_count;
    o->gaps[TO_SERVER] = f->gaps[client];
    o->gaps[TO_CLIENT] = f->gaps[server];
    for (int end = 0; bypass && end < 2; end++) {
        o->bypassed_packets[flow_direction(f, end)] = bypass->packets[end];
        o->bypassed_bytes[flow_direction(f, end)] = bypass->bytes[end];
    }
    observer_end(w);
}
