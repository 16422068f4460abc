/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.c - runs a frame through link, IP and transport layer, again for every tunnel it enters, and keeps the account of
 * what became of it.
 *
 * Tunnels are a loop: each round tries what the packet at hand may carry, on a copy. What decodes in full becomes the packet at
 * hand; what does not leaves it as it is. So a wrong guess costs nothing but its time, and the depth has a bound.
 *
 * The account is the point of the outcomes: decoded frames and frames left out, by reason, add up to the frames given.
 */
#include "decode/decode.h"

#include <stdlib.h>
#include <string.h>

#include <pcap/dlt.h>

#include "capture/capture.h"
#include "decode/duplicate.h"
#include "decode/layers.h"

#define REASSEMBLY_MAX 3  /* datagrams of one frame: fragments inside of fragments */
#define KEY_CAPWAP     1  /* kind in a fragment_key, beside 4 and 6 */
#define PROTO_NOTHING  59 /* an IPv6 header alone: it is no packet worth entering a tunnel for */

/* Of CHECKSUMS_SAMPLED: the first frames, then one of so many. By frame number, so that all workers look at the same ones. */
#define SAMPLE_FIRST 1024
#define SAMPLE_EACH  64

struct decoder {
    struct tunnel_ports ports;
    struct fragments *fragments;
    struct duplicates *duplicates;        /* of TCP and UDP of our shares; NULL: they are not recognised */
    struct duplicates *common_duplicates; /* of all else: every decoder sees them, and needs to know, for it puts fragments together */
    uint32_t shares, share;               /* see decode_options */
    enum checksums checksums;
    struct decode_unreads unread;
    uint8_t *datagram[REASSEMBLY_MAX]; /* those of the latest frame, outer first */
};

const char *decode_outcome_name(enum decode_outcome outcome)
{
    static const char *const names[DECODE_OUTCOME_COUNT] = {
        [DECODED] = "decoded",
        [UNDECODED_LINK_TYPE] = "unknown_link_type",
        [UNDECODED_LINK_SHORT] = "link_header_short",
        [UNDECODED_ETHER_TYPE] = "not_ip",
        [UNDECODED_VLAN_SHORT] = "vlan_header_short",
        [UNDECODED_IP_SHORT] = "ip_header_short",
        [UNDECODED_IP_VERSION] = "ip_version",
        [UNDECODED_IP_HEADER] = "ip_header_invalid",
        [UNDECODED_IPV6_EXTENSION] = "ipv6_extension_invalid",
        [UNDECODED_TRANSPORT_SHORT] = "transport_header_short",
        [UNDECODED_TRANSPORT_HEADER] = "transport_header_invalid",
        [UNDECODED_WIFI_ENCRYPTED] = "wifi_encrypted",
        [UNDECODED_MACSEC] = "macsec_encrypted",
        [FRAGMENT_KEPT] = "fragment_kept",
        [FRAGMENT_REFUSED] = "fragment_refused",
        [UNDECODED_CHECKSUM] = "checksum_bad",
        [DUPLICATE] = "duplicate",
    };
    return (unsigned)outcome < DECODE_OUTCOME_COUNT ? names[outcome] : "unknown_outcome";
}

const char *decode_layer_name(enum decode_layer layer)
{
    static const char *const names[DECODE_LAYER_COUNT] = {
        [LAYER_MPLS] = "mpls",
        [LAYER_PPPOE] = "pppoe",
        [LAYER_PPP] = "ppp",
        [LAYER_CISCO_HDLC] = "chdlc",
        [LAYER_VNTAG] = "vntag",
        [LAYER_ETAG] = "etag",
        [LAYER_HSR] = "hsr",
        [LAYER_CISCO_METADATA] = "cisco_metadata",
        [LAYER_BACKBONE_BRIDGE] = "ieee8021ah",
        [LAYER_FABRICPATH] = "fabricpath",
        [LAYER_NSH] = "nsh",
        [LAYER_MACSEC] = "macsec",
        [LAYER_WIFI] = "wifi",
        [LAYER_IPV4_IN_IPV4] = "ipv4_in_ipv4",
        [LAYER_IPV6_IN_IPV4] = "ipv6_in_ipv4",
        [LAYER_IPV4_IN_IPV6] = "ipv4_in_ipv6",
        [LAYER_IPV6_IN_IPV6] = "ipv6_in_ipv6",
        [LAYER_GRE] = "gre",
        [LAYER_ERSPAN] = "erspan",
        [LAYER_ETHERIP] = "etherip",
        [LAYER_VXLAN] = "vxlan",
        [LAYER_VXLAN_GPE] = "vxlan_gpe",
        [LAYER_GENEVE] = "geneve",
        [LAYER_TEREDO] = "teredo",
        [LAYER_GTP] = "gtp_u",
        [LAYER_CAPWAP] = "capwap",
        [LAYER_TZSP] = "tzsp",
        [LAYER_L2TP] = "l2tp",
        [LAYER_MPLS_IN_IP] = "mpls_in_ip",
        [LAYER_UNOPENED_TUNNEL] = "unopened_tunnel",
        [LAYER_TOO_DEEP] = "too_many_layers",
    };
    return (unsigned)layer < DECODE_LAYER_COUNT ? names[layer] : "unknown_layer";
}

