/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_decode.c - whole frames: the common case, every cut of every kind, and the account of outcomes.
 */
#include "frames.h"

static void test_ethernet_ipv4_tcp_fills_everything(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ether(&b, 0x0800);
    put_ipv4(&b, 20 + 24 + 3, 0, IP_TCP);
    put_tcp(&b, 6);
    put(&b, "abc", 3);
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), DECODED);
    assert_int_equal(packet.time_ns, 77);
    assert_int_equal(packet.number, 5);
    assert_int_equal(packet.wire_len, b.size);
    assert_int_equal(packet.cap_len, b.size);
    assert_int_equal(packet.ip_version, 4);
    assert_int_equal(packet.proto, IP_TCP);
    assert_int_equal(packet.ttl, 63);
    assert_address(&packet.src, "192.0.2.1");
    assert_address(&packet.dst, "198.51.100.2");
    assert_int_equal(packet.src_port, 49152);
    assert_int_equal(packet.dst_port, 443);
    assert_int_equal(packet.tcp_seq, 1);
    assert_int_equal(packet.tcp_ack, 2);
    assert_int_equal(packet.tcp_flags, TCP_PSH | TCP_ACK);
    assert_int_equal(packet.ether_type, 0x0800);
    assert_true(packet.has_mac);
    assert_memory_equal(packet.src_mac, "\2\0\0\0\0\x0a", 6);
    assert_memory_equal(packet.dst_mac, "\2\0\0\0\0\x0b", 6);
    assert_int_equal(packet.vlan_count, 0);
    assert_ptr_equal(packet.l3.at, copy + 14);
    assert_int_equal(packet.l3.size, 47);
    assert_int_equal(packet.l3_wire_len, 47);
    assert_int_equal(packet.payload.size, 3);
    assert_memory_equal(packet.payload.at, "abc", 3);
    assert_int_equal(packet.payload_wire_len, 3);
    assert_false(packet.fragment || packet.truncated);
    assert_int_equal(packet.tunnel.depth, 0);
    assert_int_equal(packet.earlier_frames, 0);
    assert_int_equal(packet.layers, 0);
}

static void test_ethernet_padding_is_no_payload(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ether(&b, 0x0800);
    put_ipv4(&b, 40, 0, IP_TCP);
    put_tcp(&b, 5);
    put_zero(&b, 6);
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), DECODED);
    assert_int_equal(packet.l3.size, 40);
    assert_int_equal(packet.payload.size, 0);
    assert_int_equal(packet.payload_wire_len, 0);
    assert_false(packet.truncated);
}

static void test_total_length_zero_reaches_to_the_end_of_the_frame(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ether(&b, 0x0800);
    put_ipv4(&b, 0, 0, IP_TCP);
    put_tcp(&b, 5);
    put(&b, "abcdef", 6);
    assert_int_equal(decode_copy(DLT_EN10MB, &b, b.size, 70000), DECODED);
    assert_int_equal(packet.payload.size, 6);
    assert_int_equal(packet.l3_wire_len, 70000 - 14);
    assert_int_equal(packet.payload_wire_len, 70000 - 14 - 40);
    assert_true(packet.truncated);
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), DECODED);
    assert_false(packet.truncated);
}

static void test_snap_length_cut_is_marked_and_measured(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ether(&b, 0x0800);
    put_ipv4(&b, 1500, 0, IP_TCP);
    put_tcp(&b, 5);
    put(&b, "abc", 3);
    assert_int_equal(decode_copy(DLT_EN10MB, &b, b.size, 1514), DECODED);
    assert_true(packet.truncated);
    assert_int_equal(packet.payload.size, 3);
    assert_int_equal(packet.payload_wire_len, 1460);
    assert_int_equal(packet.l3_wire_len, 1500);
}

#define KINDS (32 * 12) /* links, and transports over both versions */

struct kind {
    int link_type;
    struct bytes bytes;
    size_t enough; /* captured bytes from which on the frame decodes */
};

