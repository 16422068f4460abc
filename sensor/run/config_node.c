/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_node.c - see config_node.h. Walks go by parent and next, so nothing recurses however deep the file is nested.
 */
#include "run/config_node.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node_block {
    struct node_block *next;
    _Alignas(16) char bytes[];
};

static void *take(struct node_pool *pool, size_t size)
{
    struct node_block *block = calloc(1, sizeof *block + size);
    if (block == NULL)
        return NULL;
    block->next = pool->blocks;
    pool->blocks = block;
    return block->bytes;
}

struct node *node_new(struct node_pool *pool, enum node_kind kind)
{
    if (pool->node_count >= NODE_COUNT_MAX)
        return NULL;
    struct node *n = take(pool, sizeof *n);
    if (n == NULL)
        return NULL;
    pool->node_count++;
    n->kind = kind;
    n->text = "";
    return n;
}

char *node_text(struct node_pool *pool, const char *text, size_t size)
{
    char *copy = take(pool, size + 1);
    if (copy != NULL && size > 0)
        memcpy(copy, text, size);
    return copy;
}

void node_pool_free(struct node_pool *pool)
{
    while (pool->blocks != NULL) {
        struct node_block *next = pool->blocks->next;
        free(pool->blocks);
        pool->blocks = next;
    }
    pool->node_count = 0;
}

void node_append(struct node *parent, struct node *child)
{
    child->parent = parent;
    child->next = NULL;
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
}

void node_clear(struct node *n)
{
    n->first = n->last = NULL;
    n->count = 0;
}

struct node *node_child(const struct node *map, const char *key)
{
    for (struct node *n = map->first; n != NULL; n = n->next)
        if (n->key != NULL && strcmp(n->key, key) == 0)
            return n;
    return NULL;
}

struct node *node_item(const struct node *list, size_t i)
{
    struct node *n = list->first;
    for (; n != NULL && i > 0; i--)
        n = n->next;
    return n;
}

struct node *node_skip(const struct node *n)
{
    while (n != NULL && n->next == NULL)
        n = n->parent;
    return n != NULL ? n->next : NULL;
}

struct node *node_next(const struct node *n)
{
    return n->first != NULL ? n->first : node_skip(n);
}

uint32_t node_depth(const struct node *n)
{
    uint32_t depth = 0;
    for (n = n->parent; n != NULL; n = n->parent)
        depth++;
    return depth;
}

char *node_path(const struct node *n, char *out, size_t size)
{
    const char *keys[NODE_DEPTH_MAX * 2];
    size_t count = 0, used = 0;
    for (; n != NULL && count < NODE_DEPTH_MAX * 2; n = n->parent)
        if (n->key != NULL)
            keys[count++] = n->key;
    out[0] = '\0';
    while (count > 0 && used < size - 1) {
        int wrote = snprintf(out + used, size - used, "%s%.48s", used > 0 ? "." : "", keys[--count]);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    return out;
}

/* ------------------------------------------------------------------ errors */

bool config_fail_at(const struct config *c, const struct node *n, struct error *error, const char *format, ...)
{
    char reason[ERROR_TEXT_MAX], path[200];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    error_set(error, "%s", reason);
    node_path(n, path, sizeof path);
    if (*path != '\0')
        error_prefix(error, "%s", path);
    if (n->line > 0)
        return error_prefix(error, "%s:%u:%u", c->origin, n->line, n->column);
    return error_prefix(error, "%s", n->assumed ? "default" : "--set");
}
