/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_json.c - whatever goes in, strict JSON comes out, and the bytes that went in can be had back.
 */
#include "base/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json_check.h"

#define MOST 100000

static struct json line;

static int make_line(void **state)
{
    (void)state;
    json_init(&line, MOST);
    return 0;
}

static int free_line(void **state)
{
    (void)state;
    json_free(&line);
    return 0;
}

/* Ends the line and compares it, LF cut off. */
static void expect_line(const char *text)
{
    json_end_line(&line);
    assert_false(line.failed);
    assert_int_equal(line.size, strlen(text) + 1);
    assert_int_equal(line.at[line.size - 1], '\n');
    assert_memory_equal(line.at, text, line.size - 1);
    assert_true(json_check_object(line.at, line.size - 1));
}

/* {"t":"..."} of some bytes. */
static void write_text(const void *bytes, size_t size)
{
    json_reset(&line);
    json_open(&line, NULL);
    json_slice(&line, "t", (struct slice){bytes, size});
    json_close(&line);
}

static void expect_text(const char *bytes, size_t size, const char *inner)
{
    char text[512];
    write_text(bytes, size);
    snprintf(text, sizeof text, "{\"t\":\"%s\"}", inner);
    expect_line(text);
}
#define EXPECT_TEXT(bytes, inner) expect_text(bytes, sizeof(bytes) - 1, inner)

