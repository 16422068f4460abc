/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heartbeat.h - which threads are alive: each has a slot of the black box (base/blackbox.h), where it stores the time whenever it goes
 * round its loop, and whoever looks sees how long ago that was: this process, which tells a thread that stands still in the log once,
 * and its supervisor, which ends a process that hangs.
 *
 * A beat is one relaxed store and costs no system call.
 */
#ifndef BASE_HEARTBEAT_H
#define BASE_HEARTBEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/blackbox.h"

#define HEARTBEATS_MAX     BLACKBOX_STRANGER
#define HEARTBEAT_NAME_MAX BLACKBOX_NAME_MAX

/* Enters the calling thread: it has a slot from now on, and a stack to crash on. `index`: among those of its role; `name` ("worker", an
 * output's name) is copied. When all slots are taken its beats are nobody's. */
void heartbeat_begin(enum blackbox_role role, uint32_t index, const char *name);
/* "I move." Any thread; of one that never began it is nobody's. */
void heartbeat_beat(void);
/* The thread ends as it should. What it did last stays readable until the slot is given to another. */
void heartbeat_end(void);

struct heartbeat_fact {
    char name[HEARTBEAT_NAME_MAX]; /* "worker", and "worker#2" for the second of a name */
    uint64_t silent_ns;            /* since its latest beat */
    uint64_t stalls;               /* how often it has stood still for longer than the limit */
    bool stalled;                  /* at the latest heartbeat_look */
};

/* How long a thread may be silent; once, before threads start. Default 10 s. */
void heartbeat_set_limit(uint64_t limit_ns);
/* Looks at all threads, counts and logs who stands still. Now and then, any thread. */
void heartbeat_look(void);
/* The threads that are alive, at most `most`; any thread. */
size_t heartbeat_list(struct heartbeat_fact *out, size_t most);
/* How many stand still now, and how many stalls there were in all, also of threads that have ended. */
void heartbeat_count(uint32_t *stalled, uint64_t *stalls);

/* How long the thread of a slot has been silent; 0 when none beats there. Also of another process's slot. */
uint64_t heartbeat_silence(const struct blackbox_slot *slot);

#endif
