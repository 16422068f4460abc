/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dns_tunnel.c - D20: data in names, by information, by length and randomness, by type, in a single name; and what only looks
 * like it. The count of different texts is here too.
 */
#include "behaviour_test.h"

#include "distinct.h"

static void ask(void *state, double s, const char *name, uint16_t type)
{
    union fake_observation o;
    begin_flow(&o, s, 80);
    o.head.kind = OBSERVE_DNS;
    o.head.server_port = 53;
    o.head.app_proto = APP_DNS;
    struct dns_record q = {.name = fake_text(&o, name), .type = type, .class = 1};
    o.dns.questions = (struct array_ref){fake_bytes(&o, &q, sizeof q).at, 1};
    feed(state, &o);
}

static void answer(void *state, double s, const char *name, uint16_t rcode)
{
    union fake_observation o;
    begin_flow(&o, s, 80);
    o.head.kind = OBSERVE_DNS;
    o.dns.is_response = 1;
    o.dns.rcode = rcode;
    struct dns_record q = {.name = fake_text(&o, name), .type = 16, .class = 1};
    struct dns_record a = {.name = q.name, .type = 16, .class = 1, .data = fake_text(&o, "twelve bytes")};
    o.dns.questions = (struct array_ref){fake_bytes(&o, &q, sizeof q).at, 1};
    o.dns.answers = (struct array_ref){fake_bytes(&o, &a, sizeof a).at, 1};
    feed(state, &o);
}

/* `count` questions in `seconds` for names of `length` random letters of the first `letters` of the alphabet below `domain`. */
static void ask_random(void *state, unsigned count, unsigned length, unsigned letters, const char *domain, uint16_t type, double seconds)
{
    static const char alphabet[] = "0123456789abcdefghijklmnopqrstuv";
    char name[256];
    uint32_t seed = 5;
    for (unsigned i = 0; i < count; i++) {
        for (unsigned n = 0; n < length; n++)
            name[n] = alphabet[(unsigned)(chance(&seed) * letters)];
        snprintf(name + length, sizeof name - length, "%s", domain);
        ask(state, i * seconds / count, name, type);
    }
    feed_end_of_capture(state, seconds);
}

static void test_information_in_names_alerts(void **state)
{
    ask_random(*state, 200, 100, 32, ".t.example.net", 1, 60);
    assert_int_equal(only()->sid, 1792000);
    assert_string_equal(only()->dedup, "example.net");
    assert_string_equal(only()->signature, "DNS tunnel below example.net");
    assert_has(only()->facts, "matched_value=example.net\n");
    assert_has(only()->why, "10.1.2.3 asked ");
}

static void test_long_random_names_alert_below_that(void **state)
{
    ask_random(*state, 160, 40, 32, ".example.net", 1, 60);
    assert_int_equal(only()->sid, 1792001);
    reopen(state, NULL, NULL);
    ask_random(*state, 160, 40, 4, ".example.net", 1, 60); /* long, but of few letters */
    assert_int_equal(fake.raised_count, 0);
    reopen(state, NULL, NULL);
    ask_random(*state, 160, 12, 32, ".example.net", 1, 60); /* random, but short */
    assert_int_equal(fake.raised_count, 0);
}

static void test_types_with_free_bytes_alert(void **state)
{
    static const uint16_t types[] = {5, 10, 16};
    for (size_t i = 0; i < 3; i++) {
        reopen(state, NULL, NULL);
        ask_random(*state, 120, 4, 32, ".example.net", types[i], 60);
        assert_int_equal(only()->sid, 1792002);
    }
    reopen(state, NULL, NULL);
    ask_random(*state, 96, 4, 32, ".example.net", 16, 60);
    assert_int_equal(fake.raised_count, 0);
}

static void test_one_name_asked_all_day_is_no_tunnel(void **state)
{
    for (unsigned i = 0; i < 1000; i++)
        ask(*state, i, "a-rather-long-name-of-some-content-network-edge-host-0123456789.example.net", 1);
    feed_end_of_capture(*state, 1000);
    assert_int_equal(fake.raised_count, 0);
}

static void test_an_hour_is_the_measure(void **state)
{
    ask_random(*state, 200, 100, 32, ".example.net", 1, 10 * 3600); /* 2 kB an hour */
    assert_int_equal(fake.raised_count, 0);
}

