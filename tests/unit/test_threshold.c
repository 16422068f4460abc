/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thresholds: windows of each type and track, suppressions, what is told when a window closes; and that every sighting is
 * counted exactly once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "analysis/threshold.h"
#include "base/clock.h"

#define START (1786147200 * NS_PER_S)

static const struct sensor_rule rule = {.sid = 1799900, .detector = "D99", .name = "test"};
static const struct sensor_rule other_rule = {.sid = 1799901, .detector = "D99", .name = "test"};

static struct threshold_rules *rules;
static struct thresholds *thresholds;
static struct {
    unsigned calls;
    uint64_t count; /* the sum */
    struct threshold_repeats last;
} closed;

static void take_closed(void *arg, const struct threshold_repeats *r, uint64_t now_ns)
{
    (void)arg, (void)now_ns;
    closed.calls++;
    closed.count += r->count;
    closed.last = *r;
}

static void begin(const char *file, bool summaries)
{
    struct error e = {""};
    memset(&closed, 0, sizeof closed);
    rules = file ? threshold_rules_parse("t.config", file, NULL, NULL, &e) : NULL;
    if (file && !rules)
        fail_msg("%s", e.text);
    thresholds = thresholds_new(&(struct threshold_options){.rules = rules, .closed = summaries ? take_closed : NULL});
    assert_non_null(thresholds);
}

static int tear_down(void **state)
{
    (void)state;
    thresholds_free(thresholds);
    threshold_rules_free(rules);
    thresholds = NULL;
    rules = NULL;
    return 0;
}

/* One sighting: what is tried in its place? */
struct attempt {
    const char *fact, *client, *server;
    double second;
    uint64_t flow_id;
    uint8_t direction;
    const struct sensor_rule *rule;
    uint64_t held;
    uint16_t port;
};

static enum threshold_verdict judge(struct attempt *a)
{
    struct observation o = {.size = sizeof o,
                            .direction = a->direction,
                            .time_ns = START + (uint64_t)(a->second * 1e9),
                            .flow_id = a->flow_id ? a->flow_id : 7,
                            .server_port = a->port,
                            .bytes = {100, 50}};
    struct sighting s = {.rule = a->rule ? a->rule : &rule,
                         .signature = "a test",
                         .dedup = {(const uint8_t *)a->fact, strlen(a->fact)},
                         .limit = 1,
                         .window_s = 3600};
    addr_parse(a->client ? a->client : "10.0.0.1", &o.client);
    addr_parse(a->server ? a->server : "192.0.2.1", &o.server);
    return thresholds_judge(thresholds, &o, &s, &a->held);
}

#define JUDGE(...) judge(&(struct attempt){.fact = __VA_ARGS__})
#define assert_alert(...) assert_int_equal(JUDGE(__VA_ARGS__), THRESHOLD_ALERT)
#define assert_held(...) assert_int_equal(JUDGE(__VA_ARGS__), THRESHOLD_HELD_BACK)
#define assert_suppressed(...) assert_int_equal(JUDGE(__VA_ARGS__), THRESHOLD_SUPPRESSED)

static void test_own_bound_is_by_host_and_fact(void **state)
{
    (void)state;
    begin(NULL, false);
    assert_alert("a");
    assert_held("a", .second = 10);
    assert_held("a", .second = 3599, .server = "192.0.2.99");
    assert_alert("b", .second = 20);
    assert_alert("a", .second = 20, .client = "10.0.0.2");
    assert_alert("a", .second = 20, .rule = &other_rule);
    struct attempt later = {.fact = "a", .second = 3600};
    assert_int_equal(judge(&later), THRESHOLD_ALERT);
    assert_int_equal(later.held, 2);
    later = (struct attempt){.fact = "a", .second = 7200};
    assert_int_equal(judge(&later), THRESHOLD_ALERT);
    assert_int_equal(later.held, 0);
}

