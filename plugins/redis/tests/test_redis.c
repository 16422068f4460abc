/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_redis.c - what the server is sent, and what becomes of each line when it refuses, is slow or goes. The server is this test: it
 * listens on a local socket and answers as the test says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake_host.h"

extern const struct sensor_plugin sensor_plugin_redis;
static const struct sensor_output *const sink = &sensor_plugin_redis.output;

static char folder[64], path[128], error[512];
static int listener;

static int set_up(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)state;
    strcpy(folder, "/tmp/haetae-redis-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/s", folder);
    strcpy(address.sun_path, path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    return bind(listener, (struct sockaddr *)&address, sizeof address) | listen(listener, 4);
}

static int clean_up(void **state)
{
    (void)state;
    close(listener);
    unlink(path);
    return rmdir(folder);
}

static int accept_one(void)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    assert_true(fd >= 0);
    return fd;
}

static void *open_with(const char *key, const char *value)
{
    const char *options[] = {"server", path, key, value, "key", "k", NULL};
    fake.plugin = &sensor_plugin_redis;
    fake.option = options;
    error[0] = '\0';
    void *s = sink->open(&fake_host, NULL, error, sizeof error);
    fake.option = NULL;
    return s;
}

static enum sensor_written say(void *s, const char *lines)
{
    size_t count = 0, size = strlen(lines);
    for (size_t i = 0; i < size; i++)
        count += lines[i] == '\n';
    return sink->write(s, (struct slice){(const uint8_t *)lines, size}, count);
}

static const char *heard(int fd)
{
    static char text[1 << 16];
    ssize_t size = recv(fd, text, sizeof text - 1, 0);
    assert_true(size >= 0 || errno == EAGAIN);
    text[size > 0 ? size : 0] = '\0';
    return text;
}

