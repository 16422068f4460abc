/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contagious.c - D31: clear HTTP to a bare outside address, as the programs of Contagious Interview speak to their masters.
 *
 * A port of the list and a path of the list: severity 1. The port alone never alerts; with a bare address that no host resolved it
 * does, at 2. Internal destinations are no business of this rule.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tradecraft.h"

enum { NAMES_MAX = 64 };

static size_t find(struct slice s, char c)
{
    const uint8_t *at = s.size == 0 ? NULL : memchr(s.at, c, s.size);
    return at == NULL ? s.size : (size_t)(at - s.at);
}

static struct slice skip(struct slice s, size_t n)
{
    return (struct slice){s.at + n, s.size - n};
}

struct slice tradecraft_contagious_path(struct slice url)
{
    size_t scheme = find(url, ':');
    if (url.size >= scheme + 3 && scheme > 0 && scheme < 8 && memcmp(url.at + scheme, "://", 3) == 0) {
        url = skip(url, scheme + 3);
        url = skip(url, find(url, '/'));
    }
    url.size = find(url, '?');
    url.size = find(url, '#');
    return url;
}

/* "/client/a/b" gives "/client". */
static struct slice first_segment(struct slice path)
{
    if (path.size > 1)
        path.size = 1 + find(skip(path, 1), '/');
    return path;
}

static bool is_address(struct slice host)
{
    char text[64];
    uint8_t bytes[16];
    if (host.size > 2 && host.at[0] == '[' && host.at[host.size - 1] == ']')
        host = (struct slice){host.at + 1, host.size - 2};
    if (host.size == 0 || host.size >= sizeof text)
        return false;
    memcpy(text, host.at, host.size);
    text[host.size] = '\0';
    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

bool tradecraft_was_resolved(const struct tradecraft *t, struct sensor_context *context)
{
    struct sensor_name n;
    for (size_t i = 0; i < NAMES_MAX && t->host->name_of(context, i, &n); i++)
        if (n.source >= NAME_SAME_HOST)
            return true;
    return false;
}

static void tell(struct tradecraft *t, const struct observation_http *o, struct sensor_context *context,
                 const struct sensor_entry *row, const char *path)
{
    struct tradecraft_report r;
    char client[46], server[46], agent[TRADECRAFT_TEXT_MAX], method[TRADECRAFT_TEXT_MAX];
    bool by_path = row != NULL;
    t->host->address_text(&o->head.client, client);
    t->host->address_text(&o->head.server, server);
    tradecraft_printable(agent, observation_text(&o->head, o->user_agent));
    tradecraft_printable(method, observation_text(&o->head, o->method));
    tradecraft_begin(&r, by_path ? RULE_CONTAGIOUS_PATH : RULE_CONTAGIOUS_BARE, by_path ? t->host->field(row, "reference") : NULL);
    r.confidence_pct = by_path ? 80 : 50;
    if (by_path)
        snprintf(r.signature, sizeof r.signature, "Clear HTTP to a bare address as Contagious Interview does: port %u, path %.60s",
                 o->head.server_port, path);
    else
        snprintf(r.signature, sizeof r.signature, "Clear HTTP to a bare address on port %u, one of Contagious Interview's",
                 o->head.server_port);
    snprintf(r.dedup, sizeof r.dedup, "%s:%u", server, o->head.server_port);
    tradecraft_text(&r, "matched_on", by_path ? "http.url" : "dest_port");
    tradecraft_text(&r, "matched_value", path);
    tradecraft_number(&r, "port", o->head.server_port);
    tradecraft_text(&r, "http_method", method);
    tradecraft_text(&r, "http_user_agent", agent);
    tradecraft_because(&r, "%s sent %.16s %.120s in clear HTTP to %s port %u", client, method, path, server, o->head.server_port);
    tradecraft_because(&r, "The Host header names the address itself, no name");
    tradecraft_because(&r, "Port %u is one that reports of Contagious Interview name (%.100s)", o->head.server_port, t->lures_path);
    if (by_path)
        tradecraft_because(&r, "Path %.60s is one of its programs', line %" PRIu32 " of that list", t->host->field(row, "value"), row->line);
    else
        tradecraft_because(&r, "No host of the network was seen to resolve a name to this address");
    tradecraft_raise(t, context, &r);
}

void tradecraft_lure(struct tradecraft *t, const struct observation *o)
{
    bool is_new;
    uint64_t *at = t->host->table_take(t->lured, &o->client, &is_new);
    *at = o->time_ns;
}

void tradecraft_contagious_see(struct tradecraft *t, const struct observation_http *o, struct sensor_context *context)
{
    char port[8], text[TRADECRAFT_TEXT_MAX];
    struct sensor_entry row;
    struct slice host = observation_text(&o->head, o->host);
    int size = snprintf(port, sizeof port, "%u", o->head.server_port);
    if (!o->head.client_internal || o->head.server_internal ||
        !t->host->list_find_value(t->lures, "port", (struct slice){(const uint8_t *)port, (size_t)size}, &row))
        return;
    t->host->count(context, "contagious_port");
    if (!is_address(host))
        return;
    struct slice path = tradecraft_contagious_path(observation_text(&o->head, o->url));
    tradecraft_printable(text, path);
    if (t->host->list_find_value(t->lures, "path", first_segment(path), &row)) {
        t->host->label(context, NULL, "contagious_http");
        tradecraft_lure(t, &o->head);
        tell(t, o, context, &row, text);
    } else if (!tradecraft_was_resolved(t, context)) {
        tell(t, o, context, NULL, text);
    }
}
