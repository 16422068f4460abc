/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_wallet_check.c - addresses that the standards themselves give as examples, each with one character changed, and cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keccak.h"
#include "wallet_check.h"

static const struct {
    const char *address;
    enum wallet_kind kind;
} good[] = {
    {"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", WALLET_EVM}, /* EIP-55 */
    {"0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", WALLET_EVM},
    {"0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", WALLET_EVM},
    {"0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb", WALLET_EVM},
    {"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", WALLET_BITCOIN},             /* the first block */
    {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", WALLET_BECH32},       /* BIP-173 */
    {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", WALLET_BECH32}, /* BIP-350 */
    {"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", WALLET_TRON},                 /* the contract of USDT */
    {"LUEweDxDA4WhvWiNXXSxjM9CYzHPJv4QQF", WALLET_BASE58}, /* the first block's key as other chains write it: Litecoin, */
    {"MGv9cSYnaRSTZNzYaN7bhbgmozoGkKBvCn", WALLET_BASE58},
    {"DEA5vGb2NpAwCiCp5yTE16F3DueQUVivQp", WALLET_BASE58}, /* Dogecoin, */
    {"A1TG3QCihNTvfF67tcng864kBsarnaPyFm", WALLET_BASE58},
    {"XjhqDGJH37VEpecoDGmtJrmEB7VoD8Lb39", WALLET_BASE58}, /* Dash, */
    {"7bRe8kQzSHgfkeFbk6nmDLS2Qr3CXPgTPo", WALLET_BASE58},
    {"t1StbPM4X3j4FGM57HpGnb9BMbS7C1nFW1r", WALLET_BASE58}, /* Zcash, */
    {"t3TacJtYxbdNdMWmYQuwP1mYHjxPuXkQNLp", WALLET_BASE58},
    {"rwrzPrePnQGeC5pDMPTCTLnSLmvfD5vC42", WALLET_RIPPLE}, /* XRP */
    {"rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", WALLET_RIPPLE}, /* the XRP Ledger's first account */
    {"ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9", WALLET_BECH32}, /* BIP-173's key on Litecoin */
    {"qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", WALLET_CASHADDR}, /* the specification of CashAddr */
    {"ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq", WALLET_CASHADDR},
    {"44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A", WALLET_MONERO}, /* the project's own */
    {"888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H", WALLET_MONERO},
};

/* A copy of its own size, so that a sanitizer sees a byte too far. */
static enum wallet_kind check(const char *text, size_t size)
{
    uint8_t *copy = malloc(size + (size == 0));
    memcpy(copy, text, size);
    enum wallet_kind kind = tradecraft_wallet_check((struct slice){copy, size});
    free(copy);
    return kind;
}

static void test_examples_of_the_standards_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(check(good[i].address, strlen(good[i].address)), good[i].kind);
}

static void test_any_changed_character_breaks_a_checksum(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char text[WALLET_SIZE_MOST + 1];
        size_t size = strlen(good[i].address);
        for (size_t k = 4; k < size; k++) {
            memcpy(text, good[i].address, size + 1);
            text[k] = text[k] == '2' ? '3' : '2';
            if (check(text, size) == good[i].kind)
                fail_msg("%s holds", text);
        }
    }
}

static void test_cut_addresses_are_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        for (size_t k = 0; k < strlen(good[i].address); k++)
            assert_int_equal(check(good[i].address, k), WALLET_NONE);
}

static void test_other_digits_and_versions_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "mpXwg4jMtRhuSpVq4xS3HFHmCmWp9NyGKt",         /* a version of test networks */
        "rwrzPrePnQGeC5pDMPTCTLnSLmvfD5v0Il",         /* no digits */
        "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", /* the checksum of another prefix */
        "qpzry9x8gf2tvdw0s3jn54khce6mua7lqpzry9x8gf",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(check(bad[i], strlen(bad[i])), WALLET_NONE);
}

static void test_one_letter_case_has_no_checksum(void **state)
{
    (void)state;
    assert_int_equal(check("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", 42), WALLET_EVM_PLAIN);
    assert_int_equal(check("0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", 42), WALLET_EVM_PLAIN);
    assert_int_equal(check("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg", 42), WALLET_NONE);
}

static void test_keccak_of_nothing(void **state)
{
    (void)state;
    static const uint8_t expected[4] = {0xc5, 0xd2, 0x46, 0x01};
    uint8_t out[32];
    tradecraft_keccak256((struct slice){(const uint8_t *)"", 0}, out);
    assert_memory_equal(out, expected, sizeof expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples_of_the_standards_hold), cmocka_unit_test(test_any_changed_character_breaks_a_checksum),
        cmocka_unit_test(test_cut_addresses_are_none),         cmocka_unit_test(test_one_letter_case_has_no_checksum),
        cmocka_unit_test(test_keccak_of_nothing),              cmocka_unit_test(test_other_digits_and_versions_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
