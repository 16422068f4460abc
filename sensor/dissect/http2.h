/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2.h - HTTP/2 in clear text (RFC 9113): header blocks of both directions, inflated by nghttp2 (RFC 7541).
 */
#ifndef DISSECT_HTTP2_H
#define DISSECT_HTTP2_H

#include <stdbool.h>

#include "dissect/http_tx.h"
#include "dissect/parser.h"

#define HTTP2_PREFACE      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" /* a client's first bytes */
#define HTTP2_PREFACE_LINE 16                                 /* bytes of its first line */

struct http2;

/* Does a server's side of a connection start like this? A SETTINGS frame (RFC 9113 3.4). */
enum probe http2_server_probe(struct slice bytes);

/* `queue` holds the transactions and outlives the result; `preface` bytes of the client's preface were read already. NULL when
 * memory is short. */
struct http2 *http2_new(struct http_queue *queue, size_t preface);
void http2_free(struct http2 *h);
size_t http2_memory(const struct http2 *h);

/* Bytes of one direction. REFUSED when preface, frames or header blocks are broken. */
struct parse_result http2_bytes(struct http2 *h, const struct parse_place *place, enum direction direction, struct slice bytes);
/* `lost` bytes will never come: true when they lay inside a DATA or unknown frame. A lost header block cannot be borne: the
 * inflater's table would be wrong from then on. */
bool http2_gap(struct http2 *h, enum direction direction, uint64_t lost);

#endif
