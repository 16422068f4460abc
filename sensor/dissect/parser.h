/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parser.h - what every protocol parser of dissect/ looks like.
 *
 * A parser is fed the contiguous bytes of one direction, beginning at the first byte it has not consumed, and says how far it
 * got. It must give the same answer however the stream was cut into segments. It never keeps pointers into `bytes`.
 */
#ifndef DISSECT_PARSER_H
#define DISSECT_PARSER_H

#include <stddef.h>
#include <stdint.h>

#include "flow/known.h"
#include "flow/observer.h"

enum parse_state {
    PARSE_MORE = 0, /* consumed what it could, wants more */
    PARSE_DONE,     /* wants nothing more of this direction */
    PARSE_REFUSED   /* this is not (or no longer) my protocol */
};

struct parse_result {
    enum parse_state state;
    size_t consumed;   /* bytes of this call's input used up, <= its size */
    uint64_t skip;     /* further bytes to drop unseen (a body), on top of `consumed` */
};

struct tls_memory;

/* Where a message was found: what a parser needs to begin an observation. */
struct parse_place {
    struct flow *flow;
    const struct packet *packet; /* NULL when the flow is over */
    int end;                     /* which end of the flow sent the bytes */
    struct observer *observer;
    struct known *known; /* for what classifies the flow; NULL: nobody asks */
    struct tls_memory *memory; /* may be NULL */
};

/* First look at the start of a direction's bytes, without state. */
enum probe { PROBE_NO = 0, PROBE_MAYBE /* too short to tell */, PROBE_YES };

#endif
