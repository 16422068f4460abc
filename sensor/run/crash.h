/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crash.h - what becomes of the others when one thread crashes: they finish what they have, for half a second, and what is left is
 * counted. All of it runs in the thread that crashed, inside its signal handler, and only reads and stores atomics of the rest.
 */
#ifndef RUN_CRASH_H
#define RUN_CRASH_H

#include "base/ring.h"
#include "output/output.h"
#include "run/worker.h"

struct crash_scene {
    struct ring *const *rings;
    struct worker *const *workers;
    uint32_t worker_count;
    struct output *const *outputs;
    uint32_t output_count;
};

/* From now on; the scene lives until crash_unwatch(). Main thread. */
void crash_watch(const struct crash_scene *scene);
void crash_unwatch(void);

#endif
