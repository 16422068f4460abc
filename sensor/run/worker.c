/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.c - see worker.h. The path of a packet, in the order of the folders:
 *
 *     capture -> decode -> flow -> classify -> dissect => ring
 *
 * Everything a worker says carries a place in the total order: (frame number or time, phase), so the analysis merges many workers into
 * the same sequence that one worker would have sent.
 */
#include "run/worker.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/stats.h"
#include "base/blackbox.h"
#include "base/clock.h"
#include "base/heartbeat.h"
#include "capture/packet_clock.h"
#include "decode/decode.h"
#include "decode/share.h"
#include "dissect/tls_memory.h"
#include "run/at_hand.h"
#include "run/bulk.h"
#include "run/speech.h"

/* What happens at one place of the order: first flows whose time is up, then what is left of a
 * fragmented datagram, then the packet, at the very end the rest. */
enum phase { PHASE_EXPIRY = 0, PHASE_REMAINS, PHASE_PACKET, PHASE_END, PHASE_COUNTERS };

#define BEAT_FRAMES     64u   /* of files; live there is a beat with each flush */
#define PROGRESS_FRAMES 1024u           /* how far a silent worker may run ahead before it says so */
#define FLUSH_NS        (NS_PER_S / 200) /* live: how long a record may wait in the ring for others to come, while frames do */

struct worker {
    struct worker_options options;
    bool live;
    struct decoder *decoder;
    struct flow_table *flows;
    struct ack_gaps *ack_gaps;
    struct classifier *classifier;
    struct tls_memory *tls_memory;
    struct dissector *dissector[SHARES]; /* what a full one lets go is the same for any number of workers; NULL: the share is another's */
    struct observer *observer;
    struct speech speech;
    struct bulk *bulk; /* live, when the kernel can keep packets away; else NULL */
    struct decode_counters decode;
    struct packet_clock clock;
    uint64_t number; /* order of the frame at hand; live: the time, like all orders */
    uint8_t phase;
    uint64_t first_ns, last_ns; /* earliest and latest packet time, 0 when none */
    uint64_t counted_ns;        /* when counters were sent last: packet time live, monotonic time in files */
    uint64_t flushed_ns;        /* live: when the ring was flushed last */
    bool finishing;             /* the capture is over */
    uint64_t rests;             /* how often there was nothing to read */
    uint64_t files_told;        /* as read, to the analyst */
    struct timespec slow; /* for tests: how long to wait after each frame */
    bool stopped;     /* before the end of the files */
    uint64_t shut_packets; /* of flows in quarantine */
    _Atomic double progress; /* for worker_progress alone */
    bool damaged;
    atomic_bool failed; /* for worker_failed alone */
    struct flow *at_hand; /* of the present packet, or the one that ends; NULL: none */
    uint32_t beat; /* frames since the last */
};

/* ---------------------------------------- what is not about flows, into the ring */

/* The head of a record that is no business of plugins, placed at the present moment. Its packet number is that of the files read. */
static void internal_head(const struct worker *w, struct observation *o, enum internal_kind kind, size_t size, enum phase phase)
{
    *o = (struct observation){.size = (uint32_t)size,
                              .kind = (uint8_t)kind,
                              .phase = (uint8_t)phase,
                              .worker = w->options.index,
                              .order = w->number,
                              .time_ns = w->clock.now_ns,
                              .packet_number = capture_files_read(w->options.capture)};
}

/* "I shall say nothing about what came before this": lets the others' records pass. */
static void say_progress(struct worker *w, enum phase phase)
{
    struct observation o;
    internal_head(w, &o, OBSERVE_PROGRESS, sizeof o, phase);
    o.start_ns = w->rests; /* of workers that stand at the same place, each is heard in turn */
    (void)speech_put(&w->speech, &o);       /* full: then there is something to hear */
    ring_flush(w->options.ring);
}

static void count_dissectors(const struct worker *w, struct dissect_counters *out)
{
    for (unsigned i = 0; i < SHARES; i++) {
        struct dissect_counters one;
        if (!w->dissector[i])
            continue;
        dissect_count(w->dissector[i], &one);
        stats_add_dissect(out, &one);
    }
}

