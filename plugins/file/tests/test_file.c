/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_file.c - the file sink: whole lines only, whatever the disk does. A limit on the file size plays the full disk: the
 * kernel writes what fits and then refuses, as it does with ENOSPC.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "file_test.h"

static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* ------------------------------------------------------------------ tests */

static void test_a_new_file_gets_its_mode_whatever_the_umask(void **state)
{
    struct stat st;
    (void)state;
    mode_t old = umask(0077);
    options[1] = "filemode=0644";
    void *f = open_with(options);
    umask(old);
    assert_non_null(f);
    assert_int_equal(say(f, "{\"a\":1}\n"), SENSOR_WRITTEN);
    assert_true(sink->flush(f));
    sink->close(f);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    assert_string_equal(content(path), "{\"a\":1}\n");
}

static void test_the_default_mode_keeps_others_out(void **state)
{
    struct stat st;
    (void)state;
    sink->close(open_with(options));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
}

static void test_a_relative_name_lives_in_the_directory(void **state)
{
    char directory[96];
    (void)state;
    snprintf(directory, sizeof directory, "directory=%s", folder);
    options[0] = "filename=other.json";
    options[1] = directory;
    sink->close(open_with(options));
    snprintf(path, sizeof path, "%s/other.json", folder);
    assert_int_equal(access(path, F_OK), 0);
}

static void test_append_keeps_and_no_append_empties(void **state)
{
    (void)state;
    put(path, "{\"old\":1}\n", 10);
    void *f = open_with(options);
    say(f, "{\"new\":1}\n");
    sink->close(f);
    assert_string_equal(content(path), "{\"old\":1}\n{\"new\":1}\n");
    options[1] = "append=no";
    f = open_with(options);
    say(f, "{\"new\":2}\n");
    sink->close(f);
    assert_string_equal(content(path), "{\"new\":2}\n");
}

static void test_a_torn_last_line_is_cut_and_its_size_told(void **state)
{
    (void)state;
    put(path, "{\"a\":1}\n{\"b\":", 13);
    sink->close(open_with(options));
    assert_string_equal(content(path), "{\"a\":1}\n");
    assert_non_null(strstr(said, ": 5 bytes of a torn last line removed"));
}

static void test_a_torn_only_line_longer_than_a_block_is_cut(void **state)
{
    static char text[200000];
    (void)state;
    memset(text, 'x', sizeof text);
    text[0] = '{';
    put(path, text, sizeof text);
    sink->close(open_with(options));
    assert_string_equal(content(path), "");
}

static void test_zeros_after_a_crash_are_cut(void **state)
{
    (void)state;
    put(path, "{\"a\":1}\n\0\0\0\0", 12);
    sink->close(open_with(options));
    assert_string_equal(content(path), "{\"a\":1}\n");
}

static void test_a_file_that_is_no_log_is_not_touched(void **state)
{
    (void)state;
    put(path, "dear diary", 10);
    assert_null(open_with(options));
    assert_non_null(strstr(why, "does not end in a line of events; not touched"));
    assert_string_equal(content(path), "dear diary");
}

static void test_links_fifos_and_directories_are_refused(void **state)
{
    char target[128];
    (void)state;
    snprintf(target, sizeof target, "%s/target", folder);
    put(target, "", 0);
    assert_int_equal(symlink(target, path), 0);
    assert_null(open_with(options));
    assert_non_null(strstr(why, "symbolic link"));
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_null(open_with(options));
    assert_non_null(strstr(why, "is not a regular file"));
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_null(open_with(options));
    assert_non_null(strstr(why, "cannot open"));
}

static void test_a_second_writer_is_refused(void **state)
{
    (void)state;
    void *f = open_with(options);
    assert_non_null(f);
    assert_null(open_with(options));
    assert_non_null(strstr(why, "is writing to it"));
    sink->close(f);
    f = open_with(options);
    assert_non_null(f);
    sink->close(f);
}

