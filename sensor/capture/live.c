/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live.c - captures from an interface through libpcap's memory-mapped packet socket (TPACKET_V3).
 *
 * Never immediate mode: it falls back to TPACKET_V2 and one wake-up per packet. Reading is non-blocking with a poll of
 * our own, because a blocking read may sleep for ever on a quiet interface, and expiry and stopping cannot wait for that.
 * Frames are fetched and copied a few at a time: a call of libpcap costs as much as the copy, and without a copy the
 * kernel could overwrite a frame in use, because libpcap gives a block back as soon as its last frame was handed over.
 */
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "capture/format.h"
#include "capture/handle.h"

#define WAIT_MS       100 /* also how long the kernel may hold a block that is not full */
#define SNAPLEN_LEAST 64
#define SNAPLEN_MOST  262144

#define BATCH_MAX 32 /* frames */

/* Frames copied out of the kernel's ring, and how far the caller has come. */
struct live_batch {
    struct pcap_pkthdr headers[BATCH_MAX];
    size_t at[BATCH_MAX]; /* where each frame begins in bytes[] */
    size_t count, next, used;
    size_t size; /* of bytes[]: BATCH_MAX frames of the snap length, so a batch always fits */
    uint8_t bytes[];
};

/* "lo, eth0, ..." into `out`, cut to fit. */
static void list_interfaces(char *out, size_t size)
{
    struct if_nameindex *all = if_nameindex();
    size_t used = 0;
    out[0] = '\0';
    for (struct if_nameindex *i = all; i && i->if_index != 0 && used < size; i++) {
        int n = snprintf(out + used, size - used, "%s%s", used ? ", " : "", i->if_name);
        used += n > 0 ? (size_t)n : 0;
    }
    if (all)
        if_freenameindex(all);
}

static bool explain_failure(const struct capture *c, int result, struct error *error)
{
    char names[256];
    switch (result) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        list_interfaces(names, sizeof names);
        return error_set(error, "%s: no such interface; there are: %s", c->name, names);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return error_set(error, "%s: not allowed to capture; run as root or with CAP_NET_RAW", c->name);
    case PCAP_ERROR_IFACE_NOT_UP:
        return error_set(error, "%s: the interface is down; bring it up with 'ip link set %s up'", c->name, c->name);
    default:
        return error_set(error, "%s: %s%s%s", c->name, pcap_statustostr(result), *pcap_geterr(c->pcap) ? ": " : "",
                         pcap_geterr(c->pcap));
    }
}

static bool activate(struct capture *c, const struct capture_live_options *o, struct error *error)
{
    char words[PCAP_ERRBUF_SIZE] = "";
    c->pcap = pcap_create(o->interface, words);
    if (!c->pcap)
        return error_set(error, "%s: %s", o->interface, words);
    pcap_set_snaplen(c->pcap, o->snaplen);
    pcap_set_promisc(c->pcap, o->promiscuous);
    pcap_set_timeout(c->pcap, WAIT_MS);
    pcap_set_immediate_mode(c->pcap, 0);
    if (o->buffer_size > 0)
        pcap_set_buffer_size(c->pcap, o->buffer_size < INT_MAX ? (int)o->buffer_size : INT_MAX);
    if (pcap_set_tstamp_precision(c->pcap, PCAP_TSTAMP_PRECISION_NANO) != 0)
        return error_set(error, "%s: no nanosecond time stamps", o->interface);

    int result = pcap_activate(c->pcap);
    if (result < 0)
        return explain_failure(c, result, error);
    if (result > 0)
        log_warning("%s: %s", c->name, result == PCAP_WARNING ? pcap_geterr(c->pcap) : pcap_statustostr(result));
    c->link_type = pcap_datalink(c->pcap);
    if (pcap_setnonblock(c->pcap, 1, words) != 0)
        return error_set(error, "%s: %s", o->interface, words);
    return true;
}

