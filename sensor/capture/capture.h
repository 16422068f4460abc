/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.h - frames and their time, from files or a live interface. Nothing in a frame is parsed here.
 *
 * One capture belongs to one worker. Files, one or thousands, are one stream merged by packet time (files.c); an interface is read
 * through libpcap (live.c).
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct bypass;
struct capture;
struct inputs;
struct interface;

/* One frame. Valid until the next capture_next. */
struct frame {
    const uint8_t *bytes;
    uint32_t cap_len;  /* bytes at hand */
    uint32_t wire_len; /* bytes on the wire, >= cap_len */
    uint64_t time_ns;
    uint64_t number;    /* in its file, from 1, whatever a filter leaves out: Wireshark's; live: of its handle */
    uint64_t order;     /* its place in the whole capture, from 1, with those that a filter leaves out; the same for all workers. Live:
                         * its time */
    int link_type;      /* DLT_* of libpcap */
    uint16_t interface; /* files: number in capture/origins.h; live: interface_options.number */
};

/* All uint64_t. Live, kernel_received = kernel_dropped + early + abandoned + filtered + received + what still waits in the kernel. */
struct capture_counters {
    uint64_t received;        /* frames handed over */
    uint64_t bytes;           /* their wire lengths */
    uint64_t filtered;        /* frames that the filter did not want; live only of a filter that the kernel refused, known at the end */
    uint64_t kernel_received; /* live: frames that the kernel had for the handle, those it dropped among them */
    uint64_t kernel_dropped;  /* live: of these, those that found the buffer full */
    uint64_t interface_dropped; /* live: frames that the interface lost itself; counted by its first handle alone */
    uint64_t early;           /* live: discarded, for not all handles had joined, or the filter was not set */
    uint64_t abandoned;       /* live: still waited in the buffer of a handle that had to be closed */
    uint64_t interruptions;   /* live: how often the link went down or the interface away; by its first handle alone */
    uint64_t failures;        /* live: errors of the handle that capture survived */
    uint64_t bypassed;        /* live: beside all of these, frames that capture_bypass kept away: known to the kernel's program alone */
    uint64_t bypassed_bytes;  /* live: their lengths on the wire */
    uint64_t bypassed_strays; /* live: of `bypassed`, those that no flow was told of */
    uint64_t overloads;       /* live: how often the handle fell behind */
};

enum capture_result {
    CAPTURE_FRAME,  /* `frame` is filled */
    CAPTURE_IDLE,   /* nothing is at hand, and the next call may wait for it (live 10 ms); a pipe, a followed file, a watched directory:
                     * nothing within about 100 ms */
    CAPTURE_END,    /* files: all read; live: stopped */
    CAPTURE_DAMAGED /* files: all read, and one or more broke; live: capture failed. See capture_problem; what came is good */
};

/* Opens a list of files (capture/inputs.h; not owned; sealed, not empty unless it is watched), each pcap or pcapng, also packed with
 * gzip, zstd or lz4. A pipe is waited for until its first frame comes or the list's stop_fd has something to read. */
struct capture *capture_open_inputs(struct inputs *inputs, const char *bpf, struct error *error);
/* The same for one file, a pipe or "-". A bad magic number, an empty file and an unreadable path each have a clear error of their own. */
struct capture *capture_open_file(const char *path, const char *bpf, int stop_fd, struct error *error);
/* Opens one of the handles of an interface (not owned; capture/interface.h), number `thread` (TPACKET_V3, non-blocking and polled). When the
 * interface goes down or away, it waits and goes on by itself. */
struct capture *capture_open_live(struct interface *i, uint32_t thread, struct error *error);
void capture_close(struct capture *c);

enum capture_result capture_next(struct capture *c, struct frame *frame);
/* Asks a blocked or busy capture_next to return CAPTURE_END soon; any thread, also a signal handler. */
void capture_stop(struct capture *c);

/* Whether capture_stop was called; any thread. */
bool capture_was_stopped(const struct capture *c);
bool capture_is_live(const struct capture *c);
/* Path of the first file, or interface name; valid as long as the capture. */
const char *capture_name(const struct capture *c);
/* After CAPTURE_DAMAGED: of the first file that broke "file: damaged after frame N (byte offset B): what, what to do", live
 * "eth0: capture failed: ...". "" before. */
const char *capture_problem(const struct capture *c);
/* Fraction of the files read, 0..1, by their bytes (read-ahead included); -1 when unknown (live, stdin). Any thread. */
double capture_progress(const struct capture *c);
/* Files read to their end; 0 live. On the thread that calls capture_next, as is: */
uint64_t capture_files_read(const struct capture *c);
void capture_count(struct capture *c, struct capture_counters *out);
/* Live, after CAPTURE_IDLE: no frame of an earlier time will come (wall time, a little ago). 0 for files. */
uint64_t capture_quiet_ns(const struct capture *c);
/* Live, whether the bulk of long flows shall be left out now: the handle has fallen behind, or that is wanted always. */
bool capture_wants_bypass(const struct capture *c);
/* Live, the means to do so; NULL when there is none. For the thread that calls capture_next. */
struct bypass *capture_bypass(const struct capture *c);
/* Live: packets with a wrong checksum so far, for the interface's account. */
void capture_tell_checksums(struct capture *c, uint64_t bad);

#endif
