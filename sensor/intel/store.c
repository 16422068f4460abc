/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.c - fills a store, and tells what its rows say. Texts of columns and whole tuples of them are kept once: two small tables of
 * hashes find them again while the store is being filled, and go when it is finished.
 */
#include "intel/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/addr.h"
#include "intel/store_parts.h"

#define TEXTS_MAX (UINT32_MAX - 1)

/* Open addressing over things that are kept once, by their hash; at most half full. */
struct known {
    struct known_item {
        uint64_t hash; /* 0 empty */
        uint32_t at;
    } *item;
    uint32_t size, count;
};

struct builder {
    struct known texts, contexts;
    uint32_t row_room, context_room, text_room;
    uint32_t *context; /* the row's tuple in the making */
};

/* ------------------------------------------------------------ growing arrays */

/* Room for one more of `count` elements. */
static bool grow(void *array, uint32_t *room, uint64_t count, size_t size)
{
    void **at = array;
    if (count < *room)
        return true;
    uint64_t wanted = *room ? (uint64_t)*room * 2 : 256;
    if (wanted <= count)
        wanted = count + 1;
    if (wanted > UINT32_MAX)
        wanted = UINT32_MAX;
    void *bigger = count < wanted ? realloc(*at, wanted * size) : NULL;
    if (!bigger)
        return false;
    *at = bigger;
    *room = (uint32_t)wanted;
    return true;
}

/* The place of a hash, or where it would go. */
static struct known_item *known_find(const struct known *k, uint64_t hash)
{
    uint32_t i = (uint32_t)hash & (k->size - 1);
    while (k->item[i].hash != 0 && k->item[i].hash != hash)
        i = (i + 1) & (k->size - 1);
    return &k->item[i];
}

static bool known_room(struct known *k)
{
    if (k->size > k->count * 2)
        return true;
    struct known bigger = {.size = k->size ? k->size * 2 : 1024, .count = k->count};
    bigger.item = calloc(bigger.size, sizeof *bigger.item);
    if (!bigger.item)
        return false;
    for (uint32_t i = 0; i < k->size; i++)
        if (k->item[i].hash)
            *known_find(&bigger, k->item[i].hash) = k->item[i];
    free(k->item);
    *k = bigger;
    return true;
}

/* -------------------------------------------------------------------- texts */

/* Appends a text; 0 when there is no room. */
static uint32_t text_append(struct store *s, const char *text, size_t size)
{
    uint64_t end = (uint64_t)s->text_size + size + 1;
    if (end > TEXTS_MAX || !grow(&s->texts, &s->builder->text_room, end, 1))
        return 0;
    uint32_t at = s->text_size;
    memcpy(s->texts + at, text, size + 1);
    s->text_size = (uint32_t)end;
    return at;
}

/* A text kept once. 64 bits of a keyed hash stand for it: of a million texts two are taken for one with probability 3e-8. */
static bool text_intern(struct store *s, const char *text, uint32_t *out)
{
    struct known *k = &s->builder->texts;
    size_t size = strlen(text);
    *out = 0;
    if (size == 0)
        return true;
    uint64_t hash = hash_bytes(s->key, text, size) | 1;
    if (!known_room(k))
        return false;
    struct known_item *item = known_find(k, hash);
    if (!item->hash) {
        uint32_t at = text_append(s, text, size);
        if (at == 0)
            return false;
        *item = (struct known_item){hash, at};
        k->count++;
    }
    *out = item->at;
    return true;
}

/* The tuple of the row's columns; most rows have the tuple of the row before. */
static bool context_intern(struct store *s, const char *const *column, uint32_t *out)
{
    struct builder *b = s->builder;
    const uint32_t *last = s->context_count ? s->contexts + (size_t)(s->context_count - 1) * s->column_count : NULL;
    for (uint32_t i = 0; i < s->column_count; i++) {
        if (last && strcmp(text_at(s, last[i]), column[i]) == 0)
            b->context[i] = last[i];
        else if (!text_intern(s, column[i], &b->context[i]))
            return false;
    }
    size_t size = s->column_count * sizeof *b->context;
    uint64_t hash = hash_bytes(s->key, b->context, size) | 1;
    if (!known_room(&b->contexts))
        return false;
    struct known_item *item = known_find(&b->contexts, hash);
    if (!item->hash) {
        if (!grow(&s->contexts, &b->context_room, (uint64_t)(s->context_count + 1) * s->column_count, sizeof *s->contexts))
            return false;
        memcpy(s->contexts + (size_t)s->context_count * s->column_count, b->context, size);
        *item = (struct known_item){hash, s->context_count++};
        b->contexts.count++;
    }
    *out = item->at;
    return true;
}

/* ------------------------------------------------------------- the new store */

static bool add_names(struct store *s, const char *const *columns, size_t count)
{
    for (int i = 0; i < INDICATOR_TYPE_COUNT; i++)
        if (!text_intern(s, indicator_type_name((enum indicator_type)i), &s->types[s->type_count++]))
            return false;
    for (size_t i = 0; i < count; i++)
        if (!text_intern(s, columns[i], &s->columns[s->column_count++]))
            return false;
    return true;
}

