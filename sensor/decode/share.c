/* SPDX-License-Identifier: Apache-2.0 */
/*
 * share.c - whose packet is it? Several decoders that see the same frames divide the conversations among them, by a number that both ends
 * have in common. Of most frames it can be told by a few of their bytes, so that each is decoded once.
 */
#include <pcap/dlt.h>

#include "base/addr.h"
#include "capture/capture.h"
#include "decode/layers.h"

#define ETHER_HEADER 14u
#define VLAN_TAG     4u
#define VLAN_TAGS    2
#define IPV4_HEADER  20u
#define IPV6_HEADER  40u

/* Every packet pays for this: sums, which do not know who sends, and one product. */
uint64_t share_between(const struct address *a, const struct address *b, uint32_t ports)
{
    uint64_t high = read_u64(a->bytes) + read_u64(b->bytes), low = read_u64(a->bytes + 8) + read_u64(b->bytes + 8);
    return (low + 3 * high + ports) * UINT64_C(0x9e3779b97f4a7c15);
}

uint64_t share_ends(const struct packet *p)
{
    return share_between(&p->src, &p->dst, (uint32_t)p->src_port + p->dst_port);
}

/* Both ends, with the ports at the cursor. */
static bool take_ports(const struct tunnel_ports *tunnels, struct cursor *c, struct packet *p)
{
    if ((p->proto != IP_TCP && p->proto != IP_UDP) || !cursor_u16(c, &p->src_port) || !cursor_u16(c, &p->dst_port))
        return false;
    return p->proto == IP_TCP || (!tunnel_port_is_known(tunnels, p->src_port) && !tunnel_port_is_known(tunnels, p->dst_port));
}

static bool take_ipv4(struct cursor *c, struct packet *p)
{
    const uint8_t *ip = cursor_take(c, IPV4_HEADER);
    if (!ip || ip[0] >> 4 != 4 || (read_u16(ip + 6) & 0x3fff) != 0) /* a fragment */
        return false;
    uint32_t size = (ip[0] & 0x0fu) * 4u;
    p->proto = ip[9];
    p->src = addr_from_v4(ip + 12);
    p->dst = addr_from_v4(ip + 16);
    return size >= IPV4_HEADER && cursor_skip(c, size - IPV4_HEADER);
}

static bool take_ipv6(struct cursor *c, struct packet *p)
{
    const uint8_t *ip = cursor_take(c, IPV6_HEADER);
    if (!ip || ip[0] >> 4 != 6)
        return false;
    p->proto = ip[6];
    p->src = addr_from_v6(ip + 8);
    p->dst = addr_from_v6(ip + 24);
    return true;
}

bool share_plain_ends(const struct tunnel_ports *tunnels, const struct frame *frame, uint64_t *ends)
{
    struct packet p; /* of which the ends alone are filled */
    struct cursor c = cursor_of(frame->bytes, frame->cap_len);
    const uint8_t *header = cursor_take(&c, ETHER_HEADER);
    if (frame->link_type != DLT_EN10MB || !header)
        return false;
    uint16_t type = read_u16(header + 12);
    for (int i = 0; i < VLAN_TAGS && is_vlan_tag(type); i++) {
        if (!(header = cursor_take(&c, VLAN_TAG)))
            return false;
        type = read_u16(header + 2);
    }
    if (!(type == ETHER_IPV4 ? take_ipv4(&c, &p) : type == ETHER_IPV6 && take_ipv6(&c, &p)) || !take_ports(tunnels, &c, &p))
        return false;
    *ends = share_ends(&p);
    return true;
}
