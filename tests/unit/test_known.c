/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_known.c - a flow left to the dissectors is called what the library would call it, and gets its marks by the library's rules.
 */
#include <stdio.h>

#include "classify_talk.h"
#include "flow/app_proto.h"
#include "flow/known.h"

#define DAY        86400
#define NOW        1700000000 /* 2023-11-14 */
#define HELLO_SIZE 512

static struct classifier *fed, *leaving;
static struct classify_names *names;
static struct known *known;

static int open_classifiers(void **state)
{
    (void)state;
    struct error e = {""};
    fed = classifier_new(&(struct classify_options){.packets_max = 32}, &e);
    leaving = classifier_new(&(struct classify_options){.packets_max = 32, .early_stop = true}, &e);
    names = classify_names_new(&e);
    bool good = fed && leaving && names && classifier_know(leaving, &known, &e);
    if (!good)
        fprintf(stderr, "%s\n", e.text);
    return good ? 0 : -1;
}

static int close_classifiers(void **state)
{
    (void)state;
    struct classify_counters n;
    classify_count(leaving, &n);
    classifier_free(fed);
    classifier_free(leaving);
    classify_names_free(names);
    return n.live == 0 ? 0 : -1;
}

static struct slice text(const char *s)
{
    return (struct slice){(const uint8_t *)s, strlen(s)};
}

/* A flow whose hello was left to us, with what the dissector then says of it. */
static struct talk *left_talk(uint16_t port, const char *name)
{
    uint8_t hello[HELLO_SIZE];
    struct talk *t = talk_new(leaving, IP_TCP, 40000, port);
    shake_hands(t);
    assert_false(say(t, true, hello, client_hello(name, hello)));
    assert_true(t->flow.left);
    assert_null(t->flow.ndpi);
    t->flow.app_proto = APP_TLS;
    known_see_offer(known, &t->flow, t->flow.client_end, &(struct known_offer){.version = 0x0303, .name = text(name)});
    return t;
}

static bool is_marked(const struct talk *t, const char *risk)
{
    for (unsigned i = 0; i < 64; i++)
        if (t->flow.class.risks >> i & 1 && strcmp(classify_risk(names, i), risk) == 0)
            return true;
    return false;
}

/* -------------------------------------------------------------------- names */

static void assert_as_fed(uint16_t port, const char *name)
{
    uint8_t hello[HELLO_SIZE];
    struct talk *shown = talk_new(fed, IP_TCP, 40000, port), *left = left_talk(port, name);
    shake_hands(shown);
    say(shown, true, hello, client_hello(name, hello));
    assert_int_equal(left->flow.class.state, CLASS_DETECTED);
    assert_memory_equal(&left->flow.class, &shown->flow.class, sizeof shown->flow.class);
    talk_free(shown);
    talk_free(left);
}

static void test_a_name_is_called_what_the_library_calls_it(void **state)
{
    (void)state;
    static const char *all[] = {"www.google.com", "WWW.Google.COM", "example.org", "relay.anydesk.com", "www.q7xkvbnmzt4w.com",
                                "under_score.example.net", "xkqzjwvbfhgp.example",
                                "a.very.long.name.that.is.longer.than.seventy.nine.bytes.which.are.looked.at.upload.youtube.com"};
    static const uint16_t ports[] = {443, 8443, 993, 22, 853};
    for (size_t p = 0; p < sizeof ports / sizeof ports[0]; p++)
        for (size_t i = 0; i < 2 * (sizeof all / sizeof all[0]); i++) /* the second time it is remembered */
            assert_as_fed(ports[p], all[i / 2]);
}

/* 13.32.0.0/15 has been Amazon's for years, and the library knows it. */
static void test_an_address_stands_for_its_owner_when_the_name_says_nothing(void **state)
{
    (void)state;
    struct talk *t = left_talk(443, "example.org");
    assert_string_equal(classify_protocol(names, t->flow.class.app), "TLS");
    memcpy(t->flow.key.end[!t->flow.client_end].bytes + 12, (uint8_t[4]){13, 32, 1, 2}, 4);
    known_see_offer(known, &t->flow, t->flow.client_end, &(struct known_offer){.version = 0x0303, .name = text("example.org")});
    assert_string_equal(classify_protocol(names, t->flow.class.master), "TLS");
    assert_string_equal(classify_protocol(names, t->flow.class.app), "AmazonAWS");
    known_see_offer(known, &t->flow, t->flow.client_end, &(struct known_offer){.version = 0x0303, .name = text("mail.google.com")});
    assert_string_equal(classify_protocol(names, t->flow.class.app), "GMail");
    talk_free(t);
}

