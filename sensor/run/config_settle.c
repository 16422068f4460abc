/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_settle.c - one walk over the tree in reading order: each node gets its place in the table of known keys, its value is
 * checked, and what is missing below it is added as an empty node that the same walk then turns into the default.
 *
 * Short forms become their long form on the way: "types: [dns]" is "types: [{dns: {version: 3, ...}}]".
 */
#include <stdio.h>
#include <string.h>

#include "run/config.h"
#include "run/config_node.h"

#define KEY_MAX 64

static bool out_of_memory(const struct config *c, const struct node *n, struct error *error)
{
    return config_fail_at(c, n, error, "out of memory, or more than 65536 values");
}

static const char *kind_name(const struct node *n)
{
    static const char *const names[] = {"nothing", "a value", "a map", "a list"};
    return names[n->kind];
}

/* ------------------------------------------------------------ unknown keys */

/* "did you mean" and the list, as far as it fits. */
struct suggestion {
    const char *word; /* what was written */
    char best[KEY_MAX];
    unsigned best_distance;
    char list[360];
    size_t used;
};

static void suggest(struct suggestion *s, const char *name)
{
    unsigned distance = value_distance(s->word, name);
    if (distance < s->best_distance) {
        s->best_distance = distance;
        snprintf(s->best, sizeof s->best, "%s", name);
    }
    if (s->used < sizeof s->list - 1) {
        int wrote = snprintf(s->list + s->used, sizeof s->list - s->used, "%s%s", s->used > 0 ? ", " : "", name);
        s->used += wrote > 0 ? (size_t)wrote : 0;
    }
}

static bool fail_unknown(const struct config *c, const struct node *n, const char *what, const struct suggestion *s,
                         struct error *error)
{
    bool close = s->best_distance <= 1 + strlen(s->word) / 4;
    struct node above = n->parent != NULL ? *n->parent : (struct node){0};
    above.line = n->line;
    above.column = n->column;
    above.assumed = n->assumed;
    return config_fail_at(c, &above, error, "unknown %s '%.64s'%s%s%s known %ss: %s", what, s->word,
                          close ? "; did you mean '" : ";", close ? s->best : "", close ? "'?" : "", what, s->list);
}

bool config_unknown_key(const struct config *c, const struct node *n, const struct sensor_option *also, struct error *error)
{
    struct suggestion s = {.word = n->key != NULL ? n->key : n->text, .best_distance = 99};
    char name[KEY_MAX];
    for (size_t i = 0; config_place_child(n->parent->place, i, name, sizeof name); i++)
        suggest(&s, name);
    for (; also != NULL && also->name != NULL; also++)
        suggest(&s, also->name);
    return fail_unknown(c, n, "key", &s, error);
}

bool config_unknown_name(const struct config *c, const struct node *n, const char *what, const char *const *names,
                         struct error *error)
{
    struct suggestion s = {.word = n->key != NULL ? n->key : n->text, .best_distance = 99};
    for (; *names != NULL; names++)
        suggest(&s, *names);
    return fail_unknown(c, n, what, &s, error);
}

/* ------------------------------------------------------------------- lists */

/* "[a, b]" or "a" as a list of texts. */
static bool split_into_list(struct config *c, struct node *n, const char *text, struct error *error)
{
    const char *start;
    size_t size;
    n->kind = NODE_LIST;
    node_clear(n);
    struct value_items items = value_items(text);
    while (value_items_next(&items, &start, &size)) {
        struct node *item = node_new(&c->pool, NODE_TEXT);
        char *copy = node_text(&c->pool, start, size);
        if (item == NULL || copy == NULL)
            return out_of_memory(c, n, error);
        item->text = copy;
        item->line = n->line;
        item->column = n->column;
        item->assumed = n->assumed;
        node_append(n, item);
    }
    return true;
}

/* "name" becomes {name: }. */
static bool name_item(struct config *c, struct node *item, struct error *error)
{
    struct node *child = node_new(&c->pool, NODE_NULL);
    if (child == NULL)
        return out_of_memory(c, item, error);
    child->key = item->text;
    child->line = item->line;
    child->column = item->column;
    child->assumed = item->assumed;
    item->kind = NODE_MAP;
    node_append(item, child);
    return true;
}

