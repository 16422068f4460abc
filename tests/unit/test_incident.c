/* SPDX-License-Identifier: Apache-2.0 */
/* Incident chains: the score by hand, what makes a chain and what comes close, revisions, bounds, restarts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/incident_inside.h"
#include "base/addr.h"
#include "base/clock.h"

#define START (UINT64_C(1772366400) * NS_PER_S) /* 2026-03-01T12:00:00Z */
#define HOUR  (3600 * NS_PER_S)

static const struct sensor_rule domain = {.sid = 1790500, .rev = 1, .detector = "D05", .name = "ioc.tls_sni", .severity = 1};
static const struct sensor_rule mixer = {.sid = 1790550, .rev = 1, .detector = "D05", .name = "ioc.tls_sni", .severity = 3};
static const struct sensor_rule exchange = {.sid = 1791300, .rev = 1, .detector = "D13", .name = "exchange.api", .severity = 3};
static const struct sensor_rule upload = {.sid = 1791900, .rev = 1, .detector = "D19", .name = "upload_ratio", .severity = 2};
static const struct sensor_rule beacon = {.sid = 1791700, .rev = 1, .detector = "D17", .name = "beacon", .severity = 2};

/* ------------------------------------------------------------ what is told */

struct told {
    int count;
    uint32_t sid[64];
    int64_t score;
    uint64_t time_ns;
    char signature[200];
    char why[4096];   /* of all chains: lines joined by LF */
    char first[64];   /* matched value of the first row */
    int64_t rows;
};
static struct told told;

static void take_chain(void *arg, const struct observation *head, bool flow_told, const struct sighting *s)
{
    (void)arg, (void)flow_told;
    size_t used = strlen(told.why);
    if (told.count < 64)
        told.sid[told.count] = s->rule->sid;
    told.count++;
    told.time_ns = head->time_ns;
    snprintf(told.signature, sizeof told.signature, "%s", s->signature);
    for (size_t i = 0; i < s->evidence_count; i++) {
        if (strcmp(s->evidence[i].name, "score") == 0)
            told.score = s->evidence[i].number;
        if (s->evidence[i].kind != EVIDENCE_ROWS)
            continue;
        told.rows = s->evidence[i].number;
        struct slice value = s->evidence[i].rows[0].item[6].text;
        snprintf(told.first, sizeof told.first, "%.*s", (int)value.size, (const char *)value.at);
    }
    for (size_t i = 0; s->why[i] != NULL && used < sizeof told.why; i++)
        used += (size_t)snprintf(told.why + used, sizeof told.why - used, "%s\n", s->why[i]);
}

/* ------------------------------------------------------------- state service */

static uint8_t disk[1 << 20];
static size_t disk_size;
static bool disk_refused;

static bool fake_load(const char *name, uint32_t version, bool (*take)(void *arg, struct slice bytes), void *arg)
{
    (void)name, (void)version;
    disk_refused = disk_size > 0 && !take(arg, (struct slice){disk, disk_size});
    return disk_size > 0 && !disk_refused;
}

static bool fake_save(const char *name, uint32_t version, struct slice bytes)
{
    (void)name, (void)version;
    assert_true(bytes.size <= sizeof disk);
    memcpy(disk, bytes.at, bytes.size);
    disk_size = bytes.size;
    return true;
}

static const struct sensor_host host = {.size = sizeof host, .state_load = fake_load, .state_save = fake_save};

/* ------------------------------------------------------------------ helpers */

static struct incidents *memory(uint32_t most)
{
    told = (struct told){0};
    return incidents_new(&(struct incident_options){.most = most, .window_ns = 72 * HOUR, .host = &host, .raise = take_chain});
}

static struct incidents *fresh(uint32_t most)
{
    disk_size = 0;
    return memory(most);
}

static struct observation flow_of(const char *client, uint64_t time_ns, uint64_t flow_id)
{
    struct observation o = {.size = sizeof o, .kind = OBSERVE_STARTED, .time_ns = time_ns, .flow_id = flow_id, .client_internal = 1, .server_port = 443};
    addr_parse(client, &o.client);
    addr_parse("203.0.113.9", &o.server);
    return o;
}

static void see(struct incidents *t, const char *client, uint64_t at_ns, const struct sensor_rule *rule, const char *value, uint8_t pct)
{
    struct observation o = flow_of(client, at_ns, at_ns % 1000003 + rule->sid);
    const char *const references[] = {"https://report.example/1", NULL};
    const struct evidence evidence[] = {{.name = "matched_value", .text = {(const uint8_t *)value, strlen(value)}}};
    const struct sighting s = {.rule = rule,
                               .signature = rule->name,
                               .confidence_pct = pct,
                               .evidence = evidence,
                               .evidence_count = 1,
                               .references = references,
                               .dedup = {(const uint8_t *)value, strlen(value)}};
    incidents_see(t, &o, &s, true);
}

