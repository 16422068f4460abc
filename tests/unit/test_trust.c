/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a file is believed: not one that all may write or replace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/trust.h"

static char directory[64], file[96], link_to_it[96];

static int make_file(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/haetae-trust-XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(file, sizeof file, "%s/list.csv", directory);
    snprintf(link_to_it, sizeof link_to_it, "%s/link", directory);
    close(open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    return symlink(file, link_to_it);
}

static int remove_file(void **state)
{
    (void)state;
    unlink(file);
    unlink(link_to_it);
    return rmdir(directory);
}

static void refused(const char *path, const char *words)
{
    struct error why = {""};
    assert_false(trust_file(path, &why));
    assert_non_null(strstr(why.text, words));
}

static void test_what_we_alone_may_write_is_believed(void **state)
{
    (void)state;
    assert_true(trust_file(file, NULL));
    assert_true(trust_file(link_to_it, NULL));
    assert_true(trust_file("/nowhere/list.csv", NULL)); /* whoever opens it will say so */
}

static void test_what_all_may_write_is_refused_also_through_a_link(void **state)
{
    (void)state;
    chmod(file, 0666);
    refused(file, "all users may write it");
    refused(link_to_it, "all users may write it");
    chmod(file, 0664); /* our own group */
    assert_true(trust_file(file, NULL));
}

static void test_what_all_may_replace_is_refused_unless_it_is_as_in_tmp(void **state)
{
    (void)state;
    chmod(directory, 0777);
    refused(file, "put another file in its place");
    chmod(directory, 01777);
    assert_true(trust_file(file, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_we_alone_may_write_is_believed, make_file, remove_file),
        cmocka_unit_test_setup_teardown(test_what_all_may_write_is_refused_also_through_a_link, make_file, remove_file),
        cmocka_unit_test_setup_teardown(test_what_all_may_replace_is_refused_unless_it_is_as_in_tmp, make_file, remove_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
