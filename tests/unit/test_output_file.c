/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_output_file.c - the writer thread and the file sink together on a disk that fills: what is in the file and what was
 * counted as dropped is all there was, to the line. A limit on the file size plays the full disk.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "fake_sink.h"

extern const struct sensor_plugin sensor_plugin_file;
static char file_path[64];

static const char *file_option(const struct sensor_options *o, const char *name)
{
    (void)o;
    if (strcmp(name, "filename") == 0)
        return file_path;
    for (const struct sensor_option *p = sensor_plugin_file.options; p->name != NULL; p++)
        if (strcmp(p->name, name) == 0)
            return p->fallback;
    abort();
}

static int64_t file_number(const struct sensor_options *o, const char *name)
{
    (void)o;
    return strcmp(name, "append") == 0;
}

static void host_log(enum sensor_level level, const char *format, ...)
{
    (void)level;
    (void)format;
}

static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void read_back(void)
{
    char block[65536];
    FILE *f = fopen(file_path, "rb");
    assert_non_null(f);
    for (size_t got; (got = fread(block, 1, sizeof block, f)) > 0;)
        keep((const uint8_t *)block, got);
    fclose(f);
}

static struct output *open_file_output(bool wait)
{
    static const struct sensor_host host = {
        .size = sizeof host, .log = host_log, .option_text = file_option, .option_number = file_number};
    struct error error = {{0}};
    struct output_options options = {
        .name = "eve-log", .plugin = &sensor_plugin_file, .host = &host, .ring_size = RING_SIZE, .wait = wait};
    strcpy(file_path, "/tmp/haetae-output-XXXXXX");
    int fd = mkstemp(file_path);
    assert_true(fd >= 0);
    close(fd);
    struct output *o = output_open(&options, &error);
    assert_non_null(o);
    return o;
}

static uint64_t failures_of(const struct output *o)
{
    struct output_counters c;
    output_count(o, &c);
    return c.failures;
}

static rlim_t file_size(void)
{
    struct stat st;
    assert_int_equal(stat(file_path, &st), 0);
    return (rlim_t)st.st_size;
}

/* The disk is full again and again, for a while each time; live, so that lines are dropped meanwhile. */
static void test_lines_in_the_file_and_dropped_lines_are_all_there_were(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_file_output(false);
    unsigned n = 0;
    for (unsigned round = 0; round < 4; round++) {
        uint64_t failures = failures_of(o), until = clock_monotonic_ns() + PATIENCE_S * NS_PER_S;
        limit_file_size(file_size() + 40007 * (round + 1));
        for (; failures_of(o) == failures; n++) {
            push_number(o, n);
            assert_true(clock_monotonic_ns() < until);
        }
        for (unsigned end = n + 8000; n < end; n++)
            push_number(o, n);
        limit_file_size(RLIM_INFINITY);
    }
    output_close(o, 20000, &c, NULL);
    read_back();
    unlink(file_path);
    assert_accounts(&c, n);
    assert_true(c.failures >= 4 && c.dropped > 0);
}

/* Given up with the disk still full: the lines that fitted are counted written, the others dropped. */
static void test_a_disk_that_stays_full_is_accounted_to_the_line(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_file_output(true);
    limit_file_size(33333);
    for (unsigned n = 0; n < 2000; n++)
        push_number(o, n);
    output_flush(o);
    for (uint64_t until = clock_monotonic_ns() + PATIENCE_S * NS_PER_S; failures_of(o) < 2; sched_yield())
        assert_true(clock_monotonic_ns() < until);
    output_close(o, 0, &c, NULL);
    limit_file_size(RLIM_INFINITY);
    read_back();
    unlink(file_path);
    assert_accounts(&c, 2000);
    assert_true(c.written > 300 && c.dropped > 300);
}

int main(void)
{
    log_setup(SENSOR_ERROR, false);
    signal(SIGXFSZ, SIG_IGN);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, clean_up)
    const struct CMUnitTest tests[] = {
        TEST(test_lines_in_the_file_and_dropped_lines_are_all_there_were),
        TEST(test_a_disk_that_stays_full_is_accounted_to_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
