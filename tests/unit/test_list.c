/* SPDX-License-Identifier: Apache-2.0 */
/* Lists: what matches, what must not, and what a bad row says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/addr.h"
#include "intel/list.h"
#include "scratch_file.h"

static struct sensor_list *load(const char *text, struct error *error)
{
    char path[64];
    scratch_file(path, text);
    struct sensor_list *l = list_open(path, NULL, error);
    unlink(path);
    return l;
}

static struct sensor_list *must_load(const char *text)
{
    struct error error = {{0}};
    struct sensor_list *l = load(text, &error);
    if (!l)
        fail_msg("%s", error.text);
    return l;
}

static void refuses(const char *text, const char *expected)
{
    struct error error = {{0}};
    assert_null(load(text, &error));
    if (!strstr(error.text, expected))
        fail_msg("'%s' lacks '%s'", error.text, expected);
}

static struct slice name_of(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

static bool has_name(const struct sensor_list *l, const char *name, const char *expected_owner)
{
    struct sensor_entry e;
    if (!list_find_name(l, name_of(name), &e))
        return false;
    assert_string_equal(list_field(&e, "owner"), expected_owner);
    return true;
}

static const char names[] = "value,match,owner\n"
                            "bad.example,suffix,a\n"
                            "api.bad.example,exact,b\n"
                            "deep.api.bad.example,suffix,c\n"
                            "only.example,exact,d\n"
                            "kp,suffix,e\n";

static void test_suffix_matches_on_label_boundaries_only(void **state)
{
    (void)state;
    struct sensor_list *l = must_load(names);
    assert_true(has_name(l, "bad.example", "a"));
    assert_true(has_name(l, "x.y.bad.example", "a"));
    assert_false(has_name(l, "notbad.example", ""));
    assert_false(has_name(l, "bad.example.org", ""));
    assert_false(has_name(l, "example", ""));
    assert_true(has_name(l, "www.rodong.rep.kp", "e"));
    assert_false(has_name(l, "kp.co.kr", ""));
    list_close(l);
}

static void test_exact_beats_suffix_and_longest_wins(void **state)
{
    (void)state;
    struct sensor_list *l = must_load(names);
    assert_true(has_name(l, "api.bad.example", "b"));
    assert_true(has_name(l, "x.api.bad.example", "a"));
    assert_true(has_name(l, "x.deep.api.bad.example", "c"));
    assert_true(has_name(l, "only.example", "d"));
    assert_false(has_name(l, "x.only.example", ""));
    list_close(l);
}

static void test_case_and_final_dot_do_not_matter(void **state)
{
    (void)state;
    struct sensor_list *l = must_load(names);
    assert_true(has_name(l, "Www.BAD.Example.", "a"));
    assert_false(has_name(l, "", ""));
    assert_false(has_name(l, ".", ""));
    struct sensor_entry e;
    char endless[4000];
    memset(endless, 'a', sizeof endless);
    assert_false(list_find_name(l, (struct slice){(const uint8_t *)endless, sizeof endless}, &e));
    list_close(l);
}

/* Wire names of 255 bytes may take 1000 in presentation form, and nobody bounds an SNI. */
static void test_names_of_any_length_match_by_their_end(void **state)
{
    (void)state;
    struct sensor_list *l = must_load(names);
    char text[1200];
    memset(text, 'a', sizeof text);
    for (size_t labels = 1; labels <= 16; labels++) {
        memset(text, 'a', sizeof text);
        for (size_t i = 1; i < labels; i++)
            text[i * 64 - 1] = '.';
        strcpy(text + labels * 64, ".bad.example");
        assert_true(has_name(l, text, "a"));
        strcpy(text + labels * 64, "bad.example");
        assert_false(has_name(l, text, ""));
        strcpy(text + labels * 64, ".only.example"); /* an exact row */
        assert_false(has_name(l, text, ""));
    }
    list_close(l);
}

static void test_an_escaped_dot_ends_no_label(void **state)
{
    (void)state;
    struct sensor_list *l = must_load(names);
    assert_false(has_name(l, "x\\.bad.example", ""));
    assert_true(has_name(l, "x\\\\.bad.example", "a")); /* an escaped backslash before a dot */
    assert_false(has_name(l, "bad.example\\.", ""));
    assert_true(has_name(l, "\\000\\..bad.example", "a"));
    list_close(l);
}

static bool has_address(const struct sensor_list *l, const char *text, const char *expected_owner)
{
    struct address a;
    struct sensor_entry e;
    assert_true(addr_parse(text, &a));
    if (!list_find_address(l, &a, &e))
        return false;
    assert_string_equal(list_field(&e, "owner"), expected_owner);
    return true;
}

