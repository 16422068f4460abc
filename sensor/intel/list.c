/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list.c - see list.h. The open lists of the process stand in one chain, because plugins open them through a service that knows no
 * more than a path. One atomic word says whose turn it is with a new generation: the builder's, the analysis', or the one's who frees.
 */
#include "intel/list.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/trust.h"
#include "intel/list_load.h"

#define REQUIRED_MAX 32

struct sensor_list {
    struct store *store;         /* what look-ups see */
    struct store *fresh;         /* built, not yet shown; after the swap the one that was shown before */
    struct list_source *sources; /* of indicators; of a CSV one, for its path and mark */
    struct list_source *fresh_sources;
    size_t source_count;
    bool is_csv;
    char *required[REQUIRED_MAX + 1]; /* columns of a CSV */
    uint32_t reloads;
    struct sensor_list *next;
};

static struct sensor_list *opened;
static pthread_mutex_t holding = PTHREAD_MUTEX_INITIALIZER; /* of who changes the chain or a store in it; the analysis only tries */
static _Atomic enum lists_state state;
static _Atomic uint32_t refused;

/* ----------------------------------------------------------- opening, closing */

static struct store *load(const struct sensor_list *l, struct list_source *sources, struct error *error)
{
    for (size_t i = 0; i < l->source_count; i++)
        if (!trust_file(sources[i].path, error))
            return NULL;
    if (!l->is_csv)
        return list_load_indicators(sources, l->source_count, error);
    if (!file_mark_take(sources->path, &sources->mark, error))
        return NULL;
    struct store *s = list_load_csv(sources->path, (const char *const *)l->required, error);
    if (s)
        sources->rows = store_count(s);
    return s;
}

static struct sensor_list *new_list(size_t sources, struct error *error)
{
    struct sensor_list *l = calloc(1, sizeof *l);
    if (l && (l->sources = calloc(sources, sizeof *l->sources)) != NULL) {
        l->source_count = sources;
        return l;
    }
    free(l);
    error_set(error, "out of memory for a list");
    return NULL;
}

static struct sensor_list *finish_open(struct sensor_list *l, bool good, struct error *error)
{
    if (good)
        l->store = load(l, l->sources, error);
    if (!l->store) {
        list_close(l);
        return NULL;
    }
    lists_hold();
    struct sensor_list **last = &opened;
    while (*last)
        last = &(*last)->next;
    *last = l;
    lists_release();
    return l;
}

struct sensor_list *list_open(const char *path, const char *const *required, struct error *error)
{
    struct sensor_list *l = new_list(1, error);
    if (!l)
        return NULL;
    l->is_csv = true;
    bool good = strlen(path) < sizeof l->sources->path || error_set(error, "%.100s: path too long", path);
    if (good)
        memcpy(l->sources->path, path, strlen(path) + 1);
    for (size_t i = 0; good && required && required[i]; i++)
        good = (i < REQUIRED_MAX && (l->required[i] = strdup(required[i])) != NULL) ||
               error_set(error, "%s: out of memory, or more than %d columns", path, REQUIRED_MAX);
    return finish_open(l, good, error);
}

struct sensor_list *list_open_indicators(const char *const *lists, size_t count, list_locate locate, struct error *error)
{
    struct sensor_list *l = count ? new_list(count, error) : NULL;
    bool good = count ? l != NULL : error_set(error, "no list is named");
    for (size_t i = 0; good && i < count; i++)
        good = list_source_parse(lists[i], locate, &l->sources[i], error);
    return l ? finish_open(l, good, error) : NULL;
}

void list_close(struct sensor_list *l)
{
    if (!l)
        return;
    lists_hold();
    struct sensor_list **at = &opened;
    while (*at && *at != l)
        at = &(*at)->next;
    if (*at)
        *at = l->next;
    lists_release();
    store_free(l->fresh);
    store_free(l->store);
    free(l->fresh_sources);
    free(l->sources);
    for (size_t i = 0; l->required[i]; i++)
        free(l->required[i]);
    free(l);
}

size_t list_count(const struct sensor_list *l)
{
    return store_count(l->store);
}

/* ------------------------------------------------------------------- reload */

static bool list_changed(const struct sensor_list *l)
{
    for (size_t i = 0; i < l->source_count; i++) {
        struct file_mark now;
        if (!file_mark_take(l->sources[i].path, &now, NULL) || !file_mark_same(&now, &l->sources[i].mark))
            return true;
    }
    return false;
}

uint64_t lists_change(void)
{
    bool changed = false;
    uint64_t sum = 0;
    for (const struct sensor_list *l = opened; l; l = l->next) {
        changed |= list_changed(l);
        for (size_t i = 0; i < l->source_count; i++) {
            struct {
                struct file_mark mark;
                uint64_t before;
            } now;
            memset(&now, 0, sizeof now);
            file_mark_take(l->sources[i].path, &now.mark, NULL); /* a missing file is a change too */
            now.before = sum;
            sum = hash_bytes(hash_key_fixed, &now, sizeof now);
        }
    }
    return changed ? sum | 1 : 0;
}

enum lists_state lists_state(void)
{
    return atomic_load_explicit(&state, memory_order_acquire); /* with the releases in lists_build and lists_swap */
}

/* A feed that breaks loads short more often than that much of it is taken back. */
static bool check_shrunken(const struct sensor_list *l, struct error *error)
{
    for (size_t i = 0; i < l->source_count; i++) {
        const struct list_source *was = &l->sources[i], *now = &l->fresh_sources[i];
        if (now->rows < was->rows / 2)
            return error_set(error,
                             "%s: %u rows where there were %u; a list that loses more than half is not taken: start again if it is "
                             "right",
                             now->path, now->rows, was->rows);
    }
    return true;
}

