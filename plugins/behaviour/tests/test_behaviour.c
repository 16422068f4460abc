/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_behaviour.c - D16, D18, D19 and D22: new places, long connections, uploads, addresses that nobody resolved.
 */
#include "behaviour_test.h"

static void tick(void *state, double s)
{
    sensor_plugin_behaviour.detector.tick(state, BEGIN * SECOND + (uint64_t)(s * 1e9), NULL);
}

/* ------------------------------------------------------------------- D16 */

static const char *const server[] = {"10.1.2.3", "server", NULL};

/* A flow from one host to the named place, at that day. */
static void reach(void *state, const char *name, double day)
{
    peer_is(name, NAME_TLS);
    feed_flow(state, day * DAY, 500);
}

static void test_a_server_at_a_new_place_alerts_after_a_week(void **state)
{
    fake.role = server;
    reach(*state, "www.example.org", 0);
    reach(*state, "www.example.net", 3);
    assert_int_equal(fake.raised_count, 0); /* still learning */
    reach(*state, "cdn.example.org", 8);    /* the domain is known */
    assert_int_equal(fake.raised_count, 0);
    reach(*state, "new.example.com", 8);
    assert_int_equal(only()->sid, 1791600);
    assert_string_equal(only()->signature, "First contact of anybody with new.example.com, from a server");
    assert_has(only()->facts, "learned_days=8\nplaces_known=3\n");
    assert_has(only()->facts, "role=server\nrole_source=test.yaml:1\n");
    reach(*state, "other.example.com", 8);
    only();
    fake.role = NULL;
}

static void test_other_hosts_are_labelled_only(void **state)
{
    reach(*state, "www.example.org", 0);
    reach(*state, "www.example.com", 8);
    assert_int_equal(fake.raised_count, 0);
    assert_int_equal(fake.label_count, 1);
    assert_string_equal(fake.label[0], "- first-seen");
}

static void test_the_set_survives_a_restart_and_damage_begins_anew(void **state)
{
    fake.role = server;
    reach(*state, "www.example.org", 0);
    reopen(state, NULL, NULL); /* saved and loaded */
    reach(*state, "www.example.org", 8);
    assert_int_equal(fake.raised_count, 0);
    reach(*state, "www.example.com", 8);
    assert_int_equal(only()->sid, 1791600);
    sensor_plugin_behaviour.detector.close(*state);
    fake.state_size--;
    *state = open_with(NULL, NULL);
    reach(*state, "www.example.edu", 9);
    assert_int_equal(fake.raised_count, 0); /* learning again */
    fake.role = NULL;
}

static void test_unanswered_flows_reach_no_place(void **state)
{
    union fake_observation o;
    reach(*state, "www.example.org", 0);
    begin_flow(&o, 8 * DAY, 60);
    o.head.marks = 0;
    o.head.server = fake_address("198.51.100.9");
    feed(*state, &o);
    assert_int_equal(fake.label_count, 0);
}

static void test_places_plateau(void **state)
{
    union fake_observation o;
    reopen(state, "places", "64");
    for (unsigned i = 0; i < 1000; i++) {
        begin_flow(&o, i, 60);
        o.head.server.bytes[14] = (uint8_t)(i >> 8);
        o.head.server.bytes[15] = (uint8_t)i;
        feed(*state, &o);
    }
    tick(*state, 1000);
    assert_int_equal(fake_counted("places"), 64);
    assert_int_equal(fake_counted("places_evicted"), 1000 - 64);
}

/* ------------------------------------------------------------------- D18 */

static void last(union fake_observation *o, uint64_t flow_id, double seconds)
{
    begin_flow(o, 0, 60);
    o->head.flow_id = flow_id;
    o->head.last_ns = o->head.start_ns + (uint64_t)(seconds * 1e9);
    o->head.time_ns = o->head.last_ns;
}

static void pass_hour(void *state, uint64_t flow_id, double seconds)
{
    union fake_observation o;
    last(&o, flow_id, seconds);
    o.head.kind = OBSERVE_LASTING;
    feed(state, &o);
}

static void end_open(void *state, uint64_t flow_id, double seconds, uint16_t port)
{
    union fake_observation o;
    last(&o, flow_id, seconds);
    o.head.server_port = port;
    o.head.time_ns += SECOND;
    feed(state, &o);
}

