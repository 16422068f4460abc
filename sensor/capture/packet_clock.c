/* SPDX-License-Identifier: Apache-2.0 */
/* packet_clock.c - see packet_clock.h. */
#include "capture/packet_clock.h"

#include <stdbool.h>
#include <string.h>

#include "base/clock.h"

#define AHEAD_NS     (60 * NS_PER_S) /* further ahead in one step is doubted */
#define BEHIND_NS    (5 * NS_PER_S)  /* further behind is no reordering */
#define AGREEING_MIN 2u

/* Time goes on from the doubtful stamp, not back before it. */
static bool agrees(const struct packet_clock *c, uint64_t frame_ns)
{
    return c->agreeing > 0 && (frame_ns >= c->doubtful_ns || c->doubtful_ns - frame_ns <= BEHIND_NS);
}

static uint32_t end_size(const struct packet_clock *c, const struct frame *frame)
{
    return frame->cap_len < sizeof c->doubtful_end ? frame->cap_len : (uint32_t)sizeof c->doubtful_end;
}

static bool is_copy(const struct packet_clock *c, const struct frame *frame)
{
    uint32_t size = end_size(c, frame);
    return c->agreeing > 0 && size > 0 && size == c->doubtful_end_size &&
           memcmp(frame->bytes + frame->cap_len - size, c->doubtful_end, size) == 0;
}

static void remember_end(struct packet_clock *c, const struct frame *frame)
{
    c->doubtful_end_size = end_size(c, frame);
    if (c->doubtful_end_size > 0)
        memcpy(c->doubtful_end, frame->bytes + frame->cap_len - c->doubtful_end_size, c->doubtful_end_size);
}

static void doubt(struct packet_clock *c, const struct frame *frame)
{
    uint64_t frame_ns = frame->time_ns;
    if (is_copy(c, frame))
        return;
    remember_end(c, frame);
    c->agreeing = agrees(c, frame_ns) ? c->agreeing + 1 : 1;
    c->doubtful_ns = frame_ns;
    if (c->agreeing < AGREEING_MIN)
        return;
    c->now_ns = frame_ns;
    c->agreeing = 0;
}

void packet_clock_see(struct packet_clock *c, const struct frame *frame)
{
    uint64_t frame_ns = frame->time_ns;
    if (c->now_ns && frame_ns > c->now_ns && frame_ns - c->now_ns > AHEAD_NS) {
        doubt(c, frame);
        return;
    }
    if (frame_ns > c->now_ns || c->now_ns - frame_ns > BEHIND_NS)
        c->now_ns = frame_ns;
    c->agreeing = 0;
}