static bool build_one(struct sensor_list *l, struct error *error)
{
    l->fresh_sources = malloc(l->source_count * sizeof *l->fresh_sources);
    if (!l->fresh_sources)
        return error_set(error, "out of memory for a list");
    memcpy(l->fresh_sources, l->sources, l->source_count * sizeof *l->fresh_sources);
    l->fresh = load(l, l->fresh_sources, error);
    return l->fresh && check_shrunken(l, error);
}

/* Frees what is not shown. */
static void drop_fresh(void)
{
    for (struct sensor_list *l = opened; l; l = l->next) {
        store_free(l->fresh);
        free(l->fresh_sources);
        l->fresh = NULL;
        l->fresh_sources = NULL;
    }
}

bool lists_build(size_t *built, struct error *error)
{
    bool good = true;
    *built = 0;
    for (struct sensor_list *l = opened; good && l; l = l->next)
        if (list_changed(l)) {
            good = build_one(l, error);
            *built += good;
        }
    if (!good) {
        drop_fresh();
        atomic_fetch_add_explicit(&refused, 1, memory_order_relaxed); /* a number for people */
    } else if (*built)
        atomic_store_explicit(&state, LISTS_BUILT, memory_order_release); /* with the acquire in lists_swap */
    return good;
}

void lists_swap(void)
{
    /* Pairs with the release in lists_build. */
    if (atomic_load_explicit(&state, memory_order_acquire) != LISTS_BUILT || pthread_mutex_trylock(&holding) != 0)
        return;
    for (struct sensor_list *l = opened; l; l = l->next) {
        if (!l->fresh)
            continue;
        struct store *store = l->store;
        struct list_source *sources = l->sources;
        l->store = l->fresh;
        l->sources = l->fresh_sources;
        l->fresh = store;
        l->fresh_sources = sources;
        l->reloads++;
    }
    pthread_mutex_unlock(&holding);
    atomic_store_explicit(&state, LISTS_SWAPPED, memory_order_release); /* with the acquire in lists_state */
}

void lists_settle(void)
{
    for (const struct sensor_list *l = opened; l; l = l->next)
        for (size_t i = 0; l->fresh && i < l->source_count; i++)
            log_notice("%s: reloaded, %u rows where there were %u, digest %016llx", l->sources[i].path, l->sources[i].rows,
                       l->fresh_sources[i].rows, (unsigned long long)store_digest(l->store));
    lists_drop();
}

void lists_drop(void)
{
    lists_hold();
    drop_fresh();
    lists_release();
    atomic_store_explicit(&state, LISTS_SHOWN, memory_order_release);
}

/* "dprk/indicators.csv" of a longer path. */
static const char *short_name(const char *path)
{
    const char *name = path;
    unsigned slashes = 0;
    for (const char *at = path + strlen(path); at > path; at--)
        if (at[-1] == '/' && ++slashes == 2) {
            name = at;
            break;
        }
    return name;
}

uint32_t lists_refused(void)
{
    return atomic_load_explicit(&refused, memory_order_relaxed);
}

bool lists_describe(size_t i, struct list_shown *out)
{
    for (const struct sensor_list *l = opened; l; l = l->next) {
        size_t count = l->is_csv ? 1 : l->source_count;
        if (i < count) {
            *out = (struct list_shown){.name = l->is_csv ? short_name(l->sources[i].path) : l->sources[i].name,
                                       .rows = l->is_csv ? store_count(l->store) : l->sources[i].rows,
                                       .digest = store_digest(l->store),
                                       .reloads = l->reloads,
                                       .written_s = l->sources[i].mark.written.tv_sec};
            return true;
        }
        i -= count;
    }
    return false;
}

/* --------------------------------------------------------------- look-ups */

void lists_hold(void)
{
    pthread_mutex_lock(&holding);
}

void lists_release(void)
{
    pthread_mutex_unlock(&holding);
}

const struct sensor_list *lists_after(const struct sensor_list *l)
{
    const struct sensor_list *next = l ? l->next : opened;
    while (next && next->is_csv)
        next = next->next;
    return next;
}

static bool found(const struct sensor_list *l, const struct store_match *m, struct sensor_entry *out)
{
    *out = (struct sensor_entry){
        .list = l, .row = m->row, .line = store_line(l->store, m->row), .matched = m->matched, .whole = m->whole};
    return true;
}

bool list_find_name(const struct sensor_list *l, struct slice name, struct sensor_entry *out)
{
    struct store_match m;
    return store_find_name(l->store, name, &m) && found(l, &m, out);
}

bool list_find_address(const struct sensor_list *l, const struct address *a, struct sensor_entry *out)
{
    struct store_match m;
    return store_find_address(l->store, a, &m) && found(l, &m, out);
}

bool list_find_value(const struct sensor_list *l, const char *type, struct slice value, struct sensor_entry *out)
{
    struct store_match m;
    if (strcmp(type, "url") == 0)
        return store_find_url(l->store, value, &m) && found(l, &m, out);
    if (strcmp(type, "tls_name") == 0)
        return store_find_certificate_name(l->store, value, &m) && found(l, &m, out);
    return store_find_value(l->store, type, value, &m) && found(l, &m, out);
}

bool list_next(struct sensor_entry *e)
{
    struct store_match m = {.row = e->row, .matched = e->matched, .whole = e->whole};
    return store_next(e->list->store, &m) && found(e->list, &m, e);
}

const char *list_field(const struct sensor_entry *e, const char *column)
{
    return store_text(e->list->store, e->row, column);
}

void list_indicator(const struct sensor_entry *e, struct indicator *out)
{
    store_indicator(e->list->store, e->row, out);
}
