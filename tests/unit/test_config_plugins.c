/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_config_plugins.c - the sections that plugins describe by their own tables, and the shipped file.
 */
#include <string.h>

#include "config_text.h"
#include "run/builtin.h"

#ifndef SOURCE_DIR
#define SOURCE_DIR "."
#endif

static void test_the_shipped_file_says_the_defaults_and_suits_the_plugins(void **state)
{
    (void)state;
    static char wanted[CONFIG_TEXT_MAX], got[CONFIG_TEXT_MAX];
    struct error e = {""};
    struct config *c = config_load(NULL, NULL), *shipped = config_load(SOURCE_DIR "/sensor/haetae.yaml", &e);
    if (shipped == NULL)
        fail_msg("%s", e.text);
    dump(c, wanted);
    dump(shipped, got);
    assert_string_equal(got, wanted);
    size_t count = 0;
    while (builtin_plugins[count] != NULL)
        count++;
    if (!config_check(shipped, builtin_plugins, count, &e))
        fail_msg("%s", e.text);
    expect_round_trip(shipped);
    config_free(shipped);
    config_free(c);
}

/* ----------------------------------------------------------------- plugins */

static const struct sensor_option trade_options[] = {
    {"services", OPTION_TEXT, "services.csv", 0, 0, "list"},
    {"allow", OPTION_LIST, "", 0, 0, "hosts"},
    {"alert", OPTION_BOOL, "yes", 0, 0, "switch"},
    {"limit", OPTION_NUMBER, "1", 0, 10, "count"},
    {"window", OPTION_SECONDS, "1h", 1, 100000, "time"},
    {"room", OPTION_SIZE, "1mb", 0, 0, "size"},
    {NULL, OPTION_TEXT, NULL, 0, 0, NULL},
};
static const struct sensor_option sink_options[] = {
    {"filename", OPTION_TEXT, "", 0, 0, "path"},       {"append", OPTION_BOOL, "no", 0, 0, "switch"},
    {"filemode", OPTION_TEXT, "", 0, 0, "mode"},       {"server", OPTION_TEXT, "127.0.0.1", 0, 0, "address"},
    {"port", OPTION_NUMBER, "6379", 1, 65535, "port"}, {NULL, OPTION_TEXT, NULL, 0, 0, NULL},
};
static const struct sensor_plugin trade = {SENSOR_PLUGIN_ABI, .kind = SENSOR_DETECTOR, .name = "trade", .options = trade_options};
static const struct sensor_plugin redis = {SENSOR_PLUGIN_ABI, .kind = SENSOR_OUTPUT, .name = "redis", .options = sink_options};
static const struct sensor_plugin *const plugins[] = {&trade, &redis};

static void test_detector_options_go_by_its_table(void **state)
{
    (void)state;
    struct error e = {""};
    struct config *c = parsed(
        "plugins:\n  detectors:\n    trade:\n      allow: [10.0.0.7, \"10.1.0.0/16\"]\n      alert: off\n      window: 2h\n");
    struct sensor_options *o = config_plugin_options(c, &trade, &e);
    assert_non_null(o);
    assert_string_equal(options_text(o, "services"), "services.csv");
    assert_int_equal(options_count(o, "allow"), 2);
    assert_string_equal(options_item(o, "allow", 1), "10.1.0.0/16");
    assert_int_equal(options_number(o, "alert"), 0);
    assert_int_equal(options_number(o, "limit"), 1);
    assert_int_equal(options_number(o, "window"), 7200);
    assert_int_equal(options_number(o, "room"), 1 << 20);
    options_free(o);
    config_free(c);
}

static void test_detector_options_without_a_section_are_the_defaults(void **state)
{
    (void)state;
    struct config *c = config_load(NULL, NULL);
    struct sensor_options *o = config_plugin_options(c, &trade, NULL);
    assert_non_null(o);
    assert_int_equal(options_number(o, "window"), 3600);
    options_free(o);
    config_free(c);
}

static void expect_plugin_error(const char *text, const char *words)
{
    struct error e = {""};
    struct config *c = parsed(text);
    assert_false(config_check(c, plugins, 2, &e));
    assert_string_equal(e.text, words);
    config_free(c);
}

