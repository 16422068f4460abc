/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_stream.c - one direction of TCP: order, holes, copies, bounds. A reader that takes everything stands for the parser.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "dissect/stream.h"
#include "watch.h"

static struct stream_pool pool;
static struct stream stream;
static char got[128 * 1024]; /* what was shown and consumed; "<n>" stands for a hole of n bytes */
static size_t got_size;

static int set_up(void **state)
{
    (void)state;
    pool = (struct stream_pool){.budget = {.max = 1u << 20}, .stream_max = 65536};
    stream = (struct stream){0};
    got_size = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stream_clear(&stream, &pool);
    assert_int_equal(pool.budget.used, 0);
    return 0;
}

static void note(const void *bytes, size_t size)
{
    assert_true(got_size + size < sizeof got);
    memcpy(got + got_size, bytes, size);
    got_size += size;
    got[got_size] = 0;
}

/* Reads and consumes all that is in order. */
static void read_all(bool flush)
{
    struct stream_run run;
    enum stream_step step;
    while ((step = stream_next(&stream, &pool, flush, &run)) != STREAM_EMPTY) {
        if (step == STREAM_GAP) {
            char text[32];
            int size = snprintf(text, sizeof text, "<%llu>", (unsigned long long)run.lost);
            note(text, (size_t)size);
        } else {
            note(run.bytes.at, run.bytes.size);
            stream_consume(&stream, &pool, run.bytes.size, 0);
        }
    }
    assert_true(stream_settle(&stream, &pool));
}

static bool push(uint32_t seq, const char *text)
{
    return stream_push(&stream, &pool, seq, (struct slice){(const uint8_t *)text, strlen(text)});
}

static void feed(uint32_t seq, const char *text)
{
    assert_true(push(seq, text));
    read_all(false);
}

static void test_in_order_bytes_are_shown_in_place(void **state)
{
    (void)state;
    static const char text[] = "abc";
    struct stream_run run;
    stream_start(&stream, 1000);
    assert_true(push(1000, text));
    assert_int_equal(stream_next(&stream, &pool, false, &run), STREAM_BYTES);
    assert_ptr_equal(run.bytes.at, text);
    stream_consume(&stream, &pool, 3, 0);
    assert_int_equal(stream_next(&stream, &pool, false, &run), STREAM_EMPTY);
    assert_int_equal(pool.budget.used, 0);
}

static void test_left_over_is_shown_again_with_what_follows(void **state)
{
    (void)state;
    struct stream_run run;
    stream_start(&stream, 0);
    assert_true(push(0, "abcd"));
    assert_int_equal(stream_next(&stream, &pool, false, &run), STREAM_BYTES);
    stream_consume(&stream, &pool, 1, 0);
    assert_int_equal(stream_next(&stream, &pool, false, &run), STREAM_EMPTY);
    assert_true(stream_settle(&stream, &pool));
    assert_true(push(4, "ef"));
    assert_int_equal(stream_next(&stream, &pool, false, &run), STREAM_BYTES);
    assert_int_equal(run.bytes.size, 5);
    assert_memory_equal(run.bytes.at, "bcdef", 5);
    assert_int_equal(run.fresh_at, 3);
    stream_consume(&stream, &pool, 5, 0);
}

static void test_out_of_order_is_put_in_order(void **state)
{
    (void)state;
    stream_start(&stream, 10);
    feed(16, "ghi");
    feed(13, "def");
    assert_int_equal(got_size, 0);
    feed(10, "abc");
    assert_string_equal(got, "abcdefghi");
}

static void test_sequence_numbers_wrap(void **state)
{
    (void)state;
    stream_start(&stream, 0xfffffffe);
    feed(1, "def");
    feed(0xfffffffe, "abc");
    feed(4, "ghi");
    assert_string_equal(got, "abcdefghi");
}

static void test_a_stream_longer_than_4_gib_keeps_its_place(void **state)
{
    (void)state;
    uint32_t seq = 5;
    struct stream_run run;
    stream_start(&stream, seq);
    for (int i = 0; i < 40; i++) {
        assert_true(push(seq, "x"));
        assert_int_equal(stream_next(&stream, &pool, false, &run), STREAM_BYTES);
        stream_consume(&stream, &pool, 1, (1u << 28) - 1);
        assert_int_equal(stream_next(&stream, &pool, false, &run), STREAM_EMPTY);
        seq += 1u << 28;
        assert_true(push(seq - 7, "skipped")); /* the end of the body: moves the stream's idea of where it is */
        assert_int_equal(stream_next(&stream, &pool, false, &run), STREAM_EMPTY);
    }
    feed(seq, "end");
    assert_string_equal(got, "end");
}

