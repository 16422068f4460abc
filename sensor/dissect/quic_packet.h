/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic_packet.h - the packets of a QUIC datagram that have a long header (RFC 9000 17.2, 12.2 coalescing).
 */
#ifndef DISSECT_QUIC_PACKET_H
#define DISSECT_QUIC_PACKET_H

#include <stdbool.h>

#include "decode/cursor.h"

#define QUIC_CID_MAX 20

enum quic_packet_type { QUIC_INITIAL, QUIC_RETRY, QUIC_VERSION_NEGOTIATION, QUIC_OTHER /* 0-RTT, Handshake */ };

struct quic_packet {
    enum quic_packet_type type;
    uint32_t version;        /* 0 for version negotiation */
    struct slice dcid, scid; /* destination and source connection ids, at most QUIC_CID_MAX bytes */
    struct slice bytes;      /* INITIAL, OTHER: the packet from its first byte to the end its length field names */
    size_t number_at;        /* INITIAL, OTHER: offset of the (protected) packet number in bytes */
    struct slice rest;       /* RETRY, VERSION_NEGOTIATION: what follows the connection ids */
};

/* Variable-length integer (RFC 9000 16). False when cut. */
bool quic_varint(struct cursor *at, uint64_t *out);

/* Takes the next long-header packet of a datagram. False when there is none, it is cut, its version is unknown, or its
 * connection ids are too long. */
bool quic_packet_read(struct cursor *datagram, struct quic_packet *out);

#endif
