/* SPDX-License-Identifier: Apache-2.0 */
/*
 * carrier.h - whether an interface is there and has a link, and what it lost itself: asked of the kernel by rtnetlink(7).
 *
 * One socket, opened once: asking needs no file and no right, so it works behind a sandbox.
 */
#ifndef CAPTURE_CARRIER_H
#define CAPTURE_CARRIER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* An interface at one moment. */
struct carrier_state {
    int index;        /* the kernel's number; another one when it was made anew; 0: it is not there */
    bool up;          /* administratively */
    bool running;     /* and it has a link (carrier) */
    uint64_t dropped; /* frames lost before the kernel saw them (missed, FIFO), since it was made */
};

/* A descriptor to ask with; -1 and `error` on failure. The caller closes it. */
int carrier_open(struct error *error);
/* Asks about `name`; false when there is no answer, and then nothing is known. Not two threads at once on one descriptor. */
bool carrier_look(int fd, const char *name, struct carrier_state *out);

#endif