static void test_validator_refuses_what_is_not_json(void **state)
{
    (void)state;
    static const char *const good[] = {"{}", "{\"a\":[]}", "{\"a\":[{},1,-0.5e+3,null,true,\"\\u00e9\"],\"b\":{\"c\":0}}"};
    static const char *const bad[] = {"",
                                      "[]",
                                      "{",
                                      "{}}",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":01}",
                                      "{\"a\":1,}",
                                      "{,}",
                                      "{\"a\":[1,]}",
                                      "{\"a\":\"\\x41\"}",
                                      "{\"a\":\"\\u12g4\"}",
                                      "{\"a\":\"\n\"}",
                                      "{\"a\":\"\x7f\"}",
                                      "{\"a\":\"\xff\"}",
                                      "{\"a\":\"\xed\xa0\x80\"}",
                                      "{\"a\":\"\xe2\x80\xae\"}",
                                      "{\"a\":1.}",
                                      "{\"a\":+1}",
                                      "{\"a\":nul}",
                                      "{\"a\":1]",
                                      "{\"a\":\"x}",
                                      "{a:1}",
                                      "{\"a\":1} ",
                                      "{\"a\":\"\xc0\x80\"}",
                                      "{\"a\":\"\xc2\x85\"}"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(json_check_object(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(json_check_object(bad[i], strlen(bad[i])));
}

static void test_nesting_and_commas(void **state)
{
    (void)state;
    json_reset(&line);
    json_open(&line, NULL);
    json_open(&line, "a");
    json_close(&line);
    json_open_array(&line, "b");
    json_uint(&line, NULL, 1);
    json_open(&line, NULL);
    json_bool(&line, "x", true);
    json_bool(&line, "y", false);
    json_close(&line);
    json_open_array(&line, NULL);
    json_close_array(&line);
    json_text(&line, NULL, "t");
    json_close_array(&line);
    json_raw(&line, "c", "{\"k\":null}", 10);
    json_text(&line, "a_key_longer_than_sixteen", "");
    json_close(&line);
    expect_line("{\"a\":{},\"b\":[1,{\"x\":true,\"y\":false},[],\"t\"],\"c\":{\"k\":null},\"a_key_longer_than_sixteen\":\"\"}");
}

static void test_members_join_those_of_the_object(void **state)
{
    (void)state;
    json_reset(&line);
    json_open(&line, NULL);
    json_open(&line, "a");
    json_members(&line, "\"k\":1,\"l\":2", 11);
    json_close(&line);
    json_members(&line, "\"m\":3", 5);
    json_text(&line, "n", "");
    json_close(&line);
    expect_line("{\"a\":{\"k\":1,\"l\":2},\"m\":3,\"n\":\"\"}");
}

static void test_integers(void **state)
{
    (void)state;
    json_reset(&line);
    json_open(&line, NULL);
    json_open_array(&line, "u");
    const uint64_t unsigned_ones[] = {0, 9, 10, 99, 100, 101, 999, 1000, 4294967296, UINT64_MAX};
    for (size_t i = 0; i < sizeof unsigned_ones / sizeof unsigned_ones[0]; i++)
        json_uint(&line, NULL, unsigned_ones[i]);
    json_close_array(&line);
    json_open_array(&line, "i");
    const int64_t signed_ones[] = {0, -1, -10, -100, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof signed_ones / sizeof signed_ones[0]; i++)
        json_int(&line, NULL, signed_ones[i]);
    json_close_array(&line);
    json_close(&line);
    expect_line("{\"u\":[0,9,10,99,100,101,999,1000,4294967296,18446744073709551615],"
                "\"i\":[0,-1,-10,-100,9223372036854775807,-9223372036854775808]}");
}

static void test_integers_agree_with_printf(void **state)
{
    (void)state;
    srandom(10);
    for (int i = 0; i < 20000; i++) {
        uint64_t n = ((uint64_t)random() << 33 ^ (uint64_t)random()) >> random() % 64;
        char text[64];
        json_reset(&line);
        json_open(&line, NULL);
        json_uint(&line, "n", n);
        json_close(&line);
        snprintf(text, sizeof text, "{\"n\":%llu}", (unsigned long long)n);
        expect_line(text);
    }
}

static void expect_decimal(double n, int places, const char *digits)
{
    char text[512];
    json_reset(&line);
    json_open(&line, NULL);
    json_decimal(&line, "n", n, places);
    json_close(&line);
    snprintf(text, sizeof text, "{\"n\":%s}", digits);
    expect_line(text);
}

static void test_decimals_have_fixed_places(void **state)
{
    (void)state;
    expect_decimal(0, 0, "0");
    expect_decimal(0, 3, "0.000");
    expect_decimal(1.5, 1, "1.5");
    expect_decimal(-1.25, 2, "-1.25");
    expect_decimal(0.999999, 3, "1.000");
    expect_decimal(-0.0001, 2, "0.00");
    expect_decimal(12.000001, 6, "12.000001");
    expect_decimal(0.05, 1, "0.1");
    expect_decimal(1e15, 6, "1000000000000000.000000");
    char huge[400];
    snprintf(huge, sizeof huge, "%.2f", -1e300);
    expect_decimal(-1e300, 2, huge);
}

static void test_infinite_numbers_are_null(void **state)
{
    (void)state;
    expect_decimal(INFINITY, 2, "null");
    expect_decimal(NAN, 2, "null");
}

static void test_hex(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x00, 0xab, 0x7f};
    struct slice s = {bytes, sizeof bytes};
    json_reset(&line);
    json_open(&line, NULL);
    json_hex(&line, "a", s, ':', false);
    json_hex(&line, "b", s, '\0', true);
    json_hex(&line, "c", (struct slice){NULL, 0}, ':', false);
    json_close(&line);
    expect_line("{\"a\":\"00:ab:7f\",\"b\":\"00AB7F\",\"c\":\"\"}");
}

static void test_clean_text_of_every_length(void **state)
{
    (void)state;
    char text[100], wanted[128];
    for (size_t size = 0; size < sizeof text; size++) {
        for (size_t i = 0; i < size; i++)
            text[i] = (char)('a' + i % 26);
        write_text(text, size);
        snprintf(wanted, sizeof wanted, "{\"t\":\"%.*s\"}", (int)size, text);
        expect_line(wanted);
    }
}

static void test_json_escapes(void **state)
{
    (void)state;
    EXPECT_TEXT("a\"b\\c/d", "a\\\"b\\\\c/d");
    EXPECT_TEXT("\b\f\n\r\t", "\\b\\f\\n\\r\\t");
    EXPECT_TEXT("\0\x01\x1f\x7f", "\\u0000\\u0001\\u001f\\u007f");
}

static void test_viewers_cannot_be_driven(void **state)
{
    (void)state;
    EXPECT_TEXT("a\x1b[2J", "a\\u001b[2J");
    EXPECT_TEXT("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "\\u0080\\u009b\\u009f\xc2\xa0");
    EXPECT_TEXT("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\xe2\x80\xae\xe2\x80\xaf",
                "\xe2\x80\xa7\\u2028\\u2029\\u202a\\u202e\xe2\x80\xaf");
    EXPECT_TEXT("\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa", "\xe2\x81\xa5\\u2066\\u2069\xe2\x81\xaa");
}

static void test_good_utf8_stays(void **state)
{
    (void)state;
    EXPECT_TEXT("한국 é \xf0\x9f\xa6\x84 \xf4\x8f\xbf\xbf \xef\xbf\xbd", "한국 é \xf0\x9f\xa6\x84 \xf4\x8f\xbf\xbf \xef\xbf\xbd");
}

static void test_bad_utf8_is_named_byte_by_byte(void **state)
{
    (void)state;
    EXPECT_TEXT("\xff", "\\\\xff");
    EXPECT_TEXT("\xc0\x80", "\\\\xc0\\\\x80");            /* overlong NUL */
    EXPECT_TEXT("\xe0\x80\xaf", "\\\\xe0\\\\x80\\\\xaf"); /* overlong '/' */
    EXPECT_TEXT("\xf0\x80\x80\xaf", "\\\\xf0\\\\x80\\\\x80\\\\xaf");
    EXPECT_TEXT("\xed\xa0\x80", "\\\\xed\\\\xa0\\\\x80"); /* lone surrogate U+D800 */
    EXPECT_TEXT("\xed\xbf\xbfz", "\\\\xed\\\\xbf\\\\xbfz");
    EXPECT_TEXT("\xf4\x90\x80\x80", "\\\\xf4\\\\x90\\\\x80\\\\x80"); /* past U+10FFFF */
    EXPECT_TEXT("\xe2\x80", "\\\\xe2\\\\x80");                       /* cut */
    EXPECT_TEXT("\xe2\x80"
                "a",
                "\\\\xe2\\\\x80a");
    EXPECT_TEXT("\xc3\xa9\xa9", "\xc3\xa9\\\\xa9");
}

static void test_a_real_backslash_cannot_pass_for_a_named_byte(void **state)
{
    (void)state;
    EXPECT_TEXT("\\xff", "\\\\x5cxff");
    EXPECT_TEXT("C:\\xyz\\x4", "C:\\\\xyz\\\\x4");
    EXPECT_TEXT("\\x4\xff", "\\\\x4\\\\xff");
}

/* ---------------------------------------------------------------- properties */

static unsigned hex_value(char digit)
{
    return (unsigned)(strchr("0123456789abcdef", digit | (digit >= 'A' ? 0x20 : 0)) - "0123456789abcdef");
}

static size_t write_utf8(uint8_t *out, unsigned code)
{
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (uint8_t)(0xc0 | code >> 6);
        out[1] = (uint8_t)(0x80 | (code & 0x3f));
        return 2;
    }
    out[0] = (uint8_t)(0xe0 | code >> 12);
    out[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    out[2] = (uint8_t)(0x80 | (code & 0x3f));
    return 3;
}

/* What a JSON parser makes of a string's inside. */
static size_t decode_json(const char *at, size_t size, uint8_t *out)
{
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        if (at[i] != '\\') {
            out[used++] = (uint8_t)at[i];
            continue;
        }
        char letter = at[++i];
        static const char from[] = "\"\\bfnrt", to[] = "\"\\\b\f\n\r\t";
        if (letter == 'u') {
            unsigned code = 0;
            for (int k = 1; k <= 4; k++)
                code = code << 4 | hex_value(at[i + (size_t)k]);
            used += write_utf8(out + used, code);
            i += 4;
        } else {
            out[used++] = (uint8_t)to[strchr(from, letter) - from];
        }
    }
    return used;
}

/* Replaces every \xNN by its byte: the rule of json.h. */
static size_t undo_names(const uint8_t *at, size_t size, uint8_t *out)
{
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        bool named = size - i >= 4 && at[i] == '\\' && at[i + 1] == 'x' && strchr("0123456789abcdefABCDEF", at[i + 2]) != NULL &&
                     strchr("0123456789abcdefABCDEF", at[i + 3]) != NULL && at[i + 2] != 0 && at[i + 3] != 0;
        out[used++] = named ? (uint8_t)(hex_value((char)at[i + 2]) << 4 | hex_value((char)at[i + 3])) : at[i];
        i += named ? 3 : 0;
    }
    return used;
}

/* The line is strict JSON and gives these bytes back. */
static void expect_reversible(const uint8_t *bytes, size_t size)
{
    static uint8_t decoded[MOST], original[MOST];
    write_text(bytes, size);
    assert_false(line.failed);
    assert_true(json_check_object(line.at, line.size));
    size_t inner = line.size - strlen("{\"t\":\"\"}");
    size_t got = undo_names(decoded, decode_json(line.at + strlen("{\"t\":\""), inner, decoded), original);
    assert_int_equal(got, size);
    if (size > 0)
        assert_memory_equal(original, bytes, size);
}

static void test_random_bytes_give_strict_json_and_come_back(void **state)
{
    (void)state;
    srandom(8259);
    uint8_t bytes[300];
    for (int round = 0; round < 40000; round++) {
        size_t size = (size_t)random() % (round % 8 == 0 ? sizeof bytes : 24);
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)random();
        expect_reversible(bytes, size);
    }
}

