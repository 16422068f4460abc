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
 * (rename, truncation, overwriting) cannot be felt; to reload, open anew and free the old one.
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

/* Databases that are open. */
size_t geo_count(const struct geo *g);
/* Describes open database `i`; false when there is none. */
bool geo_describe(const struct geo *g, size_t i, struct geo_database *out);

#endif
