/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_fragment.c - datagrams in pieces: in any order, over and over, contradicting each other, without end.
 */
#include "frames.h"

#include "base/clock.h"

#define NOON (UINT64_C(1700000000) * NS_PER_S)

/* A UDP datagram of 8 + 56 bytes: "AAAAAAAA", "BBBBBBBB", ... behind the header. */
#define DATAGRAM 64u

static struct bytes whole_datagram(void)
{
    struct bytes b = {0};
    put_udp(&b, DATAGRAM);
    for (unsigned i = 0; i < DATAGRAM - 8; i++)
        put(&b, &(uint8_t){(uint8_t)('A' + i / 8)}, 1);
    return b;
}

/* What the next frame brings. */
struct piece {
    unsigned at, size;
    bool more;
    uint32_t id;
    bool v6;
    char fill;    /* its bytes, instead of the datagram's; 0 for none */
    unsigned cut; /* bytes that the snap length took off its end */
    uint64_t time_ns;
    uint16_t vlan; /* 0 for none */
};

#define PART(at_, size_, more_) .at = (at_), .size = (size_), .more = (more_)

static uint64_t frame_number;

static struct bytes frame_of(const struct piece *f)
{
    struct bytes data = whole_datagram(), b = {0};
    assert_true(f->at + f->size <= data.size);
    if (f->fill)
        memset(data.at + f->at, f->fill, f->size);
    put_ether(&b, f->vlan ? 0x8100 : f->v6 ? 0x86dd : 0x0800);
    if (f->vlan) {
        put_u16(&b, f->vlan);
        put_u16(&b, f->v6 ? 0x86dd : 0x0800);
    }
    if (f->v6) {
        put_ipv6(&b, 8 + 8 + f->size, 0);
        put_extension(&b, 44); /* hop by hop, before the fragment header */
        put(&b, (uint8_t[2]){IP_UDP, 0}, 2);
        put_u16(&b, f->at | f->more);
        put_u32(&b, f->id);
    } else {
        put_ipv4(&b, 20 + f->size, f->at / 8 | (f->more ? 0x2000 : 0), IP_UDP);
        b.at[b.size - 20 + 4] = (uint8_t)(f->id >> 8);
        b.at[b.size - 20 + 5] = (uint8_t)f->id;
    }
    put(&b, data.at + f->at, f->size);
    return b;
}

static enum decode_outcome give(struct piece f)
{
    struct bytes b = frame_of(&f);
    free(copy);
    copy = malloc(b.size - f.cut);
    assert_non_null(copy);
    memcpy(copy, b.at, b.size - f.cut);
    memset(&packet, 0xa5, sizeof packet);
    frame = (struct frame){.bytes = copy,
                           .cap_len = (uint32_t)(b.size - f.cut),
                           .wire_len = (uint32_t)b.size,
                           .time_ns = f.time_ns ? f.time_ns : NOON,
                           .number = ++frame_number,
                           .link_type = DLT_EN10MB};
    if (!decoder)
        use_decoder(NULL);
    return decode_frame(decoder, &frame, &packet);
}

static struct fragment_counters counters(void)
{
    struct fragment_counters c;
    decoder_count_fragments(decoder, &c);
    return c;
}

static void assert_whole(bool v6)
{
    struct bytes data = whole_datagram();
    assert_int_equal(packet.ip_version, v6 ? 6 : 4);
    assert_address(&packet.src, v6 ? "2001:db8::1" : "192.0.2.1");
    assert_int_equal(packet.src_port, 49152);
    assert_int_equal(packet.dst_port, 53);
    assert_int_equal(packet.payload_wire_len, DATAGRAM - 8);
    assert_int_equal(packet.payload.size, DATAGRAM - 8);
    assert_memory_equal(packet.payload.at, data.at + 8, DATAGRAM - 8);
    assert_int_equal(packet.l3_wire_len, DATAGRAM + (v6 ? 40 : 20));
    assert_int_equal(packet.l3.size, packet.l3_wire_len);
    assert_false(packet.fragment || packet.truncated);
    assert_int_equal(packet.reassembled, 1);
}

/* ------------------------------------------------------------------- order */

static const struct piece four[] = {{PART(0, 16, true)}, {PART(16, 8, true)}, {PART(24, 32, true)}, {PART(56, 8, false)}};

