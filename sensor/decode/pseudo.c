/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pseudo.c - headers that were never on a wire: what capture tools and kernels write before a frame.
 *
 * Cooked captures, loopback, netfilter's and pf's logs, the radio headers of 802.11, PPI. Many are in the byte order of the
 * machine that wrote them. Source: www.tcpdump.org/linktypes.html, www.radiotap.org.
 */
#include "decode/layers.h"

#define SLL_SIZE  16
#define SLL2_SIZE 20

static uint32_t read_u16_le(const uint8_t *p)
{
    return (uint32_t)p[1] << 8 | p[0];
}

static uint32_t read_u32_le(const uint8_t *p)
{
    return read_u16_le(p + 2) << 16 | read_u16_le(p);
}

/* The cooked headers hold at most the sender's address, so has_mac stays false. */
static enum decode_outcome take_cooked(struct cursor *c, struct packet *p, size_t size, size_t type_at, enum link_kind *next)
{
    const uint8_t *header = cursor_take(c, size);
    if (!header)
        return UNDECODED_LINK_SHORT;
    p->ether_type = read_u16(header + type_at);
    *next = LINK_ETHER_TYPE;
    return DECODED;
}

/* The families for IPv6 differ between systems (10 Linux, 24 NetBSD and OpenBSD, 28 FreeBSD, 30 macOS). */
static enum decode_outcome follow_family(uint32_t family, struct packet *p, enum link_kind *next)
{
    *next = LINK_IP;
    if (family == 2)
        p->ip_version = 4;
    else if (family == 10 || family == 24 || family == 28 || family == 30)
        p->ip_version = 6;
    else
        return UNDECODED_ETHER_TYPE;
    return DECODED;
}

/* Four bytes of address family: network order with DLT_LOOP, with DLT_NULL the order of the machine that captured. */
static enum decode_outcome take_family(struct cursor *c, struct packet *p, enum link_kind *next)
{
    uint32_t family;
    if (!cursor_u32(c, &family))
        return UNDECODED_LINK_SHORT;
    if (family > 0xffff)
        family = __builtin_bswap32(family);
    return follow_family(family, p, next);
}

/* IPsec's interface on BSD: family, security parameters, flags. */
static enum decode_outcome take_enc(struct cursor *c, struct packet *p, enum link_kind *next)
{
    enum decode_outcome outcome = take_family(c, p, next);
    if (outcome != DECODED)
        return outcome;
    return cursor_skip(c, 8) ? DECODED : UNDECODED_LINK_SHORT;
}

/* pf's log: its length without padding, the family, much else. */
static enum decode_outcome take_pflog(struct cursor *c, struct packet *p, enum link_kind *next)
{
    const uint8_t *header = cursor_left(c) >= 2 ? c->at : NULL;
    if (!header || !cursor_skip(c, (header[0] + 3u) & ~3u))
        return UNDECODED_LINK_SHORT;
    return follow_family(header[1], p, next);
}

/* Netfilter's log: a family, then attributes in the writer's byte order; the packet is attribute 9 and may be cut. */
static enum decode_outcome take_nflog(struct cursor *c, struct packet *p, enum link_kind *next)
{
    const uint8_t *header = cursor_take(c, 4), *attribute;
    if (!header)
        return UNDECODED_LINK_SHORT;
    while ((attribute = cursor_take(c, 4)) != NULL) {
        bool little = read_u16_le(attribute) >= 4 && read_u16_le(attribute) <= cursor_left(c) + 4;
        uint32_t size = little ? read_u16_le(attribute) : read_u16(attribute);
        uint32_t type = little ? read_u16_le(attribute + 2) : read_u16(attribute + 2);
        if ((type & 0x7fff) == 9)
            return follow_family(header[0], p, next);
        if (size < 4 || !cursor_skip(c, (size - 4 + 3u) & ~3u))
            break;
    }
    return UNDECODED_LINK_SHORT;
}

static enum decode_outcome take_ppi(struct cursor *c, enum link_kind *next)
{
    const uint8_t *header = cursor_left(c) >= 8 ? c->at : NULL;
    if (!header || read_u16_le(header + 2) < 8 || !cursor_skip(c, read_u16_le(header + 2)))
        return UNDECODED_LINK_SHORT;
    uint32_t link_type = read_u32_le(header + 4);
    *next = link_type <= 0xffff ? link_kind((int)link_type) : LINK_UNKNOWN;
    return DECODED;
}

/* Of all fields of a radiotap header one bit matters: whether the 802.11 header is padded. */
static bool is_padded(const uint8_t *header, size_t size)
{
    size_t at = 4;
    while (at + 4 <= size && (read_u32_le(header + at) & UINT32_C(0x80000000))) /* more words of presence bits */
        at += 4;
    at += 4;
    if (read_u32_le(header + 4) & 1) /* a time stamp comes first, aligned */
        at = ((at + 7) & ~(size_t)7) + 8;
    return (read_u32_le(header + 4) & 2) && at < size && (header[at] & 0x20);
}

static enum decode_outcome take_radiotap(struct cursor *c, enum link_kind *next)
{
    const uint8_t *header = cursor_left(c) >= 8 ? c->at : NULL;
    size_t size = header ? read_u16_le(header + 2) : 0;
    if (size < 8 || !cursor_skip(c, size))
        return UNDECODED_LINK_SHORT;
    *next = is_padded(header, size) ? LINK_WIFI_PADDED : LINK_WIFI;
    return DECODED;
}

/* AVS has a magic number and is big endian; Prism's is a message of the driver with its length, in the host's order. */
static enum decode_outcome take_prism(struct cursor *c, enum link_kind *next)
{
    const uint8_t *header = cursor_left(c) >= 8 ? c->at : NULL;
    if (!header)
        return UNDECODED_LINK_SHORT;
    bool is_avs = read_u32(header) >> 4 == 0x8021100;
    uint32_t size = read_u32_le(header + 4);
    if (is_avs || size > 0xffff)
        size = read_u32(header + 4);
    *next = LINK_WIFI;
    return size >= 8 && cursor_skip(c, size) ? DECODED : UNDECODED_LINK_SHORT;
}

/* `kept` is of no use; `then` follows. */
static enum decode_outcome skip(struct cursor *c, size_t kept, enum link_kind then, enum link_kind *next)
{
    *next = then;
    return cursor_skip(c, kept) ? DECODED : UNDECODED_LINK_SHORT;
}

enum decode_outcome pseudo_take(struct cursor *c, struct packet *p, enum link_kind *next)
{
    switch (*next) {
    case LINK_SLL: return take_cooked(c, p, SLL_SIZE, 14, next);
    case LINK_SLL2: return take_cooked(c, p, SLL2_SIZE, 0, next);
    case LINK_LOOPBACK: return take_family(c, p, next);
    case LINK_PPP_DIRECTED: return skip(c, 1, LINK_PPP, next);
    case LINK_PPP_DAEMON: return skip(c, 2, LINK_PPP_BARE, next);
    case LINK_NFLOG: return take_nflog(c, p, next);
    case LINK_PFLOG: return take_pflog(c, p, next);
    case LINK_ENC: return take_enc(c, p, next);
    case LINK_PPI: return take_ppi(c, next);
    case LINK_RADIOTAP: return take_radiotap(c, next);
    case LINK_PRISM: return take_prism(c, next);
    default: return UNDECODED_LINK_TYPE;
    }
}
