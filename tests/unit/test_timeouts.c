/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_timeouts.c - when flows end, which goes first when there is no room, and clocks that jump. All through the table.
 */
#include "flow_log.h"

/* --------------------------------------------------------------- time-outs */

static void test_flow_ends_exactly_at_its_deadline(void **state)
{
    (void)state;
    struct log *l = log_new(100);
    uint64_t seen = NOON + 123456789, deadline = seen + 30 * NS_PER_S;
    take(l, at(seen, from(7)), true);
    for (uint64_t t = seen; t < deadline; t += NS_PER_S / 3)
        flow_table_expire(l->table, t);
    flow_table_expire(l->table, deadline - 1);
    assert_int_equal(l->count, 0);
    flow_table_expire(l->table, deadline);
    assert_int_equal(l->count, 1);
    assert_ended(l, 0, 7, END_TIMEOUT, false);
    assert_true(l->entries[0].deadline_ns == deadline);
    assert_int_equal(counters(l).expired, 1);
    assert_int_equal(counters(l).active, 0);
    log_free(l);
}

static void test_time_out_depends_on_protocol_and_state(void **state)
{
    (void)state;
    struct log *l = log_new(100);
    take(l, at(NOON, segment(1, TCP_SYN)), true);
    open_tcp(l, NOON, 2);
    open_tcp(l, NOON, 3);
    take(l, at(NOON, segment(3, TCP_RST)), false);
    take(l, at(NOON, from(4)), true);
    take(l, at(NOON, from(5)), true);
    take(l, at(NOON, back(from(5), 0)), false);
    const struct {
        uint64_t seconds;
        size_t ended;
    } steps[] = {{29, 0}, {30, 1}, {59, 1}, {60, 3}, {299, 3}, {300, 4}, {599, 4}, {600, 5}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        flow_table_expire(l->table, NOON + steps[i].seconds * NS_PER_S);
        assert_int_equal(l->count, steps[i].ended);
    }
    assert_ended(l, 0, 4, END_TIMEOUT, false);
    assert_ended(l, 3, 5, END_TIMEOUT, false);
    assert_ended(l, 4, 2, END_TIMEOUT, false);
    log_free(l);
}

static void test_close_shortens_the_life_of_a_quiet_flow(void **state)
{
    (void)state;
    struct log *l = log_new(100);
    open_tcp(l, NOON, 2);
    for (uint64_t s = 0; s < 100; s++)
        flow_table_expire(l->table, NOON + s * NS_PER_S);
    take(l, at(NOON + 100 * NS_PER_S, segment(2, TCP_RST)), false);
    flow_table_expire(l->table, NOON + 160 * NS_PER_S - 1);
    assert_int_equal(l->count, 0);
    flow_table_expire(l->table, NOON + 160 * NS_PER_S);
    assert_int_equal(l->count, 1);
    log_free(l);
}

static void test_packets_keep_a_flow(void **state)
{
    (void)state;
    struct log *l = log_new(100);
    take(l, at(NOON, from(7)), true);
    for (uint64_t s = 20; s <= 400; s += 20) {
        flow_table_expire(l->table, NOON + s * NS_PER_S);
        take(l, at(NOON + s * NS_PER_S, from(7)), false);
    }
    flow_table_expire(l->table, NOON + 430 * NS_PER_S - 1);
    assert_int_equal(l->count, 0);
    flow_table_expire(l->table, NOON + 430 * NS_PER_S);
    assert_int_equal(l->count, 1);
    log_free(l);
}

static void test_take_ends_a_flow_that_nobody_expired(void **state)
{
    (void)state;
    struct log *l = log_new(100);
    take(l, at(NOON, from(7)), true);
    take(l, at(NOON + 30 * NS_PER_S - 1, from(7)), false);
    take(l, at(NOON + 60 * NS_PER_S - 1, from(7)), true);
    assert_int_equal(l->count, 1);
    assert_ended(l, 0, 7, END_TIMEOUT, false);
    assert_int_equal(counters(l).active, 1);
    log_free(l);
}

static bool ends_before(const struct entry *a, const struct entry *b)
{
    if (a->deadline_ns != b->deadline_ns)
        return a->deadline_ns < b->deadline_ns;
    return a->start_ns != b->start_ns ? a->start_ns < b->start_ns : a->id < b->id;
}

