/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_body.h - where a body ends (RFC 9112 6.3, 7.1). Bodies are handed on in pieces, not kept.
 */
#ifndef DISSECT_HTTP_BODY_H
#define DISSECT_HTTP_BODY_H

#include <stdbool.h>

#include "decode/cursor.h"
#include "dissect/http_message.h"

enum http_body_kind { HTTP_BODY_NONE = 0, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED, HTTP_BODY_TO_CLOSE };
enum http_body_step { HTTP_BODY_MORE, HTTP_BODY_END, HTTP_BODY_BROKEN };

struct http_body {
    uint8_t kind;  /* enum http_body_kind */
    uint8_t part;  /* CHUNKED: what comes next */
    uint64_t left; /* bytes of the body, or of the chunk, to come */
};

/* What the head announces: NONE when it has neither Transfer-Encoding: chunked nor a Content-Length. */
struct http_body http_body_of(const struct http_message *head);

/* Moves `at` over framing and one piece of content at most: *piece, empty when none is at hand. After MORE with a piece there may be
 * another one. */
enum http_body_step http_body_read(struct http_body *b, struct cursor *at, struct slice *piece);

/* `lost` bytes will never come: true when the body absorbs them. */
bool http_body_gap(struct http_body *b, uint64_t lost);

#endif
