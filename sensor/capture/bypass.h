/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bypass.h - packets that the kernel counts for us and does not hand over: those of flows of which nothing more is to be learnt.
 *
 * A program of eBPF on the handle's socket compares each packet with a table of 4096 places in memory that the kernel and this process share,
 * so that after the start no system call and no right is needed. SYN, FIN and RST always come through, and end the bypass of their
 * direction there and then: a new connection on the same ports is seen from its first byte. Fragments, IPv4 options, IPv6 extension headers and
 * tunnels come through as well. Needs CAP_BPF when it is opened, and Linux 5.8.
 */
#ifndef CAPTURE_BYPASS_H
#define CAPTURE_BYPASS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/capture.h"
#include "sensor_plugin.h"

struct bypass;

/* One direction of a flow, as its packets have it on the wire. */
struct bypass_ends {
    const struct address *src, *dst;
    uint16_t src_port, dst_port; /* host order */
    uint16_t vlan;               /* with has_vlan: the id of the only tag */
    uint8_t proto;               /* TCP or UDP */
    uint8_t ip_version;          /* 4 or 6 */
    bool has_vlan;
};

/* What did not come. */
struct bypass_counts {
    uint64_t packets, bytes; /* bytes on the wire, a VLAN tag included */
};

/* Makes table and program; NULL and `error` where the kernel lets us not. */
struct bypass *bypass_new(struct error *error);
void bypass_free(struct bypass *b); /* takes NULL */
/* Puts the program on a packet socket of Ethernet that has no filter. */
bool bypass_attach(const struct bypass *b, int fd, struct error *error);

/* Takes a place in the table; -1 when another flow has it. From now on a SYN, FIN or RST ends it, and all packets come still. */
int bypass_add(struct bypass *b, const struct bypass_ends *ends);
/* From now on they do not come. To be called when all frames from before bypass_add were looked at: else one of them may begin another
 * connection, whose next packets nobody would see. */
void bypass_begin(struct bypass *b, int place);
/* What did not come since the last call for this place; false when the kernel has ended it since. */
bool bypass_take(struct bypass *b, int place, struct bypass_counts *out);
/* They come again, and the place is free. Take what it counted behind this. */
void bypass_remove(struct bypass *b, int place);

/* Fills in what did not come since the start, and how much of it was never taken, because nobody had the place any more. A walk through the
 * table; leaves `out` alone when `b` is NULL. */
void bypass_count(const struct bypass *b, struct capture_counters *out);

#endif