static void test_an_open_connection_is_told_at_each_grade(void **state)
{
    static const double at_h[] = {1.1, 2, 3.5, 5, 8, 12.1, 20}; /* 4 to 5 without a packet */
    static const size_t told[] = {1, 1, 1, 2, 3, 4, 4};
    for (size_t i = 0; i < sizeof at_h / sizeof *at_h; i++) {
        pass_hour(*state, 77, at_h[i] * 3600);
        assert_int_equal(fake.raised_count, told[i]);
    }
    assert_int_equal(fake.raised[0].sid, 1791800);
    assert_int_equal(fake.raised[0].severity, 3);
    assert_string_equal(fake.raised[3].signature, "Connection open for 12 h or more to 203.0.113.9 port 443");
    assert_has(fake.raised[0].facts, "flow=77\nduration_s=3960\ngrade_h=1\nstate=open\n");
    end_open(*state, 77, 21 * 3600, 443);
    assert_int_equal(fake.raised_count, 4); /* told already */
    tick(*state, 80000);
    assert_int_equal(fake_counted("lasting_flows"), 0);
}

static void test_a_connection_is_called_what_it_is_called_by_then(void **state)
{
    peer_is("vpn.example.net", NAME_TLS);
    pass_hour(*state, 77, 4000);
    assert_has(only()->facts, "matched_value=vpn.example.net\n");
}

static void test_the_end_judges_what_was_not_remembered(void **state)
{
    end_open(*state, 1, 3599, 443);
    end_open(*state, 2, 5000, 993); /* waits for mail */
    assert_int_equal(fake.raised_count, 0);
    end_open(*state, 3, 3601, 443);
    assert_has(only()->facts, "duration_s=3601\ngrade_h=1\nstate=ended\n");
}

static void test_only_flows_of_an_hour_are_remembered(void **state)
{
    reopen(state, "long-flows", "64");
    for (uint64_t i = 1; i <= 1000; i++)
        end_open(*state, i, 60, 443);
    tick(*state, 4000);
    assert_int_equal(fake_counted("lasting_flows"), 0);
    for (uint64_t i = 1; i <= 66; i++)
        pass_hour(*state, i, 3600);
    tick(*state, 8000);
    assert_int_equal(fake_counted("lasting_flows"), 64);
    assert_int_equal(fake_counted("lasting_flows_evicted"), 2);
}

static void test_a_new_place_makes_it_louder(void **state)
{
    reach(*state, "www.example.org", 0);
    union fake_observation o;
    peer_is("new.example.com", NAME_TLS);
    begin_flow(&o, 8 * DAY, 60);
    o.head.last_ns += 2 * 3600 * SECOND;
    feed(*state, &o);
    assert_int_equal(only()->severity, 2);
}

/* ------------------------------------------------------------------- D19 */

static void send_out(void *state, double s, uint64_t out, uint64_t in)
{
    union fake_observation o;
    begin_flow(&o, s, out);
    o.head.server_port = (uint16_t)((uint64_t)s % 60000 + 1); /* else it is a beacon too */
    o.head.bytes[TO_CLIENT] = in;
    feed(state, &o);
}

static void test_a_large_upload_alerts_once(void **state)
{
    peer_is("drop.example.net", NAME_TLS);
    send_out(*state, 0, 25000000, 300000);
    assert_int_equal(only()->sid, 1791900);
    assert_string_equal(only()->signature, "Large upload to drop.example.net: 25 MB");
    assert_has(only()->facts, "bytes_out=25000000\nbytes_in=300000\nratio=83\nflows=1\n");
    send_out(*state, 60, 25000000, 300000);
    only();
}

static void test_near_uploads_are_none(void **state)
{
    send_out(*state, 0, 20 * 1024 * 1024 - 1, 1000);
    reopen(state, NULL, NULL);
    send_out(*state, 0, 50000000, 6000000);
    reopen(state, NULL, NULL);
    peer_is("f000.backblazeb2.com", NAME_TLS);
    send_out(*state, 0, 50000000, 100);
    assert_int_equal(fake.raised_count, 0);
    assert_int_equal(fake_counted("upload_usual"), 1);
}

static void test_many_flows_of_a_day_are_one_upload(void **state)
{
    for (unsigned i = 0; i < 25; i++)
        send_out(*state, i * 600, 1000000, 10000);
    assert_int_equal(only()->sid, 1791901);
    assert_has(only()->facts, "bytes_out=21000000\nbytes_in=210000\nratio=100\nflows=21\n");
    reopen(state, NULL, NULL);
    for (unsigned i = 0; i < 25; i++)
        send_out(*state, i * 6000, 1000000, 10000); /* 15 of them within a day */
    assert_int_equal(fake.raised_count, 0);
}

static void test_a_host_that_always_sends_is_judged_by_its_own(void **state)
{
    for (unsigned i = 0; i < 200; i++)
        send_out(*state, i, 10000000, 10000000);
    send_out(*state, 300, 30000000, 1000);
    assert_int_equal(fake.raised_count, 0); /* 99 of 100 are below 16 MB, three times that is 50 MB */
    send_out(*state, 301, 60000000, 1000);
    assert_has(only()->facts, "usual_flow_bytes=16777216\n");
}

