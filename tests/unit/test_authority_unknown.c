/* SPDX-License-Identifier: Apache-2.0 */
/* test_authority_unknown.c - without the system's certificates a hash is taken, and that is said. */
#include "intel/authority.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "intel_watch.h"

static void test_without_certificates_hashes_are_taken_and_it_is_said(void **state)
{
    (void)state;
    struct watch w = {.room = 0};
    authority_file_set("/nonexistent");
    watch_read(&w, "value,type\na9993e364706816aba3e25717850c26c9cd0d89d,tls_sha1\nbad.example,domain\n");
    assert_int_equal(w.result.taken, 2);
    assert_int_equal(w.result.refused, 0);
    watch_complains(&w, "1 hashes of certificates taken as they are");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_without_certificates_hashes_are_taken_and_it_is_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
