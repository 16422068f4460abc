/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_node.h - the configuration as a tree that remembers where each value stands in the file. Inside run/config* only.
 *
 * All memory of a tree belongs to its pool and goes with it; nodes are replaced by overwriting, never freed alone.
 */
#ifndef RUN_CONFIG_NODE_H
#define RUN_CONFIG_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "run/config_schema.h"
#include "sensor_plugin.h"

#define NODE_COUNT_MAX 65536u
#define NODE_DEPTH_MAX 16u
#define NODE_KEYS_MAX  1024u /* of one map */

enum node_kind {
    NODE_NULL, /* a key without a value: as if it were not there */
    NODE_TEXT,
    NODE_MAP,
    NODE_LIST
};

struct node {
    enum node_kind kind;
    uint32_t line, column;                     /* of the key, else of the value, from 1; 0: not from a file */
    bool assumed;                              /* a default: nobody wrote it */
    const char *key;                           /* in a map; NULL for list items and the root */
    const char *text;                          /* NODE_TEXT */
    struct node *parent, *next, *first, *last; /* children of maps and lists, in order */
    uint32_t count;                            /* children */
    struct config_place place;                 /* in the table of known keys; set by config_settle */
};

struct node_pool {
    struct node_block *blocks;
    uint32_t node_count;
};

/* A node without parent; NULL when memory or NODE_COUNT_MAX is used up. */
struct node *node_new(struct node_pool *pool, enum node_kind kind);
/* A copy of `size` bytes with a NUL; NULL when memory is used up. */
char *node_text(struct node_pool *pool, const char *text, size_t size);
void node_pool_free(struct node_pool *pool);

void node_append(struct node *parent, struct node *child);
/* Takes all children away. */
void node_clear(struct node *n);
struct node *node_child(const struct node *map, const char *key);
struct node *node_item(const struct node *list, size_t i);
/* Walks a tree in reading order: the node after `n`, or NULL. */
struct node *node_next(const struct node *n);
/* The node after `n` and all below it. */
struct node *node_skip(const struct node *n);
/* Nodes above it. */
uint32_t node_depth(const struct node *n);
/* "outputs.eve-log.types" into `out`[size]; returns out. */
char *node_path(const struct node *n, char *out, size_t size);

/* ------------------------------------------------------------------- parts */

/* The configuration: a tree in which every node has its place and every default is filled in. */
struct config {
    struct node_pool pool;
    struct node *root;
    const char *origin; /* path or name; "" for defaults only */
};

/* "origin:line:column: path: reason", or "--set: ..." or "default: ..." for what is in no file. Returns false. */
bool config_fail_at(const struct config *c, const struct node *n, struct error *error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* config_yaml.c: text to tree (c->root), for c->origin. */
bool config_read_yaml(struct config *c, const char *text, size_t size, struct error *error);
/* config_settle.c: checks the tree against the table, gives every node its place and fills in defaults. May be called again after
 * a change. */
bool config_settle(struct config *c, struct error *error);
/* "unknown key 'x'; did you mean 'y'? known keys: ..." for a key that its map does not know; `also` (may be NULL) are the options
 * of a plugin that may stand there too. Returns false. */
bool config_unknown_key(const struct config *c, const struct node *n, const struct sensor_option *also, struct error *error);
/* The same for one of `names`, which end with NULL. */
bool config_unknown_name(const struct config *c, const struct node *n, const char *what, const char *const *names,
                         struct error *error);

/* What a path leads to: the node, or NULL where none is, and the place in the table (no rows: no such key). */
struct config_spot {
    const struct node *node;
    struct config_place place;
};
struct config_spot config_find(const struct config *c, const char *path);

#endif