#define A "10.0.0.1"
#define B "10.0.0.2"

/* Two domains (40 x 0.9 each) and, a day later, an upload (20 x 0.8) and an exchange (8 x 0.5). */
static void meet(struct incidents *t, const char *client, uint64_t at_ns, uint8_t pct)
{
    see(t, client, at_ns, &domain, "one.bad.example", pct);
    see(t, client, at_ns + 1, &domain, "two.bad.example", pct);
}

static int finish(struct incidents *t)
{
    incidents_finish(t);
    incidents_free(t);
    return told.count;
}

/* -------------------------------------------------------------------- score */

static void test_score_is_what_one_reckons_by_hand(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    meet(t, A, START, 90);
    see(t, A, START + 12 * HOUR, &upload, "198.51.100.4", 80);
    assert_int_equal(finish(t), 1);
    assert_int_equal(told.score, (int)(2 * 40 * 0.9 * exp2(-0.5) + 20 * 0.8)); /* 66 */
    assert_int_equal(told.score, 66);
    assert_int_equal(told.time_ns, START + 12 * HOUR);
    assert_string_equal(told.signature, "Incident chain at 10.0.0.1: infrastructure, theft");
}

static void test_half_is_gone_after_a_day(void **state)
{
    (void)state;
    struct incident_event e = {.severity = 1, .confidence_pct = 50, .weighed_ns = START};
    assert_true(fabs(incident_worth(&e, START) - 20) < 1e-9);
    assert_true(fabs(incident_worth(&e, START + 24 * HOUR) - 10) < 1e-9);
    assert_true(fabs(incident_worth(&e, START + 72 * HOUR) - 2.5) < 1e-9);
}

static void test_too_low_a_score_tells_nothing(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    meet(t, A, START, 55);
    see(t, A, START + HOUR, &upload, "198.51.100.4", 70); /* 44 + 14 */
    assert_int_equal(finish(t), 0);
}

static void test_days_apart_it_is_a_slow_chain_and_more_make_it_a_strong_one(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    meet(t, A, START, 90);
    see(t, A, START + 24 * HOUR, &upload, "198.51.100.4", 80); /* 36 + 16, and 72 + 16 when new */
    incidents_advance(t, START + 25 * HOUR);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.sid[0], 1792802);
    assert_int_equal(told.score, 52);
    assert_string_equal(told.signature, "Slow incident chain at 10.0.0.1: infrastructure, theft");
    assert_non_null(strstr(told.why, "they were worth 88"));
    meet(t, A, START + 30 * HOUR, 90); /* the same steps, now strong */
    assert_int_equal(finish(t), 2);
    assert_int_equal(told.sid[1], 1792800);
    assert_string_equal(told.signature, "Incident chain at 10.0.0.1: infrastructure, theft");
}

static void test_the_same_fact_counts_once(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    for (uint64_t i = 0; i < 20; i++)
        see(t, A, START + i, &domain, "one.bad.example", 90);
    see(t, A, START + HOUR, &upload, "198.51.100.4", 80);
    assert_int_equal(finish(t), 0); /* 36 x 0.97 + 16 */
}

static void test_only_the_best_eight_count(void **state)
{
    (void)state;
    char name[32];
    struct incidents *t = fresh(64);
    for (uint64_t i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "n%d.bad.example", (int)i);
        see(t, A, START, &domain, name, 100);
    }
    see(t, A, START + 1, &exchange, "kraken", 50);
    assert_int_equal(finish(t), 1);
    assert_int_equal(told.score, 319); /* 8 x 40, one nanosecond later */
}

/* ------------------------------------------------------- chain or near miss */

static void test_use_before_contact_is_no_chain(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    see(t, A, START, &exchange, "kraken", 70);
    meet(t, A, START + HOUR, 95);
    assert_int_equal(finish(t), 0);
}

static void test_use_at_the_very_time_is_no_chain(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    see(t, A, START, &domain, "one.bad.example", 95);
    see(t, A, START, &domain, "two.bad.example", 95);
    see(t, A, START, &exchange, "kraken", 70);
    assert_int_equal(finish(t), 0);
}

static void test_two_hosts_make_no_chain(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    meet(t, A, START, 95);
    see(t, B, START + HOUR, &exchange, "kraken", 70);
    assert_int_equal(finish(t), 0);
}

