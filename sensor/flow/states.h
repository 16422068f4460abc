/* SPDX-License-Identifier: Apache-2.0 */
/*
 * states.h - the library's states of flows, in memory of the classifier's own, and the line of those that have a name and wait for more.
 * Private to flow/.
 *
 * A state is 700 bytes and more and lives for a few packets: they are cut from large blocks and used again, last in, first out.
 */
#ifndef FLOW_STATES_H
#define FLOW_STATES_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow.h"

/* What stands before the library's state of a flow, in the same block. */
struct state {
    struct state *next, *previous; /* in the line of named flows, NULL outside; or the next spare one */
    struct flow *flow;
    uint64_t named_ns; /* when the flow was named, 0 before */
    uint64_t held;     /* bytes that the library may keep for it, at most about */
    uint64_t reserved;
};

struct states {
    struct state named; /* head of a circular list, the longest waiting first */
    struct state *spare;
    struct states_chunk *chunks;
    uint64_t held; /* sum over the states */
    uint64_t live; /* states in use */
};

void states_open(struct states *all);
void states_close(struct states *all); /* those in use go with it */

/* Gives the flow a fresh state, in flow->ndpi. False when memory is short. */
bool states_begin(struct states *all, struct flow *f);
/* Takes it back, with all that the library holds for it. */
void states_end(struct states *all, struct flow *f);
/* The flow's state; it must have one. */
struct state *states_of(const struct flow *f);

/* At the end of the line; a state stands there once. */
void states_wait(struct states *all, struct state *s);
void states_leave(struct state *s);

#endif
