/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ack_gap.h - what the capture lost: bytes of TCP that the receiver acknowledged and nobody saw. A drop counter of the kernel
 * knows nothing of a mirror port that is full; this does (the idea of Zeek's capture-loss).
 *
 * Kept apart from struct flow, by its place in the table. Only directions of which something was seen are measured: what a
 * one-sided mirror lacks is no loss. A hole is waited for, as reordering fills it.
 */
#ifndef FLOW_ACK_GAP_H
#define FLOW_ACK_GAP_H

#include "base/error.h"
#include "decode/packet.h"

struct ack_gap_counters {
    uint64_t seen;  /* bytes of the sequence space that came */
    uint64_t lost;  /* acknowledged, and never seen */
    uint64_t holes; /* how many pieces that was */
};

struct ack_gaps;

/* For flows 0..flow_max; memory is touched as it is used. */
struct ack_gaps *ack_gaps_new(uint32_t flow_max, struct error *error);
void ack_gaps_free(struct ack_gaps *g); /* takes NULL */

/* A TCP packet from end 0 or 1 of flow number `flow`; `is_new`: the flow's first. */
void ack_gaps_see(struct ack_gaps *g, uint32_t flow, const struct packet *p, int end, bool is_new);
/* The flow is over: no hole will be filled any more. */
void ack_gaps_end(struct ack_gaps *g, uint32_t flow);

void ack_gaps_count(const struct ack_gaps *g, struct ack_gap_counters *out);

#endif
