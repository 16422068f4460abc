/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow.c - what one packet does to its flow: counters, TCP state, and who is the client.
 *
 * The TCP machine follows Suricata's states, because EVE shows them: they are the server's view, so CLOSE_WAIT means that the
 * client closed first and FIN_WAIT that the server did (RFC 9293 3.3.2). Sequence numbers are not checked here: a passive
 * sensor loses packets, and a wrong state costs a shorter time-out at worst.
 */
#include "flow/flow.h"

#include <string.h>

_Static_assert(sizeof(struct flow) == 192, "three cache lines");

#define FLOW_ID_MASK ((UINT64_C(1) << 51) - 1) /* EVE's flow_id must stay exact in a double */

enum icmp_reply { ICMP_ECHO_REPLY = 0, ICMPV6_ECHO_REPLY = 129 };

static uint64_t identity(const struct flow_key *key, const struct packet *packet)
{
    uint8_t bytes[sizeof *key + 16];
    memcpy(bytes, key, sizeof *key);
    memcpy(bytes + sizeof *key, &packet->time_ns, 8);
    memcpy(bytes + sizeof *key + 8, &packet->order, 8);
    uint64_t id = hash_bytes(hash_key_fixed, bytes, sizeof bytes) & FLOW_ID_MASK;
    return id ? id : 1;
}

void flow_begin(struct flow *f, const struct flow_key *key, const struct packet *packet)
{
    memset(f, 0, sizeof *f);
    f->key = *key;
    f->id = identity(key, packet);
    f->start_ns = f->last_ns = packet->time_ns;
    f->first_order = packet->order;
    f->interface = packet->interface;
}

/* ------------------------------------------------------------------ client */

/* Better evidence has the smaller number. */
static void decide_client(struct flow *f, int end, enum client_source source)
{
    if (f->client_source && f->client_source <= source)
        return;
    f->client_end = end ? 1 : 0;
    f->client_source = (unsigned)source & 0x7f;
}

void flow_client_by_protocol(struct flow *f, int end)
{
    decide_client(f, end, CLIENT_BY_PROTOCOL);
}

/* System, registered, ephemeral (RFC 6335 6, but from 32768: Linux picks from there). Nobody serves on port 0. */
static int port_rank(uint16_t port)
{
    return port == 0 ? 2 : port < 1024 ? 0 : port < 32768 ? 1 : 2;
}

/* From 512 to 1023 there are clients too: rresvport(3), which NFS uses to look trusted. Beside an ephemeral port it serves. */
static bool is_service(uint16_t port, uint16_t other)
{
    return port_rank(port) == 0 && (port < 512 || port_rank(other) == 2);
}

/* Datagrams: one port serves and the other does not. TCP, found in mid-stream: any difference of rank. */
static bool port_tells(const struct flow *f, int *server)
{
    const uint16_t *port = f->key.port;
    int rank0 = port_rank(port[0]), rank1 = port_rank(port[1]);
    *server = rank1 < rank0;
    return rank0 != rank1 && (f->key.proto == IP_TCP || is_service(port[*server], port[!*server]));
}

static bool is_echo_reply(const struct packet *p)
{
    return (p->proto == IP_ICMP && p->icmp_type == ICMP_ECHO_REPLY) || (p->proto == IP_ICMPV6 && p->icmp_type == ICMPV6_ECHO_REPLY);
}

/* The choice when no handshake tells. */
static void guess_client(struct flow *f, const struct packet *p, int end)
{
    int server;
    if (is_echo_reply(p))
        decide_client(f, !end, CLIENT_BY_PROTOCOL);
    else if (port_tells(f, &server))
        decide_client(f, !server, CLIENT_BY_PORT);
    else
        decide_client(f, end, CLIENT_BY_FIRST_PACKET);
}

/* --------------------------------------------------------------------- TCP */

/* Picked up in mid-stream: what both ends have said so far tells where it stands. */
static enum tcp_state join_midway(const struct flow *f)
{
    bool client_done = f->tcp_flags[f->client_end] & TCP_FIN, server_done = f->tcp_flags[!f->client_end] & TCP_FIN;
    if (client_done)
        return server_done ? TCP_STATE_LAST_ACK : TCP_STATE_CLOSE_WAIT;
    return server_done ? TCP_STATE_FIN_WAIT1 : TCP_STATE_ESTABLISHED;
}

static enum tcp_state after_nothing(const struct flow *f, uint8_t flags)
{
    if (flags & TCP_SYN)
        return flags & TCP_ACK ? TCP_STATE_SYN_RECV : TCP_STATE_SYN_SENT;
    return f->packets[0] && f->packets[1] && (flags & TCP_ACK) ? join_midway(f) : TCP_STATE_NONE;
}

static enum tcp_state after_syn(uint8_t flags, bool to_server)
{
    if (to_server)
        return TCP_STATE_SYN_SENT;
    if (flags & TCP_SYN)
        return TCP_STATE_SYN_RECV;
    return flags & TCP_ACK ? TCP_STATE_ESTABLISHED : TCP_STATE_SYN_SENT; /* the SYN-ACK was lost on us */
}

