/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - passive DNS: which names the outside ends of flows have, from what flows say of themselves and from the DNS answers
 * that internal hosts got.
 *
 * Two bounded tables hold what was resolved: (client, address) -> names, and address -> names for the whole network. Only an
 * answer whose id, question, client and port match a question that passed here makes a link. An answer whose question cannot
 * have passed (a capture of one direction) is kept apart, marked unsolicited, and never takes the place of another; all
 * others are dropped and counted. Only records that the question's own CNAME/DNAME chain leads to count.
 *
 * A link holds for TTL and grace, one day at most. Questions about a flow are answered as of its start, so they give the same
 * however late they are asked. RFC 1035, 6672 (DNAME), 9460 (HTTPS, SVCB), 6052 (NAT64).
 */
#ifndef ANALYSIS_NAMES_H
#define ANALYSIS_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "sensor_plugin.h"

#define NAMES_OF_CLIENT_MAX 8u  /* of one (client, address) */
#define NAMES_OF_ADDRESS_MAX 32u
#define NAMES_QUESTIONS 65536u
#define NAMES_FLOWS 262144u

struct names;

struct names_options {
    uint32_t most;     /* (client, address) pairs; a quarter as many addresses, twice as many names */
    uint32_t questions; /* that wait for their answer; 0: NAMES_QUESTIONS */
    uint32_t flows;    /* with a name of their own; 0: NAMES_FLOWS */
    uint64_t grace_ns; /* how long a link outlives its TTL */
    const struct sensor_host *host; /* keeps the state; NULL: nowhere */
};

struct names_counters {
    uint64_t answers;          /* that made links */
    uint64_t unsolicited;      /* answers without their question */
    uint64_t pairs, addresses; /* held now */
    uint64_t pairs_evicted, addresses_evicted;
    uint64_t questions;         /* awaited now */
    uint64_t questions_evicted; /* not awaited any more, because too many were */
    uint64_t flows, flows_evicted; /* whose own names are remembered, and were forgotten because too many were */
    uint64_t replaced;          /* names that gave way on an address with too many */
    uint64_t words, words_refused;
};

/* Goes on with the links that were kept, if there are any. NULL and `error` without memory. */
struct names *names_new(const struct names_options *options, struct error *error);
/* Keeps the links. */
void names_free(struct names *n);
/* Keeps them too, once an hour of packet time at most; cheap to call often. */
void names_keep(struct names *n, uint64_t now_ns);

/* OBSERVE_BIT()s it learns from. */
uint32_t names_wants(void);
/* Learns from an observation; its internal marks are set. */
void names_see(struct names *n, const struct observation *o);
/* The flow is over: what it said of itself is forgotten. */
void names_end(struct names *n, const struct observation *o);

/* See name_of in sensor_plugin.h. */
bool names_of(struct names *n, const struct observation *o, size_t i, struct sensor_name *out);

/* See registered_domain in sensor_plugin.h. */
struct slice names_domain_of(struct slice name);

void names_count(const struct names *n, struct names_counters *out);

#endif
