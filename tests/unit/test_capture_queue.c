/* SPDX-License-Identifier: Apache-2.0 */
/* Captures that clients want read: in order, bounded, with the current one and when the last was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/capture_queue.h"
#include "scratch_file.h"

static struct capture_queue *queue;

static int set_up(void **state)
{
    (void)state;
    queue = capture_queue_new(NULL);
    return queue ? 0 : -1;
}

static int clean_up(void **state)
{
    (void)state;
    capture_queue_free(queue); /* with what still waits */
    return 0;
}

static bool add(const char *path)
{
    char text[64], directory[64];
    struct error why = {""};
    snprintf(text, sizeof text, "%s", path);
    snprintf(directory, sizeof directory, "/logs%s", path);
    bool good = capture_queue_add(queue, &(struct capture_order){text, directory, .delete_read = true}, &why);
    memset(text, 'x', sizeof text - 1); /* it has copies */
    memset(directory, 'x', sizeof directory - 1);
    assert_true(good == (why.text[0] == '\0'));
    return good;
}

static void take(const char *path)
{
    struct capture_order order;
    char directory[64], current[64];
    snprintf(directory, sizeof directory, "/logs%s", path);
    assert_true(capture_queue_take(queue, &order));
    assert_string_equal(order.path, path);
    assert_string_equal(order.directory, directory);
    assert_true(order.delete_read && !order.continuous);
    assert_true(capture_queue_current(queue, current, sizeof current));
    assert_string_equal(current, path);
}

static void test_first_come_first_read(void **state)
{
    (void)state;
    struct capture_order order;
    assert_false(capture_queue_take(queue, &order));
    add("/a");
    add("/b");
    assert_int_equal(capture_queue_count(queue), 2);
    take("/a");
    add("/c");
    take("/b");
    take("/c");
    assert_int_equal(capture_queue_count(queue), 0);
    assert_false(capture_queue_take(queue, &order));
}

static void append(void *arg, const char *path)
{
    strncat(arg, path, 100);
}

static void test_what_waits_is_told_in_order_and_without_the_current_one(void **state)
{
    (void)state;
    char told[512] = "";
    add("/a");
    add("/b");
    add("/c");
    take("/a");
    capture_queue_each(queue, append, told);
    assert_string_equal(told, "/b/c");
}

static void test_it_is_full_at_some_time_and_goes_round(void **state)
{
    (void)state;
    char path[32];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < CAPTURE_QUEUE_MAX; i++) {
            snprintf(path, sizeof path, "/%d", i);
            assert_true(add(path));
        }
        assert_false(add("/more"));
        for (int i = 0; i < CAPTURE_QUEUE_MAX - (round == 2); i++) {
            snprintf(path, sizeof path, "/%d", i);
            take(path);
        }
    }
    assert_int_equal(capture_queue_count(queue), 1);
}

static void test_done_forgets_the_current_one_and_remembers_when_it_was_written(void **state)
{
    (void)state;
    char path[64], current[64];
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1700000000, .tv_nsec = 250000000}};
    assert_int_equal(capture_queue_last_ms(queue), 0);
    capture_queue_done(queue); /* nothing was taken */
    scratch_file(path, "x");
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    add(path);
    take(path);
    capture_queue_done(queue);
    assert_false(capture_queue_current(queue, current, sizeof current));
    assert_int_equal(capture_queue_last_ms(queue), UINT64_C(1700000000250));
    unlink(path);
    add(path);
    take(path);
    capture_queue_done(queue); /* it is gone */
    assert_int_equal(capture_queue_last_ms(queue), UINT64_C(1700000000250));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_first_come_first_read, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_what_waits_is_told_in_order_and_without_the_current_one, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_it_is_full_at_some_time_and_goes_round, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_done_forgets_the_current_one_and_remembers_when_it_was_written, set_up, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
