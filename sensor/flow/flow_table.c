/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_table.c - hash buckets over a slab of records; timeouts.c knows when each ends.
 *
 * The slab is reserved as address space for flow_max records and touched as it fills; freed records are reused last in, first out.
 * Records are named by their index, 0 is nobody. Buckets hold the head of a chain, hashed with a secret so that nobody can aim at
 * one; no order that can be seen outside depends on it.
 *
 * A packet costs one look-up and the record's lines, no list is touched: the wheel is lazy, and eviction (least recently seen to
 * the second, not established first) reads the same wheel only when the table is full. The one thing that must not
 * wait, a change of state, is noticed at the next call: `latest` is the record that was handed out.
 */
#include "flow/flow_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/hash.h"
#include "flow/timeouts.h"

#define KEY_WORDS     6u /* of 8 bytes in a flow's key */
#define FLOW_MAX_MOST (UINT32_C(1) << 28)

const struct flow_timeouts flow_timeouts_default = {
    .tcp = {60, 600, 60}, .udp = {30, 300, 0}, .icmp = {30, 300, 0}, .other = {30, 300, 0}};

struct flow_table {
    struct flow_table_options options;
    struct flow *flows;            /* slab of slab_size records; index 0 unused */
    struct packet_tunnel *tunnels; /* beside them, by the same index: touched only for flows with MARK_TUNNELLED */
    uint32_t slab_size;
    uint32_t used;     /* records ever touched, index 0 included */
    uint32_t free;     /* head of the free records, linked by `next` */
    uint32_t latest;   /* handed out by the previous take, 0 when it has gone */
    bool is_settled;   /* nothing about `latest` can have changed since it was settled */
    uint32_t *buckets; /* heads of chains linked by `next` */
    uint32_t bucket_mask;
    uint64_t secret[KEY_WORDS]; /* of the buckets' hash */
    struct timeouts timeouts;
    struct flow_counters counters;
};

/* -------------------------------------------------------------- life cycle */

static bool check_timeout(const struct flow_timeout *t, const char *name, bool closes, struct error *error)
{
    const uint32_t values[] = {t->new_s, t->established_s, t->closed_s};
    static const char *const states[] = {"new", "established", "closed"};
    for (int i = 0; i < 3; i++)
        if (values[i] > TIMEOUTS_SECONDS_MAX || (values[i] == 0 && (i < 2 || closes)))
            return error_set(error, "flow time-out %s.%s: %u seconds; give 1 to %u", name, states[i], values[i],
                             TIMEOUTS_SECONDS_MAX);
    return true;
}

static bool check_options(const struct flow_table_options *o, struct error *error)
{
    if (o->flow_max == 0 || o->flow_max > FLOW_MAX_MOST)
        return error_set(error, "flow table for %u flows; give 1 to %u", o->flow_max, FLOW_MAX_MOST);
    const struct flow_timeouts *t = &o->timeouts;
    return check_timeout(&t->tcp, "tcp", true, error) && check_timeout(&t->udp, "udp", false, error) &&
           check_timeout(&t->icmp, "icmp", false, error) && check_timeout(&t->other, "other", false, error);
}

/* Look-ups are random: with pages of 2 MiB they cost a sixth less. The kernel may decline. */
static void *reserve(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return NULL;
    madvise(at, size, MADV_HUGEPAGE);
    return at;
}

static size_t slab_bytes(const struct flow_table *t)
{
    return (size_t)t->slab_size * sizeof *t->flows;
}

static size_t tunnel_bytes(const struct flow_table *t)
{
    return (size_t)t->slab_size * sizeof *t->tunnels;
}

static size_t bucket_bytes(const struct flow_table *t)
{
    return ((size_t)t->bucket_mask + 1) * sizeof *t->buckets;
}

static bool open_memory(struct flow_table *t)
{
    t->slab_size = t->options.flow_max + 1;
    t->used = 1;
    uint32_t buckets = 1024;
    while (buckets < t->options.flow_max)
        buckets *= 2;
    t->bucket_mask = buckets - 1;
    t->flows = reserve(slab_bytes(t));
    t->tunnels = reserve(tunnel_bytes(t));
    t->buckets = reserve(bucket_bytes(t));
    return t->flows && t->tunnels && t->buckets && timeouts_open(&t->timeouts, t->flows, t->slab_size, &t->options.timeouts);
}

struct flow_table *flow_table_new(const struct flow_table_options *options, struct error *error)
{
    assert(options->ended);
    if (!check_options(options, error))
        return NULL;
    struct flow_table *t = calloc(1, sizeof *t);
    if (t) {
        t->options = *options;
        for (size_t i = 0; i < KEY_WORDS; i++)
            t->secret[i] = hash_key_random().k0;
        if (open_memory(t))
            return t;
    }
    error_set(error, "out of address space for a table of %u flows; lower flow-max", options->flow_max);
    flow_table_free(t);
    return NULL;
}

