/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of lists: what each line becomes, what is refused, what a complaint says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "intel_watch.h"

static void test_normal_forms(void **state)
{
    (void)state;
    static const struct {
        const char *given, *normal;
        enum indicator_type type;
    } cases[] = {
        {"198.51.100.7", "198.51.100.7", INDICATOR_IPV4},
        {"198.51[.]100[.]7", "198.51.100.7", INDICATOR_IPV4},
        {"198.51.100.7/24", "198.51.100.0/24", INDICATOR_CIDR},
        {"198.51.100.7/32", "198.51.100.7", INDICATOR_IPV4},
        {"2001:DB8:0:0::7", "2001:db8::7", INDICATOR_IPV6},
        {"2001[:]db8[:]:7", "2001:db8::7", INDICATOR_IPV6},
        {"2001:db8::7/32", "2001:db8::/32", INDICATOR_CIDR},
        {"Bad.Example.", "bad.example", INDICATOR_DOMAIN},
        {"hxxpxaes.example", "hxxpxaes.example", INDICATOR_DOMAIN},
        {"*.bad(dot)example", "bad.example", INDICATOR_DOMAIN},
        {"_dmarc.bad.example", "_dmarc.bad.example", INDICATOR_DOMAIN},
        {"b\xc3\xbc"
         "cher.example",
         "xn--bcher-kva.example", INDICATOR_DOMAIN},
        {"HXXPS://User@Bad[.]example:443/A?b#c", "https://bad.example/A?b", INDICATOR_URL},
        {"hxxp[:]//bad[.]example:8080", "http://bad.example:8080/", INDICATOR_URL},
        {"bad.example/load.php", "http://bad.example/load.php", INDICATOR_URL},
        {"http://bad.example/x'#top", "http://bad.example/x", INDICATOR_URL},
        {"http://[2001:DB8::1]:81/x", "http://[2001:db8::1]:81/x", INDICATOR_URL},
        {"http://bad.example/\xc3\xbc x", "http://bad.example/%C3%BC%20x", INDICATOR_URL},
        {"t13d1516h2_8DAAF6152771_02713d6af862", "t13d1516h2_8daaf6152771_02713d6af862", INDICATOR_JA4},
        {"0x0629b1048298ae9deff0f4100a31967fb3f98962", "0x0629b1048298ae9deff0f4100a31967fb3f98962", INDICATOR_WALLET},
        {"TQ5Eoyx8VPVyqUwyZ6h1FRQ1xMHd3pZJ2K", "TQ5Eoyx8VPVyqUwyZ6h1FRQ1xMHd3pZJ2K", INDICATOR_WALLET},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[INDICATOR_VALUE_MAX], again[INDICATOR_VALUE_MAX];
        enum indicator_type type = INDICATOR_NONE;
        const char *why;
        if (!indicator_normal(&type, cases[i].given, out, &why))
            fail_msg("%s: %s", cases[i].given, why);
        assert_string_equal(out, cases[i].normal);
        assert_int_equal(type, cases[i].type);
        assert_true(indicator_normal(&type, out, again, &why));
        assert_string_equal(again, out);
    }
}

static void test_what_is_no_value_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *given, *why;
        enum indicator_type type;
    } cases[] = {
        {"", "empty", INDICATOR_NONE},
        {"  ", "longer", INDICATOR_NONE},
        {"d41d8cd98f00b204e9800998ecf8427e", "many things", INDICATOR_NONE},
        {"bad..example", "no domain name", INDICATOR_NONE},
        {"bad.example:port", "no domain name", INDICATOR_NONE},
        {"a b.example", "no domain name", INDICATOR_DOMAIN},
        {"http://", "no URL", INDICATOR_NONE},
        {"http://bad.example:70000/", "no URL", INDICATOR_NONE},
        {"198.51.100.7", "no MD5", INDICATOR_JA3},
        {"bad.example", "no address", INDICATOR_IPV4},
        {"x", "no wallet", INDICATOR_WALLET},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[INDICATOR_VALUE_MAX];
        enum indicator_type type = cases[i].type;
        const char *why = "";
        if (indicator_normal(&type, cases[i].given, out, &why))
            fail_msg("'%s' became '%s'", cases[i].given, out);
        if (!strstr(why, cases[i].why))
            fail_msg("'%s': '%s' lacks '%s'", cases[i].given, why, cases[i].why);
    }
}

