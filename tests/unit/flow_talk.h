/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_talk.h - for the tests of the dissector: one flow, packet by packet, with sequence numbers that count themselves.
 *
 * say() sends in order, packet() anything; hello and answer are a TLS 1.3 handshake whose first part needs two segments.
 */
#ifndef TESTS_FLOW_TALK_H
#define TESTS_FLOW_TALK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "dissect/dissect.h"
#include "tls_bytes.h"
#include "watch.h"

#define END       0xffff
#define BOTH_DONE 3
enum { CLIENT = 0, SERVER = 1 };

static struct watch watch;
static struct dissector *dissector;
static uint32_t next_seq[2]; /* of each end's next byte */
static struct made hello, answer;

static inline int open_flow(uint8_t proto, size_t memory_max)
{
    struct dissect_options options = {.memory_max = memory_max, .bodies_max = 64};
    struct error error;
    watch_open(&watch, proto);
    dissector = dissector_new(&options, &error);
    next_seq[CLIENT] = 0xfffffff0; /* wraps in the first packets */
    next_seq[SERVER] = 5000;
    return dissector ? 0 : -1;
}

static inline int set_up_tcp(void **state)
{
    (void)state;
    return open_flow(IP_TCP, 0);
}

static inline int set_up_udp(void **state)
{
    (void)state;
    return open_flow(IP_UDP, 0);
}

static inline struct dissect_counters counters(void)
{
    struct dissect_counters c;
    dissect_count(dissector, &c);
    return c;
}

static inline void end_flow(void)
{
    dissect_end(dissector, &watch.flow, watch.observer);
}

static inline int tear_down(void **state)
{
    (void)state;
    end_flow();
    assert_null(watch.flow.dissection);
    assert_int_equal(counters().memory_bytes, 0);
    dissector_free(dissector);
    watch_close(&watch);
    return 0;
}

/* ------------------------------------------------------------------- packets */

/* One packet from an exact copy; `wire` payload bytes of which `size` were captured. */
static inline void packet(int end, uint8_t flags, uint32_t seq, const void *bytes, size_t size, size_t wire)
{
    struct packet *p = &watch.packet;
    uint8_t *copy = watch_exact(bytes, size);
    p->number++;
    p->tcp_flags = flags;
    p->tcp_seq = seq;
    p->tcp_ack = next_seq[!end];
    p->payload = (struct slice){copy, size};
    p->payload_wire_len = (uint32_t)wire;
    p->truncated = wire > size;
    flow_update(&watch.flow, p, end);
    dissect_packet(dissector, &watch.flow, p, end, watch.observer);
    p->payload = (struct slice){NULL, 0};
    free(copy);
}

static inline void say(int end, const void *bytes, size_t size)
{
    packet(end, TCP_ACK | TCP_PSH, next_seq[end], bytes, size, size);
    next_seq[end] += (uint32_t)size;
}

static inline void say_text(int end, const char *text)
{
    say(end, text, strlen(text));
}

static inline void say_made(int end, const struct made *m)
{
    say(end, m->at, m->size);
}

static inline void acknowledge(int end)
{
    packet(end, TCP_ACK, next_seq[end], "", 0, 0);
}

static inline void shake_hands(void)
{
    packet(CLIENT, TCP_SYN, next_seq[CLIENT]++, "", 0, 0);
    packet(SERVER, TCP_SYN | TCP_ACK, next_seq[SERVER]++, "", 0, 0);
    acknowledge(CLIENT);
}

static inline void datagram(int end, const void *bytes, size_t size)
{
    packet(end, 0, 0, bytes, size, size);
}

static inline void set_ports(uint16_t client, uint16_t server, int end)
{
    watch.packet.src_port = end == CLIENT ? client : server;
    watch.packet.dst_port = end == CLIENT ? server : client;
}

/* ---------------------------------------------------------------- what is said */

static const uint16_t ciphers[] = {0x1301, 0xc02f, END}, names[] = {0, 16, 43, 21, END}, selected[] = {43, END};
static const uint16_t tls13[] = {0x0304, END};
static const struct hello_plan plan = {.version = 0x0303,
                                       .ciphers = ciphers,
                                       .extensions = names,
                                       .sni = "www.example.com",
                                       .alpns = "h2",
                                       .versions = tls13,
                                       .padding = 2000};
static const struct hello_plan server_plan = {.version = 0x0303, .ciphers = ciphers, .extensions = selected, .versions = tls13};

/* A TLS 1.3 handshake: a hello that needs two segments, and its answer. */
static inline void make_hellos(void)
{
    hello.size = answer.size = 0;
    size_t record = made_record(&hello, 22, 0x0301), message = made_message(&hello, 1);
    made_client_hello(&hello, &plan, 0);
    made_close(&hello, message, 3);
    made_close(&hello, record, 2);
    record = made_record(&answer, 22, 0x0303);
    message = made_message(&answer, 2);
    made_server_hello(&answer, &server_plan, NULL);
    made_close(&answer, message, 3);
    made_close(&answer, record, 2);
    made_put(&answer, "\x14\3\3\0\1\1\x17\3\3\0\4abcd", 15);
}

static inline const struct observation_tls *observed_tls(void)
{
    return watch_take(&watch, OBSERVE_TLS);
}

static inline const struct observation_tls *assert_tls(uint8_t from_proto)
{
    const struct observation_tls *o = observed_tls();
    assert_non_null(o);
    assert_true(o->client_seen && o->server_seen);
    assert_true(watch_text_is(o, o->sni, "www.example.com"));
    assert_int_equal(o->version, 0x0304);
    assert_int_equal(o->from_proto, from_proto);
    assert_int_equal(o->head.app_proto, APP_TLS);
    assert_int_equal(watch.flow.client_end, CLIENT);
    return o;
}

static inline void assert_let_go(void)
{
    assert_int_equal(watch.flow.dissect_done, BOTH_DONE);
    assert_null(watch.flow.dissection);
    assert_int_equal(counters().memory_bytes, 0);
}

#define TCP_TEST(f) cmocka_unit_test_setup_teardown(f, set_up_tcp, tear_down)
#define UDP_TEST(f) cmocka_unit_test_setup_teardown(f, set_up_udp, tear_down)

#endif
