/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handle.h - what a capture is inside, and the functions its two kinds share. Only for the folder capture.
 *
 * capture.c holds what both kinds do alike; files.c and live.c open, wait and read.
 */
#ifndef CAPTURE_HANDLE_H
#define CAPTURE_HANDLE_H

#include <stdatomic.h>

#include "capture/capture.h"

struct files;
struct live;

struct capture {
    char *name;               /* as the caller gave it */
    struct files *files;      /* files only */
    struct live *live;        /* an interface only */
    bool ended;               /* it failed */
    int wake_fd;              /* eventfd that ends a wait */
    atomic_bool stopping;     /* set by capture_stop */
    uint64_t number;          /* frames so far, filtered ones included */
    struct capture_counters counters;
    char problem[ERROR_TEXT_MAX];
};

/* An empty capture with name and wake_fd; NULL and `error` when memory or descriptors ran out. */
struct capture *capture_new(const char *name, struct error *error);

/* Whether capture_stop was called. */
static inline bool capture_is_stopping(struct capture *c)
{
    return atomic_load_explicit(&c->stopping, memory_order_relaxed); /* pairs with capture_stop; orders nothing else */
}

enum capture_result files_next(struct capture *c, struct frame *frame);
void files_close(struct files *s); /* takes NULL */
uint64_t files_finished(const struct capture *c);
double files_progress(const struct capture *c);

enum capture_result live_next(struct capture *c, struct frame *frame);
void live_close(struct live *l); /* takes NULL */
void live_count(struct capture *c);
void live_settle(struct capture *c); /* as live_count, with what was bypassed */
uint64_t live_quiet(const struct capture *c);
bool live_wants_bypass(const struct live *l);
struct bypass *live_bypass(const struct live *l);
void live_tell_checksums(struct capture *c, uint64_t bad);

#endif