static void test_csv_row_has_every_column(void **state)
{
    (void)state;
    struct watch w = {.room = 0};
    watch_read(&w,
               "value,type,match,actor,campaign,malware,category,first_seen,last_seen,valid_from,valid_until,confidence,ports,"
               "hosted,status,tlp,source,reference,note,extra\n"
               "198.51.100.7,ipv4,exact,A,B,C,actor_c2,2026-02,2026-02,2026-02-03,2026-03-04,55,443|8443,par.example,offline,green,"
               "S,https://r.example/,k=v,e\n");
    assert_int_equal(w.result.taken, 1);
    assert_string_equal(w.text, "198.51.100.7 ipv4 exact A B C actor_c2 2026-02-01 2026-02-28 2026-02-03 2026-03-04 55 443|8443 "
                                "par.example offline green S https://r.example/ k=v list 2\n");
    assert_true(w.result.valid_until_seen);
}

static void test_csv_bad_rows_are_told_and_the_rest_loads(void **state)
{
    (void)state;
    struct watch w = {.room = 0};
    watch_read(&w, "value,type,match,confidence,last_seen\n"
                   "bad.example,domain,suffix,80,2026-01\n"
                   "bad..example,domain,suffix,80,2026-01\n"
                   "x.example,domian,,80,\n"
                   "x.example,domain,cidr,80,\n"
                   "x.example,domain,,800,\n"
                   "x.example,domain,,80,soon\n"
                   "x.example,domain\n"
                   "198.51.100.8,ipv4,,,\n");
    assert_int_equal(w.result.taken, 2);
    assert_int_equal(w.result.bad, 6);
    watch_complains(&w, ":3: 'bad..example' is no domain name");
    watch_complains(&w, ":4: 'x.example': type is none of");
    watch_complains(&w, ":5: 'x.example': match does not fit");
    watch_complains(&w, ":6: 'x.example': confidence is no number");
    watch_complains(&w, ":7: 'x.example': last_seen is no date");
    watch_complains(&w, ":8: 2 fields where the header has 5");
}

static void test_strict_stops_at_the_first_bad_row(void **state)
{
    (void)state;
    struct watch w = {.options = {.strict = true}};
    assert_false(watch_try(&w, "value\nbad.example\nbad..example\nworse..example\n"));
    assert_int_equal(w.result.bad, 1);
    assert_non_null(strstr(w.error.text, ":3: 'bad..example'"));
}

static void test_what_would_hit_everybody_is_refused(void **state)
{
    (void)state;
    struct watch w = {.room = 0};
    watch_read(
        &w, "value,match,note\ncom,suffix,\nco.uk,,\ngithub.io,suffix,\n0.0.0.0/0,,\n10.0.0.1,,\n127.0.0.1,,\n::/0,,\nfe80::1,,\n"
            "239.1.1.1,,\n198.0.0.0/7,,\nkp,suffix,tld=1; decay=none\nlocalhost,,\n");
    assert_int_equal(w.result.refused, 11);
    assert_int_equal(w.result.bad, 0);
    assert_int_equal(w.result.taken, 1);
    watch_complains(&w, ":2: 'com' is a public suffix");
    watch_complains(&w, ":4: 'github.io' is a public suffix");
    watch_complains(&w, ":5: '0.0.0.0/0' is a prefix that holds a good part of the Internet");
    watch_complains(&w, ":6: '10.0.0.1' is a private address");
}

