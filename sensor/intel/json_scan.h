/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_scan.h - a JSON document of any size, one record at a time.
 *
 * The caller walks down the few levels that it knows ("response", "Event", "Attribute") and takes each record below whole, as
 * jansson parses it. Memory is one record, at most JSON_RECORD_MAX bytes and JSON_DEPTH_MAX deep; what is longer or deeper, or no
 * JSON, costs itself alone as long as its brackets and quotes close. Several documents after each other (one a line) are one.
 */
#ifndef INTEL_JSON_SCAN_H
#define INTEL_JSON_SCAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

#define JSON_RECORD_MAX (1u << 20)
#define JSON_DEPTH_MAX  64
#define JSON_LEVELS_MAX 8 /* that a caller may enter */
#define JSON_KEY_MAX    64

struct json_place {
    off_t offset;
    uint32_t line;
    unsigned level;               /* containers entered */
    char closer[JSON_LEVELS_MAX]; /* '}' or ']' of each */
    bool first[JSON_LEVELS_MAX];  /* nothing of it was read yet */
};

struct json_scan {
    FILE *file;
    struct json_place at;   /* its offset is kept by json_scan_mark alone */
    bool broken;            /* brackets, commas or the end stand wrong: there is no going on */
    uint32_t value_line;    /* where the value last taken or skipped began */
    char key[JSON_KEY_MAX]; /* of the member at hand; "" when it is longer */
    char *record;           /* JSON_RECORD_MAX bytes */
};

bool json_scan_open(struct json_scan *s, const char *path, struct error *error);
void json_scan_close(struct json_scan *s);

/* The first byte of what comes next ('{', '[', '"', a digit, ...), EOF at the end or when broken. */
int json_scan_peek(struct json_scan *s);

/* Goes into the object or array that comes next. False and nothing read when neither comes. */
bool json_scan_enter(struct json_scan *s);

/* To the next member (its name is in `key`) or element; false behind the last, which leaves the container. The value must then be
 * taken, skipped or entered and read to its end. */
bool json_scan_next(struct json_scan *s);

/* The value, whole; the caller drops it with json_decref. NULL and `why` when it cannot be used; reading may go on unless broken. */
json_t *json_scan_take(struct json_scan *s, const char **why);
void json_scan_skip(struct json_scan *s);

/* To read a part twice: remember the place before it, go back to it. */
struct json_place json_scan_mark(const struct json_scan *s);
void json_scan_return(struct json_scan *s, const struct json_place *place);

/* A member's text, "" when it is missing or no text. Valid as long as `object`. */
const char *json_text_of(const json_t *object, const char *key);
/* True for a JSON true, 1 or "1". */
bool json_true_of(const json_t *object, const char *key, bool by_default);

#endif
