/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tunnel.c - what carries packets in packets: by IP protocol here, by UDP port in tunnel_udp.c.
 *
 * Nothing is entered here. A header is read, strictly, and what it says about its inside is handed back; decode.c tries
 * that and falls back to the packet at hand when the inside does not hold. Sources: RFC 2784, 2890, 1701 (GRE), 2637
 * (PPTP), 2003, 4213, 2473 (IP in IP), 3378 (EtherIP), 3931 (L2TPv3), 4023 (MPLS); draft-foschiano-erspan.
 */
#include <string.h>

#include "decode/layers.h"

enum { PROTO_IPV4 = 4, PROTO_IPV6 = 41, PROTO_ETHERIP = 97, PROTO_L2TP = 115, PROTO_MPLS = 137, PROTO_ETHERNET = 143 };

#define ETHER_ERSPAN2 0x88be
#define ETHER_ERSPAN3 0x22eb
#define ETHER_WCCP    0x883e

/* --------------------------------------------------------------- kinds, ports */

/* `answers`: the server's end sends from its port, and not only to it. */
static const struct kind {
    const char *name;
    bool has_ports, answers;
    uint16_t port; /* the usual one */
    uint8_t layer;
} kinds[TUNNEL_KIND_COUNT] = {
    [TUNNEL_NONE] = {"none", false, false, 0, 0},
    [TUNNEL_IPV4] = {"ipv4", false, false, 0, 0},
    [TUNNEL_IPV6] = {"ipv6", false, false, 0, 0},
    [TUNNEL_GRE] = {"gre", false, false, 0, LAYER_GRE},
    [TUNNEL_ERSPAN] = {"erspan", false, false, 0, LAYER_ERSPAN},
    [TUNNEL_ETHERIP] = {"etherip", false, false, 0, LAYER_ETHERIP},
    [TUNNEL_MPLS] = {"mpls", false, false, 0, LAYER_MPLS_IN_IP},
    [TUNNEL_VXLAN] = {"vxlan", true, false, 4789, LAYER_VXLAN},
    [TUNNEL_VXLAN_GPE] = {"vxlan-gpe", true, false, 4790, LAYER_VXLAN_GPE},
    [TUNNEL_GENEVE] = {"geneve", true, false, 6081, LAYER_GENEVE},
    [TUNNEL_TEREDO] = {"teredo", true, true, 3544, LAYER_TEREDO},
    [TUNNEL_GTP] = {"gtp-u", true, true, 2152, LAYER_GTP},
    [TUNNEL_CAPWAP] = {"capwap", true, true, 5247, LAYER_CAPWAP},
    [TUNNEL_TZSP] = {"tzsp", true, false, 37008, LAYER_TZSP},
    [TUNNEL_L2TP] = {"l2tp", true, true, 1701, LAYER_L2TP},
};

const struct decode_options decode_options_default = {
    .tunnel_ports = {{4789, TUNNEL_VXLAN},
                     {4790, TUNNEL_VXLAN_GPE},
                     {6081, TUNNEL_GENEVE},
                     {3544, TUNNEL_TEREDO},
                     {2152, TUNNEL_GTP},
                     {5247, TUNNEL_CAPWAP},
                     {37008, TUNNEL_TZSP},
                     {1701, TUNNEL_L2TP},
                     {8472, TUNNEL_VXLAN}}, /* Linux' own choice */
    .tunnel_port_count = 9,
    .erspan_type1 = true,
    .duplicates = true,
    .checksums = CHECKSUMS_SAMPLED,
    .fragments = {.datagram_max = 8192, .memory_max = 16u * 1024 * 1024, .timeout_s = 30},
};

const char *tunnel_kind_name(enum tunnel_kind kind)
{
    return (unsigned)kind < TUNNEL_KIND_COUNT ? kinds[kind].name : "unknown";
}

bool tunnel_kind_has_ports(enum tunnel_kind kind)
{
    return (unsigned)kind < TUNNEL_KIND_COUNT && kinds[kind].has_ports;
}

