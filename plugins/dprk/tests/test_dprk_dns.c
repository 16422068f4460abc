/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dprk_dns.c - D03 and D04: questions, their outcome, and what answers lead to.
 */
#include "dprk_test.h"

enum { A = 1, NS = 2, CNAME = 5, MX = 15, AAAA = 28, HTTPS = 65 };

static void begin(union fake_observation *o, const char *question, bool response)
{
    fake_begin(o, OBSERVE_DNS);
    o->head.server_port = 53;
    o->head.proto = 17;
    o->head.app_proto = APP_DNS;
    o->dns.id = 4711;
    o->dns.is_response = response;
    struct dns_record q = {.name = fake_text(o, question), .type = A, .class = 1};
    struct text_ref at = fake_bytes(o, &q, sizeof q);
    o->dns.questions = (struct array_ref){at.at, 1};
}

/* Adds the only answer (or, for NS, the only authority). `address` for A and AAAA, else the target name. */
static void add(union fake_observation *o, const char *owner, uint16_t type, const char *data)
{
    struct dns_record r = {.name = fake_text(o, owner), .type = type, .class = 1, .ttl = 60};
    if (type == A || type == AAAA) {
        struct address a = fake_address(data);
        r.data = type == A ? fake_bytes(o, a.bytes + 12, 4) : fake_bytes(o, a.bytes, 16);
    } else {
        r.data = fake_text(o, data);
    }
    struct text_ref at = fake_bytes(o, &r, sizeof r);
    *(type == NS ? &o->dns.authorities : &o->dns.answers) = (struct array_ref){at.at, 1};
}

static void end(void *state)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_ENDED);
    feed(state, &o);
}

static void test_question_waits_for_its_answer(void **state)
{
    union fake_observation o;
    begin(&o, "www.bad.example", false);
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0);
    begin(&o, "www.bad.example", true);
    add(&o, "www.bad.example", A, "203.0.113.80");
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790300);
    assert_int_equal(only()->severity, 1);
    assert_string_equal(only()->signature, "DPRK BlueNoroff domain in DNS query");
    assert_has(only()->why, "10.1.2.3 asked 203.0.113.9 for www.bad.example (type A) and got an answer\n");
    end(*state);
    assert_int_equal(fake.raised_count, 1); /* nothing left waiting */
}

static void test_answer_without_question_seen_is_enough(void **state)
{
    union fake_observation o;
    begin(&o, "bad.example", true);
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790300);
}

static void test_name_error_is_medium(void **state)
{
    union fake_observation o;
    begin(&o, "bad.example", true);
    o.dns.rcode = 3;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790301);
    assert_int_equal(only()->severity, 2);
    assert_has(only()->why, "and got error 3 (no such name)\n");
}

static void test_sinkhole_answer_is_medium(void **state)
{
    static const char *const sinks[] = {"0.0.0.0", "127.0.0.1", "10.9.9.9", "172.31.0.1", "192.168.1.1"};
    for (size_t i = 0; i < sizeof sinks / sizeof *sinks; i++) {
        union fake_observation o;
        fake_reset();
        begin(&o, "bad.example", true);
        add(&o, "bad.example", A, sinks[i]);
        feed(*state, &o);
        assert_int_equal(only()->sid, 1790301);
        assert_has(only()->why, "and got a sinkhole address\n");
    }
}

static void test_sinkhole_answer_in_ipv6_is_medium(void **state)
{
    static const char *const sinks[] = {"::", "::1", "fd00::1"};
    for (size_t i = 0; i < sizeof sinks / sizeof *sinks; i++) {
        union fake_observation o;
        fake_reset();
        begin(&o, "bad.example", true);
        add(&o, "bad.example", AAAA, sinks[i]);
        feed(*state, &o);
        assert_int_equal(only()->sid, 1790301);
    }
}

static void test_response_without_its_question_belongs_to_the_waiting_one(void **state)
{
    union fake_observation o;
    begin(&o, "bad.example", false);
    feed(*state, &o);
    begin(&o, "bad.example", true);
    o.dns.questions.count = 0;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790300);
    assert_has(only()->facts, "matched_value=bad.example\n");
}

static void test_unanswered_question_is_told_when_the_flow_ends(void **state)
{
    union fake_observation o;
    begin(&o, "bad.example", false);
    feed(*state, &o);
    end(*state);
    assert_int_equal(only()->sid, 1790301);
    assert_has(only()->why, "and no answer was seen before the flow ended\n");
    end(*state);
    assert_int_equal(fake.raised_count, 1);
}

static void test_question_is_told_at_once_when_no_place_is_left(void **state)
{
    union fake_observation o;
    for (unsigned i = 0; i <= 256; i++) {
        begin(&o, "bad.example", false);
        o.head.flow_id = 1000 + i;
        feed(*state, &o);
    }
    assert_int_equal(only()->sid, 1790301);
    assert_int_equal(fake_counted("pending_full"), 1);
}

static void test_outside_asker_never_alerts(void **state)
{
    union fake_observation o;
    begin(&o, "bad.example", true);
    o.head.client_internal = 0;
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0);
}

static void test_multicast_dns_is_left_alone(void **state)
{
    union fake_observation o;
    begin(&o, "bad.example", true);
    o.head.server_port = 5353;
    o.head.app_proto = APP_MDNS;
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0);
    o.head.app_proto = APP_DNS; /* a resolver of the Internet that answers on that port */
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790300);
}