static void test_unsure_infrastructure_makes_no_chain(void **state)
{
    (void)state;
    char name[32];
    struct incidents *t = fresh(64);
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof name, "n%d.bad.example", i);
        see(t, A, START, &domain, name, 49); /* 8 x 19.6 */
    }
    see(t, A, START + HOUR, &exchange, "kraken", 70);
    see(t, A, START + 2 * HOUR, &domain, "n1.bad.example", 50); /* sure, but too late */
    assert_int_equal(finish(t), 0);
}

static void test_beyond_the_window_there_is_no_chain(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    char name[32];
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof name, "n%d.bad.example", i);
        see(t, A, START, &domain, name, 100);
    }
    for (int i = 0; i < 8; i++) { /* 8 x 20: the score is there, the beginning is not */
        snprintf(name, sizeof name, "198.51.100.%d", i);
        see(t, A, START + 72 * HOUR + 1, &upload, name, 100);
    }
    assert_int_equal(finish(t), 0);
}

static void test_one_stage_is_no_chain(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    meet(t, A, START, 100);
    see(t, A, START + HOUR, &beacon, "203.0.113.9:443", 100); /* infrastructure and control, nothing moved */
    assert_int_equal(finish(t), 0);
}

static void test_a_laundering_service_is_no_infrastructure(void **state)
{
    (void)state;
    struct sensor_rule rule = domain;
    assert_int_equal(incident_step_of(&domain, 1), STEP_INFRASTRUCTURE);
    assert_int_equal(incident_step_of(&mixer, 3), STEP_LAUNDERING);
    rule.sid = 1790570; /* canary */
    assert_int_equal(incident_step_of(&rule, 1), STEP_NONE);
    rule = (struct sensor_rule){.sid = 1790103, .detector = "D01"}; /* a knock from outside */
    assert_int_equal(incident_step_of(&rule, 3), STEP_NONE);
    rule = (struct sensor_rule){.sid = 1793301, .detector = "D33"};
    assert_int_equal(incident_step_of(&rule, 3), STEP_CONTROL);
    rule.sid = 1793300;
    assert_int_equal(incident_step_of(&rule, 2), STEP_THEFT);
    rule.sid = 1793302;
    assert_int_equal(incident_step_of(&rule, 3), STEP_DELIVERY);
    rule = (struct sensor_rule){.sid = 1799000, .detector = "X1"};
    assert_int_equal(incident_step_of(&rule, 1), STEP_NONE);
}

static void test_a_visit_to_an_exchange_counts_by_its_label(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    struct observation o = flow_of(A, START + HOUR, 77);
    meet(t, A, START, 95);
    incidents_label(t, &o, "kraken", "exchange_web"); /* only the first word counts */
    incidents_label(t, &o, "kraken", "crypto-exchange");
    assert_int_equal(finish(t), 1);
    assert_int_equal(told.rows, 3);
    assert_non_null(strstr(told.why, "exchange: Cryptocurrency exchange visited: kraken"));
}

static void test_a_visit_that_was_usual_before_is_no_news(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    struct observation o = flow_of(A, START, 77);
    incidents_label(t, &o, "kraken", "crypto-exchange");
    meet(t, A, START + HOUR, 95);
    o = flow_of(A, START + 2 * HOUR, 78);
    incidents_label(t, &o, "kraken", "crypto-exchange");
    incidents_advance(t, START + 3 * HOUR);
    assert_int_equal(told.count, 0);
    see(t, A, START + 4 * HOUR, &exchange, "kraken", 70); /* but that its API is used is */
    assert_int_equal(finish(t), 1);
    assert_int_equal(told.rows, 4);
    assert_non_null(strstr(told.why, "2026-03-01T16:00:00Z (+2 h 59 min) exchange: exchange.api: kraken"));
}

static void test_a_label_just_before_an_alert_is_the_same_use(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    struct observation o = flow_of(A, START + HOUR, 77);
    meet(t, A, START, 95);
    incidents_label(t, &o, "kraken", "crypto-exchange");
    see(t, A, START + HOUR + 30 * NS_PER_S, &exchange, "kraken", 70);
    incidents_label(t, &o, "kraken", "crypto-exchange");
    finish(t);
    assert_int_equal(told.rows, 3);
}

/* ------------------------------------------------------------------- telling */

