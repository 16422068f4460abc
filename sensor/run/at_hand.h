/* SPDX-License-Identifier: Apache-2.0 */
/*
 * at_hand.h - which conversation a worker is busy with, noted in its slot of the black box, should it be the last.
 */
#ifndef RUN_AT_HAND_H
#define RUN_AT_HAND_H

#include "base/blackbox.h"
#include "decode/packet.h"
#include "flow/flow.h"

/* A packet, from source to destination; its flow is about to be looked up. */
void at_hand_packet(const struct packet *p);
/* A flow that ends, from client to server. */
void at_hand_flow(const struct flow *f);
/* After a crash: what is known of that flow. */
void at_hand_tell(const struct flow *f, struct blackbox_slot *slot);

#endif
