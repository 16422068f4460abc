/* SPDX-License-Identifier: Apache-2.0 */
/* The analysis: order of several workers, notes, and what a detector's words do to later events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/analysis.h"
#include "analysis/host.h"
#include "analysis/merge.h"
#include "analysis/notes.h"
#include "base/clock.h"

/* ------------------------------------------------------------------- merge */

static void send(struct ring *r, uint64_t order, uint8_t phase, uint64_t time_ns, uint64_t flow_id)
{
    struct observation *o = ring_reserve_wait(r, sizeof *o);
    *o = (struct observation){
        .size = sizeof *o, .kind = OBSERVE_STARTED, .order = order, .phase = phase, .time_ns = time_ns, .flow_id = flow_id};
    ring_commit(r, sizeof *o);
}

static void test_merge_orders_by_place_then_time_then_flow(void **state)
{
    (void)state;
    struct error error;
    struct ring *rings[] = {ring_new(1 << 16, &error), ring_new(1 << 16, &error), ring_new(1 << 16, &error)};
    send(rings[0], 1, 1, 10, 5);
    send(rings[0], 4, 0, 30, 9);
    send(rings[1], 2, 1, 20, 6);
    send(rings[1], 4, 0, 30, 7);
    send(rings[1], 4, 1, 31, 1);
    send(rings[2], 4, 0, 29, 99);
    for (int i = 0; i < 3; i++)
        ring_close(rings[i]);
    struct merge m;
    merge_init(&m, rings, 3);
    const uint64_t expected[] = {5, 6, 99, 7, 9, 1};
    for (size_t i = 0; i < 6; i++) {
        struct observation *o = merge_next(&m, 0);
        assert_non_null(o);
        assert_int_equal(o->flow_id, expected[i]);
    }
    assert_null(merge_next(&m, 0));
    assert_true(merge_finished(&m));
    for (int i = 0; i < 3; i++)
        ring_free(rings[i]);
}

static void test_merge_waits_for_a_silent_worker(void **state)
{
    (void)state;
    struct error error;
    struct ring *rings[] = {ring_new(1 << 16, &error), ring_new(1 << 16, &error)};
    send(rings[0], 1, 1, 10, 5);
    ring_flush(rings[0]);
    struct merge m;
    merge_init(&m, rings, 2);
    assert_null(merge_next(&m, 0));
    assert_false(merge_finished(&m));
    send(rings[1], 9, 1, 10, 6);
    ring_flush(rings[1]);
    assert_int_equal(merge_next(&m, 0)->flow_id, 5);
    assert_null(merge_next(&m, 0));
    ring_close(rings[0]);
    assert_int_equal(merge_next(&m, 0)->flow_id, 6);
    ring_close(rings[1]);
    assert_null(merge_next(&m, 0));
    assert_true(merge_finished(&m));
    ring_free(rings[0]);
    ring_free(rings[1]);
}

/* ------------------------------------------------------------------ notes */

static void test_notes_are_bounded_and_counted(void **state)
{
    (void)state;
    struct notes *n = notes_new(2);
    assert_null(notes_find(n, 1));
    assert_non_null(notes_take(n, 1));
    assert_non_null(notes_take(n, 4097)); /* same chain */
    assert_null(notes_take(n, 3));
    assert_int_equal(notes_lost(n), 1);
    notes_drop(n, 1);
    assert_non_null(notes_find(n, 4097));
    assert_null(notes_find(n, 1));
    assert_int_equal(notes_count(n), 1);
    notes_free(n);
}

static const struct sensor_rule rule = {
    .sid = 1799900, .rev = 1, .detector = "D99", .name = "test", .category = "Misc activity", .severity = 3};

/* ---------------------------------------------------------------- analysis */

struct told {
    int events[EVENT_TYPE_COUNT];
    bool flow_alerted;
    char label[NOTE_WORD_SIZE];
    int opened, closed;
};
static struct told told;
static const struct sensor_host *detector_host;

static void *fake_open(const struct sensor_host *host, const struct sensor_options *options, char *error, size_t error_size)
{
    (void)options, (void)error, (void)error_size;
    detector_host = host;
    told.opened++;
    return &told;
}

static void fake_observe(void *state, const struct observation *o, struct sensor_context *c)
{
    (void)state;
    if (!o->client_internal || o->server_internal)
        return;
    detector_host->label(c, "thing", "crypto-exchange");
    detector_host->count(c, "seen");
    struct sighting s = {.rule = &rule, .signature = "test", .dedup = {(const uint8_t *)"x", 1}, .limit = 1, .window_s = 60};
    detector_host->raise(c, &s);
}

