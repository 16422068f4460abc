/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_flow_key.c - both directions have one key, and every byte of it is written.
 */
#include "flows.h"

/* Over two different kinds of garbage, so that a byte left unwritten shows. */
static int key_of(struct packet p, bool use_vlan, struct flow_key *key)
{
    struct flow_key other;
    memset(key, 0xa5, sizeof *key);
    memset(&other, 0x5a, sizeof other);
    int end = flow_key_of(&p, use_vlan, key);
    assert_int_equal(flow_key_of(&p, use_vlan, &other), end);
    assert_memory_equal(key, &other, sizeof other);
    return end;
}

static void assert_same_key(struct packet a, struct packet b, bool use_vlan)
{
    struct flow_key x, y;
    key_of(a, use_vlan, &x);
    key_of(b, use_vlan, &y);
    assert_memory_equal(&x, &y, sizeof x);
}

static void assert_other_key(struct packet a, struct packet b, bool use_vlan)
{
    struct flow_key x, y;
    key_of(a, use_vlan, &x);
    key_of(b, use_vlan, &y);
    assert_memory_not_equal(&x, &y, sizeof x);
}

static void test_key_is_the_same_both_ways(void **state)
{
    (void)state;
    struct packet p = udp(1, 5000, 2, 53);
    assert_same_key(p, back(p, 0), true);
}

static void test_smaller_address_is_end_zero(void **state)
{
    (void)state;
    struct flow_key key;
    assert_int_equal(key_of(udp(1, 5000, 2, 53), true, &key), 0);
    assert_int_equal(key_of(udp(2, 53, 1, 5000), true, &key), 1);
    assert_int_equal(key.port[0], 5000);
    assert_int_equal(key.port[1], 53);
    struct address one = host(1);
    assert_true(addr_equal(&key.end[0], &one));
}

static void test_ports_decide_between_equal_addresses(void **state)
{
    (void)state;
    struct flow_key key;
    assert_int_equal(key_of(udp(1, 9, 1, 8), true, &key), 1);
    assert_int_equal(key_of(udp(1, 8, 1, 9), true, &key), 0);
    assert_same_key(udp(1, 9, 1, 8), udp(1, 8, 1, 9), true);
}

static void test_each_part_of_the_tuple_counts(void **state)
{
    (void)state;
    struct packet p = udp(1, 5000, 2, 53), other = p;
    assert_other_key(p, udp(1, 5001, 2, 53), true);
    assert_other_key(p, udp(1, 5000, 2, 54), true);
    assert_other_key(p, udp(1, 5000, 3, 53), true);
    assert_other_key(p, udp(1, 53, 2, 5000), true);
    other.proto = IP_TCP;
    assert_other_key(p, other, true);
    other = p;
    other.ip_version = 6;
    assert_other_key(p, other, true);
}

static void test_vlans_count_only_when_asked(void **state)
{
    (void)state;
    struct packet p = udp(1, 5000, 2, 53), tagged = p, twice;
    tagged.vlan[0] = 12;
    tagged.vlan_count = 1;
    twice = tagged;
    twice.vlan[1] = 13;
    twice.vlan_count = 2;
    assert_other_key(p, tagged, true);
    assert_other_key(tagged, twice, true);
    assert_same_key(p, tagged, false);
    assert_same_key(p, twice, false);
}

static void test_ids_beyond_the_count_are_not_read(void **state)
{
    (void)state;
    struct packet p = udp(1, 5000, 2, 53), stale = p;
    stale.vlan[0] = 99;
    assert_same_key(p, stale, true);
}

static void test_ipv6_addresses_are_compared_whole(void **state)
{
    (void)state;
    struct packet p = udp(1, 5, 2, 5);
    p.ip_version = 6;
    p.src = (struct address){{0x20, 1, [15] = 9}};
    p.dst = (struct address){{0x20, 1, [15] = 8}};
    struct flow_key key;
    assert_int_equal(key_of(p, true, &key), 1);
    assert_same_key(p, back(p, 0), true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_is_the_same_both_ways),
        cmocka_unit_test(test_smaller_address_is_end_zero),
        cmocka_unit_test(test_ports_decide_between_equal_addresses),
        cmocka_unit_test(test_each_part_of_the_tuple_counts),
        cmocka_unit_test(test_vlans_count_only_when_asked),
        cmocka_unit_test(test_ids_beyond_the_count_are_not_read),
        cmocka_unit_test(test_ipv6_addresses_are_compared_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