static void give_permuted(bool v6, unsigned permutation)
{
    unsigned left[4] = {0, 1, 2, 3};
    uint32_t bytes = 0;
    for (unsigned n = 4; n > 0; permutation /= n, n--) {
        unsigned k = permutation % n;
        struct piece f = four[left[k]];
        f.v6 = v6;
        memmove(left + k, left + k + 1, (n - k - 1) * sizeof *left);
        assert_int_equal(give(f), n > 1 ? FRAGMENT_KEPT : DECODED);
        bytes += frame.wire_len;
    }
    assert_whole(v6);
    assert_int_equal(packet.earlier_frames, 3);
    assert_int_equal(packet.earlier_bytes + packet.wire_len, bytes);
    assert_int_equal(packet.number, frame_number);
}

static void test_pieces_come_in_any_order(void **state)
{
    (void)state;
    for (unsigned permutation = 0; permutation < 24; permutation++) {
        give_permuted(false, permutation);
        give_permuted(true, permutation);
    }
    assert_int_equal(counters().reassembled_v4, 24);
    assert_int_equal(counters().reassembled_v6, 24);
    assert_int_equal(counters().fragments_v4 + counters().fragments_v6, 24 * 8);
    assert_int_equal(counters().waiting, 0);
    assert_int_equal(counters().memory_bytes, 0);
}

static void test_datagrams_do_not_mix(void **state)
{
    (void)state;
    struct piece first[] = {{PART(0, 32, true), .id = 1},
                            {PART(0, 32, true), .id = 2},
                            {PART(0, 32, true), .id = 1, .v6 = true},
                            {PART(0, 32, true), .id = 1, .vlan = 5},
                            {PART(0, 32, true), .id = 1, .vlan = 6}};
    drop_decoder();
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(give(first[i]), FRAGMENT_KEPT);
    assert_int_equal(counters().waiting, 5);
    for (size_t i = 0; i < 5; i++) {
        struct piece last = first[i];
        last.at = 32;
        last.more = false;
        assert_int_equal(give(last), DECODED);
        assert_whole(last.v6);
        assert_int_equal(packet.vlan_count, last.vlan != 0);
        assert_int_equal(packet.earlier_frames, 1);
    }
}

/* The protocol is part of IPv4's key (RFC 791), and not of IPv6's, where only the first piece tells it. */
static void test_protocol_of_ipv6_is_the_first_piece_s(void **state)
{
    (void)state;
    struct bytes first = frame_of(&(struct piece){PART(0, 32, true), .v6 = true}),
                 last = frame_of(&(struct piece){PART(32, 32, false), .v6 = true});
    last.at[14 + 40 + 8] = IP_TCP;
    drop_decoder();
    assert_int_equal(decode_bytes(DLT_EN10MB, &last), FRAGMENT_KEPT);
    assert_int_equal(decode_bytes(DLT_EN10MB, &first), DECODED);
    assert_whole(true);
    struct bytes first4 = frame_of(&(struct piece){PART(0, 32, true)}), last4 = frame_of(&(struct piece){PART(32, 32, false)});
    last4.at[14 + 9] = IP_TCP;
    assert_int_equal(decode_bytes(DLT_EN10MB, &last4), FRAGMENT_KEPT);
    assert_int_equal(decode_bytes(DLT_EN10MB, &first4), FRAGMENT_KEPT);
}

static void test_extension_headers_behind_the_fragment_header_are_walked(void **state)
{
    (void)state;
    struct bytes data = {0}, part[2] = {{.size = 0}, {.size = 0}};
    put_extension(&data, IP_UDP); /* destination options, in the fragmented part */
    put_udp(&data, 8 + 32);
    put_zero(&data, 32);
    for (unsigned i = 0; i < 2; i++) {
        put_ipv6(&part[i], 8 + 24, 44);
        put_v6_fragment(&part[i], 60, i == 0 ? 1 : 24);
        put(&part[i], data.at + 24 * i, 24);
    }
    drop_decoder();
    assert_int_equal(decode_bytes(DLT_RAW, &part[0]), FRAGMENT_KEPT);
    assert_int_equal(decode_bytes(DLT_RAW, &part[1]), DECODED);
    assert_int_equal(packet.dst_port, 53);
    assert_int_equal(packet.payload.size, 32);
}

/* ---------------------------------------------------------------- overlaps */

