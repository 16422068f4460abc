/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threshold.h - which sightings become alerts: suppressions, then windows that hold repeats back, and what is told of those when
 * a window closes.
 *
 * A sighting brings its own bound (`limit` per `window_s` for one rule, internal host and fact: Suricata's "type limit"); a line of
 * the threshold file for its rule takes that bound's place. Windows run on packet time and begin with the first sighting. Every
 * sighting is counted once: alert, held back, or suppressed.
 */
#ifndef ANALYSIS_THRESHOLD_H
#define ANALYSIS_THRESHOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/roles.h"
#include "analysis/threshold_rules.h"
#include "sensor_plugin.h"

#define THRESHOLD_FACTS     65536u
#define THRESHOLD_PORTS_MAX 8u
#define THRESHOLD_TEXT_MAX  161u

struct thresholds;

/* What was held back in one window of one fact. */
struct threshold_repeats {
    const struct sensor_rule *rule;
    struct observation head;            /* of the last one; its own kind's fields are not there */
    uint8_t target_is_server;           /* as in the sighting */
    char signature[THRESHOLD_TEXT_MAX]; /* the alert's */
    char value[THRESHOLD_TEXT_MAX];     /* its matched_value, or what makes it the same fact; may be empty, any bytes but NUL */
    uint64_t count, first_ns, last_ns;
    uint64_t bytes;                     /* of the flows in question, as of their last sighting */
    uint64_t flow_bytes;                /* of the last flow; part of `bytes` */
    uint16_t port[THRESHOLD_PORTS_MAX]; /* server ports, in the order seen */
    uint8_t port_count;
};

struct threshold_options {
    uint32_t most;                 /* facts remembered; 0: THRESHOLD_FACTS */
    struct threshold_rules *rules; /* NULL: none; their hits are counted */
    const struct roles *roles;     /* NULL: none */
    const struct sensor_host *host; /* keeps the state; NULL: nowhere */
    /* Called when a window closes that held something back; NULL: told with the next alert instead. */
    void (*closed)(void *arg, const struct threshold_repeats *repeats, uint64_t now_ns);
    void *arg;
};

enum threshold_verdict { THRESHOLD_ALERT = 0, THRESHOLD_HELD_BACK, THRESHOLD_SUPPRESSED };

/* Goes on with the windows that were kept, if there are any. NULL without memory. */
struct thresholds *thresholds_new(const struct threshold_options *options);
/* What is still held back is not told: thresholds_close_all does. */
void thresholds_free(struct thresholds *t);

/* What becomes of a sighting at o->time_ns. On an alert *held_back is how many of the same fact were held back since the last alert
 * of it and not told otherwise. */
enum threshold_verdict thresholds_judge(struct thresholds *t, const struct observation *o, const struct sighting *s,
                                        uint64_t *held_back);

/* Closes windows whose time is over; cheap to call often. */
void thresholds_tick(struct thresholds *t, uint64_t now_ns);
/* Tells all that is held back, and keeps the windows for the next run: no sighting will come any more. */
void thresholds_close_all(struct thresholds *t, uint64_t now_ns);

/* Facts remembered, and facts forgotten early because too many were (they may alert again too soon). */
uint64_t thresholds_count(const struct thresholds *t);
uint64_t thresholds_lost(const struct thresholds *t);

#endif
