/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tunnel.c - one packet in every tunnel: what comes out, what is kept of the outside, nesting, every cut.
 */
#include "tunnels.h"

struct way {
    const char *header; /* after the outer IP and UDP headers */
    enum carried carried;
    uint8_t proto; /* of the outer IP packet */
    uint16_t port; /* of the outer UDP datagram, 0 for none */
    enum tunnel_kind kind;
    enum decode_layer layer;
};

static const struct way ways[] = {
    {"08000000 00000100", FRAME, IP_UDP, 4789, TUNNEL_VXLAN, LAYER_VXLAN},
    {"88000010 00000100", FRAME, IP_UDP, 4789, TUNNEL_VXLAN, LAYER_VXLAN}, /* group policy */
    {"0c000001 00000100", BARE_V4, IP_UDP, 4790, TUNNEL_VXLAN_GPE, LAYER_VXLAN_GPE},
    {"0c000002 00000100", BARE_V6, IP_UDP, 4790, TUNNEL_VXLAN_GPE, LAYER_VXLAN_GPE},
    {"0c000003 00000100", FRAME, IP_UDP, 4790, TUNNEL_VXLAN_GPE, LAYER_VXLAN_GPE},
    {"0c000004 00000100 0fc20101 00000001", BARE_V4, IP_UDP, 4790, TUNNEL_VXLAN_GPE, LAYER_VXLAN_GPE}, /* a service chain */
    {"0c000005 00000100 00011140", BARE_V4, IP_UDP, 4790, TUNNEL_VXLAN_GPE, LAYER_VXLAN_GPE},          /* MPLS */
    {"08000000 00000100", FRAME, IP_UDP, 4790, TUNNEL_VXLAN_GPE, LAYER_VXLAN_GPE},
    {"00006558 00000100", FRAME, IP_UDP, 6081, TUNNEL_GENEVE, LAYER_GENEVE},
    {"02000800 00000100 0102030405060708", BARE_V4, IP_UDP, 6081, TUNNEL_GENEVE, LAYER_GENEVE}, /* options */
    {"004086dd 00000100", BARE_V6, IP_UDP, 6081, TUNNEL_GENEVE, LAYER_GENEVE},
    {"", BARE_V6, IP_UDP, 3544, TUNNEL_TEREDO, LAYER_TEREDO},
    {"0000 abcd 01020304", BARE_V6, IP_UDP, 3544, TUNNEL_TEREDO, LAYER_TEREDO},
    {"0001 00 00 0102030405060708 00", BARE_V6, IP_UDP, 3544, TUNNEL_TEREDO, LAYER_TEREDO},
    {"0001 02 03 aabb ccddee 0102030405060708 00 0000 abcd 01020304", BARE_V6, IP_UDP, 3544, TUNNEL_TEREDO, LAYER_TEREDO},
    {"30ff 002d 00000001", BARE_V4, IP_UDP, 2152, TUNNEL_GTP, LAYER_GTP},
    {"32ff 0031 00000001 0001 00 00", BARE_V4, IP_UDP, 2152, TUNNEL_GTP, LAYER_GTP},
    {"34ff 0051 00000001 0000 00 85 01100185 02 000000000000 00", BARE_V6, IP_UDP, 2152, TUNNEL_GTP, LAYER_GTP},
    {"00100200 00000000", FRAME, IP_UDP, 5247, TUNNEL_CAPWAP, LAYER_CAPWAP},
    {"00100300 00000000", WIFI, IP_UDP, 5247, TUNNEL_CAPWAP, LAYER_CAPWAP},
    {"00200320 00000000 04000000 00000000", WIFI_SWAPPED, IP_UDP, 5247, TUNNEL_CAPWAP, LAYER_CAPWAP},
    {"0100 0001 0a0155 00 01", FRAME, IP_UDP, 37008, TUNNEL_TZSP, LAYER_TZSP},
    {"0101 0012 01", WIFI, IP_UDP, 37008, TUNNEL_TZSP, LAYER_TZSP},
    {"0100 0077 01 00000044 00000008", WIFI, IP_UDP, 37008, TUNNEL_TZSP, LAYER_TZSP}, /* Prism */
    {"0002 0001 0001 ff030021", BARE_V4, IP_UDP, 1701, TUNNEL_L2TP, LAYER_L2TP},
    {"4002 004d 0001 0001 ff030057", BARE_V6, IP_UDP, 1701, TUNNEL_L2TP, LAYER_L2TP},
    {"4a02 003e 0001 0001 00010002 0002 0000 21", BARE_V4, IP_UDP, 1701, TUNNEL_L2TP, LAYER_L2TP},
    {"0003 0000 00000001", FRAME, IP_UDP, 1701, TUNNEL_L2TP, LAYER_L2TP},
    {"0003 0000 00000001 0123456789abcdef 40000001", FRAME, IP_UDP, 1701, TUNNEL_L2TP, LAYER_L2TP},
    {"00000001 01234567", FRAME, 115, 0, TUNNEL_L2TP, LAYER_L2TP},
    {"0000 0800", BARE_V4, IP_GRE, 0, TUNNEL_GRE, LAYER_GRE},
    {"8000 86dd 12340000", BARE_V6, IP_GRE, 0, TUNNEL_GRE, LAYER_GRE},                              /* checksum */
    {"3000 0800 00000001 00000002", BARE_V4, IP_GRE, 0, TUNNEL_GRE, LAYER_GRE},                     /* key, sequence number */
    {"4000 0800 00000000 0800 0004 c0000209 0000 0000", BARE_V4, IP_GRE, 0, TUNNEL_GRE, LAYER_GRE}, /* source route */
    {"2000 6558 00000100", FRAME, IP_GRE, 0, TUNNEL_GRE, LAYER_GRE},
    {"0000 8847 00010040 00011140", BARE_V4, IP_GRE, 0, TUNNEL_GRE, LAYER_GRE},
    {"0000 8100 0007 0800", BARE_V4, IP_GRE, 0, TUNNEL_GRE, LAYER_GRE},
    {"0000 883e 00000000", BARE_V4, IP_GRE, 0, TUNNEL_GRE, LAYER_GRE}, /* WCCP of both versions */
    {"0000 883e", BARE_V4, IP_GRE, 0, TUNNEL_GRE, LAYER_GRE},
    {"2001 880b 0031 0001 ff030021", BARE_V4, IP_GRE, 0, TUNNEL_GRE, LAYER_GRE}, /* PPTP */
    {"3081 880b 0043 0001 00000001 00000000 0057", BARE_V6, IP_GRE, 0, TUNNEL_GRE, LAYER_GRE},
    {"0000 88be", FRAME, IP_GRE, 0, TUNNEL_ERSPAN, LAYER_ERSPAN},
    {"1000 88be 00000001 1000 0001 00000000", FRAME, IP_GRE, 0, TUNNEL_ERSPAN, LAYER_ERSPAN},
    {"1000 22eb 00000001 2000 0001 00000000 0000 0000", FRAME, IP_GRE, 0, TUNNEL_ERSPAN, LAYER_ERSPAN},
    {"1000 22eb 00000001 2000 0001 00000000 0000 0001 0000000000000000", FRAME, IP_GRE, 0, TUNNEL_ERSPAN, LAYER_ERSPAN},
    {"1000 22eb 00000001 2000 0001 00000000 0000 0800", BARE_V6, IP_GRE, 0, TUNNEL_ERSPAN, LAYER_ERSPAN}, /* bare IP */
    {"3000", FRAME, 97, 0, TUNNEL_ETHERIP, LAYER_ETHERIP},
    {"00011140", BARE_V4, 137, 0, TUNNEL_MPLS, LAYER_MPLS_IN_IP},
    {"", BARE_V4, 4, 0, TUNNEL_IPV4, LAYER_IPV4_IN_IPV4},
    {"", BARE_V6, 41, 0, TUNNEL_IPV4, LAYER_IPV6_IN_IPV4},
};
#define WAYS (sizeof ways / sizeof *ways)

