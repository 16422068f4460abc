/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_file_old.c - old files: which are ours, that a compressed one holds what it held, whenever the last run was killed, and which are
 * deleted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>

#include "file.h"
#include "file_test.h"

/* ------------------------------------------------------------------- names */

static void expect_name(const char *pattern, const char *name, bool ours, enum old_kind kind)
{
    enum old_kind got = OLD_PLAIN;
    if (old_is_ours(pattern, name, &got) != ours)
        fail_msg("%s of %s", name, pattern);
    if (ours)
        assert_int_equal(got, kind);
}

static void test_a_fixed_name_with_a_time_behind_it_is_ours(void **state)
{
    (void)state;
    expect_name("eve.json", "eve.json.20261121-031502", true, OLD_PLAIN);
    expect_name("eve.json", "eve.json.20261121-031502-12", true, OLD_PLAIN);
    expect_name("eve.json", "eve.json.20261121-031502.gz", true, OLD_PACKED);
    expect_name("eve.json", "eve.json.20261121-031502-2-3.zst", false, OLD_PACKED);
    expect_name("eve.json", "eve.json.20261121-031502-2.zst", true, OLD_PACKED);
    expect_name("eve.json", "eve.json.20261121-031502.zst.part", true, OLD_PART);
}

static void test_what_others_made_is_not_ours(void **state)
{
    static const char *const names[] = {"eve.json",
                                        "eve.json.gz",
                                        "eve.json.1",
                                        "eve.json.2.gz",
                                        "eve.json-2",
                                        "eve.json.20261321-031502", /* no month */
                                        "eve.json.20261121-031502.part",
                                        "eve.json.20261121-031502.bz2",
                                        "eve.json.20261121-031502-1234567",
                                        "eve.json.20261121-031502-",
                                        "eve.json.20261121 031502",
                                        "eve.json.2026112-0315020",
                                        "alerts.json.20261121-031502",
                                        "xeve.json.20261121-031502",
                                        ".gz",
                                        ""};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        expect_name("eve.json", names[i], false, OLD_PLAIN);
}

static void test_a_name_made_of_the_time_is_ours_when_it_comes_out_again(void **state)
{
    static const char pattern[] = "eve-%Y-%m-%d-%H:%M.json";
    (void)state;
    expect_name(pattern, "eve-2026-11-21-03:15.json", true, OLD_PLAIN);
    expect_name(pattern, "eve-2026-11-21-03:15.json.gz", true, OLD_PACKED);
    expect_name(pattern, "eve-2026-11-21-03:15.json-2.gz", true, OLD_PACKED);
    expect_name(pattern, "eve-2026-11-21-03:15.json.20261121-031559-3", true, OLD_PLAIN);
    expect_name(pattern, "eve-2026-11-21-3:15.json", false, OLD_PLAIN);
    expect_name(pattern, "eve-alerts.json", false, OLD_PLAIN);
    expect_name(pattern, "eve-2026-11-21-03:15.json.1", false, OLD_PLAIN);
    expect_name("eve-%Y.json", "eve-alerts.json", false, OLD_PLAIN);
    expect_name("eve.json-%Y-%m-%d", "eve.json-2026-11-21", true, OLD_PLAIN);
    expect_name("eve.json-%Y-%m-%d", "eve.json-2026-11", false, OLD_PLAIN);
    expect_name("%s.json", "1772366430.json", true, OLD_PLAIN);
}

