/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic.h - the QUIC Initial (RFC 9000, 9001, 9369, IETF drafts, Google QUIC): keys from the connection id, CRYPTO frames over
 * several packets and datagrams put together, the ClientHello or ServerHello inside read by tls_hello.h.
 *
 * Cryptography is libcrypto's. Initial keys are derived from public values, so this decrypts nothing secret.
 */
#ifndef DISSECT_QUIC_H
#define DISSECT_QUIC_H

#include <stdbool.h>

#include "dissect/parser.h"

struct quic_crypto; /* per worker: cipher contexts, reused */
struct quic_flow;   /* per flow, while hellos are incomplete */

struct quic_crypto *quic_crypto_new(struct error *error);
void quic_crypto_free(struct quic_crypto *c);

/* Does this UDP payload start a QUIC (long header, known or plausible version) or Google QUIC connection? */
enum probe quic_probe(struct slice datagram);

struct quic_flow *quic_flow_new(void); /* NULL when memory is short */
void quic_flow_free(struct quic_flow *q);
size_t quic_flow_memory(const struct quic_flow *q); /* bytes held */

/* Looks at one datagram; observes OBSERVE_QUIC when a hello is whole. PARSE_DONE when neither direction can say more.
 * `consumed` and `skip` of the result have no meaning. A packet that opens is proof of who is the client: the flow is told. */
struct parse_result quic_datagram(struct quic_crypto *c, struct quic_flow *q, const struct parse_place *place,
                                  struct slice datagram);

/* The flow is over: observes what is known when a client Initial was decrypted but its hello stayed incomplete (version only
 * when nothing else). */
void quic_end(struct quic_flow *q, const struct parse_place *place);

#endif