static void test_what_came_first_stays(void **state)
{
    (void)state;
    drop_decoder();
    assert_int_equal(give((struct piece){PART(0, 24, true)}), FRAGMENT_KEPT);
    assert_int_equal(give((struct piece){PART(16, 16, true), .fill = 'x'}), FRAGMENT_KEPT); /* 8 known, 8 new */
    assert_int_equal(give((struct piece){PART(0, 32, true), .fill = 'y'}), FRAGMENT_KEPT);  /* all known */
    assert_int_equal(give((struct piece){PART(24, 40, false), .fill = 'z'}), DECODED);      /* 8 known, 32 new */
    assert_memory_equal(packet.payload.at, "AAAAAAAABBBBBBBBxxxxxxxxzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", 56);
    assert_int_equal(counters().overlapped, 3);
    assert_int_equal(counters().repeated, 0);
    assert_int_equal(packet.earlier_frames, 3);
}

static void test_repeated_pieces_change_nothing_but_the_count(void **state)
{
    (void)state;
    drop_decoder();
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(give((struct piece){PART(32, 32, false)}), FRAGMENT_KEPT);
    assert_int_equal(give((struct piece){PART(0, 32, true)}), DECODED);
    assert_whole(false);
    assert_int_equal(packet.earlier_frames, 3);
    assert_int_equal(counters().repeated, 2);
    assert_int_equal(counters().overlapped, 0);
}

static void test_contradictions_are_refused(void **state)
{
    (void)state;
    drop_decoder();
    assert_int_equal(give((struct piece){PART(32, 16, false)}), FRAGMENT_KEPT);    /* ends at 48 */
    assert_int_equal(give((struct piece){PART(32, 24, false)}), FRAGMENT_REFUSED); /* another end */
    assert_int_equal(give((struct piece){PART(48, 8, true)}), FRAGMENT_REFUSED);   /* beyond it */
    assert_true(packet.fragment);
    assert_int_equal(give((struct piece){PART(0, 64, true), .id = 2}), FRAGMENT_KEPT);
    assert_int_equal(give((struct piece){PART(32, 16, false), .id = 2}), FRAGMENT_REFUSED); /* an end before what was seen */
    assert_int_equal(give((struct piece){PART(8, 0, true)}), FRAGMENT_REFUSED);             /* nothing */
    assert_int_equal(give((struct piece){PART(8, 7, true)}), FRAGMENT_REFUSED);             /* less than a block */
    assert_int_equal(counters().refused, 5);
    assert_int_equal(give((struct piece){PART(0, 32, true)}), DECODED); /* the first one is as good as before */
    assert_int_equal(packet.payload.size, 40);
}

static void test_a_middle_piece_is_cut_to_whole_blocks(void **state)
{
    (void)state;
    drop_decoder();
    assert_int_equal(give((struct piece){PART(0, 39, true)}), FRAGMENT_KEPT);
    assert_int_equal(give((struct piece){PART(32, 32, false)}), DECODED);
    assert_whole(false);
    assert_int_equal(counters().overlapped, 0);
}

static void test_a_datagram_beyond_its_header_s_reach_is_refused(void **state)
{
    (void)state;
    struct bytes b = frame_of(&(struct piece){PART(0, 16, false)});
    b.at[14 + 6] = 0x1f;
    b.at[14 + 7] = 0xfe; /* at 65520: with 16 bytes and a header 65556 */
    drop_decoder();
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), FRAGMENT_REFUSED);
    struct bytes v6 = frame_of(&(struct piece){PART(0, 16, false), .v6 = true});
    v6.at[14 + 40 + 8 + 2] = 0xff;
    v6.at[14 + 40 + 8 + 3] = 0xf8; /* at 65528 */
    assert_int_equal(decode_bytes(DLT_EN10MB, &v6), FRAGMENT_REFUSED);
}

/* --------------------------------------------------------------- snap length */

static void test_a_cut_piece_gives_what_is_before_the_cut(void **state)
{
    (void)state;
    drop_decoder();
    assert_int_equal(give((struct piece){PART(0, 32, true), .cut = 12}), FRAGMENT_KEPT);
    assert_int_equal(give((struct piece){PART(32, 32, false)}), DECODED);
    assert_true(packet.truncated);
    assert_int_equal(packet.payload.size, 12);
    assert_memory_equal(packet.payload.at, "AAAAAAAABBBB", 12);
    assert_int_equal(packet.payload_wire_len, DATAGRAM - 8);
    assert_int_equal(packet.earlier_frames, 1);
}

