/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dprk_name.c - D05, D06, D07, D09: names and URLs an internal host says, and the grading of rows.
 */
#include "dprk_test.h"

static void test_listed_name_in_sni_is_high(void **state)
{
    feed_sni(*state, "cdn.Bad.Example");
    assert_int_equal(only()->sid, 1790500);
    assert_int_equal(only()->severity, 1);
    assert_int_equal(only()->confidence_pct, 80);
    assert_string_equal(only()->signature, "DPRK BlueNoroff domain in TLS SNI");
    assert_string_equal(only()->category, "Domain Observed Used for C2 Detected");
    assert_string_equal(only()->context_key, "dprk");
    assert_string_equal(only()->tags, "DPRK\nBlueNoroff\n");
    assert_int_equal(only()->limit, 1);
    assert_int_equal(only()->window_s, 3600);
}

static void test_evidence_needs_no_other_file(void **state)
{
    feed_sni(*state, "cdn.bad.example");
    const char *facts = only()->facts;
    assert_has(facts, "indicator=bad.example\nindicator_type=domain\nmatch=suffix\nactor=BlueNoroff\n");
    assert_has(facts, "campaign=Test campaign\ncategory=actor_c2\nfirst_seen=2026-07\nlast_seen=2026-07\n");
    assert_has(facts, "source=Test report\nreference=https://example.com/r1\n");
    assert_has(facts, "actor_alias=APT38|Sapphire Sleet|");
    assert_has(facts, "actor_mitre=G0082\n");
    assert_has(facts, "list_line=9\nconfidence=80\nage_days=8\nmatched_on=tls.sni\nmatched_value=cdn.bad.example\n");
    assert_has(only()->why, "10.1.2.3 sent the TLS server name cdn.bad.example to 203.0.113.9 port 443\n");
    assert_has(only()->why, "cdn.bad.example is or lies below the indicator bad.example, line 9 of ");
    assert_has(only()->why, "Reports attribute it to BlueNoroff, also called APT38 (MITRE G0082), campaign Test campaign\n");
    assert_has(only()->why, "Source: Test report; first reported 2026-07, last 2026-07, 8 days before this packet\n");
    assert_has(only()->why, "Confidence 80 of 100: full severity\n");
}

static void test_label_boundary_is_kept(void **state)
{
    feed_sni(*state, "notbad.example");
    feed_sni(*state, "bad.example.com");
    feed_sni(*state, "host.shared.example.net");
    feed_sni(*state, "other.shared.example");
    feed_sni(*state, "x.host.shared.example"); /* hosted rows are exact */
    assert_int_equal(fake.raised_count, 0);
}

static void test_outside_client_never_alerts(void **state)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_TLS);
    o.head.client_internal = 0;
    o.head.server_internal = 1;
    o.tls.sni = fake_text(&o, "bad.example");
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0);
    assert_int_equal(fake_counted("outside_only"), 1);
}

static void test_medium_confidence_is_one_step_lower(void **state)
{
    feed_sni(*state, "lure.example");
    assert_int_equal(only()->severity, 2);
    assert_string_equal(only()->signature, "DPRK BlueNoroff phishing domain in TLS SNI");
    assert_has(only()->why, "Confidence 60 of 100 is below 70: one step lower\n");
    assert_has(only()->facts, "age_days=29\n");
}

static void test_hosted_row_is_one_more_step_lower(void **state)
{
    feed_sni(*state, "host.shared.example");
    assert_int_equal(only()->severity, 3);
    assert_has(only()->why, "lies below the shared parent shared.example and may change hands: one step lower\n");
}

static void test_seized_row_informs_only(void **state)
{
    feed_sni(*state, "gone.example");
    assert_int_equal(only()->severity, 3);
    assert_has(only()->why, "Status seized_2025-04: ");
}

static void test_offline_delisted_and_informational_rows_inform_only(void **state)
{
    static const char *const names[] = {"offline.example", "delisted.example", "info.example"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        fake_reset();
        feed_sni(*state, names[i]);
        assert_int_equal(only()->severity, 3);
    }
}

static void test_confidence_bounds_are_inclusive(void **state)
{
    feed_sni(*state, "edge70.example");
    feed_sni(*state, "edge45.example");
    feed_sni(*state, "edge44.example");
    assert_int_equal(fake.raised_count, 2);
    assert_int_equal(fake.raised[0].severity, 1);
    assert_int_equal(fake.raised[1].severity, 2);
}