/* The merge of several workers goes by deadline, then start, then id: one worker alone must give the same order. */
static void test_one_call_ends_flows_in_order_of_deadline_start_and_id(void **state)
{
    (void)state;
    struct log *l = log_new(1000);
    for (uint16_t i = 0; i < 500; i++) /* deadlines in another order than arrival, many alike */
        take(l, at(NOON + (i * UINT64_C(7919) % 160) * NS_PER_S / 4, i % 3 ? from(i) : segment(i, TCP_SYN)), true);
    for (uint16_t i = 0; i < 500; i++) /* and some with the same deadline that began at different times */
        if (i % 3 && i % 5 == 0)
            take(l, at(NOON + 11 * NS_PER_S, from(i)), false);
    flow_table_expire(l->table, NOON + 1000 * NS_PER_S);
    assert_int_equal(l->count, 500);
    for (size_t i = 1; i < l->count; i++) {
        assert_true(ends_before(&l->entries[i - 1], &l->entries[i]));
    }
    log_free(l);
}

/* ---------------------------------------------------------------- eviction */

static void test_full_table_gives_up_the_least_recently_seen(void **state)
{
    (void)state;
    struct log *l = log_new(3);
    take(l, at(NOON, from(1)), true);
    take(l, at(NOON + 1 * NS_PER_S, from(2)), true);
    take(l, at(NOON + 2 * NS_PER_S, from(3)), true);
    take(l, at(NOON + 3 * NS_PER_S, from(1)), false);
    take(l, at(NOON + 4 * NS_PER_S, from(4)), true);
    assert_int_equal(l->count, 1);
    assert_ended(l, 0, 2, END_FORCED, true);
    take(l, at(NOON + 4 * NS_PER_S, from(5)), true);
    assert_ended(l, 1, 3, END_FORCED, true);
    take(l, at(NOON + 4 * NS_PER_S, from(6)), true);
    assert_ended(l, 2, 1, END_FORCED, true);
    assert_int_equal(counters(l).evicted, 3);
    assert_int_equal(counters(l).active, 3);
    log_free(l);
}

static void test_established_flows_go_last(void **state)
{
    (void)state;
    struct log *l = log_new(3);
    open_tcp(l, NOON, 1);
    open_tcp(l, NOON + 1 * NS_PER_S, 2);
    take(l, at(NOON + 5 * NS_PER_S, from(3)), true);
    for (uint16_t port = 4; port < 50; port++) {
        take(l, at(NOON + 6 * NS_PER_S, from(port)), true);
        assert_ended(l, port - 4u, (uint16_t)(port - 1), END_FORCED, true);
    }
    open_tcp(l, NOON + 7 * NS_PER_S, 50); /* takes the last place of the others */
    open_tcp(l, NOON + 8 * NS_PER_S, 51);
    assert_ended(l, 47, 1, END_FORCED, true);
    open_tcp(l, NOON + 9 * NS_PER_S, 52);
    assert_ended(l, 48, 2, END_FORCED, true);
    log_free(l);
}

static void test_established_flows_leave_room_for_newcomers(void **state)
{
    (void)state;
    struct log *l = log_new(16);
    for (uint16_t port = 1; port <= 16; port++)
        open_tcp(l, NOON + port * NS_PER_S, port);
    for (uint16_t port = 17; port <= 19; port++) {
        take(l, at(NOON + port * NS_PER_S, from(port)), true);
        assert_ended(l, port - 17u, (uint16_t)(port - 16), END_FORCED, true);
    }
    take(l, at(NOON + 20 * NS_PER_S, from(20)), true); /* three of sixteen are more than an eighth */
    assert_ended(l, 3, 17, END_FORCED, true);
    log_free(l);
}

static void test_closed_flow_is_no_longer_spared(void **state)
{
    (void)state;
    struct log *l = log_new(2);
    open_tcp(l, NOON, 1);
    open_tcp(l, NOON, 2);
    take(l, at(NOON + NS_PER_S, segment(2, TCP_RST)), false);
    take(l, at(NOON + 2 * NS_PER_S, from(3)), true);
    assert_ended(l, 0, 2, END_FORCED, true);
    log_free(l);
}

static void test_table_of_one_works(void **state)
{
    (void)state;
    struct log *l = log_new(1);
    for (uint16_t port = 1; port < 20; port++) {
        take(l, from(port), true);
        take(l, from(port), false);
    }
    assert_int_equal(l->count, 18);
    log_free(l);
}

