/* SPDX-License-Identifier: Apache-2.0 */
/* The table from texts to numbers: what it keeps, and its bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "intel/map64.h"

static void test_keeps_numbers_through_growth(void **state)
{
    (void)state;
    struct map64 *m = map64_new(SIZE_MAX);
    char text[32];
    for (unsigned i = 0; i < 10000; i++) {
        bool is_new;
        snprintf(text, sizeof text, "id %u", i);
        uint64_t *number = map64_take(m, map64_key(m, text), &is_new);
        assert_true(is_new);
        assert_int_equal(*number, 0);
        *number = i + 1;
    }
    for (unsigned i = 0; i < 10000; i++) {
        snprintf(text, sizeof text, "id %u", i);
        assert_int_equal(*map64_find(m, map64_key(m, text)), i + 1);
    }
    assert_null(map64_find(m, map64_key(m, "another")));
    map64_free(m);
}

static void test_full_table_refuses_what_is_new(void **state)
{
    (void)state;
    struct map64 *m = map64_new(2);
    bool is_new;
    assert_true(map64_add(m, "a"));
    assert_true(map64_add(m, "b"));
    assert_false(map64_add(m, "a"));
    assert_null(map64_take(m, map64_key(m, "c"), &is_new));
    assert_true(is_new);
    assert_true(map64_add(m, "c"));
    assert_non_null(map64_take(m, map64_key(m, "b"), NULL));
    map64_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_numbers_through_growth),
        cmocka_unit_test(test_full_table_refuses_what_is_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
