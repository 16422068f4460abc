/* SPDX-License-Identifier: Apache-2.0 */
/* list.c - see list.h: a CSV into a store, and the look-ups of the plugin contract on top of a store. */
#include "intel/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv.h"

#define NAME_MAX_SIZE  255  /* RFC 1035 2.3.4 */
#define VALUE_MAX_SIZE 4095

struct sensor_list {
    struct store *store;
};

/* ---------------------------------------------------------------- a CSV row */

/* Which columns of a CSV are kept as they are, and which say what the row is. */
struct csv_columns {
    int value, type, match;
    size_t kept[CSV_COLUMNS_MAX], kept_count;
};

static bool name_is_plausible(const char *name, size_t size)
{
    size_t label = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)name[i];
        label = c == '.' ? 0 : label + 1;
        if (c <= ' ' || c >= 127 || c == '/' || c == ',' || label > 63 || (c == '.' && (i == 0 || name[i - 1] == '.')))
            return false;
    }
    return size > 0;
}

/* Lower case, without the final dot. */
static bool normal_name(const char *value, char out[NAME_MAX_SIZE + 1])
{
    size_t size = strlen(value);
    if (size > 0 && value[size - 1] == '.')
        size--;
    if (size > NAME_MAX_SIZE)
        return false;
    for (size_t i = 0; i < size; i++)
        out[i] = (char)(value[i] >= 'A' && value[i] <= 'Z' ? value[i] + 32 : value[i]);
    out[size] = '\0';
    return name_is_plausible(out, size);
}

/* `match` must not promise what nobody does. */
static bool read_match(const char *word, const char *type, enum indicator_match *out, struct error *error)
{
    bool is_name = strcmp(type, "domain") == 0, is_cidr = strcmp(type, "cidr") == 0;
    *out = is_name && strcmp(word, "suffix") == 0 ? MATCH_SUFFIX : MATCH_EXACT;
    if (*out == MATCH_SUFFIX || !*word || strcmp(word, "exact") == 0 || (is_cidr && strcmp(word, "cidr") == 0))
        return true;
    if (is_name)
        return error_set(error, "match '%s' does not fit a domain; use exact or suffix", word);
    return error_set(error, "match '%s' does not fit type %s; use exact%s", word, type, is_cidr ? " or cidr" : "");
}

static const char *cell(const struct csv *csv, int column)
{
    return column < 0 ? "" : csv_field(csv, (size_t)column);
}

static bool add_row(struct store *s, const struct csv *csv, const struct csv_columns *c, struct error *error)
{
    char name[NAME_MAX_SIZE + 1];
    const char *column[CSV_COLUMNS_MAX];
    const char *type = cell(csv, c->type), *value = cell(csv, c->value);
    struct store_item item = {
        .value = value, .type = *type ? type : "domain", .ports = "", .note = "", .line = csv_line(csv), .column = column};
    for (size_t i = 0; i < c->kept_count; i++)
        column[i] = csv_field(csv, c->kept[i]);
    if (!read_match(cell(csv, c->match), item.type, &item.match, error))
        return false;
    if (strlen(value) > VALUE_MAX_SIZE)
        return error_set(error, "the value is longer than %d bytes", VALUE_MAX_SIZE);
    if (*value && strcmp(item.type, "domain") == 0) {
        if (!normal_name(value, name))
            return error_set(error, "'%s' is no domain name; write it in ASCII (xn-- for others) without scheme or path", value);
        item.value = name;
    }
    return store_add(s, &item, error);
}

/* --------------------------------------------------------------- a CSV file */

static bool find_columns(const struct csv *csv, const char *path, const char *const *required, struct csv_columns *c,
                         struct error *error)
{
    *c = (struct csv_columns){
        .value = csv_column(csv, "value"), .type = csv_column(csv, "type"), .match = csv_column(csv, "match")};
    if (c->value < 0)
        return error_set(error, "%s:1: no column 'value'; the header line must name the columns", path);
    for (; required && *required; required++)
        if (csv_column(csv, *required) < 0)
            return error_set(error, "%s:1: no column '%s'; it is needed here", path, *required);
    for (size_t i = 0; i < csv_column_count(csv); i++)
        if ((int)i != c->value && (int)i != c->type && (int)i != c->match)
            c->kept[c->kept_count++] = i;
    return true;
}

static bool load_rows(struct store *s, struct csv *csv, const char *path, const struct csv_columns *c, struct error *error)
{
    for (;;) {
        enum csv_result r = csv_next(csv, error);
        if (r != CSV_ROW)
            return r == CSV_END;
        if (!add_row(s, csv, c, error))
            return error_prefix(error, "%s:%u", path, csv_line(csv));
    }
}

static struct store *load_csv(struct csv *csv, const char *path, const char *const *required, struct error *error)
{
    struct csv_columns c;
    const char *kept[CSV_COLUMNS_MAX];
    if (!find_columns(csv, path, required, &c, error))
        return NULL;
    for (size_t i = 0; i < c.kept_count; i++)
        kept[i] = csv_column_name(csv, c.kept[i]);
    struct store *s = store_new(kept, c.kept_count, error);
    bool good = s && load_rows(s, csv, path, &c, error) && store_finish(s, path, error);
    if (good && store_count(s) == 0)
        good = error_set(error, "%s: no rows; an empty list would see nothing", path);
    if (good)
        return s;
    store_free(s);
    return NULL;
}

struct sensor_list *list_open(const char *path, const char *const *required, struct error *error)
{
    struct csv *csv = csv_open(path, error);
    struct sensor_list *l = csv ? calloc(1, sizeof *l) : NULL;
    if (csv && !l)
        error_set(error, "%s: out of memory", path);
    if (l)
        l->store = load_csv(csv, path, required, error);
    csv_close(csv);
    if (l && l->store)
        return l;
    list_close(l);
    return NULL;
}

void list_close(struct sensor_list *l)
{
    if (!l)
        return;
    store_free(l->store);
    free(l);
}

size_t list_count(const struct sensor_list *l)
{
    return store_count(l->store);
}

/* --------------------------------------------------------------- look-ups */

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
