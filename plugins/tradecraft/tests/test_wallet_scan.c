/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_wallet_scan.c - addresses are found wherever they stand, only whole, and never by reading past the text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wallet_scan.h"

#define EVM  "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed" /* EIP-55's example */
#define BTC  "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"         /* the first block's */
#define TRON "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
#define BECH "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4" /* BIP-173's */

/* The addresses of a text, in order, each followed by a blank; the text lies in a block of its own size. */
static const char *found_in(const char *text, size_t size)
{
    static char out[1024];
    uint8_t *copy = malloc(size + (size == 0));
    struct wallet_scan s = {.text = {copy, size}};
    struct wallet_word w;
    memcpy(copy, text, size);
    out[0] = '\0';
    while (tradecraft_wallet_next(&s, &w)) {
        assert_int_equal(strlen(w.address), w.size);
        strncat(out, w.address, sizeof out - strlen(out) - 2);
        strncat(out, w.in_call ? "! " : " ", sizeof out - strlen(out) - 1);
    }
    free(copy);
    return out;
}

static const char *found(const char *text)
{
    return found_in(text, strlen(text));
}

static void test_found_whatever_stands_around(void **state)
{
    (void)state;
    static const char *const around[][2] = {{"", ""}, {"\"", "\""}, {"to=", "&x"}, {"ethereum:", "?value=1"}, {"<a>", "</a>"},
                                            {"x ", " y"}, {"\n", "\r\n"}, {"\xff", "\x00"}, {"abc-", ".worker1"}};
    for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
        char text[200];
        snprintf(text, sizeof text, "%s" BTC "%s", around[i][0], around[i][1]);
        assert_string_equal(found(text), BTC " ");
    }
    assert_string_equal(found("{\"a\":\"" EVM "\",\"b\":[\"" TRON "\",\"" BECH "\"]}"),
                        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed " TRON " " BECH " ");
}

static void test_part_of_a_longer_word_is_none(void **state)
{
    (void)state;
    assert_string_equal(found("a" BTC), "");
    assert_string_equal(found(BTC "a"), "");
    assert_string_equal(found(EVM "00"), "");
    assert_string_equal(found("0" EVM), "");
    assert_string_equal(found("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa " BTC), BTC " ");
}

static void test_upper_case_bech32_is_the_same(void **state)
{
    (void)state;
    assert_string_equal(found("bitcoin:BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4?"), BECH " ");
    assert_string_equal(found("BC1QW508d6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"), "");
    assert_string_equal(found("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T5"), "");
}

static void test_arguments_of_a_call(void **state)
{
    (void)state;
    assert_string_equal(found("\"data\":\"0x70a082310000000000000000000000005aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\""),
                        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed! ");
    /* a transfer: to whom, and how much, which is no address */
    assert_string_equal(found("0xa9059cbb000000000000000000000000098b716b8aaf21512996dc57eb0615e2383e2f96"
                              "0000000000000000000000000000000000000000000000000de0b6b3a7640000"),
                        "0x098b716b8aaf21512996dc57eb0615e2383e2f96! ");
    assert_string_equal(found("0xa9059cbb000000000000000000000000098b716b8aaf21512996dc57eb0615e2383e2f9"), "");
    assert_string_equal(found("0xa9059cbb000000000000000000000001098b716b8aaf21512996dc57eb0615e2383e2f96"), "");
}

/* At every length: what is found in the beginning of a text is no more than what is found in all of it, but for a word in one
 * letter case that the cut made. */
static void test_cut_at_every_length(void **state)
{
    (void)state;
    static const char text[] = "{\"x\":\"" BTC "\",\"y\":\"" BECH "\",\"z\":\"0x70a082310000000000000000000000005aAeb6053F3E94C9b9A09f33"
                               "669435E7Ef1BeAed\"} " TRON;
    size_t counted = 0;
    for (size_t size = 0; size < sizeof text; size++) {
        size_t n = 0;
        for (const char *at = found_in(text, size); *at != '\0'; at++)
            n += *at == ' ';
        assert_true(n >= counted && n <= counted + 1);
        counted = n;
    }
    assert_int_equal(counted, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_whatever_stands_around), cmocka_unit_test(test_part_of_a_longer_word_is_none),
        cmocka_unit_test(test_upper_case_bech32_is_the_same), cmocka_unit_test(test_arguments_of_a_call),
        cmocka_unit_test(test_cut_at_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
