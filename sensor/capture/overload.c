/* SPDX-License-Identifier: Apache-2.0 */
/* overload.c - see overload.h. */
#include "capture/overload.h"

#include "base/clock.h"

#define FRAME_HEAD 96u            /* bytes that the kernel puts before a frame, and what it rounds up */
#define CALM_NS    (5 * NS_PER_S) /* so that what was kept away does not come back at once and drown us again */

uint64_t overload_waiting(const struct capture_counters *n)
{
    uint64_t known = n->kernel_dropped + n->early + n->abandoned + n->filtered + n->received;
    return n->kernel_received > known ? n->kernel_received - known : 0;
}

bool overload_look(struct overload *o, const struct capture_counters *n, size_t buffer, bool exact, uint64_t now_ns)
{
    uint64_t frame = FRAME_HEAD + (n->received ? n->bytes / n->received : 0);
    uint64_t waiting = exact ? overload_waiting(n) * frame : 0;
    bool drops = n->kernel_dropped > o->dropped, before = o->behind;
    o->looked_ns = now_ns;
    o->dropped = n->kernel_dropped;
    if (drops || waiting > buffer / 4)
        o->behind = true;
    if (drops || waiting > buffer / 16)
        o->behind_ns = now_ns;
    else if (now_ns - o->behind_ns >= CALM_NS)
        o->behind = false;
    return o->behind != before;
}
