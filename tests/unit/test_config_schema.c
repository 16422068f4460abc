/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_config_schema.c - every key of the table, by the table: a new key is tested the moment it is there. And --set.
 */
#include <string.h>

#include "config_text.h"
#include "run/config_schema.h"

/* ------------------------------------------------- every key of the table */

/* "a[].b.*" as a path for --set: "a.0.b.x"; types are found by name, so they need no number. */
static void concrete_path(const char *path, char out[256])
{
    size_t used = 0;
    for (; *path != '\0'; path++) {
        bool type = *path == '[' && used >= 5 && strncmp(out + used - 5, "types", 5) == 0;
        if (*path == '[' && !type)
            used += (size_t)snprintf(out + used, 256 - used, ".0");
        else if (*path == '*')
            out[used++] = 'x';
        else if (*path != '[' && *path != ']')
            out[used++] = *path;
    }
    out[used] = '\0';
}

static const char *wrong_value(enum value_type type)
{
    switch (type) {
    case VALUE_BOOL: return "maybe";
    case VALUE_NUMBER: return "12x";
    case VALUE_SIZE: return "1 furlong";
    case VALUE_SECONDS: return "3 weeks";
    case VALUE_OCTAL: return "8";
    case VALUE_CHOICE: return "loud";
    case VALUE_ADDRESSES: return "10.0.0.0/99";
    default: return NULL;
    }
}

static void test_every_single_value_refuses_a_wrong_one(void **state)
{
    (void)state;
    size_t tried = 0;
    for (size_t i = 0; i < config_row_count; i++) {
        const char *wrong = wrong_value(config_rows[i].type);
        if (wrong == NULL)
            continue;
        char path[256], assignment[300];
        struct error e = {""};
        struct config *c = config_load(NULL, NULL);
        concrete_path(config_rows[i].path, path);
        snprintf(assignment, sizeof assignment, "%s=%s", path, wrong);
        if (config_set(c, assignment, &e))
            fail_msg("%s was taken", assignment);
        const char *last = strrchr(path, '.');
        char wanted[300];
        snprintf(wanted, sizeof wanted, "%s: ", last != NULL ? last + 1 : path);
        if (strncmp(e.text, "--set: ", 7) != 0 || strstr(e.text, wanted) == NULL || strstr(e.text, wrong) == NULL)
            fail_msg("%s: '%s'", assignment, e.text);
        config_free(c);
        tried++;
    }
    assert_true(tried > 40);
}

/* The YAML that puts `value` at a path of the table, in flow style. */
static void flow_style(const char *path, const char *value, char *out, size_t size)
{
    char closing[64];
    size_t used = 0, open = 0;
    while (*path != '\0') {
        size_t key = strcspn(path, ".[");
        if (key > 0) {
            used += (size_t)snprintf(out + used, size - used, "{%.*s: ", (int)key, *path == '*' ? "x" : path);
            closing[open++] = '}';
        }
        path += key;
        if (*path == '[') {
            used += (size_t)snprintf(out + used, size - used, "[");
            closing[open++] = ']';
            path += 2;
        }
        path += *path == '.';
    }
    used += (size_t)snprintf(out + used, size - used, "%s", value);
    while (open > 0)
        used += (size_t)snprintf(out + used, size - used, "%c", closing[--open]);
}

static void test_every_key_refuses_a_map_that_is_not_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < config_row_count; i++) {
        char text[512];
        struct error e = {""};
        flow_style(config_rows[i].path, "{zz: {zz: 1}}", text, sizeof text);
        assert_null(config_parse("haetae.yaml", text, strlen(text), &e));
        bool named = strstr(e.text, "found a map") != NULL || strstr(e.text, "unknown key 'zz'") != NULL;
        if (!named || strncmp(e.text, "haetae.yaml:1:", 14) != 0)
            fail_msg("%s: '%s'", text, e.text);
    }
}

static void test_every_map_refuses_an_unknown_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < config_row_count; i++) {
        char path[256], text[512];
        struct error e = {""};
        snprintf(path, sizeof path, "%s", config_rows[i].path);
        char *last = strrchr(path, '.');
        if (last == NULL || strchr(last, '*') != NULL || strstr(path, "address-groups") != NULL ||
            strstr(path, "detectors") != NULL)
            continue;
        snprintf(last, sizeof path - (size_t)(last - path), ".zzzz");
        flow_style(path, "1", text, sizeof text);
        assert_null(config_parse("haetae.yaml", text, strlen(text), &e));
        if (strstr(e.text, "unknown key 'zzzz'; known keys: ") == NULL)
            fail_msg("%s: '%s'", text, e.text);
    }
}

static void test_every_key_has_help_and_a_good_default(void **state)
{
    (void)state;
    for (size_t i = 0; i < config_row_count; i++) {
        const struct config_row *row = &config_rows[i];
        struct value_rule rule = config_row_rule(row);
        struct error e = {""};
        int64_t number;
        assert_true(strlen(row->help) > 2);
        if (row->fallback != NULL && !value_parse(&rule, row->fallback, &number, &e))
            fail_msg("%s: %s", row->path, e.text);
        assert_true((rule.type == VALUE_CHOICE) == (row->choices != NULL));
    }
}