/* Pieces that meet at their edges: escapes, parts of sequences, what looks like an escape. */
static void test_tricky_pieces_in_any_order(void **state)
{
    (void)state;
    static const struct {
        const char *at;
        size_t size;
    } pieces[] = {{"\\", 1},           {"x", 1},        {"4", 1},        {"\\x41", 4}, {"\"", 1},     {"\xe2\x80\xa8", 3},
                  {"\xe2\x80\xae", 3}, {"\xe2\x80", 2}, {"\xed\xa0", 2}, {"\x80", 1},  {"\xf0", 1},   {"\xed\xb0\x80", 3},
                  {"\0", 1},           {"abcdefgh", 8}, {"\xc2\x9b", 2}, {"\x7f", 1},  {"\n", 1},     {"\xf4\x8f\xbf\xbf", 4},
                  {"한", 3},           {"\\\\", 2},     {"u0041", 5},    {"\xff", 1},  {"0123456", 7}};
    srandom(3629);
    for (int round = 0; round < 40000; round++) {
        uint8_t bytes[128];
        size_t size = 0;
        for (long count = random() % 12; count > 0; count--) {
            size_t i = (size_t)random() % (sizeof pieces / sizeof pieces[0]);
            memcpy(bytes + size, pieces[i].at, pieces[i].size);
            size += pieces[i].size;
        }
        expect_reversible(bytes, size);
    }
}

