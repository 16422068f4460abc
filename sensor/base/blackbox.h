/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blackbox.h - what each thread is doing, kept where a crash does not reach it: in memory shared with the process that watches over this
 * one (run/supervise.h). Written at the borders of steps by plain stores, read after a death.
 *
 * Without a supervisor the memory is this process's own, and the last words go to standard error.
 */
#ifndef BASE_BLACKBOX_H
#define BASE_BLACKBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define BLACKBOX_SLOTS      96
#define BLACKBOX_NAME_MAX   24
#define BLACKBOX_PLUGINS    32
#define BLACKBOX_SHUT_MAX   16 /* flows in quarantine */
#define BLACKBOX_INTERFACES 16

/* The steps of a packet and of an observation. */
enum blackbox_stage { STAGE_OTHER, STAGE_CAPTURE, STAGE_DECODE, STAGE_FLOW, STAGE_CLASSIFY, STAGE_DISSECT, STAGE_ANALYSIS, STAGE_DETECTOR, STAGE_WRITE };

enum blackbox_role { ROLE_OTHER, ROLE_WORKER, ROLE_ANALYST, ROLE_WRITER };

struct blackbox_flow {
    uint8_t address[2][16]; /* source, destination; IPv4 as ::ffff:a.b.c.d */
    uint16_t port[2];
    uint8_t proto;          /* IP protocol number; 0: no flow is at hand */
    uint8_t reserved[3];
};

/* One thread. */
struct blackbox_slot {
    _Alignas(64) struct blackbox_flow flow; /* at hand, or the latest */
    uint64_t packet;                        /* its number; live: how many this thread has read */
    uint64_t count;                         /* records given on (worker) or taken (analyst) */
    _Atomic uint64_t beat;                  /* moves while the thread does */
    _Atomic uint8_t stage;                  /* enum blackbox_stage */
    uint8_t detail;                         /* which plugin, STAGE_DETECTOR and STAGE_WRITE */
    uint8_t role;                           /* enum blackbox_role */
    uint8_t index;                          /* among those of its role */
    int32_t tid;
    _Atomic uint32_t taken;
};

/* What a death cost; added up by the supervisor. */
struct blackbox_loss {
    uint64_t packets;      /* that the kernel held for the thread that died */
    uint64_t unseen;       /* that interfaces counted from then until the next start, at most */
    uint64_t flows;        /* of that thread, without a flow record */
    uint64_t observations; /* given by workers, not taken by the analysis */
    uint64_t lines;        /* in the rings of outputs */
};

struct blackbox {
    struct blackbox_slot slot[BLACKBOX_SLOTS];
    char plugin[BLACKBOX_PLUGINS][BLACKBOX_NAME_MAX];        /* detectors, by index */
    char interface[BLACKBOX_INTERFACES][BLACKBOX_NAME_MAX];  /* watched; "" ends */
    _Atomic uint32_t ready;                                  /* packets are being read */
    /* Of a crash. */
    _Atomic int32_t signal; /* 0: none */
    int32_t crashed;        /* slot, -1 unknown */
    uint64_t fault_address;
    uint64_t crashed_ns;    /* monotonic */
    uint64_t frames;        /* of the watched interfaces, by the kernel's count, at that moment; 0 unknown */
    struct blackbox_loss loss;
    /* From the supervisor, over all lives. */
    uint32_t watched;
    uint32_t restarts;
    struct blackbox_loss total;
    struct blackbox_flow shut[BLACKBOX_SHUT_MAX]; /* not to be shown to the library that died of them */
    uint32_t shut_count;
};

/* This thread's; never NULL: a thread that said nothing shares one that nobody reads. */
extern _Thread_local struct blackbox_slot *blackbox_here;
extern struct blackbox *blackbox; /* never NULL either */
extern uint8_t blackbox_trap;     /* fault injection for tests: a stage, 0 none */

/* `fd`: the supervisor's memory, -1: none. Before threads. False and `error` when it is none of ours. */
bool blackbox_open(int fd, struct error *error);

/*
 * A crash of any thread that blackbox_thread() knows stays in that thread for a moment, so that the others can finish: `settle` is
 * called there again and again, the first time with 0, until it returns true or the time is up; it fills in blackbox->loss. Only what a
 * signal handler may do. NULL: the process dies at once.
 */
void blackbox_on_crash(bool (*settle)(void *arg, uint32_t call), void *arg);

/* The calling thread has a slot from now on, and a stack to crash on. */
void blackbox_thread(enum blackbox_role role, uint32_t index);

/* "10.0.0.1:1024 -> 192.0.2.1:443 udp" into `out`[size]; returns out. */
char *blackbox_flow_text(const struct blackbox_flow *flow, char *out, size_t size);
/* "packet thread 2 in nDPI" into `out`[size]; returns out. */
char *blackbox_place_text(const struct blackbox *b, const struct blackbox_slot *slot, char *out, size_t size);

/* Fault injection: crashes or hangs when the flow at hand is the one that HAETAE_TEST_CRASH names. */
void blackbox_spring(enum blackbox_stage stage);

/* ------------------------------------------------------------- in the path */

static inline void blackbox_enter(enum blackbox_stage stage)
{
    atomic_store_explicit(&blackbox_here->stage, (uint8_t)stage, memory_order_relaxed); /* read after death */
    if (__builtin_expect(blackbox_trap == stage, 0) && stage != STAGE_OTHER)
        blackbox_spring(stage);
}

static inline void blackbox_beat(void)
{
    struct blackbox_slot *s = blackbox_here;
    atomic_store_explicit(&s->beat, atomic_load_explicit(&s->beat, memory_order_relaxed) + 1, memory_order_relaxed);
}

#endif
