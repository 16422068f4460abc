/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_flow_table.c - look-up, reuse of ports, and that the order in which flows end depends on the packets alone.
 */
#include <stdio.h>
#include <unistd.h>

#include "flow_log.h"

/* ----------------------------------------------------------------- look-up */

static void test_take_finds_the_flow_both_ways(void **state)
{
    (void)state;
    struct log *l = log_new(100);
    struct flow *f = take(l, from(7), true);
    take(l, from(8), true);
    assert_ptr_equal(take(l, from(7), false), f);
    assert_ptr_equal(take(l, back(from(7), 0), false), f);
    assert_int_equal(f->packets[0] + f->packets[1], 3);
    assert_int_equal(counters(l).total, 2);
    assert_int_equal(counters(l).active, 2);
    log_free(l);
}

static void test_flows_are_counted_by_protocol(void **state)
{
    (void)state;
    struct log *l = log_new(100);
    const uint8_t protos[] = {IP_TCP, IP_UDP, IP_ICMP, IP_ICMPV6, IP_SCTP, IP_GRE};
    for (size_t i = 0; i < sizeof protos; i++)
        take(l, packet_of(protos[i], 1, 0, 2, 0), true);
    struct flow_counters c = counters(l);
    assert_true(c.tcp == 1 && c.udp == 1 && c.icmpv4 == 1 && c.icmpv6 == 1 && c.sctp == 1 && c.other == 1);
    log_free(l);
}

static void test_vlan_is_left_out_when_told(void **state)
{
    (void)state;
    struct log l = {0};
    struct flow_table_options o = {.flow_max = 10, .timeouts = flow_timeouts_default, .ended = note, .arg = &l};
    l.table = flow_table_new(&o, NULL);
    struct packet tagged = from(7);
    tagged.vlan[0] = 5;
    tagged.vlan_count = 1;
    take(&l, from(7), true);
    take(&l, tagged, false);
    flow_table_free(l.table);
}

static void test_new_refuses_impossible_options(void **state)
{
    (void)state;
    struct error e = {""};
    struct flow_table_options o = {.flow_max = 0, .timeouts = flow_timeouts_default, .ended = note};
    assert_null(flow_table_new(&o, &e));
    assert_non_null(strstr(e.text, "0 flows"));
    o.flow_max = UINT32_MAX;
    assert_null(flow_table_new(&o, &e));
    o.flow_max = 10;
    o.timeouts.udp.established_s = 0;
    assert_null(flow_table_new(&o, &e));
    assert_non_null(strstr(e.text, "udp.established"));
    o.timeouts = flow_timeouts_default;
    o.timeouts.tcp.closed_s = 1000001;
    assert_null(flow_table_new(&o, &e));
    assert_non_null(strstr(e.text, "tcp.closed"));
}

/* -------------------------------------------------------------- TCP reuse */

static struct packet syn(uint16_t port, uint32_t seq, uint64_t seconds)
{
    struct packet p = at(NOON + seconds * NS_PER_S, segment(port, TCP_SYN));
    p.tcp_seq = seq;
    return p;
}

static void test_syn_on_a_closed_flow_begins_another(void **state)
{
    (void)state;
    struct log *l = log_new(100);
    take(l, syn(7, 1000, 0), true);
    take(l, at(NOON, back(segment(7, 0), TCP_RST | TCP_ACK)), false);
    take(l, syn(7, 1000, 1), false); /* the same SYN again */
    take(l, syn(7, 2000, 2), true);
    assert_int_equal(l->count, 1);
    assert_ended(l, 0, 7, END_TCP_REUSE, false);
    assert_int_equal(counters(l).tcp_reuse, 1);
    assert_int_equal(counters(l).active, 1);
    log_free(l);
}

static void test_syn_on_an_established_flow_needs_a_long_pause(void **state)
{
    (void)state;
    struct log *l = log_new(100);
    open_tcp(l, NOON, 7);
    take(l, syn(7, 2000, 59), false);
    take(l, syn(7, 3000, 59 + 60), true);
    assert_ended(l, 0, 7, END_TCP_REUSE, false);
    log_free(l);
}

static void test_syn_ack_and_syn_of_a_new_flow_reuse_nothing(void **state)
{
    (void)state;
    struct log *l = log_new(100);
    take(l, syn(7, 1000, 0), true);
    take(l, syn(7, 2000, 3), false);
    take(l, at(NOON, back(segment(7, 0), TCP_RST | TCP_ACK)), false);
    take(l, at(NOON, back(segment(7, 0), TCP_SYN | TCP_ACK)), false);
    assert_int_equal(l->count, 0);
    log_free(l);
}

