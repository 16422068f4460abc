/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2.c - frames of both directions, taken in as they come: nothing but a frame head, a few prefix bytes and the inflaters'
 * tables is ever held.
 */
#include "dissect/http2.h"

#include <stdlib.h>
#include <string.h>

#include <nghttp2/nghttp2.h>

#include "decode/cursor.h"

#define FRAME_HEAD     9
#define SETTING_SIZE   6
#define SETTINGS_MAX   32    /* settings in a server's first frame */
#define FIELDS_MAX     16384 /* bytes of texts kept per header block */
#define INFLATER_BYTES 8192  /* what an inflater holds, about: its table is 4 KiB by default */

enum frame_type {
    FRAME_DATA = 0,
    FRAME_HEADERS = 1,
    FRAME_RST_STREAM = 3,
    FRAME_SETTINGS = 4,
    FRAME_PUSH_PROMISE = 5,
    FRAME_CONTINUATION = 9
};
enum frame_flag { FLAG_END_STREAM = 0x01, FLAG_END_HEADERS = 0x04, FLAG_PADDED = 0x08, FLAG_PRIORITY = 0x20 };
enum step { STEP_ON, STEP_WAIT, STEP_BROKEN };

/* One direction. A frame is: head, prefix (pad length, priority, promised stream), content, padding. */
struct http2_side {
    nghttp2_hd_inflater *inflater;
    bool broken; /* for good: table and framing cannot be had back */
    bool in_frame;
    bool prefix_read;
    uint8_t type, flags;
    uint32_t stream;
    uint32_t content; /* bytes left before the padding */
    uint32_t padding; /* bytes left after it */
    bool in_block;    /* a header block is open: CONTINUATION must follow */
    bool block_ends_stream;
    bool block_is_kept; /* its fields go into a transaction (not trailers, not promises) */
    uint32_t block_stream;
};

struct http2 {
    struct http_queue *queue;
    struct http2_side side[2]; /* by enum direction */
    size_t preface;            /* bytes of HTTP2_PREFACE read */
};

enum probe http2_server_probe(struct slice bytes)
{
    struct cursor at = cursor_of(bytes.at, bytes.size);
    uint32_t size, stream;
    uint8_t type, flags;
    if (!cursor_u24(&at, &size))
        return bytes.size == 0 || bytes.at[0] == 0 ? PROBE_MAYBE : PROBE_NO;
    if (size % SETTING_SIZE != 0 || size > SETTING_SIZE * SETTINGS_MAX)
        return PROBE_NO;
    if (!cursor_u8(&at, &type) || !cursor_u8(&at, &flags) || !cursor_u32(&at, &stream))
        return PROBE_MAYBE;
    return type == FRAME_SETTINGS && flags == 0 && stream == 0 ? PROBE_YES : PROBE_NO;
}

struct http2 *http2_new(struct http_queue *queue, size_t preface)
{
    struct http2 *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->queue = queue;
    h->preface = preface;
    queue->is_http2 = true;
    if (nghttp2_hd_inflate_new(&h->side[TO_SERVER].inflater) == 0 && nghttp2_hd_inflate_new(&h->side[TO_CLIENT].inflater) == 0)
        return h;
    http2_free(h);
    return NULL;
}

void http2_free(struct http2 *h)
{
    if (!h)
        return;
    nghttp2_hd_inflate_del(h->side[TO_CLIENT].inflater);
    nghttp2_hd_inflate_del(h->side[TO_SERVER].inflater);
    free(h);
}

size_t http2_memory(const struct http2 *h)
{
    return sizeof *h + 2 * INFLATER_BYTES;
}

/* ----------------------------------------------------------------- fields */

static uint16_t status_of(struct slice s)
{
    unsigned n = 0;
    for (size_t i = 0; i < s.size && i < 3; i++)
        n = n * 10 + (unsigned)(s.at[i] - '0');
    return s.size == 3 && n >= 100 && n <= 999 ? (uint16_t)n : 0;
}

static void keep_field(struct http_message *m, const nghttp2_nv *nv)
{
    struct slice name = {nv->name, nv->namelen}, value = {nv->value, nv->valuelen};
    if (m->size + value.size > FIELDS_MAX || name.size == 0)
        return;
    if (name.at[0] != ':')
        http_message_field(m, name, value);
    else if (name.size == 7 && memcmp(name.at, ":method", 7) == 0)
        http_message_put(m, HTTP_METHOD, value);
    else if (name.size == 5 && memcmp(name.at, ":path", 5) == 0)
        http_message_put(m, HTTP_TARGET, value);
    else if (name.size == 10 && memcmp(name.at, ":authority", 10) == 0)
        http_message_put(m, HTTP_HOST, value);
    else if (name.size == 7 && memcmp(name.at, ":status", 7) == 0)
        m->status = status_of(value);
}

