/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_classify.c - small flows made by hand get the right names, short ones a guess that says so, and no state is left behind.
 *
 * Ids are the library's own, so everything is compared by name.
 */
#include <stdio.h>

#include "classify_talk.h"
#include "flow/app_proto.h"

static struct classifier *c;
static struct classify_names *names;

static int open_library(void **state)
{
    (void)state;
    struct error e = {""};
    c = classifier_new(&(struct classify_options){.packets_max = 32}, &e);
    names = classify_names_new(&e);
    if (!c || !names)
        fprintf(stderr, "%s\n", e.text);
    return c && names ? 0 : -1;
}

static int close_library(void **state)
{
    (void)state;
    struct classify_counters n;
    classify_count(c, &n);
    classifier_free(c);
    classify_names_free(names);
    return n.live == 0 ? 0 : -1; /* every flow was let go */
}

static void assert_names(const struct talk *t, const char *master, const char *app, enum class_state state)
{
    assert_string_equal(classify_protocol(names, t->flow.class.master), master);
    assert_string_equal(classify_protocol(names, t->flow.class.app), app);
    assert_int_equal(t->flow.class.state, state);
}

/* ------------------------------------------------------------ detected flows */

static void test_dns_is_detected(void **state)
{
    (void)state;
    struct talk *t = talk_new(c, IP_UDP, 50000, 53);
    say(t, true, dns_query, sizeof dns_query);
    assert_names(t, "Unknown", "DNS", CLASS_DETECTED);
    assert_int_equal(t->flow.app_proto, APP_DNS);
    say(t, false, dns_answer, sizeof dns_answer);
    assert_string_equal(classify_category(names, t->flow.class.category), "Network");
    assert_string_equal(classify_confidence(names, t->flow.class.confidence), "DPI");
    assert_string_equal(classify_breed(names, t->flow.class.breed), "Acceptable");
    assert_int_equal(t->flow.class.encrypted, 0);
    talk_free(t);
}

static void test_http_is_detected_and_let_go_at_the_answer(void **state)
{
    (void)state;
    struct talk *t = talk_new(c, IP_TCP, 50000, 80);
    shake_hands(t);
    assert_null(t->flow.ndpi); /* no payload, no state */
    assert_int_equal(t->flow.ndpi_packets, 0);
    say(t, true, http_get, sizeof http_get - 1);
    assert_names(t, "Unknown", "HTTP", CLASS_DETECTED);
    say(t, false, http_ok, sizeof http_ok - 1);
    for (int i = 0; i < 20 && !t->settled; i++)
        say(t, i % 2, "more", 4);
    assert_int_equal(t->settled, 1);
    assert_null(t->flow.ndpi);
    uint8_t shown = t->flow.ndpi_packets;
    assert_false(say(t, true, http_get, sizeof http_get - 1));
    assert_int_equal(t->flow.ndpi_packets, shown);
    assert_int_equal(t->flow.app_proto, APP_HTTP);
    assert_false(classify_end(c, &t->flow));
    talk_free(t);
}

static void test_tls_is_detected_with_the_name_s_owner(void **state)
{
    (void)state;
    uint8_t hello[512];
    struct talk *t = talk_new(c, IP_TCP, 50000, 443);
    shake_hands(t);
    say(t, true, hello, client_hello("www.google.com", hello));
    assert_names(t, "TLS", "Google", CLASS_DETECTED);
    assert_int_equal(t->flow.app_proto, APP_TLS);
    assert_int_equal(t->flow.class.encrypted, 1);
    talk_free(t);
    t = talk_new(c, IP_TCP, 50001, 443);
    say(t, true, hello, client_hello("www.example.org", hello)); /* found in mid-stream */
    assert_names(t, "Unknown", "TLS", CLASS_DETECTED);
    talk_free(t);
}

static void test_protocol_on_another_port_is_detected_with_a_risk(void **state)
{
    (void)state;
    struct talk *t = talk_new(c, IP_TCP, 50000, 5555);
    shake_hands(t);
    say(t, true, http_get, sizeof http_get - 1);
    say(t, false, http_ok, sizeof http_ok - 1);
    classify_end(c, &t->flow);
    assert_names(t, "Unknown", "HTTP", CLASS_DETECTED);
    bool found = false;
    for (unsigned risk = 0; risk < 64; risk++)
        found = found || ((t->flow.class.risks >> risk & 1) &&
                          strcasestr(classify_risk(names, risk), "known protocol on non standard port"));
    assert_true(found);
    talk_free(t);
}

