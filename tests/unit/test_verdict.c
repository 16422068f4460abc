/* SPDX-License-Identifier: Apache-2.0 */
/* test_verdict.c - each way of being blind has its reason, and nothing seen is never "clear". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/verdict.h"

static struct stats stats;

/* A run that saw everything. */
static int begin(void **state)
{
    (void)state;
    memset(&stats, 0, sizeof stats);
    stats.detectors = 2;
    stats.total.capture.received = 1000;
    stats.total.decode.outcomes[DECODED] = 1000;
    stats.total.flow.total = 100;
    stats.total.ack_gap.seen = 1000000;
    stats.analysis.coverage =
        (struct coverage_counters){.flows = 100, .home_flows = 100, .bytes = 100000, .tcp_flows = 50, .hellos = 40};
    return 0;
}

static void expect(enum verdict_word word, const char *reason)
{
    struct verdict v;
    verdict_of(&stats, &v);
    if (v.word != word)
        fail_msg("%s instead of %s", verdict_text(v.word), verdict_text(word));
    assert_int_equal(v.reason_count, reason ? 1 : 0);
    if (reason)
        assert_string_equal(v.reason[0], reason);
}

static void test_clear_needs_that_all_was_seen(void **state)
{
    (void)state;
    expect(VERDICT_CLEAR, NULL);
    stats.analysis.alerts = 1;
    expect(VERDICT_HITS, NULL);
    stats.total.damaged = 1;
    expect(VERDICT_HITS, "a capture is damaged");
}

static void test_nothing_is_never_clear(void **state)
{
    (void)state;
    memset(&stats, 0, sizeof stats);
    stats.detectors = 1;
    expect(VERDICT_BLIND, "no frame could be decoded");
    begin(NULL);
    stats.detectors = 0;
    expect(VERDICT_BLIND, "no detector is enabled");
    begin(NULL);
    stats.list[0] = (struct list_facts){.name = "a list"};
    stats.list_count = 1;
    expect(VERDICT_BLIND, "the list a list is empty");
    begin(NULL);
    stats.analysis.coverage.home_flows = 0;
    expect(VERDICT_BLIND, "no host of HOME_NET was seen: only its hosts raise alerts");
}

/* `counter` at its bound is nothing, above it the reason. */
static void expect_bound(uint64_t *counter, uint64_t bound, uint64_t above, const char *reason)
{
    begin(NULL);
    *counter = bound;
    expect(VERDICT_CLEAR, NULL);
    *counter = above;
    expect(VERDICT_BLIND, reason);
}

static void test_protocols_nobody_reads_are_told(void **state)
{
    (void)state;
    stats.total.unread.top[0] = (struct decode_unread){UNREAD_IP_PROTOCOL, 50, 400};
    stats.total.unread.top[1] = (struct decode_unread){UNREAD_ETHER_TYPE, 0x88cc, 400};
    stats.total.unread.top[2] = (struct decode_unread){UNREAD_IP_PROTOCOL, 51, 100};
    expect(VERDICT_CLEAR, NULL);
    stats.total.unread.top[2].count = 110;
    expect(VERDICT_BLIND, "51.0 % of packets are of IP protocols nobody looks into");
}

static void test_each_share_is_told(void **state)
{
    (void)state;
    struct worker_counters *t = &stats.total;
    struct coverage_counters *c = &stats.analysis.coverage;
    expect_bound(&t->decode.outcomes[UNDECODED_IP_SHORT], 50, 51, "5.1 % of frames could not be read");
    expect_bound(&t->decode.outcomes[UNDECODED_MACSEC], 50, 900, "90.0 % of frames could not be read");
    expect_bound(&t->decode.outcomes[UNDECODED_ETHER_TYPE], 500, 501, "50.1 % of frames are neither IP nor ARP");
    expect_bound(&t->decode.truncated, 100, 101, "10.1 % of packets are cut short (snap length)");
    expect_bound(&t->decode.layers[LAYER_UNOPENED_TUNNEL], 50, 51, "5.1 % of packets are tunnels that could not be opened");
    expect_bound(&t->decode.layers[LAYER_TOO_DEEP], 50, 51, "5.1 % of packets are tunnels that could not be opened");
    expect_bound(&t->ack_gap.lost, 10000, 20408, "2.0 % of acknowledged TCP bytes were never seen");
    expect_bound(&t->flow.evicted, 1, 2, "2.0 % of flows were given up early (flow.max-flows)");
    expect_bound(&t->ring_lost, 0, 1, "the analysis was too slow: observations were lost");
    expect_bound(&c->one_sided, 10, 11, "22.0 % of TCP flows show one direction only");
    expect_bound(&c->nameless, 20, 21, "52.5 % of TLS and QUIC handshakes hide the server's name");
    expect_bound(&c->ech, 20, 21, "52.5 % of TLS and QUIC handshakes hide the server's name");
    expect_bound(&c->outside_bytes, 5000, 5100, "5.1 % of bytes flow between hosts outside of HOME_NET: is it complete?");
    expect_bound(&c->split_pairs, 10, 11, "both directions have their own VLAN id: set vlan.use-for-tracking to no");
}

static void test_a_few_cases_say_nothing(void **state)
{
    (void)state;
    struct coverage_counters *c = &stats.analysis.coverage;
    *c = (struct coverage_counters){
        .flows = 5, .home_flows = 1, .bytes = 10, .outside_bytes = 9, .tcp_flows = 5, .one_sided = 5, .hellos = 5, .nameless = 5};
    expect(VERDICT_CLEAR, NULL);
    stats.total.ack_gap = (struct ack_gap_counters){.seen = 1000, .lost = 500};
    expect(VERDICT_CLEAR, NULL);
}

static void test_dropped_frames_are_told(void **state)
{
    (void)state;
    stats.total.capture.kernel_received = 980;
    stats.total.capture.kernel_dropped = 20;
    expect(VERDICT_BLIND, "2.0 % of frames were dropped before capture");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(test_clear_needs_that_all_was_seen), TEST(test_nothing_is_never_clear),  TEST(test_protocols_nobody_reads_are_told),
  TEST(test_each_share_is_told),
        TEST(test_a_few_cases_say_nothing),       TEST(test_dropped_frames_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
