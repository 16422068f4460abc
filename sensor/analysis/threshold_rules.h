/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threshold_rules.h - what the operator says about single rules, in the syntax of Suricata's threshold.config:
 *
 *     suppress gen_id 1, sig_id 1790300, track by_src, ip [10.0.0.53,10.1.0.0/16]
 *     threshold gen_id 1, sig_id 1790103, type both, track by_src, count 20, seconds 60
 *
 * Beside Suricata's words: `indicator VALUE`, `role WORD`, `until=2027-03-31`, `reason="..."`, and the tracks by_host (the internal
 * end that the alert is about) and TRACK+indicator. A `sig_id` of 0 means every rule; a line with a sig_id goes before it.
 */
#ifndef ANALYSIS_THRESHOLD_RULES_H
#define ANALYSIS_THRESHOLD_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/error.h"

enum threshold_type {
    THRESHOLD_LIMIT = 0, /* the first `count` of each window */
    THRESHOLD_EVERY,     /* each `count`-th within a window; Suricata's "type threshold" */
    THRESHOLD_BOTH,      /* the `count`-th of each window, once */
    THRESHOLD_BACKOFF,   /* by_flow: the count-th, then each `multiplier` times as many */
    THRESHOLD_SUPPRESS
};

enum threshold_track {
    TRACK_RULE = 0, /* one window for all */
    TRACK_SRC,      /* the alert's src_ip as it is written; with suppress: either of the alert's two addresses for TRACK_BOTH */
    TRACK_DST,
    TRACK_BOTH,
    TRACK_FLOW,
    TRACK_HOST      /* the internal end the alert is about */
};

/* One line of the file. */
struct threshold_rule {
    uint32_t line;
    enum threshold_type type;
    uint32_t sid; /* 0: every rule */
    uint8_t track; /* enum threshold_track */
    bool with_indicator;
    uint32_t count, seconds, multiplier;
    struct addr_set *ip; /* suppress: NULL for any; owned */
    char *indicator;     /* NULL: any; owned */
    char *role;          /* NULL: any; owned */
    char *reason;        /* NULL; owned */
    uint64_t over_ns;    /* first moment it does not hold any more; UINT64_MAX: never */
    uint64_t hits;       /* how often it was used */
};

struct threshold_rules {
    char *name; /* of the file; owned */
    struct threshold_rule *rule;
    size_t count;
};

/* Reads a file's text; `names` resolves $HOME_NET and its like. NULL and `error` ("file:line: what; what to do") on the first thing
 * wrong. */
struct threshold_rules *threshold_rules_parse(const char *name, const char *text,
                                              const char *(*names)(const char *name, void *arg), void *arg, struct error *error);
void threshold_rules_free(struct threshold_rules *r);

/* How many suppress lines say no reason. */
size_t threshold_rules_unreasoned(const struct threshold_rules *r);

#endif
