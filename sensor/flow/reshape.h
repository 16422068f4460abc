/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reshape.h - IP packets as a classifier wants them, when the wire or the capture has them otherwise. Private to flow/.
 */
#ifndef FLOW_RESHAPE_H
#define FLOW_RESHAPE_H

#include <stddef.h>
#include <stdint.h>

#include "flow/flow.h"

#define RESHAPE_MAX     65535u /* bytes of the largest packet */
#define RESHAPE_SYN_MAX 60u
#define RESHAPE_UDP_MAX 48u /* bytes of IP and UDP headers */
#define RESHAPE_HELLO_MAX 160u

/*
 * The packet with the length in its IP header equal to the length at hand, at most RESHAPE_MAX, and nothing between that header and
 * the transport header. Where it is otherwise (snap length; segmentation offload, which leaves 0; an IPv6 jumbogram; extension and
 * authentication headers) it is a copy in `scratch` of RESHAPE_MAX bytes, else the packet's own bytes. Needs the whole IP header.
 */
struct slice reshape_plain(const struct packet *packet, uint8_t *scratch);

/* The SYN that began, or would have begun, a TCP flow, into `out` of RESHAPE_SYN_MAX bytes. */
struct slice reshape_syn(const struct flow *f, uint8_t *out);

/* A datagram with `payload` that `end` sent, into `out` of RESHAPE_UDP_MAX bytes more than that. */
struct slice reshape_udp(const struct flow *f, int end, struct slice payload, uint8_t *out);

/* A ClientHello of TLS 1.2 that `end` sends over TCP, offering HTTP to the server of that name (none when empty), into `out` of
 * RESHAPE_HELLO_MAX bytes and the name's. */
struct slice reshape_hello(const struct flow *f, int end, struct slice name, uint8_t *out);

/* A DNS query in IPv4 for a name nobody has registered: something to start a classifier with. */
struct slice reshape_query(void);

#endif
