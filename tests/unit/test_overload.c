/* SPDX-License-Identifier: Apache-2.0 */
/* test_overload.c - when a handle counts as falling behind, and when no more. */
#include "capture/overload.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/clock.h"

#define BUFFER ((size_t)1 << 20)

/* 1000 frames of 904 bytes were handed over, so that one takes 1000 of the buffer; `waiting` more are in it. */
static struct capture_counters load(uint64_t waiting, uint64_t dropped)
{
    return (struct capture_counters){
        .received = 1000, .bytes = 904 * 1000, .kernel_dropped = dropped, .kernel_received = 1000 + waiting + dropped};
}

static bool look(struct overload *o, uint64_t waiting, uint64_t dropped, uint64_t second)
{
    struct capture_counters n = load(waiting, dropped);
    return overload_look(o, &n, BUFFER, true, second * NS_PER_S);
}

static void test_a_quarter_of_the_buffer_is_behind(void **state)
{
    (void)state;
    struct overload o = {0};
    assert_false(look(&o, 262, 0, 10));
    assert_false(o.behind);
    assert_true(look(&o, 263, 0, 11));
    assert_true(o.behind);
    assert_false(look(&o, 500, 0, 12));
}

static void test_a_drop_is_behind(void **state)
{
    (void)state;
    struct overload o = {0};
    assert_true(look(&o, 0, 1, 10) && o.behind);
    assert_false(look(&o, 0, 1, 14));
    assert_true(look(&o, 0, 1, 15) && !o.behind);
    assert_true(look(&o, 0, 2, 16) && o.behind);
}

static void test_it_is_over_after_five_calm_seconds(void **state)
{
    (void)state;
    struct overload o = {0};
    look(&o, 300, 0, 10);
    assert_false(look(&o, 66, 0, 17)); /* more than a sixteenth */
    assert_false(look(&o, 65, 0, 21));
    assert_true(look(&o, 0, 0, 22));
    assert_false(o.behind);
}

static void test_where_what_waits_is_unknown_only_drops_count(void **state)
{
    (void)state;
    struct overload o = {0};
    struct capture_counters n = load(1000, 0);
    assert_false(overload_look(&o, &n, BUFFER, false, NS_PER_S));
    n.kernel_dropped = 1;
    assert_true(overload_look(&o, &n, BUFFER, false, 2 * NS_PER_S) && o.behind);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_quarter_of_the_buffer_is_behind),
        cmocka_unit_test(test_a_drop_is_behind),
        cmocka_unit_test(test_it_is_over_after_five_calm_seconds),
        cmocka_unit_test(test_where_what_waits_is_unknown_only_drops_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
