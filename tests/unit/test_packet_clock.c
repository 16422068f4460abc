/* SPDX-License-Identifier: Apache-2.0 */
/* The packet clock: what moves it and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "capture/packet_clock.h"

#define T0 (UINT64_C(1700000000) * NS_PER_S)

/* A frame of `size` bytes that ends in `last`. */
static void see(struct packet_clock *c, uint64_t time_ns, uint8_t last, uint32_t size)
{
    uint8_t bytes[256] = {0};
    bytes[size ? size - 1 : 0] = last;
    packet_clock_see(c, &(struct frame){.bytes = bytes, .cap_len = size, .wire_len = size, .time_ns = time_ns});
}

static uint64_t after(const double *seconds, size_t count)
{
    struct packet_clock c = {0};
    for (size_t i = 0; i < count; i++)
        see(&c, (uint64_t)((int64_t)T0 + (int64_t)(seconds[i] * 1e9)), (uint8_t)i, 100);
    return (c.now_ns - T0 + NS_PER_S / 2) / NS_PER_S;
}
#define AFTER(...) after((const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

static void test_the_clock_is_the_latest_time(void **state)
{
    (void)state;
    assert_int_equal(AFTER(0, 1, 2, 1.5, 3, 2.9), 3);
    assert_int_equal(AFTER(0, 59, 118), 118);
}

static void test_wild_stamps_ahead_do_not_move_it(void **state)
{
    (void)state;
    assert_int_equal(AFTER(0, 1, 900000, 2, 3), 3);
    assert_int_equal(AFTER(0, 1, 900000, 800000, 2, 900000, 3), 3);
}

static void test_one_wild_stamp_behind_is_made_good(void **state)
{
    (void)state;
    assert_int_equal(AFTER(900000, 900001, 5), 5);
    assert_int_equal(AFTER(900000, 900001, 5, 900002, 900003), 900003);
}

static void test_a_long_silence_is_believed_when_the_next_frame_agrees(void **state)
{
    (void)state;
    assert_int_equal(AFTER(0, 3600), 0);
    assert_int_equal(AFTER(0, 3600, 3601), 3601);
    assert_int_equal(AFTER(0, 3600, 3599), 3599);
}

static void test_a_copy_of_a_wild_frame_is_no_second_witness(void **state)
{
    (void)state;
    struct packet_clock c = {0};
    see(&c, T0, 1, 100);
    see(&c, T0 + 3600 * NS_PER_S, 2, 200);
    see(&c, T0 + 3600 * NS_PER_S + 9000, 2, 204); /* through another VLAN */
    assert_int_equal(c.now_ns, T0);
    see(&c, T0 + 3600 * NS_PER_S + 10000, 3, 204);
    assert_int_equal(c.now_ns, T0 + 3600 * NS_PER_S + 10000);
    see(&c, T0 + 9000 * NS_PER_S, 1, 0);
    see(&c, T0 + 9000 * NS_PER_S, 1, 10);
    assert_int_equal(c.now_ns, T0 + 9000 * NS_PER_S);
}

static void test_sparse_traffic_is_believed_too(void **state)
{
    (void)state;
    assert_int_equal(AFTER(0, 100, 200, 300, 400, 500, 600, 700, 800), 800);
}

static void test_a_clock_set_back_is_followed(void **state)
{
    (void)state;
    assert_int_equal(AFTER(5000, 5001, 10), 10);
    assert_int_equal(AFTER(5000, 5001, 4997), 5001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_clock_is_the_latest_time),
        cmocka_unit_test(test_wild_stamps_ahead_do_not_move_it),
        cmocka_unit_test(test_one_wild_stamp_behind_is_made_good),
        cmocka_unit_test(test_a_long_silence_is_believed_when_the_next_frame_agrees),
        cmocka_unit_test(test_a_copy_of_a_wild_frame_is_no_second_witness),
        cmocka_unit_test(test_sparse_traffic_is_believed_too),
        cmocka_unit_test(test_a_clock_set_back_is_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
