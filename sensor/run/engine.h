/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.h - one run from open to end: workers, rings, the analyst, their threads. The sinks outlive it.
 */
#ifndef RUN_ENGINE_H
#define RUN_ENGINE_H

#include "base/error.h"
#include "capture/inputs.h"
#include "capture/spool.h"
#include "output/output.h"
#include "run/board.h"
#include "run/control.h"
#include "run/retire.h"
#include "run/settings.h"
#include "run/summary.h"

struct engine_options {
    const struct settings *settings;
    struct output *const *outputs; /* one per settings->log */
    struct control *control;
    struct summary *summary;
    struct board *board;   /* NULL: nobody asks for counters while it runs */
    struct inputs *inputs; /* capture files, not owned; NULL: the interfaces */
    uint32_t workers;      /* for files: readers of `inputs` */
    struct interface *const *interfaces; /* to watch, as settings->live lists them; not owned */
    struct spool *spool;   /* NULL, or adds to `inputs` while they are read */
    struct retire *retire; /* NULL: files stay as they are */
    const char *bpf;    /* NULL: none */
    bool (*opened)(void *arg, struct error *error); /* NULL, or called when the captures are open */
    bool (*ready)(void *arg, struct error *error);  /* NULL, or called when everything is open and no packet was read */
    void *arg;
    bool show_progress; /* a bar on standard error */
    bool *unbalanced;   /* NULL, or set when an account did not add up: analysis/accounts.h */
};

enum engine_result {
    ENGINE_DONE,    /* all of it was read */
    ENGINE_DAMAGED, /* a file broke, or an interface cannot be watched any more; what came before is in the events */
    ENGINE_STOPPED, /* a signal asked to stop; flows were ended and written */
    ENGINE_STUCK,   /* asked to stop, and a thread did not move any more: nothing may be freed */
    ENGINE_FAILED   /* could not start: see error */
};

/* Whether these inputs can be read by several workers: each reads every file, and what comes out of a pipe comes once. */
bool engine_can_share(struct inputs *inputs);

enum engine_result engine_run(const struct engine_options *options, struct error *error);

#endif
