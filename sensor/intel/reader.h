/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.h - list files of every format, as a stream of indicators.
 *
 * A reader holds one record at a time, whatever the size of the file, and bounds depth, text and line lengths. A bad row costs itself
 * alone: it is reported by file and line with what to do, and counted.
 */
#ifndef INTEL_READER_H
#define INTEL_READER_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "intel/indicator.h"

enum intel_format {
    INTEL_GUESS = 0, /* by content, then by the file's name */
    INTEL_CSV,       /* ours: header line with value,type,... */
    INTEL_PLAIN,     /* a value a line, defanged too, # comments */
    INTEL_STIX,      /* STIX 2.1 bundle, or a TAXII envelope of objects */
    INTEL_MISP,      /* event, restSearch answer, feed event */
    INTEL_MALTRAIL,  /* trails */
    INTEL_DATASET,   /* Suricata dataset: base64 or text a line */
    INTEL_IPREP,     /* Suricata: address or prefix, category, score */
    INTEL_WARNINGLIST, /* MISP warning list: what is everybody's */
    INTEL_FORMAT_COUNT
};

/* What a list says of rows that do not say it themselves, and its name in alerts. */
struct intel_defaults {
    const char *list;                                        /* never NULL */
    const char *actor, *category, *source, *reference, *tlp; /* "" for none */
    uint8_t confidence_pct;
    enum indicator_type
        type; /* of values that do not tell it themselves, such as bare digests; INDICATOR_NONE: such a row is bad */
};

struct intel_read_options {
    enum intel_format format;
    struct intel_defaults defaults;
    bool strict;             /* the first bad row is the end */
    uint32_t complaints_max; /* bad rows reported one by one; the rest is only counted */
    /* An indicator in normal form; valid during the call. False: stop, out of room. */
    bool (*take)(void *arg, const struct indicator *);
    /* A row that cannot be used: "file:line: what; what to do". */
    void (*complain)(void *arg, const char *text);
    void *arg;
};

struct intel_read_result {
    enum intel_format format; /* as found */
    uint64_t taken;
    uint64_t bad;           /* broken rows */
    uint64_t inexpressible; /* sound, but nothing that a packet can show: counted by what in complaints */
    uint64_t refused;       /* would hit everybody: a public suffix, 0.0.0.0/0, a private address, a CA */
    bool valid_until_seen;
};

/* "csv", "plain", "stix", ... and back; INTEL_GUESS when there is no such word. */
const char *intel_format_name(enum intel_format format);
enum intel_format intel_format_of(const char *name);

/* Reads `path` to its end. False and `error` when it cannot be read at all, or with `strict` at the first bad row. */
bool intel_read(const char *path, const struct intel_read_options *options, struct intel_read_result *result, struct error *error);

/* Brings `value` into the normal form of its type, refanging it ("hxxp://a[.]b"); guesses the type when it is INDICATOR_NONE. `out`
 * holds at least INDICATOR_VALUE_MAX bytes. False and a reason when it is none. */
#define INDICATOR_VALUE_MAX 2048
bool indicator_normal(enum indicator_type *type, const char *value, char *out, const char **why);

#endif
