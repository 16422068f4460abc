/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dprk_data.c - the shipped lists, the negative names, the rules table and the options.
 */
#include "dprk_test.h"

#include <ctype.h>

/* Opens the detector on the shipped list. */
static void *open_shipped(void)
{
    static const char *option[8];
    static char shared[1600];
    char error[256] = "";
    option[0] = "lists", option[1] = beside("../indicators.csv");
    option[2] = "actors", option[3] = beside("../actors.csv");
    snprintf(shared, sizeof shared, "%s,%s", beside("../shared-networks.json"), beside("../shared-parents.json"));
    option[4] = "shared", option[5] = shared;
    fake.plugin = &sensor_plugin_dprk;
    fake.option = option;
    fake_reset();
    void *state = sensor_plugin_dprk.detector.open(&fake_host, NULL, error, sizeof error);
    if (state == NULL)
        fail_msg("open: %s", error);
    return state;
}

static struct fake_list *load(const char *name)
{
    struct fake_list *list = fake_csv_open(beside(name));
    if (list == NULL)
        fail_msg("no %s", name);
    return list;
}

static void feed_question(void *state, const char *name)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_DNS);
    o.head.server_port = 53;
    o.dns.is_response = 1;
    struct dns_record q = {.name = fake_text(&o, name), .type = 1, .class = 1};
    struct text_ref at = fake_bytes(&o, &q, sizeof q);
    o.dns.questions = (struct array_ref){at.at, 1};
    feed(state, &o);
}

static void test_negative_names_never_alert(void **state)
{
    (void)state;
    void *dprk = open_shipped();
    struct fake_list *names = load("negative_names.csv");
    assert_true(names->rows >= 44);
    for (size_t r = 0; r < names->rows; r++) {
        const char *name = fake_cell(names, r, "value");
        feed_sni(dprk, name);
        feed_http(dprk, "GET", name, "/");
        feed_question(dprk, name);
        if (fake.raised_count != 0)
            fail_msg("%s raised: %s", name, fake.raised[0].signature);
    }
    fake_csv_close(names);
    sensor_plugin_dprk.detector.close(dprk);
}

/* Should this row of the shipped list be heard, by the policy as it is published? */
static bool is_heard(const struct fake_list *l, size_t row)
{
    const char *status = fake_cell(l, row, "status");
    return strtol(fake_cell(l, row, "confidence"), NULL, 10) >= 45 && strcmp(status, "stale") != 0 &&
           strcmp(status, "unverified") != 0;
}

static void test_every_domain_row_is_heard_as_its_policy_says(void **state)
{
    (void)state;
    void *dprk = open_shipped();
    struct fake_list *l = load("../indicators.csv");
    size_t heard = 0;
    for (size_t r = 0; r < l->rows; r++) {
        if (strcmp(fake_cell(l, r, "type"), "domain") != 0)
            continue;
        fake_reset();
        feed_sni(dprk, fake_cell(l, r, "value"));
        if ((fake.raised_count == 1) != is_heard(l, r))
            fail_msg("line %zu: %zu sightings", r + 2, fake.raised_count);
        heard += fake.raised_count;
    }
    assert_true(heard > 1000);
    fake_csv_close(l);
    sensor_plugin_dprk.detector.close(dprk);
}

static void test_every_address_row_is_heard_as_its_policy_says(void **state)
{
    (void)state;
    void *dprk = open_shipped();
    struct fake_list *l = load("../indicators.csv");
    for (size_t r = 0; r < l->rows; r++) {
        union fake_observation o;
        if (strcmp(fake_cell(l, r, "type"), "ipv4") != 0)
            continue;
        fake_reset();
        fake_begin(&o, OBSERVE_REPLIED);
        o.head.server = fake_address(fake_cell(l, r, "value"));
        feed(dprk, &o);
        if ((fake.raised_count == 1) != is_heard(l, r))
            fail_msg("line %zu: %zu sightings", r + 2, fake.raised_count);
    }
    fake_csv_close(l);
    sensor_plugin_dprk.detector.close(dprk);
}

static void test_every_url_row_is_heard_and_its_site_is_not(void **state)
{
    (void)state;
    void *dprk = open_shipped();
    struct fake_list *l = load("../indicators.csv");
    for (size_t r = 0; r < l->rows; r++) {
        char host[256];
        const char *url = fake_cell(l, r, "value");
        if (strcmp(fake_cell(l, r, "type"), "url") != 0)
            continue;
        fake_reset();
        assert_true(strncmp(url, "http://", 7) == 0);
        snprintf(host, sizeof host, "%.*s", (int)strcspn(url + 7, "/"), url + 7);
        feed_http(dprk, "GET", host, "/");
        feed_sni(dprk, host);
        assert_int_equal(fake.raised_count, 0);
        feed_http(dprk, "GET", host, url + 7 + strlen(host));
        assert_int_equal(only()->sid, 1790900);
    }
    fake_csv_close(l);
    sensor_plugin_dprk.detector.close(dprk);
}

static bool is_one_of(const char *text, const char *const *words)
{
    while (*words != NULL && strcmp(text, *words) != 0)
        words++;
    return *words != NULL;
}

