/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_message.h - what is kept of one request or response: a few named texts in one piece of memory.
 */
#ifndef DISSECT_HTTP_MESSAGE_H
#define DISSECT_HTTP_MESSAGE_H

#include <stdbool.h>

#include "sensor_plugin.h"

enum http_field {
    HTTP_METHOD = 0,
    HTTP_TARGET,
    HTTP_PROTOCOL,
    HTTP_HOST,
    HTTP_USER_AGENT,
    HTTP_REFERER,
    HTTP_XFF,
    HTTP_CONTENT_TYPE,
    HTTP_CONTENT_ENCODING,
    HTTP_CONTENT_LENGTH,
    HTTP_TRANSFER_ENCODING,
    HTTP_UPGRADE,
    HTTP_FIELD_COUNT /* also: none of them */
};

struct http_message {
    uint8_t *bytes; /* the texts, owned; NULL when there is none */
    uint32_t size;  /* used */
    uint32_t room;  /* allocated */
    struct {
        uint32_t at, size;
    } fields[HTTP_FIELD_COUNT];
    uint16_t status; /* of a response, 0 before */
    uint8_t last;    /* enum http_field a folded line continues */
    uint32_t seen;   /* bit per field: it came (perhaps empty) */
};

/* Keeps a text; without memory it is left out. A later text replaces the earlier one. */
void http_message_put(struct http_message *m, enum http_field field, struct slice text);
/* The kept text, empty when there is none. Valid until the next put. */
struct slice http_message_get(const struct http_message *m, enum http_field field);

/* One header line of HTTP/1 without its line end, or a continuation of the one before (RFC 9112 5.2). The first occurrence
 * of a field counts; Transfer-Encoding and X-Forwarded-For are lists and are joined. `over`: the head is beyond its bound, so
 * only what says how long the body is counts. */
void http_message_header(struct http_message *m, struct slice line, bool over);
/* One field of either HTTP version by its name; fields not listed above are ignored. */
void http_message_field(struct http_message *m, struct slice name, struct slice value);

/* Content-Length; false when it is missing or no number. */
bool http_message_length(const struct http_message *m, uint64_t *out);
/* Is the last transfer coding "chunked"? */
bool http_message_is_chunked(const struct http_message *m);

/* Forgets everything. */
void http_message_reset(struct http_message *m);

#endif