static void answer(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

#define PUSH(line) "*3\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n$3\r\n" line "\r\n"

/* ----------------------------------------------------------------- tests */

static void test_a_line_is_written_when_it_is_confirmed(void **state)
{
    (void)state;
    void *s = open_with("mode", "rpush");
    int server = accept_one();
    assert_int_equal(say(s, "{1}\n{2}\n"), SENSOR_RETRY);
    assert_string_equal(sink->error(s), ""); /* slow, not broken */
    assert_string_equal(heard(server), PUSH("{1}") PUSH("{2}"));
    answer(server, ":1\r\n");
    assert_int_equal(say(s, "{1}\n"), SENSOR_WRITTEN);
    answer(server, ":2\r\n");
    assert_int_equal(say(s, "{2}\n"), SENSOR_WRITTEN);
    assert_string_equal(heard(server), ""); /* nothing was sent twice */
    sink->close(s);
    close(server);
}

static void test_each_mode_has_its_command(void **state)
{
    static const char *const rows[][2] = {
        {"list", "*3\r\n$5\r\nLPUSH\r\n$1\r\nk\r\n$3\r\n{1}\r\n"},
        {"lpush", "*3\r\n$5\r\nLPUSH\r\n$1\r\nk\r\n$3\r\n{1}\r\n"},
        {"channel", "*3\r\n$7\r\nPUBLISH\r\n$1\r\nk\r\n$3\r\n{1}\r\n"},
        {"publish", "*3\r\n$7\r\nPUBLISH\r\n$1\r\nk\r\n$3\r\n{1}\r\n"},
        {"stream",
         "*8\r\n$4\r\nXADD\r\n$1\r\nk\r\n$6\r\nMAXLEN\r\n$1\r\n~\r\n$6\r\n100000\r\n$1\r\n*\r\n$3\r\neve\r\n$3\r\n{1}\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        void *s = open_with("mode", rows[i][0]);
        int server = accept_one();
        assert_int_equal(say(s, "{1}\n"), SENSOR_RETRY);
        assert_string_equal(heard(server), rows[i][1]);
        sink->close(s);
        close(server);
    }
}

static void test_only_what_was_refused_is_sent_again(void **state)
{
    (void)state;
    void *s = open_with("mode", "rpush");
    int server = accept_one();
    assert_int_equal(say(s, "{1}\n{2}\n{3}\n"), SENSOR_RETRY);
    heard(server);
    answer(server, ":1\r\n-OOM command not allowed\r\n:2\r\n");
    assert_int_equal(say(s, "{1}\n{2}\n{3}\n"), SENSOR_RETRY);
    assert_string_equal(sink->error(s), "redis refuses: OOM command not allowed");
    assert_string_equal(heard(server), "");
    assert_int_equal(say(s, "{1}\n"), SENSOR_WRITTEN);
    assert_int_equal(say(s, "{2}\n"), SENSOR_RETRY);
    assert_string_equal(heard(server), PUSH("{2}"));
    answer(server, ":3\r\n");
    assert_int_equal(say(s, "{2}\n{3}\n"), SENSOR_WRITTEN);
    assert_string_equal(heard(server), "");
    sink->close(s);
    close(server);
}

static void test_what_a_lost_connection_left_open_is_sent_again(void **state)
{
    (void)state;
    void *s = open_with("mode", "rpush");
    int server = accept_one();
    assert_int_equal(say(s, "{1}\n{2}\n"), SENSOR_RETRY);
    answer(server, ":1\r\n");
    heard(server);
    close(server);
    assert_int_equal(say(s, "{1}\n{2}\n"), SENSOR_RETRY);
    assert_non_null(strstr(sink->error(s), "connection lost"));
    assert_int_equal(say(s, "{1}\n"), SENSOR_WRITTEN);
    assert_int_equal(say(s, "{2}\n"), SENSOR_RETRY);
    server = accept_one();
    assert_string_equal(heard(server), PUSH("{2}"));
    answer(server, ":2\r\n");
    assert_int_equal(say(s, "{2}\n"), SENSOR_WRITTEN);
    sink->close(s);
    close(server);
}

static void test_a_pipeline_has_its_size(void **state)
{
    (void)state;
    void *s = open_with("pipelining.batch-size", "2");
    int server = accept_one();
    const char *lines = "{1}\n{2}\n{3}\n";
    assert_int_equal(say(s, lines), SENSOR_RETRY);
    assert_null(strstr(heard(server), "{3}"));
    answer(server, ":1\r\n:2\r\n");
    assert_int_equal(say(s, lines), SENSOR_RETRY);
    assert_non_null(strstr(heard(server), "{3}"));
    answer(server, ":3\r\n");
    assert_int_equal(say(s, lines), SENSOR_WRITTEN);
    sink->close(s);
    close(server);
}

static void test_the_server_may_come_late(void **state)
{
    (void)state;
    char away[160];
    snprintf(away, sizeof away, "%s.away", path);
    assert_int_equal(rename(path, away), 0);
    void *s = open_with("mode", "rpush");
    assert_non_null(s);
    assert_int_equal(say(s, "{1}\n"), SENSOR_RETRY);
    assert_non_null(strstr(sink->error(s), "cannot connect: No such file or directory"));
    assert_int_equal(rename(away, path), 0);
    assert_int_equal(say(s, "{1}\n"), SENSOR_RETRY);
    int server = accept_one();
    answer(server, ":1\r\n");
    assert_int_equal(say(s, "{1}\n"), SENSOR_WRITTEN);
    sink->close(s);
    close(server);
}

static void test_an_answer_that_is_none_ends_the_connection(void **state)
{
    (void)state;
    void *s = open_with("mode", "rpush");
    int server = accept_one();
    answer(server, "HTTP/1.1 400 Bad Request\r\n\r\n");
    assert_int_equal(say(s, "{1}\n"), SENSOR_RETRY);
    assert_non_null(strstr(sink->error(s), "connection lost: Protocol error"));
    sink->close(s);
    close(server);
}

static void test_an_unknown_mode_is_refused(void **state)
{
    (void)state;
    assert_null(open_with("mode", "queue"));
    assert_string_equal(error, "redis has no mode 'queue'; use list, rpush, channel or stream");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, clean_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_line_is_written_when_it_is_confirmed),
        TEST(test_each_mode_has_its_command),
        TEST(test_only_what_was_refused_is_sent_again),
        TEST(test_what_a_lost_connection_left_open_is_sent_again),
        TEST(test_a_pipeline_has_its_size),
        TEST(test_the_server_may_come_late),
        TEST(test_an_answer_that_is_none_ends_the_connection),
        TEST(test_an_unknown_mode_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