/* -------------------------------------------------------------- life cycle */

struct decoder *decoder_new(const struct decode_options *options, struct error *error)
{
    if (!options)
        options = &decode_options_default;
    struct decoder *d = calloc(1, sizeof *d);
    if (!d) {
        error_set(error, "out of memory for a decoder");
        return NULL;
    }
    if (!tunnel_ports_set(&d->ports, options, error) || !(d->fragments = fragments_new(&options->fragments, error)))
        goto failed;
    d->checksums = options->checksums;
    d->shares = options->shares;
    d->share = options->share;
    if (options->duplicates && (!(d->duplicates = duplicates_new(error)) || !(d->common_duplicates = duplicates_new(error))))
        goto failed;
    for (unsigned i = 0; i < REASSEMBLY_MAX; i++) {
        d->datagram[i] = malloc(FRAGMENT_HEADER_MAX + FRAGMENT_DATAGRAM_MAX);
        if (!d->datagram[i]) {
            error_set(error, "out of memory for a decoder");
            goto failed;
        }
    }
    return d;
failed:
    decoder_free(d);
    return NULL;
}

void decoder_free(struct decoder *d)
{
    if (!d)
        return;
    for (unsigned i = 0; i < REASSEMBLY_MAX; i++)
        free(d->datagram[i]);
    duplicates_free(d->duplicates);
    duplicates_free(d->common_duplicates);
    fragments_free(d->fragments);
    free(d);
}

void decoder_count_unread(const struct decoder *d, struct decode_unreads *out)
{
    *out = d->unread;
}

void decoder_count_fragments(const struct decoder *d, struct fragment_counters *out)
{
    fragments_count(d->fragments, out);
}

/* --------------------------------------------------------------- one packet */

/* Everything before src_port is written here or by ip_decode, or only valid by a field that is cleared. Clearing only the
 * rest keeps it a few vector stores; for the whole struct the compiler takes a string instruction, which is a third of
 * decoding. */
static void begin_packet(const struct frame *frame, struct packet *packet)
{
    const size_t rest = offsetof(struct packet, src_port);
    memset((char *)packet + rest, 0, sizeof *packet - rest);
    packet->time_ns = frame->time_ns;
    packet->number = frame->number;
    packet->order = frame->order;
    packet->interface = frame->interface;
    packet->wire_len = frame->wire_len;
    packet->cap_len = frame->cap_len;
    packet->payload_wire_len = 0;
    packet->tunnel.depth = 0;
}

/* Out of the way of packets that need no such thing: inlined, its stack frame would be theirs. */
#define APART __attribute__((noinline))

/* A fragment becomes the datagram that it completes: then the cursor holds that as if it had come whole. */
APART static enum decode_outcome put_together(struct decoder *d, struct cursor *c, struct packet *p)
{
    struct fragment piece;
    struct datagram whole;
    if (p->reassembled == REASSEMBLY_MAX)
        return FRAGMENT_REFUSED;
    p->payload = cursor_slice(c);
    if (d->common_duplicates && duplicates_see(d->common_duplicates, p, share_ends(p)))
        return DUPLICATE;
    ip_fragment(c, p, &piece);
    enum fragment_result result = fragments_add(d->fragments, &piece, d->datagram[p->reassembled], &whole);
    if (result != FRAGMENT_COMPLETES)
        return result == FRAGMENT_WAITS ? FRAGMENT_KEPT : FRAGMENT_REFUSED;
    ip_finish_datagram(&whole, p->ip_version);
    p->fragment = false;
    p->reassembled++;
    p->earlier_frames = whole.frames - 1;
    p->earlier_bytes = whole.frame_bytes - p->wire_len;
    *c = cursor_of(whole.bytes, whole.header_size + whole.size_at_hand);
    enum decode_outcome outcome = ip_decode(c, whole.header_size + whole.size, p);
    return outcome == DECODED && p->fragment ? FRAGMENT_REFUSED : outcome;
}

