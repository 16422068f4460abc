/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tunnel_udp.c - headers of tunnels over UDP: VXLAN, VXLAN-GPE, GENEVE, Teredo, GTP-U, CAPWAP, TZSP, L2TP.
 *
 * A port proves nothing, so every bit that the specification fixes is checked, and lengths must agree with the datagram's.
 * Sources: RFC 7348, draft-ietf-nvo3-vxlan-gpe, RFC 8926, 4380 (Teredo), 3GPP TS 29.281 (GTP-U), RFC 5415 (CAPWAP),
 * 2661, 3931 (L2TP); Wireshark's description of TZSP.
 */
#include "decode/layers.h"

/* The next protocol of VXLAN-GPE, and of NSH. */
static bool set_next_protocol(struct inside *in, uint8_t next)
{
    static const enum link_kind links[] = {LINK_UNKNOWN, LINK_IPV4, LINK_IPV6, LINK_ETHERNET, LINK_NSH, LINK_MPLS};
    if (next == 0 || next >= sizeof links / sizeof *links)
        return false;
    in->link = links[next];
    return true;
}

/* Flags: a network identifier is there, and perhaps a group policy. */
static bool take_vxlan(struct inside *in)
{
    const uint8_t *header = inside_take(in, 8);
    in->link = LINK_ETHERNET;
    return header && (header[0] & 0x7f) == 0x08 && header[7] == 0;
}

/* Version 0, no operations packet; without the bit for it the next protocol is Ethernet. */
static bool take_vxlan_gpe(struct inside *in)
{
    const uint8_t *header = inside_take(in, 8);
    if (!header || (header[0] & 0xf1) != 0)
        return false;
    if (header[0] & 0x04)
        return set_next_protocol(in, header[3]);
    in->link = LINK_ETHERNET;
    return header[0] & 0x08;
}

static bool take_geneve(struct inside *in)
{
    const uint8_t *header = inside_take(in, 8);
    if (!header || header[0] >> 6 != 0 || (header[1] & 0x80)) /* version, control */
        return false;
    in->link = LINK_ETHER_TYPE;
    in->ether_type = read_u16(header + 2);
    return inside_take(in, (header[0] & 0x3fu) * 4);
}

/* An authentication header and an origin may come first (RFC 4380 5.1.1). */
static bool take_teredo(struct inside *in)
{
    const uint8_t *at = in->at.at;
    if (cursor_left(&in->at) >= 4 && at[0] == 0 && at[1] == 1 && !inside_take(in, 4u + at[2] + at[3] + 9u))
        return false;
    at = in->at.at;
    if (cursor_left(&in->at) >= 8 && at[0] == 0 && at[1] == 0)
        inside_take(in, 8);
    in->link = LINK_IPV6;
    in->exact = true;
    return true;
}

/* Extension headers: length in words, contents, type of the next one in the last byte. */
static bool skip_gtp_extensions(struct inside *in, uint8_t type)
{
    for (unsigned i = 0; i < 16 && type; i++) {
        uint32_t size = cursor_left(&in->at) > 0 ? in->at.at[0] * 4u : 0;
        const uint8_t *extension = size ? inside_take(in, size) : NULL;
        if (!extension)
            return false;
        type = extension[size - 1];
    }
    return type == 0;
}

/* Version 1, a user's packet (message type 255); one of three flags brings four more bytes. */
static bool take_gtp(struct inside *in)
{
    const uint8_t *header = inside_take(in, 8);
    if (!header || (header[0] & 0xf8) != 0x30 || header[1] != 255 || read_u16(header + 2) != in->wire)
        return false;
    const uint8_t *optional = header[0] & 7 ? inside_take(in, 4) : NULL;
    if ((header[0] & 7) && !optional)
        return false;
    if ((header[0] & 4) && !skip_gtp_extensions(in, optional[3]))
        return false;
    in->link = LINK_IP;
    return true;
}

/* Version 0, and not DTLS; the header has its own length. Without the T bit the frame is Ethernet, with it the binding says what:
 * 1 is 802.11. */