static void test_upload_pairs_plateau(void **state)
{
    union fake_observation o;
    reopen(state, "pairs", "64");
    for (unsigned i = 0; i < 1000; i++) {
        begin_flow(&o, i, 20000);
        o.head.server.bytes[14] = (uint8_t)(i >> 8);
        o.head.server.bytes[15] = (uint8_t)i;
        feed(*state, &o);
    }
    tick(*state, 1000);
    assert_int_equal(fake_counted("pairs_evicted"), 1000 - 64);
}

/* ------------------------------------------------------------------- D22 */

static void resolve(void *state, double s)
{
    union fake_observation o;
    begin_flow(&o, s, 80);
    o.head.kind = OBSERVE_DNS;
    o.dns.is_response = 1;
    struct dns_record r = {.name = fake_text(&o, "www.example.org"), .type = 1, .class = 1};
    struct text_ref at = fake_bytes(&o, &r, sizeof r);
    o.dns.questions = o.dns.answers = (struct array_ref){at.at, 1};
    feed(state, &o);
}

static void connect_to(void *state, double s, uint16_t port, uint8_t proto)
{
    union fake_observation o;
    begin_flow(&o, s, 80);
    o.head.server_port = port;
    o.head.proto = proto;
    feed(state, &o);
}

static void test_an_address_nobody_resolved_on_an_odd_port(void **state)
{
    resolve(*state, 0);
    resolve(*state, 3000);
    connect_to(*state, 3700, 1244, 6);
    assert_int_equal(only()->sid, 1792200);
    assert_string_equal(only()->signature, "Connection to 203.0.113.9 port 1244 without a DNS answer");
    assert_has(only()->facts, "odd_port=yes\n");
}

static void test_what_is_not_direct_enough(void **state)
{
    connect_to(*state, 3700, 1244, 6); /* nothing known of the host's DNS */
    resolve(*state, 4000);
    connect_to(*state, 4100, 1244, 6); /* not for long enough */
    resolve(*state, 8000);
    connect_to(*state, 8100, 443, 6);   /* an ordinary port, and the set is learning */
    connect_to(*state, 8100, 50000, 17);
    peer_is("c2.example.net", NAME_SAME_HOST);
    connect_to(*state, 8200, 1244, 6);  /* resolved */
    peer_is(NULL, NAME_TLS);
    connect_to(*state, 20000, 1244, 6); /* its DNS goes another way by now */
    assert_int_equal(fake.raised_count, 0);
}

static void test_a_numeric_host_is_no_name(void **state)
{
    resolve(*state, 0);
    resolve(*state, 3000);
    peer_is("203.0.113.9", NAME_HTTP);
    connect_to(*state, 3700, 1244, 6);
    assert_has(only()->facts, "matched_value=203.0.113.9\nhost_header=numeric\n");
}

static void test_peer_to_peer_is_counted_only(void **state)
{
    resolve(*state, 0);
    resolve(*state, 3000);
    for (unsigned i = 0; i < 100; i++)
        connect_to(*state, 3700, (uint16_t)(40000 + i), 6);
    assert_int_equal(fake.raised_count, 16);
    assert_int_equal(fake_counted("direct_many"), 84);
}

/* ------------------------------------------------------------------ options */

static void test_wrong_options_say_what_is_wrong(void **state)
{
    static const char *const option[][2] = {{"long-quiet-ports", "70000"}, {"long-quiet-ports", "ssh"}, {"usual", "/nowhere.csv"}};
    static const char *const said[] = {"'70000' is no port", "'ssh' is no port", "/nowhere.csv: No such file"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const char *const options[] = {option[i][0], option[i][1], NULL};
        char error[256] = "";
        fake.plugin = &sensor_plugin_behaviour;
        fake.option = options;
        assert_null(sensor_plugin_behaviour.detector.open(&fake_host, NULL, error, sizeof error));
        if (i < 2 || strstr(error, "nowhere") == NULL)
            assert_has(error, said[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_server_at_a_new_place_alerts_after_a_week, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_hosts_are_labelled_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_set_survives_a_restart_and_damage_begins_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unanswered_flows_reach_no_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_places_plateau, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_open_connection_is_told_at_each_grade, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_connection_is_called_what_it_is_called_by_then, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_end_judges_what_was_not_remembered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_only_flows_of_an_hour_are_remembered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_new_place_makes_it_louder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_large_upload_alerts_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_near_uploads_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_flows_of_a_day_are_one_upload, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_host_that_always_sends_is_judged_by_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_upload_pairs_plateau, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_address_nobody_resolved_on_an_odd_port, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_direct_enough, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_numeric_host_is_no_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_peer_to_peer_is_counted_only, set_up, tear_down),
        cmocka_unit_test(test_wrong_options_say_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
