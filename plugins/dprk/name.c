/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name.c - D07 HTTP host and CONNECT, D09 URL, and how any listed name that an internal client says is told.
 *
 * A listed host is told once per request and covers the URL. A row of type url never matches by its
 * host alone, because the site is a victim.
 */
#include "dprk.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { URL_MAX = 2048, HTTP_PORT = 80 };

/* Completes a hit: what was said and the sentence about it. */
static void describe(const struct dprk *d, const struct observation *o, struct slice value, const char *said, struct dprk_hit *hit)
{
    char client[46], server[46];
    dprk_printable(hit->matched, value);
    snprintf(hit->event, sizeof hit->event, "%s %s %.100s to %s port %u", d->host->address_text(&o->client, client), said,
             hit->matched, d->host->address_text(&o->server, server), o->server_port);
}

bool dprk_tell_saying(struct dprk *d, const struct observation *o, struct sensor_context *context, const struct dprk_saying *s,
                      const struct sensor_entry *entry)
{
    struct dprk_hit hit = {.row.entry = *entry, .sid = s->sid, .matched_on = s->matched_on, .detail = s->detail};
    describe(d, o, s->value, s->said, &hit);
    return dprk_tell(d, o, context, &hit);
}

bool dprk_see_name(struct dprk *d, const struct observation *o, struct sensor_context *context, const struct dprk_saying *s)
{
    struct sensor_entry entry;
    if (s->value.size == 0 || !d->host->list_find_name(d->indicators, s->value, &entry))
        return false;
    if (!o->client_internal) {
        d->host->count(context, "outside_only");
        return false;
    }
    return dprk_tell_saying(d, o, context, s, &entry);
}

/* Reads an address literal, with or without brackets, as struct address; 0 when it is none, else its IP version. */
static int read_literal(struct slice host, struct address *a)
{
    char text[INET6_ADDRSTRLEN];
    if (host.size >= 2 && host.at[0] == '[' && host.at[host.size - 1] == ']')
        host = (struct slice){host.at + 1, host.size - 2};
    if (host.size == 0 || host.size >= sizeof text)
        return 0;
    memcpy(text, host.at, host.size);
    text[host.size] = '\0';
    *a = (struct address){.bytes = {[10] = 0xff, [11] = 0xff}};
    if (inet_pton(AF_INET, text, a->bytes + 12) == 1)
        return 4;
    return inet_pton(AF_INET6, text, a->bytes) == 1 ? 6 : 0;
}

/* A listed address named to a proxy. When it is the peer itself, D01 and D02 have told it. */
static void see_literal(struct dprk *d, const struct observation_http *o, struct sensor_context *context, const struct dprk_saying *s)
{
    struct address a;
    struct dprk_row row;
    int version = read_literal(s->value, &a);
    if (version == 0 || !o->head.client_internal || memcmp(&a, &o->head.server, sizeof a) == 0)
        return;
    if (!dprk_find_address(d, &a, version, &row))
        return;
    struct dprk_hit hit = {.row = row, .sid = s->sid, .matched_on = s->matched_on};
    describe(d, &o->head, s->value, s->said, &hit);
    hit.port = o->host_port != 0 ? o->host_port : HTTP_PORT;
    hit.port_fit = dprk_fit_port(d, &row.entry, hit.port);
    dprk_tell(d, &o->head, context, &hit);
}

/* Where the path begins in a request target; the whole of it when it is not an absolute URI. */
static struct slice path_of(struct slice target)
{
    const uint8_t *end = target.at + target.size;
    const uint8_t *at = target.at;
    while (at + 2 < end && memcmp(at, "://", 3) != 0)
        at++;
    if (at + 2 >= end || memchr(target.at, '/', (size_t)(at - target.at)) != NULL)
        return target;
    at = memchr(at + 3, '/', (size_t)(end - at - 3));
    return at != NULL ? (struct slice){at, (size_t)(end - at)} : (struct slice){NULL, 0};
}

/* The path without query and fragment. */
static struct slice bare_path(struct slice path)
{
    size_t size = 0;
    while (size < path.size && path.at[size] != '?' && path.at[size] != '#')
        size++;
    return (struct slice){path.at, size};
}

static int hex_digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* Copies a path; "%2e" and the like, which mean the bare character, become it (RFC 3986 6.2.2.2). Returns the bytes written, at most
 * path.size. */
static size_t copy_path(char *out, struct slice path)
{
    size_t used = 0;
    for (size_t i = 0; i < path.size; i++) {
        int high = path.at[i] == '%' && path.size - i > 2 ? hex_digit(path.at[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(path.at[i + 2]) : -1;
        int c = low >= 0 ? high * 16 + low : 0;
        bool bare = c < 0x80 && (isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~');
        out[used++] = (char)(bare ? c : path.at[i]);
        i += bare ? 2 : 0;
    }
    return used;
}

/* Writes "http://host[:port]/path", the host in lower case and without a final dot; empty when it does not fit. */
static struct slice write_url(const struct observation_http *o, struct slice path, char out[URL_MAX])
{
    struct slice host = observation_text(&o->head, o->host);
    char port[8] = "";
    if (host.size > 1 && host.at[host.size - 1] == '.')
        host.size--;
    if (o->host_port != 0 && o->host_port != HTTP_PORT)
        snprintf(port, sizeof port, ":%u", o->host_port);
    if (host.size == 0 || host.size > 255 || path.size > URL_MAX - 300)
        return (struct slice){NULL, 0};
    size_t used = (size_t)snprintf(out, URL_MAX, "http://");
    for (size_t i = 0; i < host.size; i++)
        out[used++] = (char)tolower(host.at[i]);
    used += (size_t)snprintf(out + used, URL_MAX - used, "%s%s", port, path.size == 0 || path.at[0] != '/' ? "/" : "");
    used += copy_path(out + used, path);
    return (struct slice){(const uint8_t *)out, used};
}

/* Looks the request's URL up, as sent and then without query and fragment. */
static bool see_url(struct dprk *d, const struct observation_http *o, struct sensor_context *context)
{
    char url[URL_MAX];
    struct sensor_entry entry;
    struct slice target = observation_text(&o->head, o->url);
    struct slice path = target.size != 0 ? path_of(target) : target;
    struct slice tries[] = {path, bare_path(path)};
    if (!o->head.client_internal)
        return false;
    size_t count = tries[0].size == tries[1].size ? 1 : 2;
    for (size_t i = 0; i < count; i++) {
        struct slice whole = write_url(o, tries[i], url);
        if (!d->host->list_find_value(d->indicators, "url", whole, &entry))
            continue;
        struct dprk_hit hit = {.row.entry = entry, .sid = SID_URL, .matched_on = "http.url"};
        describe(d, &o->head, whole, "requested", &hit);
        return dprk_tell(d, &o->head, context, &hit);
    }
    return false;
}

void dprk_see_http(struct dprk *d, const struct observation_http *o, struct sensor_context *context)
{
    struct slice method = observation_text(&o->head, o->method);
    bool connect = method.size == 7 && memcmp(method.at, "CONNECT", 7) == 0;
    struct dprk_saying s = {.value = observation_text(&o->head, o->host),
                       .said = connect ? "asked for a tunnel to" : "sent an HTTP request for host",
                       .matched_on = "http.hostname",
                       .sid = connect ? SID_HTTP_CONNECT : SID_HTTP_HOST};
    if (s.value.size == 0 || dprk_see_name(d, &o->head, context, &s))
        return;
    see_literal(d, o, context, &s);
    see_url(d, o, context);
}