/* From a link header through the IP header. `wire`: bytes of all that on the wire. */
static inline enum decode_outcome take_to_ip(enum link_kind link, struct cursor *c, uint32_t wire, struct packet *p)
{
    const uint8_t *begin = c->at;
    enum decode_outcome outcome = link_decode(link, c, p);
    if (outcome != DECODED)
        return outcome;
    return ip_decode(c, wire - (uint32_t)(c->at - begin), p);
}

static inline enum decode_outcome take_transport(struct cursor *c, struct packet *p)
{
    p->l4_at = (uint16_t)(c->at - p->l3.at);
    return transport_decode(c, p);
}

/* From there to the payload. */
static inline enum decode_outcome take_rest(struct decoder *d, struct cursor *c, struct packet *p)
{
    enum decode_outcome outcome = p->fragment ? put_together(d, c, p) : DECODED;
    if (outcome != DECODED)
        return outcome;
    outcome = take_transport(c, p);
    p->payload = cursor_slice(c);
    return outcome;
}

/* ------------------------------------------------------------------ tunnels */

/* A packet inside of `outer`: what the frame and the outside say stays, the rest begins anew. */
static void begin_inner(const struct packet *outer, const struct inside *in, struct packet *inner)
{
    *inner = *outer;
    const size_t from = offsetof(struct packet, src_port), to = offsetof(struct packet, fragment);
    memset((char *)inner + from, 0, to - from);
    inner->fragment = inner->truncated = inner->has_mac = false;
    inner->ether_type = in->ether_type;
    inner->layers |= 1u << in->layer;
    if (in->vlan && inner->vlan_count < 3)
        inner->vlan[inner->vlan_count++] = in->vlan;
    if (outer->tunnel.depth > 0) {
        inner->tunnel.inner_kind = (uint8_t)in->kind;
        inner->tunnel.depth++;
        return;
    }
    inner->tunnel = (struct packet_tunnel){.src = outer->src,
                                           .dst = outer->dst,
                                           .src_port = outer->src_port,
                                           .dst_port = outer->dst_port,
                                           .ip_version = outer->ip_version,
                                           .proto = outer->proto,
                                           .kind = (uint8_t)in->kind,
                                           .inner_kind = (uint8_t)in->kind,
                                           .depth = 1};
}
/* A tunnel's own fragments: a piece that completes its frame puts that inside. The others stay what they are on the outside. */
static bool gather(struct decoder *d, const struct packet *outer, struct inside *in, struct packet *inner)
{
    struct datagram whole;
    struct fragment piece = {.key = {.src = outer->src, .dst = outer->dst, .proto = outer->proto, .kind = KEY_CAPWAP},
                             .at = in->piece_at,
                             .size = in->wire,
                             .bytes = cursor_slice(&in->at),
                             .more = in->piece_more,
                             .time_ns = outer->time_ns}; /* and no frames: each is a packet of the outside */
    piece.key.id = in->piece_id << 16 | (uint32_t)(outer->src_port ^ outer->dst_port);
    memcpy(piece.key.vlan, outer->vlan, sizeof piece.key.vlan);
    if (piece.bytes.size > piece.size || outer->reassembled == REASSEMBLY_MAX ||
        fragments_add(d->fragments, &piece, d->datagram[outer->reassembled], &whole) != FRAGMENT_COMPLETES)
        return false;
    inner->reassembled++;
    in->at = cursor_of(whole.bytes, whole.size_at_hand);
    in->wire = whole.size;
    return true;
}

/* Does an inner packet, taken up to its IP header, look like one? Its length must be stated and fit into the tunnel. */
static bool is_sound(const struct inside *in, const uint8_t *begin, const struct packet *p)
{
    uint32_t wire_left = in->wire - (uint32_t)(p->l3.at - begin);
    if (read_u16(p->l3.at + (p->ip_version == 4 ? 2 : 4)) == 0 || p->l3_wire_len > wire_left || p->proto == PROTO_NOTHING)
        return false;
    return (!in->by_port || transport_is_known(p->proto)) && (!in->exact || p->l3_wire_len == wire_left);
}