static void test_retransmission_is_nothing_new(void **state)
{
    (void)state;
    stream_start(&stream, 0);
    feed(0, "abc");
    feed(0, "abc");
    feed(1, "bcde");
    assert_string_equal(got, "abcde");
}

static void test_keep_alive_probe_changes_nothing(void **state)
{
    (void)state;
    stream_start(&stream, 0);
    feed(0, "abc");
    feed(2, "\x01");
    feed(3, "def");
    assert_string_equal(got, "abcdef");
}

static void test_first_copy_of_a_held_byte_wins_and_the_difference_is_counted(void **state)
{
    (void)state;
    stream_start(&stream, 0);
    feed(3, "DEF");
    feed(2, "xyzzyG");
    feed(0, "ab");
    assert_string_equal(got, "abxDEFyG");
    assert_int_equal(pool.overlaps, 3);
}

static void test_difference_from_unconsumed_bytes_is_counted(void **state)
{
    (void)state;
    struct stream_run run;
    stream_start(&stream, 0);
    assert_true(push(0, "abc"));
    stream_next(&stream, &pool, false, &run);
    stream_consume(&stream, &pool, 0, 0);
    assert_true(stream_settle(&stream, &pool));
    feed(0, "aXXd");
    assert_string_equal(got, "abcd");
    assert_int_equal(pool.overlaps, 2);
}

static void test_hole_is_given_up_after_its_acknowledgement_and_patience(void **state)
{
    (void)state;
    stream_start(&stream, 0);
    feed(0, "abc");
    feed(8, "ijk");
    for (int i = 0; i < 100; i++) {
        stream_ack(&stream, 3); /* the hole is real for the peer too */
        read_all(false);
    }
    assert_string_equal(got, "abc");
    int acks = 0;
    for (; got_size == 3; acks++) {
        stream_ack(&stream, 11);
        read_all(false);
        assert_true(acks < 40);
    }
    assert_true(acks >= 16); /* a segment may come this much later than its acknowledgement */
    assert_string_equal(got, "abc<5>ijk");
}

static void test_flush_gives_holes_up_at_once(void **state)
{
    (void)state;
    stream_start(&stream, 0);
    feed(8, "ijk");
    feed(20, "u");
    read_all(true);
    assert_string_equal(got, "<8>ijk<9>u");
}

static void test_unplaced_stream_begins_at_the_lowest_of_the_first_segments(void **state)
{
    (void)state;
    feed(1006, "ghi");
    feed(1000, "abc");
    feed(1003, "def");
    assert_int_equal(got_size, 0);
    read_all(true);
    assert_string_equal(got, "abcdefghi");
}

static void test_unplaced_stream_does_not_wait_for_ever(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 20; i++)
        feed(1000 + i, "x");
    assert_true(got_size >= 8);
}

static void test_syn_after_data_places_the_stream(void **state)
{
    (void)state;
    feed(1003, "def");
    stream_start(&stream, 1000);
    feed(1000, "abc");
    assert_string_equal(got, "abcdef");
}

static void test_of_several_syns_the_latest_counts_until_a_byte_comes(void **state)
{
    (void)state;
    stream_start_anew(&stream, 1000);
    stream_start_anew(&stream, 0xc0000000);
    stream_start(&stream, 5000); /* an acknowledgement does not move it */
    feed(0xc0000000, "abc");
    assert_string_equal(got, "abc");
    stream_start_anew(&stream, 2000);
    feed(0xc0000003, "def");
    assert_string_equal(got, "abcdef");
}

static void test_an_acknowledged_syn_stands(void **state)
{
    (void)state;
    stream_start_anew(&stream, 1000);
    stream_ack(&stream, 1000);
    stream_start_anew(&stream, 7000);
    feed(1000, "abc");
    assert_string_equal(got, "abc");
}

static void test_repeated_syn_changes_nothing(void **state)
{
    (void)state;
    stream_start_anew(&stream, 1000);
    feed(1003, "def");
    stream_start_anew(&stream, 1000);
    stream_start_anew(&stream, 7000); /* something came, if ahead of a hole */
    feed(1000, "abc");
    assert_string_equal(got, "abcdef");
}

static void test_skip_needs_no_memory(void **state)
{
    (void)state;
    struct stream_run run;
    stream_start(&stream, 0);
    assert_true(push(0, "headbody"));
    stream_next(&stream, &pool, false, &run);
    stream_consume(&stream, &pool, 4, 100);
    feed(8, "more body that nobody wants");
    feed(60, "out of order but unwanted");
    assert_int_equal(pool.budget.used, 0);
    assert_int_equal(got_size, 0);
    feed(100, "tailnext");
    assert_string_equal(got, "next");
}

