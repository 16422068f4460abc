/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_source.h - one list of indicators as the configuration names it: a file, its name in alerts, and what it says of rows that do
 * not say it themselves.
 *
 *     dprk/indicators.csv
 *     /etc/haetae/isac.txt name=isac category=actor_c2 confidence=60 source="Our ISAC" tlp=amber
 */
#ifndef INTEL_LIST_SOURCE_H
#define INTEL_LIST_SOURCE_H

#include <limits.h>

#include "base/error.h"
#include "base/file_mark.h"
#include "intel/reader.h"

#define SOURCE_TEXT_MAX 256

struct list_source {
    char path[PATH_MAX];
    char name[SOURCE_TEXT_MAX]; /* in alerts; the path as configured when no other was given */
    char actor[SOURCE_TEXT_MAX], category[SOURCE_TEXT_MAX], source[SOURCE_TEXT_MAX], reference[SOURCE_TEXT_MAX], tlp[SOURCE_TEXT_MAX];
    enum indicator_type type;
    enum intel_format format;
    uint8_t confidence_pct; /* of rows that give none; 50 when not said */
    bool strict;            /* strict=yes: a bad row is an error */
    struct file_mark mark;  /* as last loaded */
    uint32_t rows;          /* as last loaded */
};

/* Finds a file: fills `out` (PATH_MAX bytes), or false and `error`. */
typedef bool (*list_locate)(const char *path, char *out, struct error *error);

/* Reads one configured list. False and `error` when a word is unknown or the file is nowhere. */
bool list_source_parse(const char *text, list_locate locate, struct list_source *out, struct error *error);
/* As the readers want it; points into the source. */
struct intel_defaults list_source_defaults(const struct list_source *s);

#endif
