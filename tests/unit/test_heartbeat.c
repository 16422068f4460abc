/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that move and threads that stand still. The limit is 0 where a thread shall be late at once: coarse time goes on by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/heartbeat.h"

/* Until the coarse clock has moved, a few milliseconds. */
static void let_time_pass(void)
{
    struct timespec begin, now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &begin);
    do
        clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    while (now.tv_sec == begin.tv_sec && now.tv_nsec == begin.tv_nsec);
}

static void test_threads_of_one_name_are_told_apart(void **state)
{
    (void)state;
    struct heartbeat_fact fact[4];
    struct heartbeat *a = heartbeat_begin("worker"), *b = heartbeat_begin("worker");
    assert_int_equal(heartbeat_list(fact, 4), 2);
    assert_string_equal(fact[0].name, "worker");
    assert_string_equal(fact[1].name, "worker#2");
    heartbeat_end(a);
    assert_int_equal(heartbeat_list(fact, 4), 1);
    assert_string_equal(fact[0].name, "worker#2");
    heartbeat_end(b);
    assert_int_equal(heartbeat_list(fact, 4), 0);
}

static void test_a_thread_that_stands_still_is_counted_once(void **state)
{
    (void)state;
    uint32_t stalled;
    uint64_t before, stalls;
    heartbeat_count(&stalled, &before);
    heartbeat_set_limit(0);
    struct heartbeat *h = heartbeat_begin("still");
    let_time_pass();
    heartbeat_look();
    heartbeat_look();
    heartbeat_count(&stalled, &stalls);
    assert_int_equal(stalled, 1);
    assert_int_equal(stalls - before, 1);
    heartbeat_set_limit(NS_PER_S);
    heartbeat_beat(h);
    heartbeat_look();
    heartbeat_count(&stalled, &stalls);
    assert_int_equal(stalled, 0);
    assert_int_equal(stalls - before, 1);
    heartbeat_end(h);
}

static void test_who_has_ended_is_not_late(void **state)
{
    (void)state;
    uint32_t stalled;
    uint64_t stalls;
    heartbeat_set_limit(0);
    heartbeat_end(heartbeat_begin("gone"));
    let_time_pass();
    heartbeat_look();
    heartbeat_count(&stalled, &stalls);
    assert_int_equal(stalled, 0);
}

static void test_a_full_table_gives_nobody(void **state)
{
    (void)state;
    struct heartbeat *h[HEARTBEATS_MAX];
    for (size_t i = 0; i < HEARTBEATS_MAX; i++)
        assert_non_null(h[i] = heartbeat_begin("many"));
    assert_null(heartbeat_begin("one more"));
    heartbeat_beat(NULL);
    heartbeat_end(NULL);
    for (size_t i = 0; i < HEARTBEATS_MAX; i++)
        heartbeat_end(h[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_of_one_name_are_told_apart),
        cmocka_unit_test(test_a_thread_that_stands_still_is_counted_once),
        cmocka_unit_test(test_who_has_ended_is_not_late),
        cmocka_unit_test(test_a_full_table_gives_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