static void test_bad_options_say_what_to_do(void **state)
{
    (void)state;
    options[1] = "filetype=regulr";
    assert_null(open_with(options));
    assert_string_equal(why, "filetype 'regulr' is unknown; use regular or stdout");
    options[1] = "filemode=rw";
    assert_null(open_with(options));
    assert_string_equal(why, "filemode 'rw' is no octal mode; use for example 640");
    options[0] = "filename=";
    options[1] = NULL;
    assert_null(open_with(options));
    assert_string_equal(why, "filename is empty");
    options[0] = "filename=/nonexistent/dir/eve.json";
    assert_null(open_with(options));
    assert_non_null(strstr(why, "/nonexistent/dir/eve.json: cannot open: No such file or directory; create the directory"));
}

/* Three lines of ten bytes; room for two and a half. */
static void test_a_full_disk_leaves_whole_lines_and_writes_none_twice(void **state)
{
    static const char lines[] = "{\"n\":001}\n{\"n\":002}\n{\"n\":003}\n";
    (void)state;
    void *f = open_with(options);
    limit_file_size(25);
    assert_int_equal(say(f, lines), SENSOR_RETRY);
    assert_string_equal(content(path), "{\"n\":001}\n{\"n\":002}\n");
    assert_non_null(strstr(sink->error(f), "cannot write: File too large"));
    /* Line by line, as the host comes back: two are there already. */
    assert_int_equal(say(f, "{\"n\":001}\n"), SENSOR_WRITTEN);
    assert_int_equal(say(f, "{\"n\":002}\n{\"n\":003}\n"), SENSOR_RETRY);
    assert_int_equal(say(f, "{\"n\":002}\n"), SENSOR_WRITTEN);
    assert_int_equal(say(f, "{\"n\":003}\n"), SENSOR_RETRY);
    assert_string_equal(content(path), "{\"n\":001}\n{\"n\":002}\n");
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(say(f, "{\"n\":003}\n"), SENSOR_WRITTEN);
    assert_string_equal(sink->error(f), "");
    assert_int_equal(say(f, "{\"n\":004}\n"), SENSOR_WRITTEN);
    sink->close(f);
    assert_string_equal(content(path), "{\"n\":001}\n{\"n\":002}\n{\"n\":003}\n{\"n\":004}\n");
}

/* Every number of bytes that may fit, from none to all. */
static void test_no_line_is_torn_wherever_the_disk_fills(void **state)
{
    static const char lines[] = "{\"a\":1}\n{\"bb\":22}\n{\"c\":3}\n";
    (void)state;
    for (size_t fit = 0; fit <= sizeof lines - 1; fit++) {
        options[1] = "append=no";
        void *f = open_with(options);
        limit_file_size(fit);
        enum sensor_written result = say(f, lines);
        limit_file_size(RLIM_INFINITY);
        const char *text = content(path);
        size_t size = strlen(text);
        assert_true(size <= fit && (size == 0 || text[size - 1] == '\n'));
        assert_int_equal(strncmp(text, lines, size), 0);
        assert_int_equal(result, fit == sizeof lines - 1 ? SENSOR_WRITTEN : SENSOR_RETRY);
        if (result == SENSOR_RETRY)
            assert_int_equal(say(f, lines), SENSOR_WRITTEN);
        sink->close(f);
        assert_string_equal(content(path), lines);
    }
}

static void test_reopen_follows_a_renamed_file(void **state)
{
    char old[160];
    (void)state;
    void *f = open_with(options);
    say(f, "{\"n\":1}\n");
    snprintf(old, sizeof old, "%s.1", path);
    assert_int_equal(rename(path, old), 0);
    say(f, "{\"n\":2}\n");
    assert_true(sink->reopen(f));
    say(f, "{\"n\":3}\n");
    assert_true(sink->reopen(f)); /* the same file again */
    say(f, "{\"n\":4}\n");
    sink->close(f);
    assert_string_equal(content(old), "{\"n\":1}\n{\"n\":2}\n");
    assert_string_equal(content(path), "{\"n\":3}\n{\"n\":4}\n");
}

