/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_output.c - every line pushed ends as written or dropped, once, whatever the sink does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "fake_sink.h"

/* ---------------------------------------------------------------- tests */

static void test_lines_arrive_whole_and_in_order(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_output(TAKES, true);
    for (unsigned n = 0; n < 200000; n++)
        assert_true(push_number(o, n));
    output_close(o, 1000, &c, NULL);
    assert_accounts(&c, 200000);
    assert_int_equal(c.dropped, 0);
    assert_true(sink.largest <= 256 * 1024);
    assert_int_equal(sink.flushes, 1);
    assert_int_equal(sink.closes, 1);
}

static void test_flush_makes_a_single_line_arrive(void **state)
{
    (void)state;
    struct output *o = open_output(TAKES, false);
    push_number(o, 1);
    output_flush(o);
    wait_for(&sink.writes, 1);
    output_close(o, 1000, NULL, NULL);
}

static void test_a_refusing_sink_says_why(void **state)
{
    struct error error = {{0}};
    struct output_options options = {.name = "eve-log", .plugin = &plugin, .ring_size = RING_SIZE};
    (void)state;
    sink.mood = REFUSES_TO_OPEN;
    assert_null(output_open(&options, &error));
    assert_string_equal(error.text, "eve-log: the door is shut");
}

static void test_a_full_ring_drops_and_counts_when_nobody_waits(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_output(IS_BUSY, false);
    unsigned refused = 0;
    for (unsigned n = 0; n < 50000; n++)
        refused += !push_number(o, n);
    output_count(o, &c);
    assert_int_equal(c.produced, 50000);
    assert_true(refused > 0 && c.dropped == refused);
    assert_true(output_failed(o, NULL));
    sink.mood = TAKES;
    output_close(o, 20000, &c, NULL);
    assert_accounts(&c, 50000);
    assert_int_equal(c.dropped, refused);
}

static void test_waiting_loses_nothing(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_output(TAKES_PARTS, true);
    for (unsigned n = 0; n < 6000; n++)
        assert_true(push_number(o, n));
    output_close(o, 20000, &c, NULL);
    assert_accounts(&c, 6000);
    assert_int_equal(c.dropped, 0);
}

static void test_a_sink_that_took_a_part_gets_no_line_twice(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_output(TAKES_PARTS, true);
    for (unsigned n = 0; n < 500; n++)
        push_number(o, n);
    output_close(o, 20000, &c, NULL);
    assert_accounts(&c, 500);
    assert_true(sink.writes > 10);
}

static void test_lost_lines_are_counted_dropped(void **state)
{
    struct error why = {{0}};
    (void)state;
    struct output_counters c;
    struct output *o = open_output(LOSES, true);
    for (unsigned n = 0; n < 1000; n++)
        push_number(o, n);
    output_flush(o);
    wait_for(&sink.writes, 1);
    while (!output_failed(o, &why))
        sched_yield();
    assert_non_null(strstr(why.text, " of 1000 lines lost"));
    output_close(o, 1000, &c, NULL);
    assert_accounts(&c, 1000);
    assert_int_equal(c.dropped, 1000);
}

static void test_close_gives_a_dead_sink_up_and_drops_the_rest(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_output(FAILS, true);
    for (unsigned n = 0; n < 2000; n++)
        push_number(o, n);
    output_flush(o);
    wait_for(&sink.writes, 4);
    uint64_t before = clock_monotonic_ns();
    output_close(o, 30, &c, NULL);
    uint64_t took_ms = (clock_monotonic_ns() - before) / NS_PER_MS;
    assert_true(took_ms >= 30 && took_ms < 5000);
    assert_accounts(&c, 2000);
    assert_int_equal(c.dropped_by[DROP_GIVEN_UP], 2000);
    assert_true(c.failures > 0);
    assert_int_equal(sink.flushes, 0);
}

/* Who pushes waits for the writer, the writer for the sink: without an end of patience nobody could stop the run. */
static void test_winding_down_frees_who_waits_for_a_busy_sink(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_output(IS_BUSY, true);
    output_wind_down(o, 30);
    for (unsigned n = 0; n < 20000; n++) /* much more than the ring holds */
        assert_true(push_number(o, n));
    output_close(o, 30, &c, NULL);
    assert_accounts(&c, 20000);
    assert_int_equal(c.dropped, 20000);
}

