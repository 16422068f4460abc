/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.c - HTTP/1 connections: one small machine per direction, line by line, joined by the queue of transactions.
 *
 * Everything is taken in as it comes: a head by whole lines, a body at once. So the caller never holds more than one line, the
 * answer does not depend on how the stream was cut, and a head whose end is missing still tells what its lines said. After a
 * hole, or bytes that make no sense, a direction looks for the next start line.
 */
#include "dissect/http.h"

#include <stdlib.h>
#include <string.h>

#include "decode/cursor.h"
#include "dissect/http2.h"
#include "dissect/http_body.h"
#include "dissect/http_line.h"
#include "dissect/http_message.h"
#include "dissect/http_tx.h"

#define HEAD_MAX 16384      /* bytes of a head that are kept */
#define LOST_MAX (1u << 20) /* bytes without a start line before a direction is given up */

enum state {
    AT_START = 0, /* a start line comes next */
    IN_HEADERS,
    IN_BODY,
    SEARCHING, /* lost: every line may be a start line */
    IN_HTTP2
};

enum step { STEP_ON, STEP_WAIT, STEP_REFUSED, STEP_TUNNEL };

struct http_side {
    struct http_tx *tx; /* whose message is being read, or NULL */
    struct http_body body;
    enum state state;
    uint32_t head; /* bytes of the head so far, at most HEAD_MAX */
    uint32_t lost; /* bytes passed while SEARCHING */
    bool in_line;  /* in the middle of a line that is passed over */
    bool begun;    /* a start line was seen */
};

struct http_flow {
    struct http_side side[2]; /* by enum direction */
    struct http_queue queue;
    struct http2 *http2; /* NULL for HTTP/1 */
    bool connecting;     /* the latest request was CONNECT */
    bool tunnel;
    uint32_t cut_heads;
};

/* One call's worth of arguments. */
struct work {
    struct http_flow *h;
    const struct parse_place *place;
    enum direction direction;
    struct http_side *side;
    struct cursor at;
};

enum probe http_probe(struct slice bytes, bool *is_response)
{
    enum probe request = http_request_line_probe(bytes);
    enum probe response = http_status_line_probe(bytes);
    enum probe settings = http2_server_probe(bytes);
    enum probe server = response > settings ? response : settings;
    *is_response = server > request;
    return server > request ? server : request;
}

struct http_flow *http_flow_new(size_t bodies_max)
{
    struct http_flow *h = calloc(1, sizeof *h);
    if (h)
        h->queue.bodies_max = (uint32_t)bodies_max;
    return h;
}

void http_flow_free(struct http_flow *h)
{
    if (!h)
        return;
    http2_free(h->http2);
    http_queue_free(&h->queue);
    free(h);
}

size_t http_flow_memory(const struct http_flow *h)
{
    return sizeof *h + http_queue_memory(&h->queue) + (h->http2 ? http2_memory(h->http2) : 0);
}

bool http_is_tunnel(const struct http_flow *h)
{
    return h->tunnel;
}

bool http_is_http2(const struct http_flow *h)
{
    return h->http2 != NULL;
}

uint32_t http_transactions(const struct http_flow *h)
{
    return h->queue.made;
}

uint32_t http_cut_heads(const struct http_flow *h)
{
    return h->cut_heads;
}

/* ------------------------------------------------------------------ lines */

/* The next line; the rest of one that is cut is passed over later. */
static bool take_line(struct work *w, struct slice *line)
{
    return http_line_take(&w->at, line, &w->side->in_line);
}

/* Passes over the rest of a line; false while its end is not there. */
static bool skip_line(struct work *w)
{
    size_t left = cursor_left(&w->at);
    const uint8_t *end = left > 0 ? memchr(w->at.at, '\n', left) : NULL;
    size_t size = end ? (size_t)(end + 1 - w->at.at) : left;
    cursor_skip(&w->at, size);
    w->side->lost += (uint32_t)size;
    w->side->in_line = !end;
    return end != NULL;
}

static void skip_line_ends(struct work *w)
{
    while (cursor_left(&w->at) > 0 && (*w->at.at == '\r' || *w->at.at == '\n'))
        cursor_skip(&w->at, 1);
}

/* --------------------------------------------------------------- messages */

static struct http_message *message(const struct work *w)
{
    return &w->side->tx->message[w->direction];
}

/* The message under way is over, complete or not. */
static void end_message(struct work *w)
{
    struct http_tx *tx = w->side->tx;
    w->side->tx = NULL;
    w->side->state = AT_START;
    if (!tx)
        return;
    tx->done[w->direction] = true;
    http_tx_tell_body(&w->h->queue, tx, w->place, w->direction);
    http_queue_settle(&w->h->queue, w->place, w->direction, false);
}

static enum step lose(struct work *w)
{
    end_message(w);
    w->side->state = SEARCHING;
    w->side->in_line = false;
    w->side->lost = 0;
    return STEP_ON;
}

