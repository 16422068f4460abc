/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dissection.h - what the parts of the dissector share: its state, a flow's state, and the packet being worked on.
 *
 * Inside dissect/ only. dissect.c decides which flows are looked at, dissect_tcp.c and dissect_udp.c how.
 */
#ifndef DISSECT_DISSECTION_H
#define DISSECT_DISSECTION_H

#include <stdbool.h>

#include "dissect/clear_text.h"
#include "dissect/dissect.h"
#include "dissect/dtls.h"
#include "dissect/ftp.h"
#include "dissect/http.h"
#include "dissect/quic.h"
#include "dissect/stream.h"
#include "dissect/tls.h"
#include "dissect/tls_shape.h"

/* Flows with state, oldest first. */
struct line {
    struct dissection *oldest, *newest;
};

struct dissector {
    struct stream_pool pool;
    struct quic_crypto *quic;
    struct line silent, answered; /* by whether both ends of the flow were heard */
    struct known *known;       /* not owned, may be NULL */
    struct tls_memory *memory; /* as well */
    size_t bodies_max; /* bytes of clear text that are told, where somebody wants it */
    struct dissect_counters counters;
};

/* The protocol whose parser a flow has. */
enum speech { SPEECH_UNKNOWN = 0, SPEECH_TLS, SPEECH_HTTP, SPEECH_DNS, SPEECH_QUIC, SPEECH_DTLS, SPEECH_FTP };

/* One end's payload. SEARCH: every segment start may be where a protocol begins. FOLLOW: the parser reads on. */
enum lane_mode { LANE_SEARCH = 0, LANE_FOLLOW, LANE_DONE };

struct lane {
    struct stream stream; /* TCP only */
    struct clear_text text; /* TCP only */
    uint8_t mode;         /* enum lane_mode */
    uint8_t tries;        /* segments in which nothing was found */
    uint8_t refusals;     /* times a parser gave the lane back */
};

struct dissection {
    struct flow *flow;               /* whose state this is */
    struct line *line;               /* where it stands */
    struct dissection *older, *newer; /* beside it there */
    bool was_active;                 /* since it joined the line */
    struct lane lanes[2];            /* by end */
    struct tls_shape shape;          /* TCP only */
    union {
        struct tls_flow *tls;
        struct http_flow *http;
        struct ftp_flow *ftp;
        struct quic_flow *quic;
        struct dtls_flow *dtls;
    };
    struct openvpn *openvpn;      /* TLS in OpenVPN's control channel, else NULL */
    size_t booked;                /* bytes of http, ftp or quic that the budget knows of */
    uint32_t transactions_before; /* flow->tx_count when the HTTP or FTP parser began */
    uint8_t speech;               /* enum speech: which member of the union is set */
    uint8_t from_proto;           /* enum app_proto that was spoken before */
    uint8_t waited;               /* datagrams since the parser began */
    uint32_t waited_bytes;        /* TLS over TCP: payload since the parser began */
    uint32_t waited_small;        /* ... and since its first hello, of each packet only the first bytes */
    int8_t client_end;            /* HTTP, FTP: who sends requests */
};

/* One packet of one flow, or its end (place.packet is NULL). */
struct work {
    struct dissector *d;
    struct dissection *state; /* flow->dissection */
    struct parse_place place;
};

/* The flow's state, made if need be; NULL when memory is short (the flow is then let go). */
struct dissection *dissection_take(struct work *x);
/* Ends the parser, reporting what it half saw, and forgets the protocol; lanes stay. */
void dissection_end_parser(struct work *x);
/* Nothing more is wanted of this flow: ends the parser, frees everything, sets flow->dissect_done. */
void dissection_let_go(struct work *x);
/* Books what a parser of other making holds. False when that is beyond the bound: the flow must be let go. */
bool dissection_book(struct work *x, size_t bytes);

/* Bytes of a body, or of an end's clear text, that are told; 0: nobody wants any. */
static inline size_t dissection_bodies(const struct work *x)
{
    return observer_wants(x->place.observer, OBSERVE_BODY) ? x->d->bodies_max : 0;
}

/* Brings flow->tx_count and the counters up to the HTTP parser's transactions. */
void dissection_count_http(struct work *x);
void dissection_count_ftp(struct work *x);

void dissect_tcp(struct work *x);
/* The flow is over: what is still held is read without waiting for holes to fill. */
void dissect_tcp_end(struct work *x);
void dissect_udp(struct work *x);

#endif
