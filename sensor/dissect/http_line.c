/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_line.c - start lines. Lenient where servers are (blanks, tabs, a target with spaces in it, odd methods), strict in the one
 * thing that tells HTTP from its look-alikes: the version at the end of the line.
 */
#include "dissect/http_line.h"

#include <string.h>
#include <strings.h>

#define METHOD_MAX 32
#define PROTOCOL_MAX 10 /* "HTTP/1.1", and room for odd digits */
#define BLANKS_MAX 256  /* line ends before a start line */
#define LONG_LINE  1024 /* bytes of "GET /..." after which its end is not waited for */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

struct slice http_trim(struct slice s)
{
    while (s.size > 0 && is_blank(s.at[0])) {
        s.at++;
        s.size--;
    }
    while (s.size > 0 && is_blank(s.at[s.size - 1]))
        s.size--;
    return s;
}

bool http_is_word(struct slice s, const char *word)
{
    return s.size == strlen(word) && strncasecmp((const char *)s.at, word, s.size) == 0;
}

bool http_line_take(struct cursor *at, struct slice *line, bool *cut)
{
    size_t look = cursor_left(at) < HTTP_LINE_MAX ? cursor_left(at) : HTTP_LINE_MAX;
    const uint8_t *end = look > 0 ? memchr(at->at, '\n', look) : NULL;
    if (!end && look < HTTP_LINE_MAX)
        return false;
    *cut = !end;
    *line = (struct slice){at->at, end ? (size_t)(end - at->at) : look};
    cursor_skip(at, end ? line->size + 1 : look);
    if (end && line->size > 0 && line->at[line->size - 1] == '\r')
        line->size--;
    return true;
}

/* ---------------------------------------------------------------- request */

/* Bytes of the method at the start of `s`: letters, '-' and '_', beginning with a letter. */
static size_t method_size(struct slice s)
{
    size_t n = 0;
    while (n < s.size && n <= METHOD_MAX && (is_letter(s.at[n]) || (n > 0 && (s.at[n] == '-' || s.at[n] == '_'))))
        n++;
    return n;
}

/* "HTTP/1.1", "HTTP/1": the protocol, a slash, digits and dots. */
static bool is_protocol(struct slice s)
{
    if (s.size < 6 || s.size > PROTOCOL_MAX || memcmp(s.at, "HTTP/", 5) != 0 || !is_digit(s.at[5]))
        return false;
    for (size_t i = 6; i < s.size; i++)
        if (!is_digit(s.at[i]) && s.at[i] != '.')
            return false;
    return true;
}

/* The last word of a line. */
static struct slice last_word(struct slice s)
{
    size_t start = s.size;
    while (start > 0 && !is_blank(s.at[start - 1]))
        start--;
    return (struct slice){s.at + start, s.size - start};
}

static bool is_ssdp(const struct http_request_line *l)
{
    return l->target.size == 1 && l->target.at[0] == '*' &&
           (http_is_word(l->method, "NOTIFY") || http_is_word(l->method, "M-SEARCH"));
}

static bool is_simple_request(const struct http_request_line *l)
{
    static const char *const methods[] = {"GET", "POST", "HEAD", "PUT"};
    if (l->target.size == 0 || l->target.at[0] != '/' || memchr(l->target.at, ' ', l->target.size))
        return false;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (l->method.size == strlen(methods[i]) && memcmp(l->method.at, methods[i], l->method.size) == 0)
            return true;
    return false;
}

/* No control characters but tab and carriage return. */
static bool is_text(struct slice s)
{
    for (size_t i = 0; i < s.size; i++)
        if ((s.at[i] < 0x20 && s.at[i] != '\t' && s.at[i] != '\r') || s.at[i] == 0x7f)
            return false;
    return true;
}

bool http_request_line_read(struct slice line, struct http_request_line *out)
{
    size_t method = method_size(line);
    if (method < 2 || method > METHOD_MAX || method >= line.size || !is_blank(line.at[method]) || !is_text(line))
        return false;
    struct slice rest = http_trim((struct slice){line.at + method, line.size - method});
    struct slice protocol = last_word(rest);
    *out = (struct http_request_line){{line.at, method}, rest, {NULL, 0}};
    if (!is_protocol(protocol))
        return is_simple_request(out);
    out->protocol = protocol;
    out->target = http_trim((struct slice){rest.at, rest.size - protocol.size});
    return out->target.size > 0 && !is_ssdp(out);
}

/* ----------------------------------------------------------------- status */

bool http_status_line_read(struct slice line, struct http_status_line *out)
{
    size_t n = 0;
    while (n < line.size && n <= PROTOCOL_MAX && !is_blank(line.at[n])) /* no further: binary data is one long word */
        n++;
    struct slice protocol = {line.at, n};
    struct slice code = http_trim((struct slice){line.at + n, line.size - n});
    if (!is_protocol(protocol) || code.size < 3 || (code.size > 3 && !is_blank(code.at[3])))
        return false;
    if (!is_digit(code.at[0]) || code.at[0] == '0' || !is_digit(code.at[1]) || !is_digit(code.at[2]))
        return false;
    out->protocol = protocol;
    out->status = (uint16_t)((code.at[0] - '0') * 100 + (code.at[1] - '0') * 10 + (code.at[2] - '0'));
    return true;
}

