/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_link.c - link headers: which are known, what they say, how VLAN tags stack.
 */
#include "frames.h"

static void test_vlan_tags_are_kept_outer_first(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ether(&b, 0x88a8);
    put_hex(&b, "e064 8100 2002 0800"); /* 100 with priority bits, then 2 */
    put_ipv4(&b, 28, 0, IP_UDP);
    put_udp(&b, 8);
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), DECODED);
    assert_int_equal(packet.vlan_count, 2);
    assert_int_equal(packet.vlan[0], 100);
    assert_int_equal(packet.vlan[1], 2);
    assert_int_equal(packet.ether_type, 0x0800);
}

static void test_deep_vlan_stack_keeps_three_ids(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ether(&b, 0x8100);
    put_hex(&b, "0001 9100 0002 9200 0003 8100 0004 8100 0005 86dd");
    put_ipv6(&b, 8, IP_UDP);
    put_udp(&b, 8);
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), DECODED);
    assert_int_equal(packet.vlan_count, 3);
    assert_int_equal(packet.vlan[2], 3);
    assert_int_equal(packet.ip_version, 6);
}

static void test_endless_vlan_stack_is_given_up(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ether(&b, 0x8100);
    for (unsigned i = 0; i < 200; i++)
        put_hex(&b, "0001 8100");
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), UNDECODED_ETHER_TYPE);
    assert_int_equal(packet.vlan_count, 3);
}

static void test_snap_header_carries_ip(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ether(&b, 8 + 28);
    put_hex(&b, "aaaa03 000000 0800");
    put_ipv4(&b, 28, 0, IP_UDP);
    put_udp(&b, 8);
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), DECODED);
    assert_int_equal(packet.ether_type, 0x0800);
    b.at[14] = 0x42; /* STP's SAP */
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), UNDECODED_ETHER_TYPE);
}

static void test_cooked_captures_of_both_versions(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_hex(&b, "0000 0001 0006 02000000000a 0000 0800");
    put_ipv4(&b, 28, 0, IP_UDP);
    put_udp(&b, 8);
    assert_int_equal(decode_bytes(DLT_LINUX_SLL, &b), DECODED);
    assert_int_equal(packet.dst_port, 53);
    assert_false(packet.has_mac);

    struct bytes v2 = {0};
    put_hex(&v2, "8100 0000 00000002 0001 00 06 02000000000a 0000 0007 86dd"); /* a VLAN tag behind the header */
    put_ipv6(&v2, 8, IP_UDP);
    put_udp(&v2, 8);
    assert_int_equal(decode_bytes(SLL2, &v2), DECODED);
    assert_int_equal(packet.vlan[0], 7);
    assert_int_equal(packet.ip_version, 6);
}

static void test_raw_ip_takes_the_version_from_the_header(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ipv4(&b, 28, 0, IP_UDP);
    put_udp(&b, 8);
    static const int accepting[] = {12, 14, 101, DLT_IPV4};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(decode_bytes(accepting[i], &b), DECODED);
        assert_int_equal(packet.ether_type, 0);
    }
    assert_int_equal(decode_bytes(DLT_IPV6, &b), UNDECODED_IP_VERSION);
}

