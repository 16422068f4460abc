/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_unpack.c - packed capture files: every kind, in pieces, cut at every length, bombs; and captures read through them.
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
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include "base/log.h"
#include "capture/capture.h"
#include "capture/unpack.h"

#define ROOM (1u << 20)

struct bytes {
    uint8_t *at;
    size_t size;
};

static struct bytes pack(enum unpack_kind kind, const void *data, size_t size)
{
    struct bytes out = {malloc(ROOM), 0};
    assert_non_null(out.at);
    if (kind == UNPACK_ZSTD) {
        out.size = ZSTD_compress(out.at, ROOM, data, size, 3);
    } else if (kind == UNPACK_LZ4) {
        out.size = LZ4F_compressFrame(out.at, ROOM, data, size, NULL);
    } else {
        z_stream z = {.next_in = (Bytef *)(uintptr_t)data, .avail_in = (unsigned)size, .next_out = out.at, .avail_out = ROOM};
        assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        out.size = z.total_out;
        deflateEnd(&z);
    }
    assert_true(out.size > 0 && out.size <= ROOM);
    return out;
}

/* Unpacks in steps of `in` and `out` bytes; how much came, `whole` whether it ended well. */
static size_t unpack_all(enum unpack_kind kind, struct bytes b, size_t in_step, uint8_t *out, size_t out_step, bool *whole)
{
    struct unpack *u = unpack_new(kind);
    assert_non_null(u);
    size_t at = 0, got = 0, in, room;
    bool good;
    do {
        in = b.size - at < in_step ? b.size - at : in_step;
        room = ROOM - got < out_step ? ROOM - got : out_step;
        good = unpack_step(u, b.at + at, &in, out + got, &room);
        at += in;
        got += room;
    } while (good && (in > 0 || room > 0));
    *whole = good && unpack_is_whole(u);
    assert_true(good == (*unpack_problem(u) == '\0'));
    unpack_free(u);
    return got;
}

static uint8_t noise[20000], back[ROOM];

static void fill_noise(void)
{
    uint32_t n = 1;
    for (size_t i = 0; i < sizeof noise; i++) {
        n = n * 1664525 + 1013904223;
        noise[i] = (uint8_t)(n >> (i % 3 ? 29 : 24));
    }
}

static void test_kinds_are_told_by_their_first_bytes(void **state)
{
    (void)state;
    for (enum unpack_kind kind = UNPACK_GZIP; kind <= UNPACK_LZ4; kind++) {
        struct bytes b = pack(kind, noise, 100);
        assert_int_equal(unpack_kind_of(b.at), kind);
        free(b.at);
    }
    assert_int_equal(unpack_kind_of((const uint8_t *)"\xd4\xc3\xb2\xa1"), UNPACK_NONE);
    assert_null(unpack_new(UNPACK_NONE));
    unpack_free(NULL);
}

static void test_what_was_packed_comes_back_in_steps_of_any_size(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 7, 4096, ROOM};
    for (enum unpack_kind kind = UNPACK_GZIP; kind <= UNPACK_LZ4; kind++) {
        struct bytes b = pack(kind, noise, sizeof noise);
        for (size_t i = 0; i < 16; i++) {
            bool whole;
            size_t got = unpack_all(kind, b, steps[i % 4], back, steps[i / 4], &whole);
            assert_true(whole);
            assert_int_equal(got, sizeof noise);
            assert_memory_equal(back, noise, got);
        }
        free(b.at);
    }
}

static void test_streams_one_behind_the_other_are_one(void **state)
{
    (void)state;
    for (enum unpack_kind kind = UNPACK_GZIP; kind <= UNPACK_LZ4; kind++) {
        struct bytes a = pack(kind, noise, 5000), b = pack(kind, noise + 5000, 3000);
        memcpy(a.at + a.size, b.at, b.size);
        a.size += b.size;
        bool whole;
        assert_int_equal(unpack_all(kind, a, 100, back, 999, &whole), 8000);
        assert_true(whole);
        assert_memory_equal(back, noise, 8000);
        free(a.at);
        free(b.at);
    }
}

static void test_every_cut_is_not_whole_and_keeps_what_came(void **state)
{
    (void)state;
    for (enum unpack_kind kind = UNPACK_GZIP; kind <= UNPACK_LZ4; kind++) {
        struct bytes b = pack(kind, noise, 3000);
        for (size_t cut = 1; cut < b.size; cut++) {
            uint8_t *exact = malloc(cut);
            memcpy(exact, b.at, cut);
            bool whole;
            size_t got = unpack_all(kind, (struct bytes){exact, cut}, ROOM, back, ROOM, &whole);
            assert_false(whole);
            assert_true(got <= 3000);
            assert_memory_equal(back, noise, got);
            free(exact);
        }
        free(b.at);
    }
}

