/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dprk_contact.c - D01 and D02: which flows with a listed address are told, and how loud.
 */
#include "dprk_test.h"

enum { SYN = 0x02, RST = 0x04, ACK = 0x10 };

/* A flow of the internal host to `server`. */
static void outbound(union fake_observation *o, enum observation_kind kind, const char *server, uint16_t port)
{
    fake_begin(o, kind);
    o->head.server = fake_address(server);
    o->head.server_port = port;
    o->head.ip_version = strchr(server, ':') != NULL ? 6 : 4;
}

/* A flow of `client` to the internal host. */
static void inbound(union fake_observation *o, enum observation_kind kind, const char *client)
{
    fake_begin(o, kind);
    o->head.client = fake_address(client);
    o->head.server = fake_address("10.1.2.3");
    o->head.client_internal = 0;
    o->head.server_internal = 1;
}

static void test_answered_contact_is_high(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_REPLIED, "198.51.100.1", 443);
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790100);
    assert_int_equal(only()->severity, 1);
    assert_string_equal(only()->signature, "DPRK BlueNoroff address contacted, it answered");
    assert_string_equal(only()->dedup, "198.51.100.1");
    assert_has(only()->facts, "matched_on=flow.dest_ip\nmatched_value=198.51.100.1\ndirection=outbound\n");
}

static void test_flow_start_alone_says_nothing(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_STARTED, "198.51.100.1", 443);
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0);
}

static void test_unanswered_contact_is_medium_at_the_end(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_ENDED, "198.51.100.1", 443);
    o.head.packets[TO_CLIENT] = 0;
    o.head.marks = 0;
    o.ended.tcp_flags[TO_SERVER] = SYN;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790101);
    assert_int_equal(only()->severity, 2);
}

static void test_refused_contact_is_medium_and_says_refused(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_ENDED, "198.51.100.1", 443);
    o.head.marks = 0;
    o.ended.tcp_flags[TO_SERVER] = SYN | ACK;
    o.ended.tcp_flags[TO_CLIENT] = RST | ACK;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790101);
    assert_int_equal(only()->severity, 2);
    assert_has(only()->why, "and it refused: ");
}

static void test_acknowledged_answer_out_of_sight_counts_as_answered(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_ENDED, "198.51.100.1", 443);
    o.head.packets[TO_CLIENT] = 0;
    o.head.marks = 0;
    o.ended.tcp_flags[TO_SERVER] = SYN | ACK;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790100);
    assert_int_equal(only()->severity, 1);
}

static void test_answered_flow_is_not_told_again_at_its_end(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_ENDED, "198.51.100.1", 443);
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0);
}

static void test_inbound_connection_is_medium_and_told_once(void **state)
{
    union fake_observation o;
    inbound(&o, OBSERVE_HTTP_REQUEST, "198.51.100.1");
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790102);
    assert_int_equal(only()->severity, 2);
    assert_int_equal(only()->target_is_server, 1);
    assert_has(only()->facts, "direction=inbound\n");
    o.head.kind = OBSERVE_ENDED;
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 1);
}

static void test_inbound_scan_is_low(void **state)
{
    union fake_observation o;
    inbound(&o, OBSERVE_REPLIED, "198.51.100.1");
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0); /* a handshake may stay half open */
    o.head.kind = OBSERVE_ENDED;
    o.head.marks = 0;
    o.ended.tcp_flags[TO_SERVER] = SYN;
    o.ended.tcp_flags[TO_CLIENT] = RST | ACK;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790103);
    assert_int_equal(only()->severity, 3);
}

static void test_half_open_scan_is_low(void **state)
{
    union fake_observation o;
    inbound(&o, OBSERVE_ENDED, "198.51.100.1");
    o.ended.tcp_flags[TO_SERVER] = SYN | RST;
    o.ended.tcp_flags[TO_CLIENT] = SYN | ACK;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790103);
}

static void test_inbound_udp_answered_is_medium(void **state)
{
    union fake_observation o;
    inbound(&o, OBSERVE_REPLIED, "198.51.100.1");
    o.head.proto = 17;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790102);
}

static void test_guessed_classification_proves_no_connection(void **state)
{
    union fake_observation o;
    inbound(&o, OBSERVE_CLASSIFIED, "198.51.100.1");
    o.head.class.state = CLASS_GUESSED;
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0);
    o.head.class.state = CLASS_DETECTED;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790102);
}

static void test_outside_to_outside_never_alerts(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_REPLIED, "198.51.100.1", 443);
    o.head.client_internal = 0;
    feed(*state, &o);
    o.head.kind = OBSERVE_ENDED;
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0);
    assert_int_equal(fake_counted("outside_only"), 1);
}

static void test_listed_outsider_to_outsider_never_alerts(void **state)
{
    union fake_observation o;
    inbound(&o, OBSERVE_ENDED, "198.51.100.1");
    o.head.server_internal = 0;
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0);
    assert_int_equal(fake_counted("outside_only"), 1);
}

static void test_inbound_flow_met_midway_has_come_about(void **state)
{
    union fake_observation o;
    inbound(&o, OBSERVE_ENDED, "198.51.100.1");
    o.head.marks |= MARK_MIDSTREAM;
    o.ended.tcp_flags[TO_SERVER] = ACK;
    o.ended.tcp_flags[TO_CLIENT] = ACK;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790102);
}

