/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_early_stop.c - what nDPI is not shown with early_stop, and what it still is: the DNS answers, the handshake's end, the
 * strangers. What that costs in sight is counted by tests/bench/sight.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "classify_talk.h"
#include "flow/app_proto.h"
#include "flow/plain_dns.h"
#include "flow/plain_hello.h"

static struct classifier *c;

static int open_classifier(void **state)
{
    (void)state;
    struct error e = {""};
    c = classifier_new(&(struct classify_options){.packets_max = 32, .early_stop = true}, &e);
    return c ? 0 : -1;
}

static int close_classifier(void **state)
{
    (void)state;
    classifier_free(c);
    return 0;
}

/* --------------------------------------------------------------------- DNS */

enum { FLAGS_LOW = 3, QUESTIONS = 5, ANSWER_TYPE = 32, ANSWER_TTL = 38 };

static bool is_plain_but_for_errors(const uint8_t *at, size_t size, bool errors_too)
{
    uint8_t *exact = malloc(size ? size : 1); /* so that a byte too far is seen */
    memcpy(exact, at, size);
    bool plain = plain_dns_answer((struct slice){exact, size}, errors_too);
    free(exact);
    return plain;
}

static bool is_plain(const uint8_t *at, size_t size)
{
    return is_plain_but_for_errors(at, size, false);
}

static bool is_plain_with(size_t at, uint8_t value)
{
    uint8_t changed[sizeof dns_answer];
    memcpy(changed, dns_answer, sizeof dns_answer);
    changed[at] = value;
    return is_plain(changed, sizeof changed);
}

static void test_plain_answers_are_known(void **state)
{
    (void)state;
    assert_true(is_plain(dns_answer, sizeof dns_answer));
    assert_true(is_plain_with(ANSWER_TYPE, 5));   /* CNAME */
    assert_false(is_plain_with(ANSWER_TYPE, 10)); /* NULL: a tunnel's */
    assert_false(is_plain_with(ANSWER_TTL, 0));
    assert_false(is_plain_with(FLAGS_LOW, 0x83)); /* no such name */
    assert_false(is_plain_with(2, 0x01));         /* a query */
    assert_false(is_plain_with(QUESTIONS, 2));
    assert_false(is_plain_with(29, 0x80)); /* neither label nor pointer */
}

static void test_errors_are_plain_where_they_do_not_matter(void **state)
{
    (void)state;
    uint8_t changed[sizeof dns_answer];
    memcpy(changed, dns_answer, sizeof dns_answer);
    changed[FLAGS_LOW] = 0x83;
    assert_true(is_plain_but_for_errors(changed, sizeof changed, true));
    assert_false(is_plain_but_for_errors(changed, sizeof changed, false));
    changed[2] |= 0x08; /* another opcode */
    assert_false(is_plain_but_for_errors(changed, sizeof changed, true));
}

static void test_large_answers_are_not_plain(void **state)
{
    (void)state;
    uint8_t large[513] = {0};
    memcpy(large, dns_answer, sizeof dns_answer);
    assert_true(is_plain(large, 512)); /* what follows the answers is not looked at */
    assert_false(is_plain(large, 513));
}

static void test_answers_cut_at_every_length_are_not_plain(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof dns_answer; size++)
        assert_false(is_plain(dns_answer, size));
}

static struct talk *talk_dns(uint16_t client_port)
{
    struct talk *t = talk_new(c, IP_UDP, client_port, 53);
    assert_false(say(t, true, dns_query, sizeof dns_query));
    assert_int_equal(t->flow.class.state, CLASS_DETECTED);
    t->flow.app_proto = APP_DNS; /* as the dissector says */
    t->flow.tx_count = 1;
    return t;
}

static void test_plain_answer_is_not_shown_and_settles_the_flow(void **state)
{
    (void)state;
    struct talk *t = talk_dns(50000);
    assert_true(say(t, false, dns_answer, sizeof dns_answer));
    assert_int_equal(t->flow.ndpi_packets, 1);
    assert_null(t->flow.ndpi);
    assert_int_equal(t->flow.class.state, CLASS_DETECTED);
    talk_free(t);
}

static void test_other_answers_and_queries_are_shown(void **state)
{
    (void)state;
    struct talk *t = talk_dns(50001);
    say(t, true, dns_query, sizeof dns_query);
    assert_int_equal(t->flow.ndpi_packets, 2);
    uint8_t tunnel[sizeof dns_answer];
    memcpy(tunnel, dns_answer, sizeof dns_answer);
    tunnel[ANSWER_TYPE] = 10;
    say(t, false, tunnel, sizeof tunnel);
    assert_int_equal(t->flow.ndpi_packets, 3);
    assert_true(t->flow.class.risks != 0); /* suspicious DNS traffic */
    talk_free(t);
}

/* --------------------------------------------------------------------- TLS */

