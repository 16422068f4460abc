/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threshold.h - holds back repeats: at most `limit` alerts per window for one (rule, internal host, fact). Suricata's "type limit".
 *
 * Windows run on packet time and begin with the first sighting. What is held back is counted and told with the next alert.
 */
#ifndef ANALYSIS_THRESHOLD_H
#define ANALYSIS_THRESHOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor_plugin.h"

struct thresholds;

struct thresholds *thresholds_new(void);
void thresholds_free(struct thresholds *t);

/* May this sighting on `host` become an alert now? On true *held_back is how many of the same fact were held back since the last
 * alert of it. */
bool thresholds_allow(struct thresholds *t, const struct sighting *s, const struct address *host, uint64_t now_ns,
                      uint64_t *held_back);

/* Facts remembered, and facts forgotten early because their set was full (they may alert again too soon). */
uint64_t thresholds_count(const struct thresholds *t);
uint64_t thresholds_lost(const struct thresholds *t);

#endif