static void test_loopback_families_in_both_byte_orders(void **state)
{
    (void)state;
    static const struct {
        const char *family;
        int version;
    } cases[] = {{"02000000", 4}, {"00000002", 4}, {"1e000000", 6}, {"0000001e", 6}, {"1c000000", 6},
                 {"18000000", 6}, {"0a000000", 6}, {"07000000", 0}, {"00000000", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes b = {0};
        put_hex(&b, cases[i].family);
        if (cases[i].version == 4)
            put_ipv4(&b, 28, 0, IP_UDP);
        else
            put_ipv6(&b, 8, IP_UDP);
        put_udp(&b, 8);
        enum decode_outcome expected = cases[i].version ? DECODED : UNDECODED_ETHER_TYPE;
        assert_int_equal(decode_bytes(DLT_NULL, &b), expected);
        assert_int_equal(decode_bytes(DLT_LOOP, &b), expected);
    }
}

static void test_unknown_link_type_is_refused(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ether(&b, 0x0800);
    assert_int_equal(decode_bytes(DLT_USB_LINUX, &b), UNDECODED_LINK_TYPE);
    assert_int_equal(decode_bytes(-1, &b), UNDECODED_LINK_TYPE);
}

/* A UDP datagram over IPv4, to be wrapped. */
static struct bytes datagram(void)
{
    struct bytes b = {0};
    put_ipv4(&b, 28, 0, IP_UDP);
    put_udp(&b, 8);
    return b;
}

static void assert_mac(const uint8_t *mac, const char *hex)
{
    struct bytes expected = {0};
    put_hex(&expected, hex);
    assert_memory_equal(mac, expected.at, 6);
}

static void test_tags_of_all_sorts_stack(void **state)
{
    (void)state;
    struct bytes b = datagram();
    wrap_hex(&b, "02000000000b02000000000a 8100 0001 8926 00010002 8100 0002 8909 010100010017 88a8 0003 8847 000100fe 00011140");
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), DECODED);
    assert_int_equal(packet.vlan_count, 3);
    assert_int_equal(packet.vlan[1], 2);
    assert_int_equal(packet.layers, 1u << LAYER_VNTAG | 1u << LAYER_CISCO_METADATA | 1u << LAYER_MPLS);
    assert_int_equal(packet.ether_type, 0x0800);
}

static void test_endless_tags_are_given_up(void **state)
{
    (void)state;
    static const char *const tags[] = {"00010002 8926", "010100010017 8909", "00000101 8847"};
    for (size_t i = 0; i < 3; i++) {
        struct bytes b = {0};
        put_ether(&b, i == 0 ? 0x8926 : i == 1 ? 0x8909 : 0x8847);
        for (unsigned k = 0; k < 100; k++)
            put_hex(&b, i < 2 ? tags[i] : "00010000");
        assert_int_equal(decode_bytes(DLT_EN10MB, &b), UNDECODED_ETHER_TYPE);
    }
}

static void test_mpls_carries_ip_or_frames_with_or_without_control_word(void **state)
{
    (void)state;
    static const char *const links[] = {
        "8847 00011140",                                         /* bare IP */
        "8847 00010040 00010040 00011140",                       /* three labels */
        "8847 00011140 00000000 02000000000d02000000000c 0800",  /* control word */
        "8847 00011140 02000000000d02000000000c 0800",           /* none; the address begins with 0 */
        "8847 00011140 46000000000d02000000000c 0800",           /* with 4, as IPv4 does */
        "8847 00011140 6a000000000d02000000000c 8100 0007 0800", /* with 6 */
        "8847 00011140 aa000000000d02000000000c 0800",
    };
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        struct bytes b = datagram();
        wrap_hex(&b, links[i]);
        wrap_hex(&b, "02000000000b02000000000a");
        assert_int_equal(decode_bytes(DLT_EN10MB, &b), DECODED);
        assert_address(&packet.src, "192.0.2.1");
        assert_int_equal(packet.dst_port, 53);
        assert_int_equal(packet.layers, 1u << LAYER_MPLS);
    }
}

/* Its address bytes 8.0.x.x stand where a frame has its type. */
static void test_mpls_tells_an_ip_header_from_a_frame_by_its_checksum(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ether(&b, 0x8847);
    put_hex(&b, "00011140 4500001c 00010000 4011 489a 08000001 c6336402");
    put_udp(&b, 8);
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), DECODED);
    assert_address(&packet.src, "8.0.0.1");
}

static void test_pppoe_session_carries_ip_and_discovery_none(void **state)
{
    (void)state;
    struct bytes b = datagram();
    wrap_hex(&b, "8864 11 00 0001 001e 0021");
    wrap_hex(&b, "02000000000b02000000000a");
    put_zero(&b, 10); /* padding */
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), DECODED);
    assert_int_equal(packet.layers, 1u << LAYER_PPPOE | 1u << LAYER_PPP);
    assert_int_equal(packet.l3.size, 28);
    b.at[13] = 0x63; /* discovery */
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), UNDECODED_ETHER_TYPE);
    b.at[13] = 0x64;
    b.at[15] = 0x09; /* a code that is no data */
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), UNDECODED_ETHER_TYPE);
}

