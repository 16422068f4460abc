/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dtls.c - DTLS handshakes: fragments in any order, cookies, and what is not DTLS.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "dissect/dtls.h"
#include "tls_bytes.h"
#include "watch.h"

#define END 0xffff
enum { CLIENT = 0, SERVER = 1 };

static struct watch watch;
static struct budget budget;
static struct dtls_flow *flow;
static struct made body, datagram;

static const uint16_t ciphers[] = {0xc02b, END}, names[] = {0, 16, END};
static const uint8_t no_certificate[] = "not a certificate, but it has a digest";

static int set_up(void **state)
{
    (void)state;
    budget = (struct budget){.max = 1u << 20};
    watch_open(&watch, IP_UDP);
    flow = dtls_flow_new(&budget);
    return flow ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    dtls_flow_free(flow);
    watch_close(&watch);
    assert_int_equal(budget.used, 0);
    return 0;
}

static struct hello_plan plan(void)
{
    return (struct hello_plan){.version = 0xfefd,
                               .ciphers = ciphers,
                               .extensions = names,
                               .sni = "call.example",
                               .alpns = "webrtc",
                               .session_id = "abcdefgh",
                               .cookie = "cookie"};
}

static void make_client_hello(void)
{
    struct hello_plan p = plan();
    body.size = 0;
    made_client_hello(&body, &p, 1);
}

static void make_server_hello(void)
{
    struct hello_plan p = plan();
    p.session_id = NULL;
    body.size = 0;
    made_server_hello(&body, &p, NULL);
}

static void make_certificate(void)
{
    body.size = 0;
    made_certificates(&body, no_certificate, sizeof no_certificate, 1);
}

/* A record with bytes `at`..`at + size` of the message in `body`. */
static void add_fragment(uint8_t type, uint16_t sequence, size_t at, size_t size)
{
    made_number(&datagram, 22, 1);
    made_number(&datagram, 0xfefd, 2);
    made_number(&datagram, 0, 4); /* epoch 0, sequence number of six bytes */
    made_number(&datagram, sequence, 4);
    size_t record = made_open(&datagram, 2);
    made_number(&datagram, type, 1);
    made_number(&datagram, (uint32_t)body.size, 3);
    made_number(&datagram, sequence, 2);
    made_number(&datagram, (uint32_t)at, 3);
    made_number(&datagram, (uint32_t)size, 3);
    made_put(&datagram, body.at + at, size);
    made_close(&datagram, record, 2);
}

static struct parse_result send(int end)
{
    uint8_t *copy = watch_exact(datagram.at, datagram.size);
    watch_from(&watch, end);
    struct parse_result r = dtls_datagram(flow, &watch.place, (struct slice){copy, datagram.size});
    free(copy);
    datagram.size = 0;
    return r;
}

static void send_whole(int end, uint8_t type, uint16_t sequence)
{
    add_fragment(type, sequence, 0, body.size);
    send(end);
}

static const struct observation_tls *observed(void)
{
    return watch_take(&watch, OBSERVE_TLS);
}

static void assert_handshake(const struct observation_tls *o)
{
    assert_non_null(o);
    assert_true(o->is_dtls && o->client_seen && o->server_seen && o->certificate_seen);
    assert_true(watch_text_is(o, o->sni, "call.example"));
    assert_true(watch_text_is(o, o->client_alpns, "webrtc"));
    assert_int_equal(o->version, 0xfefd);
    assert_int_equal(o->sha1.size, 20);
    assert_int_equal(observation_text(&o->head, o->ja4).at[0], 'd');
}

static void test_handshake_with_session_id_and_cookie(void **state)
{
    (void)state;
    make_client_hello();
    send_whole(CLIENT, 1, 0);
    body.size = 0;
    made_put(&body,
             "\xfe\xfd\x06"
             "cookie",
             9);
    send_whole(SERVER, 3, 0);
    make_client_hello();
    send_whole(CLIENT, 1, 1);
    make_server_hello();
    send_whole(SERVER, 2, 1);
    make_certificate();
    send_whole(SERVER, 11, 2);
    body.size = 0;
    add_fragment(14, 3, 0, 0);
    assert_int_equal(send(SERVER).state, PARSE_DONE);
    assert_handshake(observed());
    assert_null(observed());
}

static void test_several_records_in_one_datagram(void **state)
{
    (void)state;
    make_client_hello();
    send_whole(CLIENT, 1, 0);
    make_server_hello();
    add_fragment(2, 0, 0, body.size);
    make_certificate();
    add_fragment(11, 1, 0, body.size);
    body.size = 0;
    add_fragment(14, 2, 0, 0);
    assert_int_equal(send(SERVER).state, PARSE_DONE);
    assert_handshake(observed());
}

