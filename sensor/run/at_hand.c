/* SPDX-License-Identifier: Apache-2.0 */
/* at_hand.c - see at_hand.h. */
#include "run/at_hand.h"

#include <string.h>

void at_hand_packet(const struct packet *p)
{
    struct blackbox_slot *s = blackbox_here;
    memcpy(s->flow.address[0], p->src.bytes, sizeof s->flow.address[0]);
    memcpy(s->flow.address[1], p->dst.bytes, sizeof s->flow.address[1]);
    s->flow.port[0] = p->src_port;
    s->flow.port[1] = p->dst_port;
    s->flow.proto = p->proto;
    blackbox_enter(STAGE_FLOW);
}

void at_hand_flow(const struct flow *f)
{
    struct blackbox_slot *s = blackbox_here;
    for (int end = 0; end < 2; end++) {
        int from = end ^ f->client_end;
        memcpy(s->flow.address[end], f->key.end[from].bytes, sizeof s->flow.address[end]);
        s->flow.port[end] = f->key.port[from];
    }
    s->flow.proto = f->key.proto;
}

/* By direction, as observations have it. */
void at_hand_tell(const struct flow *f, struct blackbox_slot *slot)
{
    const struct address *client = &f->key.end[f->client_end];
    struct blackbox_facts *facts = &slot->facts;
    *facts = (struct blackbox_facts){.flow_id = f->id, .start_ns = f->start_ns, .interface = f->interface};
    facts->is_answer = f->key.port[f->client_end] != slot->flow.port[0] || memcmp(client->bytes, slot->flow.address[0], sizeof client->bytes) != 0;
    for (int end = 0; end < 2; end++) {
        facts->packets[flow_direction(f, end)] = f->packets[end];
        facts->bytes[flow_direction(f, end)] = f->bytes[end];
    }
}
