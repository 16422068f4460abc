/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_talk.h - for the tests of tls.c: two ends that talk TLS, one parser that listens.
 *
 * send_*() put records together, exchange() gives all of them to the parser, the client's first; observed() is what came out.
 * Certificates are made by libcrypto, once per program.
 */
#ifndef TESTS_TLS_TALK_H
#define TESTS_TLS_TALK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "dissect/tls.h"
#include "tls_bytes.h"
#include "watch.h"

#define END 0xffff
enum { CLIENT = 0, SERVER = 1 };
enum { CHANGE_CIPHER = 20, ALERT = 21, HANDSHAKE = 22, DATA = 23 };

static struct watch watch;
static struct budget budget;
static struct tls_flow *flow;
static struct made made[2]; /* what each end sends */
static uint8_t server_der[2048], client_der[2048];
static size_t server_der_size, client_der_size;

static inline size_t make_certificate(EVP_PKEY *key, const char *name, uint8_t *out)
{
    X509 *x = X509_new();
    uint8_t *at = out;
    X509_set_pubkey(x, key);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 77);
    ASN1_TIME_set(X509_getm_notBefore(x), 1700000000);
    ASN1_TIME_set(X509_getm_notAfter(x), 1800000000);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "CN", MBSTRING_ASC, (const unsigned char *)"Root", -1, -1, 0);
    X509_sign(x, key, EVP_sha256());
    int size = i2d_X509(x, &at);
    X509_free(x);
    return (size_t)size;
}

static inline int make_certificates(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    if (!key)
        return -1;
    server_der_size = make_certificate(key, "server.example", server_der);
    client_der_size = make_certificate(key, "client.example", client_der);
    EVP_PKEY_free(key);
    return 0;
}

static inline int set_up(void **state)
{
    (void)state;
    budget = (struct budget){.max = 1u << 20};
    watch_open(&watch, IP_TCP);
    flow = tls_flow_new(&budget, APP_UNKNOWN);
    made[CLIENT].size = made[SERVER].size = 0;
    return flow ? 0 : -1;
}

static inline int tear_down(void **state)
{
    (void)state;
    tls_flow_free(flow);
    watch_close(&watch);
    assert_int_equal(budget.used, 0);
    return 0;
}

/* ---------------------------------------------------------------- what is sent */

static const uint16_t ciphers[] = {0x1301, 0xc02f, END}, server_cipher[] = {0xc02f, END}, tls13[] = {0x0304, 0x0303, END};
static const uint16_t client_extensions[] = {0, 16, 10, 13, END}, client_extensions13[] = {0, 16, 10, 13, 43, END};
static const uint16_t server_extensions[] = {16, END}, server_extensions13[] = {43, 51, END}, server_resumes13[] = {43, 41, END};

static inline struct hello_plan client_plan(void)
{
    return (struct hello_plan){.version = 0x0303,
                               .ciphers = ciphers,
                               .extensions = client_extensions,
                               .sni = "www.example.com",
                               .alpns = "h2,http/1.1",
                               .versions = tls13};
}

static inline struct hello_plan server_plan(void)
{
    return (struct hello_plan){
        .version = 0x0303, .ciphers = server_cipher, .extensions = server_extensions, .alpns = "h2", .versions = tls13};
}

static inline void send_client_hello(const struct hello_plan *plan)
{
    size_t record = made_record(&made[CLIENT], HANDSHAKE, 0x0301), message = made_message(&made[CLIENT], 1);
    made_client_hello(&made[CLIENT], plan, 0);
    made_close(&made[CLIENT], message, 3);
    made_close(&made[CLIENT], record, 2);
}

static inline void send_server_hello(const struct hello_plan *plan, const uint8_t *random)
{
    size_t record = made_record(&made[SERVER], HANDSHAKE, 0x0303), message = made_message(&made[SERVER], 2);
    made_server_hello(&made[SERVER], plan, random);
    made_close(&made[SERVER], message, 3);
    made_close(&made[SERVER], record, 2);
}

