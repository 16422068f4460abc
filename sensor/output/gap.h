/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gap.h - what was lost since a sink was last told: how much, of what, from when to when and why; and the record that tells it.
 *
 * The record is an EVE event of type `anomaly` (type "unknown", event "output_gap"); Suricata's schema has no better place. Its facts
 * stand in the object ndpi.haetae, which is open.
 */
#ifndef OUTPUT_GAP_H
#define OUTPUT_GAP_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/event.h"
#include "base/json.h"

/* A plain value: may be copied as bytes. All zero: nothing was lost. */
struct gap {
    uint64_t lines;
    uint64_t by_reason[DROP_REASON_COUNT];
    uint64_t by_type[EVENT_TYPE_COUNT];
    uint64_t since_ns, until_ns;           /* times of the first and the last event lost */
    uint64_t first_sequence, last_sequence; /* lowest and highest number lost; all of `lines` lie between, not all between are lost */
};

/* Lines of one event: numbers `sequence` to sequence + count - 1. */
struct line_facts {
    uint64_t sequence;
    uint64_t time_ns; /* of the event */
    uint32_t count;
    enum event_type type;
};

void gap_add(struct gap *g, const struct line_facts *lost, enum drop_reason reason);
/* Adds another gap to `g`. */
void gap_merge(struct gap *g, const struct gap *other);

/* Who writes a gap record. Texts are not owned. */
struct gap_author {
    const char *output; /* name of the sink in the configuration */
    const char *host;   /* sensor-name, "" for none */
    const char *prefix; /* in front of each line */
    uint64_t run;       /* number of this run of the program; 0: left out */
};

/* Appends the record's line, LF included, to `out`; its time is that of the last event lost. False without memory. */
bool gap_write(const struct gap *g, const struct gap_author *author, struct json *out);

#endif