/* Fragments of 7 bytes, overlapping by up to 3, in random order, some twice. */
static void send_in_fragments(uint64_t *seed, int end, uint8_t type, uint16_t sequence)
{
    size_t starts[64], count = 0;
    for (size_t at = 0; at < body.size; at += 7)
        starts[count++] = at;
    for (size_t i = count; i > 1; i--) {
        size_t j = watch_random(seed) % i, t = starts[i - 1];
        starts[i - 1] = starts[j];
        starts[j] = t;
    }
    for (size_t i = 0; i < count; i++) {
        size_t back = starts[i] < 3 ? starts[i] : watch_random(seed) % 4, at = starts[i] - back;
        size_t size = body.size - at < 7 + back ? body.size - at : 7 + back;
        add_fragment(type, sequence, at, size);
        if (watch_random(seed) % 5 == 0)
            add_fragment(type, sequence, at, size);
        send(end);
    }
}

static void test_fragments_in_any_order(void **state)
{
    uint64_t seed = 5;
    for (int round = 0; round < 100; round++) {
        tear_down(state);
        set_up(state);
        make_client_hello();
        send_in_fragments(&seed, CLIENT, 1, 0);
        make_server_hello();
        send_in_fragments(&seed, SERVER, 2, 0);
        make_certificate();
        send_in_fragments(&seed, SERVER, 11, 1);
        body.size = 0;
        send_whole(SERVER, 14, 2);
        assert_handshake(observed());
    }
}

static void test_encrypted_epoch_ends_the_story(void **state)
{
    (void)state;
    make_client_hello();
    send_whole(CLIENT, 1, 0);
    made_put(&datagram, "\x16\xfe\xfd\0\1\0\0\0\0\0\0\0\3abc", 16);
    assert_int_equal(send(SERVER).state, PARSE_DONE);
    assert_false(observed()->server_seen);
}

static void test_dtls13_unified_header_ends_the_story(void **state)
{
    (void)state;
    make_client_hello();
    send_whole(CLIENT, 1, 0);
    made_put(&datagram, "\x2f\0\1\0\x20xxxx", 9);
    assert_int_equal(send(SERVER).state, PARSE_DONE);
}

static void test_client_alone_is_observed_at_the_end(void **state)
{
    (void)state;
    make_client_hello();
    send_whole(CLIENT, 1, 0);
    dtls_end(flow, &watch.place);
    assert_true(watch_text_is(observed(), ((const struct observation_tls *)watch.records[0])->sni, "call.example"));
}

static void test_stun_between_is_passed_over(void **state)
{
    (void)state;
    make_client_hello();
    send_whole(CLIENT, 1, 0);
    made_put(&datagram,
             "\0\1\0\0\x21\x12\xa4\x42"
             "0123456789ab",
             20);
    assert_int_equal(send(SERVER).state, PARSE_MORE);
    make_server_hello();
    send_whole(SERVER, 2, 0);
    make_certificate();
    send_whole(SERVER, 11, 1);
    body.size = 0;
    send_whole(SERVER, 14, 2);
    assert_handshake(observed());
}

static void test_messages_longer_than_the_bound_are_not_kept(void **state)
{
    (void)state;
    make_client_hello();
    body.size = 60000;
    add_fragment(1, 0, 0, 500);
    size_t before = budget.used;
    send(CLIENT);
    assert_int_equal(budget.used, before);
}

static void test_every_cut_of_a_datagram_is_survived(void **state)
{
    make_client_hello();
    add_fragment(1, 0, 0, body.size);
    make_server_hello();
    add_fragment(2, 0, 0, body.size);
    struct made whole = datagram;
    for (size_t size = 0; size <= whole.size; size++) {
        tear_down(state);
        set_up(state);
        datagram = whole;
        datagram.size = size;
        send(CLIENT);
        dtls_end(flow, &watch.place);
    }
    datagram.size = 0;
}

static enum probe probe(size_t size)
{
    uint8_t *copy = watch_exact(datagram.at, size);
    enum probe answer = dtls_probe((struct slice){copy, size});
    free(copy);
    return answer;
}

static void test_probe_wants_a_clear_handshake(void **state)
{
    (void)state;
    make_client_hello();
    add_fragment(1, 0, 0, body.size);
    assert_int_equal(probe(datagram.size), PROBE_YES);
    for (size_t size = 0; size < datagram.size; size++)
        assert_int_equal(probe(size), PROBE_NO);
    datagram.at[0] = 23;
    assert_int_equal(probe(datagram.size), PROBE_NO);
    datagram.at[0] = 22;
    datagram.at[1] = 3;
    assert_int_equal(probe(datagram.size), PROBE_NO);
    datagram.at[1] = 0xfe;
    datagram.at[4] = 1; /* epoch */
    assert_int_equal(probe(datagram.size), PROBE_NO);
    datagram.at[4] = 0;
    datagram.at[13] = 99; /* no handshake type */
    assert_int_equal(probe(datagram.size), PROBE_NO);
    datagram.size = 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_handshake_with_session_id_and_cookie),
        TEST(test_several_records_in_one_datagram),
        TEST(test_fragments_in_any_order),
        TEST(test_encrypted_epoch_ends_the_story),
        TEST(test_dtls13_unified_header_ends_the_story),
        TEST(test_client_alone_is_observed_at_the_end),
        TEST(test_stun_between_is_passed_over),
        TEST(test_messages_longer_than_the_bound_are_not_kept),
        TEST(test_every_cut_of_a_datagram_is_survived),
        TEST(test_probe_wants_a_clear_handshake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