static inline void send_certificates(int end, const uint8_t *der, size_t size, int count)
{
    size_t record = made_record(&made[end], HANDSHAKE, 0x0303), message = made_message(&made[end], 11);
    made_certificates(&made[end], der, size, count);
    made_close(&made[end], message, 3);
    made_close(&made[end], record, 2);
}

/* A handshake message with some bytes in it, in a record of its own. */
static inline void send_message(int end, uint8_t type, size_t size)
{
    size_t record = made_record(&made[end], HANDSHAKE, 0x0303), message = made_message(&made[end], type);
    made_fill(&made[end], 0x5a, size);
    made_close(&made[end], message, 3);
    made_close(&made[end], record, 2);
}

static inline void send_record(int end, uint8_t type, const char *bytes, size_t size)
{
    size_t record = made_record(&made[end], type, 0x0303);
    made_put(&made[end], bytes, size);
    made_close(&made[end], record, 2);
}

/* ------------------------------------------------------------------ how it goes */

static inline struct parse_result give(int end, const uint8_t *bytes, size_t size)
{
    uint8_t *copy = watch_exact(bytes, size);
    watch_from(&watch, end);
    struct parse_result r = tls_bytes(flow, &watch.place, (struct slice){copy, size});
    assert_true(r.consumed <= size);
    free(copy);
    return r;
}

/* All that was made so far, by the client first. Both must be swallowed. */
static inline void exchange(void)
{
    for (int end = CLIENT; end <= SERVER; end++) {
        struct parse_result r = give(end, made[end].at, made[end].size);
        assert_int_not_equal(r.state, PARSE_REFUSED);
        made[end].size = 0;
    }
}

static const struct observation_tls *observed(void)
{
    return watch_take(&watch, OBSERVE_TLS);
}

static inline void finish(void)
{
    watch_from(&watch, CLIENT);
    tls_end(flow, &watch.place);
}

static inline void assert_hellos(const struct observation_tls *o)
{
    assert_non_null(o);
    assert_true(o->client_seen && o->server_seen);
    assert_true(watch_text_is(o, o->sni, "www.example.com"));
    assert_true(watch_text_is(o, o->client_alpns, "h2,http/1.1"));
    assert_int_equal(o->ja3_hash.size, 32);
    assert_int_equal(o->ja3s_hash.size, 32);
    assert_int_equal(o->ja4.size, 36);
    assert_true(o->ja3.size && o->ja3s.size);
}

static inline void full_handshake(void)
{
    struct hello_plan c = client_plan(), s = server_plan();
    send_client_hello(&c);
    send_server_hello(&s, NULL);
    send_certificates(SERVER, server_der, server_der_size, 2);
    send_message(SERVER, 12, 100);
    send_message(SERVER, 14, 0);
}

static inline void assert_full_handshake(const struct observation_tls *o)
{
    uint8_t digest[32];
    assert_hellos(o);
    assert_int_equal(o->version, 0x0303);
    assert_true(o->certificate_seen);
    assert_false(o->resumed);
    assert_true(watch_text_is(o, o->server_alpn, "h2"));
    assert_true(watch_text_is(o, o->subject, "CN=server.example"));
    assert_true(watch_text_is(o, o->issuer, "CN=Root"));
    assert_int_equal(o->not_before, 1700000000);
    assert_int_equal(o->not_after, 1800000000);
    assert_int_equal(observation_text(&o->head, o->serial).at[0], 77);
    assert_int_equal(o->chain_sha1.count, 2);
    EVP_Q_digest(NULL, "SHA1", NULL, server_der, server_der_size, digest, NULL);
    assert_memory_equal(observation_text(&o->head, o->sha1).at, digest, 20);
    assert_memory_equal(observation_item(&o->head, o->chain_sha1, 1, 20), digest, 20);
    EVP_Q_digest(NULL, "SHA256", NULL, server_der, server_der_size, digest, NULL);
    assert_memory_equal(observation_text(&o->head, o->sha256).at, digest, 32);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