/* No name of any length or letters makes trouble. */
static void test_names_cut_at_every_length(void **state)
{
    static const char whole[] = "eve-2026-11-21-03:15.json.20261121-031559-3.gz.part";
    char name[sizeof whole], long_name[600];
    enum old_kind kind;
    (void)state;
    for (size_t size = 0; size < sizeof whole; size++) {
        memcpy(name, whole, size);
        name[size] = '\0';
        old_is_ours("eve-%Y-%m-%d-%H:%M.json", name, &kind);
        old_is_ours("eve.json", name, &kind);
    }
    memset(long_name, '1', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_false(old_is_ours("%s", long_name, &kind));
}

/* ----------------------------------------------------------------- keeping */

static const char *old_name(const char *name)
{
    static char full[4][400];
    static unsigned turn;
    char *out = full[turn++ % 4];
    snprintf(out, 400, "%s/%s", folder, name);
    return out;
}

/* An old file whose last line was written at `written_s`. */
static void make_old(const char *name, const char *text, time_t written_s)
{
    const struct timespec times[2] = {{.tv_sec = written_s}, {.tv_sec = written_s}};
    put(old_name(name), text, strlen(text));
    assert_int_equal(utimensat(AT_FDCWD, old_name(name), times, 0), 0);
}

static unsigned files_in_folder(void)
{
    unsigned count = 0;
    DIR *d = opendir(folder);
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        count += e->d_name[0] != '.';
    closedir(d);
    return count;
}

static uint64_t number_of(void *f, const char *wanted)
{
    const char *name;
    uint64_t value;
    for (size_t i = 0; sink->number(f, i, &name, &value); i++)
        if (strcmp(name, wanted) == 0)
            return value;
    fail_msg("no number %s", wanted);
    return 0;
}

/* Opens, writes one line and closes: the keeper has looked once, to the end. */
static void run_once(void)
{
    void *f = open_with(options);
    if (f == NULL)
        fail_msg("%s", why);
    assert_int_equal(say(f, "{1}\n"), SENSOR_WRITTEN);
    sink->close(f);
}

static const char *unpacked(const char *command, const char *name)
{
    char line[1000];
    snprintf(line, sizeof line, "%s < '%s' > '%s/unpacked' 2>&1", command, old_name(name), folder);
    assert_int_equal(system(line), 0);
    return content(old_name("unpacked"));
}

static void test_an_old_file_is_compressed_and_keeps_time_and_mode(void **state)
{
    struct stat st;
    (void)state;
    make_old("eve.json.20261121-031502", "{\"a\":1}\n{\"b\":2}\n", 1700000000);
    chmod(old_name("eve.json.20261121-031502"), 0604);
    options[1] = "compression=gzip";
    run_once();
    assert_string_equal(said, "");
    assert_int_equal(access(old_name("eve.json.20261121-031502"), F_OK), -1);
    assert_int_equal(stat(old_name("eve.json.20261121-031502.gz"), &st), 0);
    assert_int_equal(st.st_mtime, 1700000000);
    assert_int_equal(st.st_mode & 0777, 0604);
    assert_string_equal(unpacked("gzip -dc", "eve.json.20261121-031502.gz"), "{\"a\":1}\n{\"b\":2}\n");
}

static void test_zstd_of_a_file_larger_than_a_block(void **state)
{
    static char text[300000];
    (void)state;
    for (size_t i = 0; i + 10 < sizeof text; i += 10)
        snprintf(text + i, 11, "{\"%05u\"}\n", (unsigned)(i * 2654435761u >> 7) % 100000u);
    make_old("eve.json.20261121-031502", text, 1700000000);
    make_old("eve.json.20261121-031503", "", 1700000000);
    options[1] = "compression=zstd";
    run_once();
    assert_int_equal(files_in_folder(), 3);
    char line[1000];
    put(old_name("expected"), text, strlen(text));
    snprintf(line, sizeof line, "zstd -dcq < '%s' | cmp - '%s'", old_name("eve.json.20261121-031502.zst"), old_name("expected"));
    assert_int_equal(system(line), 0);
    assert_string_equal(unpacked("zstd -dcq", "eve.json.20261121-031503.zst"), "");
}

/* Killed while compressing: a part beside the original. */
static void test_a_half_compressed_file_is_made_anew(void **state)
{
    (void)state;
    make_old("eve.json.20261121-031502", "{\"a\":1}\n", 1700000000);
    make_old("eve.json.20261121-031502.gz.part", "half", 1700000001);
    make_old("eve.json.20261121-031501.zst.part", "of another compression", 1700000001);
    options[1] = "compression=gzip";
    run_once();
    assert_int_equal(files_in_folder(), 2);
    assert_string_equal(unpacked("gzip -dc", "eve.json.20261121-031502.gz"), "{\"a\":1}\n");
}

/* Killed after the copy had its name, before the original went. */
static void test_a_finished_copy_is_not_made_twice(void **state)
{
    (void)state;
    make_old("eve.json.20261121-031502", "{\"a\":1}\n", 1700000000);
    options[1] = "compression=gzip";
    run_once();
    make_old("eve.json.20261121-031502", "{\"a\":1}\n", 1700000000);
    run_once();
    assert_int_equal(files_in_folder(), 2);
    assert_string_equal(unpacked("gzip -dc", "eve.json.20261121-031502.gz"), "{\"a\":1}\n");
}

/* The name was used before, for something else: both stay. */
static void test_a_copy_never_replaces_another(void **state)
{
    (void)state;
    make_old("eve.json.20261121-031502.gz", "something else", 1600000000);
    make_old("eve.json.20261121-031502", "{\"a\":1}\n", 1700000000);
    options[1] = "compression=gzip";
    run_once();
    assert_string_equal(content(old_name("eve.json.20261121-031502.gz")), "something else");
    assert_string_equal(unpacked("gzip -dc", "eve.json.20261121-031502-2.gz"), "{\"a\":1}\n");
}

static void test_links_and_files_in_use_are_left_alone(void **state)
{
    (void)state;
    put(old_name("secret"), "secret\n", 7);
    assert_int_equal(symlink(old_name("secret"), old_name("eve.json.20261121-031502")), 0);
    make_old("eve.json.20261121-031503", "{\"a\":1}\n", 1700000000);
    assert_int_equal(link(old_name("eve.json.20261121-031503"), old_name("second")), 0);
    make_old("eve.json.20261121-031504", "{\"a\":1}\n", 1700000000);
    int writer = open(old_name("eve.json.20261121-031504"), O_RDWR);
    assert_true(lock_file(writer));
    options[1] = "compression=gzip";
    options[2] = "max-age=60";
    run_once();
    close(writer);
    assert_int_equal(access(old_name("eve.json.20261121-031502.gz"), F_OK), -1);
    assert_int_equal(access(old_name("eve.json.20261121-031503.gz"), F_OK), -1);
    assert_string_equal(content(old_name("eve.json.20261121-031504")), "{\"a\":1}\n");
    assert_string_equal(content(old_name("second")), "{\"a\":1}\n");
}

static void test_the_oldest_beyond_a_number_are_deleted(void **state)
{
    (void)state;
    make_old("eve.json.20261121-031501", "{1}\n", 1700000003); /* the order is that of the last lines */
    make_old("eve.json.20261121-031502.gz", "{2}\n", 1700000002);
    make_old("eve.json.20261121-031503", "{3}\n", 1700000001);
    make_old("eve-alerts.json.20261121-031503", "{3}\n", 1600000001);
    make_old("eve.json.1", "{4}\n", 1500000000);
    options[1] = "max-files=2";
    run_once();
    assert_int_equal(files_in_folder(), 5);
    assert_int_equal(access(old_name("eve.json.20261121-031503"), F_OK), -1);
}

static void test_age_and_size_bound_too(void **state)
{
    time_t now = time(NULL);
    (void)state;
    make_old("eve.json.20261121-031501", "{1}\n", now - 50);
    make_old("eve.json.20261121-031502", "{2}\n", now - 3700);
    options[1] = "max-age=3600";
    run_once();
    assert_int_equal(access(old_name("eve.json.20261121-031501"), F_OK), 0);
    assert_int_equal(access(old_name("eve.json.20261121-031502"), F_OK), -1);
    make_old("eve.json.20261121-031503", "{1234567}\n", now - 60);
    options[1] = "max-total-size=13"; /* 4 and 10 */
    run_once();
    assert_int_equal(access(old_name("eve.json.20261121-031501"), F_OK), 0);
    assert_int_equal(access(old_name("eve.json.20261121-031503"), F_OK), -1);
}

/* --------------------------------------------------------- set aside by size */

static void test_a_file_is_set_aside_before_it_is_too_large(void **state)
{
    struct old_list list;
    char text[200] = "";
    (void)state;
    options[1] = "rotate-size=20";
    void *f = open_with(options);
    for (unsigned i = 0; i < 10; i++) {
        char line[16];
        snprintf(line, sizeof line, "{\"n\":%u}\n", i);
        assert_int_equal(say(f, line), SENSOR_WRITTEN);
    }
    assert_int_equal(number_of(f, "files_rotated"), 4);
    sink->close(f);
    int dir_fd = open(folder, O_RDONLY);
    assert_true(old_list(dir_fd, "eve.json", &list));
    close(dir_fd);
    assert_int_equal(list.count, 4);
    for (size_t i = 0; i < list.count; i++) {
        assert_int_equal(list.file[i].size, 16);
        strcat(text, content(old_name(list.file[i].name)));
    }
    old_list_free(&list);
    strcat(text, content(path));
    assert_string_equal(
        text, "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n{\"n\":5}\n{\"n\":6}\n{\"n\":7}\n{\"n\":8}\n{\"n\":9}\n");
}

/* Root may do everything: the test is somebody else for a while. */
static void become(uid_t id)
{
    assert_int_equal(seteuid(id), 0);
}

static void test_a_file_that_cannot_be_replaced_goes_on_under_its_name(void **state)
{
    uid_t before = geteuid(), user = before == 0 ? 65534 : before;
    (void)state;
    assert_int_equal(chown(folder, user, (gid_t)-1), 0);
    become(user);
    options[1] = "rotate-size=10";
    void *f = open_with(options);
    assert_non_null(f);
    say(f, "{1234567}\n");
    chmod(folder, 0500);
    assert_int_equal(say(f, "{2}\n"), SENSOR_WRITTEN);
    chmod(folder, 0700);
    become(before);
    assert_non_null(strstr(said, "cannot rotate"));
    sink->close(f);
    assert_string_equal(content(path), "{1234567}\n{2}\n");
}

static void test_what_a_kill_left_in_an_earlier_file_is_cut(void **state)
{
    static char filename[160];
    (void)state;
    snprintf(filename, sizeof filename, "filename=%s/eve-%%s.json", folder);
    options[0] = filename;
    make_old("eve-1700000000.json", "{1}\n{\"tor", 1700000000);
    make_old("eve-1600000000.json", "no log", 1600000000);
    void *f = open_with(options);
    assert_non_null(f);
    assert_int_equal(number_of(f, "recovered_tail_bytes"), 5);
    sink->close(f);
    assert_string_equal(content(old_name("eve-1700000000.json")), "{1}\n");
    assert_string_equal(content(old_name("eve-1600000000.json")), "no log");
}

static void test_options_of_old_files_say_what_to_do(void **state)
{
    (void)state;
    options[1] = "compression=bzip2";
    assert_null(open_with(options));
    assert_string_equal(why, "compression 'bzip2' is unknown; use none, gzip or zstd");
    options[0] = "filename=/tmp/%%/eve.json";
    options[1] = "max-files=3";
    assert_int_equal(mkdir("/tmp/%", 0700) == 0 || access("/tmp/%", F_OK) == 0, 1);
    assert_null(open_with(options));
    assert_non_null(strstr(why, "filename has the time in a directory"));
    unlink("/tmp/%/eve.json");
    rmdir("/tmp/%");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, clean_up)
    const struct CMUnitTest tests[] = {
        TEST(test_a_fixed_name_with_a_time_behind_it_is_ours),
        TEST(test_what_others_made_is_not_ours),
        TEST(test_a_name_made_of_the_time_is_ours_when_it_comes_out_again),
        TEST(test_names_cut_at_every_length),
        TEST(test_an_old_file_is_compressed_and_keeps_time_and_mode),
        TEST(test_zstd_of_a_file_larger_than_a_block),
        TEST(test_a_half_compressed_file_is_made_anew),
        TEST(test_a_finished_copy_is_not_made_twice),
        TEST(test_a_copy_never_replaces_another),
        TEST(test_links_and_files_in_use_are_left_alone),
        TEST(test_the_oldest_beyond_a_number_are_deleted),
        TEST(test_age_and_size_bound_too),
        TEST(test_a_file_is_set_aside_before_it_is_too_large),
        TEST(test_a_file_that_cannot_be_replaced_goes_on_under_its_name),
        TEST(test_what_a_kill_left_in_an_earlier_file_is_cut),
        TEST(test_options_of_old_files_say_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