/* What the kernel counted instead of us. */
static void collect(struct worker *w)
{
    if (w->bulk)
        bulk_collect(w->bulk, w->clock.now_ns, capture_wants_bypass(w->options.capture));
}

static void say_counters(struct worker *w, enum phase phase)
{
    struct observation_counters o = {0};
    internal_head(w, &o.head, OBSERVE_COUNTERS, sizeof o, phase);
    struct worker_counters *c = &o.counters;
    collect(w);
    if (w->options.index == 0 || w->live) { /* on a file each worker reads every frame: one accounts for them */
        capture_count(w->options.capture, &c->capture);
        decoder_count_fragments(w->decoder, &c->fragment);
        decoder_count_unread(w->decoder, &c->unread);
    }
    c->decode = w->decode;
    capture_tell_checksums(w->options.capture, w->decode.bad_checksums);
    flow_table_count(w->flows, &c->flow);
    classify_count(w->classifier, &c->classify);
    count_dissectors(w, &c->dissect);
    observer_count(w->observer, &c->observer);
    ack_gaps_count(w->ack_gaps, &c->ack_gap);
    c->damaged = w->damaged && w->options.index == 0;
    c->first_ns = w->first_ns;
    c->last_ns = w->last_ns;
    c->ring_waits = w->speech.waits;
    c->ring_lost = w->speech.lost;
    c->shut_packets = w->shut_packets;
    o.last = w->finishing;
    c->ring_shed = w->speech.shed;
    c->stopped = w->stopped;
    (void)speech_put(&w->speech, &o.head); /* full: the next ones will tell */
    ring_flush(w->options.ring);
}

/* ------------------------------------------------------------------- flows */

static void set_moment(struct worker *w, enum phase phase, uint64_t time_ns)
{
    w->phase = (uint8_t)phase;
    observer_set_now(w->observer, w->number, time_ns, (uint8_t)phase);
}

static struct dissector *dissector_of(const struct worker *w, const struct flow *f)
{
    return w->dissector[flow_share(f)];
}

/* Classifier and dissectors have their last word, but for a flow that they were never shown. */
static void let_go(struct worker *w, struct flow *f)
{
    if (blackbox->shut_count && blackbox_is_shut(NULL))
        return;
    blackbox_enter(STAGE_DISSECT);
    if (f->left) /* what it is called may be in what they have not read yet */
        dissect_end(dissector_of(w, f), f, w->observer);
    blackbox_enter(STAGE_CLASSIFY);
    classify_end(w->classifier, f);
    blackbox_enter(STAGE_DISSECT);
    dissect_end(dissector_of(w, f), f, w->observer);
    blackbox_enter(STAGE_FLOW);
}

/* A flow leaves the table. A time-out happened at its deadline, not when we noticed. */
static void flow_over(void *arg, struct flow *f, enum end_reason reason, bool evicted)
{
    struct worker *w = arg;
    const struct flow_bypass *bypass = w->bulk ? bulk_end(w->bulk, f, w->clock.now_ns) : NULL;
    uint64_t deadline_ns = reason == END_TIMEOUT ? flow_table_deadline(w->flows, f) : w->clock.now_ns;
    observer_set_now(w->observer, w->number, deadline_ns < w->clock.now_ns ? deadline_ns : w->clock.now_ns, w->phase);
    if (f->key.proto == IP_TCP)
        ack_gaps_end(w->ack_gaps, flow_table_index(w->flows, f));
    at_hand_flow(f);
    w->at_hand = f;
    let_go(w, f);
    observer_flow_ended(w->observer, f, reason, evicted, bypass);
}

static void observe_start_and_reply(struct worker *w, struct flow *f, const struct packet *p, int end, bool is_new)
{
    enum direction direction = flow_direction(f, end);
    if (is_new)
        observer_flow(w->observer, OBSERVE_STARTED, f, p, direction);
    if (direction == TO_CLIENT && !(f->marks & MARK_REPLIED) && !(p->proto == IP_TCP && (p->tcp_flags & TCP_RST))) {
        f->marks |= MARK_REPLIED;
        observer_flow(w->observer, OBSERVE_REPLIED, f, p, direction);
    }
}