static void add_transports(struct kind *kinds, size_t *count, int link_type, const struct bytes *link, bool v6)
{
    static const struct {
        uint8_t proto;
        size_t header, enough;
    } transports[] = {{IP_TCP, 28, 20}, {IP_UDP, 8, 8}, {IP_ICMP, 8, 8}, {IP_ICMPV6, 8, 8}, {IP_SCTP, 12, 12}, {200, 0, 0}};
    for (size_t i = 0; i < 6; i++) {
        struct kind *k = &kinds[(*count)++];
        k->link_type = link_type;
        k->bytes = *link;
        size_t before = k->bytes.size;
        if (v6) {
            put_ipv6(&k->bytes, (unsigned)(8 + 8 + 8 + transports[i].header + 4), 0);
            put_extension(&k->bytes, 60);
            put_extension(&k->bytes, 44);
            put_v6_fragment(&k->bytes, transports[i].proto, 0); /* of one part */
        } else {
            put_ipv4(&k->bytes, (unsigned)(20 + transports[i].header + 4), 0, transports[i].proto);
        }
        size_t ip = k->bytes.size - before;
        if (transports[i].proto == IP_TCP)
            put_tcp(&k->bytes, 7);
        else if (transports[i].proto == IP_UDP)
            put_udp(&k->bytes, 12);
        else
            put_zero(&k->bytes, transports[i].header);
        put(&k->bytes, "data", 4);
        k->enough = before + ip + transports[i].enough;
    }
}

/* Every link header with every transport, over IPv4 and over IPv6 with three extension headers. */
static size_t make_kinds(struct kind *kinds)
{
    static const struct {
        int link_type;
        const char *v4, *v6;
    } links[] = {
        {DLT_EN10MB, "02000000000b02000000000a0800", "02000000000b02000000000a86dd"},
        {DLT_EN10MB, "02000000000b02000000000a8100000188a800020800", "02000000000b02000000000a8100000186dd"},
        {DLT_EN10MB, "02000000000b02000000000a0040aaaa030000000800", "02000000000b02000000000a0040aaaa0300000086dd"},
        {DLT_LINUX_SLL, "00000001000602000000000a00000800", "00000001000602000000000a000086dd"},
        {SLL2, "0800000000000002000100060200000000aa0000", "86dd000000000002000100060200000000aa0000"},
        {DLT_RAW, "", ""},
        {DLT_NULL, "02000000", "1e000000"},
        {DLT_LOOP, "00000002", "00000018"},
        {DLT_EN10MB, "02000000000b02000000000a 8926 00010002 0800", "02000000000b02000000000a 8926 00010002 86dd"},
        {DLT_EN10MB, "02000000000b02000000000a 893f 000000010000 8100 0007 0800",
         "02000000000b02000000000a 893f 000000010000 86dd"},
        {DLT_EN10MB, "02000000000b02000000000a 8909 010100010017 0800", "02000000000b02000000000a 8909 010100010017 86dd"},
        {DLT_EN10MB, "02000000000b02000000000a 892f 00100001 0800", "02000000000b02000000000a 892f 00100001 86dd"},
        {DLT_EN10MB, "02000000000b02000000000a 88e7 00000123 02000000000d02000000000c 0800",
         "02000000000b02000000000a 88e7 00000123 02000000000d02000000000c 86dd"},
        {DLT_EN10MB, "02000000000b02000000000a 8903 0123 02000000000d02000000000c 0800",
         "02000000000b02000000000a 8903 0123 02000000000d02000000000c 86dd"},
        {DLT_EN10MB, "02000000000b02000000000a 8847 00010040 00011140", "02000000000b02000000000a 8848 00010040 00011140"},
        {DLT_EN10MB, "02000000000b02000000000a 8864 11000001ffff 0021", "02000000000b02000000000a 8864 11000001ffff 0057"},
        {DLT_EN10MB, "02000000000b02000000000a 894f 0fc20101 00000001", "02000000000b02000000000a 894f 0fc20102 00000001"},
        {DLT_PPP, "ff030021", "ff030057"},
        {DLT_PPP_SERIAL, "21", "ff0357"},
        {DLT_PPP, "003d c0000001 0021", "3d c0000001 57"},
        {DLT_PPP_WITH_DIR, "01 ff030021", "00 ff030057"},
        {DLT_PPP_PPPD, "0103 0021", "0003 0057"},
        {DLT_PPP_ETHER, "11000001ffff 0021", "11000001ffff 0057"},
        {DLT_C_HDLC, "0f000800", "8f0086dd"},
        {DLT_MPLS, "00000140", "00002140"}, /* explicit null of IPv4, of IPv6 */
        {DLT_IEEE802_11, "0801 0000 020000000001 02000000000a 02000000000b 0000 aaaa030000000800",
         "8802 0000 02000000000b 020000000001 02000000000a 0000 0000 aaaa0300000086dd"},
        {DLT_IEEE802_11_RADIO, "00000a00 02000000 0000 0801 0000 020000000001 02000000000a 02000000000b 0000 aaaa030000000800",
         "00000a00 02000000 2000 8802 0000 02000000000b 020000000001 02000000000a 0000 0000 0000 aaaa0300000086dd"},
        {DLT_PPI, "00000800 69000000 0801 0000 020000000001 02000000000a 02000000000b 0000 aaaa030000000800",
         "00000800 01000000 02000000000b02000000000a86dd"},
        {DLT_IEEE802_11_RADIO_AVS,
         "80211001 0000000c 00000000 0801 0000 020000000001 02000000000a 02000000000b 0000 aaaa030000000800",
         "80211002 00000008 0801 0000 020000000001 02000000000a 02000000000b 0000 aaaa0300000086dd"},
        {DLT_NFLOG, "02000000 0800 0100 08000003 0600 0a00 6100 0000 0400 0900", "0a000000 0800 0100 08000003 0004 0009"},
        {DLT_PFLOG,
         "3d020000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
         "00000000 00000000 00000000 00000000",
         "081c0000 00000000"},
        {DLT_ENC, "02000000 00000001 00000000", "0000001c 00000001 00000000"},
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        struct bytes v4 = {0}, v6 = {0};
        put_hex(&v4, links[i].v4);
        put_hex(&v6, links[i].v6);
        add_transports(kinds, &count, links[i].link_type, &v4, false);
        add_transports(kinds, &count, links[i].link_type, &v6, true);
    }
    return count;
}

