/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geo.h - country and autonomous system of an address, from MaxMind DB files.
 *
 * Several databases may be open; for each address the first that knows a country gives country code and name, the first
 * that knows an AS gives number and organisation. One geo belongs to one thread: look-ups write its cache.
 */
#ifndef GEO_GEO_H
#define GEO_GEO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "sensor_plugin.h"

struct geo;

/* One open database. Texts are owned by the geo. */
struct geo_database {
    const char *path;
    const char *type; /* "GeoLite2-Country", "haetae-Country-ASN", ... as the file says */
    char built[11];   /* "2026-01-31", the file's build date, UTC */
    uint64_t build_s; /* the same, seconds since the epoch */
    uint64_t size;    /* bytes */
};

/*
 * Opens `n` files in order of preference. Each is copied into sealed memory, so what happens to the file afterwards
 * (rename, truncation, overwriting) cannot be felt; to see the new one, reload.
 * One that is missing, corrupt or no MaxMind DB is left out: `warnings`[i] (an array of `n`, or NULL) says why for
 * paths[i], and is "" for one that opened. NULL only when memory ran out.
 */
struct geo *geo_open(const char *const *paths, size_t n, struct error *warnings);
void geo_free(struct geo *g); /* takes NULL */

/*
 * What the databases know of an address; false, and *out all empty, when they know nothing. An IPv4 address inside an
 * IPv6 one (mapped, NAT64 64:ff9b::/96 of RFC 6052, 6to4 of RFC 3056) is looked up as the IPv4 address.
 */
bool geo_lookup(struct geo *g, const struct address *a, struct sensor_geo *out);

/*
 * Reload, in three steps as lists do it: geo_build() reads all files that changed aside, on any one thread; geo_swap(), on the thread that looks
 * up, shows them, all at once; geo_settle() frees the old ones, on the thread that builds or starts who does.
 */
enum geo_state {
    GEO_SHOWN = 0, /* nothing waits: geo_build() may run */
    GEO_BUILT,     /* geo_swap() will show what was built */
    GEO_SWAPPED    /* geo_settle() may free what was shown before */
};
enum geo_state geo_state(const struct geo *g); /* any thread */

/* 0 when every file is the one that was read; else a number that tells this change from another. In state GEO_SHOWN. */
uint64_t geo_change(const struct geo *g);
/* In state GEO_SHOWN. False and `error` when a database that is open could not be replaced: everything stays as it is. One that was
 * left out before is tried again. *built: how many are new; 0 leaves the state. */
bool geo_build(struct geo *g, size_t *built, struct error *error);
void geo_swap(struct geo *g);
void geo_settle(struct geo *g);
/* Gives up what was built and not shown; no other thread may be at work. */
void geo_drop(struct geo *g);

/* Databases that are open. */
size_t geo_count(const struct geo *g);
/* Describes open database `i`; false when there is none. */
bool geo_describe(const struct geo *g, size_t i, struct geo_database *out);

#endif
