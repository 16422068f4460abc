/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tunnel_udp.c - a port proves nothing: what must not be taken for a tunnel, and which ports are asked.
 */
#include "tunnels.h"

static void test_wrong_headers_are_no_tunnels(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        enum carried carried;
        uint16_t port;
    } wrong[] = {
        {"00000000 00000100", FRAME, 4789},   /* no identifier */
        {"48000000 00000100", FRAME, 4789},   /* reserved flag */
        {"08000000 00000101", FRAME, 4789},   /* reserved byte */
        {"0d000001 00000100", BARE_V4, 4790}, /* operations */
        {"1c000001 00000100", BARE_V4, 4790}, /* version 1 */
        {"0c000009 00000100", BARE_V4, 4790}, /* next protocol */
        {"40006558 00000100", FRAME, 6081},   /* version 1 */
        {"00806558 00000100", FRAME, 6081},   /* control */
        {"00001234 00000100", FRAME, 6081},   /* type */
        {"3f006558 00000100", FRAME, 6081},   /* options beyond the datagram */
        {"00", BARE_V6, 3544},
        {"0002 abcd 01020304", BARE_V6, 3544},
        {"30ff 002c 00000001", BARE_V4, 2152},                     /* length */
        {"3001 002d 00000001", BARE_V4, 2152},                     /* echo */
        {"50ff 002d 00000001", BARE_V4, 2152},                     /* version 2 */
        {"34ff 0035 00000001 0000 00 85 00100100", BARE_V4, 2152}, /* an extension of no length */
        {"01100200 00000000", FRAME, 5247},                        /* DTLS */
        {"00100200 00000008", FRAME, 5247},                        /* an offset, and no fragment */
        {"00100208 00000000", FRAME, 5247},                        /* keep-alive */
        {"00100201 00000000", FRAME, 5247},                        /* reserved flag */
        {"00100700 00000000", WIFI, 5247},                         /* another binding */
        {"00080200 00000000", FRAME, 5247},                        /* header of 4 bytes */
        {"0200 0001 01", FRAME, 37008},                            /* version */
        {"0104 0001 01", FRAME, 37008},                            /* keep-alive */
        {"0100 0002 01", FRAME, 37008},                            /* kind of frame */
        {"0100 0001 0aff 01", FRAME, 37008},                       /* a tag beyond the datagram */
        {"c802 0039 0001 0001 ff030021", BARE_V4, 1701},           /* control message */
        {"0402 0001 0001 ff030021", BARE_V4, 1701},                /* reserved flag */
        {"0001 0001 0001 ff030021", BARE_V4, 1701},                /* version 1 */
        {"4002 0038 0001 0001 ff030021", BARE_V4, 1701},           /* length */
        {"0002 0001 0001 ff03c021", BARE_V4, 1701},                /* PPP's own business */
        {"0003 0000 00000000", FRAME, 1701},                       /* control message of version 3 */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct bytes b = carried(wrong[i].carried);
        wrap_hex(&b, wrong[i].header);
        assert_stays(&b, 5000, wrong[i].port);
        assert_true(packet.layers & 1u << LAYER_UNOPENED_TUNNEL);
    }
}

static void test_an_inside_that_contradicts_itself_is_not_entered(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t byte;
    } faults[] = {
        {13, 6},              /* ARP */
        {14 + 0, 0x44},       /* IP header of 16 bytes */
        {14 + 3, 46},         /* longer than the tunnel */
        {14 + 3, 0},          /* no length */
        {14 + 9, 253},        /* a protocol nobody uses */
        {14 + 20 + 12, 0x10}, /* TCP header too short */
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct bytes b = carried(FRAME);
        b.at[faults[i].at] = faults[i].byte;
        wrap_hex(&b, "08000000 00000100");
        assert_stays(&b, 5000, 4789);
    }
    struct bytes b = carried(BARE_V6);
    put(&b, "", 1); /* Teredo's packet fills its datagram */
    assert_stays(&b, 5000, 3544);
}

/* A Teredo bubble is a header alone: it tells more as what it is. */
static void test_a_packet_with_nothing_in_it_is_not_entered(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_ipv6(&b, 0, 59);
    assert_stays(&b, 5000, 3544);
    struct bytes plain = {0};
    put_ipv6(&plain, 0, 59);
    wrap_ipv4(&plain, 41);
    assert_int_equal(decode_bytes(DLT_RAW, &plain), DECODED);
    assert_int_equal(packet.tunnel.depth, 0);
}

/* Padding behind the inner packet, as an Ethernet frame of 60 bytes has it. */
static void test_padding_inside_is_cut_off(void **state)
{
    (void)state;
    struct bytes b = carried(FRAME);
    put_zero(&b, 9);
    wrap_hex(&b, "08000000 00000100");
    wrap_udp(&b, 5000, 4789);
    wrap_ipv4(&b, IP_UDP);
    assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
    assert_int_equal(packet.tunnel.depth, 1);
    assert_int_equal(packet.payload.size, 5);
}

static uint64_t random_state = 88172645463325252u;

static uint8_t random_byte(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint8_t)(random_state >> 32);
}

static const uint16_t tunnel_ports[] = {4789, 4790, 6081, 3544, 2152, 5247, 37008, 1701};

