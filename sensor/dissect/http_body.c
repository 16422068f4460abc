/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_body.c - bodies by length, by chunks, or up to the end of the connection.
 */
#include "dissect/http_body.h"

#include "dissect/http_line.h"

enum part { CHUNK_SIZE = 0, CHUNK_DATA, CHUNK_END, TRAILERS };

struct http_body http_body_of(const struct http_message *head)
{
    struct http_body b = {HTTP_BODY_NONE, CHUNK_SIZE, 0};
    if (http_message_is_chunked(head))
        b.kind = HTTP_BODY_CHUNKED;
    else if (http_message_length(head, &b.left))
        b.kind = HTTP_BODY_LENGTH;
    return b;
}

static void take(struct http_body *b, struct cursor *at, struct slice *piece)
{
    size_t size = cursor_left(at) < b->left ? cursor_left(at) : (size_t)b->left;
    *piece = (struct slice){at->at, size};
    cursor_skip(at, size);
    b->left -= size;
}

/* Hexadecimal digits, then nothing or an extension. */
static bool read_chunk_size(struct slice line, uint64_t *out)
{
    uint64_t n = 0;
    size_t i = 0;
    for (; i < line.size && i < 16; i++) {
        uint8_t c = line.at[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'f';
        if (!letter && (c < '0' || c > '9'))
            break;
        n = n << 4 | (uint64_t)(letter ? (c | 0x20) - 'a' + 10 : c - '0');
    }
    *out = n;
    return i > 0 && i < 16 && (i == line.size || line.at[i] == ';' || line.at[i] == ' ' || line.at[i] == '\t');
}

static enum http_body_step take_chunk_line(struct http_body *b, struct slice line)
{
    switch ((enum part)b->part) {
    case CHUNK_SIZE:
        if (!read_chunk_size(line, &b->left))
            return HTTP_BODY_BROKEN;
        b->part = b->left > 0 ? CHUNK_DATA : TRAILERS;
        return HTTP_BODY_MORE;
    case CHUNK_END: b->part = CHUNK_SIZE; return line.size == 0 ? HTTP_BODY_MORE : HTTP_BODY_BROKEN;
    default: return line.size == 0 ? HTTP_BODY_END : HTTP_BODY_MORE;
    }
}

static enum http_body_step read_chunks(struct http_body *b, struct cursor *at, struct slice *piece)
{
    enum http_body_step step = HTTP_BODY_MORE;
    while (step == HTTP_BODY_MORE) {
        struct slice line;
        bool cut;
        if (b->part == CHUNK_DATA) {
            take(b, at, piece);
            if (b->left == 0)
                b->part = CHUNK_END;
            return HTTP_BODY_MORE;
        }
        if (!http_line_take(at, &line, &cut))
            return HTTP_BODY_MORE;
        step = cut ? HTTP_BODY_BROKEN : take_chunk_line(b, line);
    }
    return step;
}

enum http_body_step http_body_read(struct http_body *b, struct cursor *at, struct slice *piece)
{
    *piece = (struct slice){NULL, 0};
    switch ((enum http_body_kind)b->kind) {
    case HTTP_BODY_LENGTH: take(b, at, piece); return b->left > 0 ? HTTP_BODY_MORE : HTTP_BODY_END;
    case HTTP_BODY_CHUNKED: return read_chunks(b, at, piece);
    case HTTP_BODY_TO_CLOSE:
        *piece = cursor_slice(at);
        cursor_skip(at, piece->size);
        return HTTP_BODY_MORE;
    case HTTP_BODY_NONE: break;
    }
    return HTTP_BODY_END;
}

bool http_body_gap(struct http_body *b, uint64_t lost)
{
    if (b->kind == HTTP_BODY_TO_CLOSE)
        return true;
    bool absorbs = b->kind == HTTP_BODY_LENGTH || (b->kind == HTTP_BODY_CHUNKED && b->part == CHUNK_DATA);
    if (!absorbs || lost > b->left)
        return false;
    b->left -= lost;
    return true;
}
