/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_pcapng.c - pcapng files: sections, interfaces, times, names, what is no packet; damage in any block, cuts at every length.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "capture/capture.h"
#include "capture/format.h"
#include "capture/inputs.h"
#include "capture/origins.h"

/* ------------------------------------------------------------- blocks */

struct file {
    uint8_t at[16384];
    size_t size;
    bool big; /* byte order */
};

static void put(struct file *f, const void *data, size_t size)
{
    assert_true(f->size + size <= sizeof f->at);
    if (size)
        memcpy(f->at + f->size, data, size);
    f->size += size;
}

static void put_number(struct file *f, uint64_t n, size_t size)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[f->big ? size - 1 - i : i] = (uint8_t)(n >> 8 * i);
    put(f, bytes, size);
}

static void put_block(struct file *f, uint32_t type, const void *body, size_t size)
{
    uint32_t whole = (uint32_t)((size + 3) / 4 * 4 + 12);
    put_number(f, type, 4);
    put_number(f, whole, 4);
    put(f, body, size);
    put(f, "\0\0\0", (4 - size % 4) % 4);
    put_number(f, whole, 4);
}

static void put_section(struct file *f, bool big)
{
    struct file body = {.big = big};
    f->big = big;
    put_number(&body, 0x1a2b3c4d, 4);
    put_number(&body, 1, 2);
    put_number(&body, 0, 2);
    put_number(&body, UINT64_MAX, 8);
    put_block(f, 0x0a0d0d0a, body.at, body.size);
}

struct interface {
    uint16_t link_type;
    const char *name; /* NULL: none */
    int resolution;   /* -1: none */
    int64_t offset_s; /* 0: none */
    uint32_t snaplen;
};

static void put_option(struct file *f, uint16_t code, const void *value, size_t size)
{
    put_number(f, code, 2);
    put_number(f, size, 2);
    put(f, value, size);
    put(f, "\0\0\0", (4 - size % 4) % 4);
}

static void put_interface(struct file *f, const struct interface *i)
{
    struct file body = {.big = f->big};
    put_number(&body, i->link_type, 2);
    put_number(&body, 0, 2);
    put_number(&body, i->snaplen, 4);
    if (i->name)
        put_option(&body, 2, i->name, strlen(i->name));
    if (i->resolution >= 0)
        put_option(&body, 9, &(uint8_t){(uint8_t)i->resolution}, 1);
    if (i->offset_s) {
        put_number(&body, 14, 2);
        put_number(&body, 8, 2);
        put_number(&body, (uint64_t)i->offset_s, 8);
    }
    put_option(&body, 0, "", 0);
    put_block(f, 1, body.at, body.size);
}

static void put_packet(struct file *f, uint32_t interface, uint64_t ticks, uint32_t cap_len)
{
    struct file body = {.big = f->big};
    put_number(&body, interface, 4);
    put_number(&body, ticks >> 32, 4);
    put_number(&body, ticks & 0xffffffff, 4);
    put_number(&body, cap_len, 4);
    put_number(&body, cap_len + 100, 4);
    put(&body, "abcdefghijklmnopqrstuvwxyz", cap_len);
    put_block(f, 6, body.at, body.size);
}

static const struct interface plain = {1, NULL, -1, 0, 0};

/* ------------------------------------------------------------- reading */

static char path[64];

/* The list of the file, to look names up; `c` reads it. */
static struct inputs *open_file(const struct file *f, struct capture **c)
{
    const struct inputs_options options = {.stop_fd = -1};
    struct error error = {{0}};
    snprintf(path, sizeof path, "/tmp/haetae-test-XXXXXX");
    int fd = mkstemp(path);
    assert_int_equal(write(fd, f->at, f->size), f->size);
    close(fd);
    struct inputs *inputs = inputs_new(&options, &error);
    assert_non_null(inputs);
    *c = NULL;
    if (inputs_add(inputs, path, &error) == INPUT_TAKEN) {
        inputs_seal(inputs);
        inputs_close(inputs);
        *c = capture_open_inputs(inputs, NULL, &error);
        assert_non_null(*c);
    }
    unlink(path);
    return inputs;
}

static void close_file(struct capture *c, struct inputs *inputs)
{
    capture_close(c);
    inputs_free(inputs);
}

