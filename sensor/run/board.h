/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board.h - the latest counters of the run, for whoever asks from outside: the control socket, the metrics. The analysis pins them up
 * when the workers have reported, and never waits for a reader: while one reads it goes on without, and pins up the next.
 */
#ifndef RUN_BOARD_H
#define RUN_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/merge.h"
#include "analysis/stats.h"
#include "base/error.h"

struct board;

struct board_view {
    struct stats stats;
    struct worker_counters worker[MERGE_RINGS_MAX]; /* stats.workers of them */
    bool live;                                      /* of interfaces */
    uint64_t posted_ns;                             /* monotonic time */
};

struct board *board_new(struct error *error);
void board_free(struct board *b);

/* Pins up; the analysis thread. Takes NULL. `worker`: one per stats->workers. */
void board_post(struct board *b, const struct stats *stats, const struct worker_counters *worker, bool live);
/* Takes it down, for what it points into goes away. Waits for a reader, who is quick. */
void board_clear(struct board *b);

/* What is pinned up, until board_release(); NULL when there is nothing, and then there is nothing to release. Any thread but the
 * analysis; only formatting in between. */
const struct board_view *board_hold(struct board *b);
void board_release(struct board *b);

#endif