static void assert_slices_inside(void)
{
    assert_true(packet.l3.at >= copy && packet.l3.at + packet.l3.size <= copy + frame.cap_len);
    assert_true(packet.payload.at >= packet.l3.at);
    assert_true(packet.payload.at + packet.payload.size <= packet.l3.at + packet.l3.size);
    assert_true(packet.payload.size <= packet.payload_wire_len);
    assert_true(packet.l3.size <= packet.l3_wire_len);
}

static void test_every_cut_of_every_kind_has_the_right_outcome(void **state)
{
    (void)state;
    static struct kind kinds[KINDS];
    size_t count = make_kinds(kinds);
    assert_int_equal(count, KINDS);
    for (size_t k = 0; k < count; k++) {
        for (size_t cut = 0; cut <= kinds[k].bytes.size; cut++) {
            enum decode_outcome outcome = decode_copy(kinds[k].link_type, &kinds[k].bytes, cut, kinds[k].bytes.size);
            assert_int_equal(outcome == DECODED, cut >= kinds[k].enough);
            if (outcome != DECODED)
                continue;
            assert_slices_inside();
            assert_int_equal(packet.truncated, cut < kinds[k].bytes.size);
            assert_int_equal(packet.payload_wire_len, 4);
        }
    }
}

/* A file may also claim that the cut frame was all there was on the wire. */
static void test_every_cut_stays_inside_when_the_wire_length_lies(void **state)
{
    (void)state;
    static struct kind kinds[KINDS];
    size_t count = make_kinds(kinds);
    for (size_t k = 0; k < count; k++)
        for (size_t cut = 0; cut <= kinds[k].bytes.size; cut++)
            if (decode_copy(kinds[k].link_type, &kinds[k].bytes, cut, cut) == DECODED)
                assert_slices_inside();
}