/* -------------------------------------------------------------------- hellos */

static void assert_offer(const struct known_offer *offer, const char *risk, bool marked)
{
    struct talk *t = left_talk(443, "example.org");
    known_see_offer(known, &t->flow, t->flow.client_end, offer);
    assert_int_equal(is_marked(t, risk), marked);
    talk_free(t);
}

static void test_marks_of_an_offer(void **state)
{
    (void)state;
    const struct slice name = text("example.org"), web = text("h2,http/1.1"), none = text("");
    static const char old[] = "Obsolete TLS Version (1.1 or older)", unnamed[] = "Missing SNI TLS Extension",
                      other[] = "TLS (probably) Not Carrying HTTPS", odd[] = "TLS Suspicious Extension",
                      hidden[] = "TLS Suspicious ESNI Usage";
    assert_offer(&(struct known_offer){0x0303, name, web, false, false}, old, false);
    assert_offer(&(struct known_offer){0x0302, name, web, false, false}, old, true);
    assert_offer(&(struct known_offer){0x0303, name, web, false, false}, other, false);
    assert_offer(&(struct known_offer){0x0303, name, none, false, false}, other, true);
    assert_offer(&(struct known_offer){0x0302, name, none, false, false}, other, false);
    assert_offer(&(struct known_offer){0x0303, none, web, false, false}, unnamed, true);
    assert_offer(&(struct known_offer){0x0301, none, web, false, false}, unnamed, false);
    assert_offer(&(struct known_offer){0x0303, none, web, false, true}, unnamed, false);
    assert_offer(&(struct known_offer){0x0303, name, web, false, true}, hidden, true);
    assert_offer(&(struct known_offer){0x0303, name, web, false, false}, odd, false);
    assert_offer(&(struct known_offer){0x0303, name, web, true, false}, odd, true);
}

static void test_odd_extensions(void **state)
{
    (void)state;
    static const uint16_t usual[] = {0, 16, 43, 51, 57, 59, 65281, 0x0a0a, 0xfafa, 17513, 65486}, odd[] = {53, 54, 60, 0x0a1a, 0xfe0d};
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        assert_false(known_is_odd_extension(usual[i]));
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        assert_true(known_is_odd_extension(odd[i]));
}

static void test_marks_of_a_choice(void **state)
{
    (void)state;
    struct talk *t = left_talk(443, "example.org");
    uint64_t before = t->flow.class.risks;
    known_see_choice(known, &t->flow, &(struct known_choice){0x1301, text("h2,http/1.1"), false});
    assert_int_equal(t->flow.class.risks, before);
    known_see_choice(known, &t->flow, &(struct known_choice){0x0035, text(""), false}); /* TLS_RSA_WITH_AES_256_CBC_SHA */
    assert_true(is_marked(t, "Weak TLS Cipher"));
    known_see_choice(known, &t->flow, &(struct known_choice){0x1301, text("h2,beacon"), false});
    assert_true(is_marked(t, "Uncommon TLS ALPN"));
    known_see_fatal_alert(known, &t->flow);
    assert_true(is_marked(t, "TLS Fatal Alert"));
    talk_free(t);
}

/* -------------------------------------------------------------- certificates */

static struct known_certificate good_certificate(void)
{
    static const char san[] = "example.org\0*.example.org";
    return (struct known_certificate){.name = text("www.example.org"),
                                      .subject = text("C=JP, O=Example, CN=example.org"),
                                      .issuer = text("C=JP, O=Authority, CN=Root"),
                                      .san = {(const uint8_t *)san, sizeof san - 1},
                                      .not_before = NOW - 30 * DAY,
                                      .not_after = NOW + 60 * DAY,
                                      .seen = NOW};
}

