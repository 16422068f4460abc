/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tls_hello.c - what a hello says, and its fingerprints against the vectors that their inventors published.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "dissect/tls_hello.h"
#include "tls_bytes.h"
#include "watch.h"

#define END 0xffff

static struct made m;
static struct tls_client_hello client;
static struct tls_server_hello server;

/* Parses an exact copy of what was made. */
static bool parse_client(enum tls_carrier carrier)
{
    uint8_t *copy = watch_exact(m.at, m.size);
    bool good = tls_client_hello_parse((struct slice){copy, m.size}, carrier, NULL, &client);
    if (client.sni.size) /* before the copy goes: point at the same place of the original */
        client.sni.at = m.at + (client.sni.at - copy);
    if (client.quic_user_agent.size)
        client.quic_user_agent.at = m.at + (client.quic_user_agent.at - copy);
    free(copy);
    return good;
}

static void make_client(const struct hello_plan *plan, enum tls_carrier carrier)
{
    m.size = 0;
    made_client_hello(&m, plan, carrier == TLS_OVER_DTLS);
    assert_true(parse_client(carrier));
}

static bool make_server(const struct hello_plan *plan, const uint8_t *random)
{
    m.size = 0;
    made_server_hello(&m, plan, random);
    uint8_t *copy = watch_exact(m.at, m.size);
    bool good = tls_server_hello_parse((struct slice){copy, m.size}, TLS_OVER_TCP, &server);
    free(copy);
    return good;
}

static void assert_slice(struct slice s, const char *expected)
{
    assert_int_equal(s.size, strlen(expected));
    assert_memory_equal(s.at, expected, s.size);
}

/* ------------------------------------------------------------ published vectors */

static const uint16_t ja4_ciphers[] = {0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9,
                                       0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035, END};
static const uint16_t ja4_extensions[] = {0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
                                          0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015, END};
static const uint16_t ja4_signatures[] = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601, END};
static const uint16_t tls13_first[] = {0x0304, 0x0303, END};
static const struct hello_plan ja4_plan = {.version = 0x0303,
                                           .ciphers = ja4_ciphers,
                                           .extensions = ja4_extensions,
                                           .signatures = ja4_signatures,
                                           .versions = tls13_first,
                                           .sni = "example.com",
                                           .alpns = "h2,http/1.1"};

