/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_exchange.c - D13 and D14: which names alert, which only label, who may trade, and the shipped list.
 */
#include "exchange_test.h"

static void test_api_host_alerts_low_and_labels(void **state)
{
    feed_sni(*state, "api.binance.com");
    assert_int_equal(only()->sid, 1791300);
    assert_int_equal(only()->severity, 0); /* the rule's: 3 */
    assert_string_equal(only()->signature, "Crypto exchange API of Binance in TLS SNI");
    assert_string_equal(only()->dedup, "binance");
    assert_int_equal(only()->limit, 1);
    assert_int_equal(only()->window_s, 86400);
    assert_string_equal(only()->context_key, "exchange");
    assert_has(only()->facts, "service=Binance\nservice_id=binance\nkind=exchange_api\ntransport=rest\n");
    assert_has(only()->facts, "host=api.binance.com\nmatch=exact\nmatched_on=tls.sni\nmatched_value=api.binance.com\n");
    assert_has(only()->why, "10.1.2.3 sent the TLS server name api.binance.com at 203.0.113.9 port 443\n");
    expect_labels("binance crypto-exchange", "- exchange_api");
}

static void test_websocket_host_alerts(void **state)
{
    feed_sni(*state, "stream.bybit.com");
    assert_int_equal(only()->sid, 1791300);
    assert_has(only()->why, "stream.bybit.com is listed as a WebSocket host of Bybit, line ");
    expect_labels("bybit crypto-exchange", "- exchange_ws");
}

static void test_web_site_is_labelled_only(void **state)
{
    feed_sni(*state, "www.binance.com");
    assert_int_equal(fake.raised_count, 0);
    expect_labels("binance crypto-exchange", "- exchange_web");
}

static void test_shared_web_and_api_host_is_possible_only(void **state)
{
    feed_sni(*state, "www.okx.com");
    assert_int_equal(fake.raised_count, 0);
    expect_labels("okx crypto-exchange", "- exchange_api_possible");
    assert_int_equal(fake_counted("api_possible"), 1);
}

static void test_other_services_are_labelled_only(void **state)
{
    static const char *const cases[][2] = {
        {"thorchain.org", "thorchain bridge"},      {"sinbad.io", "sinbad mixer"},
        {"api.trongrid.io", "trongrid wallet_rpc"}, {"eth.2miners.com", "2miners mining_pool"},
        {"app.safe.global", "safe-wallet custody"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake_reset();
        feed_sni(*state, cases[i][0]);
        assert_int_equal(fake.raised_count, 0);
        expect_labels(cases[i][1], NULL);
    }
}

static void test_near_names_are_nothing(void **state)
{
    static const char *const names[] = {
        "notbinance.com",    "binance.com.evil.example", "api.binance.com.cdn.example", "mybinance.com", "my99exch.cx",
        "coinmarketcap.com", "www.coingecko.com"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        feed_sni(*state, names[i]);
        feed_question(*state, names[i], false);
        feed_end(*state);
    }
    assert_int_equal(fake.raised_count, 0);
    assert_int_equal(fake.label_count, 0);
}

static void test_question_has_its_own_rule_and_response_is_no_second_one(void **state)
{
    feed_question(*state, "api.kraken.com", false);
    feed_question(*state, "api.kraken.com", true);
    assert_int_equal(fake.raised_count, 0); /* a connection may follow */
    feed_end(*state);
    assert_int_equal(only()->sid, 1791301);
    assert_has(only()->facts, "matched_on=dns.queries.rrname\n");
}

static void test_multicast_dns_is_left_alone(void **state)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_DNS);
    o.head.server_port = 5353;
    o.head.app_proto = APP_MDNS;
    struct dns_record q = {.name = fake_text(&o, "api.kraken.com"), .type = 1, .class = 1};
    struct text_ref at = fake_bytes(&o, &q, sizeof q);
    o.dns.questions = (struct array_ref){at.at, 1};
    feed(*state, &o);
    assert_int_equal(fake.label_count, 0);
}

static void test_question_alert_can_be_switched_off(void **state)
{
    reopen(state, "dns-alert", "no");
    feed_question(*state, "api.kraken.com", false);
    feed_end(*state);
    assert_int_equal(fake.raised_count, 0);
    expect_labels("kraken crypto-exchange", "- exchange_api");
}

static void test_quic_and_http_names_alert(void **state)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_QUIC);
    o.quic.sni = fake_text(&o, "api.kraken.com");
    o.quic.is_server = 1;
    feed(*state, &o);
    assert_int_equal(fake.label_count, 0);
    o.quic.is_server = 0;
    feed(*state, &o);
    assert_string_equal(only()->signature, "Crypto exchange API of Kraken in QUIC SNI");
    reopen(state, NULL, NULL);
    fake_begin(&o, OBSERVE_HTTP_REQUEST);
    o.http.host = fake_text(&o, "api.kraken.com");
    feed(*state, &o);
    assert_string_equal(only()->signature, "Crypto exchange API of Kraken in HTTP host");
}

static void test_allowed_hosts_are_counted_not_alerted(void **state)
{
    static const char *const allow[] = {"10.1.2.3", "10.1.2.0/24", "0.0.0.0/0", "2001:db8::/32 10.1.2.2/31", "::/0"};
    for (size_t i = 0; i < sizeof allow / sizeof *allow; i++) {
        reopen(state, "allow", allow[i]);
        feed_sni(*state, "api.binance.com");
        assert_int_equal(fake.raised_count, 0);
        assert_int_equal(fake_counted("allowed"), 1);
        expect_labels("binance crypto-exchange", "- exchange_api");
    }
}