static void test_report_from_the_future_has_age_zero(void **state)
{
    feed_sni(*state, "edge70.example");
    assert_has(only()->facts, "age_days=0\n");
}

static void test_a_row_without_dates_says_so(void **state)
{
    feed_sni(*state, "odd.example");
    assert_has(only()->why, "Source: Test report; the list gives no date\n");
    assert_has(only()->facts, "validity=in_window\n");
    assert_null(strstr(only()->facts, "age_days="));
}

static void test_unverified_row_is_counted_only(void **state)
{
    feed_sni(*state, "doubt.example");
    assert_int_equal(fake.raised_count, 0);
    assert_int_equal(fake_counted("silent_status"), 1);
}

static void test_laundering_is_never_called_c2(void **state)
{
    feed_sni(*state, "www.mixer.example");
    assert_int_equal(only()->sid, 1790550);
    assert_string_equal(only()->signature, "Laundering service domain in TLS SNI");
    assert_string_equal(only()->category, "Potential Corporate Privacy Violation");
    assert_string_equal(only()->tags, "laundering-service\n");
    assert_null(strstr(only()->why, "C2"));
}

static void test_kp_is_the_last_label_only(void **state)
{
    feed_sni(*state, "kp.co.kr");
    feed_sni(*state, "mp.kp.example");
    assert_int_equal(fake.raised_count, 0);
    feed_sni(*state, "www.rodong.rep.kp");
    assert_int_equal(only()->sid, 1790560);
    assert_string_equal(only()->signature, "DPRK national domain in TLS SNI");
}

static void test_actor_name_is_not_doubled(void **state)
{
    feed_sni(*state, "front.example");
    assert_string_equal(only()->signature, "DPRK IT workers front company domain in TLS SNI");
}

static void test_odd_bytes_are_made_printable(void **state)
{
    feed_sni(*state, "a\"b\\c\n\xff.bad.example");
    assert_has(only()->facts, "matched_value=a?b?c??.bad.example\n");
}

static void test_quic_client_name_is_told_server_side_is_not(void **state)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_QUIC);
    o.quic.sni = fake_text(&o, "bad.example");
    o.quic.is_server = 1;
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0);
    o.quic.is_server = 0;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790600);
    assert_string_equal(only()->signature, "DPRK BlueNoroff domain in QUIC SNI");
}

static void test_http_host_is_told(void **state)
{
    feed_http(*state, "GET", "bad.example", "/x");
    assert_int_equal(only()->sid, 1790700);
    assert_string_equal(only()->signature, "DPRK BlueNoroff domain in HTTP host");
}

static void test_connect_target_is_told(void **state)
{
    feed_http(*state, "CONNECT", "bad.example", "bad.example:443");
    assert_int_equal(only()->sid, 1790701);
}

static void test_listed_address_named_to_a_proxy_is_told(void **state)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_HTTP_REQUEST);
    o.http.method = fake_text(&o, "CONNECT");
    o.http.host = fake_text(&o, "198.51.100.2");
    o.http.host_port = 1224;
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790701);
    assert_int_equal(only()->severity, 1);
    assert_has(only()->facts, "port=1224\n");
}

static void test_address_of_the_peer_is_left_to_the_contact_rule(void **state)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_HTTP_REQUEST);
    o.head.server = fake_address("198.51.100.1");
    o.http.method = fake_text(&o, "GET");
    o.http.host = fake_text(&o, "198.51.100.1");
    o.http.url = fake_text(&o, "/");
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0);
}

static void test_whole_url_is_told_low(void **state)
{
    feed_http(*state, "GET", "Victim.example", "/wp-content/load.php");
    assert_int_equal(only()->sid, 1790900);
    assert_int_equal(only()->severity, 3);
    assert_string_equal(only()->signature, "DPRK Diamond Sleet URL on a compromised site requested over HTTP");
}

static void test_url_matches_with_query_and_absolute_form(void **state)
{
    feed_http(*state, "GET", "victim.example", "/wp-content/load.php?id=1");
    feed_http(*state, "POST", "victim.example", "http://victim.example/wp-content/load.php");
    assert_int_equal(fake.raised_count, 2);
}