static void test_ja4_is_the_published_one(void **state)
{
    (void)state;
    make_client(&ja4_plan, TLS_OVER_TCP);
    assert_string_equal(client.ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

static void test_ja4_ignores_grease_everywhere(void **state)
{
    (void)state;
    static const uint16_t ciphers[] = {0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9,
                                       0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035, END};
    static const uint16_t extensions[] = {0xdada, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
                                          0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015, 0x1a1a, END};
    static const uint16_t signatures[] = {0x3a3a, 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601, END};
    static const uint16_t versions[] = {0xfafa, 0x0304, 0x0303, END};
    struct hello_plan plan = ja4_plan;
    plan.ciphers = ciphers;
    plan.extensions = extensions;
    plan.signatures = signatures;
    plan.versions = versions;
    make_client(&plan, TLS_OVER_TCP);
    assert_string_equal(client.ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
    assert_int_equal(client.version, 0x0304);
}

static void test_ja4_first_letter_is_the_carrier(void **state)
{
    (void)state;
    make_client(&ja4_plan, TLS_OVER_QUIC);
    assert_string_equal(client.ja4, "q13d1516h2_8daaf6152771_e5627efa2ab1");
    make_client(&ja4_plan, TLS_OVER_DTLS);
    assert_int_equal(client.ja4[0], 'd');
}

static void test_ja3_is_the_published_one(void **state)
{
    (void)state;
    static const uint16_t ciphers[] = {47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4, END};
    static const uint16_t extensions[] = {0, 10, 11, END};
    static const uint16_t groups[] = {23, 24, 25, END};
    struct hello_plan plan = {
        .version = 0x0301, .ciphers = ciphers, .extensions = extensions, .groups = groups, .formats = "0", .sni = "a.example"};
    make_client(&plan, TLS_OVER_TCP);
    assert_string_equal(client.ja3, "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0");
    assert_string_equal(client.ja3_hash, "ada70206e40642a3e4461f35503241d5");
}

static void test_ja3_without_extensions_is_the_published_one(void **state)
{
    (void)state;
    static const uint16_t ciphers[] = {4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99, END};
    struct hello_plan plan = {.version = 0x0301, .ciphers = ciphers};
    make_client(&plan, TLS_OVER_TCP);
    assert_string_equal(client.ja3, "769,4-5-10-9-100-98-3-6-19-18-99,,,");
    assert_string_equal(client.ja3_hash, "de350869b8c85de67a350c8d186f11e6");
    assert_string_equal(client.ja4 + 23, "_000000000000");
}

static void test_ja3_leaves_grease_out(void **state)
{
    (void)state;
    static const uint16_t ciphers[] = {0x0a0a, 47, 0x0a1a /* no GREASE */, END};
    static const uint16_t extensions[] = {0x7a7a, 10, END};
    static const uint16_t groups[] = {0x9a9a, 23, END};
    struct hello_plan plan = {.version = 0x0303, .ciphers = ciphers, .extensions = extensions, .groups = groups};
    make_client(&plan, TLS_OVER_TCP);
    assert_string_equal(client.ja3, "771,47-2586,10,23,");
}

static void test_ja3s_is_version_cipher_and_extensions(void **state)
{
    (void)state;
    static const uint16_t cipher[] = {47, END};
    static const uint16_t extensions[] = {65281, 0, 11, 35, 5, 16, END};
    struct hello_plan plan = {.version = 0x0301, .ciphers = cipher, .extensions = extensions, .alpns = "h2"};
    assert_true(make_server(&plan, NULL));
    assert_string_equal(server.ja3s, "769,47,65281-0-11-35-5-16");
    assert_string_equal(server.ja3s_hash, "836ce314215654b5b1f85f97c73e506f");
    assert_string_equal(server.alpn, "h2");
    assert_int_equal(server.version, 0x0301);
    assert_int_equal(server.cipher, 47);
}

/* ------------------------------------------------------------------ JA4's rules */

static const uint16_t one_cipher[] = {0x1301, END};

/* The first ten characters of the JA4 of a small hello. */
static const char *ja4_a(const uint16_t *extensions, const char *alpns)
{
    struct hello_plan plan = {
        .version = 0x0303, .ciphers = one_cipher, .extensions = extensions, .alpns = alpns, .sni = "a", .versions = tls13_first};
    make_client(&plan, TLS_OVER_TCP);
    client.ja4[10] = 0;
    return client.ja4;
}

static void test_ja4_says_whether_there_is_a_server_name(void **state)
{
    (void)state;
    static const uint16_t with[] = {0, 43, END}, without[] = {43, END};
    assert_string_equal(ja4_a(with, NULL), "t13d010200");
    assert_string_equal(ja4_a(without, NULL), "t13i010100");
}

static void test_ja4_alpn_is_its_two_ends(void **state)
{
    (void)state;
    static const uint16_t alpn[] = {16, END};
    assert_string_equal(ja4_a(alpn, "http/1.1,h2") + 8, "h1");
    assert_string_equal(ja4_a(alpn, "h") + 8, "hh");
    assert_string_equal(ja4_a(alpn, "\xab") + 8, "ab");
    assert_string_equal(ja4_a(alpn, "\xab\xcd") + 8, "ad");
    assert_string_equal(ja4_a(alpn, "0\xab") + 8, "3b");
    assert_string_equal(ja4_a(alpn, "\xabx") + 8, "a8");
    assert_string_equal(ja4_a(alpn, "") + 8, "00");
}

static void test_ja4_counts_stop_at_99(void **state)
{
    (void)state;
    uint16_t many[151];
    for (uint16_t i = 0; i < 150; i++)
        many[i] = (uint16_t)(1000 + i);
    many[150] = END;
    struct hello_plan plan = {.version = 0x0303, .ciphers = many, .extensions = many};
    make_client(&plan, TLS_OVER_TCP);
    assert_memory_equal(client.ja4, "t12i999900_", 11);
}

/* SHA-256 of "000a,0017" and of "1301", first 12 digits: no underscore follows when there are no signature algorithms. */
static void test_ja4_without_signature_algorithms_has_no_underscore(void **state)
{
    (void)state;
    static const uint16_t extensions[] = {0x0017, 0x000a, END};
    struct hello_plan plan = {.version = 0x0303, .ciphers = one_cipher, .extensions = extensions};
    make_client(&plan, TLS_OVER_TCP);
    assert_string_equal(client.ja4, "t12i010200_0f2cb44170f4_c5fbb8d9fc5a");
}

static void test_ja4_without_any_list_has_zeros(void **state)
{
    (void)state;
    static const uint16_t none[] = {END}, names[] = {0, 16, END};
    struct hello_plan plan = {.version = 0x0301, .ciphers = none, .extensions = names, .sni = "a", .alpns = "h2"};
    make_client(&plan, TLS_OVER_TCP);
    assert_string_equal(client.ja4, "t10d0002h2_000000000000_000000000000");
}

static void test_too_many_extensions_leave_no_fingerprint(void **state)
{
    (void)state;
    static uint16_t many[1101];
    for (uint16_t i = 0; i < 1100; i++)
        many[i] = (uint16_t)(1000 + i);
    many[0] = 0;
    many[1100] = END;
    struct hello_plan plan = {.version = 0x0303, .ciphers = one_cipher, .extensions = many, .sni = "still.there"};
    make_client(&plan, TLS_OVER_TCP);
    assert_string_equal(client.ja3, "");
    assert_string_equal(client.ja3_hash, "");
    assert_string_equal(client.ja4, "");
    assert_slice(client.sni, "still.there");
}

/* ------------------------------------------------------------------- contents */

static void test_names_are_read(void **state)
{
    (void)state;
    make_client(&ja4_plan, TLS_OVER_TCP);
    assert_slice(client.sni, "example.com");
    assert_string_equal(client.alpns, "h2,http/1.1");
    assert_int_equal(client.legacy_version, 0x0303);
    assert_int_equal(client.version, 0x0304);
    assert_false(client.ech);
    assert_false(client.has_ticket);
}

static void test_odd_bytes_in_alpn_are_escaped(void **state)
{
    (void)state;
    static const uint16_t alpn[] = {16, END};
    struct hello_plan plan = {.version = 0x0303, .ciphers = one_cipher, .extensions = alpn, .alpns = "a\\b\n,h2"};
    make_client(&plan, TLS_OVER_TCP);
    assert_string_equal(client.alpns, "a\\x5cb\\x0a,h2");
}

static void test_alpn_list_is_cut_on_an_entry(void **state)
{
    (void)state;
    static const uint16_t alpn[] = {16, END};
    char names[400];
    for (int i = 0; i < 10; i++)
        memcpy(names + 40 * i, "abcdefghijklmnopqrstuvwxyzabcdefghijklm,", 40);
    names[399] = 0;
    struct hello_plan plan = {.version = 0x0303, .ciphers = one_cipher, .extensions = alpn, .alpns = names};
    make_client(&plan, TLS_OVER_TCP);
    assert_int_equal(strlen(client.alpns), 6 * 40 - 1);
}

static void test_tickets_and_ech_are_marked(void **state)
{
    (void)state;
    static const uint16_t empty_ticket[] = {35, END}, psk[] = {41, END}, ech[] = {0xfe0d, END};
    struct hello_plan plan = {.version = 0x0303, .ciphers = one_cipher, .extensions = empty_ticket};
    make_client(&plan, TLS_OVER_TCP);
    assert_false(client.has_ticket);
    plan.ticket = "t";
    make_client(&plan, TLS_OVER_TCP);
    assert_true(client.has_ticket);
    plan.extensions = psk;
    make_client(&plan, TLS_OVER_TCP);
    assert_true(client.has_ticket);
    plan.extensions = ech;
    make_client(&plan, TLS_OVER_TCP);
    assert_true(client.ech);
}

static void test_dtls_has_session_id_and_cookie(void **state)
{
    (void)state;
    static const uint16_t sni[] = {0, 43, END}, versions[] = {0xfefd, 0xfefc, 0xfeff, END};
    struct hello_plan plan = {.version = 0xfefd,
                              .ciphers = one_cipher,
                              .extensions = sni,
                              .sni = "d.example",
                              .session_id = "0123456789",
                              .cookie = "cookiecookie",
                              .versions = versions};
    make_client(&plan, TLS_OVER_DTLS);
    assert_slice(client.sni, "d.example");
    assert_int_equal(client.session_id.size, 10);
    assert_int_equal(client.version, 0xfefc);
    assert_memory_equal(client.ja4, "dd3d0102", 8);
}

static void test_quic_user_agent_is_read(void **state)
{
    (void)state;
    struct hello_plan plan = {.version = 0x0303, .ciphers = one_cipher};
    m.size = 0;
    made_client_hello(&m, &plan, 0);
    size_t block = made_open(&m, 2);
    made_number(&m, 57, 2);
    size_t body = made_open(&m, 2);
    made_put(&m, "\x01\x02\x40\x64", 4); /* max_idle_timeout */
    made_put(&m,
             "\x71\x29\x06"
             "Chrome",
             9); /* id 0x3129 in two bytes */
    made_close(&m, body, 2);
    made_close(&m, block, 2);
    assert_true(parse_client(TLS_OVER_QUIC));
    assert_slice(client.quic_user_agent, "Chrome");
}

static void test_only_host_names_are_server_names(void **state)
{
    (void)state;
    struct hello_plan plan = {.version = 0x0303, .ciphers = one_cipher};
    m.size = 0;
    made_client_hello(&m, &plan, 0);
    made_put(&m,
             "\0\x0f"
             "\0\0"
             "\0\x0b"
             "\0\x09"
             "\x07\0\x01x"
             "\0\0\x02hi",
             17);
    assert_true(parse_client(TLS_OVER_TCP));
    assert_slice(client.sni, "hi");
}

static void test_a_broken_extension_ends_the_list(void **state)
{
    (void)state;
    static const uint16_t extensions[] = {0, END};
    struct hello_plan plan = {.version = 0x0303, .ciphers = one_cipher, .extensions = extensions, .sni = "a.example"};
    m.size = 0;
    made_client_hello(&m, &plan, 0);
    made_put(&m, "\0\x10\xff\xff", 4); /* beyond the block: not looked at */
    assert_true(parse_client(TLS_OVER_TCP));
    assert_string_equal(client.ja3, "771,4865,0,,");
    assert_slice(client.sni, "a.example");
}

static void test_odd_cipher_list_is_no_hello(void **state)
{
    (void)state;
    struct hello_plan plan = {.version = 0x0303, .ciphers = one_cipher};
    const size_t low_byte = 2 + 32 + 1 + 1; /* of the list's length */
    m.size = 0;
    made_client_hello(&m, &plan, 0);
    assert_int_equal(m.at[low_byte], 2);
    assert_true(parse_client(TLS_OVER_TCP));
    m.at[low_byte] = 3;
    assert_false(parse_client(TLS_OVER_TCP));
}

static void test_cut_hello_keeps_whole_things_only(void **state)
{
    (void)state;
    m.size = 0;
    made_client_hello(&m, &ja4_plan, 0);
    size_t whole = m.size, fixed = 2 + 32 + 1 + 2 + 30;
    const char *name_end = memmem(m.at, whole, "example.com", 11);
    size_t named = (size_t)((const uint8_t *)name_end - m.at) + 11;
    for (size_t size = 0; size <= whole; size++) {
        m.size = size;
        bool good = parse_client(TLS_OVER_TCP);
        if (size < fixed)
            assert_false(good);
        if (size >= fixed + 2)
            assert_true(good);
        if (good)
            assert_int_equal(client.sni.size, size >= named ? 11 : 0);
    }
}

/* -------------------------------------------------------------------- server */

static const uint16_t server_cipher[] = {0x1302, END};

static void test_tls13_server_hello(void **state)
{
    (void)state;
    static const uint16_t extensions[] = {51, 43, 41, END};
    struct hello_plan plan = {
        .version = 0x0303, .ciphers = server_cipher, .extensions = extensions, .versions = tls13_first, .session_id = "abc"};
    assert_true(make_server(&plan, NULL));
    assert_int_equal(server.version, 0x0304);
    assert_int_equal(server.legacy_version, 0x0303);
    assert_true(server.resumed_psk);
    assert_false(server.hello_retry);
    assert_int_equal(server.session_id.size, 3);
    assert_string_equal(server.ja3s, "771,4866,51-43-41");
}

static void test_hello_retry_request_is_told_by_its_random(void **state)
{
    (void)state;
    uint8_t random[32];
    watch_hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c", random, sizeof random);
    struct hello_plan plan = {.version = 0x0303, .ciphers = server_cipher};
    assert_true(make_server(&plan, random));
    assert_true(server.hello_retry);
    random[31] ^= 1;
    assert_true(make_server(&plan, random));
    assert_false(server.hello_retry);
}

static void test_early_drafts_have_a_short_server_hello(void **state)
{
    (void)state;
    m.size = 0;
    made_number(&m, 0x7f12, 2);
    made_fill(&m, 1, 32);
    made_number(&m, 0x1301, 2);
    assert_true(tls_server_hello_parse((struct slice){m.at, m.size}, TLS_OVER_TCP, &server));
    assert_int_equal(server.version, 0x7f12);
    assert_int_equal(server.cipher, 0x1301);
}

static void test_cut_server_hello_never_reads_beyond(void **state)
{
    (void)state;
    static const uint16_t extensions[] = {51, 43, 16, END};
    struct hello_plan plan = {.version = 0x0303,
                              .ciphers = server_cipher,
                              .extensions = extensions,
                              .versions = tls13_first,
                              .session_id = "abc",
                              .alpns = "h2"};
    m.size = 0;
    made_server_hello(&m, &plan, NULL);
    for (size_t size = 0; size <= m.size; size++) {
        uint8_t *copy = watch_exact(m.at, size);
        bool good = tls_server_hello_parse((struct slice){copy, size}, TLS_OVER_TCP, &server);
        assert_int_equal(good, size >= 2 + 32 + 4 + 3);
        free(copy);
    }
    assert_string_equal(server.alpn, "h2");
}

static void test_a_session_id_over_32_bytes_is_no_server_hello(void **state)
{
    (void)state;
    struct hello_plan plan = {.version = 0x0303, .ciphers = server_cipher, .session_id = "0123456789012345678901234567890123"};
    assert_false(make_server(&plan, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ja4_is_the_published_one),
        cmocka_unit_test(test_ja4_ignores_grease_everywhere),
        cmocka_unit_test(test_ja4_first_letter_is_the_carrier),
        cmocka_unit_test(test_ja3_is_the_published_one),
        cmocka_unit_test(test_ja3_without_extensions_is_the_published_one),
        cmocka_unit_test(test_ja3_leaves_grease_out),
        cmocka_unit_test(test_ja3s_is_version_cipher_and_extensions),
        cmocka_unit_test(test_ja4_says_whether_there_is_a_server_name),
        cmocka_unit_test(test_ja4_alpn_is_its_two_ends),
        cmocka_unit_test(test_ja4_counts_stop_at_99),
        cmocka_unit_test(test_ja4_without_signature_algorithms_has_no_underscore),
        cmocka_unit_test(test_ja4_without_any_list_has_zeros),
        cmocka_unit_test(test_too_many_extensions_leave_no_fingerprint),
        cmocka_unit_test(test_names_are_read),
        cmocka_unit_test(test_odd_bytes_in_alpn_are_escaped),
        cmocka_unit_test(test_alpn_list_is_cut_on_an_entry),
        cmocka_unit_test(test_tickets_and_ech_are_marked),
        cmocka_unit_test(test_dtls_has_session_id_and_cookie),
        cmocka_unit_test(test_quic_user_agent_is_read),
        cmocka_unit_test(test_only_host_names_are_server_names),
        cmocka_unit_test(test_a_broken_extension_ends_the_list),
        cmocka_unit_test(test_odd_cipher_list_is_no_hello),
        cmocka_unit_test(test_cut_hello_keeps_whole_things_only),
        cmocka_unit_test(test_tls13_server_hello),
        cmocka_unit_test(test_hello_retry_request_is_told_by_its_random),
        cmocka_unit_test(test_early_drafts_have_a_short_server_hello),
        cmocka_unit_test(test_cut_server_hello_never_reads_beyond),
        cmocka_unit_test(test_a_session_id_over_32_bytes_is_no_server_hello),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
