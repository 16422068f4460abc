/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_scan.c - see json_scan.h. It counts brackets outside strings and copies; whether the bytes between them are JSON is jansson's
 * to say.
 */
#include "intel/json_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int next_byte(struct json_scan *s)
{
    int byte = getc_unlocked(s->file);
    if (byte == '\n')
        s->at.line++;
    return byte;
}

static void put_back(struct json_scan *s, int byte)
{
    if (byte == EOF)
        return;
    if (byte == '\n')
        s->at.line--;
    ungetc(byte, s->file);
}

/* The next byte that is no blank; it is read. */
static int next_visible(struct json_scan *s)
{
    int byte = next_byte(s);
    while (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r')
        byte = next_byte(s);
    return byte;
}

bool json_scan_open(struct json_scan *s, const char *path, struct error *error)
{
    *s = (struct json_scan){.at = {.line = 1}};
    s->file = fopen(path, "re");
    if (!s->file)
        return error_set(error, "%s: %s; is the path right and readable?", path, strerror(errno));
    s->record = malloc(JSON_RECORD_MAX);
    if (!s->record || fseeko(s->file, 0, SEEK_SET) != 0) {
        error_set(error, "%s: %s; give a regular file", path, s->record ? strerror(errno) : "out of memory");
        json_scan_close(s);
        return false;
    }
    int first = getc_unlocked(s->file);
    if (first == 0xef) /* a byte order mark */
        fseeko(s->file, 3, SEEK_SET);
    else
        put_back(s, first);
    return true;
}

void json_scan_close(struct json_scan *s)
{
    if (s->file)
        fclose(s->file);
    free(s->record);
    *s = (struct json_scan){.broken = true};
}

int json_scan_peek(struct json_scan *s)
{
    if (s->broken)
        return EOF;
    int byte = next_visible(s);
    put_back(s, byte);
    return byte;
}

bool json_scan_enter(struct json_scan *s)
{
    int byte = json_scan_peek(s);
    if ((byte != '{' && byte != '[') || s->at.level == JSON_LEVELS_MAX)
        return false;
    next_byte(s);
    s->at.closer[s->at.level] = byte == '{' ? '}' : ']';
    s->at.first[s->at.level] = true;
    s->at.level++;
    return true;
}

/* Copies a string behind its opening quote as it stands; returns its size, or room when it is longer. False at the end of the file. */
static bool read_key(struct json_scan *s)
{
    size_t size = 0;
    int byte = next_byte(s);
    for (; byte != '"' && byte != EOF; byte = next_byte(s)) {
        if (size < JSON_KEY_MAX)
            s->key[size++] = (char)byte;
        if (byte == '\\')
            next_byte(s);
    }
    s->key[size < JSON_KEY_MAX ? size : 0] = '\0';
    return byte == '"' && next_visible(s) == ':';
}

static bool give_up(struct json_scan *s)
{
    s->broken = true;
    return false;
}

bool json_scan_next(struct json_scan *s)
{
    if (s->broken || s->at.level == 0)
        return false;
    char closer = s->at.closer[s->at.level - 1];
    bool first = s->at.first[s->at.level - 1];
    int byte = next_visible(s);
    if (byte == closer) {
        s->at.level--;
        return false;
    }
    if (!first) {
        if (byte != ',')
            return give_up(s);
        byte = next_visible(s);
    }
    s->at.first[s->at.level - 1] = false;
    if (closer == '}')
        return (byte == '"' && read_key(s)) || give_up(s);
    put_back(s, byte);
    return (byte != EOF && byte != closer) || give_up(s);
}

/* ------------------------------------------------------------------ records */

struct extent {
    size_t size; /* bytes of the value; only the first JSON_RECORD_MAX were kept */
    uint64_t depth, deepest;
    bool in_string, escaped;
};

static void note_byte(struct extent *e, int byte)
{
    if (e->in_string) {
        if (e->escaped)
            e->escaped = false;
        else if (byte == '\\')
            e->escaped = true;
        else if (byte == '"')
            e->in_string = false;
        return;
    }
    if (byte == '"')
        e->in_string = true;
    else if (byte == '{' || byte == '[')
        e->depth++;
    else if (byte == '}' || byte == ']')
        e->depth--;
    if (e->depth > e->deepest)
        e->deepest = e->depth;
}

static bool ends_scalar(int byte)
{
    return byte == ',' || byte == '}' || byte == ']' || byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Reads one value into `record`, as far as it fits. False when the file ends within it. */
static bool read_value(struct json_scan *s, struct extent *e)
{
    int byte = next_visible(s);
    bool is_scalar = byte != '{' && byte != '[' && byte != '"';
    s->value_line = s->at.line;
    *e = (struct extent){.size = 0};
    for (; byte != EOF; byte = next_byte(s)) {
        if (is_scalar && ends_scalar(byte)) {
            put_back(s, byte);
            return e->size > 0;
        }
        if (e->size < JSON_RECORD_MAX)
            s->record[e->size] = (char)byte;
        e->size++;
        note_byte(e, byte);
        if (!is_scalar && e->depth == 0 && !e->in_string)
            return true;
    }
    return is_scalar && e->size > 0;
}

json_t *json_scan_take(struct json_scan *s, const char **why)
{
    struct extent e;
    json_error_t problem;
    *why = "the document breaks off here; fetch the whole file";
    if (s->broken || !read_value(s, &e)) {
        s->broken = true;
        return NULL;
    }
    *why = e.size > JSON_RECORD_MAX ? "a record longer than 1 MiB; split it" : "a record nested deeper than 64 levels; flatten it";
    if (e.size > JSON_RECORD_MAX || e.deepest > JSON_DEPTH_MAX)
        return NULL;
    *why = "a record that is no JSON in UTF-8; correct it";
    return json_loadb(s->record, e.size, JSON_DECODE_ANY, &problem);
}

void json_scan_skip(struct json_scan *s)
{
    struct extent e;
    if (!s->broken && !read_value(s, &e))
        s->broken = true;
}

struct json_place json_scan_mark(const struct json_scan *s)
{
    struct json_place place = s->at;
    place.offset = ftello(s->file);
    return place;
}

void json_scan_return(struct json_scan *s, const struct json_place *place)
{
    s->at = *place;
    s->broken = fseeko(s->file, place->offset, SEEK_SET) != 0;
}

const char *json_text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

bool json_true_of(const json_t *object, const char *key, bool by_default)
{
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value))
        return by_default;
    return json_is_true(value) || json_integer_value(value) == 1 || strcmp(json_text_of(object, key), "1") == 0;
}
