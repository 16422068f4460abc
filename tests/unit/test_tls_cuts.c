/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tls_cuts.c - handshakes cut into records, packets and pieces of any size, with holes, and what is no TLS at all.
 */
#include "tls_talk.h"

/* ------------------------------------------------------------------ cuts and holes */

static void test_hello_in_tiny_records_is_put_together(void **state)
{
    (void)state;
    static struct made whole;
    struct hello_plan c = client_plan();
    whole.size = 0;
    size_t message = made_message(&whole, 1);
    made_client_hello(&whole, &c, 0);
    made_close(&whole, message, 3);
    for (size_t i = 0; i < whole.size; i++)
        send_record(CLIENT, HANDSHAKE, (const char *)whole.at + i, 1);
    exchange();
    finish();
    assert_true(watch_text_is(observed(), ((const struct observation_tls *)watch.records[0])->sni, "www.example.com"));
}

static void test_two_messages_in_one_record_are_taken_apart(void **state)
{
    (void)state;
    struct hello_plan c = client_plan(), s = server_plan();
    send_client_hello(&c);
    size_t record = made_record(&made[SERVER], HANDSHAKE, 0x0303), message = made_message(&made[SERVER], 2);
    made_server_hello(&made[SERVER], &s, NULL);
    made_close(&made[SERVER], message, 3);
    message = made_message(&made[SERVER], 11);
    made_certificates(&made[SERVER], server_der, server_der_size, 2);
    made_close(&made[SERVER], message, 3);
    message = made_message(&made[SERVER], 14);
    made_close(&made[SERVER], message, 3);
    made_close(&made[SERVER], record, 2);
    exchange();
    assert_full_handshake(observed());
}

static void test_a_message_too_long_to_keep_is_passed_over(void **state)
{
    (void)state;
    struct hello_plan c = client_plan(), s = server_plan();
    static char filler[16000];
    send_client_hello(&c);
    send_server_hello(&s, NULL);
    made_number(&made[SERVER], 0x16030300, 4); /* a Certificate message of 70 000 bytes */
    made_number(&made[SERVER], 4, 1);
    made_number(&made[SERVER], 11, 1);
    made_number(&made[SERVER], 70000, 3);
    exchange();
    for (size_t left = 70000; left; left -= left < sizeof filler ? left : sizeof filler) {
        send_record(SERVER, HANDSHAKE, filler, left < sizeof filler ? left : sizeof filler);
        exchange();
    }
    send_message(SERVER, 14, 0);
    exchange();
    assert_true(observed()->server_seen);
}

static size_t taken[2];

/* Feeds both ends in random pieces, keeping what a parser left over, as a stream does. */
static void feed_in_pieces(uint64_t *seed)
{
    size_t sent[2] = {0, 0};
    taken[CLIENT] = taken[SERVER] = 0;
    for (int end = CLIENT; end <= SERVER; end++)
        while (sent[end] < made[end].size) {
            size_t left = made[end].size - sent[end], step = 1 + watch_random(seed) % (watch_random(seed) % 2 ? 3 : 400);
            sent[end] += step < left ? step : left;
            struct parse_result r = give(end, made[end].at + taken[end], sent[end] - taken[end]);
            assert_int_not_equal(r.state, PARSE_REFUSED);
            taken[end] += r.consumed;
        }
}

static void test_any_cut_gives_the_same_observation(void **state)
{
    uint64_t seed = 1;
    static uint8_t first[OBSERVATION_MAX];
    for (int round = 0; round < 300; round++) {
        tear_down(state);
        set_up(state);
        full_handshake();
        feed_in_pieces(&seed);
        const struct observation_tls *o = observed();
        assert_full_handshake(o);
        if (round == 0)
            memcpy(first, o, o->head.size);
        assert_memory_equal(first, o, o->head.size);
    }
}

static void test_every_length_of_the_beginning_is_survived(void **state)
{
    size_t whole;
    full_handshake();
    whole = made[SERVER].size;
    for (size_t size = 0; size <= whole; size++) {
        tear_down(state);
        set_up(state);
        full_handshake();
        made[SERVER].size = size;
        exchange();
        finish();
        const struct observation_tls *o = observed();
        assert_true(watch_text_is(o, o->sni, "www.example.com"));
        assert_int_equal(o->certificate_seen, size >= whole - 4 - 5 - 104 - 5);
    }
}

static void test_name_of_a_cut_hello_is_used_without_fingerprints(void **state)
{
    (void)state;
    static const uint16_t padded[] = {0, 16, 21, END};
    struct hello_plan c = client_plan();
    c.extensions = padded;
    c.padding = 1000;
    send_client_hello(&c);
    made[CLIENT].size -= 700;
    exchange();
    finish();
    const struct observation_tls *o = observed();
    assert_true(watch_text_is(o, o->sni, "www.example.com"));
    assert_false(o->client_seen);
    assert_int_equal(o->ja3.size + o->ja3_hash.size + o->ja4.size, 0);
}

