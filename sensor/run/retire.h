/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retire.h - what becomes of a capture file when it was read: noted in the journal, deleted if wished. Main thread.
 *
 * Not before every event that its packets caused was taken by every output. Flows that are still open then live on in memory, and their
 * records come when they end; when the whole run is over, nothing is open any more.
 */
#ifndef RUN_RETIRE_H
#define RUN_RETIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/inputs.h"
#include "capture/journal.h"
#include "output/output.h"

struct retire_options {
    struct inputs *inputs;   /* not owned, as all of these */
    struct journal *journal; /* NULL: none */
    bool delete;
    struct output *const *outputs; /* open as long as retire_look is called */
    uint32_t output_count;
};

struct retire {
    struct retire_options options;
    uint32_t next;      /* file to retire, by inputs_finished */
    uint32_t seen;      /* files read by the analysis, at the latest look */
    uint64_t waiting_for[STATS_OUTPUTS_MAX]; /* lines each output had been given by then */
    bool losing;        /* an output lost lines: files are kept */
};

void retire_init(struct retire *r, const struct retire_options *options);
/* `analysed` files were read and all about them was given to the outputs: retires those whose events have been written. */
void retire_look(struct retire *r, uint64_t analysed);
/* The run is over and the outputs were closed; `lost`: not everything was written. Retires the rest of what was read. */
void retire_rest(struct retire *r, bool lost);

#endif
