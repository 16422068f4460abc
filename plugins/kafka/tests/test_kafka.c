/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_kafka.c - what the brokers get, and what becomes of each line when they refuse, fail, go and come back. The brokers are
 * librdkafka's own mock cluster, in this process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fake_host.h"
#include "kafka.h"

#define PARTITIONS    4
#define PRODUCE       0 /* API keys of the protocol */
#define LINES         200

extern const struct sensor_plugin sensor_plugin_kafka;
static const struct sensor_output *const sink = &sensor_plugin_kafka.output;

static rd_kafka_t *owner; /* of the cluster */
static rd_kafka_mock_cluster_t *cluster;
static char text[LINES][64];
static struct sensor_line lines[LINES];
static char error[512];

/* A batch: line i is about host 10.0.0.(i % 8), every ninth about none. */
static void make_lines(void)
{
    static char all[LINES * 64];
    size_t used = 0;
    for (unsigned i = 0; i < LINES; i++) {
        int size = snprintf(all + used, sizeof all - used, "{\"n\":%u}\n", i);
        snprintf(text[i], sizeof text[i], "{\"n\":%u}", i);
        lines[i] = (struct sensor_line){.text = {(uint8_t *)all + used, (size_t)size}, .has_host = i % 9 != 0};
        lines[i].host = (struct address){{[10] = 0xff, [11] = 0xff, [12] = 10, [15] = (uint8_t)(i % 8)}};
        used += (size_t)size;
    }
}

static int set_up(void **state)
{
    char why[256];
    (void)state;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, NULL);
    owner = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    cluster = rd_kafka_mock_cluster_new(owner, 3);
    make_lines();
    return rd_kafka_mock_topic_create(cluster, "events", PARTITIONS, 3) == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : -1;
}

static int clean_up(void **state)
{
    (void)state;
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(owner);
    return 0;
}

/* NULL and `error`, or the sink. `more` is a pair of option and value, or NULL. */
static void *open_with(const char *option, const char *value)
{
    const char *const settings[] = {"brokers", rd_kafka_mock_cluster_bootstraps(cluster), "topic", "events", "linger", "0", option, value, NULL};
    fake.plugin = &sensor_plugin_kafka;
    fake.option = settings;
    return sink->open(&fake_host, NULL, error, sizeof error);
}

/* Offers lines as the host does until all are taken; counts those lost. Fails after a long while. */
static size_t offer_all(void *state, size_t count)
{
    size_t lost = 0;
    time_t until = time(NULL) + 30;
    for (size_t at = 0, one = 0; at < count;) {
        enum sensor_written result = sink->write_lines(state, lines + at, one ? 1 : count - at);
        if (result != SENSOR_RETRY) {
            lost += result == SENSOR_LOST;
            at += one ? 1 : count - at;
        }
        one = result == SENSOR_RETRY;
        assert_true(time(NULL) < until);
    }
    return lost;
}

struct seen {
    unsigned count, per_line[LINES];
    int partition_of[8]; /* of hosts; -1: none yet */
    bool order_holds;    /* lines of a host rise */
    int last_of[8];
};

static void see(struct seen *s, const rd_kafka_message_t *m)
{
    char value[64];
    unsigned n = 0;
    snprintf(value, sizeof value, "%.*s", (int)m->len, (const char *)m->payload);
    assert_int_equal(sscanf(value, "{\"n\":%u}", &n), 1);
    assert_true(n < LINES);
    assert_string_equal(value, text[n]);
    s->count++;
    s->per_line[n]++;
    if (n % 9 == 0) {
        assert_int_equal(m->key_len, 0);
        return;
    }
    char key[32], want[32];
    snprintf(key, sizeof key, "%.*s", (int)m->key_len, (const char *)m->key);
    snprintf(want, sizeof want, "10.0.0.%u", n % 8);
    assert_string_equal(key, want);
    assert_true(s->partition_of[n % 8] == -1 || s->partition_of[n % 8] == m->partition);
    s->partition_of[n % 8] = m->partition;
    s->order_holds &= (int)n > s->last_of[n % 8];
    s->last_of[n % 8] = (int)n;
}

/* All that the topic holds. */
static struct seen consume(unsigned wanted)
{
    char why[256];
    struct seen s = {.order_holds = true};
    memset(s.partition_of, -1, sizeof s.partition_of);
    memset(s.last_of, -1, sizeof s.last_of);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster), why, sizeof why);
    rd_kafka_conf_set(conf, "group.id", "test", why, sizeof why);
    rd_kafka_conf_set_log_cb(conf, NULL);
    rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(PARTITIONS);
    for (int i = 0; i < PARTITIONS; i++)
        rd_kafka_topic_partition_list_add(all, "events", i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer, all);
    time_t until = time(NULL) + 20;
    for (int quiet = 0; quiet < 5 && time(NULL) < until;) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(consumer, 100);
        quiet = m != NULL || s.count < wanted ? 0 : quiet + 1;
        if (m != NULL && m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
            see(&s, m);
        if (m != NULL)
            rd_kafka_message_destroy(m);
    }
    rd_kafka_topic_partition_list_destroy(all);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return s;
}

static void assert_each_once(const struct seen *s)
{
    for (unsigned i = 0; i < LINES; i++)
        assert_int_equal(s->per_line[i], 1);
    assert_true(s->order_holds);
}

/* ---------------------------------------------------------------- tests */

static void test_lines_arrive_by_host_in_order(void **state)
{
    (void)state;
    void *k = open_with(NULL, NULL);
    assert_non_null(k);
    assert_int_equal(offer_all(k, LINES), 0);
    assert_string_equal(sink->error(k), "");
    sink->close(k);
    struct seen s = consume(LINES);
    assert_each_once(&s);
}

