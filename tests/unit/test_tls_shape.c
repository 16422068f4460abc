/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tls_shape.c - each flaw of what begins like TLS, what is none of them, and that any cut tells the same.
 */
#include "dissect/tls_shape.h"
#include "flow_talk.h"

#define RECORD(type, length) type "\3\3" length
static const char data[] = RECORD("\x17", "\0\4") "abcd";
static const char server_hello[] = RECORD("\x16", "\0\x2a") "\2\0\0\x26\3\3" "0123456789abcdef0123456789abcdef" "\0\xc0\x2f\0";
static const char client_hello[] = RECORD("\x16", "\0\x2d") "\1\0\0\x29\3\3" "0123456789abcdef0123456789abcdef" "\0\0\2\x13\1\1\0";
#define SAY(end, text) say(end, text, sizeof text - 1)

static uint8_t flaw(void)
{
    const struct observation_tls_flaw *o = watch_take(&watch, OBSERVE_TLS_FLAW);
    assert_null(watch_take(&watch, OBSERVE_TLS_FLAW));
    return o ? o->flaw : TLS_FLAW_NONE;
}

static void test_data_at_once(void **state)
{
    (void)state;
    shake_hands();
    SAY(CLIENT, data);
    assert_int_equal(watch_count(&watch, OBSERVE_TLS_FLAW), 0);
    SAY(SERVER, data);
    const struct observation_tls_flaw *o = watch_take(&watch, OBSERVE_TLS_FLAW);
    assert_int_equal(o->flaw, TLS_FLAW_DATA_FIRST);
    assert_int_equal(o->head.direction, TO_SERVER);
    assert_int_equal(o->client_first.size, 9);
    assert_memory_equal((const char *)o + o->server_first.at, data, 9);
}

static void test_a_hello_that_is_none(void **state)
{
    (void)state;
    shake_hands();
    SAY(CLIENT, RECORD("\x16", "\0\x30") "\1\0\0\4" "0123456789abcdef0123456789abcdef0123456789ab");
    SAY(SERVER, server_hello);
    assert_int_equal(flaw(), TLS_FLAW_CLIENT_HELLO);
}

static void test_an_answer_without_a_hello(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say_made(CLIENT, &hello);
    SAY(SERVER, data);
    assert_int_equal(flaw(), TLS_FLAW_SERVER_HELLO);
}

static void test_a_length_that_cannot_be(void **state)
{
    (void)state;
    shake_hands();
    SAY(CLIENT, RECORD("\x16", "\xff\xff") "\1\0\xff\xfb and so on");
    SAY(SERVER, server_hello);
    assert_int_equal(flaw(), TLS_FLAW_LENGTH);
}

static void test_what_follows_is_no_record(void **state)
{
    (void)state;
    shake_hands();
    SAY(CLIENT, client_hello);
    SAY(CLIENT, "something else");
    SAY(SERVER, server_hello);
    assert_int_equal(flaw(), TLS_FLAW_RECORDS);
}

/* `size` bytes of which `kinds` differ follow the client's hello in its segment. */
static const struct observation_tls_flaw *follow(size_t size, unsigned kinds)
{
    static uint8_t bytes[4096];
    memcpy(bytes, client_hello, sizeof client_hello - 1);
    for (size_t i = 0; i < size; i++)
        bytes[sizeof client_hello - 1 + i] = (uint8_t)(i % kinds);
    shake_hands();
    say(CLIENT, bytes, sizeof client_hello - 1 + size);
    SAY(SERVER, server_hello);
    return watch_take(&watch, OBSERVE_TLS_FLAW);
}

static void test_entropy_of_what_follows(void **state)
{
    (void)state;
    const struct observation_tls_flaw *o = follow(2000, 256);
    assert_int_equal(o->flaw, TLS_FLAW_RECORDS);
    assert_int_equal(o->entropy_bytes, 1024);
    assert_int_equal(o->entropy, 800);
}

static void test_entropy_of_few_kinds_of_bytes(void **state)
{
    (void)state;
    const struct observation_tls_flaw *o = follow(5 + 256, 16);
    assert_int_equal(o->entropy_bytes, 256);
    assert_in_range(o->entropy, 399, 400);
}

