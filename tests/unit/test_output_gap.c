/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_output_gap.c - what is lost is told: how much, what, since when and why; alerts are lost last; a sink of its own kind is told
 * whose line it gets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "fake_sink.h"
#include "output/gap.h"

static struct output *open_telling(enum mood mood, bool wait)
{
    struct output_options options = {.name = "eve-log-2", .plugin = &plugin, .ring_size = RING_SIZE, .wait = wait,
                                     .tell_gaps = true, .sensor_name = "span", .prefix = "@cee: ", .run = 17};
    sink.mood = mood;
    return start_output(&options);
}

/* The lines that the sink kept, one behind the other; NULL past the last. */
static char *next_line(size_t *at)
{
    if (*at >= sink.size)
        return NULL;
    char *line = sink.text + *at, *lf = memchr(line, '\n', sink.size - *at);
    assert_non_null(lf);
    *lf = '\0';
    *at = (size_t)(lf - sink.text) + 1;
    return line;
}

static bool is_gap(const char *line)
{
    return strstr(line, "\"output_gap\"") != NULL;
}

static unsigned long long number_of(const char *line, const char *key)
{
    const char *at = strstr(line, key);
    return at != NULL ? strtoull(at + strlen(key), NULL, 10) : 0;
}

/* With a line that the sink does not take: nothing leaves the ring any more. */
static void hold_the_writer(struct output *o)
{
    assert_true(push_number(o, 0));
    output_flush(o);
    wait_for(&sink.writes, 1);
}

/* ---------------------------------------------------------------- tests */

static void test_gap_record_has_all_facts(void **state)
{
    struct gap g = {0};
    struct json j;
    (void)state;
    json_init(&j, 4096);
    const struct gap_author author = {.output = "eve-log", .host = "span", .prefix = "", .run = 1700000000123};
    gap_add(&g, &(struct line_facts){.sequence = 7, .time_ns = NS_PER_S, .count = 2, .type = EVENT_DNS}, DROP_QUEUE_FULL);
    gap_add(&g, &(struct line_facts){.sequence = 5, .time_ns = 0, .count = 1, .type = EVENT_FLOW}, DROP_REFUSED);
    assert_true(gap_write(&g, &author, &j));
    static const char want[] = "{\"timestamp\":\"1970-01-01T00:00:01.000000+0000\",\"event_type\":\"anomaly\","
                               "\"anomaly\":{\"type\":\"unknown\",\"code\":0,\"event\":\"output_gap\"},\"host\":\"span\","
                               "\"ndpi\":{\"haetae\":{\"output\":\"eve-log\",\"run\":1700000000123,\"gap\":{\"lines\":3,"
                               "\"since\":\"1970-01-01T00:00:00.000000+0000\",\"until\":\"1970-01-01T00:00:01.000000+0000\","
                               "\"first_seq\":5,\"last_seq\":8,\"reasons\":{\"queue_full\":2,\"refused\":1},"
                               "\"types\":{\"flow\":1,\"dns\":2}}}}}\n";
    assert_int_equal(j.size, sizeof want - 1);
    assert_memory_equal(j.at, want, j.size);
    json_free(&j);
}

static void test_a_full_ring_is_told_where_the_lines_are_missing(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_telling(IS_BUSY, false);
    unsigned pushed = 1, refused = 0;
    hold_the_writer(o);
    for (; refused < 100; pushed++)
        refused += !push_number(o, pushed);
    sink.mood = TAKES;
    output_flush(o);
    for (uint64_t until = clock_monotonic_ns() + PATIENCE_S * NS_PER_S; c.queued = 0, output_count(o, &c), c.queued > 0; sched_yield())
        assert_true(clock_monotonic_ns() < until);
    for (unsigned end = pushed + 100; pushed < end; pushed++)
        assert_true(push_number(o, pushed));
    output_close(o, 20000, &c, NULL);
    assert_int_equal(c.produced, pushed);
    assert_int_equal(c.written + c.dropped, pushed);
    assert_int_equal(c.dropped_by[DROP_QUEUE_FULL], refused);
    assert_int_equal(c.gaps, 1);
    unsigned long long next = 0;
    size_t at = 0;
    for (char *line; (line = next_line(&at)) != NULL;) {
        if (!is_gap(line)) {
            assert_int_equal(number_of(line, "{\"n\":"), next++);
            continue;
        }
        assert_memory_equal(line, "@cee: {", 7);
        assert_int_equal(number_of(line, "\"lines\":"), refused);
        assert_int_equal(number_of(line, "\"queue_full\":"), refused);
        assert_int_equal(number_of(line, "\"first_seq\":"), next + 1); /* numbers count from 1 */
        assert_int_equal(number_of(line, "\"last_seq\":"), next + refused);
        next += refused;
    }
    assert_int_equal(next, pushed);
}

