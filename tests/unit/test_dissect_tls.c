/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dissect_tls.c - TLS found in TCP flows however their packets come: without SYN, in disorder, with junk, holes and cuts.
 */
#include "flow_talk.h"

/* ----------------------------------------------------------------- TLS over TCP */

static void test_handshake_is_observed_and_the_flow_let_go(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say(CLIENT, hello.at, 1400);
    say(CLIENT, hello.at + 1400, hello.size - 1400);
    say_made(SERVER, &answer);
    assert_tls(APP_UNKNOWN);
    assert_let_go();
    assert_int_equal(counters().tls, 1);
    assert_int_equal(counters().tls_handshakes, 1);
    say_text(CLIENT, "bulk");
    assert_let_go();
}

static void test_server_that_answers_with_another_number_is_followed(void **state)
{
    (void)state;
    make_hellos();
    packet(CLIENT, TCP_SYN, next_seq[CLIENT]++, "", 0, 0);
    packet(SERVER, TCP_SYN | TCP_ACK, 3000000000u, "", 0, 0); /* and forgot about it */
    packet(SERVER, TCP_SYN | TCP_ACK, next_seq[SERVER]++, "", 0, 0);
    say_made(CLIENT, &hello);
    say_made(SERVER, &answer);
    assert_tls(APP_UNKNOWN);
}

static void test_a_hello_ahead_of_its_beginning_is_marked_as_waited_for(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    uint32_t first = next_seq[CLIENT];
    packet(CLIENT, TCP_ACK, first + 700, hello.at + 700, (uint32_t)hello.size - 700, (uint32_t)hello.size - 700);
    assert_true(watch.flow.marks & MARK_WAITING);
    packet(CLIENT, TCP_ACK, first, hello.at, 700, 700);
    assert_false(watch.flow.marks & MARK_WAITING);
    say_made(SERVER, &answer);
    assert_tls(APP_UNKNOWN);
}

static void test_fast_open_hello_comes_with_the_syn(void **state)
{
    (void)state;
    make_hellos();
    packet(CLIENT, TCP_SYN, next_seq[CLIENT]++, hello.at, 1000, 1000);
    next_seq[CLIENT] += 1000;
    packet(SERVER, TCP_SYN | TCP_ACK, next_seq[SERVER]++, "", 0, 0);
    say(CLIENT, hello.at + 1000, hello.size - 1000);
    say_made(SERVER, &answer);
    assert_tls(APP_UNKNOWN);
}

static void test_junk_in_an_acknowledgement_does_not_hide_the_hello(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    packet(CLIENT, TCP_ACK, next_seq[CLIENT], "\0\0", 2, 2);
    say_made(CLIENT, &hello);
    packet(SERVER, TCP_ACK, next_seq[SERVER], "\0\0\0\0\0\0", 6, 6);
    say_made(SERVER, &answer);
    assert_tls(APP_UNKNOWN);
}

static void test_junk_between_records_does_not_hide_the_answer(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say_made(CLIENT, &hello);
    say(SERVER, "\x15\3\3\0\2\1\x70", 7); /* a warning */
    packet(SERVER, TCP_ACK, next_seq[SERVER], "\0\0\0\0\0\0", 6, 6);
    say_made(SERVER, &answer);
    assert_tls(APP_UNKNOWN);
}

static void test_tiny_segments_do_not_hide_the_hello(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    for (size_t i = 0; i < hello.size; i++)
        say(CLIENT, hello.at + i, 1);
    say_made(SERVER, &answer);
    assert_tls(APP_UNKNOWN);
}

/* RFC 8446 5.1 lets a message be cut into records of one byte each. */
static void test_tiny_records_in_one_segment_do_not_hide_the_hello(void **state)
{
    (void)state;
    uint8_t cut[1400];
    make_hellos();
    shake_hands();
    size_t used = 0;
    for (size_t i = 5; i < hello.size; i++) {
        if (used + 6 > sizeof cut) {
            say(CLIENT, cut, used);
            used = 0;
        }
        memcpy(cut + used, "\x16\3\1\0\1", 5);
        cut[used + 5] = hello.at[i];
        used += 6;
    }
    say(CLIENT, cut, used);
    say_made(SERVER, &answer);
    assert_tls(APP_UNKNOWN);
}

