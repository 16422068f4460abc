/* SPDX-License-Identifier: Apache-2.0 */
/*
 * speech.h - how what a worker observes gets into its ring. Files wait for room. Live, waiting would cost packets: a full ring costs the
 * record, which is counted, and what can go first goes when the ring is nearly full.
 */
#ifndef RUN_SPEECH_H
#define RUN_SPEECH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ring.h"
#include "sensor_plugin.h"

struct speech {
    struct ring *ring; /* not owned */
    size_t ring_size;  /* its bytes */
    bool hurries;      /* waiting costs packets */
    uint64_t said;     /* order of the latest record */
    uint64_t waits, lost, shed;
    uint64_t offered; /* observations so far */
    bool crowded;     /* the ring was nearly full when looked at last */
};

/* Puts a record into the ring, which others see at the next flush. False when it is full; nothing is counted then. */
bool speech_put(struct speech *s, const struct observation *o);

/* The same for an observer: `arg` is the struct speech; what does not fit is counted. */
void speech_deliver(void *arg, const struct observation *o);

#endif