static void test_dissector_s_word_is_not_overruled(void **state)
{
    (void)state;
    struct talk *t = talk_new(c, IP_TCP, 50000, 80);
    shake_hands(t);
    t->flow.app_proto = APP_HTTP2;
    say(t, true, http_get, sizeof http_get - 1);
    classify_end(c, &t->flow);
    assert_int_equal(t->flow.app_proto, APP_HTTP2);
    talk_free(t);
}

/* ----------------------------------------------------------- short and silent */

static void test_connection_without_data_ends_as_a_guess(void **state)
{
    (void)state;
    struct classify_counters before, after;
    classify_count(c, &before);
    struct talk *t = talk_new(c, IP_TCP, 50000, 443);
    shake_hands(t);
    assert_int_equal(t->flow.class.state, CLASS_NONE);
    assert_true(classify_end(c, &t->flow));
    assert_names(t, "Unknown", "TLS", CLASS_GUESSED);
    assert_string_equal(classify_confidence(names, t->flow.class.confidence), "Match by port");
    assert_int_equal(t->flow.app_proto, APP_UNKNOWN); /* a guess is no evidence */
    classify_count(c, &after);
    assert_int_equal(after.packets, before.packets);
    assert_int_equal(after.guessed, before.guessed + 1);
    talk_free(t);
}

static void test_guess_works_over_ipv6(void **state)
{
    (void)state;
    struct packet p = tcp(1, 50000, 2, 443, TCP_SYN);
    p.ip_version = 6;
    p.src = (struct address){{0x20, 1, 0x0d, 0xb8, [15] = 1}};
    p.dst = (struct address){{0x20, 1, 0x0d, 0xb8, [15] = 2}};
    struct flow f;
    struct flow_key key;
    int end = flow_key_of(&p, true, &key);
    flow_begin(&f, &key, &p);
    flow_update(&f, &p, end);
    assert_true(classify_end(c, &f));
    assert_string_equal(classify_protocol(names, f.class.app), "TLS");
    assert_int_equal(f.class.state, CLASS_GUESSED);
}

static void test_ports_alone_are_never_detection(void **state)
{
    (void)state;
    for (unsigned port = 1; port < 65536; port += port < 10000 ? 1 : 97) {
        struct packet p = tcp(1, 50000, 2, (uint16_t)port, TCP_SYN);
        struct flow f;
        struct flow_key key;
        int end = flow_key_of(&p, true, &key);
        flow_begin(&f, &key, &p);
        flow_update(&f, &p, end);
        classify_end(c, &f);
        assert_true(f.class.state == CLASS_GUESSED || f.class.state == CLASS_UNKNOWN);
        assert_null(strstr(classify_confidence(names, f.class.confidence), "DPI"));
    }
}

static void test_unknown_payload_is_given_up_at_the_end(void **state)
{
    (void)state;
    struct talk *t = talk_new(c, IP_UDP, 50000, 40001);
    assert_false(say(t, true, "\x01zzzz", 5));
    assert_int_equal(t->flow.class.state, CLASS_NONE);
    assert_non_null(t->flow.ndpi);
    assert_true(classify_end(c, &t->flow));
    assert_names(t, "Unknown", "Unknown", CLASS_UNKNOWN);
    assert_int_equal(t->flow.app_proto, APP_FAILED);
    talk_free(t);
}

static void test_unknown_payload_on_a_known_port_is_a_guess(void **state)
{
    (void)state;
    struct talk *t = talk_new(c, IP_TCP, 50000, 3306);
    shake_hands(t);
    say(t, true, "\x01zzzz", 5);
    classify_end(c, &t->flow);
    assert_names(t, "Unknown", "MySQL", CLASS_GUESSED);
    assert_int_equal(t->flow.app_proto, APP_FAILED);
    talk_free(t);
}

static void test_library_is_let_go_after_packets_max(void **state)
{
    (void)state;
    struct talk *t = talk_new(c, IP_UDP, 50000, 40001);
    for (int i = 0; i < 100; i++)
        say(t, i % 2, "\x01zzzz", 5);
    assert_int_equal(t->settled, 1);
    assert_int_equal(t->flow.ndpi_packets, 32);
    assert_null(t->flow.ndpi);
    assert_int_equal(t->flow.class.state, CLASS_UNKNOWN);
    talk_free(t);
}

/* --------------------------------------------------------------- the wait */

static struct talk *talk_tls(uint16_t client_port, uint64_t at_s)
{
    uint8_t hello[512];
    struct talk *t = talk_new(c, IP_TCP, client_port, 443);
    t->pause_ns = at_s * NS_PER_S;
    shake_hands(t);
    say(t, true, hello, client_hello("www.google.com", hello));
    assert_int_equal(t->flow.class.state, CLASS_DETECTED);
    assert_non_null(t->flow.ndpi); /* the certificate may follow */
    return t;
}