/* ------------------------------------------------------------- determinism */

static void test_end_all_goes_by_start_and_id(void **state)
{
    (void)state;
    struct log *l = log_new(1000);
    for (uint16_t i = 0; i < 900; i++)
        take(l, at(NOON + i * UINT64_C(7919) % 90, from(i)), true);
    flow_table_end_all(l->table);
    assert_int_equal(l->count, 900);
    assert_int_equal(counters(l).shutdown, 900);
    for (size_t i = 0; i < l->count; i++) {
        const struct entry *a = &l->entries[i ? i - 1 : 0], *b = &l->entries[i];
        assert_int_equal(b->reason, END_SHUTDOWN);
        assert_true(i == 0 || a->start_ns < b->start_ns || (a->start_ns == b->start_ns && a->id < b->id));
    }
    flow_table_end_all(l->table);
    assert_int_equal(l->count, 900);
    take(l, from(1), true); /* it can go on */
    log_free(l);
}

static uint32_t lcg(uint32_t *seed)
{
    return (*seed = *seed * 1664525 + 1013904223) >> 8;
}

/* 100 000 flows and more, in and out, some answered, some closed. */
static struct log *run_many(uint32_t flow_max)
{
    struct log *l = log_new(flow_max);
    uint32_t seed = 7;
    for (uint32_t i = 0; i < 400000; i++) {
        uint64_t now = NOON + i * UINT64_C(250000);
        uint32_t n = i < 100000 ? i : lcg(&seed) % 130000;
        struct packet p = tcp(n, 5000, 200000, 80, lcg(&seed) % 4 ? TCP_SYN : TCP_ACK);
        if (lcg(&seed) % 3 == 0)
            p = back(p, lcg(&seed) % 8 ? TCP_SYN | TCP_ACK : TCP_RST);
        p.number = i + 1;
        p.time_ns = now;
        p.tcp_seq = i;
        int end;
        bool is_new;
        flow_table_expire(l->table, now);
        struct flow *f = flow_table_take(l->table, &p, &end, &is_new);
        flow_update(f, &p, end);
    }
    flow_table_end_all(l->table);
    return l;
}

static void assert_same_log(const struct log *a, const struct log *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        assert_true(a->entries[i].id == b->entries[i].id && a->entries[i].reason == b->entries[i].reason &&
                    a->entries[i].evicted == b->entries[i].evicted);
}

static void test_order_of_ends_does_not_depend_on_the_hash_key(void **state)
{
    (void)state;
    const uint32_t sizes[] = {200000, 10000, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct log *a = run_many(sizes[i]), *b = run_many(sizes[i]);
        assert_true(a->count > 100000);
        assert_int_equal(counters(a).evicted > 0, sizes[i] < 200000);
        assert_int_equal(counters(a).total, a->count);
        assert_same_log(a, b);
        log_free(a);
        log_free(b);
    }
}

/* ------------------------------------------------------------------ memory */

static long resident_kb(void)
{
    long size, resident;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%ld %ld", &size, &resident), 2);
    fclose(f);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void test_room_for_many_flows_costs_nothing_until_used(void **state)
{
    (void)state;
    long before = resident_kb();
    struct log *l = log_new(20000000); /* 3.8 GB of records */
    for (uint16_t port = 1; port < 100; port++)
        take(l, from(port), true);
    assert_true(resident_kb() - before < 300 * 1024);
    flow_table_end_all(l->table);
    assert_int_equal(l->count, 99);
    log_free(l);
}

static void test_free_takes_null(void **state)
{
    (void)state;
    flow_table_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take_finds_the_flow_both_ways),
        cmocka_unit_test(test_flows_are_counted_by_protocol),
        cmocka_unit_test(test_vlan_is_left_out_when_told),
        cmocka_unit_test(test_new_refuses_impossible_options),
        cmocka_unit_test(test_syn_on_a_closed_flow_begins_another),
        cmocka_unit_test(test_syn_on_an_established_flow_needs_a_long_pause),
        cmocka_unit_test(test_syn_ack_and_syn_of_a_new_flow_reuse_nothing),
        cmocka_unit_test(test_end_all_goes_by_start_and_id),
        cmocka_unit_test(test_order_of_ends_does_not_depend_on_the_hash_key),
        cmocka_unit_test(test_room_for_many_flows_costs_nothing_until_used),
        cmocka_unit_test(test_free_takes_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