/* A flood of SYNs from everywhere, while 500 connections go on. */
static void test_flood_leaves_established_flows(void **state)
{
    (void)state;
    struct log *l = log_new(2000);
    for (uint16_t port = 1; port <= 500; port++)
        open_tcp(l, NOON, port);
    for (uint32_t i = 0; i < 200000; i++) {
        uint64_t now = NOON + i * UINT64_C(100000);
        flow_table_expire(l->table, now);
        take(l, at(now, tcp(1000 + i, 999, 3000000, 80, TCP_SYN)), true);
        if (i % 50 == 0)
            take(l, at(now, segment((uint16_t)(1 + i / 50 % 500), TCP_ACK)), false);
    }
    for (size_t i = 0; i < l->count; i++)
        assert_int_equal(l->entries[i].port, 999);
    assert_int_equal(counters(l).active, 2000);
    log_free(l);
}

/* -------------------------------------------------------------- clock jumps */

static void test_clock_jumping_back_ends_nothing(void **state)
{
    (void)state;
    struct log *l = log_new(100);
    take(l, at(NOON, from(1)), true);
    flow_table_expire(l->table, NOON);
    for (uint64_t back_s = 1; back_s < 2000000000; back_s *= 3) {
        uint64_t now = back_s * NS_PER_S < NOON ? NOON - back_s * NS_PER_S : 0;
        flow_table_expire(l->table, now);
        take(l, at(now, from(1)), false);
    }
    assert_int_equal(l->count, 0);
    flow_table_expire(l->table, NOON + 30 * NS_PER_S);
    assert_int_equal(l->count, 1);
    log_free(l);
}

static void test_flows_begun_after_a_jump_back_end_in_their_own_time(void **state)
{
    (void)state;
    struct log *l = log_new(100);
    uint64_t past = NOON - 5000 * NS_PER_S;
    take(l, at(NOON, from(1)), true);
    flow_table_expire(l->table, NOON + 5);
    take(l, at(past, from(2)), true);
    flow_table_expire(l->table, past + 30 * NS_PER_S - 1);
    assert_int_equal(l->count, 0);
    flow_table_expire(l->table, past + 30 * NS_PER_S);
    assert_int_equal(l->count, 1);
    assert_ended(l, 0, 2, END_TIMEOUT, false);
    flow_table_expire(l->table, NOON + 30 * NS_PER_S - 1);
    assert_int_equal(l->count, 1);
    flow_table_expire(l->table, NOON + 30 * NS_PER_S);
    assert_ended(l, 1, 1, END_TIMEOUT, false);
    log_free(l);
}

static void test_late_packet_s_flow_may_be_due_within_this_second(void **state)
{
    (void)state;
    struct log *l = log_new(100);
    take(l, at(NOON - 30 * NS_PER_S + 900000000, from(1)), true);
    flow_table_expire(l->table, NOON + 100000000);
    take(l, at(NOON - 30 * NS_PER_S + 500000000, from(2)), true);
    flow_table_expire(l->table, NOON + 500000000 - 1);
    assert_int_equal(l->count, 0);
    flow_table_expire(l->table, NOON + 500000000);
    assert_int_equal(l->count, 1);
    assert_ended(l, 0, 2, END_TIMEOUT, false);
    flow_table_expire(l->table, NOON + 900000000);
    assert_ended(l, 1, 1, END_TIMEOUT, false);
    log_free(l);
}

/* The flow's end was noted for this second when a packet as old as the time-out put it off, within the second. */
static void test_deadline_put_off_within_the_second_is_kept(void **state)
{
    (void)state;
    struct log *l = log_new(100);
    take(l, at(NOON - 30 * NS_PER_S + 100000000, from(1)), true);
    flow_table_expire(l->table, NOON + 50000000);
    take(l, at(NOON - 30 * NS_PER_S + 300000000, from(1)), false);
    flow_table_expire(l->table, NOON + 300000000 - 1);
    assert_int_equal(l->count, 0);
    flow_table_expire(l->table, NOON + 300000000);
    assert_int_equal(l->count, 1);
    assert_ended(l, 0, 1, END_TIMEOUT, false);
    log_free(l);
}

/* More late packets than there is room for among the due ones. */
static void test_endless_late_packets_are_no_harm(void **state)
{
    (void)state;
    struct log *l = log_new(3);
    take(l, at(NOON - 30 * NS_PER_S + 900000000, from(1)), true);
    flow_table_expire(l->table, NOON + 50000000);
    for (uint64_t i = 0; i < 100; i++) {
        take(l, at(NOON - 30 * NS_PER_S + 200000000 + i, from(2)), i == 0);
        flow_table_expire(l->table, NOON + 100000000);
        assert_int_equal(l->count, 0);
    }
    flow_table_expire(l->table, NOON + 200000000 + 98);
    assert_int_equal(l->count, 0);
    flow_table_expire(l->table, NOON + 200000000 + 99);
    assert_ended(l, 0, 2, END_TIMEOUT, false);
    flow_table_expire(l->table, NOON + 900000000);
    assert_ended(l, 1, 1, END_TIMEOUT, false);
    log_free(l);
}