/* The only frame's time. */
static uint64_t time_of(int resolution, int64_t offset_s, uint64_t ticks, bool big)
{
    struct file f = {0};
    struct capture *c;
    struct frame frame;
    const struct interface i = {1, NULL, resolution, offset_s, 0};
    put_section(&f, big);
    put_interface(&f, &i);
    put_packet(&f, 0, ticks, 4);
    struct inputs *inputs = open_file(&f, &c);
    assert_int_equal(capture_next(c, &frame), CAPTURE_FRAME);
    close_file(c, inputs);
    return frame.time_ns;
}

#define S UINT64_C(1000000000)

static void test_time_has_any_resolution_and_offset(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        assert_true(time_of(-1, 0, 1700000000000001, big) == 1700000000 * S + 1000);
        assert_true(time_of(9, 0, 1700000000 * S + 7, big) == 1700000000 * S + 7);
        assert_true(time_of(3, 0, 1700000000123, big) == 1700000000 * S + 123000000);
        assert_true(time_of(0, 0, 1700000000, big) == 1700000000 * S);
        assert_true(time_of(12, 1700000000, 5000007000, big) == 1700000000 * S + 5000007);
        assert_true(time_of(19, 1700000000, 12345678901, big) == 1700000000 * S + 1);
        assert_true(time_of(0x80 | 1, 0, 7, big) == 3 * S + S / 2);
        assert_true(time_of(0x80 | 32, 0, (UINT64_C(1700000000) << 32) + (1u << 31), big) == 1700000000 * S + S / 2);
        assert_true(time_of(0x80 | 63, 5, UINT64_C(3) << 62, big) == 6 * S + S / 2);
        assert_true(time_of(6, -3600, 1700000000000000, big) == (1700000000 - 3600) * S);
    }
}

static void test_absurd_times_survive(void **state)
{
    (void)state;
    assert_true(time_of(-1, INT64_MIN, 5, false) / S == 0);
    assert_true(time_of(-1, -10, 5000000, false) == 0);
    assert_true(time_of(0, INT64_MAX, UINT64_MAX, false) / S > 9000000000u);
    assert_true(time_of(0, 0, UINT64_MAX, false) / S > 9000000000u);
    assert_true(time_of(0x7f, 0, UINT64_MAX, false) <= 2 * S);
    assert_true(time_of(0xff, 0, UINT64_MAX, false) <= 3 * S);
}

static void test_interfaces_have_types_and_names_and_sections_their_own(void **state)
{
    (void)state;
    static const struct interface first[2] = {{1, "eth0", -1, 0, 0}, {101, "tun\xff", 9, 0, 0}}, second = {113, NULL, 9, 0, 0};
    struct file f = {0};
    struct capture *c;
    struct frame frame;
    put_section(&f, false);
    put_interface(&f, &first[0]);
    put_packet(&f, 0, 1000000, 3);
    put_interface(&f, &first[1]);
    put_packet(&f, 1, 2 * S, 5);
    put_packet(&f, 0, 3000000, 1);
    put_section(&f, true);
    put_interface(&f, &second);
    put_packet(&f, 0, 4 * S, 26);
    struct inputs *inputs = open_file(&f, &c);
    const struct origins *names = inputs_origins(inputs);
    static const struct {
        int link_type;
        uint32_t size;
        const char *name;
    } want[] = {{1, 3, "eth0"}, {12, 5, "tun\\xff"}, {1, 1, "eth0"}, {113, 26, NULL}};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(capture_next(c, &frame), CAPTURE_FRAME);
        assert_int_equal(frame.number, i + 1);
        assert_int_equal(frame.link_type, want[i].link_type);
        assert_int_equal(frame.cap_len, want[i].size);
        assert_int_equal(frame.wire_len, want[i].size + 100);
        assert_true(frame.time_ns == (i + 1) * S);
        assert_memory_equal(frame.bytes, "abcdefghijklmnopqrstuvwxyz", frame.cap_len);
        assert_string_equal(origins_file(names, frame.interface), path);
        if (want[i].name)
            assert_string_equal(origins_interface(names, frame.interface), want[i].name);
        else
            assert_null(origins_interface(names, frame.interface));
    }
    assert_int_equal(capture_next(c, &frame), CAPTURE_END);
    close_file(c, inputs);
}

