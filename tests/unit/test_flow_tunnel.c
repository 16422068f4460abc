/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_flow_tunnel.c - what flows and observations keep of tunnels and fragments.
 */
#include "flows.h"

#include "flow/flow_table.h"
#include "flow/observer.h"

static struct tunnel told; /* of the latest observation; depth 0 when it had none */
static uint32_t told_size;

static void keep(void *arg, const struct observation *o)
{
    (void)arg;
    const struct tunnel *t = observation_tunnel(o);
    told = t ? *t : (struct tunnel){.depth = 0};
    told_size = o->size;
}

static struct observer *observer;

static void ended(void *arg, struct flow *f, enum end_reason reason, bool evicted)
{
    (void)arg;
    if (observer)
        observer_flow_ended(observer, f, reason, evicted, NULL);
}

static struct flow_table *table;

static int open_all(void **state)
{
    (void)state;
    struct error error;
    table =
        flow_table_new(&(struct flow_table_options){.flow_max = 100, .timeouts = flow_timeouts_default, .ended = ended}, &error);
    observer =
        observer_new(&(struct observer_options){.wanted = ~0u, .flows = table, .deliver = keep}, &error);
    assert_true(table && observer);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    flow_table_free(table);
    observer_free(observer);
    return 0;
}

/* In GRE from host `from` to host `to`, beside the packet's own ends. */
static struct packet in_gre(struct packet p, uint32_t from, uint32_t to)
{
    p.tunnel = (struct packet_tunnel){.src = host(from),
                                      .dst = host(to),
                                      .ip_version = 4,
                                      .proto = IP_GRE,
                                      .kind = TUNNEL_GRE,
                                      .inner_kind = TUNNEL_GRE,
                                      .depth = 1};
    return p;
}

static struct flow *take(const struct packet *p, int *end)
{
    bool is_new;
    struct flow *f = flow_table_take(table, p, end, &is_new);
    flow_update(f, p, *end);
    return f;
}

static void assert_told(uint32_t client, uint32_t server)
{
    assert_int_equal(told.depth, 1);
    assert_int_equal(told.kind, TUNNEL_GRE);
    assert_int_equal(told.proto, IP_GRE);
    assert_memory_equal(&told.client, &(struct address[1]){host(client)}, 16);
    assert_memory_equal(&told.server, &(struct address[1]){host(server)}, 16);
}

/* Host 1 asks host 2, and the other way round: the key's order must not show. */
static void test_a_flow_keeps_the_tunnel_of_its_first_packet_by_client_and_server(void **state)
{
    (void)state;
    for (uint32_t client = 1; client <= 2; client++) {
        int end;
        struct packet first = in_gre(tcp(client, 4000, 3 - client, 80, TCP_SYN), 10 + client, 13 - client);
        struct packet answer = in_gre(back(first, TCP_SYN | TCP_ACK), 50, 51); /* by another way */
        take(&first, &end);
        struct flow *f = take(&answer, &end);
        assert_true(f->marks & MARK_TUNNELLED);
        flow_table_end_all(table);
        assert_told(10 + client, 13 - client);
    }
}

/* A SYN-ACK first: the client is the packet's receiver. */
static void test_a_flow_that_the_server_begins(void **state)
{
    (void)state;
    int end;
    struct packet first = in_gre(tcp(2, 80, 1, 4000, TCP_SYN | TCP_ACK), 12, 11);
    take(&first, &end);
    flow_table_end_all(table);
    assert_told(11, 12);
}

static void test_an_observation_of_a_packet_has_that_packet_s_tunnel(void **state)
{
    (void)state;
    int end;
    struct packet first = in_gre(udp(1, 4000, 2, 53), 11, 12), answer = in_gre(back(first, 0), 52, 51);
    struct flow *f = take(&first, &end);
    observer_flow(observer, OBSERVE_STARTED, f, &first, flow_direction(f, end));
    assert_told(11, 12);
    f = take(&answer, &end);
    observer_flow(observer, OBSERVE_REPLIED, f, &answer, flow_direction(f, end));
    assert_told(51, 52);
    flow_table_end_all(table);
}

static void test_outside_of_tunnels_an_observation_is_as_small_as_before(void **state)
{
    (void)state;
    int end;
    struct packet p = udp(1, 4000, 2, 53);
    struct flow *f = take(&p, &end);
    assert_false(f->marks & MARK_TUNNELLED);
    assert_null(flow_table_tunnel(table, f));
    observer_flow(observer, OBSERVE_STARTED, f, &p, flow_direction(f, end));
    assert_int_equal(told.depth, 0);
    assert_int_equal(told_size, sizeof(struct observation));
    flow_table_end_all(table);
    assert_int_equal(told.depth, 0);
}

/* A record that is used again does not remember. */
static void test_a_reused_record_forgets_the_tunnel(void **state)
{
    (void)state;
    int end;
    struct packet in = in_gre(udp(1, 4000, 2, 53), 11, 12), out = udp(1, 4001, 2, 53);
    take(&in, &end);
    flow_table_end_all(table);
    struct flow *f = take(&out, &end);
    assert_null(flow_table_tunnel(table, f));
    flow_table_end_all(table);
}

static void test_all_frames_of_a_fragmented_datagram_count(void **state)
{
    (void)state;
    int end;
    struct packet p = udp(1, 4000, 2, 53);
    p.wire_len = 100;
    p.earlier_frames = 3;
    p.earlier_bytes = 4500;
    struct flow *f = take(&p, &end);
    assert_int_equal(f->packets[end], 4);
    assert_int_equal(f->bytes[end], 4600);
    f->packets[end] = UINT32_MAX - 2;
    take(&p, &end);
    assert_int_equal(f->packets[end], UINT32_MAX);
    flow_table_end_all(table);
}

/* Remains of fragments are older than the frame at hand, and still come in its place of the order. */
static uint64_t order;

static void keep_order(void *arg, const struct observation *o)
{
    (void)arg;
    order = o->order;
}

static void test_a_packet_of_an_earlier_frame_stands_where_it_was_made(void **state)
{
    (void)state;
    struct error error;
    int end;
    struct observer *o =
        observer_new(&(struct observer_options){.wanted = ~0u, .deliver = keep_order}, &error);
    struct packet p = udp(1, 4000, 2, 53);
    p.number = 7;
    struct flow *f = take(&p, &end);
    observer_set_now(o, 1000, NOON, 1);
    observer_flow(o, OBSERVE_STARTED, f, &p, TO_SERVER);
    assert_int_equal(order, 1000);
    observer_free(o);
    flow_table_end_all(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_flow_keeps_the_tunnel_of_its_first_packet_by_client_and_server),
        cmocka_unit_test(test_a_flow_that_the_server_begins),
        cmocka_unit_test(test_an_observation_of_a_packet_has_that_packet_s_tunnel),
        cmocka_unit_test(test_outside_of_tunnels_an_observation_is_as_small_as_before),
        cmocka_unit_test(test_a_reused_record_forgets_the_tunnel),
        cmocka_unit_test(test_all_frames_of_a_fragmented_datagram_count),
        cmocka_unit_test(test_a_packet_of_an_earlier_frame_stands_where_it_was_made),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
