/* SPDX-License-Identifier: Apache-2.0 */
/*
 * places.h - where this program finds what belongs to it: configuration, lists, geo database. Works from a build folder inside a
 * clone and when installed.
 */
#ifndef RUN_PLACES_H
#define RUN_PLACES_H

#include <stddef.h>

#define PLACES_MAX 8

/* Directories that exist, best first. Texts are owned. */
struct places {
    char *path[PLACES_MAX + 1]; /* NULL-terminated */
    size_t count;
};

/* The default configuration file when it is there, else NULL. */
const char *places_config(void);

/* Where lists are looked for: beside the configuration (NULL: none), in $HAETAE_DATA_DIR, in the clone's plugins/, in the installed
 * data directory. */
void places_data(struct places *out, const char *config_path);

/* Geo databases at the usual places: at most one, made by geo/build or installed. */
void places_geo(struct places *out);

void places_free(struct places *p);

#endif
