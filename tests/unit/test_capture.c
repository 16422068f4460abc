/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_capture.c - capture files: what each kind gives, what damage does, and the words of every refusal.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "capture/capture.h"

/* ------------------------------------------------------------- files */

struct bytes {
    uint8_t at[4096];
    size_t size;
};

static char path[64];

static void put(struct bytes *b, const void *data, size_t size)
{
    assert_true(b->size + size <= sizeof b->at);
    memcpy(b->at + b->size, data, size);
    b->size += size;
}

static void put_u32(struct bytes *b, uint32_t n)
{
    put(b, &n, 4); /* the byte order of this machine, which the magic number tells */
}

static void put_u16(struct bytes *b, uint16_t n)
{
    put(b, &n, 2);
}

#define MICRO 0xa1b2c3d4u
#define NANO  0xa1b23c4du

static void put_pcap_header(struct bytes *b, uint32_t magic, uint32_t link_type)
{
    put_u32(b, magic);
    put_u16(b, 2);
    put_u16(b, 4);
    put_u32(b, 0);
    put_u32(b, 0);
    put_u32(b, 65535);
    put_u32(b, link_type);
}

static void put_pcap_frame(struct bytes *b, const uint32_t header[4], const void *data)
{
    for (size_t i = 0; i < 4; i++)
        put_u32(b, header[i]);
    put(b, data, header[2]);
}

/* Three frames of 4, 5 and 6 bytes, one second apart. */
static void put_three(struct bytes *b, uint32_t magic)
{
    put_pcap_header(b, magic, 1);
    for (uint32_t i = 0; i < 3; i++)
        put_pcap_frame(b, (uint32_t[4]){1000 + i, 7, 4 + i, 100 + i}, "abcdef");
}

static void write_file(const void *data, size_t size)
{
    strcpy(path, "/tmp/haetae-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, size), size);
    close(fd);
}

static struct capture *open_bytes(const struct bytes *b, const char *bpf)
{
    struct error error = {{0}};
    write_file(b->at, b->size);
    struct capture *c = capture_open_file(path, bpf, -1, &error);
    if (!c)
        print_error("%s\n", error.text);
    assert_non_null(c);
    unlink(path);
    return c;
}

static void assert_refused(const struct bytes *b, const char *words)
{
    struct error error = {{0}};
    write_file(b->at, b->size);
    assert_null(capture_open_file(path, NULL, -1, &error));
    unlink(path);
    if (!strstr(error.text, words) || !strstr(error.text, path))
        fail_msg("'%s' lacks '%s'", error.text, words);
}

/* ------------------------------------------------------------- good files */

static void assert_three(const struct bytes *b, uint64_t ns)
{
    struct capture *c = open_bytes(b, NULL);
    struct frame f;
    assert_false(capture_is_live(c));
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
        assert_int_equal(f.number, i + 1);
        assert_int_equal(f.cap_len, 4 + i);
        assert_int_equal(f.wire_len, 100 + i);
        assert_int_equal(f.link_type, 1);
        assert_true(f.time_ns == (1000 + i) * UINT64_C(1000000000) + ns);
        assert_memory_equal(f.bytes, "abcdef", f.cap_len);
    }
    assert_int_equal(capture_next(c, &f), CAPTURE_END);
    assert_int_equal(capture_next(c, &f), CAPTURE_END);
    struct capture_counters counters;
    capture_count(c, &counters);
    assert_int_equal(counters.received, 3);
    assert_int_equal(counters.bytes, 303);
    assert_int_equal(counters.kernel_dropped, 0);
    assert_true(capture_progress(c) == 1);
    capture_close(c);
}

static void test_microsecond_and_nanosecond_files(void **state)
{
    (void)state;
    struct bytes micro = {0}, nano = {0};
    put_three(&micro, MICRO);
    put_three(&nano, NANO);
    assert_three(&micro, 7000);
    assert_three(&nano, 7);
}

