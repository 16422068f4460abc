/* SPDX-License-Identifier: Apache-2.0 */
/*
 * misp_tags.h - what MISP says in tags and galaxies: TLP, confidence, actor, malware; and in tags of our own ("haetae:hosted=\"...\"")
 * what MISP has no field for. Tags of an attribute go before those of its event.
 */
#ifndef INTEL_MISP_TAGS_H
#define INTEL_MISP_TAGS_H

#include <jansson.h>

#include "intel/indicator.h"

#define MISP_TAGS_MAX  64
#define MISP_KEY_MAX   48
#define MISP_VALUE_MAX 4096

struct misp_tag {
    char key[MISP_KEY_MAX];
    const char *value; /* within the JSON */
    size_t size;
};

/* Tags of interest, in the order found; valid as long as the JSON that they were read from. */
struct misp_tags {
    size_t count;
    struct misp_tag tag[MISP_TAGS_MAX];
    char texts[10][MISP_VALUE_MAX]; /* NUL-terminated values handed to an indicator */
    size_t texts_used;
    char scratch[MISP_VALUE_MAX]; /* of misp_tags_find */
};

/* Adds the tags and clusters of the arrays "Tag" and "Galaxy"; either may be NULL. */
void misp_tags_read(struct misp_tags *t, const json_t *tags, const json_t *galaxies);
/* Fills in what the tags say. Texts live as long as `t`. */
void misp_tags_apply(struct misp_tags *t, struct indicator *i);
/* Value of the first tag with this key, until the next call; NULL when there is none. */
const char *misp_tags_find(struct misp_tags *t, const char *key);
/* The type by tag haetae:type, or INDICATOR_NONE. */
enum indicator_type misp_tags_type(struct misp_tags *t);

#endif
