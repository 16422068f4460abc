/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ip.c - the IPv4 header with options, and the IPv6 header with its chain of extension headers.
 *
 * The IP header's own length rules: what is behind it (Ethernet padding, trailers) is cut off. A length of 0 means that
 * the frame was captured before segmentation offload filled it in: the packet then reaches to the end of the frame. A
 * length beyond the frame is a cut packet, not a broken one. The extension walk is bounded.
 * A fragment keeps its part of the datagram; the extension headers of IPv6 are walked when the datagram is whole.
 * Sources: RFC 791, RFC 8200 (4: extension headers), RFC 4302 (AH), RFC 2675 (jumbograms).
 */
#include <string.h>

#include "base/addr.h"
#include "decode/layers.h"

#define IPV4_SIZE      20
#define IPV6_SIZE      40
#define EXTENSIONS_MAX 16 /* RFC 8200 4.1 knows 7, each once but one */

enum extension {
    EXT_HOP_BY_HOP = 0,
    EXT_ROUTING = 43,
    EXT_FRAGMENT = 44,
    EXT_AUTHENTICATION = 51,
    EXT_NONE = 59,
    EXT_DESTINATION = 60,
    EXT_HIP = 139,
    EXT_SHIM6 = 140
};

/* Cuts the cursor, which stands at the IP header, to a packet of `size` wire bytes. */
static void limit_to_packet(struct cursor *c, uint32_t size, struct packet *p)
{
    p->l3_wire_len = size;
    if (cursor_left(c) > size)
        c->end = c->at + size;
    else
        p->truncated = cursor_left(c) < size;
    p->l3 = cursor_slice(c);
}

static enum decode_outcome finish(const struct cursor *c, struct packet *p)
{
    p->payload_wire_len = p->l3_wire_len - (uint32_t)(c->at - p->l3.at);
    return DECODED;
}

/* `offset` in blocks of 8 bytes. */
static void note_fragment(struct packet *p, uint32_t id, unsigned offset, bool more)
{
    p->fragment = true;
    p->fragment_id = id;
    p->fragment_at = (uint16_t)(offset * 8);
    p->fragment_more = more;
}

/* What is only signed can be read. A header that does not fit stays the packet's payload. */
static void take_authentication(struct cursor *c, struct packet *p)
{
    for (unsigned i = 0; i < EXTENSIONS_MAX && p->proto == EXT_AUTHENTICATION; i++) {
        struct cursor ahead = *c;
        const uint8_t *header = cursor_take(&ahead, 2);
        if (!header || !cursor_skip(c, header[1] * 4u + 8u))
            return;
        p->proto = header[0];
    }
}

static enum decode_outcome ipv4_decode(struct cursor *c, uint32_t wire_left, struct packet *p)
{
    struct cursor ahead = *c;
    const uint8_t *ip = cursor_take(&ahead, IPV4_SIZE);
    if (!ip)
        return UNDECODED_IP_SHORT;
    uint32_t header_size = (ip[0] & 0x0fu) * 4u;
    uint32_t total = read_u16(ip + 2);
    if (total == 0)
        total = wire_left;
    if (header_size < IPV4_SIZE || total < header_size)
        return UNDECODED_IP_HEADER;

    limit_to_packet(c, total, p);
    if (!cursor_skip(c, header_size))
        return UNDECODED_IP_SHORT;
    p->ip_version = 4;
    p->ttl = ip[8];
    p->proto = ip[9];
    p->src = addr_from_v4(ip + 12);
    p->dst = addr_from_v4(ip + 16);
    uint16_t fragment = read_u16(ip + 6) & 0x3fff; /* more fragments, and the offset */
    if (fragment != 0)
        note_fragment(p, read_u16(ip + 4), fragment & 0x1fff, fragment & 0x2000);
    else if (p->proto == EXT_AUTHENTICATION)
        take_authentication(c, p);
    return finish(c, p);
}

/* The jumbo payload option in a hop-by-hop header's option area (RFC 2675 2); 0 when it is not there. */
static uint32_t find_jumbo_length(struct cursor options)
{
    uint8_t type, size;
    while (cursor_u8(&options, &type)) {
        if (type == 0) /* Pad1 has no length */
            continue;
        struct cursor data;
        if (!cursor_u8(&options, &size) || !cursor_sub(&options, size, &data))
            return 0;
        uint32_t length;
        if (type == 0xc2 && size == 4 && cursor_u32(&data, &length))
            return length;
    }
    return 0;
}

/* Bytes behind the fixed IPv6 header, by the header, by the jumbo option, or by the frame. */
static uint32_t ipv6_payload_size(const uint8_t *ip, struct cursor behind, uint32_t wire_left)
{
    uint32_t size = read_u16(ip + 4);
    if (size != 0 || ip[6] == EXT_NONE)
        return size;
    const uint8_t *option = ip[6] == EXT_HOP_BY_HOP ? cursor_take(&behind, 2) : NULL;
    struct cursor area;
    if (option && cursor_sub(&behind, option[1] * 8u + 6u, &area)) {
        uint32_t jumbo = find_jumbo_length(area);
        if (jumbo > 0xffff && jumbo <= UINT32_MAX - IPV6_SIZE)
            return jumbo;
    }
    return wire_left > IPV6_SIZE ? wire_left - IPV6_SIZE : 0;
}

