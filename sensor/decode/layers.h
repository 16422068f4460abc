/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layers.h - the steps of decode_frame, each in a file of its own. Only for the folder decode.
 *
 * Every step takes its header off the cursor and leaves it at the next one; what it learnt goes into the packet. The
 * cursor never holds bytes beyond the layer it stands in: padding and trailers are cut off as soon as a length says so.
 */
#ifndef DECODE_LAYERS_H
#define DECODE_LAYERS_H

#include "decode/cursor.h"
#include "decode/decode.h"
#include "decode/share.h"

#define ETHER_IPV4     0x0800
#define ETHER_ARP      0x0806
#define ETHER_BRIDGING 0x6558 /* a whole Ethernet frame follows */
#define ETHER_PPP      0x880b
#define ETHER_IPV6     0x86dd
#define ETHER_MPLS     0x8847

/* What kind of header stands at a cursor. */
enum link_kind {
    LINK_UNKNOWN = 0,
    LINK_ETHERNET,
    LINK_IP,   /* p->ip_version says which, 0 leaves it to the header: the end of the walk */
    LINK_IPV4, /* IP that must be of this version */
    LINK_IPV6,
    LINK_ETHER_TYPE, /* what p->ether_type says */
    LINK_MPLS,       /* shim.c */
    LINK_PPPOE,
    LINK_PPP,
    LINK_PPP_BARE, /* without address and control bytes */
    LINK_NSH,
    LINK_MACSEC,
    LINK_WIFI,         /* wifi.c */
    LINK_WIFI_PADDED,  /* payload begins at a multiple of 4 */
    LINK_WIFI_SWAPPED, /* the frame control's bytes may be swapped */
    LINK_SLL,          /* pseudo.c */
    LINK_SLL2,
    LINK_LOOPBACK,
    LINK_PPP_DIRECTED, /* a byte before PPP says the direction */
    LINK_PPP_DAEMON,   /* a direction instead of the address byte */
    LINK_NFLOG,
    LINK_PFLOG,
    LINK_ENC,
    LINK_PPI,
    LINK_RADIOTAP,
    LINK_PRISM, /* or AVS, which its first bytes tell */
};

static inline bool is_vlan_tag(uint16_t ether_type)
{
    return ether_type == 0x8100 || ether_type == 0x88a8 || ether_type == 0x9100 || ether_type == 0x9200;
}

/* The kind of a DLT_* number of libpcap. */
enum link_kind link_kind(int link_type);

/* Walks from a header of `kind` to the IP header: takes all that stands before it. Fills ether_type, MACs, vlan[], layers
 * and, as far as these headers tell, ip_version (4, 6, or 0 when the IP header itself has to say). */
enum decode_outcome link_decode(enum link_kind kind, struct cursor *c, struct packet *p);

/* One step of that walk each: takes a header and says what comes next. */
enum decode_outcome mpls_take(struct cursor *c, struct packet *p, enum link_kind *next);
enum decode_outcome pppoe_take(struct cursor *c, struct packet *p, enum link_kind *next);
enum decode_outcome ppp_take(struct cursor *c, struct packet *p, enum link_kind *next);
enum decode_outcome nsh_take(struct cursor *c, struct packet *p, enum link_kind *next);
enum decode_outcome macsec_take(struct cursor *c, struct packet *p, enum link_kind *next);
enum decode_outcome wifi_take(struct cursor *c, struct packet *p, enum link_kind *next);
/* All headers that capture tools put before a frame. */
enum decode_outcome pseudo_take(struct cursor *c, struct packet *p, enum link_kind *next);
/* An LLC/SNAP header (RFC 1042), if one is there: then its EtherType is in p->ether_type. */
bool snap_take(struct cursor *c, struct packet *p);

/* Takes the IP header and, with IPv6, its extension headers. On success the cursor holds the captured part of the IP
 * payload and payload_wire_len its uncut length; of a fragment that is the fragment's own part. `wire_left`: bytes on the
 * wire from the IP header on. */
