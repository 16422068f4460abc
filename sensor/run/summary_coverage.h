/* SPDX-License-Identifier: Apache-2.0 */
/*
 * summary_coverage.h - the part of the summary that says what could not be seen: an exact account of frames, then shares.
 */
#ifndef RUN_SUMMARY_COVERAGE_H
#define RUN_SUMMARY_COVERAGE_H

#include <stdio.h>

#include "analysis/verdict.h"

#define SUMMARY_NUMBER_MAX 32

/* 1,234,567 into `out`[SUMMARY_NUMBER_MAX]; returns out. */
const char *summary_number(uint64_t n, char *out);

/* received = decoded + duplicates + filtered + not read, and by which reason; then what the traffic itself hides. */
void summary_account(const struct stats *all, FILE *out);

#endif
