/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_analyst.c - events reach the sink although observations never stop coming.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "analysis/host.h"
#include "base/log.h"
#include "fake_sink.h"
#include "run/analyst.h"

#define NOW_NS (1000 * NS_PER_S)

/* An analyst whose one log wants flow events, fed by hand. */
struct desk {
    struct ring *ring;
    struct output *output;
    struct eve *eve, *record;
    struct addr_set *home;
    struct sensor_host host;
    struct analyst *analyst;
    pthread_t thread;
};

static void open_desk(struct desk *d)
{
    struct error error = {{0}};
    struct eve_options eve = {.dns_version = 3};
    *d = (struct desk){.ring = ring_new(RING_SIZE, &error),
                       .output = open_output(TAKES, false),
                       .eve = eve_new(&eve, &error),
                       .record = eve_new(&eve, &error),
                       .home = addr_set_parse("any", NULL, NULL, &error)};
    host_init(&d->host, NULL, NULL);
    struct analysis_options analysis = {.home_net = d->home, .host = &d->host};
    struct analyst_options options = {
        .rings = &d->ring, .worker_count = 1, .live = true, .sink = {{EVENT_BIT(EVENT_FLOW), d->eve, d->record, d->output}}, .sink_count = 1};
    d->analyst = analyst_new(&options, &analysis, &error);
    if (!d->analyst)
        fail_msg("%s", error.text);
    assert_int_equal(pthread_create(&d->thread, NULL, analyst_run, d->analyst), 0);
}

static void close_desk(struct desk *d)
{
    ring_close(d->ring);
    pthread_join(d->thread, NULL);
    analyst_free(d->analyst);
    output_close(d->output, 1000, NULL, NULL);
    eve_free(d->eve);
    eve_free(d->record);
    addr_set_free(d->home);
    ring_free(d->ring);
}

/* A record of a flow, visible at once. */
static void say(struct desk *d, enum observation_kind kind, uint64_t time_ns)
{
    struct observation_ended o = {
        .head = {.size = sizeof o, .kind = (uint8_t)kind, .order = time_ns, .time_ns = time_ns, .flow_id = 7, .ip_version = 4}};
    void *place = ring_reserve_wait(d->ring, sizeof o);
    assert_non_null(place);
    memcpy(place, &o, sizeof o);
    ring_commit(d->ring, sizeof o);
    ring_flush(d->ring);
}

static void test_one_event_gets_out_while_observations_keep_coming(void **state)
{
    (void)state;
    struct desk d;
    open_desk(&d);
    say(&d, OBSERVE_ENDED, NOW_NS);
    uint64_t until = clock_monotonic_ns() + 5 * NS_PER_S;
    while (atomic_load(&sink.writes) == 0 && clock_monotonic_ns() < until) {
        say(&d, OBSERVE_STARTED, NOW_NS);
        sched_yield();
    }
    unsigned writes = atomic_load(&sink.writes);
    close_desk(&d);
    assert_int_equal(writes, 1);
    assert_int_equal(lines_in((struct slice){(const uint8_t *)sink.text, sink.size}), 1);
}

int main(void)
{
    log_setup(SENSOR_ERROR, false);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_event_gets_out_while_observations_keep_coming, set_up, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