static void test_errors_that_pass_double_nothing(void **state)
{
    (void)state;
    void *k = open_with(NULL, NULL);
    rd_kafka_mock_push_request_errors(cluster, PRODUCE, 4, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                      RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
                                      RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION);
    assert_int_equal(offer_all(k, LINES), 0);
    sink->close(k);
    struct seen s = consume(LINES);
    assert_each_once(&s);
}

static void test_brokers_that_are_away_are_named_and_come_back(void **state)
{
    (void)state;
    for (int i = 1; i <= 3; i++)
        rd_kafka_mock_broker_set_down(cluster, i);
    void *k = open_with(NULL, NULL);
    assert_non_null(k);
    time_t until = time(NULL) + 20;
    while (sink->error(k)[0] == '\0') {
        assert_int_equal(sink->write_lines(k, lines, LINES), SENSOR_RETRY);
        assert_true(time(NULL) < until);
    }
    assert_non_null(strstr(sink->error(k), "kafka: "));
    for (int i = 1; i <= 3; i++)
        rd_kafka_mock_broker_set_up(cluster, i);
    assert_int_equal(offer_all(k, LINES), 0);
    assert_string_equal(sink->error(k), "");
    sink->close(k);
    struct seen s = consume(LINES);
    assert_each_once(&s);
}

static void test_brokers_go_in_the_middle(void **state)
{
    (void)state;
    void *k = open_with(NULL, NULL);
    assert_int_equal(offer_all(k, LINES / 2), 0);
    for (int i = 1; i <= 3; i++)
        rd_kafka_mock_broker_set_down(cluster, i);
    const struct sensor_line *rest = lines + LINES / 2;
    assert_int_equal(sink->write_lines(k, rest, LINES / 2), SENSOR_RETRY);
    assert_int_equal(sink->write_lines(k, rest, 1), SENSOR_RETRY);
    for (int i = 1; i <= 3; i++)
        rd_kafka_mock_broker_set_up(cluster, i);
    time_t until = time(NULL) + 30;
    while (sink->write_lines(k, rest, LINES / 2) == SENSOR_RETRY)
        assert_true(time(NULL) < until);
    sink->close(k);
    struct seen s = consume(LINES);
    assert_each_once(&s);
}

static void test_a_line_that_is_too_large_is_lost_alone(void **state)
{
    static char big[4000];
    (void)state;
    void *k = open_with("properties", "message.max.bytes=1000");
    assert_non_null(k);
    memset(big, 'x', sizeof big);
    struct sensor_line three[3] = {lines[0], {.text = {(uint8_t *)big, sizeof big}}, lines[1]};
    time_t until = time(NULL) + 20;
    assert_int_equal(sink->write_lines(k, three, 3), SENSOR_RETRY);
    while (sink->write_lines(k, three, 1) == SENSOR_RETRY)
        assert_true(time(NULL) < until);
    assert_int_equal(sink->write_lines(k, three + 1, 1), SENSOR_LOST);
    assert_non_null(strstr(sink->error(k), "larger"));
    while (sink->write_lines(k, three + 2, 1) == SENSOR_RETRY)
        assert_true(time(NULL) < until);
    sink->close(k);
    struct seen s = consume(2);
    assert_int_equal(s.count, 2);
}

static void test_without_rights_lines_wait(void **state)
{
    (void)state;
    void *k = open_with(NULL, NULL);
    rd_kafka_mock_push_request_errors(cluster, PRODUCE, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    time_t until = time(NULL) + 20;
    while (sink->error(k)[0] == '\0') {
        assert_int_equal(sink->write_lines(k, lines, 1), SENSOR_RETRY);
        assert_true(time(NULL) < until);
    }
    assert_non_null(strstr(sink->error(k), "uthoriz"));
    assert_int_equal(offer_all(k, 1), 0);
    sink->close(k);
    struct seen s = consume(1);
    assert_int_equal(s.per_line[0], 1);
}

static void test_a_fatal_error_begins_anew(void **state)
{
    (void)state;
    struct kafka *k = open_with(NULL, NULL);
    assert_int_equal(offer_all(k, LINES / 2), 0);
    rd_kafka_test_fatal_error(k->producer, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "for the test");
    time_t until = time(NULL) + 20;
    while (sink->write_lines(k, lines + LINES / 2, LINES / 2) == SENSOR_RETRY)
        assert_true(time(NULL) < until);
    sink->close(k);
    struct seen s = consume(LINES);
    assert_each_once(&s);
}

static void assert_refused(const char *option, const char *value, const char *why)
{
    assert_null(open_with(option, value));
    if (strstr(error, why) == NULL)
        fail_msg("'%s' does not say '%s'", error, why);
}

static void test_what_does_not_fit_is_told(void **state)
{
    (void)state;
    assert_refused("key", "flow", "kafka has no key 'flow'; use host or none");
    assert_refused("compression", "rar", "property 'compression.codec'");
    assert_refused("properties", "no.such.thing=1", "No such configuration property");
    assert_refused("properties", "linger", "name=value");
    assert_refused("properties", "acks=1", "all replicas");
    assert_refused("properties", "bootstrap.servers=x", "use the option brokers");
    assert_refused("properties", "sasl.password=,sasl.mechanism=NOPE,security.protocol=SASL_PLAINTEXT", "kafka: ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, clean_up)
    const struct CMUnitTest tests[] = {
        TEST(test_lines_arrive_by_host_in_order),
        TEST(test_errors_that_pass_double_nothing),
        TEST(test_brokers_that_are_away_are_named_and_come_back),
        TEST(test_brokers_go_in_the_middle),
        TEST(test_a_line_that_is_too_large_is_lost_alone),
        TEST(test_without_rights_lines_wait),
        TEST(test_a_fatal_error_begins_anew),
        TEST(test_what_does_not_fit_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
