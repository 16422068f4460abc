/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eve.h - an event becomes one EVE line as Suricata 8 writes it (schema 8.0.6), so that Suricata's consumers read it unmodified.
 *
 * An encoder belongs to one eve-log output and is used by one thread. Field order is Suricata's. What Suricata has no field for lives
 * where the schema is open: alert.context, alert.metadata, traffic, metadata.flowvars, ndpi.
 */
#ifndef EVE_EVE_H
#define EVE_EVE_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/event.h"
#include "base/error.h"
#include "base/json.h"

struct eve;
struct origins;

struct eve_options {
    const struct classify_names *names; /* for the ndpi object */
    const char *sensor_name;            /* `host`; NULL or "": left out */
    const char *prefix;                 /* in front of each line; NULL or "": nothing */
    const char *const *interfaces;      /* names by observation.interface; for live captures, else NULL */
    uint32_t interface_count;
    const struct origins *origins;      /* for files: what observation.interface stands for; else NULL */
    bool name_file;                     /* pcap_filename */
    bool community_id;
    uint16_t community_id_seed;
    bool ethernet;
    bool ipv6_compress;  /* RFC 5952; false: in full, as Suricata 8 */
    bool metadata;       /* traffic and metadata objects */
    bool ndpi;           /* the ndpi object */
    uint8_t dns_version; /* 3 or 2 */
    bool dns_requests, dns_responses;
    bool stats_threads;   /* live: each worker's counters too */
    bool stats_deltas;    /* what came since the event before */
    bool stats_no_totals; /* not those of all workers together */
    bool stats_no_zeros;  /* no counters that are 0 */
    bool dtls; /* tls events for DTLS too; Suricata's are TLS over TCP only */
    bool numbered;      /* each line says in ndpi.haetae which one of this output it is */
    const char *output; /* name of the output, and of this run of the program (0: left out), for that */
    uint64_t run;
};

struct eve *eve_new(const struct eve_options *options, struct error *error);
void eve_free(struct eve *e);

/* Appends the event's line (LF included) to `out`, which the caller resets; returns how many lines, 0 when this encoder
 * leaves the event out. A line that could not be built (memory, size) is not appended and counted in eve_lost(); it has a number all the
 * same. */
uint32_t eve_encode(struct eve *e, const struct event *event, struct json *out);
/* The next line made has this number; those after it the next ones. */
void eve_number_from(struct eve *e, uint64_t number);
uint64_t eve_lost(const struct eve *e);

/* How many lines eve_encode makes of the event; any thread. */
uint32_t eve_line_count(const struct eve *e, const struct event *event);

/* All counters as members of the open object, as a stats event has them in `stats`, with `ndpi` behind. `live`: of an interface. */
void eve_counters(const struct stats *s, bool live, struct json *out);

#endif
