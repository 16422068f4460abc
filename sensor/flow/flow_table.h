/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_table.h - one worker's flows: look up, take, expire, evict. Bounded; nothing is allocated per packet.
 *
 * Expiry is at last-seen + time-out on packet time. A timing wheel of one-second slots finds idle flows; a look-up that
 * meets a flow already past its time ends it first. When the table is full the least recently seen flow that is not
 * established goes, or, when those are an eighth or less, one that is: evicted, counted, and still handed to `ended`.
 */
#ifndef FLOW_FLOW_TABLE_H
#define FLOW_FLOW_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "flow/flow.h"

/* Time-outs in seconds by protocol and state, Suricata's names (flow-timeouts). */
struct flow_timeouts {
    struct flow_timeout {
        uint32_t new_s, established_s, closed_s;
    } tcp, udp, icmp, other;
};
extern const struct flow_timeouts flow_timeouts_default; /* tcp 60/600/60, udp 30/300, icmp 30/300, other 30/300 */

struct flow_table_options {
    uint32_t flow_max; /* most flows held at once */
    struct flow_timeouts timeouts;
    bool use_vlan; /* VLAN ids are part of the key */
    /* Called for every flow that leaves the table, before its memory is reused; `evicted` only with END_FORCED. Must
     * release f->ndpi and f->dissection. */
    void (*ended)(void *arg, struct flow *f, enum end_reason reason, bool evicted);
    void *arg;
};

struct flow_counters {
    uint64_t total, active, tcp, udp, icmpv4, icmpv6, sctp, other; /* flows; active is now */
    uint64_t expired, evicted, shutdown, tcp_reuse;
    uint64_t packets, frames; /* given to flow_table_take; with all frames of fragmented ones */
    uint64_t ended_frames;    /* by the records of flows that ended */
    uint64_t bypassed;        /* of `frames`, those that flow_table_credit added */
    uint64_t saturated;       /* of these, flows whose own count stood at its limit */
    uint64_t memory_bytes; /* of the table itself, at most: records ever used, buckets, timing wheel */
};

struct flow_table;

struct flow_table *flow_table_new(const struct flow_table_options *options, struct error *error);
/* Flows still there are dropped without `ended`: call flow_table_end_all before. Takes NULL. */
void flow_table_free(struct flow_table *t);

/*
 * The flow of a packet, made if it is new; `*end` is which end sent it and `*is_new` whether this packet began it. A TCP SYN
 * on a closed flow, or with another sequence number on an established one long idle, ends the old flow (END_TCP_REUSE) and
 * begins a new one. Never NULL: a full table evicts. The pointer is good until the next call.
 */
struct flow *flow_table_take(struct flow_table *t, const struct packet *packet, int *end, bool *is_new);

/* Packets of a flow that nobody saw and somebody counted; bytes on the wire; the latest of them came at last_ns at the latest. */
struct flow_credit {
    uint64_t packets, bytes, last_ns;
};

/* Adds packets from `end` to a flow of the table. */
void flow_table_credit(struct flow_table *t, struct flow *f, int end, struct flow_credit credit);

/* Ends every flow whose time is up at `now_ns`, ordered by (end of life, start, id): the order in which the ends of
 * several workers are merged. Cheap when no second has passed. */
void flow_table_expire(struct flow_table *t, uint64_t now_ns);

/* Ends all flows (END_SHUTDOWN), ordered by (start, id). */
void flow_table_end_all(struct flow_table *t);

/* When this flow's time is up: last_ns + the time-out of its protocol and state. */
uint64_t flow_table_deadline(const struct flow_table *t, const struct flow *f);

/* The outermost packet around the flow's first one: `src` is the side of the flow's end 0. NULL outside of tunnels. Good until
 * the flow has ended. */
const struct packet_tunnel *flow_table_tunnel(const struct flow_table *t, const struct flow *f);

/* The flow's place in the table, 1 to flow_max: for what others keep beside it. */
uint32_t flow_table_index(const struct flow_table *t, const struct flow *f);

void flow_table_count(const struct flow_table *t, struct flow_counters *out);

#endif
