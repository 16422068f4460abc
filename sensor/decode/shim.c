/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim.c - what carriers put between the link header and IP: MPLS labels, PPPoE, PPP, Cisco HDLC, MACsec, NSH.
 *
 * MPLS does not say what follows the last label. By custom a first nibble of 4 or 6 is IP and anything else a pseudowire
 * with an Ethernet frame, with or without a control word; as an address may begin with any nibble, both sides have to look
 * right. Sources: RFC 3032, 4385, 4448 (MPLS), 2516 (PPPoE), 1661, 1662, 1990, 3518 (PPP), 8300 (NSH); IEEE 802.1AE (MACsec).
 */
#include "decode/layers.h"

#define LABELS_MAX     16
#define MPLS_IPV4_NULL 0
#define MPLS_IPV6_NULL 2

static void set_ip(int version, struct packet *p, enum link_kind *next)
{
    *next = version == 4 ? LINK_IPV4 : LINK_IPV6;
    p->ether_type = version == 4 ? ETHER_IPV4 : ETHER_IPV6;
}

/* --------------------------------------------------------------------- MPLS */

/* Does an Ethernet frame with something usual in it begin `skip` bytes ahead? */
static bool is_ethernet_at(struct cursor c, size_t skip)
{
    uint16_t type;
    if (!cursor_skip(&c, skip + 12) || !cursor_u16(&c, &type))
        return false;
    return type == ETHER_IPV4 || type == ETHER_IPV6 || type == ETHER_ARP || type == 0x8100 || type == 0x88a8 ||
           type == ETHER_MPLS || type == 0x8864;
}

/* The header's checksum, which routers keep right (RFC 1071); a header cut by the snap length passes. */
static bool is_ipv4(struct cursor c)
{
    const uint8_t *ip = cursor_left(&c) > 0 ? c.at : NULL;
    size_t size = ip ? (ip[0] & 0x0fu) * 4u : 0;
    if (size < 20 || ip[0] >> 4 != 4)
        return false;
    if (!cursor_skip(&c, size))
        return true;
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i += 2)
        sum += read_u16(ip + i);
    sum = (sum & 0xffff) + (sum >> 16);
    return ((sum & 0xffff) + (sum >> 16)) == 0xffff;
}

static void guess_payload(struct cursor *c, struct packet *p, enum link_kind *next)
{
    uint8_t nibble = cursor_left(c) > 0 ? c->at[0] >> 4 : 0;
    bool is_frame = is_ethernet_at(*c, 0);
    *next = LINK_ETHERNET;
    if (nibble == 4 && (!is_frame || is_ipv4(*c)))
        set_ip(4, p, next);
    else if (nibble == 6 && !is_frame)
        set_ip(6, p, next);
    else if (nibble == 0 && (!is_frame || is_ethernet_at(*c, 4)))
        cursor_skip(c, 4); /* the control word */
}

enum decode_outcome mpls_take(struct cursor *c, struct packet *p, enum link_kind *next)
{
    uint32_t label = 0;
    p->layers |= 1u << LAYER_MPLS;
    for (unsigned i = 0; i < LABELS_MAX && !(label & 0x100); i++)
        if (!cursor_u32(c, &label))
            return UNDECODED_LINK_SHORT;
    if (!(label & 0x100)) /* bottom of stack */
        return UNDECODED_ETHER_TYPE;
    if (label >> 12 == MPLS_IPV4_NULL)
        set_ip(4, p, next);
    else if (label >> 12 == MPLS_IPV6_NULL)
        set_ip(6, p, next);
    else
        guess_payload(c, p, next);
    return DECODED;
}

/* ---------------------------------------------------------------------- PPP */

enum decode_outcome pppoe_take(struct cursor *c, struct packet *p, enum link_kind *next)
{
    const uint8_t *header = cursor_take(c, 6);
    p->layers |= 1u << LAYER_PPPOE;
    if (!header)
        return UNDECODED_LINK_SHORT;
    if (header[0] != 0x11 || header[1] != 0)
        return UNDECODED_ETHER_TYPE;
    uint16_t size = read_u16(header + 4);
    if (cursor_left(c) > size)
        c->end = c->at + size;
    *next = LINK_PPP_BARE;
    return DECODED;
}

/* Serial lines carry PPP or Cisco's HDLC, which the address byte tells. */
static bool take_hdlc(struct cursor *c, struct packet *p)
{
    struct cursor ahead = *c;
    const uint8_t *header = cursor_take(&ahead, 4);
    if (!header || (header[0] != 0x0f && header[0] != 0x8f) || header[1] != 0)
        return false;
    p->layers |= 1u << LAYER_CISCO_HDLC;
    p->ether_type = read_u16(header + 2);
    *c = ahead;
    return true;
}

