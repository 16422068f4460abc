/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_beacon.c - D17: what is regular enough, what is not, what is left out, and that memory stays bounded.
 */
#include "behaviour_test.h"

#include <math.h>

/* Connections every `every_s` with `jitter` (0 to 1) for `days`, sizes within `size_jitter` of 500 bytes; then the end. */
static void feed_beacon(void *state, double every_s, double jitter, double size_jitter, double days)
{
    uint32_t seed = 1;
    for (double s = 7; s < days * DAY; s += every_s * (1 + jitter * (2 * chance(&seed) - 1)))
        feed_flow(state, s, (uint64_t)(500 * (1 + size_jitter * (2 * chance(&seed) - 1))));
    feed_end_of_capture(state, days * DAY);
}

/* Connections by chance, `every_s` on the mean, between these hours of each day. */
static void feed_chance(void *state, double every_s, double days, uint32_t seed, bool same_size, unsigned from_hour, unsigned to_hour)
{
    for (double s = 7; s < days * DAY; s -= every_s * log(1 - chance(&seed))) {
        double hour = fmod(s, DAY) / 3600;
        if (hour >= from_hour && hour < to_hour)
            feed_flow(state, s, same_size ? 500 : (uint64_t)exp(7 + 2.4 * (chance(&seed) - 0.5)));
    }
    feed_end_of_capture(state, days * DAY);
}

static void test_a_beacon_of_a_minute_is_told_with_its_parts(void **state)
{
    feed_beacon(*state, 60, 0, 0, 1);
    assert_true(fake.raised_count > 0);
    const struct fake_raised *r = &fake.raised[fake.raised_count - 1];
    assert_int_equal(r->sid, 1791700);
    assert_int_equal(r->limit, 1);
    assert_int_equal(r->window_s, DAY);
    assert_string_equal(r->signature, "Regular connections to 203.0.113.9 port 443");
    assert_string_equal(r->dedup, "203.0.113.9 443 6");
    assert_has(r->facts, "connections=1440\n");
    assert_has(r->facts, "beacon_score_permille=1000\ninterval_score_permille=1000\nsize_score_permille=1000\n");
    assert_has(r->facts, "interval_median_s=60\ninterval_madm_s=0\n");
    assert_has(r->facts, "bins=60 60 60 60 60 60 60 60 60 60 60 60 60 60 60 60 60 60 60 60 60 60 60 60\n");
    assert_has(r->why, "10.1.2.3 connected to 203.0.113.9 port 443 1440 times in the last 24 hours\n");
}

