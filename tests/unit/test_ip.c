/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ip.c - IPv4 and IPv6 headers: lengths, options, extension headers, fragments, jumbograms.
 */
#include "frames.h"

static void test_version_must_agree_with_the_link_layer(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ether(&b, 0x0800);
    put_ipv6(&b, 8, IP_UDP);
    put_udp(&b, 8);
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), UNDECODED_IP_VERSION);
    struct bytes raw = {0};
    put_hex(&raw, "50000000");
    assert_int_equal(decode_bytes(DLT_RAW, &raw), UNDECODED_IP_VERSION);
}

static void test_ipv4_options_are_stepped_over(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ipv4(&b, 24 + 8 + 2, 0, IP_UDP);
    b.at[0] = 0x46;
    put_hex(&b, "94040000"); /* router alert */
    put_udp(&b, 10);
    put(&b, "hi", 2);
    assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
    assert_int_equal(packet.dst_port, 53);
    assert_int_equal(packet.payload.size, 2);
    assert_int_equal(decode_copy(DLT_RAW, &b, 22, b.size), UNDECODED_IP_SHORT);
}

static void test_impossible_ipv4_lengths_are_refused(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ipv4(&b, 28, 0, IP_UDP);
    put_udp(&b, 8);
    b.at[0] = 0x44; /* header of 16 bytes */
    assert_int_equal(decode_bytes(DLT_RAW, &b), UNDECODED_IP_HEADER);
    b.at[0] = 0x45;
    b.at[3] = 19; /* packet shorter than its header */
    assert_int_equal(decode_bytes(DLT_RAW, &b), UNDECODED_IP_HEADER);
}

static void test_parts_of_ipv4_datagrams_wait(void **state)
{
    (void)state;
    static const struct {
        unsigned word;
        bool fragment;
    } cases[] = {{0x2000, true}, {0x2002, true}, {0x0002, true}, {0x4000, false}, {0x8000, false}, {0x0000, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes b = {0};
        put_ipv4(&b, 20 + 16, cases[i].word, IP_UDP);
        put_udp(&b, 16);
        put(&b, "datagram", 8);
        drop_decoder();
        assert_int_equal(decode_bytes(DLT_RAW, &b), cases[i].fragment ? FRAGMENT_KEPT : DECODED);
        assert_int_equal(packet.fragment, cases[i].fragment);
    }
}

/* The last case is an atomic fragment: whole (RFC 6946). */
static void test_parts_of_ipv6_datagrams_wait(void **state)
{
    (void)state;
    static const struct {
        unsigned word;
        bool fragment;
    } cases[] = {{0x0001, true}, {0x0008, true}, {0x0009, true}, {0x0000, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes b = {0};
        put_ipv6(&b, 16, 44);
        put_v6_fragment(&b, IP_UDP, cases[i].word);
        put_udp(&b, 8);
        drop_decoder();
        assert_int_equal(decode_bytes(DLT_RAW, &b), cases[i].fragment ? FRAGMENT_KEPT : DECODED);
        assert_int_equal(packet.fragment, cases[i].fragment);
    }
    assert_int_equal(packet.dst_port, 53);
}

static void test_ipv6_extensions_are_walked(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ipv6(&b, 8 * 3 + 12 + 20, 0);
    put_extension(&b, 60);                       /* hop by hop */
    put_extension(&b, 43);                       /* destination */
    put_extension(&b, 51);                       /* routing */
    put_hex(&b, "06 01 0000 00000001 00000002"); /* authentication, 12 bytes */
    put_tcp(&b, 5);
    assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
    assert_int_equal(packet.proto, IP_TCP);
    assert_int_equal(packet.dst_port, 443);
    assert_int_equal(packet.payload_wire_len, 0);
    assert_address(&packet.src, "2001:db8::1");
    assert_int_equal(packet.ttl, 64);
}

static void test_long_ipv6_extension_chain_is_refused(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ipv6(&b, 8 * 40, 60);
    for (unsigned i = 0; i < 40; i++)
        put_extension(&b, 60);
    assert_int_equal(decode_bytes(DLT_RAW, &b), UNDECODED_IPV6_EXTENSION);
}

static void test_ipv6_extension_beyond_the_packet_is_refused(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ipv6(&b, 16, 60);
    put_hex(&b, "11 02 00000000 0000"); /* says 24 bytes */
    put_zero(&b, 40);
    assert_int_equal(decode_bytes(DLT_RAW, &b), UNDECODED_IPV6_EXTENSION);
}

static void test_no_next_header_has_no_payload(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ipv6(&b, 0, 59);
    put_zero(&b, 6); /* padding */
    assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
    assert_int_equal(packet.proto, 59);
    assert_int_equal(packet.payload.size, 0);
}

static void test_jumbogram_takes_its_length_from_the_option(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ipv6(&b, 0, 0);
    put_hex(&b, "11 00 c2 04 00011178"); /* 70008 bytes behind the fixed header */
    put_udp(&b, 0);
    put(&b, "data", 4);
    assert_int_equal(decode_copy(DLT_RAW, &b, b.size, 80000), DECODED);
    assert_int_equal(packet.l3_wire_len, 40 + 70008);
    assert_int_equal(packet.payload_wire_len, 70008 - 8 - 8);
    assert_int_equal(packet.payload.size, 4);
    assert_true(packet.truncated);
}

static void test_jumbo_option_with_a_small_length_is_ignored(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ipv6(&b, 0, 0);
    put_hex(&b, "11 00 c2 04 0000000a");
    put_udp(&b, 0);
    assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
    assert_int_equal(packet.l3_wire_len, b.size);
}

static void test_ipv6_length_zero_reaches_to_the_end_of_the_frame(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ipv6(&b, 0, IP_TCP);
    put_tcp(&b, 5);
    put(&b, "abc", 3);
    assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
    assert_int_equal(packet.payload.size, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_must_agree_with_the_link_layer),
        cmocka_unit_test(test_ipv4_options_are_stepped_over),
        cmocka_unit_test(test_impossible_ipv4_lengths_are_refused),
        cmocka_unit_test(test_parts_of_ipv4_datagrams_wait),
        cmocka_unit_test(test_parts_of_ipv6_datagrams_wait),
        cmocka_unit_test(test_ipv6_extensions_are_walked),
        cmocka_unit_test(test_long_ipv6_extension_chain_is_refused),
        cmocka_unit_test(test_ipv6_extension_beyond_the_packet_is_refused),
        cmocka_unit_test(test_no_next_header_has_no_payload),
        cmocka_unit_test(test_jumbogram_takes_its_length_from_the_option),
        cmocka_unit_test(test_jumbo_option_with_a_small_length_is_ignored),
        cmocka_unit_test(test_ipv6_length_zero_reaches_to_the_end_of_the_frame),
    };
    return cmocka_run_group_tests(tests, NULL, drop_copy);
}
