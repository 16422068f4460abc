/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dissect.c - which protocol a flow speaks and what comes before it, over TCP and UDP; what a flow costs.
 */
#include "base/addr.h"
#include "flow_talk.h"

/* -------------------------------------------------------------- what goes before TLS */

static void test_starttls_in_smtp(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say_text(SERVER, "220 mx.example ESMTP\r\n");
    say_text(CLIENT, "EHLO c.example\r\n");
    assert_int_equal(watch.flow.app_proto, APP_SMTP);
    say_text(SERVER, "250-mx.example\r\n250 STARTTLS\r\n");
    say_text(CLIENT, "STARTTLS\r\n");
    say_text(SERVER, "220 go on\r\n");
    say_made(CLIENT, &hello);
    say_made(SERVER, &answer);
    assert_tls(APP_SMTP);
    assert_int_equal(watch.flow.app_proto, APP_TLS);
}

static void test_tls_inside_http_connect(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say_text(CLIENT, "CONNECT www.example.com:443 HTTP/1.1\r\nHost: www.example.com\r\n\r\n");
    assert_int_equal(watch.flow.app_proto, APP_HTTP);
    say_text(SERVER, "HTTP/1.1 200 Connection established\r\n\r\n");
    say_made(CLIENT, &hello);
    say_made(SERVER, &answer);
    const struct observation_http *h = watch_take(&watch, OBSERVE_HTTP);
    assert_true(watch_text_is(h, h->host, "www.example.com"));
    assert_tls(APP_HTTP);
}

static void test_hello_sent_before_the_proxy_answered(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say_text(CLIENT, "CONNECT www.example.com:443 HTTP/1.1\r\n\r\n");
    say_made(CLIENT, &hello);
    say_text(SERVER, "HTTP/1.1 200 OK\r\n\r\n");
    say_made(SERVER, &answer);
    assert_tls(APP_HTTP);
}

/* Bytes before the proxy's answer are lost, so it is read while the client's packets are at hand: both lanes begin anew. */
static void test_tunnel_found_while_the_other_end_speaks(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say_text(CLIENT, "CONNECT www.example.com:443 HTTP/1.1\r\n\r\n");
    next_seq[SERVER] += 25;
    say_text(SERVER, "HTTP/1.1 200 OK\r\n\r\n");
    say(CLIENT, hello.at, 3);
    for (int i = 0; i < 20; i++)
        acknowledge(CLIENT);
    assert_int_equal(watch_count(&watch, OBSERVE_HTTP), 1);
    say(CLIENT, hello.at + 3, hello.size - 3);
    say_made(SERVER, &answer);
    assert_tls(APP_HTTP);
}

/* A client that begins TLS unasked takes over from what the greeting promised; nothing of it stays behind. */
static void test_tls_in_answer_to_an_ftp_greeting(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say_text(SERVER, "220 FTP server ready\r\n");
    assert_int_equal(watch.flow.app_proto, APP_FTP);
    say_made(CLIENT, &hello);
    say_made(SERVER, &answer);
    assert_tls(APP_FTP);
}

static void test_tls_inside_socks5(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say(CLIENT, "\5\1\0", 3);
    say(SERVER, "\5\0", 2);
    say(CLIENT, "\5\1\0\1\xc0\0\2\1\1\xbb", 10);
    say(SERVER, "\5\0\0\1\0\0\0\0\0\0", 10);
    say_made(CLIENT, &hello);
    say_made(SERVER, &answer);
    assert_tls(APP_UNKNOWN);
}

static void test_proxy_protocol_in_the_same_segment(void **state)
{
    (void)state;
    static struct made both;
    make_hellos();
    both.size = 0;
    made_put(&both, "PROXY TCP4 192.0.2.1 198.51.100.2 1234 443\r\n", 44);
    made_put(&both, hello.at, hello.size);
    shake_hands();
    say(CLIENT, both.at, 1000);
    say(CLIENT, both.at + 1000, both.size - 1000);
    say_made(SERVER, &answer);
    assert_tls(APP_UNKNOWN);
}

