/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live.c - one handle on an interface, read for as long as the sensor runs: also when the link goes down, and when the interface is
 * removed and made anew.
 *
 * Reading is non-blocking with a poll of our own, because a blocking read may sleep for ever on a quiet interface, and expiry and
 * stopping cannot wait for that. Frames are fetched and copied a few at a time: a call of libpcap costs as much as the copy, and without a
 * copy the kernel could overwrite a frame in use, because libpcap gives a block back as soon as its last frame was handed over. At the end
 * the kernel is told to take no more, and what waits is read, so that the account closes.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "capture/bypass.h"
#include "capture/format.h"
#include "capture/handle.h"
#include "capture/interface.h"
#include "capture/carrier.h"
#include "capture/overload.h"
#include "capture/socket.h"

#define WAIT_MS      10                 /* without traffic: the others may go on only when a silent handle has said so */
#define BATCH_MAX    32                 /* frames */
#define LOOK_NS      (NS_PER_S / 2)     /* how often a silent interface is asked about, or a lost one tried */
#define ARRIVAL_NS   (NS_PER_S / 100)   /* a frame is in the kernel's buffer well within it, from when its time was taken */
#define QUIET_NS     (NS_PER_S / 20)    /* and handed on within it: SOCKET_BLOCK_MS and a timer's delay */
#define DRAIN_NS     (NS_PER_S / 4)     /* at the end: silence for so long is the end of what waited */
#define DRAIN_MOST   (2 * NS_PER_S)     /* and no more than so much time for it */
#define FAILURES_MAX 8                  /* errors in a row until the handle is opened anew */
#define REFUSALS_MAX 20                 /* and so often that is tried: then the sensor is blind, and must say so by ending */

/* Frames copied out of the kernel's ring, and how far the caller has come. */
struct live_batch {
    struct pcap_pkthdr headers[BATCH_MAX];
    size_t at[BATCH_MAX]; /* where each frame begins in bytes[] */
    size_t count, next, used;
    size_t size; /* of bytes[]: BATCH_MAX frames of the snap length, so a batch always fits */
    uint8_t bytes[];
};

struct live {
    struct interface *interface;
    uint32_t thread;
    struct packet_socket socket;
    struct bypass *bypass;  /* NULL: none */
    struct overload load;
    int link_fd;
    bool joined;
    bool sifting;          /* frames may still be from before the group was whole or the filter set */
    bool up;               /* the link, as told last */
    bool away;             /* the interface is not there, or another one of its name is */
    bool any;              /* the pseudo-interface `any`: it has no link of its own */
    bool waits;            /* nothing was at hand at the last look: before the next one, some time may pass */
    bool draining;
    uint64_t draining_ns;  /* monotonic, since when; as are all below but quiet_ns */
    uint64_t looked_ns, down_ns;
    uint64_t quiet_ns;     /* wall time */
    uint64_t link_dropped; /* by carrier_look, at the last look */
    uint32_t failures;     /* in a row */
    uint32_t refusals;     /* times that an interface which is there could not be opened anew */
    uint64_t early;        /* counted where a batch is filled */
    struct live_batch *batch;
};

/* ------------------------------------------------------ the interface */

/* One handle speaks for all of its interface. */
static bool speaks(const struct live *l)
{
    return l->thread == 0;
}

static void note_down(struct capture *c, const char *what)
{
    struct live *l = c->live;
    l->down_ns = clock_monotonic_ns();
    l->up = false;
    if (!speaks(l))
        return;
    c->counters.interruptions++;
    interface_tell_up(l->interface, false);
    log_warning("%s: %s: nothing is seen there until it comes back", c->name, what);
}

static void note_up(struct capture *c)
{
    struct live *l = c->live;
    l->up = true;
    if (!speaks(l))
        return;
    interface_tell_up(l->interface, true);
    log_notice("%s: is back after %.1f s", c->name, (double)(clock_monotonic_ns() - l->down_ns) / (double)NS_PER_S);
}

/* What the interface lost itself; its count begins at 0 when it is made anew. */
static void count_link(struct capture *c, const struct carrier_state *now, bool is_new)
{
    struct live *l = c->live;
    if (speaks(l) && !is_new && now->dropped > l->link_dropped)
        c->counters.interface_dropped += now->dropped - l->link_dropped;
    l->link_dropped = now->dropped;
}

/* The handle is of no use any more: counted to its end and closed. */
static void close_handle(struct capture *c)
{
    struct live *l = c->live;
    live_count(c);
    c->counters.abandoned += overload_waiting(&c->counters);
    socket_close(&l->socket);
    if (l->joined)
        interface_leave(l->interface);
    l->joined = false;
}