static enum tcp_state after_close_began(enum tcp_state now, uint8_t flags, bool to_server)
{
    bool fin = flags & TCP_FIN, ack = flags & TCP_ACK;
    switch (now) {
    case TCP_STATE_FIN_WAIT1:
        if (!to_server)
            return now;
        if (fin)
            return ack ? TCP_STATE_TIME_WAIT : TCP_STATE_CLOSING;
        return ack ? TCP_STATE_FIN_WAIT2 : now;
    case TCP_STATE_FIN_WAIT2: return fin && to_server ? TCP_STATE_TIME_WAIT : now;
    case TCP_STATE_CLOSING: return ack ? TCP_STATE_TIME_WAIT : now;
    case TCP_STATE_CLOSE_WAIT: return fin && !to_server ? TCP_STATE_LAST_ACK : now;
    case TCP_STATE_LAST_ACK: return ack && to_server ? TCP_STATE_CLOSED : now;
    case TCP_STATE_TIME_WAIT: return ack && !fin ? TCP_STATE_CLOSED : now;
    default: return now;
    }
}

static enum tcp_state tcp_after(const struct flow *f, uint8_t flags, bool to_server)
{
    enum tcp_state now = f->tcp_state;
    if (flags & TCP_RST)
        return now == TCP_STATE_NONE ? TCP_STATE_NONE : TCP_STATE_CLOSED;
    switch (now) {
    case TCP_STATE_NONE: return after_nothing(f, flags);
    case TCP_STATE_SYN_SENT: return after_syn(flags, to_server);
    case TCP_STATE_SYN_RECV:
    case TCP_STATE_ESTABLISHED:
        if (flags & TCP_FIN)
            return to_server ? TCP_STATE_CLOSE_WAIT : TCP_STATE_FIN_WAIT1;
        return to_server && (flags & TCP_ACK) && !(flags & TCP_SYN) ? TCP_STATE_ESTABLISHED : now;
    default: return after_close_began(now, flags, to_server);
    }
}

static enum flow_state flow_state_of(enum tcp_state s)
{
    switch (s) {
    case TCP_STATE_ESTABLISHED:
    case TCP_STATE_FIN_WAIT1:
    case TCP_STATE_FIN_WAIT2:
    case TCP_STATE_CLOSE_WAIT:
    case TCP_STATE_CLOSING: return FLOW_ESTABLISHED;
    case TCP_STATE_TIME_WAIT:
    case TCP_STATE_LAST_ACK:
    case TCP_STATE_CLOSED: return FLOW_CLOSED;
    default: return FLOW_NEW;
    }
}

static void see_syn(struct flow *f, const struct packet *p, int end)
{
    if (p->tcp_flags & TCP_ACK) {
        decide_client(f, !end, CLIENT_BY_SYN_ACK);
        return;
    }
    if (f->client_source != CLIENT_BY_SYN)
        f->tcp_isn = p->tcp_seq;
    decide_client(f, end, CLIENT_BY_SYN);
    if (f->tcp_state == TCP_STATE_NONE) /* it came late: captures from two taps are not in order */
        f->marks &= (uint8_t)~MARK_MIDSTREAM;
}

static void update_tcp(struct flow *f, const struct packet *p, int end)
{
    if ((p->tcp_flags & (TCP_SYN | TCP_RST)) == TCP_SYN)
        see_syn(f, p, end);
    f->tcp_flags[end] |= p->tcp_flags;
    f->tcp_state = (uint8_t)tcp_after(f, p->tcp_flags, flow_direction(f, end) == TO_SERVER);
    f->state = (uint8_t)flow_state_of(f->tcp_state);
}

/* ------------------------------------------------------------- every packet */

static void see_first(struct flow *f, const struct packet *p, int end)
{
    f->icmp_type = p->icmp_type;
    f->icmp_code = p->icmp_code;
    f->marks |= MARK_ONE_SIDED;
    if (p->proto == IP_TCP && !(p->tcp_flags & TCP_SYN))
        f->marks |= MARK_MIDSTREAM;
    if (p->has_mac) {
        f->marks |= MARK_HAS_MAC;
        memcpy(f->mac[end], p->src_mac, 6);
        memcpy(f->mac[!end], p->dst_mac, 6);
    }
}

/* This end had not spoken before, the other had. */
static void see_other_side(struct flow *f, const struct packet *p, int end)
{
    f->marks &= (uint8_t)~MARK_ONE_SIDED;
    if (flow_direction(f, end) == TO_CLIENT) {
        f->reply_icmp_type = p->icmp_type;
        f->reply_icmp_code = p->icmp_code;
    }
    if (p->proto != IP_TCP)
        f->state = FLOW_ESTABLISHED;
}

static void count(struct flow *f, const struct packet *p, int end)
{
    uint32_t frames = 1u + p->earlier_frames, room = UINT32_MAX - f->packets[end];
    f->bytes[end] += p->wire_len + (uint64_t)p->earlier_bytes;
    f->packets[end] += frames < room ? frames : room;
    if (p->time_ns > f->last_ns)
        f->last_ns = p->time_ns;
    if (p->truncated)
        f->marks |= MARK_TRUNCATED;
}

void flow_update(struct flow *f, const struct packet *packet, int end)
{
    bool first = !f->packets[0] && !f->packets[1], first_of_end = !f->packets[end];
    if (first)
        see_first(f, packet, end);
    count(f, packet, end);
    if (packet->proto == IP_TCP)
        update_tcp(f, packet, end);
    if (first)
        guess_client(f, packet, end); /* after TCP: a handshake, if any, has decided by now */
    else if (first_of_end)
        see_other_side(f, packet, end);
}