static void test_ppp_control_protocols_are_not_ip(void **state)
{
    (void)state;
    static const char *const headers[] = {"ff03c021", "ff038021", "ff0300fd", "ff03003d 80000001 0021", "0f008035", "8f002000"};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct bytes b = datagram();
        wrap_hex(&b, headers[i]);
        assert_int_equal(decode_bytes(DLT_PPP, &b), UNDECODED_ETHER_TYPE);
    }
}

static void test_ppp_carries_bridged_frames_and_labels(void **state)
{
    (void)state;
    static const char *const headers[] = {"ff030031 0001 02000000000d02000000000c0800", "ff030281 00011140"};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct bytes b = datagram();
        wrap_hex(&b, headers[i]);
        assert_int_equal(decode_bytes(DLT_PPP, &b), DECODED);
        assert_int_equal(packet.dst_port, 53);
    }
}

static void test_wifi_addresses_follow_the_direction(void **state)
{
    (void)state;
    static const struct {
        const char *header, *src, *dst;
    } cases[] = {
        {"0800 0000 0200000000d1 0200000000d2 0200000000d3 0000", "0200000000d2", "0200000000d1"},
        {"0801 0000 0200000000d1 0200000000d2 0200000000d3 0000", "0200000000d2", "0200000000d3"},
        {"0802 0000 0200000000d1 0200000000d2 0200000000d3 0000", "0200000000d3", "0200000000d1"},
        {"0803 0000 0200000000d1 0200000000d2 0200000000d3 0000 0200000000d4", "0200000000d4", "0200000000d3"},
        {"8803 0000 0200000000d1 0200000000d2 0200000000d3 0000 0200000000d4 0000", "0200000000d4", "0200000000d3"},
        {"8881 0000 0200000000d1 0200000000d2 0200000000d3 0000 0000 00000000", "0200000000d2", "0200000000d3"}, /* HT control */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes b = datagram();
        wrap_hex(&b, "aaaa03000000 0800");
        wrap_hex(&b, cases[i].header);
        assert_int_equal(decode_bytes(DLT_IEEE802_11, &b), DECODED);
        assert_true(packet.has_mac);
        assert_mac(packet.src_mac, cases[i].src);
        assert_mac(packet.dst_mac, cases[i].dst);
        assert_int_equal(packet.dst_port, 53);
    }
}

static void test_wifi_frames_without_a_packet(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        enum decode_outcome outcome;
    } cases[] = {
        {"8000 0000 ffffffffffff 0200000000d2 0200000000d2 0000", UNDECODED_ETHER_TYPE}, /* beacon */
        {"b400 0000 0200000000d1 0200000000d2 0200000000d3 0000", UNDECODED_ETHER_TYPE}, /* request to send */
        {"4801 0000 0200000000d1 0200000000d2 0200000000d3 0000", UNDECODED_ETHER_TYPE}, /* no data */
        {"0801 0000 0200000000d1 0200000000d2 0200000000d3 0100", UNDECODED_ETHER_TYPE}, /* a later fragment */
        {"0841 0000 0200000000d1 0200000000d2 0200000000d3 0000 12345600", UNDECODED_WIFI_ENCRYPTED},
        {"0801 0000 0200000000d1 0200000000d2 0200000000d3 0000 424203", UNDECODED_ETHER_TYPE}, /* not SNAP */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes b = datagram();
        if (i < 4)
            wrap_hex(&b, "aaaa03000000 0800");
        wrap_hex(&b, cases[i].header);
        assert_int_equal(decode_bytes(DLT_IEEE802_11, &b), cases[i].outcome);
    }
}

static void test_wifi_decrypted_by_the_tool_keeps_its_flag(void **state)
{
    (void)state;
    struct bytes b = datagram();
    wrap_hex(&b, "0841 0000 0200000000d1 0200000000d2 0200000000d3 0000 aaaa03000000 0800");
    assert_int_equal(decode_bytes(DLT_IEEE802_11, &b), DECODED);
}

static void test_wifi_aggregate_gives_its_first_packet(void **state)
{
    (void)state;
    struct bytes b = datagram();
    wrap_hex(&b, "8801 0000 0200000000d1 0200000000d2 0200000000d3 0000 8000 0200000000d3 0200000000d2 0024 aaaa03000000 0800");
    put_zero(&b, 30); /* the second */
    assert_int_equal(decode_bytes(DLT_IEEE802_11, &b), DECODED);
    assert_int_equal(packet.l3.size, 28);
}