/* The interface is away. A handle alone is kept: it can be turned to the next interface of that name without any right. */
static void leave(struct capture *c)
{
    c->live->away = true;
    if (interface_options_of(c->live->interface)->threads > 1)
        close_handle(c);
}

/* Not where a filter sits already, nor where frames begin otherwise. */
static void open_bypass(struct live *l)
{
    const struct interface_options *o = interface_options_of(l->interface);
    struct error error = {.text = "only for Ethernet, and without bpf-filter"};
    bool can = o->bypass != BYPASS_NEVER && !(o->bpf && *o->bpf) && l->socket.link_type == DLT_EN10MB;
    if (can && (l->bypass || (l->bypass = bypass_new(&error))) && bypass_attach(l->bypass, pcap_fileno(l->socket.pcap), &error))
        return;
    bypass_free(l->bypass);
    l->bypass = NULL;
    if (o->bypass != BYPASS_NEVER && speaks(l))
        log_info("%s: no bypass of long flows: %s", o->name, error.text);
}

static void begin_reading(struct live *l)
{
    open_bypass(l);
    interface_join(l->interface);
    l->joined = true;
    l->sifting = interface_options_of(l->interface)->threads > 1 || l->socket.ready_ns != 0;
    l->failures = 0;
}

/* Asks about the link; when the interface is another one than ours, ours is gone. */
static void look(struct capture *c)
{
    struct live *l = c->live;
    struct carrier_state now;
    l->looked_ns = clock_monotonic_ns();
    if (l->any || !carrier_look(l->link_fd, c->name, &now))
        return;
    if (now.index != l->socket.index) {
        if (l->up)
            note_down(c, now.index ? "was made anew" : "is gone");
        leave(c);
        return;
    }
    count_link(c, &now, false);
    if (l->up && !(now.up && now.running))
        note_down(c, now.up ? "has no link" : "is down");
    else if (!l->up && now.up && now.running)
        note_up(c);
}

static enum capture_result fail(struct capture *c, const char *why)
{
    c->ended = true;
    snprintf(c->problem, sizeof c->problem, "%s", why);
    return CAPTURE_DAMAGED;
}

/* The interface is away: tries to open it anew. */
static enum capture_result try_again(struct capture *c)
{
    struct live *l = c->live;
    struct carrier_state now;
    struct error error = {{0}};
    l->looked_ns = clock_monotonic_ns();
    if (!carrier_look(l->link_fd, c->name, &now) || now.index == 0 || !now.up)
        return CAPTURE_IDLE;
    if (!socket_follow(&l->socket, interface_options_of(l->interface), now.index)) {
        if (l->socket.pcap)
            close_handle(c);
        switch (socket_open(&l->socket, l->interface, &error)) {
        case SOCKET_OPEN: begin_reading(l); break;
        case SOCKET_FORBIDDEN: return fail(c, error.text);
        case SOCKET_FAILED: return ++l->refusals < REFUSALS_MAX ? CAPTURE_IDLE : fail(c, error.text);
        }
    }
    l->away = false;
    l->failures = l->refusals = 0;
    count_link(c, &now, true);
    if (now.running)
        note_up(c);
    return CAPTURE_IDLE;
}

/* --------------------------------------------------------- life cycle */

static bool make_batch(struct capture *c, struct error *error)
{
    struct live *l = c->live;
    size_t size = (size_t)BATCH_MAX * (size_t)interface_options_of(l->interface)->snaplen;
    l->batch = malloc(sizeof *l->batch + size); /* memory never touched is never taken */
    if (!l->batch)
        return error_set(error, "%s: out of memory", c->name);
    memset(l->batch, 0, sizeof *l->batch);
    l->batch->size = size;
    return true;
}

/* How the link is at the start; a link that is missing is worth a word, and no reason not to wait for it. */
static bool first_look(struct capture *c, struct error *error)
{
    struct live *l = c->live;
    struct carrier_state now;
    l->up = true;
    l->any = strcmp(c->name, "any") == 0;
    if ((l->link_fd = carrier_open(error)) < 0)
        return false;
    if (speaks(l))
        interface_tell_up(l->interface, true);
    if (l->any || !carrier_look(l->link_fd, c->name, &now))
        return true;
    count_link(c, &now, true);
    if (!now.running)
        note_down(c, "has no link");
    return true;
}