/* With the outer IP header, but no link header. */
static struct bytes tunnelled(const struct way *w, bool outer_v6)
{
    struct bytes b = carried(w->carried);
    wrap_hex(&b, w->header);
    if (w->port)
        wrap_udp(&b, 5000, w->port);
    if (outer_v6)
        wrap_ipv6(&b, w->proto);
    else
        wrap_ipv4(&b, w->proto);
    return b;
}

static void assert_inner(enum carried carried)
{
    assert_address(&packet.src, carried == BARE_V6 ? "2001:db8::1" : "192.0.2.1");
    assert_address(&packet.dst, carried == BARE_V6 ? "2001:db8::2" : "198.51.100.2");
    assert_int_equal(packet.ip_version, carried == BARE_V6 ? 6 : 4);
    assert_int_equal(packet.proto, IP_TCP);
    assert_int_equal(packet.src_port, 49152);
    assert_int_equal(packet.dst_port, 443);
    assert_int_equal(packet.tcp_flags, TCP_PSH | TCP_ACK);
    assert_int_equal(packet.l3_wire_len, carried == BARE_V6 ? 65 : 45);
    assert_int_equal(packet.payload_wire_len, 5);
}

static void test_the_inner_packet_comes_out_of_every_tunnel(void **state)
{
    (void)state;
    for (size_t i = 0; i < WAYS; i++) {
        struct bytes b = tunnelled(&ways[i], false);
        wrap_ether(&b, 0x0800);
        assert_int_equal(decode_bytes(DLT_EN10MB, &b), DECODED);
        if (packet.tunnel.depth != 1)
            fail_msg("way %zu (%s) was not entered", i, ways[i].header);
        assert_inner(ways[i].carried);
        assert_memory_equal(packet.payload.at, "hello", 5);
        assert_int_equal(packet.payload.size, 5);
        assert_false(packet.truncated);
        assert_int_equal(packet.wire_len, b.size);
        assert_int_equal(packet.has_mac, ways[i].carried >= FRAME);
        if (packet.has_mac)
            assert_memory_equal(packet.src_mac, "\2\0\0\0\0\x0a", 6);
        assert_true(packet.layers & 1u << ways[i].layer);
        assert_false(packet.layers & 1u << LAYER_UNOPENED_TUNNEL);
    }
}