static void test_files_of_the_other_byte_order(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_u32(&b, __builtin_bswap32(MICRO));
    put_u16(&b, __builtin_bswap16(2));
    put_u16(&b, __builtin_bswap16(4));
    put_u32(&b, 0);
    put_u32(&b, 0);
    put_u32(&b, __builtin_bswap32(65535));
    put_u32(&b, __builtin_bswap32(1));
    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t header[4] = {1000 + i, 7, 4 + i, 100 + i};
        for (size_t k = 0; k < 4; k++)
            put_u32(&b, __builtin_bswap32(header[k]));
        put(&b, "abcdef", 4 + i);
    }
    assert_three(&b, 7000);
}

/* Section header, interface with nanosecond times, then one enhanced packet block per frame. */
static void put_pcapng_three(struct bytes *b)
{
    put(b, "\x0a\x0d\x0d\x0a", 4);
    put_u32(b, 28);
    put_u32(b, 0x1a2b3c4d);
    put_u16(b, 1);
    put_u16(b, 0);
    put(b, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    put_u32(b, 28);
    put_u32(b, 1); /* interface */
    put_u32(b, 32);
    put_u16(b, 1);
    put_u16(b, 0);
    put_u32(b, 65535);
    put_u16(b, 9); /* if_tsresol: 10^-9 */
    put_u16(b, 1);
    put(b, "\x09\0\0\0", 4);
    put_u32(b, 0);
    put_u32(b, 32);
    for (uint32_t i = 0; i < 3; i++) {
        uint64_t ns = (1000 + i) * UINT64_C(1000000000) + 7;
        uint32_t padded = (4 + i + 3) / 4 * 4;
        put_u32(b, 6);
        put_u32(b, 32 + padded);
        put_u32(b, 0);
        put_u32(b, (uint32_t)(ns >> 32));
        put_u32(b, (uint32_t)ns);
        put_u32(b, 4 + i);
        put_u32(b, 100 + i);
        put(b, "abcdef\0", padded);
        put_u32(b, 32 + padded);
    }
}

static void test_pcapng_files(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_pcapng_three(&b);
    assert_three(&b, 7);
}

static void test_wire_length_is_never_below_the_captured_one(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_pcap_header(&b, MICRO, 1);
    put_pcap_frame(&b, (uint32_t[4]){1, 0, 6, 2}, "abcdef");
    put_pcap_frame(&b, (uint32_t[4]){1, 0, 0, 0}, "");
    struct capture *c = open_bytes(&b, NULL);
    struct frame f;
    assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
    assert_int_equal(f.wire_len, 6);
    assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
    assert_int_equal(f.cap_len, 0);
    capture_close(c);
}

static void test_absurd_times_survive(void **state)
{
    (void)state;
    static const struct {
        uint32_t seconds, fraction;
        uint64_t least, most; /* seconds */
    } cases[] = {
        {0, 0, 0, 0},
        {0xffffffffu, 0, 4294967295u, 4294967295u}, /* year 2106, not 1969 */
        {0x80000000u, 999999999, 2147483648u, 2147483648u},
        {5, 0xffffffffu, 5, 5}, /* no such fraction: ignored */
        {5, 4000000000u, 5, 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes b = {0};
        put_pcap_header(&b, NANO, 1);
        put_pcap_frame(&b, (uint32_t[4]){cases[i].seconds, cases[i].fraction, 1, 1}, "a");
        struct capture *c = open_bytes(&b, NULL);
        struct frame f;
        assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
        assert_in_range(f.time_ns / 1000000000u, cases[i].least, cases[i].most);
        capture_close(c);
    }
}

/* ------------------------------------------------------------- damage */

static void test_every_cut_of_a_file_gives_the_frames_before_it(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_three(&b, MICRO);
    const size_t ends[4] = {24, 24 + 20, 24 + 20 + 21, 24 + 20 + 21 + 22};
    assert_int_equal(b.size, ends[3]);
    for (size_t cut = 24; cut <= b.size; cut++) {
        struct bytes part = b;
        part.size = cut;
        struct capture *c = open_bytes(&part, NULL);
        struct frame f;
        size_t whole = 0;
        while (whole < 3 && ends[whole + 1] <= cut)
            whole++;
        for (size_t i = 0; i < whole; i++)
            assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
        assert_int_equal(capture_next(c, &f), ends[whole] == cut ? CAPTURE_END : CAPTURE_DAMAGED);
        if (ends[whole] != cut) {
            char words[160];
            snprintf(words, sizeof words, "%s: damaged after frame %zu (byte offset %zu): ", path, whole, cut);
            assert_memory_equal(capture_problem(c), words, strlen(words));
            assert_int_equal(capture_next(c, &f), CAPTURE_END);
        }
        capture_close(c);
    }
}

static void test_every_cut_of_a_header_is_refused(void **state)
{
    (void)state;
    struct bytes b = {0}, ng = {0};
    put_pcap_header(&b, MICRO, 1);
    put_pcapng_three(&ng);
    for (size_t cut = 1; cut < 24; cut++) {
        b.size = cut;
        assert_refused(&b, "truncated");
    }
    for (size_t cut = 1; cut < 24; cut++) {
        ng.size = cut;
        assert_refused(&ng, "");
    }
}

static void test_impossible_frame_length_is_damage(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_three(&b, MICRO);
    for (size_t i = 0; i < 4; i++)
        put_u32(&b, 0x7fffffff);
    struct capture *c = open_bytes(&b, NULL);
    struct frame f;
    for (int i = 0; i < 3; i++)
        assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
    assert_int_equal(capture_next(c, &f), CAPTURE_DAMAGED);
    assert_non_null(strstr(capture_problem(c), "damaged after frame 3 (byte offset 87)"));
    capture_close(c);
}

/* A snap length in the header is a wish; libpcap cuts such a record, Wireshark and we do not. */
static void test_records_longer_than_the_snap_length_are_read_whole(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_three(&b, MICRO);
    memcpy(b.at + 16, &(uint32_t){5}, 4); /* snap length: the third frame has 6 bytes */
    put_pcap_frame(&b, (uint32_t[4]){2000, 1, 3, 3}, "xyz");
    struct capture *c = open_bytes(&b, NULL);
    struct frame f;
    const uint32_t sizes[4] = {4, 5, 6, 3};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
        assert_int_equal(f.cap_len, sizes[i]);
        assert_int_equal(f.number, i + 1);
    }
    assert_memory_equal(f.bytes, "xyz", 3);
    assert_int_equal(f.time_ns / 1000, 2000000001u);
    assert_int_equal(capture_next(c, &f), CAPTURE_END);
    capture_close(c);
}

/* Many times the size of the read buffer: records lie across its end. */
static void test_a_long_file_comes_whole(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_pcap_header(&b, MICRO, 1);
    write_file(b.at, b.size);
    FILE *file = fopen(path, "ab");
    static const char data[60000];
    for (uint32_t i = 0; i < 40; i++) {
        const uint32_t header[4] = {i, 0, 60000 - i, 60000};
        fwrite(header, sizeof header, 1, file);
        fwrite(&i, sizeof i, 1, file);
        fwrite(data, 60000 - i - sizeof i, 1, file);
    }
    fclose(file);
    struct error error;
    struct capture *c = capture_open_file(path, NULL, -1, &error);
    unlink(path);
    struct frame f;
    for (uint32_t i = 0, seen; i < 40; i++) {
        assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
        memcpy(&seen, f.bytes, sizeof seen);
        assert_int_equal(seen, i);
        assert_int_equal(f.cap_len, 60000 - i);
    }
    assert_int_equal(capture_next(c, &f), CAPTURE_END);
    capture_close(c);
}

/* ------------------------------------------------------------- refusals */

static void test_what_is_no_capture_is_refused_in_clear_words(void **state)
{
    (void)state;
    struct bytes empty = {0}, text = {0}, gzip = {0}, xz = {0};
    put(&text, "just some text that is longer than a header", 43);
    put(&gzip, "\x1f\x8b\x08\0 and so on until it is long enough", 38);
    put(&xz, "\xfd" "7zXZ and so on until it is long enough", 38);
    assert_refused(&empty, "the file is empty");
    assert_refused(&text, "not a pcap or pcapng file (begins with bytes 6a 75 73 74)");
    assert_refused(&gzip, "the gzip data is broken");
    assert_refused(&xz, "compressed with xz: decompress it first");
}

static void test_unreadable_paths_are_refused_in_clear_words(void **state)
{
    (void)state;
    struct error error = {{0}};
    assert_null(capture_open_file("/nonexistent/x.pcap", NULL, -1, &error));
    assert_string_equal(error.text, "/nonexistent/x.pcap: No such file or directory");
    assert_null(capture_open_file("/tmp", NULL, -1, &error));
    assert_non_null(strstr(error.text, "/tmp: is a directory"));
    assert_null(capture_open_file("/nonexistent", NULL, -1, NULL));
}

/* ------------------------------------------------------------- filters */

static void put_udp_frames(struct bytes *b)
{
    static const uint8_t frame[42] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17};
    put_pcap_header(b, MICRO, 1);
    for (uint8_t i = 1; i <= 4; i++) {
        uint8_t copy[42];
        memcpy(copy, frame, 42);
        copy[37] = i; /* UDP port 1..4 */
        put_pcap_frame(b, (uint32_t[4]){i, 0, 42, 42}, copy);
    }
}

