/* SPDX-License-Identifier: Apache-2.0 */
/* board.c - see board.h: one view behind a lock that the analysis only tries. */
#include "run/board.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct board {
    pthread_mutex_t lock;
    bool posted;
    struct board_view view;
};

struct board *board_new(struct error *error)
{
    struct board *b = calloc(1, sizeof *b);
    if (b)
        pthread_mutex_init(&b->lock, NULL);
    else
        error_set(error, "out of memory");
    return b;
}

void board_free(struct board *b)
{
    if (!b)
        return;
    pthread_mutex_destroy(&b->lock);
    free(b);
}

void board_post(struct board *b, const struct stats *stats, const struct worker_counters *worker, bool live)
{
    if (!b || pthread_mutex_trylock(&b->lock) != 0)
        return;
    b->view.stats = *stats;
    memcpy(b->view.worker, worker, stats->workers * sizeof *worker);
    b->view.stats.worker = b->view.worker;
    b->view.live = live;
    b->view.posted_ns = clock_monotonic_ns();
    b->posted = true;
    pthread_mutex_unlock(&b->lock);
}

void board_clear(struct board *b)
{
    if (!b)
        return;
    pthread_mutex_lock(&b->lock);
    b->posted = false;
    pthread_mutex_unlock(&b->lock);
}

const struct board_view *board_hold(struct board *b)
{
    pthread_mutex_lock(&b->lock);
    if (b->posted)
        return &b->view;
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

void board_release(struct board *b)
{
    pthread_mutex_unlock(&b->lock);
}
