/* SPDX-License-Identifier: Apache-2.0 */
/* STIX: what patterns reduce to, which version of an object counts, what is named as left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "intel/stix_pattern.h"
#include "intel_watch.h"

/* "type value[:port...] match; ..." of a pattern, then "! reason" for each part left out. */
static void say(const char *pattern, char *out)
{
    struct stix_pattern p;
    const char *why;
    *out = '\0';
    if (!stix_pattern_parse(pattern, &p, &why))
        watch_append(out, "bad: %s", why);
    for (size_t i = 0; i < p.term_count; i++) {
        watch_append(out, "%s%s %s", *out ? "; " : "", indicator_type_name(p.terms[i].type), p.terms[i].value);
        for (unsigned k = 0; k < p.terms[i].port_count; k++)
            watch_append(out, ":%u", p.terms[i].ports[k]);
        if (p.terms[i].match != MATCH_EXACT)
            watch_append(out, " %s", watch_match(p.terms[i].match));
    }
    for (size_t i = 0; i < p.unsaid_count; i++)
        watch_append(out, "%s! %s", *out ? " " : "", p.unsaid[i]);
    stix_pattern_free(&p);
}

#define JSON_LONG 1100000

static char said[WATCH_TEXT_MAX];

static void test_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *said;
    } cases[] = {
        {"[ipv4-addr:value = '198.51.100.7']", "ipv4 198.51.100.7"},
        {"[ ipv4-addr:value='198.51.100.7' OR domain-name:value = 'bad.example' ]", "ipv4 198.51.100.7; domain bad.example"},
        {"[ipv4-addr:value = '1.2.3.4'] OR [ipv6-addr:value = '2001:db8::1']", "ipv4 1.2.3.4; ipv6 2001:db8::1"},
        {"([url:value = 'http://a.example/x'] OR [url:value = 'http://b.example/'])",
         "url http://a.example/x; url http://b.example/"},
        {"[ipv4-addr:value IN ('1.2.3.4', '1.2.3.5')]", "ipv4 1.2.3.4; ipv4 1.2.3.5"},
        {"[ipv4-addr:value ISSUBSET '198.51.100.0/24']", "ipv4 198.51.100.0/24"},
        {"[domain-name:value = 'x.example' OR domain-name:value LIKE '%.x.example']", "domain x.example suffix"},
        {"[url:value LIKE 'http://x.example/a%']", "url http://x.example/a prefix"},
        {"[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '1.2.3.4' AND network-traffic:dst_port = "
         "443]",
         " 1.2.3.4:443"},
        {"[network-traffic:dst_port IN (80, 443) AND network-traffic:dst_ref.value = '1.2.3.4']", " 1.2.3.4:80:443"},
        {"[(network-traffic:dst_port = 80 OR network-traffic:dst_port = 81) AND (ipv4-addr:value = '1.2.3.4' OR ipv4-addr:value = "
         "'1.2.3.5') AND network-traffic:protocols[*] = 'tcp']",
         "ipv4 1.2.3.4:80:81; ipv4 1.2.3.5:80:81"},
        {"[x509-certificate:hashes.'SHA-1' = 'aa']", "tls_sha1 aa"},
        {"[x509-certificate:subject = 'CN=bad.example, O=x']", "tls_name bad.example"},
        {"[domain-name:value = 'it\\'s \\\\ odd']", "domain it's \\ odd"},
        {"[domain-name:value = 'a.example'] WITHIN 300 SECONDS", "domain a.example"},
        {"[domain-name:value = 'a.example'] AND [domain-name:value = 'a.example']", "domain a.example"},
        {"[file:hashes.'SHA-256' = 'aa' OR domain-name:value = 'a.example']", "domain a.example ! STIX patterns about file:hashes"},
        {"[file:name = 'x' AND domain-name:value = 'a.example']", "! STIX patterns about file:name"},
        {"[domain-name:value = 'a.example' AND ipv4-addr:value = '1.2.3.4']", "! STIX patterns of several conditions at once"},
        {"[domain-name:value = 'a.example' AND network-traffic:dst_port = 443]", "! STIX patterns of several conditions at once"},
        {"[domain-name:value = 'a.example'] FOLLOWEDBY [ipv4-addr:value = '1.2.3.4']",
         "! STIX patterns of several observations that must come together"},
        {"[domain-name:value = 'a.example'] REPEATS 5 TIMES", "! STIX patterns with REPEATS or START"},
        {"[domain-name:value = 'a.example'] START t'2021-01-01T00:00:00Z' STOP t'2021-02-01T00:00:00Z'",
         "! STIX patterns with REPEATS or START"},
        {"[domain-name:value MATCHES '(a+)+$']", "! STIX patterns with domain-name:value and MATCHES"},
        {"[domain-name:value != 'a.example']", "! STIX patterns with domain-name:value and !="},
        {"[domain-name:value NOT = 'a.example']", "! STIX patterns with domain-name:value and NOT ="},
        {"[domain-name:value LIKE 'a%.example']", "! STIX patterns with domain-name:value and LIKE"},
        {"[EXISTS windows-registry-key:values]", "! STIX patterns with EXISTS"},
        {"[network-traffic:dst_port = 443]", "! STIX patterns about a port alone"},
        {"[network-traffic:protocols[*] = 'tcp']", "! STIX patterns about a protocol alone"},
        {"", "bad: a pattern that ends too early; correct it"},
        {"[", "bad: a pattern that ends too early; correct it"},
        {"[domain-name:value = 'a'", "bad: a pattern that ends too early; correct it"},
        {"[domain-name:value = 'a", "bad: a pattern with a comparison without its value; correct it"},
        {"[domain-name:value = 'a'] AND", "bad: a pattern that ends too early; correct it"},
        {"[domain-name:value = 'a')]", "bad: a pattern whose brackets do not match; correct it"},
        {"domain-name:value = 'a'", "bad: a pattern with something missing; correct it"},
        {"[domain-name:value IN ('a' 'b')]", "bad: a pattern with a set that does not close; correct it"},
        {"[domain-name:value = 'a'] [domain-name:value = 'b']", "bad: a pattern with a word where none belongs; correct it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        say(cases[i].pattern, said);
        if (strcmp(said, cases[i].said) != 0)
            fail_msg("%s\n  gives  '%s'\n  and not '%s'", cases[i].pattern, said, cases[i].said);
    }
}