/* An item of "outputs" or "types": exactly one name. */
static bool settle_named_item(struct config *c, struct node *item, struct error *error)
{
    if (item->kind == NODE_TEXT && !name_item(c, item, error))
        return false;
    if (item->kind != NODE_MAP || item->count == 0)
        return config_fail_at(c, item, error, "want a name, with or without options, found %s", kind_name(item));
    if (item->count > 1)
        return config_fail_at(c, item->first->next, error,
                              "want one name per item; indent this deeper than '%.48s', or begin it with '- '", item->first->key);
    return true;
}

static bool settle_item(struct config *c, struct node *item, const struct config_row *list, struct error *error)
{
    item->place = config_place_item(item->parent->place);
    if (list->type == VALUE_NAMED)
        return settle_named_item(c, item, error);
    if (list->type == VALUE_ENTRIES) {
        if (item->kind == NODE_NULL)
            item->kind = NODE_MAP;
        return item->kind == NODE_MAP ||
               config_fail_at(c, item, error, "want a map, like '- interface: eth0', found %s", kind_name(item));
    }
    if (item->kind == NODE_TEXT)
        return true;
    return config_fail_at(c, item, error, "want a plain text in this list, found %s", kind_name(item));
}

/* ------------------------------------------------------------------ values */

static bool is_list_type(enum value_type type)
{
    return type == VALUE_LIST || type == VALUE_NAMED || type == VALUE_ENTRIES;
}

static bool settle_list(struct config *c, struct node *n, struct error *error)
{
    if (n->kind == NODE_TEXT)
        return split_into_list(c, n, n->text, error);
    return n->kind == NODE_LIST ||
           config_fail_at(c, n, error, "want a list, each item beginning with '- ', found %s", kind_name(n));
}

/* The name of an item that takes no options ("alert"). */
static bool settle_bare_name(struct config *c, struct node *n, struct error *error)
{
    if (n->kind == NODE_NULL)
        n->kind = NODE_MAP;
    if (n->kind == NODE_MAP && n->count == 0)
        return true;
    if (n->kind == NODE_MAP)
        return config_fail_at(c, n, error, "unknown key '%.64s'; '%s' takes no options", n->first->key, n->key);
    return config_fail_at(c, n, error, "takes no value, found %s", kind_name(n));
}

static bool settle_scalar(struct config *c, struct node *n, const struct config_row *row, struct error *error)
{
    struct error why = {""};
    int64_t number;
    struct value_rule rule = config_row_rule(row);
    if (n->kind == NODE_LIST && row->type == VALUE_ADDRESSES)
        return config_fail_at(c, n, error, "want a text, found a list; put the brackets in quotes: \"[10.0.0.0/8,fe80::/10]\"");
    if (n->kind != NODE_TEXT)
        return config_fail_at(c, n, error, "want a single value, found %s", kind_name(n));
    if (!value_parse(&rule, n->text, &number, &why))
        return config_fail_at(c, n, error, "%s", why.text);
    if (row->type == VALUE_CHOICE) {
        char word[KEY_MAX];
        value_choice(row->choices, n->text, word, sizeof word);
        n->text = node_text(&c->pool, word, strlen(word));
        if (n->text == NULL)
            n->text = "";
        return *n->text != '\0' || out_of_memory(c, n, error);
    }
    return true;
}

/* A key left out or left empty. */
static bool settle_unset(struct config *c, struct node *n, const struct config_row *row, struct error *error)
{
    if (row->type == VALUE_ANY)
        return config_fail_at(c, n, error, "a value is missing");
    if (row->type == VALUE_NAMED && !config_place_is_list(n->place))
        return settle_bare_name(c, n, error);
    if (row->fallback == NULL)
        return config_fail_at(c, n, error, "a value is missing");
    n->assumed = true;
    if (is_list_type(row->type))
        return split_into_list(c, n, row->fallback, error);
    n->kind = NODE_TEXT;
    n->text = row->fallback;
    return true;
}

