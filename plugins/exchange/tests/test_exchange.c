/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_exchange.c - D13 and D14: which names alert, which only label, who may trade, and the shipped list.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_host.h"

extern const struct sensor_plugin sensor_plugin_exchange;

#define assert_has(text, part)                                                                                                     \
    do {                                                                                                                           \
        if (strstr((text), (part)) == NULL)                                                                                        \
            fail_msg("no '%s' in:\n%s", (part), (text));                                                                           \
    } while (0)

static const char *beside(const char *name)
{
    static char path[4][512];
    static unsigned turn;
    const char *slash = strrchr(__FILE__, '/');
    char *out = path[turn++ % 4];
    snprintf(out, sizeof path[0], "%.*s%s", slash != NULL ? (int)(slash - __FILE__ + 1) : 0, __FILE__, name);
    return out;
}

/* Opens on the shipped list with at most one option overridden. */
static void *open_with(const char *name, const char *value, char *error, size_t error_size)
{
    static const char *option[6];
    option[0] = name != NULL ? name : "services";
    option[1] = name != NULL ? value : beside("../services.csv");
    option[2] = "services", option[3] = beside("../services.csv");
    fake.plugin = &sensor_plugin_exchange;
    fake.option = option;
    fake_reset();
    return sensor_plugin_exchange.detector.open(&fake_host, NULL, error, error_size);
}

static int set_up(void **state)
{
    char error[256] = "";
    free(fake.state_bytes);
    fake.state_bytes = NULL;
    *state = open_with(NULL, NULL, error, sizeof error);
    return *state == NULL;
}

static int tear_down(void **state)
{
    sensor_plugin_exchange.detector.close(*state);
    return 0;
}

static void reopen(void **state, const char *name, const char *value)
{
    char error[256] = "";
    sensor_plugin_exchange.detector.close(*state);
    *state = open_with(name, value, error, sizeof error);
    if (*state == NULL)
        fail_msg("open: %s", error);
}

static void feed(void *state, const union fake_observation *o)
{
    sensor_plugin_exchange.detector.observe(state, &o->head, NULL);
}

static uint64_t flow_id = 1000;

/* The end of the latest flow. */
static void feed_end(void *state)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_ENDED);
    o.head.flow_id = flow_id;
    o.head.bytes[TO_SERVER] = 1000;
    o.head.bytes[TO_CLIENT] = 5000;
    feed(state, &o);
}

static void feed_sni(void *state, const char *sni)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_TLS);
    o.head.flow_id = ++flow_id;
    o.head.start_ns = o.head.time_ns;
    o.tls.sni = fake_text(&o, sni);
    feed(state, &o);
}

static void feed_question(void *state, const char *name, bool response)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_DNS);
    o.head.flow_id = response ? flow_id : ++flow_id;
    o.head.server_port = 53;
    o.dns.is_response = response;
    struct dns_record q = {.name = fake_text(&o, name), .type = 1, .class = 1};
    struct text_ref at = fake_bytes(&o, &q, sizeof q);
    o.dns.questions = (struct array_ref){at.at, 1};
    feed(state, &o);
}

static const struct fake_raised *only(void)
{
    assert_int_equal(fake.raised_count, 1);
    return &fake.raised[0];
}

static void expect_labels(const char *first, const char *second)
{
    assert_int_equal(fake.label_count, second != NULL ? 2 : 1);
    assert_string_equal(fake.label[0], first);
    if (second != NULL)
        assert_string_equal(fake.label[1], second);
}

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
        T(test_outside_client_never_alerts),
        cmocka_unit_test(test_wrong_options_say_what_is_wrong),
        T(test_every_shipped_row_labels_and_only_api_rows_alert),
        T(test_negative_names_hit_only_where_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