static void assert_certificate(const struct known_certificate *certificate, const char *risk)
{
    struct talk *t = left_talk(443, "www.example.org");
    uint64_t before = t->flow.class.risks;
    known_see_certificate(known, &t->flow, certificate);
    if (risk)
        assert_true(is_marked(t, risk));
    else
        assert_int_equal(t->flow.class.risks, before);
    talk_free(t);
}

static void test_marks_of_a_certificate(void **state)
{
    (void)state;
    struct known_certificate c = good_certificate();
    assert_certificate(&c, NULL);
    c.not_after = NOW - 1;
    assert_certificate(&c, "TLS Expired Certificate");
    c.not_after = NOW + 29 * DAY;
    assert_certificate(&c, "TLS Certificate About To Expire");
    c.not_after = NOW + 400 * DAY;
    assert_certificate(&c, "TLS Certificate Validity Too Long");
    c = good_certificate();
    c.issuer = c.subject;
    assert_certificate(&c, "Self-signed Certificate");
    c = good_certificate();
    c.name = text("deep.www.example.org"); /* as the library has it */
    assert_certificate(&c, NULL);
    c.name = text("badexample.org");
    assert_certificate(&c, "TLS Certificate Mismatch");
    c.name = text("example.com");
    assert_certificate(&c, "TLS Certificate Mismatch");
    c.name = text("WWW.EXAMPLE.ORG");
    assert_certificate(&c, NULL);
    c.name = text("");
    assert_certificate(&c, NULL);
    c.san = text("ex\xc3\xa4mple.org");
    assert_certificate(&c, "Text Contains Non-Printable Characters");
}

static void test_a_certificate_names_what_the_hello_did_not(void **state)
{
    (void)state;
    struct known_certificate c = good_certificate();
    struct talk *t = left_talk(443, "www.example.org");
    c.subject = text("C=US, O=Netflix, CN=a");
    known_see_certificate(known, &t->flow, &c);
    assert_string_equal(classify_protocol(names, t->flow.class.app), "NetFlix");
    talk_free(t);
    t = left_talk(443, "www.example.org");
    c.san = text("*.whatsapp.net");
    known_see_certificate(known, &t->flow, &c);
    assert_string_equal(classify_protocol(names, t->flow.class.app), "WhatsApp");
    assert_string_equal(classify_category(names, t->flow.class.category), "Chat");
    talk_free(t);
    t = left_talk(443, "www.google.com");
    c.name = text("www.google.com");
    known_see_certificate(known, &t->flow, &c);
    assert_string_equal(classify_protocol(names, t->flow.class.app), "Google");
    talk_free(t);
}

/* ------------------------------------------------------------- who is left */

static void assert_left(uint8_t flags, const void *payload, size_t size, bool left)
{
    struct talk *t = talk_new(leaving, IP_TCP, 40000, 443);
    say_flags(t, true, flags, payload, size);
    assert_int_equal(t->flow.left, left);
    talk_free(t);
}

static void test_only_plain_beginnings_are_left(void **state)
{
    (void)state;
    uint8_t hello[HELLO_SIZE];
    size_t size = client_hello("example.org", hello);
    assert_left(TCP_PSH | TCP_ACK, hello, size, true);
    assert_left(TCP_SYN, hello, size, false);
    for (size_t cut = 0; cut < size; cut++) /* the rest follows, once the ciphers' size is there */
        assert_left(TCP_ACK, hello, cut, cut >= 46);
    hello[45]++; /* half a cipher */
    assert_left(TCP_ACK, hello, size, false);
    hello[45]--;
    hello[5] = 2; /* a ServerHello */
    assert_left(TCP_ACK, hello, size, false);
    assert_left(TCP_ACK, "SSH-2.0-OpenSSH_9.2 and more of it", 34, false);
}

static void test_a_flow_that_is_not_left_is_not_touched(void **state)
{
    (void)state;
    struct flow f = {.class = {.state = CLASS_NONE}}, same = f;
    struct known_certificate c = good_certificate();
    c.seen = 0;
    known_see_offer(known, &f, 0, &(struct known_offer){.version = 0x0301});
    known_see_choice(known, &f, &(struct known_choice){.cipher = 0x0035});
    known_see_certificate(known, &f, &c);
    known_see_fatal_alert(known, &f);
    assert_memory_equal(&f.class, &same.class, sizeof f.class);
    f.left = 1;
    known_see_offer(NULL, &f, 0, &(struct known_offer){.version = 0x0301});
    known_see_fatal_alert(NULL, &f);
    assert_memory_equal(&f.class, &same.class, sizeof f.class);
}

