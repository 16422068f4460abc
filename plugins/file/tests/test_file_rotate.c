/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_file_rotate.c - a filename that holds the time: which lines go to which file. The time is pretended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "file_test.h"

/* ----------------------------------------------------------- the clock */

static time_t pretended; /* 0: the true time */

/* Stands in front of the C library's. */
time_t time(time_t *out)
{
    struct timespec now = {.tv_sec = pretended};
    if (pretended == 0)
        clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL)
        *out = now.tv_sec;
    return now.tv_sec;
}

/* -------------------------------------------------------------- rotation */

static void *open_rotating(const char *name, const char *interval)
{
    static char filename[160], rotate[64];
    snprintf(filename, sizeof filename, "filename=%s/%s", folder, name);
    snprintf(rotate, sizeof rotate, "rotate-interval=%s", interval);
    options[0] = filename;
    options[1] = rotate;
    return open_with(options);
}

static const char *file_named(const char *name)
{
    static char full[160];
    snprintf(full, sizeof full, "%s/%s", folder, name);
    return full;
}

static void test_a_name_with_the_time_changes_at_the_full_minute(void **state)
{
    (void)state;
    pretended = 1772366430; /* 2026-03-01 12:00:30 UTC */
    void *f = open_rotating("eve-%Y-%m-%d-%H:%M.json", "minute");
    assert_non_null(f);
    assert_int_equal(say(f, "{1}\n"), SENSOR_WRITTEN);
    pretended += 29;
    assert_int_equal(say(f, "{2}\n"), SENSOR_WRITTEN);
    pretended += 1;
    assert_int_equal(say(f, "{3}\n"), SENSOR_WRITTEN);
    pretended += 120;
    assert_int_equal(say(f, "{4}\n"), SENSOR_WRITTEN);
    sink->close(f);
    pretended = 0;
    assert_string_equal(content(file_named("eve-2026-03-01-12:00.json")), "{1}\n{2}\n");
    assert_string_equal(content(file_named("eve-2026-03-01-12:01.json")), "{3}\n");
    assert_string_equal(content(file_named("eve-2026-03-01-12:03.json")), "{4}\n");
}

static void test_an_interval_of_seconds_counts_from_the_start(void **state)
{
    (void)state;
    pretended = 1772366430;
    void *f = open_rotating("%s.json", "45s");
    say(f, "{1}\n");
    pretended += 44;
    say(f, "{2}\n");
    pretended += 1;
    say(f, "{3}\n");
    sink->close(f);
    pretended = 0;
    assert_string_equal(content(file_named("1772366430.json")), "{1}\n{2}\n");
    assert_string_equal(content(file_named("1772366475.json")), "{3}\n");
}

static void test_a_next_file_that_is_refused_leaves_the_old_one(void **state)
{
    (void)state;
    pretended = 1772366430;
    void *f = open_rotating("%s.json", "1m");
    assert_int_equal(symlink("/dev/null", file_named("1772366490.json")), 0);
    pretended += 60;
    assert_int_equal(say(f, "{1}\n"), SENSOR_WRITTEN);
    assert_non_null(strstr(said, "cannot rotate"));
    assert_non_null(strstr(said, "symbolic link"));
    pretended += 60;
    assert_int_equal(say(f, "{2}\n"), SENSOR_WRITTEN);
    sink->close(f);
    pretended = 0;
    assert_string_equal(content(file_named("1772366430.json")), "{1}\n");
    assert_string_equal(content(file_named("1772366550.json")), "{2}\n");
}

static void test_a_line_begun_is_finished_in_its_file(void **state)
{
    struct rlimit limit = {9, RLIM_INFINITY}, none = {RLIM_INFINITY, RLIM_INFINITY};
    (void)state;
    pretended = 1772366430;
    void *f = open_rotating("%s.json", "1m");
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(say(f, "{1}\n{234567}\n"), SENSOR_RETRY); /* full in the second line */
    setrlimit(RLIMIT_FSIZE, &none);
    pretended += 60;
    assert_int_equal(say(f, "{1}\n"), SENSOR_WRITTEN);
    assert_int_equal(say(f, "{234567}\n"), SENSOR_WRITTEN);
    sink->close(f);
    pretended = 0;
    assert_string_equal(content(file_named("1772366430.json")), "{1}\n");
    assert_string_equal(content(file_named("1772366490.json")), "{234567}\n");
}

static void test_an_interval_that_is_none_is_refused(void **state)
{
    static const char *const wrong[] = {"week", "0", "-5s", "5x", "s", "99999999s"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_null(open_rotating("x", wrong[i]));
        assert_non_null(strstr(why, "use minute, hour, day, or a time like 30s or 5m"));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, clean_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_name_with_the_time_changes_at_the_full_minute),
        TEST(test_an_interval_of_seconds_counts_from_the_start),
        TEST(test_a_next_file_that_is_refused_leaves_the_old_one),
        TEST(test_a_line_begun_is_finished_in_its_file),
        TEST(test_an_interval_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
