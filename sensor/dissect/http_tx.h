/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_tx.h - the transactions of a connection that are under way, oldest first, and their observations.
 */
#ifndef DISSECT_HTTP_TX_H
#define DISSECT_HTTP_TX_H

#include <stdbool.h>

#include "dissect/http_message.h"
#include "dissect/parser.h"

#define HTTP_QUEUE_MAX   64          /* transactions kept at most; HTTP/2: twice as many */
#define HTTP_QUEUE_BYTES (64 * 1024) /* memory they hold at most; HTTP/2: four times as much */

/* The beginning of a body, kept until it can be told. */
struct http_content {
    uint8_t *bytes; /* owned; NULL when there is none */
    uint32_t size;
    bool cut;       /* packed, and a piece is missing: what follows cannot be read */
    bool over;      /* no text, or told */
};

struct http_tx {
    struct http_tx *next;
    struct http_message message[2]; /* by enum direction: request, response */
    struct http_content content[2];
    uint64_t length[2];             /* body bytes seen */
    uint32_t id;                    /* from 0 */
    uint32_t stream;                /* HTTP/2 stream; 0 for HTTP/1 */
    bool begun[2];                  /* start line or header block seen */
    bool done[2];                   /* nothing more will come of it */
    bool told;                      /* OBSERVE_HTTP_REQUEST was observed */
};

struct http_queue {
    struct http_tx *oldest, *newest;
    uint32_t count;
    uint32_t made; /* transactions so far */
    uint32_t bodies_max; /* bytes of a body that are kept; 0: none */
    bool is_http2;
};

/* A new transaction at the end of the queue. Makes room first: the oldest with nothing being read is observed as it is (with
 * HTTP/2 any may go, so only stream numbers stay good). NULL when memory is short. */
struct http_tx *http_queue_add(struct http_queue *q, const struct parse_place *place, enum direction direction);
/* The oldest that still waits for its response, or NULL. */
struct http_tx *http_queue_unanswered(const struct http_queue *q);
struct http_tx *http_queue_stream(const struct http_queue *q, uint32_t stream);

/* Observes the request once. */
void http_tx_tell_request(struct http_queue *q, struct http_tx *tx, const struct parse_place *place, enum direction direction);
/* A piece of a body: counted, and kept as long as the body is text or packed and there is room. A full one is observed. */
void http_tx_body(const struct http_queue *q, struct http_tx *tx, const struct parse_place *place, enum direction direction,
                  struct slice piece);
/* A piece of a body is missing. */
void http_tx_body_gap(struct http_tx *tx, enum direction direction);
/* Observes what is kept of a body, unpacked, once. */
void http_tx_tell_body(const struct http_queue *q, struct http_tx *tx, const struct parse_place *place, enum direction direction);
/* Observes and drops every transaction that is over; with `all` also those that are not. */
void http_queue_settle(struct http_queue *q, const struct parse_place *place, enum direction direction, bool all);

/* Bytes held by the queue. */
size_t http_queue_memory(const struct http_queue *q);
/* Drops everything unobserved. */
void http_queue_free(struct http_queue *q);

#endif
