/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.h - the workers' observations in one total order: (order, phase, time, start of the flow, flow id), then as each
 * worker sent them.
 *
 * A record may be taken when every ring shows its next record or is finished, so the result does not depend on timing. Workers
 * with nothing to say send OBSERVE_PROGRESS.
 */
#ifndef ANALYSIS_MERGE_H
#define ANALYSIS_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ring.h"
#include "sensor_plugin.h"

#define MERGE_RINGS_MAX 64

struct merge {
    struct ring *ring[MERGE_RINGS_MAX];
    struct observation *head[MERGE_RINGS_MAX]; /* next record of each ring, NULL when not yet there */
    uint32_t count;
    int taken; /* ring of the record handed out, -1 for none */
};

void merge_init(struct merge *m, struct ring *const *rings, uint32_t count);

/* The next record in order; valid, and the caller's to write to, until the next call. NULL when some ring showed nothing
 * within `wait_ms`, or when all have finished (merge_finished). */
struct observation *merge_next(struct merge *m, int wait_ms);
bool merge_finished(struct merge *m);

#endif