static void test_named_flow_is_shown_more_for_ten_seconds(void **state)
{
    (void)state;
    struct talk *t = talk_tls(50000, 100);
    t->pause_ns = 109 * NS_PER_S;
    assert_false(say(t, false, "\x17\x03\x03", 3));
    assert_int_equal(t->flow.ndpi_packets, 2);
    t->pause_ns = 110 * NS_PER_S;
    assert_true(say(t, false, "\x17\x03\x03", 3));
    assert_int_equal(t->flow.ndpi_packets, 2);
    assert_null(t->flow.ndpi);
    assert_names(t, "TLS", "Google", CLASS_DETECTED);
    assert_false(say(t, false, "\x17\x03\x03", 3));
    assert_int_equal(t->settled, 1);
    talk_free(t);
}

static void test_silent_named_flow_is_let_go_by_the_clock(void **state)
{
    (void)state;
    struct talk *t = talk_tls(50000, 200), *unnamed = talk_new(c, IP_UDP, 50002, 40001);
    say(unnamed, true, "\x01zzzz", 5);
    classify_set_now(c, NOON + 210 * NS_PER_S);
    assert_non_null(t->flow.ndpi);
    classify_set_now(c, NOON + 211 * NS_PER_S);
    assert_null(t->flow.ndpi);
    assert_names(t, "TLS", "Google", CLASS_DETECTED);
    assert_non_null(unnamed->flow.ndpi); /* it has still a name to win */
    t->pause_ns = 212 * NS_PER_S;
    assert_true(say(t, false, "\x17\x03\x03", 3)); /* as if it had been settled now */
    assert_false(say(t, false, "\x17\x03\x03", 3));
    talk_free(t);
    talk_free(unnamed);
}

/* What another worker's flow would have caused must not show: a packet with an old stamp ends the wait all the same. */
static void test_wait_that_is_over_does_not_begin_again_when_time_steps_back(void **state)
{
    (void)state;
    struct classify_options options = {.packets_max = 32};
    struct error e = {{0}};
    struct classifier *kept = c, *two[2] = {classifier_new(&options, &e), classifier_new(&options, &e)};
    for (int i = 0; i < 2; i++) {
        c = two[i];
        struct talk *t = talk_tls(50000, 100);
        classify_set_now(c, NOON + 120 * NS_PER_S);
        for (int j = 0; j < 10 * i; j++) /* one of them has more to let go than it does at once */
            classify_set_now(c, NOON + 120 * NS_PER_S);
        t->pause_ns = 105 * NS_PER_S;
        assert_true(say(t, false, "\x17\x03\x03", 3));
        assert_int_equal(t->flow.ndpi_packets, 1);
        talk_free(t);
        classifier_free(c);
    }
    c = kept;
}

/* A flood of handshakes that never end: the library is made to let go of them, and the first packet still names the flow. */
static void test_memory_of_unfinished_handshakes_is_bounded(void **state)
{
    (void)state;
    struct classify_options options = {.packets_max = 32, .memory_max = 10000};
    struct error e = {{0}};
    struct classify_counters counters;
    struct classifier *kept = c;
    struct talk *talks[10];
    c = classifier_new(&options, &e);
    for (uint16_t i = 0; i < 10; i++) {
        uint8_t hello[512];
        talks[i] = talk_new(c, IP_TCP, (uint16_t)(50000 + i), 443);
        shake_hands(talks[i]);
        say(talks[i], true, hello, client_hello("www.google.com", hello));
        assert_names(talks[i], "TLS", "Google", CLASS_DETECTED);
    }
    classify_count(c, &counters);
    assert_in_range(counters.live, 3, 4);
    assert_int_equal(counters.limited, 10 - counters.live);
    for (size_t i = 0; i < 10; i++)
        talk_free(talks[i]);
    classifier_free(c);
    c = kept;
}

static void test_closed_connection_is_settled_at_once(void **state)
{
    (void)state;
    struct talk *t = talk_tls(50000, 300);
    assert_true(say_flags(t, false, TCP_RST, NULL, 0));
    assert_null(t->flow.ndpi);
    assert_names(t, "TLS", "Google", CLASS_DETECTED);
    talk_free(t);
}

/* ----------------------------------------------------------- awkward packets */

