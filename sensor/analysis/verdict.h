/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict.h - one word for a run: hits, clear, or clear but blind, and why blind. "No alerts" must never mean "nothing seen".
 */
#ifndef ANALYSIS_VERDICT_H
#define ANALYSIS_VERDICT_H

#include "analysis/stats.h"

#define VERDICT_REASONS_MAX 16
#define VERDICT_REASON_SIZE 112

enum verdict_word { VERDICT_CLEAR = 0, VERDICT_BLIND, VERDICT_HITS };

/* With VERDICT_HITS the reasons count as well: what was found may not be all. */
struct verdict {
    enum verdict_word word;
    uint32_t reason_count;
    char reason[VERDICT_REASONS_MAX][VERDICT_REASON_SIZE]; /* "35 % of TCP flows show one direction only" */
};

/* "clear", "clear-but-blind", "hits". */
const char *verdict_text(enum verdict_word word);

void verdict_of(const struct stats *s, struct verdict *out);

/* Frames that brought no packet although one was in them: everything undecoded but other protocols than IP and parts of datagrams that
 * became whole. */
uint64_t verdict_unread(const struct worker_counters *t);

#endif