/* The first packet of each full hour of a flow; `seen_ns`: its packet before. */
static void observe_hours(struct worker *w, const struct flow *f, const struct packet *p, int end, uint64_t seen_ns)
{
    uint64_t age_ns = f->last_ns - f->start_ns, was_ns = seen_ns > f->start_ns ? seen_ns - f->start_ns : 0;
    if (age_ns >= NS_PER_HOUR && age_ns / NS_PER_HOUR > was_ns / NS_PER_HOUR)
        observer_flow(w->observer, OBSERVE_LASTING, f, p, flow_direction(f, end));
}

static void take_packet(struct worker *w, const struct packet *p)
{
    int end;
    bool is_new;
    set_moment(w, PHASE_PACKET, w->clock.now_ns);
    at_hand_packet(p);
    w->at_hand = NULL;
    struct flow *f = flow_table_take(w->flows, p, &end, &is_new);
    w->at_hand = f;
    uint64_t seen_ns = f->last_ns;
    flow_update(f, p, end);
    if (p->proto == IP_TCP && !(w->bulk && bulk_has(w->bulk, flow_table_index(w->flows, f))))
        ack_gaps_see(w->ack_gaps, flow_table_index(w->flows, f), p, end, is_new);
    observe_start_and_reply(w, f, p, end, is_new);
    observe_hours(w, f, p, end, seen_ns);
    if (blackbox->shut_count && blackbox_is_shut(NULL)) { /* an earlier life died of it: it has its record, but nobody looks inside */
        w->shut_packets++;
        return;
    }
    blackbox_enter(STAGE_CLASSIFY);
    if (classify_packet(w->classifier, f, p, end))
        observer_flow(w->observer, OBSERVE_CLASSIFIED, f, p, flow_direction(f, end));
    blackbox_enter(STAGE_DISSECT);
    dissect_packet(dissector_of(w, f), f, p, end, w->observer);
    if (w->bulk && capture_wants_bypass(w->options.capture) && bulk_offer(w->bulk, f, p, end) && p->proto == IP_TCP)
        ack_gaps_end(w->ack_gaps, flow_table_index(w->flows, f));
}

static void move_clock(struct worker *w, const struct frame *frame)
{
    if (!w->first_ns || frame->time_ns < w->first_ns)
        w->first_ns = frame->time_ns;
    if (frame->time_ns > w->last_ns)
        w->last_ns = frame->time_ns;
    packet_clock_see(&w->clock, frame);
    w->number = w->live ? w->clock.now_ns : frame->order;
    set_moment(w, PHASE_EXPIRY, w->clock.now_ns);
    classify_set_now(w->classifier, w->clock.now_ns);
    flow_table_expire(w->flows, w->clock.now_ns);
}

/* A fragmented datagram whose rest did not come becomes a packet. At most one with each frame, so that its place in the order is
 * the same for any number of workers. */
static bool take_remains(struct worker *w, uint64_t now_ns)
{
    struct packet packet;
    if (!decode_remains(w->decoder, now_ns, &packet))
        return false;
    set_moment(w, PHASE_REMAINS, w->clock.now_ns);
    if (decode_is_ours(w->decoder, &packet))
        take_packet(w, &packet);
    return true;
}

/* Files have no moment at which counters are due but that of whoever looks at them. */
static void tell_counters(struct worker *w)
{
    uint64_t now_ns = w->options.counters_interval_s ? clock_monotonic_ns() : 0;
    if (now_ns < w->counted_ns + w->options.counters_interval_s * NS_PER_S || !now_ns)
        return;
    w->counted_ns = now_ns;
    say_counters(w, PHASE_COUNTERS);
}

/* How far the reading has come: a figure for the bar, and the files that are through. */
static void tell_position(struct worker *w)
{
    uint64_t files = capture_files_read(w->options.capture);
    atomic_store_explicit(&w->progress, capture_progress(w->options.capture), memory_order_relaxed); /* shown, no more */
    tell_counters(w);
    if (files == w->files_told)
        return;
    w->files_told = files;
    say_progress(w, PHASE_EXPIRY);
}

