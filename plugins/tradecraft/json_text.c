/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_text.c - members of JSON by memmem and a few blanks.
 */
#include "json_text.h"

#include <stdio.h>
#include <string.h>

enum { KEY_MAX = 32, FRAME_SIZE = 4 };

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct slice text, size_t *at)
{
    while (*at < text.size && is_blank(text.at[*at]))
        ++*at;
}

/* A string whose first quote is behind us. */
static bool read_string(struct slice text, size_t *at, struct slice *value)
{
    size_t from = *at;
    for (; *at < text.size && text.at[*at] != '"'; ++*at)
        *at += text.at[*at] == '\\' && *at + 1 < text.size;
    *value = (struct slice){text.at + from, *at - from};
    return *at < text.size;
}

static bool read_word(struct slice text, size_t *at, struct slice *value)
{
    size_t from = *at;
    while (*at < text.size && (text.at[*at] == '-' || text.at[*at] == '.' || (text.at[*at] >= '0' && text.at[*at] <= '9') ||
                               (text.at[*at] >= 'a' && text.at[*at] <= 'z')))
        ++*at;
    *value = (struct slice){text.at + from, *at - from};
    return *at > from && *at < text.size;
}

static bool read_value(struct slice text, size_t *at, struct slice *value)
{
    skip_blanks(text, at);
    if (*at >= text.size || text.at[(*at)++] != ':')
        return false;
    skip_blanks(text, at);
    if (*at < text.size && text.at[*at] == '[') {
        ++*at;
        skip_blanks(text, at);
    }
    if (*at < text.size && text.at[*at] == '"') {
        ++*at;
        return read_string(text, at, value);
    }
    return read_word(text, at, value);
}

bool tradecraft_json_next(struct slice text, size_t *at, const char *key, struct slice *value)
{
    char quoted[KEY_MAX + 3];
    int size = snprintf(quoted, sizeof quoted, "\"%.*s\"", KEY_MAX, key);
    while (*at < text.size) {
        const uint8_t *found = memmem(text.at + *at, text.size - *at, quoted, (size_t)size);
        if (found == NULL)
            break;
        *at = (size_t)(found - text.at) + (size_t)size;
        if (read_value(text, at, value))
            return true;
    }
    *at = text.size;
    return false;
}

bool tradecraft_json_find(struct slice text, const char *key, struct slice *value)
{
    size_t at = 0;
    return tradecraft_json_next(text, &at, key, value);
}

bool tradecraft_json_find_cut(struct slice text, const char *key, struct slice *value)
{
    *value = (struct slice){NULL, 0};
    return tradecraft_json_find(text, key, value) || value->size > 0;
}

bool tradecraft_json_begins(struct slice text, struct slice *out)
{
    size_t at = 0;
    if (text.size > FRAME_SIZE && !is_blank(text.at[0]) && text.at[0] != '{')
        at = FRAME_SIZE;
    skip_blanks(text, &at);
    size_t next = at + 1;
    skip_blanks(text, &next);
    if (next >= text.size || text.at[at] != '{' || (text.at[next] != '"' && text.at[next] != '}'))
        return false;
    *out = (struct slice){text.at + at, text.size - at};
    return true;
}