static void test_resolvers_need_ten_times_as_much(void **state)
{
    static const char *const role[] = {"10.1.2.3", "resolver", NULL};
    fake.role = role;
    ask_random(*state, 200, 100, 32, ".example.net", 1, 60);
    assert_int_equal(fake.raised_count, 0);
    reopen(state, NULL, NULL);
    ask_random(*state, 1200, 100, 32, ".example.net", 1, 60);
    assert_int_equal(only()->sid, 1792000);
    assert_has(only()->why, "The host is a resolver by its role");
    fake.role = NULL;
}

static void test_scanners_and_reverse_names_are_left_out(void **state)
{
    ask_random(*state, 200, 100, 32, ".avts.mcafee.com", 1, 60);
    ask_random(*state, 200, 60, 32, ".ip6.arpa", 12, 60);
    assert_int_equal(fake.raised_count, 0);
    assert_int_equal(fake_counted("dns_usual"), 1);
}

static void test_names_without_a_domain_belong_together(void **state)
{
    ask_random(*state, 200, 100, 16, "0", 15, 60); /* one label of hexadecimal digits, each time another */
    assert_int_equal(only()->sid, 1792000);
    assert_string_equal(only()->dedup, "(no domain)");
}

static void test_letter_case_makes_no_other_domain(void **state)
{
    ask_random(*state, 100, 100, 32, ".Example.NET", 1, 30);
    ask_random(*state, 100, 100, 31, ".eXample.net", 1, 30);
    assert_string_equal(only()->dedup, "example.net");
}

static void test_base64_in_a_single_name(void **state)
{
    ask(*state, 0, "H4sICN03AAA3Rlc3QudHh0AAvJyCxWAKJEheLU5KLUEoW0zJxULgAge.4S2FgAAAA==.example.net", 1);
    assert_int_equal(only()->sid, 1792003);
    reopen(state, NULL, NULL);
    ask(*state, 0, "H4sICN03AAA3Rlc3QudHh0AAvJyCxWAKJEheLU5KLUEoW0zJxULgAge.4S2FgAAAA.example.net", 1); /* 0x20 does that */
    ask(*state, 0, "Short0==.example.net", 1);
    assert_int_equal(fake.raised_count, 0);
}

static void test_answers_are_counted(void **state)
{
    for (unsigned i = 0; i < 120; i++) {
        char name[32];
        snprintf(name, sizeof name, "n%u.example.net", i);
        ask(*state, i, name, 16);
        answer(*state, i, name, 3);
    }
    assert_has(only()->facts, "free_type_queries=104\nanswers=103\nnxdomain=103\nanswer_bytes=1236\n");
}

static void test_hostile_names_do_no_harm(void **state)
{
    static const char *const names[] = {"", ".", "..", "a", "\\", "\\0", "\\00", "\\000.com", "a.\\", "\".example.net", "xn--.", "=.1"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ask(*state, 1, names[i], 16);
        answer(*state, 1, names[i], 0);
    }
    feed_end_of_capture(*state, 2);
    assert_int_equal(fake.raised_count, 0);
}

static void test_a_flood_of_domains_stays_bounded(void **state)
{
    char name[64];
    reopen(state, "pairs", "64");
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "www.domain%u.net", i);
        ask(*state, i * 0.001, name, 1);
    }
    feed_end_of_capture(*state, 5);
    assert_int_equal(fake_counted("pairs_evicted"), 5000 - 64);
    assert_int_equal(fake.raised_count, 0);
}

static void test_different_texts_are_counted_within_bounds(void **state)
{
    static const unsigned counts[] = {0, 1, 10, 100, 1000, 100000};
    (void)state;
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        struct distinct l = {{0}};
        for (unsigned i = 0; i < 3 * counts[c]; i++) {
            unsigned n = i % (counts[c] > 0 ? counts[c] : 1);
            distinct_add(&l, (struct slice){(const uint8_t *)&n, sizeof n});
        }
        double got = distinct_count(&l), least = counts[c] * 0.85, most = counts[c] * 1.15;
        if (got < least - 0.5 || got > most + 0.5)
            fail_msg("%u counted as %g", counts[c], got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_information_in_names_alerts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_random_names_alert_below_that, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_types_with_free_bytes_alert, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_name_asked_all_day_is_no_tunnel, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_hour_is_the_measure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_resolvers_need_ten_times_as_much, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_scanners_and_reverse_names_are_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names_without_a_domain_belong_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_letter_case_makes_no_other_domain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_base64_in_a_single_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_answers_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hostile_names_do_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_flood_of_domains_stays_bounded, set_up, tear_down),
        cmocka_unit_test(test_different_texts_are_counted_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