static void test_simple_and_old_packets_are_read(void **state)
{
    (void)state;
    static const struct interface cut = {1, NULL, -1, 0, 6};
    struct file f = {0}, old = {0};
    struct capture *c;
    struct frame frame;
    put_section(&f, false);
    put_interface(&f, &cut);
    put_packet(&f, 0, 7000000, 4);
    put_block(&f, 3, "\x0a\0\0\0" "abcdef", 10); /* 10 bytes on the wire, cut at the snap length */
    put_number(&old, 0, 2);
    put_number(&old, 9, 2); /* drops */
    put_number(&old, 0, 4);
    put_number(&old, 8000000, 4);
    put_number(&old, 3, 4);
    put_number(&old, 9, 4);
    put(&old, "xyz", 3);
    put_block(&f, 2, old.at, old.size);
    struct inputs *inputs = open_file(&f, &c);
    assert_int_equal(capture_next(c, &frame), CAPTURE_FRAME);
    assert_int_equal(capture_next(c, &frame), CAPTURE_FRAME);
    assert_true(frame.cap_len == 6 && frame.wire_len == 10 && frame.time_ns == 7 * S); /* it has no time of its own */
    assert_memory_equal(frame.bytes, "abcdef", 6);
    assert_int_equal(capture_next(c, &frame), CAPTURE_FRAME);
    assert_true(frame.cap_len == 3 && frame.wire_len == 9 && frame.time_ns == 8 * S && frame.number == 3);
    assert_int_equal(capture_next(c, &frame), CAPTURE_END);
    close_file(c, inputs);
}

static void test_what_wireshark_numbers_counts(void **state)
{
    (void)state;
    static const struct {
        uint32_t type;
        unsigned counts;
    } blocks[] = {{4, 0}, {5, 0}, {9, 1}, {10, 0}, {0xbad, 1}, {0x40000bad, 1}, {0x204, 1}, {0x208, 0}, {0x7777, 0}};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        struct file f = {0};
        struct capture *c;
        struct frame frame;
        put_section(&f, false);
        put_interface(&f, &plain);
        put_block(&f, blocks[i].type, "some bytes that nobody looks at", 31);
        put_packet(&f, 0, 1, 4);
        struct inputs *inputs = open_file(&f, &c);
        assert_int_equal(capture_next(c, &frame), CAPTURE_FRAME);
        assert_int_equal(frame.number, 1 + blocks[i].counts);
        assert_int_equal(frame.order, 1);
        close_file(c, inputs);
    }
}

static void test_a_giant_packet_is_cut(void **state)
{
    (void)state;
    const uint32_t size = 300000, whole = 28 + size + 4;
    struct file f = {0};
    struct capture *c;
    struct frame frame;
    put_section(&f, false);
    put_interface(&f, &plain);
    const uint32_t head[7] = {6, whole, 0, 0, 5, size, size};
    struct inputs *inputs = open_file(&f, &c); /* for its path */
    close_file(c, inputs);
    FILE *file = fopen(path, "wb");
    uint8_t *bytes = calloc(1, size);
    assert_true(file && bytes);
    fwrite(f.at, 1, f.size, file);
    for (int i = 0; i < 2; i++) {
        fwrite(head, 1, sizeof head, file);
        fwrite(bytes, 1, size, file);
        fwrite(&whole, 1, 4, file);
    }
    fclose(file);
    free(bytes);
    c = capture_open_file(path, NULL, -1, NULL);
    unlink(path);
    for (uint64_t i = 1; i <= 2; i++) {
        assert_int_equal(capture_next(c, &frame), CAPTURE_FRAME);
        assert_true(frame.cap_len == FRAME_BYTES_MAX && frame.wire_len == size && frame.number == i);
    }
    assert_int_equal(capture_next(c, &frame), CAPTURE_END);
    capture_close(c);
}

/* ------------------------------------------------------------- damage */

/* A file with every kind of block, and where its packets end. */
static size_t make_mixed(struct file *f, size_t ends[8])
{
    static const struct interface named = {1, "eth0", 9, 60, 0};
    size_t count = 0;
    put_section(f, false);
    put_interface(f, &named);
    put_packet(f, 0, 1 * S, 7);
    ends[count++] = f->size;
    put_block(f, 10, "KSLT" "\3\0\0\0" "abc", 11);
    put_packet(f, 0, 2 * S, 1);
    ends[count++] = f->size;
    put_section(f, true);
    put_interface(f, &plain);
    put_block(f, 3, "\0\0\0\4" "abcd", 8);
    ends[count++] = f->size;
    put_packet(f, 0, 99000000, 26);
    ends[count++] = f->size;
    return count;
}

