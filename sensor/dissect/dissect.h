/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dissect.h - payload becomes observations: which protocol a flow speaks and what its messages say.
 *
 * A dissector is of one worker and owns flow->dissection. dissect_packet finds the protocol by content (port is a hint for order
 * only), follows the TCP stream through stream.h as long as a parser wants more, and appends observations.
 */
#ifndef DISSECT_DISSECT_H
#define DISSECT_DISSECT_H

#include <stdint.h>

#include "base/error.h"
#include "flow/observer.h"

struct dissector;
struct tls_memory;

struct dissect_options {
    struct tls_memory *memory; /* outlives the dissector, and is for its thread alone. NULL: nothing is remembered */
    size_t stream_max;        /* bytes buffered per direction of a flow, default 64 KiB */
    size_t memory_max;        /* bytes buffered in all flows of this dissector, default 64 MiB */
    struct known *known;      /* outlives the dissector: what the classifier knows by what is read here. NULL: nothing */
    size_t bodies_max;        /* bytes of a body or of an end's clear text that OBSERVE_BODY tells; 0: none */
};

struct dissect_counters {
    uint64_t dns_udp, dns_tcp, tls, dtls, quic, http, http2, ftp; /* flows recognised */
    uint64_t dns_messages, tls_handshakes, quic_hellos, http_transactions, ftp_transactions;
    uint64_t malformed;       /* messages given up as broken */
    uint64_t stream_gaps;     /* holes skipped */
    uint64_t stream_overlaps; /* bytes that came twice with other content */
    uint64_t stream_limited;  /* streams let go at a bound */
    uint64_t memory_refused;  /* times the budget turned somebody down: what was asked for is missing from what is told */
    uint64_t memory_bytes;    /* buffered now */
};

struct dissector *dissector_new(const struct dissect_options *options, struct error *error);
void dissector_free(struct dissector *d);

/* Looks at one packet of a flow (after flow_update). */
void dissect_packet(struct dissector *d, struct flow *f, const struct packet *packet, int end, struct observer *w);

/* The flow is over: reports what was half seen (a hello without an answer, a request without a response), frees
 * flow->dissection. */
void dissect_end(struct dissector *d, struct flow *f, struct observer *w);

void dissect_count(const struct dissector *d, struct dissect_counters *out);

#endif
