/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reshape.c - see reshape.h. Checksums are left as they are, or 0: a capture is full of wrong ones, so nobody looks.
 */
#include "flow/reshape.h"

#include <string.h>

#define IPV6_HEADER 40u
#define UDP_HEADER  8u

/* Total length (RFC 791 3.1), or payload length, which leaves the header out (RFC 8200 3). */
static uint16_t length_field(const struct packet *p, size_t size)
{
    return (uint16_t)(p->ip_version == 4 || size < IPV6_HEADER ? size : size - IPV6_HEADER);
}

/* Do other headers stand between IP and transport? `header`: bytes of the IP header that remains. */
static bool has_more_headers(const struct packet *p, size_t header)
{
    return p->l4_at > header && p->l3.size >= p->l4_at && p->l3.at[p->ip_version == 4 ? 9 : 6] != p->proto;
}

static struct slice without_headers(const struct packet *p, size_t header, uint8_t *scratch)
{
    size_t rest = p->l3.size - p->l4_at;
    if (rest > RESHAPE_MAX - header)
        rest = RESHAPE_MAX - header;
    memcpy(scratch, p->l3.at, header);
    memcpy(scratch + header, p->l3.at + p->l4_at, rest);
    scratch[p->ip_version == 4 ? 9 : 6] = p->proto;
    return (struct slice){scratch, header + rest};
}

struct slice reshape_plain(const struct packet *packet, uint8_t *scratch)
{
    struct slice l3 = packet->l3;
    size_t at = packet->ip_version == 4 ? 2 : 4, header = packet->ip_version == 4 ? (l3.at[0] & 0x0fu) * 4u : IPV6_HEADER;
    if (l3.size > RESHAPE_MAX)
        l3.size = RESHAPE_MAX;
    if (has_more_headers(packet, header))
        l3 = without_headers(packet, header, scratch);
    uint16_t length = length_field(packet, l3.size);
    if (l3.size < at + 2 || ((uint32_t)l3.at[at] << 8 | l3.at[at + 1]) == length)
        return l3;
    if (l3.at != scratch)
        memcpy(scratch, l3.at, l3.size);
    scratch[at] = (uint8_t)(length >> 8);
    scratch[at + 1] = (uint8_t)length;
    return (struct slice){scratch, l3.size};
}

static uint8_t *put(uint8_t *at, const void *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

static uint8_t *put_u16(uint8_t *at, uint16_t number)
{
    const uint8_t bytes[2] = {(uint8_t)(number >> 8), (uint8_t)number};
    return put(at, bytes, sizeof bytes);
}

/* IP header, addresses and ports of what `end` sends; `size`: bytes behind the IP header. */
static uint8_t *put_heads(const struct flow *f, int end, size_t size, uint8_t *at)
{
    const struct flow_key *k = &f->key;
    uint8_t *length;
    if (k->ip_version == 4) {
        at = put(at, (const uint8_t[12]){0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, k->proto}, 12);
        length = at - 10;
        size += 20;
    } else {
        at = put(at, (const uint8_t[8]){0x60, 0, 0, 0, 0, 0, k->proto, 64}, 8);
        length = at - 4;
    }
    put_u16(length, (uint16_t)size);
    size_t skip = k->ip_version == 4 ? 12 : 0;
    at = put(at, k->end[end].bytes + skip, 16 - skip);
    at = put(at, k->end[!end].bytes + skip, 16 - skip);
    at = put_u16(at, k->port[end]);
    return put_u16(at, k->port[!end]);
}

struct slice reshape_syn(const struct flow *f, uint8_t *out)
{
    static const uint8_t tcp[16] = {[8] = 0x50, TCP_SYN, 0xff, 0xff};
    uint8_t *at = put_heads(f, f->client_end, 4 + sizeof tcp, out);
    at = put(at, tcp, sizeof tcp);
    return (struct slice){out, (size_t)(at - out)};
}

struct slice reshape_udp(const struct flow *f, int end, struct slice payload, uint8_t *out)
{
    size_t size = UDP_HEADER + payload.size;
    uint8_t *at = put_heads(f, end, size, out);
    at = put_u16(at, (uint16_t)size);
    at = put_u16(at, 0); /* no checksum */
    at = put(at, payload.at, payload.size);
    return (struct slice){out, (size_t)(at - out)};
}

/* Extensions, each with its type and length before it (RFC 6066 3, RFC 7301 3.1). */
static uint8_t *put_extensions(struct slice name, uint8_t *at)
{
    static const uint8_t alpn[] = {0, 16, 0, 14, 0, 12, 2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    uint8_t *length = at;
    at += 2;
    if (name.size > 0) {
        at = put_u16(at, 0);
        at = put_u16(at, (uint16_t)(name.size + 5));
        at = put_u16(at, (uint16_t)(name.size + 3));
        *at++ = 0; /* host_name */
        at = put_u16(at, (uint16_t)name.size);
        at = put(at, name.at, name.size);
    }
    at = put(at, alpn, sizeof alpn);
    put_u16(length, (uint16_t)(at - length - 2));
    return at;
}

struct slice reshape_hello(const struct flow *f, int end, struct slice name, uint8_t *out)
{
    static const uint8_t tcp[16] = {[3] = 1, [7] = 1, 0x50, TCP_PSH | TCP_ACK, 0xff, 0xff};
    static const uint8_t fixed[] = {22, 3, 1, 0, 0, 1, 0, 0, 0, 3, 3 /* 1.2, and the random */, [43] = 0 /* session */, 0, 2, 0x13, 1, 1, 0};
    size_t size = sizeof fixed + 2 + 18 + (name.size > 0 ? name.size + 9 : 0);
    uint8_t *hello = put(put_heads(f, end, 4 + sizeof tcp + size, out), tcp, sizeof tcp);
    uint8_t *at = put_extensions(name, put(hello, fixed, sizeof fixed));
    put_u16(hello + 3, (uint16_t)(size - 5));
    put_u16(hello + 7, (uint16_t)(size - 9));
    return (struct slice){out, (size_t)(at - out)};
}

struct slice reshape_query(void)
{
    static const uint8_t query[] = {
        0x45, 0,   0,   67,  0,   0,   0,   0,   64,  IP_UDP, 0,   0,   192, 0,   2, 1,   192, 0,   2,   53, /* IPv4 */
        0xc0, 0,   0,   53,  0,   47,  0,   0,                                                               /* UDP */
        0,    1,   1,   0,   0,   1,   0,   0,   0,   0,      0,   0,                                        /* DNS */
        13,   'x', 'q', 'z', 'v', 'k', 'w', 'p', 'j', 'b',    'f', 'h', 'g', 't', 7, 'e', 'x', 'a', 'm', 'p',
        'l',  'e', 0,   0,   1,   0,   1, /* type A, class IN */
    };
    return (struct slice){query, sizeof query};
}
