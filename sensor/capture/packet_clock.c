/* SPDX-License-Identifier: Apache-2.0 */
/* packet_clock.c - see packet_clock.h. */
#include "capture/packet_clock.h"

#include <stdbool.h>

#include "base/clock.h"

#define AHEAD_NS     (60 * NS_PER_S) /* further ahead in one step is doubted */
#define BEHIND_NS    (5 * NS_PER_S)  /* further behind is no reordering */
#define AGREEING_MIN 2u

/* Time goes on from the doubtful stamp, not back before it. */
static bool agrees(const struct packet_clock *c, uint64_t frame_ns)
{
    return c->agreeing > 0 && (frame_ns >= c->doubtful_ns || c->doubtful_ns - frame_ns <= BEHIND_NS);
}

static void doubt(struct packet_clock *c, uint64_t frame_ns)
{
    c->agreeing = agrees(c, frame_ns) ? c->agreeing + 1 : 1;
    c->doubtful_ns = frame_ns;
    if (c->agreeing < AGREEING_MIN)
        return;
    c->now_ns = frame_ns;
    c->agreeing = 0;
}

void packet_clock_see(struct packet_clock *c, uint64_t frame_ns)
{
    if (c->now_ns && frame_ns > c->now_ns && frame_ns - c->now_ns > AHEAD_NS) {
        doubt(c, frame_ns);
        return;
    }
    if (frame_ns > c->now_ns || c->now_ns - frame_ns > BEHIND_NS)
        c->now_ns = frame_ns;
    c->agreeing = 0;
}
