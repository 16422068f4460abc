/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.h - a frame becomes a packet: link layer, IP, transport headers, and what tunnels and fragments hide. Every frame
 * ends in exactly one outcome.
 *
 * The packet is the innermost one that can be read. A tunnel is entered only when all of its inside decodes, down to a
 * transport header, with lengths that agree; else the packet is what carries it. Fragments wait in the decoder until
 * their datagram is whole: the frame that completes it becomes the packet, the frames before it are `FRAGMENT_KEPT`.
 */
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include <stdint.h>

#include "base/error.h"
#include "decode/fragment.h"
#include "decode/packet.h"

/* What became of a frame. The first is success, the others say why not (the last one: why not again); decode_outcome_name() is their
 * text. */
enum decode_outcome {
    DECODED = 0,
    UNDECODED_LINK_TYPE,  /* link type we do not know */
    UNDECODED_LINK_SHORT, /* frame ends inside the link header, or inside what stands between it and IP */
    UNDECODED_ETHER_TYPE, /* payload is not IP (ARP, LLDP, STP, ... each counted here) */
    UNDECODED_VLAN_SHORT,
    UNDECODED_IP_SHORT,         /* frame ends inside the IP header */
    UNDECODED_IP_VERSION,       /* version nibble is neither 4 nor 6, or disagrees with the link layer */
    UNDECODED_IP_HEADER,        /* header length or total length impossible */
    UNDECODED_IPV6_EXTENSION,   /* broken or too long extension header chain */
    UNDECODED_TRANSPORT_SHORT,  /* IP payload ends inside the transport header */
    UNDECODED_TRANSPORT_HEADER, /* impossible data offset or length */
    UNDECODED_WIFI_ENCRYPTED,   /* 802.11 data under WEP, TKIP or CCMP */
    UNDECODED_MACSEC,           /* IEEE 802.1AE, encrypted */
    FRAGMENT_KEPT,              /* part of a datagram that is not whole yet, perhaps never will be */
    FRAGMENT_REFUSED,           /* part that contradicts itself or the other parts of its datagram */
    UNDECODED_CHECKSUM,         /* wrong checksum, with CHECKSUMS_ENFORCED */
    DUPLICATE,                  /* the last one: copy of a packet just seen: decoded, and not to be counted again */
    DECODE_OUTCOME_COUNT,
    DECODE_NOT_OURS = DECODE_OUTCOME_COUNT /* another decoder accounts for it: see decode_options.shares */
};

/* What can stand between the link header and the packet, each a counter; decode_layer_name() is their text. */
enum decode_layer {
    LAYER_MPLS = 0,
    LAYER_PPPOE,
    LAYER_PPP,
    LAYER_CISCO_HDLC,
    LAYER_VNTAG,
    LAYER_ETAG, /* IEEE 802.1BR */
    LAYER_HSR,  /* IEC 62439-3 */
    LAYER_CISCO_METADATA,
    LAYER_BACKBONE_BRIDGE, /* IEEE 802.1ah */
    LAYER_FABRICPATH,
    LAYER_NSH,
    LAYER_MACSEC, /* signed only */
    LAYER_WIFI,
    LAYER_IPV4_IN_IPV4,
    LAYER_IPV6_IN_IPV4,
    LAYER_IPV4_IN_IPV6,
    LAYER_IPV6_IN_IPV6,
    LAYER_GRE,
    LAYER_ERSPAN,
    LAYER_ETHERIP,
    LAYER_VXLAN,
    LAYER_VXLAN_GPE,
    LAYER_GENEVE,
    LAYER_TEREDO,
    LAYER_GTP,
    LAYER_CAPWAP,
    LAYER_TZSP,
    LAYER_L2TP,
    LAYER_MPLS_IN_IP,
    LAYER_UNOPENED_TUNNEL, /* the packet's protocol or port says tunnel, its inside is nothing we can read */
    LAYER_TOO_DEEP,        /* tunnels go on beyond TUNNEL_DEPTH_MAX */
    DECODE_LAYER_COUNT     /* at most 32 */
};

#define TUNNEL_DEPTH_MAX 8

/* Contents that nobody looked into, by the number that announces them. */
enum unread_kind { UNREAD_LINK_TYPE = 0, UNREAD_ETHER_TYPE, UNREAD_IP_PROTOCOL };
struct decode_unread {
    uint16_t kind; /* enum unread_kind */
    uint16_t number;
    uint64_t count;
};
#define UNREAD_MAX 16
struct decode_unreads {
    struct decode_unread top[UNREAD_MAX]; /* the first kinds that came, most frequent first; a free place counts 0 */
    uint64_t others;                      /* frames with others than these */
};