static void test_clock_jumping_ahead_ends_all(void **state)
{
    (void)state;
    struct log *l = log_new(100);
    for (uint16_t port = 1; port <= 50; port++)
        take(l, at(NOON + port, from(port)), true);
    flow_table_expire(l->table, UINT64_MAX);
    assert_int_equal(l->count, 50);
    for (uint16_t port = 1; port <= 50; port++)
        assert_ended(l, port - 1u, port, END_TIMEOUT, false);
    take(l, at(UINT64_MAX, from(99)), true); /* the last moment there is */
    take(l, at(UINT64_MAX - 1, from(98)), true);
    flow_table_expire(l->table, UINT64_MAX);
    flow_table_end_all(l->table);
    assert_int_equal(counters(l).active, 0);
    log_free(l);
}

static uint32_t lcg(uint32_t *seed)
{
    return (*seed = *seed * 1664525 + 1013904223) >> 8;
}

/* After expire(now) no flow is left whose time is up, and none ended before its time, wherever the clock goes. */
static void test_wild_clock_against_a_plain_list(void **state)
{
    (void)state;
    enum { PORTS = 60 };
    struct log *l = log_new(PORTS);
    uint64_t deadline[PORTS] = {0}, now = NOON;
    uint32_t seed = 1;
    for (int step = 0; step < 50000; step++) {
        uint64_t ns = lcg(&seed) % 1000000000, s = lcg(&seed) % 100 < 3 ? lcg(&seed) % 3000 : lcg(&seed) % 4;
        uint64_t delta = s * NS_PER_S + ns;
        now = lcg(&seed) % 10 < 2 ? now - delta : now + delta;
        size_t before = l->count;
        flow_table_expire(l->table, now);
        for (size_t i = before; i < l->count; i++) {
            struct entry *e = &l->entries[i];
            assert_true(e->deadline_ns <= now && e->deadline_ns == deadline[e->port]);
            deadline[e->port] = 0;
        }
        for (int port = 1; port < PORTS; port++)
            assert_true(deadline[port] == 0 || deadline[port] > now);
        uint16_t port = (uint16_t)(1 + lcg(&seed) % (PORTS - 1));
        struct packet p = port % 2 ? from(port) : segment(port, (uint8_t)(lcg(&seed) & (TCP_RST | TCP_ACK | TCP_FIN)));
        struct flow *f = take(l, at(now, lcg(&seed) % 2 ? p : back(p, TCP_ACK)), deadline[port] == 0);
        deadline[port] = flow_table_deadline(l->table, f);
    }
    assert_true(l->count > 1000);
    log_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flow_ends_exactly_at_its_deadline),
        cmocka_unit_test(test_time_out_depends_on_protocol_and_state),
        cmocka_unit_test(test_close_shortens_the_life_of_a_quiet_flow),
        cmocka_unit_test(test_packets_keep_a_flow),
        cmocka_unit_test(test_take_ends_a_flow_that_nobody_expired),
        cmocka_unit_test(test_one_call_ends_flows_in_order_of_deadline_start_and_id),
        cmocka_unit_test(test_full_table_gives_up_the_least_recently_seen),
        cmocka_unit_test(test_established_flows_go_last),
        cmocka_unit_test(test_established_flows_leave_room_for_newcomers),
        cmocka_unit_test(test_closed_flow_is_no_longer_spared),
        cmocka_unit_test(test_table_of_one_works),
        cmocka_unit_test(test_flood_leaves_established_flows),
        cmocka_unit_test(test_clock_jumping_back_ends_nothing),
        cmocka_unit_test(test_flows_begun_after_a_jump_back_end_in_their_own_time),
        cmocka_unit_test(test_late_packet_s_flow_may_be_due_within_this_second),
        cmocka_unit_test(test_deadline_put_off_within_the_second_is_kept),
        cmocka_unit_test(test_endless_late_packets_are_no_harm),
        cmocka_unit_test(test_clock_jumping_ahead_ends_all),
        cmocka_unit_test(test_wild_clock_against_a_plain_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
