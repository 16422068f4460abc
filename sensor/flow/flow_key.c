/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_key.c - the symmetric key: whichever end sends, the smaller (address, port) comes first.
 *
 * Keys are hashed and compared as bytes, so the struct must have no padding and every byte of it is written here.
 */
#include <string.h>

#include "decode/cursor.h"
#include "decode/share.h"
#include "flow/flow.h"

_Static_assert(sizeof(struct flow_key) == 44, "a hole in the key would be hashed");

/* Is the packet's source the greater end? By halves: a call of memcmp costs more than the rest of the key. */
static bool source_is_greater(const struct packet *p)
{
    for (size_t half = 0; half < sizeof p->src.bytes; half += 8) {
        uint64_t src = read_u64(p->src.bytes + half), dst = read_u64(p->dst.bytes + half);
        if (src != dst)
            return src > dst;
    }
    return p->src_port > p->dst_port;
}

uint32_t flow_share(const struct flow *f)
{
    return share_of(share_between(&f->key.end[0], &f->key.end[1], (uint32_t)f->key.port[0] + f->key.port[1]));
}

int flow_key_of(const struct packet *packet, bool use_vlan, struct flow_key *key)
{
    int end = source_is_greater(packet);
    key->end[end] = packet->src;
    key->end[!end] = packet->dst;
    key->port[end] = packet->src_port;
    key->port[!end] = packet->dst_port;
    memset(key->vlan, 0, sizeof key->vlan);
    for (unsigned i = 0; use_vlan && i < packet->vlan_count && i < 3; i++)
        key->vlan[i] = packet->vlan[i];
    key->proto = packet->proto;
    key->ip_version = packet->ip_version;
    return end;
}
