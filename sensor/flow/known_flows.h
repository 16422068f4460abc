/* SPDX-License-Identifier: Apache-2.0 */
/*
 * known_flows.h - the classifier's side of known.h. Private to flow/.
 */
#ifndef FLOW_KNOWN_FLOWS_H
#define FLOW_KNOWN_FLOWS_H

#include "decode/packet.h"
#include "flow/known.h"
#include "flow/library.h"
#include "flow/states.h"

/* 512 KiB of names. Library and states must outlive it. NULL and `error` when memory is short. */
struct known *known_new(struct library *library, struct states *states, struct error *error);
void known_free(struct known *k); /* takes NULL */

/* Does this packet, the first of its flow with payload, begin what the dissectors will read: a ClientHello in TCP, a client's QUIC Initial? */
bool known_begins(const struct packet *packet);

/* `end` sent a QUIC Initial, which names the protocol, if not yet the server. */
void known_see_initial(struct known *k, struct flow *f, int end);

#endif
