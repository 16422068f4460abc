/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_hash.c - SipHash-1-3 against values of an independent implementation (CPython 3.11's bytes hash under the zero
 * key), and what a keyed hash must do.
 */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct hash_key zero_key = {0, 0};

static void test_known_values(void **state)
{
    (void)state;
    uint8_t counting[64];
    for (size_t i = 0; i < sizeof counting; i++)
        counting[i] = (uint8_t)i;
    uint8_t same[1000];
    memset(same, 'x', sizeof same);
    const struct {
        const void *at;
        size_t size;
        uint64_t hash;
    } known[] = {
        {"a", 1, UINT64_C(0x407448d2b89b1813)},        {"abcdefg", 7, UINT64_C(0x6db12aae9070f506)},
        {"abcdefgh", 8, UINT64_C(0x3f7b849c0b8e35ea)}, {"abcdefghi", 9, UINT64_C(0xf89b34a3d11eb6e5)},
        {counting, 15, UINT64_C(0xf30eb725bb91c9ea)},  {counting, 64, UINT64_C(0x75e05fd5bbc870c6)},
        {same, 255, UINT64_C(0x4bd34c40ef7d284b)},     {same, 256, UINT64_C(0x4160fa066cfd2ffd)},
        {same, 1000, UINT64_C(0x1b47c0cc4dd21f05)},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_true(hash_bytes(zero_key, known[i].at, known[i].size) == known[i].hash);
}

/* SIPHASH of OpenSSL 3 with 1 and 3 rounds and 16 bytes of output. */
static void test_known_pairs(void **state)
{
    (void)state;
    struct hash_pair one = hash_bytes_pair(zero_key, "a", 1), nine = hash_bytes_pair(zero_key, "abcdefghi", 9);
    assert_true(one.first == UINT64_C(0x3710b5e872fbf647) && one.second == UINT64_C(0x5fcd71c255370408));
    assert_true(nine.first == UINT64_C(0xa576a8bd02148b0b) && nine.second == UINT64_C(0x99a60819ab866c0f));
}

static void test_alignment_does_not_matter(void **state)
{
    (void)state;
    uint8_t bytes[80];
    for (size_t shift = 0; shift < 8; shift++) {
        memcpy(bytes + shift, "0123456789abcdefXYZ", 19);
        assert_true(hash_bytes(hash_key_fixed, bytes + shift, 19) == hash_bytes(hash_key_fixed, "0123456789abcdefXYZ", 19));
    }
}

static void test_random_keys_differ_and_change_the_hash(void **state)
{
    (void)state;
    struct hash_key a = hash_key_random(), b = hash_key_random();
    assert_false(a.k0 == b.k0 && a.k1 == b.k1);
    assert_true(hash_bytes(a, "flow", 4) != hash_bytes(b, "flow", 4));
}

static void test_every_bit_of_the_input_counts(void **state)
{
    (void)state;
    uint8_t bytes[40] = {0};
    uint64_t plain = hash_bytes(hash_key_fixed, bytes, sizeof bytes);
    for (size_t bit = 0; bit < sizeof bytes * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(hash_bytes(hash_key_fixed, bytes, sizeof bytes) != plain);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void test_every_bit_counts_in_the_quick_hash_too(void **state)
{
    (void)state;
    struct hash_key key = hash_key_random();
    uint8_t bytes[40] = {0};
    for (size_t size = 1; size <= sizeof bytes; size++) {
        uint64_t plain = hash_quick(key, bytes, size);
        assert_true(hash_quick(key, bytes, size - 1) != plain);
        for (size_t bit = 0; bit < size * 8; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_true(hash_quick(key, bytes, size) != plain);
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

/* Addresses of one network in buckets: four for each, so about 22 of a hundred are taken. */
static void test_the_quick_hash_spreads_neighbours(void **state)
{
    (void)state;
    struct hash_key key = hash_key_random();
    static bool taken[65536];
    size_t count = 0;
    for (uint32_t i = 0; i < 16384; i++) {
        uint8_t address[16] = {[10] = 0xff, [11] = 0xff, [12] = 10, [14] = (uint8_t)(i >> 8), [15] = (uint8_t)i};
        bool *at = &taken[hash_quick(key, address, sizeof address) & 65535];
        count += !*at;
        *at = true;
    }
    assert_in_range(count, 13000, 16384);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_known_pairs),
        cmocka_unit_test(test_alignment_does_not_matter),
        cmocka_unit_test(test_random_keys_differ_and_change_the_hash),
        cmocka_unit_test(test_every_bit_of_the_input_counts),
        cmocka_unit_test(test_every_bit_counts_in_the_quick_hash_too),
        cmocka_unit_test(test_the_quick_hash_spreads_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
