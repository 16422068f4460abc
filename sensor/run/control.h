/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.h - what reaches the running sensor from outside, and the news that it is done: one place for the main thread to wait.
 */
#ifndef RUN_CONTROL_H
#define RUN_CONTROL_H

#include "base/error.h"

enum control_event {
    CONTROL_NONE,  /* the time is up */
    CONTROL_DONE,  /* control_done was called */
    CONTROL_STOP,  /* SIGINT, SIGTERM */
    CONTROL_REOPEN, /* SIGHUP: the logs were rotated */
    CONTROL_RELOAD /* SIGUSR2: lists are to be read anew */
};

struct control;

/* Blocks the signals in this thread and all it will start. Before any other thread. */
struct control *control_new(struct error *error);
void control_free(struct control *c);

enum control_event control_wait(struct control *c, int wait_ms);
/* Readable while a SIGINT or SIGTERM has not been told by control_wait; for who waits for something else. */
int control_stop_fd(const struct control *c);
/* Wakes the waiting thread with CONTROL_DONE; any thread. */
void control_done(struct control *c);

#endif