bool tunnel_ports_set(struct tunnel_ports *ports, const struct decode_options *options, struct error *error)
{
    memset(ports, 0, sizeof *ports);
    ports->erspan_type1 = options->erspan_type1;
    if (options->tunnel_port_count > TUNNEL_PORTS_MAX)
        return error_set(error, "tunnels: %u ports; give %u at most", options->tunnel_port_count, TUNNEL_PORTS_MAX);
    for (uint32_t i = 0; i < options->tunnel_port_count; i++) {
        struct tunnel_port t = options->tunnel_ports[i];
        if (!tunnel_kind_has_ports((enum tunnel_kind)t.kind))
            return error_set(error, "tunnels: kind %u is not found by a port", t.kind);
        if (t.port == 0 || tunnel_port_is_known(ports, t.port))
            return error_set(error, "tunnels: port %u for %s: give each port from 1 to 65535 once", t.port, kinds[t.kind].name);
        ports->known[t.port / 64] |= UINT64_C(1) << t.port % 64;
        ports->list[ports->count++] = t;
    }
    return true;
}

/* TUNNEL_NONE for a port that means nothing. */
static enum tunnel_kind kind_at(const struct tunnel_ports *ports, uint16_t port)
{
    if (tunnel_port_is_known(ports, port))
        for (uint32_t i = 0; i < ports->count; i++)
            if (ports->list[i].port == port)
                return (enum tunnel_kind)ports->list[i].kind;
    return TUNNEL_NONE;
}

/* ---------------------------------------------------------------------- GRE */

/* Routing entries (RFC 1701): family, offset, length; one of nothing ends them. */
static bool skip_routing(struct inside *in)
{
    for (unsigned i = 0; i < 16; i++) {
        const uint8_t *entry = inside_take(in, 4);
        if (!entry)
            return false;
        if (read_u16(entry) == 0 && entry[3] == 0)
            return true;
        if (!inside_take(in, entry[3]))
            return false;
    }
    return false;
}

static bool set_erspan(struct inside *in, const uint8_t *header, unsigned version)
{
    in->kind = TUNNEL_ERSPAN;
    in->link = LINK_ETHERNET;
    if (!header || header[0] >> 4 != version)
        return false;
    in->vlan = (uint16_t)(read_u16(header) & 0x0fff);
    return true;
}

/* Type I has no header, and no sequence number in GRE, which tells it from type II. */
static bool take_erspan2(struct inside *in, bool has_sequence, bool may_be_type1)
{
    if (has_sequence)
        return set_erspan(in, inside_take(in, 8), 1);
    in->kind = TUNNEL_ERSPAN;
    in->link = LINK_ETHERNET;
    return may_be_type1;
}

/* Frame type 2 is bare IP; the last bit announces 8 bytes of the platform's. */
static bool take_erspan3(struct inside *in)
{
    const uint8_t *header = inside_take(in, 12);
    if (!set_erspan(in, header, 2))
        return false;
    unsigned frame_type = header[10] >> 2 & 0x1f;
    if (frame_type == 2)
        in->link = LINK_IP;
    else if (frame_type != 0)
        return false;
    return !(header[11] & 1) || inside_take(in, 8);
}

/* A redirect header of 4 bytes comes first in version 2 of the protocol. */
static bool take_wccp(struct inside *in)
{
    in->link = LINK_IPV4;
    return cursor_left(&in->at) > 0 && (in->at.at[0] >> 4 == 4 || inside_take(in, 4));
}

static bool take_gre0(struct inside *in, uint16_t flags, uint16_t type, bool may_be_type1)
{
    bool has_routing = flags & 0x4000, has_sequence = flags & 0x1000;
    if (((flags & 0x8000) || has_routing) && !inside_take(in, 4)) /* checksum, offset */
        return false;
    if ((flags & 0x2000) && !inside_take(in, 4)) /* key */
        return false;
    if (has_sequence && !inside_take(in, 4))
        return false;
    if (has_routing && !skip_routing(in))
        return false;
    in->link = LINK_ETHER_TYPE;
    in->ether_type = type;
    if (type == ETHER_ERSPAN2)
        return take_erspan2(in, has_sequence, may_be_type1);
    if (type == ETHER_ERSPAN3)
        return take_erspan3(in);
    return type != ETHER_WCCP || take_wccp(in);
}

/* PPTP: the key holds the payload's length and a call id. */
static bool take_gre1(struct inside *in, uint16_t flags, uint16_t type)
{
    const uint8_t *key = inside_take(in, 4);
    if (!key || type != ETHER_PPP || (flags & 0xef00) != 0x2000)
        return false;
    if ((flags & 0x1000) && !inside_take(in, 4)) /* sequence number */
        return false;
    if ((flags & 0x0080) && !inside_take(in, 4)) /* acknowledgement */
        return false;
    in->link = LINK_PPP;
    if (in->wire > read_u16(key))
        in->wire = read_u16(key);
    return true;
}

