/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_plugins.c - the parts of the configuration that plugins' own tables describe: "plugins.detectors.NAME" and the sink of
 * an eve-log.
 */
#include <stdio.h>
#include <string.h>

#include "run/config.h"
#include "run/config_node.h"

#define NAMES_MAX 64

/* A node of a detector or sink, checked by the row of this name in the plugin's table. */
static bool take_option(const struct config *c, const struct node *n, const char *name, struct sensor_options *o,
                        struct error *error)
{
    struct error why = {""};
    const char *items[NAMES_MAX * 16];
    if (n->kind != NODE_LIST)
        return options_set(o, name, n->text, &why) || config_fail_at(c, n, error, "%s", why.text);
    size_t count = 0;
    for (const struct node *item = n->first; item != NULL; item = item->next) {
        if (count == sizeof items / sizeof items[0])
            return config_fail_at(c, n, error, "more than %zu items", count);
        items[count++] = item->text;
    }
    return options_set_list(o, name, items, count, &why) || config_fail_at(c, n, error, "%s", why.text);
}

/* A map inside a plugin's map: its options are called "map.key". */
static bool take_inner_map(const struct config *c, const struct node *map, const struct sensor_option *table,
                           struct sensor_options *o, struct error *error)
{
    for (const struct node *n = map->first; n != NULL; n = n->next) {
        char name[128];
        snprintf(name, sizeof name, "%s.%s", map->key, n->key);
        if (options_find(table, name) == NULL)
            return config_unknown_key(c, n, table, error);
        if (!take_option(c, n, name, o, error))
            return false;
    }
    return true;
}

/* All keys of a plugin's map but those the core knows there. */
static bool take_map(const struct config *c, const struct node *map, const struct sensor_option *table, struct sensor_options *o,
                     struct error *error)
{
    for (const struct node *n = map != NULL ? map->first : NULL; n != NULL; n = n->next) {
        if (!n->place.wild)
            continue;
        if (n->kind == NODE_MAP) {
            if (!take_inner_map(c, n, table, o, error))
                return false;
            continue;
        }
        if (options_find(table, n->key) == NULL)
            return config_unknown_key(c, n, table, error);
        if (!take_option(c, n, n->key, o, error))
            return false;
    }
    return true;
}

static struct sensor_options *defaults_of(const struct sensor_plugin *plugin, struct error *error)
{
    struct sensor_options *o = options_new(plugin->options, error);
    if (o == NULL)
        error_prefix(error, "plugin %s", plugin->name);
    return o;
}

static const struct node *detector_node(const struct config *c, const char *name)
{
    return node_child(config_find(c, "plugins.detectors").node, name);
}

bool config_detector_enabled(const struct config *c, const char *name)
{
    return detector_node(c, name) == NULL || config_bool(c, "plugins.detectors.%s.enabled", name);
}

struct sensor_options *config_plugin_options(const struct config *c, const struct sensor_plugin *plugin, struct error *error)
{
    struct sensor_options *o = defaults_of(plugin, error);
    const struct node *map = plugin->kind == SENSOR_DETECTOR ? detector_node(c, plugin->name) : NULL;
    if (o == NULL || take_map(c, map, plugin->options, o, error))
        return o;
    options_free(o);
    return NULL;
}

/* The entry's own keys that the sink has an option for. */
static bool take_entry(const struct config *c, const struct node *entry, const struct sensor_option *table,
                       struct sensor_options *o, struct error *error)
{
    for (; table != NULL && table->name != NULL; table++) {
        const struct node *n = node_child(entry, table->name);
        bool given = n != NULL && !n->place.wild && n->kind == NODE_TEXT && *n->text != '\0';
        if (given && !take_option(c, n, n->key, o, error))
            return false;
    }
    return true;
}

struct sensor_options *config_output_options(const struct config *c, size_t output, const struct sensor_plugin *plugin,
                                             struct error *error)
{
    struct sensor_options *o = defaults_of(plugin, error);
    const struct node *item = node_item(config_find(c, "outputs").node, output);
    const struct node *entry = item != NULL ? item->first : NULL;
    if (o == NULL || entry == NULL)
        return o;
    const struct node *map = node_child(entry, plugin->name);
    if (take_entry(c, entry, plugin->options, o, error) && take_map(c, map, plugin->options, o, error))
        return o;
    options_free(o);
    return NULL;
}

