/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_backlog.c - lines on disk come out as they went in, over restarts, whatever became of the end of a file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <limits.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/backlog.h"

static char directory[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/haetae-backlog-XXXXXX");
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int clean_up(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command);
}

static struct backlog *open_it(uint64_t limit)
{
    struct error error = {""};
    struct backlog *b = backlog_open(directory, "eve-log", limit, &error);
    if (b == NULL)
        print_error("%s\n", error.text);
    assert_non_null(b);
    return b;
}

static bool append(struct backlog *b, unsigned n)
{
    char text[64];
    int size = snprintf(text, sizeof text, "{\"n\":%u}\n", n);
    struct backlog_line line = {.facts = {.sequence = n, .time_ns = 7, .count = 1, .type = EVENT_DNS}, .has_host = true,
                                .text = {(const uint8_t *)text, (size_t)size}};
    line.host.bytes[15] = (uint8_t)n;
    return backlog_append(b, &line);
}

/* Passes at most so many lines and checks that they are numbers from `first` on; returns how many. */
static unsigned pass_some(struct backlog *b, unsigned first, unsigned most)
{
    char text[64];
    const struct backlog_line *line;
    unsigned n = first;
    for (; n - first < most && (line = backlog_peek(b)) != NULL; n++) {
        int size = snprintf(text, sizeof text, "{\"n\":%u}\n", n);
        assert_int_equal(line->text.size, size);
        assert_memory_equal(line->text.at, text, (size_t)size);
        assert_int_equal(line->facts.sequence, n);
        assert_int_equal(line->facts.type, EVENT_DNS);
        assert_true(line->has_host && line->host.bytes[15] == (uint8_t)n);
        backlog_pass(b);
    }
    return n - first;
}

static unsigned pass_from(struct backlog *b, unsigned first)
{
    return pass_some(b, first, UINT_MAX);
}

static void path_of(const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s/eve-log/%s", directory, name);
}

static unsigned segments(void)
{
    char path[128];
    unsigned count = 0;
    path_of("", path, sizeof path);
    DIR *d = opendir(path);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        count += strstr(e->d_name, ".spool") != NULL;
    closedir(d);
    return count;
}

/* ---------------------------------------------------------------- tests */

static void test_first_in_first_out(void **state)
{
    (void)state;
    struct backlog *b = open_it(1 << 20);
    assert_int_equal(backlog_count(b), 0);
    for (unsigned n = 0; n < 300; n++)
        assert_true(append(b, n));
    assert_int_equal(pass_from(b, 0), 300);
    assert_int_equal(backlog_count(b), 300);
    backlog_consume(b, 100);
    append(b, 300);
    assert_int_equal(pass_from(b, 300), 1);
    backlog_consume(b, 201);
    assert_int_equal(backlog_count(b), 0);
    assert_int_equal(segments(), 0);
    append(b, 301);
    assert_int_equal(pass_from(b, 301), 1);
    backlog_close(b);
}

static void test_a_restart_goes_on_behind_what_was_consumed(void **state)
{
    (void)state;
    struct backlog *b = open_it(1 << 20);
    for (unsigned n = 0; n < 5000; n++)
        append(b, n);
    assert_true(segments() > 3);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(pass_some(b, i * 1024, 1024), 1024);
        backlog_consume(b, 1024);
    }
    backlog_consume(b, 0);
    assert_non_null(backlog_peek(b));
    backlog_pass(b); /* passed, not consumed: comes again */
    backlog_close(b);
    assert_true(segments() < 4);
    b = open_it(1 << 20);
    assert_int_equal(backlog_count(b), 5000 - 4096);
    assert_int_equal(backlog_repaired_bytes(b), 0);
    append(b, 5000);
    assert_int_equal(pass_from(b, 4096), 905);
    backlog_consume(b, 905);
    backlog_close(b);
    b = open_it(1 << 20);
    assert_int_equal(backlog_count(b), 0);
    backlog_close(b);
}

static void test_a_file_cut_anywhere_loses_the_torn_line_only(void **state)
{
    char path[128];
    struct stat st;
    (void)state;
    struct backlog *b = open_it(1 << 20);
    for (unsigned n = 0; n < 4; n++)
        append(b, n);
    backlog_close(b);
    path_of("0000000000000001.spool", path, sizeof path);
    assert_int_equal(stat(path, &st), 0);
    off_t record = st.st_size / 4;
    for (off_t size = st.st_size - 1; size >= 0; size--) {
        assert_int_equal(truncate(path, size), 0);
        b = open_it(1 << 20);
        assert_int_equal(backlog_count(b), size / record);
        assert_int_equal(backlog_repaired_bytes(b), size % record);
        assert_int_equal(pass_from(b, 0), size / record);
        backlog_close(b);
    }
}

