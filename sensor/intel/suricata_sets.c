/* SPDX-License-Identifier: Apache-2.0 */
/* suricata_sets.c - see suricata_sets.h. */
#include "intel/suricata_sets.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "intel/map64.h"
#include "intel/time_text.h"
#include "intel/write.h"

#define LINE_SIZE_MAX 3000 /* bytes; well below what Suricata 8 reads */

const char *suricata_class_name(enum suricata_class class)
{
    static const char *const names[CLASS_COUNT] = {"actor", "laundering", "network", "canary", "exchange"};
    return names[class];
}

static const char *kind_name(enum set_kind kind)
{
    static const char *const names[] = {"names", "below",        "hosts",     "peers",     "addresses", "ja3",     "ja3s",
                                        "ja4",   "certificates", "url-hosts", "url-paths", "url-full",  "prefixes"};
    return names[kind];
}

static bool is_like(const struct suricata_set *a, const struct suricata_set *b)
{
    return a->class == b->class && a->kind == b->kind && a->depth == b->depth && strcmp(a->ports, b->ports) == 0;
}

/* haetae-actor-below-2, haetae-actor-addresses-7: the number counts sets where ports would be too long for a name. */
static bool open_set(struct suricata_sets *s, struct suricata_set *set)
{
    char path[PATH_MAX], number[16] = "";
    unsigned n = set->kind == SET_BELOW ? set->depth : *set->ports ? (unsigned)s->count + 1 : 0;
    if (n)
        snprintf(number, sizeof number, "-%u", n);
    snprintf(set->name, sizeof set->name, "haetae-%s-%s%s", suricata_class_name(set->class), kind_name(set->kind), number);
    if (set->kind == SET_PREFIXES)
        return true;
    if (snprintf(path, sizeof path, "%s/%s.json", s->directory, set->name) >= (int)sizeof path)
        return false;
    set->file = fopen(path, "we");
    return set->file != NULL;
}

static struct suricata_set *set_like(struct suricata_sets *s, const struct suricata_set *like)
{
    for (size_t i = 0; i < s->count; i++)
        if (is_like(&s->set[i], like))
            return &s->set[i];
    if (s->count == SETS_MAX)
        return NULL;
    struct suricata_set *set = &s->set[s->count];
    *set = *like;
    if (!open_set(s, set))
        return NULL;
    s->count++;
    return set;
}

/* A line of the dataset: the value, and what an analyst wants to see in alert.context. */
static json_t *record_of(const char *value, const struct indicator *row)
{
    char last[TIME_TEXT_MAX];
    json_t *o = json_pack("{s:s}", "value", value);
    if (strcmp(row->value, value) != 0)
        put_text(o, "indicator", row->value);
    put_text(o, "actor", row->actor);
    put_text(o, "campaign", row->campaign);
    put_text(o, "malware", row->malware);
    put_text(o, "category", row->category);
    put_text(o, "last_seen", time_write(row->last_seen, TIME_LAST_DAY, last));
    json_object_set_new(o, "confidence", json_integer(row->confidence_pct));
    put_text(o, "source", row->source);
    put_text(o, "reference", row->reference);
    return o;
}

/* Writes a line that Suricata's reader takes: texts of less weight go when it would be too long. */
static bool write_line(FILE *file, json_t *record)
{
    static const char *const lesser[] = {"source", "campaign", "malware", "reference", "actor", "indicator"};
    char *line = json_dumps(record, JSON_COMPACT);
    for (size_t i = 0; line && strlen(line) > LINE_SIZE_MAX && i < sizeof lesser / sizeof *lesser; i++) {
        free(line);
        json_object_del(record, lesser[i]);
        line = json_dumps(record, JSON_COMPACT);
    }
    bool good = line && fprintf(file, "%s\n", line) > 0;
    free(line);
    return good;
}

bool suricata_sets_add(struct suricata_sets *s, const struct suricata_set *like, const char *value, const struct indicator *row)
{
    char key[SET_NAME_MAX + INDICATOR_VALUE_MAX + 2];
    struct suricata_set *set = set_like(s, like);
    if (!set)
        return false;
    snprintf(key, sizeof key, "%s %s", set->name, value);
    if (!map64_add(s->seen, key))
        return true;
    set->count++;
    if (!set->file)
        return true;
    json_t *record = record_of(value, row);
    bool good = record && write_line(set->file, record);
    json_decref(record);
    return good;
}

bool suricata_sets_close(struct suricata_sets *s)
{
    bool good = true;
    for (size_t i = 0; i < s->count; i++)
        if (s->set[i].file)
            good = fclose(s->set[i].file) == 0 && good;
    map64_free(s->seen);
    s->seen = NULL;
    s->count = 0;
    return good;
}