/* Gives what a bomb would until it is stopped. */
static void test_a_bomb_is_stopped_after_few_bytes(void **state)
{
    (void)state;
    const size_t zeros = 64u << 20;
    uint8_t *nothing = calloc(1, zeros);
    struct bytes b = pack(UNPACK_ZSTD, nothing, zeros);
    struct unpack *u = unpack_new(UNPACK_ZSTD);
    size_t at = 0, given = 0, in, out;
    do {
        in = b.size - at;
        out = 65536;
        if (!unpack_step(u, b.at + at, &in, back, &out))
            break;
        at += in;
        given += out;
    } while (out > 0);
    assert_in_range(given, UNPACK_FREE - 65536, UNPACK_FREE + UNPACK_RATIO * b.size + 131072);
    assert_non_null(strstr(unpack_problem(u), "1,000 times"));
    in = b.size - at;
    out = 65536;
    assert_false(unpack_step(u, b.at + at, &in, back, &out)); /* and stays so */
    assert_true(in == 0 && out == 0);
    unpack_free(u);
    free(b.at);
    free(nothing);
}

static void test_a_window_beyond_the_bound_is_refused(void **state)
{
    (void)state;
    const uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x90, 0x01, 0x00, 0x00}; /* 2^28 bytes */
    struct unpack *u = unpack_new(UNPACK_ZSTD);
    size_t in = sizeof frame, out = 100;
    assert_false(unpack_step(u, frame, &in, back, &out));
    assert_string_equal(unpack_problem(u), "the zstd data is broken: its window is beyond 128 MiB");
    unpack_free(u);
}

/* ------------------------------------------------------------- captures */

static char path[64];

static struct capture *open_bytes(const void *data, size_t size)
{
    snprintf(path, sizeof path, "/tmp/haetae-test-XXXXXX");
    int fd = mkstemp(path);
    assert_int_equal(write(fd, data, size), size);
    close(fd);
    struct error error = {{0}};
    struct capture *c = capture_open_file(path, NULL, -1, &error);
    unlink(path);
    return c;
}

static size_t make_capture(uint8_t *at, uint32_t frames)
{
    const uint32_t head[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
    size_t size = sizeof head;
    memcpy(at, head, size);
    for (uint32_t i = 0; i < frames; i++) {
        const uint32_t record[4] = {1000 + i, 0, 50, 50};
        memcpy(at + size, record, sizeof record);
        memcpy(at + size + sizeof record, noise + i, 50);
        size += sizeof record + 50;
    }
    return size;
}

static void test_a_packed_capture_gives_its_frames_and_a_cut_one_those_before(void **state)
{
    (void)state;
    uint8_t plain[24 + 20 * 66];
    size_t size = make_capture(plain, 20);
    for (enum unpack_kind kind = UNPACK_GZIP; kind <= UNPACK_LZ4; kind++) {
        struct bytes b = pack(kind, plain, size);
        for (size_t cut = 5; cut <= b.size; cut++) {
            struct capture *c = open_bytes(b.at, cut);
            struct frame f;
            uint32_t got = 0;
            enum capture_result result = CAPTURE_END;
            while (c && (result = capture_next(c, &f)) == CAPTURE_FRAME)
                assert_memory_equal(f.bytes, noise + got++, 50);
            if (c)
                assert_int_equal(result, cut < b.size ? CAPTURE_DAMAGED : CAPTURE_END);
            if (cut == b.size)
                assert_int_equal(got, 20);
            capture_close(c);
        }
        free(b.at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_are_told_by_their_first_bytes),
        cmocka_unit_test(test_what_was_packed_comes_back_in_steps_of_any_size),
        cmocka_unit_test(test_streams_one_behind_the_other_are_one),
        cmocka_unit_test(test_every_cut_is_not_whole_and_keeps_what_came),
        cmocka_unit_test(test_a_bomb_is_stopped_after_few_bytes),
        cmocka_unit_test(test_a_window_beyond_the_bound_is_refused),
        cmocka_unit_test(test_a_packed_capture_gives_its_frames_and_a_cut_one_those_before),
    };
    fill_noise();
    log_setup(SENSOR_ERROR, false); /* damage is said in the log, too */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