static void test_filter_keeps_the_frame_numbers_of_the_file(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_udp_frames(&b);
    struct capture *c = open_bytes(&b, "udp dst port 2 or udp dst port 4");
    struct frame f;
    assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
    assert_int_equal(f.number, 2);
    assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
    assert_int_equal(f.number, 4);
    assert_int_equal(capture_next(c, &f), CAPTURE_END);
    struct capture_counters counters;
    capture_count(c, &counters);
    assert_int_equal(counters.received, 2);
    capture_close(c);
}

static void test_empty_filter_is_none(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_udp_frames(&b);
    struct capture *c = open_bytes(&b, "");
    struct frame f;
    assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
    assert_int_equal(f.number, 1);
    capture_close(c);
}

static void test_bad_filters_are_refused_with_the_filter_and_the_link_type(void **state)
{
    (void)state;
    struct bytes ether = {0}, raw = {0};
    struct error error = {{0}};
    put_udp_frames(&ether);
    write_file(ether.at, ether.size);
    assert_null(capture_open_file(path, "udp prot 53", -1, &error));
    assert_non_null(strstr(error.text, ": filter 'udp prot 53': "));
    unlink(path);
    put_pcap_header(&raw, MICRO, 101);
    write_file(raw.at, raw.size);
    assert_null(capture_open_file(path, "ether host 02:00:00:00:00:01", -1, &error));
    assert_non_null(strstr(error.text, "(link type RAW)"));
    unlink(path);
}