static void test_check_knows_what_plugins_know(void **state)
{
    (void)state;
    expect_plugin_error(
        "plugins: {detectors: {trad: {}}}\n",
        "haetae.yaml:1:23: plugins.detectors: unknown detector 'trad'; did you mean 'trade'? known detectors: trade");
    expect_plugin_error(
        "plugins: {detectors: {trade: {alow: x}}}\n",
        "haetae.yaml:1:31: plugins.detectors.trade: unknown key 'alow'; did you mean 'allow'? known keys: enabled, services, "
        "allow, alert, limit, window, room");
    expect_plugin_error("plugins: {detectors: {trade: {limit: 11}}}\n",
                        "haetae.yaml:1:31: plugins.detectors.trade.limit: 11 is out of bounds; 0 to 10");
    expect_plugin_error("plugins: {detectors: {trade: {limit: [1]}}}\n",
                        "haetae.yaml:1:31: plugins.detectors.trade.limit: takes one value, not a list");
    expect_plugin_error(
        "plugins: {detectors: {trade: {window: x}}}\n",
        "haetae.yaml:1:31: plugins.detectors.trade.window: 'x' is no time; write seconds or a number with s, m, h or d");
    expect_plugin_error("plugins: {detectors: {trade: {alert: ''}}}\n",
                        "haetae.yaml:1:31: plugins.detectors.trade.alert: a value is missing");
    expect_plugin_error(
        "outputs: [eve-log: {reddis: {}}]\n",
        "haetae.yaml:1:21: outputs.eve-log: unknown output plugin 'reddis'; did you mean 'redis'? known output plugins: redis");
    expect_plugin_error("outputs: [eve-log, eve-log: {redis: {port: 0}}]\n",
                        "haetae.yaml:1:38: outputs.eve-log.redis.port: 0 is out of bounds; 1 to 65535");
    expect_plugin_error(
        "outputs: [eve-log: {redis: {prt: 0}}]\n",
        "haetae.yaml:1:29: outputs.eve-log.redis: unknown key 'prt'; did you mean 'port'? known keys: filename, append, "
        "filemode, server, port");
}

static void test_check_shows_detector_defaults_in_the_dump(void **state)
{
    (void)state;
    static char text[CONFIG_TEXT_MAX];
    struct config *c = parsed("plugins: {detectors: {trade: {limit: 3}}}\n");
    assert_true(config_check(c, plugins, 2, NULL));
    dump(c, text);
    assert_non_null(
        strstr(text, "    trade:\n      limit: 3\n      enabled: yes\n      services: services.csv\n      allow: \"\"\n"));
    struct config *again = parsed(text);
    assert_true(config_check(again, plugins, 2, NULL));
    expect_round_trip(again);
    config_free(again);
    config_free(c);
}

static void test_sink_options_come_from_its_map_then_the_entry(void **state)
{
    (void)state;
    struct config *c = parsed(
        "outputs:\n  - eve-log:\n      filename: a.json\n      redis: {port: 7000, append: no}\n  - eve-log: {filemode: 600}\n");
    struct error e = {""};
    struct sensor_options *o = config_output_options(c, 0, &redis, &e);
    assert_non_null(o);
    assert_string_equal(options_text(o, "filename"), "a.json");
    assert_int_equal(options_number(o, "append"), 0);
    assert_int_equal(options_number(o, "port"), 7000);
    assert_string_equal(options_text(o, "server"), "127.0.0.1");
    options_free(o);
    o = config_output_options(c, 1, &redis, &e);
    assert_non_null(o);
    assert_string_equal(options_text(o, "filename"), "eve.json");
    assert_string_equal(options_text(o, "filemode"), "600");
    assert_int_equal(options_number(o, "append"), 1);
    options_free(o);
    config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_shipped_file_says_the_defaults_and_suits_the_plugins),
        cmocka_unit_test(test_detector_options_go_by_its_table),
        cmocka_unit_test(test_detector_options_without_a_section_are_the_defaults),
        cmocka_unit_test(test_check_knows_what_plugins_know),
        cmocka_unit_test(test_check_shows_detector_defaults_in_the_dump),
        cmocka_unit_test(test_sink_options_come_from_its_map_then_the_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
