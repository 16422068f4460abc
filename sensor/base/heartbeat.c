/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heartbeat.c - see heartbeat.h. One lock guards who has which slot; a beat takes none, for it touches its own slot's time alone.
 */
#include "base/heartbeat.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define STACK_SIZE (64 * 1024)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t limit = 10 * NS_PER_S;
static uint64_t stalls_of_all;
static _Thread_local void *crash_stack;

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
        if (blackbox->slot[i].taken && strcmp(blackbox->slot[i].name, name) == 0)
            return true;
    return false;
}

/* "worker", else "worker#2" and so on. */
static void give_name(struct blackbox_slot *s, const char *name)
{
    char text[HEARTBEAT_NAME_MAX];
    snprintf(text, sizeof text, "%.32s", name);
    for (unsigned i = 2; is_taken(text); i++)
        snprintf(text, sizeof text, "%.32s#%u", name, i);
    memcpy(s->name, text, sizeof text);
}

static struct blackbox_slot *free_slot(void)
{
    for (size_t i = 0; i < HEARTBEATS_MAX; i++)
        if (!blackbox->slot[i].taken)
            return &blackbox->slot[i];
    return NULL;
}

/* A thread whose own stack is the trouble needs another one to say so. */
static void give_stack(void)
{
    stack_t stack = {.ss_size = STACK_SIZE};
    stack.ss_sp = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack.ss_sp == MAP_FAILED)
        return;
    sigaltstack(&stack, NULL);
    crash_stack = stack.ss_sp;
}

static void take_stack_back(void)
{
    const stack_t none = {.ss_flags = SS_DISABLE};
    if (!crash_stack)
        return;
    sigaltstack(&none, NULL);
    munmap(crash_stack, STACK_SIZE);
    crash_stack = NULL;
}

void heartbeat_begin(enum blackbox_role role, uint32_t index, const char *name)
{
    pthread_mutex_lock(&lock);
    struct blackbox_slot *s = free_slot();
    if (s) {
        memset(s, 0, sizeof *s);
        give_name(s, name);
        s->role = (uint8_t)role;
        s->index = (uint8_t)index;
        s->tid = (int32_t)syscall(SYS_gettid);
        s->taken = true;
        blackbox_here = s;
        heartbeat_beat();
    }
    pthread_mutex_unlock(&lock);
    give_stack();
}

void heartbeat_beat(void)
{
    atomic_store_explicit(&blackbox_here->beat_ns, coarse_ns(), memory_order_relaxed); /* a figure, it guards nothing */
}

void heartbeat_end(void)
{
    pthread_mutex_lock(&lock);
    atomic_store_explicit(&blackbox_here->beat_ns, 0, memory_order_relaxed);
    blackbox_here->taken = false;
    pthread_mutex_unlock(&lock);
    blackbox_leave();
    take_stack_back();
}

/* ------------------------------------------------------------------ who looks */

uint64_t heartbeat_silence(const struct blackbox_slot *slot)
{
    uint64_t now_ns = coarse_ns();
    uint64_t at_ns = atomic_load_explicit(&((struct blackbox_slot *)(uintptr_t)slot)->beat_ns, memory_order_relaxed);
    return at_ns && now_ns > at_ns ? now_ns - at_ns : 0;
}

static void judge(struct blackbox_slot *s, uint64_t silent_ns)
{
    bool stalled = silent_ns > limit;
    if (stalled == s->stalled)
        return;
    s->stalled = stalled;
    if (!stalled) {
        log_notice("thread %s moves again", s->name);
        return;
    }
    s->stalls++;
    stalls_of_all++;
    log_error("thread %s has not moved for %.1f s", s->name, (double)silent_ns / (double)NS_PER_S);
}

void heartbeat_set_limit(uint64_t limit_ns)
{
    limit = limit_ns;
}

void heartbeat_look(void)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < HEARTBEATS_MAX; i++)
        if (blackbox->slot[i].taken)
            judge(&blackbox->slot[i], heartbeat_silence(&blackbox->slot[i]));
    pthread_mutex_unlock(&lock);
}

size_t heartbeat_list(struct heartbeat_fact *out, size_t most)
{
    size_t count = 0;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < HEARTBEATS_MAX && count < most; i++) {
        const struct blackbox_slot *s = &blackbox->slot[i];
        if (!s->taken)
            continue;
        struct heartbeat_fact *f = &out[count++];
        *f = (struct heartbeat_fact){.silent_ns = heartbeat_silence(s), .stalls = s->stalls, .stalled = s->stalled};
        memcpy(f->name, s->name, sizeof f->name);
    }
    pthread_mutex_unlock(&lock);
    return count;
}

void heartbeat_count(uint32_t *stalled, uint64_t *stalls)
{
    *stalled = 0;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < HEARTBEATS_MAX; i++)
        *stalled += blackbox->slot[i].taken && blackbox->slot[i].stalled;
    *stalls = stalls_of_all;
    pthread_mutex_unlock(&lock);
}
