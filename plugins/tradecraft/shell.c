/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shell.c - D31 over plain TCP: the shell of Contagious Interview speaks JSON objects, one a line or behind a length of four bytes, to
 * a bare address.
 *
 * The client speaks first, in JSON that is no JSON-RPC. With two of its own member names, or on a port of the list with an answer in
 * JSON, and when nobody resolved a name to the address, that is a shell.
 */
#include <stdio.h>
#include <string.h>

#include "json_text.h"
#include "tradecraft.h"

enum { WORDS_NEEDED = 2, NAMES_MAX = 16 };

/* What the client of a flow said first. */
struct talk {
    char said[96];
    uint8_t words;   /* distinct listed member names */
    uint8_t framed;
};

bool tradecraft_shell_open(struct tradecraft *t)
{
    t->shells = t->host->table_new(t->entries, sizeof(uint64_t), sizeof(struct talk));
    return t->shells != NULL;
}

/* Distinct member names of the list in the text, counted up to what is needed. */
static uint8_t count_words(const struct tradecraft *t, struct slice json)
{
    struct slice seen = {NULL, 0};
    struct sensor_entry row;
    uint8_t count = 0;
    size_t at = 0;
    for (unsigned i = 0; i < NAMES_MAX && count < WORDS_NEEDED; i++) {
        const uint8_t *from = memchr(json.at + at, '"', json.size - at);
        const uint8_t *to = from == NULL ? NULL : memchr(from + 1, '"', json.size - (size_t)(from + 1 - json.at));
        if (to == NULL)
            return count;
        struct slice name = {from + 1, (size_t)(to - from - 1)};
        at = (size_t)(to + 1 - json.at);
        if (at >= json.size || json.at[at] != ':' || !t->host->list_find_value(t->lures, "json", name, &row))
            continue;
        if (seen.at == NULL || seen.size != name.size || memcmp(seen.at, name.at, name.size) != 0)
            count++;
        seen = name;
    }
    return count;
}

static void tell(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct talk *talk, bool by_port)
{
    struct tradecraft_report r;
    char client[46], server[46];
    bool by_words = talk->words >= WORDS_NEEDED;
    t->host->address_text(&o->client, client);
    t->host->address_text(&o->server, server);
    tradecraft_begin(&r, RULE_CONTAGIOUS_SHELL, "https://attack.mitre.org/software/S1245/");
    r.severity = by_words && by_port ? 1 : 2;
    r.confidence_pct = by_words && by_port ? 80 : by_words ? 60 : 50;
    snprintf(r.signature, sizeof r.signature, "JSON over plain TCP to a bare address as Contagious Interview's shell does: port %u",
             o->server_port);
    snprintf(r.dedup, sizeof r.dedup, "%s:%u", server, o->server_port);
    tradecraft_text(&r, "matched_on", "tcp.text");
    tradecraft_text(&r, "matched_value", talk->said);
    tradecraft_text(&r, "framing", talk->framed ? "length of four bytes" : "lines");
    tradecraft_number(&r, "port", o->server_port);
    tradecraft_because(&r, "%s said to %s port %u: %.95s", client, server, o->server_port, talk->said);
    if (by_words)
        tradecraft_because(&r, "Its members are called as those of InvisibleFerret's shell (%.100s)", t->lures_path);
    if (by_port)
        tradecraft_because(&r, "Port %u is one that reports of Contagious Interview name (%.100s)", o->server_port, t->lures_path);
    tradecraft_because(&r, "No host of the network was seen to resolve a name to this address");
    tradecraft_raise(t, context, &r);
    t->host->label(context, NULL, "contagious_shell");
    tradecraft_lure(t, o);
}

/* The beginning of what was said, for people: double quotes would have to be escaped twice. */
static void quote(char *out, size_t room, struct slice text)
{
    size_t size = text.size < room - 1 ? text.size : room - 1;
    for (size_t i = 0; i < size; i++)
        out[i] = (char)(text.at[i] == '"' ? '\'' : text.at[i] < 0x20 || text.at[i] > 0x7e ? ' ' : text.at[i]);
    while (size > 0 && out[size - 1] == ' ')
        size--;
    out[size] = '\0';
}

static void hear_client(struct tradecraft *t, const struct observation_body *o, struct slice text, struct slice json)
{
    struct slice value;
    bool is_new;
    if (o->number != 0 || tradecraft_json_find(json, "jsonrpc", &value) || tradecraft_json_find(json, "method", &value))
        return;
    struct talk *talk = t->host->table_take(t->shells, &o->head.flow_id, &is_new);
    quote(talk->said, sizeof talk->said, json);
    talk->words = count_words(t, json);
    talk->framed = json.at != text.at && text.at[0] != ' ';
}

void tradecraft_shell_see(struct tradecraft *t, const struct observation_body *o, struct sensor_context *context)
{
    char port[8];
    struct sensor_entry row;
    struct slice json = {NULL, 0}, text = observation_text(&o->head, o->bytes);
    int size = snprintf(port, sizeof port, "%u", o->head.server_port);
    if (!o->head.client_internal || o->head.server_internal)
        return;
    bool is_json = tradecraft_json_begins(text, &json);
    if (is_json && o->head.direction == TO_SERVER)
        hear_client(t, o, text, json);
    struct talk *talk = t->host->table_find(t->shells, &o->head.flow_id);
    if (talk == NULL)
        return;
    bool by_port = t->host->list_find_value(t->lures, "port", (struct slice){(const uint8_t *)port, (size_t)size}, &row);
    bool answered = is_json && o->head.direction == TO_CLIENT;
    if (talk->words < WORDS_NEEDED && !(by_port && answered))
        return;
    if (!tradecraft_was_resolved(t, context))
        tell(t, &o->head, context, talk, by_port);
    t->host->table_drop(t->shells, talk);
}
