/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_unix.c - local sockets and syslog: each line goes to exactly one reader, whole, whenever readers come, stall and go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "fake_host.h"
#include "unix.h"

extern const struct sensor_plugin sensor_plugin_unix;
static const struct sensor_output *const sink = &sensor_plugin_unix.output;

static char folder[64], path[128], error[512];

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/haetae-unix-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/s", folder);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static int listen_on(int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    unlink(path);
    int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_true(type == SOCK_DGRAM || listen(fd, 1) == 0);
    return fd;
}

static int accept_on(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    assert_true(fd >= 0);
    return fd;
}

static void *open_with(const char *filetype, const char *key, const char *value)
{
    const char *options[] = {"filetype", filetype, "filename", path, "socket", path, key, value, NULL};
    fake.plugin = &sensor_plugin_unix;
    fake.option = options;
    error[0] = '\0';
    void *s = sink->open(&fake_host, NULL, error, sizeof error);
    fake.option = NULL;
    return s;
}

static enum sensor_written offer(void *s, const char *lines, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += lines[i] == '\n';
    return sink->write(s, (struct slice){(const uint8_t *)lines, size}, count);
}

static enum sensor_written say(void *s, const char *lines)
{
    return offer(s, lines, strlen(lines));
}

/* What waits on a socket, "" when nothing does. */
static const char *heard(int fd)
{
    static char text[1 << 16];
    ssize_t size = recv(fd, text, sizeof text - 1, 0);
    assert_true(size >= 0 || errno == EAGAIN);
    text[size > 0 ? size : 0] = '\0';
    return text;
}

/* ---------------------------------------------------------------- stream */

static void test_stream_carries_lines(void **state)
{
    (void)state;
    int listener = listen_on(SOCK_STREAM);
    void *s = open_with("unix_stream", NULL, NULL);
    int reader = accept_on(listener);
    assert_int_equal(say(s, "{1}\n{2}\n"), SENSOR_WRITTEN);
    assert_string_equal(heard(reader), "{1}\n{2}\n");
    sink->close(s);
    close(reader);
    close(listener);
}

static void test_the_reader_may_come_late(void **state)
{
    (void)state;
    void *s = open_with("unix_stream", NULL, NULL);
    assert_non_null(s);
    assert_int_equal(say(s, "{1}\n"), SENSOR_RETRY);
    assert_non_null(strstr(sink->error(s), "nobody listens there"));
    int listener = listen_on(SOCK_STREAM);
    assert_int_equal(say(s, "{1}\n"), SENSOR_WRITTEN);
    assert_string_equal(sink->error(s), "");
    int reader = accept_on(listener);
    assert_string_equal(heard(reader), "{1}\n");
    sink->close(s);
    close(reader);
    close(listener);
}

static void test_a_reader_that_went_is_replaced_by_the_next(void **state)
{
    (void)state;
    int listener = listen_on(SOCK_STREAM);
    void *s = open_with("unix_stream", NULL, NULL);
    int reader = accept_on(listener);
    assert_int_equal(say(s, "{1}\n"), SENSOR_WRITTEN);
    assert_string_equal(heard(reader), "{1}\n");
    close(reader);
    assert_int_equal(say(s, "{2}\n"), SENSOR_RETRY);
    assert_int_equal(say(s, "{2}\n"), SENSOR_WRITTEN);
    reader = accept_on(listener);
    assert_string_equal(heard(reader), "{2}\n");
    sink->close(s);
    close(reader);
    close(listener);
}

enum { LONG_LINE = 3 << 20 };

/* Three lines, of which no socket takes the middle one at once. */
static char *long_lines(size_t *size)
{
    char *lines = malloc(LONG_LINE);
    assert_non_null(lines);
    memset(lines, 'x', LONG_LINE);
    memcpy(lines, "{1}\n", 4);
    memcpy(lines + LONG_LINE - 5, "\n{3}\n", 5);
    *size = LONG_LINE;
    return lines;
}

