/* SPDX-License-Identifier: Apache-2.0 */
/*
 * first_seen.c - D16: places that nobody of ours had reached before.
 *
 * New places are daily bread on a desktop, so this is a label and raises other alerts; only a host with the role `server` alerts by
 * it. The set is kept over restarts, and says nothing until it has learned for a week.
 */
#include "behaviour.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { STATE_VERSION = 1, COMMON_HOSTS = 10, HOST_BITS = 64 };

enum place_kind { PLACE_DOMAIN = 'd', PLACE_ADDRESS = 'i', PLACE_AS = 'a' };

struct place_key {
    char kind; /* enum place_kind */
    char text[NAME_ROOM - 1]; /* the registered domain's last bytes, the 16 of an address, the number of an AS */
};

struct saved {
    struct place_key key;
    struct place place;
};

/* -------------------------------------------------------------------- state */

static bool take_state(void *arg, struct slice bytes)
{
    struct behaviour *b = arg;
    uint64_t head[2];
    struct saved s;
    bool is_new;
    if (bytes.size < sizeof head)
        return false;
    memcpy(head, bytes.at, sizeof head);
    if (head[1] > bytes.size / sizeof s || bytes.size != sizeof head + head[1] * sizeof s)
        return false;
    for (uint64_t i = 0; i < head[1]; i++) {
        memcpy(&s, bytes.at + sizeof head + i * sizeof s, sizeof s);
        *(struct place *)b->host->table_take(b->places, &s.key, &is_new) = s.place;
    }
    b->learning_since_ns = head[0];
    return true;
}

/* The oldest first, so that reading it back gives the same order. */
static void save(struct behaviour *b)
{
    uint64_t head[2] = {b->learning_since_ns, b->host->table_count(b->places)};
    size_t size = sizeof head + head[1] * sizeof(struct saved);
    uint8_t *bytes = malloc(size), *at = bytes + size;
    const void *key;
    if (bytes == NULL)
        return;
    memcpy(bytes, head, sizeof head);
    for (const struct place *p = NULL; (p = b->host->table_next(b->places, p, &key)) != NULL;) {
        struct saved s = {.place = *p};
        memcpy(&s.key, key, sizeof s.key);
        at -= sizeof s;
        memcpy(at, &s, sizeof s);
    }
    b->host->state_save("behaviour", STATE_VERSION, (struct slice){bytes, size});
    free(bytes);
}

bool first_seen_open(struct behaviour *b, uint32_t places_max)
{
    b->places = b->host->table_new(places_max, sizeof(struct place_key), sizeof(struct place));
    if (b->places != NULL)
        b->host->state_load("behaviour", STATE_VERSION, take_state, b);
    return b->places != NULL;
}

void first_seen_save(struct behaviour *b, uint64_t now_ns)
{
    if (!b->places_changed || now_ns < b->saved_ns + HOUR_NS)
        return;
    b->saved_ns = now_ns;
    b->places_changed = false;
    save(b);
}

void first_seen_close(struct behaviour *b)
{
    if (b->places != NULL && b->places_changed)
        save(b);
    b->host->table_free(b->places);
}

/* ------------------------------------------------------------------- places */

static struct place_key key_of(const struct behaviour *b, struct slice name, const struct address *server)
{
    struct place_key key = {.kind = name.size > 0 ? PLACE_DOMAIN : PLACE_ADDRESS};
    if (name.size == 0) {
        memcpy(key.text, server->bytes, sizeof server->bytes);
        return key;
    }
    struct slice domain = b->host->registered_domain(name);
    size_t size = domain.size < sizeof key.text ? domain.size : sizeof key.text;
    memcpy(key.text, domain.at + domain.size - size, size);
    return key;
}

const struct place *place_of(const struct behaviour *b, struct slice name, const struct address *server)
{
    struct place_key key = key_of(b, name, server);
    return b->host->table_find(b->places, &key);
}

