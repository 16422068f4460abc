/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list.c - see list.h. One idea: everything searchable is a byte key in one keyed hash table.
 *
 *     name     'e' or 's' + lower-case name      exact or suffix; a look-up walks the asked name's label boundaries, from where
 *                                                the longest row could begin: asked names may have any length and many labels
 *     address  'a' + prefix length + masked bytes   a look-up tries each prefix length that some row has, longest first
 *     others   'v' + type + NUL + value           equality
 */
#include "intel/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/csv.h"
#include "base/hash.h"
#include "base/log.h"

#define NAME_MAX_SIZE 255  /* RFC 1035 2.3.4 */
#define KEY_MAX       4096 /* longest value plus its tag */
#define ROWS_MAX      UINT32_C(20000000)

struct slot {
    uint64_t hash; /* 0: empty */
    uint32_t row;
};

struct sensor_list {
    char *path;
    struct hash_key key;
    size_t columns;
    char **column_names;
    int value_column, type_column, match_column;
    char **fields;   /* rows * columns texts; "" is shared */
    uint32_t *lines; /* by row */
    uint32_t rows, rows_capacity;
    struct slot *slots;  /* open addressing, at most half full */
    uint32_t slot_count; /* power of two */
    bool prefix_present[129];
    size_t name_longest; /* bytes of the longest name row */
};

struct key {
    uint8_t bytes[KEY_MAX];
    size_t size;
};

/* ------------------------------------------------------------------- keys */

static void key_name(struct key *k, char tag, const char *name, size_t size)
{
    k->bytes[0] = (uint8_t)tag;
    memcpy(k->bytes + 1, name, size);
    k->size = size + 1;
}

static void key_prefix(struct key *k, const struct address *a, uint8_t bits)
{
    k->bytes[0] = 'a';
    k->bytes[1] = bits;
    memcpy(k->bytes + 2, a->bytes, 16);
    for (unsigned i = 0; i < 16; i++) {
        int keep = (int)bits - (int)i * 8;
        if (keep < 8)
            k->bytes[2 + i] &= (uint8_t)(keep <= 0 ? 0 : 0xff << (8 - keep));
    }
    k->size = 18;
}

static bool key_value(struct key *k, const char *type, const void *value, size_t size)
{
    size_t type_size = strlen(type);
    if (type_size + size + 2 > KEY_MAX)
        return false;
    k->bytes[0] = 'v';
    memcpy(k->bytes + 1, type, type_size + 1);
    memcpy(k->bytes + 2 + type_size, value, size);
    k->size = type_size + size + 2;
    return true;
}

/* Does a label end at `at`? An escaped dot (RFC 1035 5.1) is a byte of its label. */
static bool is_dot(const uint8_t *name, size_t at)
{
    size_t slashes = 0;
    while (name[at] == '.' && slashes < at && name[at - slashes - 1] == '\\')
        slashes++;
    return name[at] == '.' && slashes % 2 == 0;
}

/* The name's size without its final dot. */
static size_t bare_size(const uint8_t *name, size_t size)
{
    return size > 0 && is_dot(name, size - 1) ? size - 1 : size;
}

/* Moves *at behind the next dot; false when none follows. */
static bool next_label(const uint8_t *name, size_t size, size_t *at)
{
    for (size_t i = *at; i < size; i++)
        if (is_dot(name, i)) {
            *at = i + 1;
            return true;
        }
    return false;
}

static void lower_name(const uint8_t *name, size_t size, char *out)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
}

/* ------------------------------------------------------------------ table */

static uint64_t key_hash(const struct sensor_list *l, const struct key *k)
{
    uint64_t h = hash_bytes(l->key, k->bytes, k->size);
    return h ? h : 1;
}

/* 64 bits of a keyed hash stand for the key: two of 20 million rows collide with probability 1e-5. */
static struct slot *slot_of(const struct sensor_list *l, uint64_t hash)
{
    uint32_t mask = l->slot_count - 1;
    uint32_t i = (uint32_t)hash & mask;
    while (l->slots[i].hash != 0 && l->slots[i].hash != hash)
        i = (i + 1) & mask;
    return &l->slots[i];
}

static bool find(const struct sensor_list *l, const struct key *k, uint32_t *row)
{
    const struct slot *s = slot_of(l, key_hash(l, k));
    if (s->hash == 0)
        return false;
    *row = s->row;
    return true;
}

static bool slots_grow(struct sensor_list *l)
{
    uint32_t count = l->slot_count ? l->slot_count * 2 : 1024;
    struct slot *old = l->slots;
    uint32_t old_count = l->slot_count;
    struct slot *fresh = calloc(count, sizeof *fresh);
    if (!fresh)
        return false;
    l->slots = fresh;
    l->slot_count = count;
    for (uint32_t i = 0; i < old_count; i++)
        if (old[i].hash)
            *slot_of(l, old[i].hash) = old[i];
    free(old);
    return true;
}

/* ---------------------------------------------------------------- loading */

static const char *cell(const struct sensor_list *l, uint32_t row, int column)
{
    return column < 0 ? "" : l->fields[(size_t)row * l->columns + (size_t)column];
}

