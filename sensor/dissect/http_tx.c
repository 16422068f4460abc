/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_tx.c - transactions from their first line to their observation.
 *
 * A transaction is over when its response is complete and its request has been sent; one that has no request (its beginning
 * was not captured) is over with its response.
 */
#include "dissect/http_tx.h"

#include <stdlib.h>

#include <string.h>

#include "dissect/clear_text.h"
#include "dissect/http_coding.h"
#include "dissect/http_line.h"

static size_t tx_memory(const struct http_queue *q, const struct http_tx *tx)
{
    size_t contents = (size_t)(tx->content[TO_SERVER].bytes != NULL) + (tx->content[TO_CLIENT].bytes != NULL);
    return sizeof *tx + tx->message[TO_SERVER].room + tx->message[TO_CLIENT].room + contents * q->bodies_max;
}

size_t http_queue_memory(const struct http_queue *q)
{
    size_t sum = 0;
    for (const struct http_tx *tx = q->oldest; tx; tx = tx->next)
        sum += tx_memory(q, tx);
    return sum;
}

static void tx_free(struct http_tx *tx)
{
    http_message_reset(&tx->message[TO_SERVER]);
    http_message_reset(&tx->message[TO_CLIENT]);
    free(tx->content[TO_SERVER].bytes);
    free(tx->content[TO_CLIENT].bytes);
    free(tx);
}

void http_queue_free(struct http_queue *q)
{
    while (q->oldest) {
        struct http_tx *next = q->oldest->next;
        tx_free(q->oldest);
        q->oldest = next;
    }
    *q = (struct http_queue){0};
}

/* ---------------------------------------------------------------- observe */

static struct text_ref keep(struct observer *w, struct slice s)
{
    return observer_text(w, s.at, s.size);
}

/* Whom the request is for: CONNECT's target, an absolute URI's authority, else the Host field (RFC 9112 3.3). */
static struct slice authority_of(const struct http_message *request)
{
    struct slice target = http_message_get(request, HTTP_TARGET);
    if (http_is_word(http_message_get(request, HTTP_METHOD), "CONNECT") && target.size > 0)
        return target;
    struct slice authority = http_uri_authority(target);
    return authority.size > 0 ? authority : http_message_get(request, HTTP_HOST);
}

static void fill_request(struct observation_http *o, struct observer *w, const struct http_message *request)
{
    struct slice host;
    http_authority_split(authority_of(request), &host, &o->host_port);
    o->host = keep(w, host);
    o->method = keep(w, http_message_get(request, HTTP_METHOD));
    o->url = keep(w, http_message_get(request, HTTP_TARGET));
    o->protocol = keep(w, http_message_get(request, HTTP_PROTOCOL));
    o->user_agent = keep(w, http_message_get(request, HTTP_USER_AGENT));
    o->referer = keep(w, http_message_get(request, HTTP_REFERER));
    o->xff = keep(w, http_message_get(request, HTTP_XFF));
}

static void fill_response(struct observation_http *o, struct observer *w, const struct http_message *response)
{
    o->status = response->status;
    o->content_type = keep(w, http_message_get(response, HTTP_CONTENT_TYPE));
    if (!o->request_seen)
        o->protocol = keep(w, http_message_get(response, HTTP_PROTOCOL));
}

static void observe(const struct http_queue *q, const struct http_tx *tx, enum observation_kind kind,
                    const struct parse_place *place, enum direction direction)
{
    struct observer *w = place->observer;
    struct observation_http *o = observer_begin(w, kind, sizeof *o, place->flow, place->packet, direction);
    o->tx_id = tx->id;
    o->is_http2 = q->is_http2;
    o->request_seen = tx->begun[TO_SERVER];
    if (o->request_seen)
        fill_request(o, w, &tx->message[TO_SERVER]);
    if (kind == OBSERVE_HTTP) {
        o->request_length = tx->length[TO_SERVER];
        o->response_length = tx->length[TO_CLIENT];
        o->response_seen = tx->begun[TO_CLIENT];
        if (o->response_seen)
            fill_response(o, w, &tx->message[TO_CLIENT]);
    }
    observer_end(w);
}

void http_tx_tell_request(struct http_queue *q, struct http_tx *tx, const struct parse_place *place, enum direction direction)
{
    if (tx->told || !tx->begun[TO_SERVER])
        return;
    tx->told = true;
    observe(q, tx, OBSERVE_HTTP_REQUEST, place, direction);
}

/* ----------------------------------------------------------------- bodies */

/* Compressed as its head says. */
static bool is_packed(const struct http_tx *tx, enum direction direction)
{
    return http_coding_is_known(http_message_get(&tx->message[direction], HTTP_CONTENT_ENCODING));
}

static bool is_clear(const struct http_content *c)
{
    return clear_text_begins((struct slice){c->bytes, c->size});
}

/* Puts what was packed into the place of the packed bytes. */
static void unpack(struct http_content *c, size_t room)
{
    uint8_t *bytes = malloc(room);
    c->size = bytes ? (uint32_t)http_coding_undo((struct slice){c->bytes, c->size}, bytes, room) : 0;
    free(c->bytes);
    c->bytes = bytes;
}

static void drop(struct http_content *c)
{
    free(c->bytes);
    *c = (struct http_content){.over = true};
}