static void test_every_cut_of_every_piece_is_safe(void **state)
{
    (void)state;
    for (unsigned version = 0; version < 2; version++) {
        for (unsigned which = 0; which < 4; which++) {
            unsigned header = version ? 14 + 56 : 14 + 20;
            for (unsigned cut = 0; cut <= four[which].size + header; cut++) {
                drop_decoder();
                for (unsigned i = 0; i < 4; i++) {
                    struct piece f = four[i];
                    f.v6 = version;
                    f.cut = i == which ? cut : 0;
                    enum decode_outcome outcome = give(f);
                    if (outcome == DECODED) {
                        assert_true(packet.payload.size <= packet.payload_wire_len);
                        assert_int_equal(packet.truncated, cut > 0);
                        assert_int_equal(packet.payload.size, cut == 0 ? 56 : four[which].at + four[which].size - cut - 8);
                    }
                }
            }
        }
    }
}

/* -------------------------------------------------------------------- remains */

static void test_the_rest_does_not_come(void **state)
{
    (void)state;
    drop_decoder();
    assert_int_equal(give((struct piece){PART(0, 32, true), .vlan = 7}), FRAGMENT_KEPT);
    uint64_t first = frame.number, first_len = frame.wire_len;
    assert_int_equal(give((struct piece){PART(48, 8, true), .time_ns = NOON + NS_PER_S, .vlan = 7}),
                     FRAGMENT_KEPT); /* behind a hole */
    assert_false(decode_remains(decoder, NOON + 30 * NS_PER_S, &packet));
    assert_true(decode_remains(decoder, NOON + 30 * NS_PER_S + 1, &packet));
    assert_int_equal(packet.number, first);
    assert_int_equal(packet.time_ns, NOON);
    assert_int_equal(packet.dst_port, 53);
    assert_int_equal(packet.vlan[0], 7);
    assert_true(packet.has_mac && packet.truncated && !packet.fragment);
    assert_int_equal(packet.payload.size, 24);
    assert_memory_equal(packet.payload.at, "AAAAAAAABBBBBBBBCCCCCCCC", 24);
    assert_int_equal(packet.earlier_frames, 1);
    assert_int_equal(packet.wire_len, first_len + frame.wire_len);
    assert_false(decode_remains(decoder, UINT64_MAX, &packet));
    assert_int_equal(counters().timed_out_v4, 1);
    assert_int_equal(counters().salvaged, 1);
    assert_int_equal(counters().salvaged_frames, 2);
    assert_int_equal(counters().lost_frames, 0);
    assert_int_equal(counters().memory_bytes, 0);
}

static void test_a_datagram_without_its_beginning_is_lost(void **state)
{
    (void)state;
    drop_decoder();
    assert_int_equal(give((struct piece){PART(16, 8, true)}), FRAGMENT_KEPT);
    assert_int_equal(give((struct piece){PART(0, 32, true), .id = 2}), FRAGMENT_KEPT);
    assert_true(decode_remains(decoder, UINT64_MAX, &packet)); /* the second */
    assert_int_equal(packet.number, frame.number);
    assert_false(decode_remains(decoder, UINT64_MAX, &packet));
    assert_int_equal(counters().timed_out_v4, 2);
    assert_int_equal(counters().lost_frames, 1);
    assert_int_equal(counters().salvaged_frames, 1);
    assert_int_equal(counters().waiting, 0);
}

/* Eight bytes of TCP are no TCP header. */
static void test_remains_that_are_no_packet_are_lost(void **state)
{
    (void)state;
    struct bytes b = frame_of(&(struct piece){PART(0, 8, true)});
    b.at[14 + 9] = IP_TCP;
    drop_decoder();
    assert_int_equal(decode_bytes(DLT_EN10MB, &b), FRAGMENT_KEPT);
    assert_false(decode_remains(decoder, UINT64_MAX, &packet));
    assert_int_equal(counters().lost_frames, 1);
    assert_int_equal(counters().salvaged, 0);
    assert_int_equal(counters().salvaged_frames, 0);
}

static void test_a_late_piece_begins_another_datagram(void **state)
{
    (void)state;
    drop_decoder();
    assert_int_equal(give((struct piece){PART(0, 32, true)}), FRAGMENT_KEPT);
    assert_int_equal(give((struct piece){PART(32, 32, false), .time_ns = NOON + 31 * NS_PER_S}), FRAGMENT_KEPT);
    assert_int_equal(counters().timed_out_v4, 1);
    assert_int_equal(counters().waiting, 1);
}

