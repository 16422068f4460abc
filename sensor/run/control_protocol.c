/* SPDX-License-Identifier: Apache-2.0 */
/* control_protocol.c - see control_protocol.h. A scan finds where an object ends and how deep it is before jansson reads it. */
#include "run/control_protocol.h"

#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The place behind the closing quote of a text whose opening quote is at `at`; `size` when it is not there yet. */
static size_t skip_text(const char *bytes, size_t size, size_t at)
{
    for (at++; at < size && bytes[at] != '"'; at++)
        at += bytes[at] == '\\';
    return at < size ? at + 1 : size;
}

/* From the opening brace at `at`. */
static enum control_frame find_end(const char *bytes, size_t size, size_t at, size_t *end)
{
    unsigned depth = 0;
    while (at < size) {
        char c = bytes[at];
        if (c == '"') {
            at = skip_text(bytes, size, at);
            continue;
        }
        at++;
        if ((c == '{' || c == '[') && ++depth > CONTROL_DEPTH_MAX)
            return FRAME_BAD;
        if ((c == '}' || c == ']') && --depth == 0) {
            *end = at;
            return FRAME_WHOLE;
        }
    }
    return FRAME_PARTIAL;
}

enum control_frame control_frame(const char *bytes, size_t size, size_t *begin, size_t *end)
{
    size_t at = 0;
    while (at < size && is_blank(bytes[at]))
        at++;
    *begin = at;
    *end = size;
    if (at < size && bytes[at] != '{')
        return FRAME_BAD;
    enum control_frame frame = find_end(bytes, size, at, end);
    return *end - at > CONTROL_MESSAGE_MAX ? FRAME_BAD : frame;
}

/* ----------------------------------------------------------------- requests */

static const char *text_member(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

bool control_parse(const char *bytes, size_t size, struct control_request *out, struct error *error)
{
    json_error_t why;
    *out = (struct control_request){.root = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &why)};
    if (!json_is_object(out->root)) {
        control_request_free(out);
        return error_set(error, "no JSON: %.200s", why.text);
    }
    const json_t *arguments = json_object_get(out->root, "arguments");
    out->version = text_member(out->root, "version");
    out->command = text_member(out->root, "command");
    out->arguments = json_is_object(arguments) ? arguments : NULL;
    bool good = out->command || out->version || error_set(error, "neither \"command\" nor \"version\" is a text");
    good = good && (!arguments || out->arguments || json_is_null(arguments) || error_set(error, "\"arguments\" is no object"));
    if (!good)
        control_request_free(out);
    return good;
}

void control_request_free(struct control_request *r)
{
    json_decref(r->root);
    *r = (struct control_request){.root = NULL};
}

const char *control_text(const struct control_request *r, const char *name)
{
    return text_member(r->arguments, name);
}

bool control_bool(const struct control_request *r, const char *name)
{
    const json_t *value = json_object_get(r->arguments, name);
    const char *text = json_string_value(value);
    if (text)
        return strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0 || strcmp(text, "1") == 0;
    return json_is_true(value) || json_integer_value(value) != 0;
}
