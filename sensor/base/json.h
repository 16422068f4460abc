/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - writes one JSON object as one line into a growing buffer.
 *
 * Whatever bytes go in, strict JSON in valid UTF-8 comes out (RFC 8259): controls (C0, DEL, C1), U+2028, U+2029 and
 * bidi controls are escaped as \uXXXX. A byte that is not part of valid UTF-8 becomes the text \xNN ("\\xNN" in JSON,
 * lower case); where the input itself spells a backslash, "x" and two hex digits, that backslash becomes the text \x5c.
 * So replacing every \xNN of a decoded text by the byte NN gives back the original, always. Commas are placed by the
 * writer. The caller keeps the nesting right; asserts check it (at most 16 levels).
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor_plugin.h"

struct json {
    char *at;        /* the text so far; owned */
    size_t size;     /* bytes used */
    size_t limit;    /* an item may begin where it ends up to here; 0 once the line has failed */
    size_t capacity; /* bytes allocated */
    uint32_t depth;
    uint32_t arrays; /* a bit for each level, the innermost lowest, 1 for arrays and outside of all; only asserts read it */
    bool first;      /* no comma before the next item */
    bool failed;     /* memory ran out or the line passed `most`: the line must be dropped and counted */
    size_t most;     /* longest line allowed, bytes */
};

void json_init(struct json *j, size_t most); /* caller owns `j`; memory is taken on first use */
void json_free(struct json *j);
void json_reset(struct json *j); /* empties, keeps the memory */
/* Takes back what follows the first `size` bytes, which are whole lines; a failure with it. */
void json_rewind(struct json *j, size_t size);

/* A member's name with its size; json_key() below makes it of a text, NULL inside arrays. */
struct json_key {
    const char *at;
    size_t size;
};

/* The writers; call them by the short names that follow. */
void json_put_open(struct json *j, struct json_key key, bool array);
void json_put_slice(struct json *j, struct json_key key, struct slice text);
void json_put_uint(struct json *j, struct json_key key, uint64_t n);
void json_put_int(struct json *j, struct json_key key, int64_t n);
void json_put_decimal(struct json *j, struct json_key key, double n, int places);
void json_put_hex(struct json *j, struct json_key key, struct slice bytes, char separator, bool upper);
void json_put_raw(struct json *j, struct json_key key, struct slice text);
/* Members of the open object that are JSON already: "a":1,"b":2 (at least one, without braces). */
void json_members(struct json *j, const char *text, size_t size);
void json_close(struct json *j);       /* } */
void json_close_array(struct json *j); /* ] */
/* Bytes in front of a line, taken as they are; before its outermost brace only. */
void json_lead(struct json *j, const char *text, size_t size);
/* Ends the line with LF. */
void json_end_line(struct json *j);

/* Inline, all of them, so that the compiler counts the bytes of literals: an event has forty of them. */
static inline struct slice json_bytes(const char *text)
{
    return (struct slice){(const uint8_t *)text, __builtin_strlen(text)};
}

static inline struct json_key json_key(const char *key)
{
    return (struct json_key){key, key != NULL ? __builtin_strlen(key) : 0};
}

/* `key` is NULL inside arrays; keys are literals of ours and are written as they are. */
static inline void json_open(struct json *j, const char *key) /* { */
{
    json_put_open(j, json_key(key), false);
}

static inline void json_open_array(struct json *j, const char *key) /* [ */
{
    json_put_open(j, json_key(key), true);
}

static inline void json_slice(struct json *j, const char *key, struct slice text)
{
    json_put_slice(j, json_key(key), text);
}

static inline void json_text(struct json *j, const char *key, const char *text) /* NUL-terminated, any bytes */
{
    json_put_slice(j, json_key(key), json_bytes(text));
}

static inline void json_uint(struct json *j, const char *key, uint64_t n)
{
    json_put_uint(j, json_key(key), n);
}

static inline void json_int(struct json *j, const char *key, int64_t n)
{
    json_put_int(j, json_key(key), n);
}

static inline void json_decimal(struct json *j, const char *key, double n, int places) /* finite; fixed places 0..6 */
{
    json_put_decimal(j, json_key(key), n, places);
}

static inline void json_hex(struct json *j, const char *key, struct slice bytes, char separator, bool upper) /* separator 0: none */
{
    json_put_hex(j, json_key(key), bytes, separator, upper);
}

static inline void json_raw(struct json *j, const char *key, const char *text, size_t size) /* already JSON */
{
    json_put_raw(j, json_key(key), (struct slice){(const uint8_t *)text, size});
}

static inline void json_bool(struct json *j, const char *key, bool b)
{
    json_put_raw(j, json_key(key), b ? json_bytes("true") : json_bytes("false"));
}

#endif
