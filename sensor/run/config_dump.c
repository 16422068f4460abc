/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_dump.c - the tree as YAML. Plain words stay plain; all other text is written in double quotes with YAML's escapes, so that
 * loading it again gives the same bytes. Passwords and their like are written as "***".
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "run/config.h"
#include "run/config_node.h"

static bool is_plain(const char *text)
{
    size_t size = strlen(text);
    if (size == 0 || strcmp(text, "~") == 0 || strcasecmp(text, "null") == 0)
        return false;
    if (!isalnum((unsigned char)text[0]) && text[0] != '/' && text[0] != '.')
        return false;
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)text[i]) && strchr("/._-", text[i]) == NULL)
            return false;
    return strncmp(text, "...", 3) != 0;
}

/* What YAML 1.1 lets stand in double quotes, less what a terminal should not see. */
static bool may_stand(uint32_t code)
{
    return !utf8_unsafe(code) && code != '"' && code != '\\' && code != 0xfeff && (code < 0xfff0 || code > 0xffff);
}

static void write_quoted(const char *text, FILE *out)
{
    const uint8_t *at = (const uint8_t *)text;
    size_t left = strlen(text);
    fputc('"', out);
    while (left > 0) {
        uint32_t code = at[0];
        size_t size = utf8_decode(at, left, &code);
        if (size == 0) /* cannot be: files and --set are checked */
            break;
        if (may_stand(code))
            fwrite(at, 1, size, out);
        else if (code < 0x100)
            fprintf(out, "\\x%02X", code);
        else
            fprintf(out, "\\u%04X", code);
        at += size;
        left -= size;
    }
    fputc('"', out);
}

static void write_text(const char *text, FILE *out)
{
    if (is_plain(text))
        fputs(text, out);
    else
        write_quoted(text, out);
}

/* True for an item like "- dns" that needs no map. */
static bool is_bare_item(const struct node *n)
{
    return n->kind == NODE_MAP && n->count == 1 && n->first->kind == NODE_MAP && n->first->count == 0 &&
           n->parent->kind == NODE_LIST;
}

/* "  " for each level; an item's dash takes the place of the last. The first key of an item stands on the dash's line. */
static void write_indent(const struct node *n, FILE *out)
{
    const struct node *parent = n->parent;
    if (parent->kind == NODE_MAP && parent->parent != NULL && parent->parent->kind == NODE_LIST && parent->first == n)
        return;
    for (uint32_t depth = node_depth(n); depth > 1; depth--)
        fputs("  ", out);
    if (parent->kind == NODE_LIST)
        fputs("- ", out);
}

/* The name of a setting whose value nobody shall read over a shoulder. */
static bool names_secret(const char *name, size_t size)
{
    static const char *const words[] = {"password", "secret", "sasl.jaas", "key.pem"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (memmem(name, size, words[i], strlen(words[i])) != NULL)
            return true;
    return false;
}

/* A key of that kind, or an item "name=value". */
static bool is_secret(const struct node *n)
{
    const char *equals = strchr(n->text, '=');
    if (n->text[0] == '\0')
        return false;
    return n->key != NULL ? names_secret(n->key, strlen(n->key)) : equals != NULL && names_secret(n->text, (size_t)(equals - n->text));
}

static void write_value(const struct node *n, FILE *out)
{
    if (n->kind == NODE_TEXT) {
        write_text(is_secret(n) ? "***" : n->text, out);
        fputc('\n', out);
    } else if (n->count == 0) {
        fputs(n->kind == NODE_LIST ? "[]\n" : "{}\n", out);
    } else if (n->key != NULL) {
        fputc('\n', out);
    }
}

bool config_dump(const struct config *c, FILE *out)
{
    fputs("%YAML 1.1\n---\n", out);
    for (const struct node *n = node_next(c->root), *next; n != NULL; n = next) {
        next = node_next(n);
        write_indent(n, out);
        if (is_bare_item(n)) {
            write_text(n->first->key, out);
            fputc('\n', out);
            next = node_skip(n);
            continue;
        }
        if (n->key != NULL) {
            write_text(n->key, out);
            fputs(n->kind == NODE_TEXT || n->count == 0 ? ": " : ":", out);
        }
        write_value(n, out);
    }
    return fflush(out) == 0 && ferror(out) == 0;
}
