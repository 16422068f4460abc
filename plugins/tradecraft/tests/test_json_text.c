/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_json_text.c - members of JSON found in text that is whole, cut, or no JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json_text.h"

static struct slice slice_of(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

static void expect(const char *text, const char *key, const char *expected)
{
    struct slice value;
    bool there = tradecraft_json_find(slice_of(text), key, &value);
    assert_int_equal(there, expected != NULL);
    if (there && (value.size != strlen(expected) || memcmp(value.at, expected, value.size) != 0))
        fail_msg("%s: %.*s", text, (int)value.size, (const char *)value.at);
}

static void test_values_of_each_kind(void **state)
{
    (void)state;
    expect("{\"method\":\"eth_call\"}", "method", "eth_call");
    expect("{ \"method\" :\r\n \"eth_call\" }", "method", "eth_call");
    expect("{\"params\":[ \"a.b\",\"x\"]}", "params", "a.b");
    expect("{\"a\":\"x\\\"y\"}", "a", "x\\\"y");
    expect("{\"id\":-12.5}", "id", "-12.5");
    expect("{\"ok\":true}", "ok", "true");
    expect("{\"a\":\"\"}", "a", "");
    expect("[{\"x\":\"method\"},{\"method\":\"m\"}]", "method", "m");
}

static void test_what_is_none(void **state)
{
    (void)state;
    expect("", "a", NULL);
    expect("{\"a\"}", "a", NULL);
    expect("{\"a\":{\"b\":1}}", "a", NULL);
    expect("{\"ab\":\"x\"}", "a", NULL);
    expect("{a:\"x\"}", "a", NULL);
    expect("{\"a\":\"cut", "a", NULL);
    expect("{\"a\":12", "a", NULL);
}

static void test_cut_strings_where_they_are_wanted(void **state)
{
    (void)state;
    struct slice value;
    assert_true(tradecraft_json_find_cut(slice_of("{\"result\":\"0x1234"), "result", &value));
    assert_int_equal(value.size, 6);
    assert_false(tradecraft_json_find_cut(slice_of("{\"result\":"), "result", &value));
}

static void test_each_of_a_batch(void **state)
{
    (void)state;
    struct slice text = slice_of("[{\"method\":\"a\"},{\"method\":\"b\"},{\"method\":\"c\"}]"), value;
    size_t at = 0;
    char all[4] = "";
    for (size_t i = 0; tradecraft_json_next(text, &at, "method", &value); i++)
        all[i] = (char)value.at[0];
    assert_string_equal(all, "abc");
}

static void test_beginnings(void **state)
{
    (void)state;
    struct slice out;
    assert_true(tradecraft_json_begins(slice_of("{\"a\":1}"), &out));
    assert_true(tradecraft_json_begins(slice_of(" \r\n{ \"a\":1}"), &out));
    assert_true(tradecraft_json_begins((struct slice){(const uint8_t *)"\0\0\0\7{\"a\":1}", 11}, &out));
    assert_int_equal(out.size, 7);
    assert_true(tradecraft_json_begins(slice_of("{}"), &out));
    assert_false(tradecraft_json_begins(slice_of("{a}"), &out));
    assert_false(tradecraft_json_begins(slice_of("["), &out));
    assert_false(tradecraft_json_begins(slice_of(""), &out));
}

static void test_cut_at_every_length(void **state)
{
    (void)state;
    static const char text[] = "\0\0\0\x30{\"method\":\"eth_call\",\"params\":[{\"to\":\"0x\\\\\\\"\"}],\"id\":1}";
    for (size_t size = 0; size <= sizeof text - 1; size++) {
        uint8_t *copy = malloc(size + 1);
        struct slice s = {copy, size}, value;
        memcpy(copy, text, size);
        copy = realloc(copy, size == 0 ? 1 : size);
        s.at = copy;
        tradecraft_json_begins(s, &value);
        tradecraft_json_find_cut(s, "to", &value);
        assert_int_equal(tradecraft_json_find(s, "method", &value), size >= 24);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_of_each_kind), cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_cut_strings_where_they_are_wanted), cmocka_unit_test(test_each_of_a_batch),
        cmocka_unit_test(test_beginnings), cmocka_unit_test(test_cut_at_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
