/* SPDX-License-Identifier: Apache-2.0 */
/* What a hit is worth: the packet's time against the row's life, proofs, what is shared, several lists, handshakes, the canary. */
#include "dprk_test.h"

#include <unistd.h>

#include "dprk.h"

#define DAY_NS   86400000000000u
#define AUGUST_8 1786147200000000000u /* 2026-08-08, the time of fake_begin */

static uint64_t ns(int64_t seconds)
{
    return (uint64_t)seconds * 1000000000u;
}

static struct indicator row_of(enum indicator_type type, int64_t first, int64_t last)
{
    return (struct indicator){.type = type, .value = "v", .category = "actor_c2", .hosted = "", .note = "", .status = "",
                              .first_seen = first, .last_seen = last};
}

/* --------------------------------------------------------------- judgement */

enum { JUNE_2021 = 1622505600 /* 2021-06-01 */, DAY = 86400 };

static void test_a_capture_is_judged_with_the_truth_of_its_time(void **state)
{
    (void)state;
    struct indicator row = row_of(INDICATOR_DOMAIN, JUNE_2021, JUNE_2021 + 30 * DAY);
    assert_int_equal(dprk_judge(&row, ns(JUNE_2021 + 10 * DAY)).validity, IN_WINDOW);
    assert_int_equal(dprk_judge(&row, ns(JUNE_2021 + 10 * DAY)).fresh_pct, 100);
    assert_int_equal(dprk_judge(&row, ns(JUNE_2021 + 30 * DAY + 365 * DAY)).validity, IN_WINDOW);
    assert_int_equal(dprk_judge(&row, ns(JUNE_2021 + 30 * DAY + 366 * DAY)).validity, AFTER_EXPIRY);
    assert_int_equal(dprk_judge(&row, ns(JUNE_2021 - 1)).validity, BEFORE_FIRST_REPORT);
    struct dprk_judgement late = dprk_judge(&row, AUGUST_8);
    assert_int_equal(late.validity, AFTER_EXPIRY);
    assert_int_equal(late.fresh_pct, 10);
}

static void test_addresses_go_stale_faster_than_names_and_own_space_never(void **state)
{
    (void)state;
    static const struct {
        enum indicator_type type;
        const char *category, *hosted, *note;
        uint8_t ports;
        int64_t days;
    } kinds[] = {{INDICATOR_IPV4, "actor_c2", "", "", 0, 60},   {INDICATOR_IPV6, "actor_c2", "", "", 1, 90},
                 {INDICATOR_CIDR, "actor_c2", "", "", 0, 60},   {INDICATOR_URL, "actor_c2", "", "", 0, 60},
                 {INDICATOR_DOMAIN, "actor_c2", "", "", 0, 365}, {INDICATOR_DOMAIN, "actor_phish", "", "", 0, 120},
                 {INDICATOR_DOMAIN, "actor_c2", "parent", "", 0, 60}, {INDICATOR_TLS_SHA1, "actor_c2", "", "", 0, 365},
                 {INDICATOR_CIDR, "dprk_net", "", "", 0, INT64_MAX}, {INDICATOR_DOMAIN, "laundering", "", "", 0, INT64_MAX},
                 {INDICATOR_IPV4, "actor_c2", "", "decay=none", 0, INT64_MAX}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct indicator row = row_of(kinds[i].type, JUNE_2021, JUNE_2021);
        row.category = kinds[i].category;
        row.hosted = kinds[i].hosted;
        row.note = kinds[i].note;
        row.port_count = kinds[i].ports;
        struct dprk_judgement j = dprk_judge(&row, AUGUST_8);
        assert_true(j.lifetime_days == kinds[i].days);
        assert_int_equal(j.validity, kinds[i].days == INT64_MAX ? IN_WINDOW : AFTER_EXPIRY);
        assert_int_equal(j.fresh_pct, kinds[i].days == INT64_MAX ? 100 : 10);
    }
}