static bool has_value(const struct fake_list *l, const char *value)
{
    for (size_t r = 0; r < l->rows; r++)
        if (strcmp(fake_cell(l, r, "value"), value) == 0)
            return true;
    return false;
}

static void test_shipped_rows_are_well_formed(void **state)
{
    static const char *const types[] = {"ipv4", "ipv6", "cidr", "domain", "url", "wallet", "tls_sha1", NULL};
    static const char *const matches[] = {"exact", "suffix", "cidr", NULL};
    static const char *const categories[] = {"actor_c2", "actor_phish", "front_company",     "it_worker",    "compromised_legit",
                                             "dprk_net", "laundering",  "sanctioned_wallet", "theft_wallet", NULL};
    (void)state;
    struct fake_list *l = load("../indicators.csv");
    struct fake_list *actors = load("../actors.csv");
    for (size_t r = 0; r < l->rows; r++) {
        const char *actor = fake_cell(l, r, "actor");
        const char *hosted = fake_cell(l, r, "hosted");
        bool ok = is_one_of(fake_cell(l, r, "type"), types) && is_one_of(fake_cell(l, r, "match"), matches) &&
                  is_one_of(fake_cell(l, r, "category"), categories) && *fake_cell(l, r, "source") != '\0' &&
                  strncmp(fake_cell(l, r, "reference"), "https://", 8) == 0 &&
                  has_value(actors, actor) &&
                  (*hosted == '\0' || strcmp(fake_cell(l, r, "match"), "exact") == 0);
        for (const char *c = fake_cell(l, r, "value"); strcmp(fake_cell(l, r, "type"), "domain") == 0 && *c != '\0'; c++)
            ok = ok && !isupper((unsigned char)*c);
        if (!ok)
            fail_msg("line %zu is malformed", r + 2);
    }
    fake_csv_close(actors);
    fake_csv_close(l);
}

static bool is_plain_ascii(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < 0x20 || *text > 0x7e || *text == '"' || *text == '\\')
            return false;
    return true;
}

static void test_rules_are_unique_plain_and_in_range(void **state)
{
    (void)state;
    const struct sensor_rule *rules = sensor_plugin_dprk.detector.rules;
    for (const struct sensor_rule *r = rules; r->sid != 0; r++) {
        long detector = strtol(r->detector + 1, NULL, 10);
        assert_true(r->sid >= 1790000 + 100 * detector && r->sid < 1790100 + 100 * detector);
        assert_true(r->severity >= 1 && r->severity <= 3 && r->rev >= 1);
        assert_true(is_plain_ascii(r->summary) && is_plain_ascii(r->evidence) && is_plain_ascii(r->false_positives));
        for (const struct sensor_rule *other = rules; other != r; other++)
            assert_int_not_equal(other->sid, r->sid);
    }
}

/* Opens with one option set and expects this error. */
static void expect_error(const char *name, const char *value, const char *message)
{
    const char *option[] = {name, value, "actors", beside("../actors.csv"), "lists", beside("rows.csv"), "shared", "", NULL};
    char error[256] = "";
    fake.plugin = &sensor_plugin_dprk;
    fake.option = option;
    assert_null(sensor_plugin_dprk.detector.open(&fake_host, NULL, error, sizeof error));
    assert_has(error, message);
    fake.option = NULL;
}

static void test_wrong_options_say_what_is_wrong(void **state)
{
    (void)state;
    expect_error("ageing", "often", "dprk: ageing: 'often' is not known; use report, lower or mute");
    expect_error("confidence-least", "90", "dprk: confidence-least: 90 is above confidence-full (70)");
    expect_error("lists", "", "dprk: lists: empty; give the path of a list");
    expect_error("lists", "/nowhere.csv", "/nowhere.csv: No such file");
    expect_error("actors", beside("negative_names.csv"), "no column 'type'");
}

static void test_actors_table_is_optional(void **state)
{
    (void)state;
    const char *option[] = {"lists", beside("rows.csv"), "actors", "", "shared", "", NULL};
    char error[256] = "";
    fake.plugin = &sensor_plugin_dprk;
    fake.option = option;
    fake_reset();
    void *dprk = sensor_plugin_dprk.detector.open(&fake_host, NULL, error, sizeof error);
    assert_non_null(dprk);
    feed_sni(dprk, "bad.example");
    assert_null(strstr(only()->facts, "actor_alias"));
    assert_has(only()->why, "Reports attribute it to BlueNoroff, campaign Test campaign\n");
    sensor_plugin_dprk.detector.close(dprk);
    fake.option = NULL;
}

static void test_close_takes_nothing(void **state)
{
    (void)state;
    sensor_plugin_dprk.detector.close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_negative_names_never_alert),
        cmocka_unit_test(test_every_domain_row_is_heard_as_its_policy_says),
        cmocka_unit_test(test_every_address_row_is_heard_as_its_policy_says),
        cmocka_unit_test(test_every_url_row_is_heard_and_its_site_is_not),
        cmocka_unit_test(test_shipped_rows_are_well_formed),
        cmocka_unit_test(test_rules_are_unique_plain_and_in_range),
        cmocka_unit_test(test_wrong_options_say_what_is_wrong),
        cmocka_unit_test(test_actors_table_is_optional),
        cmocka_unit_test(test_close_takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
