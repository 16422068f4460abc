/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coverage.h - how much of the traffic could be judged at all: directions, names, address space. Facts from observations, on the
 * analysis thread; verdict.h makes a word of them.
 */
#ifndef ANALYSIS_COVERAGE_H
#define ANALYSIS_COVERAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/error.h"
#include "sensor_plugin.h"

#define COVERAGE_PREFIXES_MAX 64 /* parts of HOME_NET that are watched for */

/* A part of HOME_NET as configured. */
struct coverage_prefix {
    char *text;
    struct addr_set *set;
};

struct coverage_counters {
    uint64_t flows, home_flows;                  /* ended; with an end in HOME_NET */
    uint64_t bytes, outside_bytes, inside_bytes; /* of ended flows; between two outside or two inside ends */
    uint64_t truncated_flows;                    /* with a packet that the snap length cut */
    uint64_t tcp_flows, one_sided;               /* TCP with an acknowledgement; the end that is acknowledged was not seen */
    uint64_t split_pairs;                        /* one-sided flows whose other side came with another stack of VLAN ids */
    uint64_t hellos, nameless, ech;              /* ClientHellos of TLS, DTLS, QUIC; without a server name; with a hidden one */
    uint64_t prefixes, prefixes_seen;            /* watched parts of HOME_NET: how many; bit i: traffic of part i was seen */
};

struct coverage;

/* `prefix`[count] is not owned; only the first COVERAGE_PREFIXES_MAX count. */
struct coverage *coverage_new(const struct coverage_prefix *prefix, size_t count, struct error *error);
void coverage_free(struct coverage *c); /* takes NULL */
void coverage_see(struct coverage *c, const struct observation *o);
void coverage_count(const struct coverage *c, struct coverage_counters *out);
/* total += one; of the parts of HOME_NET the caller decides. */
void coverage_add(struct coverage_counters *total, const struct coverage_counters *one);

#endif