static void test_skip_ends_inside_the_bytes_at_hand(void **state)
{
    (void)state;
    struct stream_run run;
    stream_start(&stream, 0);
    assert_true(push(0, "headBODYnext"));
    stream_next(&stream, &pool, false, &run);
    stream_consume(&stream, &pool, 4, 4);
    stream_review(&stream);
    read_all(false);
    assert_string_equal(got, "next");
}

static void test_held_segments_are_bounded_by_number(void **state)
{
    (void)state;
    stream_start(&stream, 0);
    for (uint32_t i = 0; i < STREAM_HELD_MAX; i++)
        assert_true(push(10 + 2 * i, "x"));
    assert_false(push(9 + 2 * STREAM_HELD_MAX + 1, "y"));
    read_all(true);
    assert_int_equal(pool.budget.used, 0);
    assert_true(push(10 + 2 * STREAM_HELD_MAX, "y"));
}

static void test_held_segments_are_bounded_by_bytes(void **state)
{
    (void)state;
    static uint8_t block[1000];
    uint32_t count = 0;
    stream_start(&stream, 0);
    while (stream_push(&stream, &pool, 1 + 1001 * count, (struct slice){block, sizeof block}))
        count++;
    assert_int_equal(count, 65);
}

/* Bytes sent far beyond any window only to fill the room. */
static void test_what_lies_farthest_ahead_makes_way_for_what_is_near(void **state)
{
    (void)state;
    static char far[1401];
    memset(far, 'z', sizeof far - 1);
    stream_start(&stream, 100);
    for (uint32_t i = 0; i < 100; i++)
        push(1000000 + 1400 * i, far);
    for (uint32_t i = 0; i < 300; i++)
        push(2000000 + 2 * i, "z");
    feed(103, "d");
    feed(101, "bc");
    feed(100, "a");
    assert_string_equal(got, "abcd");
}

static void test_a_spent_budget_refuses_and_is_counted(void **state)
{
    (void)state;
    pool.budget.max = 30; /* less than the segment and its header */
    stream_start(&stream, 0);
    assert_false(push(10, "0123456789"));
    assert_int_equal(pool.budget.refused, 1);
}

static void test_restart_takes_the_later_copy_of_refused_bytes(void **state)
{
    (void)state;
    struct stream_run run;
    stream_start(&stream, 100);
    assert_true(push(100, "\0\0"));
    assert_true(push(100, "zz"));
    stream_next(&stream, &pool, false, &run);
    stream_refuse(&stream, &pool);
    assert_true(stream_settle(&stream, &pool));
    assert_true(stream_may_restart(&stream, 100));
    stream_restart(&stream, &pool, 100);
    feed(100, "hello");
    assert_string_equal(got, "hello");
}

static void test_accepted_bytes_are_never_restarted(void **state)
{
    (void)state;
    stream_start(&stream, 100);
    assert_false(stream_may_restart(&stream, 99));
    feed(100, "abc");
    assert_false(stream_may_restart(&stream, 100));
    assert_false(stream_may_restart(&stream, 103));
}

static void test_bytes_cut_by_the_capture_are_passed_over_at_once(void **state)
{
    (void)state;
    stream_start(&stream, 0);
    feed(0, "abc");
    assert_false(stream_cut(&stream, &pool, 5, 10));
    assert_true(stream_cut(&stream, &pool, 3, 10));
    feed(13, "def");
    assert_string_equal(got, "abcdef");
}

static void test_left_over_and_what_follows_are_bounded(void **state)
{
    (void)state;
    static uint8_t block[40000];
    struct stream_run run;
    stream_start(&stream, 0);
    assert_true(stream_push(&stream, &pool, 0, (struct slice){block, sizeof block}));
    stream_next(&stream, &pool, false, &run);
    stream_consume(&stream, &pool, 0, 0);
    assert_true(stream_settle(&stream, &pool));
    assert_false(stream_push(&stream, &pool, sizeof block, (struct slice){block, sizeof block}));
}

/* ------------------------------------------------------------------ properties */

static uint8_t message[4000];

