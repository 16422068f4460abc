/* SPDX-License-Identifier: Apache-2.0 */
/* write.h - what the writers of all formats share (writer.h is the door for callers). */
#ifndef INTEL_WRITE_H
#define INTEL_WRITE_H

#include <jansson.h>

#include "intel/writer.h"

struct map64;

struct intel_writer {
    FILE *file;
    enum intel_format format;
    uint64_t count, left_out;
    FILE *later; /* MISP: objects, which stand behind the attributes */
    uint64_t later_count;
    struct map64 *ids; /* STIX: those already written */
    bool failed;
};

/* Begin, add, end for each format; false when writing failed. */
bool write_csv_begin(struct intel_writer *w);
bool write_csv(struct intel_writer *w, const struct indicator *i);
bool write_plain(struct intel_writer *w, const struct indicator *i);
bool write_stix_begin(struct intel_writer *w);
bool write_stix(struct intel_writer *w, const struct indicator *i);
bool write_stix_end(struct intel_writer *w);
bool write_misp_begin(struct intel_writer *w);
bool write_misp(struct intel_writer *w, const struct indicator *i);
bool write_misp_end(struct intel_writer *w);

/* The word of our CSV's `match` column. */
const char *match_name(const struct indicator *i);
/* "443|8443" into `out`, which holds PORTS_TEXT_MAX. Returns out. */
#define PORTS_TEXT_MAX (INDICATOR_PORTS_MAX * 6 + 1)
char *ports_text(const struct indicator *i, char *out);
/* A UUID that follows from the texts (NULL-terminated); `out` holds UUID_TEXT_MAX. Returns out. */
#define UUID_TEXT_MAX 37
char *uuid_of(const char *const *texts, char *out);
/* Writes an object as one line, with a comma in front unless it is the first, and drops it. */
bool write_record(FILE *file, bool first, json_t *object);

/* A member of text; not written when "". */
void put_text(json_t *object, const char *key, const char *text);

#endif
