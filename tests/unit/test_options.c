/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_options.c - the options of a plugin: defaults, types, bounds, and getters that cannot fail.
 */
#include "run/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct sensor_option table[] = {
    {"switch", OPTION_BOOL, "on", 0, 0, ""},   {"number", OPTION_NUMBER, "-3", 0, 0, ""}, {"bounded", OPTION_NUMBER, "5", 1, 9, ""},
    {"size", OPTION_SIZE, "2kb", 0, 0, ""},    {"time", OPTION_SECONDS, "", 0, 0, ""},    {"text", OPTION_TEXT, NULL, 0, 0, ""},
    {"list", OPTION_LIST, "[a, b]", 0, 0, ""}, {NULL, OPTION_TEXT, NULL, 0, 0, NULL},
};

static int make(void **state)
{
    *state = options_new(table, NULL);
    return *state == NULL;
}

static int drop(void **state)
{
    options_free(*state);
    return 0;
}

static void test_defaults(void **state)
{
    const struct sensor_options *o = *state;
    assert_int_equal(options_number(o, "switch"), 1);
    assert_int_equal(options_number(o, "number"), -3);
    assert_int_equal(options_number(o, "size"), 2048);
    assert_int_equal(options_number(o, "time"), 0);
    assert_string_equal(options_text(o, "text"), "");
    assert_int_equal(options_count(o, "list"), 2);
    assert_string_equal(options_item(o, "list", 1), "b");
}

static void test_getters_cannot_fail(void **state)
{
    const struct sensor_options *o = *state;
    assert_string_equal(options_text(o, "none"), "");
    assert_int_equal(options_number(o, "none"), 0);
    assert_int_equal(options_count(o, "none"), 0);
    assert_string_equal(options_item(o, "none", 0), "");
    assert_string_equal(options_item(o, "list", 2), "");
    assert_int_equal(options_count(o, "text"), 0);
}

static void test_setting_replaces(void **state)
{
    struct sensor_options *o = *state;
    assert_true(options_set(o, "list", "x", NULL));
    assert_int_equal(options_count(o, "list"), 1);
    assert_true(options_set_list(o, "list", (const char *const[]){"1,2", "3"}, 2, NULL));
    assert_string_equal(options_item(o, "list", 0), "1,2");
    assert_true(options_set(o, "list", "", NULL));
    assert_int_equal(options_count(o, "list"), 0);
    assert_true(options_set(o, "text", "a, b", NULL));
    assert_string_equal(options_text(o, "text"), "a, b");
    assert_true(options_set(o, "time", "2m", NULL));
    assert_true(options_set(o, "time", "", NULL)); /* its default is unset, so it may be unset again */
    assert_int_equal(options_number(o, "time"), 0);
}

static void expect_refused(struct sensor_options *o, const char *name, const char *text, const char *words)
{
    struct error e = {""};
    assert_false(options_set(o, name, text, &e));
    assert_string_equal(e.text, words);
}

static void test_errors(void **state)
{
    struct sensor_options *o = *state;
    expect_refused(o, "none", "1", "unknown option 'none'");
    expect_refused(o, "switch", "perhaps", "'perhaps' is neither yes nor no; write yes or no");
    expect_refused(o, "switch", "", "a value is missing");
    expect_refused(o, "bounded", "0", "0 is out of bounds; 1 to 9");
    struct error e = {""};
    assert_false(options_set_list(o, "text", (const char *const[]){"a"}, 1, &e));
    assert_string_equal(e.text, "takes one value, not a list");
}

static void test_a_wrong_default_is_found(void **state)
{
    (void)state;
    static const struct sensor_option bad[] = {{"limit", OPTION_NUMBER, "many", 0, 0, ""}, {NULL, OPTION_TEXT, NULL, 0, 0, NULL}};
    struct error e = {""};
    assert_null(options_new(bad, &e));
    assert_string_equal(e.text, "default of option limit: 'many' is no whole number; write digits");
}

static void test_no_table_is_no_options(void **state)
{
    (void)state;
    struct sensor_options *o = options_new(NULL, NULL);
    assert_non_null(o);
    assert_string_equal(options_text(o, "x"), "");
    options_free(o);
    options_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_defaults, make, drop),
        cmocka_unit_test_setup_teardown(test_getters_cannot_fail, make, drop),
        cmocka_unit_test_setup_teardown(test_setting_replaces, make, drop),
        cmocka_unit_test_setup_teardown(test_errors, make, drop),
        cmocka_unit_test(test_a_wrong_default_is_found),
        cmocka_unit_test(test_no_table_is_no_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