/* Texts of 1..50 bytes: every way in which they are cut into blocks and words. */
static void test_every_byte_at_every_place_of_a_text(void **state)
{
    (void)state;
    uint8_t bytes[50];
    for (size_t place = 0; place < 256 * sizeof bytes; place++) {
        for (size_t size = place / 256 + 1; size <= sizeof bytes; size++) {
            memset(bytes, 'a', sizeof bytes);
            bytes[place / 256] = (uint8_t)place;
            expect_reversible(bytes, size);
        }
    }
}

static void test_text_is_not_read_past_its_end(void **state)
{
    (void)state;
    for (size_t size = 1; size < 40; size++) {
        uint8_t *exact = malloc(size);
        assert_non_null(exact);
        memset(exact, 'z', size);
        expect_reversible(exact, size);
        exact[size - 1] = 0xe2;
        expect_reversible(exact, size);
        free(exact);
    }
}

/* -------------------------------------------------------------------- bounds */

static void test_a_line_past_its_bound_fails_and_the_next_is_fine(void **state)
{
    (void)state;
    static uint8_t bytes[MOST];
    memset(bytes, 'x', sizeof bytes);
    write_text(bytes, sizeof bytes);
    json_end_line(&line);
    assert_true(line.failed);
    memset(bytes, 1, sizeof bytes);
    write_text(bytes, MOST / 6); /* fits only before escaping */
    json_end_line(&line);
    assert_true(line.failed);
    EXPECT_TEXT("fine", "fine");
}

static void test_the_bound_is_exact(void **state)
{
    (void)state;
    static uint8_t bytes[MOST];
    memset(bytes, 'x', sizeof bytes);
    size_t frame = strlen("{\"t\":\"\"}\n");
    write_text(bytes, MOST - frame);
    json_end_line(&line);
    assert_false(line.failed);
    assert_int_equal(line.size, MOST);
    write_text(bytes, MOST - frame + 1);
    json_end_line(&line);
    assert_true(line.failed);
}

static void test_a_failed_line_takes_no_more_and_stays_nested(void **state)
{
    (void)state;
    struct json j;
    json_init(&j, 20);
    json_open(&j, NULL);
    json_text(&j, "t", "text that is far longer than the bound allows");
    assert_true(j.failed);
    size_t size = j.size;
    json_open_array(&j, "a");
    json_uint(&j, NULL, 1);
    json_hex(&j, NULL, (struct slice){(const uint8_t *)"ab", 2}, ':', false);
    json_decimal(&j, NULL, 1.5, 1);
    json_close_array(&j);
    json_close(&j);
    json_end_line(&j);
    assert_int_equal(j.size, size);
    json_free(&j);
    json_free(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_validator_refuses_what_is_not_json),
        cmocka_unit_test(test_nesting_and_commas),
        cmocka_unit_test(test_members_join_those_of_the_object),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_integers_agree_with_printf),
        cmocka_unit_test(test_decimals_have_fixed_places),
        cmocka_unit_test(test_infinite_numbers_are_null),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_clean_text_of_every_length),
        cmocka_unit_test(test_json_escapes),
        cmocka_unit_test(test_viewers_cannot_be_driven),
        cmocka_unit_test(test_good_utf8_stays),
        cmocka_unit_test(test_bad_utf8_is_named_byte_by_byte),
        cmocka_unit_test(test_a_real_backslash_cannot_pass_for_a_named_byte),
        cmocka_unit_test(test_random_bytes_give_strict_json_and_come_back),
        cmocka_unit_test(test_tricky_pieces_in_any_order),
        cmocka_unit_test(test_every_byte_at_every_place_of_a_text),
        cmocka_unit_test(test_text_is_not_read_past_its_end),
        cmocka_unit_test(test_a_line_past_its_bound_fails_and_the_next_is_fine),
        cmocka_unit_test(test_the_bound_is_exact),
        cmocka_unit_test(test_a_failed_line_takes_no_more_and_stays_nested),
    };
    return cmocka_run_group_tests(tests, make_line, free_line);
}