static void test_ordinary_datagrams_on_tunnel_ports_stay_what_they_are(void **state)
{
    (void)state;
    static const char *const ordinary[] = {
        "1234 0100 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001",                                   /* DNS */
        "c0 00000001 08 0102030405060708 00 00 4480 0000000000000000000000000000000000000000",                      /* QUIC */
        "1b 00 06 e9 000000000000000000000000 0000000000000000 0000000000000000 0000000000000000 e3d5a1b2c3d4e5f6", /* NTP */
        "80 60 0001 00000001 12345678 4500002d123400003f06000000",                                                  /* RTP */
        "00",
        "08",
        "45",
        "ffffffffffffffff",
        "0000000000000000000000000000000000000000",
    };
    for (size_t k = 0; k < 8; k++)
        for (size_t i = 0; i < sizeof ordinary / sizeof *ordinary; i++) {
            struct bytes to = {0}, from = {0};
            put_hex(&to, ordinary[i]);
            put_hex(&from, ordinary[i]);
            assert_stays(&to, 40000, tunnel_ports[k]);
            assert_stays(&from, tunnel_ports[k], 53);
        }
}

static void test_random_datagrams_on_tunnel_ports_stay_what_they_are(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 160000; i++) {
        uint16_t port = tunnel_ports[i % 8];
        struct bytes b = {0};
        for (unsigned n = random_byte() % 120; n > 0; n--) {
            uint8_t byte = random_byte();
            put(&b, &byte, 1);
        }
        assert_stays(&b, i & 8 ? port : 40000, i & 16 ? port : 53);
    }
}

/* --------------------------------------------------------------------- ports */

static bool enters(uint16_t from, uint16_t to, const char *header, enum carried inside)
{
    struct bytes b = carried(inside);
    wrap_hex(&b, header);
    wrap_udp(&b, from, to);
    wrap_ipv4(&b, IP_UDP);
    assert_int_equal(decode_bytes(DLT_RAW, &b), DECODED);
    return packet.tunnel.depth == 1;
}

static void test_which_end_s_port_counts(void **state)
{
    (void)state;
    assert_false(enters(4789, 5000, "08000000 00000100", FRAME)); /* its source port says nothing */
    assert_false(enters(6081, 5000, "00006558 00000100", FRAME));
    assert_true(enters(3544, 5000, "", BARE_V6)); /* a server's answers */
    assert_true(enters(2152, 5000, "30ff 002d 00000001", BARE_V4));
    assert_true(enters(5247, 5000, "00100200 00000000", FRAME));
    assert_true(enters(1701, 5000, "0002 0001 0001 0021", BARE_V4));
    assert_true(enters(2152, 4789, "30ff 002d 00000001", BARE_V4)); /* the other end's kind fits */
    assert_true(enters(2152, 4789, "08000000 00000100", FRAME));
    assert_true(enters(2152, 2152, "30ff 002d 00000001", BARE_V4));
}

static void test_ports_are_options(void **state)
{
    (void)state;
    struct decode_options options = decode_options_default;
    options.tunnel_ports[0].port = 8472; /* where Linux began */
    options.tunnel_port_count = 2;
    use_decoder(&options);
    assert_true(enters(5000, 8472, "08000000 00000100", FRAME));
    assert_false(enters(5000, 4789, "08000000 00000100", FRAME));
    assert_true(enters(5000, 4790, "08000000 00000100", FRAME));
    assert_false(enters(5000, 6081, "00006558 00000100", FRAME));
    options.tunnel_port_count = 0;
    use_decoder(&options);
    assert_false(enters(5000, 4790, "08000000 00000100", FRAME));
    drop_decoder();
}

static void test_impossible_ports_are_refused(void **state)
{
    (void)state;
    static const struct tunnel_port wrong[] = {{0, TUNNEL_VXLAN}, {4790, TUNNEL_VXLAN}, {80, TUNNEL_GRE}, {80, 200}};
    for (size_t i = 0; i < 4; i++) {
        struct error error = {{0}};
        struct decode_options options = decode_options_default;
        options.tunnel_ports[0] = wrong[i];
        assert_null(decoder_new(&options, &error));
        assert_true(strncmp(error.text, "tunnels: ", 9) == 0);
    }
    struct error error = {{0}};
    struct decode_options options = decode_options_default;
    options.tunnel_port_count = TUNNEL_PORTS_MAX + 1;
    assert_null(decoder_new(&options, &error));
    decoder_free(NULL);
}

static void test_kinds_have_names_and_some_have_ports(void **state)
{
    (void)state;
    for (int i = 0; i < TUNNEL_KIND_COUNT; i++) {
        for (int j = 0; j < i; j++)
            assert_string_not_equal(tunnel_kind_name((enum tunnel_kind)i), tunnel_kind_name((enum tunnel_kind)j));
        assert_int_equal(tunnel_kind_has_ports((enum tunnel_kind)i), i >= TUNNEL_VXLAN);
    }
    assert_string_equal(tunnel_kind_name(TUNNEL_KIND_COUNT), "unknown");
    assert_false(tunnel_kind_has_ports(TUNNEL_KIND_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_headers_are_no_tunnels),
        cmocka_unit_test(test_an_inside_that_contradicts_itself_is_not_entered),
        cmocka_unit_test(test_a_packet_with_nothing_in_it_is_not_entered),
        cmocka_unit_test(test_padding_inside_is_cut_off),
        cmocka_unit_test(test_ordinary_datagrams_on_tunnel_ports_stay_what_they_are),
        cmocka_unit_test(test_random_datagrams_on_tunnel_ports_stay_what_they_are),
        cmocka_unit_test(test_which_end_s_port_counts),
        cmocka_unit_test(test_ports_are_options),
        cmocka_unit_test(test_impossible_ports_are_refused),
        cmocka_unit_test(test_kinds_have_names_and_some_have_ports),
    };
    return cmocka_run_group_tests(tests, NULL, drop_copy);
}
