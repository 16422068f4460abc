/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket.h - one handle of libpcap on an interface: opened, filtered, joined to its group, counted. Only for the folder capture.
 */
#ifndef CAPTURE_SOCKET_H
#define CAPTURE_SOCKET_H

#include <pcap/pcap.h>

#include "base/error.h"
#include "capture/interface.h"

/* How long the kernel may hold a block of frames that is not full, once or twice: most of how late a line is. A reader that stands still
 * fills a block in that time, however few frames come: 64 MB are a second. */
#define SOCKET_BLOCK_MS 4

struct packet_socket {
    pcap_t *pcap; /* NULL: closed */
    int link_type;
    int index;         /* the kernel's number of the interface */
    uint64_t ready_ns; /* wall time; frames from before were neither filtered nor shared out; 0: there is nothing of the kind */
    bool exact;        /* every frame that the kernel counts is handed over: no filter runs in libpcap */
};

enum socket_result {
    SOCKET_OPEN,
    SOCKET_FORBIDDEN, /* no right to capture: trying again is of no use */
    SOCKET_FAILED
};

/* Unless SOCKET_OPEN, `error` says why and nothing is open. With several threads it joins the group, but does not say so to the
 * interface: the caller does, when it is ready to read. */
enum socket_result socket_open(struct packet_socket *s, struct interface *i, struct error *error);
void socket_close(struct packet_socket *s); /* takes a closed one */
/* The interface was made anew, as number `index`: the same descriptor listens to it, which takes no right. False where that cannot be: in a
 * group, of which the kernel lets no descriptor go. */
bool socket_follow(struct packet_socket *s, const struct interface_options *o, int index);

/* Adds what the kernel counted since the last call: frames for this handle (dropped ones among them), dropped ones. */
void socket_count(struct packet_socket *s, uint64_t *received, uint64_t *dropped);
/* From now on the kernel takes no more frames for this handle; what waits can be read. False when it will not. */
bool socket_shut(struct packet_socket *s);
/* Takes note of an error that the kernel left on the descriptor, such as the interface having gone down. */
void socket_clear(struct packet_socket *s);

#endif
