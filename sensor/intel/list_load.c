/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_load.c - indicator lists into a store, through a compiled copy when there is a good one (list_load.h).
 *
 * The copy's key holds everything that decides what the store is: each file's identity, size and times, and what the configuration
 * says of it. A list that is written to while it is read is read again on the next reload; its copy is not kept.
 */
#include "intel/list_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"

#define COMPLAINTS_MAX 10u

static const char *const columns[] = {"actor",  "campaign", "malware", "category",  "hosted",
                                      "status", "tlp",      "source",  "reference", "list"};
#define COLUMN_COUNT (sizeof columns / sizeof *columns)

static char cache_directory[PATH_MAX];

void list_cache_set(const char *directory)
{
    snprintf(cache_directory, sizeof cache_directory, "%s", directory);
}

/* ------------------------------------------------------------------ reading */

struct reading {
    struct store *store;
    struct error *error;
};

static void write_ports(const struct indicator *i, char *out, size_t room)
{
    size_t used = 0;
    *out = '\0';
    for (uint8_t p = 0; p < i->port_count && used < room; p++)
        used += (size_t)snprintf(out + used, room - used, "%s%u", p ? "|" : "", i->ports[p]);
}

static bool take(void *arg, const struct indicator *i)
{
    const struct reading *r = arg;
    char ports[INDICATOR_PORTS_MAX * 6 + 1];
    const char *const column[COLUMN_COUNT] = {i->actor,  i->campaign, i->malware, i->category,  i->hosted,
                                              i->status, i->tlp,      i->source,  i->reference, i->list};
    const struct store_item item = {.value = i->value,
                                    .type = indicator_type_name(i->type),
                                    .match = i->match,
                                    .ports = ports,
                                    .note = i->note,
                                    .line = i->line,
                                    .confidence_pct = i->confidence_pct,
                                    .months = i->months,
                                    .first_seen = i->first_seen,
                                    .last_seen = i->last_seen,
                                    .valid_from = i->valid_from,
                                    .valid_until = i->valid_until,
                                    .column = column};
    write_ports(i, ports, sizeof ports);
    return store_add(r->store, &item, r->error);
}

static void complain(void *arg, const char *text)
{
    (void)arg;
    log_warning("%s", text);
}

static bool read_source(struct reading *r, struct list_source *s)
{
    struct intel_read_result result;
    const struct intel_read_options options = {.format = s->format,
                                               .defaults = list_source_defaults(s),
                                               .strict = s->strict,
                                               .complaints_max = COMPLAINTS_MAX,
                                               .take = take,
                                               .complain = complain,
                                               .arg = r};
    if (!file_mark_take(s->path, &s->mark, r->error) || !intel_read(s->path, &options, &result, r->error))
        return false;
    s->rows = (uint32_t)result.taken;
    if (s->rows == 0)
        return error_set(r->error, "%s: no rows that can be used; an empty list would see nothing", s->path);
    if (result.bad || result.refused || result.inexpressible)
        log_warning("%s: %llu indicators; %llu rows are bad, %llu would hit everybody, %llu say nothing of packets", s->path,
                    (unsigned long long)result.taken, (unsigned long long)result.bad, (unsigned long long)result.refused,
                    (unsigned long long)result.inexpressible);
    return true;
}

static struct store *read_all(struct list_source *sources, size_t count, struct error *error)
{
    struct reading r = {.store = store_new(columns, COLUMN_COUNT, error), .error = error};
    bool good = r.store != NULL;
    for (size_t i = 0; good && i < count; i++)
        good = read_source(&r, &sources[i]);
    if (good && store_finish(r.store, NULL, error))
        return r.store;
    store_free(r.store);
    return NULL;
}

/* ----------------------------------------------------------- compiled lists */

/* Everything that decides what the store is. */
static bool cache_key(const struct list_source *sources, size_t count, uint64_t *out)
{
    uint64_t key = count;
    for (size_t i = 0; i < count; i++) {
        struct list_source s;
        memset(&s, 0, sizeof s); /* padding too */
        memcpy(&s, &sources[i], sizeof s);
        s.rows = 0;
        memset(&s.mark, 0, sizeof s.mark);
        if (!file_mark_take(s.path, &s.mark, NULL))
            return false;
        uint64_t parts[2] = {key, hash_bytes(hash_key_fixed, &s, sizeof s)};
        key = hash_bytes(hash_key_fixed, parts, sizeof parts);
    }
    *out = key;
    return true;
}

/* One file for each set of lists, by their paths. */
static bool cache_path(const struct list_source *sources, size_t count, char out[PATH_MAX])
{
    uint64_t name = count;
    for (size_t i = 0; i < count; i++) {
        uint64_t parts[2] = {name, hash_bytes(hash_key_fixed, sources[i].path, strlen(sources[i].path))};
        name = hash_bytes(hash_key_fixed, parts, sizeof parts);
    }
    int n = snprintf(out, PATH_MAX, "%s/lists-%016llx", cache_directory, (unsigned long long)name);
    return *cache_directory && n > 0 && n < PATH_MAX;
}

/* The sources' marks and rows, as reading them would have left them. */
static bool recount(const struct store *s, struct list_source *sources, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sources[i].rows = store_count_with(s, "list", sources[i].name);
        if (!file_mark_take(sources[i].path, &sources[i].mark, NULL))
            return false;
    }
    return true;
}

static bool still_same(const struct list_source *sources, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct file_mark now;
        if (!file_mark_take(sources[i].path, &now, NULL) || !file_mark_same(&now, &sources[i].mark))
            return false;
    }
    return true;
}

static void keep(const struct store *s, const struct list_source *sources, size_t count, uint64_t key, const char *path)
{
    struct error why = {{0}};
    if (store_count(s) < LIST_CACHE_ROWS_MIN || !still_same(sources, count))
        return;
    if (store_write(s, key, path, &why))
        log_info("%s: compiled %u indicators", path, store_count(s));
    else
        log_warning("%s; the lists are read anew on every start", why.text);
}

struct store *list_load_indicators(struct list_source *sources, size_t count, struct error *error)
{
    char path[PATH_MAX];
    uint64_t key = 0;
    bool cached = cache_path(sources, count, path) && cache_key(sources, count, &key);
    struct error why = {{0}};
    struct store *s = cached ? store_map(path, key, &why) : NULL;
    if (s && recount(s, sources, count))
        return s;
    store_free(s);
    if (*why.text)
        log_info("%s; the lists are read anew", why.text);
    s = read_all(sources, count, error);
    if (s && cached)
        keep(s, sources, count, key, path);
    return s;
}
