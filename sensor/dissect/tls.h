/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.h - the TLS record layer over TCP (RFC 8446 5, RFC 5246 6.2), in the clear part of a handshake: records over several
 * packets, messages over several records. Encrypted records are never looked into.
 */
#ifndef DISSECT_TLS_H
#define DISSECT_TLS_H

#include <stdbool.h>

#include "dissect/budget.h"
#include "dissect/parser.h"

struct tls_flow; /* both directions of one connection */

/* Do these bytes start a direction of a TLS connection: a record with a ClientHello or ServerHello, or an SSL 2 compatible
 * ClientHello? *is_server says which. */
enum probe tls_probe(struct slice bytes, bool *is_server);

/* Do these bytes look like any TLS record? For finding the way back into a connection that is known to be TLS. */
enum probe tls_record_probe(struct slice bytes);

/* NULL when the budget refuses. `from_proto` is the enum app_proto that upgraded to TLS, APP_UNKNOWN for none. */
struct tls_flow *tls_flow_new(struct budget *budget, uint8_t from_proto);
void tls_flow_free(struct tls_flow *t);

/* Bytes that place->end sent. Observes OBSERVE_TLS when the handshake is complete. PARSE_DONE when this direction can say
 * nothing more, PARSE_REFUSED when what follows is no TLS record. */
struct parse_result tls_bytes(struct tls_flow *t, const struct parse_place *place, struct slice bytes);

/* `lost` bytes of place->end will never come. False when that direction cannot go on: it lost its place among the records. */
bool tls_gap(struct tls_flow *t, const struct parse_place *place, uint64_t lost);

/* A whole hello was seen, of either side. */
bool tls_is_begun(const struct tls_flow *t);

/* The handshake was observed: the flow can be freed. */
bool tls_is_observed(const struct tls_flow *t);

/* No more bytes will come, or nobody wants to wait longer: observes what is known. */
void tls_end(struct tls_flow *t, const struct parse_place *place);

#endif
