/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.c - what file and live capture have in common: the handle, the filter, the frame, stopping.
 *
 * A frame's bytes stay untouched until the next capture_next. Files get that from pcap_next_ex (batches of pcap_dispatch
 * measured 3 ns cheaper, and every frame of a batch overwrites the one before); live.c copies small batches.
 */
#include "capture/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "capture/handle.h"

#define SECONDS_MAX  INT64_C(9223000000) /* year 2262: as ns it fits a signed 64-bit number with room to add timeouts */
#define NS_IN_SECOND INT64_C(1000000000)

struct capture *capture_new(const char *name, bool live, struct error *error)
{
    struct capture *c = calloc(1, sizeof *c);
    if (!c) {
        error_set(error, "%s: out of memory", name);
        return NULL;
    }
    c->live = live;
    atomic_init(&c->stopping, false);
    c->name = strdup(name);
    c->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!c->name || c->wake_fd < 0) {
        error_set(error, "%s: %s", name, strerror(errno));
        capture_close(c);
        return NULL;
    }
    return c;
}

void capture_close(struct capture *c)
{
    if (!c)
        return;
    if (c->has_filter)
        pcap_freecode(&c->filter);
    if (c->pcap)
        pcap_close(c->pcap);
    file_close(c->reader);
    live_close(c->batch);
    if (c->wake_fd >= 0)
        close(c->wake_fd);
    free(c->name);
    free(c);
}

bool capture_compile(struct capture *c, const char *bpf, struct bpf_program *out, struct error *error)
{
    if (pcap_compile(c->pcap, out, bpf, 1, PCAP_NETMASK_UNKNOWN) == 0)
        return true;
    const char *link = pcap_datalink_val_to_name(c->link_type);
    return error_set(error, "%s: filter '%s': %s (link type %s)", c->name, bpf, pcap_geterr(c->pcap), link ? link : "unknown");
}

/* libpcap hands over seconds and, with the precision we ask for, nanoseconds; broken files put anything there. */
static uint64_t frame_time(const struct capture *c, const struct timeval *ts)
{
    int64_t seconds = ts->tv_sec;
    if (seconds < 0)
        seconds = c->seconds_32bit ? (int64_t)(uint32_t)seconds : 0;
    if (seconds > SECONDS_MAX)
        seconds = SECONDS_MAX;
    int64_t ns = seconds * NS_IN_SECOND;
    if (ts->tv_usec >= 0 && ts->tv_usec < NS_IN_SECOND)
        ns += ts->tv_usec;
    return (uint64_t)ns;
}

enum capture_result capture_deliver(struct capture *c, const struct pcap_pkthdr *header, const u_char *bytes, struct frame *frame)
{
    frame->bytes = bytes;
    frame->cap_len = header->caplen;
    frame->wire_len = header->len > header->caplen ? header->len : header->caplen;
    frame->time_ns = frame_time(c, &header->ts);
    frame->number = c->number;
    frame->link_type = c->link_type;
    c->counters.received++;
    c->counters.bytes += frame->wire_len;
    return CAPTURE_FRAME;
}

enum capture_result capture_next(struct capture *c, struct frame *frame)
{
    if (capture_is_stopping(c))
        return CAPTURE_END;
    return c->live ? live_next(c, frame) : file_next(c, frame);
}

void capture_stop(struct capture *c)
{
    int saved = errno;                                               /* a signal handler must leave it alone */
    atomic_store_explicit(&c->stopping, true, memory_order_relaxed); /* read by capture_is_stopping */
    uint64_t one = 1;
    ssize_t written = write(c->wake_fd, &one, sizeof one); /* fails only when it is already awake */
    (void)written;
    errno = saved;
}

bool capture_is_live(const struct capture *c)
{
    return c->live;
}

const char *capture_name(const struct capture *c)
{
    return c->name;
}

const char *capture_problem(const struct capture *c)
{
    return c->problem;
}

double capture_progress(const struct capture *c)
{
    return c->live ? -1 : file_progress(c);
}

void capture_count(struct capture *c, struct capture_counters *out)
{
    if (c->live)
        live_count(c);
    *out = c->counters;
}
