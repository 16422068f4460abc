/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.h - one decoded packet: tuple, payload, and what the headers said. Lives until the next capture_next.
 *
 * It is the innermost packet of its frame: of a packet inside tunnels everything but `tunnel`, the frame's lengths and the
 * outer VLAN ids speaks of the inside. A fragmented datagram is one packet, made when its last missing part arrives.
 */
#ifndef DECODE_PACKET_H
#define DECODE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor_plugin.h"

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10
#define TCP_URG 0x20
#define TCP_ECE 0x40
#define TCP_CWR 0x80

enum ip_proto { IP_ICMP = 1, IP_IGMP = 2, IP_TCP = 6, IP_UDP = 17, IP_GRE = 47, IP_ESP = 50, IP_ICMPV6 = 58, IP_SCTP = 132 };

enum checksum_state { CHECKSUM_UNKNOWN = 0, CHECKSUM_GOOD, CHECKSUM_BAD };

/* The outermost IP packet around a packet. */
struct packet_tunnel {
    struct address src, dst;
    uint16_t src_port, dst_port; /* 0 for protocols without ports */
    uint8_t ip_version;          /* 4 or 6 */
    uint8_t proto;               /* IP protocol number: 17, 47, 4, ... */
    uint8_t kind;                /* enum tunnel_kind of the outermost tunnel */
    uint8_t inner_kind;          /* of the innermost one; the same when depth is 1 */
    uint8_t depth;               /* how many there are; 0: none, and then the other fields mean nothing */
};

struct packet {
    uint64_t time_ns;
    uint64_t number;    /* frame number in its file or of its handle, from 1 */
    uint64_t order;     /* the frame's place in the whole capture, from 1 */
    uint32_t wire_len;  /* frame bytes on the wire, link header included */
    uint32_t cap_len;   /* frame bytes at hand */
    uint16_t interface; /* of the frame */

    struct slice l3;           /* from the IP header to the end of the IP packet, captured part */
    uint32_t l3_wire_len;      /* IP packet length by its own header (what it would be uncut) */
    struct slice payload;      /* after the transport header, captured part */
    uint32_t payload_wire_len; /* payload bytes on the wire by the IP header */

    struct address src, dst;
    struct packet_tunnel tunnel;
    uint32_t fragment_id; /* filled with `fragment`, as are the next two */
    uint16_t fragment_at; /* where the fragment's bytes belong in the datagram */
    bool fragment_more;   /* it is not the last part */

    uint16_t src_port, dst_port; /* 0 for protocols without ports */
    uint8_t ip_version;          /* 4 or 6 */
    uint8_t proto;               /* IP protocol number of the transport header */
    uint8_t ttl;                 /* or hop limit */
    uint8_t tcp_flags;           /* TCP only */
    uint16_t l4_at;              /* where in l3 the transport header begins */
    uint32_t tcp_seq, tcp_ack;
    uint8_t icmp_type, icmp_code; /* ICMP and ICMPv6 only */
    bool fragment;                /* part of a datagram; never in a decoded packet, which is the whole of it */
    bool truncated;               /* the snap length cut the IP packet */
    uint8_t checksum;             /* enum checksum_state */
    uint8_t reassembled;          /* of this one and those around it, how many came in fragments */
    uint32_t earlier_frames;      /* frames before this one that brought fragments of it, and belong to no other packet */
    uint32_t earlier_bytes;       /* their lengths on the wire */

    uint32_t layers;     /* bit per enum decode_layer met on the way */
    uint16_t ether_type; /* of the payload, 0 without Ethernet */
    bool has_mac;
    uint8_t src_mac[6], dst_mac[6]; /* of the (innermost) Ethernet or 802.11 header; none when a tunnel carries bare IP */
    uint16_t vlan[3];               /* ids, outer first */
    uint8_t vlan_count;             /* ids in vlan[], at most 3; deeper tags are skipped */
};

#endif