static void test_the_outside_is_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < WAYS; i++) {
        struct bytes b = tunnelled(&ways[i], false);
        assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
        const struct packet_tunnel *t = &packet.tunnel;
        assert_address(&t->src, "203.0.113.1");
        assert_address(&t->dst, "203.0.113.2");
        assert_int_equal(t->src_port, ways[i].port ? 5000 : 0);
        assert_int_equal(t->dst_port, ways[i].port);
        assert_int_equal(t->proto, ways[i].proto);
        assert_int_equal(t->ip_version, 4);
        assert_int_equal(t->kind, ways[i].kind);
        assert_int_equal(t->inner_kind, ways[i].kind);
    }
}

static void test_the_outside_may_be_ipv6(void **state)
{
    (void)state;
    for (size_t i = 0; i < WAYS; i++) {
        struct bytes b = tunnelled(&ways[i], true);
        assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
        assert_int_equal(packet.tunnel.depth, 1);
        assert_inner(ways[i].carried);
        assert_int_equal(packet.tunnel.ip_version, 6);
        assert_address(&packet.tunnel.dst, "2001:db8:f::2");
        if (ways[i].kind == TUNNEL_IPV4) {
            assert_int_equal(packet.tunnel.kind, TUNNEL_IPV6);
            assert_int_equal(packet.layers, 1u << (ways[i].proto == 4 ? LAYER_IPV4_IN_IPV6 : LAYER_IPV6_IN_IPV6));
        }
    }
}

static void test_segment_routing_carries_packets_and_frames(void **state)
{
    (void)state;
    static const char *const headers[] = {"04 02 04 00 00000000 20010db8000f00000000000000000002", /* routing, then IPv4 */
                                          "8f 02 04 00 00000000 20010db8000f00000000000000000002"};
    for (size_t i = 0; i < 2; i++) {
        struct bytes b = carried(i == 0 ? BARE_V4 : FRAME);
        wrap_hex(&b, headers[i]);
        wrap_ipv6(&b, 43);
        assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
        assert_inner(BARE_V4);
        assert_int_equal(packet.tunnel.kind, TUNNEL_IPV6);
    }
}

/* -------------------------------------------------------------------- cuts */

static bool slice_is_inside(struct slice s)
{
    return s.at >= copy && s.at + s.size <= copy + frame.cap_len;
}

