/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checksum.c - the Internet checksum (RFC 1071) of a packet's headers and contents. A host that leaves it to its network card writes
 * what it likes, so a wrong one is a fact about the capture before it is one about the packet.
 */
#include "decode/layers.h"

#define IPV4_SIZE 20u
#define IPV6_SIZE 40u

/* Sums 16-bit words, in any byte order: a sum of swapped words is the swapped sum. */
static uint64_t add(uint64_t sum, const uint8_t *at, size_t size)
{
    for (; size >= 4; at += 4, size -= 4)
        sum += read_u32(at);
    if (size >= 2)
        sum += (uint32_t)read_u16(at) << 16;
    if (size % 2)
        sum += (uint32_t)at[size - 1] << (size >= 2 ? 8 : 24);
    return sum;
}

static bool is_right(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return sum == 0xffff;
}

/* Addresses, length and protocol, which TCP, UDP and ICMPv6 count in (RFC 9293 3.1, 8200 8.1). */
static uint64_t pseudo_header(const struct packet *p, uint32_t size)
{
    const uint8_t *ip = p->l3.at;
    uint64_t sum = (uint64_t)p->proto + size;
    return p->ip_version == 4 ? add(sum, ip + 12, 8) : add(sum, ip + 8, 32);
}

static enum checksum_state state(bool right)
{
    return right ? CHECKSUM_GOOD : CHECKSUM_BAD;
}

static enum checksum_state transport_state(const struct packet *p, const uint8_t *at, uint32_t size)
{
    switch (p->proto) {
    case IP_TCP:
    case IP_ICMPV6: return state(is_right(add(pseudo_header(p, size), at, size)));
    case IP_ICMP: return state(is_right(add(0, at, size)));
    case IP_UDP:
        if (read_u16(at + 6) == 0) /* none */
            return CHECKSUM_UNKNOWN;
        if (read_u16(at + 4) >= 8 && read_u16(at + 4) < size)
            size = read_u16(at + 4);
        return state(is_right(add(pseudo_header(p, size), at, size)));
    default: return CHECKSUM_UNKNOWN;
    }
}

enum checksum_state checksum_of(const struct packet *p)
{
    const uint8_t *ip = p->l3.at;
    uint32_t head = p->ip_version == 4 ? (ip[0] & 0x0fu) * 4u : IPV6_SIZE;
    if (p->truncated || p->reassembled || p->l3.size < p->l3_wire_len || p->l3.size <= head)
        return CHECKSUM_UNKNOWN;
    if (p->ip_version == 4 && !is_right(add(0, ip, head)))
        return CHECKSUM_BAD;
    bool direct = ip[p->ip_version == 4 ? 9 : 6] == p->proto;
    return direct ? transport_state(p, ip + head, (uint32_t)p->l3.size - head) : CHECKSUM_UNKNOWN;
}
