/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geo.c - asks the databases in order of preference, and remembers the answers.
 *
 * A look-up in two databases costs most of a microsecond, and traffic asks for the same addresses again and again: answers
 * stand in a direct-mapped cache of fixed size. Its index is a keyed hash, so nobody outside can aim at one slot.
 */
#include "geo/geo.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/hash.h"
#include "geo/database.h"

#define CACHE_SLOTS 8192 /* a power of two; 1.6 MB, touched only as far as used */

struct slot {
    struct address address;
    bool used, known;
    struct sensor_geo geo;
};

struct geo {
    struct hash_key key;
    struct slot *cache;
    size_t count;
    struct database *databases[];
};

struct geo *geo_open(const char *const *paths, size_t n, struct error *warnings)
{
    struct geo *g = calloc(1, sizeof *g + n * sizeof g->databases[0]);
    if (!g)
        return NULL;
    g->key = hash_key_random();
    g->cache = calloc(CACHE_SLOTS, sizeof *g->cache);
    if (!g->cache) {
        geo_free(g);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        struct error *warning = warnings ? &warnings[i] : NULL;
        if (warning)
            warning->text[0] = '\0';
        struct database *d = database_open(paths[i], warning);
        if (d)
            g->databases[g->count++] = d;
    }
    return g;
}

void geo_free(struct geo *g)
{
    if (!g)
        return;
    while (g->count > 0)
        database_close(g->databases[--g->count]);
    free(g->cache);
    free(g);
}

/* The IPv4 address inside an IPv6 one, or the address itself. */
static struct address unwrap(const struct address *a)
{
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b}; /* RFC 6052 2.1 */
    if (memcmp(a->bytes, nat64, sizeof nat64) == 0)
        return addr_from_v4(a->bytes + 12);
    if (a->bytes[0] == 0x20 && a->bytes[1] == 0x02) /* RFC 3056 2 */
        return addr_from_v4(a->bytes + 2);
    return *a;
}

/* Country code and name, and AS number and organisation, belong together: both from one database. */
static void ask_databases(const struct geo *g, const struct address *a, struct sensor_geo *out)
{
    for (size_t i = 0; i < g->count; i++) {
        struct sensor_geo found = {.asn = 0};
        database_find(g->databases[i], a, &found);
        if (!*out->country_iso && !*out->country) {
            memcpy(out->country_iso, found.country_iso, sizeof out->country_iso);
            memcpy(out->country, found.country, sizeof out->country);
        }
        if (out->asn == 0 && found.asn != 0) {
            out->asn = found.asn;
            memcpy(out->organization, found.organization, sizeof out->organization);
        }
    }
}

bool geo_lookup(struct geo *g, const struct address *a, struct sensor_geo *out)
{
    struct address inner = unwrap(a);
    struct slot *s = &g->cache[hash_bytes(g->key, inner.bytes, sizeof inner.bytes) & (CACHE_SLOTS - 1)];
    if (!s->used || !addr_equal(&s->address, &inner)) {
        memset(&s->geo, 0, sizeof s->geo);
        ask_databases(g, &inner, &s->geo);
        s->address = inner;
        s->used = true;
        s->known = *s->geo.country_iso || *s->geo.country || s->geo.asn != 0;
    }
    *out = s->geo;
    return s->known;
}

size_t geo_count(const struct geo *g)
{
    return g->count;
}

bool geo_describe(const struct geo *g, size_t i, struct geo_database *out)
{
    if (i >= g->count)
        return false;
    const struct database *d = g->databases[i];
    *out = (struct geo_database){
        .path = database_path(d), .type = database_type(d), .build_s = database_build_s(d), .size = database_size(d)};
    char text[CLOCK_TEXT_MAX];
    clock_utc(out->build_s <= INT64_MAX ? (int64_t)out->build_s : INT64_MAX, text);
    memcpy(out->built, text, sizeof out->built - 1);
    return true;
}