/* ------------------------------------------------------------- pipes and stopping */

/* Makes a pipe standard input, holding `b`; returns its writing end. */
static int pipe_to_stdin(const struct bytes *b)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], b->at, b->size), b->size);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    return ends[1];
}

static void test_standard_input_is_read(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_three(&b, MICRO);
    b.size -= 2;
    close(pipe_to_stdin(&b));
    struct error error = {{0}};
    struct capture *c = capture_open_file("-", NULL, -1, &error);
    assert_non_null(c);
    assert_string_equal(capture_name(c), "-");
    struct frame f;
    assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
    assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
    assert_int_equal(f.number, 2);
    assert_true(capture_progress(c) == -1);
    assert_int_equal(capture_next(c, &f), CAPTURE_DAMAGED);
    assert_non_null(strstr(capture_problem(c), "standard input: damaged after frame 2 (byte offset 85)"));
    capture_close(c);
}

static void test_empty_standard_input_is_refused(void **state)
{
    (void)state;
    struct bytes b = {0};
    close(pipe_to_stdin(&b));
    struct error error = {{0}};
    assert_null(capture_open_file("-", NULL, -1, &error));
    assert_string_equal(error.text, "standard input: the file is empty");
}

/* Nobody writes to it: opening it, or reading its first bytes, would take for ever. */
static void test_a_fifo_without_a_writer_can_be_given_up(void **state)
{
    (void)state;
    int stop_ends[2];
    assert_int_equal(pipe(stop_ends), 0);
    assert_int_equal(write(stop_ends[1], "x", 1), 1);
    snprintf(path, sizeof path, "/tmp/haetae-fifo-%ld", (long)getpid());
    assert_int_equal(mkfifo(path, 0600), 0);
    struct error error = {{0}};
    assert_null(capture_open_file(path, NULL, stop_ends[0], &error));
    assert_non_null(strstr(error.text, ": stopped before anything came"));
    unlink(path);
    close(stop_ends[0]);
    close(stop_ends[1]);
}