/* Both directions speak HTTP/2 from here on. `read`: bytes of the preface that are behind us. */
static enum step begin_http2(struct work *w, size_t read)
{
    struct http_flow *h = w->h;
    if (!h->http2)
        h->http2 = http2_new(&h->queue, read);
    if (!h->http2)
        return STEP_REFUSED;
    for (int d = TO_SERVER; d <= TO_CLIENT; d++) {
        if (h->side[d].tx)
            h->side[d].tx->done[d] = true;
        h->side[d].tx = NULL;
        h->side[d].state = IN_HTTP2;
    }
    return STEP_ON;
}

static enum step begin_request(struct work *w, struct slice line)
{
    struct http_request_line read;
    if (!http_request_line_read(line, &read))
        return STEP_REFUSED;
    if (http_is_word(read.method, "PRI") && http_is_word(read.protocol, "HTTP/2.0"))
        return begin_http2(w, HTTP2_PREFACE_LINE);
    struct http_tx *tx = http_queue_add(&w->h->queue, w->place, w->direction);
    if (!tx)
        return STEP_REFUSED;
    http_message_put(&tx->message[TO_SERVER], HTTP_METHOD, read.method);
    http_message_put(&tx->message[TO_SERVER], HTTP_TARGET, read.target);
    http_message_put(&tx->message[TO_SERVER], HTTP_PROTOCOL, read.protocol);
    w->h->connecting = http_is_word(read.method, "CONNECT");
    w->side->tx = tx;
    return STEP_ON;
}

static enum step begin_response(struct work *w, struct slice line)
{
    struct http_status_line read;
    if (!http_status_line_read(line, &read))
        return STEP_REFUSED;
    struct http_tx *tx = http_queue_unanswered(&w->h->queue);
    if (!tx)
        tx = http_queue_add(&w->h->queue, w->place, w->direction);
    if (!tx)
        return STEP_REFUSED;
    http_message_reset(&tx->message[TO_CLIENT]);
    http_message_put(&tx->message[TO_CLIENT], HTTP_PROTOCOL, read.protocol);
    tx->message[TO_CLIENT].status = read.status;
    w->side->tx = tx;
    return STEP_ON;
}

static enum probe start_probe(const struct work *w)
{
    struct slice bytes = cursor_slice(&w->at);
    return w->direction == TO_SERVER ? http_request_line_probe(bytes) : http_status_line_probe(bytes);
}

/* What comes is no start line. A CONNECT whose answer was not captured explains it. */
static enum step bad_start(struct work *w)
{
    if (w->direction == TO_SERVER && w->h->connecting) {
        w->h->tunnel = true;
        return STEP_TUNNEL;
    }
    if (w->direction == TO_CLIENT && !w->side->begun && http2_server_probe(cursor_slice(&w->at)) != PROBE_NO)
        return http2_server_probe(cursor_slice(&w->at)) == PROBE_YES ? begin_http2(w, 0) : STEP_WAIT;
    return w->side->begun ? lose(w) : STEP_REFUSED;
}

static enum step step_start(struct work *w)
{
    struct slice line;
    skip_line_ends(w);
    enum probe probe = start_probe(w);
    if (probe == PROBE_NO)
        return bad_start(w);
    if (probe == PROBE_MAYBE || !take_line(w, &line))
        return STEP_WAIT;
    enum step step = w->direction == TO_SERVER ? begin_request(w, line) : begin_response(w, line);
    if (w->side->tx) {
        w->side->tx->begun[w->direction] = true;
        w->side->begun = true;
        w->side->state = IN_HEADERS;
        w->side->head = (uint32_t)line.size;
    }
    return step;
}

/* ---------------------------------------------------------------- framing */

/* The head is complete; `otherwise` is the body when the head does not say. */
static enum step begin_body(struct work *w, enum http_body_kind otherwise)
{
    w->side->body = http_body_of(message(w));
    if (w->side->body.kind == HTTP_BODY_NONE)
        w->side->body.kind = (uint8_t)otherwise;
    w->side->state = IN_BODY;
    return STEP_ON;
}

static enum step end_request_head(struct work *w)
{
    http_tx_tell_request(&w->h->queue, w->side->tx, w->place, w->direction);
    return begin_body(w, HTTP_BODY_NONE);
}

/* 101, or 2xx to CONNECT: from here on both directions speak something else. */
static enum step switch_protocols(struct work *w)
{
    struct http_tx *tx = w->side->tx;
    tx->done[TO_SERVER] = true;
    if (http_is_word(http_message_get(message(w), HTTP_UPGRADE), "h2c")) {
        tx->stream = 1; /* its response comes there (RFC 7540 3.2) */
        tx->begun[TO_CLIENT] = false;
        w->side->tx = NULL;
        return begin_http2(w, 0);
    }
    w->h->side[TO_SERVER].tx = NULL;
    w->h->tunnel = true;
    end_message(w);
    return STEP_TUNNEL;
}