static bool rows_grow(struct sensor_list *l)
{
    if (l->rows < l->rows_capacity)
        return true;
    uint32_t capacity = l->rows_capacity ? l->rows_capacity * 2 : 256;
    char **fields = realloc(l->fields, (size_t)capacity * l->columns * sizeof *fields);
    if (fields)
        l->fields = fields;
    uint32_t *lines = realloc(l->lines, capacity * sizeof *lines);
    if (lines)
        l->lines = lines;
    if (!fields || !lines)
        return false;
    l->rows_capacity = capacity;
    return true;
}

static char empty_text[] = "";

static bool row_copy(struct sensor_list *l, const struct csv *csv)
{
    if (l->rows >= ROWS_MAX || !rows_grow(l) || (l->rows * 2 >= l->slot_count && !slots_grow(l)))
        return false;
    char **cells = l->fields + (size_t)l->rows * l->columns;
    for (size_t i = 0; i < l->columns; i++) {
        const char *text = csv_field(csv, i);
        cells[i] = *text ? strdup(text) : empty_text;
        if (!cells[i]) {
            while (i-- > 0)
                if (cells[i] != empty_text)
                    free(cells[i]);
            return false;
        }
    }
    l->lines[l->rows++] = csv_line(csv);
    return true;
}

static bool name_is_plausible(const char *name, size_t size)
{
    size_t label = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)name[i];
        label = c == '.' ? 0 : label + 1;
        if (c <= ' ' || c >= 127 || c == '/' || c == ',' || label > 63 || (c == '.' && (i == 0 || name[i - 1] == '.')))
            return false;
    }
    return true;
}

static bool row_key_name(const char *value, const char *match, struct key *k, struct error *error)
{
    char name[NAME_MAX_SIZE + 1];
    size_t size = bare_size((const uint8_t *)value, strlen(value));
    if (size > 0 && size <= NAME_MAX_SIZE)
        lower_name((const uint8_t *)value, size, name);
    if (size == 0 || size > NAME_MAX_SIZE || !name_is_plausible(name, size))
        return error_set(error, "'%s' is no domain name; write it in ASCII (xn-- for others) without scheme or path", value);
    bool suffix = strcmp(match, "suffix") == 0;
    if (!suffix && strcmp(match, "exact") != 0 && *match)
        return error_set(error, "match '%s' does not fit a domain; use exact or suffix", match);
    key_name(k, suffix ? 's' : 'e', name, size);
    return true;
}

static bool row_key_address(struct sensor_list *l, const char *value, const char *type, struct key *k, struct error *error)
{
    struct prefix p;
    if (!prefix_parse(value, &p))
        return error_set(error, "'%s' is no %s; write it as 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32", value, type);
    bool is_v4 = addr_is_v4(&p.base) && p.bits >= 96;
    if ((strcmp(type, "ipv4") == 0 && (!is_v4 || p.bits != 128)) || (strcmp(type, "ipv6") == 0 && (is_v4 || p.bits != 128)))
        return error_set(error, "'%s' is not of type %s; prefixes have type cidr", value, type);
    key_prefix(k, &p.base, p.bits);
    l->prefix_present[p.bits] = true;
    return true;
}

/* `match` of a row that is no domain: it must not promise what nobody does. */
static bool check_match(const char *match, const char *type, struct error *error)
{
    bool is_cidr = strcmp(type, "cidr") == 0;
    if (!*match || strcmp(match, "exact") == 0 || (is_cidr && strcmp(match, "cidr") == 0))
        return true;
    return error_set(error, "match '%s' does not fit type %s; use exact%s", match, type, is_cidr ? " or cidr" : "");
}

/* The search key of a row. */
static bool row_key(struct sensor_list *l, uint32_t row, struct key *k, struct error *error)
{
    const char *value = cell(l, row, l->value_column);
    const char *type = cell(l, row, l->type_column), *match = cell(l, row, l->match_column);
    if (!*value)
        return error_set(error, "the value is empty; give it one or remove the row");
    if (!*type || strcmp(type, "domain") == 0) {
        if (!row_key_name(value, match, k, error))
            return false;
        if (k->size - 1 > l->name_longest)
            l->name_longest = k->size - 1;
        return true;
    }
    if (!check_match(match, type, error))
        return false;
    if (strcmp(type, "ipv4") == 0 || strcmp(type, "ipv6") == 0 || strcmp(type, "cidr") == 0)
        return row_key_address(l, value, type, k, error);
    if (!key_value(k, type, value, strlen(value)))
        return error_set(error, "the value is longer than %d bytes", KEY_MAX);
    return true;
}

static bool row_insert(struct sensor_list *l, uint32_t row, struct error *error)
{
    struct key k;
    if (!row_key(l, row, &k, error))
        return false;
    uint64_t hash = key_hash(l, &k);
    struct slot *s = slot_of(l, hash);
    if (s->hash)
        return error_set(error, "'%s' stands on line %u already; keep one of the two", cell(l, row, l->value_column),
                         l->lines[s->row]);
    *s = (struct slot){.hash = hash, .row = row};
    return true;
}

