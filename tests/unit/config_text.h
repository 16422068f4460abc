/* SPDX-License-Identifier: Apache-2.0 */
/* config_text.h - configurations from text and back, for the tests of run/config. */
#ifndef TESTS_CONFIG_TEXT_H
#define TESTS_CONFIG_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "run/config.h"

#define CONFIG_TEXT_MAX 65536 /* bytes of a dump */

static inline struct config *parsed(const char *text)
{
    struct error e = {""};
    struct config *c = config_parse("haetae.yaml", text, strlen(text), &e);
    if (c == NULL)
        fail_msg("%s", e.text);
    return c;
}

/* Refused, with exactly these words. */
static inline void expect_error(const char *text, const char *words)
{
    struct error e = {""};
    assert_null(config_parse("haetae.yaml", text, strlen(text), &e));
    assert_string_equal(e.text, words);
}

/* Refused, with words that begin so. */
static inline void expect_error_begins(const char *text, const char *words)
{
    struct error e = {""};
    assert_null(config_parse("haetae.yaml", text, strlen(text), &e));
    if (strncmp(e.text, words, strlen(words)) != 0)
        fail_msg("'%s' does not begin with '%s'", e.text, words);
}

static inline void dump(const struct config *c, char text[CONFIG_TEXT_MAX])
{
    memset(text, 0, CONFIG_TEXT_MAX);
    FILE *out = fmemopen(text, CONFIG_TEXT_MAX - 1, "w");
    assert_non_null(out);
    assert_true(config_dump(c, out));
    fclose(out);
}

/* What is dumped loads again to the same dump. */
static inline void expect_round_trip(const struct config *c)
{
    static char first[CONFIG_TEXT_MAX], second[CONFIG_TEXT_MAX];
    dump(c, first);
    struct config *again = parsed(first);
    dump(again, second);
    assert_string_equal(first, second);
    config_free(again);
}

#endif