static enum step end_response_head(struct work *w)
{
    struct http_tx *tx = w->side->tx;
    uint16_t status = message(w)->status;
    struct slice method = http_message_get(&tx->message[TO_SERVER], HTTP_METHOD);
    if (status == 101 || (status / 100 == 2 && http_is_word(method, "CONNECT")))
        return switch_protocols(w);
    if (status / 100 == 1) { /* interim: the transaction still waits */
        w->side->tx = NULL;
        w->side->state = AT_START;
        tx->begun[TO_CLIENT] = false;
        return STEP_ON;
    }
    if (http_is_word(method, "CONNECT"))
        w->h->connecting = false;
    if (!http_is_word(method, "HEAD") && status != 204 && status != 304)
        return begin_body(w, HTTP_BODY_TO_CLOSE);
    end_message(w);
    return STEP_ON;
}

static enum step step_header(struct work *w)
{
    struct slice line;
    if (!take_line(w, &line))
        return STEP_WAIT;
    if (line.size == 0 && !w->side->in_line)
        return w->direction == TO_SERVER ? end_request_head(w) : end_response_head(w);
    uint32_t room = HEAD_MAX - w->side->head;
    bool fits = line.size <= room;
    w->h->cut_heads += !fits && room > 0;
    w->side->head += fits ? (uint32_t)line.size : room;
    http_message_header(message(w), line, !fits);
    return STEP_ON;
}

static enum step step_body(struct work *w)
{
    struct slice piece;
    enum http_body_step step = http_body_read(&w->side->body, &w->at, &piece);
    http_tx_body(&w->h->queue, w->side->tx, w->place, w->direction, piece);
    if (step == HTTP_BODY_MORE)
        return piece.size > 0 && cursor_left(&w->at) > 0 ? STEP_ON : STEP_WAIT;
    if (step == HTTP_BODY_BROKEN)
        return lose(w);
    end_message(w);
    return STEP_ON;
}

/* --------------------------------------------------------------- searching */

/* Line by line until one starts a message. */
static enum step step_search(struct work *w)
{
    if (cursor_left(&w->at) == 0)
        return STEP_WAIT;
    enum probe probe = start_probe(w);
    if (probe == PROBE_MAYBE)
        return STEP_WAIT;
    if (probe == PROBE_NO)
        return skip_line(w) ? STEP_ON : STEP_WAIT;
    w->side->state = AT_START;
    return STEP_ON;
}

static enum step step_http2(struct work *w)
{
    struct parse_result r = http2_bytes(w->h->http2, w->place, w->direction, cursor_slice(&w->at));
    cursor_skip(&w->at, r.consumed);
    return r.state == PARSE_MORE ? STEP_WAIT : STEP_REFUSED;
}

/* -------------------------------------------------------------- directions */

static enum step step_on(struct work *w)
{
    if (w->side->state == SEARCHING && w->side->lost > LOST_MAX) {
        w->side->lost = 0;
        return STEP_REFUSED;
    }
    if (w->side->in_line && !skip_line(w))
        return STEP_WAIT;
    switch (w->side->state) {
    case AT_START: return step_start(w);
    case IN_HEADERS: return step_header(w);
    case IN_BODY: return step_body(w);
    case SEARCHING: return step_search(w);
    case IN_HTTP2: return step_http2(w);
    }
    return STEP_REFUSED;
}

struct parse_result http_bytes(struct http_flow *h, const struct parse_place *place, enum direction direction, struct slice bytes)
{
    struct work w = {h, place, direction, &h->side[direction], cursor_of(bytes.at, bytes.size)};
    if (h->tunnel)
        return (struct parse_result){PARSE_DONE, 0, 0};
    http_queue_settle(&h->queue, place, direction, false); /* what a hole ended */
    enum step step = STEP_ON;
    while (step == STEP_ON)
        step = step_on(&w);
    enum parse_state state = step == STEP_WAIT ? PARSE_MORE : step == STEP_TUNNEL ? PARSE_DONE : PARSE_REFUSED;
    return (struct parse_result){state, (size_t)(w.at.at - bytes.at), 0};
}

bool http_gap(struct http_flow *h, enum direction direction, uint64_t lost)
{
    struct http_side *side = &h->side[direction];
    if (h->tunnel)
        return false;
    if (side->state == IN_HTTP2)
        return http2_gap(h->http2, direction, lost);
    if (side->state == IN_BODY && http_body_gap(&side->body, lost)) {
        http_tx_body_gap(side->tx, direction);
        return true;
    }
    if (side->tx)
        side->tx->done[direction] = true;
    side->tx = NULL;
    side->state = SEARCHING;
    side->in_line = false;
    side->lost = 0;
    return true;
}

void http_end(struct http_flow *h, const struct parse_place *place)
{
    enum direction direction = flow_direction(place->flow, place->end);
    h->side[TO_SERVER].tx = h->side[TO_CLIENT].tx = NULL;
    http_queue_settle(&h->queue, place, direction, true);
}