static void test_a_pattern_cut_anywhere_is_bounded(void **state)
{
    (void)state;
    static const char whole[] = "([network-traffic:dst_ref.value IN ('1.2.3.4', '1.2.3.5') AND network-traffic:dst_port = 443 OR "
                                "x509-certificate:hashes.'SHA-1' = 'it\\'s'] WITHIN 5 SECONDS) OR [EXISTS a:b[*].c]";
    char cut[sizeof whole];
    for (size_t size = 0; size < sizeof whole; size++) {
        char *exact = malloc(size + 1);
        assert_non_null(exact);
        memcpy(exact, whole, size);
        exact[size] = '\0';
        say(exact, said);
        free(exact);
        memcpy(cut, whole, size);
    }
    assert_null(strstr(said, "bad"));
}

/* Deep nesting, endless sets and regular expressions made to explode cost what their length costs. */
static void test_hostile_patterns_are_bounded(void **state)
{
    (void)state;
    static char pattern[STIX_PATTERN_MAX + 10];
    memset(pattern, '(', 60000);
    pattern[60000] = '\0';
    say(pattern, said);
    assert_string_equal(said, "bad: a pattern nested deeper than 64; simplify it");
    memset(pattern, '(', STIX_PATTERN_MAX + 1);
    say(pattern, said);
    assert_string_equal(said, "bad: a pattern longer than 64 KiB; split it");
    size_t used = (size_t)snprintf(pattern, sizeof pattern, "[ipv4-addr:value IN ('1.2.3.4'");
    while (used < 60000)
        used += (size_t)snprintf(pattern + used, sizeof pattern - used, ",'1.2.3.4'");
    snprintf(pattern + used, sizeof pattern - used, ")]");
    say(pattern, said);
    assert_string_equal(said, "bad: a pattern with more than 2048 values; split it");
    used = (size_t)snprintf(pattern, sizeof pattern, "[domain-name:value MATCHES '");
    memset(pattern + used, '+', 60000);
    memcpy(pattern + used + 60000, "']", 3);
    say(pattern, said);
    assert_string_equal(said, "! STIX patterns with domain-name:value and MATCHES");
}

#define ID(kind, n) kind "--00000000-0000-4000-8000-00000000000" n
#define INDICATOR(n, modified, pattern, more)                                                                                      \
    "{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"" ID(                                                               \
        "indicator", n) "\",\"created\":\"2026-01-02T03:04:05.000Z\","                                                             \
                        "\"modified\":\"" modified                                                                                 \
                        "\",\"pattern_type\":\"stix\",\"valid_from\":\"2026-01-02T00:00:00Z\",\"pattern\":\"" pattern "\"" more    \
                        "}"