static void test_winding_down_waits_for_room_where_lines_were_dropped_before(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_output(TAKES, false);
    output_wind_down(o, 20000);
    for (unsigned n = 0; n < 200000; n++)
        assert_true(push_number(o, n));
    output_close(o, 20000, &c, NULL);
    assert_accounts(&c, 200000);
    assert_int_equal(c.dropped, 0);
}

static void test_a_sink_that_recovers_gets_everything(void **state)
{
    struct error why = {{0}};
    (void)state;
    struct output_counters c;
    struct output *o = open_output(FAILS, true);
    for (unsigned n = 0; n < 100; n++)
        push_number(o, n);
    output_flush(o);
    wait_for(&sink.writes, 4);
    assert_true(output_failed(o, &why));
    assert_string_equal(why.text, "no space left");
    sink.mood = TAKES;
    wait_for(&sink.writes, 6);
    for (uint64_t until = clock_monotonic_ns() + PATIENCE_S * NS_PER_S; output_failed(o, NULL); sched_yield())
        assert_true(clock_monotonic_ns() < until);
    output_close(o, 1000, &c, NULL);
    assert_accounts(&c, 100);
    assert_int_equal(c.dropped, 0);
}

static void test_reopen_reaches_the_sink_while_idle(void **state)
{
    (void)state;
    struct output *o = open_output(TAKES, false);
    output_reopen(o);
    wait_for(&sink.reopens, 1);
    output_close(o, 1000, NULL, NULL);
    assert_int_equal(sink.reopens, 1);
}

static void test_reopen_reaches_a_failing_sink(void **state)
{
    (void)state;
    struct output *o = open_output(FAILS, false);
    push_number(o, 1);
    output_flush(o);
    wait_for(&sink.writes, 2);
    output_reopen(o);
    wait_for(&sink.reopens, 1);
    output_close(o, 0, NULL, NULL);
}

static void test_a_failed_reopen_is_told_and_tried_again(void **state)
{
    struct error why = {{0}};
    (void)state;
    struct output *o = open_output(TAKES, false);
    sink.reopen_fails = true;
    output_reopen(o);
    wait_for(&sink.reopens, 1);
    while (!output_failed(o, &why))
        sched_yield();
    assert_string_equal(why.text, "no such place");
    sink.reopen_fails = false;
    wait_for(&sink.reopens, 2);
    output_close(o, 1000, NULL, NULL);
}

static void test_a_record_larger_than_a_batch_arrives_and_one_larger_than_the_ring_allows_is_dropped(void **state)
{
    enum { BATCH = 256 * 1024 };
    static char big[4 * BATCH];
    (void)state;
    struct output_counters c;
    struct output_options options = {.name = "test", .plugin = &plugin, .ring_size = 8 * BATCH, .wait = true};
    struct output *o = start_output(&options);
    memset(big, 'x', sizeof big);
    big[BATCH + 4096] = '\n';
    push_number(o, 1);
    assert_true(output_push(o, &(struct output_lines){.at = big, .size = BATCH + 4097, .count = 1}));
    assert_false(output_push(o, &(struct output_lines){.at = big, .size = sizeof big, .count = 1}));
    output_close(o, 1000, &c, NULL);
    assert_int_equal(c.produced, 3);
    assert_int_equal(c.written, 2);
    assert_int_equal(c.dropped, 1);
    assert_int_equal(c.dropped_by[DROP_TOO_LONG], 1);
    assert_int_equal(sink.largest, BATCH + 4097);
}

static void test_counters_never_say_more_than_was_produced(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_output(TAKES, false);
    for (unsigned n = 0; n < 100000; n++) {
        push_number(o, n);
        if (n % 64 != 0)
            continue;
        output_count(o, &c);
        assert_true(c.written + c.dropped <= c.produced);
        assert_int_equal(c.queued, c.produced - c.written - c.dropped);
        assert_int_equal(c.produced, n + 1);
    }
    output_close(o, 20000, &c, NULL);
    assert_accounts(&c, 100000);
}

