/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shell.c - D31 over plain TCP: the shell of Contagious Interview speaks JSON objects, one a line or behind a length of four bytes, to
 * a bare address.
 *
 * The client speaks first, in JSON that is no JSON-RPC, on a port of the list; the answer is JSON too; nobody resolved a name to the
 * address. That is severity 2, and 1 when the host spoke as the programs before the shell do (contagious.c).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json_text.h"
#include "tradecraft.h"

enum { WORDS_NEEDED = 2, NAMES_MAX = 16 };

/* What the client of a flow said first. */
struct talk {
    char said[96];
    bool framed;
};

bool tradecraft_shell_open(struct tradecraft *t)
{
    t->shells = t->host->table_new(t->entries, sizeof(uint64_t), sizeof(struct talk));
    return t->shells != NULL;
}

static void tell(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct talk *talk)
{
    struct tradecraft_report r;
    char client[46], server[46];
    uint64_t ago_s;
    t->host->address_text(&o->client, client);
    t->host->address_text(&o->server, server);
    tradecraft_begin(&r, RULE_CONTAGIOUS_SHELL, "https://attack.mitre.org/software/S1245/");
    r.confidence_pct = 50;
    snprintf(r.signature, sizeof r.signature, "JSON over plain TCP to a bare address as Contagious Interview's shell does: port %u",
             o->server_port);
    snprintf(r.dedup, sizeof r.dedup, "%s:%u", server, o->server_port);
    tradecraft_text(&r, "matched_on", "tcp.text");
    tradecraft_text(&r, "matched_value", talk->said);
    tradecraft_text(&r, "framing", talk->framed ? "length of four bytes" : "lines");
    tradecraft_number(&r, "port", o->server_port);
    tradecraft_because(&r, "%s said to %s port %u: %.95s", client, server, o->server_port, talk->said);
    tradecraft_because(&r, "The answer was JSON too");
    tradecraft_because(&r, "Port %u is one that reports of Contagious Interview name (%.100s)", o->server_port, t->lures_path);
    tradecraft_because(&r, "No host of the network was seen to resolve a name to this address");
    if (tradecraft_was_lured(t, o, &ago_s)) {
        r.severity = 1;
        r.confidence_pct = 80;
        tradecraft_because(&r, "%" PRIu64 " s before, the host spoke as the programs of Contagious Interview do (D31)", ago_s);
    }
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
    talk->framed = json.at != text.at && text.at[0] != ' ';
}

void tradecraft_shell_see(struct tradecraft *t, const struct observation_body *o, struct sensor_context *context)
{
    struct slice json = {NULL, 0}, text = observation_text(&o->head, o->bytes);
    if (!o->head.client_internal || o->head.server_internal || !tradecraft_json_begins(text, &json) ||
        !tradecraft_is_lure_port(t, o->head.server_port))
        return;
    if (o->head.direction == TO_SERVER) {
        hear_client(t, o, text, json);
        return;
    }
    struct talk *talk = t->host->table_find(t->shells, &o->head.flow_id);
    if (talk == NULL)
        return;
    if (!tradecraft_was_resolved(t, context))
        tell(t, &o->head, context, talk);
    t->host->table_drop(t->shells, talk);
}
