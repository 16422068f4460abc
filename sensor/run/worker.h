/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.h - one packet thread: its own capture, flow table, classifier and dissector. Packets in, observations out.
 *
 * Several workers on one file each read all of it and keep their share of the flows, so they share nothing.
 */
#ifndef RUN_WORKER_H
#define RUN_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/blackbox.h"
#include "base/error.h"
#include "base/ring.h"
#include "capture/capture.h"
#include "dissect/dissect.h"
#include "flow/classify.h"
#include "flow/flow_table.h"

struct worker;

struct worker_options {
    struct capture *capture; /* the worker owns it from worker_new on, also when that fails */
    struct ring *ring;       /* where observations go; not owned */
    size_t ring_size;        /* its bytes */
    uint8_t index;           /* 0 .. count-1 */
    uint8_t count;           /* workers in all */
    uint32_t wanted;         /* OBSERVE_BIT()s */
    uint32_t flow_max;       /* of this worker */
    struct flow_timeouts timeouts;
    bool use_vlan;
    uint64_t bypass_after;   /* live: bytes of a flow that are looked at in any case */
    const struct decode_options *decode; /* NULL: the defaults; read by worker_new only */
    struct classify_options classify;
    struct dissect_options dissect;
    uint32_t counters_interval_s; /* how often counters are sent, live by packet time, in files by the wall clock; 0 only at the end */
};

struct worker *worker_new(const struct worker_options *options, struct error *error);
void worker_free(struct worker *w);

/* The thread's body: reads until the capture ends, ends all flows, sends its counters, closes the ring. `arg` is the worker. */
void *worker_run(void *arg);

/* Asks it to finish soon; any thread, also a signal handler. */
void worker_stop(struct worker *w);

/* After a crash of its thread, from that thread: flows that will have no record, frames that the kernel holds for it, into `loss`; what is
 * known of the flow at hand into `slot`. */
void worker_autopsy(const struct worker *w, struct blackbox_slot *slot, struct blackbox_loss *loss);

/* After the thread was joined: how the capture ended, in words; NULL when it ended well. */
const char *worker_problem(const struct worker *w);
/* Live: whether capture failed for good, so that the thread ended by itself; any thread. */
bool worker_failed(const struct worker *w);
/* Part of the file read, 0..1, or -1; any thread, approximate. */
double worker_progress(const struct worker *w);

#endif
