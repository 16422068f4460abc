/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_yaml.c - libyaml's events become a tree. Values stay text; what they mean is the table's business.
 *
 * Refused, with its line: aliases (they can multiply without bound), keys that stand twice, tags, a second document, text with a
 * NUL, more than NODE_DEPTH_MAX levels or NODE_COUNT_MAX values.
 */
#include <string.h>
#include <yaml.h>

#include "run/config.h"
#include "run/config_node.h"

struct reader {
    struct config *config;
    struct node *open; /* innermost map or list being read; NULL at the top */
    uint32_t depth;
    const char *key; /* read, its value comes next; NULL: none */
    yaml_mark_t key_mark;
    bool done; /* the document ended */
    struct error *error;
};

static bool fail(struct reader *r, yaml_mark_t at, const char *what)
{
    return error_set(r->error, "%s:%zu:%zu: %s", r->config->origin, at.line + 1, at.column + 1, what);
}

/* libyaml's own complaint. */
static bool fail_syntax(struct reader *r, const yaml_parser_t *p)
{
    const char *problem = p->problem != NULL ? p->problem : "not YAML";
    if (p->error == YAML_MEMORY_ERROR)
        return error_set(r->error, "%s: out of memory", r->config->origin);
    if (p->error == YAML_READER_ERROR)
        return error_set(r->error, "%s: byte %zu: %s; save the file as UTF-8", r->config->origin, p->problem_offset, problem);
    const char *context = p->context != NULL ? p->context : "", *hint = "";
    if (strstr(problem, "cannot start any token") != NULL)
        hint = "; is it a tab? indent with blanks, and quote texts that begin with @, ` or %";
    else if (strstr(context, "a tag") != NULL)
        hint = "; put texts that begin with '!' in quotes";
    return error_set(r->error, "%s:%zu:%zu: %s%s%s%s", r->config->origin, p->problem_mark.line + 1, p->problem_mark.column + 1,
                     problem, *context != '\0' ? " " : "", context, hint);
}

/* A key, when one is due. */
static bool take_key(struct reader *r, const yaml_event_t *e, const char *text)
{
    if (r->open->count >= NODE_KEYS_MAX)
        return fail(r, e->start_mark, "more than 1024 keys in one map");
    const struct node *twin = node_child(r->open, text);
    if (twin != NULL)
        return error_set(r->error, "%s:%zu:%zu: key '%.64s' stands twice, first in line %u", r->config->origin,
                         e->start_mark.line + 1, e->start_mark.column + 1, text, twin->line);
    r->key = text;
    r->key_mark = e->start_mark;
    return true;
}

static bool key_is_due(const struct reader *r)
{
    return r->open != NULL && r->open->kind == NODE_MAP && r->key == NULL;
}

/* A new node below the open one, or the root. */
static struct node *add(struct reader *r, enum node_kind kind, const yaml_event_t *e)
{
    struct node *n = node_new(&r->config->pool, kind);
    if (n == NULL) {
        fail(r, e->start_mark, "out of memory, or more than 65536 values");
        return NULL;
    }
    yaml_mark_t mark = r->key != NULL ? r->key_mark : e->start_mark;
    n->line = (uint32_t)mark.line + 1;
    n->column = (uint32_t)mark.column + 1;
    n->key = r->key;
    r->key = NULL;
    if (r->open != NULL)
        node_append(r->open, n);
    else
        r->config->root = n;
    return n;
}

static bool is_null_word(const char *text)
{
    return *text == '\0' || strcmp(text, "~") == 0 || strcasecmp(text, "null") == 0;
}

static bool take_scalar(struct reader *r, const yaml_event_t *e)
{
    const char *value = (const char *)e->data.scalar.value;
    size_t size = e->data.scalar.length;
    bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (e->data.scalar.tag != NULL)
        return fail(r, e->start_mark, "the value begins with '!', which YAML takes for a tag; put it in quotes");
    if (memchr(value, '\0', size) != NULL)
        return fail(r, e->start_mark, "a NUL in a text");
    char *text = node_text(&r->config->pool, value, size);
    if (text == NULL)
        return fail(r, e->start_mark, "out of memory");
    if (key_is_due(r))
        return take_key(r, e, text);
    struct node *n = add(r, plain && is_null_word(text) ? NODE_NULL : NODE_TEXT, e);
    if (n == NULL)
        return false;
    n->text = text;
    return true;
}

static bool open_collection(struct reader *r, enum node_kind kind, const yaml_event_t *e)
{
    if (key_is_due(r))
        return fail(r, e->start_mark, "a key must be a plain word");
    if (r->depth == NODE_DEPTH_MAX)
        return fail(r, e->start_mark, "nested deeper than 16 levels");
    struct node *n = add(r, kind, e);
    if (n == NULL)
        return false;
    r->depth++;
    r->open = n;
    return true;
}

static bool close_collection(struct reader *r)
{
    r->open = r->open->parent;
    r->depth--;
    return true;
}

static bool take_event(struct reader *r, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_SCALAR_EVENT: return take_scalar(r, e);
    case YAML_MAPPING_START_EVENT: return open_collection(r, NODE_MAP, e);
    case YAML_SEQUENCE_START_EVENT: return open_collection(r, NODE_LIST, e);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT: return close_collection(r);
    case YAML_ALIAS_EVENT: return fail(r, e->start_mark, "an alias (*name); write the value out");
    case YAML_DOCUMENT_START_EVENT: return r->config->root == NULL || fail(r, e->start_mark, "a second document; only one is read");
    case YAML_STREAM_END_EVENT: r->done = true; return true;
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    case YAML_NO_EVENT: break;
    }
    return true;
}

bool config_read_yaml(struct config *c, const char *text, size_t size, struct error *error)
{
    struct reader r = {.config = c, .error = error};
    yaml_parser_t parser;
    if (size > CONFIG_SIZE_MAX)
        return error_set(error, "%s: longer than 4 MiB; is it the right file?", c->origin);
    if (!yaml_parser_initialize(&parser))
        return error_set(error, "%s: out of memory", c->origin);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    bool good = true;
    while (good && !r.done) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            good = fail_syntax(&r, &parser);
            break;
        }
        good = take_event(&r, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return good;
}
