/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_flow.c - what packets do to a flow: counters, TCP states, who is the client.
 */
#include "flows.h"

/* Begins a flow with `p` and accounts it. */
static struct flow begin(struct packet p)
{
    struct flow f;
    struct flow_key key;
    int end = flow_key_of(&p, true, &key);
    flow_begin(&f, &key, &p);
    flow_update(&f, &p, end);
    return f;
}

static void see(struct flow *f, struct packet p)
{
    struct flow_key key;
    int end = flow_key_of(&p, true, &key);
    assert_memory_equal(&key, &f->key, sizeof key);
    flow_update(f, &p, end);
}

#define CLIENT 1u
#define SERVER 2u

static struct packet from_client(uint8_t flags)
{
    return tcp(CLIENT, 40000, SERVER, 443, flags);
}

static struct packet from_server(uint8_t flags)
{
    return back(from_client(0), flags);
}

static struct flow open_connection(void)
{
    struct flow f = begin(from_client(TCP_SYN));
    see(&f, from_server(TCP_SYN | TCP_ACK));
    see(&f, from_client(TCP_ACK));
    return f;
}

static void assert_state(const struct flow *f, enum tcp_state tcp_state, enum flow_state state)
{
    assert_int_equal(f->tcp_state, tcp_state);
    assert_int_equal(f->state, state);
}

static void assert_client(const struct flow *f, uint32_t n, enum client_source source)
{
    struct address client = host(n);
    assert_true(addr_equal(&f->key.end[f->client_end], &client));
    assert_int_equal(f->client_source, source);
}

/* -------------------------------------------------------------- TCP states */

static void test_handshake_establishes(void **state)
{
    (void)state;
    struct flow f = begin(from_client(TCP_SYN));
    assert_state(&f, TCP_STATE_SYN_SENT, FLOW_NEW);
    see(&f, from_client(TCP_SYN));
    assert_state(&f, TCP_STATE_SYN_SENT, FLOW_NEW);
    see(&f, from_server(TCP_SYN | TCP_ACK));
    assert_state(&f, TCP_STATE_SYN_RECV, FLOW_NEW);
    see(&f, from_client(TCP_ACK));
    assert_state(&f, TCP_STATE_ESTABLISHED, FLOW_ESTABLISHED);
    see(&f, from_server(TCP_PSH | TCP_ACK));
    assert_state(&f, TCP_STATE_ESTABLISHED, FLOW_ESTABLISHED);
}

static void test_lost_syn_ack_does_not_matter(void **state)
{
    (void)state;
    struct flow f = begin(from_client(TCP_SYN));
    see(&f, from_client(TCP_ACK));
    assert_state(&f, TCP_STATE_SYN_SENT, FLOW_NEW);
    see(&f, from_server(TCP_ACK));
    assert_state(&f, TCP_STATE_ESTABLISHED, FLOW_ESTABLISHED);
}

static void test_client_closes_first(void **state)
{
    (void)state;
    struct flow f = open_connection();
    see(&f, from_client(TCP_FIN | TCP_ACK));
    assert_state(&f, TCP_STATE_CLOSE_WAIT, FLOW_ESTABLISHED);
    see(&f, from_server(TCP_ACK));
    assert_state(&f, TCP_STATE_CLOSE_WAIT, FLOW_ESTABLISHED);
    see(&f, from_server(TCP_FIN | TCP_ACK));
    assert_state(&f, TCP_STATE_LAST_ACK, FLOW_CLOSED);
    see(&f, from_client(TCP_ACK));
    assert_state(&f, TCP_STATE_CLOSED, FLOW_CLOSED);
}

static void test_server_closes_first(void **state)
{
    (void)state;
    struct flow f = open_connection();
    see(&f, from_server(TCP_FIN | TCP_ACK));
    assert_state(&f, TCP_STATE_FIN_WAIT1, FLOW_ESTABLISHED);
    see(&f, from_client(TCP_ACK));
    assert_state(&f, TCP_STATE_FIN_WAIT2, FLOW_ESTABLISHED);
    see(&f, from_client(TCP_FIN | TCP_ACK));
    assert_state(&f, TCP_STATE_TIME_WAIT, FLOW_CLOSED);
    see(&f, from_server(TCP_ACK));
    assert_state(&f, TCP_STATE_CLOSED, FLOW_CLOSED);
}

static void test_both_close_at_once(void **state)
{
    (void)state;
    struct flow f = open_connection();
    see(&f, from_server(TCP_FIN | TCP_ACK));
    see(&f, from_client(TCP_FIN));
    assert_state(&f, TCP_STATE_CLOSING, FLOW_ESTABLISHED);
    see(&f, from_server(TCP_ACK));
    assert_state(&f, TCP_STATE_TIME_WAIT, FLOW_CLOSED);
}

