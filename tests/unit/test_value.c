/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_value.c - Suricata's booleans, sizes and times as text, lists in one line, and the distance behind "did you mean".
 */
#include "run/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int64_t value_of(enum value_type type, const char *text)
{
    struct value_rule rule = {.type = type, .choices = "auto|yes|no"};
    struct error e = {""};
    int64_t n = -1;
    if (!value_parse(&rule, text, &n, &e))
        fail_msg("%s", e.text);
    return n;
}

static void expect_refused(enum value_type type, const char *const *texts)
{
    struct value_rule rule = {.type = type, .choices = "auto|yes|no"};
    for (; *texts != NULL; texts++) {
        struct error e = {""};
        int64_t n;
        if (value_parse(&rule, *texts, &n, &e))
            fail_msg("'%s' was taken", *texts);
        assert_true(e.text[0] != '\0');
    }
}

static void test_booleans(void **state)
{
    (void)state;
    static const char *const yes[] = {"yes", "YES", "true", "True", "on", "1"}, *const no[] = {"no", "false", "OFF", "0"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        assert_int_equal(value_of(VALUE_BOOL, yes[i]), 1);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_int_equal(value_of(VALUE_BOOL, no[i]), 0);
    expect_refused(VALUE_BOOL, (const char *const[]){"", "y", "yess", "2", " yes", "enabled", NULL});
}

static void test_numbers(void **state)
{
    (void)state;
    assert_int_equal(value_of(VALUE_NUMBER, "0"), 0);
    assert_int_equal(value_of(VALUE_NUMBER, "00123"), 123);
    assert_true(value_of(VALUE_NUMBER, "9223372036854775807") == INT64_MAX);
    expect_refused(VALUE_NUMBER,
                   (const char *const[]){"", "-", "1.5", "1e3", "0x10", "9223372036854775808", " 1", "1 ", "+1", "-1", NULL});
}

static void test_bounds_are_inclusive(void **state)
{
    (void)state;
    struct value_rule rule = {.type = VALUE_NUMBER, .least = -5, .most = 10};
    struct error e = {""};
    int64_t n;
    assert_true(value_parse(&rule, "-5", &n, &e) && n == -5);
    assert_true(value_parse(&rule, "10", &n, &e) && n == 10);
    assert_false(value_parse(&rule, "11", &n, &e));
    assert_string_equal(e.text, "11 is out of bounds; -5 to 10");
    assert_false(value_parse(&rule, "-6", &n, &e));
    rule = (struct value_rule){.type = VALUE_SIZE, .least = 4096, .most = INT64_MAX};
    assert_false(value_parse(&rule, "4095", &n, &e));
    assert_string_equal(e.text, "4095 is too small; at least 4096");
    assert_true(value_parse(&rule, "4kb", &n, &e));
}

static void test_sizes(void **state)
{
    (void)state;
    assert_int_equal(value_of(VALUE_SIZE, "512"), 512);
    assert_int_equal(value_of(VALUE_SIZE, "1kb"), 1024);
    assert_int_equal(value_of(VALUE_SIZE, "64 MB"), 64 << 20);
    assert_int_equal(value_of(VALUE_SIZE, "2gib"), INT64_C(2) << 30);
    expect_refused(VALUE_SIZE, (const char *const[]){"", "mb", "1.5mb", "1tb", "-1kb", "9999999999999gb", "1 k b", NULL});
}

static void test_times(void **state)
{
    (void)state;
    assert_int_equal(value_of(VALUE_SECONDS, "90"), 90);
    assert_int_equal(value_of(VALUE_SECONDS, "30s"), 30);
    assert_int_equal(value_of(VALUE_SECONDS, "5 m"), 300);
    assert_int_equal(value_of(VALUE_SECONDS, "2H"), 7200);
    assert_int_equal(value_of(VALUE_SECONDS, "7d"), 604800);
    expect_refused(VALUE_SECONDS, (const char *const[]){"", "soon", "5 min", "1w", "-5", "99999999999999999d", NULL});
}

static void test_file_modes(void **state)
{
    (void)state;
    assert_int_equal(value_of(VALUE_OCTAL, ""), 0);
    assert_int_equal(value_of(VALUE_OCTAL, "640"), 0640);
    assert_int_equal(value_of(VALUE_OCTAL, "0644"), 0644);
    expect_refused(VALUE_OCTAL, (const char *const[]){"648", "1000", "rw", "-1", NULL});
}

static void test_choices_take_booleans_for_yes_and_no(void **state)
{
    (void)state;
    char word[16];
    value_choice("auto|yes|no", "AUTO", word, sizeof word);
    assert_string_equal(word, "auto");
    value_choice("auto|yes|no", "true", word, sizeof word);
    assert_string_equal(word, "yes");
    value_choice("auto|yes|no", "0", word, sizeof word);
    assert_string_equal(word, "no");
    value_choice("auto|yes|no", "au", word, sizeof word);
    assert_string_equal(word, "");
    expect_refused(VALUE_CHOICE, (const char *const[]){"", "auto|yes", "maybe", NULL});
}

/* The items joined with ';'. */
static void expect_items(const char *text, const char *joined)
{
    char got[128] = "";
    size_t used = 0, size;
    const char *start;
    struct value_items items = value_items(text);
    while (value_items_next(&items, &start, &size))
        used += (size_t)snprintf(got + used, sizeof got - used, "%.*s;", (int)size, start);
    assert_string_equal(got, joined);
}

static void test_lists_in_one_line(void **state)
{
    (void)state;
    expect_items("", "");
    expect_items("[]", "");
    expect_items(" [ ] ", "");
    expect_items("a", "a;");
    expect_items("[a, b c ,d]", "a;b c;d;");
    expect_items("a,,b,", "a;b;");
    expect_items("[::1]:53,host:53", "[::1]:53;host:53;");
    expect_items("[a],[b]", "[a];[b];");
    expect_items("[a", "[a;");
}

static void test_distance_counts_changes(void **state)
{
    (void)state;
    assert_int_equal(value_distance("", ""), 0);
    assert_int_equal(value_distance("same", "same"), 0);
    assert_int_equal(value_distance("", "abc"), 3);
    assert_int_equal(value_distance("outptus", "outputs"), 1);
    assert_int_equal(value_distance("intervall", "interval"), 1);
    assert_int_equal(value_distance("kitten", "sitting"), 3);
    char text[100];
    memset(text, 'a', sizeof text - 1);
    text[99] = '\0';
    assert_int_equal(value_distance(text, "a"), 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_booleans),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_bounds_are_inclusive),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_file_modes),
        cmocka_unit_test(test_choices_take_booleans_for_yes_and_no),
        cmocka_unit_test(test_lists_in_one_line),
        cmocka_unit_test(test_distance_counts_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
