/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.h - bytes and time from libpcap, from a file or a live interface. Nothing is parsed here.
 *
 * One capture belongs to one worker. Files are read through a big stdio buffer; the default one costs as much as
 * decoding does.
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct capture;

struct capture_live_options {
    const char *interface;
    int snaplen;        /* bytes of each frame to keep, 64..262144 */
    size_t buffer_size; /* kernel buffer, bytes */
    bool promiscuous;
    const char *bpf; /* filter expression, NULL for none */
};

/* What libpcap hands over for one frame. Valid until the next capture_next. */
struct frame {
    const uint8_t *bytes;
    uint32_t cap_len;  /* bytes at hand */
    uint32_t wire_len; /* bytes on the wire, >= cap_len */
    uint64_t time_ns;
    uint64_t number; /* from 1, before any filter's selection has meaning: Wireshark's frame number when no
                             filter is set */
    int link_type;   /* DLT_* of libpcap */
};

struct capture_counters {
    uint64_t received;                                           /* frames handed over */
    uint64_t bytes;                                              /* their wire lengths */
    uint64_t kernel_received, kernel_dropped, interface_dropped; /* live: pcap_stats(3PCAP); 0 for files */
};

enum capture_result {
    CAPTURE_FRAME,  /* `frame` is filled */
    CAPTURE_IDLE,   /* live: nothing within the time-out (about 100 ms) */
    CAPTURE_END,    /* file: all read; live: stopped */
    CAPTURE_DAMAGED /* file broke here, or live capture failed: see capture_problem; what came before is good */
};

/* Opens a pcap or pcapng file, "-" is standard input. A bad magic number, an empty file and an unreadable path each
 * have an own clear error. A pipe is waited for until its first bytes come, or until `stop_fd` (not owned; -1: none) has
 * something to read. */
struct capture *capture_open_file(const char *path, const char *bpf, int stop_fd, struct error *error);
/* Opens an interface for live capture (TPACKET_V3, no immediate mode, non-blocking and polled). */
struct capture *capture_open_live(const struct capture_live_options *options, struct error *error);
void capture_close(struct capture *c);

enum capture_result capture_next(struct capture *c, struct frame *frame);
/* Asks a blocked or busy capture_next to return CAPTURE_END soon; any thread, also a signal handler. */
void capture_stop(struct capture *c);

bool capture_is_live(const struct capture *c);
/* Path or interface name; valid as long as the capture. */
const char *capture_name(const struct capture *c);
/* After CAPTURE_DAMAGED: "file: damaged after frame N (byte offset B): libpcap's words", live "eth0: capture failed: ...".
 * "" before. */
const char *capture_problem(const struct capture *c);
/* Fraction of a file read, 0..1, by its bytes (read-ahead included); -1 when unknown (live, stdin). Any thread. */
double capture_progress(const struct capture *c);
/* On the thread that calls capture_next. */
void capture_count(struct capture *c, struct capture_counters *out);

#endif
