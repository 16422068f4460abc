/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dprk_named.c - D12: flows that hide their name, and what an answer before them proves.
 */
#include "dprk_test.h"

static void name_is(const char *text, const char *leaf, enum sensor_name_source source, uint32_t others)
{
    fake.name[fake.name_count++] = (struct sensor_name){.name = {(const uint8_t *)text, strlen(text)},
                                                        .leaf = {leaf != NULL ? (const uint8_t *)leaf : NULL, leaf != NULL ? strlen(leaf) : 0},
                                                        .source = (uint8_t)source,
                                                        .resolver = fake_address("10.1.0.53"),
                                                        .age_ns = 2100000000,
                                                        .ttl_s = 60,
                                                        .others = others};
}

static void see(void *state, enum observation_kind kind, uint64_t flow_id)
{
    union fake_observation o;
    fake_begin(&o, kind);
    o.head.flow_id = flow_id;
    feed(state, &o);
}

static void test_a_flow_without_a_name_is_told_once_with_its_evidence(void **state)
{
    name_is("www.bad.example", "edge.cdn.example", NAME_SAME_HOST, 0);
    see(*state, OBSERVE_CLASSIFIED, 1);
    see(*state, OBSERVE_ENDED, 1);
    assert_int_equal(only()->sid, 1791200);
    assert_int_equal(only()->severity, 1);
    assert_string_equal(only()->signature, "DPRK BlueNoroff domain behind a flow without a name, it answered");
    assert_has(only()->why, "10.1.2.3 opened a flow without a visible name to 203.0.113.9 port 443, which it resolved from "
                            "www.bad.example 2 s before, by 10.1.0.53 (TTL 60 s)\n");
    assert_has(only()->facts, "scope=same_host\nresolved_leaf=edge.cdn.example\nresolved_age_s=2\nresolved_ttl_s=60\nother_domains=0\n");
    assert_has(only()->facts, "matched_value=www.bad.example\n");
}

static void test_a_listed_leaf_counts(void **state)
{
    name_is("harmless.example", "www.bad.example", NAME_SAME_HOST, 0);
    see(*state, OBSERVE_ENDED, 1);
    assert_int_equal(only()->sid, 1791200);
}

static void test_an_unanswered_flow_is_less(void **state)
{
    union fake_observation o;
    name_is("www.bad.example", NULL, NAME_SAME_HOST, 0);
    fake_begin(&o, OBSERVE_ENDED);
    o.head.marks = 0;
    o.head.packets[TO_CLIENT] = 0;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1791201);
    assert_int_equal(only()->severity, 2);
}

static void test_a_shared_address_or_another_asker_costs_a_step(void **state)
{
    name_is("www.bad.example", NULL, NAME_SAME_HOST, 5);
    see(*state, OBSERVE_ENDED, 1);
    assert_int_equal(fake.raised[0].severity, 2);
    assert_has(fake.raised[0].why, "Five or more other domains share the address: one step lower\n");
    fake.name_count = 0;
    name_is("www.bad.example", NULL, NAME_NETWORK, 0);
    see(*state, OBSERVE_ENDED, 2);
    assert_int_equal(fake.raised[1].severity, 2);
    assert_has(fake.raised[1].facts, "scope=network\n");
}

static void test_a_flow_that_says_its_name_is_left_to_others(void **state)
{
    name_is("good.example", NULL, NAME_TLS, 0);
    name_is("www.bad.example", NULL, NAME_SAME_HOST, 0);
    see(*state, OBSERVE_ENDED, 1);
    assert_int_equal(fake.raised_count, 0);
}

static void test_a_name_that_may_still_come_is_waited_for(void **state)
{
    union fake_observation o;
    name_is("www.bad.example", NULL, NAME_SAME_HOST, 0);
    see(*state, OBSERVE_REPLIED, 1);
    fake_begin(&o, OBSERVE_CLASSIFIED);
    o.head.app_proto = APP_TLS;
    feed(*state, &o);
    fake_begin(&o, OBSERVE_CLASSIFIED); /* a guess, while the first bytes are on their way */
    o.head.app_proto = APP_FAILED;
    o.head.marks |= MARK_WAITING;
    feed(*state, &o);
    fake_begin(&o, OBSERVE_TLS);
    o.tls.sni = fake_text(&o, "good.example");
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0);
    fake_begin(&o, OBSERVE_TLS); /* and now one without */
    feed(*state, &o);
    assert_int_equal(only()->sid, 1791200);
}

static void test_unsolicited_answers_and_outsiders_prove_nothing(void **state)
{
    union fake_observation o;
    name_is("www.bad.example", NULL, NAME_SAME_HOST, 0);
    fake.name[0].unsolicited = 1;
    see(*state, OBSERVE_ENDED, 1);
    fake.name[0].unsolicited = 0;
    fake_begin(&o, OBSERVE_ENDED);
    o.head.client_internal = 0;
    o.head.server_internal = 1;
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_a_flow_without_a_name_is_told_once_with_its_evidence),
        T(test_a_listed_leaf_counts),
        T(test_an_unanswered_flow_is_less),
        T(test_a_shared_address_or_another_asker_costs_a_step),
        T(test_a_flow_that_says_its_name_is_left_to_others),
        T(test_a_name_that_may_still_come_is_waited_for),
        T(test_unsolicited_answers_and_outsiders_prove_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