static void test_a_line_torn_by_a_reader_is_whole_for_the_next(void **state)
{
    (void)state;
    size_t size, got = 0;
    char *lines = long_lines(&size), *text = malloc(size);
    int listener = listen_on(SOCK_STREAM);
    void *s = open_with("unix_stream", NULL, NULL);
    int reader = accept_on(listener);
    assert_int_equal(offer(s, lines, size), SENSOR_RETRY);
    assert_string_equal(sink->error(s), ""); /* slow, not broken */
    assert_true(recv(reader, text, size, 0) > 4);
    close(reader);
    assert_int_equal(offer(s, lines, size), SENSOR_RETRY);
    assert_int_equal(offer(s, lines, 4), SENSOR_WRITTEN); /* the first line, which went through */
    enum sensor_written answer = SENSOR_RETRY;
    reader = -1;
    for (int turn = 0; turn < 100 && answer == SENSOR_RETRY; turn++) {
        answer = offer(s, lines + 4, size - 4);
        reader = reader < 0 ? accept_on(listener) : reader;
        for (ssize_t n; got < size && (n = recv(reader, text + got, size - got, 0)) > 0;)
            got += (size_t)n;
    }
    assert_int_equal(answer, SENSOR_WRITTEN);
    assert_int_equal(got, size - 4);
    assert_memory_equal(text, lines + 4, size - 4);
    sink->close(s);
    close(reader);
    close(listener);
    free(text);
    free(lines);
}

/* ------------------------------------------------------------- datagrams */

static void test_each_line_is_a_datagram(void **state)
{
    (void)state;
    int reader = listen_on(SOCK_DGRAM);
    void *s = open_with("unix_dgram", NULL, NULL);
    assert_int_equal(say(s, "{1}\n{2}\n"), SENSOR_WRITTEN);
    assert_string_equal(heard(reader), "{1}\n");
    assert_string_equal(heard(reader), "{2}\n");
    sink->close(s);
    close(reader);
}

static void test_a_slow_reader_gets_every_datagram_once(void **state)
{
    (void)state;
    char lines[1000 * 8 + 1], want[16];
    for (int i = 0; i < 1000; i++)
        snprintf(lines + i * 8, 9, "{%05d}\n", i);
    int reader = listen_on(SOCK_DGRAM), next = 0;
    void *s = open_with("unix_dgram", NULL, NULL);
    enum sensor_written answer = SENSOR_RETRY;
    for (int turn = 0; turn < 1000 && answer == SENSOR_RETRY; turn++) {
        answer = say(s, lines);
        for (const char *text = heard(reader); *text != '\0'; text = heard(reader)) {
            snprintf(want, sizeof want, "{%05d}\n", next++);
            assert_string_equal(text, want);
        }
    }
    assert_int_equal(answer, SENSOR_WRITTEN);
    assert_int_equal(next, 1000);
    sink->close(s);
    close(reader);
}

/* The middle line is larger than any datagram: the host, offering line by line, hears that it alone is lost. */
static void test_a_line_too_large_is_lost_alone(void **state)
{
    (void)state;
    size_t size;
    char *lines = long_lines(&size);
    int reader = listen_on(SOCK_DGRAM);
    void *s = open_with("unix_dgram", NULL, NULL);
    assert_int_equal(offer(s, lines, size), SENSOR_RETRY);
    assert_int_equal(offer(s, lines, 4), SENSOR_WRITTEN);
    assert_int_equal(offer(s, lines + 4, size - 8), SENSOR_LOST);
    assert_non_null(strstr(sink->error(s), "larger than the socket takes"));
    assert_int_equal(say(s, "{3}\n"), SENSOR_WRITTEN);
    assert_string_equal(heard(reader), "{1}\n");
    assert_string_equal(heard(reader), "{3}\n");
    assert_string_equal(heard(reader), "");
    sink->close(s);
    close(reader);
    free(lines);
}