#define BUNDLE(objects) "{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":[" objects "]}"

static struct watch w;

static void test_bundle_with_relations(void **state)
{
    (void)state;
    watch_read(
        &w, BUNDLE("{\"type\":\"relationship\",\"id\":\"r1\",\"relationship_type\":\"indicates\",\"source_ref\":\"" ID(
                "indicator",
                "1") "\",\"target_ref\":\"" ID("intrusion-set",
                                               "1") "\"},"
                                                    "{\"type\":\"relationship\",\"id\":\"r2\",\"relationship_type\":\"indicates\","
                                                    "\"source_ref\":\"" ID("indicator", "1") "\",\"target_ref\":\"" ID(
                                                        "malware",
                                                        "1") "\"}," INDICATOR("1", "2026-03-04T00:00:00.000Z",
                                                                              "[domain-name:value = 'bad.example']",
                                                                              ",\"confidence\":85,"
                                                                              "\"valid_until\":\"2026-06-01T00:00:00Z\",\"object_"
                                                                              "marking_refs\":[\"marking-definition--bab4a63c-aed9-"
                                                                              "4cf5-a766-dfca5abac2bb\"],"
                                                                              "\"created_by_ref\":\"" ID(
                                                                                  "identity",
                                                                                  "1") "\",\"external_references\":[{\"source_"
                                                                                       "name\":\"x\",\"url\":\"https://r.example/"
                                                                                       "1\"}]") ","
                                                                                                "{\"type\":\"identity\",\"id\":"
                                                                                                "\"" ID(
                                                                                                    "identity",
                                                                                                    "1") "\",\"name\":\"CERT\"},"
                                                                                                         "{\"type\":\"malware\","
                                                                                                         "\"id\":\"" ID(
                                                                                                             "malware",
                                                                                                             "1") "\",\"name\":"
                                                                                                                  "\"BeaverTail\"},"
                                                                                                                  "{\"type\":"
                                                                                                                  "\"intrusion-"
                                                                                                                  "set\",\"id\":"
                                                                                                                  "\"" ID(
                                                                                                                      "intrusion-"
                                                                                                                      "set",
                                                                                                                      "1") "\","
                                                                                                                           "\"name"
                                                                                                                           "\":"
                                                                                                                           "\"Lazar"
                                                                                                                           "us "
                                                                                                                           "Group\""
                                                                                                                           "}"));
    assert_int_equal(w.result.format, INTEL_STIX);
    assert_string_equal(w.text, "bad.example domain exact Lazarus Group  BeaverTail  2026-01-02T03:04:05Z 2026-03-04 2026-01-02 "
                                "2026-06-01T00:00:00Z 85    green CERT https://r.example/1  list 1\n");
}

static void test_latest_version_counts_and_revoked_does_not(void **state)
{
    (void)state;
    watch_read(&w, BUNDLE(INDICATOR("1", "2026-03-04T00:00:00.000Z", "[domain-name:value = 'new.example']", "") "," INDICATOR(
                       "1", "2026-02-04T00:00:00.000Z", "[domain-name:value = 'old.example']",
                       "") "," INDICATOR("2", "2026-02-04T00:00:00.000Z", "[domain-name:value = 'was.example']",
                                         "") "," INDICATOR("2", "2026-02-05T00:00:00.000Z", "[domain-name:value = 'was.example']",
                                                           ",\"revoked\":true")));
    assert_string_equal(w.values, "new.example exact\n");
    assert_int_equal(w.result.inexpressible, 3);
    watch_complains(&w, "2 left out: older versions of indicators");
    watch_complains(&w, "1 left out: revoked indicators");
}

static void test_what_cannot_be_said_is_named(void **state)
{
    (void)state;
    watch_read(&w, BUNDLE(INDICATOR("1", "2026-01-02T00:00:00Z", "[file:hashes.MD5 = 'aa']", "") "," INDICATOR(
                       "2", "2026-01-02T00:00:00Z", "[file:hashes.MD5 = 'bb']",
                       "") ","
                           "{\"type\":\"indicator\",\"id\":\"i\",\"pattern_type\":\"snort\",\"pattern\":\"alert\"}," INDICATOR(
                               "3", "2026-01-02T00:00:00Z", "[oops", "")));
    watch_complains(&w, "2 left out: STIX patterns about file:hashes");
    watch_complains(&w, "1 left out: indicators whose pattern_type is snort");
    watch_complains(&w, "indicator--00000000-0000-4000-8000-000000000003: a pattern");
    assert_int_equal(w.result.inexpressible, 3);
    assert_int_equal(w.result.bad, 1);
}

