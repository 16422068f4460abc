/* SPDX-License-Identifier: Apache-2.0 */
/* test_ack_gap.c - bytes acknowledged and never seen are loss; reordering, retransmission and other connections are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/ack_gap.h"

#define FLOW 3
enum { SERVER, CLIENT };

static struct ack_gaps *gaps;
static bool is_new;

static int begin(void **state)
{
    (void)state;
    struct error error;
    gaps = ack_gaps_new(16, &error);
    is_new = true;
    return gaps ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    ack_gaps_free(gaps);
    return 0;
}

static void see(int from, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t size)
{
    const struct packet p = {.tcp_flags = flags, .tcp_seq = seq, .tcp_ack = ack, .payload_wire_len = size};
    ack_gaps_see(gaps, FLOW, &p, from, is_new);
    is_new = false;
}

static void send(uint32_t seq, uint32_t size)
{
    see(SERVER, TCP_ACK | TCP_PSH, seq, 1, size);
}

static void acknowledge(uint32_t ack)
{
    see(CLIENT, TCP_ACK, 1, ack, 0);
}

static struct ack_gap_counters counted(void)
{
    struct ack_gap_counters c;
    ack_gaps_end(gaps, FLOW);
    ack_gaps_count(gaps, &c);
    return c;
}

static void test_a_hole_that_was_acknowledged_is_loss(void **state)
{
    (void)state;
    send(100, 50);
    send(200, 50);
    acknowledge(250);
    struct ack_gap_counters c = counted();
    assert_int_equal(c.lost, 50);
    assert_int_equal(c.seen, 100);
    assert_int_equal(c.holes, 1);
}

static void test_an_acknowledgement_beyond_all_that_came_is_loss(void **state)
{
    (void)state;
    send(100, 50);
    acknowledge(450);
    for (int i = 0; i < 20; i++)
        acknowledge(450);
    struct ack_gap_counters now;
    ack_gaps_count(gaps, &now);
    assert_int_equal(now.lost, 300); /* patience is over before the flow is */
    assert_int_equal(counted().lost, 300);
}

static void test_late_bytes_fill_the_hole(void **state)
{
    (void)state;
    send(100, 50);
    acknowledge(250); /* before its bytes */
    send(150, 60);
    send(210, 40);
    send(300, 50); /* out of order */
    send(250, 50);
    acknowledge(350);
    assert_int_equal(counted().lost, 0);
}

static void test_a_hole_nobody_acknowledged_is_no_loss(void **state)
{
    (void)state;
    send(100, 50);
    send(200, 50); /* lost before the receiver, who asks again */
    for (int i = 0; i < 50; i++)
        acknowledge(150);
    assert_int_equal(counted().lost, 0);
}

static void test_the_side_that_was_never_seen_is_no_loss(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 100; i++)
        acknowledge(1000 * i);
    assert_int_equal(counted().lost, 0);
}

static void test_numbers_may_wrap_and_retransmissions_change_nothing(void **state)
{
    (void)state;
    send(0xffffffd0, 100);
    send(0xffffffd0, 100);
    send(52, 10);
    acknowledge(62);
    assert_int_equal(counted().lost, 0);
    send(0xffffffd0, 10);
    acknowledge(10);
    assert_int_equal(counted().lost, 48 - 10 + 10);
}

static void test_a_wide_jump_is_another_connection(void **state)
{
    (void)state;
    send(100, 50);
    send(2000000000, 50);
    acknowledge(2000000050);
    see(CLIENT, TCP_RST | TCP_ACK, 5, 2000900000, 0);
    assert_int_equal(counted().lost, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_a_hole_that_was_acknowledged_is_loss),
        TEST(test_an_acknowledgement_beyond_all_that_came_is_loss),
        TEST(test_late_bytes_fill_the_hole),
        TEST(test_a_hole_nobody_acknowledged_is_no_loss),
        TEST(test_the_side_that_was_never_seen_is_no_loss),
        TEST(test_numbers_may_wrap_and_retransmissions_change_nothing),
        TEST(test_a_wide_jump_is_another_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
