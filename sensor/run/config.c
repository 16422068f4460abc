/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.c - see config.h: files in, overrides on top, values out.
 */
#include "run/config.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "run/config_node.h"

#define PATH_MAX_BYTES 512

/* -------------------------------------------------------------------- load */

struct config *config_parse(const char *name, const char *text, size_t size, struct error *error)
{
    struct config *c = calloc(1, sizeof *c);
    if (c == NULL || (c->origin = node_text(&c->pool, name, strlen(name))) == NULL)
        error_set(error, "%s: out of memory", name);
    else if (config_read_yaml(c, text, size, error) && config_settle(c, error))
        return c;
    config_free(c);
    return NULL;
}

/* All of a file, at most one byte more than may be; NULL and `error` when it cannot be read. */
static char *read_file(const char *path, size_t *size, struct error *error)
{
    FILE *file = fopen(path, "re");
    char *text = file != NULL ? malloc(CONFIG_SIZE_MAX + 1) : NULL;
    if (text != NULL)
        *size = fread(text, 1, CONFIG_SIZE_MAX + 1, file);
    if (text == NULL || ferror(file)) {
        error_set(error, "%s: %s", path, strerror(errno));
        free(text);
        text = NULL;
    }
    if (file != NULL)
        fclose(file);
    return text;
}

struct config *config_load(const char *path, struct error *error)
{
    if (path == NULL)
        return config_parse("", "", 0, error);
    size_t size = 0;
    char *text = read_file(path, &size, error);
    if (text == NULL)
        return NULL;
    struct config *c = config_parse(path, text, size, error);
    free(text);
    return c;
}

void config_free(struct config *c)
{
    if (c == NULL)
        return;
    node_pool_free(&c->pool);
    free(c);
}

const char *config_origin(const struct config *c)
{
    return c->origin;
}

/* ------------------------------------------------------------------- paths */

/* The next step of a path into `step`; false at the end or when it is too long. */
static bool next_step(const char **path, char *step, size_t size)
{
    size_t length = strcspn(*path, ".");
    if (**path == '\0' || length >= size)
        return false;
    memcpy(step, *path, length);
    step[length] = '\0';
    *path += length + ((*path)[length] == '.');
    return true;
}

/* Digits only, below a million. */
static bool read_index(const char *step, size_t *out)
{
    size_t size = strlen(step);
    if (size == 0 || size > 6 || strspn(step, "0123456789") != size)
        return false;
    *out = (size_t)strtoul(step, NULL, 10);
    return true;
}

/* The first item that is this name, or begins a map with it. */
static struct node *named_item(const struct node *list, const char *name)
{
    for (struct node *n = list->first; n != NULL; n = n->next)
        if (strcmp(n->kind == NODE_MAP && n->first != NULL ? n->first->key : n->text, name) == 0)
            return n;
    return NULL;
}

/* One step into a list: a number is an item; a name is what stands below the item of that name. */
static void step_into_list(struct config_spot *spot, const char *step)
{
    size_t index;
    const struct node *list = spot->node;
    spot->place = config_place_item(spot->place);
    if (read_index(step, &index)) {
        spot->node = list != NULL ? node_item(list, index) : NULL;
        return;
    }
    spot->place = config_place_key(spot->place, step);
    const struct node *item = list != NULL ? named_item(list, step) : NULL;
    spot->node = item != NULL ? item->first : NULL;
}

struct config_spot config_find(const struct config *c, const char *path)
{
    struct config_spot spot = {.node = c->root, .place = config_place_root()};
    char step[PATH_MAX_BYTES];
    while (next_step(&path, step, sizeof step)) {
        if (config_place_is_list(spot.place)) {
            step_into_list(&spot, step);
            continue;
        }
        spot.place = config_place_key(spot.place, step);
        spot.node = spot.node != NULL ? node_child(spot.node, step) : NULL;
    }
    return spot;
}

static struct config_spot find_formatted(const struct config *c, const char *format, va_list args)
{
    char path[PATH_MAX_BYTES];
    int size = vsnprintf(path, sizeof path, format, args);
    assert(size > 0 && (size_t)size < sizeof path);
    return config_find(c, path);
}

/* --------------------------------------------------------------------- set */

static struct node *add_child(struct config *c, struct node *parent, const char *key)
{
    struct node *n = node_new(&c->pool, NODE_NULL);
    if (n == NULL)
        return NULL;
    if (key != NULL && (n->key = node_text(&c->pool, key, strlen(key))) == NULL)
        return NULL;
    node_append(parent, n);
    return n;
}

static struct node *set_step_list(struct config *c, struct node *list, const char *step, struct error *error)
{
    size_t index;
    if (!read_index(step, &index)) {
        struct node *item = named_item(list, step);
        if (item != NULL && item->kind == NODE_MAP)
            return item->first;
        item = add_child(c, list, NULL);
        if (item == NULL)
            return NULL;
        item->kind = NODE_MAP;
        return add_child(c, item, step);
    }
    if (index > list->count) {
        error_set(error, "--set: item %zu of %s: there are only %u, counted from 0", index, list->key != NULL ? list->key : "",
                  list->count);
        return NULL;
    }
    return index < list->count ? node_item(list, index) : add_child(c, list, NULL);
}

static struct node *set_step(struct config *c, struct node *n, const char *step, struct error *error)
{
    if (n->kind == NODE_LIST)
        return set_step_list(c, n, step, error);
    if (n->kind != NODE_MAP) {
        n->kind = NODE_MAP;
        n->line = n->column = 0;
        n->assumed = false;
        node_clear(n);
    }
    struct node *child = node_child(n, step);
    return child != NULL ? child : add_child(c, n, step);
}

