/* SPDX-License-Identifier: Apache-2.0 */
/* capture_queue.c - see capture_queue.h: a ring of orders behind a lock. */
#include "run/capture_queue.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct capture_queue {
    pthread_mutex_t lock;
    struct capture_order order[CAPTURE_QUEUE_MAX];
    size_t first, count;
    struct capture_order current; /* path NULL: none */
    uint64_t last_ms;
};

static void free_order(struct capture_order *o)
{
    free(o->path);
    free(o->directory);
    *o = (struct capture_order){.path = NULL};
}

struct capture_queue *capture_queue_new(struct error *error)
{
    struct capture_queue *q = calloc(1, sizeof *q);
    if (q)
        pthread_mutex_init(&q->lock, NULL);
    else
        error_set(error, "out of memory");
    return q;
}

void capture_queue_free(struct capture_queue *q)
{
    if (!q)
        return;
    for (size_t i = 0; i < q->count; i++)
        free_order(&q->order[(q->first + i) % CAPTURE_QUEUE_MAX]);
    free_order(&q->current);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

bool capture_queue_add(struct capture_queue *q, const struct capture_order *order, struct error *error)
{
    struct capture_order copy = *order;
    copy.path = strdup(order->path);
    copy.directory = strdup(order->directory);
    pthread_mutex_lock(&q->lock);
    bool good = copy.path && copy.directory && q->count < CAPTURE_QUEUE_MAX;
    if (good)
        q->order[(q->first + q->count++) % CAPTURE_QUEUE_MAX] = copy;
    pthread_mutex_unlock(&q->lock);
    if (!good)
        free_order(&copy);
    return good || error_set(error, "%d captures wait, or memory is short", CAPTURE_QUEUE_MAX);
}

bool capture_queue_take(struct capture_queue *q, struct capture_order *out)
{
    pthread_mutex_lock(&q->lock);
    bool some = q->count > 0;
    if (some) {
        free_order(&q->current);
        q->current = *out = q->order[q->first];
        q->first = (q->first + 1) % CAPTURE_QUEUE_MAX;
        q->count--;
    }
    pthread_mutex_unlock(&q->lock);
    return some;
}

void capture_queue_done(struct capture_queue *q)
{
    struct stat st;
    pthread_mutex_lock(&q->lock);
    if (q->current.path && stat(q->current.path, &st) == 0)
        q->last_ms = (uint64_t)st.st_mtim.tv_sec * 1000 + (uint64_t)st.st_mtim.tv_nsec / 1000000;
    free_order(&q->current);
    pthread_mutex_unlock(&q->lock);
}

size_t capture_queue_count(struct capture_queue *q)
{
    pthread_mutex_lock(&q->lock);
    size_t count = q->count;
    pthread_mutex_unlock(&q->lock);
    return count;
}

void capture_queue_each(struct capture_queue *q, void (*tell)(void *arg, const char *path), void *arg)
{
    pthread_mutex_lock(&q->lock);
    for (size_t i = 0; i < q->count; i++)
        tell(arg, q->order[(q->first + i) % CAPTURE_QUEUE_MAX].path);
    pthread_mutex_unlock(&q->lock);
}

bool capture_queue_current(struct capture_queue *q, char *out, size_t size)
{
    pthread_mutex_lock(&q->lock);
    bool some = q->current.path != NULL;
    if (some)
        snprintf(out, size, "%s", q->current.path);
    pthread_mutex_unlock(&q->lock);
    return some;
}

uint64_t capture_queue_last_ms(struct capture_queue *q)
{
    pthread_mutex_lock(&q->lock);
    uint64_t last_ms = q->last_ms;
    pthread_mutex_unlock(&q->lock);
    return last_ms;
}