static bool take_capwap(struct inside *in)
{
    const uint8_t *at = inside_take(in, 8);
    if (!at || at[0] != 0)
        return false;
    uint32_t size = (at[1] >> 3) * 4u;
    unsigned binding = at[2] >> 1 & 0x1f;
    bool is_native = at[2] & 1;
    if (size < 8 || (at[3] & 0x07) || (is_native && binding != 1)) /* reserved bits */
        return false;
    in->is_piece = at[3] & 0x80;
    in->piece_more = in->is_piece && !(at[3] & 0x40);
    in->piece_id = read_u16(at + 4);
    in->piece_at = read_u16(at + 6) & 0xfff8u;             /* in blocks of 8, the low bits are reserved */
    if ((at[3] & 0x08) || (!in->is_piece && in->piece_at)) /* keep-alive; a place without being a piece */
        return false;
    in->link = is_native ? LINK_WIFI_SWAPPED : LINK_ETHERNET;
    return inside_take(in, size - 8);
}

static bool skip_tzsp_tags(struct inside *in)
{
    for (unsigned i = 0; i < 64; i++) {
        const uint8_t *tag = inside_take(in, 1), *size;
        if (!tag || *tag == 1) /* the end */
            return tag;
        if (*tag != 0 && (!(size = inside_take(in, 1)) || !inside_take(in, *size)))
            return false;
    }
    return false;
}

/* Version 1, a received frame or one to be sent; what is inside has numbers of its own. */
static bool take_tzsp(struct inside *in)
{
    const uint8_t *header = inside_take(in, 4);
    if (!header || header[0] != 1 || header[1] > 1)
        return false;
    switch (read_u16(header + 2)) {
    case 1: in->link = LINK_ETHERNET; break;
    case 18: in->link = LINK_WIFI; break;
    case 119:
    case 127: in->link = LINK_PRISM; break;
    default: return false;
    }
    return skip_tzsp_tags(in);
}

/* --------------------------------------------------------------------- L2TP */

/* Neither the cookie nor the sublayer says whether it is there: the peers know. An EtherType tells where the frame begins. */
bool tunnel_open_l2tp3(struct inside *in)
{
    const uint8_t *session = inside_take(in, 4);
    if (!session || read_u32(session) == 0) /* a control message */
        return false;
    in->link = LINK_ETHERNET;
    in->by_port = true;
    for (uint32_t skip = 0; skip <= 12; skip += 4) {
        struct cursor ahead = in->at;
        const uint8_t *header = cursor_take(&ahead, skip + 14);
        uint16_t type = header ? read_u16(header + skip + 12) : 0;
        if (type == ETHER_IPV4 || type == ETHER_IPV6 || type == 0x8100 || type == 0x88a8)
            return inside_take(in, skip);
    }
    return false;
}

/* Version 2, a data message, reserved bits 0; length, sequence numbers and offset as the flags say. */
static bool take_l2tp2(struct inside *in, uint16_t flags)
{
    const uint8_t *length = flags & 0x4000 ? inside_take(in, 2) : NULL;
    if ((flags & 0x4000) && (!length || read_u16(length) != in->wire + 4))
        return false;
    if (!inside_take(in, 4)) /* tunnel and session */
        return false;
    if ((flags & 0x0800) && !inside_take(in, 4))
        return false;
    if (flags & 0x0200) {
        const uint8_t *offset = inside_take(in, 2);
        if (!offset || !inside_take(in, read_u16(offset)))
            return false;
    }
    in->link = LINK_PPP;
    return true;
}

static bool take_l2tp(struct inside *in)
{
    const uint8_t *header = inside_take(in, 2);
    if (!header || (header[0] & 0x80)) /* a control message */
        return false;
    uint16_t flags = read_u16(header);
    if ((flags & 0x34f0) == 0 && (flags & 0x0f) == 2)
        return take_l2tp2(in, flags);
    return flags == 3 && inside_take(in, 2) && tunnel_open_l2tp3(in);
}

bool tunnel_open_udp(enum tunnel_kind kind, struct inside *in)
{
    switch (kind) {
    case TUNNEL_VXLAN: return take_vxlan(in);
    case TUNNEL_VXLAN_GPE: return take_vxlan_gpe(in);
    case TUNNEL_GENEVE: return take_geneve(in);
    case TUNNEL_TEREDO: return take_teredo(in);
    case TUNNEL_GTP: return take_gtp(in);
    case TUNNEL_CAPWAP: return take_capwap(in);
    case TUNNEL_TZSP: return take_tzsp(in);
    case TUNNEL_L2TP: return take_l2tp(in);
    default: return false;
    }
}
