/* SPDX-License-Identifier: Apache-2.0 */
/*
 * micro_packet.c - the steps from a frame to an observation, and the rings and their merge.
 */
#include <stdlib.h>
#include <string.h>

#include "micro.h"

enum { FLOWS = 200000, RECORDS = 256 };

static const char *const users[] = {"trader-browser", "news-reader", NULL};

/* -------------------------------------------------------------- decode */

static void open_users(struct bench *b, long unused)
{
    (void)unused;
    sample_load(&b->sample, bench_pcaps, users, 0);
    b->decoder = must(decoder_new(NULL, no_error()));
}

static uint64_t run_decode(struct bench *b, uint64_t times)
{
    struct packet p;
    for (uint64_t n = 0; n < times; n++)
        for (uint32_t i = 0; i < b->sample.frame_count; i++)
            b->sum += decode_frame(b->decoder, &b->sample.frames[i], &p) + p.src_port;
    return times * b->sample.frame_count;
}

/* ---------------------------------------------------------- flow table */

static void forget_flow(void *arg, struct flow *f, enum end_reason reason, bool evicted)
{
    (void)arg;
    (void)f;
    (void)reason;
    (void)evicted;
}

/* The captures' own flows, or a crowd of `flows` in which every look-up misses the cache. */
static void open_table(struct bench *b, long flows)
{
    struct flow_table_options options = {
        .flow_max = 2 * FLOWS, .timeouts = flow_timeouts_default, .use_vlan = true, .ended = forget_flow};
    open_users(b, 0);
    b->table = must(flow_table_new(&options, no_error()));
    b->crowd = take((size_t)flows * sizeof *b->crowd + 1);
    for (long i = 0; i < flows; i++) {
        uint64_t n = number_of((uint64_t)i);
        b->crowd[i] = b->sample.packets[0];
        memcpy(b->crowd[i].src.bytes + 12, &n, 4);
        b->crowd[i].src_port = (uint16_t)(n >> 32);
    }
}

static uint64_t take_all(struct bench *b, const struct packet *packets, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        int end;
        bool is_new;
        struct flow *f = flow_table_take(b->table, &packets[i], &end, &is_new);
        flow_update(f, &packets[i], end);
    }
    return count;
}

static uint64_t run_table(struct bench *b, uint64_t times)
{
    uint64_t done = 0;
    for (uint64_t n = 0; n < times; n++)
        done += take_all(b, b->sample.packets, b->sample.packet_count);
    return done;
}

static uint64_t run_crowd(struct bench *b, uint64_t times)
{
    uint64_t done = 0;
    for (uint64_t n = 0; n < times; n++)
        done += take_all(b, b->crowd, FLOWS);
    return done;
}

/* ----------------------------------------------- classifier, dissectors */

static void open_observer(struct bench *b)
{
    struct observer_options options = {
        .wanted = UINT32_MAX, .deliver = observations_keep, .arg = &b->seen};
    struct dissect_options dissect = {.stream_max = 64 << 10, .memory_max = 64 << 20};
    b->observer = must(observer_new(&options, no_error()));
    b->dissector = must(dissector_new(&dissect, no_error()));
    b->flows = take(b->sample.flow_count * sizeof *b->flows);
}

static void begin_flows(struct bench *b)
{
    memcpy(b->flows, b->sample.flows, b->sample.flow_count * sizeof *b->flows);
}

/* Every packet of the sample to the dissectors, and the end of every flow. */
static void dissect_all(struct bench *b)
{
    begin_flows(b);
    for (uint32_t i = 0; i < b->sample.packet_count; i++) {
        struct flow *f = &b->flows[b->sample.flow_of[i]];
        flow_update(f, &b->sample.packets[i], b->sample.ends[i]);
        dissect_packet(b->dissector, f, &b->sample.packets[i], b->sample.ends[i], b->observer);
    }
    for (uint32_t i = 0; i < b->sample.flow_count; i++) {
        dissect_end(b->dissector, &b->flows[i], b->observer);
        observer_flow_ended(b->observer, &b->flows[i], END_TIMEOUT, false, NULL);
    }
}

static void drop_observation(void *arg, const struct observation *o)
{
    uint64_t *count = arg;
    *count += o->size > 0;
}

static const char *capture_of_port(long port)
{
    return port == 80 ? "dream-job-compromised-site" : port == 443 ? "trader-browser" : port == 53 ? "news-reader" : "quic-c2";
}

