/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handle.h - what a capture is inside, and the functions its two kinds share. Only for the folder capture.
 *
 * capture.c holds what both kinds do alike; file.c and live.c open, wait and read.
 */
#ifndef CAPTURE_HANDLE_H
#define CAPTURE_HANDLE_H

#include <stdatomic.h>

#include <pcap/pcap.h>

#include "capture/capture.h"

struct file_reader;
struct live_batch;

struct capture {
    pcap_t *pcap;
    char *name;                 /* as the caller gave it */
    struct file_reader *reader; /* files only */
    struct live_batch *batch;   /* live only */
    struct bpf_program filter;  /* valid when has_filter */
    bool has_filter;            /* files only: the kernel filters live frames */
    bool live;
    bool seconds_32bit; /* pcap, not pcapng: negative seconds are the years 2038 to 2106 */
    bool ended;         /* file: no more frames, whatever the reason */
    int link_type;
    int wake_fd;          /* eventfd that ends a wait */
    atomic_bool stopping; /* set by capture_stop */
    uint64_t number;      /* of the latest frame */
    struct capture_counters counters;
    uint32_t kernel_last[3]; /* live: latest 32-bit values of pcap_stats: received, dropped, interface dropped */
    char problem[ERROR_TEXT_MAX];
};

/* An empty capture with name and wake_fd; NULL and `error` when memory or descriptors ran out. */
struct capture *capture_new(const char *name, bool live, struct error *error);

/* Compiles `bpf` for the link type of the opened handle; free with pcap_freecode. False and `error` names the filter. */
bool capture_compile(struct capture *c, const char *bpf, struct bpf_program *out, struct error *error);

/* Turns libpcap's header and bytes into `frame`, numbers and counts it. Always CAPTURE_FRAME. */
enum capture_result capture_deliver(struct capture *c, const struct pcap_pkthdr *header, const u_char *bytes, struct frame *frame);

/* Whether capture_stop was called. */
static inline bool capture_is_stopping(struct capture *c)
{
    return atomic_load_explicit(&c->stopping, memory_order_relaxed); /* pairs with capture_stop; orders nothing else */
}

enum capture_result file_next(struct capture *c, struct frame *frame);
void file_close(struct file_reader *reader); /* after pcap_close; takes NULL */
double file_progress(const struct capture *c);

enum capture_result live_next(struct capture *c, struct frame *frame);
void live_close(struct live_batch *batch); /* takes NULL */
void live_count(struct capture *c);

#endif