static void test_it_is_settled_once_when_the_dissectors_are_done(void **state)
{
    (void)state;
    struct talk *t = left_talk(443, "www.google.com");
    assert_false(say(t, false, "more", 4));
    assert_int_equal(t->settled, 0);
    t->flow.dissect_done = BOTH_DONE;
    assert_true(say(t, true, "more", 4));
    assert_false(say(t, true, "more", 4));
    assert_int_equal(t->settled, 1);
    assert_null(t->flow.ndpi);
    talk_free(t);
}

static void test_what_the_dissectors_do_not_know_is_shown_after_all(void **state)
{
    (void)state;
    uint8_t hello[HELLO_SIZE];
    struct talk *t = talk_new(leaving, IP_TCP, 40000, 443);
    say(t, true, hello, client_hello("example.org", hello));
    assert_true(t->flow.left);
    say(t, false, "220 mail.example.org ESMTP\r\n", 28); /* app_proto is still unknown */
    assert_false(t->flow.left);
    assert_non_null(t->flow.ndpi);
    talk_free(t);
}

static void test_a_hello_that_never_came_ends_in_a_guess(void **state)
{
    (void)state;
    uint8_t hello[HELLO_SIZE];
    struct talk *t = talk_new(leaving, IP_TCP, 40000, 443);
    say(t, true, hello, client_hello("example.org", hello) - 20);
    t->flow.app_proto = APP_TLS;
    assert_true(classify_end(leaving, &t->flow));
    assert_int_equal(t->flow.class.state, CLASS_GUESSED);
    assert_string_equal(classify_protocol(names, t->flow.class.app), "TLS");
    talk_free(t);
}

static void test_quic_is_known_by_its_initial_and_named_by_its_hello(void **state)
{
    (void)state;
    static const uint8_t initial[1200] = {0xc3, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8};
    struct talk *t = talk_new(leaving, IP_UDP, 40000, 443);
    say(t, true, initial, sizeof initial);
    assert_true(t->flow.left);
    assert_string_equal(classify_protocol(names, t->flow.class.app), "QUIC");
    assert_int_equal(t->flow.class.master, 0);
    assert_int_equal(t->flow.class.risks, 0);
    known_see_offer(known, &t->flow, t->flow.client_end,
                    &(struct known_offer){.version = 0x0303, .name = text("www.youtube.com"), .alpns = text("h3")});
    assert_string_equal(classify_protocol(names, t->flow.class.master), "QUIC");
    assert_string_equal(classify_protocol(names, t->flow.class.app), "YouTube");
    known_see_offer(known, &t->flow, t->flow.client_end, &(struct known_offer){.version = 0x0303, .alpns = text("doq")});
    assert_string_equal(classify_protocol(names, t->flow.class.app), "DoH_DoT");
    talk_free(t);
    t = talk_new(leaving, IP_UDP, 40000, 443);
    say(t, true, initial, sizeof initial - 1);
    assert_false(t->flow.left);
    talk_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_name_is_called_what_the_library_calls_it),
        cmocka_unit_test(test_an_address_stands_for_its_owner_when_the_name_says_nothing),
        cmocka_unit_test(test_marks_of_an_offer),
        cmocka_unit_test(test_odd_extensions),
        cmocka_unit_test(test_marks_of_a_choice),
        cmocka_unit_test(test_marks_of_a_certificate),
        cmocka_unit_test(test_a_certificate_names_what_the_hello_did_not),
        cmocka_unit_test(test_only_plain_beginnings_are_left),
        cmocka_unit_test(test_a_flow_that_is_not_left_is_not_touched),
        cmocka_unit_test(test_it_is_settled_once_when_the_dissectors_are_done),
        cmocka_unit_test(test_what_the_dissectors_do_not_know_is_shown_after_all),
        cmocka_unit_test(test_a_hello_that_never_came_ends_in_a_guess),
        cmocka_unit_test(test_quic_is_known_by_its_initial_and_named_by_its_hello),
    };
    return cmocka_run_group_tests(tests, open_classifiers, close_classifiers);
}