static void take_address_and_control(struct cursor *c)
{
    if (cursor_left(c) >= 2 && c->at[0] == 0xff && c->at[1] == 0x03)
        c->at += 2;
}

/* One byte when it is odd: the protocol field may be compressed (RFC 1661 6.5). */
static bool take_protocol(struct cursor *c, uint16_t *protocol)
{
    uint8_t first;
    if (cursor_left(c) > 0 && (c->at[0] & 1) && cursor_u8(c, &first)) {
        *protocol = first;
        return true;
    }
    return cursor_u16(c, protocol);
}

/* A packet split over several links is only read when it is whole (RFC 1990 3, long sequence numbers). */
static enum decode_outcome take_multilink(struct cursor *c, enum link_kind *next)
{
    const uint8_t *header = cursor_take(c, 4);
    *next = LINK_PPP_BARE;
    if (!header)
        return UNDECODED_LINK_SHORT;
    return (header[0] & 0xc0) == 0xc0 ? DECODED : UNDECODED_ETHER_TYPE;
}

/* Flags and the kind of frame, 1 for Ethernet (RFC 3518 4.2). */
static enum decode_outcome take_bridged(struct cursor *c, enum link_kind *next)
{
    const uint8_t *header = cursor_take(c, 2);
    *next = LINK_ETHERNET;
    if (!header)
        return UNDECODED_LINK_SHORT;
    return header[1] == 1 ? DECODED : UNDECODED_ETHER_TYPE;
}

static enum decode_outcome follow_protocol(uint16_t protocol, struct cursor *c, struct packet *p, enum link_kind *next)
{
    switch (protocol) {
    case 0x0021: set_ip(4, p, next); return DECODED;
    case 0x0057: set_ip(6, p, next); return DECODED;
    case 0x0281:
    case 0x0283: *next = LINK_MPLS; return DECODED;
    case 0x003d: return take_multilink(c, next);
    case 0x0031: return take_bridged(c, next);
    default: return UNDECODED_ETHER_TYPE;
    }
}

enum decode_outcome ppp_take(struct cursor *c, struct packet *p, enum link_kind *next)
{
    uint16_t protocol;
    if (*next == LINK_PPP) {
        if (take_hdlc(c, p)) {
            *next = LINK_ETHER_TYPE;
            return DECODED;
        }
        take_address_and_control(c);
    }
    p->layers |= 1u << LAYER_PPP;
    if (!take_protocol(c, &protocol))
        return UNDECODED_LINK_SHORT;
    return follow_protocol(protocol, c, p, next);
}

/* ------------------------------------------------------------------- MACsec */

/* Flags, short length, packet number, perhaps a channel's id. What follows is an EtherType in clear, or nothing for us; the
 * signature behind it falls to the length rules of IP. */
enum decode_outcome macsec_take(struct cursor *c, struct packet *p, enum link_kind *next)
{
    const uint8_t *tag = cursor_take(c, 6);
    if (!tag || ((tag[0] & 0x20) && !cursor_skip(c, 8)))
        return UNDECODED_LINK_SHORT;
    if (tag[0] & 0x8c) /* another version; encrypted; changed */
        return UNDECODED_MACSEC;
    p->layers |= 1u << LAYER_MACSEC;
    *next = LINK_ETHER_TYPE;
    return cursor_u16(c, &p->ether_type) ? DECODED : UNDECODED_LINK_SHORT;
}

/* ---------------------------------------------------------------------- NSH */

enum decode_outcome nsh_take(struct cursor *c, struct packet *p, enum link_kind *next)
{
    static const enum link_kind protocols[] = {LINK_UNKNOWN, LINK_IPV4, LINK_IPV6, LINK_ETHERNET, LINK_NSH, LINK_MPLS};
    struct cursor ahead = *c;
    const uint8_t *header = cursor_take(&ahead, 8);
    p->layers |= 1u << LAYER_NSH;
    if (!header)
        return UNDECODED_LINK_SHORT;
    size_t size = (header[1] & 0x3fu) * 4u;
    uint8_t protocol = header[3];
    if (header[0] >> 6 != 0 || size < 8 || protocol == 0 || protocol >= sizeof protocols / sizeof *protocols)
        return UNDECODED_ETHER_TYPE;
    *next = protocols[protocol];
    return cursor_skip(c, size) ? DECODED : UNDECODED_LINK_SHORT;
}