static bool set_filter(struct capture *c, const char *bpf, struct error *error)
{
    struct bpf_program filter;
    const char *link = pcap_datalink_val_to_name(c->link_type);
    if (pcap_compile(c->pcap, &filter, bpf, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return error_set(error, "%s: filter '%s': %s (link type %s)", c->name, bpf, pcap_geterr(c->pcap), link ? link : "unknown");
    int result = pcap_setfilter(c->pcap, &filter);
    pcap_freecode(&filter);
    return result == 0 || error_set(error, "%s: filter '%s': %s", c->name, bpf, pcap_geterr(c->pcap));
}

static bool make_batch(struct capture *c, struct error *error)
{
    size_t size = (size_t)BATCH_MAX * (size_t)pcap_snapshot(c->pcap);
    c->batch = malloc(sizeof *c->batch + size); /* memory never touched is never taken */
    if (!c->batch)
        return error_set(error, "%s: out of memory", c->name);
    memset(c->batch, 0, sizeof *c->batch);
    c->batch->size = size;
    return true;
}

void live_close(struct live_batch *batch)
{
    free(batch);
}

struct capture *capture_open_live(const struct capture_live_options *options, struct error *error)
{
    if (options->snaplen < SNAPLEN_LEAST || options->snaplen > SNAPLEN_MOST) {
        error_set(error, "%s: snap length %d is out of range (%d..%d)", options->interface, options->snaplen, SNAPLEN_LEAST,
                  SNAPLEN_MOST);
        return NULL;
    }
    struct capture *c = capture_new(options->interface, true, error);
    if (!c)
        return NULL;
    bool filtered = options->bpf && *options->bpf;
    if (!activate(c, options, error) || !make_batch(c, error) || (filtered && !set_filter(c, options->bpf, error))) {
        capture_close(c);
        return NULL;
    }
    return c;
}

/* Returns when a block is ready, after WAIT_MS, or when capture_stop was called. */
static void wait_for_frames(const struct capture *c)
{
    struct pollfd fds[2] = {{pcap_get_selectable_fd(c->pcap), POLLIN, 0}, {c->wake_fd, POLLIN, 0}};
    (void)poll(fds, 2, WAIT_MS); /* a signal ends it early, which the caller takes for a time-out */
}

static void keep_frame(u_char *arg, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct live_batch *b = (struct live_batch *)(void *)arg;
    if (b->count == BATCH_MAX || header->caplen > b->size - b->used)
        return; /* cannot be: libpcap keeps to the count and the snap length it was given */
    memcpy(b->bytes + b->used, bytes, header->caplen);
    b->headers[b->count] = *header;
    b->at[b->count++] = b->used;
    b->used += header->caplen;
}

/* Fetches what is ready; 0 when nothing is, negative on failure. */
static int fill_batch(struct capture *c)
{
    struct live_batch *b = c->batch;
    b->count = b->next = b->used = 0;
    int result = pcap_dispatch(c->pcap, BATCH_MAX, keep_frame, (u_char *)b);
    return b->count > 0 ? (int)b->count : result;
}

static enum capture_result fail(struct capture *c)
{
    c->ended = true;
    snprintf(c->problem, sizeof c->problem, "%s: capture failed: %s", c->name, pcap_geterr(c->pcap));
    return CAPTURE_DAMAGED;
}

static enum capture_result deliver(struct capture *c, const struct pcap_pkthdr *header, const u_char *bytes, struct frame *frame)
{
    frame->bytes = bytes;
    frame->cap_len = header->caplen;
    frame->wire_len = header->len > header->caplen ? header->len : header->caplen;
    frame->time_ns = format_time(header->ts.tv_sec, (uint64_t)header->ts.tv_usec);
    frame->number = frame->order = ++c->number;
    frame->link_type = c->link_type;
    frame->interface = 0;
    c->counters.received++;
    c->counters.bytes += frame->wire_len;
    return CAPTURE_FRAME;
}

enum capture_result live_next(struct capture *c, struct frame *frame)
{
    struct live_batch *b = c->batch;
    if (b->next == b->count) {
        if (c->ended)
            return CAPTURE_END;
        int result = fill_batch(c);
        if (result == 0) {
            wait_for_frames(c);
            if (capture_is_stopping(c))
                return CAPTURE_END;
            result = fill_batch(c);
        }
        if (result <= 0)
            return result == 0 ? CAPTURE_IDLE : fail(c);
    }
    size_t i = b->next++;
    return deliver(c, &b->headers[i], b->bytes + b->at[i], frame);
}

/* pcap_stats counts in 32 bits and wraps on a busy day; ours do not. */
void live_count(struct capture *c)
{
    struct pcap_stat now;
    if (pcap_stats(c->pcap, &now) != 0)
        return;
    const uint32_t values[3] = {now.ps_recv, now.ps_drop, now.ps_ifdrop};
    uint64_t *const totals[3] = {&c->counters.kernel_received, &c->counters.kernel_dropped, &c->counters.interface_dropped};
    for (size_t i = 0; i < 3; i++) {
        *totals[i] += (uint32_t)(values[i] - c->kernel_last[i]);
        c->kernel_last[i] = values[i];
    }
}