static uint64_t numbers; /* sum of those that the records' lines were to have */

/* The record is a number; even ones become two lines, the number 13 none although one was promised. */
static uint32_t encode_number(void *arg, const void *record, uint64_t number, struct json *out)
{
    unsigned n, *calls = arg;
    memcpy(&n, record, sizeof n);
    ++*calls;
    numbers += number;
    uint32_t lines = n == 13 ? 0 : n % 2 ? 1 : 2;
    for (uint32_t i = 0; i < lines; i++) {
        json_open(out, NULL);
        json_uint(out, "n", n);
        json_close(out);
        json_end_line(out);
    }
    return lines;
}

static void push_record(struct output *o, unsigned n)
{
    void *to = output_reserve(o, &(struct output_lines){.size = sizeof n, .count = n % 2 ? 1 : 2, .type = EVENT_FLOW});
    assert_non_null(to);
    memcpy(to, &n, sizeof n);
    output_commit(o, sizeof n);
}

static void test_records_become_lines_among_the_lines_pushed(void **state)
{
    (void)state;
    struct output_counters c;
    unsigned calls = 0;
    numbers = 0;
    struct output *o = open_output(TAKES, true);
    output_encode_by(o, encode_number, &calls);
    push_record(o, 1);
    assert_true(output_push(o, &(struct output_lines){.at = "pushed\n", .size = 7, .count = 1}));
    push_record(o, 2);
    push_record(o, 13);
    output_settle(o);
    assert_int_equal(numbers, 1 + 3 + 5);
    assert_int_equal(calls, 3); /* all of them, before anything is closed */
    output_close(o, 20000, &c, NULL);
    assert_int_equal(sink.size, strlen("{\"n\":1}\npushed\n{\"n\":2}\n{\"n\":2}\n"));
    assert_memory_equal(sink.text, "{\"n\":1}\npushed\n{\"n\":2}\n{\"n\":2}\n", sink.size);
    assert_int_equal(c.produced, 5);
    assert_int_equal(c.written, 4);
    assert_int_equal(c.dropped, 1);
}

static void test_settling_ends_although_the_sink_takes_nothing(void **state)
{
    (void)state;
    struct output_counters c;
    unsigned calls = 0;
    struct output *o = open_output(IS_BUSY, true);
    output_encode_by(o, encode_number, &calls);
    for (unsigned n = 0; n < 100; n++)
        push_record(o, 1);
    output_wind_down(o, 50);
    output_settle(o);
    assert_int_equal(calls, 100);
    output_close(o, 50, &c, NULL);
    assert_int_equal(c.produced, 100);
    assert_int_equal(c.dropped, 100);
}

int main(void)
{
    log_setup(SENSOR_ERROR, false);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, clean_up)
    const struct CMUnitTest tests[] = {
        TEST(test_lines_arrive_whole_and_in_order),
        TEST(test_flush_makes_a_single_line_arrive),
        TEST(test_a_refusing_sink_says_why),
        TEST(test_a_full_ring_drops_and_counts_when_nobody_waits),
        TEST(test_waiting_loses_nothing),
        TEST(test_a_sink_that_took_a_part_gets_no_line_twice),
        TEST(test_lost_lines_are_counted_dropped),
        TEST(test_close_gives_a_dead_sink_up_and_drops_the_rest),
        TEST(test_winding_down_frees_who_waits_for_a_busy_sink),
        TEST(test_winding_down_waits_for_room_where_lines_were_dropped_before),
        TEST(test_a_sink_that_recovers_gets_everything),
        TEST(test_reopen_reaches_the_sink_while_idle),
        TEST(test_reopen_reaches_a_failing_sink),
        TEST(test_a_failed_reopen_is_told_and_tried_again),
        TEST(test_a_record_larger_than_a_batch_arrives_and_one_larger_than_the_ring_allows_is_dropped),
        TEST(test_counters_never_say_more_than_was_produced),
        TEST(test_records_become_lines_among_the_lines_pushed),
        TEST(test_settling_ends_although_the_sink_takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