static void test_reset_closes(void **state)
{
    (void)state;
    struct flow f = open_connection();
    see(&f, from_server(TCP_RST));
    assert_state(&f, TCP_STATE_CLOSED, FLOW_CLOSED);
    f = begin(from_client(TCP_SYN));
    see(&f, from_server(TCP_RST | TCP_ACK));
    assert_state(&f, TCP_STATE_CLOSED, FLOW_CLOSED);
}

static void test_reset_alone_is_no_connection(void **state)
{
    (void)state;
    struct flow f = begin(from_client(TCP_RST));
    assert_state(&f, TCP_STATE_NONE, FLOW_NEW);
}

static void test_mid_stream_is_established_when_both_spoke(void **state)
{
    (void)state;
    struct flow f = begin(from_server(TCP_ACK));
    see(&f, from_server(TCP_PSH | TCP_ACK));
    assert_state(&f, TCP_STATE_NONE, FLOW_NEW);
    assert_true(f.marks & MARK_MIDSTREAM);
    see(&f, from_client(TCP_ACK));
    assert_state(&f, TCP_STATE_ESTABLISHED, FLOW_ESTABLISHED);
}

static void test_tail_of_a_closing_connection_is_closed(void **state)
{
    (void)state;
    struct flow f = begin(from_client(TCP_FIN | TCP_ACK));
    see(&f, from_server(TCP_FIN | TCP_ACK));
    assert_int_equal(f.state, FLOW_CLOSED);
    f = begin(from_client(TCP_FIN | TCP_ACK));
    see(&f, from_server(TCP_ACK));
    assert_state(&f, TCP_STATE_CLOSE_WAIT, FLOW_ESTABLISHED);
    f = begin(from_server(TCP_FIN | TCP_ACK));
    see(&f, from_client(TCP_ACK));
    assert_state(&f, TCP_STATE_FIN_WAIT1, FLOW_ESTABLISHED);
}

static void test_no_flags_in_any_order_leave_the_states(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 64; first++)
        for (unsigned second = 0; second < 64; second++) {
            struct flow f = begin(from_client((uint8_t)first));
            for (unsigned n = 0; n < 3; n++) {
                see(&f, from_server((uint8_t)second));
                see(&f, from_client((uint8_t)(first ^ second)));
            }
            assert_in_range(f.tcp_state, TCP_STATE_NONE, TCP_STATE_CLOSED);
            assert_in_range(f.state, FLOW_NEW, FLOW_CLOSED);
            assert_in_range(f.client_source, CLIENT_BY_SYN, CLIENT_BY_FIRST_PACKET);
        }
}

/* -------------------------------------------------------------- the client */

static void test_syn_makes_the_client(void **state)
{
    (void)state;
    struct flow f = begin(tcp(9, 80, 3, 50000, TCP_SYN));
    assert_client(&f, 9, CLIENT_BY_SYN);
    assert_false(f.marks & MARK_MIDSTREAM);
}

static void test_syn_ack_comes_from_the_server(void **state)
{
    (void)state;
    struct flow f = begin(tcp(9, 50000, 3, 80, TCP_SYN | TCP_ACK));
    assert_client(&f, 3, CLIENT_BY_SYN_ACK);
}

static void test_late_syn_overrules_and_is_no_mid_stream(void **state)
{
    (void)state;
    struct flow f = begin(tcp(3, 50000, 9, 80, TCP_ACK));
    assert_client(&f, 3, CLIENT_BY_PORT);
    assert_true(f.marks & MARK_MIDSTREAM);
    struct packet syn = tcp(9, 80, 3, 50000, TCP_SYN);
    syn.tcp_seq = 77;
    see(&f, syn);
    assert_client(&f, 9, CLIENT_BY_SYN);
    assert_int_equal(f.tcp_isn, 77);
    assert_false(f.marks & MARK_MIDSTREAM);
}

static void test_repeated_syn_keeps_the_first_number(void **state)
{
    (void)state;
    struct packet syn = from_client(TCP_SYN);
    syn.tcp_seq = 1000;
    struct flow f = begin(syn);
    syn.tcp_seq = 2000;
    see(&f, syn);
    assert_int_equal(f.tcp_isn, 1000);
}

static void test_system_port_serves(void **state)
{
    (void)state;
    struct flow f = begin(udp(3, 53, 9, 50000));
    assert_client(&f, 9, CLIENT_BY_PORT);
    f = begin(udp(9, 50000, 3, 53));
    assert_client(&f, 9, CLIENT_BY_PORT);
}