bool place_is_new(const struct behaviour *b, const struct place *p, uint64_t now_ns)
{
    return p != NULL && p->first_ns >= b->learning_since_ns + b->learn_ns && p->first_ns + b->learn_ns >= now_ns;
}

bool place_is_common(const struct behaviour *b, const struct place *p)
{
    uint32_t hosts = b->host->table_count(b->hosts);
    if (p == NULL || hosts < COMMON_HOSTS)
        return false;
    int empty = HOST_BITS - __builtin_popcountll(p->host_bits);
    return empty == 0 || -HOST_BITS * log(empty / (double)HOST_BITS) >= hosts / 2.0; /* linear counting */
}

static uint64_t bit_of(const struct address *host)
{
    uint64_t mix = 0;
    for (size_t i = 0; i < sizeof host->bytes; i++)
        mix = (mix ^ host->bytes[i]) * UINT64_C(0x100000001b3);
    return UINT64_C(1) << (mix * UINT64_C(0x9e3779b97f4a7c15) >> 58);
}

/* ------------------------------------------------------------------ telling */

/* Is the network of the place new too? A new name in a well-known cloud says less. */
static bool is_new_network(struct behaviour *b, const struct observation *o, struct sensor_context *context, struct sensor_geo *geo)
{
    struct place_key key = {.kind = PLACE_AS};
    bool is_new;
    if (!b->host->geo(context, &o->server, geo) || geo->asn == 0)
        return false;
    snprintf(key.text, sizeof key.text, "%" PRIu32, geo->asn);
    struct place *p = b->host->table_take(b->places, &key, &is_new);
    p->last_ns = o->time_ns;
    if (is_new)
        p->first_ns = o->time_ns;
    return is_new;
}

static void tell(struct behaviour *b, const struct observation *o, struct sensor_context *context, const struct peer *peer,
                 const struct sensor_role *role, const struct sensor_geo *geo, bool new_network)
{
    char host[46], server[46];
    const char *place = peer->name[0] != '\0' ? peer->name : b->host->address_text(&o->server, server);
    struct report r = {.rule = RULE_FIRST_SEEN, .confidence_pct = new_network ? 55 : 40, .window_s = DAY_S};
    uint64_t days = (o->time_ns - b->learning_since_ns) / DAY_NS;
    snprintf(r.dedup, sizeof r.dedup, "%s", place);
    snprintf(r.signature, sizeof r.signature, "First contact of anybody with %.63s, from a server", place);
    report_text(&r, "matched_value", place);
    report_number(&r, "learned_days", (int64_t)days);
    report_number(&r, "places_known", b->host->table_count(b->places));
    report_number(&r, "asn", geo->asn);
    report_text(&r, "asn_is_new", new_network ? "yes" : "");
    report_text(&r, "role", role->role);
    report_text(&r, "role_source", role->where);
    report_because(&r, "%s reached %s, which nobody here had reached in %" PRIu64 " days of watching",
                   b->host->address_text(&o->client, host), place, days);
    report_because(&r, "%s gives the host the role %s; servers have few partners", role->where, role->role);
    if (new_network)
        report_because(&r, "Nor had anybody reached its network, AS%" PRIu32, geo->asn);
    report_tell(b, context, NULL, &r);
}

void first_seen_see(struct behaviour *b, const struct observation *o, struct sensor_context *context, const struct peer *peer)
{
    struct place_key key = key_of(b, peer->at, &o->server);
    struct sensor_geo geo = {.asn = 0};
    struct sensor_role role;
    bool is_new;
    struct place *p = b->host->table_take(b->places, &key, &is_new);
    p->last_ns = o->time_ns;
    p->host_bits |= bit_of(&o->client);
    b->places_changed = true;
    if (!is_new)
        return;
    p->first_ns = o->time_ns;
    bool new_network = is_new_network(b, o, context, &geo);
    if (!place_is_new(b, p, o->time_ns))
        return;
    b->host->count(context, "first_seen");
    b->host->label(context, NULL, "first-seen");
    if (b->host->has_role(context, &o->client, "server", &role))
        tell(b, o, context, peer, &role, &geo, new_network);
}
