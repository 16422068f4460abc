/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.c - see options.h. A value per row of the plugin's table, in its order; tables are short, so finding is a walk.
 */
#include "run/options.h"

#include <stdlib.h>
#include <string.h>

#include "run/value.h"

struct option_value {
    int64_t number;
    char *text;   /* as written; owned */
    char **items; /* OPTION_LIST; owned, as each item is */
    size_t count;
};

struct sensor_options {
    const struct sensor_option *table;
    size_t count;
    struct option_value *values; /* one per row */
};

static size_t count_rows(const struct sensor_option *table)
{
    size_t count = 0;
    while (table != NULL && table[count].name != NULL)
        count++;
    return count;
}

const struct sensor_option *options_find(const struct sensor_option *table, const char *name)
{
    for (size_t i = 0; i < count_rows(table); i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

/* The value of that name, or NULL. */
static struct option_value *find_value(const struct sensor_options *o, const char *name)
{
    const struct sensor_option *row = options_find(o->table, name);
    return row != NULL ? &o->values[row - o->table] : NULL;
}

static void clear(struct option_value *v)
{
    for (size_t i = 0; i < v->count; i++)
        free(v->items[i]);
    free(v->items);
    free(v->text);
    *v = (struct option_value){0};
}

static const char *fallback_of(const struct sensor_option *row)
{
    return row->fallback != NULL ? row->fallback : "";
}

static struct value_rule rule_of(const struct sensor_option *row)
{
    static const enum value_type types[] = {
        [OPTION_BOOL] = VALUE_BOOL,       [OPTION_NUMBER] = VALUE_NUMBER, [OPTION_SIZE] = VALUE_SIZE,
        [OPTION_SECONDS] = VALUE_SECONDS, [OPTION_TEXT] = VALUE_TEXT,     [OPTION_LIST] = VALUE_LIST};
    struct value_rule rule = {.type = types[row->type], .least = row->least, .most = row->most};
    if (rule.least == 0 && rule.most == 0) {
        rule.least = INT64_MIN;
        rule.most = INT64_MAX;
    }
    return rule;
}

static bool add_item(struct option_value *v, const char *start, size_t size)
{
    char **items = realloc(v->items, (v->count + 1) * sizeof *items);
    if (items == NULL)
        return false;
    v->items = items;
    char *item = strndup(start, size);
    if (item == NULL)
        return false;
    v->items[v->count++] = item;
    return true;
}

static bool fill_from_text(struct option_value *v, const struct sensor_option *row, const char *text, struct error *error)
{
    struct value_rule rule = rule_of(row);
    bool unset = *text == '\0' && row->type != OPTION_TEXT; /* "" as a default: 0, no, nothing */
    if (!unset && !value_parse(&rule, text, &v->number, error))
        return false;
    v->text = strdup(text);
    bool good = v->text != NULL;
    const char *start;
    size_t size;
    struct value_items items = value_items(row->type == OPTION_LIST ? text : "");
    while (good && value_items_next(&items, &start, &size))
        good = add_item(v, start, size);
    return good || error_set(error, "out of memory");
}

bool options_set(struct sensor_options *o, const char *name, const char *text, struct error *error)
{
    struct option_value *v = find_value(o, name);
    if (v == NULL)
        return error_set(error, "unknown option '%.100s'", name);
    const struct sensor_option *row = &o->table[v - o->values];
    if (*text == '\0' && row->type != OPTION_TEXT && row->type != OPTION_LIST && *fallback_of(row) != '\0')
        return error_set(error, "a value is missing");
    clear(v);
    return fill_from_text(v, row, text, error);
}

bool options_set_list(struct sensor_options *o, const char *name, const char *const *items, size_t count, struct error *error)
{
    struct option_value *v = find_value(o, name);
    if (v == NULL)
        return error_set(error, "unknown option '%.100s'", name);
    if (o->table[v - o->values].type != OPTION_LIST)
        return error_set(error, "takes one value, not a list");
    clear(v);
    bool good = (v->text = strdup("")) != NULL;
    for (size_t i = 0; good && i < count; i++)
        good = add_item(v, items[i], strlen(items[i]));
    return good || error_set(error, "out of memory");
}

struct sensor_options *options_new(const struct sensor_option *table, struct error *error)
{
    size_t count = count_rows(table);
    struct sensor_options *o = calloc(1, sizeof *o);
    struct option_value *values = calloc(count + 1, sizeof *values);
    if (o == NULL || values == NULL) {
        free(values);
        free(o);
        error_set(error, "out of memory");
        return NULL;
    }
    *o = (struct sensor_options){.table = table, .count = count, .values = values};
    for (size_t i = 0; i < count; i++) {
        if (!fill_from_text(&values[i], &table[i], fallback_of(&table[i]), error)) {
            error_prefix(error, "default of option %s", table[i].name);
            options_free(o);
            return NULL;
        }
    }
    return o;
}

void options_free(struct sensor_options *o)
{
    if (o == NULL)
        return;
    for (size_t i = 0; i < o->count; i++)
        clear(&o->values[i]);
    free(o->values);
    free(o);
}

const char *options_text(const struct sensor_options *o, const char *name)
{
    const struct option_value *v = find_value(o, name);
    return v != NULL ? v->text : "";
}

int64_t options_number(const struct sensor_options *o, const char *name)
{
    const struct option_value *v = find_value(o, name);
    return v != NULL ? v->number : 0;
}

size_t options_count(const struct sensor_options *o, const char *name)
{
    const struct option_value *v = find_value(o, name);
    return v != NULL ? v->count : 0;
}

const char *options_item(const struct sensor_options *o, const char *name, size_t i)
{
    const struct option_value *v = find_value(o, name);
    return v != NULL && i < v->count ? v->items[i] : "";
}

void options_walk(const struct sensor_options *o, void (*see)(void *arg, const char *text), void *arg)
{
    for (size_t i = 0; i < o->count; i++) {
        if (o->table[i].type == OPTION_TEXT)
            see(arg, o->values[i].text);
        for (size_t j = 0; j < o->values[i].count; j++)
            see(arg, o->values[i].items[j]);
    }
}
