/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_text.h - looks for members of JSON objects in text that may be cut anywhere, or no JSON at all: no tree, no memory, one pass.
 */
#ifndef TRADECRAFT_JSON_TEXT_H
#define TRADECRAFT_JSON_TEXT_H

#include <stdbool.h>

#include "sensor_plugin.h"

/*
 * The next value of a member called `key` from *at on; *at moves behind it. Of a string its inside, escapes left as they are; of a list
 * that begins with a string that string; of another value its letters and digits. False when there is none, or it is cut.
 */
bool tradecraft_json_next(struct slice text, size_t *at, const char *key, struct slice *value);
/* The first one from the beginning. */
bool tradecraft_json_find(struct slice text, const char *key, struct slice *value);
/* As that, but one that the end of the text cuts counts too. */
bool tradecraft_json_find_cut(struct slice text, const char *key, struct slice *value);
/* Does the text begin like a JSON object, perhaps behind blanks or a length of four bytes? *out: from its brace on. */
bool tradecraft_json_begins(struct slice text, struct slice *out);

#endif