/* Feeds a piece of the open header block to the inflater; `last` when nothing of the block follows. */
static bool inflate(struct http2_side *s, struct http_message *m, struct slice piece, bool last)
{
    for (;;) {
        nghttp2_nv nv;
        int flags = 0;
        ssize_t used = nghttp2_hd_inflate_hd2(s->inflater, &nv, &flags, piece.at, piece.size, last);
        if (used < 0)
            return false;
        piece.at += used;
        piece.size -= (size_t)used;
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) && m)
            keep_field(m, &nv);
        if (flags & NGHTTP2_HD_INFLATE_FINAL)
            return nghttp2_hd_inflate_end_headers(s->inflater) == 0;
        if (!(flags & NGHTTP2_HD_INFLATE_EMIT) && piece.size == 0)
            return true;
    }
}

/* A header block begins: which message its fields belong to. A second block of a message is its trailers. */
static bool begin_block(struct http2 *h, const struct parse_place *place, enum direction direction)
{
    struct http2_side *s = &h->side[direction];
    s->in_block = true;
    s->block_stream = s->stream;
    s->block_ends_stream = s->type == FRAME_HEADERS && (s->flags & FLAG_END_STREAM);
    s->block_is_kept = false;
    if (s->type != FRAME_HEADERS)
        return true;
    struct http_tx *tx = http_queue_stream(h->queue, s->stream);
    if (!tx) {
        tx = http_queue_add(h->queue, place, direction);
        if (!tx)
            return false;
        tx->stream = s->stream;
    }
    s->block_is_kept = !tx->begun[direction];
    if (s->block_is_kept) {
        http_message_reset(&tx->message[direction]);
        http_message_put(&tx->message[direction], HTTP_PROTOCOL, (struct slice){(const uint8_t *)"HTTP/2", 6});
    }
    tx->begun[direction] = true;
    return true;
}

/* Half a stream is over, or all of it. */
static void end_stream(struct http2 *h, const struct parse_place *place, enum direction direction, bool both)
{
    struct http_tx *tx = http_queue_stream(h->queue, h->side[direction].stream);
    if (!tx)
        return;
    tx->done[direction] = true;
    if (both)
        tx->done[1 - direction] = true;
    http_queue_settle(h->queue, place, direction, false);
}

static void end_block(struct http2 *h, const struct parse_place *place, enum direction direction)
{
    struct http2_side *s = &h->side[direction];
    struct http_tx *tx = http_queue_stream(h->queue, s->block_stream);
    s->in_block = false;
    if (!tx)
        return;
    if (direction == TO_SERVER)
        http_tx_tell_request(h->queue, tx, place, direction);
    else if (tx->message[TO_CLIENT].status / 100 == 1) /* an interim response: the real one follows */
        tx->begun[TO_CLIENT] = false;
    if (s->block_ends_stream)
        end_stream(h, place, direction, false);
}

/* ----------------------------------------------------------------- frames */

static enum step read_head(struct http2_side *s, struct cursor *at)
{
    const uint8_t *head = cursor_take(at, FRAME_HEAD);
    if (!head)
        return STEP_WAIT;
    s->content = read_u24(head);
    s->padding = 0;
    s->type = head[3];
    s->flags = head[4];
    s->stream = read_u32(head + 5) & 0x7fffffff;
    s->in_frame = true;
    s->prefix_read = false;
    return s->in_block == (s->type == FRAME_CONTINUATION) ? STEP_ON : STEP_BROKEN;
}

/* Takes `size` bytes of the frame's content. */
static enum step take_content(struct http2_side *s, struct cursor *at, uint32_t size, const uint8_t **out)
{
    if (size > s->content)
        return STEP_BROKEN;
    *out = cursor_take(at, size);
    if (!*out)
        return STEP_WAIT;
    s->content -= size;
    return STEP_ON;
}