/* ------------------------------------------------------------------ probe */

static struct slice skip_line_ends(struct slice s)
{
    for (int i = 0; i < BLANKS_MAX && s.size > 0 && (s.at[0] == '\r' || s.at[0] == '\n'); i++) {
        s.at++;
        s.size--;
    }
    return s;
}

bool http_begins_usual(struct slice bytes)
{
    static const char *const methods[] = {"GET", "POST", "HEAD", "PUT", "OPTIONS", "DELETE", "PATCH", "CONNECT", "PROPFIND", "PRI"};
    struct slice s = skip_line_ends(bytes);
    struct slice method = {s.at, method_size(s)};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (http_is_word(method, methods[i]))
            return true;
    return false;
}

/* The start of a request line: method, blank, target without control characters. */
static bool could_become_request(struct slice s, struct http_request_line *out)
{
    size_t method = method_size(s);
    *out = (struct http_request_line){{s.at, method}, {s.at + method, s.size - method}, {NULL, 0}};
    if (method == s.size)
        return method <= METHOD_MAX;
    if (method < 2 || method > METHOD_MAX || !is_blank(s.at[method]) || !is_text(s))
        return false;
    out->target = http_trim(out->target);
    return true;
}

enum probe http_request_line_probe(struct slice bytes)
{
    struct slice s = skip_line_ends(bytes), line;
    struct cursor at = cursor_of(s.at, s.size);
    struct http_request_line read;
    bool cut;
    if (s.size == 0)
        return PROBE_MAYBE;
    if (http_line_take(&at, &line, &cut))
        return http_request_line_read(line, &read) ? PROBE_YES : PROBE_NO;
    if (!could_become_request(s, &read))
        return PROBE_NO;
    return s.size >= LONG_LINE && is_simple_request(&read) ? PROBE_YES : PROBE_MAYBE;
}

enum probe http_status_line_probe(struct slice bytes)
{
    static const char shape[] = "HTTP/0";
    struct slice s = skip_line_ends(bytes), line;
    struct cursor at = cursor_of(s.at, s.size);
    struct http_status_line read;
    bool cut;
    if (http_line_take(&at, &line, &cut))
        return http_status_line_read(line, &read) ? PROBE_YES : PROBE_NO;
    for (size_t i = 0; i < s.size && i < 6; i++)
        if (shape[i] == '0' ? !is_digit(s.at[i]) : s.at[i] != shape[i])
            return PROBE_NO;
    return PROBE_MAYBE;
}

/* -------------------------------------------------------------- authority */

/* A port that makes no sense stays 0: what stands before it is the host all the same. */
static void read_port(struct slice s, uint16_t *port)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s.size; i++) {
        if (!is_digit(s.at[i]))
            return;
        n = n * 10 + (s.at[i] - '0');
        if (n > UINT16_MAX)
            return;
    }
    *port = (uint16_t)n;
}

static const uint8_t *last_of(struct slice s, uint8_t c)
{
    return s.size > 0 ? memrchr(s.at, c, s.size) : NULL;
}

void http_authority_split(struct slice authority, struct slice *host, uint16_t *port)
{
    struct slice s = http_trim(authority);
    const uint8_t *user = last_of(s, '@');
    *port = 0;
    if (user)
        s = (struct slice){user + 1, s.size - (size_t)(user + 1 - s.at)};
    const uint8_t *close = s.size > 0 && s.at[0] == '[' ? memchr(s.at, ']', s.size) : NULL;
    const uint8_t *colon = last_of(s, ':');
    *host = s;
    if (colon && (!close || colon > close)) {
        struct slice digits = {colon + 1, s.size - (size_t)(colon + 1 - s.at)};
        if (!memchr(s.at, ':', (size_t)(colon - s.at)) || close) { /* several without brackets: a bare IPv6 address */
            read_port(digits, port);
            host->size = (size_t)(colon - s.at);
        }
    }
    if (close)
        *host = (struct slice){s.at + 1, (size_t)(close - s.at) - 1};
}

struct slice http_uri_authority(struct slice target)
{
    size_t scheme = 0;
    while (scheme < target.size && scheme < 12 && is_letter(target.at[scheme]))
        scheme++;
    if (scheme == 0 || target.size - scheme < 3 || memcmp(target.at + scheme, "://", 3) != 0)
        return (struct slice){NULL, 0};
    struct slice rest = {target.at + scheme + 3, target.size - scheme - 3};
    size_t n = 0;
    while (n < rest.size && !memchr("/?#", rest.at[n], 3))
        n++;
    return (struct slice){rest.at, n};
}