static void test_jitter_does_not_hide_a_beacon(void **state)
{
    static const double cases[][3] = {{60, 0.2, 0.1}, {60, 0.5, 0.5}, {60, 0.8, 0.5}, {600, 0.2, 0.1}, {3600, 0.2, 0.1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reopen(state, NULL, NULL);
        feed_beacon(*state, cases[i][0], cases[i][1], cases[i][2], 1);
        if (fake.raised_count == 0 || fake.raised[0].sid != 1791700)
            fail_msg("case %zu", i);
    }
}

static void test_a_slow_beacon_needs_the_week(void **state)
{
    static const double every_h[] = {3, 4, 6};
    for (size_t i = 0; i < sizeof every_h / sizeof *every_h; i++) {
        reopen(state, NULL, NULL);
        feed_beacon(*state, every_h[i] * 3600, 0.1, 0.1, 7);
        if (fake.raised_count == 0)
            fail_msg("every %g hours: nothing", every_h[i]);
        for (size_t n = 0; n < fake.raised_count; n++)
            assert_int_equal(fake.raised[n].sid, 1791701);
        assert_has(fake.raised[0].why, "times in the last 7 days\n");
        reopen(state, NULL, NULL);
        feed_beacon(*state, every_h[i] * 3600, 0.1, 0.1, 2);
        assert_int_equal(fake.raised_count, 0);
    }
}

/* Pairs out of 20 that alert. */
static unsigned chance_alerts(void **state, double every_s, bool same_size)
{
    unsigned count = 0;
    for (uint32_t seed = 1; seed <= 20; seed++) {
        reopen(state, NULL, NULL);
        feed_chance(*state, every_s, every_s < 3600 ? 1 : 7, seed, same_size, 0, 24);
        count += fake.raised_count > 0;
    }
    return count;
}

static void test_chance_is_no_beacon(void **state)
{
    static const double every_s[] = {60, 600, 1800, 3600, 4 * 3600, 8 * 3600};
    for (size_t i = 0; i < sizeof every_s / sizeof *every_s; i++) {
        unsigned other = chance_alerts(state, every_s[i], false), same = chance_alerts(state, every_s[i], true);
        if (other > 0 || same > 1) /* few connections of one size: chance looks even once in a while */
            fail_msg("every %g s: %u, of one size %u", every_s[i], other, same);
    }
}

static void test_office_hours_are_no_beacon(void **state)
{
    static const double every_s[] = {60, 300, 3600};
    for (size_t i = 0; i < sizeof every_s / sizeof *every_s; i++)
        for (uint32_t seed = 1; seed <= 10; seed++) {
            reopen(state, NULL, NULL);
            feed_chance(*state, every_s[i], every_s[i] < 3600 ? 2 : 7, seed, false, 9, 18);
            assert_int_equal(fake.raised_count, 0);
        }
}

static void test_a_short_capture_tells_nothing(void **state)
{
    feed_beacon(*state, 10, 0, 0, 0.2);
    assert_int_equal(fake.raised_count, 0);
}

static void test_a_second_is_a_strobe(void **state)
{
    for (uint32_t s = 0; s < 3 * DAY / 2; s++)
        feed_flow(*state, s * 0.99, 500);
    assert_true(fake.raised_count > 0);
    assert_int_equal(fake.raised[fake.raised_count - 1].sid, 1791702);
    assert_has(fake.raised[fake.raised_count - 1].signature, "Ceaseless connections to 203.0.113.9 port 443");
}

static void test_the_name_is_the_place_whatever_the_address(void **state)
{
    union fake_observation o;
    peer_is("c2.example.net", NAME_TLS);
    for (unsigned i = 0; i < 1440; i++) {
        begin_flow(&o, i * 60, 500);
        o.head.server.bytes[15] = (uint8_t)i;
        feed(*state, &o);
    }
    feed_end_of_capture(*state, DAY);
    assert_true(fake.raised_count > 0);
    assert_string_equal(fake.raised[0].dedup, "c2.example.net 443 6");
    assert_has(fake.raised[0].facts, "matched_value=c2.example.net\nname_source=flow\n");
}

static void test_usual_services_and_others_names_are_left_out(void **state)
{
    peer_is("au.download.windowsupdate.com", NAME_HTTP);
    feed_beacon(*state, 60, 0, 0, 1);
    assert_int_equal(fake.raised_count, 0);
    assert_true(fake_counted("beacon_usual") > 0);
    reopen(state, NULL, NULL);
    peer_is("notwindowsupdate.com", NAME_HTTP);
    feed_beacon(*state, 60, 0, 0, 1);
    assert_true(fake.raised_count > 0);
    reopen(state, NULL, NULL);
    peer_is("windowsupdate.com", NAME_NETWORK); /* resolved by somebody else: the address stands */
    feed_beacon(*state, 60, 0, 0, 1);
    assert_has(fake.raised[0].facts, "matched_value=203.0.113.9\n");
}

static void feed_changed(void *state, void (*change)(struct observation *))
{
    union fake_observation o;
    for (unsigned i = 0; i < 1440; i++) {
        begin_flow(&o, i * 60, 500);
        change(&o.head);
        feed(state, &o);
    }
    feed_end_of_capture(state, DAY);
}

static void inside(struct observation *o) { o->server_internal = 1; }
static void from_outside(struct observation *o) { o->client_internal = 0; }
static void multicast(struct observation *o) { o->server = fake_address("224.0.0.251"); }
static void broadcast(struct observation *o) { o->server = fake_address("255.255.255.255"); }
static void link_local(struct observation *o) { o->server = fake_address("fe80::1"); }
static void ping(struct observation *o) { o->proto = 1; }
static void midstream(struct observation *o) { o->marks |= MARK_MIDSTREAM; }
static void resolver(struct observation *o) { o->app_proto = APP_DNS; }
static void clock_server(struct observation *o) { o->app_proto = APP_NTP; }

static void test_what_is_not_of_ours_to_outside_is_left_out(void **state)
{
    static void (*const changes[])(struct observation *) = {inside, from_outside, multicast, broadcast, link_local,
                                                            ping,   midstream,    resolver,  clock_server};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        reopen(state, NULL, NULL);
        feed_changed(*state, changes[i]);
        if (fake.raised_count > 0)
            fail_msg("case %zu", i);
    }
}

static void test_late_and_early_starts_are_counted_where_they_belong(void **state)
{
    for (unsigned i = 0; i < 1440; i++)
        feed_flow(*state, (i ^ 7) * 60, 500); /* flows end in another order than they begin */
    feed_end_of_capture(*state, DAY);
    assert_true(fake.raised_count > 0);
    feed_flow(*state, 400 * DAY, 500); /* and after a year of silence nothing of it counts */
    size_t before = fake.raised_count;
    feed_end_of_capture(*state, 400 * DAY);
    assert_int_equal(fake.raised_count, before);
}

static void test_a_flood_of_pairs_stays_bounded_and_spares_the_beacon(void **state)
{
    union fake_observation o;
    reopen(state, "beacon-pairs", "64");
    for (unsigned i = 0; i < 1440; i++) {
        feed_flow(*state, i * 60, 500);
        for (unsigned n = 0; n < 40; n++) { /* each pair is seen once or twice: never worth a ring */
            begin_flow(&o, i * 60, 500);
            o.head.server = fake_address("198.51.100.1");
            o.head.server_port = (uint16_t)(i * 20 + n);
            feed(*state, &o);
        }
    }
    feed_end_of_capture(*state, DAY);
    assert_int_equal(fake_counted("beacon_pairs"), 1);
    assert_true(fake.raised_count > 0);
    for (unsigned i = 0; i < 1000; i++) /* seen often enough: the table plateaus and says so */
        for (unsigned n = 0; n < 8; n++) {
            begin_flow(&o, DAY + i, 500);
            o.head.server_port = (uint16_t)(1000 + i);
            feed(*state, &o);
        }
    feed_end_of_capture(*state, DAY);
    assert_int_equal(fake_counted("beacon_pairs"), 64);
    assert_int_equal(fake_counted("beacon_pairs_evicted"), 1000 + 1 - 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_beacon_of_a_minute_is_told_with_its_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_jitter_does_not_hide_a_beacon, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_slow_beacon_needs_the_week, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_chance_is_no_beacon, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_office_hours_are_no_beacon, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_short_capture_tells_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_second_is_a_strobe, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_name_is_the_place_whatever_the_address, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_usual_services_and_others_names_are_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_of_ours_to_outside_is_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_late_and_early_starts_are_counted_where_they_belong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_flood_of_pairs_stays_bounded_and_spares_the_beacon, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
