/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_config_errors.c - what haetae.yaml is refused for, word by word: place, path, reason, what to write.
 */
#include <stdlib.h>
#include <string.h>

#include "config_text.h"

/* ------------------------------------------------------------------ errors */

static void test_unknown_keys_name_line_path_and_neighbour(void **state)
{
    (void)state;
    expect_error("stats:\n  intervall: 5\n",
                 "haetae.yaml:2:3: stats: unknown key 'intervall'; did you mean 'interval'? known keys: enabled, interval");
    expect_error("stats:\n  enabled: yes\n  colour: red\n",
                 "haetae.yaml:3:3: stats: unknown key 'colour'; known keys: enabled, interval");
    expect_error("outputs:\n  - eve-log:\n      pathh: x\n",
                 "haetae.yaml:3:7: outputs.eve-log: unknown key 'pathh'; known keys: enabled, filetype, filename, rotate-interval, "
                 "rotate-size, compression, max-files, max-age, max-total-size, "
                 "prefix, append, "
                 "filemode, identity, facility, level, socket, community-id, community-id-seed, ethernet, pcap-file, "
                 "ipv6-compress, metadata, ndpi, event-seq, gap-records, queue-size, wait-timeout, spool, types");
    expect_error("outputs:\n  - fast:\n", "haetae.yaml:2:5: outputs: unknown key 'fast'; known keys: eve-log");
    expect_error(
        "outputs:\n  - eve-log:\n      types: [alert, dsn]\n",
        "haetae.yaml:3:22: outputs.eve-log.types: unknown key 'dsn'; did you mean 'dns'? known keys: alert, flow, dns, tls, http, "
        "quic, ftp, stats");
    expect_error("outputs:\n  - eve-log:\n      types:\n        - dns:\n            vers: 3\n",
                 "haetae.yaml:5:13: outputs.eve-log.types.dns: unknown key 'vers'; known keys: version, requests, responses");
    expect_error_begins("outptus:\n", "haetae.yaml:1:1: unknown key 'outptus'; did you mean 'outputs'? known keys: vars, ");
    expect_error_begins("\"*\": 1\n", "haetae.yaml:1:1: unknown key '*'; known keys: vars, ");
    expect_error_begins("af-packet:\n  - interface: e\n    buffer-sze: 1mb\n",
                        "haetae.yaml:3:5: af-packet: unknown key 'buffer-sze'; did you mean 'buffer-size'?");
}

static void test_wrong_shapes_say_what_is_wanted(void **state)
{
    (void)state;
    expect_error("- a\n", "haetae.yaml:1:1: want a map of keys below it, found a list");
    expect_error("hello\n", "haetae.yaml:1:1: want a map of keys below it, found a value");
    expect_error("stats: yes\n", "haetae.yaml:1:1: stats: want a map of keys below it, found a value");
    expect_error("stats: {interval: [5]}\n", "haetae.yaml:1:9: stats.interval: want a single value, found a list");
    expect_error("outputs: {eve-log: {}}\n", "haetae.yaml:1:1: outputs: want a list, each item beginning with '- ', found a map");
    expect_error(
        "outputs:\n  - eve-log:\n    enabled: yes\n",
        "haetae.yaml:3:5: outputs.enabled: want one name per item; indent this deeper than 'eve-log', or begin it with '- '");
    expect_error("outputs:\n  - []\n", "haetae.yaml:2:5: outputs: want a name, with or without options, found a list");
    expect_error("outputs: [eve-log: {types: [alert: {payload: yes}]}]\n",
                 "haetae.yaml:1:29: outputs.eve-log.types.alert: unknown key 'payload'; 'alert' takes no options");
    expect_error("outputs: [eve-log: {types: [alert: yes]}]\n",
                 "haetae.yaml:1:29: outputs.eve-log.types.alert: takes no value, found a value");
    expect_error("af-packet: [eth0]\n", "haetae.yaml:1:13: af-packet: want a map, like '- interface: eth0', found a value");
    expect_error("geo: {databases: [{a: b}]}\n", "haetae.yaml:1:19: geo.databases: want a plain text in this list, found a map");
    expect_error("vars: {address-groups: {HOME_NET: [10.0.0.0/8]}}\n",
                 "haetae.yaml:1:25: vars.address-groups.HOME_NET: want a text, found a list; put the brackets in quotes: "
                 "\"[10.0.0.0/8,fe80::/10]\"");
    expect_error("vars: {address-groups: {A: }}\n", "haetae.yaml:1:25: vars.address-groups.A: a value is missing");
    expect_error("vars: {address-groups: {a b: any}}\n",
                 "haetae.yaml:1:25: vars.address-groups.a b: a name is made of letters, digits, _ and -, at most 63");
    expect_error("plugins: {detectors: {dprk: yes}}\n",
                 "haetae.yaml:1:23: plugins.detectors.dprk: want a map of keys below it, found a value");
    expect_error("plugins: {detectors: {dprk: {a: {b: c}}}}\n",
                 "haetae.yaml:1:30: plugins.detectors.dprk.a: want a value or a list, found a map");
}

