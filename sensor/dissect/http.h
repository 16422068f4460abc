/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - HTTP/1 (RFC 9112) transactions of a connection, and those of clear-text HTTP/2 (RFC 9113).
 *
 * Requests and responses are two streams joined in order: pipelining, keep-alive, chunked bodies, HEAD/1xx/204/304, CONNECT
 * (after 2xx both directions are a tunnel), Upgrade (h2c goes on as HTTP/2), absolute-URI, body until close. Bodies are
 * counted, and the beginnings of those that are text told. HTTP/2, known by its preface or the server's SETTINGS, is joined by stream. A head is kept up to 16 KiB.
 */
#ifndef DISSECT_HTTP_H
#define DISSECT_HTTP_H

#include <stdbool.h>

#include "dissect/parser.h"

struct http_flow; /* both directions of one connection */

/* Request line or status line at the start of a direction? *is_response says which. HTTP/2's preface counts as request, a
 * SETTINGS frame as response. What is NO stays so with more bytes. */
enum probe http_probe(struct slice bytes, bool *is_response);

/* `bodies_max`: bytes of each body that OBSERVE_BODY tells, when it is text; 0: none. NULL without memory. */
struct http_flow *http_flow_new(size_t bodies_max);
void http_flow_free(struct http_flow *h);
size_t http_flow_memory(const struct http_flow *h);

/*
 * Bytes of one direction; `direction` is TO_SERVER for requests. After a hole the caller calls http_gap first. Observes
 * OBSERVE_HTTP_REQUEST at each request head and OBSERVE_HTTP at the end of each transaction; `host` is without port, user and
 * IPv6 brackets. Everything but the start of an unfinished line (at most 16 KiB) is consumed at once, `skip` is always 0.
 * Returns PARSE_DONE with http_is_tunnel() true when a CONNECT or an Upgrade was accepted, or what follows a CONNECT is no
 * HTTP: the bytes not consumed are another protocol. PARSE_REFUSED: no start line where one must be, or 1 MiB without one.
 */
struct parse_result http_bytes(struct http_flow *h, const struct parse_place *place, enum direction direction, struct slice bytes);
/* `lost` bytes of this direction will never come (unconsumed ones before them are forgotten): a body absorbs them; otherwise
 * the message under way ends there and the next start line is looked for. False when the direction cannot go on: a tunnel, or
 * HTTP/2 outside DATA. */
bool http_gap(struct http_flow *h, enum direction direction, uint64_t lost);
bool http_is_tunnel(const struct http_flow *h);
bool http_is_http2(const struct http_flow *h);
/* Transactions begun so far. */
uint32_t http_transactions(const struct http_flow *h);
/* Heads longer than 16 KiB so far: their later lines were left out. */
uint32_t http_cut_heads(const struct http_flow *h);
/* The flow is over: unfinished transactions are observed as far as they were seen. */
void http_end(struct http_flow *h, const struct parse_place *place);

#endif
