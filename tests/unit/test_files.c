/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_files.c - many files as one stream: the order of their frames, what wild stamps and ties do, files that come later, that are
 * no captures, that break; the numbers frames carry.
 */
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
#include "capture/inputs.h"

#define S UINT64_C(1000000000)

static char folder[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/haetae-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int clean_up(void **state)
{
    char command[100];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* A capture whose frames have one byte, their letter, and these seconds; ends at a letter of 0. */
struct letter {
    char letter;
    uint32_t seconds;
};

static const char *place(const char *name, const struct letter *letters)
{
    static char path[8][128];
    static size_t at;
    at = (at + 1) % 8;
    snprintf(path[at], sizeof path[at], "%s/%s", folder, name);
    FILE *file = fopen(path[at], "wb");
    assert_non_null(file);
    const uint32_t head[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
    fwrite(head, sizeof head, 1, file);
    for (; letters->letter; letters++) {
        const uint32_t record[4] = {letters->seconds, 0, 1, 60};
        fwrite(record, sizeof record, 1, file);
        fputc(letters->letter, file);
    }
    fclose(file);
    return path[at];
}

static struct inputs *list_new(void)
{
    const struct inputs_options options = {.stop_fd = -1};
    struct inputs *i = inputs_new(&options, NULL);
    assert_non_null(i);
    inputs_set_readers(i, 1);
    return i;
}

static void add(struct inputs *i, const char *path)
{
    struct error error = {{0}};
    if (inputs_add(i, path, &error) != INPUT_TAKEN)
        fail_msg("%s", error.text);
}

/* Reads until nothing comes; the letters in order. */
static enum capture_result read_on(struct capture *c, char *letters)
{
    struct frame f;
    enum capture_result result;
    while ((result = capture_next(c, &f)) == CAPTURE_FRAME) {
        *letters++ = (char)f.bytes[0];
        assert_int_equal(f.wire_len, 60);
    }
    *letters = '\0';
    return result;
}

static void expect(struct inputs *i, const char *want)
{
    char got[64];
    inputs_seal(i);
    inputs_close(i);
    struct capture *c = capture_open_inputs(i, NULL, NULL);
    assert_non_null(c);
    assert_int_equal(read_on(c, got), CAPTURE_END);
    assert_string_equal(got, want);
    capture_close(c);
    inputs_free(i);
}

static void test_files_are_merged_by_time(void **state)
{
    (void)state;
    struct inputs *i = list_new();
    add(i, place("late", (struct letter[]){{'e', 50}, {'f', 60}, {0, 0}}));
    add(i, place("odd", (struct letter[]){{'a', 10}, {'c', 30}, {'g', 70}, {0, 0}}));
    add(i, place("even", (struct letter[]){{'b', 20}, {'d', 40}, {'h', 80}, {0, 0}}));
    expect(i, "abcdefgh");
}

static void test_ties_go_by_first_packet_then_by_path_whatever_the_arguments(void **state)
{
    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        struct inputs *i = list_new();
        const char *paths[3] = {place("b", (struct letter[]){{'c', 10}, {'d', 20}, {0, 0}}),
                                place("a", (struct letter[]){{'b', 10}, {'e', 30}, {0, 0}}),
                                place("z", (struct letter[]){{'a', 9}, {0, 0}})};
        for (int n = 0; n < 3; n++)
            add(i, paths[turn ? 2 - n : n]);
        expect(i, "abcde");
    }
}

static void test_frames_out_of_order_stay_as_they_are(void **state)
{
    (void)state;
    struct inputs *i = list_new();
    add(i, place("x", (struct letter[]){{'a', 10}, {'c', 14}, {'d', 11}, {'f', 30}, {0, 0}}));
    add(i, place("y", (struct letter[]){{'b', 12}, {'e', 20}, {0, 0}}));
    expect(i, "abcdef");
}

static void test_a_wild_stamp_keeps_its_place_and_a_silence_is_none(void **state)
{
    (void)state;
    struct inputs *i = list_new();
    add(i, place("wild", (struct letter[]){{'a', 10}, {'b', 4000000000}, {'d', 30}, {0, 0}}));
    add(i, place("other", (struct letter[]){{'c', 20}, {'e', 1000}, {'g', 3000}, {'i', 9000}, {0, 0}}));
    add(i, place("third", (struct letter[]){{'f', 2000}, {'h', 4000}, {0, 0}}));
    expect(i, "abcdefghi");
}

/* The mirror port gave the wild frame twice. */
static void test_a_wild_stamp_twice_is_still_wild(void **state)
{
    (void)state;
    struct inputs *i = list_new();
    add(i, place("wild", (struct letter[]){{'a', 10}, {'b', 4000000000}, {'b', 4000000000}, {'d', 30}, {0, 0}}));
    add(i, place("other", (struct letter[]){{'c', 20}, {'e', 40}, {0, 0}}));
    expect(i, "abbcde");
}

static void test_frames_have_two_numbers_and_a_file(void **state)
{
    (void)state;
    struct inputs *i = list_new();
    struct frame f;
    add(i, place("one", (struct letter[]){{'a', 1}, {'c', 3}, {0, 0}}));
    add(i, place("two", (struct letter[]){{'b', 2}, {'d', 4}, {0, 0}}));
    inputs_seal(i);
    inputs_close(i);
    struct capture *c = capture_open_inputs(i, NULL, NULL);
    for (uint64_t n = 1; n <= 4; n++) {
        assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
        assert_int_equal(f.order, n);
        assert_int_equal(f.number, (n + 1) / 2);
        const char *path = origins_file(inputs_origins(i), f.interface);
        assert_string_equal(path + strlen(path) - 3, n % 2 ? "one" : "two");
        assert_null(origins_interface(inputs_origins(i), f.interface));
    }
    assert_int_equal(capture_next(c, &f), CAPTURE_END);
    assert_int_equal(capture_files_read(c), 2);
    capture_close(c);
    inputs_free(i);
}

static void test_batches_come_one_after_the_other(void **state)
{
    (void)state;
    struct inputs *i = list_new();
    char got[64];
    add(i, place("first", (struct letter[]){{'a', 100}, {'b', 200}, {0, 0}}));
    inputs_seal(i);
    struct capture *c = capture_open_inputs(i, NULL, NULL);
    assert_int_equal(read_on(c, got), CAPTURE_IDLE);
    assert_string_equal(got, "ab");
    add(i, place("second", (struct letter[]){{'d', 150}, {0, 0}}));
    assert_int_equal(read_on(c, got), CAPTURE_IDLE); /* not sealed yet */
    assert_string_equal(got, "");
    add(i, place("third", (struct letter[]){{'c', 120}, {0, 0}}));
    inputs_seal(i);
    assert_int_equal(read_on(c, got), CAPTURE_IDLE);
    assert_string_equal(got, "cd");
    assert_true(inputs_finished(i, 2) && !inputs_finished(i, 3));
    inputs_close(i);
    assert_int_equal(read_on(c, got), CAPTURE_END);
    capture_close(c);
    inputs_free(i);
}

static void test_a_cut_list_is_read_as_far_as_it_was_begun(void **state)
{
    (void)state;
    struct inputs *i = list_new();
    char got[64];
    struct frame f;
    add(i, place("first", (struct letter[]){{'a', 100}, {'b', 200}, {0, 0}}));
    add(i, place("second", (struct letter[]){{'c', 300}, {0, 0}}));
    inputs_seal(i);
    struct capture *c = capture_open_inputs(i, NULL, NULL);
    assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
    inputs_cut(i);
    assert_int_equal(read_on(c, got), CAPTURE_END);
    assert_string_equal(got, "b");
    capture_close(c);
    inputs_free(i);
}

static void test_a_file_that_breaks_or_is_gone_does_not_stop_the_others(void **state)
{
    (void)state;
    struct inputs *i = list_new();
    char got[64];
    const char *first, *broken = place("broken", (struct letter[]){{'a', 10}, {'x', 11}, {0, 0}});
    add(i, place("good", (struct letter[]){{'b', 20}, {'c', 30}, {0, 0}}));
    assert_int_equal(truncate(broken, 24 + 17 + 5), 0);
    add(i, broken);
    const char *gone = place("gone", (struct letter[]){{'y', 25}, {0, 0}});
    add(i, gone);
    inputs_seal(i);
    inputs_close(i);
    unlink(gone);
    struct capture *c = capture_open_inputs(i, NULL, NULL);
    assert_int_equal(read_on(c, got), CAPTURE_DAMAGED);
    assert_string_equal(got, "abc");
    assert_int_equal(inputs_problems(i, &first), 2);
    assert_non_null(strstr(first, "broken: damaged after frame 1 (byte offset 46)"));
    capture_close(c);
    inputs_free(i);
}

static void test_a_directory_gives_its_captures_and_says_what_is_none(void **state)
{
    (void)state;
    struct inputs *i = list_new();
    struct error error = {{0}};
    char below[128];
    place("one.pcap", (struct letter[]){{'a', 10}, {0, 0}});
    place(".hidden", (struct letter[]){{'x', 10}, {0, 0}});
    place("text.txt", (struct letter[]){{0, 0}});
    assert_int_equal(truncate(place("text.txt", (struct letter[]){{0, 0}}), 3), 0);
    snprintf(below, sizeof below, "%s/below", folder);
    assert_int_equal(mkdir(below, 0700), 0);
    place("below/two.pcap", (struct letter[]){{'b', 20}, {0, 0}});
    assert_true(inputs_add_directory(i, folder, false, &error));
    inputs_seal(i);
    assert_int_equal(inputs_count(i), 1);
    inputs_free(i);
    i = list_new();
    assert_true(inputs_add_directory(i, folder, true, &error));
    expect(i, "ab");
    i = list_new();
    assert_false(inputs_add_directory(i, "/nonexistent", false, &error));
    inputs_free(i);
}

/* Byte by byte: no frame comes before it is whole, and each comes then. */
static void test_a_file_is_followed_byte_by_byte(void **state)
{
    (void)state;
    const struct inputs_options options = {.stop_fd = -1, .follow = true};
    struct inputs *i = inputs_new(&options, NULL);
    const char *whole = place("whole", (struct letter[]){{'a', 10}, {'b', 11}, {0, 0}});
    char growing[128];
    uint8_t bytes[24 + 2 * 17];
    FILE *file = fopen(whole, "rb");
    assert_int_equal(fread(bytes, 1, sizeof bytes, file), sizeof bytes);
    fclose(file);
    snprintf(growing, sizeof growing, "%s/growing", folder);
    file = fopen(growing, "wb");
    fwrite(bytes, 1, 3, file);
    fflush(file);
    add(i, growing);
    inputs_set_readers(i, 1);
    inputs_seal(i);
    inputs_close(i);
    struct capture *c = capture_open_inputs(i, NULL, NULL);
    assert_non_null(c);
    struct frame f;
    for (size_t at = 3; at < sizeof bytes; at++) {
        if (at % 5 == 0) /* each look that finds nothing takes a tenth of a second */
            assert_int_equal(capture_next(c, &f), CAPTURE_IDLE);
        fwrite(bytes + at, 1, 1, file);
        fflush(file);
        if (at == 24 + 16 || at == sizeof bytes - 1) {
            assert_int_equal(capture_next(c, &f), CAPTURE_FRAME);
            assert_int_equal(f.bytes[0], at == 24 + 16 ? 'a' : 'b');
        }
    }
    fclose(file);
    capture_close(c);
    inputs_free(i);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, clean_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_files_are_merged_by_time),
        TEST(test_ties_go_by_first_packet_then_by_path_whatever_the_arguments),
        TEST(test_frames_out_of_order_stay_as_they_are),
        TEST(test_a_wild_stamp_keeps_its_place_and_a_silence_is_none),
        TEST(test_a_wild_stamp_twice_is_still_wild),
        TEST(test_frames_have_two_numbers_and_a_file),
        TEST(test_batches_come_one_after_the_other),
        TEST(test_a_cut_list_is_read_as_far_as_it_was_begun),
        TEST(test_a_file_that_breaks_or_is_gone_does_not_stop_the_others),
        TEST(test_a_directory_gives_its_captures_and_says_what_is_none),
        TEST(test_a_file_is_followed_byte_by_byte),
    };
    log_setup(SENSOR_ERROR, false); /* damage is said in the log, too */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