static void test_plain_list(void **state)
{
    (void)state;
    struct watch w = {.options = {.defaults = {.actor = "Kimsuky", .category = "actor_c2", .confidence_pct = 60}}};
    watch_read(
        &w, "\xef\xbb\xbf# a list\r\n\r\nhxxp://bad[.]example/x.php\r\nBAD.example # c2\r\n198.51.100.7:443\n0.0.0.0 ads.example\n"
            "[2001:db8::1]:8443\n/only/path\n; end");
    assert_int_equal(w.result.format, INTEL_PLAIN);
    assert_string_equal(w.values, "http://bad.example/x.php exact\nbad.example suffix\n198.51.100.7:443 exact\nads.example suffix\n"
                                  "2001:db8::1:8443 exact\n");
    assert_non_null(strstr(w.text, " Kimsuky "));
    assert_non_null(strstr(w.text, " 60 "));
    assert_int_equal(w.result.inexpressible, 1);
    watch_complains(&w, "1 left out: paths without a host");
}

static void test_maltrail_references_speak_for_what_follows(void **state)
{
    (void)state;
    struct watch w = {.room = 0};
    watch_read(&w, "# Copyright (c) 2014-2026 Maltrail developers\n\n# Reference: https://a.example/1\n\nbad.example\n"
                   "# Reference: https://a.example/2\nworse.example\nhost.example/gate.php\n");
    assert_int_equal(w.result.format, INTEL_MALTRAIL);
    assert_int_equal(w.result.taken, 3);
    assert_non_null(strstr(w.text, "bad.example domain suffix"));
    assert_non_null(strstr(w.text, "https://a.example/1"));
    assert_non_null(strstr(w.text, "http://host.example/gate.php url"));
}

static void test_suricata_dataset_and_iprep(void **state)
{
    (void)state;
    struct watch w = {.room = 0};
    watch_read(&w, "YmFkLmV4YW1wbGU=\naHR0cDovL2JhZC5leGFtcGxlL3g=,5\n198.51.100.9\nnot base64\n");
    assert_int_equal(w.result.format, INTEL_DATASET);
    assert_string_equal(w.values, "bad.example exact\nhttp://bad.example/x exact\n198.51.100.9 exact\n");
    assert_int_equal(w.result.bad, 1);
    watch_read(&w, "198.51.100.9,1,127\n203.0.113.0/24,2,64\n203.0.113.1,2,900\n");
    assert_int_equal(w.result.format, INTEL_IPREP);
    assert_int_equal(w.result.taken, 2);
    assert_int_equal(w.result.bad, 1);
    assert_non_null(strstr(w.text, "203.0.113.0/24 cidr exact     0 0 0 0 50"));
}

static void test_datasets_in_json(void **state)
{
    (void)state;
    struct watch w = {.room = 0};
    watch_read(
        &w, "[{\"ip\":\"198.51.100.9\",\"actor\":\"Kimsuky\",\"confidence\":70},{\"value\":\"bad.example\"},\"worse.example\",{}]");
    assert_int_equal(w.result.format, INTEL_DATASET);
    assert_string_equal(w.values, "198.51.100.9 exact\nbad.example exact\nworse.example exact\n");
    assert_non_null(strstr(w.text, "198.51.100.9 ipv4 exact Kimsuky    0 0 0 0 70"));
    watch_complains(&w, ":1: a record without a value");
    watch_read(&w, "{\"value\":\"bad.example\"}\n{\"value\":\"worse.example\"}\n");
    assert_string_equal(w.values, "bad.example exact\nworse.example exact\n");
}

static void test_a_digest_needs_the_type_of_the_list(void **state)
{
    (void)state;
    struct watch w = {.options = {.format = INTEL_DATASET}};
    watch_read(&w, "d41d8cd98f00b204e9800998ecf8427e\n");
    assert_int_equal(w.result.bad, 1);
    w.options.defaults.type = INDICATOR_JA3;
    watch_read(&w, "d41d8cd98f00b204e9800998ecf8427e\n");
    assert_string_equal(w.values, "d41d8cd98f00b204e9800998ecf8427e exact\n");
}