/* Port 4433 stands for QUIC: UDP 443 of the capture that has it. */
void open_dissector(struct bench *b, long port)
{
    const char *const names[] = {capture_of_port(port), NULL};
    sample_load(&b->sample, bench_pcaps, names, port == 4433 ? 443 : (uint16_t)port);
    open_observer(b);
    dissect_all(b);
    observer_free(b->observer);
    struct observer_options options = {.wanted = UINT32_MAX, .deliver = drop_observation, .arg = &b->sum};
    b->observer = must(observer_new(&options, no_error()));
}

/* Counted are packets; flows begin and end among them as in the capture. */
static uint64_t run_dissector(struct bench *b, uint64_t times)
{
    for (uint64_t n = 0; n < times; n++)
        dissect_all(b);
    return times * b->sample.packet_count;
}

static void open_classifier(struct bench *b, long unused)
{
    struct classify_options options = {.packets_max = 32, .wait_s = 10};
    open_users(b, unused);
    b->flows = take(b->sample.flow_count * sizeof *b->flows);
    b->classifier = must(classifier_new(&options, no_error()));
}

static uint64_t run_classifier(struct bench *b, uint64_t times)
{
    for (uint64_t n = 0; n < times; n++) {
        begin_flows(b);
        for (uint32_t i = 0; i < b->sample.packet_count; i++) {
            struct flow *f = &b->flows[b->sample.flow_of[i]];
            flow_update(f, &b->sample.packets[i], b->sample.ends[i]);
            classify_packet(b->classifier, f, &b->sample.packets[i], b->sample.ends[i]);
        }
        for (uint32_t i = 0; i < b->sample.flow_count; i++)
            classify_end(b->classifier, &b->flows[i]);
    }
    return times * b->sample.flow_count;
}

/* --------------------------------------------------------- ring, merge */

static void open_rings(struct bench *b, long unused)
{
    open_dissector(b, 53);
    (void)unused;
    for (int i = 0; i < BENCH_RINGS; i++)
        b->ring[i] = must(ring_new(1 << 20, no_error()));
    merge_init(&b->merge, b->ring, BENCH_RINGS);
}

static void put(struct ring *r, const struct observation *o, uint64_t order)
{
    struct observation *at = must(ring_reserve(r, o->size));
    memcpy(at, o, o->size);
    at->order = order;
    ring_commit(r, o->size);
}

static uint64_t run_ring(struct bench *b, uint64_t times)
{
    size_t size;
    for (uint64_t n = 0; n < times; n++) {
        for (uint32_t i = 0; i < RECORDS; i++)
            put(b->ring[0], b->seen.at[i % b->seen.count], i);
        ring_flush(b->ring[0]);
        for (uint32_t i = 0; i < RECORDS; i++) {
            b->sum += ((const struct observation *)ring_peek(b->ring[0], &size))->kind;
            ring_release(b->ring[0]);
        }
    }
    return times * RECORDS;
}

/* BENCH_RINGS producers that take turns; the last record of each stays, for without it nothing is known to be next. */
static uint64_t run_merge(struct bench *b, uint64_t times)
{
    uint64_t done = 0;
    for (uint64_t n = 0; n < times; n++) {
        for (uint32_t i = 0; i < RECORDS; i++, b->order++)
            put(b->ring[b->order % BENCH_RINGS], b->seen.at[i % b->seen.count], b->order);
        for (uint32_t i = 0; i < BENCH_RINGS; i++)
            ring_flush(b->ring[i]);
        for (; merge_next(&b->merge, 0); done++)
            continue;
    }
    return done;
}

const struct step packet_steps[] = {
    {"decode", "packet", open_users, 0, run_decode, false},
    {"flow-table", "packet", open_table, 0, run_table, false},
    {"flow-table-200k", "packet", open_table, FLOWS, run_crowd, true},
    {"ndpi", "flow", open_classifier, 0, run_classifier, false},
    {"dissect-dns", "packet", open_dissector, 53, run_dissector, false},
    {"dissect-tls", "packet", open_dissector, 443, run_dissector, false},
    {"dissect-http", "packet", open_dissector, 80, run_dissector, false},
    {"dissect-quic", "packet", open_dissector, 4433, run_dissector, false},
    {"ring", "record", open_rings, 0, run_ring, false},
    {"merge-4", "record", open_rings, 0, run_merge, false},
    {0},
};