static void test_a_wild_time_stamp_holds_nothing_up(void **state)
{
    (void)state;
    drop_decoder();
    assert_int_equal(give((struct piece){PART(0, 32, true), .id = 1, .time_ns = NOON + UINT64_C(1000000) * NS_PER_S}),
                     FRAGMENT_KEPT);
    assert_int_equal(give((struct piece){PART(0, 32, true), .id = 2}), FRAGMENT_KEPT);
    assert_true(decode_remains(decoder, NOON, &packet)); /* the wild one */
    assert_false(decode_remains(decoder, NOON, &packet));
    assert_int_equal(give((struct piece){PART(32, 32, false), .id = 2}), DECODED);
}

/* ----------------------------------------------------------------- accounts */

static void test_every_frame_is_in_one_account(void **state)
{
    (void)state;
    struct decode_counters c = {0};
    struct piece pieces[] = {{PART(0, 32, true), .id = 1}, {PART(32, 32, false), .id = 1}, {PART(0, 32, true), .id = 2},
                             {PART(16, 8, true), .id = 3}, {PART(0, 0, true), .id = 4},    {PART(0, 64, false), .id = 5},
                             {PART(0, 32, true), .id = 6}, {PART(0, 32, true), .id = 6},   {PART(32, 32, false), .id = 6}};
    drop_decoder();
    for (size_t i = 0; i < 9; i++) {
        enum decode_outcome outcome = give(pieces[i]);
        decode_count(&c, &frame, &packet, outcome);
    }
    assert_int_equal(c.outcomes[DECODED], 3);
    assert_int_equal(c.outcomes[FRAGMENT_KEPT], 5);
    assert_int_equal(c.outcomes[FRAGMENT_REFUSED], 1);
    assert_int_equal(c.fragments, 8);
    assert_int_equal(c.joined_frames, 3);
    assert_int_equal(c.udp, 3);
    assert_int_equal(c.joined_frames + counters().waiting, c.outcomes[FRAGMENT_KEPT]);
    while (decode_remains(decoder, UINT64_MAX, &packet))
        continue;
    struct fragment_counters f = counters();
    assert_int_equal(c.joined_frames + f.salvaged_frames + f.lost_frames, c.outcomes[FRAGMENT_KEPT]);
    assert_int_equal(f.salvaged_frames, 1);
    assert_int_equal(f.lost_frames, 1);
}

/* ------------------------------------------------------------------- nesting */

/* VXLAN in two fragments, with a fragment inside; its other half comes plainly in a frame of its own. */
static void test_fragments_inside_of_fragments(void **state)
{
    (void)state;
    struct bytes inner = frame_of(&(struct piece){PART(0, 32, true)}), outer = {0};
    wrap_hex(&inner, "08000000 00000100");
    wrap_udp(&inner, 5000, 4789);
    drop_decoder();
    for (unsigned i = 0; i < 2; i++) {
        outer.size = 0;
        put(&outer, inner.at + 40 * i, i == 0 ? 40 : inner.size - 40);
        wrap_ipv4(&outer, IP_UDP);
        outer.at[6] = i == 0 ? 0x20 : 0;
        outer.at[7] = i == 0 ? 0 : 40 / 8;
        assert_int_equal(decode_bytes(DLT_RAW, &outer), FRAGMENT_KEPT);
        assert_true(packet.fragment);
    }
    struct bytes other = frame_of(&(struct piece){PART(32, 32, false)});
    wrap_hex(&other, "08000000 00000100");
    wrap_udp(&other, 5000, 4789);
    wrap_ipv4(&other, IP_UDP);
    assert_int_equal(decode_bytes(DLT_RAW, &other), DECODED);
    assert_whole(false);
    assert_int_equal(packet.tunnel.depth, 1);
    assert_int_equal(packet.tunnel.kind, TUNNEL_VXLAN);
    assert_int_equal(packet.earlier_frames, 2);
    assert_int_equal(counters().reassembled_v4, 2);
}