static void fake_close(void *state)
{
    (void)state;
    told.closed++;
}

static const struct sensor_rule rules[] = {{.sid = 1799900}, {.sid = 0}};
static const struct sensor_plugin fake = {
    SENSOR_PLUGIN_ABI, .kind = SENSOR_DETECTOR, .name = "fake",
    .detector = {
        .observes = OBSERVE_BIT(OBSERVE_STARTED), .rules = rules, .open = fake_open, .observe = fake_observe, .close = fake_close}};

static void take_event(void *arg, const struct event *e)
{
    struct told *t = arg;
    t->events[e->type]++;
    if (e->type == EVENT_FLOW && e->note) {
        t->flow_alerted = e->note->alerted;
        snprintf(t->label, sizeof t->label, "%s", e->note->label[0]);
    }
}

static struct analysis *open_analysis(struct addr_set **home)
{
    struct error error = {{0}};
    static struct sensor_host host;
    static const struct analysis_detector detectors[] = {{&fake, NULL}};
    told = (struct told){0};
    host_init(&host, NULL, NULL);
    *home = addr_set_parse("[10.0.0.0/8]", NULL, NULL, &error);
    struct analysis_options options = {.home_net = *home,
                                       .host = &host,
                                       .detectors = detectors,
                                       .detector_count = 1,
                                       .events = EVENT_BIT(EVENT_ALERT) | EVENT_BIT(EVENT_FLOW),
                                       .emit = take_event,
                                       .arg = &told};
    struct analysis *a = analysis_open(&options, &error);
    if (!a)
        fail_msg("%s", error.text);
    return a;
}

static void observe(struct analysis *a, uint8_t kind, const char *client, const char *server, uint64_t flow_id)
{
    struct observation_ended o = {.head = {.size = sizeof o, .kind = kind, .flow_id = flow_id, .time_ns = NS_PER_S}};
    addr_parse(client, &o.head.client);
    addr_parse(server, &o.head.server);
    analysis_observe(a, &o.head);
}

static void test_sighting_becomes_alert_and_marks_the_flow(void **state)
{
    (void)state;
    struct addr_set *home;
    struct analysis *a = open_analysis(&home);
    const uint32_t records = OBSERVE_BIT(OBSERVE_ENDED) | OBSERVE_BIT(OBSERVE_TLS) | OBSERVE_BIT(OBSERVE_QUIC);
    assert_int_equal(analysis_wants(a), OBSERVE_BIT(OBSERVE_STARTED) | records);
    observe(a, OBSERVE_STARTED, "10.0.0.1", "192.0.2.1", 7);
    observe(a, OBSERVE_ENDED, "10.0.0.1", "192.0.2.1", 7);
    assert_int_equal(told.events[EVENT_ALERT], 1);
    assert_int_equal(told.events[EVENT_FLOW], 1);
    assert_true(told.flow_alerted);
    assert_string_equal(told.label, "crypto-exchange");
    struct plugin_counter counter;
    assert_int_equal(analysis_plugin_counters(a, &counter, 1), 1);
    assert_int_equal(counter.value, 1);
    analysis_close(a);
    addr_set_free(home);
    assert_int_equal(told.closed, 1);
}

static void test_hits_are_alerts_plus_held_back(void **state)
{
    (void)state;
    struct addr_set *home;
    struct analysis *a = open_analysis(&home);
    for (uint64_t i = 1; i <= 5; i++)
        observe(a, OBSERVE_STARTED, "10.0.0.1", "192.0.2.1", i);
    struct analysis_counters n;
    analysis_count(a, &n);
    assert_int_equal(n.sightings, 5);
    assert_int_equal(n.alerts, 1);
    assert_int_equal(n.held_back, 4);
    analysis_close(a);
    addr_set_free(home);
}

static void test_ended_flow_is_forgotten(void **state)
{
    (void)state;
    struct addr_set *home;
    struct analysis *a = open_analysis(&home);
    observe(a, OBSERVE_STARTED, "10.0.0.1", "192.0.2.1", 7);
    observe(a, OBSERVE_ENDED, "10.0.0.1", "192.0.2.1", 7);
    struct analysis_counters n;
    analysis_count(a, &n);
    assert_int_equal(n.notes, 0);
    analysis_close(a);
    addr_set_free(home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merge_orders_by_place_then_time_then_flow),
        cmocka_unit_test(test_merge_waits_for_a_silent_worker),
        cmocka_unit_test(test_notes_are_bounded_and_counted),
        cmocka_unit_test(test_sighting_becomes_alert_and_marks_the_flow),
        cmocka_unit_test(test_hits_are_alerts_plus_held_back),
        cmocka_unit_test(test_ended_flow_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
