/* SPDX-License-Identifier: Apache-2.0 */
/* MISP: which attributes are taken, what the event, its tags and galaxies say of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "intel_watch.h"

static struct watch w;

#define ATTRIBUTE(type, value) "{\"type\":\"" type "\",\"value\":\"" value "\",\"to_ids\":true}"

static void test_event_speaks_for_its_attributes_wherever_it_stands(void **state)
{
    (void)state;
    watch_read(&w,
               "{\"Event\":{\"Attribute\":[{\"type\":\"ip-dst\",\"value\":\"198.51.100.7\",\"to_ids\":true,\"comment\":\"c2\","
               "\"timestamp\":\"1767312000\"}],\"info\":\"Fake interviews\",\"date\":\"2026-01-01\",\"Orgc\":{\"name\":\"CERT\"},"
               "\"Tag\":[{\"name\":\"tlp:amber\"},{\"name\":\"misp-galaxy:threat-actor=\\\"Lazarus Group\\\"\"},"
               "{\"name\":\"misp:confidence-level=\\\"usually-confident\\\"\"}],"
               "\"Galaxy\":[{\"type\":\"malpedia\",\"GalaxyCluster\":[{\"value\":\"BeaverTail\"}]}]}}");
    assert_int_equal(w.result.format, INTEL_MISP);
    assert_string_equal(w.text,
                        "198.51.100.7 ipv4 exact Lazarus Group Fake interviews BeaverTail  2026-01-01 2026-01-02 0 0 75    amber "
                        "CERT  c2 list 1\n");
}

static void test_types(void **state)
{
    (void)state;
    watch_read(
        &w,
        "{\"response\":{\"Attribute\":[" ATTRIBUTE("ip-src", "2001:db8::1") "," ATTRIBUTE("ip-dst", "198.51.100.0/24") "," ATTRIBUTE("ip-dst|port", "198.51.100.7|443") "," ATTRIBUTE("domain", "bad.example") "," ATTRIBUTE("hostname", "a.bad.example") "," ATTRIBUTE(
            "domain|ip",
            "b.example|198.51.100.9") "," ATTRIBUTE("hostname|port",
                                                    "c.example|8443") "," ATTRIBUTE("url",
                                                                                    "hxxp://d[.]example/x") "," ATTRIBUTE("ja3-"
                                                                                                                          "fingerpr"
                                                                                                                          "int-md5",
                                                                                                                          "d41d8cd9"
                                                                                                                          "8f00b204"
                                                                                                                          "e9800998"
                                                                                                                          "ecf8427"
                                                                                                                          "e") "," ATTRIBUTE("x509-fingerprint-sha1",
                                                                                                                                             "da39a3ee5e6b4b0d3255bfef95601890afd80709") "," ATTRIBUTE("btc",
                                                                                                                                                                                                       "1BoatSLRHtKNngkdXEeobR76b53LETtpyT") "]}}");
    assert_string_equal(w.values,
                        "2001:db8::1 exact\n198.51.100.0/24 exact\n198.51.100.7:443 exact\nbad.example suffix\n"
                        "a.bad.example exact\nb.example suffix\n198.51.100.9 exact\nc.example exact\nhttp://d.example/x exact\n"
                        "d41d8cd98f00b204e9800998ecf8427e exact\nda39a3ee5e6b4b0d3255bfef95601890afd80709 exact\n"
                        "1BoatSLRHtKNngkdXEeobR76b53LETtpyT exact\n");
    assert_int_equal(w.result.bad, 0);
}

static void test_what_is_left_out_is_named(void **state)
{
    (void)state;
    watch_read(&w,
               "{\"response\":[{\"Event\":{\"Attribute\":[{\"type\":\"domain\",\"value\":\"a.example\",\"to_ids\":false},"
               "{\"type\":\"domain\",\"value\":\"b.example\",\"to_ids\":true,\"deleted\":true},"
               "{\"type\":\"domain\",\"value\":\"c.example\",\"to_ids\":\"1\",\"deleted\":\"0\"}," ATTRIBUTE(
                   "hassh-md5",
                   "aa") "," ATTRIBUTE("filename",
                                       "x") "," ATTRIBUTE("filename",
                                                          "y") "," ATTRIBUTE("domain",
                                                                             "co.uk") "," ATTRIBUTE("domain|ip",
                                                                                                    "no-bar.example") ",17]}}]}");
    assert_string_equal(w.values, "c.example suffix\n");
    watch_complains(&w, "1 left out: attributes that are not for detection (to_ids is false)");
    watch_complains(&w, "1 left out: deleted attributes");
    watch_complains(&w, "2 left out: attributes of type filename");
    watch_complains(&w, "1 left out: attributes of type hassh-md5");
    watch_complains(&w, "'no-bar.example' is no domain|ip");
    watch_complains(&w, "an attribute that is no object");
    assert_int_equal(w.result.refused, 1);
    assert_int_equal(w.result.bad, 2);
}

static void test_objects(void **state)
{
    (void)state;
    watch_read(
        &w,
        "[{\"Event\":{\"info\":\"x\",\"Object\":[{\"name\":\"ip-port\",\"Attribute\":[" ATTRIBUTE(
            "ip-dst", "198.51.100.7") ","
                                      "{\"type\":\"port\",\"object_relation\":\"dst-port\",\"value\":\"1224\"},"
                                      "{\"type\":\"port\",\"object_relation\":\"dst-port\",\"value\":\"1244\"},"
                                      "{\"type\":\"port\",\"object_relation\":\"src-port\",\"value\":\"9\"}]},"
                                      "{\"name\":\"domain-ip\",\"Attribute\":[" ATTRIBUTE("domain", "a.example") "," ATTRIBUTE(
                                          "ip-dst", "198.51.100.8") "]},"
                                                                    "{\"name\":\"file\",\"deleted\":true,\"Attribute\":[" ATTRIBUTE(
                                                                        "domain", "z.example") "]}]}}]");
    assert_string_equal(w.values, "198.51.100.7:1224:1244 exact\na.example suffix\n198.51.100.8 exact\n");
    watch_complains(&w, "1 left out: deleted objects");
}

static void test_events_after_each_other_keep_apart(void **state)
{
    (void)state;
    watch_read(&w, "[{\"Event\":{\"info\":\"one\",\"Attribute\":[" ATTRIBUTE(
                       "domain", "a.example") "]}},"
                                              "{\"Event\":{\"Attribute\":[" ATTRIBUTE("domain", "b.example") "]}}]");
    assert_non_null(strstr(w.text, "a.example domain suffix  one "));
    assert_non_null(strstr(w.text, "b.example domain suffix   "));
}

static void test_a_manifest_has_no_indicator(void **state)
{
    (void)state;
    w.options.format = INTEL_MISP;
    watch_read(&w, "{\"5f6b0000-0000-4000-8000-000000000000\":{\"info\":\"x\",\"Orgc\":{\"name\":\"y\"}}}");
    assert_int_equal(w.result.taken + w.result.bad, 0);
    w.options.format = INTEL_GUESS;
}

static void test_an_event_cut_anywhere(void **state)
{
    (void)state;
    static const char whole[] =
        "{\"response\":[{\"Event\":{\"info\":\"x\",\"Tag\":[{\"name\":\"tlp:red\"}],\"Attribute\":[" ATTRIBUTE(
            "domain", "a.example") "],\"Object\":[{\"name\":\"ip-port\",\"Attribute\":[" ATTRIBUTE("ip-dst",
                                                                                                   "198.51.100.7") "]}]}}]}";
    w.options.format = INTEL_MISP;
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
        cmocka_unit_test(test_event_speaks_for_its_attributes_wherever_it_stands),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_what_is_left_out_is_named),
        cmocka_unit_test(test_objects),
        cmocka_unit_test(test_events_after_each_other_keep_apart),
        cmocka_unit_test(test_a_manifest_has_no_indicator),
        cmocka_unit_test(test_an_event_cut_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