/* Presence bits go on for two words more; a time stamp comes before the flags. */
static void test_radiotap_fields_before_the_flags_are_stepped_over(void **state)
{
    (void)state;
    struct bytes b = datagram();
    wrap_hex(&b, "8801 0000 0200000000d1 0200000000d2 0200000000d3 0000 0000 0000 aaaa03000000 0800"); /* padded to 28 */
    wrap_hex(&b, "00001c00 030000a0 000000a0 00000000 0102030405060708 20000000");
    assert_int_equal(decode_bytes(DLT_IEEE802_11_RADIO, &b), DECODED);
    b.at[24] = 0; /* not padded: then the two bytes are in the way */
    assert_int_equal(decode_bytes(DLT_IEEE802_11_RADIO, &b), UNDECODED_ETHER_TYPE);
}

static void test_ppi_may_hold_any_link_type_but_not_for_ever(void **state)
{
    (void)state;
    struct bytes b = datagram();
    wrap_hex(&b, "00000800 65000000");          /* raw IP */
    wrap_hex(&b, "00000c00 c0000000 00000000"); /* PPI again */
    assert_int_equal(decode_bytes(DLT_PPI, &b), DECODED);
    struct bytes endless = {0};
    for (unsigned i = 0; i < 100; i++)
        put_hex(&endless, "00000800 c0000000");
    assert_int_equal(decode_bytes(DLT_PPI, &endless), UNDECODED_ETHER_TYPE);
    b.at[4] = 0xba; /* USB */
    assert_int_equal(decode_bytes(DLT_PPI, &b), UNDECODED_LINK_TYPE);
    b.at[4] = 0xc0;
    b.at[7] = 0xff; /* far beyond the types that exist */
    assert_int_equal(decode_bytes(DLT_PPI, &b), UNDECODED_LINK_TYPE);
}

static void test_nflog_without_a_packet_is_short(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_hex(&b, "02000000 0800 0100 08000003 0600 0a00 6100 0000");
    assert_int_equal(decode_bytes(DLT_NFLOG, &b), UNDECODED_LINK_SHORT);
    put_hex(&b, "0000 0500"); /* an attribute shorter than its own header */
    assert_int_equal(decode_bytes(DLT_NFLOG, &b), UNDECODED_LINK_SHORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vlan_tags_are_kept_outer_first),
        cmocka_unit_test(test_deep_vlan_stack_keeps_three_ids),
        cmocka_unit_test(test_endless_vlan_stack_is_given_up),
        cmocka_unit_test(test_snap_header_carries_ip),
        cmocka_unit_test(test_cooked_captures_of_both_versions),
        cmocka_unit_test(test_raw_ip_takes_the_version_from_the_header),
        cmocka_unit_test(test_loopback_families_in_both_byte_orders),
        cmocka_unit_test(test_unknown_link_type_is_refused),
        cmocka_unit_test(test_tags_of_all_sorts_stack),
        cmocka_unit_test(test_endless_tags_are_given_up),
        cmocka_unit_test(test_mpls_carries_ip_or_frames_with_or_without_control_word),
        cmocka_unit_test(test_mpls_tells_an_ip_header_from_a_frame_by_its_checksum),
        cmocka_unit_test(test_pppoe_session_carries_ip_and_discovery_none),
        cmocka_unit_test(test_ppp_control_protocols_are_not_ip),
        cmocka_unit_test(test_ppp_carries_bridged_frames_and_labels),
        cmocka_unit_test(test_wifi_addresses_follow_the_direction),
        cmocka_unit_test(test_wifi_frames_without_a_packet),
        cmocka_unit_test(test_wifi_decrypted_by_the_tool_keeps_its_flag),
        cmocka_unit_test(test_wifi_aggregate_gives_its_first_packet),
        cmocka_unit_test(test_radiotap_fields_before_the_flags_are_stepped_over),
        cmocka_unit_test(test_ppi_may_hold_any_link_type_but_not_for_ever),
        cmocka_unit_test(test_nflog_without_a_packet_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, drop_copy);
}