struct capture *capture_open_live(struct interface *i, uint32_t thread, struct error *error)
{
    const struct interface_options *o = interface_options_of(i);
    struct capture *c = capture_new(o->name, error);
    if (!c)
        return NULL;
    struct live *l = c->live = calloc(1, sizeof *l);
    if (l)
        *l = (struct live){.interface = i, .thread = thread, .link_fd = -1};
    bool good = l || error_set(error, "%s: out of memory", o->name);
    if (!good || socket_open(&l->socket, i, error) != SOCKET_OPEN || !make_batch(c, error) || !first_look(c, error)) {
        capture_close(c);
        return NULL;
    }
    begin_reading(l);
    return c;
}

void live_close(struct live *l)
{
    if (!l)
        return;
    socket_close(&l->socket);
    bypass_free(l->bypass);
    if (l->link_fd >= 0)
        close(l->link_fd);
    free(l->batch);
    free(l);
}

/* ------------------------------------------------------------ reading */

/* Whether the frame came before it was sure that no other handle saw it and that the filter wanted it. Only at the start. */
static bool is_early(struct live *l, uint64_t frame_ns)
{
    if (frame_ns < l->socket.ready_ns || !interface_is_whole(l->interface, frame_ns))
        return true;
    l->sifting = false;
    return false;
}

static void keep_frame(u_char *arg, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct live *l = (struct live *)(void *)arg;
    struct live_batch *b = l->batch;
    if (b->count == BATCH_MAX || header->caplen > b->size - b->used)
        return; /* cannot be: libpcap keeps to the count and the snap length it was given */
    if (l->sifting && is_early(l, format_time(header->ts.tv_sec, (uint64_t)header->ts.tv_usec))) {
        l->early++;
        return;
    }
    memcpy(b->bytes + b->used, bytes, header->caplen);
    b->headers[b->count] = *header;
    b->at[b->count++] = b->used;
    b->used += header->caplen;
}

/* Fetches what is ready; 0 when nothing is, negative on failure. What is fetched may all have been too early. */
static int fill_batch(struct live *l)
{
    l->batch->count = l->batch->next = l->batch->used = 0;
    return pcap_dispatch(l->socket.pcap, BATCH_MAX, keep_frame, (u_char *)l);
}

/* Returns when a block is ready, after WAIT_MS, or when capture_stop was called. */
static void wait_for_frames(const struct capture *c)
{
    struct live *l = c->live;
    nfds_t count = l->draining ? 1 : 2; /* the stop is known then, and would end every wait */
    struct pollfd fds[2] = {{pcap_get_selectable_fd(l->socket.pcap), POLLIN, 0}, {c->wake_fd, POLLIN, 0}};
    if (poll(fds, count, WAIT_MS) > 0 && (fds[0].revents & POLLERR)) /* a signal ends it early, which is taken for a time-out */
        socket_clear(&l->socket);
}

static enum capture_result deliver(struct capture *c, struct frame *frame)
{
    struct live_batch *b = c->live->batch;
    size_t i = b->next++;
    const struct pcap_pkthdr *header = &b->headers[i];
    frame->bytes = b->bytes + b->at[i];
    frame->cap_len = header->caplen;
    frame->wire_len = header->len > header->caplen ? header->len : header->caplen;
    frame->time_ns = frame->order = format_time(header->ts.tv_sec, (uint64_t)header->ts.tv_usec);
    frame->number = ++c->number;
    frame->link_type = c->live->socket.link_type;
    frame->interface = interface_options_of(c->live->interface)->number;
    c->counters.received++;
    c->counters.bytes += frame->wire_len;
    return CAPTURE_FRAME;
}

/* The kernel shall take no more; what waits is still read. */
static void begin_to_drain(struct live *l)
{
    l->draining = true;
    l->draining_ns = clock_monotonic_ns();
    if (!socket_shut(&l->socket))
        l->draining_ns -= DRAIN_NS; /* more would come for ever: the next silence is the end */
}

static bool is_drained(const struct live *l, bool silent)
{
    uint64_t since_ns = l->draining ? clock_monotonic_ns() - l->draining_ns : 0;
    return l->draining && (since_ns >= DRAIN_MOST || (silent && since_ns >= DRAIN_NS));
}

/* The last frame was read: what the kernel counted beyond it, a filter in libpcap did not want. */
static enum capture_result end_drained(struct capture *c)
{
    live_count(c);
    if (!c->live->socket.exact)
        c->counters.filtered += overload_waiting(&c->counters);
    return CAPTURE_END;
}

/* Up to when everything has been read, nothing being at hand at `now_ns`: when the kernel holds no frame for us, none is older than its way
 * into the buffer; otherwise as old as it may get there. */
static uint64_t quiet_until(struct capture *c, uint64_t now_ns)
{
    live_count(c);
    return now_ns - (overload_waiting(&c->counters) == 0 ? ARRIVAL_NS : QUIET_NS);
}

