/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_digest.c - the published test vectors: RFC 1321 A.5, FIPS 180-4's "abc", RFC 4231 4.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dissect/digest.h"

static struct slice text(const char *s)
{
    return (struct slice){(const uint8_t *)s, strlen(s)};
}

static void assert_digest(enum digest_kind kind, const char *message, const char *expected)
{
    uint8_t raw[DIGEST_SIZE_MAX];
    char hex[2 * DIGEST_SIZE_MAX + 1];
    digest_bytes(kind, text(message), raw);
    digest_hex(raw, digest_size(kind), hex);
    assert_string_equal(hex, expected);
}

static void test_digests_are_those_of_the_standards(void **state)
{
    (void)state;
    assert_digest(DIGEST_MD5, "", "d41d8cd98f00b204e9800998ecf8427e");
    assert_digest(DIGEST_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72");
    assert_digest(DIGEST_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_digest(DIGEST_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void assert_hmac(const char *key, const char *message, const char *expected)
{
    struct hmac h;
    uint8_t raw[HMAC_SIZE];
    char hex[2 * HMAC_SIZE + 1];
    hmac_init(&h, text(key));
    for (int again = 0; again < 2; again++) { /* a key serves more than once */
        hmac_bytes(&h, text(message), raw);
        digest_hex(raw, sizeof raw, hex);
        assert_string_equal(hex, expected);
    }
}

static void test_hmac_is_that_of_the_standard(void **state)
{
    (void)state;
    assert_hmac("Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_hmac("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b", "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digests_are_those_of_the_standards),
        cmocka_unit_test(test_hmac_is_that_of_the_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