struct store *store_new(const char *const *columns, size_t count, struct error *error)
{
    struct store *s = count <= STORE_COLUMNS_MAX ? calloc(1, sizeof *s) : NULL;
    if (s && (s->builder = calloc(1, sizeof *s->builder)) != NULL) {
        s->key = hash_key_random();
        s->builder->context = calloc(count + 1, sizeof *s->builder->context);
        s->texts = calloc(1, 1);
        s->builder->text_room = 1;
        s->text_size = 1;
        if (s->builder->context && s->texts && add_names(s, columns, count))
            return s;
    }
    store_free(s);
    error_set(error, "out of memory for a list of %zu columns (%d at most)", count, STORE_COLUMNS_MAX);
    return NULL;
}

static void builder_free(struct builder *b)
{
    if (!b)
        return;
    free(b->texts.item);
    free(b->contexts.item);
    free(b->context);
    free(b);
}

void store_free(struct store *s)
{
    if (!s)
        return;
    builder_free(s->builder);
    hot_free(s->slots, slots_size(s));
    hot_free(s->filter, filter_size(s));
    if (s->map) {
        munmap(s->map, s->map_size);
    } else {
        free(s->rows);
        free(s->contexts);
        free(s->texts);
        free(s->nets);
        free(s->nets_index);
        free(s->urls);
    }
    free(s);
}

/* --------------------------------------------------------------------- rows */

/* The number of a type's word; new words are added. */
static bool type_number(struct store *s, const char *word, uint8_t *out)
{
    uint32_t i = 1;
    while (i < s->type_count && strcmp(text_at(s, s->types[i]), word) != 0)
        i++;
    if (i == s->type_count && (i == STORE_TYPES_MAX || !text_intern(s, word, &s->types[s->type_count++])))
        return false;
    *out = (uint8_t)i;
    return true;
}

/* Prefixes and addresses have their own kind of value, so that a wrong one is told here and never searched. */
static bool check_address(const struct row *r, const char *value, struct prefix *p, struct error *error)
{
    static const char *const words[] = {[INDICATOR_IPV4] = "ipv4", [INDICATOR_IPV6] = "ipv6", [INDICATOR_CIDR] = "cidr"};
    if (!prefix_parse(value, p))
        return error_set(error, "'%.100s' is no %s; write it as 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32", value, words[r->type]);
    bool v4 = addr_is_v4(&p->base) && p->bits >= 96;
    if (r->type == INDICATOR_CIDR || (p->bits == 128 && v4 == (r->type == INDICATOR_IPV4)))
        return true;
    return error_set(error, "'%.100s' is not of type %s; prefixes have type cidr", value, words[r->type]);
}

static bool set_value(struct store *s, struct row *r, const char *value, struct error *error)
{
    struct prefix p;
    bool address = r->type == INDICATOR_IPV4 || r->type == INDICATOR_IPV6 || r->type == INDICATOR_CIDR;
    if (address && !check_address(r, value, &p, error))
        return false;
    size_t size = strlen(value);
    if ((r->type == INDICATOR_DOMAIN || r->type == INDICATOR_TLS_NAME) && size > s->name_longest)
        s->name_longest = (uint32_t)size;
    r->value = text_append(s, value, size);
    return r->value != 0 || error_set(error, "out of memory, or more than 4 GB of texts");
}

static uint32_t seconds(int64_t time)
{
    return time <= 0 ? 0 : time > UINT32_MAX ? UINT32_MAX : (uint32_t)time;
}

bool store_add(struct store *s, const struct store_item *item, struct error *error)
{
    struct row r = {.line = item->line,
                    .match = (uint8_t)item->match,
                    .confidence_pct = item->confidence_pct,
                    .months = item->months,
                    .first_seen = seconds(item->first_seen),
                    .last_seen = seconds(item->last_seen),
                    .valid_from = seconds(item->valid_from),
                    .valid_until = seconds(item->valid_until)};
    if (!*item->value)
        return error_set(error, "the value is empty; give it one or remove the row");
    if (!type_number(s, item->type, &r.type))
        return error_set(error, "'%.60s' is one type too many; %d are possible", item->type, STORE_TYPES_MAX);
    if (!set_value(s, &r, item->value, error))
        return false;
    if (s->row_count == STORE_ROWS_MAX || !text_intern(s, item->ports, &r.ports) || !text_intern(s, item->note, &r.note) ||
        !context_intern(s, item->column, &r.context) || !grow(&s->rows, &s->builder->row_room, s->row_count, sizeof r))
        return error_set(error, "out of memory, or more than %u rows", STORE_ROWS_MAX);
    s->rows[s->row_count++] = r;
    return true;
}

/* Gives back what was reserved and not used. */
static void trim(void *array, uint64_t count, size_t size)
{
    void **at = array;
    void *smaller = count ? realloc(*at, count * size) : NULL;
    if (smaller)
        *at = smaller;
}