static void test_alias_to_listed_name_is_high(void **state)
{
    union fake_observation o;
    begin(&o, "www.innocent.example", true);
    add(&o, "www.innocent.example", CNAME, "edge.bad.example");
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790401);
    assert_int_equal(only()->severity, 1);
    assert_string_equal(only()->signature, "DPRK BlueNoroff domain as alias target in DNS answer");
    assert_has(only()->facts, "matched_value=edge.bad.example\n");
    assert_has(only()->facts, "chain=www.innocent.example CNAME edge.bad.example ttl 60\n");
    assert_has(only()->why,
               "10.1.2.3 asked for www.innocent.example and was told: www.innocent.example CNAME edge.bad.example, ttl 60\n");
}

static void test_https_record_leads_on(void **state)
{
    union fake_observation o;
    begin(&o, "www.innocent.example", true);
    add(&o, "www.innocent.example", HTTPS, "bad.example");
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790401);
}

static void test_listed_name_server_is_medium(void **state)
{
    union fake_observation o;
    begin(&o, "www.innocent.example", true);
    add(&o, "innocent.example", NS, "ns1.bad.example");
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790402);
    assert_int_equal(only()->severity, 2);
}

static void test_listed_mail_server_is_medium(void **state)
{
    union fake_observation o;
    begin(&o, "innocent.example", true);
    add(&o, "innocent.example", MX, "mx.bad.example");
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790402);
}

static void test_listed_address_in_answer_is_medium(void **state)
{
    union fake_observation o;
    begin(&o, "www.innocent.example", true);
    add(&o, "www.innocent.example", A, "198.51.100.1");
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790400);
    assert_int_equal(only()->severity, 2);
    assert_has(only()->facts, "matched_value=198.51.100.1\n");
}

static void test_dns64_answer_is_unwrapped(void **state)
{
    union fake_observation o;
    begin(&o, "www.innocent.example", true);
    add(&o, "www.innocent.example", AAAA, "64:ff9b::c633:6401");
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790400);
    assert_has(only()->facts, "embedded_from=nat64 64:ff9b::/96\n");
}

static void test_alias_below_the_asked_listed_name_is_told_once(void **state)
{
    union fake_observation o;
    begin(&o, "www.bad.example", true);
    add(&o, "www.bad.example", CNAME, "edge.bad.example");
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790300);
}

/* Anybody can send an answer nobody asked for. */
static void test_answer_to_a_silent_client_is_one_step_lower(void **state)
{
    union fake_observation o;
    begin(&o, "bad.example", true);
    o.head.packets[TO_SERVER] = 0;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790300);
    assert_int_equal(only()->severity, 2);
    assert_has(only()->why, "No packet of 10.1.2.3 was seen in this flow, so it may not have asked for this: one step lower\n");
}

static void test_question_is_not_hidden_by_another_of_the_same_id(void **state)
{
    union fake_observation o;
    begin(&o, "bad.example", false);
    feed(*state, &o);
    feed(*state, &o); /* sent again */
    assert_int_equal(fake.raised_count, 0);
    begin(&o, "lure.example", false);
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790301);
    assert_has(only()->facts, "matched_value=bad.example\n");
    end(*state);
    assert_int_equal(fake.raised_count, 2);
}

/* Many listed names and dull records before the one that matters. */
static void test_decoys_before_a_listed_address_hide_nothing(void **state)
{
    static const char *const listed[] = {"bad.example",  "lure.example",     "old.example",    "gone.example",  "doubt.example",
                                         "info.example", "delisted.example", "edge70.example", "front.example", "edge44.example"};
    struct dns_record records[100] = {0};
    union fake_observation o;
    begin(&o, "www.innocent.example", true);
    struct text_ref owner = fake_text(&o, "www.innocent.example");
    struct address a = fake_address("198.51.100.1"), dull = fake_address("203.0.113.80");
    for (size_t i = 0; i < 100; i++)
        records[i] = (struct dns_record){.name = owner, .type = A, .class = 1, .data = fake_bytes(&o, dull.bytes + 12, 4)};
    for (size_t i = 0; i < 10; i++) {
        records[i].type = CNAME;
        records[i].data = fake_text(&o, listed[i]);
    }
    records[99].data = fake_bytes(&o, a.bytes + 12, 4);
    o.dns.answers = (struct array_ref){fake_bytes(&o, records, sizeof records).at, 100};
    feed(*state, &o);
    assert_int_equal(fake.raised[fake.raised_count - 1].sid, 1790400);
}

static void test_broken_references_are_harmless(void **state)
{
    union fake_observation o;
    begin(&o, "bad.example", true);
    o.dns.answers = (struct array_ref){o.head.size - 8, 1000};
    o.dns.authorities = (struct array_ref){UINT32_MAX - 3, 2};
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_question_waits_for_its_answer),
        T(test_answer_without_question_seen_is_enough),
        T(test_name_error_is_medium),
        T(test_sinkhole_answer_is_medium),
        T(test_sinkhole_answer_in_ipv6_is_medium),
        T(test_response_without_its_question_belongs_to_the_waiting_one),
        T(test_unanswered_question_is_told_when_the_flow_ends),
        T(test_question_is_told_at_once_when_no_place_is_left),
        T(test_outside_asker_never_alerts),
        T(test_multicast_dns_is_left_alone),
        T(test_alias_to_listed_name_is_high),
        T(test_https_record_leads_on),
        T(test_listed_name_server_is_medium),
        T(test_listed_mail_server_is_medium),
        T(test_listed_address_in_answer_is_medium),
        T(test_dns64_answer_is_unwrapped),
        T(test_alias_below_the_asked_listed_name_is_told_once),
        T(test_answer_to_a_silent_client_is_one_step_lower),
        T(test_question_is_not_hidden_by_another_of_the_same_id),
        T(test_decoys_before_a_listed_address_hide_nothing),
        T(test_broken_references_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
