/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_log.c - what reaches stderr: one line an entry, nothing that drives a terminal, nothing above the level.
 */
#include "base/log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char caught[16384];

static int saved_stderr = -1;
static int pipe_ends[2];

static void catch_stderr(void)
{
    fflush(stderr);
    assert_int_equal(pipe(pipe_ends), 0);
    saved_stderr = dup(STDERR_FILENO);
    dup2(pipe_ends[1], STDERR_FILENO);
}

static const char *caught_text(void)
{
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    close(pipe_ends[1]);
    ssize_t size = read(pipe_ends[0], caught, sizeof caught - 1);
    close(pipe_ends[0]);
    caught[size > 0 ? size : 0] = '\0';
    return caught;
}

static void test_entry_is_one_line_with_its_level(void **state)
{
    (void)state;
    log_setup(SENSOR_NOTICE, false);
    catch_stderr();
    log_notice("hello %d\n", 7);
    log_error("no newline given");
    assert_string_equal(caught_text(), "notice: hello 7\nerror: no newline given\n");
}

static void test_entries_above_the_level_are_dropped(void **state)
{
    (void)state;
    log_setup(SENSOR_WARNING, false);
    catch_stderr();
    log_notice("not this");
    log_debug("nor this");
    log_warning("this");
    assert_string_equal(caught_text(), "warning: this\n");
}

static void test_hostile_bytes_are_named(void **state)
{
    (void)state;
    log_setup(SENSOR_DEBUG, false);
    catch_stderr();
    log_info("%s", "a\x1b[2Jb\nc\rd\x7f\xff\xc2\x9b\xe2\x80\xae한");
    assert_string_equal(caught_text(), "info: a\\x1b[2Jb\\x0ac\\x0dd\\x7f\\xff\\xc2\\x9b\\xe2\\x80\\xae한\n");
}

static void test_long_entry_is_cut_and_still_one_line(void **state)
{
    (void)state;
    char text[5000];
    memset(text, 1, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_setup(SENSOR_DEBUG, false);
    catch_stderr();
    log_debug("%s", text);
    const char *line = caught_text();
    size_t size = strlen(line);
    assert_int_equal(line[size - 1], '\n');
    assert_ptr_equal(strchr(line, '\n'), line + size - 1);
    assert_int_equal(size, strlen("debug: ") + (size_t)2047 * 4 + 1);
}

static void test_time_goes_in_front(void **state)
{
    (void)state;
    log_setup(SENSOR_NOTICE, true);
    catch_stderr();
    log_notice("x");
    const char *line = caught_text();
    log_setup(SENSOR_NOTICE, false);
    assert_int_equal(strlen(line), strlen("2026-03-01T12:00:00+0000 notice: x\n"));
    assert_int_equal(line[10], 'T');
}

static void test_errno_survives(void **state)
{
    (void)state;
    log_setup(SENSOR_NOTICE, false);
    catch_stderr();
    errno = ENOSPC;
    log_notice("x");
    int after = errno;
    caught_text();
    assert_int_equal(after, ENOSPC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entry_is_one_line_with_its_level),
        cmocka_unit_test(test_entries_above_the_level_are_dropped),
        cmocka_unit_test(test_hostile_bytes_are_named),
        cmocka_unit_test(test_long_entry_is_cut_and_still_one_line),
        cmocka_unit_test(test_time_goes_in_front),
        cmocka_unit_test(test_errno_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