static void test_reserved_port_serves_beside_an_ephemeral_one_only(void **state)
{
    (void)state;
    struct flow f = begin(udp(9, 1022, 3, 2049)); /* NFS: the client picks a port below 1024 */
    assert_client(&f, 9, CLIENT_BY_FIRST_PACKET);
    f = begin(udp(3, 2049, 9, 1022));
    assert_client(&f, 3, CLIENT_BY_FIRST_PACKET);
    f = begin(udp(3, 623, 9, 50000)); /* IPMI's answer */
    assert_client(&f, 9, CLIENT_BY_PORT);
}

static void test_nobody_serves_on_port_0(void **state)
{
    (void)state;
    struct flow f = begin(udp(9, 0, 3, 4059));
    assert_client(&f, 9, CLIENT_BY_FIRST_PACKET);
    f = begin(udp(3, 53, 9, 0));
    assert_client(&f, 9, CLIENT_BY_PORT);
}

static void test_first_packet_decides_between_like_ports(void **state)
{
    (void)state;
    struct flow f = begin(udp(9, 123, 3, 123));
    assert_client(&f, 9, CLIENT_BY_FIRST_PACKET);
    f = begin(udp(9, 3478, 3, 50000)); /* a peer may use any port above the system's */
    assert_client(&f, 9, CLIENT_BY_FIRST_PACKET);
}

static void test_mid_stream_tcp_goes_by_the_rank_of_ports(void **state)
{
    (void)state;
    struct flow f = begin(tcp(9, 8080, 3, 50000, TCP_ACK));
    assert_client(&f, 3, CLIENT_BY_PORT);
}

static void test_echo_reply_is_an_answer(void **state)
{
    (void)state;
    struct packet p = packet_of(IP_ICMP, 9, 0, 3, 0);
    struct flow f = begin(p);
    assert_client(&f, 3, CLIENT_BY_PROTOCOL);
    p.icmp_type = 8;
    f = begin(p);
    assert_client(&f, 9, CLIENT_BY_FIRST_PACKET);
    p.proto = IP_ICMPV6;
    p.icmp_type = 129;
    f = begin(p);
    assert_client(&f, 3, CLIENT_BY_PROTOCOL);
}

static void test_protocol_overrules_port_and_first_packet_only(void **state)
{
    (void)state;
    struct flow f = begin(udp(3, 53, 9, 50000));
    flow_client_by_protocol(&f, !f.client_end);
    assert_client(&f, 3, CLIENT_BY_PROTOCOL);
    flow_client_by_protocol(&f, !f.client_end); /* the first word counts */
    assert_client(&f, 3, CLIENT_BY_PROTOCOL);
    f = begin(from_client(TCP_SYN));
    flow_client_by_protocol(&f, !f.client_end);
    assert_client(&f, CLIENT, CLIENT_BY_SYN);
    f = begin(from_server(TCP_SYN | TCP_ACK));
    flow_client_by_protocol(&f, !f.client_end);
    assert_client(&f, CLIENT, CLIENT_BY_SYN_ACK);
}

/* ---------------------------------------------------------------- the rest */

static void test_counters_are_kept_by_end(void **state)
{
    (void)state;
    struct packet p = udp(9, 50000, 3, 53);
    struct flow f = begin(p);
    int end = f.client_end;
    p.wire_len = 250;
    see(&f, p);
    see(&f, back(p, 0));
    assert_int_equal(f.packets[end], 2);
    assert_int_equal(f.bytes[end], 350);
    assert_int_equal(f.packets[!end], 1);
    assert_int_equal(f.bytes[!end], 250);
}

static void test_packet_counter_stops_at_its_top(void **state)
{
    (void)state;
    struct flow f = begin(udp(9, 50000, 3, 53));
    f.packets[f.client_end] = UINT32_MAX;
    see(&f, udp(9, 50000, 3, 53));
    assert_int_equal(f.packets[f.client_end], UINT32_MAX);
}

static void test_last_time_never_moves_back(void **state)
{
    (void)state;
    struct packet p = udp(9, 50000, 3, 53);
    struct flow f = begin(at(NOON, p));
    see(&f, at(NOON + 5, p));
    see(&f, at(NOON - 100, p));
    assert_int_equal(f.start_ns, NOON);
    assert_int_equal(f.last_ns, NOON + 5);
}

static void test_datagrams_are_established_by_an_answer(void **state)
{
    (void)state;
    struct packet p = udp(9, 50000, 3, 53);
    struct flow f = begin(p);
    see(&f, p);
    assert_int_equal(f.state, FLOW_NEW);
    assert_true(f.marks & MARK_ONE_SIDED);
    see(&f, back(p, 0));
    assert_int_equal(f.state, FLOW_ESTABLISHED);
    assert_false(f.marks & MARK_ONE_SIDED);
}