static void take_frame(struct worker *w, const struct frame *frame)
{
    struct packet packet;
    move_clock(w, frame);
    if (!decode_nothing_remains(w->decoder))
        take_remains(w, w->clock.now_ns);
    blackbox_here->packet = frame->number;
    blackbox_here->flow.proto = 0;
    blackbox_enter(STAGE_DECODE);
    enum decode_outcome outcome = decode_frame(w->decoder, frame, &packet);
    set_moment(w, PHASE_PACKET, w->clock.now_ns);
    if (outcome != DECODE_NOT_OURS) {
        decode_count(&w->decode, frame, &packet, outcome);
        if (outcome == DECODED)
            take_packet(w, &packet);
    }
    if (w->live)
        return;
    if (w->options.count > 1 && w->number - w->speech.said >= PROGRESS_FRAMES)
        say_progress(w, PHASE_EXPIRY);
    if (w->number % PROGRESS_FRAMES == 0)
        tell_position(w);
}

/* -------------------------------------------------------------- the thread */

/* Live: what was said shall be heard. Other workers' records wait until this one has said how far it is. */
static void hand_on(struct worker *w)
{
    w->flushed_ns = w->clock.now_ns;
    heartbeat_beat();
    collect(w);
    w->options.count > 1 ? say_progress(w, PHASE_EXPIRY) : ring_flush(w->options.ring);
}

/* Live: now and then, traffic or not. */
static void keep_time(struct worker *w)
{
    if (w->clock.now_ns - w->flushed_ns >= FLUSH_NS)
        hand_on(w);
    if (w->options.counters_interval_s && w->clock.now_ns - w->counted_ns >= w->options.counters_interval_s * NS_PER_S) {
        w->counted_ns = w->clock.now_ns;
        say_counters(w, PHASE_COUNTERS);
    }
}

/* Live and no frame at hand: the wall clock stands in for packet time, as far behind it as a frame may still come. */
static void stand_idle(struct worker *w)
{
    uint64_t quiet_ns = capture_quiet_ns(w->options.capture);
    if (quiet_ns > w->clock.now_ns)
        w->clock.now_ns = quiet_ns;
    w->number = w->clock.now_ns;
    set_moment(w, PHASE_EXPIRY, w->clock.now_ns);
    classify_set_now(w->classifier, w->clock.now_ns);
    flow_table_expire(w->flows, w->clock.now_ns);
    take_remains(w, w->clock.now_ns);
    hand_on(w);
    keep_time(w);
}

/* Files and nothing more to read yet: what was said shall be heard. Packet time stands still, so flows wait for what follows. */
static void rest(struct worker *w)
{
    w->rests++;
    tell_counters(w);
    say_progress(w, PHASE_END);
}

static void finish(struct worker *w)
{
    w->finishing = true;
    w->speech.hurries = false; /* all flows end at once, and no packet waits */
    w->number++;
    while (take_remains(w, UINT64_MAX))
        w->number++;
    set_moment(w, PHASE_END, w->clock.now_ns);
    flow_table_end_all(w->flows);
    say_counters(w, PHASE_COUNTERS);
    ring_close(w->options.ring);
}

void *worker_run(void *arg)
{
    struct worker *w = arg;
    struct frame frame;
    heartbeat_begin(ROLE_WORKER, w->options.index, "worker");
    for (;;) {
        blackbox_enter(STAGE_CAPTURE);
        enum capture_result result = capture_next(w->options.capture, &frame);
        if (result == CAPTURE_FRAME) {
            take_frame(w, &frame);
            if (w->live)
                keep_time(w);
            else if (++w->beat % BEAT_FRAMES == 0)
                heartbeat_beat();
            if (w->slow.tv_nsec)
                nanosleep(&w->slow, NULL);
        } else if (result == CAPTURE_IDLE) {
            w->live ? stand_idle(w) : rest(w);
            heartbeat_beat();
        } else {
            w->damaged = result == CAPTURE_DAMAGED;
            w->stopped = !w->live && capture_was_stopped(w->options.capture);
            atomic_store_explicit(&w->failed, w->damaged, memory_order_relaxed); /* worker_failed, on the main thread */
            break;
        }
    }
    finish(w);
    heartbeat_end();
    return NULL;
}