/* A packet counts as read when its bytes are there, which is at most 7 bytes before its block ends. */
static void test_every_cut_gives_the_packets_before_it(void **state)
{
    (void)state;
    struct file whole = {0};
    size_t ends[8], count = make_mixed(&whole, ends);
    for (size_t cut = 0; cut < whole.size; cut++) {
        struct file f = whole;
        struct capture *c;
        struct frame frame;
        size_t got = 0, least = 0, most = 0;
        f.size = cut;
        struct inputs *inputs = open_file(&f, &c);
        if (!c) {
            assert_true(cut < 24);
            inputs_free(inputs);
            continue;
        }
        while (capture_next(c, &frame) == CAPTURE_FRAME)
            assert_int_equal(frame.number, ++got);
        for (size_t i = 0; i < count; i++) {
            least += ends[i] <= cut;
            most += ends[i] <= cut + 7;
        }
        assert_in_range(got, least, most);
        if (*capture_problem(c)) {
            char words[100];
            snprintf(words, sizeof words, ": damaged after frame %zu (byte offset %zu): truncated in ", got, cut);
            assert_non_null(strstr(capture_problem(c), words));
        }
        close_file(c, inputs);
    }
}

/* Any byte of the file with any bit turned: an orderly end. */
static void test_every_bit_may_be_wrong(void **state)
{
    (void)state;
    struct file whole = {0};
    size_t ends[8];
    make_mixed(&whole, ends);
    for (size_t bit = 0; bit < whole.size * 8; bit++) {
        struct file f = whole;
        struct capture *c;
        struct frame frame;
        f.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct inputs *inputs = open_file(&f, &c);
        for (int i = 0; c && capture_next(c, &frame) == CAPTURE_FRAME; i++)
            assert_true(i < 8 && frame.cap_len <= 26 + 8);
        close_file(c, inputs);
    }
}

static void expect_damage(const struct file *f, const char *words)
{
    struct capture *c;
    struct frame frame;
    enum capture_result result;
    struct inputs *inputs = open_file(f, &c);
    while ((result = capture_next(c, &frame)) == CAPTURE_FRAME)
        ;
    assert_int_equal(result, CAPTURE_DAMAGED);
    if (!strstr(capture_problem(c), words))
        fail_msg("'%s' lacks '%s'", capture_problem(c), words);
    close_file(c, inputs);
}

static void test_impossible_blocks_are_told(void **state)
{
    (void)state;
    static const uint32_t tiny[3] = {6, 8, 8};
    struct file good = {0};
    put_section(&good, false);
    put_interface(&good, &plain);
    put_packet(&good, 0, 1, 4);
    struct file f = good;
    put(&f, tiny, sizeof tiny);
    expect_damage(&f, "damaged after frame 1 (byte offset 88): a block of 8 bytes cannot be");
    f = good;
    put_packet(&f, 1, 1, 4);
    expect_damage(&f, "a packet of interface 1, which the file does not describe");
    f = good;
    put_block(&f, 6, "too short", 9);
    expect_damage(&f, "a packet block of 24 bytes cannot be");
    f = good;
    put_block(&f, 1, "x", 1);
    expect_damage(&f, "an interface block of 16 bytes cannot be");
    f = good;
    f.at[f.size - 4]++;
    put_packet(&f, 0, 1, 4);
    expect_damage(&f, "a block of 36 bytes ends with another length (37)");
    f = good;
    put_block(&f, 0x0a0d0d0a, "no magic number here....", 24);
    expect_damage(&f, "without the byte-order magic");
    f = good;
    put_block(&f, 0x0a0d0d0a, "\x4d\x3c\x2b\x1a\x02\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 16);
    expect_damage(&f, "version 2 of pcapng is unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_has_any_resolution_and_offset),
        cmocka_unit_test(test_absurd_times_survive),
        cmocka_unit_test(test_interfaces_have_types_and_names_and_sections_their_own),
        cmocka_unit_test(test_simple_and_old_packets_are_read),
        cmocka_unit_test(test_what_wireshark_numbers_counts),
        cmocka_unit_test(test_a_giant_packet_is_cut),
        cmocka_unit_test(test_every_cut_gives_the_packets_before_it),
        cmocka_unit_test(test_every_bit_may_be_wrong),
        cmocka_unit_test(test_impossible_blocks_are_told),
    };
    log_setup(SENSOR_ERROR, false); /* damage is said in the log, too */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