static void test_cut_packets_are_classified(void **state)
{
    (void)state;
    struct talk *t = talk_new(c, IP_TCP, 50000, 80);
    t->snap = 100;
    shake_hands(t);
    say(t, true, http_get, sizeof http_get - 1);
    assert_true(t->flow.marks & MARK_TRUNCATED);
    classify_end(c, &t->flow);
    assert_names(t, "Unknown", "HTTP", CLASS_DETECTED);
    talk_free(t);
}

static void test_wrong_length_in_the_header_does_not_hide_a_packet(void **state)
{
    (void)state;
    struct talk *t = talk_new(c, IP_UDP, 50000, 53);
    t->length_off = (uint16_t)(0u - (28 + sizeof dns_query)); /* 0, as segmentation offload leaves it */
    say(t, true, dns_query, sizeof dns_query);
    classify_end(c, &t->flow);
    assert_names(t, "Unknown", "DNS", CLASS_DETECTED);
    talk_free(t);
}

static void test_later_fragments_are_not_shown(void **state)
{
    (void)state;
    struct classify_counters before, after;
    struct packet p = udp(1, 0, 2, 0);
    uint8_t l3[64] = {0x45, 0, 0, 64};
    p.l3 = (struct slice){l3, sizeof l3};
    p.fragment = true;
    struct flow f;
    struct flow_key key;
    int end = flow_key_of(&p, true, &key);
    flow_begin(&f, &key, &p);
    flow_update(&f, &p, end);
    classify_count(c, &before);
    assert_false(classify_packet(c, &f, &p, end));
    assert_false(classify_end(c, &f));
    classify_count(c, &after);
    assert_int_equal(after.packets, before.packets);
    assert_int_equal(f.class.state, CLASS_NONE);
}

/* Under the address sanitizer: the library reads no byte beyond what it is given. */
static void test_payloads_cut_at_every_length(void **state)
{
    (void)state;
    uint8_t hello[512];
    size_t size = client_hello("www.example.org", hello);
    const struct {
        uint8_t proto;
        uint16_t port;
        const void *bytes;
        size_t size;
    } cases[] = {{IP_UDP, 53, dns_query, sizeof dns_query},
                 {IP_UDP, 53, dns_answer, sizeof dns_answer},
                 {IP_TCP, 80, http_get, sizeof http_get - 1},
                 {IP_TCP, 443, hello, size}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t n = 0; n <= cases[i].size; n++) {
            struct talk *t = talk_new(c, cases[i].proto, 50000, cases[i].port);
            uint8_t *exact = malloc(n ? n : 1);
            assert_non_null(exact);
            memcpy(exact, cases[i].bytes, n);
            say(t, true, exact, n);
            free(exact);
            talk_free(t);
        }
}

/* ------------------------------------------------- independence from other flows */

static struct classification talk_stun(uint16_t client_port, const void *message, size_t size)
{
    struct talk *t = talk_new(c, IP_UDP, client_port, 3478);
    for (int i = 0; i < 6; i++)
        say(t, i % 2 == 0, message, size);
    classify_end(c, &t->flow);
    struct classification class = t->flow.class;
    assert_int_equal(class.state, CLASS_DETECTED);
    talk_free(t);
    return class;
}

/* A messenger's STUN attribute names its flow; the library would remember the server for the flows that follow. */
static void test_answer_does_not_depend_on_other_flows(void **state)
{
    (void)state;
    static const uint8_t plain[20] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    static const uint8_t telling[28] = {0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, [20] = 0x40, 0x00, 0, 4, 1, 1, 1, 1};
    struct classification before = talk_stun(50000, plain, sizeof plain);
    struct classification other = talk_stun(50001, telling, sizeof telling);
    struct classification after = talk_stun(50002, plain, sizeof plain);
    assert_memory_not_equal(&other, &before, sizeof before);
    assert_memory_equal(&after, &before, sizeof before);
}

/* ------------------------------------------------------------------- the rest */

/* The module that gave the names serves one classifier after the other, and two at a time are two modules. */
static void test_module_of_the_names_is_lent(void **state)
{
    (void)state;
    struct error e;
    const struct classify_options options = {.packets_max = 32, .names = names};
    struct classifier *own = c;
    for (int i = 0; i < 2; i++) {
        struct classifier *one = classifier_new(&options, &e), *two = classifier_new(&options, &e);
        assert_true(one && two);
        c = one;
        test_dns_is_detected(NULL);
        c = two;
        test_dns_is_detected(NULL);
        classifier_free(one);
        classifier_free(two);
    }
    c = own;
}