static bool settle_value(struct config *c, struct node *n, const struct config_row *row, struct error *error)
{
    if (n->kind == NODE_NULL)
        return settle_unset(c, n, row, error);
    if (row->type == VALUE_NAMED && !config_place_is_list(n->place))
        return settle_bare_name(c, n, error);
    if (is_list_type(row->type))
        return settle_list(c, n, error);
    if (row->type == VALUE_ANY && n->kind == NODE_MAP && n->place.count > 1)
        return true; /* a row below says what stands in it */
    if (row->type == VALUE_ANY)
        return n->kind != NODE_MAP || config_fail_at(c, n, error, "want a value or a list, found a map");
    return settle_scalar(c, n, row, error);
}

/* -------------------------------------------------------------------- maps */

/* Adds what the table has and the map has not, as empty nodes. */
static bool add_missing(struct config *c, struct node *map, struct error *error)
{
    char name[KEY_MAX];
    for (size_t i = 0; config_place_child(map->place, i, name, sizeof name); i++) {
        if (node_child(map, name) != NULL)
            continue;
        struct node *child = node_new(&c->pool, NODE_NULL);
        char *key = node_text(&c->pool, name, strlen(name));
        if (child == NULL || key == NULL)
            return out_of_memory(c, map, error);
        child->key = key;
        child->assumed = true;
        node_append(map, child);
    }
    return true;
}

/* Keys that the operator makes up: names of groups, detectors, sinks. */
static bool check_made_up_key(const struct config *c, const struct node *n, struct error *error)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t size = strlen(n->key);
    if (size > 0 && size < KEY_MAX && strspn(n->key, allowed) == size)
        return true;
    return config_fail_at(c, n, error, "a name is made of letters, digits, _ and -, at most 63");
}

static bool has_known_keys(const struct node *map)
{
    char name[KEY_MAX];
    return config_place_child(map->place, 0, name, sizeof name);
}

/* Its place, by its key. */
static bool place_key(const struct config *c, struct node *n, struct error *error)
{
    n->place = config_place_key(n->parent->place, n->key);
    if (n->place.count == 0)
        return config_unknown_key(c, n, NULL, error);
    if (!n->place.wild)
        return true;
    bool only_maps = config_place_row(n->place) == NULL;
    if (only_maps && n->kind != NODE_MAP && has_known_keys(n->parent))
        return config_unknown_key(c, n, NULL, error);
    return check_made_up_key(c, n, error);
}

static bool settle_map(struct config *c, struct node *n, struct error *error)
{
    if (n->kind == NODE_NULL)
        n->kind = NODE_MAP;
    if (n->kind != NODE_MAP)
        return config_fail_at(c, n, error, "want a map of keys below it, found %s", kind_name(n));
    return add_missing(c, n, error);
}

static bool settle_node(struct config *c, struct node *n, struct error *error)
{
    const struct node *parent = n->parent;
    if (parent != NULL && parent->kind == NODE_LIST) {
        const struct config_row *list = config_place_row(parent->place);
        if (!settle_item(c, n, list, error))
            return false;
        return list->type != VALUE_ENTRIES || add_missing(c, n, error);
    }
    if (parent == NULL)
        n->place = config_place_root();
    else if (!place_key(c, n, error))
        return false;
    const struct config_row *row = config_place_row(n->place);
    return row != NULL ? settle_value(c, n, row, error) : settle_map(c, n, error);
}

/* --------------------------------------------------------------------- all */

static bool check_groups(const struct config *c, struct error *error)
{
    const struct node *groups = config_find(c, "vars.address-groups").node;
    for (const struct node *n = groups->first; n != NULL; n = n->next) {
        struct error why = {""};
        struct addr_set *set = config_addresses(c, n->text, &why);
        if (set == NULL)
            return config_fail_at(c, n, error, "%s", why.text);
        addr_set_free(set);
    }
    return true;
}

bool config_settle(struct config *c, struct error *error)
{
    if (c->root == NULL && (c->root = node_new(&c->pool, NODE_NULL)) == NULL)
        return error_set(error, "out of memory");
    for (struct node *n = c->root; n != NULL; n = node_next(n))
        if (!settle_node(c, n, error))
            return false;
    return check_groups(c, error);
}
