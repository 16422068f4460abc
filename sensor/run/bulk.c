/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulk.c - see bulk.h. Flows that are treated so are few: they stand in a list, with a number beside each flow that says where.
 */
#include "run/bulk.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "capture/bypass.h"

#define MEMBERS_MAX 4096u /* flows at a time; the kernel's table has as many places for directions */
#define NOWHERE     (-1)
#define ON_WAY_NS   (NS_PER_S / 1000) /* frames of two processors may change places in so much time */

struct member {
    struct flow *flow;     /* records of the flow table do not move */
    int place[2];          /* in the kernel's table, by end; NOWHERE: that end's packets come */
    uint64_t asked_ns[2];  /* wall time when the place was taken; 0 once its packets do not come any more */
    struct flow_bypass sum;
};

struct bulk {
    struct bypass *bypass;
    struct flow_table *flows;
    uint64_t after;
    struct member *members;
    uint32_t count;
    uint16_t *member_of; /* by the flow's place in the table: 1 + its place in members[]; 0: none. Touched as it is used */
    struct flow_bypass last;
};

struct bulk *bulk_new(struct bypass *bypass, struct flow_table *flows, uint32_t flow_max, uint64_t after, struct error *error)
{
    struct bulk *b = calloc(1, sizeof *b);
    if (b) {
        *b = (struct bulk){.bypass = bypass, .flows = flows, .after = after};
        b->members = calloc(MEMBERS_MAX, sizeof *b->members);
        b->member_of = calloc((size_t)flow_max + 1, sizeof *b->member_of);
    }
    if (b && b->members && b->member_of)
        return b;
    error_set(error, "out of memory for the bulk of long flows");
    bulk_free(b);
    return NULL;
}

void bulk_free(struct bulk *b)
{
    if (!b)
        return;
    free(b->members);
    free(b->member_of);
    free(b);
}

bool bulk_has(const struct bulk *b, uint32_t flow)
{
    return b->member_of[flow] != 0;
}

/* -------------------------------------------------------------- joining */

/* Nothing more is to be learnt of it, however long it goes on. */
static bool is_known(const struct bulk *b, const struct flow *f)
{
    return f->class_told && !f->ndpi && f->dissect_done == BOTH_DONE && !f->dissection && f->state == FLOW_ESTABLISHED &&
           !((f->tcp_flags[0] | f->tcp_flags[1]) & (TCP_FIN | TCP_RST)) && f->bytes[0] + f->bytes[1] >= b->after;
}

/* The kernel's program would find nothing in others: they come, whatever is asked for. */
static bool is_plain(const struct packet *p)
{
    return (p->proto == IP_TCP || p->proto == IP_UDP) && p->tunnel.depth == 0 && p->vlan_count <= 1 && !p->reassembled;
}

static struct member *member_for(struct bulk *b, struct flow *f, uint32_t flow)
{
    if (b->member_of[flow])
        return &b->members[b->member_of[flow] - 1];
    if (b->count == MEMBERS_MAX)
        return NULL;
    b->members[b->count] = (struct member){.flow = f, .place = {NOWHERE, NOWHERE}};
    b->member_of[flow] = (uint16_t)++b->count;
    return &b->members[b->count - 1];
}

bool bulk_offer(struct bulk *b, struct flow *f, const struct packet *p, int end)
{
    if (!is_known(b, f) || !is_plain(p))
        return false;
    uint32_t flow = flow_table_index(b->flows, f);
    bool is_first = !b->member_of[flow];
    struct member *m = member_for(b, f, flow);
    if (!m || m->place[end] != NOWHERE)
        return false;
    const struct bypass_ends ends = {.src = &p->src, .dst = &p->dst, .src_port = p->src_port, .dst_port = p->dst_port,
                                     .vlan = p->vlan[0], .has_vlan = p->vlan_count > 0, .proto = p->proto, .ip_version = p->ip_version};
    m->asked_ns[end] = clock_wall_ns();
    m->place[end] = bypass_add(b->bypass, &ends);
    return is_first;
}

/* -------------------------------------------------------------- counting */

/* What had come when the place was taken has been looked at: if no connection ended or began among it, none can unseen by the kernel. */
static void begin_when_due(struct bulk *b, struct member *m, int end, uint64_t now_ns)
{
    if (!m->asked_ns[end] || now_ns < m->asked_ns[end] + ON_WAY_NS)
        return;
    if (is_known(b, m->flow))
        bypass_begin(b->bypass, m->place[end]);
    m->asked_ns[end] = 0;
}

/* Adds what the kernel counted of one end. It may have ended the matter itself: then this end's packets come. */
static void take(struct bulk *b, struct member *m, int end, uint64_t now_ns)
{
    struct bypass_counts counts;
    if (m->place[end] == NOWHERE)
        return;
    bool holds = bypass_take(b->bypass, m->place[end], &counts);
    m->sum.packets[end] += counts.packets;
    m->sum.bytes[end] += counts.bytes;
    if (counts.packets)
        flow_table_credit(b->flows, m->flow, end, (struct flow_credit){counts.packets, counts.bytes, now_ns});
    if (holds) {
        begin_when_due(b, m, end, now_ns);
        return;
    }
    bypass_remove(b->bypass, m->place[end]);
    m->place[end] = NOWHERE;
}

static void stop(struct bulk *b, struct member *m, uint64_t now_ns)
{
    for (int end = 0; end < 2; end++) {
        if (m->place[end] != NOWHERE)
            bypass_remove(b->bypass, m->place[end]);
        take(b, m, end, now_ns);
        m->place[end] = NOWHERE;
    }
}

void bulk_collect(struct bulk *b, uint64_t now_ns, bool go_on)
{
    for (uint32_t i = 0; i < b->count; i++) {
        take(b, &b->members[i], 0, now_ns);
        take(b, &b->members[i], 1, now_ns);
        if (!go_on)
            stop(b, &b->members[i], now_ns);
    }
}

/* The last one of the list takes its place. */
static void leave(struct bulk *b, uint32_t at)
{
    b->member_of[flow_table_index(b->flows, b->members[at].flow)] = 0;
    if (at != --b->count) {
        b->members[at] = b->members[b->count];
        b->member_of[flow_table_index(b->flows, b->members[at].flow)] = (uint16_t)(at + 1);
    }
}

const struct flow_bypass *bulk_end(struct bulk *b, struct flow *f, uint64_t now_ns)
{
    uint32_t member = b->member_of[flow_table_index(b->flows, f)];
    if (!member)
        return NULL;
    stop(b, &b->members[member - 1], now_ns);
    b->last = b->members[member - 1].sum;
    leave(b, member - 1);
    return b->last.packets[0] || b->last.packets[1] ? &b->last : NULL;
}