static void test_what_the_list_says_of_validity_is_obeyed(void **state)
{
    (void)state;
    struct indicator row = row_of(INDICATOR_DOMAIN, JUNE_2021, JUNE_2021);
    row.valid_from = JUNE_2021 + 100 * DAY;
    row.valid_until = JUNE_2021 + 2000 * DAY;
    assert_int_equal(dprk_judge(&row, ns(JUNE_2021 + 50 * DAY)).validity, BEFORE_FIRST_REPORT);
    assert_int_equal(dprk_judge(&row, ns(JUNE_2021 + 1900 * DAY)).validity, IN_WINDOW);
    assert_int_equal(dprk_judge(&row, ns(JUNE_2021 + 2000 * DAY)).validity, IN_WINDOW);
    assert_int_equal(dprk_judge(&row, ns(JUNE_2021 + 2000 * DAY + 1)).validity, AFTER_EXPIRY);
    row.last_seen = JUNE_2021 + 2001 * DAY;
    assert_int_equal(dprk_judge(&row, ns(JUNE_2021 + 2001 * DAY)).fresh_pct, 50); /* expired, though reported today */
}

static void test_worth_falls_in_a_line_and_never_rises(void **state)
{
    (void)state;
    struct indicator row = row_of(INDICATOR_IPV4, JUNE_2021, JUNE_2021);
    uint8_t last = 100;
    for (int day = 0; day < 500; day++) {
        struct dprk_judgement j = dprk_judge(&row, ns(JUNE_2021 + (int64_t)day * DAY));
        assert_true(j.fresh_pct <= last && j.fresh_pct >= 10);
        last = j.fresh_pct;
    }
    assert_int_equal(dprk_judge(&row, ns(JUNE_2021 + 60 * DAY)).fresh_pct, 50);
    assert_int_equal(dprk_judge(&row, ns(JUNE_2021 - 60 * DAY)).fresh_pct, 50);
    assert_int_equal(dprk_judge(&row, ns(JUNE_2021 - 600 * DAY)).fresh_pct, 25);
    row.last_seen = row.first_seen = 0;
    assert_int_equal(dprk_judge(&row, AUGUST_8).fresh_pct, 100);
}

static void test_dates_are_written_as_the_calendar_has_them(void **state)
{
    (void)state;
    char out[16];
    assert_string_equal(dprk_date(0, out), "");
    assert_string_equal(dprk_date(1, out), "1970-01-01");
    assert_string_equal(dprk_date(951782400, out), "2000-02-29");
    assert_string_equal(dprk_date(951868800, out), "2000-03-01");
    assert_string_equal(dprk_date(1786147200, out), "2026-08-08");
    assert_string_equal(dprk_date(4107542399, out), "2100-02-28");
    assert_string_equal(dprk_date(4107542400, out), "2100-03-01");
}

/* --------------------------------------------------------------- in alerts */

static void feed_sni_at(void *state, const char *sni, uint64_t time_ns)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_TLS);
    o.head.time_ns = time_ns;
    o.tls.sni = fake_text(&o, sni);
    feed(state, &o);
}

static void test_the_alert_says_how_its_time_lies(void **state)
{
    feed_sni_at(*state, "bad.example", AUGUST_8);
    assert_has(fake.raised[0].facts, "validity=in_window\nscore=63\n"); /* sni 80 x confidence 80 x 99 fresh */
    assert_int_equal(fake.raised[0].severity, 1);
    feed_sni_at(*state, "bad.example", AUGUST_8 + 400 * DAY_NS);
    assert_has(fake.raised[1].facts, "validity=after_expiry\nscore=28\n");
    assert_has(fake.raised[1].why, "Last reported 408 days before this packet, fresh for 365: one step lower\n");
    assert_int_equal(fake.raised[1].severity, 2);
    feed_sni_at(*state, "bad.example", AUGUST_8 - 90 * DAY_NS);
    assert_has(fake.raised[2].facts, "validity=before_first_report\nscore=59\n");
    assert_has(fake.raised[2].why, "days after this packet: often it is in use before\n");
    assert_int_equal(fake.raised[2].severity, 1);
    feed_sni_at(*state, "bad.example", AUGUST_8 - 800 * DAY_NS);
    assert_has(fake.raised[3].facts, "validity=before_first_report\n");
    assert_has(fake.raised[3].why, "days after this packet, when it may have been somebody else's: one step lower\n");
    assert_int_equal(fake.raised[3].severity, 2);
}

