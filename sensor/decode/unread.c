/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unread.c - which contents nobody looked into: link types, EtherTypes, IP protocols, by number. The first kinds that come have a
 * counter each, the others one together; every decoder sees every frame, so it is the same ones for any number of workers.
 */
#include "decode/layers.h"

static void add(struct decode_unreads *u, struct decode_unread what)
{
    for (unsigned i = 0; i < UNREAD_MAX; i++) {
        struct decode_unread *top = &u->top[i];
        if (top->count > 0 && (top->kind != what.kind || top->number != what.number))
            continue;
        what.count += top->count;
        *top = what;
        return;
    }
    u->others += what.count;
}

static bool comes_before(const struct decode_unread *a, const struct decode_unread *b)
{
    if (a->count != b->count)
        return a->count > b->count;
    return a->kind != b->kind ? a->kind < b->kind : a->number < b->number;
}

void decode_add_unread(struct decode_unreads *total, const struct decode_unreads *one)
{
    struct decode_unread *top = total->top;
    for (unsigned i = 0; i < UNREAD_MAX && one->top[i].count > 0; i++)
        add(total, one->top[i]);
    total->others += one->others;
    for (unsigned i = 1; i < UNREAD_MAX; i++)
        for (unsigned k = i; k > 0 && comes_before(&top[k], &top[k - 1]); k--) {
            struct decode_unread other = top[k];
            top[k] = top[k - 1];
            top[k - 1] = other;
        }
}

void unread_note(struct decode_unreads *u, int link_type, const struct packet *p, enum decode_outcome outcome)
{
    uint16_t ether_type = p->ether_type < 0x600 ? 0 : p->ether_type;
    if (outcome == UNDECODED_LINK_TYPE)
        add(u, (struct decode_unread){UNREAD_LINK_TYPE, (uint16_t)link_type, 1});
    else if ((outcome == UNDECODED_ETHER_TYPE && ether_type != ETHER_ARP) || outcome == UNDECODED_MACSEC)
        add(u, (struct decode_unread){UNREAD_ETHER_TYPE, ether_type, 1});
    else if (outcome == DECODED && p->proto != IP_ICMP && p->proto != IP_ICMPV6 && p->proto != IP_SCTP)
        add(u, (struct decode_unread){UNREAD_IP_PROTOCOL, p->proto, 1});
}
