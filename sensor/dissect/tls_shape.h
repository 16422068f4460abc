/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_shape.h - does a connection that begins like TLS go on like it? Looks at the heads of the first records of both ends, and at
 * nothing else: what is inside of them is the parser's (tls_session.h).
 *
 * Implants borrow the look of TLS without its handshake: data at once, a hello that is none, an answer without ServerHello, lengths
 * that cannot be (RFC 8446 5.1). Only where both ends begin with the head of a record is that worth a word: a client that speaks TLS
 * to a server that does not is an honest mistake.
 */
#ifndef DISSECT_TLS_SHAPE_H
#define DISSECT_TLS_SHAPE_H

#include <stdbool.h>

#include "dissect/parser.h"

#define TLS_SHAPE_FIRST 32 /* bytes of each end that are kept as evidence */

struct tls_shape_end {
    uint64_t upto;     /* stream position that was looked at */
    uint32_t left;     /* bytes of the record under way */
    uint8_t head[9];   /* of the next record; of the first one also the handshake's head */
    uint8_t have;      /* bytes in `head` */
    uint8_t records;   /* whose heads were seen */
    uint8_t first_size;
    bool begun, is_record, over;
    uint8_t first[TLS_SHAPE_FIRST];
};

/* Zeroed is new. */
struct tls_shape {
    struct tls_shape_end end[2]; /* by enum direction */
    uint8_t flaw;                /* enum tls_flaw */
    uint8_t flaw_direction;
    uint16_t entropy_bytes;      /* of what follows the flaw, as in observation_tls_flaw */
    uint16_t entropy;
    bool off;                    /* nothing to look for, or nothing to be sure of: a hole, no TLS at all */
    bool told;
};

/* Bytes of one end in order; `at` is the stream position of the first one, `origin` that of the end's first byte. Bytes may be shown
 * again, and a body may be left out. */
void tls_shape_take(struct tls_shape *s, enum direction direction, uint64_t origin, uint64_t at, struct slice bytes);

/* Observes OBSERVE_TLS_FLAW once, when both ends began with a record and one of them went astray. */
void tls_shape_tell(struct tls_shape *s, const struct parse_place *place);

#endif