static void test_envelopes_arrays_and_lines(void **state)
{
    (void)state;
    w.options.format = INTEL_STIX;
    watch_read(
        &w, "{\"more\":false,\"objects\":[" INDICATOR("1", "2026-01-02T00:00:00Z", "[ipv4-addr:value = '198.51.100.7']", "") "]}");
    assert_string_equal(w.values, "198.51.100.7 exact\n");
    watch_read(&w, "[" INDICATOR("1", "2026-01-02T00:00:00Z", "[ipv4-addr:value = '198.51.100.7']", "") "]");
    assert_string_equal(w.values, "198.51.100.7 exact\n");
    watch_read(&w, INDICATOR("1", "2026-01-02T00:00:00Z", "[ipv4-addr:value = '198.51.100.7']",
                             "") "\n" INDICATOR("2", "2026-01-02T00:00:00Z", "[ipv4-addr:value = '198.51.100.8']", "") "\n");
    assert_string_equal(w.values, "198.51.100.7 exact\n198.51.100.8 exact\n");
    w.options.format = INTEL_GUESS;
}

static void test_bare_observables_count_where_no_indicator_is(void **state)
{
    (void)state;
    static const char observable[] = "{\"type\":\"ipv4-addr\",\"id\":\"ipv4-addr--1\",\"value\":\"198.51.100.9\"}";
    char text[4096];
    snprintf(text, sizeof text, BUNDLE("%s"), observable);
    watch_read(&w, text);
    assert_string_equal(w.values, "198.51.100.9 exact\n");
    snprintf(text, sizeof text, BUNDLE("%s,%s"), observable,
             INDICATOR("1", "2026-01-02T00:00:00Z", "[domain-name:value = 'bad.example']", ""));
    watch_read(&w, text);
    assert_string_equal(w.values, "bad.example exact\n");
}

static void test_broken_records_cost_themselves_alone(void **state)
{
    (void)state;
    static char text[3 << 20];
    size_t used = (size_t)snprintf(text, sizeof text, "{\"type\":\"bundle\",\"objects\":[{\"type\" \"indicator\"},\n{\"deep\":");
    memset(text + used, '[', 100000);
    memset(text + used + 100000, ']', 100000);
    used += 200000;
    used += (size_t)snprintf(text + used, sizeof text - used, "},\n{\"long\":\"");
    memset(text + used, 'a', JSON_LONG);
    used += JSON_LONG;
    used += (size_t)snprintf(text + used, sizeof text - used, "\"},\n{\"utf8\":\"\xff\"},\n%s]}",
                             INDICATOR("1", "2026-01-02T00:00:00Z", "[domain-name:value = 'bad.example']", ""));
    watch_read(&w, text);
    assert_string_equal(w.values, "bad.example exact\n");
    assert_int_equal(w.result.bad, 4);
    watch_complains(&w, ":1: a record that is no JSON");
    watch_complains(&w, ":2: a record nested deeper than 64");
    watch_complains(&w, ":3: a record longer than 1 MiB");
    watch_complains(&w, ":4: a record that is no JSON in UTF-8");
}

static void test_a_bundle_cut_anywhere(void **state)
{
    (void)state;
    static const char whole[] = BUNDLE(INDICATOR("1", "2026-01-02T00:00:00Z", "[domain-name:value = 'bad.example']", ""));
    w.options.format = INTEL_STIX;
    for (size_t size = 1; size < sizeof whole - 1; size++) {
        char cut[sizeof whole];
        memcpy(cut, whole, size);
        cut[size] = '\0';
        watch_read(&w, cut);
        assert_true(w.result.bad >= 1);
    }
    w.options.format = INTEL_GUESS;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_a_pattern_cut_anywhere_is_bounded),
        cmocka_unit_test(test_hostile_patterns_are_bounded),
        cmocka_unit_test(test_bundle_with_relations),
        cmocka_unit_test(test_latest_version_counts_and_revoked_does_not),
        cmocka_unit_test(test_what_cannot_be_said_is_named),
        cmocka_unit_test(test_envelopes_arrays_and_lines),
        cmocka_unit_test(test_bare_observables_count_where_no_indicator_is),
        cmocka_unit_test(test_broken_records_cost_themselves_alone),
        cmocka_unit_test(test_a_bundle_cut_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