static void test_limit_of_the_file_replaces_it(void **state)
{
    (void)state;
    begin("threshold gen_id 1, sig_id 1799900, type limit, track by_src, count 2, seconds 60\n", false);
    assert_alert("a");
    assert_alert("b");
    assert_held("c", .second = 59);
    assert_alert("d", .second = 59, .client = "10.0.0.2");
    assert_alert("d", .second = 59, .direction = TO_CLIENT); /* the alert's source is then the server */
    assert_alert("a", .second = 60);
    assert_alert("x", .rule = &other_rule); /* keeps its own */
    assert_held("x", .rule = &other_rule, .second = 100);
}

static void test_threshold_alerts_every_nth(void **state)
{
    (void)state;
    begin("event_filter gen_id 1, sig_id 1799900, type threshold, track by_dst, count 3, seconds 60\n", false);
    for (int i = 1; i <= 9; i++)
        assert_int_equal(JUDGE("a", .second = i), i % 3 == 0 ? THRESHOLD_ALERT : THRESHOLD_HELD_BACK);
    assert_held("a", .second = 10, .server = "192.0.2.2");
    assert_held("a", .second = 11, .server = "192.0.2.2");
    assert_held("a", .second = 71, .server = "192.0.2.2"); /* the count begins anew with the window */
}

static void test_both_alerts_once_after_n(void **state)
{
    (void)state;
    begin("threshold gen_id 1, sig_id 0, type both, track by_both, count 3, seconds 60\n", false);
    assert_held("a");
    assert_held("a", .direction = TO_CLIENT); /* the same pair */
    assert_alert("a", .second = 2);
    assert_held("a", .second = 3);
    assert_held("a", .second = 4, .server = "192.0.2.2");
    assert_held("a", .second = 61);
}

static void test_backoff_and_rule_and_indicator_tracks(void **state)
{
    (void)state;
    begin("threshold gen_id 1, sig_id 1799900, type backoff, track by_flow, count 1, multiplier 10\n"
          "threshold gen_id 1, sig_id 1799901, type limit, track by_rule+indicator, count 1, seconds 9\n",
          false);
    unsigned alerts = 0;
    for (int i = 1; i <= 150; i++)
        alerts += JUDGE("a", .second = i) == THRESHOLD_ALERT;
    assert_int_equal(alerts, 3); /* 1st, 10th, 100th */
    assert_alert("a", .flow_id = 8);
    assert_alert("a", .rule = &other_rule);
    assert_held("a", .rule = &other_rule, .client = "10.0.0.2");
    assert_alert("b", .rule = &other_rule, .client = "10.0.0.2");
}

static void test_a_line_with_a_sid_goes_before_one_for_all(void **state)
{
    (void)state;
    begin("threshold gen_id 1, sig_id 0, type limit, track by_rule, count 1, seconds 60\n"
          "threshold gen_id 1, sig_id 1799900, type limit, track by_rule, count 3, seconds 60\n",
          false);
    assert_alert("a");
    assert_alert("a");
    assert_alert("a");
    assert_held("a");
    assert_alert("a", .rule = &other_rule);
    assert_held("a", .rule = &other_rule);
}

static void test_suppress_by_address_indicator_and_day(void **state)
{
    (void)state;
    begin("# a comment\n"
          "suppress gen_id 1, sig_id 1799900, track by_src, ip [10.0.0.53,10.1.0.0/16], \\\n"
          "    reason=\"resolvers, asked for others\"\n"
          "suppress gen_id 1, sig_id 1799901, indicator Bad.Example\n"
          "suppress gen_id 1, sig_id 0, track by_host, ip 10.9.9.9, until=2026-08-08\n",
          false);
    assert_suppressed("a", .client = "10.1.2.3");
    assert_suppressed("a", .client = "10.0.0.53");
    assert_alert("a", .client = "10.2.2.3");
    assert_alert("a", .client = "10.1.2.3", .direction = TO_CLIENT);
    assert_suppressed("bad.example", .rule = &other_rule);
    assert_alert("good.example", .rule = &other_rule);
    assert_suppressed("a", .client = "10.9.9.9", .second = 86399);
    assert_alert("a", .client = "10.9.9.9", .second = 86400);
    assert_int_equal(rules->rule[0].hits, 2);
    assert_int_equal(rules->rule[0].line, 2);
    assert_int_equal(rules->rule[1].line, 4);
    assert_int_equal(threshold_rules_unreasoned(rules), 2);
}