static void *stop(void *c)
{
    capture_stop(c);
    return NULL;
}

static void test_stop_ends_a_wait_on_a_pipe(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_three(&b, MICRO);
    int writer = pipe_to_stdin(&b);
    struct capture *c = capture_open_file("-", NULL, -1, NULL);
    assert_non_null(c);
    struct frame f;
    for (int i = 0; i < 3; i++)
        assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop, c), 0);
    assert_int_equal(capture_next(c, &f), CAPTURE_END); /* the writer still holds the pipe open */
    assert_int_equal(pthread_join(thread, NULL), 0);
    capture_close(c);
    close(writer);
}

static void test_stop_ends_a_file(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_three(&b, MICRO);
    struct capture *c = open_bytes(&b, NULL);
    struct frame f;
    assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
    capture_stop(c);
    capture_stop(c);
    assert_int_equal(capture_next(c, &f), CAPTURE_END);
    capture_close(c);
    capture_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_microsecond_and_nanosecond_files),
        cmocka_unit_test(test_files_of_the_other_byte_order),
        cmocka_unit_test(test_pcapng_files),
        cmocka_unit_test(test_wire_length_is_never_below_the_captured_one),
        cmocka_unit_test(test_absurd_times_survive),
        cmocka_unit_test(test_every_cut_of_a_file_gives_the_frames_before_it),
        cmocka_unit_test(test_every_cut_of_a_header_is_refused),
        cmocka_unit_test(test_impossible_frame_length_is_damage),
        cmocka_unit_test(test_records_longer_than_the_snap_length_are_read_whole),
        cmocka_unit_test(test_a_long_file_comes_whole),
        cmocka_unit_test(test_what_is_no_capture_is_refused_in_clear_words),
        cmocka_unit_test(test_unreadable_paths_are_refused_in_clear_words),
        cmocka_unit_test(test_filter_keeps_the_frame_numbers_of_the_file),
        cmocka_unit_test(test_empty_filter_is_none),
        cmocka_unit_test(test_bad_filters_are_refused_with_the_filter_and_the_link_type),
        cmocka_unit_test(test_standard_input_is_read),
        cmocka_unit_test(test_empty_standard_input_is_refused),
        cmocka_unit_test(test_a_fifo_without_a_writer_can_be_given_up),
        cmocka_unit_test(test_stop_ends_a_wait_on_a_pipe),
        cmocka_unit_test(test_stop_ends_a_file),
    };
    log_setup(SENSOR_ERROR, false); /* damage is said in the log, too */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