/* ------------------------------------------------------------------- check */

/* The plugins of one kind, ended by NULL. */
struct known {
    const struct sensor_plugin *plugin[NAMES_MAX + 1];
    const char *what; /* the kind in words */
};

static struct known known_of(const struct sensor_plugin *const *plugins, size_t count, enum sensor_plugin_kind kind)
{
    struct known k = {.what = kind == SENSOR_DETECTOR ? "detector" : "output plugin"};
    size_t used = 0;
    for (size_t i = 0; i < count && used < NAMES_MAX; i++)
        if (plugins[i]->kind == kind)
            k.plugin[used++] = plugins[i];
    return k;
}

static const struct sensor_plugin *find_plugin(const struct known *k, const char *name)
{
    const struct sensor_plugin *const *p = k->plugin;
    while (*p != NULL && strcmp((*p)->name, name) != 0)
        p++;
    return *p;
}

/* Every map of this node that the core does not know must be named after a plugin. */
static bool check_names(const struct config *c, const struct node *map, const struct known *k, struct error *error)
{
    for (const struct node *n = map->first; n != NULL; n = n->next) {
        if (!n->place.wild || find_plugin(k, n->key) != NULL)
            continue;
        const char *names[NAMES_MAX + 1] = {NULL};
        for (size_t i = 0; k->plugin[i] != NULL; i++)
            names[i] = k->plugin[i]->name;
        return config_unknown_name(c, n, k->what, names, error);
    }
    return true;
}

static bool check_sinks(const struct config *c, const struct known *sinks, struct error *error)
{
    size_t output = 0;
    for (const struct node *item = config_find(c, "outputs").node->first; item != NULL; item = item->next, output++) {
        if (!check_names(c, item->first, sinks, error))
            return false;
        for (const struct node *n = item->first->first; n != NULL; n = n->next) {
            if (!n->place.wild)
                continue;
            struct sensor_options *o = config_output_options(c, output, find_plugin(sinks, n->key), error);
            if (o == NULL)
                return false;
            options_free(o);
        }
    }
    return true;
}

/* Adds the options left out, for the dump. */
static bool add_defaults(struct config *c, struct node *map, const struct sensor_option *table)
{
    for (; table != NULL && table->name != NULL; table++) {
        if (node_child(map, table->name) != NULL)
            continue;
        struct node *n = node_new(&c->pool, NODE_TEXT);
        const char *fallback = table->fallback != NULL ? table->fallback : "";
        char *key = node_text(&c->pool, table->name, strlen(table->name));
        char *text = node_text(&c->pool, fallback, strlen(fallback));
        if (n == NULL || key == NULL || text == NULL)
            return false;
        n->key = key;
        n->text = text;
        n->assumed = true;
        node_append(map, n);
    }
    return true;
}

static bool check_detector(struct config *c, struct node *detectors, const struct sensor_plugin *plugin, struct error *error)
{
    struct sensor_options *o = config_plugin_options(c, plugin, error);
    if (o == NULL)
        return false;
    options_free(o);
    struct node *map = node_child(detectors, plugin->name);
    if (map == NULL) {
        char *key = node_text(&c->pool, plugin->name, strlen(plugin->name));
        map = node_new(&c->pool, NODE_MAP);
        if (map == NULL || key == NULL)
            return error_set(error, "out of memory");
        map->key = key;
        map->assumed = true;
        node_append(detectors, map);
    }
    return add_defaults(c, map, plugin->options) || error_set(error, "out of memory");
}

bool config_check(struct config *c, const struct sensor_plugin *const *plugins, size_t plugin_count, struct error *error)
{
    struct node *plugin_map = node_child(c->root, "plugins");
    struct node *detectors = node_child(plugin_map, "detectors");
    struct known known = known_of(plugins, plugin_count, SENSOR_DETECTOR), sinks = known_of(plugins, plugin_count, SENSOR_OUTPUT);
    if (!check_names(c, detectors, &known, error))
        return false;
    for (size_t i = 0; known.plugin[i] != NULL; i++)
        if (!check_detector(c, detectors, known.plugin[i], error))
            return false;
    return check_sinks(c, &sinks, error) && config_settle(c, error);
}
