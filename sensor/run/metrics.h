/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.h - counters for Prometheus over HTTP on a loopback address: GET /metrics in the text format 0.0.4, GET /health as JSON with status
 * 200 or, when it is red, 503. Both come from the board; nothing here touches the way of packets.
 */
#ifndef RUN_METRICS_H
#define RUN_METRICS_H

#include <stdint.h>

#include "base/error.h"
#include "run/board.h"
#include "run/settings.h"

struct metrics;

/* Binds the configured address and port and listens; no thread yet. NULL and `error`: no loopback address, or taken. */
struct metrics *metrics_open(const struct settings *settings, struct interface *const *interfaces, struct board *board,
                             struct error *error);
/* Starts to answer, on a thread of libmicrohttpd. */
bool metrics_start(struct metrics *m, struct error *error);
void metrics_free(struct metrics *m);

uint16_t metrics_port(const struct metrics *m);

/* Where a scrape takes its figures. */
struct metrics_source {
    const struct board_view *view; /* NULL: no counters yet */
    struct interface *const *interfaces;
    uint32_t interface_count;
    int64_t list_age_max_s; /* health.list-age */
    int proc;               /* /proc/self opened, or -1 */
};

/* The text of a scrape; the caller frees it. NULL without memory. */
char *metrics_text(const struct metrics_source *from, size_t *size);

#endif