static void test_suppress_by_role(void **state)
{
    (void)state;
    struct error e = {""};
    struct roles *roles = roles_new();
    const char *const words[] = {"lab"};
    assert_true(roles_add(roles, addr_set_parse("10.5.0.0/16", NULL, NULL, &e),
                          &(struct roles_entry){words, 1, "", "", "haetae.yaml:1"}, &e));
    rules = threshold_rules_parse("t", "suppress gen_id 1, sig_id 0, role lab\n", NULL, NULL, &e);
    thresholds = thresholds_new(&(struct threshold_options){.rules = rules, .roles = roles});
    assert_suppressed("a", .client = "10.5.0.1");
    assert_alert("a", .client = "10.6.0.1");
    roles_free(roles);
}

static void test_a_closing_window_tells_what_it_held(void **state)
{
    (void)state;
    begin(NULL, true);
    assert_alert("a", .port = 443);
    assert_held("a", .second = 10, .port = 443);
    assert_held("a", .second = 20, .port = 443);
    assert_held("a", .second = 30, .port = 8443, .flow_id = 9);
    thresholds_tick(thresholds, START + 3500 * NS_PER_S);
    assert_int_equal(closed.calls, 0);
    thresholds_tick(thresholds, START + 3660 * NS_PER_S);
    assert_int_equal(closed.calls, 1);
    assert_int_equal(closed.last.count, 3);
    assert_int_equal(closed.last.first_ns, START + 10 * NS_PER_S);
    assert_int_equal(closed.last.last_ns, START + 30 * NS_PER_S);
    assert_int_equal(closed.last.bytes, 300); /* two flows of 150 */
    assert_int_equal(closed.last.port_count, 2);
    assert_string_equal(closed.last.signature, "a test");
    assert_string_equal(closed.last.value, "a");
    assert_int_equal(thresholds_count(thresholds), 0);
    struct attempt next = {.fact = "a", .second = 4000};
    assert_int_equal(judge(&next), THRESHOLD_ALERT);
    assert_int_equal(next.held, 0); /* told already */
    assert_held("a", .second = 4001);
    assert_alert("a", .second = 9000); /* the next sighting may come before anybody looked */
    assert_int_equal(closed.calls, 2);
    assert_held("a", .second = 9001);
    thresholds_close_all(thresholds, START + 9002 * NS_PER_S);
    thresholds_close_all(thresholds, START + 9002 * NS_PER_S);
    assert_int_equal(closed.calls, 3);
}

static void test_every_sighting_is_counted_once(void **state)
{
    (void)state;
    begin("suppress gen_id 1, sig_id 1799901, track by_either, ip 10.0.0.7\n"
          "threshold gen_id 1, sig_id 1799900, type both, track by_src, count 5, seconds 30\n",
          true);
    uint64_t verdicts[3] = {0};
    uint32_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        char client[32], fact[8];
        seed = seed * 1103515245u + 12345u;
        snprintf(client, sizeof client, "10.0.0.%u", seed >> 16 & 15);
        snprintf(fact, sizeof fact, "%u", seed >> 20 & 7);
        verdicts[JUDGE(fact, .client = client, .second = i / 4.0, .rule = seed >> 24 & 1 ? &rule : &other_rule)]++;
        thresholds_tick(thresholds, START + (uint64_t)i / 4 * NS_PER_S);
    }
    thresholds_close_all(thresholds, START + 6000 * NS_PER_S);
    assert_int_equal(verdicts[0] + verdicts[1] + verdicts[2], 20000);
    assert_int_equal(closed.count, verdicts[THRESHOLD_HELD_BACK]);
    assert_true(verdicts[THRESHOLD_SUPPRESSED] > 0 && verdicts[THRESHOLD_ALERT] > 0);
}

static void test_more_facts_than_places_alert_too_often_and_are_counted(void **state)
{
    (void)state;
    begin(NULL, true);
    for (int i = 0; i < 100000; i++) {
        char fact[16];
        snprintf(fact, sizeof fact, "%d", i);
        assert_alert(fact, .second = 1);
        assert_held(fact, .second = 1);
    }
    assert_int_equal(thresholds_count(thresholds), 65536);
    assert_int_equal(thresholds_lost(thresholds), 100000 - 65536);
    assert_int_equal(closed.count, 100000 - 65536); /* those given up told what they held */
}

