/* SPDX-License-Identifier: Apache-2.0 */
/*
 * database.h - one MaxMind DB file, held in sealed memory.
 */
#ifndef GEO_DATABASE_H
#define GEO_DATABASE_H

#include "base/error.h"
#include "sensor_plugin.h"

struct database;

/* Copies the file into memory, checks it and opens the copy. NULL and `error` ("path: what; what to do"). */
struct database *database_open(const char *path, struct error *error);
void database_close(struct database *d); /* takes NULL */

/* Fills `out` (all empty before) with what the database knows; an IPv4 address is a mapped one. */
void database_find(const struct database *d, const struct address *a, struct sensor_geo *out);

const char *database_path(const struct database *d);
const char *database_type(const struct database *d);
uint64_t database_build_s(const struct database *d); /* seconds since the epoch, by the file */
uint64_t database_size(const struct database *d);    /* bytes */

#endif
