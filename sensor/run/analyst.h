/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyst.h - the analysis thread: takes the workers' observations in order, lets the analysis see them, gives events to every sink.
 */
#ifndef RUN_ANALYST_H
#define RUN_ANALYST_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/analysis.h"
#include "analysis/merge.h"
#include "base/error.h"
#include "eve/eve.h"
#include "output/output.h"
#include "run/board.h"
#include "run/summary.h"

#define ANALYST_SINKS_MAX STATS_OUTPUTS_MAX

/* One eve-log: which types it wants, its encoders, its output. The analyst owns none of them. */
struct analyst_sink {
    uint32_t events;    /* EVENT_BIT()s */
    struct eve *eve;    /* for alerts and stats, here */
    struct eve *record; /* for all else, on the output's thread */
    struct output *output;
};

struct analyst_options {
    struct ring *const *rings; /* one per worker */
    uint32_t worker_count;
    bool live;
    struct interface *const *interfaces; /* live: in the order of the workers, each with its threads */
    uint32_t interface_count;
    struct analyst_sink sink[ANALYST_SINKS_MAX];
    uint32_t sink_count;
    struct summary *summary; /* NULL: none */
    struct board *board;     /* NULL: none */
    uint32_t stats_interval_s; /* live: between two stats events */
};

struct analyst;

/* `analysis` carries everything but events, emit and arg, which the analyst fills. NULL and `error` when a detector refuses. */
struct analyst *analyst_new(const struct analyst_options *options, struct analysis_options *analysis, struct error *error);
void analyst_free(struct analyst *a);

/* OBSERVE_BIT()s the workers should send. */
uint32_t analyst_wants(const struct analyst *a);

/* The thread's body: runs until every ring is finished. `arg` is the analyst. */
void *analyst_run(void *arg);

/* How many capture files all workers have read of which everything was given to the outputs; any thread. */
uint64_t analyst_files_read(const struct analyst *a);

/* After the thread was joined: the final counters. */
const struct stats *analyst_stats(const struct analyst *a);

#endif
