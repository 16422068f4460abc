/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duplicate.h - the same packet seen twice: a mirror port that copies both ways of a switch, two VLANs, two taps. Copies agree in all
 * that a network does not rewrite on the way; retransmissions get a new IP identification or TCP time stamp.
 *
 * A copy is told from a repetition by what the packet carries:
 *   IPv4 with an identification, and fragments: 50 ms;
 *   without one (IPv6, or 0): 2 ms, and TCP must have time stamps, or have come another way (hop limit, VLAN); else 20 us, and
 *   resets never.
 * The window holds 8192 packets, an eighth of it for each share of the conversations: what is forgotten of one depends on those of
 * its own share alone (share.c), so several decoders that divide the shares among them forget what one would. What it forgets early
 * is counted twice, as without it; nothing that is new is taken for a copy but by a collision of 64 secret bits.
 */
#ifndef DECODE_DUPLICATE_H
#define DECODE_DUPLICATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "decode/packet.h"

/* Bytes of payload that are compared, beside the checksum over all of it; all of a QUIC handshake packet. A TCP stream keeps what
 * came first anyway. */
#define DUPLICATE_PAYLOAD_TCP 64u
#define DUPLICATE_PAYLOAD     128u

struct duplicates;

struct duplicates *duplicates_new(struct error *error); /* NULL and `error` when memory is short; about 200 KiB */
void duplicates_free(struct duplicates *d);             /* takes NULL */

/* Whether a packet, or fragment, is a copy of one just seen; remembers it if not. `p->payload` is what follows the IP or
 * transport header. `ends`: share_ends(p).
 *
 * A conversation whose copies came with two different stacks of VLAN ids keeps those of the copy that came first, in p->vlan: else
 * each of its directions could end up in a flow of its own. */
bool duplicates_see(struct duplicates *d, struct packet *p, uint64_t ends);

#endif
