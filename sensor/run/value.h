/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.h - single values of the configuration as text: Suricata's booleans, sizes and times.
 */
#ifndef RUN_VALUE_H
#define RUN_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum value_type {
    VALUE_BOOL,      /* yes no true false on off 1 0, in any letter case: 1 or 0 */
    VALUE_NUMBER,    /* decimal */
    VALUE_SIZE,      /* bytes, or with kb, mb, gb (1024) */
    VALUE_SECONDS,   /* seconds, or with s, m, h, d */
    VALUE_OCTAL,     /* a file mode like 640; "" is 0 */
    VALUE_TEXT,      /* any */
    VALUE_CHOICE,    /* one of some words; "true" and "on" pass for yes, "false" and "off" for no */
    VALUE_ADDRESSES, /* base/addr.h's notation; checked elsewhere */
    VALUE_LIST,      /* of texts */
    VALUE_NAMED,     /* a list of "name" or "name: {...}"; below such a list: a name without options */
    VALUE_ENTRIES,   /* a list of maps */
    VALUE_ANY        /* a text or a list of texts, checked by a plugin's table */
};

struct value_rule {
    enum value_type type;
    int64_t least, most; /* bounds of numbers, inclusive; both 0: only what the type itself allows (not negative) */
    const char *choices; /* VALUE_CHOICE: "a|b|c" */
};

/* The number a text stands for (0 for texts that are none by type). False and `error` ("'x' is not ...; write ...") when it
 * does not fit the rule. */
bool value_parse(const struct value_rule *rule, const char *text, int64_t *out, struct error *error);

/* The word of a choice that `text` means, as it stands in the table, into `out`[size]; "" when none. */
void value_choice(const char *choices, const char *text, char *out, size_t size);

/* Walks the items of "[a, b]", "a,b" or "a". Brackets count only when they hold the whole text, so "[::1]:53,host" has two
 * items. Blanks around items are cut off, empty items left out. */
struct value_items {
    const char *at, *end;
};
struct value_items value_items(const char *text);
/* The next item, not NUL-terminated; false at the end. */
bool value_items_next(struct value_items *i, const char **start, size_t *size);

/* How many letters must be changed, added, removed or swapped with their neighbour; at most 99. */
unsigned value_distance(const char *a, const char *b);

#endif
