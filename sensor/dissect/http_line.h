/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_line.h - the grammar of HTTP/1 start lines and of authorities (RFC 9112 3 and 4, RFC 3986 3.2).
 */
#ifndef DISSECT_HTTP_LINE_H
#define DISSECT_HTTP_LINE_H

#include <stdbool.h>

#include "decode/cursor.h"
#include "dissect/parser.h"

#define HTTP_LINE_MAX 16384 /* bytes of a line that are looked at */

struct http_request_line {
    struct slice method, target;
    struct slice protocol; /* "HTTP/1.1"; empty for HTTP/0.9 */
};

struct http_status_line {
    struct slice protocol;
    uint16_t status; /* 100..999 */
};

/* `line` is without its line end. The methods may be any token when the line ends in an HTTP version; without one, only GET, POST,
 * PUT and HEAD of a path are believed. Not HTTP: RTSP, SIP, ICAP (other versions), NATS (no version), SSDP ("NOTIFY *"). */
bool http_request_line_read(struct slice line, struct http_request_line *out);
bool http_status_line_read(struct slice line, struct http_status_line *out);

/* Could these bytes start with such a line? MAYBE only while the line end is not there. Blank lines before it are allowed. */
enum probe http_request_line_probe(struct slice bytes);
enum probe http_status_line_probe(struct slice bytes);
/* Does one of the methods that everybody uses stand here? Any word is a method, but the end of one word is another. */
bool http_begins_usual(struct slice bytes);

/* "user@host:port" apart: `host` without port, user and IPv6 brackets; `port` 0 when there is none. */
void http_authority_split(struct slice authority, struct slice *host, uint16_t *port);
/* The authority of an absolute URI ("http://host:8080/x"), empty when `target` is none. */
struct slice http_uri_authority(struct slice target);

/* Takes the next line, without its end (CRLF or LF). False while its end is not there; a line longer than HTTP_LINE_MAX is
 * given up to there with *cut true: its rest is still to come. */
bool http_line_take(struct cursor *at, struct slice *line, bool *cut);

/* Without spaces and tabs at both ends. */
struct slice http_trim(struct slice s);
/* Equal to an ASCII word, letter case ignored. */
bool http_is_word(struct slice s, const char *word);

#endif