static bool load_rows(struct sensor_list *l, struct csv *csv, struct error *error)
{
    for (;;) {
        enum csv_result r = csv_next(csv, error);
        if (r == CSV_END)
            return true;
        if (r == CSV_BAD)
            return false;
        if (!row_copy(l, csv))
            return error_set(error, "%s:%u: out of memory, or more than %u rows", l->path, csv_line(csv), ROWS_MAX);
        if (!row_insert(l, l->rows - 1, error))
            return error_prefix(error, "%s:%u", l->path, csv_line(csv));
    }
}

static bool load_columns(struct sensor_list *l, const struct csv *csv, const char *const *required, struct error *error)
{
    l->columns = csv_column_count(csv);
    l->column_names = calloc(l->columns, sizeof *l->column_names);
    bool good = l->column_names != NULL;
    for (size_t i = 0; good && i < l->columns; i++)
        good = (l->column_names[i] = strdup(csv_column_name(csv, i))) != NULL;
    if (!good)
        return error_set(error, "%s: out of memory", l->path);
    l->value_column = csv_column(csv, "value");
    l->type_column = csv_column(csv, "type");
    l->match_column = csv_column(csv, "match");
    if (l->value_column < 0)
        return error_set(error, "%s:1: no column 'value'; the header line must name the columns", l->path);
    for (; required && *required; required++)
        if (csv_column(csv, *required) < 0)
            return error_set(error, "%s:1: no column '%s'; it is needed here", l->path, *required);
    return true;
}

struct sensor_list *list_open(const char *path, const char *const *required, struct error *error)
{
    struct csv *csv = csv_open(path, error);
    if (!csv)
        return NULL;
    struct sensor_list *l = calloc(1, sizeof *l);
    bool good = l && (l->path = strdup(path)) != NULL;
    if (!good)
        error_set(error, "%s: out of memory", path);
    if (good) {
        l->key = hash_key_random();
        good = slots_grow(l) && load_columns(l, csv, required, error) && load_rows(l, csv, error);
    }
    if (good && l->rows == 0)
        good = error_set(error, "%s: no rows; an empty list would see nothing", path);
    csv_close(csv);
    if (good)
        return l;
    list_close(l);
    return NULL;
}

void list_close(struct sensor_list *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < (size_t)l->rows * l->columns; i++)
        if (l->fields[i] != empty_text)
            free(l->fields[i]);
    for (size_t i = 0; l->column_names && i < l->columns; i++)
        free(l->column_names[i]);
    free(l->column_names);
    free(l->fields);
    free(l->lines);
    free(l->slots);
    free(l->path);
    free(l);
}

size_t list_count(const struct sensor_list *l)
{
    return l->rows;
}

/* --------------------------------------------------------------- look-ups */

static bool found(const struct sensor_list *l, uint32_t row, const uint8_t *matched, size_t size, struct sensor_entry *out)
{
    *out = (struct sensor_entry){.list = l, .row = row, .line = l->lines[row], .matched = {matched, size}};
    return true;
}

/* Where the first label begins that could start a row's name; false when none does. */
static bool first_candidate(const struct sensor_list *l, const uint8_t *name, size_t size, size_t *at)
{
    *at = 0;
    if (size <= l->name_longest)
        return size > 0;
    *at = size - l->name_longest - 1;
    return next_label(name, size, at);
}

bool list_find_name(const struct sensor_list *l, struct slice name, struct sensor_entry *out)
{
    char lower[NAME_MAX_SIZE + 1];
    struct key k;
    uint32_t row;
    size_t size = bare_size(name.at, name.size), first, at;
    if (!first_candidate(l, name.at, size, &first))
        return false;
    lower_name(name.at + first, size - first, lower);
    if (first == 0) {
        key_name(&k, 'e', lower, size);
        if (find(l, &k, &row))
            return found(l, row, name.at, size, out);
    }
    at = first;
    do {
        key_name(&k, 's', lower + (at - first), size - at);
        if (find(l, &k, &row))
            return found(l, row, name.at + at, size - at, out);
    } while (next_label(name.at, size, &at));
    return false;
}

bool list_find_address(const struct sensor_list *l, const struct address *a, struct sensor_entry *out)
{
    struct key k;
    uint32_t row;
    for (int bits = 128; bits >= 0; bits--) {
        if (!l->prefix_present[bits])
            continue;
        key_prefix(&k, a, (uint8_t)bits);
        if (find(l, &k, &row))
            return found(l, row, a->bytes, 16, out);
    }
    return false;
}

bool list_find_value(const struct sensor_list *l, const char *type, struct slice value, struct sensor_entry *out)
{
    struct key k;
    uint32_t row;
    if (value.size == 0 || !key_value(&k, type, value.at, value.size) || !find(l, &k, &row))
        return false;
    return found(l, row, value.at, value.size, out);
}

const char *list_field(const struct sensor_entry *e, const char *column)
{
    const struct sensor_list *l = e->list;
    for (size_t i = 0; i < l->columns; i++)
        if (strcmp(l->column_names[i], column) == 0)
            return cell(l, e->row, (int)i);
    return "";
}
