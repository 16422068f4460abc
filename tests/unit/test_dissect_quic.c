/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dissect_quic.c - QUIC through the dissector: found by content, counted, its memory booked and given back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "dissect/dissect.h"
#include "quic_watch.h"

static struct watch watch;
static struct dissector *dissector;

static int set_up(void **state)
{
    (void)state;
    struct dissect_options options = {0};
    watch_open(&watch, IP_UDP);
    dissector = dissector_new(&options, NULL);
    return dissector ? 0 : -1;
}

static struct dissect_counters counters(void)
{
    struct dissect_counters c;
    dissect_count(dissector, &c);
    return c;
}

static int tear_down(void **state)
{
    (void)state;
    dissect_end(dissector, &watch.flow, watch.observer);
    assert_int_equal(counters().memory_bytes, 0);
    dissector_free(dissector);
    watch_close(&watch);
    return 0;
}

static void datagram(int end, const uint8_t *bytes, size_t size)
{
    uint8_t *copy = watch_exact(bytes, size);
    watch.packet.payload = (struct slice){copy, size};
    watch.packet.payload_wire_len = (uint32_t)size;
    flow_update(&watch.flow, &watch.packet, end);
    dissect_packet(dissector, &watch.flow, &watch.packet, end, watch.observer);
    free(copy);
}

static void test_hello_is_observed_once_and_counted(void **state)
{
    (void)state;
    uint8_t packet[SEAL_MAX];
    size_t size = client_packet(VERSION_1, packet);
    datagram(0, packet, size);
    datagram(0, packet, size);
    assert_int_equal(watch_count(&watch, OBSERVE_QUIC), 1);
    assert_int_equal(watch.flow.app_proto, APP_QUIC);
    assert_int_equal(watch.flow.tx_count, 1);
    assert_int_equal(counters().quic, 1);
    assert_int_equal(counters().quic_hellos, 1);
}

static void test_half_a_hello_is_kept_and_told_at_the_end(void **state)
{
    (void)state;
    uint8_t packet[SEAL_MAX];
    struct seal s = client_of(VERSION_1);
    datagram(0, packet, seal_piece(&s, 0, hello_bytes(), 150, packet));
    assert_int_equal(watch.count, 0);
    assert_true(counters().memory_bytes > 0);
    dissect_end(dissector, &watch.flow, watch.observer);
    assert_int_equal(watch_count(&watch, OBSERVE_QUIC), 1);
    assert_int_equal(counters().quic_hellos, 1);
    assert_int_equal(counters().memory_bytes, 0);
}

static void test_an_answer_is_not_awaited_for_ever(void **state)
{
    (void)state;
    uint8_t packet[SEAL_MAX], short_header[40] = {0x41};
    datagram(0, packet, client_packet(VERSION_1, packet));
    for (int i = 0; i < 200; i++)
        datagram(1, short_header, sizeof short_header);
    assert_int_equal(watch.flow.dissect_done, 3);
    assert_null(watch.flow.dissection);
}

static void test_a_spent_budget_lets_the_flow_go(void **state)
{
    (void)state;
    uint8_t packet[SEAL_MAX];
    struct dissect_options options = {.memory_max = 300};
    struct seal s = client_of(VERSION_1);
    dissector_free(dissector);
    dissector = dissector_new(&options, NULL);
    datagram(0, packet, seal_piece(&s, 0, hello_bytes(), 150, packet));
    assert_int_equal(watch.flow.dissect_done, 3);
    assert_int_equal(counters().memory_bytes, 0);
    assert_true(counters().memory_refused > 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_hello_is_observed_once_and_counted),
        TEST(test_half_a_hello_is_kept_and_told_at_the_end),
        TEST(test_an_answer_is_not_awaited_for_ever),
        TEST(test_a_spent_budget_lets_the_flow_go),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