/* Nothing is at hand: a moment for the caller to hand on what it has, and for us to look around. */
static enum capture_result be_idle(struct capture *c, uint64_t now_ns)
{
    struct live *l = c->live;
    l->waits = true;
    l->quiet_ns = quiet_until(c, now_ns);
    bool silent = !l->socket.exact || overload_waiting(&c->counters) == 0; /* a busy kernel may hold a block for longer than it should */
    if (is_drained(l, silent))
        return end_drained(c);
    if (!l->draining && clock_monotonic_ns() - l->looked_ns >= LOOK_NS)
        look(c);
    return CAPTURE_IDLE;
}

/* libpcap failed. When the interface is still ours it is tried on, for a link that goes down is such a failure. */
static enum capture_result survive(struct capture *c)
{
    struct live *l = c->live;
    c->counters.failures++;
    log_debug("%s: %s", c->name, pcap_geterr(l->socket.pcap));
    if (l->draining)
        return CAPTURE_END;
    look(c);
    if (l->away)
        return CAPTURE_IDLE;
    if (++l->failures < FAILURES_MAX) {
        wait_for_frames(c);
        return CAPTURE_IDLE;
    }
    if (l->up)
        note_down(c, "capture failed");
    if (l->socket.pcap)
        close_handle(c);
    l->away = true;
    return CAPTURE_IDLE;
}

static enum capture_result stay_away(struct capture *c)
{
    struct live *l = c->live;
    if (capture_is_stopping(c))
        return end_drained(c);
    l->quiet_ns = clock_wall_ns() - QUIET_NS;
    poll(&(struct pollfd){c->wake_fd, POLLIN, 0}, 1, WAIT_MS);
    return clock_monotonic_ns() - l->looked_ns >= LOOK_NS ? try_again(c) : CAPTURE_IDLE;
}

/* Now and then while frames come: the account, and whether they come too fast. */
static void weigh(struct capture *c)
{
    struct live *l = c->live;
    const struct interface_options *o = interface_options_of(l->interface);
    uint64_t now_ns = clock_monotonic_ns();
    if (now_ns - l->load.looked_ns < OVERLOAD_LOOK_NS)
        return;
    live_count(c);
    if (!overload_look(&l->load, &c->counters, o->buffer_size, l->socket.exact, now_ns))
        return;
    c->counters.overloads += l->load.behind;
    if (o->bypass == BYPASS_OVERLOAD && l->bypass)
        log_notice("%s: thread %u %s", c->name, l->thread,
                   l->load.behind ? "falls behind: packets of long flows are counted and left out" : "keeps up again: all packets are looked at");
}

static enum capture_result read_more(struct capture *c, struct frame *frame)
{
    struct live *l = c->live;
    if (l->waits)
        wait_for_frames(c);
    l->waits = false;
    uint64_t now_ns = clock_wall_ns();
    int result = fill_batch(l);
    if (result == 0)
        return be_idle(c, now_ns);
    if (result < 0)
        return survive(c);
    l->failures = 0;
    weigh(c);
    return l->batch->count > 0 ? deliver(c, frame) : CAPTURE_IDLE;
}

enum capture_result live_next(struct capture *c, struct frame *frame)
{
    struct live *l = c->live;
    if (l->batch->next < l->batch->count)
        return deliver(c, frame);
    if (c->ended)
        return CAPTURE_END;
    if (l->away)
        return stay_away(c);
    if (capture_is_stopping(c) && !l->draining)
        begin_to_drain(l);
    return is_drained(l, false) ? end_drained(c) : read_more(c, frame);
}

/* ----------------------------------------------------------- accounts */

void live_count(struct capture *c)
{
    struct live *l = c->live;
    struct capture_counters *n = &c->counters;
    n->early = l->early;
    socket_count(&l->socket, &n->kernel_received, &n->kernel_dropped);
    interface_tell(l->interface, l->thread, n);
}

void live_settle(struct capture *c)
{
    live_count(c);
    bypass_count(c->live->bypass, &c->counters);
    interface_tell(c->live->interface, c->live->thread, &c->counters);
}

bool live_wants_bypass(const struct live *l)
{
    return interface_options_of(l->interface)->bypass == BYPASS_ALWAYS || l->load.behind;
}

struct bypass *live_bypass(const struct live *l)
{
    return l->bypass;
}

uint64_t live_quiet(const struct capture *c)
{
    return c->live->quiet_ns;
}

void live_tell_checksums(struct capture *c, uint64_t bad)
{
    interface_tell_checksums(c->live->interface, c->live->thread, bad);
}