/* -------------------------------------------------------------- life cycle */

/* A dissector for each share that is this worker's, with its part of the memory. `sharers`: workers among which the shares are divided. */
static bool build_dissectors(struct worker *w, uint32_t sharers, struct error *error)
{
    struct dissect_options options = w->options.dissect;
    options.memory_max /= SHARES;
    options.memory = w->tls_memory = tls_memory_new();
    if (!classifier_know(w->classifier, &options.known, error))
        return false;
    for (unsigned i = 0; i < SHARES; i++)
        if ((sharers <= 1 || i % sharers == w->options.index) && !(w->dissector[i] = dissector_new(&options, error)))
            return false;
    return true;
}

static bool build(struct worker *w, struct error *error)
{
    const struct worker_options *o = &w->options;
    struct flow_table_options table = {
        .flow_max = o->flow_max, .timeouts = o->timeouts, .use_vlan = o->use_vlan, .ended = flow_over, .arg = w};
    struct observer_options observer = {
        .wanted = o->wanted, .worker = o->index, .deliver = speech_deliver, .arg = &w->speech};
    struct decode_options decode = o->decode ? *o->decode : decode_options_default;
    decode.shares = w->live ? 1 : o->count;
    decode.share = o->index;
    if (!(w->decoder = decoder_new(&decode, error)) || !(w->flows = flow_table_new(&table, error)) ||
        !(w->ack_gaps = ack_gaps_new(o->flow_max, error)))
        return false;
    observer.flows = w->flows;
    struct bypass *bypass = capture_bypass(o->capture);
    if (bypass && !(w->bulk = bulk_new(bypass, w->flows, o->flow_max, o->bypass_after, error)))
        return false;
    return (w->classifier = classifier_new(&o->classify, error)) && build_dissectors(w, decode.shares, error) &&
           (w->observer = observer_new(&observer, error));
}

struct worker *worker_new(const struct worker_options *options, struct error *error)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w) {
        error_set(error, "out of memory for a worker");
        capture_close(options->capture);
        return NULL;
    }
    const char *slow_us = getenv("HAETAE_TEST_SLOW");
    w->options = *options;
    w->slow.tv_nsec = slow_us ? strtol(slow_us, NULL, 10) % 1000000 * 1000 : 0;
    w->live = capture_is_live(options->capture);
    w->speech = (struct speech){.ring = options->ring, .ring_size = options->ring_size, .hurries = w->live};
    if (build(w, error))
        return w;
    worker_free(w);
    return NULL;
}

void worker_free(struct worker *w)
{
    if (!w)
        return;
    bulk_free(w->bulk);
    flow_table_free(w->flows);
    ack_gaps_free(w->ack_gaps);
    for (unsigned i = 0; i < SHARES; i++)
        dissector_free(w->dissector[i]);
    tls_memory_free(w->tls_memory);
    classifier_free(w->classifier);
    observer_free(w->observer);
    decoder_free(w->decoder);
    capture_close(w->options.capture);
    free(w);
}

void worker_stop(struct worker *w)
{
    capture_stop(w->options.capture);
}

void worker_autopsy(const struct worker *w, struct blackbox_slot *slot, struct blackbox_loss *loss)
{
    struct flow_counters flow = {0};
    struct capture_counters c = {0};
    flow_table_count(w->flows, &flow);
    capture_count(w->options.capture, &c);
    uint64_t known = c.kernel_dropped + c.early + c.abandoned + c.filtered + c.received;
    loss->flows = flow.active;
    loss->packets = c.kernel_received > known ? c.kernel_received - known : 0;
    if (w->at_hand && slot->flow.proto)
        at_hand_tell(w->at_hand, slot);
}

const char *worker_problem(const struct worker *w)
{
    return w->damaged ? capture_problem(w->options.capture) : NULL;
}

bool worker_failed(const struct worker *w)
{
    return atomic_load_explicit(&((struct worker *)(uintptr_t)w)->failed, memory_order_relaxed);
}

double worker_progress(const struct worker *w)
{
    return atomic_load_explicit(&((struct worker *)w)->progress, memory_order_relaxed);
}
