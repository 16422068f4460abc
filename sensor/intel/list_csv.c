/* SPDX-License-Identifier: Apache-2.0 */
/* list_csv.c - a CSV with columns of its own into a store: list_load_csv of list_load.h. */
#include <string.h>

#include "base/csv.h"
#include "intel/list_load.h"

#define NAME_MAX_SIZE  255 /* RFC 1035 2.3.4 */
#define VALUE_MAX_SIZE 4095

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

static struct store *load_open(struct csv *csv, const char *path, const char *const *required, struct error *error)
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

struct store *list_load_csv(const char *path, const char *const *required, struct error *error)
{
    struct csv *csv = csv_open(path, error);
    struct store *s = csv ? load_open(csv, path, required, error) : NULL;
    csv_close(csv);
    return s;
}
