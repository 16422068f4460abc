/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_transport.c - TCP, UDP, ICMP and SCTP headers: ports, payload, and which lengths are refused.
 */
#include "frames.h"

static void test_impossible_tcp_offsets_are_refused(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ipv4(&b, 40, 0, IP_TCP);
    put_tcp(&b, 4);
    assert_int_equal(decode_bytes(DLT_RAW, &b), UNDECODED_TRANSPORT_HEADER);
    b.at[20 + 12] = 0x60; /* 24 bytes in a packet that has 20 */
    assert_int_equal(decode_bytes(DLT_RAW, &b), UNDECODED_TRANSPORT_HEADER);
}

static void test_tcp_options_cut_by_the_snap_length_still_decode(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ipv4(&b, 20 + 32 + 100, 0, IP_TCP);
    put_tcp(&b, 8);
    assert_int_equal(decode_copy(DLT_RAW, &b, 20 + 24, 152), DECODED);
    assert_int_equal(packet.dst_port, 443);
    assert_int_equal(packet.payload.size, 0);
    assert_int_equal(packet.payload_wire_len, 100);
    assert_true(packet.truncated);
}

static void test_udp_lengths(void **state)
{
    (void)state;
    static const struct {
        unsigned udp;
        enum decode_outcome outcome;
        size_t payload;
    } cases[] = {{12, DECODED, 4}, {10, DECODED, 2}, {8, DECODED, 0}, {0, DECODED, 4}, {500, DECODED, 4},
                 {7, UNDECODED_TRANSPORT_HEADER, 0}, {1, UNDECODED_TRANSPORT_HEADER, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes b = {0};
        put_ipv4(&b, 20 + 12, 0, IP_UDP);
        put_udp(&b, cases[i].udp);
        put(&b, "data", 4);
        assert_int_equal(decode_bytes(DLT_RAW, &b), cases[i].outcome);
        if (cases[i].outcome != DECODED)
            continue;
        assert_int_equal(packet.payload.size, cases[i].payload);
        assert_int_equal(packet.payload_wire_len, cases[i].payload);
    }
}

static void test_icmp_of_both_versions(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ipv4(&b, 28 + 2, 0, IP_ICMP);
    put_hex(&b, "03 01 0000 00000000 6162");
    assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
    assert_int_equal(packet.icmp_type, 3);
    assert_int_equal(packet.icmp_code, 1);
    assert_int_equal(packet.src_port, 0);
    assert_int_equal(packet.payload.size, 2);

    struct bytes v6 = {0};
    put_ipv6(&v6, 8, IP_ICMPV6);
    put_hex(&v6, "80 00 0000 00010002");
    assert_int_equal(decode_bytes(DLT_RAW, &v6), DECODED);
    assert_int_equal(packet.icmp_type, 128);
    assert_int_equal(packet.payload_wire_len, 0);
}

static void test_sctp_has_ports(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ipv4(&b, 20 + 16, 0, IP_SCTP);
    put_hex(&b, "0b59 0b5a 00000001 00000000 01000004");
    assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
    assert_int_equal(packet.src_port, 2905);
    assert_int_equal(packet.dst_port, 2906);
    assert_int_equal(packet.payload.size, 4);
}

static void test_other_protocols_pass_with_all_bytes_as_payload(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ipv4(&b, 24, 0, IP_GRE);
    put_hex(&b, "0000 0800");
    assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
    assert_int_equal(packet.proto, IP_GRE);
    assert_int_equal(packet.src_port, 0);
    assert_int_equal(packet.payload.size, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_impossible_tcp_offsets_are_refused),
        cmocka_unit_test(test_tcp_options_cut_by_the_snap_length_still_decode),
        cmocka_unit_test(test_udp_lengths),
        cmocka_unit_test(test_icmp_of_both_versions),
        cmocka_unit_test(test_sctp_has_ports),
        cmocka_unit_test(test_other_protocols_pass_with_all_bytes_as_payload),
    };
    return cmocka_run_group_tests(tests, NULL, drop_copy);
}