/* A tunnel in fragments: whole, it is entered. */
static void test_a_tunnel_in_fragments_is_entered(void **state)
{
    (void)state;
    struct bytes inner = frame_of(&(struct piece){PART(0, 64, false)}), outer = {0};
    wrap_hex(&inner, "00006558 00000100");
    wrap_udp(&inner, 5000, 6081);
    drop_decoder();
    for (unsigned at = 0; at < inner.size; at += 16) {
        unsigned size = inner.size - at < 16 ? (unsigned)inner.size - at : 16;
        outer.size = 0;
        put(&outer, inner.at + at, size);
        wrap_ipv4(&outer, IP_UDP);
        outer.at[6] = at + 16 < inner.size ? 0x20 : 0;
        outer.at[7] = (uint8_t)(at / 8);
        assert_int_equal(decode_bytes(DLT_RAW, &outer), at + 16 < inner.size ? FRAGMENT_KEPT : DECODED);
    }
    assert_whole(false);
    assert_int_equal(packet.tunnel.kind, TUNNEL_GENEVE);
    assert_int_equal(packet.tunnel.src_port, 5000);
}

/* CAPWAP splits frames itself. Its pieces are packets of the outside, but for the last one. */
static void test_a_frame_split_by_capwap(void **state)
{
    (void)state;
    struct bytes inner = frame_of(&(struct piece){PART(0, 64, false)}), part = {0};
    drop_decoder();
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned at = 0; at < inner.size; at += 48) {
            bool more = at + 48 < inner.size;
            part.size = 0;
            put(&part, inner.at + at, more ? 48 : inner.size - at);
            wrap_hex(&part, more ? "00100280 0009 0000" : "001002c0 0009 0000");
            part.at[7] = (uint8_t)at;
            wrap_udp(&part, 40000, 5247);
            wrap_ipv4(&part, IP_UDP);
            assert_int_equal(decode_bytes(DLT_RAW, &part), DECODED);
            assert_int_equal(packet.tunnel.depth, !more);
            assert_int_equal(packet.earlier_frames, 0);
        }
        assert_int_equal(packet.tunnel.kind, TUNNEL_CAPWAP);
        assert_address(&packet.src, "192.0.2.1");
        assert_int_equal(packet.payload.size, DATAGRAM - 8);
    }
    assert_int_equal(counters().reassembled_other, 2);
    assert_int_equal(counters().waiting, 0);
}

static void test_options_out_of_range_are_refused(void **state)
{
    (void)state;
    static const struct fragment_options wrong[] = {{15, 1 << 20, 30},     {65537, 1 << 20, 30}, {100, 1 << 16, 30},
                                                    {100, UINT32_MAX, 30}, {100, 1 << 20, 0},    {100, 1 << 20, 3601}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error error = {{0}};
        struct decode_options options = decode_options_default;
        options.fragments = wrong[i];
        assert_null(decoder_new(&options, &error));
        assert_true(strncmp(error.text, "fragments: ", 11) == 0);
    }
    fragments_free(NULL);
}

static void test_defaults_are_the_same_in_both_places(void **state)
{
    (void)state;
    assert_memory_equal(&decode_options_default.fragments, &fragment_options_default, sizeof fragment_options_default);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_come_in_any_order),
        cmocka_unit_test(test_datagrams_do_not_mix),
        cmocka_unit_test(test_protocol_of_ipv6_is_the_first_piece_s),
        cmocka_unit_test(test_extension_headers_behind_the_fragment_header_are_walked),
        cmocka_unit_test(test_what_came_first_stays),
        cmocka_unit_test(test_repeated_pieces_change_nothing_but_the_count),
        cmocka_unit_test(test_contradictions_are_refused),
        cmocka_unit_test(test_a_middle_piece_is_cut_to_whole_blocks),
        cmocka_unit_test(test_a_datagram_beyond_its_header_s_reach_is_refused),
        cmocka_unit_test(test_a_cut_piece_gives_what_is_before_the_cut),
        cmocka_unit_test(test_every_cut_of_every_piece_is_safe),
        cmocka_unit_test(test_the_rest_does_not_come),
        cmocka_unit_test(test_a_datagram_without_its_beginning_is_lost),
        cmocka_unit_test(test_remains_that_are_no_packet_are_lost),
        cmocka_unit_test(test_a_late_piece_begins_another_datagram),
        cmocka_unit_test(test_a_wild_time_stamp_holds_nothing_up),
        cmocka_unit_test(test_every_frame_is_in_one_account),
        cmocka_unit_test(test_fragments_inside_of_fragments),
        cmocka_unit_test(test_a_tunnel_in_fragments_is_entered),
        cmocka_unit_test(test_a_frame_split_by_capwap),
        cmocka_unit_test(test_options_out_of_range_are_refused),
        cmocka_unit_test(test_defaults_are_the_same_in_both_places),
    };
    return cmocka_run_group_tests(tests, NULL, drop_copy);
}
