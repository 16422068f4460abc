/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervise.h - a process that watches over the sensor and starts it again when it crashed or hangs. It reads no packet, no list and no
 * configuration: it starts this program anew, with the same words, so that each life has fresh memory in fresh places.
 *
 * What the sensor was doing stands in memory shared between the two (base/blackbox.h). The supervisor says it, adds up what was lost, and
 * names the flow to the next life, which does not look inside of it.
 */
#ifndef RUN_SUPERVISE_H
#define RUN_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct supervise_options {
    char **words;        /* of the command line, words[0] the program; NULL ends */
    bool quarantine;     /* flows that were at hand in a crash are not looked into again */
    uint32_t hang_s;     /* a thread that does not move for so long hangs; 0: never */
    bool drops;          /* give up what starting the sensor again does not take */
};

/* First of all: attaches to the memory of the supervisor that started this process, if one did; then blackbox->watched says so. False and
 * `error` when that memory is none. */
bool supervise_attach(struct error *error);

/* Until the sensor ends by itself or is asked to: its exit status; 128 + n when a signal n ended it and it is not to be started again. */
int supervise(const struct supervise_options *options);

#endif
