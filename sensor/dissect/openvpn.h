/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openvpn.h - the TLS handshake inside OpenVPN's control channel over TCP: what carries it is taken off, and the TLS parser reads on.
 *
 * OpenVPN's network protocol (its source, src/openvpn/ssl_pkt.h): two bytes of length, opcode and key id, session id, with tls-auth a
 * digest, packet number and time, then acknowledgements, message number and TLS bytes. With tls-crypt all of that is encrypted and
 * nothing is told.
 */
#ifndef DISSECT_OPENVPN_H
#define DISSECT_OPENVPN_H

#include "dissect/tls.h"

struct openvpn; /* both directions of one connection */

/* The reset that begins a connection's direction? `guard` receives the bytes between session id and acknowledgements: 0, or what tls-auth
 * with one of the usual digests adds. */
enum probe openvpn_probe(struct slice bytes, uint8_t *guard);

/* NULL when memory is short. */
struct openvpn *openvpn_new(struct budget *budget, uint8_t guard);
void openvpn_free(struct openvpn *o); /* NULL is fine */

/* Bytes of one direction, whose TLS goes to `t`. Consumes whole packets. */
struct parse_result openvpn_bytes(struct openvpn *o, struct tls_flow *t, const struct parse_place *place, struct slice bytes);

#endif