static void contact(union fake_observation *o, const char *server)
{
    fake_begin(o, OBSERVE_REPLIED);
    o->head.server = fake_address(server);
}

static void test_an_address_that_many_share_is_kept_but_graded_down(void **state)
{
    union fake_observation o;
    contact(&o, "198.18.0.9");
    feed(*state, &o);
    assert_int_equal(only()->severity, 2);
    assert_has(only()->why, "198.18.0.9 lies in a delivery network (198.18.0.0/24): the address alone proves little and has half its "
                            "weight: one step lower\n");
    assert_has(only()->facts, "proofs=address 20: 198.18.0.9 is indicator 198.18.0.9, line ");
}

static void test_an_address_reached_under_a_lawful_name_is_graded_down(void **state)
{
    union fake_observation o;
    fake.name[0] = (struct sensor_name){.name = {(const uint8_t *)"www.lawful.example", 18}, .source = NAME_SAME_HOST};
    fake.name_count = 1;
    contact(&o, "198.51.100.1");
    feed(*state, &o);
    assert_int_equal(only()->severity, 2);
    assert_has(only()->why, "www.lawful.example is the name that the host reached it under, known from lawful names");
    fake.name_count = 0;
    fake_reset();
    feed(*state, &o);
    assert_int_equal(only()->severity, 1);
}

static void test_a_name_below_a_shared_parent_is_graded_down(void **state)
{
    feed_sni(*state, "feed.hosting.example");
    assert_int_equal(only()->severity, 2);
    assert_has(only()->why, "feed.hosting.example is known from free hosting (hosting.example): it proves little");
}

static void test_each_independent_proof_is_listed_with_its_weight(void **state)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_TLS);
    o.head.server = fake_address("198.51.100.2");
    o.head.server_port = 1224;
    o.tls.sni = fake_text(&o, "bad.example");
    o.tls.ja3_hash = fake_text(&o, "5d41402abc4b2a76b9719d911017c592");
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 2); /* the name, and the fingerprint that no longer stands alone */
    assert_int_equal(fake.raised[0].sid, 1790500);
    assert_has(fake.raised[0].facts, "proofs=sni 80: bad.example is indicator bad.example");
    assert_has(fake.raised[0].facts, "|address_port 65: 198.51.100.2 is indicator 198.51.100.2");
    assert_has(fake.raised[0].facts, "|ja3 20: 5d41402abc4b2a76b9719d911017c592 is indicator");
    assert_has(fake.raised[0].facts, "score=74\n"); /* 1 - 0.2 x 0.35 x 0.8 */
    assert_int_equal(fake.raised[1].sid, 1791000);
    assert_int_equal(fake.raised[1].severity, 1);
    assert_has(fake.raised[1].why, "The fingerprint does not stand alone: one step higher\n");
}

/* -------------------------------------------------------------- handshakes */

static void begin_tls(union fake_observation *o)
{
    fake_begin(o, OBSERVE_TLS);
    o->tls.certificate_seen = 1;
}