static void test_a_flipped_bit_is_found(void **state)
{
    char path[128];
    uint8_t byte = 0;
    (void)state;
    for (off_t at = 0; at < 64; at++) {
        struct backlog *b = open_it(1 << 20);
        uint64_t before = backlog_count(b);
        for (; before < 3; before++)
            append(b, (unsigned)before);
        backlog_close(b);
        path_of("0000000000000001.spool", path, sizeof path);
        int fd = open(path, O_RDWR);
        assert_true(fd >= 0 && pread(fd, &byte, 1, at) == 1);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        close(fd);
        b = open_it(1 << 20);
        assert_int_equal(backlog_count(b), at < 56 ? 0 : backlog_count(b));
        assert_true(backlog_repaired_bytes(b) > 0);
        backlog_close(b);
        assert_int_equal(clean_up(NULL), 0);
        assert_int_equal(mkdir(directory, 0700), 0);
    }
}

static void test_a_damaged_note_makes_lines_come_again(void **state)
{
    char path[128];
    (void)state;
    struct backlog *b = open_it(1 << 20);
    for (unsigned n = 0; n < 10; n++)
        append(b, n);
    pass_from(b, 0);
    backlog_consume(b, 5);
    backlog_close(b);
    path_of("position", path, sizeof path);
    assert_int_equal(truncate(path, 10), 0);
    b = open_it(1 << 20);
    assert_int_equal(backlog_count(b), 10);
    assert_int_equal(pass_from(b, 0), 10);
    backlog_close(b);
}

static void test_the_last_quarter_is_for_alerts(void **state)
{
    (void)state;
    struct backlog *b = open_it(1 << 20);
    unsigned n = 0;
    for (; backlog_has_room(b, 100, 1, false); n++)
        append(b, n);
    assert_true(backlog_has_room(b, 100, 1, true));
    assert_true(backlog_has_room(b, (1 << 18) - 1000, 1, true));
    assert_false(backlog_has_room(b, (1 << 18) + 200, 1, true));
    assert_true(n > BACKLOG_PASSED_MAX);
    assert_int_equal(pass_from(b, 0), BACKLOG_PASSED_MAX);
    backlog_consume(b, BACKLOG_PASSED_MAX);
    backlog_close(b);
}

static void test_a_full_disk_appends_nothing(void **state)
{
    struct rlimit old, tight = {3000, 3000};
    (void)state;
    struct backlog *b = open_it(1 << 20);
    getrlimit(RLIMIT_FSIZE, &old);
    tight.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tight);
    unsigned n = 0;
    while (append(b, n))
        n++;
    assert_true(n > 10 && n < 60);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_true(append(b, n));
    backlog_close(b);
    b = open_it(1 << 20);
    assert_int_equal(backlog_repaired_bytes(b), 0);
    assert_int_equal(pass_from(b, 0), n + 1);
    backlog_close(b);
}

static void test_what_somebody_destroys_is_counted(void **state)
{
    char path[128];
    (void)state;
    struct backlog *b = open_it(1 << 20);
    for (unsigned n = 0; n < 10; n++)
        append(b, n);
    path_of("0000000000000001.spool", path, sizeof path);
    assert_int_equal(truncate(path, 100), 0);
    assert_int_equal(pass_from(b, 0), 1);
    backlog_consume(b, 1);
    assert_true(backlog_is_broken(b));
    assert_int_equal(backlog_clear(b), 9);
    assert_false(backlog_is_broken(b));
    append(b, 10);
    assert_int_equal(pass_from(b, 10), 1);
    backlog_close(b);
}

static void test_one_process_at_a_time(void **state)
{
    struct error error = {""};
    (void)state;
    struct backlog *b = open_it(1 << 20);
    assert_null(backlog_open(directory, "eve-log", 1 << 20, &error));
    assert_non_null(strstr(error.text, "another process uses this spool"));
    backlog_close(b);
    assert_null(backlog_open("/nowhere/at/all", "eve-log", 1 << 20, &error));
    assert_non_null(strstr(error.text, "cannot make the spool"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, clean_up)
    const struct CMUnitTest tests[] = {
        TEST(test_first_in_first_out),
        TEST(test_a_restart_goes_on_behind_what_was_consumed),
        TEST(test_a_file_cut_anywhere_loses_the_torn_line_only),
        TEST(test_a_flipped_bit_is_found),
        TEST(test_a_damaged_note_makes_lines_come_again),
        TEST(test_the_last_quarter_is_for_alerts),
        TEST(test_a_full_disk_appends_nothing),
        TEST(test_what_somebody_destroys_is_counted),
        TEST(test_one_process_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