static void test_address_beats_prefix_and_longest_prefix_wins(void **state)
{
    (void)state;
    struct sensor_list *l = must_load("value,type,owner\n"
                                      "175.45.176.0/22,cidr,net\n175.45.177.0/24,cidr,inner\n175.45.177.9,ipv4,host\n"
                                      "2001:db8::/32,cidr,six\n2001:db8::1,ipv6,six-host\n");
    assert_true(has_address(l, "175.45.176.1", "net"));
    assert_true(has_address(l, "175.45.177.1", "inner"));
    assert_true(has_address(l, "175.45.177.9", "host"));
    assert_true(has_address(l, "175.45.179.255", "net"));
    assert_false(has_address(l, "175.45.180.0", ""));
    assert_true(has_address(l, "2001:db8:ffff::", "six"));
    assert_true(has_address(l, "2001:db8::1", "six-host"));
    assert_false(has_address(l, "2001:db9::1", ""));
    list_close(l);
}

static void test_other_types_match_by_equality(void **state)
{
    (void)state;
    struct sensor_list *l = must_load("value,type,owner\nhttp://a.example/x,url,u\nabc,ja3,j\n");
    struct sensor_entry e;
    assert_true(list_find_value(l, "url", name_of("http://a.example/x"), &e));
    assert_int_equal(e.line, 2);
    assert_false(list_find_value(l, "url", name_of("http://a.example/"), &e));
    assert_false(list_find_value(l, "ja4", name_of("abc"), &e));
    assert_string_equal(list_field(&e, "no such column"), "");
    list_close(l);
}

static void test_bad_rows_name_file_line_and_cure(void **state)
{
    (void)state;
    refuses("value,type\n1.2.3.4,ipv4\n1.2.3,ipv4\n", ":3: '1.2.3' is no ipv4");
    refuses("value,type\n10.0.0.0/8,ipv4\n", ":2: '10.0.0.0/8' is not of type ipv4");
    refuses("value\nhttp://x.example/\n", "is no domain name");
    refuses("value\n.example\n", "is no domain name");
    refuses("value\nb\xc3\xbc"
            "cher.example\n",
            "xn--");
    refuses("value,match\nx.example,prefix\n", "use exact or suffix");
    refuses("value,type,match\nhttp://x.example/,url,suffix\n", ":2: match 'suffix' does not fit type url; use exact");
    refuses("value,type,match\n192.0.2.1,ipv4,cidr\n", ":2: match 'cidr' does not fit type ipv4; use exact");
    refuses("value,type,match\n192.0.2.0/24,cidr,prefix\n", ":2: match 'prefix' does not fit type cidr; use exact or cidr");
    refuses("value,match\nx.example,exact\nX.Example.,exact\n", ":3: 'x.example' stands on line 2 already");
    refuses("name\nx\n", "no column 'value'");
    refuses("value\n", "no rows");
    refuses("value,a\nx.example,1,2\n", ":2:");
    refuses("value,a\n,1\n", ":2: the value is empty");
}

static void test_missing_column_and_file_are_named(void **state)
{
    (void)state;
    struct error error = {{0}};
    char path[64];
    scratch_file(path, "value\nx.example\n");
    assert_null(list_open(path, (const char *const[]){"actor", NULL}, &error));
    assert_non_null(strstr(error.text, "no column 'actor'"));
    unlink(path);
    assert_null(list_open("/nonexistent/list.csv", NULL, &error));
    assert_non_null(strstr(error.text, "/nonexistent/list.csv"));
}

static void test_ten_thousand_rows_are_all_found(void **state)
{
    (void)state;
    char *text = malloc(400000);
    size_t used = (size_t)sprintf(text, "value,match,owner\n");
    for (int i = 0; i < 10000; i++)
        used += (size_t)sprintf(text + used, "n%d.example,suffix,%d\n", i, i);
    struct sensor_list *l = must_load(text);
    assert_int_equal(list_count(l), 10000);
    for (int i = 0; i < 10000; i++) {
        char name[32], owner[16];
        snprintf(name, sizeof name, "www.n%d.example", i);
        snprintf(owner, sizeof owner, "%d", i);
        assert_true(has_name(l, name, owner));
    }
    list_close(l);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suffix_matches_on_label_boundaries_only),
        cmocka_unit_test(test_exact_beats_suffix_and_longest_wins),
        cmocka_unit_test(test_case_and_final_dot_do_not_matter),
        cmocka_unit_test(test_names_of_any_length_match_by_their_end),
        cmocka_unit_test(test_an_escaped_dot_ends_no_label),
        cmocka_unit_test(test_address_beats_prefix_and_longest_prefix_wins),
        cmocka_unit_test(test_other_types_match_by_equality),
        cmocka_unit_test(test_bad_rows_name_file_line_and_cure),
        cmocka_unit_test(test_missing_column_and_file_are_named),
        cmocka_unit_test(test_ten_thousand_rows_are_all_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
