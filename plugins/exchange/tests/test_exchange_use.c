/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_exchange_use.c - D13 over several flows, and D15: roles, what counts as one use, person or program, first use.
 */
#include "exchange_test.h"

/* ------------------------------------------------------------- D15: roles */

static void test_a_trading_role_allows_and_a_forbidden_one_is_louder(void **state)
{
    static const char *const trading[] = {"10.1.2.3", "trading", NULL}, *const server[] = {"10.1.2.3", "server", NULL},
                             *const lab[] = {"10.1.2.3", "lab", NULL};
    fake.role = trading;
    feed_sni(*state, "api.binance.com");
    assert_int_equal(fake.raised_count, 0);
    assert_int_equal(fake_counted("allowed"), 1);
    fake.role = lab;
    feed_sni(*state, "api.kraken.com");
    assert_int_equal(only()->sid, 1791300);
    fake_reset();
    fake.role = server;
    feed_sni(*state, "api.bitfinex.com");
    assert_int_equal(only()->sid, 1791500);
    assert_string_equal(only()->signature, "Bitfinex used by a host with role server, in TLS SNI");
    assert_has(only()->facts, "role=server\nrole_source=test.yaml:1\n");
    assert_has(only()->why, "test.yaml:1 gives the host the role server, and hosts with that role must not use such services\n");
    fake.role = NULL;
}

static void test_a_forbidden_role_covers_web_sites_and_what_moves_value_but_not_prices(void **state)
{
    static const char *const server[] = {"10.1.2.3", "server", NULL};
    static const char *const cases[][2] = {
        {"www.binance.com", "1"}, {"thorchain.org", "1"}, {"sinbad.io", "1"}, {"api.trongrid.io", "0"}, {"eth.2miners.com", "0"}};
    fake.role = server;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake_reset();
        feed_sni(*state, cases[i][0]);
        if (fake.raised_count != (size_t)(*cases[i][1] - '0'))
            fail_msg("%s: %zu", cases[i][0], fake.raised_count);
    }
    fake.role = NULL;
}

static void test_resolvers_ask_for_others(void **state)
{
    static const char *const resolver[] = {"10.1.2.3", "resolver", NULL};
    fake.role = resolver;
    feed_question(*state, "api.kraken.com", false);
    feed_end(*state);
    assert_int_equal(fake.raised_count, 0);
    assert_int_equal(fake_counted("via_resolver"), 1);
    fake.role = NULL;
}

/* --------------------------------------------------- what is one use, and how */

static void test_a_question_with_its_connection_is_one_alert(void **state)
{
    union fake_observation o;
    feed_question(*state, "api.kraken.com", false);
    uint64_t question = flow_id;
    feed_sni(*state, "api.kraken.com");
    fake_begin(&o, OBSERVE_ENDED);
    o.head.flow_id = question;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1791300);
    assert_int_equal(fake_counted("asked_and_used"), 1);
}

static void resolved_is(const char *name, enum sensor_name_source source, uint32_t others);

static void test_a_flow_that_may_be_the_connection_is_waited_for(void **state)
{
    union fake_observation o;
    feed_question(*state, "api.kraken.com", false);
    resolved_is("api.kraken.com", NAME_SAME_HOST, 0);
    fake_begin(&o, OBSERVE_REPLIED);
    o.head.flow_id = 77;
    feed(*state, &o);
    fake.name_count = 0;
    feed_end(*state); /* of the question */
    assert_int_equal(fake.raised_count, 0);
    fake_begin(&o, OBSERVE_ENDED); /* it said another name: the question stands alone */
    o.head.flow_id = 77;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1791301);
}

static void test_repeats_are_sighted_at_their_end(void **state)
{
    feed_sni(*state, "api.kraken.com");
    feed_end(*state);
    only();
    feed_sni(*state, "api.kraken.com");
    only();
    feed_end(*state);
    assert_int_equal(fake.raised_count, 2);
    assert_has(fake.raised[1].facts, "flows_before=1\nrequests_before=0\nbytes_out_before=1000\nbytes_in_before=5000\n");
}

static void feed_hello(void *state, const char *sni, const char *ja4, const char *alpns)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_TLS);
    o.head.flow_id = ++flow_id;
    o.head.start_ns = o.head.time_ns;
    o.tls.sni = fake_text(&o, sni);
    o.tls.ja4 = fake_text(&o, ja4);
    o.tls.client_alpns = fake_text(&o, alpns);
    feed(state, &o);
}

#define BROWSER "t13d1516h2_8daaf6152771_02713d6af862"

static void test_the_page_of_a_browser_is_no_program(void **state)
{
    feed_hello(*state, "www.binance.com", BROWSER, "h2,http/1.1");
    feed_hello(*state, "api.binance.com", BROWSER, "h2,http/1.1");
    assert_int_equal(fake.raised_count, 0);
    assert_int_equal(fake_counted("browser"), 1);
}

static void test_a_browser_without_the_web_site_and_a_program_with_it_alert(void **state)
{
    feed_hello(*state, "api.binance.com", BROWSER, "h2,http/1.1");
    assert_has(only()->facts, "judged_as=browser\njudged_by=hello like a browser's\n");
    reopen(state, NULL, NULL);
    feed_hello(*state, "www.kraken.com", BROWSER, "h2,http/1.1");
    feed_hello(*state, "api.kraken.com", "t13d3112h1_e8f1e7e78f70_6ea86dd36b8d", "http/1.1");
    assert_has(only()->facts, "judged_as=unclear\njudged_by=hello offers no HTTP/2|its web site within the last minute\n");
    reopen(state, NULL, NULL);
    feed_hello(*state, "api.kraken.com", "t13d3112h1_e8f1e7e78f70_6ea86dd36b8d", "http/1.1");
    assert_has(only()->facts, "judged_as=program\njudged_by=hello offers no HTTP/2\n");
    assert_int_equal(only()->confidence_pct, 70);
}

