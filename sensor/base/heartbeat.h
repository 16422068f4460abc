/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heartbeat.h - which threads are alive: each stores the time whenever it goes round its loop, and whoever looks sees how long ago that
 * was. A thread that has not moved for a while is told in the log once, and again when it goes on.
 *
 * The table belongs to the process, because threads of all layers stand in it. A beat is one relaxed store and costs no system call.
 */
#ifndef BASE_HEARTBEAT_H
#define BASE_HEARTBEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEARTBEATS_MAX     128
#define HEARTBEAT_NAME_MAX 40

struct heartbeat;

/* Enters the calling thread; `name` ("worker", an output's name) is copied. NULL when the table is full: beats are then nobody's. */
struct heartbeat *heartbeat_begin(const char *name);
/* "I move." Takes NULL. */
void heartbeat_beat(struct heartbeat *h);
/* The thread ends as it should. Takes NULL. */
void heartbeat_end(struct heartbeat *h);

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

#endif
