/* SPDX-License-Identifier: Apache-2.0 */
/* overload.h - is a handle falling behind? By what waits in the kernel's buffer, and what found it full. Only for the folder capture. */
#ifndef CAPTURE_OVERLOAD_H
#define CAPTURE_OVERLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/capture.h"

#define OVERLOAD_LOOK_NS (NS_PER_S / 50) /* how often to look: a buffer of 64 MB takes ten times that to fill at 2 Gbit/s */

struct overload {
    bool behind;
    uint64_t looked_ns, behind_ns; /* monotonic: when looked at last; when there was too much at last */
    uint64_t dropped;              /* by the kernel, as of the last look */
};

/* Frames that the kernel counted for a handle and that nobody has seen yet. */
uint64_t overload_waiting(const struct capture_counters *n);
/* Behind from the moment a quarter of the buffer (bytes) waits or a frame was dropped, until for five seconds no more than a sixteenth did.
 * `exact`: all that the kernel counts is handed over, so that what waits is known. True when the answer changed. */
bool overload_look(struct overload *o, const struct capture_counters *n, size_t buffer, bool exact, uint64_t now_ns);

#endif
