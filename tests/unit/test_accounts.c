/* SPDX-License-Identifier: Apache-2.0 */
/* test_accounts.c - the sums that must agree: they hold for sound counters, and each notices one frame too many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/accounts.h"

/* A worker that saw ten frames live: one duplicate, two parts of a fragmented datagram, the rest whole. */
static struct worker_counters sound(void)
{
    struct worker_counters c = {0};
    c.capture = (struct capture_counters){.received = 10, .kernel_received = 16, .kernel_dropped = 3, .early = 2, .abandoned = 1};
    c.decode.outcomes[DECODED] = 8;
    c.decode.outcomes[DUPLICATE] = 1;
    c.decode.outcomes[FRAGMENT_KEPT] = 1;
    c.decode.joined_frames = 1;
    c.decode.ipv4 = c.decode.tcp = 5;
    c.decode.ipv6 = c.decode.udp = 3;
    c.flow = (struct flow_counters){
        .total = 4, .active = 0, .expired = 1, .shutdown = 2, .tcp_reuse = 1, .packets = 8, .frames = 9, .ended_frames = 9};
    c.observer.records = 12;
    return c;
}

static uint32_t check(struct worker_counters *c, struct accounts *a)
{
    return accounts_check_worker(a, c, "W#01-eth0");
}

static void test_sound_counters_agree(void **state)
{
    (void)state;
    struct accounts a = {.live = true, .final = true};
    struct worker_counters c = sound();
    assert_int_equal(check(&c, &a), 0);
    a.final = false;
    c.capture.kernel_received += 5; /* waiting in the kernel */
    assert_int_equal(check(&c, &a), 0);
    a.final = true;
    assert_int_equal(check(&c, &a), 1);
    assert_int_equal(a.first.rule, ACCOUNT_KERNEL);
    assert_true(a.first.in == 21 && a.first.out == 16);
    assert_string_equal(a.first.where, "W#01-eth0");
}

/* One more of `counter` breaks `rule`. */
static void breaks(uint64_t *counter, enum account_rule rule, struct worker_counters *c)
{
    struct accounts a = {.live = true, .final = true};
    ++*counter;
    assert_true(check(c, &a) >= 1);
    assert_true(a.broken[rule] == 1);
    --*counter;
    assert_int_equal(check(c, &a), 0);
}

static void test_one_too_many_is_noticed(void **state)
{
    (void)state;
    struct worker_counters c = sound();
    breaks(&c.capture.kernel_dropped, ACCOUNT_KERNEL, &c);
    breaks(&c.capture.early, ACCOUNT_KERNEL, &c);
    breaks(&c.capture.received, ACCOUNT_FRAMES, &c);
    breaks(&c.decode.outcomes[DUPLICATE], ACCOUNT_FRAMES, &c);
    breaks(&c.decode.ipv6, ACCOUNT_VERSIONS, &c);
    breaks(&c.decode.udp, ACCOUNT_TRANSPORTS, &c);
    breaks(&c.decode.joined_frames, ACCOUNT_FRAGMENTS, &c);
    breaks(&c.fragment.waiting, ACCOUNT_FRAGMENTS, &c);
    breaks(&c.flow.packets, ACCOUNT_FLOWS, &c);
    breaks(&c.flow.ended_frames, ACCOUNT_FLOW_ENDS, &c);
    breaks(&c.flow.active, ACCOUNT_FLOW_COUNT, &c);
}

static void test_readers_stopped_apart_are_not_compared(void **state)
{
    (void)state;
    struct accounts a = {.final = true, .cut = true};
    struct worker_counters c = sound();
    c.capture.received = 100;
    assert_int_equal(check(&c, &a), 0);
}

static void test_sightings_observations_and_lines(void **state)
{
    (void)state;
    struct accounts a = {.live = true, .final = true};
    static struct stats s;
    s.total = sound();
    s.total.ring_lost = 2;
    s.total.ring_shed = 1;
    s.analysis = (struct analysis_counters){.observations = 9, .sightings = 6, .alerts = 3, .held_back = 2, .suppressed = 1};
    assert_int_equal(accounts_check_all(&a, &s), 0);
    s.analysis.suppressed = 0;
    s.total.ring_lost = 1;
    assert_int_equal(accounts_check_all(&a, &s), 2);
    assert_true(a.broken[ACCOUNT_SIGHTINGS] == 1 && a.broken[ACCOUNT_OBSERVATIONS] == 1);
    struct output_counters o = {.name = "eve-log", .produced = 7, .written = 5, .dropped = 1};
    assert_int_equal(accounts_check_output(&a, &o), 1);
    a.final = false;
    assert_int_equal(accounts_check_output(&a, &o), 0); /* one is on its way */
    o.written = 7;
    assert_int_equal(accounts_check_output(&a, &o), 1); /* more than there were */
}

static void test_every_rule_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < ACCOUNT_RULES; i++)
        assert_true(strlen(account_name((enum account_rule)i)) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound_counters_agree),
        cmocka_unit_test(test_one_too_many_is_noticed),
        cmocka_unit_test(test_readers_stopped_apart_are_not_compared),
        cmocka_unit_test(test_sightings_observations_and_lines),
        cmocka_unit_test(test_every_rule_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
