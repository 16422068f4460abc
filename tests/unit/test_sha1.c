/* SPDX-License-Identifier: Apache-2.0 */
/* test_sha1.c - both ways of hashing a block agree with libcrypto, on texts of every length that fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/sha.h>

#include "eve/sha1.h"

enum { TEXT_MOST = SHA1_BLOCK_SIZE - 9 };

static void expect_digest(const uint8_t *text, size_t size)
{
    uint8_t block[SHA1_BLOCK_SIZE] = {0}, expected[SHA1_DIGEST_SIZE], got[SHA1_DIGEST_SIZE];
    memcpy(block, text, size);
    block[size] = 0x80;
    block[62] = (uint8_t)(8 * size >> 8);
    block[63] = (uint8_t)(8 * size);
    SHA1(text, size, expected);
    sha1_of_block(block, got);
    assert_memory_equal(got, expected, sizeof got);
    sha1_of_block_portable(block, got);
    assert_memory_equal(got, expected, sizeof got);
}

static void test_known_text(void **state)
{
    (void)state;
    expect_digest((const uint8_t *)"abc", 3); /* FIPS 180-4, appendix A.1 */
}

static void test_random_texts_of_every_length(void **state)
{
    (void)state;
    srandom(180);
    for (int round = 0; round < 20; round++) {
        uint8_t text[TEXT_MOST];
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = (uint8_t)random();
        for (size_t size = 0; size <= sizeof text; size++)
            expect_digest(text, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_text),
        cmocka_unit_test(test_random_texts_of_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