/* Counted per worker. The sum of outcomes[] = frames given to decode. */
struct decode_counters {
    uint64_t outcomes[DECODE_OUTCOME_COUNT];
    uint64_t layers[DECODE_LAYER_COUNT]; /* decoded packets that met this layer */
    uint64_t bytes;                      /* wire lengths of decoded packets, all their fragments included */
    uint64_t ipv4, ipv6, tcp, udp, icmpv4, icmpv6, sctp, other_transport; /* of the innermost packets */
    uint64_t ethernet, raw, sll, loopback, vlan, vlan_qinq, vlan_qinqinq, truncated;
    uint64_t fragments;     /* frames that were fragments, whatever became of them */
    uint64_t joined_frames; /* FRAGMENT_KEPT ones whose datagram became whole later; of the others fragment_counters tells */
    uint64_t tunnelled;     /* decoded packets from inside a tunnel */
    uint64_t arp;           /* part of UNDECODED_ETHER_TYPE */
    uint64_t checksums, bad_checksums; /* packets whose checksums were looked at; of these, with a wrong one */
    uint32_t max_packet_size;          /* wire bytes */
};

/* A UDP port at which a tunnel is looked for. */
struct tunnel_port {
    uint16_t port;
    uint8_t kind; /* enum tunnel_kind, one that travels in UDP: see tunnel_kind_has_ports */
};

#define TUNNEL_PORTS_MAX 64

/* Suricata's checksum-checks. Hosts leave checksums to their network card, so captures on a host are full of wrong ones. */
enum checksums {
    CHECKSUMS_IGNORED = 0,
    CHECKSUMS_SAMPLED, /* looked at now and then, and counted; auto */
    CHECKSUMS_ENFORCED /* all looked at; packets with a wrong one are no packets */
};

struct decode_options {
    struct tunnel_port tunnel_ports[TUNNEL_PORTS_MAX]; /* none of a kind: that kind is not looked for */
    uint32_t tunnel_port_count;
    bool erspan_type1; /* Ethernet in GRE without a header of its own */
    bool duplicates;   /* are recognised: duplicate.h */
    enum checksums checksums;
    struct fragment_options fragments;
    /* Several decoders that are given the same frames: how many there are, and which one this is, from 0. Each frame is accounted for by
     * one of them, all packets of a conversation by the same one. At most SHARES (share.h) have work; 0 or 1: all is ours. */
    uint32_t shares, share;
};
/* The ports of the IANA registry (TZSP: those in use), and fragment_options_default. */
extern const struct decode_options decode_options_default;

/* Snake-case name of an outcome, "decoded", "unknown_link_type", ... Never NULL. */
const char *decode_outcome_name(enum decode_outcome outcome);
const char *decode_layer_name(enum decode_layer layer);
/* "vxlan", "geneve", ...: the words of the configuration. Never NULL. */
const char *tunnel_kind_name(enum tunnel_kind kind);
/* Whether a kind is found by a port, and so may stand in decode_options. */
bool tunnel_kind_has_ports(enum tunnel_kind kind);

struct frame;

/* What decoding remembers from frame to frame: fragments, and copies. One per worker. With several workers on one file each is given every
 * frame, and passes over most of those that are another's; what is decoded by all of them keeps them alike. */
struct decoder;

/* `options` NULL: the defaults. NULL and `error` for options out of range or when memory is short. */
struct decoder *decoder_new(const struct decode_options *options, struct error *error);
void decoder_free(struct decoder *d); /* takes NULL */

/* Fills `packet` from `frame`: slices point into the frame, or into the decoder when the datagram came in fragments; good
 * until the next call. On any outcome but DECODED only time, number, frame lengths, VLAN ids, `fragment` and EtherType
 * (0 when the frame did not get that far) are meaningful, on DECODE_NOT_OURS nothing. Counts nothing but fragments: see
 * decode_count. */
enum decode_outcome decode_frame(struct decoder *d, const struct frame *frame, struct packet *packet);

/* The next datagram whose rest did not come within the time-out, or before room was needed: its first part as a packet,
 * truncated, with the time and number of the frame that brought the piece at 0; wire_len is that of all its frames,
 * which were `FRAGMENT_KEPT` and are accounted for. To be called once before each frame, which is often enough, and at the
 * end with UINT64_MAX until it says false. `now_ns`: packet clock. `packet` as with decode_frame. */
bool decode_remains(struct decoder *d, uint64_t now_ns, struct packet *packet);
/* Whether what that gave is ours to account for: all decoders come to it alike. */
bool decode_is_ours(const struct decoder *d, const struct packet *packet);
/* Whether that would say false at any time: no fragment is waiting. */
bool decode_nothing_remains(const struct decoder *d);

/* Adds one frame's outcome to the counters; not DECODE_NOT_OURS. */
void decode_count(struct decode_counters *counters, const struct frame *frame, const struct packet *packet,
                  enum decode_outcome outcome);

/* What became of fragments. On a file all workers' decoders say the same: one of them speaks for it. */
void decoder_count_fragments(const struct decoder *d, struct fragment_counters *out);

/* What nobody looked into, of all frames given to decode_frame. On a file all workers' decoders say the same. */
void decoder_count_unread(const struct decoder *d, struct decode_unreads *out);
void decode_add_unread(struct decode_unreads *total, const struct decode_unreads *one);

#endif
