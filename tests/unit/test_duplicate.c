/* SPDX-License-Identifier: Apache-2.0 */
/* test_duplicate.c - what counts as a copy of a packet and what as a repetition. */
#include "frames.h"

#define US UINT64_C(1000)
#define MS UINT64_C(1000000)

static uint64_t now_ns;

static int begin(void **state)
{
    (void)state;
    struct error error;
    decoder = decoder_new(&decode_options_default, &error);
    assert_non_null(decoder);
    now_ns = 1000 * MS;
    return 0;
}

/* Decodes `after_ns` later; whether it is a copy. */
static bool is_copy(const struct bytes *b, uint64_t after_ns)
{
    now_ns += after_ns;
    frame = (struct frame){
        .bytes = b->at, .cap_len = (uint32_t)b->size, .wire_len = (uint32_t)b->size, .time_ns = now_ns, .link_type = DLT_EN10MB};
    frame.number = now_ns;
    enum decode_outcome outcome = decode_frame(decoder, &frame, &packet);
    assert_true(outcome == DECODED || outcome == DUPLICATE || outcome == FRAGMENT_KEPT);
    return outcome == DUPLICATE;
}

/* A TCP segment with `size` bytes of payload; `id` 0 for none, `stamp` 0 for no time stamps. */
static struct bytes segment(unsigned id, uint32_t stamp, size_t size)
{
    struct bytes b = {0};
    unsigned words = stamp ? 8 : 5;
    put_ether(&b, 0x0800);
    put_ipv4(&b, 20 + words * 4 + (unsigned)size, 0x4000, IP_TCP);
    b.at[18] = (uint8_t)(id >> 8);
    b.at[19] = (uint8_t)id;
    put_tcp(&b, 5);
    b.at[14 + 20 + 12] = (uint8_t)(words << 4);
    if (stamp) {
        put_hex(&b, "0101080a");
        put_u32(&b, stamp);
        put_u32(&b, 7);
    }
    for (size_t i = 0; i < size; i++)
        put(&b, &(uint8_t){(uint8_t)(i * 3)}, 1);
    return b;
}

static struct bytes tagged(const struct bytes *plain, unsigned vlan)
{
    struct bytes b = *plain;
    memmove(b.at + 16, b.at + 12, b.size - 12);
    memcpy(b.at + 12, (uint8_t[]){0x81, 0, (uint8_t)(vlan >> 8), (uint8_t)vlan}, 4);
    b.size += 4;
    return b;
}

static void test_the_same_frame_again_is_a_copy_for_50_ms(void **state)
{
    (void)state;
    struct bytes b = segment(7, 0, 100);
    assert_false(is_copy(&b, 0));
    assert_true(is_copy(&b, 0));
    assert_true(is_copy(&b, 40 * MS));
    assert_false(is_copy(&b, 11 * MS)); /* 51 after the first */
    assert_true(is_copy(&b, 49 * MS));
}

static void test_what_routers_and_switches_rewrite_does_not_matter(void **state)
{
    (void)state;
    struct bytes b = segment(7, 0, 100), v;
    assert_false(is_copy(&b, 0));
    b.at[0] ^= 1, b.at[7] ^= 1;                                /* MAC addresses */
    b.at[14 + 1] = 0x28, b.at[14 + 8] -= 1, b.at[14 + 10] = 1; /* DSCP, TTL, checksum */
    v = tagged(&b, 9);
    assert_true(is_copy(&v, US));
    wrap_hex(&b, "00006558 00000100"); /* and in GENEVE */
    wrap_udp(&b, 5000, 6081);
    wrap_ipv4(&b, IP_UDP);
    wrap_ether(&b, 0x0800);
    assert_true(is_copy(&b, US));
}

static void test_every_byte_that_hosts_write_matters(void **state)
{
    (void)state;
    struct bytes b = segment(7, 9, 64);
    assert_false(is_copy(&b, 0));
    for (size_t i = 18; i < b.size; i++) {
        if ((i >= 20 && i <= 25) || i == 46)
            continue; /* fragments, TTL, protocol, checksum; data offset */
        struct bytes other = b;
        other.at[i] ^= 0x11;
        if (is_copy(&other, US))
            fail_msg("byte %zu does not matter", i);
    }
}

static void test_retransmissions_are_kept(void **state)
{
    (void)state;
    struct bytes first = segment(7, 0, 100), again = segment(8, 0, 100);
    assert_false(is_copy(&first, 0));
    assert_false(is_copy(&again, MS)); /* a new identification */
    first = segment(0, 1000, 100), again = segment(0, 1001, 100);
    assert_false(is_copy(&first, MS));
    assert_false(is_copy(&again, MS)); /* a new time stamp */
    assert_true(is_copy(&again, MS));
    assert_false(is_copy(&again, 3 * MS)); /* no identification: 2 ms */
}