static void test_options_out_of_range_are_refused(void **state)
{
    (void)state;
    struct error e = {""};
    assert_null(classifier_new(&(struct classify_options){.packets_max = 0}, &e));
    assert_non_null(strstr(e.text, "1 to 255"));
    assert_null(classifier_new(&(struct classify_options){.packets_max = 256}, &e));
    assert_null(classifier_new(&(struct classify_options){.packets_max = 32, .wait_s = 86401}, &e));
    assert_non_null(strstr(e.text, "86400"));
}

static void test_one_packet_may_be_enough(void **state)
{
    (void)state;
    struct classifier *all = c;
    c = classifier_new(&(struct classify_options){.packets_max = 1}, NULL);
    assert_non_null(c);
    struct talk *t = talk_new(c, IP_UDP, 50000, 53);
    assert_true(say(t, true, dns_query, sizeof dns_query));
    assert_names(t, "Unknown", "DNS", CLASS_DETECTED);
    talk_free(t);
    classifier_free(c);
    c = all;
}

static void test_names_of_ids_that_do_not_exist(void **state)
{
    (void)state;
    assert_string_equal(classify_protocol(names, 0), "Unknown");
    assert_string_equal(classify_protocol(names, UINT16_MAX), "Unknown");
    assert_string_equal(classify_category(names, UINT16_MAX), "Unknown");
    assert_string_equal(classify_breed(names, UINT8_MAX), "Unknown");
    assert_string_equal(classify_confidence(names, UINT8_MAX), "Unknown");
    assert_string_equal(classify_risk(names, 63), "Unknown");
    assert_string_equal(classify_risk_severity(names, 63), "Unknown");
    assert_string_equal(classify_risk_severity(names, 2), "Severe");
    assert_non_null(strstr(classify_version(names), "API"));
}

static void test_every_protocol_eve_names_is_known_to_some_library(void **state)
{
    (void)state;
    assert_int_equal(app_proto_named("TLS"), APP_TLS);
    assert_int_equal(app_proto_named("tls"), APP_TLS);
    assert_int_equal(app_proto_named("Google"), APP_UNKNOWN);
    assert_int_equal(app_proto_named(""), APP_UNKNOWN);
    unsigned found = 0;
    for (unsigned id = 0; id < 1000; id++)
        found += app_proto_named(classify_protocol(names, (uint16_t)id)) != APP_UNKNOWN;
    assert_true(found > 25);
}

static void test_free_takes_null(void **state)
{
    (void)state;
    classifier_free(NULL);
    classify_names_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dns_is_detected),
        cmocka_unit_test(test_http_is_detected_and_let_go_at_the_answer),
        cmocka_unit_test(test_tls_is_detected_with_the_name_s_owner),
        cmocka_unit_test(test_protocol_on_another_port_is_detected_with_a_risk),
        cmocka_unit_test(test_dissector_s_word_is_not_overruled),
        cmocka_unit_test(test_connection_without_data_ends_as_a_guess),
        cmocka_unit_test(test_guess_works_over_ipv6),
        cmocka_unit_test(test_ports_alone_are_never_detection),
        cmocka_unit_test(test_unknown_payload_is_given_up_at_the_end),
        cmocka_unit_test(test_unknown_payload_on_a_known_port_is_a_guess),
        cmocka_unit_test(test_library_is_let_go_after_packets_max),
        cmocka_unit_test(test_named_flow_is_shown_more_for_ten_seconds),
        cmocka_unit_test(test_silent_named_flow_is_let_go_by_the_clock),
        cmocka_unit_test(test_wait_that_is_over_does_not_begin_again_when_time_steps_back),
        cmocka_unit_test(test_memory_of_unfinished_handshakes_is_bounded),
        cmocka_unit_test(test_closed_connection_is_settled_at_once),
        cmocka_unit_test(test_cut_packets_are_classified),
        cmocka_unit_test(test_wrong_length_in_the_header_does_not_hide_a_packet),
        cmocka_unit_test(test_later_fragments_are_not_shown),
        cmocka_unit_test(test_payloads_cut_at_every_length),
        cmocka_unit_test(test_answer_does_not_depend_on_other_flows),
        cmocka_unit_test(test_module_of_the_names_is_lent),
        cmocka_unit_test(test_options_out_of_range_are_refused),
        cmocka_unit_test(test_one_packet_may_be_enough),
        cmocka_unit_test(test_names_of_ids_that_do_not_exist),
        cmocka_unit_test(test_every_protocol_eve_names_is_known_to_some_library),
        cmocka_unit_test(test_free_takes_null),
    };
    return cmocka_run_group_tests(tests, open_library, close_library);
}