bool config_set(struct config *c, const char *assignment, struct error *error)
{
    const char *equals = strchr(assignment, '='), *at;
    char path[PATH_MAX_BYTES], step[PATH_MAX_BYTES];
    if (equals == NULL || equals == assignment || (size_t)(equals - assignment) >= sizeof path)
        return error_set(error, "--set %.100s: write KEY=VALUE, like stats.interval=5", assignment);
    if (!utf8_valid((const uint8_t *)assignment, strlen(assignment)))
        return error_set(error, "--set: not UTF-8");
    memcpy(path, assignment, (size_t)(equals - assignment));
    path[equals - assignment] = '\0';

    struct node *n = c->root;
    uint32_t depth = 0;
    error_set(error, "--set %.100s: out of memory", assignment);
    for (at = path; n != NULL && next_step(&at, step, sizeof step); depth++)
        n = depth < NODE_DEPTH_MAX ? set_step(c, n, step, error) : NULL;
    if (depth > NODE_DEPTH_MAX)
        return error_set(error, "--set %.100s: too many steps", assignment);
    char *text = node_text(&c->pool, equals + 1, strlen(equals + 1));
    if (n == NULL || text == NULL)
        return false;
    node_clear(n);
    n->kind = NODE_TEXT;
    n->text = text;
    n->line = n->column = 0;
    n->assumed = false;
    return config_settle(c, error);
}

/* ------------------------------------------------------------------ values */

/* The text of a single value; what is not there reads as its default. */
static const char *text_of(struct config_spot spot, const struct config_row *row)
{
    if (spot.node != NULL && spot.node->kind == NODE_TEXT)
        return spot.node->text;
    return row->fallback != NULL ? row->fallback : "";
}

const char *config_text(const struct config *c, const char *path, ...)
{
    va_list args;
    va_start(args, path);
    struct config_spot spot = find_formatted(c, path, args);
    va_end(args);
    const struct config_row *row = config_place_row(spot.place);
    assert(row != NULL);
    return text_of(spot, row);
}

static int64_t number_of(struct config_spot spot)
{
    const struct config_row *row = config_place_row(spot.place);
    assert(row != NULL && row->type <= VALUE_OCTAL);
    struct value_rule rule = config_row_rule(row);
    int64_t number = 0;
    value_parse(&rule, text_of(spot, row), &number, NULL);
    return number;
}

int64_t config_number(const struct config *c, const char *path, ...)
{
    va_list args;
    va_start(args, path);
    struct config_spot spot = find_formatted(c, path, args);
    va_end(args);
    return number_of(spot);
}

bool config_bool(const struct config *c, const char *path, ...)
{
    va_list args;
    va_start(args, path);
    struct config_spot spot = find_formatted(c, path, args);
    va_end(args);
    assert(config_place_row(spot.place)->type == VALUE_BOOL);
    return number_of(spot) != 0;
}

static bool is_single(const struct config_row *row)
{
    return row != NULL && row->type != VALUE_LIST && row->type != VALUE_NAMED && row->type != VALUE_ENTRIES;
}

const char *config_value(const struct config *c, const char *path)
{
    if (strlen(path) >= PATH_MAX_BYTES)
        return NULL;
    struct config_spot spot = config_find(c, path);
    const struct config_row *row = config_place_row(spot.place);
    bool said = spot.node != NULL && spot.node->kind == NODE_TEXT;
    return is_single(row) && (said || (spot.node == NULL && row->fallback != NULL)) ? text_of(spot, row) : NULL;
}

size_t config_count(const struct config *c, const char *path, ...)
{
    va_list args;
    va_start(args, path);
    struct config_spot spot = find_formatted(c, path, args);
    va_end(args);
    assert(config_place_row(spot.place) != NULL);
    return spot.node != NULL ? spot.node->count : 0;
}

const char *config_item(const struct config *c, size_t i, const char *path, ...)
{
    va_list args;
    va_start(args, path);
    struct config_spot spot = find_formatted(c, path, args);
    va_end(args);
    assert(config_place_row(spot.place) != NULL);
    const struct node *item = spot.node != NULL ? node_item(spot.node, i) : NULL;
    if (item == NULL)
        return NULL;
    return item->kind == NODE_MAP ? item->first->key : item->text;
}

size_t config_interface(const struct config *c, const char *list, const char *interface)
{
    size_t count = config_count(c, "%s", list), fallback = count;
    for (size_t i = 0; i < count; i++) {
        const char *name = config_text(c, "%s.%zu.interface", list, i);
        if (strcmp(name, interface) == 0)
            return i;
        if (fallback == count && strcmp(name, "default") == 0)
            fallback = i;
    }
    return fallback;
}

const char *config_group(const char *name, void *config)
{
    const struct node *groups = config_find(config, "vars.address-groups").node;
    const struct node *group = groups != NULL ? node_child(groups, name) : NULL;
    return group != NULL ? group->text : NULL;
}

struct addr_set *config_addresses(const struct config *c, const char *text, struct error *error)
{
    return addr_set_parse(text, config_group, (void *)(uintptr_t)c, error);
}

char *config_where(const struct config *c, const char *path, char *out, size_t size)
{
    const struct node *n = config_find(c, path).node;
    if (n != NULL && n->line > 0)
        snprintf(out, size, "%s:%u", c->origin, (unsigned)n->line);
    else
        snprintf(out, size, "--set %s", path);
    return out;
}

bool config_complain(const struct config *c, struct error *error, const char *path, const char *reason, ...)
{
    char text[ERROR_TEXT_MAX];
    va_list args;
    va_start(args, reason);
    vsnprintf(text, sizeof text, reason, args);
    va_end(args);
    const struct node *n = config_find(c, path).node;
    return n != NULL ? config_fail_at(c, n, error, "%s", text) : error_set(error, "%s: %s", path, text);
}
