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
#define BLACKBOX_STRANGER   (BLACKBOX_SLOTS - 1) /* kept for a thread that crashes without having said who it is */
#define BLACKBOX_NAME_MAX   40
#define BLACKBOX_PLUGINS    32
#define BLACKBOX_SHUT_MAX   16 /* flows in quarantine */
#define BLACKBOX_CRASH_MAX  16 /* crashes that are still to be told */
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

/* What became of the flow at hand: filled in while it is observed, or by who died of it. */
struct blackbox_facts {
    uint64_t flow_id;       /* 0: nothing is known */
    uint64_t start_ns;
    uint64_t packets[2];    /* to its server, to its client */
    uint64_t bytes[2];
    uint16_t interface;     /* index among those watched */
    bool is_answer;         /* the packet at hand went to the client: the flow's destination is the client */
};

/* One thread: see base/heartbeat.h. */
struct blackbox_slot {
    _Alignas(64) struct blackbox_flow flow; /* at hand, or the latest */
    uint64_t packet;                        /* its number; live: how many this thread has read */
    uint64_t count;                         /* records given on (worker) or taken (analyst) */
    _Atomic uint64_t beat_ns;               /* coarse monotonic time at which it last went round its loop; 0: it does not */
    _Atomic uint8_t stage;                  /* enum blackbox_stage */
    uint8_t detail;                         /* which plugin, STAGE_DETECTOR */
    uint8_t role;                           /* enum blackbox_role */
    uint8_t index;                          /* among those of its role */
    int32_t tid;
    bool taken;                             /* by a thread that lives */
    bool stalled;                           /* it stands still, and how often it has */
    uint64_t stalls;
    struct blackbox_facts facts;
    char name[BLACKBOX_NAME_MAX];           /* "worker", an output's name */
    char plugin[BLACKBOX_NAME_MAX];         /* of an output */
};

/* What a death cost; added up by the supervisor. */
struct blackbox_loss {
    uint64_t packets;      /* that the kernel held for the thread that died */
    uint64_t unseen;       /* that interfaces counted from then until the next start, at most */
    uint64_t flows;        /* of that thread, without a flow record */
    uint64_t observations; /* given by workers, not taken by the analysis */
    uint64_t lines;        /* in the rings of outputs */
};

/* A flow that is not to be shown again to what died of it. */
struct blackbox_shut {
    struct blackbox_flow flow;
    char plugin[BLACKBOX_NAME_MAX]; /* the detector; "": nDPI and the dissectors */
};

/* A crash, as the supervisor knows it and the next life tells it. */
struct blackbox_crash {
    struct blackbox_slot slot;      /* the thread; all zero when nobody knows */
    char place[2 * BLACKBOX_NAME_MAX + 32]; /* blackbox_place_text */
    char plugin[BLACKBOX_NAME_MAX]; /* detector or output that it happened in, "" none */
    uint64_t wall_ns;               /* when, since the epoch */
    uint64_t blind_ns;              /* until packets were read again */
    int32_t signal;
    bool hung;                      /* it was ended, for it did not move */
    bool shut;                      /* its flow is in quarantine */
    struct blackbox_loss loss;
};

struct blackbox {
    struct blackbox_slot slot[BLACKBOX_SLOTS];
    char plugin[BLACKBOX_PLUGINS][BLACKBOX_NAME_MAX];        /* detectors, by index */
    char interface[BLACKBOX_INTERFACES][BLACKBOX_NAME_MAX];  /* watched; "" ends */
    _Atomic uint32_t ready;                                  /* packets are being read */
    /* Of a crash. */
    _Atomic int32_t signal; /* 0: none */
    int32_t crashed;        /* slot, -1 unknown */
    uint64_t crashed_ns;    /* monotonic */
    uint64_t frames;        /* of the watched interfaces, by the kernel's count, at that moment; 0 unknown */
    struct blackbox_loss loss;
    /* From the supervisor, over all lives. */
    uint32_t watched;
    uint32_t restarts;
    struct blackbox_loss total;
    struct blackbox_shut shut[BLACKBOX_SHUT_MAX];
    uint32_t shut_count;
    struct blackbox_crash crash[BLACKBOX_CRASH_MAX]; /* number n in place n % BLACKBOX_CRASH_MAX */
    _Atomic uint32_t crash_count;                    /* of crashes that are complete */
    _Atomic uint32_t crash_told;                     /* of those that were put into the outputs */
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

/* The calling thread's slot is nobody's from now on. */
void blackbox_leave(void);

/* Whether an earlier life died of the flow at hand, in this detector; NULL: in nDPI or a dissector. */
bool blackbox_is_shut(const char *plugin);

/* "10.0.0.1 port 1024 -> 192.0.2.1 port 443 protocol 17" into `out`[size]; returns out. */
char *blackbox_flow_text(const struct blackbox_flow *flow, char *out, size_t size);
/* The detector or output that the thread was in, "" none; at most BLACKBOX_NAME_MAX - 1 bytes of it count. */
const char *blackbox_plugin(const struct blackbox *b, const struct blackbox_slot *slot);
/* "packet thread 2 in nDPI" into `out`[size]; returns out. */
char *blackbox_place_text(const struct blackbox *b, const struct blackbox_slot *slot, char *out, size_t size);

/* Fault injection: crashes or hangs when the flow at hand is the one that HAETAE_TEST_CRASH names; plugins only in the first life. */
void blackbox_spring(enum blackbox_stage stage);

/* ------------------------------------------------------------- in the path */

static inline void blackbox_enter(enum blackbox_stage stage)
{
    atomic_store_explicit(&blackbox_here->stage, (uint8_t)stage, memory_order_relaxed); /* read after death */
    if (__builtin_expect(blackbox_trap == stage, 0) && stage != STAGE_OTHER)
        blackbox_spring(stage);
}

#endif