static bool take_gre(struct inside *in, bool may_be_type1)
{
    const uint8_t *header = inside_take(in, 4);
    if (!header)
        return false;
    in->kind = TUNNEL_GRE;
    uint16_t flags = read_u16(header), type = read_u16(header + 2);
    if ((flags & 7) == 0)
        return take_gre0(in, flags, type, may_be_type1);
    return (flags & 7) == 1 && take_gre1(in, flags, type);
}

/* -------------------------------------------------------------- IP protocols */

static bool take_ip(struct inside *in, uint8_t outer, uint8_t inner)
{
    static const enum decode_layer layers[2][2] = {{LAYER_IPV4_IN_IPV4, LAYER_IPV6_IN_IPV4},
                                                   {LAYER_IPV4_IN_IPV6, LAYER_IPV6_IN_IPV6}};
    in->kind = outer == 4 ? TUNNEL_IPV4 : TUNNEL_IPV6;
    in->link = inner == 4 ? LINK_IPV4 : LINK_IPV6;
    in->layer = layers[outer == 6][inner == 6];
    return true;
}

static bool take_etherip(struct inside *in)
{
    const uint8_t *header = inside_take(in, 2);
    in->kind = TUNNEL_ETHERIP;
    in->link = LINK_ETHERNET;
    return header && header[0] >> 4 == 3;
}

static bool take_by_protocol(const struct tunnel_ports *ports, const struct packet *p, struct inside *in)
{
    switch (p->proto) {
    case PROTO_IPV4: return take_ip(in, p->ip_version, 4);
    case PROTO_IPV6: return take_ip(in, p->ip_version, 6);
    case IP_GRE: return take_gre(in, ports->erspan_type1);
    case PROTO_ETHERIP: return take_etherip(in);
    case PROTO_L2TP: in->kind = TUNNEL_L2TP; return tunnel_open_l2tp3(in);
    case PROTO_MPLS:
        in->kind = TUNNEL_MPLS;
        in->link = LINK_MPLS;
        return true;
    case PROTO_ETHERNET: /* segment routing (RFC 8986 4.9) */
        in->kind = TUNNEL_IPV6;
        in->link = LINK_ETHERNET;
        in->layer = LAYER_IPV6_IN_IPV6;
        return p->ip_version == 6;
    default: return false;
    }
}

/* --------------------------------------------------------------------- open */

static bool may_tunnel(uint8_t proto)
{
    return proto == PROTO_IPV4 || proto == PROTO_IPV6 || proto == IP_GRE || proto == PROTO_ETHERIP || proto == PROTO_L2TP ||
           proto == PROTO_MPLS || proto == PROTO_ETHERNET;
}

static void begin(const struct packet *p, struct inside *in)
{
    *in = (struct inside){.at = cursor_of(p->payload.at, p->payload.size), .wire = p->payload_wire_len};
}

static enum tunnel_reading finish(bool is_open, struct inside *in)
{
    if (!is_open)
        return READING_OTHER;
    if (kinds[in->kind].layer)
        in->layer = (enum decode_layer)kinds[in->kind].layer;
    return READING_OPEN;
}

static enum tunnel_reading open_by_port(const struct tunnel_ports *ports, const struct packet *p, unsigned attempt,
                                        struct inside *in)
{
    enum tunnel_kind to = kind_at(ports, p->dst_port), from = kind_at(ports, p->src_port);
    bool answers = from != to && kinds[from].answers;
    enum tunnel_kind kind = attempt == 0 && to ? to : answers && attempt <= (to != TUNNEL_NONE) ? from : TUNNEL_NONE;
    if (!kind)
        return READING_NONE;
    begin(p, in);
    in->kind = kind;
    in->by_port = true;
    return finish(tunnel_open_udp(kind, in), in);
}

enum tunnel_reading tunnel_open(const struct tunnel_ports *ports, const struct packet *p, unsigned attempt, struct inside *in)
{
    if (p->proto == IP_UDP)
        return tunnel_port_is_known(ports, p->dst_port) || tunnel_port_is_known(ports, p->src_port) ? open_by_port(ports, p, attempt, in)
                                                                                      : READING_NONE;
    if (attempt > 0 || !may_tunnel(p->proto))
        return READING_NONE;
    begin(p, in);
    return finish(take_by_protocol(ports, p, in), in);
}