static void test_hellos_in_one_segment_with_what_comes_first(void **state)
{
    static const struct {
        const char *client, *server;
        size_t client_size, server_size;
        uint8_t from;
    } talks[] = {
        {"STARTTLS\r\n", "220 go ahead\r\n", 10, 14, APP_SMTP},
        {"<starttls/>", "<proceed/>", 11, 10, APP_UNKNOWN},
        {"CONNECT a:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", 26, 19, APP_HTTP},
        {"\5\1\0\1\1\2\3\4\1\xbb", "\5\0\0\1\0\0\0\0\0\0", 10, 10, APP_UNKNOWN},
    };
    static struct made both;
    for (size_t i = 0; i < sizeof talks / sizeof talks[0]; i++) {
        tear_down(state);
        set_up_tcp(state);
        make_hellos();
        shake_hands();
        if (i == 0)
            say_text(SERVER, "220 mx ESMTP\r\n");
        if (i == 3)
            say(SERVER, "\1\0", 2); /* the password was right */
        both.size = 0;
        made_put(&both, talks[i].client, talks[i].client_size);
        made_put(&both, hello.at, hello.size);
        say_made(CLIENT, &both);
        both.size = 0;
        made_put(&both, talks[i].server, talks[i].server_size);
        made_put(&both, answer.at, answer.size);
        say_made(SERVER, &both);
        assert_tls(talks[i].from);
    }
}

static void test_postgresql_ssl_request(void **state)
{
    (void)state;
    make_hellos();
    shake_hands();
    say(CLIENT, "\0\0\0\x08\x04\xd2\x16\x2f", 8);
    say(SERVER, "S", 1);
    say_made(CLIENT, &hello);
    say_made(SERVER, &answer);
    assert_tls(APP_PGSQL);
}

/* ------------------------------------------------------------------ other protocols */