static void refuse(const char *text, const char *message)
{
    struct error e = {""};
    assert_null(threshold_rules_parse("t.config", text, NULL, NULL, &e));
    assert_string_equal(e.text, message);
}

static void test_errors_name_file_and_line(void **state)
{
    (void)state;
    refuse("\n\nsupress gen_id 1, sig_id 1\n", "t.config:3: want suppress, threshold or event_filter, found 'supress'");
    refuse("suppress gen_id 1\n", "t.config:1: sig_id is missing; 0 means every rule");
    refuse("suppress gen_id 3, sig_id 1\n", "t.config:1: gen_id: want 1 (or 0 for any), found '3'");
    refuse("suppress gen_id 1, sig_id x\n", "t.config:1: sig_id: want a number, found 'x'");
    refuse("suppress gen_id 1, sig_id 1, track by_src\n", "t.config:1: track and ip go together: track by_src, ip 10.0.0.53");
    refuse("suppress gen_id 1, sig_id 1, track by_me, ip 10.0.0.1\n",
           "t.config:1: track: want by_src, by_dst, by_both, by_either, by_rule, by_flow or by_host, found 'by_me'");
    refuse("suppress gen_id 1, sig_id 1, until 2026-02-30\n", "t.config:1: until: want a day like 2027-03-31, found '2026-02-30'");
    refuse("suppress gen_id 1, sig_id 1, count 3 4\n", "t.config:1: count: want a number from 1, found '3 4'");
    refuse("suppress gen_id 1, sig_id 1, colour red\n", "t.config:1: unknown option 'colour'");
    refuse("threshold gen_id 1, sig_id 1, type often, track by_src, count 1, seconds 1\n",
           "t.config:1: type: want limit, threshold, both or backoff, found 'often'");
    refuse("threshold gen_id 1, sig_id 1, type limit, track by_src, count 1\n", "t.config:1: seconds is missing");
    refuse("threshold gen_id 1, sig_id 1, track by_src, count 1, seconds 2\n", "t.config:1: want type, track, count and seconds");
    refuse("threshold gen_id 1, sig_id 1, type backoff, track by_src, count 1, seconds 2\n",
           "t.config:1: type backoff wants track by_flow and multiplier");
    refuse("threshold gen_id 1, sig_id 1, type limit, track by_src, count 1, seconds 2\n"
           "event_filter gen_id 1, sig_id 1, type both, track by_dst, count 1, seconds 2\n",
           "t.config:2: this rule has a threshold already, in line '1'");
    refuse("rate_filter gen_id 1, sig_id 1\n",
           "t.config:1: rate_filter changes what an IPS does; this sensor only watches: take the line out");
}

static void test_every_cut_of_a_file_is_survived(void **state)
{
    (void)state;
    static const char text[] = "suppress gen_id 1, sig_id 17, track by_src, ip [10.0.0.53,!10.1.0.0/16], \\\r\n reason=\"a, b\"\n"
                               "threshold gen_id 1, sig_id 1, type backoff, track by_flow+indicator, count 1, multiplier 3\n";
    char cut[sizeof text];
    for (size_t size = 0; size < sizeof text; size++) {
        memcpy(cut, text, size);
        cut[size] = '\0';
        struct error e = {""};
        threshold_rules_free(threshold_rules_parse("t", cut, NULL, NULL, &e));
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_teardown(f, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_own_bound_is_by_host_and_fact),
        T(test_limit_of_the_file_replaces_it),
        T(test_threshold_alerts_every_nth),
        T(test_both_alerts_once_after_n),
        T(test_backoff_and_rule_and_indicator_tracks),
        T(test_a_line_with_a_sid_goes_before_one_for_all),
        T(test_suppress_by_address_indicator_and_day),
        T(test_suppress_by_role),
        T(test_a_closing_window_tells_what_it_held),
        T(test_every_sighting_is_counted_once),
        T(test_more_facts_than_places_alert_too_often_and_are_counted),
        T(test_errors_name_file_and_line),
        T(test_every_cut_of_a_file_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
