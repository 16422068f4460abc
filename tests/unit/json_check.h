/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_check.h - a small strict JSON validator for tests, written apart from the writer it judges.
 *
 * RFC 8259 to the letter, one object a text, no duplicate tolerance beyond what the grammar says, valid UTF-8, and none of
 * the characters that must not stand raw in a log (controls, DEL, C1, U+2028, U+2029, bidi).
 */
#ifndef TESTS_JSON_CHECK_H
#define TESTS_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct json_check {
    const uint8_t *at, *end;
    char open[64]; /* '{' or '[' per level */
    int depth;
};

static inline bool json_check_is(struct json_check *c, char byte)
{
    if (c->at == c->end || *c->at != (uint8_t)byte)
        return false;
    c->at++;
    return true;
}

static inline bool json_check_hex(const uint8_t *at)
{
    for (int i = 0; i < 4; i++)
        if (strchr("0123456789abcdefABCDEF", at[i]) == NULL || at[i] == 0)
            return false;
    return true;
}

/* One raw character of a string by its own table of lead bytes; false when it may not stand there. */
static inline bool json_check_character(struct json_check *c)
{
    static const struct {
        uint8_t from, to, second_from, second_to;
        size_t size;
    } forms[] = {{0x20, 0x7e, 0, 0, 1},       {0xc2, 0xc2, 0xa0, 0xbf, 2}, {0xc3, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                 {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
                 {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    size_t left = (size_t)(c->end - c->at);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (*c->at < forms[i].from || *c->at > forms[i].to)
            continue;
        if (left < forms[i].size)
            return false;
        if (forms[i].size > 1 && (c->at[1] < forms[i].second_from || c->at[1] > forms[i].second_to))
            return false;
        for (size_t k = 2; k < forms[i].size; k++)
            if (c->at[k] < 0x80 || c->at[k] > 0xbf)
                return false;
        bool e2 = c->at[0] == 0xe2;
        if (e2 && c->at[1] == 0x80 && c->at[2] >= 0xa8 && c->at[2] <= 0xae)
            return false;
        if (e2 && c->at[1] == 0x81 && c->at[2] >= 0xa6 && c->at[2] <= 0xa9)
            return false;
        c->at += forms[i].size;
        return true;
    }
    return false;
}

static inline bool json_check_string(struct json_check *c)
{
    if (!json_check_is(c, '"'))
        return false;
    while (c->at < c->end && *c->at != '"') {
        if (*c->at != '\\') {
            if (!json_check_character(c))
                return false;
            continue;
        }
        if (c->end - c->at < 2)
            return false;
        uint8_t letter = c->at[1];
        if (letter == 'u' && (c->end - c->at < 6 || !json_check_hex(c->at + 2)))
            return false;
        if (letter == 0 || strchr("\"\\/bfnrtu", letter) == NULL)
            return false;
        c->at += letter == 'u' ? 6 : 2;
    }
    return json_check_is(c, '"');
}

static inline size_t json_check_digits(struct json_check *c)
{
    size_t count = 0;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
        count++;
    return count;
}

static inline bool json_check_number(struct json_check *c)
{
    json_check_is(c, '-');
    if (!json_check_is(c, '0') && json_check_digits(c) == 0)
        return false;
    if (json_check_is(c, '.') && json_check_digits(c) == 0)
        return false;
    if (json_check_is(c, 'e') || json_check_is(c, 'E')) {
        if (!json_check_is(c, '+'))
            json_check_is(c, '-');
        return json_check_digits(c) > 0;
    }
    return true;
}

static inline bool json_check_word(struct json_check *c, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(c->end - c->at) < size || memcmp(c->at, word, size) != 0)
        return false;
    c->at += size;
    return true;
}

/* A value that opens nothing. */
static inline bool json_check_scalar(struct json_check *c)
{
    if (c->at == c->end)
        return false;
    switch (*c->at) {
    case '"': return json_check_string(c);
    case 't': return json_check_word(c, "true");
    case 'f': return json_check_word(c, "false");
    case 'n': return json_check_word(c, "null");
    default: return json_check_number(c);
    }
}

/* After a value: closes what ends here, takes a comma. `more` tells whether another value must follow. */
static inline bool json_check_after(struct json_check *c, bool *more)
{
    while (c->depth > 0) {
        char open = c->open[c->depth - 1];
        if (json_check_is(c, ',')) {
            *more = true;
            return open == '[' || (json_check_string(c) && json_check_is(c, ':'));
        }
        if (!json_check_is(c, open == '{' ? '}' : ']'))
            return false;
        c->depth--;
    }
    *more = false;
    return true;
}

/* True when the text is exactly one JSON object without blanks between tokens, without a final LF. */
static inline bool json_check_object(const char *text, size_t size)
{
    struct json_check c = {.at = (const uint8_t *)text, .end = (const uint8_t *)text + size};
    bool more = size > 0 && text[0] == '{';
    if (!more)
        return false;
    while (more) {
        char first = c.at < c.end ? (char)*c.at : '\0';
        if (first == '{' || first == '[') {
            if (c.depth == 64)
                return false;
            c.open[c.depth++] = first;
            c.at++;
            if (c.at < c.end && *c.at == (first == '{' ? '}' : ']')) {
                if (!json_check_after(&c, &more))
                    return false;
            } else if (first == '{' && !(json_check_string(&c) && json_check_is(&c, ':'))) {
                return false;
            }
            continue;
        }
        if (!json_check_scalar(&c) || !json_check_after(&c, &more))
            return false;
    }
    return c.at == c.end;
}

#endif