static enum decode_outcome decode_inner(struct decoder *d, struct inside *in, struct packet *inner)
{
    const uint8_t *begin = in->at.at;
    enum decode_outcome outcome = take_to_ip(in->link, &in->at, in->wire, inner);
    if (outcome != DECODED)
        return outcome;
    return is_sound(in, begin, inner) ? take_rest(d, &in->at, inner) : UNDECODED_IP_HEADER;
}

/* What came of looking for a tunnel. */
enum entry { STAY, ENTERED, WAIT, SEEN };

/* Tries all that `p` may carry. ENTERED: `p` is now the inner packet. WAIT: that is a fragment. SEEN: a copy of one. */
static enum entry enter(struct decoder *d, struct packet *p)
{
    struct inside in;
    struct packet inner;
    enum tunnel_reading reading;
    unsigned attempt = 0;
    for (; (reading = tunnel_open(&d->ports, p, attempt, &in)) != READING_NONE; attempt++) {
        if (reading != READING_OPEN)
            continue;
        begin_inner(p, &in, &inner);
        if (in.is_piece && !gather(d, p, &in, &inner))
            continue;
        enum decode_outcome outcome = decode_inner(d, &in, &inner);
        if (outcome == DECODED || outcome == FRAGMENT_KEPT || outcome == DUPLICATE) {
            *p = inner;
            return outcome == DECODED ? ENTERED : outcome == DUPLICATE ? SEEN : WAIT;
        }
    }
    if (attempt > 0)
        p->layers |= 1u << LAYER_UNOPENED_TUNNEL;
    return STAY;
}

APART static enum decode_outcome enter_tunnels(struct decoder *d, struct packet *p)
{
    struct inside in;
    enum entry entry = ENTERED;
    while (entry == ENTERED && p->tunnel.depth < TUNNEL_DEPTH_MAX)
        entry = enter(d, p);
    if (entry == ENTERED && tunnel_open(&d->ports, p, 0, &in) != READING_NONE)
        p->layers |= 1u << LAYER_TOO_DEEP;
    return entry == WAIT ? FRAGMENT_KEPT : entry == SEEN ? DUPLICATE : DECODED;
}

static enum decode_outcome check(const struct decoder *d, struct packet *p)
{
    if (d->checksums == CHECKSUMS_SAMPLED && p->number > SAMPLE_FIRST && p->number % SAMPLE_EACH != 0)
        return DECODED;
    p->checksum = (uint8_t)checksum_of(p);
    return d->checksums == CHECKSUMS_ENFORCED && p->checksum == CHECKSUM_BAD ? UNDECODED_CHECKSUM : DECODED;
}

static bool has_share(const struct decoder *d, uint64_t ends)
{
    return d->shares <= 1 || share_of(ends) % d->shares == d->share;
}

bool decode_is_ours(const struct decoder *d, const struct packet *packet)
{
    return has_share(d, share_ends(packet));
}

/* A whole packet of one of our conversations, or of any when all decoders must agree on it. */
static enum decode_outcome judge(const struct decoder *d, struct duplicates *duplicates, struct packet *packet, uint64_t ends)
{
    enum decode_outcome outcome = d->checksums == CHECKSUMS_IGNORED ? DECODED : check(d, packet);
    return outcome == DECODED && duplicates && duplicates_see(duplicates, packet, ends) ? DUPLICATE : outcome;
}

static enum decode_outcome decode_whole(struct decoder *d, const struct frame *frame, struct packet *packet)
{
    begin_packet(frame, packet);
    struct cursor c = cursor_of(frame->bytes, frame->cap_len);
    enum link_kind link = frame->link_type == DLT_EN10MB ? LINK_ETHERNET : link_kind(frame->link_type);
    enum decode_outcome outcome = take_to_ip(link, &c, frame->wire_len, packet);
    if (outcome == DECODED)
        outcome = take_rest(d, &c, packet);
    return outcome == DECODED && packet->proto != IP_TCP ? enter_tunnels(d, packet) : outcome;
}

/* What is no TCP or UDP: every decoder has come this far with it. */
static enum decode_outcome account(struct decoder *d, const struct frame *frame, struct packet *packet, enum decode_outcome outcome)
{
    uint64_t ends = outcome == DECODED ? share_ends(packet) : 0;
    if (outcome == DECODED)
        outcome = judge(d, d->common_duplicates, packet, ends);
    unread_note(&d->unread, frame->link_type, packet, outcome);
    if (d->shares <= 1 || (outcome == DECODED ? has_share(d, ends) : frame->order % d->shares == d->share))
        return outcome;
    return DECODE_NOT_OURS;
}

