/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cursor.c - the cursor never hands out a byte that is not there, and never moves when it refuses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decode/cursor.h"

static const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static void test_take_moves_by_what_it_gives(void **state)
{
    (void)state;
    struct cursor c = cursor_of(bytes, 8);
    assert_ptr_equal(cursor_take(&c, 3), bytes);
    assert_int_equal(cursor_left(&c), 5);
    assert_ptr_equal(cursor_take(&c, 5), bytes + 3);
    assert_int_equal(cursor_left(&c), 0);
}

static void test_take_refuses_one_byte_too_many_and_stays(void **state)
{
    (void)state;
    struct cursor c = cursor_of(bytes, 8);
    assert_null(cursor_take(&c, 9));
    assert_null(cursor_take(&c, SIZE_MAX));
    assert_int_equal(cursor_left(&c), 8);
}

static void test_take_nothing_at_the_end_is_allowed(void **state)
{
    (void)state;
    struct cursor c = cursor_of(bytes, 0);
    assert_non_null(cursor_take(&c, 0));
    assert_false(cursor_skip(&c, 1));
}

static void test_sub_bounds_its_part(void **state)
{
    (void)state;
    struct cursor c = cursor_of(bytes, 8), part = {0};
    assert_true(cursor_sub(&c, 2, &part));
    assert_int_equal(cursor_left(&part), 2);
    assert_null(cursor_take(&part, 3));
    assert_false(cursor_sub(&c, 7, &part));
    assert_int_equal(cursor_left(&c), 6);
    assert_int_equal(cursor_left(&part), 2);
}

static void test_numbers_are_big_endian(void **state)
{
    (void)state;
    assert_int_equal(read_u16(bytes), 0x0102);
    assert_int_equal(read_u24(bytes), 0x010203);
    assert_int_equal(read_u32(bytes), 0x01020304);
    assert_true(read_u64(bytes) == UINT64_C(0x0102030405060708));
    static const uint8_t high[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    assert_true(read_u32(high) == UINT32_MAX);
    assert_true(read_u64(high) == UINT64_MAX);
}

static void test_short_numbers_leave_cursor_and_result_alone(void **state)
{
    (void)state;
    struct cursor c = cursor_of(bytes, 1);
    uint16_t two = 7;
    uint32_t more = 9;
    uint8_t one = 0;
    assert_false(cursor_u16(&c, &two));
    assert_false(cursor_u24(&c, &more));
    assert_false(cursor_u32(&c, &more));
    assert_int_equal(two, 7);
    assert_int_equal(more, 9);
    assert_true(cursor_u8(&c, &one));
    assert_int_equal(one, 1);
    assert_false(cursor_u8(&c, &one));
}

static void test_numbers_take_their_width(void **state)
{
    (void)state;
    struct cursor c = cursor_of(bytes, 8);
    uint8_t one = 0;
    uint16_t two = 0;
    uint32_t three = 0, four = 0;
    assert_true(cursor_u8(&c, &one) && cursor_u24(&c, &three) && cursor_u32(&c, &four));
    assert_int_equal(three, 0x020304);
    assert_int_equal(four, 0x05060708);
    c = cursor_of(bytes + 6, 2);
    assert_true(cursor_u16(&c, &two));
    assert_int_equal(two, 0x0708);
    assert_int_equal(cursor_left(&c), 0);
}

/* Shown by the undefined behaviour sanitizer: an optional field that was not there is an empty slice at NULL. */
static void test_empty_slice_at_null_is_an_empty_cursor(void **state)
{
    (void)state;
    struct cursor c = cursor_of(NULL, 0);
    assert_int_equal(cursor_left(&c), 0);
    assert_non_null(cursor_take(&c, 0));
    assert_null(cursor_take(&c, 1));
    assert_int_equal(cursor_slice(&c).size, 0);
}

static void test_slice_is_what_is_left(void **state)
{
    (void)state;
    struct cursor c = cursor_of(bytes, 8);
    assert_true(cursor_skip(&c, 6));
    struct slice rest = cursor_slice(&c);
    assert_ptr_equal(rest.at, bytes + 6);
    assert_int_equal(rest.size, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take_moves_by_what_it_gives),
        cmocka_unit_test(test_take_refuses_one_byte_too_many_and_stays),
        cmocka_unit_test(test_take_nothing_at_the_end_is_allowed),
        cmocka_unit_test(test_sub_bounds_its_part),
        cmocka_unit_test(test_numbers_are_big_endian),
        cmocka_unit_test(test_short_numbers_leave_cursor_and_result_alone),
        cmocka_unit_test(test_numbers_take_their_width),
        cmocka_unit_test(test_empty_slice_at_null_is_an_empty_cursor),
        cmocka_unit_test(test_slice_is_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