static void test_counters_add_up_and_tell_the_kinds_apart(void **state)
{
    (void)state;
    static struct kind kinds[KINDS];
    size_t count = make_kinds(kinds);
    struct decode_counters counters = {0};
    uint64_t frames = 0, common = 0;
    for (size_t k = 0; k < count; k++) {
        for (size_t cut = 0; cut <= kinds[k].bytes.size; cut += 7, frames++) {
            common += k < 8 * 12 || kinds[k].link_type == DLT_EN10MB;
            enum decode_outcome outcome = decode_copy(kinds[k].link_type, &kinds[k].bytes, cut, cut);
            decode_count(&counters, &frame, &packet, outcome);
        }
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < DECODE_OUTCOME_COUNT; i++)
        sum += counters.outcomes[i];
    assert_int_equal(sum, frames);
    assert_int_equal(counters.ipv4 + counters.ipv6, counters.outcomes[DECODED]);
    assert_int_equal(counters.tcp + counters.udp + counters.icmpv4 + counters.icmpv6 + counters.sctp + counters.other_transport,
                     counters.outcomes[DECODED]);
    assert_int_equal(counters.ethernet + counters.raw + counters.sll + counters.loopback, common);
    assert_true(counters.vlan > counters.vlan_qinq && counters.vlan_qinq > 0);
    assert_int_equal(counters.fragments, 0);
    static const enum decode_layer met[] = {
        LAYER_MPLS,           LAYER_PPPOE,           LAYER_PPP,        LAYER_CISCO_HDLC, LAYER_VNTAG, LAYER_ETAG, LAYER_HSR,
        LAYER_CISCO_METADATA, LAYER_BACKBONE_BRIDGE, LAYER_FABRICPATH, LAYER_NSH,        LAYER_WIFI};
    for (size_t i = 0; i < sizeof met / sizeof *met; i++)
        assert_true(counters.layers[met[i]] > 0);
    assert_int_equal(counters.tunnelled, 0);
}

static void test_arp_is_counted_apart(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ether(&b, 0x0806);
    put_zero(&b, 46);
    struct decode_counters counters = {0};
    enum decode_outcome outcome = decode_bytes(DLT_EN10MB, &b);
    assert_int_equal(outcome, UNDECODED_ETHER_TYPE);
    decode_count(&counters, &frame, &packet, outcome);
    assert_int_equal(counters.arp, 1);
    assert_int_equal(counters.bytes, 0);
    assert_int_equal(counters.max_packet_size, 60);
    assert_int_equal(counters.outcomes[UNDECODED_ETHER_TYPE], 1);
}

static void test_every_outcome_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < DECODE_OUTCOME_COUNT; i++) {
        assert_non_null(decode_outcome_name((enum decode_outcome)i));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(decode_outcome_name((enum decode_outcome)i), decode_outcome_name((enum decode_outcome)j));
    }
    assert_string_equal(decode_outcome_name(DECODED), "decoded");
    assert_non_null(decode_outcome_name(DECODE_OUTCOME_COUNT));
}

static void test_every_layer_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < DECODE_LAYER_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(decode_layer_name((enum decode_layer)i), decode_layer_name((enum decode_layer)j));
    assert_non_null(decode_layer_name(DECODE_LAYER_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ethernet_ipv4_tcp_fills_everything),
        cmocka_unit_test(test_ethernet_padding_is_no_payload),
        cmocka_unit_test(test_total_length_zero_reaches_to_the_end_of_the_frame),
        cmocka_unit_test(test_snap_length_cut_is_marked_and_measured),
        cmocka_unit_test(test_every_cut_of_every_kind_has_the_right_outcome),
        cmocka_unit_test(test_every_cut_stays_inside_when_the_wire_length_lies),
        cmocka_unit_test(test_counters_add_up_and_tell_the_kinds_apart),
        cmocka_unit_test(test_arp_is_counted_apart),
        cmocka_unit_test(test_every_outcome_has_a_name_of_its_own),
        cmocka_unit_test(test_every_layer_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, drop_copy);
}