static void test_reopen_keeps_the_old_file_when_the_new_one_is_refused(void **state)
{
    char old[160];
    (void)state;
    options[1] = "append=no";
    void *f = open_with(options);
    snprintf(old, sizeof old, "%s.1", path);
    assert_int_equal(rename(path, old), 0);
    assert_int_equal(symlink(old, path), 0);
    assert_false(sink->reopen(f));
    assert_non_null(strstr(sink->error(f), "symbolic link"));
    say(f, "{\"n\":1}\n");
    assert_string_equal(content(old), "{\"n\":1}\n");
    unlink(path);
    put(path, "{\"kept\":1}\n", 11); /* reopening never empties */
    assert_true(sink->reopen(f));
    say(f, "{\"n\":2}\n");
    sink->close(f);
    assert_string_equal(content(path), "{\"kept\":1}\n{\"n\":2}\n");
}

/* Standard output becomes a pipe for the time of a test. */
static int saved_stdout, reader;

static void *open_pipe(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(stdout);
    saved_stdout = dup(STDOUT_FILENO);
    assert_int_equal(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
    close(ends[1]);
    reader = ends[0];
    options[0] = "filetype=stdout";
    return open_with(options);
}

static void close_pipe(void *f)
{
    sink->close(f);
    dup2(saved_stdout, STDOUT_FILENO);
    close(saved_stdout);
}

static void test_a_full_pipe_is_busy_and_goes_on_where_it_stopped(void **state)
{
    enum { LINES = 4000, LINE = 64 };
    static char lines[LINES * LINE + 1], got[sizeof lines];
    size_t size = 0;
    (void)state;
    for (size_t i = 0; i < LINES; i++)
        snprintf(lines + i * LINE, LINE + 1, "{\"n\":%057zu}\n", i);
    void *f = open_pipe();
    enum sensor_written result;
    while ((result = say(f, lines)) == SENSOR_RETRY) {
        assert_string_equal(sink->error(f), "");
        ssize_t n = read(reader, got + size, sizeof got - size < 100000 ? sizeof got - size : 100000);
        assert_true(n > 0);
        size += (size_t)n;
    }
    close_pipe(f);
    assert_int_equal(result, SENSOR_WRITTEN);
    for (ssize_t n = 1; n > 0; size += (size_t)n)
        n = read(reader, got + size, sizeof got - size);
    close(reader);
    assert_int_equal(size, sizeof lines - 1);
    assert_memory_equal(got, lines, size);
}

static void test_a_pipe_without_reader_loses_and_says_so(void **state)
{
    (void)state;
    void *f = open_pipe();
    assert_int_equal(say(f, "{\"n\":1}\n"), SENSOR_WRITTEN);
    close(reader);
    enum sensor_written first = say(f, "{\"n\":2}\n{\"n\":3}\n"), second = say(f, "{\"n\":4}\n");
    assert_non_null(strstr(sink->error(f), "standard output: cannot write: Broken pipe"));
    assert_true(sink->reopen(f));
    close_pipe(f);
    assert_int_equal(first, SENSOR_LOST);
    assert_int_equal(second, SENSOR_LOST);
}

int main(void)
{
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, clean_up)
    const struct CMUnitTest tests[] = {
        TEST(test_a_new_file_gets_its_mode_whatever_the_umask),
        TEST(test_the_default_mode_keeps_others_out),
        TEST(test_a_relative_name_lives_in_the_directory),
        TEST(test_append_keeps_and_no_append_empties),
        TEST(test_a_torn_last_line_is_cut_and_its_size_told),
        TEST(test_a_torn_only_line_longer_than_a_block_is_cut),
        TEST(test_zeros_after_a_crash_are_cut),
        TEST(test_a_file_that_is_no_log_is_not_touched),
        TEST(test_links_fifos_and_directories_are_refused),
        TEST(test_a_second_writer_is_refused),
        TEST(test_bad_options_say_what_to_do),
        TEST(test_a_full_disk_leaves_whole_lines_and_writes_none_twice),
        TEST(test_no_line_is_torn_wherever_the_disk_fills),
        TEST(test_reopen_follows_a_renamed_file),
        TEST(test_reopen_keeps_the_old_file_when_the_new_one_is_refused),
        TEST(test_a_full_pipe_is_busy_and_goes_on_where_it_stopped),
        TEST(test_a_pipe_without_reader_loses_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
