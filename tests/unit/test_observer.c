/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_observer.c - records are whole, aligned and point into nothing; the head speaks of client and server.
 */
#include <stdlib.h>

#include "flow/observer.h"
#include "flows.h"

struct sink {
    struct observer *w;
    size_t count;
    union {
        struct observation head;
        struct observation_tls tls;
        struct observation_ended ended;
        uint8_t bytes[OBSERVATION_MAX];
    } last;
};

static void keep(void *arg, const struct observation *o)
{
    struct sink *s = arg;
    assert_int_equal(o->size % 8, 0);
    assert_in_range(o->size, sizeof *o, OBSERVATION_MAX);
    memcpy(s->last.bytes, o, o->size);
    s->count++;
}

static struct sink *sink_new(uint32_t wanted)
{
    struct sink *s = calloc(1, sizeof *s);
    assert_non_null(s);
    struct observer_options o = {.wanted = wanted, .worker = 3, .deliver = keep, .arg = s};
    s->w = observer_new(&o, NULL);
    assert_non_null(s->w);
    return s;
}

static void sink_free(struct sink *s)
{
    observer_free(s->w);
    free(s);
}

/* Server 3 answered client 9 once, and the client is end 1. */
static struct flow some_flow(void)
{
    struct packet p = udp(9, 50000, 3, 53), answer = back(p, 0);
    struct flow f;
    struct flow_key key;
    p.wire_len = 70;
    p.has_mac = true;
    memset(p.src_mac, 0x99, 6);
    memset(p.dst_mac, 0x33, 6);
    int end = flow_key_of(&p, true, &key);
    flow_begin(&f, &key, &p);
    flow_update(&f, &p, end);
    answer.wire_len = 200;
    answer.time_ns = NOON + 5;
    flow_update(&f, &answer, !end);
    assert_int_equal(f.client_end, 1);
    f.interface = 4;
    f.app_proto = APP_DNS;
    f.class.app = 5;
    return f;
}

static struct observer_counters counters(const struct sink *s)
{
    struct observer_counters c;
    observer_count(s->w, &c);
    return c;
}

/* -------------------------------------------------------------------- head */

static void test_head_tells_client_from_server(void **state)
{
    (void)state;
    struct sink *s = sink_new(~0u);
    struct flow f = some_flow();
    struct packet p = at(NOON + 5, udp(3, 53, 9, 50000));
    p.number = 7;
    p.order = 17;
    p.interface = 6; /* another file than the flow's first packet */
    observer_set_now(s->w, 17, NOON + 5, 2);
    observer_flow(s->w, OBSERVE_REPLIED, &f, &p, TO_CLIENT);
    const struct observation *o = &s->last.head;
    struct address client = host(9), server = host(3);
    assert_int_equal(o->kind, OBSERVE_REPLIED);
    assert_int_equal(o->size, sizeof *o);
    assert_int_equal(o->direction, TO_CLIENT);
    assert_int_equal(o->phase, 2);
    assert_int_equal(o->worker, 3);
    assert_true(o->order == 17 && o->packet_number == 7 && o->time_ns == NOON + 5 && o->flow_id == f.id);
    assert_true(addr_equal(&o->client, &client) && addr_equal(&o->server, &server));
    assert_true(o->client_port == 50000 && o->server_port == 53 && o->proto == IP_UDP && o->ip_version == 4);
    assert_true(o->packets[TO_SERVER] == 1 && o->packets[TO_CLIENT] == 1);
    assert_true(o->bytes[TO_SERVER] == 70 && o->bytes[TO_CLIENT] == 200);
    assert_true(o->client_mac[0] == 0x99 && o->server_mac[5] == 0x33 && (o->marks & MARK_HAS_MAC));
    assert_true(o->start_ns == NOON && o->last_ns == NOON + 5);
    assert_true(o->interface == 6 && o->app_proto == APP_DNS && o->class.app == 5 && o->client_source == CLIENT_BY_PORT);
    sink_free(s);
}

static void test_record_without_a_packet_takes_the_present_moment(void **state)
{
    (void)state;
    struct sink *s = sink_new(~0u);
    struct flow f = some_flow();
    observer_set_now(s->w, 40, NOON + 77, 0);
    observer_flow(s->w, OBSERVE_CLASSIFIED, &f, NULL, TO_SERVER);
    assert_true(s->last.head.order == 40 && s->last.head.time_ns == NOON + 77 && s->last.head.packet_number == 0);
    sink_free(s);
}