static void test_wrong_values_say_what_to_write(void **state)
{
    (void)state;
    expect_error("stats:\n  interval: soon\n",
                 "haetae.yaml:2:3: stats.interval: 'soon' is no time; write seconds or a number with s, m, h or d");
    expect_error("stats: {interval: 0}\n", "haetae.yaml:1:9: stats.interval: 0 is out of bounds; 1 to 1000000");
    expect_error("stats: {enabled: maybe}\n", "haetae.yaml:1:9: stats.enabled: 'maybe' is neither yes nor no; write yes or no");
    expect_error("flow: {max-flows: -1}\n", "haetae.yaml:1:8: flow.max-flows: -1 is out of bounds; 1024 to 268435456");
    expect_error("logging: {default-log-level: loud}\n",
                 "haetae.yaml:1:11: logging.default-log-level: 'loud' is not known; write one of: error warning notice info debug");
    expect_error("vars: {address-groups: {HOME_NET: \"[10.0.0.0/33]\"}}\n",
                 "haetae.yaml:1:25: vars.address-groups.HOME_NET: position 2: no address or CIDR block: '10.0.0.0/33'");
    expect_error(
        "vars: {address-groups: {A: $B, B: $A}}\n",
        "haetae.yaml:1:25: vars.address-groups.A: in $B: position 1: nested deeper than 16 levels; does a variable name itself?");
}

static void test_bad_yaml_names_line_and_column(void **state)
{
    (void)state;
    expect_error("stats:\n  enabled: yes\n  enabled: no\n", "haetae.yaml:3:3: key 'enabled' stands twice, first in line 2");
    expect_error("sensor-name: &a x\ndefault-log-dir: *a\n", "haetae.yaml:2:18: an alias (*name); write the value out");
    expect_error(
        "vars: {address-groups: {HOME_NET: !$X}}\n",
        "haetae.yaml:1:38: did not find expected whitespace or line break while scanning a tag; put texts that begin with '!' in "
        "quotes");
    expect_error("vars:\n  address-groups:\n    EXTERNAL_NET: !$HOME_NET\n",
                 "haetae.yaml:3:19: the value begins with '!', which YAML takes for a tag; put it in quotes");
    expect_error("sensor-name: a\n---\nsensor-name: b\n", "haetae.yaml:2:1: a second document; only one is read");
    expect_error("sensor-name: \"a\\0b\"\n", "haetae.yaml:1:14: a NUL in a text");
    expect_error("? [a]\n: b\n", "haetae.yaml:1:3: a key must be a plain word");
    expect_error("\xff", "haetae.yaml: byte 0: invalid leading UTF-8 octet; save the file as UTF-8");
    expect_error_begins("stats:\n\tenabled: yes\n", "haetae.yaml:2:1: found character that cannot start any token");
    expect_error_begins("stats: {enabled: yes\n", "haetae.yaml:2:1: did not find expected ',' or '}'");
}

static void test_growth_is_bounded(void **state)
{
    (void)state;
    static char text[CONFIG_SIZE_MAX + 64];
    size_t used = 0;
    for (int i = 0; i < 40; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "[");
    expect_error(text, "haetae.yaml:1:17: nested deeper than 16 levels");

    used = (size_t)snprintf(text, sizeof text, "geo:\n  databases:\n");
    while (used < 600000)
        used += (size_t)snprintf(text + used, sizeof text - used, "  - a\n");
    expect_error_begins(text, "haetae.yaml:65536:5: out of memory, or more than 65536 values");

    used = (size_t)snprintf(text, sizeof text, "vars:\n  address-groups:\n");
    for (int i = 0; i < 1100; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "    g%d: any\n", i);
    expect_error(text, "haetae.yaml:1027:5: more than 1024 keys in one map");

    memset(text, ' ', CONFIG_SIZE_MAX + 1);
    text[CONFIG_SIZE_MAX + 1] = '\0';
    expect_error(text, "haetae.yaml: longer than 4 MiB; is it the right file?");
}

static void test_a_file_that_cannot_be_read_says_why(void **state)
{
    (void)state;
    struct error e = {""};
    assert_null(config_load("/nowhere/haetae.yaml", &e));
    assert_string_equal(e.text, "/nowhere/haetae.yaml: No such file or directory");
    assert_null(config_load("/", &e));
    assert_string_equal(e.text, "/: Is a directory");
}

static void test_complaints_of_users_are_placed(void **state)
{
    (void)state;
    struct error e = {""};
    struct config *c = parsed("outputs:\n  - eve-log:\n      filetype: carrier-pigeon\n");
    assert_false(config_complain(c, &e, "outputs.0.eve-log.filetype", "'%s' is no output", "carrier-pigeon"));
    assert_string_equal(e.text, "haetae.yaml:3:7: outputs.eve-log.filetype: 'carrier-pigeon' is no output");
    config_complain(c, &e, "default-log-dir", "cannot be written");
    assert_string_equal(e.text, "default: default-log-dir: cannot be written");
    config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown_keys_name_line_path_and_neighbour),
        cmocka_unit_test(test_wrong_shapes_say_what_is_wanted),
        cmocka_unit_test(test_wrong_values_say_what_to_write),
        cmocka_unit_test(test_bad_yaml_names_line_and_column),
        cmocka_unit_test(test_growth_is_bounded),
        cmocka_unit_test(test_a_file_that_cannot_be_read_says_why),
        cmocka_unit_test(test_complaints_of_users_are_placed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
