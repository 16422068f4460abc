/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.c - from a frame's first byte to IP: the walk over whatever stands before it, and Ethernet with its tags.
 *
 * Each header says what comes next, so any order and any nesting is followed, by a loop with a bound. Anything but IP at the
 * end is an outcome of its own. The other headers of the walk are in shim.c, wifi.c and pseudo.c.
 * Sources: IEEE 802.3, 802.1Q, 802.1ad, 802.1ah, 802.1BR; RFC 1042 (SNAP); www.tcpdump.org/linktypes.html.
 */
#include <string.h>

#include <pcap/dlt.h>

#include "decode/layers.h"

#define ETHER_SIZE       14
#define ETHER_TYPE_LEAST 0x0600 /* smaller values are a length (IEEE 802.3 3.2.6) */
#define SNAP_SIZE        8
#define WALK_MAX         32 /* headers; nobody stacks more than a few */

enum link_kind link_kind(int link_type)
{
    switch (link_type) {
    case DLT_EN10MB: return LINK_ETHERNET;
    case 12: /* DLT_RAW here, */
    case 14: /* on OpenBSD, */
    case 101: /* and as the number written to files */ return LINK_IP;
    case DLT_IPV4: return LINK_IPV4;
    case DLT_IPV6: return LINK_IPV6;
    case DLT_LINUX_SLL: return LINK_SLL;
    case 276: /* DLT_LINUX_SLL2, since libpcap 1.10 */ return LINK_SLL2;
    case DLT_NULL:
    case DLT_LOOP: return LINK_LOOPBACK;
    case DLT_PPP:
    case DLT_PPP_SERIAL:
    case DLT_C_HDLC: return LINK_PPP;
    case DLT_PPP_WITH_DIR:
    case DLT_C_HDLC_WITH_DIR: return LINK_PPP_DIRECTED;
    case DLT_PPP_PPPD: return LINK_PPP_DAEMON;
    case DLT_PPP_ETHER: return LINK_PPPOE;
    case DLT_MPLS: return LINK_MPLS;
    case DLT_IEEE802_11: return LINK_WIFI;
    case DLT_IEEE802_11_RADIO: return LINK_RADIOTAP;
    case DLT_PRISM_HEADER:
    case DLT_IEEE802_11_RADIO_AVS: return LINK_PRISM;
    case DLT_PPI: return LINK_PPI;
    case DLT_NFLOG: return LINK_NFLOG;
    case DLT_PFLOG: return LINK_PFLOG;
    case DLT_ENC: return LINK_ENC;
    default: return LINK_UNKNOWN;
    }
}

/* ---------------------------------------------------------------- EtherType */

static enum decode_outcome take_vlan_tag(struct cursor *c, struct packet *p)
{
    const uint8_t *tag = cursor_take(c, 4);
    if (!tag)
        return UNDECODED_VLAN_SHORT;
    if (p->vlan_count < 3)
        p->vlan[p->vlan_count++] = (uint16_t)(read_u16(tag) & 0x0fff);
    p->ether_type = read_u16(tag + 2);
    return DECODED;
}

/* Tags that say nothing to us: so many bytes, then an EtherType (ETHER), or a frame from its addresses on (FRAME). */
struct tag {
    uint16_t type;
    uint8_t size;
    uint8_t next; /* enum link_kind */
    uint8_t layer;
};

static const struct tag *find_tag(uint16_t type)
{
    static const struct tag tags[] = {
        {0x8926, 4, LINK_ETHER_TYPE, LAYER_VNTAG},         {0x893f, 6, LINK_ETHER_TYPE, LAYER_ETAG},
        {0x892f, 4, LINK_ETHER_TYPE, LAYER_HSR},           {0x8909, 6, LINK_ETHER_TYPE, LAYER_CISCO_METADATA},
        {0x88e7, 4, LINK_ETHERNET, LAYER_BACKBONE_BRIDGE}, {0x8903, 2, LINK_ETHERNET, LAYER_FABRICPATH},
    };
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (tags[i].type == type)
            return &tags[i];
    return NULL;
}

static enum decode_outcome take_tag(const struct tag *tag, struct cursor *c, struct packet *p, enum link_kind *next)
{
    *next = (enum link_kind)tag->next;
    p->layers |= 1u << tag->layer;
    if (!cursor_skip(c, tag->size))
        return UNDECODED_LINK_SHORT;
    if (*next == LINK_ETHER_TYPE && !cursor_u16(c, &p->ether_type))
        return UNDECODED_LINK_SHORT;
    return DECODED;
}