static enum step read_prefix(struct http2 *h, const struct parse_place *place, enum direction direction, struct cursor *at)
{
    struct http2_side *s = &h->side[direction];
    bool block = s->type == FRAME_HEADERS || s->type == FRAME_PUSH_PROMISE;
    bool padded = (block || s->type == FRAME_DATA) && (s->flags & FLAG_PADDED);
    uint32_t size = padded ? 1 : 0;
    const uint8_t *prefix = at->at;
    if (s->type == FRAME_HEADERS && (s->flags & FLAG_PRIORITY))
        size += 5;
    if (s->type == FRAME_PUSH_PROMISE)
        size += 4;
    enum step step = size > 0 ? take_content(s, at, size, &prefix) : STEP_ON;
    if (step != STEP_ON)
        return step;
    s->padding = padded ? prefix[0] : 0;
    if (s->padding > s->content)
        return STEP_BROKEN;
    s->content -= s->padding;
    s->prefix_read = true;
    return block && !begin_block(h, place, direction) ? STEP_BROKEN : STEP_ON;
}

static bool is_block_frame(const struct http2_side *s)
{
    return s->type == FRAME_HEADERS || s->type == FRAME_PUSH_PROMISE || s->type == FRAME_CONTINUATION;
}

/* What is at hand of the content. */
static enum step take_piece(struct http2 *h, const struct parse_place *place, enum direction direction, struct cursor *at)
{
    struct http2_side *s = &h->side[direction];
    struct slice piece = {at->at, cursor_left(at) < s->content ? cursor_left(at) : s->content};
    if (piece.size == 0)
        return STEP_WAIT;
    cursor_skip(at, piece.size);
    s->content -= (uint32_t)piece.size;
    struct http_tx *tx = http_queue_stream(h->queue, is_block_frame(s) ? s->block_stream : s->stream);
    if (s->type == FRAME_DATA && tx)
        http_tx_body(h->queue, tx, place, direction, piece);
    if (!is_block_frame(s))
        return STEP_ON;
    struct http_message *m = s->block_is_kept && tx ? &tx->message[direction] : NULL;
    return inflate(s, m, piece, false) ? STEP_ON : STEP_BROKEN;
}

static enum step end_frame(struct http2 *h, const struct parse_place *place, enum direction direction)
{
    struct http2_side *s = &h->side[direction];
    s->in_frame = false;
    if (is_block_frame(s) && (s->flags & FLAG_END_HEADERS)) {
        struct http_tx *tx = http_queue_stream(h->queue, s->block_stream);
        if (!inflate(s, s->block_is_kept && tx ? &tx->message[direction] : NULL, (struct slice){(const uint8_t *)"", 0}, true))
            return STEP_BROKEN;
        end_block(h, place, direction);
    } else if (s->type == FRAME_DATA && (s->flags & FLAG_END_STREAM)) {
        end_stream(h, place, direction, false);
    } else if (s->type == FRAME_RST_STREAM) {
        end_stream(h, place, direction, true);
    }
    return STEP_ON;
}

static enum step step_frame(struct http2 *h, const struct parse_place *place, enum direction direction, struct cursor *at)
{
    struct http2_side *s = &h->side[direction];
    if (!s->in_frame)
        return read_head(s, at);
    if (!s->prefix_read)
        return read_prefix(h, place, direction, at);
    if (s->content > 0)
        return take_piece(h, place, direction, at);
    uint32_t pad = cursor_left(at) < s->padding ? (uint32_t)cursor_left(at) : s->padding;
    cursor_skip(at, pad);
    s->padding -= pad;
    return s->padding > 0 ? STEP_WAIT : end_frame(h, place, direction);
}

static enum step read_preface(struct http2 *h, struct cursor *at)
{
    while (h->preface < sizeof HTTP2_PREFACE - 1) {
        uint8_t byte;
        if (!cursor_u8(at, &byte))
            return STEP_WAIT;
        if (byte != (uint8_t)HTTP2_PREFACE[h->preface++])
            return STEP_BROKEN;
    }
    return STEP_ON;
}

struct parse_result http2_bytes(struct http2 *h, const struct parse_place *place, enum direction direction, struct slice bytes)
{
    struct cursor at = cursor_of(bytes.at, bytes.size);
    enum step step = h->side[direction].broken ? STEP_BROKEN : STEP_ON;
    if (step == STEP_ON && direction == TO_SERVER)
        step = read_preface(h, &at);
    while (step == STEP_ON)
        step = step_frame(h, place, direction, &at);
    h->side[direction].broken = step == STEP_BROKEN;
    return (struct parse_result){step == STEP_BROKEN ? PARSE_REFUSED : PARSE_MORE, (size_t)(at.at - bytes.at), 0};
}

bool http2_gap(struct http2 *h, enum direction direction, uint64_t lost)
{
    struct http2_side *s = &h->side[direction];
    if (s->broken || !s->in_frame || !s->prefix_read || is_block_frame(s) || lost > s->content) {
        s->broken = true;
        return false;
    }
    s->content -= (uint32_t)lost;
    return true;
}