static void test_it_is_told_once_and_again_with_a_new_step(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    meet(t, A, START, 95);
    see(t, A, START + HOUR, &exchange, "kraken", 70);
    see(t, A, START + HOUR + 1, &exchange, "binance", 70); /* the same step */
    see(t, A, START + HOUR + 2, &domain, "three.bad.example", 95);
    incidents_advance(t, START + 2 * HOUR);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.sid[0], 1792800);
    see(t, A, START + 3 * HOUR, &mixer, "mixer.example", 60);
    see(t, A, START + 4 * HOUR, &mixer, "mixer.example", 60);
    see(t, A, START + 5 * HOUR, &exchange, "kraken", 70);
    assert_int_equal(finish(t), 2);
    assert_int_equal(told.sid[1], 1792801);
    assert_string_equal(told.signature, "Incident chain goes on at 10.0.0.1: infrastructure, exchange, laundering");
}

static void test_the_why_is_a_timeline(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    see(t, A, START, &domain, "lure.bad.example", 95);
    see(t, A, START + HOUR, &domain, "c2.bad.example", 95);
    see(t, A, START + 30 * HOUR, &upload, "198.51.100.4", 80);
    see(t, A, START + 30 * HOUR, &beacon, "203.0.113.9:443", 90);
    see(t, A, START + 32 * HOUR, &exchange, "api.kraken.com", 70);
    assert_int_equal(finish(t), 2);
    const char *lure = strstr(told.why, "2026-03-01T12:00:00Z infrastructure: ioc.tls_sni: lure.bad.example, with 203.0.113.9 port 443 [D05, flow ");
    const char *c2 = strstr(told.why, "2026-03-01T13:00:00Z (+1 h 0 min) infrastructure: ");
    const char *control = strstr(told.why, "2026-03-02T18:00:00Z (+1 d 5 h) control: beacon");
    const char *use = strstr(told.why, "(+2 h 0 min) exchange: exchange.api: api.kraken.com, with");
    assert_true(lure && c2 && control && use && lure < c2 && c2 < control && control < use);
    assert_non_null(strstr(lure, "https://report.example/1"));
    assert_string_equal(told.first, "lure.bad.example");
}

/* Events of one time in every order: the same words. */
static void test_order_within_one_time_does_not_matter(void **state)
{
    (void)state;
    static const struct {
        const struct sensor_rule *rule;
        const char *value;
    } events[4] = {{&exchange, "kraken"}, {&upload, "198.51.100.4"}, {&mixer, "mixer.example"}, {&beacon, "x:1"}};
    char expected[sizeof told.why] = "";
    for (unsigned p = 0; p < 24; p++) {
        unsigned left[4] = {0, 1, 2, 3}, rest = p;
        struct incidents *t = fresh(64);
        meet(t, A, START, 95);
        for (unsigned n = 4; n > 0; n--) {
            unsigned pick = rest % n;
            rest /= n;
            see(t, A, START + HOUR, events[left[pick]].rule, events[left[pick]].value, 70);
            memmove(&left[pick], &left[pick + 1], (n - pick - 1) * sizeof *left);
        }
        assert_int_equal(finish(t), 1);
        if (p == 0)
            memcpy(expected, told.why, sizeof expected);
        assert_string_equal(told.why, expected);
    }
}

/* ------------------------------------------------------------------- bounds */

static void test_a_flood_of_hosts_plateaus_and_is_counted(void **state)
{
    (void)state;
    char client[32];
    struct incidents *t = fresh(100);
    for (int i = 0; i < 1000; i++) {
        snprintf(client, sizeof client, "10.1.%d.%d", i / 250, i % 250);
        see(t, client, START + (uint64_t)i, &domain, "one.bad.example", 95);
    }
    struct incident_counters n;
    incidents_count(t, &n);
    assert_int_equal(n.hosts, 100);
    assert_int_equal(n.hosts_evicted, 900);
    assert_int_equal(words_count(t->words), 3); /* texts of the forgotten are given back */
    assert_int_equal(finish(t), 0);
}

static void test_a_flood_of_one_kind_leaves_the_others(void **state)
{
    (void)state;
    char name[32];
    struct incidents *t = fresh(64);
    see(t, A, START, &domain, "one.bad.example", 95);
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "198.51.%d.%d", i / 250, i % 250);
        see(t, A, START + 1 + (uint64_t)i, &upload, name, 100);
    }
    struct incident_counters n;
    incidents_count(t, &n);
    assert_int_equal(n.events_evicted, 501 - EVENTS_PER_HOST);
    assert_int_equal(finish(t), 1);
    assert_string_equal(told.first, "one.bad.example");
}