static void test_few_bytes_have_no_entropy(void **state)
{
    (void)state;
    assert_int_equal(follow(5 + 255, 256)->entropy_bytes, 0);
}

static void test_true_handshake(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say_made(CLIENT, &hello);
    say_made(SERVER, &answer);
    SAY(CLIENT, data);
    SAY(SERVER, data);
    end_flow();
    assert_int_equal(flaw(), TLS_FLAW_NONE);
}

static void test_server_that_speaks_no_tls_or_refuses(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say_made(CLIENT, &hello);
    say_text(SERVER, "HTTP/1.1 400 Bad Request\r\n\r\n");
    assert_int_equal(flaw(), TLS_FLAW_NONE);
    tear_down(state);
    set_up_tcp(state);
    shake_hands();
    say_made(CLIENT, &hello);
    SAY(SERVER, RECORD("\x15", "\0\2") "\2\x28");
    say_text(SERVER, "and then anything");
    assert_int_equal(flaw(), TLS_FLAW_NONE);
    tear_down(state);
    set_up_tcp(state);
    shake_hands();
    SAY(CLIENT, data);
    say_text(SERVER, "no record");
    assert_int_equal(flaw(), TLS_FLAW_NONE);
}

static void test_not_without_the_beginning(void **state)
{
    (void)state;
    watch.flow.marks |= MARK_MIDSTREAM;
    SAY(CLIENT, data);
    SAY(SERVER, data);
    end_flow();
    assert_int_equal(flaw(), TLS_FLAW_NONE);
}

static void test_not_across_a_hole(void **state)
{
    (void)state;
    shake_hands();
    SAY(CLIENT, client_hello);
    next_seq[CLIENT] += 100;
    say_text(CLIENT, "behind the hole");
    SAY(SERVER, server_hello);
    end_flow();
    assert_int_equal(flaw(), TLS_FLAW_NONE);
}

static void test_any_cut_tells_the_same(void **state)
{
    for (size_t step = 1; step < sizeof client_hello; step++) {
        tear_down(state);
        set_up_tcp(state);
        shake_hands();
        for (size_t at = 0; at < sizeof client_hello - 1; at += step)
            say(CLIENT, client_hello + at, step < sizeof client_hello - 1 - at ? step : sizeof client_hello - 1 - at);
        for (size_t at = 0; at < sizeof data - 1; at += step)
            say(SERVER, data + at, step < sizeof data - 1 - at ? step : sizeof data - 1 - at);
        assert_int_equal(flaw(), TLS_FLAW_SERVER_HELLO);
    }
}

/* Bytes shown again, and bodies left out, as the stream's reader does. */
static void test_repeats_and_skips(void **state)
{
    (void)state;
    struct tls_shape s = {0};
    struct slice all = {(const uint8_t *)client_hello, sizeof client_hello - 1};
    tls_shape_take(&s, TO_SERVER, 1000, 1000, (struct slice){all.at, 20});
    tls_shape_take(&s, TO_SERVER, 1000, 1000, (struct slice){all.at, 20});
    tls_shape_take(&s, TO_SERVER, 1000, 1000 + all.size, (struct slice){(const uint8_t *)data, 9});
    assert_false(s.off);
    assert_int_equal(s.flaw, TLS_FLAW_NONE);
    assert_int_equal(s.end[TO_SERVER].records, 2);
    tls_shape_take(&s, TO_SERVER, 1000, 5000, (struct slice){(const uint8_t *)data, 9});
    assert_true(s.off);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_tcp, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_data_at_once),
        TEST(test_a_hello_that_is_none),
        TEST(test_an_answer_without_a_hello),
        TEST(test_a_length_that_cannot_be),
        TEST(test_what_follows_is_no_record),
        TEST(test_entropy_of_what_follows),
        TEST(test_entropy_of_few_kinds_of_bytes),
        TEST(test_few_bytes_have_no_entropy),
        TEST(test_true_handshake),
        TEST(test_server_that_speaks_no_tls_or_refuses),
        TEST(test_not_without_the_beginning),
        TEST(test_not_across_a_hole),
        TEST(test_any_cut_tells_the_same),
        TEST(test_repeats_and_skips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
