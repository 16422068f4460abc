/* SPDX-License-Identifier: Apache-2.0 */
/* test_authority.c - what the system trusts cannot be put on a list. The "certificate" is the three bytes "abc" (FIPS 180-2, A.1, B.1). */
#include "intel/authority.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "intel_watch.h"

static char bundle[64];

static int write_bundle(void **state)
{
    (void)state;
    snprintf(bundle, sizeof bundle, "/tmp/test_authority.%ld", (long)getpid());
    FILE *file = fopen(bundle, "w");
    assert_non_null(file);
    fputs("# an authority\n-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n"
          "-----BEGIN DH PARAMETERS-----\neHl6\n-----END DH PARAMETERS-----\n-----BEGIN CERTIFICATE-----\nYW", file);
    fclose(file);
    authority_file_set(bundle);
    return 0;
}

static int remove_bundle(void **state)
{
    (void)state;
    return unlink(bundle);
}

static void test_both_hashes_of_an_authority_are_known(void **state)
{
    (void)state;
    assert_true(authorities_known());
    assert_true(is_authority("a9993e364706816aba3e25717850c26c9cd0d89d"));
    assert_true(is_authority("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assert_false(is_authority("66b27417d37e024c46526c2f6d358a754fc552f3")); /* of "xyz", which is no certificate */
    assert_false(is_authority(""));
    assert_false(is_authority("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad00"));
}

static void test_an_authority_on_a_list_is_refused(void **state)
{
    (void)state;
    struct watch w = {.room = 0};
    watch_read(&w, "value,type\n"
                   "A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D,tls_sha1\n"
                   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad,tls_sha256\n"
                   "66b27417d37e024c46526c2f6d358a754fc552f3,tls_sha1\n");
    assert_int_equal(w.result.refused, 2);
    assert_int_equal(w.result.taken, 1);
    watch_complains(&w, ":3: 'ba7816bf");
    watch_complains(&w, "the certificate of a public authority");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_hashes_of_an_authority_are_known),
        cmocka_unit_test(test_an_authority_on_a_list_is_refused),
    };
    return cmocka_run_group_tests(tests, write_bundle, remove_bundle);
}
