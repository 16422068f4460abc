/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_config.c - haetae.yaml: the defaults, what is made of what is right, and that a dump says the same.
 */
#include <stdlib.h>
#include <string.h>

#include "config_text.h"

/* ---------------------------------------------------------------- defaults */

static void test_no_file_is_the_defaults(void **state)
{
    (void)state;
    struct config *c = config_load(NULL, NULL);
    assert_non_null(c);
    assert_string_equal(config_origin(c), "");
    assert_true(config_bool(c, "stats.enabled"));
    assert_int_equal(config_number(c, "stats.interval"), 8);
    assert_int_equal(config_number(c, "dissect.stream-max"), 65536);
    assert_string_equal(config_text(c, "vars.address-groups.EXTERNAL_NET"), "!$HOME_NET");
    assert_int_equal(config_count(c, "outputs"), 1);
    assert_string_equal(config_item(c, 0, "outputs"), "eve-log");
    assert_null(config_item(c, 1, "outputs"));
    assert_string_equal(config_text(c, "outputs.%d.eve-log.filename", 0), "eve.json");
    assert_int_equal(config_count(c, "outputs.0.eve-log.types"), 8);
    assert_string_equal(config_item(c, 0, "outputs.0.eve-log.types"), "alert");
    assert_string_equal(config_item(c, 2, "outputs.0.eve-log.types"), "dns");
    assert_int_equal(config_number(c, "outputs.0.eve-log.types.dns.version"), 3);
    assert_int_equal(config_number(c, "outputs.0.eve-log.types.2.dns.version"), 3);
    assert_int_equal(config_count(c, "geo.databases"), 0);
    expect_round_trip(c);
    config_free(c);
}

static void test_empty_and_comment_only_files_are_the_defaults(void **state)
{
    (void)state;
    static char wanted[CONFIG_TEXT_MAX], got[CONFIG_TEXT_MAX];
    struct config *c = config_load(NULL, NULL);
    dump(c, wanted);
    config_free(c);
    static const char *const texts[] = {"",    "# nothing\n", "%YAML 1.1\n---\n",
                                        "~\n", "{}",          "stats:\noutputs:\nvars:\n  address-groups:\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        c = parsed(texts[i]);
        dump(c, got);
        if (i < 5)
            assert_string_equal(got, wanted);
        assert_int_equal(config_number(c, "stats.interval"), 8);
        assert_int_equal(config_count(c, "outputs"), 1);
        config_free(c);
    }
}

/* ------------------------------------------------------------------ values */

static void test_values_are_read_by_type(void **state)
{
    (void)state;
    struct config *c = parsed("stats: {enabled: OFF, interval: 5m}\n"
                              "dissect: {stream-max: 128 KB, memory-max: 1gb}\n"
                              "flow: {max-flows: 5000}\n"
                              "logging: {default-log-level: WARNING}\n"
                              "pcap-file: {checksum-checks: off}\n"
                              "geo:\n  databases:\n    - /a/b.mmdb\n    - \"c d.mmdb\"\n"
                              "sensor-name: seoul-1\n"
                              "outputs: [eve-log: {filemode: 600}]\n");
    assert_false(config_bool(c, "stats.enabled"));
    assert_int_equal(config_number(c, "stats.interval"), 300);
    assert_int_equal(config_number(c, "dissect.stream-max"), 131072);
    assert_int_equal(config_number(c, "dissect.memory-max"), 1073741824);
    assert_int_equal(config_number(c, "flow.max-flows"), 5000);
    assert_string_equal(config_text(c, "logging.default-log-level"), "warning");
    assert_string_equal(config_text(c, "pcap-file.checksum-checks"), "no");
    assert_int_equal(config_count(c, "geo.databases"), 2);
    assert_string_equal(config_item(c, 1, "geo.databases"), "c d.mmdb");
    assert_string_equal(config_text(c, "sensor-name"), "seoul-1");
    assert_int_equal(config_number(c, "outputs.0.eve-log.filemode"), 0600);
    expect_round_trip(c);
    config_free(c);
}

static void test_several_outputs_with_types_of_their_own(void **state)
{
    (void)state;
    struct config *c = parsed("outputs:\n"
                              "  - eve-log:\n"
                              "      filename: a.json\n"
                              "      types:\n"
                              "        - alert\n"
                              "        - dns:\n"
                              "            responses: no\n"
                              "        - stats:\n"
                              "  - eve-log:\n"
                              "      filetype: stdout\n"
                              "      types: [tls]\n"
                              "  - eve-log\n");
    assert_int_equal(config_count(c, "outputs"), 3);
    assert_int_equal(config_count(c, "outputs.0.eve-log.types"), 3);
    assert_string_equal(config_item(c, 2, "outputs.0.eve-log.types"), "stats");
    assert_true(config_bool(c, "outputs.0.eve-log.types.dns.requests"));
    assert_false(config_bool(c, "outputs.0.eve-log.types.dns.responses"));
    assert_int_equal(config_number(c, "outputs.0.eve-log.types.dns.version"), 3);
    assert_string_equal(config_text(c, "outputs.1.eve-log.filetype"), "stdout");
    assert_string_equal(config_text(c, "outputs.1.eve-log.filename"), "eve.json");
    assert_string_equal(config_item(c, 0, "outputs.1.eve-log.types"), "tls");
    assert_int_equal(config_count(c, "outputs.2.eve-log.types"), 8);
    expect_round_trip(c);
    config_free(c);
}