/* Bytes far beyond the server's window, which it drops, then the hello in the wrong order. */
static void test_bytes_far_ahead_do_not_hide_the_hello(void **state)
{
    (void)state;
    static char far[1400];
    make_hellos();
    shake_hands();
    uint32_t first = next_seq[CLIENT];
    for (uint32_t i = 0; i < 200; i++)
        packet(CLIENT, TCP_ACK, first + 300000 + 1400 * i, far, sizeof far, sizeof far);
    packet(CLIENT, TCP_ACK, first + 1000, hello.at + 1000, hello.size - 1000, hello.size - 1000);
    packet(CLIENT, TCP_ACK, first, hello.at, 1000, 1000);
    next_seq[CLIENT] = first + (uint32_t)hello.size;
    say_made(SERVER, &answer);
    assert_tls(APP_UNKNOWN);
}

static void test_a_hello_is_not_awaited_for_ever(void **state)
{
    (void)state;
    static const char piece[] = "\x16\3\1\x40\0\1\0\xff\xf0\3\3"; /* of a hello of 64 KB */
    shake_hands();
    say(CLIENT, piece, sizeof piece - 1);
    for (int i = 0; i < 2000 && watch.flow.dissect_done != BOTH_DONE; i++)
        say_text(CLIENT,
                 "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000");
    assert_let_go();
}

static void test_no_syn_is_needed(void **state)
{
    (void)state;
    make_hellos();
    say_made(CLIENT, &hello);
    say_made(SERVER, &answer);
    assert_tls(APP_UNKNOWN);
}

static void test_no_syn_and_wrong_order(void **state)
{
    (void)state;
    make_hellos();
    uint32_t first = next_seq[CLIENT];
    packet(CLIENT, TCP_ACK, first + 1400, hello.at + 1400, hello.size - 1400, hello.size - 1400);
    packet(CLIENT, TCP_ACK, first, hello.at, 1400, 1400);
    next_seq[CLIENT] = first + (uint32_t)hello.size;
    say_made(SERVER, &answer);
    assert_tls(APP_UNKNOWN);
}

static void test_server_may_be_seen_before_the_client(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say_made(SERVER, &answer);
    assert_null(observed_tls());
    say_made(CLIENT, &hello);
    assert_tls(APP_UNKNOWN);
}

static void test_server_side_alone(void **state)
{
    (void)state;
    make_hellos();
    watch.flow.client_source = 0;
    say_made(SERVER, &answer);
    end_flow();
    const struct observation_tls *o = observed_tls();
    assert_true(o->server_seen && !o->client_seen);
    assert_int_equal(watch.flow.client_end, CLIENT);
}

static void test_client_side_alone(void **state)
{
    (void)state;
    make_hellos();
    packet(CLIENT, TCP_SYN, next_seq[CLIENT]++, "", 0, 0);
    say_made(CLIENT, &hello);
    assert_null(observed_tls());
    end_flow();
    assert_true(observed_tls()->client_seen);
}

static void test_an_answer_is_not_awaited_for_ever(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say_made(CLIENT, &hello);
    static const uint8_t record[100] = {0x17, 3, 3, 0, 95};
    for (int i = 0; i < 64 && watch.flow.dissect_done != BOTH_DONE; i++)
        say(CLIENT, record, sizeof record);
    assert_let_go();
    assert_true(observed_tls()->client_seen);
}

static void test_an_answer_in_tiny_segments_is_awaited(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    for (size_t i = 0; i < hello.size; i++)
        say(CLIENT, hello.at + i, 1);
    for (size_t i = 0; i < answer.size; i++)
        say(SERVER, answer.at + i, 1);
    assert_tls(APP_UNKNOWN);
}

static void test_lost_packet_is_counted_and_survived(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say_made(CLIENT, &hello);
    next_seq[SERVER] += 100; /* never captured */
    for (int i = 0; i < 20; i++) {
        say(SERVER, "\x17\3\3\0\4abcd", 9);
        acknowledge(CLIENT);
    }
    const struct observation_tls *o = observed_tls();
    assert_true(o->client_seen && !o->server_seen);
    assert_int_equal(watch.flow.gaps[SERVER], 1);
    assert_int_equal(counters().stream_gaps, 1);
    assert_let_go();
}

