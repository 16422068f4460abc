/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_share.c - several decoders that see the same frames: each frame is accounted for by one of them, and all packets of a conversation by
 * the same one, however they travel.
 */
#include "decode/share.h"
#include "tunnels.h"

#define SHARES_MOST 9 /* one more than have work */

static struct decoder *decoders[SHARES_MOST];
static uint32_t shares;
static uint64_t order;

static void open_decoders(uint32_t count)
{
    struct error error;
    struct decode_options o = decode_options_default;
    shares = o.shares = count;
    order = 0;
    for (o.share = 0; o.share < count; o.share++)
        assert_non_null(decoders[o.share] = decoder_new(&o, &error));
}

static void close_decoders(void)
{
    for (uint32_t i = 0; i < shares; i++)
        decoder_free(decoders[i]);
}

/* Who accounts for a frame, and with what outcome. The bytes are in a block of just their size. */
static uint32_t owner_of(const struct bytes *b, size_t size, enum decode_outcome *outcome)
{
    uint8_t *exact = malloc(size ? size : 1);
    uint32_t owner = UINT32_MAX;
    memcpy(exact, b->at, size);
    order++;
    frame = (struct frame){.bytes = exact, .cap_len = (uint32_t)size, .wire_len = (uint32_t)b->size, .link_type = DLT_EN10MB};
    frame.number = frame.order = order;
    frame.time_ns = order * UINT64_C(1000000000);
    for (uint32_t i = 0; i < shares; i++) {
        enum decode_outcome one = decode_frame(decoders[i], &frame, &packet);
        if (one == DECODE_NOT_OURS)
            continue;
        assert_int_equal(owner, UINT32_MAX);
        owner = i;
        *outcome = one;
    }
    assert_int_not_equal(owner, UINT32_MAX);
    free(exact);
    return owner;
}

static struct bytes tcp(void)
{
    struct bytes b = carried(FRAME);
    b.at[14 + 20 + 1] = (uint8_t)order; /* the client's port: many conversations */
    return b;
}

static struct bytes turned(const struct bytes *b)
{
    struct bytes t = *b;
    memcpy(t.at + 26, b->at + 30, 4);
    memcpy(t.at + 30, b->at + 26, 4);
    memcpy(t.at + 34, b->at + 36, 2);
    memcpy(t.at + 36, b->at + 34, 2);
    return t;
}

static struct bytes with_tags(const struct bytes *b, unsigned tags)
{
    struct bytes t = *b;
    for (; tags > 0; tags--) {
        memmove(t.at + 16, t.at + 12, t.size - 12);
        memcpy(t.at + 12, (uint8_t[]){0x81, 0, 0, 7}, 4);
        t.size += 4;
    }
    return t;
}

static struct bytes in_vxlan(const struct bytes *b)
{
    struct bytes t = *b;
    wrap_hex(&t, "0800000000000100");
    wrap_udp(&t, 50000, 4789);
    wrap_ipv4(&t, IP_UDP);
    wrap_ether(&t, 0x0800);
    return t;
}

static struct bytes in_gre(const struct bytes *b)
{
    struct bytes t = {0};
    put(&t, b->at + 14, b->size - 14);
    wrap_hex(&t, "00000800");
    wrap_ipv4(&t, IP_GRE);
    wrap_ether(&t, 0x0800);
    return t;
}

static void test_a_conversation_has_one_owner_however_it_travels(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= SHARES_MOST; count++) {
        enum decode_outcome outcome;
        uint32_t packets[SHARES_MOST] = {0};
        open_decoders(count);
        for (int i = 0; i < 200; i++) {
            struct bytes b = tcp();
            const struct bytes forms[] = {b, turned(&b), with_tags(&b, 1), with_tags(&b, 2), with_tags(&b, 3), in_vxlan(&b), in_gre(&b)};
            uint32_t owner = owner_of(&b, b.size, &outcome);
            for (size_t k = 0; k < sizeof forms / sizeof *forms; k++) {
                assert_int_equal(owner_of(&forms[k], forms[k].size, &outcome), owner);
                assert_int_equal(outcome, DECODED);
            }
            packets[owner]++;
        }
        for (uint32_t i = 0; i < count; i++)
            assert_int_equal(packets[i] > 0, i < SHARES);
        close_decoders();
    }
}

static void test_every_frame_has_one_owner_at_every_length(void **state)
{
    (void)state;
    struct bytes forms[8] = {{.size = 0}};
    order = 0;
    forms[0] = tcp();
    forms[1] = in_vxlan(&forms[0]);
    forms[2] = in_gre(&forms[0]);
    forms[3] = with_tags(&forms[0], 2);
    forms[4] = carried(BARE_V6);
    wrap_ether(&forms[4], 0x86dd);
    put_ether(&forms[5], 0x0806);
    put_zero(&forms[5], 28);
    put_ether(&forms[6], 0x0800); /* a fragment */
    put_ipv4(&forms[6], 60, 0x2000, IP_UDP);
    put_zero(&forms[6], 40);
    put_ether(&forms[7], 0x0800);
    put_ipv4(&forms[7], 28, 0, IP_ICMP);
    put_hex(&forms[7], "0800 0000 00010001");
    for (uint32_t count = 1; count <= 3; count++) {
        enum decode_outcome outcome;
        open_decoders(count);
        for (size_t k = 0; k < sizeof forms / sizeof *forms; k++)
            for (size_t size = 0; size <= forms[k].size; size++)
                owner_of(&forms[k], size, &outcome);
        close_decoders();
    }
}

static void test_broken_headers_have_one_owner(void **state)
{
    (void)state;
    open_decoders(3);
    for (size_t at = 12; at < 14 + 40; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            enum decode_outcome outcome;
            struct bytes b = carried(FRAME);
            b.at[at] ^= (uint8_t)(1u << bit);
            owner_of(&b, b.size, &outcome);
        }
    close_decoders();
}

static void test_copies_are_found_by_the_owner(void **state)
{
    (void)state;
    enum decode_outcome first, second, third;
    open_decoders(2);
    struct bytes b = tcp(), tagged = with_tags(&b, 1), tunnelled = in_gre(&b);
    uint32_t owner = owner_of(&b, b.size, &first);
    order--; /* no time passes */
    assert_int_equal(owner_of(&tagged, tagged.size, &second), owner);
    order--;
    assert_int_equal(owner_of(&tunnelled, tunnelled.size, &third), owner);
    assert_int_equal(first, DECODED);
    assert_int_equal(second, DUPLICATE);
    assert_int_equal(third, DUPLICATE);
    close_decoders();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_conversation_has_one_owner_however_it_travels),
        cmocka_unit_test(test_every_frame_has_one_owner_at_every_length),
        cmocka_unit_test(test_broken_headers_have_one_owner),
        cmocka_unit_test(test_copies_are_found_by_the_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
