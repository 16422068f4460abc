/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_openvpn.c - TLS inside OpenVPN's control channel over TCP, with and without tls-auth, whatever the cuts.
 */
#include "dissect/openvpn.h"
#include "flow_talk.h"

#define PIECE 100 /* bytes of TLS per packet: old versions send so little */

enum { CONTROL = 4, ACK = 5, CLIENT_RESET = 7, SERVER_RESET = 8 };

static struct made wrapped[2]; /* by end */
static uint8_t guard;

/* One packet; `number` below 0: it has none (an acknowledgement). */
static void wrap(int end, uint8_t opcode, unsigned acks, int64_t number, const uint8_t *bytes, size_t size)
{
    struct made *m = &wrapped[end];
    size_t length = made_open(m, 2);
    made_number(m, (uint32_t)opcode << 3, 1);
    made_fill(m, end == CLIENT ? 0xc1 : 0x5e, 8);
    made_fill(m, 0x16, guard);
    made_number(m, acks, 1);
    made_fill(m, 0, acks * 4 + (acks ? 8 : 0));
    if (number >= 0)
        made_number(m, (uint32_t)number, 4);
    made_put(m, bytes, size);
    made_close(m, length, 2);
}

static void wrap_all(int end, const struct made *m)
{
    int64_t number = 1;
    for (size_t at = 0; at < m->size; at += PIECE) {
        size_t size = m->size - at < PIECE ? m->size - at : PIECE;
        wrap(end, CONTROL, 0, number, m->at + at, size);
        if (number % 3 == 0) /* sent again */
            wrap(end, CONTROL, 0, number, m->at + at, size);
        wrap(end, ACK, 1, -1, NULL, 0);
        number++;
    }
}

static void make_wrapped(uint8_t guard_size)
{
    guard = guard_size;
    wrapped[CLIENT].size = wrapped[SERVER].size = 0;
    make_hellos();
    wrap(CLIENT, CLIENT_RESET, 0, 0, NULL, 0);
    wrap(SERVER, SERVER_RESET, 1, 0, NULL, 0);
    wrap_all(CLIENT, &hello);
    wrap_all(SERVER, &answer);
}

/* In segments of 1 to `step` bytes. */
static void say_cut(uint64_t *seed, int end, size_t step)
{
    const struct made *m = &wrapped[end];
    for (size_t at = 0, size; at < m->size; at += size) {
        size = 1 + watch_random(seed) % step;
        size = size < m->size - at ? size : m->size - at;
        say(end, m->at + at, size);
    }
}

static void test_handshake_inside_is_observed(void **state)
{
    static const uint8_t guards[] = {0, 24, 28, 40, 72};
    uint64_t seed = 3;
    for (size_t i = 0; i < sizeof guards; i++) {
        tear_down(state);
        set_up_tcp(state);
        make_wrapped(guards[i]);
        shake_hands();
        say_cut(&seed, CLIENT, 1400);
        say_cut(&seed, SERVER, 1400);
        assert_tls(APP_UNKNOWN);
        assert_int_equal(watch.flow.app_proto, APP_TLS);
        assert_int_equal(watch.flow.client_end, CLIENT);
    }
}

static void test_any_segmentation_gives_the_same_handshake(void **state)
{
    uint64_t seed = 5;
    static uint8_t first[OBSERVATION_MAX];
    make_wrapped(28);
    for (size_t round = 0; round < 100; round++) {
        tear_down(state);
        set_up_tcp(state);
        shake_hands();
        say_cut(&seed, CLIENT, 100 + 20 * round);
        say_cut(&seed, SERVER, 100 + 20 * round);
        const struct observation_tls *o = assert_tls(APP_UNKNOWN);
        if (round == 0)
            memcpy(first, o, o->head.size);
        assert_memory_equal((const uint8_t *)o + sizeof o->head, first + sizeof o->head, o->head.size - sizeof o->head);
    }
}

