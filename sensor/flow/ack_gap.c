/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ack_gap.c - see ack_gap.h. Of each direction the next sequence number is known, and the bytes missing before it.
 *
 * Bytes are missing when a segment begins beyond the next number, or when the peer acknowledges beyond it. Late segments fill
 * them. They are lost when they were acknowledged and PATIENCE packets of the flow have come since, or the flow is over.
 */
#include "flow/ack_gap.h"

#include <stdlib.h>
#include <string.h>

#define PATIENCE 16
#define JUMP_MAX (1 << 24) /* a step this wide is no hole: another connection, or nonsense */

struct side {
    uint32_t next;
    uint32_t hole_from, hole_to; /* where bytes are missing, from the first to the last of them */
    uint32_t missing;            /* how many of these */
    bool known, acknowledged;
    uint8_t waited;
};

struct ack_gaps {
    struct side (*flow)[2];
    uint32_t flow_count;
    struct ack_gap_counters counters;
};

struct ack_gaps *ack_gaps_new(uint32_t flow_max, struct error *error)
{
    struct ack_gaps *g = calloc(1, sizeof *g);
    if (g) {
        g->flow_count = flow_max + 1;
        g->flow = calloc(g->flow_count, sizeof *g->flow);
    }
    if (g && g->flow)
        return g;
    free(g);
    error_set(error, "out of memory for the sequence numbers of %u flows", flow_max);
    return NULL;
}

void ack_gaps_free(struct ack_gaps *g)
{
    if (!g)
        return;
    free(g->flow);
    free(g);
}

static void give_up(struct ack_gaps *g, struct side *s)
{
    g->counters.lost += s->missing;
    g->counters.holes += s->missing > 0;
    s->missing = 0;
}

static void open_hole(struct ack_gaps *g, struct side *s, uint32_t to)
{
    uint32_t size = to - s->next;
    if (s->missing && s->acknowledged)
        give_up(g, s);
    if (!s->missing)
        s->hole_from = s->next;
    s->missing += size;
    s->hole_to = to;
    s->acknowledged = false;
    s->waited = 0;
}

/* Bytes from before the next number: into the hole, or a retransmission. */
static void fill(struct side *s, uint32_t seq, uint32_t size)
{
    uint32_t from = (int32_t)(seq - s->hole_from) > 0 ? seq : s->hole_from;
    uint32_t to = (int32_t)(seq + size - s->hole_to) < 0 ? seq + size : s->hole_to;
    if ((int32_t)(to - from) > 0)
        s->missing -= to - from < s->missing ? to - from : s->missing;
}

static void take_bytes(struct ack_gaps *g, struct side *s, uint32_t seq, uint32_t size)
{
    int32_t ahead = s->known ? (int32_t)(seq - s->next) : 0;
    if (!s->known || ahead > JUMP_MAX || ahead < -JUMP_MAX) {
        *s = (struct side){.next = seq, .known = true};
        ahead = 0;
    }
    if (ahead > 0)
        open_hole(g, s, seq);
    else if (ahead < 0 && s->missing)
        fill(s, seq, size);
    if ((int32_t)(seq + size - s->next) > 0)
        s->next = seq + size;
    g->counters.seen += size;
}

static void take_ack(struct ack_gaps *g, struct side *s, uint32_t ack)
{
    int32_t ahead = (int32_t)(ack - s->next);
    if (!s->known || ahead > JUMP_MAX || ahead < -JUMP_MAX)
        return;
    if (ahead > 0) {
        open_hole(g, s, ack);
        s->next = ack;
    }
    if (s->missing && (int32_t)(ack - s->hole_to) >= 0)
        s->acknowledged = true;
}

void ack_gaps_see(struct ack_gaps *g, uint32_t flow, const struct packet *p, int end, bool is_new)
{
    struct side *sides = g->flow[flow];
    if (is_new)
        memset(sides, 0, sizeof g->flow[flow]);
    if (p->tcp_flags & TCP_RST)
        return;
    uint32_t size = p->payload_wire_len + ((p->tcp_flags & TCP_SYN) != 0) + ((p->tcp_flags & TCP_FIN) != 0);
    if (size > 0)
        take_bytes(g, &sides[end], p->tcp_seq, size);
    if (p->tcp_flags & TCP_ACK)
        take_ack(g, &sides[!end], p->tcp_ack);
    for (int i = 0; i < 2; i++)
        if (sides[i].missing && sides[i].acknowledged && ++sides[i].waited == PATIENCE)
            give_up(g, &sides[i]);
}

void ack_gaps_end(struct ack_gaps *g, uint32_t flow)
{
    for (int i = 0; i < 2; i++)
        if (g->flow[flow][i].acknowledged)
            give_up(g, &g->flow[flow][i]);
    memset(g->flow[flow], 0, sizeof g->flow[flow]);
}

void ack_gaps_count(const struct ack_gaps *g, struct ack_gap_counters *out)
{
    *out = g->counters;
}