static void test_lines_that_are_no_text(void **state)
{
    (void)state;
    static char text[20000];
    memset(text, 'a', sizeof text - 1);
    memcpy(text + 10000, "\n\xff\xfe.example\nbad.example\n", 24);
    text[10024] = '\0';
    struct watch w = {.options = {.format = INTEL_PLAIN}};
    watch_read(&w, text);
    watch_complains(&w, ":1: a line longer than 8191 bytes");
    watch_complains(&w, ":2: not UTF-8");
    assert_int_equal(w.result.taken, 1);
}

static void test_complaints_have_a_bound(void **state)
{
    (void)state;
    struct watch w = {.options = {.complaints_max = 1}};
    watch_read(&w, "value\na..b\nc..d\ne..f\n");
    assert_int_equal(w.complaint_lines, 2);
    watch_complains(&w, "2 more complaints not shown");
}

static void test_no_room_is_an_error(void **state)
{
    (void)state;
    struct watch w = {.room = 1};
    assert_false(watch_try(&w, "value\na.example\nb.example\n"));
    assert_non_null(strstr(w.error.text, "no room for more than 1"));
}

static void test_a_file_that_is_not_there(void **state)
{
    (void)state;
    struct watch w = {.room = 0};
    struct intel_read_options options = watch_options(&w);
    assert_false(intel_read("/nonexistent/list.csv", &options, &w.result, &w.error));
    assert_non_null(strstr(w.error.text, "/nonexistent/list.csv: No such file"));
}

static void test_our_own_lists_have_no_bad_row(void **state)
{
    (void)state;
    struct watch w = {.room = 0};
    struct intel_read_options options = watch_options(&w);
    assert_true(intel_read(SOURCE_DIR "/plugins/dprk/indicators.csv", &options, &w.result, &w.error));
    assert_int_equal(w.result.format, INTEL_CSV);
    assert_true(w.result.taken > 1000);
    if (w.result.bad || w.result.refused)
        fail_msg("%s", w.complaints);
}

static void test_an_empty_warning_list_is_bad_and_no_reason_to_stop(void **state)
{
    (void)state;
    struct watch w = {.options = {.format = INTEL_WARNINGLIST}}, strict = {.options = {.format = INTEL_WARNINGLIST, .strict = true}};
    watch_read(&w, "");
    assert_int_equal(w.result.bad, 1);
    watch_complains(&w, "no warning list");
    assert_false(watch_try(&strict, "7"));
    assert_non_null(strstr(strict.error.text, "no warning list"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_warning_list_is_bad_and_no_reason_to_stop),
        cmocka_unit_test(test_normal_forms),
        cmocka_unit_test(test_what_is_no_value_says_why),
        cmocka_unit_test(test_csv_row_has_every_column),
        cmocka_unit_test(test_csv_bad_rows_are_told_and_the_rest_loads),
        cmocka_unit_test(test_strict_stops_at_the_first_bad_row),
        cmocka_unit_test(test_what_would_hit_everybody_is_refused),
        cmocka_unit_test(test_plain_list),
        cmocka_unit_test(test_maltrail_references_speak_for_what_follows),
        cmocka_unit_test(test_suricata_dataset_and_iprep),
        cmocka_unit_test(test_datasets_in_json),
        cmocka_unit_test(test_a_digest_needs_the_type_of_the_list),
        cmocka_unit_test(test_lines_that_are_no_text),
        cmocka_unit_test(test_complaints_have_a_bound),
        cmocka_unit_test(test_no_room_is_an_error),
        cmocka_unit_test(test_a_file_that_is_not_there),
        cmocka_unit_test(test_our_own_lists_have_no_bad_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
