/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet_clock.h - what time it is, by the packets: the latest time seen, unless a stamp is out of line.
 *
 * Frames a little out of order do not turn the clock back; a stamp far behind does, for nothing ends when time goes back, and
 * captures put one behind the other, or a clock that was set, must not end every new flow at once. A stamp far ahead would end
 * every flow: it is doubted until another frame agrees, as the next one does after a long silence. A mirror port's copy of the
 * frame is no other frame.
 */
#ifndef CAPTURE_PACKET_CLOCK_H
#define CAPTURE_PACKET_CLOCK_H

#include <stdint.h>

#include "capture/capture.h"

struct packet_clock {
    uint64_t now_ns;          /* 0 before the first frame */
    uint64_t doubtful_ns;     /* the latest stamp too far ahead */
    uint8_t doubtful_end[64]; /* of its frame: where copies agree, whatever tags they have got */
    uint32_t doubtful_end_size;
    unsigned agreeing; /* frames in a row that agree with it */
};

/* Takes a frame's time; c->now_ns may move. */
void packet_clock_see(struct packet_clock *c, const struct frame *frame);

#endif
