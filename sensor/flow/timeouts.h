/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeouts.h - which flow's time is up, and which was seen least recently: one structure answers both. Private to flow/.
 *
 * Flows of one class (protocol group and state) share one time-out, so their deadlines are ordered as their last packets are.
 * Each class has a ring of one-second slots, indexed by the second of the last packet; a slot is a list in order of arrival.
 * A packet does not move its flow: the slot is a lower bound, and a flow found in a slot older than its last packet is moved then
 * ("lazy re-insertion"), at most once per time-out or eviction. Only a change of class moves a flow at once. The rings hold
 * slab indices; nothing depends on addresses or hashes, so neither does the order in which flows end.
 */
#ifndef FLOW_TIMEOUTS_H
#define FLOW_TIMEOUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/flow.h"
#include "flow/flow_table.h"

#define TIMEOUTS_CLASSES     12u      /* 4 protocol groups x 3 flow states */
#define TIMEOUTS_SECONDS_MAX 1000000u /* longest time-out */

/* A flow whose end is near, as it was when it was noted: void once the record's id or deadline differ. */
struct timeouts_due {
    uint64_t at_ns;
    uint64_t start_ns;
    uint64_t id;
    uint32_t flow; /* slab index */
};

/* A flow that ends with all others. */
struct timeouts_last {
    uint64_t start_ns;
    uint32_t flow; /* slab index */
};

struct timeouts {
    struct flow *flows;         /* the table's slab; index 0 is nobody */
    uint32_t flow_count;        /* records of the slab; a link at or above it names a slot */
    uint32_t ring_size;         /* slots per class, a power of two greater than every time-out */
    struct flow_link *slots;    /* TIMEOUTS_CLASSES rings; all zero is empty */
    struct timeouts_due *due;   /* room for 2 * flow_count: a heap, the least (at_ns, start_ns, id) first */
    uint32_t due_count;
    uint64_t due_second;        /* the second of packet time they were noted in */
    uint64_t horizon_ns;        /* every flow due before this is noted: the end of that second */
    uint64_t next_ns;           /* nothing can be due before */
    bool stale;                 /* a flow that belongs among the due ones found no room there */
    uint64_t timeout_s[TIMEOUTS_CLASSES];
    uint64_t first_s[TIMEOUTS_CLASSES]; /* no flow of the class is in a slot of an earlier second */
    uint32_t count[TIMEOUTS_CLASSES];
};

/* False when memory cannot be reserved; then nothing is held. Memory is touched as it is used. */
bool timeouts_open(struct timeouts *t, struct flow *flows, uint32_t flow_count, const struct flow_timeouts *timeouts);
void timeouts_close(struct timeouts *t);

void timeouts_add(struct timeouts *t, uint32_t flow);
void timeouts_remove(struct timeouts *t, uint32_t flow);
/* To be called when the flow's state or last packet may have changed. Cheap when nothing did. */
void timeouts_settle(struct timeouts *t, uint32_t flow);

/* last_ns + the time-out of the flow's protocol and state. */
uint64_t timeouts_deadline(const struct timeouts *t, const struct flow *f);

/* The next flow whose time is up at `now_ns`, in order of (deadline, start, id), or 0. The caller must remove it before
 * asking again. Ask until 0. */
uint32_t timeouts_next(struct timeouts *t, uint64_t now_ns);

/*
 * The flow to give up when there is no room: the one seen least recently, to the second, among those not established as long as
 * they are more than an eighth of all; else among the established. Within a second the order of arrival in the slot decides, between
 * slots the time of what is in front. 0 when there are no flows.
 * Bounded: after 1024 flows that turn out to be fresher than their slot, the oldest of these. Flows on both sides of a jump
 * of the clock by more than the longest time-out are compared as if it had been shorter.
 */
uint32_t timeouts_oldest(struct timeouts *t);

/* All flows in order of (start, id): `*all` is valid until the next call of any function here. Returns how many. */
uint32_t timeouts_all(struct timeouts *t, uint32_t slab_used, const struct timeouts_last **all);

/* Bytes of its own memory touched at most, given the records ever used. */
size_t timeouts_memory(const struct timeouts *t);

#endif
