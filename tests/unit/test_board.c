/* SPDX-License-Identifier: Apache-2.0 */
/* The board between the analysis and whoever asks: copies, one reader at a time, nobody waits for a reader but who takes it down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "run/board.h"

static struct board *board;
static struct stats *stats; /* large */

static int set_up(void **state)
{
    (void)state;
    board = board_new(NULL);
    stats = calloc(1, sizeof *stats);
    return board && stats ? 0 : -1;
}

static int clean_up(void **state)
{
    (void)state;
    board_free(board);
    free(stats);
    return 0;
}

static void post(uint64_t number)
{
    struct worker_counters worker[2] = {{.capture.received = number}, {.capture.received = 2 * number}};
    stats->uptime_s = number;
    stats->workers = 2;
    board_post(board, stats, worker, number % 2 == 1);
}

static void test_an_empty_board_has_nothing_to_release(void **state)
{
    (void)state;
    assert_null(board_hold(board));
    assert_null(board_hold(board)); /* not locked by the first */
}

static void test_what_is_pinned_up_is_a_copy(void **state)
{
    (void)state;
    post(7); /* its workers are gone from the stack */
    stats->uptime_s = 0;
    const struct board_view *view = board_hold(board);
    assert_non_null(view);
    assert_int_equal(view->stats.uptime_s, 7);
    assert_true(view->live && view->posted_ns > 0);
    assert_int_equal(view->worker[1].capture.received, 14);
    assert_ptr_equal(view->stats.worker, view->worker);
    board_release(board);
}

static void test_who_posts_does_not_wait_for_a_reader(void **state)
{
    (void)state;
    post(1);
    const struct board_view *view = board_hold(board);
    post(2); /* would hang here */
    assert_int_equal(view->stats.uptime_s, 1);
    board_release(board);
    post(3);
    assert_int_equal(board_hold(board)->stats.uptime_s, 3);
    board_release(board);
}

static void test_without_a_board_posting_is_nothing(void **state)
{
    (void)state;
    board_post(NULL, stats, NULL, true);
    board_clear(NULL);
    board_free(NULL);
}

static _Atomic bool cleared;

static void *clear(void *arg)
{
    (void)arg;
    board_clear(board);
    atomic_store(&cleared, true);
    return NULL;
}

static void test_who_takes_it_down_waits_for_the_reader(void **state)
{
    (void)state;
    pthread_t thread;
    post(1);
    assert_non_null(board_hold(board));
    cleared = false;
    pthread_create(&thread, NULL, clear, NULL);
    usleep(20000);
    assert_false(atomic_load(&cleared));
    board_release(board);
    pthread_join(thread, NULL);
    assert_null(board_hold(board));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_empty_board_has_nothing_to_release, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_what_is_pinned_up_is_a_copy, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_who_posts_does_not_wait_for_a_reader, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_without_a_board_posting_is_nothing, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_who_takes_it_down_waits_for_the_reader, set_up, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
