/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observer.h - builds observations: fills the head from flow and packet, keeps texts and arrays behind it, hands it on.
 *
 * One observer per worker. A record is built in scratch memory and delivered whole; it points into nothing. At most one
 * record is under way.
 *
 *     struct observation_tls *o = observer_begin(w, OBSERVE_TLS, sizeof *o, flow, packet, direction);
 *     o->version = 0x0303;
 *     o->sni = observer_text(w, sni, sni_size);
 *     observer_end(w);
 *
 * `o` stays valid through observer_text and observer_array: the scratch memory never moves.
 */
#ifndef FLOW_OBSERVER_H
#define FLOW_OBSERVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "flow/flow.h"
#include "flow/flow_table.h"

#define OBSERVATION_MAX (128u * 1024u) /* bytes of the largest record */

struct observer;

struct observer_options {
    uint32_t wanted; /* OBSERVE_BIT()s somebody wants; others are built but not delivered */
    uint8_t worker;
    const struct flow_table *flows; /* knows the tunnels of flows; NULL: only those of packets are told */
    /* Takes a finished record of `o->size` bytes; copies it. */
    void (*deliver)(void *arg, const struct observation *o);
    void *arg;
};

struct observer_counters {
    uint64_t records;   /* delivered */
    uint64_t cut_texts; /* texts or array elements left out because the record was full */
};

struct observer *observer_new(const struct observer_options *options, struct error *error);
void observer_free(struct observer *w);

/* Starts a record of `size` zeroed bytes whose first member is struct observation; the head is filled. `packet` NULL: the flow
 * ended by time-out at `observer_set_now`'s time. Never NULL. */
void *observer_begin(struct observer *w, enum observation_kind kind, size_t size, const struct flow *f, const struct packet *packet,
                     enum direction direction);
/* Copies bytes behind the record. When the record is full: an empty reference, counted. */
struct text_ref observer_text(struct observer *w, const void *bytes, size_t size);
/* Reserves an array of zeroed elements; `*items` receives its memory (NULL, count 0 when it does not fit). */
struct array_ref observer_array(struct observer *w, uint32_t count, size_t element, void **items);
/* Delivers the record. */
void observer_end(struct observer *w);

/* True when somebody wants this kind: lets a caller skip work. */
bool observer_wants(const struct observer *w, enum observation_kind kind);
/* The packet being worked on, for records without one of their own (expiry): its order and clock. */
void observer_set_now(struct observer *w, uint64_t number, uint64_t now_ns, uint8_t phase);
/* Of a flow's packets and bytes, by end, those that the kernel counted and did not hand over. */
struct flow_bypass {
    uint64_t packets[2], bytes[2];
};

/* An OBSERVE_ENDED record for `f`; `bypass` NULL: all its packets were seen. */
void observer_flow_ended(struct observer *w, const struct flow *f, enum end_reason reason, bool evicted, const struct flow_bypass *bypass);
/* OBSERVE_STARTED, OBSERVE_REPLIED, OBSERVE_CLASSIFIED or OBSERVE_LASTING: a head alone. */
void observer_flow(struct observer *w, enum observation_kind kind, const struct flow *f, const struct packet *packet,
                   enum direction direction);

void observer_count(const struct observer *w, struct observer_counters *out);

#endif
