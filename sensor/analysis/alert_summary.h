/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alert_summary.h - the alert that is written when a window closes: how often the same thing happened again.
 *
 * It is an event of type alert, since EVE knows no other place for it, under a SID of its own: counting alerts of a rule counts
 * windows, and adding the `count` of its summaries gives all sightings.
 */
#ifndef ANALYSIS_ALERT_SUMMARY_H
#define ANALYSIS_ALERT_SUMMARY_H

#include "analysis/threshold.h"

/* Fewer repeats are not worth a line: only the counters and the run's summary tell of them. */
#define ALERT_SUMMARY_LEAST 2

/* The rules the core itself has; ends with sid 0. */
extern const struct sensor_rule alert_summary_rules[];

/* Builds the sighting and the observation it is about and hands both to `emit`. */
void alert_summary_build(const struct threshold_repeats *repeats, uint64_t now_ns,
                         void (*emit)(void *arg, const struct observation *o, const struct sighting *s), void *arg);

#endif
