/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture_queue.h - captures that clients of the control socket want read (--unix-socket), one after the other, each with a directory
 * for its events. The control thread adds, the main thread takes.
 */
#ifndef RUN_CAPTURE_QUEUE_H
#define RUN_CAPTURE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CAPTURE_QUEUE_MAX 4096

struct capture_order {
    char *path;      /* a file, or a directory of them */
    char *directory; /* for the events */
    bool continuous; /* watch the directory */
    bool delete_read;
};

struct capture_queue;

struct capture_queue *capture_queue_new(struct error *error);
void capture_queue_free(struct capture_queue *q);

/* Adds one; texts are copied. False and `error` when the queue is full or memory short. */
bool capture_queue_add(struct capture_queue *q, const struct capture_order *order, struct error *error);
/* The next one, which is then the current one; false when none waits. The texts are good until capture_queue_done. */
bool capture_queue_take(struct capture_queue *q, struct capture_order *out);
/* The current one was read, well or not. */
void capture_queue_done(struct capture_queue *q);

size_t capture_queue_count(struct capture_queue *q);
/* Calls `tell` with the path of each that waits, first to last. */
void capture_queue_each(struct capture_queue *q, void (*tell)(void *arg, const char *path), void *arg);
/* The path of the current one into `out`[size]; false when there is none. */
bool capture_queue_current(struct capture_queue *q, char *out, size_t size);
/* When the file that was read last was last written, milliseconds since the epoch; 0 when none was read. */
uint64_t capture_queue_last_ms(struct capture_queue *q);

#endif
