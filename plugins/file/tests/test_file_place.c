/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_file_place.c - what stands where the log file should be and is not one is refused and left as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <sys/un.h>

#include "file_test.h"

static char other[160];

/* The path of a further file, with one line in it. */
static const char *make_other(void)
{
    snprintf(other, sizeof other, "%s/other", folder);
    put(other, "{\"mine\":1}\n", 11);
    return other;
}

static void expect_refusal(const char *words)
{
    void *f = open_with(options);
    if (f != NULL)
        sink->close(f);
    assert_null(f);
    if (strstr(why, words) == NULL)
        fail_msg("'%s' is not in '%s'", words, why);
}

static void test_names_that_go_up_are_refused(void **state)
{
    static const char *const names[] = {"filename=../eve.json", "filename=a/../eve.json", "filename=..",
                                        "filename=/tmp/../eve.json", "filename=a/.."};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        options[0] = names[i];
        expect_refusal("goes up with '..'");
    }
    options[0] = "filename=..eve..json";
    options[1] = "directory=/nonexistent"; /* a name with dots is a name */
    expect_refusal("/nonexistent: cannot open: No such file");
}

static void test_a_name_that_is_a_directory_is_refused(void **state)
{
    (void)state;
    options[0] = "filename=/tmp/";
    expect_refusal("is a directory; name a file in it");
    options[0] = "filename=/tmp/%D.json"; /* month/day/year */
    expect_refusal("must not lead elsewhere");
}

static void test_a_dangling_link_is_refused_and_its_target_not_made(void **state)
{
    char target[160];
    (void)state;
    snprintf(target, sizeof target, "%s/target", folder);
    assert_int_equal(symlink(target, path), 0);
    expect_refusal("it is a symbolic link");
    assert_int_equal(access(target, F_OK), -1);
}

static void test_a_link_on_the_way_below_the_directory_is_refused(void **state)
{
    char directory[160], link[160];
    (void)state;
    snprintf(directory, sizeof directory, "directory=%s", folder);
    snprintf(link, sizeof link, "%s/sub", folder);
    assert_int_equal(symlink("/tmp", link), 0);
    options[0] = "filename=sub/haetae-eve.json";
    options[1] = directory;
    expect_refusal("cannot open: Not a directory");
    unlink(link);
    assert_int_equal(mkdir(link, 0700), 0);
    void *f = open_with(options);
    assert_non_null(f);
    sink->close(f);
}

static void test_a_file_with_a_second_name_is_refused(void **state)
{
    (void)state;
    assert_int_equal(link(make_other(), path), 0);
    expect_refusal("has another name too (a hard link)");
    assert_string_equal(content(other), "{\"mine\":1}\n");
}

static void test_a_fifo_with_a_reader_a_socket_and_a_device_are_refused(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    expect_refusal("is not a regular file");
    close(reader);
    unlink(path);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(address.sun_path, path);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    expect_refusal("cannot open: No such device or address");
    close(listener);
    options[0] = "filename=/dev/full";
    expect_refusal("/dev/full: is not a regular file");
}

/* Somebody else was there first, in a directory like /tmp. */
static void test_somebody_elses_file_in_a_directory_for_all_is_refused(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    put(path, "", 0);
    assert_int_equal(chown(path, 12345, 12345), 0);
    sink->close(open_with(options)); /* root may, where nobody else can put files */
    assert_int_equal(chmod(folder, 01777), 0);
    expect_refusal("belongs to uid 12345, and anyone can write to its directory");
    assert_int_equal(chown(path, 0, 0), 0);
    void *f = open_with(options);
    assert_non_null(f);
    sink->close(f);
}

/* The path to the directory may change, as the user that we are may: it is held open. */
static void test_the_directory_stays_the_one_that_was_opened(void **state)
{
    char sub[160], moved[160], filename[200], name[220];
    (void)state;
    snprintf(sub, sizeof sub, "%s/sub", folder);
    snprintf(moved, sizeof moved, "%s/moved", folder);
    snprintf(filename, sizeof filename, "filename=%s/eve.json", sub);
    assert_int_equal(mkdir(sub, 0700), 0);
    options[0] = filename;
    void *f = open_with(options);
    assert_int_equal(rename(sub, moved), 0);
    assert_int_equal(symlink("/tmp", sub), 0);
    snprintf(name, sizeof name, "%s/eve.json", moved);
    assert_int_equal(unlink(name), 0);
    assert_true(sink->reopen(f));
    say(f, "{1}\n");
    sink->close(f);
    assert_string_equal(content(name), "{1}\n");
}

static void test_the_names_of_standard_output(void **state)
{
    static const char *const names[] = {"filename=-", "filename=/dev/stdout", "filetype=stdout"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        options[0] = names[i];
        void *f = open_with(options);
        assert_non_null(f);
        assert_int_equal(say(f, ""), SENSOR_WRITTEN);
        sink->close(f);
        assert_int_equal(access("-", F_OK), -1);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, clean_up)
    const struct CMUnitTest tests[] = {
        TEST(test_names_that_go_up_are_refused),
        TEST(test_a_name_that_is_a_directory_is_refused),
        TEST(test_a_dangling_link_is_refused_and_its_target_not_made),
        TEST(test_a_link_on_the_way_below_the_directory_is_refused),
        TEST(test_a_file_with_a_second_name_is_refused),
        TEST(test_a_fifo_with_a_reader_a_socket_and_a_device_are_refused),
        TEST(test_somebody_elses_file_in_a_directory_for_all_is_refused),
        TEST(test_the_directory_stays_the_one_that_was_opened),
        TEST(test_the_names_of_standard_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