static void test_no_outputs_at_all(void **state)
{
    (void)state;
    struct config *c = parsed("outputs: []\n");
    assert_int_equal(config_count(c, "outputs"), 0);
    expect_round_trip(c);
    config_free(c);
}

static void test_interfaces_are_found_by_name_then_default(void **state)
{
    (void)state;
    struct config *c = parsed("af-packet:\n  - interface: eth0\n    snaplen: 1500\n  - interface: default\n    snaplen: 2000\n");
    assert_int_equal(config_interface(c, "af-packet", "eth0"), 0);
    assert_int_equal(config_interface(c, "af-packet", "eth9"), 1);
    assert_int_equal(config_number(c, "af-packet.%zu.snaplen", config_interface(c, "af-packet", "eth9")), 2000);
    assert_int_equal(config_number(c, "af-packet.0.buffer-size"), 64 << 20);
    size_t none = config_interface(c, "pcap", "eth0"); /* below what is not there everything is default */
    assert_int_equal(none, 0);
    assert_true(config_bool(c, "pcap.%zu.promisc", none));
    assert_string_equal(config_text(c, "pcap.%zu.bpf-filter", none), "");
    expect_round_trip(c);
    config_free(c);
}

static void test_address_groups_resolve_each_other(void **state)
{
    (void)state;
    struct config *c = parsed("vars:\n  address-groups:\n    HOME_NET: \"[10.0.0.0/8,$DMZ]\"\n    DMZ: 192.0.2.0/24\n");
    struct addr_set *home = config_addresses(c, "$HOME_NET", NULL), *external = config_addresses(c, "$EXTERNAL_NET", NULL);
    struct address inside, outside;
    assert_true(addr_parse("192.0.2.9", &inside) && addr_parse("198.51.100.1", &outside));
    assert_true(addr_set_holds(home, &inside) && !addr_set_holds(home, &outside));
    assert_true(!addr_set_holds(external, &inside) && addr_set_holds(external, &outside));
    addr_set_free(external);
    addr_set_free(home);
    config_free(c);
}

static void test_the_dump_keeps_passwords(void **state)
{
    (void)state;
    static char text[CONFIG_TEXT_MAX];
    struct config *c = parsed("outputs:\n  - eve-log:\n      filetype: kafka\n      kafka:\n        password: geheim\n"
                              "        properties: [sasl.password=geheim, linger.ms=7]\n");
    dump(c, text);
    assert_null(strstr(text, "geheim"));
    assert_non_null(strstr(text, "password: \"***\""));
    assert_non_null(strstr(text, "linger.ms=7"));
    config_free(c);
}

static void test_odd_texts_survive_the_dump(void **state)
{
    (void)state;
    static const char *const texts[] = {"\"a b\"",
                                        "\"\"",
                                        "\"null\"",
                                        "\"~\"",
                                        "\"yes: no #x\"",
                                        "\"\\\"\\\\\"",
                                        "\"한국\"",
                                        "\"\\x01\"",
                                        "\"\\u2028\\x85\"",
                                        "\"- x\"",
                                        "\"\\uFEFF\"",
                                        "\"line\\nline\"",
                                        "'%a @b `c'",
                                        "\"...\"",
                                        "\" x \"",
                                        "\"\\U0001F984\"",
                                        "123",
                                        "1.5",
                                        "/a/b",
                                        "\"\\uFFFF\""};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        static char text[CONFIG_TEXT_MAX];
        snprintf(text, sizeof text, "sensor-name: %s\n", texts[i]);
        struct config *c = parsed(text);
        dump(c, text);
        struct config *again = parsed(text);
        assert_string_equal(config_text(again, "sensor-name"), config_text(c, "sensor-name"));
        config_free(again);
        config_free(c);
    }
}

/* -------------------------------------------------------------- robustness */

static void test_cut_at_every_length(void **state)
{
    (void)state;
    static const char text[] =
        "%YAML 1.1\n---\nvars: {address-groups: {A: \"[1.1.1.1,!$HOME_NET]\"}}\nstats:\n  interval: 5m\noutputs:\n"
        "  - eve-log:\n      types:\n        - dns:\n            version: 2\n      redis: {a: [b, c]}\n"
        "geo: {databases: [x, 'y']}\nplugins: {detectors: {d: {e: f}}}\n";
    for (size_t size = 0; size < sizeof text; size++) {
        char *exact = malloc(size + 1);
        struct error e = {""};
        memcpy(exact, text, size);
        struct config *c = config_parse("cut", exact, size, &e);
        assert_true((c == NULL) == (e.text[0] != '\0'));
        if (c != NULL)
            expect_round_trip(c);
        config_free(c);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_file_is_the_defaults),
        cmocka_unit_test(test_empty_and_comment_only_files_are_the_defaults),
        cmocka_unit_test(test_values_are_read_by_type),
        cmocka_unit_test(test_several_outputs_with_types_of_their_own),
        cmocka_unit_test(test_no_outputs_at_all),
        cmocka_unit_test(test_interfaces_are_found_by_name_then_default),
        cmocka_unit_test(test_address_groups_resolve_each_other),
        cmocka_unit_test(test_the_dump_keeps_passwords),
        cmocka_unit_test(test_odd_texts_survive_the_dump),
        cmocka_unit_test(test_cut_at_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