static void test_an_even_rhythm_is_a_program(void **state)
{
    union fake_observation o;
    reopen(state, "limit", "0");
    for (unsigned i = 0; i < 10; i++) {
        fake_begin(&o, OBSERVE_TLS);
        o.head.flow_id = ++flow_id;
        o.head.time_ns += (uint64_t)i * 60000000000u + i % 2 * 3000000000u;
        o.head.start_ns = o.head.time_ns;
        o.tls.sni = fake_text(&o, "api.kraken.com");
        feed(*state, &o);
    }
    assert_has(fake.raised[0].facts, "judged_as=unclear\n");
    assert_has(fake.raised[9].facts, "judged_as=program\njudged_by=even rhythm\n");
}

static void resolved_is(const char *name, enum sensor_name_source source, uint32_t others)
{
    fake.name[fake.name_count++] = (struct sensor_name){
        .name = {(const uint8_t *)name, strlen(name)}, .source = (uint8_t)source, .age_ns = 3000000000u, .others = others};
}

static void test_a_flow_without_a_name_is_known_by_its_address(void **state)
{
    resolved_is("www.example.org", NAME_SAME_HOST, 1);
    resolved_is("api.kraken.com", NAME_SAME_HOST, 1);
    ++flow_id;
    feed_end(*state);
    assert_int_equal(only()->sid, 1791302);
    assert_int_equal(only()->confidence_pct, 50);
    assert_string_equal(only()->signature, "Crypto exchange API of Kraken in flow without a name");
    assert_has(only()->facts, "matched_value=api.kraken.com\n");
    assert_has(only()->facts, "scope=same_host\nresolved_age_s=3\nother_domains=1\n");
    expect_labels("kraken crypto-exchange", "- exchange_api");
    reopen(state, NULL, NULL);
    resolved_is("api.kraken.com", NAME_NETWORK, 0);
    ++flow_id;
    feed_end(*state);
    assert_int_equal(only()->confidence_pct, 35);
    reopen(state, NULL, NULL);
    resolved_is("www.example.org", NAME_TLS, 0);
    resolved_is("api.kraken.com", NAME_SAME_HOST, 0);
    ++flow_id;
    feed_end(*state);
    assert_int_equal(fake.raised_count, 0);
}

static void feed_at(void *state, const char *sni, unsigned day)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_TLS);
    o.head.flow_id = ++flow_id;
    o.head.time_ns += day * 86400000000000u;
    o.head.start_ns = o.head.time_ns;
    o.tls.sni = fake_text(&o, sni);
    feed(state, &o);
}

static void test_first_use_is_known_after_a_week_and_over_restarts(void **state)
{
    feed_at(*state, "api.kraken.com", 0);
    assert_null(strstr(fake.raised[0].facts, "first_ever=yes")); /* who knows? */
    feed_end(*state);
    reopen(state, NULL, NULL); /* saved and loaded */
    feed_at(*state, "api.kraken.com", 8);
    assert_has(only()->facts, "first_use=2026-08-08T00:00:00Z\ndays_used=2\nflows_before=1\n");
    assert_null(strstr(fake.raised[0].facts, "first_ever=yes"));
    feed_at(*state, "api.binance.com", 8);
    assert_has(fake.raised[1].facts, "first_ever=yes\n");
    assert_has(fake.raised[1].why, "The host was never seen to use this exchange before\n");
    fake.state_size -= 1; /* damaged: a fresh start */
    sensor_plugin_exchange.detector.close(*state);
    fake.state_size -= 1;
    char error[256];
    *state = open_with(NULL, NULL, error, sizeof error);
    feed_at(*state, "api.bitfinex.com", 9);
    assert_null(strstr(only()->facts, "first_ever=yes"));
}

static void test_odd_hours_are_said(void **state)
{
    reopen(state, "office-hours", "08:00-18:00");
    feed_at(*state, "api.kraken.com", 0); /* a Saturday, midnight */
    assert_has(only()->facts, "off_hours=yes\n");
    reopen(state, "office-hours", "");
    feed_at(*state, "api.kraken.com", 0);
    assert_null(strstr(only()->facts, "off_hours"));
}

static void test_a_flood_of_questions_is_told_at_once_where_no_room_is(void **state)
{
    for (unsigned i = 0; i < 300; i++)
        feed_question(*state, "api.kraken.com", false);
    assert_int_equal(fake.raised_count, 300 - 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_a_trading_role_allows_and_a_forbidden_one_is_louder),
        T(test_a_forbidden_role_covers_web_sites_and_what_moves_value_but_not_prices),
        T(test_resolvers_ask_for_others),
        T(test_a_question_with_its_connection_is_one_alert),
        T(test_a_flow_that_may_be_the_connection_is_waited_for),
        T(test_repeats_are_sighted_at_their_end),
        T(test_the_page_of_a_browser_is_no_program),
        T(test_a_browser_without_the_web_site_and_a_program_with_it_alert),
        T(test_an_even_rhythm_is_a_program),
        T(test_a_flow_without_a_name_is_known_by_its_address),
        T(test_first_use_is_known_after_a_week_and_over_restarts),
        T(test_odd_hours_are_said),
        T(test_a_flood_of_questions_is_told_at_once_where_no_room_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