/* The inner packet decodes from its TCP header on; before that the outer packet does, from its own transport header on. */
static void test_every_cut_leaves_the_deepest_packet_that_is_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < WAYS; i++) {
        struct bytes b = tunnelled(&ways[i], false);
        size_t outer = 20 + (ways[i].port ? 8 : 0), inner = b.size - 5;
        for (size_t cut = 0; cut <= b.size; cut++) {
            enum decode_outcome outcome = decode_copy(DLT_RAW, &b, cut, b.size);
            assert_int_equal(outcome == DECODED, cut >= outer);
            if (outcome != DECODED)
                continue;
            assert_int_equal(packet.tunnel.depth, cut >= inner);
            assert_int_equal(packet.proto, cut >= inner ? IP_TCP : ways[i].proto);
            assert_int_equal(packet.truncated, cut < b.size);
            assert_true(slice_is_inside(packet.l3) && slice_is_inside(packet.payload));
            if (cut < inner)
                assert_true(packet.layers & 1u << LAYER_UNOPENED_TUNNEL);
        }
    }
}

static void test_every_cut_stays_inside_when_the_wire_length_lies(void **state)
{
    (void)state;
    for (size_t i = 0; i < WAYS; i++) {
        struct bytes b = tunnelled(&ways[i], false);
        for (size_t cut = 0; cut <= b.size; cut++)
            if (decode_copy(DLT_RAW, &b, cut, cut) == DECODED)
                assert_true(slice_is_inside(packet.l3) && slice_is_inside(packet.payload));
    }
}

/* --------------------------------------------------------- not to be taken */

static void test_wrong_headers_over_ip_are_no_tunnels(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        enum carried carried;
        uint8_t proto;
    } wrong[] = {
        {"0002 0800", BARE_V4, IP_GRE}, /* version 2 */
        {"0000 0806", BARE_V4, IP_GRE},
        {"0001 880b 0031 0001 ff030021", BARE_V4, IP_GRE}, /* no key */
        {"2001 0800 002d 0001", BARE_V4, IP_GRE},
        {"2001 880b 0030 0001 ff030021", BARE_V4, IP_GRE},                  /* payload length */
        {"2001 880b 0031 0001 ff0300fd", BARE_V4, IP_GRE},                  /* encrypted */
        {"1000 88be 00000001 2000 0001 00000000", FRAME, IP_GRE},           /* version */
        {"1000 22eb 00000001 2000 0001 00000000 0000 0400", FRAME, IP_GRE}, /* kind of frame */
        {"4000 0800 00000000 0800 00ff", BARE_V4, IP_GRE},                  /* a route without an end */
        {"2000", FRAME, 97},
        {"", BARE_V6, 4},
        {"", BARE_V4, 41},
        {"00000000", FRAME, 115}, /* control message */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct bytes b = carried(wrong[i].carried);
        wrap_hex(&b, wrong[i].header);
        wrap_ipv4(&b, wrong[i].proto);
        assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
        assert_int_equal(packet.tunnel.depth, 0);
        assert_int_equal(packet.proto, wrong[i].proto);
        assert_int_equal(packet.layers, 1u << LAYER_UNOPENED_TUNNEL);
    }
}

/* What is inside does not decode: the packet is the one around it, and nothing of the attempt sticks. */
static void test_a_broken_inside_leaves_the_tunnel_around_it(void **state)
{
    (void)state;
    struct bytes b = carried(BARE_V4);
    b.at[20 + 12] = 0x10; /* TCP header too short */
    wrap_hex(&b, "0000 8100 0007 0800");
    wrap_ipv4(&b, IP_GRE);
    wrap_ipv4(&b, 4);
    assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
    assert_int_equal(packet.proto, IP_GRE);
    assert_int_equal(packet.tunnel.depth, 1);
    assert_int_equal(packet.vlan_count, 0);
    assert_int_equal(packet.ether_type, 0);
    assert_int_equal(packet.layers, 1u << LAYER_IPV4_IN_IPV4 | 1u << LAYER_UNOPENED_TUNNEL);
}

/* ------------------------------------------------------------------- nesting */

