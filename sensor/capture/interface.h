/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interface.h - an interface that is watched: its options, what its handles share, and accounts that any thread may read.
 *
 * Each packet thread has a handle of its own (capture_open_live). Several handles are one fan-out group of the kernel: each frame goes to
 * one of them. A handle that has joined sees everything until the next one joins, so the group is whole only from a moment
 * on, and frames from before are discarded by all.
 */
#ifndef CAPTURE_INTERFACE_H
#define CAPTURE_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/capture.h"

#define INTERFACE_NAME_MAX    16 /* IFNAMSIZ */
#define INTERFACE_THREADS_MAX 64
#define INTERFACES_MAX        16

/* How the kernel shares frames out: packet(7), PACKET_FANOUT. Suricata's cluster-type. */
enum fanout {
    FANOUT_FLOW, /* by addresses, ports and protocol, alike in both directions: cluster_flow */
    FANOUT_PAIR, /* by the two outer IP addresses alone: cluster_pair, ours */
    FANOUT_QM,   /* by the queue of the network card: cluster_qm */
    FANOUT_CPU   /* by the processor that took it from the card: cluster_cpu */
};

/* When the kernel keeps packets of long flows, of which nothing more is to be learnt, from the thread (capture/bypass.h). */
enum bypass_mode { BYPASS_NEVER, BYPASS_OVERLOAD /* while it falls behind */, BYPASS_ALWAYS };

/* Texts are not owned and outlive the interface. */
struct interface_options {
    const char *name;
    const char *bpf;       /* filter expression, NULL for none */
    uint32_t threads;      /* handles, 1..INTERFACE_THREADS_MAX; one needs no fan-out */
    uint16_t number;       /* in frames and observations */
    uint16_t cluster_id;   /* of the fan-out group; 0: one that nobody uses */
    enum fanout fanout;
    bool defrag;           /* the kernel puts IPv4 fragments together before it shares out; FANOUT_FLOW needs it */
    bool promiscuous;
    int snaplen;           /* bytes of each frame to keep, 64..262144 */
    size_t buffer_size;    /* of each handle's kernel buffer, bytes */
    enum bypass_mode bypass;
    uint64_t bypass_after; /* bytes of a flow that come in any case */
};

struct interface;

/* Opens nothing. NULL and `error` when memory is short or an option is out of range. */
struct interface *interface_new(const struct interface_options *options, struct error *error);
void interface_free(struct interface *i); /* takes NULL; after its handles */

/* What the packet threads told last, a second ago at most while frames come. */
struct interface_account {
    char name[INTERFACE_NAME_MAX];
    uint32_t threads;
    bool up;                         /* it is there and has a link */
    struct capture_counters capture; /* the sum over its handles */
    uint64_t checksums_bad;          /* packets with a wrong checksum, of those looked at */
};

/* Of the whole interface, and of one handle (0..threads-1), whose `threads` is 1. Any thread, no lock; figures of one handle may be of two
 * moments. */
void interface_read(const struct interface *i, struct interface_account *out);
void interface_read_thread(const struct interface *i, uint32_t thread, struct interface_account *out);

const struct interface_options *interface_options_of(const struct interface *i);

/* ------------------------------------------------------ for live.c */

/* A handle has joined the group, or left it because the interface went away. The packet thread's own call. */
void interface_join(struct interface *i);
void interface_leave(struct interface *i);
/* Whether a frame of that time was shared out by a whole group, so that no other handle saw it. */
bool interface_is_whole(const struct interface *i, uint64_t frame_ns);
/* The group's number as far as it is known, else 0; and the one that the kernel gave. */
uint16_t interface_cluster(const struct interface *i);
void interface_set_cluster(struct interface *i, uint16_t id);
/* A handle's counters, for interface_read. */
void interface_tell(struct interface *i, uint32_t thread, const struct capture_counters *counters);
void interface_tell_checksums(struct interface *i, uint32_t thread, uint64_t bad);
/* One handle (number 0) speaks for the link. */
void interface_tell_up(struct interface *i, bool up);

#endif