void flow_table_free(struct flow_table *t)
{
    if (!t)
        return;
    timeouts_close(&t->timeouts);
    if (t->buckets)
        munmap(t->buckets, bucket_bytes(t));
    if (t->tunnels)
        munmap(t->tunnels, tunnel_bytes(t));
    if (t->flows)
        munmap(t->flows, slab_bytes(t));
    free(t);
}

/* ----------------------------------------------------------------- buckets */

/* A key in words; the last two overlap. */
static inline uint64_t word_of(const struct flow_key *k, size_t i)
{
    uint64_t word;
    memcpy(&word, (const uint8_t *)k + (i < KEY_WORDS - 1 ? i * sizeof word : sizeof *k - sizeof word), sizeof word);
    return word;
}

/* A fifth of SipHash's instructions. Nothing that can be seen outside depends on it, so nobody learns what the secret is like. */
static uint32_t *bucket_of(struct flow_table *t, const struct flow_key *key)
{
    uint64_t h = 0;
    for (size_t i = 0; i < KEY_WORDS; i += 2)
        h = hash_fold(word_of(key, i) ^ t->secret[i] ^ h, word_of(key, i + 1) ^ t->secret[i + 1]);
    return &t->buckets[h & t->bucket_mask];
}

/* memcmp, which is not inlined. */
static inline bool same_key(const struct flow_key *a, const struct flow_key *b)
{
    uint64_t difference = 0;
    for (size_t i = 0; i < KEY_WORDS; i++)
        difference |= word_of(a, i) ^ word_of(b, i);
    return difference == 0;
}

/* `*bucket` is where the flow is or shall be linked; left alone for the latest one. */
static uint32_t find(struct flow_table *t, const struct flow_key *key, uint32_t **bucket)
{
    if (t->latest && same_key(&t->flows[t->latest].key, key)) /* packets come in trains */
        return t->latest;
    *bucket = bucket_of(t, key);
    uint32_t i = **bucket;
    while (i && !same_key(&t->flows[i].key, key))
        i = t->flows[i].next;
    return i;
}

static void unlink_from_bucket(struct flow_table *t, uint32_t flow)
{
    uint32_t *at = bucket_of(t, &t->flows[flow].key);
    while (*at != flow)
        at = &t->flows[*at].next;
    *at = t->flows[flow].next;
}

/* ------------------------------------------------------- a flow's begin, end */

static void count_new(struct flow_counters *c, uint8_t proto)
{
    c->total++;
    c->active++;
    switch (proto) {
    case IP_TCP: c->tcp++; break;
    case IP_UDP: c->udp++; break;
    case IP_ICMP: c->icmpv4++; break;
    case IP_ICMPV6: c->icmpv6++; break;
    case IP_SCTP: c->sctp++; break;
    default: c->other++;
    }
}

static void count_ended(struct flow_counters *c, const struct flow *f, enum end_reason reason, bool evicted)
{
    c->active--;
    c->ended_frames += (uint64_t)f->packets[0] + f->packets[1];
    c->saturated += f->packets[0] == UINT32_MAX || f->packets[1] == UINT32_MAX;
    c->expired += reason == END_TIMEOUT;
    c->shutdown += reason == END_SHUTDOWN;
    c->tcp_reuse += reason == END_TCP_REUSE;
    c->evicted += evicted;
}

/* The record leaves every list, is shown to `ended` whole, and becomes free. */
static void end_flow(struct flow_table *t, uint32_t flow, enum end_reason reason, bool evicted)
{
    struct flow *f = &t->flows[flow];
    unlink_from_bucket(t, flow);
    timeouts_remove(&t->timeouts, flow);
    if (t->latest == flow)
        t->latest = 0;
    t->options.ended(t->options.arg, f, reason, evicted);
    count_ended(&t->counters, f, reason, evicted); /* what was added at the last moment, too */
    f->id = 0;
    f->next = t->free;
    t->free = flow;
}

static uint32_t take_record(struct flow_table *t)
{
    if (!t->free && t->used == t->slab_size)
        end_flow(t, timeouts_oldest(&t->timeouts), END_FORCED, true);
    uint32_t flow = t->free;
    if (flow)
        t->free = t->flows[flow].next;
    else
        flow = t->used++;
    return flow;
}

static void keep_tunnel(struct flow_table *t, uint32_t flow, const struct packet *packet, int end)
{
    struct packet_tunnel *kept = &t->tunnels[flow];
    *kept = packet->tunnel;
    t->flows[flow].marks |= MARK_TUNNELLED;
    if (end == 0)
        return;
    kept->src = packet->tunnel.dst;
    kept->dst = packet->tunnel.src;
    kept->src_port = packet->tunnel.dst_port;
    kept->dst_port = packet->tunnel.src_port;
}