static void test_icmp_types_of_both_sides_are_kept(void **state)
{
    (void)state;
    struct packet p = packet_of(IP_ICMP, 9, 0, 3, 0), reply = back(p, 0);
    p.icmp_type = 8;
    p.icmp_code = 1;
    reply.icmp_type = 3;
    reply.icmp_code = 2;
    struct flow f = begin(p);
    see(&f, reply);
    reply.icmp_type = 11;
    see(&f, reply);
    assert_int_equal(f.icmp_type, 8);
    assert_int_equal(f.icmp_code, 1);
    assert_int_equal(f.reply_icmp_type, 3);
    assert_int_equal(f.reply_icmp_code, 2);
}

static void test_mac_addresses_follow_the_ends(void **state)
{
    (void)state;
    struct packet p = udp(9, 50000, 3, 53);
    p.has_mac = true;
    memset(p.src_mac, 0x11, 6);
    memset(p.dst_mac, 0x22, 6);
    struct flow f = begin(p);
    assert_true(f.marks & MARK_HAS_MAC);
    assert_int_equal(f.mac[f.client_end][0], 0x11);
    assert_int_equal(f.mac[!f.client_end][5], 0x22);
}

static void test_cut_packet_marks_the_flow(void **state)
{
    (void)state;
    struct packet p = udp(9, 50000, 3, 53);
    struct flow f = begin(p);
    assert_false(f.marks & MARK_TRUNCATED);
    p.truncated = true;
    see(&f, p);
    p.truncated = false;
    see(&f, p);
    assert_true(f.marks & MARK_TRUNCATED);
}

static void test_flags_are_kept_by_end(void **state)
{
    (void)state;
    struct flow f = open_connection();
    assert_int_equal(f.tcp_flags[f.client_end], TCP_SYN | TCP_ACK);
    see(&f, from_server(TCP_PSH | TCP_ACK));
    assert_int_equal(f.tcp_flags[!f.client_end], TCP_SYN | TCP_ACK | TCP_PSH);
}

static void test_id_is_51_bits_and_made_of_key_start_and_order(void **state)
{
    (void)state;
    struct packet p = udp(9, 50000, 3, 53), other = p;
    uint64_t id = begin(p).id;
    assert_true(id != 0 && id >> 51 == 0);
    assert_true(begin(p).id == id);
    assert_true(begin(at(NOON + 1, p)).id != id);
    other.number = 2; /* in another file: the same frame of the stream */
    assert_true(begin(other).id == id);
    other.order = 2;
    assert_true(begin(other).id != id);
    assert_true(begin(udp(9, 50001, 3, 53)).id != id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake_establishes),
        cmocka_unit_test(test_lost_syn_ack_does_not_matter),
        cmocka_unit_test(test_client_closes_first),
        cmocka_unit_test(test_server_closes_first),
        cmocka_unit_test(test_both_close_at_once),
        cmocka_unit_test(test_reset_closes),
        cmocka_unit_test(test_reset_alone_is_no_connection),
        cmocka_unit_test(test_mid_stream_is_established_when_both_spoke),
        cmocka_unit_test(test_tail_of_a_closing_connection_is_closed),
        cmocka_unit_test(test_no_flags_in_any_order_leave_the_states),
        cmocka_unit_test(test_syn_makes_the_client),
        cmocka_unit_test(test_syn_ack_comes_from_the_server),
        cmocka_unit_test(test_late_syn_overrules_and_is_no_mid_stream),
        cmocka_unit_test(test_repeated_syn_keeps_the_first_number),
        cmocka_unit_test(test_system_port_serves),
        cmocka_unit_test(test_reserved_port_serves_beside_an_ephemeral_one_only),
        cmocka_unit_test(test_nobody_serves_on_port_0),
        cmocka_unit_test(test_first_packet_decides_between_like_ports),
        cmocka_unit_test(test_mid_stream_tcp_goes_by_the_rank_of_ports),
        cmocka_unit_test(test_echo_reply_is_an_answer),
        cmocka_unit_test(test_protocol_overrules_port_and_first_packet_only),
        cmocka_unit_test(test_counters_are_kept_by_end),
        cmocka_unit_test(test_packet_counter_stops_at_its_top),
        cmocka_unit_test(test_last_time_never_moves_back),
        cmocka_unit_test(test_datagrams_are_established_by_an_answer),
        cmocka_unit_test(test_icmp_types_of_both_sides_are_kept),
        cmocka_unit_test(test_mac_addresses_follow_the_ends),
        cmocka_unit_test(test_cut_packet_marks_the_flow),
        cmocka_unit_test(test_flags_are_kept_by_end),
        cmocka_unit_test(test_id_is_51_bits_and_made_of_key_start_and_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