/* Offsets of texts follow from the texts, so flat bytes tell all. Rows are not chained yet. */
static uint64_t digest(const struct store *s)
{
    uint64_t parts[] = {hash_bytes(hash_key_fixed, s->rows, s->row_count * sizeof *s->rows),
                        hash_bytes(hash_key_fixed, s->contexts, (size_t)s->context_count * s->column_count * sizeof *s->contexts),
                        hash_bytes(hash_key_fixed, s->texts, s->text_size)};
    return hash_bytes(hash_key_fixed, parts, sizeof parts);
}

bool store_finish(struct store *s, const char *unique_in, struct error *error)
{
    builder_free(s->builder);
    s->builder = NULL;
    trim(&s->rows, s->row_count, sizeof *s->rows);
    trim(&s->contexts, (uint64_t)s->context_count * s->column_count, sizeof *s->contexts);
    trim(&s->texts, s->text_size, 1);
    s->digest = digest(s);
    return index_build(s, unique_in, error);
}

uint32_t store_count(const struct store *s)
{
    return s->row_count;
}

uint64_t store_digest(const struct store *s)
{
    return s->digest;
}

uint32_t store_count_with(const struct store *s, const char *column, const char *text)
{
    uint32_t c = 0, count = 0;
    while (c < s->column_count && strcmp(text_at(s, s->columns[c]), column) != 0)
        c++;
    if (c == s->column_count)
        return 0;
    uint32_t last = UINT32_MAX;
    bool same = false;
    for (uint32_t i = 0; i < s->row_count; i++) {
        uint32_t at = s->contexts[(size_t)s->rows[i].context * s->column_count + c];
        if (at != last)
            same = strcmp(text_at(s, at), text) == 0;
        last = at;
        count += same;
    }
    return count;
}

uint64_t store_size(const struct store *s, uint64_t *texts)
{
    *texts = s->text_size;
    return sizeof *s + s->text_size + (uint64_t)s->row_count * sizeof *s->rows + slots_size(s) + filter_size(s) +
           (uint64_t)s->context_count * s->column_count * sizeof *s->contexts +
           (uint64_t)s->net_count * sizeof *s->nets + (uint64_t)s->nets_index_count * sizeof *s->nets_index +
           (uint64_t)s->url_count * sizeof *s->urls;
}

/* ------------------------------------------------------------ what rows say */

static const char *match_word(const struct row *r)
{
    static const char *const words[] = {"exact", "suffix", "prefix"};
    return r->type == INDICATOR_CIDR ? "cidr" : words[r->match];
}

const char *store_text(const struct store *s, uint32_t row, const char *column)
{
    const struct row *r = &s->rows[row];
    for (uint32_t i = 0; i < s->column_count; i++)
        if (strcmp(text_at(s, s->columns[i]), column) == 0)
            return text_at(s, s->contexts[(size_t)r->context * s->column_count + i]);
    if (strcmp(column, "value") == 0)
        return text_at(s, r->value);
    if (strcmp(column, "type") == 0)
        return text_at(s, s->types[r->type]);
    if (strcmp(column, "match") == 0)
        return match_word(r);
    if (strcmp(column, "ports") == 0)
        return text_at(s, r->ports);
    return strcmp(column, "note") == 0 ? text_at(s, r->note) : "";
}

uint32_t store_line(const struct store *s, uint32_t row)
{
    return s->rows[row].line;
}

static void read_ports(const char *text, struct indicator *out)
{
    while (*text && out->port_count < INDICATOR_PORTS_MAX) {
        char *end;
        unsigned long port = strtoul(text, &end, 10);
        if (end == text)
            return;
        out->ports[out->port_count++] = (uint16_t)port;
        text = *end ? end + 1 : end;
    }
}

void store_indicator(const struct store *s, uint32_t row, struct indicator *out)
{
    const struct row *r = &s->rows[row];
    *out = (struct indicator){.type = r->type < INDICATOR_TYPE_COUNT ? (enum indicator_type)r->type : INDICATOR_NONE,
                              .match = (enum indicator_match)r->match,
                              .value = text_at(s, r->value),
                              .confidence_pct = r->confidence_pct,
                              .months = r->months,
                              .first_seen = r->first_seen,
                              .last_seen = r->last_seen,
                              .valid_from = r->valid_from,
                              .valid_until = r->valid_until,
                              .actor = store_text(s, row, "actor"),
                              .campaign = store_text(s, row, "campaign"),
                              .malware = store_text(s, row, "malware"),
                              .category = store_text(s, row, "category"),
                              .hosted = store_text(s, row, "hosted"),
                              .status = store_text(s, row, "status"),
                              .tlp = store_text(s, row, "tlp"),
                              .source = store_text(s, row, "source"),
                              .reference = store_text(s, row, "reference"),
                              .note = text_at(s, r->note),
                              .list = store_text(s, row, "list"),
                              .line = r->line};
    read_ports(text_at(s, r->ports), out);
}
