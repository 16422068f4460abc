/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload.c - D19: a host sends out much more than it gets, in one flow or to one place within a day, and more than it uses to.
 */
#include "behaviour.h"

#include <inttypes.h>
#include <stdio.h>

enum { SMALL = 16384, BASELINE_FACTOR = 3 };

struct upload_key {
    struct address host;
    char place[NAME_ROOM]; /* name, or the bytes of an address when there is none */
};

/* What went to a place since the first flow of these 24 hours. */
struct upload {
    uint64_t since_ns, out, in;
    uint32_t flows;
    bool told;
};

bool upload_open(struct behaviour *b, uint32_t pairs_max)
{
    b->uploads = b->host->table_new(pairs_max, sizeof(struct upload_key), sizeof(struct upload));
    return b->uploads != NULL;
}

static void tell(const struct behaviour *b, const struct observation *o, struct sensor_context *context, const struct peer *peer,
                 const struct upload *u, uint64_t usual)
{
    char host[46], server[46];
    const char *place = peer->name[0] != '\0' ? peer->name : b->host->address_text(&o->server, server);
    bool is_new = place_is_new(b, place_of(b, peer->at, &o->server), o->time_ns);
    struct report r = {.rule = u->flows == 1 ? RULE_UPLOAD_FLOW : RULE_UPLOAD_DAY, .confidence_pct = is_new ? 65 : 50, .window_s = DAY_S};
    if (behaviour_is_usual(b, peer->at, "upload")) {
        b->host->count(context, "upload_usual");
        return;
    }
    snprintf(r.dedup, sizeof r.dedup, "%s", place);
    snprintf(r.signature, sizeof r.signature, "Large upload to %.63s: %" PRIu64 " MB", place, u->out / 1000000);
    report_text(&r, "matched_value", place);
    report_number(&r, "bytes_out", (int64_t)u->out);
    report_number(&r, "bytes_in", (int64_t)u->in);
    report_number(&r, "ratio", (int64_t)(u->out / (u->in > 0 ? u->in : 1)));
    report_number(&r, "flows", u->flows);
    report_number(&r, "usual_flow_bytes", (int64_t)usual);
    report_text(&r, "place_is_new", is_new ? "yes" : "");
    report_because(&r, "%s sent %" PRIu64 " bytes to %s port %u in %" PRIu32 " flow%s and got %" PRIu64,
                   b->host->address_text(&o->client, host), u->out, place, o->server_port, u->flows, u->flows == 1 ? "" : "s within 24 hours",
                   u->in);
    if (usual > 0)
        report_because(&r, "99 of 100 flows of that host send less than %" PRIu64 " bytes", usual);
    if (is_new)
        report_because(&r, "Nobody here had reached that place before the last days");
    report_tell(b, context, NULL, &r);
}

static bool is_large(const struct behaviour *b, const struct upload *u, uint64_t usual)
{
    return u->out >= b->upload_bytes && u->out / b->upload_ratio >= u->in && u->out >= BASELINE_FACTOR * usual;
}

static struct upload *take_pair(struct behaviour *b, const struct observation *o, const struct peer *peer)
{
    struct upload_key key = {.host = o->client};
    bool is_new;
    if (peer->at.size > 0)
        memcpy(key.place, peer->name, sizeof key.place);
    else
        memcpy(key.place, o->server.bytes, sizeof o->server.bytes);
    struct upload *u = b->host->table_take(b->uploads, &key, &is_new);
    if (is_new || o->time_ns >= u->since_ns + DAY_NS)
        *u = (struct upload){.since_ns = o->time_ns};
    return u;
}

void upload_see(struct behaviour *b, const struct observation *o, struct sensor_context *context, const struct peer *peer)
{
    struct host_facts *h = host_take(b, &o->client);
    struct upload flow = {.out = o->bytes[TO_SERVER], .in = o->bytes[TO_CLIENT], .flows = 1};
    uint64_t usual = host_sends_usually(h);
    host_sent(h, flow.out);
    if (flow.out < SMALL)
        return;
    struct upload *day = take_pair(b, o, peer);
    day->out += flow.out;
    day->in += flow.in;
    day->flows++;
    if (day->told)
        return;
    if (is_large(b, &flow, usual))
        tell(b, o, context, peer, &flow, usual);
    else if (is_large(b, day, usual))
        tell(b, o, context, peer, day, usual);
    else
        return;
    day->told = true;
}