enum decode_outcome decode_frame(struct decoder *d, const struct frame *frame, struct packet *packet)
{
    uint64_t ends;
    bool is_plain = d->shares > 1 && share_plain_ends(&d->ports, frame, &ends);
    if (is_plain && !has_share(d, ends))
        return DECODE_NOT_OURS;
    enum decode_outcome outcome = decode_whole(d, frame, packet);
    if (outcome != DECODED && is_plain)
        return outcome; /* the others have passed over it */
    if (outcome != DECODED || (packet->proto != IP_TCP && packet->proto != IP_UDP))
        return account(d, frame, packet, outcome);
    ends = share_ends(packet);
    return has_share(d, ends) ? judge(d, d->duplicates, packet, ends) : DECODE_NOT_OURS;
}

bool decode_nothing_remains(const struct decoder *d)
{
    return fragments_is_empty(d->fragments);
}

/* Tunnels are not entered: what is inside of half a packet would not be whole. */
bool decode_remains(struct decoder *d, uint64_t now_ns, struct packet *packet)
{
    struct datagram rest;
    while (fragments_give_up(d->fragments, now_ns, d->datagram[0], &rest)) {
        *packet = *rest.first;
        packet->wire_len = rest.frame_bytes;
        packet->fragment = false;
        packet->earlier_frames = rest.frames - 1;
        packet->earlier_bytes = 0;
        ip_finish_datagram(&rest, packet->ip_version);
        struct cursor c = cursor_of(rest.bytes, rest.header_size + rest.size_at_hand);
        if (ip_decode(&c, rest.header_size + rest.size, packet) == DECODED && !packet->fragment &&
            take_transport(&c, packet) == DECODED) {
            packet->payload = cursor_slice(&c);
            return true;
        }
        fragments_waste(d->fragments, &rest);
    }
    return false;
}

/* ------------------------------------------------------------------ account */

static void count_link(struct decode_counters *counters, int link_type)
{
    switch (link_kind(link_type)) {
    case LINK_ETHERNET: counters->ethernet++; break;
    case LINK_IP:
    case LINK_IPV4:
    case LINK_IPV6: counters->raw++; break;
    case LINK_SLL:
    case LINK_SLL2: counters->sll++; break;
    case LINK_LOOPBACK: counters->loopback++; break;
    default: break;
    }
}

static void count_layers(struct decode_counters *counters, uint32_t layers)
{
    for (; layers; layers &= layers - 1)
        counters->layers[__builtin_ctz(layers)]++;
}

static void count_transport(struct decode_counters *counters, const struct packet *packet)
{
    switch (packet->proto) {
    case IP_TCP: counters->tcp++; break;
    case IP_UDP: counters->udp++; break;
    case IP_ICMP: counters->icmpv4++; break;
    case IP_ICMPV6: counters->icmpv6++; break;
    case IP_SCTP: counters->sctp++; break;
    default: counters->other_transport++;
    }
}

void decode_count(struct decode_counters *counters, const struct frame *frame, const struct packet *packet,
                  enum decode_outcome outcome)
{
    counters->outcomes[outcome]++;
    count_link(counters, frame->link_type);
    if (frame->wire_len > counters->max_packet_size)
        counters->max_packet_size = frame->wire_len;
    if (packet->vlan_count > 0) {
        counters->vlan++;
        counters->vlan_qinq += packet->vlan_count > 1;
        counters->vlan_qinqinq += packet->vlan_count > 2;
    }
    counters->fragments += packet->fragment || packet->reassembled;
    counters->joined_frames += outcome == FRAGMENT_KEPT ? 0 : packet->earlier_frames;
    counters->checksums += packet->checksum != CHECKSUM_UNKNOWN;
    counters->bad_checksums += packet->checksum == CHECKSUM_BAD;
    if (outcome == UNDECODED_ETHER_TYPE)
        counters->arp += packet->ether_type == ETHER_ARP;
    if (outcome != DECODED)
        return;
    counters->bytes += packet->wire_len + packet->earlier_bytes;
    counters->ipv4 += packet->ip_version == 4;
    counters->ipv6 += packet->ip_version == 6;
    counters->truncated += packet->truncated;
    counters->tunnelled += packet->tunnel.depth > 0;
    count_layers(counters, packet->layers);
    count_transport(counters, packet);
}