static void test_order_never_goes_back(void **state)
{
    (void)state;
    struct sink *s = sink_new(~0u);
    struct flow f = some_flow();
    observer_set_now(s->w, NOON + 100, NOON + 100, 0);
    observer_flow(s->w, OBSERVE_STARTED, &f, NULL, TO_SERVER);
    assert_true(s->last.head.order == NOON + 100);
    observer_set_now(s->w, NOON + 60, NOON + 60, 0);
    observer_flow(s->w, OBSERVE_STARTED, &f, NULL, TO_SERVER);
    assert_true(s->last.head.order == NOON + 100);
    assert_true(s->last.head.time_ns == NOON + 60);
    sink_free(s);
}

static void test_vlans_come_from_packet_or_key(void **state)
{
    (void)state;
    struct sink *s = sink_new(~0u);
    struct flow f = some_flow();
    f.key.vlan[0] = 10;
    f.key.vlan[1] = 20;
    observer_flow(s->w, OBSERVE_STARTED, &f, NULL, TO_SERVER);
    assert_true(s->last.head.vlan_count == 2 && s->last.head.vlan[0] == 10 && s->last.head.vlan[1] == 20);
    struct packet p = udp(9, 50000, 3, 53);
    p.vlan[0] = 7;
    p.vlan_count = 1;
    observer_flow(s->w, OBSERVE_STARTED, &f, &p, TO_SERVER);
    assert_true(s->last.head.vlan_count == 1 && s->last.head.vlan[0] == 7 && s->last.head.vlan[1] == 0);
    sink_free(s);
}

/* ----------------------------------------------------------- texts and arrays */

static void test_texts_and_arrays_follow_the_record(void **state)
{
    (void)state;
    struct sink *s = sink_new(~0u);
    struct flow f = some_flow();
    struct observation_tls *o = observer_begin(s->w, OBSERVE_TLS, sizeof *o, &f, NULL, TO_SERVER);
    assert_int_equal(o->version, 0);
    o->version = 0x0303;
    o->sni = observer_text(s->w, "abc", 3);
    void *items;
    o->chain_sha1 = observer_array(s->w, 2, 20, &items);
    assert_non_null(items);
    assert_int_equal((uintptr_t)items % 8, 0);
    assert_int_equal(((uint8_t *)items)[39], 0);
    memset(items, 0x5a, 40);
    o->ja4 = observer_text(s->w, "", 0);
    o->ja3 = observer_text(s->w, "xyz", 3);
    observer_end(s->w);

    const struct observation_tls *t = &s->last.tls;
    struct slice sni = observation_text(&t->head, t->sni), ja3 = observation_text(&t->head, t->ja3);
    assert_true(sni.size == 3 && memcmp(sni.at, "abc", 3) == 0);
    assert_true(ja3.size == 3 && memcmp(ja3.at, "xyz", 3) == 0);
    assert_int_equal(t->ja4.size, 0);
    assert_int_equal(t->version, 0x0303);
    const uint8_t *second = observation_item(&t->head, t->chain_sha1, 1, 20);
    assert_non_null(second);
    assert_int_equal(second[19], 0x5a);
    assert_int_equal(s->last.bytes[t->head.size - 1], 0); /* padding is written, too */
    sink_free(s);
}

static void test_what_does_not_fit_is_left_out_and_counted(void **state)
{
    (void)state;
    struct sink *s = sink_new(~0u);
    struct flow f = some_flow();
    static uint8_t big[OBSERVATION_MAX];
    struct observation_tls *o = observer_begin(s->w, OBSERVE_TLS, sizeof *o, &f, NULL, TO_SERVER);
    o->sni = observer_text(s->w, big, sizeof big - sizeof *o - 16);
    assert_true(o->sni.size > 0);
    o->ja3 = observer_text(s->w, big, 17);
    assert_int_equal(o->ja3.size, 0);
    void *items = big;
    o->chain_sha1 = observer_array(s->w, 1, 20, &items);
    assert_null(items);
    assert_int_equal(o->chain_sha1.count, 0);
    o->chain_sha1 = observer_array(s->w, UINT32_MAX, SIZE_MAX / 2, &items);
    assert_null(items);
    o->ja4 = observer_text(s->w, "0123456789abcdef", 16); /* the last free bytes */
    assert_int_equal(o->ja4.size, 16);
    observer_end(s->w);
    assert_int_equal(s->last.head.size, OBSERVATION_MAX);
    assert_true(counters(s).cut_texts >= 3);
    assert_int_equal(counters(s).records, 1);
    sink_free(s);
}

