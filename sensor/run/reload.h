/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload.h - knowledge read anew while the sensor runs, lists of indicators and geo databases: when asked, and when a file of theirs
 * changed. It is built on a thread of its own; the analysis shows it between two observations. A list or database that cannot be read
 * is refused, and the old one stays.
 */
#ifndef RUN_RELOAD_H
#define RUN_RELOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct geo;
struct reload;

/* `watch`: files are looked at every two seconds. `geo` may be NULL, is not owned. NULL and `error` without memory. */
struct reload *reload_new(bool watch, struct geo *geo, struct error *error);
/* Waits for the builder. After the analysis thread has ended, before its detectors close. */
void reload_free(struct reload *r);

/* Reads what changed, now or as soon as what is being read is shown; `why` for the log: "SIGUSR2". Main thread, as the next. */
void reload_ask(struct reload *r, const char *why);
/* Now and then: starts and ends what is due. */
void reload_look(struct reload *r);

/* ------------------------------------------------------ what came of it; any thread */

/* A place in the queue of who asked for a reload and wants to know how it ended; before reload_ask. */
uint64_t reload_ticket(void);

enum reload_result {
    RELOAD_PENDING,
    RELOAD_DONE, /* what changed is shown; or nothing had changed */
    RELOAD_REFUSED
};
/* Of the reload that a ticket waits for; when refused `why` says the reason. */
enum reload_result reload_result(uint64_t ticket, struct error *why);

struct reload_history {
    int64_t last_s;          /* when knowledge was last read well, seconds since the epoch */
    uint64_t done, refused;  /* reloads */
    struct error refusal;    /* of the latest reload, "" when it went well */
};
void reload_history(struct reload_history *out);
/* Everything was read afresh: a run begins. Whoever waits is served. */
void reload_note_fresh(void);

#endif