void http_tx_tell_body(const struct http_queue *q, struct http_tx *tx, const struct parse_place *place, enum direction direction)
{
    struct http_content *c = &tx->content[direction];
    struct observer *w = place->observer;
    const struct http_message *request = &tx->message[TO_SERVER];
    struct slice host;
    uint16_t port;
    c->over = true;
    if (c->bytes && is_packed(tx, direction))
        unpack(c, q->bodies_max);
    if (!c->bytes || !is_clear(c)) {
        drop(c);
        return;
    }
    struct observation_body *o = observer_begin(w, OBSERVE_BODY, sizeof *o, place->flow, place->packet, direction);
    o->source = direction == TO_SERVER ? BODY_HTTP_REQUEST : BODY_HTTP_RESPONSE;
    o->number = tx->id;
    o->bytes = observer_text(w, c->bytes, c->size);
    http_authority_split(authority_of(request), &host, &port);
    o->host = keep(w, host);
    o->method = keep(w, http_message_get(request, HTTP_METHOD));
    o->url = keep(w, http_message_get(request, HTTP_TARGET));
    o->user_agent = keep(w, http_message_get(request, HTTP_USER_AGENT));
    observer_end(w);
    drop(c);
}

void http_tx_body(const struct http_queue *q, struct http_tx *tx, const struct parse_place *place, enum direction direction,
                  struct slice piece)
{
    struct http_content *c = &tx->content[direction];
    tx->length[direction] += piece.size;
    if (q->bodies_max == 0 || c->over || c->cut || piece.size == 0)
        return;
    bool enough = piece.size >= CLEAR_TEXT_ENOUGH, packed = is_packed(tx, direction);
    if (!c->bytes && ((enough && !packed && !clear_text_begins(piece)) || !(c->bytes = malloc(q->bodies_max)))) {
        c->over = true;
        return;
    }
    size_t before = c->size, room = q->bodies_max - c->size, size = piece.size < room ? piece.size : room;
    memcpy(c->bytes + c->size, piece.at, size);
    c->size += (uint32_t)size;
    if (!packed && before > 0 && before < CLEAR_TEXT_ENOUGH && c->size >= CLEAR_TEXT_ENOUGH && !is_clear(c))
        drop(c); /* however the first bytes were cut, they are judged together */
    else if (c->size == q->bodies_max)
        http_tx_tell_body(q, tx, place, direction);
}

void http_tx_body_gap(struct http_tx *tx, enum direction direction)
{
    tx->content[direction].cut |= is_packed(tx, direction);
}

/* ------------------------------------------------------------------ queue */

static bool is_over(const struct http_tx *tx)
{
    return tx->done[TO_CLIENT] && (tx->done[TO_SERVER] || !tx->begun[TO_SERVER]);
}

/* Something of it is being read right now. */
static bool is_under_way(const struct http_tx *tx)
{
    return (tx->begun[TO_SERVER] && !tx->done[TO_SERVER]) || (tx->begun[TO_CLIENT] && !tx->done[TO_CLIENT]);
}

static void unlink_tx(struct http_queue *q, struct http_tx *before, struct http_tx *tx)
{
    if (before)
        before->next = tx->next;
    else
        q->oldest = tx->next;
    if (q->newest == tx)
        q->newest = before;
    q->count--;
}

/* Ends the first transaction that `should_go` picks. */
static bool finish_one(struct http_queue *q, const struct parse_place *place, enum direction direction,
                       bool (*should_go)(const struct http_tx *))
{
    struct http_tx *before = NULL;
    for (struct http_tx *tx = q->oldest; tx; before = tx, tx = tx->next) {
        if (!should_go(tx))
            continue;
        http_tx_tell_request(q, tx, place, direction);
        http_tx_tell_body(q, tx, place, TO_SERVER);
        http_tx_tell_body(q, tx, place, TO_CLIENT);
        observe(q, tx, OBSERVE_HTTP, place, direction);
        unlink_tx(q, before, tx);
        tx_free(tx);
        return true;
    }
    return false;
}

static bool is_any(const struct http_tx *tx)
{
    (void)tx;
    return true;
}

static bool is_idle(const struct http_tx *tx)
{
    return !is_under_way(tx);
}

void http_queue_settle(struct http_queue *q, const struct parse_place *place, enum direction direction, bool all)
{
    for (struct http_tx *tx = q->oldest; tx; tx = tx->next)
        if (tx->done[TO_SERVER]) /* a hole took the end of its head */
            http_tx_tell_request(q, tx, place, direction);
    while (finish_one(q, place, direction, all ? is_any : is_over))
        continue;
}

struct http_tx *http_queue_add(struct http_queue *q, const struct parse_place *place, enum direction direction)
{
    while ((q->count >= HTTP_QUEUE_MAX || http_queue_memory(q) >= HTTP_QUEUE_BYTES) && finish_one(q, place, direction, is_idle))
        continue;
    while ((q->count >= 2 * HTTP_QUEUE_MAX || http_queue_memory(q) >= 4 * HTTP_QUEUE_BYTES) &&
           finish_one(q, place, direction, is_any)) /* only HTTP/2 has that many under way */
        continue;
    struct http_tx *tx = calloc(1, sizeof *tx);
    if (!tx)
        return NULL;
    http_message_reset(&tx->message[TO_SERVER]);
    http_message_reset(&tx->message[TO_CLIENT]);
    tx->id = q->made++;
    if (q->newest)
        q->newest->next = tx;
    else
        q->oldest = tx;
    q->newest = tx;
    q->count++;
    return tx;
}

struct http_tx *http_queue_unanswered(const struct http_queue *q)
{
    for (struct http_tx *tx = q->oldest; tx; tx = tx->next)
        if (!tx->done[TO_CLIENT])
            return tx;
    return NULL;
}

struct http_tx *http_queue_stream(const struct http_queue *q, uint32_t stream)
{
    for (struct http_tx *tx = q->oldest; tx; tx = tx->next)
        if (tx->stream == stream)
            return tx;
    return NULL;
}
