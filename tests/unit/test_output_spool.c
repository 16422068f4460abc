/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_output_spool.c - while a sink is away its lines wait on disk, follow in order, and survive the run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/log.h"
#include "fake_sink.h"

static char directory[64];

static int set_up_disk(void **state)
{
    snprintf(directory, sizeof directory, "/tmp/haetae-spool-XXXXXX");
    return mkdtemp(directory) != NULL ? set_up(state) : -1;
}

static int clean_up_disk(void **state)
{
    char command[128];
    clean_up(state);
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command);
}

static struct output *open_spooling(enum mood mood, bool wait, uint64_t spool_size)
{
    struct output_options options = {.name = "test", .plugin = &plugin, .ring_size = RING_SIZE, .wait = wait,
                                     .spool_directory = directory, .spool_size = spool_size};
    sink.mood = mood;
    return start_output(&options);
}

static struct output_counters wait_until(struct output *o, bool (*holds)(const struct output_counters *))
{
    struct output_counters c;
    for (uint64_t until = clock_monotonic_ns() + PATIENCE_S * NS_PER_S; output_count(o, &c), !holds(&c); usleep(1000))
        assert_true(clock_monotonic_ns() < until);
    return c;
}

static bool nothing_is_queued(const struct output_counters *c)
{
    return c->queued == 0;
}

static bool all_is_written(const struct output_counters *c)
{
    return c->written == c->produced + c->recovered;
}

/* ---------------------------------------------------------------- tests */

static void test_an_outage_goes_to_the_disk_and_comes_back_in_order(void **state)
{
    (void)state;
    struct output *o = open_spooling(FAILS, false, 64 << 20);
    for (unsigned n = 0; n < 20000; n++) { /* many times what the ring holds */
        assert_true(push_number(o, n));
        if (n % 500 == 499) {
            output_flush(o);
            wait_until(o, nothing_is_queued);
        }
    }
    struct output_counters c = wait_until(o, nothing_is_queued);
    assert_int_equal(c.spooled, 20000);
    assert_int_equal(c.outages, 1);
    sink.mood = TAKES_PARTS;
    for (unsigned n = 20000; n < 20100; n++)
        assert_true(push_number(o, n));
    output_flush(o);
    c = wait_until(o, all_is_written);
    assert_int_equal(c.spooled, 0);
    push_number(o, 20100);
    output_close(o, 5000, &c, NULL);
    assert_accounts(&c, 20101);
    assert_int_equal(c.dropped, 0);
}

static void test_what_is_left_at_the_end_is_sent_by_the_next_run(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_spooling(FAILS, true, 64 << 20);
    for (unsigned n = 0; n < 3000; n++)
        push_number(o, n);
    output_close(o, 5000, &c, NULL);
    assert_int_equal(c.produced, 3000);
    assert_int_equal(c.spooled, 3000);
    assert_int_equal(c.dropped, 0);
    o = open_spooling(TAKES, true, 64 << 20);
    for (unsigned n = 3000; n < 3010; n++)
        push_number(o, n);
    output_close(o, 5000, &c, NULL);
    assert_int_equal(c.recovered, 3000);
    assert_int_equal(c.produced, 10);
    assert_int_equal(c.written, 3010);
    assert_int_equal(kept_in_order(), 3010);
}

static void test_a_full_spool_takes_alerts_and_counts_the_rest(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_spooling(FAILS, false, 256 << 10);
    unsigned alerts = 0;
    for (unsigned n = 0; n < 8000; n++) {
        alerts += n % 20 == 0;
        push_event(o, n % 20 == 0 ? EVENT_ALERT : EVENT_FLOW, n);
        if (n % 200 == 199) {
            output_flush(o);
            wait_until(o, nothing_is_queued);
        }
    }
    c = wait_until(o, nothing_is_queued);
    assert_true(c.dropped_by[DROP_SPOOL_FULL] > 0);
    assert_int_equal(c.dropped, c.dropped_by[DROP_SPOOL_FULL]);
    assert_int_equal(c.dropped_alerts, 0);
    assert_int_equal(c.spooled + c.dropped, 8000);
    assert_true(c.spooled > alerts);
    sink.mood = TAKES;
    output_close(o, 20000, &c, NULL);
    assert_int_equal(c.spooled + c.written + c.dropped, 8000);
    assert_int_equal(kept_in_order(), c.written);
}

static void test_a_reader_waits_for_a_full_spool(void **state)
{
    (void)state;
    struct output_counters c;
    struct output_options options = {.name = "test", .plugin = &plugin, .ring_size = RING_SIZE, .wait = true, .patience_ms = 2500,
                                     .spool_directory = directory, .spool_size = 256 << 10};
    sink.mood = FAILS;
    struct output *o = start_output(&options);
    for (unsigned n = 0; n < 9000; n++) /* more than spool and ring hold: waits until the sink is given up */
        push_number(o, n);
    output_close(o, 100, &c, NULL);
    assert_int_equal(c.produced, 9000);
    assert_true(c.spooled > 0 && c.dropped_by[DROP_SPOOL_FULL] > 0);
    assert_int_equal(c.spooled + c.dropped, 9000);
}

static void test_a_working_sink_never_spools(void **state)
{
    (void)state;
    struct output_counters c;
    struct output *o = open_spooling(TAKES, true, 64 << 20);
    for (unsigned n = 0; n < 20000; n++)
        push_number(o, n);
    output_close(o, 5000, &c, NULL);
    assert_accounts(&c, 20000);
    assert_int_equal(c.spooled + c.dropped, 0);
}

int main(void)
{
    log_setup(SENSOR_ERROR, false);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_disk, clean_up_disk)
    const struct CMUnitTest tests[] = {
        TEST(test_an_outage_goes_to_the_disk_and_comes_back_in_order),
        TEST(test_what_is_left_at_the_end_is_sent_by_the_next_run),
        TEST(test_a_full_spool_takes_alerts_and_counts_the_rest),
        TEST(test_a_reader_waits_for_a_full_spool),
        TEST(test_a_working_sink_never_spools),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
