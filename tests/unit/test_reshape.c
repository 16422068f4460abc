/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_reshape.c - packets whose header lies about their length, and packets made up.
 */
#include "capture/capture.h"
#include "decode/decode.h"
#include "flow/reshape.h"
#include "flows.h"

#define RAW_IP 12 /* DLT_RAW */

/* Datagrams that are no fragments: nothing is remembered between frames. */
static enum decode_outcome decode_whole(const struct frame *frame, struct packet *p)
{
    struct error error = {{0}};
    struct decoder *d = decoder_new(NULL, &error);
    assert_non_null(d);
    enum decode_outcome outcome = decode_frame(d, frame, p);
    decoder_free(d);
    return outcome;
}

static void test_packet_longer_than_the_library_can_take_is_cut(void **state)
{
    (void)state;
    static uint8_t l3[70000] = {0x45}, scratch[RESHAPE_MAX];
    struct packet p = {.ip_version = 4, .l3 = {l3, sizeof l3}};
    struct slice s = reshape_plain(&p, scratch);
    assert_int_equal(s.size, 65535);
    assert_true(s.at[2] == 0xff && s.at[3] == 0xff);
    l3[0] = 0x60;
    p.ip_version = 6;
    s = reshape_plain(&p, scratch);
    assert_int_equal(s.size, 65535);
    assert_int_equal(s.at[4] << 8 | s.at[5], 65535 - 40);
}

static void test_right_length_is_not_copied(void **state)
{
    (void)state;
    static const uint8_t l3[20] = {0x45, 0, 0, 20};
    uint8_t scratch[1];
    struct packet p = {.ip_version = 4, .l3 = {l3, sizeof l3}};
    assert_ptr_equal(reshape_plain(&p, scratch).at, l3);
}

static void test_header_that_is_not_whole_is_left_alone(void **state)
{
    (void)state;
    static const uint8_t l3[6] = {0x45, 0, 9, 9, 9, 9};
    uint8_t scratch[sizeof l3];
    for (size_t size = 0; size <= sizeof l3; size++)
        for (uint8_t version = 4; version <= 6; version += 2) {
            struct packet p = {.ip_version = version, .l3 = {l3, size}};
            assert_int_equal(reshape_plain(&p, scratch).size, size);
        }
}

static void test_other_bytes_stay_as_they_are(void **state)
{
    (void)state;
    uint8_t l3[50], scratch[sizeof l3];
    for (size_t i = 0; i < sizeof l3; i++)
        l3[i] = (uint8_t)(i + 100);
    struct packet p = {.ip_version = 4, .l3 = {l3, sizeof l3}};
    struct slice s = reshape_plain(&p, scratch);
    assert_ptr_equal(s.at, scratch);
    assert_true(s.size == 50 && s.at[2] == 0 && s.at[3] == 50 && s.at[0] == 100 && s.at[1] == 101);
    assert_memory_equal(s.at + 4, l3 + 4, sizeof l3 - 4);
    assert_int_equal(l3[2], 102); /* the capture's own bytes are not written to */
}

/* Decoded again, a made-up SYN is the flow's first packet. */
static void assert_syn(struct packet from)
{
    uint8_t bytes[RESHAPE_SYN_MAX];
    struct flow f;
    struct flow_key key;
    int end = flow_key_of(&from, true, &key);
    flow_begin(&f, &key, &from);
    flow_update(&f, &from, end);
    struct slice s = reshape_syn(&f, bytes);
    struct frame frame = {.bytes = s.at, .cap_len = (uint32_t)s.size, .wire_len = (uint32_t)s.size, .link_type = RAW_IP};
    struct packet p;
    assert_int_equal(decode_whole(&frame, &p), DECODED);
    assert_true(addr_equal(&p.src, &from.src) && addr_equal(&p.dst, &from.dst));
    assert_true(p.src_port == from.src_port && p.dst_port == from.dst_port && p.tcp_flags == TCP_SYN);
    assert_true(p.l3_wire_len == s.size && p.payload.size == 0 && p.ip_version == from.ip_version);
}

static void test_made_up_syn_is_a_syn(void **state)
{
    (void)state;
    assert_syn(tcp(1, 40000, 2, 443, TCP_SYN));
    assert_syn(tcp(2, 40000, 1, 443, TCP_SYN));
    struct packet p = tcp(1, 40000, 2, 443, TCP_SYN);
    p.ip_version = 6;
    p.src = (struct address){{0x20, 1, 0x0d, 0xb8, [15] = 9}};
    p.dst = (struct address){{0x20, 1, 0x0d, 0xb8, [15] = 8}};
    assert_syn(p);
}

static void assert_hello(struct packet from, const char *name, size_t payload)
{
    uint8_t bytes[RESHAPE_HELLO_MAX + 79];
    struct flow f;
    struct flow_key key;
    int end = flow_key_of(&from, true, &key);
    flow_begin(&f, &key, &from);
    struct slice s = reshape_hello(&f, end, (struct slice){(const uint8_t *)name, strlen(name)}, bytes);
    struct frame frame = {.bytes = s.at, .cap_len = (uint32_t)s.size, .wire_len = (uint32_t)s.size, .link_type = RAW_IP};
    struct packet p;
    assert_int_equal(decode_whole(&frame, &p), DECODED);
    assert_true(addr_equal(&p.src, &from.src) && p.src_port == from.src_port && p.l3_wire_len == s.size);
    assert_true(p.payload.size == payload && p.payload.at[0] == 22 && p.payload.at[5] == 1 && s.size <= sizeof bytes);
    assert_int_equal(p.payload.at[3] << 8 | p.payload.at[4], payload - 5); /* record, message, extensions end where the packet does */
    assert_int_equal(p.payload.at[7] << 8 | p.payload.at[8], payload - 9);
    assert_int_equal(p.payload.at[50] << 8 | p.payload.at[51], payload - 52);
}

static void test_made_up_hello_is_whole(void **state)
{
    (void)state;
    struct packet p = tcp(1, 40000, 2, 443, TCP_ACK);
    assert_hello(p, "", 70);
    assert_hello(p, "example.org", 90);
    p.ip_version = 6;
    assert_hello(p, "a.name.of.seventy.nine.bytes.which.is.all.that.anybody.looks.at.of.it.example.o", 70 + 9 + 79);
}

static void test_query_is_a_whole_packet(void **state)
{
    (void)state;
    struct slice s = reshape_query();
    struct frame frame = {.bytes = s.at, .cap_len = (uint32_t)s.size, .wire_len = (uint32_t)s.size, .link_type = RAW_IP};
    struct packet p;
    assert_int_equal(decode_whole(&frame, &p), DECODED);
    assert_true(p.dst_port == 53 && p.payload.size == 39 && p.payload_wire_len == 39 && !p.truncated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packet_longer_than_the_library_can_take_is_cut),
        cmocka_unit_test(test_right_length_is_not_copied),
        cmocka_unit_test(test_header_that_is_not_whole_is_left_alone),
        cmocka_unit_test(test_other_bytes_stay_as_they_are),
        cmocka_unit_test(test_made_up_syn_is_a_syn),
        cmocka_unit_test(test_made_up_hello_is_whole),
        cmocka_unit_test(test_query_is_a_whole_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
