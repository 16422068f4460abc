/* SPDX-License-Identifier: Apache-2.0 */
/*
 * classify.h - nDPI, behind one door: classify.c, library_tls.c and library_speed.c are the only files that include it and know its version.
 *
 * A classifier belongs to one worker (an nDPI module must not be shared between threads). It owns flow->ndpi: allocated with the
 * library's own size, freed the moment nDPI wants no more. Numeric ids mean something only to the running library; names
 * come from classify_names.
 *
 * A flow's answer depends on its own packets alone: what nDPI would remember from other flows is switched off. CLASS_DETECTED
 * rests on payload of this flow; everything else that has a name is CLASS_GUESSED.
 */
#ifndef FLOW_CLASSIFY_H
#define FLOW_CLASSIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "flow/flow.h"

struct classifier;
struct known;

struct classify_options {
    uint32_t packets_max; /* packets of a flow shown to nDPI at most, 1..255 (default 32) */
    uint32_t wait_s;      /* seconds of packet time that a flow with a name is shown more (certificates, answers); 0: 10 */
    uint64_t memory_max;  /* bytes, about, that the library may hold of TCP flows it is not done with; 0: 512 MiB */
    bool early_stop;      /* do not show the library what cannot change its answer: see classifier.c */
    struct classify_names *names; /* lends its nDPI module to one classifier at a time, which saves 15 ms; outlives it. May be NULL */
};

struct classify_counters {
    uint64_t packets;                    /* shown to nDPI */
    uint64_t detected, guessed, unknown; /* flows by how they ended */
    uint64_t live;                       /* nDPI flow structs held now */
    uint64_t limited;                    /* flows that had to be named from what was seen because of memory_max */
};

struct classify_names;

/* Checks that the headers compiled against and the library found at run time agree (API version and flow struct size), else
 * a clear error. Not in parallel with another classifier_new. */
struct classifier *classifier_new(const struct classify_options *options, struct error *error);
void classifier_free(struct classifier *c);

/* For the dissector of the same worker, which sees each packet after this: with it, what begins like TLS or QUIC is left to its facts
 * (known.h). `*known` belongs to the classifier; NULL without early_stop, or when nDPI is a release whose rules are not known. False
 * and `error` when memory is short. */
bool classifier_know(struct classifier *c, struct known **known, struct error *error);

/* The clock of all frames, before each of them: it is the same in every worker of a file, so what a flow is shown depends on no other
 * flow. It only moves forward. Also wins memory back from flows that have a name and fell silent. */
void classify_set_now(struct classifier *c, uint64_t now_ns);

/*
 * Shows one packet of a flow. Updates flow->class and, when still unknown, flow->app_proto. Returns true at most once per
 * flow, when this packet settled the matter or found it settled by time (the caller may observe OBSERVE_CLASSIFIED). Cheap
 * when nDPI is done with the flow. TCP before the first payload is not shown: it holds no memory here.
 */
bool classify_packet(struct classifier *c, struct flow *f, const struct packet *packet, int end);

/* The flow is over: lets nDPI give its last word (short flows, and connections without data, are not "Unknown") and frees
 * flow->ndpi. Returns true when flow->class changed. A guess by port or address ends as CLASS_GUESSED. Must be called for every
 * flow that classify_packet has seen, before its memory is reused. */
bool classify_end(struct classifier *c, struct flow *f);

void classify_count(const struct classifier *c, struct classify_counters *out);

/* Texts of the running library, copied once: immutable, any thread, valid until classify_names_free. */
struct classify_names *classify_names_new(struct error *error);
void classify_names_free(struct classify_names *n);
const char *classify_protocol(const struct classify_names *n, uint16_t id);        /* "TLS", "Unknown" */
const char *classify_category(const struct classify_names *n, uint16_t id);        /* "Web" */
const char *classify_breed(const struct classify_names *n, uint8_t id);            /* "Safe" */
const char *classify_confidence(const struct classify_names *n, uint8_t id);       /* "DPI" */
const char *classify_risk(const struct classify_names *n, unsigned risk);          /* "Known protocol on non standard port" */
const char *classify_risk_severity(const struct classify_names *n, unsigned risk); /* "Medium" */
/* "4.2.0 (API 8668)" */
const char *classify_version(const struct classify_names *n);

#endif
