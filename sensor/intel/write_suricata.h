/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_suricata.h - indicators as rules, datasets and IP reputation that Suricata 8 loads and that alert under our own SIDs.
 *
 * What changes with every list stands in datasets (names, addresses, URLs, with actor and report as alert context) and in the
 * reputation file (prefixes); the rules only say where to look. One SID needs several rules, for Suricata looks a name up whole: one
 * for exact names and one for each depth of names that stand for all below them. They differ in gid, which has no other meaning.
 */
#ifndef INTEL_WRITE_SURICATA_H
#define INTEL_WRITE_SURICATA_H

#include "base/error.h"
#include "intel/indicator.h"

struct suricata_options {
    const char *directory;            /* is made when it is missing */
    const struct sensor_rule *rules;  /* ends with sid 0: their SIDs, texts and severities */
    int64_t at;                       /* rows that are no longer valid then are left out */
    uint8_t least_pct, least_url_pct; /* rows of less confidence would not alert, so they are left out */
};

struct suricata_export;

/* NULL and `error`. */
struct suricata_export *suricata_export_open(const struct suricata_options *options, struct error *error);

/* False when out of room or the disk is full. */
bool suricata_export_put(struct suricata_export *e, const struct indicator *i);

/* A name of an exchange's programming interface; `service` goes into the context. */
bool suricata_export_exchange(struct suricata_export *e, const char *name, enum indicator_match match, const char *service);

struct suricata_counts {
    uint64_t taken, left_out; /* indicators */
    uint64_t rules, datasets;
};

/* Writes rules and reputation, ends. False and `error` when something could not be written. */
bool suricata_export_close(struct suricata_export *e, struct suricata_counts *counts, struct error *error);

#endif
