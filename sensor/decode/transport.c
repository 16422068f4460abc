/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport.c - TCP, UDP, ICMP, ICMPv6 and SCTP headers: ports, flags, and where the payload begins.
 *
 * A header is short when the bytes end inside its fixed part; it is impossible when its own length contradicts itself or
 * the IP packet. TCP options cut by the snap length are neither: the payload is empty then.
 * Sources: RFC 9293 (TCP), RFC 768 (UDP), RFC 792, RFC 4443 (ICMP), RFC 9260 (SCTP).
 */
#include "decode/layers.h"

#define TCP_SIZE  20
#define UDP_SIZE  8
#define ICMP_SIZE 8
#define SCTP_SIZE 12

/* TCP, UDP and SCTP headers all begin with the two ports. */
static void take_ports(const uint8_t *header, struct packet *p)
{
    p->src_port = read_u16(header);
    p->dst_port = read_u16(header + 2);
}

static enum decode_outcome tcp_decode(struct cursor *c, struct packet *p)
{
    const uint8_t *tcp = cursor_take(c, TCP_SIZE);
    if (!tcp)
        return UNDECODED_TRANSPORT_SHORT;
    uint32_t header_size = (tcp[12] >> 4) * 4u;
    if (header_size < TCP_SIZE || header_size > p->payload_wire_len)
        return UNDECODED_TRANSPORT_HEADER;
    take_ports(tcp, p);
    p->tcp_seq = read_u32(tcp + 4);
    p->tcp_ack = read_u32(tcp + 8);
    p->tcp_flags = tcp[13];
    p->payload_wire_len -= header_size;
    if (!cursor_skip(c, header_size - TCP_SIZE))
        c->at = c->end;
    return DECODED;
}

/* Length 0 is a jumbogram (RFC 2675 4) or an offloaded datagram: it fills the IP packet. A length beyond the IP packet
 * is cut to the packet. */
static enum decode_outcome udp_decode(struct cursor *c, struct packet *p)
{
    const uint8_t *udp = cursor_take(c, UDP_SIZE);
    if (!udp)
        return UNDECODED_TRANSPORT_SHORT;
    uint32_t size = read_u16(udp + 4);
    if (size != 0 && size < UDP_SIZE)
        return UNDECODED_TRANSPORT_HEADER;
    take_ports(udp, p);
    if (size != 0 && size < p->payload_wire_len)
        p->payload_wire_len = size;
    p->payload_wire_len -= UDP_SIZE;
    if (cursor_left(c) > p->payload_wire_len)
        c->end = c->at + p->payload_wire_len;
    return DECODED;
}

static enum decode_outcome icmp_decode(struct cursor *c, struct packet *p)
{
    const uint8_t *icmp = cursor_take(c, ICMP_SIZE);
    if (!icmp)
        return UNDECODED_TRANSPORT_SHORT;
    p->icmp_type = icmp[0];
    p->icmp_code = icmp[1];
    p->payload_wire_len -= ICMP_SIZE;
    return DECODED;
}

static enum decode_outcome sctp_decode(struct cursor *c, struct packet *p)
{
    const uint8_t *sctp = cursor_take(c, SCTP_SIZE);
    if (!sctp)
        return UNDECODED_TRANSPORT_SHORT;
    take_ports(sctp, p);
    p->payload_wire_len -= SCTP_SIZE;
    return DECODED;
}

/* Each subtraction from payload_wire_len is safe: the bytes taken were there, and the cursor ends where the IP packet
 * does. */
enum decode_outcome transport_decode(struct cursor *c, struct packet *p)
{
    switch (p->proto) {
    case IP_TCP: return tcp_decode(c, p);
    case IP_UDP: return udp_decode(c, p);
    case IP_ICMP:
    case IP_ICMPV6: return icmp_decode(c, p);
    case IP_SCTP: return sctp_decode(c, p);
    default: return DECODED;
    }
}

bool transport_is_known(uint8_t proto)
{
    static const uint8_t others[] = {2, 4, 41, IP_GRE, IP_ESP, 51, 88, 89, 97, 103, 112, 115, 136, 137}; /* IGMP to MPLS */
    if (proto == IP_TCP || proto == IP_UDP || proto == IP_ICMP || proto == IP_ICMPV6 || proto == IP_SCTP)
        return true;
    for (size_t i = 0; i < sizeof others; i++)
        if (others[i] == proto)
            return true;
    return false;
}