static void test_alerts_are_lost_last(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_telling(IS_BUSY, false);
    unsigned n = 1;
    hold_the_writer(o);
    while (push_number(o, n))
        n++;
    for (unsigned i = 0; i < 100; i++)
        assert_true(push_event(o, EVENT_ALERT, n + 1 + i));
    assert_false(push_number(o, n + 200));
    output_count(o, &c);
    assert_int_equal(c.dropped, 2);
    assert_int_equal(c.dropped_alerts, 0);
    while (push_event(o, EVENT_ALERT, n))
        ;
    output_count(o, &c);
    assert_int_equal(c.dropped_alerts, 1);
    sink.mood = TAKES;
    output_close(o, 20000, &c, NULL);
    assert_int_equal(c.written + c.dropped, c.produced);
}

static void test_lines_a_sink_refuses_are_told_once_it_takes_some(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_telling(LOSES, true);
    for (unsigned n = 0; n < 10; n++)
        push_number(o, n);
    output_flush(o);
    wait_for(&sink.writes, 2); /* the lines, then the gap, in vain */
    sink.mood = TAKES;
    push_number(o, 10);
    output_close(o, 1000, &c, NULL);
    assert_int_equal(c.dropped_by[DROP_REFUSED], 10);
    assert_int_equal(c.written, 1);
    assert_int_equal(c.gaps, 1);
    size_t at = 0;
    char *line = next_line(&at), *gap = next_line(&at);
    if (is_gap(line)) { /* its second chance came late */
        char *other = line;
        line = gap;
        gap = other;
    }
    assert_memory_equal(line, "{\"n\":10,", 8);
    assert_true(is_gap(gap));
    assert_int_equal(number_of(gap, "\"refused\":"), 10);
    assert_int_equal(number_of(gap, "\"last_seq\":"), 10);
}

static void test_what_could_not_be_made_has_a_number_and_is_told(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_telling(TAKES, true);
    push_number(o, 0);
    output_lose(o, &(struct output_lines){.count = 2, .type = EVENT_HTTP, .time_ns = 5});
    push_number(o, 1);
    output_close(o, 1000, &c, NULL);
    assert_int_equal(c.produced, 4);
    assert_int_equal(c.written, 2);
    assert_int_equal(c.dropped_by[DROP_TOO_LONG], 2);
    size_t at = 0;
    next_line(&at);
    char *gap = next_line(&at);
    assert_true(is_gap(gap));
    assert_int_equal(number_of(gap, "\"first_seq\":"), 2);
    assert_int_equal(number_of(gap, "\"last_seq\":"), 3);
    assert_int_equal(number_of(gap, "\"http\":"), 2);
}

/* --------------------------------------------------- lines with their host */

static unsigned hosts, alerts;

static enum sensor_written count_hosts(void *state, const struct sensor_line *line, size_t line_count)
{
    (void)state;
    for (size_t i = 0; i < line_count; i++) {
        assert_true(i == 0 || line[i].text.at == line[i - 1].text.at + line[i - 1].text.size);
        hosts += line[i].has_host && line[i].host.bytes[15] == 7;
        alerts += line[i].is_alert;
    }
    return SENSOR_WRITTEN;
}

static void test_a_sink_may_know_whose_lines_it_gets(void **state)
{
    (void)state;
    static struct sensor_plugin keyed;
    struct output_counters c;
    keyed = plugin;
    keyed.output.write = NULL;
    keyed.output.write_lines = count_hosts;
    struct output_options options = {.name = "test", .plugin = &keyed, .ring_size = RING_SIZE, .wait = true};
    struct output *o = start_output(&options);
    struct output_lines lines = {.at = "{}\n{}\n", .size = 6, .count = 2, .type = EVENT_ALERT, .has_host = true};
    lines.host.bytes[15] = 7;
    output_push(o, &lines);
    push_number(o, 1);
    output_close(o, 1000, &c, NULL);
    assert_int_equal(c.written, 3);
    assert_int_equal(hosts, 2);
    assert_int_equal(alerts, 2);
}

int main(void)
{
    log_setup(SENSOR_ERROR, false);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, clean_up)
    const struct CMUnitTest tests[] = {
        TEST(test_gap_record_has_all_facts),
        TEST(test_a_full_ring_is_told_where_the_lines_are_missing),
        TEST(test_alerts_are_lost_last),
        TEST(test_lines_a_sink_refuses_are_told_once_it_takes_some),
        TEST(test_what_could_not_be_made_has_a_number_and_is_told),
        TEST(test_a_sink_may_know_whose_lines_it_gets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
