/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wifi.c - 802.11 data frames in clear. Management and control frames carry no packets; encrypted data has an outcome of
 * its own, because a capture full of it looks like silence.
 *
 * Of an aggregate (A-MSDU) the first packet is read, of a fragmented frame none but the first part.
 * Source: IEEE 802.11-2020 9.2, 9.3.2. In CAPWAP, access points of one maker send the control fields swapped.
 */
#include <string.h>

#include "decode/layers.h"

#define HEADER_SIZE     24
#define TYPE_DATA       0x08 /* with protocol version 0: the low four bits of the first byte */
#define SUBTYPE_NO_DATA 0x40
#define SUBTYPE_QOS     0x80
#define FLAG_TO_DS      0x01
#define FLAG_FROM_DS    0x02
#define FLAG_PROTECTED  0x40
#define FLAG_ORDER      0x80
#define QOS_AGGREGATE   0x80 /* first byte of the QoS control */

struct control {
    uint8_t type, flags;
    bool is_swapped; /* 16-bit fields are big endian, against the standard */
};

/* Between access points and controllers a frame goes to or from the distribution system, which tells the byte orders apart: the
 * low bits of a right first byte are 0. */
static struct control read_control(const uint8_t *header, bool may_be_swapped)
{
    if (may_be_swapped && (header[1] & 0x0f) == TYPE_DATA && (header[0] & (FLAG_TO_DS | FLAG_FROM_DS)))
        return (struct control){header[1], header[0], true};
    return (struct control){header[0], header[1], false};
}

/* The low byte of the field at `at`. */
static uint8_t low_byte(struct control f, const uint8_t *at)
{
    return at[f.is_swapped];
}

static size_t size_of(struct control f)
{
    size_t size = HEADER_SIZE;
    if ((f.flags & FLAG_TO_DS) && (f.flags & FLAG_FROM_DS))
        size += 6; /* fourth address */
    if (f.type & SUBTYPE_QOS)
        size += f.flags & FLAG_ORDER ? 6 : 2; /* QoS control, HT control */
    return size;
}

static void take_addresses(struct control f, const uint8_t *header, struct packet *p)
{
    const uint8_t *first = header + 4, *second = header + 10, *third = header + 16;
    const uint8_t *src = !(f.flags & FLAG_FROM_DS) ? second : f.flags & FLAG_TO_DS ? header + 24 : third;
    memcpy(p->dst_mac, f.flags & FLAG_TO_DS ? third : first, 6);
    memcpy(p->src_mac, src, 6);
    p->has_mac = true;
}

static bool is_aggregate(struct control f, const uint8_t *header)
{
    bool four = (f.flags & FLAG_TO_DS) && (f.flags & FLAG_FROM_DS);
    return (f.type & SUBTYPE_QOS) && (low_byte(f, header + (four ? 30 : 24)) & QOS_AGGREGATE);
}

enum decode_outcome wifi_take(struct cursor *c, struct packet *p, enum link_kind *next)
{
    struct cursor ahead = *c;
    const uint8_t *header = cursor_take(&ahead, HEADER_SIZE);
    p->layers |= 1u << LAYER_WIFI;
    if (!header)
        return UNDECODED_LINK_SHORT;
    struct control f = read_control(header, *next == LINK_WIFI_SWAPPED);
    if ((f.type & 0x0f) != TYPE_DATA || (f.type & SUBTYPE_NO_DATA) || (low_byte(f, header + 22) & 0x0f)) /* fragment number */
        return UNDECODED_ETHER_TYPE;
    size_t size = size_of(f);
    if (*next == LINK_WIFI_PADDED)
        size = (size + 3) & ~(size_t)3;
    if (!cursor_skip(c, size))
        return UNDECODED_LINK_SHORT;
    take_addresses(f, header, p);
    if (is_aggregate(f, header) && !cursor_skip(c, 14)) /* of the first packet: addresses and length */
        return UNDECODED_LINK_SHORT;
    *next = LINK_ETHER_TYPE;
    if (snap_take(c, p)) /* first: some tools decrypt and leave the flag */
        return DECODED;
    return f.flags & FLAG_PROTECTED ? UNDECODED_WIFI_ENCRYPTED : UNDECODED_ETHER_TYPE;
}