static void test_snap_length_leaves_the_name(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    packet(CLIENT, TCP_ACK, next_seq[CLIENT], hello.at, 200, hello.size);
    end_flow();
    const struct observation_tls *o = observed_tls();
    assert_true(watch_text_is(o, o->sni, "www.example.com"));
    assert_false(o->client_seen);
    assert_int_equal(o->ja3.size, 0);
}

static void test_payload_of_a_reset_is_no_stream(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    packet(SERVER, TCP_RST, next_seq[SERVER], answer.at, answer.size, answer.size);
    say_made(CLIENT, &hello);
    say_made(SERVER, &answer);
    assert_tls(APP_UNKNOWN);
}

/* Everything in random pieces, neighbours swapped, some twice, some overlapping: one and the same observation. */
static void send_in_disorder(uint64_t *seed, int end, const struct made *m)
{
    size_t at[64], count = 0;
    uint32_t base = next_seq[end];
    at[0] = 0;
    while (at[count] < m->size) {
        size_t step = 1 + watch_random(seed) % (m->size / 12 + 40);
        at[count + 1] = at[count] + step < m->size ? at[count] + step : m->size;
        count++;
    }
    for (size_t i = 0; i < count; i += 2) {
        bool swap = watch_random(seed) % 2 && i + 1 < count;
        for (size_t k = 0; k < 2 && i + k < count; k++) {
            size_t n = swap ? i + 1 - k : i + k, from = at[n], to = at[n + 1];
            if (from > 5 && watch_random(seed) % 3 == 0)
                from -= watch_random(seed) % 5;
            packet(end, TCP_ACK, base + (uint32_t)from, m->at + from, to - from, to - from);
            if (watch_random(seed) % 4 == 0)
                packet(end, TCP_ACK, base + (uint32_t)from, m->at + from, to - from, to - from);
        }
    }
    next_seq[end] = base + (uint32_t)m->size;
}

static void test_any_segmentation_gives_the_same_observation(void **state)
{
    uint64_t seed = 11;
    static uint8_t first[OBSERVATION_MAX];
    make_hellos();
    for (int round = 0; round < 500; round++) {
        tear_down(state);
        set_up_tcp(state);
        shake_hands();
        send_in_disorder(&seed, CLIENT, &hello);
        send_in_disorder(&seed, SERVER, &answer);
        end_flow();
        const struct observation_tls *o = assert_tls(APP_UNKNOWN);
        if (round == 0)
            memcpy(first, o, o->head.size);
        assert_int_equal(o->head.size, ((struct observation *)first)->size);
        assert_memory_equal((uint8_t *)o + sizeof o->head, first + sizeof o->head, o->head.size - sizeof o->head);
        assert_int_equal(counters().stream_overlaps, 0);
        assert_int_equal(counters().stream_gaps, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TCP_TEST(test_handshake_is_observed_and_the_flow_let_go),
        TCP_TEST(test_server_that_answers_with_another_number_is_followed),
        TCP_TEST(test_a_hello_ahead_of_its_beginning_is_marked_as_waited_for),
        TCP_TEST(test_fast_open_hello_comes_with_the_syn),
        TCP_TEST(test_junk_in_an_acknowledgement_does_not_hide_the_hello),
        TCP_TEST(test_junk_between_records_does_not_hide_the_answer),
        TCP_TEST(test_tiny_segments_do_not_hide_the_hello),
        TCP_TEST(test_tiny_records_in_one_segment_do_not_hide_the_hello),
        TCP_TEST(test_bytes_far_ahead_do_not_hide_the_hello),
        TCP_TEST(test_a_hello_is_not_awaited_for_ever),
        TCP_TEST(test_no_syn_is_needed),
        TCP_TEST(test_no_syn_and_wrong_order),
        TCP_TEST(test_server_may_be_seen_before_the_client),
        TCP_TEST(test_server_side_alone),
        TCP_TEST(test_client_side_alone),
        TCP_TEST(test_an_answer_is_not_awaited_for_ever),
        TCP_TEST(test_an_answer_in_tiny_segments_is_awaited),
        TCP_TEST(test_lost_packet_is_counted_and_survived),
        TCP_TEST(test_snap_length_leaves_the_name),
        TCP_TEST(test_payload_of_a_reset_is_no_stream),
        TCP_TEST(test_any_segmentation_gives_the_same_observation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
