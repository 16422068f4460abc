/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job_run.h - the job that haetae is for: captures or interfaces read from start to end, with outputs, control and sandbox around them.
 */
#ifndef RUN_JOB_RUN_H
#define RUN_JOB_RUN_H

#include "run/command_line.h"
#include "run/settings.h"

/* Of the process; haetae(1) says what each means. */
enum exit_status {
    EXIT_ALL_READ = 0,
    EXIT_NO_START = 1,
    EXIT_USAGE = 2,
    EXIT_DAMAGED = 3,
    EXIT_EVENTS_LOST = 4,
    EXIT_HITS = 5,
    EXIT_BLIND = 6,
    EXIT_STUCK = 7,
    EXIT_UNBALANCED = 8
};

/* Runs until everything was read or somebody asked to end; errors are logged. */
enum exit_status job_run(const struct command_line *line, struct settings *settings);

#endif