static void test_http_is_followed_over_several_transactions(void **state)
{
    (void)state;
    shake_hands();
    for (int i = 0; i < 3; i++) {
        say_text(CLIENT, "GET /a HTTP/1.1\r\nHost: h.example\r\n\r\n");
        say_text(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    }
    assert_int_equal(watch_count(&watch, OBSERVE_HTTP), 3);
    assert_int_equal(watch.flow.tx_count, 3);
    assert_int_equal(watch.flow.app_proto, APP_HTTP);
    assert_int_equal(counters().http, 1);
    assert_int_equal(counters().http_transactions, 3);
}

static const uint8_t dns_query[] = "\x12\x34\x01\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1";
static const uint8_t dns_response[] = "\x12\x34\x81\x80\0\1\0\1\0\0\0\0\3www\7example\3com\0\0\1\0\1"
                                      "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\7";
#define DNS_QUERY    dns_query, sizeof dns_query - 1
#define DNS_RESPONSE dns_response, sizeof dns_response - 1

/* "ET /" would be a request of its own. */
static void test_method_cut_in_a_connection_without_its_beginning(void **state)
{
    (void)state;
    say_text(CLIENT, "G");
    say_text(CLIENT, "ET /x HTTP/1.1\r\nHost: a.example\r\n\r\n");
    end_flow();
    assert_int_equal(watch_count(&watch, OBSERVE_HTTP), 1);
    const struct observation_http *o = watch_take(&watch, OBSERVE_HTTP);
    struct slice method = observation_text(&o->head, o->method);
    assert_int_equal(method.size, 3);
}

static void test_dns_over_tcp_cut_after_its_length(void **state)
{
    (void)state;
    uint8_t size[2] = {0, sizeof dns_query - 1};
    shake_hands();
    say(CLIENT, size, 2);
    say(CLIENT, DNS_QUERY);
    assert_int_equal(watch_count(&watch, OBSERVE_DNS), 1);
    assert_int_equal(watch.flow.app_proto, APP_DNS);
    assert_int_equal(counters().dns_tcp, 1);
    assert_int_equal(counters().dns_messages, 1);
}

static void test_unknown_protocol_is_let_go(void **state)
{
    (void)state;
    shake_hands();
    for (int i = 0; i < 40; i++) {
        say_text(CLIENT, "\x80 binary of some kind, quite long");
        say_text(SERVER, "\x90 more of it");
    }
    assert_let_go();
    assert_int_equal(watch.count, 0);
}

static void test_syn_alone_costs_nothing(void **state)
{
    (void)state;
    packet(CLIENT, TCP_SYN, 1, "", 0, 0);
    packet(CLIENT, TCP_ACK, 2, "", 0, 0);
    packet(SERVER, TCP_RST | TCP_ACK, 0, "", 0, 0);
    assert_null(watch.flow.dissection);
    assert_int_equal(counters().memory_bytes, 0);
}

static void test_answered_syns_cannot_take_all_memory(void **state)
{
    (void)state;
    tear_down(state);
    open_flow(IP_TCP, 20000);
    static struct watch others[64];
    struct packet answer_to_syn = {.proto = IP_TCP, .tcp_flags = TCP_SYN | TCP_ACK};
    for (int i = 0; i < 64; i++) {
        watch_open(&others[i], IP_TCP);
        dissect_packet(dissector, &others[i].flow, &answer_to_syn, SERVER, others[i].observer);
    }
    assert_true(counters().memory_bytes <= 10000 + 512);
    assert_int_equal(counters().stream_limited, 0);
    make_hellos();
    shake_hands();
    say(CLIENT, hello.at, 1400);
    say(CLIENT, hello.at + 1400, hello.size - 1400);
    say_made(SERVER, &answer);
    assert_tls(APP_UNKNOWN);
    for (int i = 0; i < 64; i++) {
        dissect_end(dissector, &others[i].flow, others[i].observer);
        watch_close(&others[i]);
    }
}

/* Half a request each, from senders whom nobody answers or who never go on: the oldest make way. */
static void flood_then_look(uint8_t marks)
{
    open_flow(IP_TCP, 60000);
    static struct watch others[200];
    char head[700] = "GET / HTTP/1.1\r\nX: ";
    memset(head + 19, 'a', sizeof head - 19);
    struct packet half = {.proto = IP_TCP, .tcp_flags = TCP_ACK, .tcp_seq = 1, .payload = {(const uint8_t *)head, sizeof head}};
    struct packet syn = {.proto = IP_TCP, .tcp_flags = TCP_SYN | TCP_ACK, .tcp_ack = 1};
    for (int i = 0; i < 200; i++) {
        watch_open(&others[i], IP_TCP);
        others[i].flow.marks = marks;
        dissect_packet(dissector, &others[i].flow, &syn, SERVER, others[i].observer);
        dissect_packet(dissector, &others[i].flow, &half, CLIENT, others[i].observer);
    }
    assert_true(counters().memory_bytes <= 60000);
    assert_true(counters().stream_limited > 0);
    make_hellos();
    shake_hands();
    say(CLIENT, hello.at, 1400);
    say(CLIENT, hello.at + 1400, hello.size - 1400);
    say_made(SERVER, &answer);
    assert_tls(APP_UNKNOWN);
    for (int i = 0; i < 200; i++) {
        dissect_end(dissector, &others[i].flow, others[i].observer);
        watch_close(&others[i]);
    }
}

static void test_flood_of_unanswered_flows_does_not_blind(void **state)
{
    tear_down(state);
    flood_then_look(MARK_ONE_SIDED);
}

static void test_flood_of_answered_flows_does_not_blind(void **state)
{
    tear_down(state);
    flood_then_look(0);
}

static void test_memory_bound_is_kept_and_counted(void **state)
{
    (void)state;
    tear_down(state);
    open_flow(IP_TCP, 1500);
    make_hellos();
    shake_hands();
    say(CLIENT, hello.at, 1400);
    say(CLIENT, hello.at + 1400, hello.size - 1400);
    say_made(SERVER, &answer);
    assert_true(counters().memory_bytes <= 1500);
    assert_true(counters().memory_refused > 0);
}

/* --------------------------------------------------------------------------- UDP */

static void test_dns_on_any_port(void **state)
{
    (void)state;
    set_ports(50000, 443, CLIENT);
    datagram(CLIENT, DNS_QUERY);
    set_ports(50000, 443, SERVER);
    datagram(SERVER, DNS_RESPONSE);
    assert_int_equal(watch_count(&watch, OBSERVE_DNS), 2);
    assert_int_equal(watch.flow.app_proto, APP_DNS);
    assert_int_equal(watch.flow.tx_count, 2);
    assert_null(watch.flow.dissection);
}

/* DSO (opcode 6) is DNS to port 53 only. */
static void test_odd_dns_on_its_own_port_alone(void **state)
{
    static const uint8_t dso[] = {0, 1, 0x30, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1};
    set_ports(50000, 4000, CLIENT);
    datagram(CLIENT, dso, sizeof dso);
    assert_int_equal(watch_count(&watch, OBSERVE_DNS), 0);
    tear_down(state);
    open_flow(IP_UDP, 0);
    set_ports(50000, 53, CLIENT);
    datagram(CLIENT, dso, sizeof dso);
    assert_int_equal(watch_count(&watch, OBSERVE_DNS), 1);
}

static void test_dns_response_alone_names_the_client(void **state)
{
    (void)state;
    watch.flow.client_source = 0;
    datagram(SERVER, DNS_RESPONSE);
    assert_int_equal(watch.flow.client_end, CLIENT);
    assert_int_equal(watch_count(&watch, OBSERVE_DNS), 1);
}

static void test_multicast_dns_is_not_reported(void **state)
{
    (void)state;
    set_ports(5353, 5353, CLIENT);
    datagram(CLIENT, DNS_QUERY);
    assert_int_equal(watch.count, 0);
    assert_int_equal(watch.flow.app_proto, APP_MDNS);
    assert_int_not_equal(watch.flow.dissect_done, BOTH_DONE); /* an announcement may follow */
    datagram(CLIENT, DNS_RESPONSE);
    assert_int_equal(watch_count(&watch, OBSERVE_DNS), 0);
    assert_true(watch_count(&watch, OBSERVE_DEVICE) > 0);
}

static void set_addresses(const char *client, const char *server)
{
    assert_true(addr_parse(client, &watch.packet.src));
    assert_true(addr_parse(server, &watch.packet.dst));
}

/* Whoever chooses his own port chooses it for a reason. */
static void test_port_of_multicast_dns_hides_no_question(void **state)
{
    static const struct {
        const char *client, *server;
        uint16_t from, to;
        size_t seen;
    } cases[] = {
        {"10.0.0.1", "8.8.8.8", 5353, 53, 1},
        {"10.0.0.1", "10.0.0.53", 5353, 53, 1},
        {"10.0.0.1", "10.0.0.53", 137, 53, 1},
        {"10.0.0.1", "8.8.8.8", 5355, 5300, 1},
        {"10.0.0.1", "208.67.222.222", 40000, 5353, 1},
        {"fd00::1", "2620:119:35::35", 40000, 5353, 1},
        {"10.0.0.1", "224.0.0.251", 5353, 5353, 0},
        {"203.0.113.1", "224.0.0.251", 40000, 5353, 0},
        {"fe80::1", "ff02::fb", 5353, 5353, 0},
        {"10.0.0.1", "192.168.7.7", 40000, 5353, 0},
        {"10.0.0.1", "255.255.255.255", 40000, 5355, 0},
        {"203.0.113.1", "203.0.113.2", 137, 137, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tear_down(state);
        open_flow(IP_UDP, 0);
        set_ports(cases[i].from, cases[i].to, CLIENT);
        set_addresses(cases[i].client, cases[i].server);
        datagram(CLIENT, DNS_QUERY);
        assert_int_equal(watch_count(&watch, OBSERVE_DNS), cases[i].seen);
    }
}

/* DTLS hello in one record, for a datagram. */
static void make_dtls_hello(void)
{
    static struct made body;
    static const uint16_t sni[] = {0, END};
    struct hello_plan p = {.version = 0xfefd, .ciphers = ciphers, .extensions = sni, .sni = "call.example"};
    body.size = hello.size = 0;
    made_client_hello(&body, &p, 1);
    made_put(&hello, "\x16\xfe\xfd\0\0\0\0\0\0\0\0", 11);
    made_number(&hello, (uint32_t)body.size + 12, 2);
    made_number(&hello, 1, 1);
    made_number(&hello, (uint32_t)body.size, 3);
    made_number(&hello, 0, 2);
    made_number(&hello, 0, 3);
    made_number(&hello, (uint32_t)body.size, 3);
    made_put(&hello, body.at, body.size);
}

static void test_dtls_after_stun_and_in_a_turn_channel(void **state)
{
    (void)state;
    static struct made channel;
    make_dtls_hello();
    datagram(CLIENT,
             "\0\1\0\0\x21\x12\xa4\x42"
             "0123456789ab",
             20);
    datagram(SERVER,
             "\1\1\0\0\x21\x12\xa4\x42"
             "0123456789ab",
             20);
    channel.size = 0;
    made_number(&channel, 0x4001, 2);
    made_number(&channel, (uint32_t)hello.size, 2);
    made_put(&channel, hello.at, hello.size);
    datagram(CLIENT, channel.at, channel.size);
    end_flow();
    const struct observation_tls *o = observed_tls();
    assert_true(o->is_dtls);
    assert_true(watch_text_is(o, o->sni, "call.example"));
    assert_int_equal(counters().dtls, 1);
    assert_int_equal(counters().tls_handshakes, 1);
}

static void test_unknown_datagrams_are_let_go(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++) {
        datagram(CLIENT, "\x80\x60 some media", 14);
        datagram(SERVER, "\x80\x60 some media", 14);
    }
    assert_int_equal(watch.flow.dissect_done, BOTH_DONE);
    assert_int_equal(watch.count, 0);
    assert_null(watch.flow.dissection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TCP_TEST(test_starttls_in_smtp),
        TCP_TEST(test_tls_inside_http_connect),
        TCP_TEST(test_hello_sent_before_the_proxy_answered),
        TCP_TEST(test_tunnel_found_while_the_other_end_speaks),
        TCP_TEST(test_tls_in_answer_to_an_ftp_greeting),
        TCP_TEST(test_tls_inside_socks5),
        TCP_TEST(test_proxy_protocol_in_the_same_segment),
        TCP_TEST(test_hellos_in_one_segment_with_what_comes_first),
        TCP_TEST(test_postgresql_ssl_request),
        TCP_TEST(test_http_is_followed_over_several_transactions),
        TCP_TEST(test_method_cut_in_a_connection_without_its_beginning),
        TCP_TEST(test_dns_over_tcp_cut_after_its_length),
        TCP_TEST(test_unknown_protocol_is_let_go),
        TCP_TEST(test_syn_alone_costs_nothing),
        TCP_TEST(test_answered_syns_cannot_take_all_memory),
        TCP_TEST(test_flood_of_unanswered_flows_does_not_blind),
        TCP_TEST(test_flood_of_answered_flows_does_not_blind),
        TCP_TEST(test_memory_bound_is_kept_and_counted),
        UDP_TEST(test_dns_on_any_port),
        UDP_TEST(test_odd_dns_on_its_own_port_alone),
        UDP_TEST(test_dns_response_alone_names_the_client),
        UDP_TEST(test_multicast_dns_is_not_reported),
        UDP_TEST(test_port_of_multicast_dns_hides_no_question),
        UDP_TEST(test_dtls_after_stun_and_in_a_turn_channel),
        UDP_TEST(test_unknown_datagrams_are_let_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
