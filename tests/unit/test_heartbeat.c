/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that move and threads that stand still. The limit is 0 where a thread shall be late at once: coarse time goes on by itself. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
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

/* Another thread with a slot of its own: begins, waits, beats when told to, ends. */
struct other {
    pthread_t thread;
    pthread_barrier_t step;
    const char *name;
    bool beats;
};

static void *live(void *arg)
{
    struct other *o = arg;
    heartbeat_begin(ROLE_OTHER, 0, o->name);
    pthread_barrier_wait(&o->step); /* it has begun */
    pthread_barrier_wait(&o->step); /* it may go on */
    if (o->beats)
        heartbeat_beat();
    pthread_barrier_wait(&o->step);
    pthread_barrier_wait(&o->step); /* it may end */
    heartbeat_end();
    return NULL;
}

static void begin(struct other *o, const char *name)
{
    o->name = name;
    pthread_barrier_init(&o->step, NULL, 2);
    assert_int_equal(pthread_create(&o->thread, NULL, live, o), 0);
    pthread_barrier_wait(&o->step);
}

static void go_on(struct other *o, bool beats)
{
    o->beats = beats;
    pthread_barrier_wait(&o->step);
    pthread_barrier_wait(&o->step);
}

static void end(struct other *o)
{
    pthread_barrier_wait(&o->step);
    pthread_join(o->thread, NULL);
    pthread_barrier_destroy(&o->step);
}

static void test_threads_of_one_name_are_told_apart(void **state)
{
    (void)state;
    struct heartbeat_fact fact[4];
    struct other a, b;
    begin(&a, "worker");
    begin(&b, "worker");
    assert_int_equal(heartbeat_list(fact, 4), 2);
    assert_string_equal(fact[0].name, "worker");
    assert_string_equal(fact[1].name, "worker#2");
    go_on(&a, false);
    end(&a);
    assert_int_equal(heartbeat_list(fact, 4), 1);
    assert_string_equal(fact[0].name, "worker#2");
    go_on(&b, false);
    end(&b);
    assert_int_equal(heartbeat_list(fact, 4), 0);
}

static void test_a_thread_that_stands_still_is_counted_once(void **state)
{
    (void)state;
    uint32_t stalled;
    uint64_t before, stalls;
    struct other o;
    heartbeat_count(&stalled, &before);
    heartbeat_set_limit(0);
    begin(&o, "still");
    let_time_pass();
    heartbeat_look();
    heartbeat_look();
    heartbeat_count(&stalled, &stalls);
    assert_int_equal(stalled, 1);
    assert_int_equal(stalls - before, 1);
    heartbeat_set_limit(NS_PER_S);
    go_on(&o, true);
    heartbeat_look();
    heartbeat_count(&stalled, &stalls);
    assert_int_equal(stalled, 0);
    assert_int_equal(stalls - before, 1);
    end(&o);
}

static void test_who_has_ended_is_not_late(void **state)
{
    (void)state;
    uint32_t stalled;
    uint64_t stalls;
    heartbeat_set_limit(0);
    heartbeat_begin(ROLE_WORKER, 3, "gone");
    const struct blackbox_slot *slot = blackbox_here;
    let_time_pass();
    assert_true(heartbeat_silence(slot) > 0);
    heartbeat_end();
    assert_int_equal(heartbeat_silence(slot), 0);
    heartbeat_look();
    heartbeat_count(&stalled, &stalls);
    assert_int_equal(stalled, 0);
    assert_true(blackbox_here != slot);
}

/* A process that reads capture after capture begins and ends threads for ever. */
static void test_slots_and_stacks_are_given_back(void **state)
{
    (void)state;
    stack_t stack;
    for (size_t i = 0; i < 4 * HEARTBEATS_MAX; i++) {
        heartbeat_begin(ROLE_WORKER, 0, "one");
        assert_ptr_equal(blackbox_here, &blackbox->slot[0]);
        heartbeat_end();
    }
    sigaltstack(NULL, &stack);
    assert_true(stack.ss_flags & SS_DISABLE);
}

static void test_without_a_slot_beats_are_nobodys(void **state)
{
    (void)state;
    for (size_t i = 0; i < HEARTBEATS_MAX; i++)
        blackbox->slot[i].taken = true;
    heartbeat_begin(ROLE_WORKER, 0, "one more");
    heartbeat_beat();
    heartbeat_end();
    for (size_t i = 0; i < HEARTBEATS_MAX; i++)
        assert_string_not_equal(blackbox->slot[i].name, "one more");
    memset(blackbox->slot, 0, sizeof blackbox->slot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_of_one_name_are_told_apart),
        cmocka_unit_test(test_a_thread_that_stands_still_is_counted_once),
        cmocka_unit_test(test_who_has_ended_is_not_late),
        cmocka_unit_test(test_slots_and_stacks_are_given_back),
        cmocka_unit_test(test_without_a_slot_beats_are_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