/* config_place_child counts a key once only when its rows stand together. */
static void test_rows_of_one_map_stand_together(void **state)
{
    (void)state;
    for (size_t i = 1; i < config_row_count; i++) {
        const char *path = config_rows[i].path;
        for (const char *end = path; (end = strpbrk(end, ".[")) != NULL; end++) {
            size_t size = (size_t)(end - path);
            if (strncmp(config_rows[i - 1].path, path, size) == 0)
                continue;
            for (size_t k = 0; k + 1 < i; k++)
                assert_false(strncmp(config_rows[k].path, path, size) == 0 && strchr(".[", config_rows[k].path[size]) != NULL);
        }
    }
}

/* --------------------------------------------------------------------- set */

static void set(struct config *c, const char *assignment)
{
    struct error e = {""};
    if (!config_set(c, assignment, &e))
        fail_msg("%s: %s", assignment, e.text);
}

static void test_set_overrides_and_adds(void **state)
{
    (void)state;
    struct config *c = parsed("stats: {interval: 3}\naf-packet: [interface: eth0]\n");
    set(c, "stats.interval=2m");
    set(c, "outputs.0.eve-log.filename=x=y.json");
    set(c, "outputs.0.eve-log.types=[alert, dns]");
    set(c, "outputs.0.eve-log.types.dns.version=2");
    set(c, "outputs.1.eve-log.types=stats");
    set(c, "outputs.eve-log.append=no");
    set(c, "geo.databases=/a.mmdb,/b c.mmdb");
    set(c, "vars.address-groups.DMZ=[192.0.2.0/24,!192.0.2.1]");
    set(c, "vars.address-groups.HOME_NET=$DMZ");
    set(c, "plugins.detectors.dprk.enabled=no");
    set(c, "af-packet.1.interface=eth1");
    assert_int_equal(config_number(c, "stats.interval"), 120);
    assert_string_equal(config_text(c, "outputs.0.eve-log.filename"), "x=y.json");
    assert_int_equal(config_count(c, "outputs.0.eve-log.types"), 2);
    assert_int_equal(config_number(c, "outputs.0.eve-log.types.dns.version"), 2);
    assert_int_equal(config_count(c, "outputs"), 2);
    assert_string_equal(config_item(c, 0, "outputs.1.eve-log.types"), "stats");
    assert_false(config_bool(c, "outputs.0.eve-log.append"));
    assert_true(config_bool(c, "outputs.1.eve-log.append"));
    assert_string_equal(config_item(c, 1, "geo.databases"), "/b c.mmdb");
    assert_string_equal(config_text(c, "vars.address-groups.DMZ"), "[192.0.2.0/24,!192.0.2.1]");
    assert_false(config_detector_enabled(c, "dprk"));
    assert_true(config_detector_enabled(c, "exchange"));
    assert_int_equal(config_interface(c, "af-packet", "eth1"), 1);
    expect_round_trip(c);
    config_free(c);
}

static void expect_set_error(const char *assignment, const char *words)
{
    struct error e = {""};
    struct config *c = config_load(NULL, NULL);
    assert_false(config_set(c, assignment, &e));
    assert_string_equal(e.text, words);
    config_free(c);
}

static void test_set_errors(void **state)
{
    (void)state;
    expect_set_error("stats.interval", "--set stats.interval: write KEY=VALUE, like stats.interval=5");
    expect_set_error("sensor-name=\xe2", "--set: not UTF-8");
    expect_set_error("=5", "--set =5: write KEY=VALUE, like stats.interval=5");
    expect_set_error("stats.interval=", "--set: stats.interval: '' is no time; write seconds or a number with s, m, h or d");
    expect_set_error("stats=5", "--set: stats: want a map of keys below it, found a value");
    expect_set_error("stats.foo=5", "--set: stats: unknown key 'foo'; known keys: enabled, interval");
    expect_set_error("outputs.3.eve-log.append=no", "--set: item 3 of outputs: there are only 1, counted from 0");
    expect_set_error("stats.interval.more=5", "--set: stats.interval: want a single value, found a map");
    expect_set_error("outputs.0=eve", "--set: outputs: unknown key 'eve'; known keys: eve-log");
    expect_set_error("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r=1", "--set a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r=1: too many steps");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_single_value_refuses_a_wrong_one),
        cmocka_unit_test(test_every_key_refuses_a_map_that_is_not_its_own),
        cmocka_unit_test(test_every_map_refuses_an_unknown_key),
        cmocka_unit_test(test_every_key_has_help_and_a_good_default),
        cmocka_unit_test(test_rows_of_one_map_stand_together),
        cmocka_unit_test(test_set_overrides_and_adds),
        cmocka_unit_test(test_set_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