static void test_hole_inside_a_record_is_survived(void **state)
{
    (void)state;
    struct hello_plan c = client_plan(), s = server_plan();
    send_client_hello(&c);
    send_server_hello(&s, NULL);
    exchange();
    send_certificates(SERVER, server_der, server_der_size, 1);
    give(SERVER, made[SERVER].at, 100);
    size_t rest = made[SERVER].size - 100;
    made[SERVER].size = 0;
    watch_from(&watch, SERVER);
    assert_true(tls_gap(flow, &watch.place, rest - 10));
    send_message(SERVER, 14, 0);
    uint8_t tail[10] = {0};
    give(SERVER, tail, sizeof tail);
    exchange();
    const struct observation_tls *o = observed();
    assert_true(o->server_seen && !o->certificate_seen && !o->resumed);
}

static void test_hole_beyond_the_record_loses_the_place(void **state)
{
    (void)state;
    struct hello_plan s = server_plan();
    send_server_hello(&s, NULL);
    give(SERVER, made[SERVER].at, 20);
    watch_from(&watch, SERVER);
    assert_false(tls_gap(flow, &watch.place, 5000));
}

static void test_what_is_no_record_is_refused(void **state)
{
    (void)state;
    struct hello_plan c = client_plan();
    send_client_hello(&c);
    made_put(&made[CLIENT], "\0\0", 2);
    struct parse_result r = give(CLIENT, made[CLIENT].at, made[CLIENT].size);
    assert_int_equal(r.state, PARSE_REFUSED);
    assert_int_equal(r.consumed, made[CLIENT].size - 2);
}

/* --------------------------------------------------------------------- probing */

static enum probe probe(const char *hex)
{
    uint8_t bytes[64];
    bool is_server;
    size_t size = watch_hex(hex, bytes, sizeof bytes);
    uint8_t *copy = watch_exact(bytes, size);
    enum probe answer = tls_probe((struct slice){copy, size}, &is_server);
    free(copy);
    return answer;
}

static void test_probe_wants_a_hello(void **state)
{
    (void)state;
    assert_int_equal(probe("16"), PROBE_MAYBE);
    assert_int_equal(probe("1603010200"), PROBE_MAYBE);
    assert_int_equal(probe("16030102000100"), PROBE_MAYBE);
    assert_int_equal(probe("16030102000100 01fc 0303"), PROBE_YES);
    assert_int_equal(probe("1603030200 02 0000fc 0303"), PROBE_YES);
    assert_int_equal(probe("1603010001 01"), PROBE_YES);            /* a record of one byte: more to come */
    assert_int_equal(probe("1603010200 0b 0001fc 0303"), PROBE_NO); /* no hello */
    assert_int_equal(probe("1603010200 01 0001fc 0909"), PROBE_NO); /* version */
    assert_int_equal(probe("1603010200 01 000005 0303"), PROBE_NO); /* shorter than any hello */
    assert_int_equal(probe("160301ffff 01"), PROBE_NO);             /* record too long */
    assert_int_equal(probe("1605010200 01"), PROBE_NO);
    assert_int_equal(probe("4745"), PROBE_NO);
    assert_int_equal(probe("0000"), PROBE_NO);
}

static void test_record_probe_takes_any_record(void **state)
{
    (void)state;
    static const uint8_t data[] = {23, 3, 3, 0, 100}, odd[] = {23, 9, 3, 0, 100};
    assert_int_equal(tls_record_probe((struct slice){data, 5}), PROBE_YES);
    assert_int_equal(tls_record_probe((struct slice){data, 4}), PROBE_MAYBE);
    assert_int_equal(tls_record_probe((struct slice){odd, 5}), PROBE_NO);
}

static void test_a_spent_budget_is_survived(void **state)
{
    (void)state;
    uint64_t seed = 3;
    budget.max = budget.used + 300;
    full_handshake();
    size_t sent = 0, at = 0;
    while (sent < made[SERVER].size) {
        sent += 1 + watch_random(&seed) % 100;
        if (sent > made[SERVER].size)
            sent = made[SERVER].size;
        struct parse_result r = give(SERVER, made[SERVER].at + at, sent - at);
        at += r.consumed;
        if (r.state == PARSE_REFUSED)
            break;
    }
    finish();
    assert_true(budget.refused > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_hello_in_tiny_records_is_put_together),
        TEST(test_two_messages_in_one_record_are_taken_apart),
        TEST(test_a_message_too_long_to_keep_is_passed_over),
        TEST(test_any_cut_gives_the_same_observation),
        TEST(test_every_length_of_the_beginning_is_survived),
        TEST(test_name_of_a_cut_hello_is_used_without_fingerprints),
        TEST(test_hole_inside_a_record_is_survived),
        TEST(test_hole_beyond_the_record_loses_the_place),
        TEST(test_what_is_no_record_is_refused),
        TEST(test_probe_wants_a_hello),
        TEST(test_record_probe_takes_any_record),
        TEST(test_a_spent_budget_is_survived),
    };
    return cmocka_run_group_tests(tests, make_certificates, NULL);
}
