/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_clear_text.c - what is told of clear text over TCP: in pieces by turns, within a bound, and nothing of binary talk. The bound
 * is 64 bytes here (flow_talk.h).
 */
#include "dissect/clear_text.h"
#include "flow_talk.h"

static void assert_piece(const char *text, enum direction direction, uint32_t number)
{
    const struct observation_body *o = watch_take(&watch, OBSERVE_BODY);
    assert_non_null(o);
    assert_int_equal(o->source, BODY_STREAM);
    assert_int_equal(o->head.direction, direction);
    assert_int_equal(o->number, number);
    assert_true(watch_text_is(o, o->bytes, text));
}

static void test_each_turn_is_a_piece(void **state)
{
    (void)state;
    shake_hands();
    say_text(CLIENT, "{\"id\":1,\"method\":\"mining.sub");
    say_text(CLIENT, "scribe\"}\n");
    assert_int_equal(watch_count(&watch, OBSERVE_BODY), 0);
    say_text(SERVER, "{\"id\":1}\n");
    assert_piece("{\"id\":1,\"method\":\"mining.subscribe\"}\n", TO_SERVER, 0);
    say_text(CLIENT, "{\"id\":2}\n");
    assert_piece("{\"id\":1}\n", TO_CLIENT, 0);
    end_flow();
    assert_piece("{\"id\":2}\n", TO_SERVER, 1);
    assert_null(watch_take(&watch, OBSERVE_BODY));
}

static void test_segments_out_of_order_are_put_right(void **state)
{
    (void)state;
    shake_hands();
    uint32_t seq = next_seq[CLIENT];
    packet(CLIENT, TCP_ACK, seq + 6, "world\n", 6, 6);
    packet(CLIENT, TCP_ACK, seq, "hello ", 6, 6);
    packet(CLIENT, TCP_ACK, seq, "hello ", 6, 6);
    next_seq[CLIENT] = seq + 12;
    say_text(SERVER, "ok\n");
    assert_piece("hello world\n", TO_SERVER, 0);
}

static void test_an_end_is_told_up_to_the_bound(void **state)
{
    (void)state;
    static const char line[] = "0123456789 123456789 123456789 ";
    shake_hands();
    for (int i = 0; i < 4; i++)
        say_text(CLIENT, line);
    assert_piece("0123456789 123456789 123456789 0123456789 123456789 123456789 01", TO_SERVER, 0);
    say_text(SERVER, "ok\n");
    end_flow();
    assert_piece("ok\n", TO_CLIENT, 0);
    assert_null(watch_take(&watch, OBSERVE_BODY));
}

static void test_binary_is_not_told(void **state)
{
    (void)state;
    shake_hands();
    for (int i = 0; i < 6; i++) {
        say(CLIENT, "abc\0def", 7);
        say(SERVER, "\x7f\x45LF", 4);
    }
    say_text(CLIENT, "now text, too late\n");
    end_flow();
    assert_int_equal(watch_count(&watch, OBSERVE_BODY), 0);
}

static void test_json_behind_a_length_is_text(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        bool expected;
    } cases[] = {
        {"\0\0\0\x02{}", 6, true},    {"\x02\0\0\0[]", 6, true},  {"\0\0\0\x02{", 5, false}, {"\0\0\0\x02()", 6, false},
        {"\xff\0\0\xff{}", 6, false}, {"\0\0\0\x09{\0", 6, false}, {"{}", 2, true},           {"", 0, false},
        {"a\x7f", 2, false},          {"\xeb\x8f\x84", 3, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t size = 0; size <= cases[i].size; size++) {
            uint8_t *exact = watch_exact(cases[i].bytes, size);
            bool begins = clear_text_begins((struct slice){exact, size});
            if (size == cases[i].size)
                assert_int_equal(begins, cases[i].expected);
            free(exact);
        }
}

static void test_protocols_that_are_parsed_are_not_told_twice(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say_text(SERVER, "220 mx.example ESMTP\r\n");
    say_text(CLIENT, "STARTTLS\r\n");
    say_made(CLIENT, &hello);
    say_made(SERVER, &answer);
    end_flow();
    assert_piece("220 mx.example ESMTP\r\n", TO_CLIENT, 0);
    assert_piece("STARTTLS\r\n", TO_SERVER, 0);
    assert_null(watch_take(&watch, OBSERVE_BODY));
}

static void test_nothing_is_kept_when_nobody_asks(void **state)
{
    (void)state;
    struct observer *w = watch.observer;
    struct error error;
    watch.observer = observer_new(&(struct observer_options){.wanted = ~OBSERVE_BIT(OBSERVE_BODY), .deliver = watch_deliver, .arg = &watch},
                                  &error);
    shake_hands();
    say_text(CLIENT, "hello\n");
    uint64_t with_text = counters().memory_bytes;
    end_flow();
    assert_true(with_text > 0);
    assert_int_equal(watch_count(&watch, OBSERVE_BODY), 0);
    observer_free(watch.observer);
    watch.observer = w;
}

/* One talk cut at every place gives the same pieces. */
static void test_any_cut_tells_the_same(void **state)
{
    static const char ask[] = "USER anna and a wallet\n", reply[] = "331 go on, please\n";
    for (size_t cut = 1; cut < sizeof ask - 1; cut++) {
        tear_down(state);
        set_up_tcp(state);
        shake_hands();
        say(CLIENT, ask, cut);
        say(CLIENT, ask + cut, sizeof ask - 1 - cut);
        say_text(SERVER, reply);
        assert_piece(ask, TO_SERVER, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_tcp, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_turn_is_a_piece),
        TEST(test_segments_out_of_order_are_put_right),
        TEST(test_an_end_is_told_up_to_the_bound),
        TEST(test_binary_is_not_told),
        TEST(test_json_behind_a_length_is_text),
        TEST(test_protocols_that_are_parsed_are_not_told_twice),
        TEST(test_nothing_is_kept_when_nobody_asks),
        TEST(test_any_cut_tells_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
