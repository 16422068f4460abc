/* SPDX-License-Identifier: Apache-2.0 */
/* writer.c - see writer.h: the door, and what the formats share. */
#include "intel/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "intel/map64.h"
#include "intel/write.h"

static const struct format {
    bool (*begin)(struct intel_writer *);
    bool (*put)(struct intel_writer *, const struct indicator *);
    bool (*end)(struct intel_writer *);
} formats[INTEL_FORMAT_COUNT] = {
    [INTEL_CSV] = {write_csv_begin, write_csv, NULL},
    [INTEL_PLAIN] = {NULL, write_plain, NULL},
    [INTEL_STIX] = {write_stix_begin, write_stix, write_stix_end},
    [INTEL_MISP] = {write_misp_begin, write_misp, write_misp_end},
};

struct intel_writer *intel_writer_open(FILE *file, enum intel_format format, struct error *error)
{
    if (format >= INTEL_FORMAT_COUNT || !formats[format].put) {
        error_set(error, "%s cannot be written; say csv, plain, stix or misp", intel_format_name(format));
        return NULL;
    }
    struct intel_writer *w = calloc(1, sizeof *w);
    if (!w) {
        error_set(error, "out of memory");
        return NULL;
    }
    w->file = file;
    w->format = format;
    w->failed = formats[format].begin && !formats[format].begin(w);
    return w;
}

bool intel_writer_put(struct intel_writer *w, const struct indicator *i)
{
    if (!w->failed && !formats[w->format].put(w, i))
        w->failed = true;
    return !w->failed;
}

bool intel_writer_close(struct intel_writer *w, uint64_t *left_out, struct error *error)
{
    if (!w->failed && formats[w->format].end && !formats[w->format].end(w))
        w->failed = true;
    bool good = !w->failed && fflush(w->file) == 0 && !ferror(w->file);
    if (!good)
        error_set(error, "the list could not be written: %s", errno ? strerror(errno) : "out of memory");
    if (left_out)
        *left_out = w->left_out;
    if (w->later)
        fclose(w->later);
    map64_free(w->ids);
    free(w);
    return good;
}

/* ------------------------------------------------------------------- shared */

const char *match_name(const struct indicator *i)
{
    if (i->type == INDICATOR_CIDR)
        return "cidr";
    return i->match == MATCH_SUFFIX ? "suffix" : i->match == MATCH_PREFIX ? "prefix" : "exact";
}

char *ports_text(const struct indicator *i, char *out)
{
    size_t used = 0;
    *out = '\0';
    for (unsigned k = 0; k < i->port_count; k++)
        used += (size_t)snprintf(out + used, PORTS_TEXT_MAX - used, "%s%u", k ? "|" : "", i->ports[k]);
    return out;
}

char *uuid_of(const char *const *texts, char *out)
{
    uint64_t high = 0, low = 1;
    for (; *texts; texts++) {
        struct hash_key chained_high = {high, 0}, chained_low = {low, 1};
        high = hash_bytes(chained_high, *texts, strlen(*texts));
        low = hash_bytes(chained_low, *texts, strlen(*texts));
    }
    snprintf(out, UUID_TEXT_MAX, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xffff),
             (unsigned)(high & 0xfff), (unsigned)(0x8000 | (low >> 48 & 0x3fff)), (unsigned long long)(low & 0xffffffffffff));
    return out;
}

bool write_record(FILE *file, bool first, json_t *object)
{
    bool good = object && fputs(first ? "\n" : ",\n", file) >= 0 && json_dumpf(object, file, JSON_COMPACT) == 0;
    json_decref(object);
    return good;
}

void put_text(json_t *object, const char *key, const char *text)
{
    if (*text)
        json_object_set_new(object, key, json_string(text));
}