static void test_tunnels_nest_in_any_order(void **state)
{
    (void)state;
    struct bytes b = carried(WIFI);
    wrap_hex(&b, "00100300 00000000"); /* CAPWAP */
    wrap_udp(&b, 5247, 40000);
    wrap_ipv6(&b, IP_UDP);
    wrap_hex(&b, "2000 86dd 00000001"); /* GRE */
    wrap_ipv4(&b, IP_GRE);
    wrap_hex(&b, "8100 0007 0800");
    wrap_hex(&b, "02000000000d 02000000000c");
    wrap_hex(&b, "08000000 00000100"); /* VXLAN */
    wrap_udp(&b, 40001, 4789);
    wrap_ipv4(&b, IP_UDP);
    wrap_hex(&b, "8100 0005 8847 00011140");
    wrap_hex(&b, "02000000000f 02000000000e");
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), DECODED);
    assert_inner(WIFI);
    assert_int_equal(packet.tunnel.depth, 3);
    assert_int_equal(packet.tunnel.kind, TUNNEL_VXLAN);
    assert_int_equal(packet.tunnel.inner_kind, TUNNEL_CAPWAP);
    assert_int_equal(packet.tunnel.src_port, 40001);
    assert_int_equal(packet.tunnel.ip_version, 4);
    assert_int_equal(packet.vlan_count, 2);
    assert_int_equal(packet.vlan[0], 5);
    assert_int_equal(packet.vlan[1], 7);
    assert_int_equal(packet.layers, 1u << LAYER_MPLS | 1u << LAYER_VXLAN | 1u << LAYER_GRE | 1u << LAYER_CAPWAP | 1u << LAYER_WIFI);
    assert_memory_equal(packet.src_mac, "\2\0\0\0\0\x0a", 6);
}

static void test_the_switch_s_tag_is_among_the_vlans(void **state)
{
    (void)state;
    static const char *const headers[] = {"1000 88be 00000001 1123 0001 00000000",
                                          "1000 22eb 00000001 2123 0001 00000000 0000 0000"};
    for (size_t i = 0; i < 2; i++) {
        struct bytes b = carried(FRAME);
        wrap_hex(&b, headers[i]);
        wrap_ipv4(&b, IP_GRE);
        assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
        assert_int_equal(packet.vlan_count, 1);
        assert_int_equal(packet.vlan[0], 0x123);
    }
}

static void test_depth_has_a_bound(void **state)
{
    (void)state;
    for (unsigned depth = 1; depth <= 20; depth++) {
        struct bytes b = carried(BARE_V4);
        for (unsigned i = 0; i < depth; i++)
            wrap_ipv4(&b, 4);
        assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
        assert_int_equal(packet.tunnel.depth, depth < TUNNEL_DEPTH_MAX ? depth : TUNNEL_DEPTH_MAX);
        assert_int_equal(packet.proto, depth <= TUNNEL_DEPTH_MAX ? IP_TCP : 4);
        assert_int_equal(packet.layers >> LAYER_TOO_DEEP & 1, depth > TUNNEL_DEPTH_MAX);
    }
}

static void test_counters_tell_the_tunnels_apart(void **state)
{
    (void)state;
    struct decode_counters counters = {0};
    for (size_t i = 0; i < WAYS; i++) {
        struct bytes b = tunnelled(&ways[i], false);
        enum decode_outcome outcome = decode_bytes(DLT_RAW, &b);
        decode_count(&counters, &frame, &packet, outcome);
        assert_true(counters.layers[ways[i].layer] > 0);
        assert_int_equal(counters.tunnelled, i + 1);
    }
    assert_int_equal(counters.layers[LAYER_UNOPENED_TUNNEL], 0);
    assert_int_equal(counters.tcp, WAYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_inner_packet_comes_out_of_every_tunnel),
        cmocka_unit_test(test_the_outside_is_kept),
        cmocka_unit_test(test_the_outside_may_be_ipv6),
        cmocka_unit_test(test_segment_routing_carries_packets_and_frames),
        cmocka_unit_test(test_every_cut_leaves_the_deepest_packet_that_is_there),
        cmocka_unit_test(test_every_cut_stays_inside_when_the_wire_length_lies),
        cmocka_unit_test(test_wrong_headers_over_ip_are_no_tunnels),
        cmocka_unit_test(test_a_broken_inside_leaves_the_tunnel_around_it),
        cmocka_unit_test(test_tunnels_nest_in_any_order),
        cmocka_unit_test(test_the_switch_s_tag_is_among_the_vlans),
        cmocka_unit_test(test_depth_has_a_bound),
        cmocka_unit_test(test_counters_tell_the_tunnels_apart),
    };
    return cmocka_run_group_tests(tests, NULL, drop_copy);
}
