/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geo.c - asks the databases in order of preference, and remembers the answers.
 *
 * A look-up in two databases costs most of a microsecond, and traffic asks for the same addresses again and again: answers
 * stand in a direct-mapped cache of fixed size. Its index is a keyed hash, so nobody outside can aim at one slot.
 */
#include "geo/geo.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/file_mark.h"
#include "base/hash.h"
#include "base/log.h"
#include "geo/database.h"

#define CACHE_SLOTS 8192 /* a power of two; 1.6 MB, touched only as far as used */

struct slot {
    struct address address;
    bool used, known;
    struct sensor_geo geo;
};

/* A file, and what was read of it. */
struct source {
    char *path;
    struct file_mark mark, fresh_mark;
    struct database *shown;  /* NULL: could not be opened */
    struct database *fresh;  /* built and not yet shown; after the swap the one that was shown before */
    bool is_fresh;           /* `fresh` stands for a change, also when it is NULL */
};

struct geo {
    struct hash_key key;
    struct slot *cache;
    _Atomic enum geo_state state;
    size_t count;
    struct source sources[];
};

static bool open_source(struct source *s, const char *path, struct error *warning)
{
    s->path = strdup(path);
    if (!s->path)
        return false;
    file_mark_take(path, &s->mark, NULL); /* before it is read: what is written meanwhile is a change */
    s->shown = database_open(path, warning);
    return true;
}

struct geo *geo_open(const char *const *paths, size_t n, struct error *warnings)
{
    struct geo *g = calloc(1, sizeof *g + n * sizeof g->sources[0]);
    bool good = g && (g->cache = calloc(CACHE_SLOTS, sizeof *g->cache)) != NULL;
    if (good)
        g->key = hash_key_random();
    for (size_t i = 0; good && i < n; i++) {
        struct error *warning = warnings ? &warnings[i] : NULL;
        if (warning)
            warning->text[0] = '\0';
        good = open_source(&g->sources[i], paths[i], warning);
        g->count += good;
    }
    if (good)
        return g;
    geo_free(g);
    return NULL;
}

void geo_free(struct geo *g)
{
    if (!g)
        return;
    geo_drop(g);
    for (size_t i = 0; i < g->count; i++) {
        database_close(g->sources[i].shown);
        free(g->sources[i].path);
    }
    free(g->cache);
    free(g);
}

/* ------------------------------------------------------------------- reload */

enum geo_state geo_state(const struct geo *g)
{
    struct geo *mutable = (struct geo *)(uintptr_t)g;
    return atomic_load_explicit(&mutable->state, memory_order_acquire); /* with the releases in geo_build and geo_swap */
}

/* A database that is not there is none to be replaced: it stays, until another stands in its place. */
static bool source_changed(const struct source *s, struct file_mark *now)
{
    memset(now, 0, sizeof *now);
    return file_mark_take(s->path, now, NULL) && !file_mark_same(now, &s->mark);
}

uint64_t geo_change(const struct geo *g)
{
    bool changed = false;
    uint64_t sum = 0;
    for (size_t i = 0; i < g->count; i++) {
        struct {
            struct file_mark mark;
            uint64_t before;
        } now;
        memset(&now, 0, sizeof now);
        changed |= source_changed(&g->sources[i], &now.mark);
        now.before = sum;
        sum = hash_bytes(hash_key_fixed, &now, sizeof now);
    }
    return changed ? sum | 1 : 0;
}

void geo_drop(struct geo *g)
{
    for (size_t i = 0; i < g->count; i++) {
        database_close(g->sources[i].fresh);
        g->sources[i].fresh = NULL;
        g->sources[i].is_fresh = false;
    }
    atomic_store_explicit(&g->state, GEO_SHOWN, memory_order_release);
}

bool geo_build(struct geo *g, size_t *built, struct error *error)
{
    *built = 0;
    for (size_t i = 0; i < g->count; i++) {
        struct source *s = &g->sources[i];
        if (!source_changed(s, &s->fresh_mark))
            continue;
        s->fresh = database_open(s->path, error);
        s->is_fresh = s->fresh != NULL;
        *built += s->is_fresh;
        if (!s->fresh && s->shown) {
            geo_drop(g);
            return false;
        }
    }
    if (*built)
        atomic_store_explicit(&g->state, GEO_BUILT, memory_order_release); /* with the acquire in geo_swap */
    return true;
}

void geo_swap(struct geo *g)
{
    if (atomic_load_explicit(&g->state, memory_order_acquire) != GEO_BUILT) /* with the release in geo_build */
        return;
    for (size_t i = 0; i < g->count; i++) {
        struct source *s = &g->sources[i];
        if (!s->is_fresh)
            continue;
        struct database *before = s->shown;
        s->shown = s->fresh;
        s->fresh = before;
        s->mark = s->fresh_mark;
    }
    memset(g->cache, 0, CACHE_SLOTS * sizeof *g->cache);
    atomic_store_explicit(&g->state, GEO_SWAPPED, memory_order_release); /* with the acquire in geo_state */
}

void geo_settle(struct geo *g)
{
    for (size_t i = 0; i < g->count; i++) {
        const struct source *s = &g->sources[i];
        char built[CLOCK_TEXT_MAX];
        if (s->is_fresh)
            log_notice("%s: reloaded, %s, built %.10s", s->path, database_type(s->shown),
                       clock_utc((int64_t)(database_build_s(s->shown) & INT64_MAX), built));
    }
    geo_drop(g);
}

/* ----------------------------------------------------------------- look-ups */

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
        if (!g->sources[i].shown)
            continue;
        database_find(g->sources[i].shown, a, &found);
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

/* The i-th that is open; NULL when there are not so many. */
static const struct database *open_database(const struct geo *g, size_t i)
{
    for (size_t k = 0; k < g->count; k++)
        if (g->sources[k].shown && i-- == 0)
            return g->sources[k].shown;
    return NULL;
}

size_t geo_count(const struct geo *g)
{
    size_t count = 0;
    while (open_database(g, count))
        count++;
    return count;
}

bool geo_describe(const struct geo *g, size_t i, struct geo_database *out)
{
    const struct database *d = open_database(g, i);
    if (!d)
        return false;
    *out = (struct geo_database){
        .path = database_path(d), .type = database_type(d), .build_s = database_build_s(d), .size = database_size(d)};
    char text[CLOCK_TEXT_MAX];
    clock_utc(out->build_s <= INT64_MAX ? (int64_t)out->build_s : INT64_MAX, text);
    memcpy(out->built, text, sizeof out->built - 1);
    return true;
}