/* Segments of random place and size, all of the message's own bytes, until everything was sent at least once in pieces. */
static void send_shuffled(uint64_t *seed, uint32_t base)
{
    size_t cuts[64], count = 0;
    for (size_t at = 0; at < sizeof message; count++) {
        cuts[count] = at;
        at += 40 + watch_random(seed) % 200;
    }
    cuts[count] = sizeof message;
    size_t order[64];
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count; i > 1; i--) { /* neighbours change places, as on a network */
        size_t j = i - 1 - watch_random(seed) % (i < 12 ? i : 12), t = order[i - 1];
        order[i - 1] = order[j];
        order[j] = t;
    }
    for (size_t i = 0; i < count; i++) {
        size_t from = cuts[order[i]], to = cuts[order[i] + 1];
        if (watch_random(seed) % 4 == 0 && from > 30)
            from -= watch_random(seed) % 30;
        if (watch_random(seed) % 4 == 0 && to + 30 < sizeof message)
            to += watch_random(seed) % 30;
        uint8_t *copy = watch_exact(message + from, to - from);
        assert_true(stream_push(&stream, &pool, base + (uint32_t)from, (struct slice){copy, to - from}));
        read_all(false);
        if (watch_random(seed) % 5 == 0) {
            assert_true(stream_push(&stream, &pool, base + (uint32_t)from, (struct slice){copy, to - from}));
            read_all(false);
        }
        free(copy);
    }
}

static void test_any_cut_order_and_overlap_gives_the_same_stream(void **state)
{
    uint64_t seed = 42;
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(1 + i * 7 % 251);
    for (int round = 0; round < 2000; round++) {
        uint32_t base = (uint32_t)watch_random(&seed);
        set_up(state);
        stream_start(&stream, base);
        send_shuffled(&seed, base);
        assert_int_equal(got_size, sizeof message);
        assert_memory_equal(got, message, sizeof message);
        assert_int_equal(pool.overlaps, 0);
        stream_clear(&stream, &pool);
    }
}

/* A reader that consumes and skips what it likes sees each byte at its place. */
static void test_partial_consumption_never_loses_the_place(void **state)
{
    uint64_t seed = 7;
    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct stream_run run;
        size_t sent = 0, place = 0; /* place: what the reader has used up */
        set_up(state);
        stream_start(&stream, 0);
        while (sent < sizeof message) {
            size_t size = 1 + watch_random(&seed) % 300;
            if (size > sizeof message - sent)
                size = sizeof message - sent;
            uint8_t *copy = watch_exact(message + sent, size);
            assert_true(stream_push(&stream, &pool, (uint32_t)sent, (struct slice){copy, size}));
            sent += size;
            while (stream_next(&stream, &pool, false, &run) == STREAM_BYTES) {
                assert_int_equal(run.bytes.size, sent - place);
                assert_memory_equal(run.bytes.at, message + place, run.bytes.size);
                size_t use = watch_random(&seed) % (run.bytes.size + 1),
                       skip = watch_random(&seed) % 3 ? 0 : watch_random(&seed) % 200;
                stream_consume(&stream, &pool, use, skip);
                place += use + skip;
                if (place > sent) /* the rest of the skip is never shown */
                    sent = place < sizeof message ? place : sizeof message;
            }
            assert_true(stream_settle(&stream, &pool));
            free(copy);
        }
        stream_clear(&stream, &pool);
        assert_int_equal(pool.budget.used, 0);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_in_order_bytes_are_shown_in_place),
        TEST(test_left_over_is_shown_again_with_what_follows),
        TEST(test_out_of_order_is_put_in_order),
        TEST(test_sequence_numbers_wrap),
        TEST(test_a_stream_longer_than_4_gib_keeps_its_place),
        TEST(test_retransmission_is_nothing_new),
        TEST(test_keep_alive_probe_changes_nothing),
        TEST(test_first_copy_of_a_held_byte_wins_and_the_difference_is_counted),
        TEST(test_difference_from_unconsumed_bytes_is_counted),
        TEST(test_hole_is_given_up_after_its_acknowledgement_and_patience),
        TEST(test_flush_gives_holes_up_at_once),
        TEST(test_unplaced_stream_begins_at_the_lowest_of_the_first_segments),
        TEST(test_unplaced_stream_does_not_wait_for_ever),
        TEST(test_syn_after_data_places_the_stream),
        TEST(test_of_several_syns_the_latest_counts_until_a_byte_comes),
        TEST(test_an_acknowledged_syn_stands),
        TEST(test_repeated_syn_changes_nothing),
        TEST(test_skip_needs_no_memory),
        TEST(test_skip_ends_inside_the_bytes_at_hand),
        TEST(test_held_segments_are_bounded_by_number),
        TEST(test_held_segments_are_bounded_by_bytes),
        TEST(test_what_lies_farthest_ahead_makes_way_for_what_is_near),
        TEST(test_a_spent_budget_refuses_and_is_counted),
        TEST(test_restart_takes_the_later_copy_of_refused_bytes),
        TEST(test_accepted_bytes_are_never_restarted),
        TEST(test_bytes_cut_by_the_capture_are_passed_over_at_once),
        TEST(test_left_over_and_what_follows_are_bounded),
        TEST(test_any_cut_order_and_overlap_gives_the_same_stream),
        TEST(test_partial_consumption_never_loses_the_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