static void test_cut_at_every_length_is_survived(void **state)
{
    make_wrapped(28);
    for (size_t size = 0; size <= wrapped[CLIENT].size; size += size < 200 ? 1 : 37) {
        tear_down(state);
        set_up_tcp(state);
        shake_hands();
        say(CLIENT, wrapped[CLIENT].at, size);
        end_flow();
    }
}

/* tls-crypt: the framing is the same, what is inside is noise. */
static void test_encrypted_channel_is_no_tls(void **state)
{
    (void)state;
    uint64_t seed = 7;
    make_wrapped(40);
    for (size_t i = 0; i < hello.size; i++)
        hello.at[i] = (uint8_t)watch_random(&seed);
    wrapped[CLIENT].size = wrapped[SERVER].size = 0;
    wrap(CLIENT, CLIENT_RESET, 0, 0, NULL, 0);
    wrap(SERVER, SERVER_RESET, 1, 0, NULL, 0);
    wrap_all(CLIENT, &hello);
    wrap_all(SERVER, &hello);
    shake_hands();
    say_cut(&seed, CLIENT, 500);
    say_cut(&seed, SERVER, 500);
    end_flow();
    assert_int_equal(watch_count(&watch, OBSERVE_TLS), 0);
    assert_int_not_equal(watch.flow.app_proto, APP_TLS);
}

static void test_name_before_a_lost_packet_is_told(void **state)
{
    (void)state;
    make_wrapped(0);
    shake_hands();
    say(CLIENT, wrapped[CLIENT].at, 500);
    next_seq[CLIENT] += 500;
    say(CLIENT, wrapped[CLIENT].at + 1000, wrapped[CLIENT].size - 1000);
    end_flow();
    const struct observation_tls *o = observed_tls();
    assert_non_null(o);
    assert_true(watch_text_is(o, o->sni, "www.example.com"));
    assert_false(o->client_seen); /* not wholly */
}

static void test_a_spent_budget_is_survived(void **state)
{
    uint64_t seed = 9;
    make_wrapped(28);
    for (size_t max = 600; max < 20000; max += 97) {
        tear_down(state);
        open_flow(IP_TCP, max);
        shake_hands();
        say_cut(&seed, CLIENT, 300);
        say_cut(&seed, SERVER, 300);
        end_flow();
    }
}

static void test_probe_knows_resets_alone(void **state)
{
    (void)state;
    uint8_t found = 1;
    make_wrapped(40);
    const struct made *m = &wrapped[CLIENT];
    size_t reset = 2 + 14 + 40;
    for (size_t size = 0; size < reset; size++) {
        uint8_t *copy = watch_exact(m->at, size);
        assert_int_equal(openvpn_probe((struct slice){copy, size}, &found), PROBE_MAYBE);
        free(copy);
    }
    assert_int_equal(openvpn_probe((struct slice){m->at, m->size}, &found), PROBE_YES);
    assert_int_equal(found, 40);
    assert_int_equal(openvpn_probe((struct slice){m->at + reset, m->size - reset}, &found), PROBE_NO); /* a control packet */
    assert_int_equal(openvpn_probe((struct slice){(const uint8_t *)"GET / HTTP/1.1\r\n", 16}, &found), PROBE_NO);
    uint64_t seed = 1;
    for (int i = 0; i < 1000000; i++) {
        uint64_t bytes[8];
        for (int k = 0; k < 8; k++)
            bytes[k] = watch_random(&seed);
        ((uint8_t *)bytes)[0] = 0;
        assert_int_not_equal(openvpn_probe((struct slice){(const uint8_t *)bytes, sizeof bytes}, &found), PROBE_YES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TCP_TEST(test_handshake_inside_is_observed),      TCP_TEST(test_any_segmentation_gives_the_same_handshake),
        TCP_TEST(test_cut_at_every_length_is_survived),   TCP_TEST(test_encrypted_channel_is_no_tls),
        TCP_TEST(test_name_before_a_lost_packet_is_told), TCP_TEST(test_a_spent_budget_is_survived),
        TCP_TEST(test_probe_knows_resets_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
