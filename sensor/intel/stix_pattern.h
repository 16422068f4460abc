/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stix_pattern.h - what a STIX 2.1 pattern (STIX 2.1, section 9) says that a packet can show.
 *
 * Alternatives (OR, IN) give an indicator each. Conditions that must hold together (AND, FOLLOWEDBY) are used only where they reduce
 * to one indicator, such as an address and its port; everything else is named in `unsaid`. Nothing is ever matched by a regular
 * expression. Time and memory are linear in the pattern's size.
 */
#ifndef INTEL_STIX_PATTERN_H
#define INTEL_STIX_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "intel/indicator.h"

#define STIX_PATTERN_MAX 65536 /* bytes */
#define STIX_TERMS_MAX   2048
#define STIX_UNSAID_MAX  8
#define STIX_REASON_MAX  96

struct stix_term {
    enum indicator_type type; /* NONE: an address or a name, by its text */
    enum indicator_match match;
    const char *value; /* as the pattern has it */
    uint16_t ports[INDICATOR_PORTS_MAX];
    uint8_t port_count;
};

struct stix_pattern {
    struct stix_term *terms;
    size_t term_count, term_room;
    char unsaid[STIX_UNSAID_MAX][STIX_REASON_MAX]; /* why a part gave nothing; further parts beyond the bound are only dropped */
    size_t unsaid_count;
    char *texts; /* holds the terms' values */
};

/* False when `text` is no pattern; `why` then says what to do. Free in either case. */
bool stix_pattern_parse(const char *text, struct stix_pattern *out, const char **why);
void stix_pattern_free(struct stix_pattern *p);

#endif
