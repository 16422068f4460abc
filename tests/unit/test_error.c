/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_error.c - reasons are cut to fit, may quote themselves and may be dropped.
 */
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_set_writes_and_returns_false(void **state)
{
    (void)state;
    struct error e = {""};
    assert_false(error_set(&e, "%s:%d: broken", "a.yaml", 7));
    assert_string_equal(e.text, "a.yaml:7: broken");
}

static void test_set_cuts_long_text(void **state)
{
    (void)state;
    struct error e;
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    error_set(&e, "%s", text);
    assert_int_equal(strlen(e.text), ERROR_TEXT_MAX - 1);
}

static void test_set_may_quote_the_old_reason(void **state)
{
    (void)state;
    struct error e;
    error_set(&e, "inner");
    error_set(&e, "outer (%s)", e.text);
    assert_string_equal(e.text, "outer (inner)");
}

static void test_prefix_goes_in_front(void **state)
{
    (void)state;
    struct error e;
    error_set(&e, "no such file");
    assert_false(error_prefix(&e, "%s", "list.csv"));
    assert_string_equal(e.text, "list.csv: no such file");
}

static void test_prefix_cuts_at_the_end(void **state)
{
    (void)state;
    struct error e;
    char text[600];
    memset(text, 'p', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    error_set(&e, "lost");
    error_prefix(&e, "%s", text);
    assert_int_equal(strlen(e.text), ERROR_TEXT_MAX - 1);
    error_set(&e, "%.500s", text);
    error_prefix(&e, "%s", "twenty bytes of this");
    assert_int_equal(strlen(e.text), ERROR_TEXT_MAX - 1);
    assert_memory_equal(e.text, "twenty bytes of this: ppp", 25);
}

static void test_null_is_fine(void **state)
{
    (void)state;
    assert_false(error_set(NULL, "x"));
    assert_false(error_prefix(NULL, "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_writes_and_returns_false), cmocka_unit_test(test_set_cuts_long_text),
        cmocka_unit_test(test_set_may_quote_the_old_reason), cmocka_unit_test(test_prefix_goes_in_front),
        cmocka_unit_test(test_prefix_cuts_at_the_end),       cmocka_unit_test(test_null_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
