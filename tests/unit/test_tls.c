/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tls.c - handshakes over TCP: what is observed, and when.
 */
#include "tls_talk.h"

/* ----------------------------------------------------------------------- TLS 1.3 */

static void test_tls13_is_observed_at_the_server_hello(void **state)
{
    (void)state;
    struct hello_plan c = client_plan(), s = server_plan();
    c.extensions = client_extensions13;
    s.extensions = server_extensions13;
    send_client_hello(&c);
    send_server_hello(&s, NULL);
    exchange();
    const struct observation_tls *o = observed();
    assert_hellos(o);
    assert_int_equal(o->version, 0x0304);
    assert_false(o->resumed || o->certificate_seen || o->is_dtls);
    assert_true(tls_is_observed(flow));
    assert_int_equal(watch.flow.client_source, CLIENT_BY_PROTOCOL);
    assert_int_equal(watch.flow.tx_count, 1);
}

static void test_tls13_pre_shared_key_is_resumption_but_a_session_id_is_not(void **state)
{
    (void)state;
    struct hello_plan c = client_plan(), s = server_plan();
    c.extensions = client_extensions13;
    c.session_id = s.session_id = "compatibility";
    s.extensions = server_extensions13;
    send_client_hello(&c);
    send_server_hello(&s, NULL);
    exchange();
    assert_false(observed()->resumed);
    tear_down(state);
    set_up(state);
    s.extensions = server_resumes13;
    send_client_hello(&c);
    send_server_hello(&s, NULL);
    exchange();
    assert_true(observed()->resumed);
}

static void test_hello_retry_request_is_waited_out(void **state)
{
    (void)state;
    uint8_t random[32];
    struct hello_plan c = client_plan(), s = server_plan();
    c.extensions = client_extensions13;
    s.extensions = server_extensions13;
    watch_hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c", random, sizeof random);
    send_client_hello(&c);
    send_server_hello(&s, random);
    send_record(SERVER, CHANGE_CIPHER, "\1", 1);
    exchange();
    assert_null(observed());
    c.sni = "second.example.com";
    send_record(CLIENT, CHANGE_CIPHER, "\1", 1);
    send_client_hello(&c);
    send_server_hello(&s, NULL);
    exchange();
    assert_hellos(observed()); /* named by the first hello */
    assert_null(observed());
}

static void test_retry_request_alone_still_names_the_server(void **state)
{
    (void)state;
    uint8_t random[32];
    struct hello_plan c = client_plan(), s = server_plan();
    watch_hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c", random, sizeof random);
    send_client_hello(&c);
    send_server_hello(&s, random);
    exchange();
    finish();
    const struct observation_tls *o = observed();
    assert_false(o->server_seen);
    assert_int_equal(o->ja3s_hash.size, 32);
}

/* --------------------------------------------------------------------- TLS <= 1.2 */

static void test_tls12_is_observed_with_its_certificate(void **state)
{
    (void)state;
    full_handshake();
    exchange();
    assert_full_handshake(observed());
    assert_null(observed());
}

static void test_client_certificate_is_waited_for_when_asked(void **state)
{
    (void)state;
    struct hello_plan c = client_plan(), s = server_plan();
    send_client_hello(&c);
    send_server_hello(&s, NULL);
    send_certificates(SERVER, server_der, server_der_size, 2);
    send_message(SERVER, 13, 10);
    send_message(SERVER, 14, 0);
    exchange();
    assert_null(observed());
    send_certificates(CLIENT, client_der, client_der_size, 1);
    send_message(CLIENT, 16, 66);
    exchange();
    const struct observation_tls *o = observed();
    uint8_t digest[20];
    assert_full_handshake(o);
    assert_true(watch_text_is(o, o->client_subject, "CN=client.example"));
    assert_int_equal(o->client_not_after, 1800000000);
    EVP_Q_digest(NULL, "SHA1", NULL, client_der, client_der_size, digest, NULL);
    assert_memory_equal(observation_text(&o->head, o->client_sha1).at, digest, 20);
}

static void test_repeated_session_id_is_resumption(void **state)
{
    (void)state;
    struct hello_plan c = client_plan(), s = server_plan();
    c.session_id = s.session_id = "0123456789abcdef";
    send_client_hello(&c);
    send_server_hello(&s, NULL);
    exchange();
    assert_null(observed()); /* a certificate might still come */
    send_record(SERVER, CHANGE_CIPHER, "\1", 1);
    exchange();
    assert_true(observed()->resumed);
}

static void test_repeated_session_id_with_a_certificate_is_no_resumption(void **state)
{
    (void)state;
    struct hello_plan c = client_plan(), s = server_plan();
    c.session_id = s.session_id = "0123456789abcdef";
    send_client_hello(&c);
    send_server_hello(&s, NULL);
    send_certificates(SERVER, server_der, server_der_size, 1);
    send_message(SERVER, 14, 0);
    exchange();
    const struct observation_tls *o = observed();
    assert_false(o->resumed);
    assert_true(o->certificate_seen);
}

static void test_ticket_taken_is_resumption(void **state)
{
    (void)state;
    static const uint16_t with_ticket[] = {0, 35, END};
    struct hello_plan c = client_plan(), s = server_plan();
    c.extensions = with_ticket;
    c.ticket = "opaque";
    send_client_hello(&c);
    send_server_hello(&s, NULL);
    send_message(SERVER, 4, 60); /* a fresh ticket instead of a certificate */
    exchange();
    assert_true(observed()->resumed);
}

