/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_fragment_table.c - pieces given to fragments_add: bounds in datagrams and bytes, and random cuts and orders.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "decode/fragment.h"

#define NOON (UINT64_C(1700000000) * NS_PER_S)

static struct fragments *table;
static uint8_t out[FRAGMENT_HEADER_MAX + FRAGMENT_DATAGRAM_MAX];
static struct datagram whole;
static struct packet about; /* what stands for the packet of a piece */

static void open_table(uint32_t datagram_max, uint32_t memory_max)
{
    struct error error;
    fragments_free(table);
    table = fragments_new(&(struct fragment_options){datagram_max, memory_max, 30}, &error);
    assert_non_null(table);
}

static enum fragment_result add(uint32_t id, uint32_t at, uint32_t size, bool more)
{
    static uint8_t bytes[FRAGMENT_DATAGRAM_MAX];
    memset(bytes, (int)(at / 8 & 0xff), size);
    struct fragment piece = {.key = {.id = id, .kind = 4},
                             .at = at,
                             .size = size,
                             .bytes = {bytes, size},
                             .more = more,
                             .packet = &about,
                             .time_ns = NOON,
                             .frames = 1};
    return fragments_add(table, &piece, out, &whole);
}

static struct fragment_counters table_counters(void)
{
    struct fragment_counters c;
    fragments_count(table, &c);
    return c;
}

/* The largest datagram in the smallest pieces, backwards. */
static void test_tiny_pieces_make_a_large_datagram(void **state)
{
    (void)state;
    open_table(16, 128 * 1024);
    assert_int_equal(add(1, 65528, 7, false), FRAGMENT_WAITS);
    for (uint32_t at = 65520; at > 0; at -= 8)
        assert_int_equal(add(1, at, 8, true), FRAGMENT_WAITS);
    assert_int_equal(add(1, 0, 8, true), FRAGMENT_COMPLETES);
    assert_int_equal(whole.size, 65535);
    assert_int_equal(whole.frames, 8192);
    for (uint32_t i = 0; i < 65535; i++)
        assert_int_equal(out[i], i / 8 & 0xff);
}

static void test_a_flood_stays_within_its_bounds(void **state)
{
    (void)state;
    open_table(100, 1024 * 1024);
    for (uint32_t id = 1; id <= 100000; id++)
        assert_int_equal(add(id, 8 * (id % 1000), 8, true), FRAGMENT_WAITS);
    struct fragment_counters c = table_counters();
    assert_int_equal(c.evicted, 100000 - 100);
    assert_int_equal(c.waiting, 100);
    assert_true(c.memory_bytes <= 1024 * 1024);
    assert_int_equal(add(100001, 0, 8, true), FRAGMENT_WAITS); /* honest traffic in the midst of it */
    assert_int_equal(add(100002, 0, 8, true), FRAGMENT_WAITS);
    assert_int_equal(add(100001, 8, 8, false), FRAGMENT_COMPLETES);
}

/* Each piece takes a chunk of 2 KiB: contents run out before records do. */
static void test_memory_is_bounded_by_bytes_too(void **state)
{
    (void)state;
    open_table(1000, 128 * 1024);
    for (uint32_t i = 0; i < 50000; i++) {
        assert_int_equal(add(i / 32, i % 32 * 2048, 8, true), FRAGMENT_WAITS);
        assert_true(table_counters().memory_bytes <= 128 * 1024);
    }
    assert_true(table_counters().evicted > 1000);
    for (uint32_t at = 0; at < 65528; at += 2048) /* a whole one of the largest still fits */
        assert_int_equal(add(99999, at, at + 2048 < 65528 ? 2048 : 65528 - at, at + 2048 < 65528),
                         at + 2048 < 65528 ? FRAGMENT_WAITS : FRAGMENT_COMPLETES);
}

/* One handed out for each new one is enough to lose nothing. */
static void test_under_pressure_the_oldest_is_salvaged(void **state)
{
    (void)state;
    struct datagram rest;
    open_table(100, 1024 * 1024);
    for (uint32_t id = 1; id <= 10000; id++) {
        about.number = id;
        if (fragments_give_up(table, NOON, out, &rest))
            assert_int_equal(rest.first->number, table_counters().salvaged); /* the oldest first */
        assert_int_equal(add(id, 0, 8, true), FRAGMENT_WAITS);
    }
    struct fragment_counters c = table_counters();
    assert_int_equal(c.lost_frames, 0);
    assert_int_equal(c.salvaged + c.waiting, 10000);
    assert_int_equal(c.evicted, c.salvaged);
}

/* ------------------------------------------------------------------- at random */

static uint64_t random_state = 88172645463325252u;

static uint32_t random_below(uint32_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % n;
}

/* A datagram cut anywhere, shuffled, with repeats: comes out as it was, with the frame that completes it. */
static void one_random_datagram(uint32_t id)
{
    static uint8_t data[4096];
    struct {
        uint32_t at, size;
    } piece[600];
    uint32_t size = 1 + random_below(sizeof data), count = 0, covered = 0;
    for (uint32_t i = 0; i < size; i++)
        data[i] = (uint8_t)random_below(256);
    for (uint32_t at = 0; at < size; at += piece[count++].size) {
        uint32_t part = 8 * (1 + random_below(40));
        piece[count].at = at;
        piece[count].size = part < size - at ? part : size - at;
    }
    bool seen[600] = {false};
    enum fragment_result result = FRAGMENT_WAITS;
    while (result == FRAGMENT_WAITS) {
        uint32_t i = random_below(count);
        struct fragment f = {.key = {.id = id, .kind = 6},
                             .at = piece[i].at,
                             .size = piece[i].size,
                             .bytes = {data + piece[i].at, piece[i].size},
                             .more = i + 1 < count,
                             .time_ns = NOON,
                             .frames = 1};
        covered += !seen[i];
        seen[i] = true;
        result = fragments_add(table, &f, out, &whole);
        assert_int_equal(result, covered == count ? FRAGMENT_COMPLETES : FRAGMENT_WAITS);
    }
    assert_int_equal(whole.size, size);
    assert_memory_equal(out, data, size);
}

static void test_random_cuts_and_orders(void **state)
{
    (void)state;
    open_table(64, 256 * 1024);
    for (uint32_t i = 0; i < 3000; i++)
        one_random_datagram(i);
    assert_int_equal(table_counters().reassembled_v6, 3000);
    assert_int_equal(table_counters().memory_bytes, 0);
}

static int close_table(void **state)
{
    (void)state;
    fragments_free(table);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tiny_pieces_make_a_large_datagram),
        cmocka_unit_test(test_a_flood_stays_within_its_bounds),
        cmocka_unit_test(test_memory_is_bounded_by_bytes_too),
        cmocka_unit_test(test_under_pressure_the_oldest_is_salvaged),
        cmocka_unit_test(test_random_cuts_and_orders),
    };
    return cmocka_run_group_tests(tests, NULL, close_table);
}
