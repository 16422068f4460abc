/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dns_tcp.c - DNS over TCP: messages behind their lengths, however the stream is cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect/dns.h"
#include "watch.h"

static uint8_t buffer[1024];

static struct slice hex(const char *digits)
{
    return (struct slice){buffer, watch_hex(digits, buffer, sizeof buffer)};
}

/* A response with one answer and OPT. */
static const char response_hex[] = "abcd 8180 0001 0001 0000 0001 03777777 0161 00 0001 0001 c00c 0001 0001 0000003c 0004 c0000201"
                                   "00 0029 04d0 00000000 0000";

/* The response twice and a query, each behind its length. */
static size_t tcp_stream(uint8_t *out, size_t room)
{
    static const char query[] = "0002 0100 0001 0000 0000 0000 0162 00 0010 0001";
    const char *const messages[] = {response_hex, query, response_hex};
    size_t n = 0;
    for (size_t i = 0; i < 3; i++) {
        size_t size = watch_hex(messages[i], out + n + 2, room - n - 2);
        out[n] = (uint8_t)(size >> 8);
        out[n + 1] = (uint8_t)size;
        n += 2 + size;
    }
    return n;
}

static void test_tcp_gives_the_same_for_every_split(void **state)
{
    (void)state;
    uint8_t stream[1024];
    size_t size = tcp_stream(stream, sizeof stream);
    for (size_t cut = 0; cut <= size; cut++) {
        struct watch t;
        uint32_t tx = 0;
        uint64_t messages = 0;
        watch_open(&t, IP_TCP);
        uint8_t *first = watch_exact(stream, cut);
        struct parse_result r = dns_tcp(&t.place, (struct slice){first, cut}, &tx, &messages);
        assert_int_equal(r.state, PARSE_MORE);
        assert_true(r.consumed <= cut);
        r = dns_tcp(&t.place, (struct slice){stream + r.consumed, size - r.consumed}, &tx, &messages);
        assert_int_equal(tx, 3);
        assert_int_equal(messages, 3);
        for (uint32_t i = 0; i < 3; i++) {
            const struct observation_dns *o = watch_take(&t, OBSERVE_DNS);
            assert_int_equal(o->tx_id, i);
            assert_int_equal(o->id, i == 1 ? 2 : 0xabcd);
        }
        watch_close(&t);
        free(first);
    }
}

/* Large answers are what TCP is for: they must be known by their beginning. */
static void test_tcp_probe_waits_for_the_question_and_then_knows(void **state)
{
    (void)state;
    uint8_t stream[1024];
    tcp_stream(stream, sizeof stream);
    size_t first = 2 + ((size_t)stream[0] << 8 | stream[1]), question = 2 + 12 + 7 + 4;
    for (size_t n = 0; n < question; n++)
        assert_int_equal(dns_tcp_probe((struct slice){stream, n}), PROBE_MAYBE);
    for (size_t n = question; n <= first; n++)
        assert_int_equal(dns_tcp_probe((struct slice){stream, n}), PROBE_YES);
    assert_int_equal(dns_tcp_probe(hex("1603 0100 c801 0000 c403 03")), PROBE_NO);
    assert_int_equal(dns_tcp_probe((struct slice){(const uint8_t *)"GET / HTTP/1.1\r\n", 16}), PROBE_NO);
    assert_int_equal(dns_tcp_probe(hex("0010")), PROBE_NO);
}

static void test_tcp_refuses_what_never_was_dns(void **state)
{
    (void)state;
    struct watch t;
    uint32_t tx = 0;
    uint64_t messages = 0;
    watch_open(&t, IP_TCP);
    struct parse_result r = dns_tcp(&t.place, hex("0004 01020304"), &tx, &messages);
    assert_int_equal(r.state, PARSE_REFUSED);
    assert_int_equal(t.count, 0);
    watch_close(&t);
}

static void test_tcp_passes_over_one_broken_message(void **state)
{
    (void)state;
    struct watch t;
    uint32_t tx = 4;
    uint64_t messages = 0;
    watch_open(&t, IP_TCP);
    struct slice s = hex("0010 0002 0100 0001 0000 0000 0000 41 000000"
                         "0013 0002 0100 0001 0000 0000 0000 0162 00 0010 0001");
    struct parse_result r = dns_tcp(&t.place, s, &tx, &messages);
    assert_int_equal(r.state, PARSE_MORE);
    assert_int_equal(r.consumed, s.size);
    assert_int_equal(tx, 5);
    assert_int_equal(messages, 1);
    watch_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tcp_gives_the_same_for_every_split),
        cmocka_unit_test(test_tcp_probe_waits_for_the_question_and_then_knows),
        cmocka_unit_test(test_tcp_refuses_what_never_was_dns),
        cmocka_unit_test(test_tcp_passes_over_one_broken_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