static void test_anonymous_server_is_no_resumption(void **state)
{
    (void)state;
    struct hello_plan c = client_plan(), s = server_plan();
    send_client_hello(&c);
    send_server_hello(&s, NULL);
    send_message(SERVER, 12, 60);
    send_message(SERVER, 14, 0);
    exchange();
    const struct observation_tls *o = observed();
    assert_false(o->resumed || o->certificate_seen);
}

/* --------------------------------------------------------------- half of the story */

static void test_client_alone_is_observed_at_the_end(void **state)
{
    (void)state;
    struct hello_plan c = client_plan();
    send_client_hello(&c);
    exchange();
    assert_null(observed());
    finish();
    const struct observation_tls *o = observed();
    assert_true(o->client_seen && !o->server_seen);
    assert_int_equal(o->version, 0x0303);
    assert_true(watch_text_is(o, o->sni, "www.example.com"));
}

static void test_server_alone_is_observed_at_the_end(void **state)
{
    (void)state;
    full_handshake();
    made[CLIENT].size = 0;
    exchange();
    finish();
    const struct observation_tls *o = observed();
    assert_true(!o->client_seen && o->server_seen && o->certificate_seen);
    assert_true(watch_text_is(o, o->subject, "CN=server.example"));
    assert_int_equal(watch.flow.client_end, CLIENT); /* the other end is the client */
}

static void test_nothing_seen_is_nothing_observed(void **state)
{
    (void)state;
    send_record(CLIENT, DATA, "secret", 6);
    exchange();
    finish();
    assert_null(observed());
}

static void test_fatal_alert_ends_the_story(void **state)
{
    (void)state;
    struct hello_plan c = client_plan();
    send_client_hello(&c);
    send_record(SERVER, ALERT, "\1\x70", 2); /* warning: unrecognized_name */
    exchange();
    assert_null(observed());
    send_record(SERVER, ALERT, "\2\x28", 2); /* fatal: handshake_failure */
    exchange();
    const struct observation_tls *o = observed();
    assert_true(o->client_seen && !o->server_seen && !o->resumed);
}

static void test_encrypted_data_ends_the_story(void **state)
{
    (void)state;
    struct hello_plan c = client_plan();
    send_client_hello(&c);
    send_record(SERVER, DATA, "secret", 6);
    exchange();
    assert_non_null(observed());
}

static void test_upgraded_protocol_is_remembered(void **state)
{
    (void)state;
    tls_flow_free(flow);
    flow = tls_flow_new(&budget, APP_SMTP);
    struct hello_plan c = client_plan();
    send_client_hello(&c);
    exchange();
    finish();
    assert_int_equal(observed()->from_proto, APP_SMTP);
}

static void test_tls_client_may_be_the_tcp_server(void **state)
{
    (void)state;
    watch.flow.client_end = SERVER;
    watch.flow.client_source = CLIENT_BY_SYN;
    full_handshake();
    exchange();
    assert_full_handshake(observed());
    assert_int_equal(watch.flow.client_end, SERVER); /* who opened the connection stays the client */
}

static void test_ssl2_compatible_hello_is_recognised(void **state)
{
    (void)state;
    bool is_server;
    made_number(&made[CLIENT], 0x8000 | (9 + 3 + 16), 2);
    made_number(&made[CLIENT], 1, 1);
    made_number(&made[CLIENT], 0x0301, 2);
    made_number(&made[CLIENT], 3, 2);
    made_number(&made[CLIENT], 0, 2);
    made_number(&made[CLIENT], 16, 2);
    made_fill(&made[CLIENT], 7, 3 + 16);
    assert_int_equal(tls_probe((struct slice){made[CLIENT].at, made[CLIENT].size}, &is_server), PROBE_YES);
    struct hello_plan s = server_plan();
    s.version = 0x0301;
    send_server_hello(&s, NULL);
    send_certificates(SERVER, server_der, server_der_size, 1);
    send_message(SERVER, 14, 0);
    exchange();
    const struct observation_tls *o = observed();
    assert_int_equal(o->version, 0x0301);
    assert_true(o->client_seen && o->certificate_seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_tls13_is_observed_at_the_server_hello),
        TEST(test_tls13_pre_shared_key_is_resumption_but_a_session_id_is_not),
        TEST(test_hello_retry_request_is_waited_out),
        TEST(test_retry_request_alone_still_names_the_server),
        TEST(test_tls12_is_observed_with_its_certificate),
        TEST(test_client_certificate_is_waited_for_when_asked),
        TEST(test_repeated_session_id_is_resumption),
        TEST(test_repeated_session_id_with_a_certificate_is_no_resumption),
        TEST(test_ticket_taken_is_resumption),
        TEST(test_anonymous_server_is_no_resumption),
        TEST(test_client_alone_is_observed_at_the_end),
        TEST(test_server_alone_is_observed_at_the_end),
        TEST(test_nothing_seen_is_nothing_observed),
        TEST(test_fatal_alert_ends_the_story),
        TEST(test_encrypted_data_ends_the_story),
        TEST(test_upgraded_protocol_is_remembered),
        TEST(test_tls_client_may_be_the_tcp_server),
        TEST(test_ssl2_compatible_hello_is_recognised),
    };
    return cmocka_run_group_tests(tests, make_certificates, NULL);
}