static void test_library_is_let_go_when_the_handshake_is_over(void **state)
{
    (void)state;
    uint8_t hello[512];
    struct talk *t = talk_new(c, IP_TCP, 50002, 443);
    shake_hands(t);
    say(t, true, hello, client_hello("www.google.com", hello));
    t->flow.app_proto = APP_TLS;
    t->flow.dissect_done = 1;
    assert_false(say(t, false, "\x17\x03\x03", 3));
    t->flow.dissect_done = BOTH_DONE;
    assert_true(say(t, false, "\x17\x03\x03", 3));
    assert_int_equal(t->flow.ndpi_packets, 2);
    assert_int_equal(t->flow.class.state, CLASS_DETECTED);
    talk_free(t);
}

static size_t find(const uint8_t *in, size_t size, const void *what, size_t what_size)
{
    const uint8_t *at = memmem(in, size, what, what_size);
    assert_non_null(at);
    return (size_t)(at - in);
}

static void test_hello_is_shown_without_what_a_fingerprint_is_made_of(void **state)
{
    (void)state;
    uint8_t sent[512], shown[512];
    size_t size = client_hello("www.google.com", sent);
    memcpy(shown, sent, size);
    assert_true(plain_hello_begins((struct slice){sent, size}));
    plain_hello(shown, size);
    size_t ciphers = find(sent, size, "\xc0\x2f\xc0\x30", 4), groups = find(sent, size, "\0\x0a\0\x04", 4);
    assert_memory_equal(shown + ciphers, "\x0a\x0a\x0a\x0a", 4);
    assert_memory_equal(shown + groups, "\x0a\x0a\0\x04", 4);
    memcpy(shown + ciphers, sent + ciphers, 4);
    memcpy(shown + groups, sent + groups, 2);
    assert_memory_equal(shown, sent, size); /* the name and all else */
}

/* Cut, or with a length that lies, it is overwritten no further than it goes. */
static void test_hello_cut_at_every_length_is_not_overrun(void **state)
{
    (void)state;
    uint8_t sent[512];
    size_t size = client_hello("www.google.com", sent);
    for (size_t cut = 10; cut < size; cut++)
        for (int lie = 0; lie < 3; lie++) {
            uint8_t *exact = malloc(cut);
            memcpy(exact, sent, cut);
            const size_t place[3] = {0, 4, 43}; /* the record's size, the session id's */
            if (lie && place[lie] < cut)
                exact[place[lie]] = 0xff;
            plain_hello(exact, cut);
            free(exact);
        }
    assert_false(plain_hello_begins((struct slice){sent, 9}));
    assert_false(plain_hello_begins((struct slice){(const uint8_t *)"\x16\x03\x03\0\x04\x02\0\0\0\0", 10}));
}

static void test_hello_is_classified_as_if_it_had_been_shown_whole(void **state)
{
    (void)state;
    uint8_t hello[512];
    struct talk *t = talk_new(c, IP_TCP, 50010, 443);
    shake_hands(t);
    say(t, true, hello, client_hello("www.google.com", hello));
    struct error e;
    struct classifier *full = classifier_new(&(struct classify_options){.packets_max = 32}, &e);
    struct talk *other = talk_new(full, IP_TCP, 50010, 443);
    shake_hands(other);
    say(other, true, hello, client_hello("www.google.com", hello));
    assert_memory_equal(&t->flow.class, &other->flow.class, sizeof t->flow.class);
    assert_int_equal(t->flow.class.state, CLASS_DETECTED);
    talk_free(t);
    talk_free(other);
    classifier_free(full);
}

/* --------------------------------------------------------------- strangers */

static unsigned shown_of_unknown(uint16_t client_port, uint8_t app_proto)
{
    struct talk *t = talk_new(c, IP_UDP, client_port, 40001);
    for (int i = 0; i < 100; i++) {
        t->flow.app_proto = t->settled ? t->flow.app_proto : app_proto;
        say(t, i % 2, "\x01zzzz", 5);
        t->flow.app_proto = t->settled ? t->flow.app_proto : app_proto;
    }
    unsigned shown = t->flow.ndpi_packets;
    assert_int_equal(t->settled, 1);
    talk_free(t);
    return shown;
}

static void test_strangers_are_given_up_sooner_than_what_a_dissector_knows(void **state)
{
    (void)state;
    assert_int_equal(shown_of_unknown(50003, APP_UNKNOWN), 12);
    assert_int_equal(shown_of_unknown(50004, APP_TLS), 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_answers_are_known),
        cmocka_unit_test(test_errors_are_plain_where_they_do_not_matter),
        cmocka_unit_test(test_large_answers_are_not_plain),
        cmocka_unit_test(test_answers_cut_at_every_length_are_not_plain),
        cmocka_unit_test(test_plain_answer_is_not_shown_and_settles_the_flow),
        cmocka_unit_test(test_other_answers_and_queries_are_shown),
        cmocka_unit_test(test_library_is_let_go_when_the_handshake_is_over),
        cmocka_unit_test(test_hello_is_shown_without_what_a_fingerprint_is_made_of),
        cmocka_unit_test(test_hello_cut_at_every_length_is_not_overrun),
        cmocka_unit_test(test_hello_is_classified_as_if_it_had_been_shown_whole),
        cmocka_unit_test(test_strangers_are_given_up_sooner_than_what_a_dissector_knows),
    };
    return cmocka_run_group_tests(tests, open_classifier, close_classifier);
}
