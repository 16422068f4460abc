/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contagious.c - D31: clear HTTP to a bare outside address, as the programs of Contagious Interview speak to their masters.
 *
 * A port of the list and a path of the list: severity 1. The port alone never alerts; with a bare address that no host resolved it
 * does, at 2; so does, on any port, a program that shakes hands as Socket.IO does. Internal destinations are no business of this file.
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

bool tradecraft_is_lure_port(const struct tradecraft *t, uint16_t port)
{
    char text[8];
    struct sensor_entry row;
    int size = snprintf(text, sizeof text, "%u", port);
    return t->host->list_find_value(t->lures, "port", (struct slice){(const uint8_t *)text, (size_t)size}, &row);
}

/* What made a request one of theirs. */
struct lure {
    enum tradecraft_rule rule;
    struct sensor_entry row; /* of the path; not with RULE_CONTAGIOUS_BARE */
    bool by_port;
    char path[TRADECRAFT_TEXT_MAX];
};

static void sign(struct tradecraft_report *r, const struct lure *l, uint16_t port)
{
    switch (l->rule) {
    case RULE_CONTAGIOUS_PATH:
        snprintf(r->signature, sizeof r->signature, "Clear HTTP to a bare address as Contagious Interview does: port %u, path %.60s", port, l->path);
        break;
    case RULE_CONTAGIOUS_SOCKET:
        snprintf(r->signature, sizeof r->signature, "A program speaks Socket.IO in clear to a bare address, as OtterCookie does: port %u", port);
        break;
    default:
        snprintf(r->signature, sizeof r->signature, "Clear HTTP to a bare address on port %u, one of Contagious Interview's", port);
        break;
    }
}

static void tell(struct tradecraft *t, const struct observation_http *o, struct sensor_context *context, const struct lure *l)
{
    struct tradecraft_report r;
    char client[46], server[46], agent[TRADECRAFT_TEXT_MAX], method[TRADECRAFT_TEXT_MAX];
    bool by_path = l->rule != RULE_CONTAGIOUS_BARE;
    t->host->address_text(&o->head.client, client);
    t->host->address_text(&o->head.server, server);
    tradecraft_printable(agent, observation_text(&o->head, o->user_agent));
    tradecraft_printable(method, observation_text(&o->head, o->method));
    tradecraft_begin(&r, l->rule, by_path ? t->host->field(&l->row, "reference") : NULL);
    r.confidence_pct = l->rule == RULE_CONTAGIOUS_PATH ? 80 : 50;
    sign(&r, l, o->head.server_port);
    snprintf(r.dedup, sizeof r.dedup, "%s:%u", server, o->head.server_port);
    tradecraft_text(&r, "matched_on", by_path ? "http.url" : "dest_port");
    tradecraft_text(&r, "matched_value", l->path);
    tradecraft_number(&r, "port", o->head.server_port);
    tradecraft_text(&r, "http_method", method);
    tradecraft_text(&r, "http_user_agent", agent);
    tradecraft_because(&r, "%s sent %.16s %.120s in clear HTTP to %s port %u", client, method, l->path, server, o->head.server_port);
    tradecraft_because(&r, "The Host header names the address itself, no name");
    if (l->by_port)
        tradecraft_because(&r, "Port %u is one that reports of Contagious Interview name (%.100s)", o->head.server_port, t->lures_path);
    if (by_path)
        tradecraft_because(&r, "Path %.60s is one of its programs', line %" PRIu32 " of %.100s", t->host->field(&l->row, "value"), l->row.line,
                           t->lures_path);
    if (l->rule == RULE_CONTAGIOUS_SOCKET)
        tradecraft_because(&r, "The request opens a session of Socket.IO, and whoever sent it is no browser: %.80s", agent[0] != '\0' ? agent : "it says no name");
    if (l->rule != RULE_CONTAGIOUS_PATH)
        tradecraft_because(&r, "No host of the network was seen to resolve a name to this address");
    tradecraft_raise(t, context, &r);
}

void tradecraft_lure(struct tradecraft *t, const struct observation *o)
{
    bool is_new;
    uint64_t *at = t->host->table_take(t->lured, &o->client, &is_new);
    *at = o->time_ns;
}

/* The handshake of Engine.IO below Socket.IO (version 3 or 4), sent by something else than a browser. */
static bool is_engine(const struct tradecraft *t, const struct observation_http *o, struct slice path, struct sensor_entry *row)
{
    struct slice url = observation_text(&o->head, o->url), agent = observation_text(&o->head, o->user_agent);
    return url.size > 0 && memmem(url.at, url.size, "EIO=", 4) != NULL && (agent.size == 0 || memmem(agent.at, agent.size, "Mozilla/", 8) == NULL) &&
           t->host->list_find_value(t->lures, "engine", first_segment(path), row);
}

void tradecraft_contagious_see(struct tradecraft *t, const struct observation_http *o, struct sensor_context *context)
{
    struct lure l = {.rule = RULE_CONTAGIOUS_BARE};
    if (!o->head.client_internal || o->head.server_internal)
        return;
    l.by_port = tradecraft_is_lure_port(t, o->head.server_port);
    if (l.by_port)
        t->host->count(context, "contagious_port");
    if (!is_address(observation_text(&o->head, o->host)))
        return;
    struct slice path = tradecraft_contagious_path(observation_text(&o->head, o->url));
    if (l.by_port && t->host->list_find_value(t->lures, "path", first_segment(path), &l.row))
        l.rule = RULE_CONTAGIOUS_PATH;
    else if (is_engine(t, o, path, &l.row))
        l.rule = RULE_CONTAGIOUS_SOCKET;
    else if (!l.by_port)
        return;
    if (l.rule != RULE_CONTAGIOUS_PATH && tradecraft_was_resolved(t, context))
        return;
    if (l.rule == RULE_CONTAGIOUS_PATH) {
        t->host->label(context, NULL, "contagious_http");
        tradecraft_lure(t, &o->head);
    }
    tradecraft_printable(l.path, path);
    tell(t, o, context, &l);
}