static void test_reported_port_raises_the_port_rule(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_REPLIED, "198.51.100.2", 1244);
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790200);
    assert_int_equal(only()->severity, 1);
    assert_has(only()->facts, "ports=1224|1244\n");
    assert_has(only()->facts, "port=1244\n");
}

static void test_other_port_is_one_step_lower_and_says_so(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_REPLIED, "198.51.100.2", 124);
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790100);
    assert_int_equal(only()->severity, 2);
    assert_has(only()->why, "Port 124 is not among the reported ports 1224|1244: one step lower\n");
}

static void test_silent_on_reported_port_has_its_own_rule(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_ENDED, "198.51.100.3", 1224);
    o.head.packets[TO_CLIENT] = 0;
    o.head.marks = 0;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790201);
    assert_int_equal(only()->severity, 3); /* 2, one step for confidence 50 */
}

static void test_low_confidence_is_counted_only(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_REPLIED, "198.51.100.4", 443);
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0);
    assert_int_equal(fake_counted("silent_confidence"), 1);
}

static void test_dprk_space_is_named_as_a_country_not_an_actor(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_REPLIED, "192.0.2.77", 443);
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790160);
    assert_string_equal(only()->signature, "DPRK national address contacted, it answered");
    assert_has(only()->why, "192.0.2.77 lies in the indicator 192.0.2.0/24, line 6 of ");
    assert_string_equal(only()->category, "Potentially Bad Traffic");
}

static void test_a_stale_prefix_leaves_the_word_to_the_one_around_it(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_REPLIED, "192.0.2.200", 443);
    feed(*state, &o);
    assert_has(only()->facts, "indicator=192.0.2.0/24\n");
    assert_has(only()->facts, "also_listed=192.0.2.128/25, line 7 of ");
    outbound(&o, OBSERVE_REPLIED, "203.0.113.200", 443);
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 1);
    assert_int_equal(fake_counted("silent_status"), 1);
}

static void test_ipv4_inside_ipv6_is_found(void **state)
{
    static const char *const cases[][2] = {
        {"::ffff:198.51.100.1", "embedded_from=ipv4-mapped ::ffff:0:0/96\n"},
        {"64:ff9b::c633:6401", "embedded_from=nat64 64:ff9b::/96\n"},
        {"2002:c633:6401:1::9", "embedded_from=6to4 2002::/16\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        union fake_observation o;
        fake_reset();
        outbound(&o, OBSERVE_REPLIED, cases[i][0], 443);
        feed(*state, &o);
        assert_has(only()->facts, cases[i][1]);
        assert_has(only()->facts, "indicator=198.51.100.1\n");
    }
}

static void test_plain_ipv4_is_not_called_embedded(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_REPLIED, "198.51.100.1", 443);
    feed(*state, &o);
    assert_null(strstr(only()->facts, "embedded_from"));
}

static void test_native_ipv6_is_found(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_REPLIED, "2001:db8:bad::1", 443);
    feed(*state, &o);
    assert_has(only()->facts, "indicator=2001:db8:bad::1\n");
}

/* Backscatter: somebody sent our address as his own, and the listed host answers us. */
static void test_answer_to_a_silent_client_is_one_step_lower(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_REPLIED, "198.51.100.1", 443);
    o.head.packets[TO_SERVER] = 0;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790100);
    assert_int_equal(only()->severity, 2);
    assert_has(only()->why, "so it may not have asked for this: one step lower\n");
}

static void test_guessed_orientation_is_admitted(void **state)
{
    union fake_observation o;
    outbound(&o, OBSERVE_REPLIED, "198.51.100.1", 443);
    o.head.client_source = CLIENT_BY_PORT;
    feed(*state, &o);
    assert_has(only()->why, "which end opened it is a guess\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_answered_contact_is_high),
        T(test_flow_start_alone_says_nothing),
        T(test_unanswered_contact_is_medium_at_the_end),
        T(test_refused_contact_is_medium_and_says_refused),
        T(test_acknowledged_answer_out_of_sight_counts_as_answered),
        T(test_answered_flow_is_not_told_again_at_its_end),
        T(test_inbound_connection_is_medium_and_told_once),
        T(test_inbound_scan_is_low),
        T(test_half_open_scan_is_low),
        T(test_inbound_udp_answered_is_medium),
        T(test_guessed_classification_proves_no_connection),
        T(test_outside_to_outside_never_alerts),
        T(test_listed_outsider_to_outsider_never_alerts),
        T(test_inbound_flow_met_midway_has_come_about),
        T(test_reported_port_raises_the_port_rule),
        T(test_other_port_is_one_step_lower_and_says_so),
        T(test_silent_on_reported_port_has_its_own_rule),
        T(test_low_confidence_is_counted_only),
        T(test_dprk_space_is_named_as_a_country_not_an_actor),
        T(test_a_stale_prefix_leaves_the_word_to_the_one_around_it),
        T(test_ipv4_inside_ipv6_is_found),
        T(test_plain_ipv4_is_not_called_embedded),
        T(test_native_ipv6_is_found),
        T(test_answer_to_a_silent_client_is_one_step_lower),
        T(test_guessed_orientation_is_admitted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