/* Ways to write the same URL that every server understands. */
static void test_url_in_other_spelling_is_told(void **state)
{
    char query[4000];
    memset(query, 'a', sizeof query);
    memcpy(query, "/wp-content/load.php?", 21);
    query[sizeof query - 1] = '\0';
    feed_http(*state, "GET", "Victim.Example.", "/wp-content/load.php");
    feed_http(*state, "GET", "victim.example", "/wp-content/load%2Ephp");
    feed_http(*state, "GET", "victim.example", "/%77p%2dcontent/l%6fad.php#x");
    feed_http(*state, "GET", "victim.example", query);
    assert_int_equal(fake.raised_count, 4);
    fake_reset();
    feed_http(*state, "GET", "victim.example", "/wp-content%2Fload.php"); /* a slash inside a segment is another path */
    feed_http(*state, "GET", "victim.example", "/wp-content/load.php%");
    feed_http(*state, "GET", "victim.example", "/wp-content/load.php%2");
    feed_http(*state, "GET", "victim.example", "/wp-content/load.php%e9");
    assert_int_equal(fake.raised_count, 0);
}

static void test_port_is_part_of_the_url(void **state)
{
    union fake_observation o;
    feed_http(*state, "GET", "victim.example", "/x.php");
    assert_int_equal(fake.raised_count, 0);
    fake_begin(&o, OBSERVE_HTTP_REQUEST);
    o.http.method = fake_text(&o, "GET");
    o.http.host = fake_text(&o, "victim.example");
    o.http.host_port = 8080;
    o.http.url = fake_text(&o, "/x.php");
    feed(*state, &o);
    assert_int_equal(only()->sid, 1790900);
}

static void test_bare_visit_to_a_compromised_site_is_silent(void **state)
{
    feed_http(*state, "GET", "victim.example", "/");
    feed_http(*state, "GET", "victim.example", "/wp-content/load.php.bak");
    feed_http(*state, "GET", "victim.example", "/redirect?to=http://victim.example/wp-content/load.php");
    feed_http(*state, "GET", "victim.example", "");
    feed_sni(*state, "victim.example");
    assert_int_equal(fake.raised_count, 0);
}

static void test_ageing_lower_takes_a_step(void **state)
{
    sensor_plugin_dprk.detector.close(*state);
    *state = open_with("ageing", "lower");
    feed_sni(*state, "old.example");
    assert_int_equal(only()->severity, 2);
    assert_has(only()->why, "fresh for 120: one step lower\n");
}

static void test_ageing_mute_counts_only(void **state)
{
    sensor_plugin_dprk.detector.close(*state);
    *state = open_with("ageing", "mute");
    feed_sni(*state, "old.example");
    feed_sni(*state, "bad.example"); /* fresh */
    feed_sni(*state, "a.kp");        /* decay=none */
    assert_int_equal(fake.raised_count, 2);
    assert_int_equal(fake_counted("silent_age"), 1);
}

static void test_ageing_report_keeps_the_severity(void **state)
{
    sensor_plugin_dprk.detector.close(*state);
    *state = open_with("ageing", "report");
    feed_sni(*state, "old.example");
    assert_int_equal(only()->severity, 1);
    assert_has(only()->facts, "age_days=554\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_listed_name_in_sni_is_high),
        T(test_evidence_needs_no_other_file),
        T(test_label_boundary_is_kept),
        T(test_outside_client_never_alerts),
        T(test_medium_confidence_is_one_step_lower),
        T(test_hosted_row_is_one_more_step_lower),
        T(test_seized_row_informs_only),
        T(test_offline_delisted_and_informational_rows_inform_only),
        T(test_confidence_bounds_are_inclusive),
        T(test_report_from_the_future_has_age_zero),
        T(test_a_row_without_dates_says_so),
        T(test_unverified_row_is_counted_only),
        T(test_laundering_is_never_called_c2),
        T(test_kp_is_the_last_label_only),
        T(test_actor_name_is_not_doubled),
        T(test_odd_bytes_are_made_printable),
        T(test_quic_client_name_is_told_server_side_is_not),
        T(test_http_host_is_told),
        T(test_connect_target_is_told),
        T(test_listed_address_named_to_a_proxy_is_told),
        T(test_address_of_the_peer_is_left_to_the_contact_rule),
        T(test_whole_url_is_told_low),
        T(test_url_matches_with_query_and_absolute_form),
        T(test_url_in_other_spelling_is_told),
        T(test_port_is_part_of_the_url),
        T(test_bare_visit_to_a_compromised_site_is_silent),
        T(test_ageing_lower_takes_a_step),
        T(test_ageing_mute_counts_only),
        T(test_ageing_report_keeps_the_severity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