static void test_resets_repeat(void **state)
{
    (void)state;
    struct bytes b = segment(0, 0, 0), other;
    b.at[14 + 20 + 13] = 0x04; /* RST */
    assert_false(is_copy(&b, 0));
    assert_false(is_copy(&b, 0)); /* one for each segment that nobody wanted */
    other = b;
    other.at[14 + 8] -= 1;
    assert_true(is_copy(&other, US)); /* seen behind a router */
}

static void test_without_id_and_time_stamps_tcp_needs_another_way(void **state)
{
    (void)state;
    struct bytes b = segment(0, 0, 0), other = b;
    assert_false(is_copy(&b, 0));
    assert_true(is_copy(&b, 10 * US));
    assert_false(is_copy(&b, 100 * US)); /* acknowledgements repeat */
    other.at[14 + 8] -= 1;
    assert_true(is_copy(&other, MS)); /* seen behind a router */
}

static void test_ipv6_is_compared_without_class_and_hop_limit(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ether(&b, 0x86dd);
    put_ipv6(&b, 12, IP_UDP);
    put_udp(&b, 12);
    put_hex(&b, "01020304");
    assert_false(is_copy(&b, 0));
    b.at[14] = 0x6a, b.at[14 + 7] = 3;
    assert_true(is_copy(&b, MS));
    assert_false(is_copy(&b, 2 * MS));
    b.at[b.size - 1] ^= 1;
    assert_false(is_copy(&b, 0));
}

static void test_copies_of_fragments_wait_for_nothing(void **state)
{
    (void)state;
    struct bytes first = {0}, last = {0};
    put_ether(&first, 0x0800);
    put_ipv4(&first, 20 + 16, 0x2000, IP_UDP);
    put_udp(&first, 24);
    put_hex(&first, "0102030405060708");
    put_ether(&last, 0x0800);
    put_ipv4(&last, 20 + 8, 2, IP_UDP);
    put_hex(&last, "1112131415161718");
    assert_false(is_copy(&first, 0));
    assert_true(is_copy(&first, US));
    assert_false(is_copy(&last, US));
    assert_int_equal(packet.payload.size, 16);
    assert_int_equal(packet.earlier_frames, 1); /* and not 2 */
    assert_true(is_copy(&last, US));
}

static void test_a_conversation_in_two_vlans_keeps_those_of_the_first(void **state)
{
    (void)state;
    struct bytes plain = segment(7, 0, 10), a = tagged(&plain, 10), b = tagged(&plain, 20);
    assert_false(is_copy(&a, 0));
    assert_true(is_copy(&b, US));
    assert_int_equal(packet.vlan[0], 10);
    plain.at[19] = 8; /* the next one comes from the other side first */
    a = tagged(&plain, 10), b = tagged(&plain, 20);
    assert_false(is_copy(&b, US));
    assert_int_equal(packet.vlan_count, 1);
    assert_int_equal(packet.vlan[0], 10);
    assert_true(is_copy(&a, US));
    assert_int_equal(packet.vlan[0], 10);
}

static void test_it_is_an_option(void **state)
{
    (void)state;
    struct bytes b = segment(7, 0, 100);
    use_decoder(&decode_options_default); /* switches it off */
    assert_false(is_copy(&b, 0));
    assert_false(is_copy(&b, 0));
}

static void test_it_forgets_nothing_near(void **state)
{
    (void)state;
    static struct bytes b[200];
    for (size_t i = 0; i < 200; i++)
        b[i] = segment(1 + (unsigned)i, 0, 10);
    unsigned missed = 0;
    for (size_t i = 0; i < 200; i++)
        assert_false(is_copy(&b[i], US));
    for (size_t i = 0; i < 200; i++)
        missed += !is_copy(&b[i], US);
    assert_int_equal(missed, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, drop_copy)
    const struct CMUnitTest tests[] = {
        TEST(test_the_same_frame_again_is_a_copy_for_50_ms),
        TEST(test_what_routers_and_switches_rewrite_does_not_matter),
        TEST(test_every_byte_that_hosts_write_matters),
        TEST(test_retransmissions_are_kept),
        TEST(test_resets_repeat),
        TEST(test_without_id_and_time_stamps_tcp_needs_another_way),
        TEST(test_ipv6_is_compared_without_class_and_hop_limit),
        TEST(test_copies_of_fragments_wait_for_nothing),
        TEST(test_a_conversation_in_two_vlans_keeps_those_of_the_first),
        TEST(test_it_is_an_option),
        TEST(test_it_forgets_nothing_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
