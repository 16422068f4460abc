/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dtls.h - DTLS 1.0 to 1.3 handshakes over UDP (RFC 4347, 6347, 9147): fragments of messages put together, cookies passed
 * over, everything encrypted left alone.
 */
#ifndef DISSECT_DTLS_H
#define DISSECT_DTLS_H

#include <stdbool.h>

#include "dissect/budget.h"
#include "dissect/parser.h"

struct dtls_flow; /* both directions of one association */

/* Does this datagram begin with a clear DTLS handshake record whose lengths add up? */
enum probe dtls_probe(struct slice datagram);

/* NULL when the budget refuses. */
struct dtls_flow *dtls_flow_new(struct budget *budget);
void dtls_flow_free(struct dtls_flow *t);

/* One datagram of place->end. Observes OBSERVE_TLS when the handshake is complete. Datagrams that are not DTLS (STUN shares
 * the ports) are passed over. PARSE_DONE when the observation is out; `consumed` and `skip` have no meaning. */
struct parse_result dtls_datagram(struct dtls_flow *t, const struct parse_place *place, struct slice datagram);

/* The flow is over, or nobody wants to wait longer: observes what is known. */
void dtls_end(struct dtls_flow *t, const struct parse_place *place);

#endif