static void test_a_stream_at_the_other_end_is_told(void **state)
{
    (void)state;
    int listener = listen_on(SOCK_STREAM);
    void *s = open_with("unix_dgram", NULL, NULL);
    assert_int_equal(say(s, "{1}\n"), SENSOR_RETRY);
    assert_non_null(strstr(sink->error(s), "use the other filetype"));
    sink->close(s);
    close(listener);
}

/* ---------------------------------------------------------------- syslog */

static void test_syslog_messages_begin_as_syslog_does(void **state)
{
    (void)state;
    char header[SYSLOG_HEADER_MAX], want[SYSLOG_HEADER_MAX];
    struct tm day = {.tm_year = 126, .tm_mon = 10, .tm_mday = 1, .tm_hour = 2, .tm_min = 3, .tm_sec = 4, .tm_isdst = -1};
    size_t size = syslog_header(header, syslog_facility("LOCAL5") | syslog_level("Info"), "haetae", mktime(&day));
    snprintf(want, sizeof want, "<174>Nov  1 02:03:04 haetae[%ld]: ", (long)getpid());
    assert_int_equal(size, strlen(want));
    assert_string_equal(header, want);
}

static void test_syslog_sends_one_message_an_event_without_its_line_feed(void **state)
{
    (void)state;
    int reader = listen_on(SOCK_DGRAM);
    void *s = open_with("syslog", "facility", "daemon");
    assert_int_equal(say(s, "@cee: {1}\n@cee: {2}\n"), SENSOR_WRITTEN);
    for (int i = 1; i <= 2; i++) {
        char want[32];
        const char *text = heard(reader), *body = strstr(text, "]: ");
        snprintf(want, sizeof want, "]: @cee: {%d}", i);
        assert_int_equal(strncmp(text, "<30>", 4), 0);
        assert_non_null(body);
        assert_string_equal(body, want);
    }
    sink->close(s);
    close(reader);
}

/* --------------------------------------------------------------- options */

static void test_a_name_that_would_break_the_header_is_refused(void **state)
{
    static const char *const names[] = {
        "", "two words", "a:b", "a[1]", "line\n", "h\xc3\xa9", "12345678901234567890123456789012345678901234567890123456789012345"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_null(open_with("syslog", "identity", names[i]));
        assert_non_null(strstr(error, "is no name for syslog"));
    }
    void *s = open_with("syslog", "identity", "sensor-1/live_2.x");
    assert_non_null(s);
    sink->close(s);
}

static void test_wrong_options_are_refused_with_a_reason(void **state)
{
    (void)state;
    char far[160];
    memset(far, 'a', sizeof far - 1);
    far[sizeof far - 1] = '\0';
    assert_null(open_with("syslog", "facility", "local9"));
    assert_string_equal(error, "syslog has no facility 'local9'; use for example local5");
    assert_null(open_with("syslog", "level", "loud"));
    assert_string_equal(error, "syslog has no level 'loud'; use for example Info");
    assert_null(open_with("tcp", NULL, NULL));
    assert_string_equal(error, "filetype 'tcp' is unknown; use unix_stream, unix_dgram or syslog");
    strcpy(path, far + 40); /* 119 bytes */
    assert_null(open_with("unix_stream", NULL, NULL));
    assert_non_null(strstr(error, "the path of a socket has 1 to 107 bytes"));
    snprintf(path, sizeof path, "%s/s", folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_stream_carries_lines, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_the_reader_may_come_late, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_a_reader_that_went_is_replaced_by_the_next, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_a_line_torn_by_a_reader_is_whole_for_the_next, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_each_line_is_a_datagram, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_a_slow_reader_gets_every_datagram_once, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_a_line_too_large_is_lost_alone, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_a_stream_at_the_other_end_is_told, set_up, clean_up),
        cmocka_unit_test(test_syslog_messages_begin_as_syslog_does),
        cmocka_unit_test_setup_teardown(test_syslog_sends_one_message_an_event_without_its_line_feed, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_a_name_that_would_break_the_header_is_refused, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_wrong_options_are_refused_with_a_reason, set_up, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
