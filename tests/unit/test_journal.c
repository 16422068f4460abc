/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_journal.c - what is noted of a capture file comes back after a restart, whatever its name; what is no longer there is let go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/journal.h"

static char path[64], name[80];

static int set_up(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/haetae-test-XXXXXX");
    int fd = mkstemp(path);
    close(fd);
    snprintf(name, sizeof name, "%s a\n\\b", path); /* a path as bad as can be */
    FILE *file = fopen(name, "w");
    return fd < 0 || !file || fclose(file) != 0;
}

static int clean_up(void **state)
{
    (void)state;
    unlink(name);
    return unlink(path);
}

static struct input file_at(const char *at)
{
    struct stat st;
    assert_int_equal(stat(at, &st), 0);
    return (struct input){.path = (char *)(uintptr_t)at, .device = st.st_dev, .inode = st.st_ino, .size = 5, .modified_ns = 7};
}

static struct journal *open_it(void)
{
    struct error error = {{0}};
    struct journal *j = journal_open(path, &error);
    if (!j)
        fail_msg("%s", error.text);
    return j;
}

static void test_steps_come_back_after_a_restart(void **state)
{
    (void)state;
    struct input file = file_at(name);
    struct journal *j = open_it();
    assert_int_equal(journal_find(j, &file), JOURNAL_UNKNOWN);
    assert_true(journal_note(j, &file, JOURNAL_LISTED));
    assert_int_equal(journal_find(j, &file), JOURNAL_LISTED);
    journal_close(j);
    j = open_it(); /* that was in memory only */
    assert_int_equal(journal_find(j, &file), JOURNAL_UNKNOWN);
    assert_true(journal_note(j, &file, JOURNAL_BEGUN));
    assert_int_equal(journal_find(j, &file), JOURNAL_BEGUN);
    journal_close(j);
    j = open_it();
    assert_int_equal(journal_find(j, &file), JOURNAL_ABANDONED);
    assert_true(journal_note(j, &file, JOURNAL_READ));
    journal_close(j);
    for (int i = 0; i < 2; i++) { /* each start writes it anew */
        j = open_it();
        assert_int_equal(journal_find(j, &file), JOURNAL_READ);
        journal_close(j);
    }
}

static void test_another_size_or_time_is_another_file(void **state)
{
    (void)state;
    struct input file = file_at(name), other = file;
    struct journal *j = open_it();
    assert_true(journal_note(j, &file, JOURNAL_READ));
    other.size++;
    assert_int_equal(journal_find(j, &other), JOURNAL_UNKNOWN);
    other = file;
    other.modified_ns++;
    assert_int_equal(journal_find(j, &other), JOURNAL_UNKNOWN);
    journal_close(j);
}

static void test_old_files_that_have_gone_are_let_go(void **state)
{
    (void)state;
    struct input file = file_at(name);
    struct journal *j = open_it();
    assert_true(journal_note(j, &file, JOURNAL_READ));
    journal_close(j);
    unlink(name);
    journal_close(open_it());
    struct stat st;
    assert_true(stat(path, &st) == 0 && st.st_size == 0);
    j = open_it();
    assert_int_equal(journal_find(j, &file), JOURNAL_UNKNOWN);
    file.modified_ns = (uint64_t)time(NULL) * 1000000000; /* it may come back under another name */
    assert_true(journal_note(j, &file, JOURNAL_READ));
    journal_close(j);
    journal_close(open_it());
    j = open_it();
    assert_int_equal(journal_find(j, &file), JOURNAL_READ);
    journal_close(j);
}

static void test_a_cut_or_odd_line_is_passed_over(void **state)
{
    (void)state;
    struct input file = file_at(name);
    struct journal *j = open_it();
    assert_true(journal_note(j, &file, JOURNAL_READ));
    journal_close(j);
    FILE *text = fopen(path, "a");
    fputs("nonsense\nread 1 2 3\nread x y z 1 p\nfinished 1 2 3 4 p\n\nbegun 1 2 3 4 cut off here", text);
    fclose(text);
    j = open_it();
    assert_int_equal(journal_find(j, &file), JOURNAL_READ);
    journal_close(j);
}

static void test_a_journal_has_one_user(void **state)
{
    (void)state;
    struct journal *j = open_it();
    struct error error = {{0}};
    assert_null(journal_open(path, &error));
    assert_non_null(strstr(error.text, "another haetae"));
    journal_close(j);
    assert_null(journal_open("/nonexistent/journal", &error));
    assert_string_equal(error.text, "/nonexistent/journal: No such file or directory");
    journal_close(NULL);
}

static void test_a_journal_is_a_file_and_no_link(void **state)
{
    (void)state;
    struct error error = {{0}};
    char fresh[80];
    struct stat st;
    unlink(name);
    assert_int_equal(symlink(path, name), 0);
    assert_null(journal_open(name, &error));
    assert_int_equal(unlink(name), 0);
    assert_int_equal(mkfifo(name, 0600), 0);
    assert_null(journal_open(name, &error));
    assert_non_null(strstr(error.text, "no regular file"));
    snprintf(fresh, sizeof fresh, "%s.new", path);
    assert_int_equal(symlink("/dev/null", fresh), 0);
    journal_close(open_it());
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(st.st_mode & 0777 & ~0640u, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, clean_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_steps_come_back_after_a_restart),       TEST(test_another_size_or_time_is_another_file),
        TEST(test_old_files_that_have_gone_are_let_go),   TEST(test_a_cut_or_odd_line_is_passed_over),
        TEST(test_a_journal_has_one_user),                TEST(test_a_journal_is_a_file_and_no_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