static void test_hosts_outside_the_allow_list_alert(void **state)
{
    static const char *const allow[] = {"10.1.2.4", "10.1.3.0/24", "10.1.2.4/31", "2001:db8::/32"};
    for (size_t i = 0; i < sizeof allow / sizeof *allow; i++) {
        reopen(state, "allow", allow[i]);
        feed_sni(*state, "api.binance.com");
        only();
    }
}

static void test_an_allowance_may_be_for_one_exchange_and_until_a_day(void **state)
{
    static const char *const cases[][2] = {{"10.1.2.3=binance", "0"},
                                           {"10.1.2.0/24=kraken", "1"},
                                           {"10.1.2.3@2026-08-08", "0"},
                                           {"10.1.2.3@2026-08-07", "1"},
                                           {"10.1.2.3=binance@2026-08-07", "1"},
                                           {"10.1.2.3=kraken,10.1.2.3=binance@2027-01-01", "0"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reopen(state, "allow", cases[i][0]);
        feed_sni(*state, "api.binance.com");
        if ((fake.raised_count == 1) != (*cases[i][1] == '1'))
            fail_msg("%s: %zu", cases[i][0], fake.raised_count);
    }
}

static void test_outside_client_never_alerts(void **state)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_TLS);
    o.head.client_internal = 0;
    o.tls.sni = fake_text(&o, "api.binance.com");
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0);
}

static void test_wrong_options_say_what_is_wrong(void **state)
{
    static const char *const cases[][3] = {
        {"allow", "10.1.2.300", "exchange: allow: '10.1.2.300' is neither an address nor a network such as 10.1.2.0/24"},
        {"allow", "10.0.0.0/33", "exchange: allow: '10.0.0.0/33' is neither"},
        {"allow", "10.0.0.0/", "exchange: allow: '10.0.0.0/' is neither"},
        {"allow", "10.0.0.1 trader.example", "exchange: allow: 'trader.example' is neither"},
        {"allow", "10.0.0.1@2026-02-30", "exchange: allow: '10.0.0.1@2026-02-30' is neither"},
        {"allow", "10.0.0.1=", "exchange: allow: '10.0.0.1=' is neither"},
        {"office-hours", "8-18", "exchange: office-hours: '8-18' is not like 08:00-18:00"},
        {"office-hours", "18:00-08:00", "exchange: office-hours: '18:00-08:00' is not like 08:00-18:00"},
        {"services", "", "exchange: services: empty; give the path of a CSV"},
        {"services", "/nowhere.csv", "/nowhere.csv: No such file"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char error[256] = "";
        assert_null(open_with(cases[i][0], cases[i][1], error, sizeof error));
        assert_has(error, cases[i][2]);
    }
}

static bool is_kind(const char *kind)
{
    static const char *const kinds[] = {"exchange_api", "exchange_ws", "exchange_web", "wallet_rpc", "bridge",
                                        "dex",          "mining_pool", "price_feed",   "custody",    "mixer"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

static void test_every_shipped_row_labels_and_only_api_rows_alert(void **state)
{
    struct fake_list *l = fake_csv_open(beside("../services.csv"));
    assert_non_null(l);
    for (size_t r = 0; r < l->rows; r++) {
        const char *kind = fake_cell(l, r, "kind");
        bool api = strcmp(kind, "exchange_ws") == 0 ||
                   (strcmp(kind, "exchange_api") == 0 && strcmp(fake_cell(l, r, "transport"), "web") != 0);
        assert_true(is_kind(kind) && strncmp(fake_cell(l, r, "reference"), "https://", 8) == 0);
        fake_reset();
        feed_sni(*state, fake_cell(l, r, "value"));
        feed_end(*state);
        if (fake.label_count == 0 || (fake.raised_count == 1) != api)
            fail_msg("line %zu: %zu labels, %zu sightings", r + 2, fake.label_count, fake.raised_count);
    }
    fake_csv_close(l);
}

/* The negative names of the dprk plugin: exchange rows among them are marked. */
static void test_negative_names_hit_only_where_marked(void **state)
{
    struct fake_list *l = fake_csv_open(beside("../../dprk/tests/negative_names.csv"));
    assert_non_null(l);
    for (size_t r = 0; r < l->rows; r++) {
        fake_reset();
        feed_sni(*state, fake_cell(l, r, "value"));
        if ((fake.label_count != 0) != (strcmp(fake_cell(l, r, "exchange_row"), "yes") == 0) || fake.raised_count != 0)
            fail_msg("%s: %zu labels, %zu sightings", fake_cell(l, r, "value"), fake.label_count, fake.raised_count);
    }
    fake_csv_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_api_host_alerts_low_and_labels),
        T(test_websocket_host_alerts),
        T(test_web_site_is_labelled_only),
        T(test_shared_web_and_api_host_is_possible_only),
        T(test_other_services_are_labelled_only),
        T(test_near_names_are_nothing),
        T(test_question_has_its_own_rule_and_response_is_no_second_one),
        T(test_multicast_dns_is_left_alone),
        T(test_question_alert_can_be_switched_off),
        T(test_quic_and_http_names_alert),
        T(test_allowed_hosts_are_counted_not_alerted),
        T(test_hosts_outside_the_allow_list_alert),
        T(test_an_allowance_may_be_for_one_exchange_and_until_a_day),
        T(test_outside_client_never_alerts),
        cmocka_unit_test(test_wrong_options_say_what_is_wrong),
        T(test_every_shipped_row_labels_and_only_api_rows_alert),
        T(test_negative_names_hit_only_where_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
