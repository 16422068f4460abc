/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heartbeat.c - see heartbeat.h. One lock guards the table; a beat takes none, for it touches its own row's time alone.
 */
#include "base/heartbeat.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

struct heartbeat {
    _Alignas(64) _Atomic uint64_t at_ns; /* coarse monotonic time; rows share no cache line */
    bool used;
    bool stalled;
    uint64_t stalls;
    char name[HEARTBEAT_NAME_MAX];
};

static struct heartbeat table[HEARTBEATS_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t limit = 10 * NS_PER_S;
static uint64_t stalls_of_all;

/* Milliseconds are fine enough, and this clock is a few loads. */
static uint64_t coarse_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* ------------------------------------------------------------- its own thread */

static bool is_taken(const char *name)
{
    for (size_t i = 0; i < HEARTBEATS_MAX; i++)
        if (table[i].used && strcmp(table[i].name, name) == 0)
            return true;
    return false;
}

/* "worker", else "worker#2" and so on. */
static void give_name(struct heartbeat *h, const char *name)
{
    char text[HEARTBEAT_NAME_MAX];
    snprintf(text, sizeof text, "%.32s", name);
    for (unsigned i = 2; is_taken(text); i++)
        snprintf(text, sizeof text, "%.32s#%u", name, i);
    memcpy(h->name, text, sizeof text);
}

struct heartbeat *heartbeat_begin(const char *name)
{
    struct heartbeat *h = NULL;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < HEARTBEATS_MAX && !h; i++)
        if (!table[i].used)
            h = &table[i];
    if (h) {
        give_name(h, name);
        h->stalled = false;
        h->stalls = 0;
        heartbeat_beat(h);
        h->used = true;
    }
    pthread_mutex_unlock(&lock);
    return h;
}

void heartbeat_beat(struct heartbeat *h)
{
    if (h)
        atomic_store_explicit(&h->at_ns, coarse_ns(), memory_order_relaxed); /* a figure, it guards nothing */
}

void heartbeat_end(struct heartbeat *h)
{
    if (!h)
        return;
    pthread_mutex_lock(&lock);
    h->used = false;
    pthread_mutex_unlock(&lock);
}

/* ------------------------------------------------------------------ who looks */

static uint64_t silence(const struct heartbeat *h, uint64_t now_ns)
{
    uint64_t at_ns = atomic_load_explicit(&((struct heartbeat *)(uintptr_t)h)->at_ns, memory_order_relaxed);
    return now_ns > at_ns ? now_ns - at_ns : 0;
}

static void judge(struct heartbeat *h, uint64_t silent_ns)
{
    bool stalled = silent_ns > limit;
    if (stalled == h->stalled)
        return;
    h->stalled = stalled;
    if (!stalled) {
        log_notice("thread %s moves again", h->name);
        return;
    }
    h->stalls++;
    stalls_of_all++;
    log_error("thread %s has not moved for %.1f s", h->name, (double)silent_ns / (double)NS_PER_S);
}

void heartbeat_set_limit(uint64_t limit_ns)
{
    limit = limit_ns;
}

void heartbeat_look(void)
{
    uint64_t now_ns = coarse_ns();
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < HEARTBEATS_MAX; i++)
        if (table[i].used)
            judge(&table[i], silence(&table[i], now_ns));
    pthread_mutex_unlock(&lock);
}

size_t heartbeat_list(struct heartbeat_fact *out, size_t most)
{
    uint64_t now_ns = coarse_ns();
    size_t count = 0;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < HEARTBEATS_MAX && count < most; i++) {
        const struct heartbeat *h = &table[i];
        if (!h->used)
            continue;
        struct heartbeat_fact *f = &out[count++];
        *f = (struct heartbeat_fact){.silent_ns = silence(h, now_ns), .stalls = h->stalls, .stalled = h->stalled};
        memcpy(f->name, h->name, sizeof f->name);
    }
    pthread_mutex_unlock(&lock);
    return count;
}

void heartbeat_count(uint32_t *stalled, uint64_t *stalls)
{
    *stalled = 0;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < HEARTBEATS_MAX; i++)
        *stalled += table[i].used && table[i].stalled;
    *stalls = stalls_of_all;
    pthread_mutex_unlock(&lock);
}
