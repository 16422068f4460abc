/* SPDX-License-Identifier: Apache-2.0 */
/*
 * summary.h - what a person wants to know when a run is over, on stderr: alerts grouped by host, traffic, what was not understood
 * and why, where the events are. Collected on the analysis thread, printed by the main thread after it has ended.
 */
#ifndef RUN_SUMMARY_H
#define RUN_SUMMARY_H

#include <stdbool.h>
#include <stdio.h>

#include "analysis/event.h"
#include "analysis/verdict.h"

struct summary;

struct summary *summary_new(void); /* NULL when memory is short */
void summary_free(struct summary *s);

/* Begins a capture: the alerts that follow belong to it. `name` is copied. Some thousands are listed with their alerts; the totals
 * know all. */
void summary_begin(struct summary *s, const char *name);
/* Remembers an alert; at most some thousand different ones, the rest is counted. */
void summary_alert(struct summary *s, const struct event *e);
/* The present capture is made of `count` files. */
void summary_files(struct summary *s, uint32_t count);
/* Ends a capture; `problem` (may be NULL) says how it broke. Adds its counters. */
void summary_end(struct summary *s, const struct stats *stats, const char *problem);

/* What it all comes to; after summary_end. */
void summary_verdict(const struct summary *s, struct verdict *out);

struct summary_closing {
    const struct output_counters *output; /* of the sinks */
    const char *const *output_path;       /* where the events of each are */
    uint32_t output_count;
    const char *notes; /* e.g. "no geo database: ..."; "" for none */
};

/* Prints it; colour and a little more only when `out` is a terminal. */
void summary_print(const struct summary *s, const struct summary_closing *closing, FILE *out);

#endif