/* An offset of 0 without more fragments is a whole datagram (RFC 6946). */
static void take_fragment_header(const uint8_t *header, struct packet *p)
{
    uint16_t fragment = read_u16(header + 2);
    if ((fragment & 0xfff9) != 0)
        note_fragment(p, read_u32(header + 4), fragment >> 3, fragment & 1);
}

static bool is_extension(uint8_t next)
{
    return next == EXT_HOP_BY_HOP || next == EXT_ROUTING || next == EXT_FRAGMENT || next == EXT_AUTHENTICATION ||
           next == EXT_DESTINATION || next == EXT_HIP || next == EXT_SHIM6;
}

static size_t extension_size(uint8_t kind, const uint8_t *header)
{
    if (kind == EXT_FRAGMENT)
        return 8;
    if (kind == EXT_AUTHENTICATION)
        return header[1] * 4u + 8u;
    return header[1] * 8u + 8u;
}

/* Walks to the transport header, or to a fragment's bytes; p->proto becomes the number of what stands there. */
static enum decode_outcome take_extensions(struct cursor *c, struct packet *p)
{
    for (unsigned i = 0; is_extension(p->proto); i++) {
        struct cursor ahead = *c;
        const uint8_t *header = cursor_take(&ahead, 8); /* none is shorter */
        if (i == EXTENSIONS_MAX || !header || !cursor_skip(c, extension_size(p->proto, header)))
            return UNDECODED_IPV6_EXTENSION;
        if (p->proto == EXT_FRAGMENT)
            take_fragment_header(header, p);
        p->proto = header[0];
        if (p->fragment)
            break;
    }
    return DECODED;
}

static enum decode_outcome ipv6_decode(struct cursor *c, uint32_t wire_left, struct packet *p)
{
    struct cursor ahead = *c;
    const uint8_t *ip = cursor_take(&ahead, IPV6_SIZE);
    if (!ip)
        return UNDECODED_IP_SHORT;
    limit_to_packet(c, IPV6_SIZE + ipv6_payload_size(ip, ahead, wire_left), p);
    cursor_skip(c, IPV6_SIZE);
    p->ip_version = 6;
    p->proto = ip[6];
    p->ttl = ip[7];
    p->src = addr_from_v6(ip + 8);
    p->dst = addr_from_v6(ip + 24);
    if (is_extension(p->proto)) {
        enum decode_outcome outcome = take_extensions(c, p);
        if (outcome != DECODED)
            return outcome;
    }
    return finish(c, p);
}

enum decode_outcome ip_decode(struct cursor *c, uint32_t wire_left, struct packet *p)
{
    struct cursor ahead = *c;
    uint8_t first;
    if (!cursor_u8(&ahead, &first))
        return UNDECODED_IP_SHORT;
    uint8_t version = first >> 4;
    if (p->ip_version != 0 && p->ip_version != version)
        return UNDECODED_IP_VERSION;
    if (version == 4)
        return ipv4_decode(c, wire_left, p);
    if (version == 6)
        return ipv6_decode(c, wire_left, p);
    return UNDECODED_IP_VERSION;
}

/* --------------------------------------------------------------- fragments */

/* The header that the datagram shall have: of IPv4 without options, of IPv6 without extension headers. */
static struct slice plain_header(const struct packet *p)
{
    return (struct slice){p->l3.at, p->ip_version == 4 ? IPV4_SIZE : IPV6_SIZE};
}

/* Bytes of the piece; 0, which no piece has, when it ends where no datagram can. Of a piece that is not the last one hosts take
 * whole blocks (IPv4) or nothing (RFC 8200 4.5); here it is whole blocks. */
static uint32_t piece_size(const struct packet *p)
{
    uint32_t size = p->fragment_more ? p->payload_wire_len & ~7u : p->payload_wire_len;
    uint32_t most = p->ip_version == 4 ? UINT16_MAX - IPV4_SIZE : UINT16_MAX;
    return size <= most && p->fragment_at <= most - size ? size : 0;
}

void ip_fragment(const struct cursor *c, const struct packet *p, struct fragment *piece)
{
    *piece = (struct fragment){.key = {.src = p->src, .dst = p->dst, .id = p->fragment_id, .kind = p->ip_version},
                               .at = p->fragment_at,
                               .size = piece_size(p),
                               .bytes = cursor_slice(c),
                               .more = p->fragment_more,
                               .header = plain_header(p),
                               .packet = p,
                               .proto = p->proto,
                               .time_ns = p->time_ns,
                               .frames = 1u + p->earlier_frames,
                               .frame_bytes = p->wire_len + p->earlier_bytes};
    if (piece->bytes.size > piece->size)
        piece->bytes.size = piece->size;
    if (p->ip_version == 4)
        piece->key.proto = p->proto;
    for (unsigned i = 0; i < p->vlan_count; i++)
        piece->key.vlan[i] = p->vlan[i];
}

void ip_finish_datagram(const struct datagram *d, uint8_t ip_version)
{
    uint8_t *ip = d->bytes;
    uint32_t length = ip_version == 4 ? IPV4_SIZE + d->size : d->size;
    uint8_t *field = ip + (ip_version == 4 ? 2 : 4);
    field[0] = (uint8_t)(length >> 8);
    field[1] = (uint8_t)length;
    if (ip_version == 6) {
        ip[6] = d->proto;
        return;
    }
    ip[0] = 0x45;
    memset(ip + 6, 0, 2); /* flags and offset */
}
