/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.h - what reaches the running sensor from outside, and the news that it is done: one place for the main thread to wait.
 */
#ifndef RUN_CONTROL_H
#define RUN_CONTROL_H

#include <stdbool.h>

#include "base/error.h"

enum control_event {
    CONTROL_NONE,  /* the time is up */
    CONTROL_DONE,  /* control_done was called */
    CONTROL_STOP,  /* SIGINT, SIGTERM: end the program */
    CONTROL_INTERRUPT, /* end this run */
    CONTROL_REOPEN, /* SIGHUP: the logs were rotated */
    CONTROL_RELOAD, /* SIGUSR2: lists and geo databases are to be read anew */
    CONTROL_CAPTURE /* another capture waits (--unix-socket) */
};

struct control;

/* Blocks the signals in this thread and all it will start. Before any other thread. */
struct control *control_new(struct error *error);
void control_free(struct control *c);

enum control_event control_wait(struct control *c, int wait_ms);
/* The same as a signal, or what has none; any thread. */
void control_ask(struct control *c, enum control_event wish);
/* Readable while a wish to stop or to interrupt has not been told by control_wait; for who waits for something else. */
int control_stop_fd(const struct control *c);
/* Whether CONTROL_STOP has been told. */
bool control_stopped(const struct control *c);
/* Wakes the waiting thread with CONTROL_DONE; any thread. */
void control_done(struct control *c);

#endif