static void test_fingerprints_alone_are_medium(void **state)
{
    union fake_observation o;
    begin_tls(&o);
    o.tls.ja3s_hash = fake_text(&o, "7d793037a0760186574b0282f2f435e7");
    o.tls.ja4 = fake_text(&o, "t13d1516h2_8daaf6152771_02713d6af862");
    o.tls.sni = fake_text(&o, "harmless.example");
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 2);
    assert_int_equal(fake.raised[0].sid, 1791001);
    assert_int_equal(fake.raised[1].sid, 1791002);
    assert_string_equal(fake.raised[1].signature, "DPRK Kimsuky fingerprint of a TLS client (JA4)");
    fake_reset();
    begin_tls(&o);
    o.tls.ja4 = fake_text(&o, "t13d1516h2_8daaf6152771_02713d6af862");
    feed(*state, &o);
    assert_int_equal(only()->severity, 2);
    fake_begin(&o, OBSERVE_QUIC);
    o.quic.ja4 = fake_text(&o, "t13d1516h2_8daaf6152771_02713d6af862");
    fake_reset();
    feed(*state, &o);
    assert_has(only()->facts, "matched_on=quic.ja4\n");
}

static void test_names_in_certificates_are_told(void **state)
{
    static const char *const cases[][3] = {
        /* subject, san (| for NUL), what must be matched */
        {"C=US, O=x, CN=www.bad.example", "", "matched_on=tls.subject\nmatched_value=www.bad.example\n"},
        {"CN=bad.example", "", "matched_on=tls.subject\nmatched_value=bad.example\n"},
        {"CN=a\\, CN=bad.example.net", "good.example|*.bad.example", "matched_on=tls.subjectaltname\nmatched_value=*.bad.example\n"},
        {"O=CN=bad.example", "node7.fleet.example", "matched_on=tls.subjectaltname\nmatched_value=node7.fleet.example\n"},
        {"O=CN=bad.example, L=x", "198.51.100.1|", NULL},
        {"CN=bad.example.org", "notbad.example", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        union fake_observation o;
        char san[64];
        fake_reset();
        begin_tls(&o);
        o.tls.subject = fake_text(&o, cases[i][0]);
        size_t size = strlen(cases[i][1]);
        memcpy(san, cases[i][1], size);
        for (size_t k = 0; k < size; k++)
            san[k] = san[k] == '|' ? '\0' : san[k];
        o.tls.san = fake_bytes(&o, san, size);
        feed(*state, &o);
        if (cases[i][2] == NULL) {
            assert_int_equal(fake.raised_count, 0);
            continue;
        }
        assert_int_equal(only()->sid, 1790800);
        assert_has(only()->facts, cases[i][2]);
    }
}

static void test_certificates_are_known_by_either_hash(void **state)
{
    uint8_t chain[3][20], sha256[32];
    union fake_observation o;
    for (unsigned i = 0; i < 32; i++)
        sha256[i] = (uint8_t)(0x21 + i);
    memset(chain, 0xee, sizeof chain);
    for (unsigned i = 0; i < 20; i++)
        chain[1][i] = (uint8_t)(1 + i);
    begin_tls(&o);
    o.tls.sha256 = fake_bytes(&o, sha256, sizeof sha256);
    feed(*state, &o);
    assert_int_equal(only()->sid, 1791100);
    assert_has(only()->facts, "matched_on=tls.fingerprint_sha256\n");
    fake_reset();
    begin_tls(&o);
    struct text_ref at = fake_bytes(&o, chain, sizeof chain);
    o.tls.chain_sha1 = (struct array_ref){at.at, 3};
    feed(*state, &o);
    assert_has(only()->facts, "matched_on=tls.chain\nmatched_value=0102030405060708090a0b0c0d0e0f1011121314\n");
    fake_reset();
    o.head.client_internal = 0;
    feed(*state, &o);
    assert_int_equal(fake.raised_count, 0);
    assert_int_equal(fake_counted("outside_only"), 1);
}

static void test_a_url_prefix_matches_what_begins_with_it(void **state)
{
    feed_http(*state, "GET", "prefix.example", "/drop/a/b?c=d");
    assert_int_equal(only()->sid, 1790900);
    assert_has(only()->why, "begins with the indicator http://prefix.example/drop/");
    fake_reset();
    feed_http(*state, "GET", "prefix.example", "/dropped");
    feed_http(*state, "GET", "prefix.example", "/");
    assert_int_equal(fake.raised_count, 0);
}

/* ---------------------------------------------------------------- several lists */

static void test_all_lists_that_know_a_value_are_told_and_the_best_speaks(void **state)
{
    char path[] = "/tmp/haetae-dprk-XXXXXX", lists[700];
    int fd = mkstemp(path);
    static const char feed_text[] = "bad.example\nlure.example\n";
    assert_int_equal(write(fd, feed_text, sizeof feed_text - 1), sizeof feed_text - 1);
    close(fd);
    snprintf(lists, sizeof lists, "%s name=isac confidence=90 category=actor_c2 actor=Kimsuky reference=https://isac.example/7,%s",
             path, beside("rows.csv"));
    sensor_plugin_dprk.detector.close(*state);
    *state = open_with("lists", lists);
    feed_sni(*state, "bad.example");
    assert_has(only()->facts, "list=isac\nlist_line=1\nconfidence=90\n");
    assert_has(only()->facts, "also_listed=bad.example, line 9 of ");
    assert_has(only()->facts, "BlueNoroff, confidence 80, https://example.com/r1\n");
    fake_reset();
    feed_sni(*state, "lure.example"); /* the feed says 90, the report 60 */
    assert_int_equal(only()->severity, 1);
    unlink(path);
}

/* ------------------------------------------------------------------- canary */

static void test_a_canary_is_told_each_time_and_timed(void **state)
{
    union fake_observation o;
    for (int i = 0; i < 2; i++) {
        fake_reset();
        feed_sni(*state, "now.canary.example");
        assert_int_equal(only()->sid, 1790570);
        assert_int_equal(only()->limit, 0);
        assert_int_equal(only()->severity, 3);
        assert_has(only()->facts, "canary=yes\n");
        assert_string_equal(only()->tags, "canary\n");
        assert_string_equal(only()->signature, "Canary domain in TLS SNI: a test of the sensor");
    }
    contact(&o, "198.19.0.222");
    feed(*state, &o);
    assert_int_equal(fake.raised[1].sid, 1790170);
    sensor_plugin_dprk.detector.tick(*state, AUGUST_8 + 90000000000u, NULL);
    assert_int_equal(fake_counted("seconds_since_canary"), 90);
}

static void test_no_canary_no_number(void **state)
{
    feed_sni(*state, "bad.example");
    sensor_plugin_dprk.detector.tick(*state, AUGUST_8, NULL);
    assert_int_equal(fake_counted("seconds_since_canary"), 0);
    assert_null(strstr(only()->facts, "canary"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        cmocka_unit_test(test_a_capture_is_judged_with_the_truth_of_its_time),
        cmocka_unit_test(test_addresses_go_stale_faster_than_names_and_own_space_never),
        cmocka_unit_test(test_what_the_list_says_of_validity_is_obeyed),
        cmocka_unit_test(test_worth_falls_in_a_line_and_never_rises),
        cmocka_unit_test(test_dates_are_written_as_the_calendar_has_them),
        T(test_the_alert_says_how_its_time_lies),
        T(test_an_address_that_many_share_is_kept_but_graded_down),
        T(test_an_address_reached_under_a_lawful_name_is_graded_down),
        T(test_a_name_below_a_shared_parent_is_graded_down),
        T(test_each_independent_proof_is_listed_with_its_weight),
        T(test_fingerprints_alone_are_medium),
        T(test_names_in_certificates_are_told),
        T(test_certificates_are_known_by_either_hash),
        T(test_a_url_prefix_matches_what_begins_with_it),
        T(test_all_lists_that_know_a_value_are_told_and_the_best_speaks),
        T(test_a_canary_is_told_each_time_and_timed),
        T(test_no_canary_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
