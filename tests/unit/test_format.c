/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_format.c - format.h against the C library: vasprintf, which nobody replaces, says what is right.
 */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/format.h"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

enum { UNTOUCHED = 0x5a };

static uint64_t seed = 1;

static uint64_t random_bits(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return seed >> 33 ^ seed << 31;
}

/* All sizes of number, both ends of each. */
static uint64_t random_number(void)
{
    uint64_t n = random_bits() >> (random_bits() & 63);
    return random_bits() & 1 ? n : 0 - n;
}

/* True when format_plain understood; then it must have done what the C library does, with every size of buffer. */
static bool agrees(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *expected, got[512];
    va_list copy;
    va_copy(copy, arguments);
    int size = vasprintf(&expected, format, copy), length = -1;
    va_end(copy);
    bool plain = format_plain(NULL, 0, &length, format, arguments);
    for (size_t room = 1; plain && room <= (size_t)size + 2; room++) {
        memset(got, UNTOUCHED, sizeof got);
        assert_true(format_plain(got, room, &length, format, arguments));
        assert_int_equal(length, size);
        size_t fits = (size_t)size < room ? (size_t)size : room - 1;
        assert_memory_equal(got, expected, fits);
        assert_int_equal(got[fits], 0);
        assert_int_equal(got[room], UNTOUCHED);
    }
    free(expected);
    va_end(arguments);
    return plain;
}

/* Every format of nDPI that is used for traffic, and the other shapes that are understood. */
static const char *const of_numbers[] = {"%u",    "-%u",   "%d",   "%i",   "%x",    "%X",     "%02X",  "%02x",      "%04X",  "%u,", ",%u",
                                         "%3d",   "%5d",   "%03d", "%07d", "%08x",  "%8X",    "%99u",  "%099d",     "TLS (%04X)",
                                         "%u%%",  "%c",    "<%d>", "0X%04X", "%2x"};
static const char *const of_longs[] = {"%lu", "%ld", "%llu", "%lld", "%zu", "%lx", "%020lx", "%20ld", "%03lld", "%016lX"};

static void test_numbers_are_written_as_the_c_library_does(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        for (size_t i = 0; i < sizeof of_numbers / sizeof *of_numbers; i++)
            assert_true(agrees(of_numbers[i], (unsigned)random_number()));
        for (size_t i = 0; i < sizeof of_longs / sizeof *of_longs; i++)
            assert_true(agrees(of_longs[i], random_number()));
    }
    const long ends[] = {0, 9, 10, 99, 100, INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX, INT64_MIN, -1};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        assert_true(agrees("%ld %lx", ends[i], ends[i]));
        assert_true(agrees("%d %u", (int)ends[i], (unsigned)ends[i]));
    }
}

static void test_texts_are_written_as_the_c_library_does(void **state)
{
    (void)state;
    assert_true(agrees("plain"));
    assert_true(agrees(""));
    assert_true(agrees("%s%s", "", "a.example"));
    assert_true(agrees("%s,%s,%s", "771", "4865-4866", ""));
    assert_true(agrees("%u.%u.%u.%u:%s", 10, 0, 255, 1, "x"));
    assert_true(agrees("%.*s|%.3s|%.9s|%.0s|%.*s", 2, "abc", "abcdef", "abc", "abc", -1, "whole"));
    assert_true(agrees("%c%s%c%%", '"', "quoted", '"'));
}

/* They go to the C library, whole. */
static void test_what_is_not_understood_is_refused(void **state)
{
    (void)state;
    assert_false(agrees("%f", 1.5));
    assert_false(agrees("%.2f", 1.5));
    assert_false(agrees("%-5d", 7));
    assert_false(agrees("%+d", 7));
    assert_false(agrees("% d", 7));
    assert_false(agrees("%#x", 7));
    assert_false(agrees("%5s", "x"));
    assert_false(agrees("%-22s", "x"));
    assert_false(agrees("%.3d", 7));
    assert_false(agrees("%*d", 5, 7));
    assert_false(agrees("%hhu", 7));
    assert_false(agrees("%p", (void *)16));
    assert_false(agrees("%s", NULL));
    assert_false(agrees("%5c", 'x'));
    assert_false(agrees("%100d", 7));
    assert_false(agrees("%jd", (intmax_t)7));
    assert_false(agrees("%Lf", 1.0L));
}

/* snprintf is ours, and falls back. */
static void test_the_process_uses_it_and_gets_the_rest_from_the_c_library(void **state)
{
    (void)state;
    const char *volatile formats[] = {"%s-%.3f-%5s", "%u-%u"}; /* hidden from the compiler */
    char text[8];
    assert_int_equal(snprintf(text, sizeof text, formats[0], "ab", 1.5, "x"), 14);
    assert_string_equal(text, "ab-1.50");
    assert_int_equal(snprintf(text, sizeof text, formats[1], 123, 456), 7);
    assert_string_equal(text, "123-456");
    assert_int_equal(snprintf(NULL, 0, "%5.1f", 2.0), 5);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
    assert_ptr_not_equal(dlsym(RTLD_DEFAULT, "__snprintf_chk"), dlsym(RTLD_NEXT, "__snprintf_chk"));
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_written_as_the_c_library_does),
        cmocka_unit_test(test_texts_are_written_as_the_c_library_does),
        cmocka_unit_test(test_what_is_not_understood_is_refused),
        cmocka_unit_test(test_the_process_uses_it_and_gets_the_rest_from_the_c_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