static uint32_t begin_flow(struct flow_table *t, const struct flow_key *key, uint32_t *bucket, const struct packet *packet, int end)
{
    uint32_t flow = take_record(t);
    struct flow *f = &t->flows[flow];
    flow_begin(f, key, packet);
    if (packet->tunnel.depth > 0)
        keep_tunnel(t, flow, packet, end);
    f->next = *bucket;
    *bucket = flow;
    timeouts_add(&t->timeouts, flow);
    count_new(&t->counters, key->proto);
    return flow;
}

/* ----------------------------------------------------------- every packet */

/* The record handed out last may have changed its state since. */
static void settle(struct flow_table *t)
{
    if (t->latest && !t->is_settled)
        timeouts_settle(&t->timeouts, t->latest);
    t->is_settled = true;
}

/* Does this SYN open another connection between the same ports? A repeated SYN does not. */
static bool is_reuse(const struct flow_table *t, const struct flow *f, const struct packet *p, int end)
{
    if (p->proto != IP_TCP || (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST)) != TCP_SYN || p->fragment)
        return false;
    if (f->client_source == CLIENT_BY_SYN && f->client_end == end && f->tcp_isn == p->tcp_seq)
        return false;
    if (f->state == FLOW_CLOSED)
        return true;
    uint64_t idle_ns = p->time_ns > f->last_ns ? p->time_ns - f->last_ns : 0;
    return f->state == FLOW_ESTABLISHED && idle_ns >= t->options.timeouts.tcp.new_s * NS_PER_S;
}

/* Why the flow found for a packet is not the packet's flow any more; -1 when it is. */
static int is_over(const struct flow_table *t, const struct flow *f, const struct packet *packet, int end)
{
    if (packet->time_ns >= timeouts_deadline(&t->timeouts, f))
        return END_TIMEOUT;
    return is_reuse(t, f, packet, end) ? (int)END_TCP_REUSE : -1;
}

struct flow *flow_table_take(struct flow_table *t, const struct packet *packet, int *end, bool *is_new)
{
    struct flow_key key;
    *end = flow_key_of(packet, t->options.use_vlan, &key);
    settle(t);
    uint32_t *bucket = NULL, flow = find(t, &key, &bucket);
    if (flow) {
        int reason = is_over(t, &t->flows[flow], packet, *end);
        if (reason >= 0) {
            end_flow(t, flow, (enum end_reason)reason, false);
            flow = 0;
        }
    }
    *is_new = flow == 0;
    if (*is_new)
        flow = begin_flow(t, &key, bucket ? bucket : bucket_of(t, &key), packet, *end);
    t->latest = flow;
    t->is_settled = false;
    t->counters.packets++;
    t->counters.frames += 1u + packet->earlier_frames;
    return &t->flows[flow];
}

void flow_table_credit(struct flow_table *t, struct flow *f, int end, struct flow_credit credit)
{
    uint64_t room = UINT32_MAX - f->packets[end];
    f->packets[end] += (uint32_t)(credit.packets < room ? credit.packets : room);
    f->bytes[end] += credit.bytes;
    if (credit.last_ns > f->last_ns)
        f->last_ns = credit.last_ns;
    t->counters.frames += credit.packets;
    t->counters.bypassed += credit.packets;
}

/* -------------------------------------------------------------------- ends */

void flow_table_expire(struct flow_table *t, uint64_t now_ns)
{
    settle(t);
    for (uint32_t flow; (flow = timeouts_next(&t->timeouts, now_ns)) != 0;)
        end_flow(t, flow, END_TIMEOUT, false);
}

void flow_table_end_all(struct flow_table *t)
{
    settle(t);
    const struct timeouts_last *all;
    uint32_t count = timeouts_all(&t->timeouts, t->used, &all);
    for (uint32_t i = 0; i < count; i++)
        end_flow(t, all[i].flow, END_SHUTDOWN, false);
}

uint64_t flow_table_deadline(const struct flow_table *t, const struct flow *f)
{
    return timeouts_deadline(&t->timeouts, f);
}

uint32_t flow_table_index(const struct flow_table *t, const struct flow *f)
{
    return (uint32_t)(f - t->flows);
}

const struct packet_tunnel *flow_table_tunnel(const struct flow_table *t, const struct flow *f)
{
    return f->marks & MARK_TUNNELLED ? &t->tunnels[f - t->flows] : NULL;
}

void flow_table_count(const struct flow_table *t, struct flow_counters *out)
{
    *out = t->counters;
    out->memory_bytes = t->used * sizeof *t->flows + bucket_bytes(t) + timeouts_memory(&t->timeouts);
}