static void test_more_hosts_than_can_wait_are_all_judged(void **state)
{
    (void)state;
    char client[32];
    struct incidents *t = fresh(1000);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 600; i++) {
            snprintf(client, sizeof client, "10.1.%d.%d", i / 250, i % 250);
            if (round == 0)
                meet(t, client, START, 95);
            else
                see(t, client, START + HOUR, &exchange, "kraken", 70);
        }
    assert_int_equal(finish(t), 600);
}

/* ------------------------------------------------------------------ restarts */

static void test_a_story_goes_on_after_a_restart(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    meet(t, A, START, 95);
    assert_int_equal(finish(t), 0);
    t = memory(64);
    see(t, A, START + HOUR, &exchange, "kraken", 70);
    assert_int_equal(finish(t), 1);
    assert_string_equal(told.first, "one.bad.example");
    t = memory(64); /* and what was told is not told again */
    see(t, A, START + 2 * HOUR, &exchange, "kraken", 70);
    incidents_advance(t, START + 3 * HOUR);
    assert_int_equal(told.count, 0);
    see(t, A, START + 4 * HOUR, &upload, "198.51.100.4", 80);
    assert_int_equal(finish(t), 1);
    assert_int_equal(told.sid[0], 1792801);
}

static void test_state_cut_anywhere_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    meet(t, A, START, 95);
    meet(t, B, START, 95);
    assert_int_equal(finish(t), 0);
    size_t whole = disk_size;
    uint8_t kept[4096];
    assert_true(whole < sizeof kept);
    memcpy(kept, disk, whole);
    for (size_t size = 1; size <= whole; size++) {
        uint8_t *exact = malloc(size); /* so that the sanitizer sees a byte too many */
        memcpy(exact, kept, size);
        memcpy(disk, exact, size);
        free(exact);
        disk_size = size;
        t = memory(64);
        assert_int_equal(disk_refused, size < whole);
        assert_int_equal(table_count(t->hosts), size < whole ? 0 : 2);
        assert_int_equal(words_count(t->words), size < whole ? 0 : 4);
        incidents_free(t);
    }
}

static void test_state_with_any_byte_wrong_is_survived(void **state)
{
    (void)state;
    struct incidents *t = fresh(64);
    meet(t, A, START, 95);
    assert_int_equal(finish(t), 0);
    size_t whole = disk_size;
    uint8_t kept[4096];
    memcpy(kept, disk, whole);
    for (size_t at = 0; at < whole; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(disk, kept, whole);
            disk_size = whole;
            disk[at] ^= (uint8_t)(1u << bit);
            t = memory(64);
            see(t, A, START + HOUR, &exchange, "kraken", 70);
            incidents_finish(t);
            t->changed = false;
            incidents_free(t);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_score_is_what_one_reckons_by_hand),
        cmocka_unit_test(test_half_is_gone_after_a_day),
        cmocka_unit_test(test_too_low_a_score_tells_nothing),
        cmocka_unit_test(test_days_apart_it_is_a_slow_chain_and_more_make_it_a_strong_one),
        cmocka_unit_test(test_the_same_fact_counts_once),
        cmocka_unit_test(test_only_the_best_eight_count),
        cmocka_unit_test(test_use_before_contact_is_no_chain),
        cmocka_unit_test(test_use_at_the_very_time_is_no_chain),
        cmocka_unit_test(test_two_hosts_make_no_chain),
        cmocka_unit_test(test_unsure_infrastructure_makes_no_chain),
        cmocka_unit_test(test_beyond_the_window_there_is_no_chain),
        cmocka_unit_test(test_one_stage_is_no_chain),
        cmocka_unit_test(test_a_laundering_service_is_no_infrastructure),
        cmocka_unit_test(test_a_visit_to_an_exchange_counts_by_its_label),
        cmocka_unit_test(test_a_visit_that_was_usual_before_is_no_news),
        cmocka_unit_test(test_a_label_just_before_an_alert_is_the_same_use),
        cmocka_unit_test(test_it_is_told_once_and_again_with_a_new_step),
        cmocka_unit_test(test_the_why_is_a_timeline),
        cmocka_unit_test(test_order_within_one_time_does_not_matter),
        cmocka_unit_test(test_a_flood_of_hosts_plateaus_and_is_counted),
        cmocka_unit_test(test_a_flood_of_one_kind_leaves_the_others),
        cmocka_unit_test(test_more_hosts_than_can_wait_are_all_judged),
        cmocka_unit_test(test_a_story_goes_on_after_a_restart),
        cmocka_unit_test(test_state_cut_anywhere_is_refused_and_leaves_nothing),
        cmocka_unit_test(test_state_with_any_byte_wrong_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