/* The organisation codes of RFC 1042 and of IEEE 802.1H, both followed by an EtherType. */
bool snap_take(struct cursor *c, struct packet *p)
{
    static const uint8_t snap[5] = {0xaa, 0xaa, 0x03, 0, 0};
    struct cursor ahead = *c;
    const uint8_t *llc = cursor_take(&ahead, SNAP_SIZE);
    if (!llc || memcmp(llc, snap, sizeof snap) != 0 || (llc[5] != 0 && llc[5] != 0xf8))
        return false;
    p->ether_type = read_u16(llc + 6);
    *c = ahead;
    return true;
}

/* What is neither IP nor a VLAN tag. */
static enum decode_outcome follow_rare_type(struct cursor *c, struct packet *p, enum link_kind *next)
{
    const struct tag *tag = find_tag(p->ether_type);
    if (tag)
        return take_tag(tag, c, p, next);
    switch (p->ether_type) {
    case ETHER_MPLS:
    case 0x8848: /* multicast */ *next = LINK_MPLS; return DECODED;
    case 0x8864: /* session stage; 0x8863, the discovery, carries no IP */ *next = LINK_PPPOE; return DECODED;
    case ETHER_PPP: *next = LINK_PPP; return DECODED;
    case 0x894f: *next = LINK_NSH; return DECODED;
    case 0x88e5: *next = LINK_MACSEC; return DECODED;
    case ETHER_BRIDGING: *next = LINK_ETHERNET; return DECODED;
    default: /* a length: the EtherType is in the SNAP header, if there is one */
        return p->ether_type < ETHER_TYPE_LEAST && snap_take(c, p) ? DECODED : UNDECODED_ETHER_TYPE;
    }
}

static inline enum decode_outcome follow_ether_type(struct cursor *c, struct packet *p, enum link_kind *next)
{
    *next = LINK_IP;
    if (p->ether_type == ETHER_IPV4) {
        p->ip_version = 4;
        return DECODED;
    }
    if (p->ether_type == ETHER_IPV6) {
        p->ip_version = 6;
        return DECODED;
    }
    *next = LINK_ETHER_TYPE;
    return is_vlan_tag(p->ether_type) ? take_vlan_tag(c, p) : follow_rare_type(c, p, next);
}

/* --------------------------------------------------------------------- walk */

static inline enum decode_outcome take_ethernet(struct cursor *c, struct packet *p, enum link_kind *next)
{
    const uint8_t *header = cursor_take(c, ETHER_SIZE);
    if (!header)
        return UNDECODED_LINK_SHORT;
    memcpy(p->dst_mac, header, 6);
    memcpy(p->src_mac, header + 6, 6);
    p->has_mac = true;
    p->ether_type = read_u16(header + 12);
    return follow_ether_type(c, p, next);
}

static enum decode_outcome take_ip(const struct cursor *c, struct packet *p, uint8_t version, enum link_kind *next)
{
    if (version)
        p->ip_version = version;
    *next = LINK_IP;
    return cursor_left(c) > 0 ? DECODED : UNDECODED_LINK_SHORT;
}

/* In: the kind of header to take; out: of the next one. */
static enum decode_outcome take_header(enum link_kind *kind, struct cursor *c, struct packet *p)
{
    switch (*kind) {
    case LINK_ETHERNET: return take_ethernet(c, p, kind);
    case LINK_ETHER_TYPE: return follow_ether_type(c, p, kind);
    case LINK_IP: return take_ip(c, p, 0, kind);
    case LINK_IPV4: return take_ip(c, p, 4, kind);
    case LINK_IPV6: return take_ip(c, p, 6, kind);
    case LINK_MPLS: return mpls_take(c, p, kind);
    case LINK_PPPOE: return pppoe_take(c, p, kind);
    case LINK_PPP:
    case LINK_PPP_BARE: return ppp_take(c, p, kind);
    case LINK_NSH: return nsh_take(c, p, kind);
    case LINK_MACSEC: return macsec_take(c, p, kind);
    case LINK_WIFI:
    case LINK_WIFI_PADDED:
    case LINK_WIFI_SWAPPED: return wifi_take(c, p, kind);
    case LINK_UNKNOWN: return UNDECODED_LINK_TYPE;
    default: return pseudo_take(c, p, kind);
    }
}

enum decode_outcome link_decode(enum link_kind kind, struct cursor *c, struct packet *p)
{
    if (kind == LINK_ETHERNET) { /* nearly always, and nearly always alone */
        enum decode_outcome outcome = take_ethernet(c, p, &kind);
        if (outcome != DECODED || kind == LINK_IP)
            return outcome;
    }
    for (unsigned i = 0; i < WALK_MAX; i++) {
        enum decode_outcome outcome = take_header(&kind, c, p);
        if (outcome != DECODED || kind == LINK_IP)
            return outcome;
    }
    return UNDECODED_ETHER_TYPE;
}