enum decode_outcome ip_decode(struct cursor *c, uint32_t wire_left, struct packet *p);
/* The piece of a datagram that a packet after ip_decode is, with the cursor where that left it. */
void ip_fragment(const struct cursor *c, const struct packet *p, struct fragment *piece);
/* Makes a whole IP packet of a datagram put together: its header says so. */
void ip_finish_datagram(const struct datagram *d, uint8_t ip_version);

/* Takes the transport header of the protocols we know; the cursor then holds the payload. Others pass untouched. */
enum decode_outcome transport_decode(struct cursor *c, struct packet *p);
/* Whether transport_decode knows the protocol, or it is another one that IP carries in earnest. */
bool transport_is_known(uint8_t proto);

/* Whether the checksums of a decoded packet are right: of the IPv4 header, TCP, UDP, ICMP, ICMPv6. Unknown when bytes are missing, when
 * the datagram came in fragments or when headers stand between. checksum.c */
enum checksum_state checksum_of(const struct packet *p);

struct tunnel_ports;

/* share_between (share.h) of a packet's ends. share.c */
uint64_t share_ends(const struct packet *p);
/* The same from a frame's own bytes, when it is a plain one: TCP or UDP right behind IP in Ethernet, no fragment, no port of a tunnel. */
bool share_plain_ends(const struct tunnel_ports *ports, const struct frame *frame, uint64_t *ends);

/* Counts a frame whose contents have a number that we do not know, if it is one. An EtherType that is a length (IEEE 802.3 3.2.6) counts
 * as 0. unread.c */
void unread_note(struct decode_unreads *u, int link_type, const struct packet *p, enum decode_outcome outcome);

/* What a tunnel header says about its inside. */
struct inside {
    struct cursor at;
    uint32_t wire;       /* bytes of it on the wire */
    enum link_kind link; /* what it begins with */
    uint16_t ether_type; /* with LINK_ETHER_TYPE */
    uint16_t vlan;       /* tag that the tunnel header keeps, 0 for none */
    enum tunnel_kind kind;
    enum decode_layer layer;
    bool by_port;  /* only the port speaks for it: the inside has to look all the more right */
    bool exact;    /* bare IP must fill it */
    bool is_piece; /* of a frame that the tunnel itself has split: the next three say which */
    bool piece_more;
    uint32_t piece_id, piece_at;
};

/* What may be opened: the UDP ports that mean tunnels, and what else is configured. */
struct tunnel_ports {
    uint64_t known[1024]; /* a bit for each port: what most packets are asked */
    struct tunnel_port list[TUNNEL_PORTS_MAX];
    uint32_t count;
    bool erspan_type1;
};

static inline bool tunnel_port_is_known(const struct tunnel_ports *ports, uint16_t port)
{
    return ports->known[port / 64] >> (port % 64) & 1;
}

/* False and `error` for a kind without ports, port 0, a port named twice, or too many. */
bool tunnel_ports_set(struct tunnel_ports *ports, const struct decode_options *options, struct error *error);

/* READING_OPEN: `inside` is filled. READING_OTHER: by this reading there is no tunnel. READING_NONE: nor is there another. */
enum tunnel_reading { READING_OPEN, READING_OTHER, READING_NONE };

/* What a decoded packet carries, by reading number `attempt` (0, 1, ..) of its protocol and ports. */
enum tunnel_reading tunnel_open(const struct tunnel_ports *ports, const struct packet *p, unsigned attempt, struct inside *inside);

/* A header of a tunnel over UDP, `inside->at` and `wire` at the UDP payload: takes it and fills link, ether_type and the
 * rest as it says. False when it is none. tunnel_udp.c */
bool tunnel_open_udp(enum tunnel_kind kind, struct inside *inside);
/* Version 3 of L2TP, from the session id on; also directly on IP (RFC 3931). */
bool tunnel_open_l2tp3(struct inside *inside);

/* Takes `size` bytes of a tunnel's header; NULL when they are not there. */
static inline const uint8_t *inside_take(struct inside *inside, uint32_t size)
{
    if (inside->wire < size)
        return NULL;
    const uint8_t *at = cursor_take(&inside->at, size);
    if (at)
        inside->wire -= size;
    return at;
}

#endif