static void test_full_record_still_takes_odd_sizes(void **state)
{
    (void)state;
    struct sink *s = sink_new(~0u);
    struct flow f = some_flow();
    static uint8_t big[OBSERVATION_MAX];
    for (size_t slack = 0; slack < 20; slack++) {
        struct observation_tls *o = observer_begin(s->w, OBSERVE_TLS, sizeof *o, &f, NULL, TO_SERVER);
        observer_text(s->w, big, sizeof big - sizeof *o - slack);
        void *items;
        observer_array(s->w, 3, 8, &items);
        assert_null(items);
        observer_end(s->w);
    }
    assert_int_equal(counters(s).records, 20);
    sink_free(s);
}

static void test_record_starts_empty_after_another(void **state)
{
    (void)state;
    struct sink *s = sink_new(~0u);
    struct flow f = some_flow();
    struct observation_tls *o = observer_begin(s->w, OBSERVE_TLS, sizeof *o, &f, NULL, TO_SERVER);
    memset((uint8_t *)o + sizeof o->head, 0xff, sizeof *o - sizeof o->head);
    observer_end(s->w);
    o = observer_begin(s->w, OBSERVE_TLS, sizeof *o, &f, NULL, TO_SERVER);
    for (size_t i = sizeof o->head; i < sizeof *o; i++)
        assert_int_equal(((uint8_t *)o)[i], 0);
    observer_end(s->w);
    sink_free(s);
}

/* ------------------------------------------------------------------- delivery */

static void test_unwanted_kinds_are_not_delivered(void **state)
{
    (void)state;
    struct sink *s = sink_new(OBSERVE_BIT(OBSERVE_STARTED));
    struct flow f = some_flow();
    assert_true(observer_wants(s->w, OBSERVE_STARTED));
    assert_false(observer_wants(s->w, OBSERVE_TLS));
    observer_begin(s->w, OBSERVE_TLS, sizeof(struct observation_tls), &f, NULL, TO_SERVER);
    observer_text(s->w, "abc", 3);
    observer_end(s->w);
    observer_flow(s->w, OBSERVE_REPLIED, &f, NULL, TO_CLIENT);
    observer_flow_ended(s->w, &f, END_TIMEOUT, false, NULL);
    assert_int_equal(s->count, 0);
    observer_flow(s->w, OBSERVE_STARTED, &f, NULL, TO_SERVER);
    assert_int_equal(s->count, 1);
    assert_int_equal(counters(s).records, 1);
    sink_free(s);
}

static void test_end_of_a_flow_is_told_by_direction(void **state)
{
    (void)state;
    struct sink *s = sink_new(~0u);
    struct flow f = some_flow();
    f.tcp_flags[0] = 0x12;
    f.tcp_flags[1] = 0x02;
    f.gaps[0] = 5;
    f.gaps[1] = 6;
    f.tcp_state = TCP_STATE_CLOSED;
    f.state = FLOW_CLOSED;
    f.tx_count = 9;
    f.reply_icmp_type = 3;
    f.reply_icmp_code = 1;
    observer_flow_ended(s->w, &f, END_FORCED, true, &(struct flow_bypass){{3, 5}, {300, 500}});
    const struct observation_ended *o = &s->last.ended;
    assert_int_equal(o->head.kind, OBSERVE_ENDED);
    assert_true(o->tcp_flags[TO_SERVER] == 0x02 && o->tcp_flags[TO_CLIENT] == 0x12);
    assert_true(o->gaps[TO_SERVER] == 6 && o->gaps[TO_CLIENT] == 5);
    assert_true(o->state == FLOW_CLOSED && o->tcp_state == TCP_STATE_CLOSED && o->reason == END_FORCED && o->evicted == 1);
    assert_true(o->tx_count == 9 && o->reply_icmp_type == 3 && o->reply_icmp_code == 1);
    sink_free(s);
}

static void test_free_takes_null(void **state)
{
    (void)state;
    observer_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head_tells_client_from_server),
        cmocka_unit_test(test_record_without_a_packet_takes_the_present_moment),
        cmocka_unit_test(test_order_never_goes_back),
        cmocka_unit_test(test_vlans_come_from_packet_or_key),
        cmocka_unit_test(test_texts_and_arrays_follow_the_record),
        cmocka_unit_test(test_what_does_not_fit_is_left_out_and_counted),
        cmocka_unit_test(test_full_record_still_takes_odd_sizes),
        cmocka_unit_test(test_record_starts_empty_after_another),
        cmocka_unit_test(test_unwanted_kinds_are_not_delivered),
        cmocka_unit_test(test_end_of_a_flow_is_told_by_direction),
        cmocka_unit_test(test_free_takes_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
