/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload.h - lists read anew while the sensor runs: when asked, and when a file of theirs changed. They are built on a thread of their
 * own; the analysis shows them between two observations. Everything here is for the main thread.
 */
#ifndef RUN_RELOAD_H
#define RUN_RELOAD_H

#include <stdbool.h>

#include "base/error.h"

struct reload;

/* `watch`: files are looked at every two seconds. NULL and `error` without memory. */
struct reload *reload_new(bool watch, struct error *error);
/* Waits for the builder. After the analysis thread has ended, before its detectors close. */
void reload_free(struct reload *r);

/* Reads what changed, now or as soon as what is being read is shown; `why` for the log: "SIGUSR2". */
void reload_ask(struct reload *r, const char *why);
/* Now and then: starts and ends what is due. */
void reload_look(struct reload *r);

#endif
