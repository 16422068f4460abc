/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handle.h - what a capture is inside, and the functions its two kinds share. Only for the folder capture.
 *
 * capture.c holds what both kinds do alike; files.c and live.c open, wait and read.
 */
#ifndef CAPTURE_HANDLE_H
#define CAPTURE_HANDLE_H

#include <stdatomic.h>

#include <pcap/pcap.h>

#include "capture/capture.h"

struct files;
struct live_batch;

struct capture {
    char *name;               /* as the caller gave it */
    struct files *files;     /* files only */
    pcap_t *pcap;             /* live only, as all until wake_fd */
    struct live_batch *batch;
    bool live;
    bool ended; /* it failed */
    int link_type;
    int wake_fd;          /* eventfd that ends a wait */
    atomic_bool stopping; /* set by capture_stop */
    uint64_t number;      /* frames so far, filtered ones included */
    struct capture_counters counters;
    uint32_t kernel_last[3]; /* live: latest 32-bit values of pcap_stats: received, dropped, interface dropped */
    char problem[ERROR_TEXT_MAX];
};

/* An empty capture with name and wake_fd; NULL and `error` when memory or descriptors ran out. */
struct capture *capture_new(const char *name, bool live, struct error *error);

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
void live_close(struct live_batch *batch); /* takes NULL */
void live_count(struct capture *c);

#endif
