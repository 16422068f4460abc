/* SPDX-License-Identifier: Apache-2.0 */
/*
 * micro.c - the price of each step by itself, in ns, on packets of the bundled captures.
 *
 * A step is a function that does its work `times` times. Timed, it is repeated until a round takes 20 ms, and the median of nine
 * rounds is printed. With --fixed, under callgrind, each step runs a fixed number of times and its instructions are
 * dumped under its name (tests/bench/instructions prints them); the linker takes hash_key_random from here, so that tables
 * look the same in every run. Caches are warm in both: a full sensor pays more for what it touches seldom.
 *
 *     micro [--fixed] [--pcaps FOLDER] [--geo FILE] [NAME ...]
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/merge.h"
#include "base/clock.h"
#include "base/json.h"
#include "decode/decode.h"
#include "dissect/dissect.h"
#include "eve/eve.h"
#include "flow/classify.h"
#include "flow/flow_table.h"
#include "geo/geo.h"
#include "intel/list.h"
#include "micro_sample.h"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name)
#endif

enum { ROUNDS = 9, ROUND_NS = 20000000, FIXED_TIMES = 20, FLOWS = 200000, RINGS = 4, RECORDS = 256, NAMES = 4096 };

/* What a step works on; each uses what it needs. */
struct bench {
    struct sample sample;
    struct observations seen;
    struct decoder *decoder;
    struct flow *flows;            /* working copies of sample.flows */
    struct flow_table *table;
    struct classifier *classifier;
    struct dissector *dissector;
    struct observer *observer;
    struct ring *ring[RINGS];
    struct merge merge;
    uint64_t order;                /* of the latest record in the rings */
    struct eve *eve;
    struct json line;
    struct event event;
    struct geo *geo;
    struct sensor_list *list;
    struct address *addresses;     /* NAMES of them */
    char (*names)[32];             /* NAMES of them */
    struct packet *crowd;          /* FLOWS packets, one for each flow */
    uint64_t sum;                  /* of results, so that none is left out by the compiler */
};

static const char *pcaps = "pcaps", *geo_path = "build/geo/haetae.mmdb";
static const char *const users[] = {"trader-browser", "news-reader", NULL};

static struct error *no_error(void)
{
    static struct error error;
    return &error;
}

static void *must(void *thing)
{
    if (!thing)
        give_up("%s", no_error()->text);
    return thing;
}

struct hash_key __wrap_hash_key_random(void);
struct hash_key __wrap_hash_key_random(void)
{
    return hash_key_fixed;
}

/* A repeatable row of numbers. */
static uint64_t number_of(uint64_t i)
{
    return hash_bytes(hash_key_fixed, &i, sizeof i);
}

/* -------------------------------------------------------------- decode */

static void open_users(struct bench *b, long unused)
{
    (void)unused;
    sample_load(&b->sample, pcaps, users, 0);
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
    struct observer_options options = {.wanted = UINT32_MAX, .order_by_number = true, .deliver = observations_keep, .arg = &b->seen};
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
        observer_flow_ended(b->observer, &b->flows[i], END_TIMEOUT, false);
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
static void open_dissector(struct bench *b, long port)
{
    const char *const names[] = {capture_of_port(port), NULL};
    sample_load(&b->sample, pcaps, names, port == 4433 ? 443 : (uint16_t)port);
    open_observer(b);
    dissect_all(b);
    observer_free(b->observer);
    struct observer_options options = {.wanted = UINT32_MAX, .order_by_number = true, .deliver = drop_observation, .arg = &b->sum};
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
    for (int i = 0; i < RINGS; i++)
        b->ring[i] = must(ring_new(1 << 20, no_error()));
    merge_init(&b->merge, b->ring, RINGS);
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

/* RINGS producers that take turns; the last record of each stays, for without it nothing is known to be next. */
static uint64_t run_merge(struct bench *b, uint64_t times)
{
    uint64_t done = 0;
    for (uint64_t n = 0; n < times; n++) {
        for (uint32_t i = 0; i < RECORDS; i++, b->order++)
            put(b->ring[b->order % RINGS], b->seen.at[i % b->seen.count], b->order);
        for (uint32_t i = 0; i < RINGS; i++)
            ring_flush(b->ring[i]);
        for (; merge_next(&b->merge, 0); done++)
            continue;
    }
    return done;
}

/* ----------------------------------------------------------------- EVE */

static const struct sensor_rule rule = {.sid = 1790101, .rev = 1, .detector = "D01", .name = "ioc.tls_sni", .severity = 1,
                                        .category = "Malware Command and Control Activity Detected", .tactic_id = "TA0011",
                                        .tactic_name = "Command_And_Control", .technique_id = "T1071",
                                        .technique_name = "Application_Layer_Protocol", .created = "2026_01_01",
                                        .updated = "2026_01_01", .summary = "a name", .evidence = "a name", .false_positives = "none"};
static const char *const reasons[] = {"the client sent the listed name www.example.test", "the list holds it since 2026-01", NULL};
static const struct evidence facts[] = {{.name = "indicator", .text = {(const uint8_t *)"www.example.test", 16}},
                                        {.name = "confidence", .kind = EVIDENCE_NUMBER, .number = 80}};
static const struct sighting sighting = {.rule = &rule, .signature = "HAETAE listed name in TLS", .confidence_pct = 80, .context_key = "dprk",
                                         .evidence = facts, .evidence_count = 2, .why = reasons};

static long port_of(long type)
{
    return type == EVENT_DNS ? 53 : type == EVENT_HTTP ? 80 : type == EVENT_QUIC ? 4433 : 443;
}

static enum observation_kind kind_of(long type)
{
    static const enum observation_kind kinds[EVENT_TYPE_COUNT] = {[EVENT_ALERT] = OBSERVE_TLS, [EVENT_FLOW] = OBSERVE_ENDED,
                                                                  [EVENT_DNS] = OBSERVE_DNS,   [EVENT_TLS] = OBSERVE_TLS,
                                                                  [EVENT_HTTP] = OBSERVE_HTTP, [EVENT_QUIC] = OBSERVE_QUIC};
    return kinds[type];
}

/* The name of the class must be there for the ndpi object; which one does not matter. */
static void open_eve(struct bench *b, long type)
{
    static const struct classification class = {.master = 91, .app = 126, .category = 5, .breed = 1, .confidence = 4, .state = CLASS_DETECTED};
    struct eve_options options = {.names = must(classify_names_new(no_error())), .community_id = true, .ipv6_compress = true,
                                  .metadata = true, .ndpi = true, .dns_version = 3, .dns_requests = true, .dns_responses = true};
    open_dissector(b, port_of(type));
    b->eve = must(eve_new(&options, no_error()));
    json_init(&b->line, 1 << 20);
    for (uint32_t i = 0; i < b->seen.count; i++)
        b->seen.at[i]->class = class;
    b->event = (struct event){.type = (enum event_type)type, .observation = observations_find(&b->seen, kind_of(type)),
                              .sighting = type == EVENT_ALERT ? &sighting : NULL};
}

/* Every observation of the type in turn. */
static uint64_t run_eve(struct bench *b, uint64_t times)
{
    uint64_t done = 0;
    for (uint64_t n = 0; n < times; n++)
        for (uint32_t i = 0; i < b->seen.count; i++) {
            if (b->seen.at[i]->kind != b->event.observation->kind)
                continue;
            b->event.observation = b->seen.at[i];
            json_reset(&b->line);
            done += eve_encode(b->eve, &b->event, &b->line);
            b->sum += b->line.size;
        }
    return done;
}

/* ------------------------------------------------------------ look-ups */

static void make_addresses(struct bench *b)
{
    b->addresses = take(NAMES * sizeof *b->addresses);
    for (uint32_t i = 0; i < NAMES; i++) {
        uint64_t n = number_of(i);
        b->addresses[i] = (struct address){.bytes = {[10] = 0xff, [11] = 0xff}};
        memcpy(b->addresses[i].bytes + 12, &n, 4);
    }
}

static void open_geo(struct bench *b, long unused)
{
    (void)unused;
    b->geo = must(geo_open(&geo_path, 1, no_error()));
    if (geo_count(b->geo) == 0)
        give_up("%s", no_error()->text);
    make_addresses(b);
}

static uint64_t look_geo_up(struct bench *b, uint64_t times, uint32_t different)
{
    struct sensor_geo found;
    for (uint64_t i = 0; i < times * 64; i++)
        b->sum += geo_lookup(b->geo, &b->addresses[i % different], &found);
    return times * 64;
}

static uint64_t run_geo(struct bench *b, uint64_t times)
{
    return look_geo_up(b, times, NAMES);
}

static uint64_t run_geo_again(struct bench *b, uint64_t times)
{
    return look_geo_up(b, times, 16);
}

/* Three quarters names, one quarter addresses; one asked name in a hundred is listed. */
static void open_list(struct bench *b, long rows)
{
    char path[] = "/tmp/haetae-bench-XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    if (!file)
        give_up("%s: cannot write it", path);
    fputs("value,type,match\n", file);
    for (long i = 0; i < rows; i++)
        if (i % 4)
            fprintf(file, "n%ld.host.example,domain,suffix\n", i);
        else
            fprintf(file, "%ld.%ld.%ld.%ld,ipv4,exact\n", 11 + (i >> 24), i >> 16 & 255, i >> 8 & 255, i & 255);
    fclose(file);
    b->list = list_open(path, NULL, no_error());
    unlink(path);
    must(b->list);
    make_addresses(b);
    b->names = take(NAMES * sizeof *b->names);
    for (long i = 0; i < NAMES; i++)
        snprintf(b->names[i], sizeof *b->names, "www.%c%ld.host.example", i % 100 ? 'm' : 'n', (long)(number_of((uint64_t)i) % (uint64_t)rows));
}

static uint64_t run_list_name(struct bench *b, uint64_t times)
{
    struct sensor_entry e;
    for (uint64_t i = 0; i < times * 64; i++) {
        const char *name = b->names[i % NAMES];
        b->sum += list_find_name(b->list, (struct slice){(const uint8_t *)name, strlen(name)}, &e);
    }
    return times * 64;
}

static uint64_t run_list_address(struct bench *b, uint64_t times)
{
    struct sensor_entry e;
    for (uint64_t i = 0; i < times * 64; i++)
        b->sum += list_find_address(b->list, &b->addresses[i % NAMES], &e);
    return times * 64;
}

/* ----------------------------------------------------------- the steps */

static const struct step {
    const char *name, *unit;
    void (*open)(struct bench *, long argument);
    long argument;
    uint64_t (*run)(struct bench *, uint64_t times); /* returns how many units it did */
    bool timed_only;                                 /* too long under callgrind */
} steps[] = {
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
    {"eve-flow", "line", open_eve, EVENT_FLOW, run_eve, false},
    {"eve-dns", "line", open_eve, EVENT_DNS, run_eve, false},
    {"eve-tls", "line", open_eve, EVENT_TLS, run_eve, false},
    {"eve-http", "line", open_eve, EVENT_HTTP, run_eve, false},
    {"eve-quic", "line", open_eve, EVENT_QUIC, run_eve, false},
    {"eve-alert", "line", open_eve, EVENT_ALERT, run_eve, false},
    {"geo", "look-up", open_geo, 0, run_geo, false},
    {"geo-again", "look-up", open_geo, 0, run_geo_again, false},
    {"name-1k", "look-up", open_list, 1000, run_list_name, false},
    {"name-10k", "look-up", open_list, 10000, run_list_name, false},
    {"name-100k", "look-up", open_list, 100000, run_list_name, true},
    {"name-1m", "look-up", open_list, 1000000, run_list_name, true},
    {"address-1k", "look-up", open_list, 1000, run_list_address, false},
    {"address-10k", "look-up", open_list, 10000, run_list_address, false},
    {"address-100k", "look-up", open_list, 100000, run_list_address, true},
    {"address-1m", "look-up", open_list, 1000000, run_list_address, true},
};

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ns per unit: the median of the rounds. */
static double time_step(const struct step *s, struct bench *b)
{
    double ns[ROUNDS];
    uint64_t times = 1, began, took = 0;
    for (; took < ROUND_NS; times *= 2) {
        began = clock_monotonic_ns();
        s->run(b, times);
        took = clock_monotonic_ns() - began;
    }
    for (int i = 0; i < ROUNDS; i++) {
        began = clock_monotonic_ns();
        uint64_t units = s->run(b, times / 2);
        ns[i] = (double)(clock_monotonic_ns() - began) / (double)units;
    }
    qsort(ns, ROUNDS, sizeof *ns, compare_doubles);
    return ns[ROUNDS / 2];
}

/* Once to warm up, then the dump that tests/bench/instructions reads: name and units. */
static void count_step(const struct step *s, struct bench *b)
{
    char name[64];
    uint64_t units = s->run(b, FIXED_TIMES);
    snprintf(name, sizeof name, "%s %llu", s->name, (unsigned long long)units);
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
    s->run(b, FIXED_TIMES);
    CALLGRIND_DUMP_STATS_AT(name);
    CALLGRIND_STOP_INSTRUMENTATION;
}

/* What a step opened is left to the end of the process: nothing here runs long enough to mind. */
static void do_step(const struct step *s, bool fixed)
{
    struct bench *b = take(sizeof *b);
    s->open(b, s->argument);
    if (fixed)
        count_step(s, b);
    else
        printf("%-18s %10.1f ns / %s\n", s->name, time_step(s, b), s->unit);
    fflush(stdout);
}

static bool is_chosen(const char *name, char **chosen)
{
    bool any = *chosen != NULL;
    for (; *chosen; chosen++)
        if (strcmp(*chosen, name) == 0)
            return true;
    return !any;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"fixed", no_argument, NULL, 'f'}, {"pcaps", required_argument, NULL, 'p'}, {"geo", required_argument, NULL, 'g'}, {0}};
    bool fixed = false;
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (o == 'f')
            fixed = true;
        else if (o == 'p')
            pcaps = optarg;
        else if (o == 'g')
            geo_path = optarg;
        else
            return 2;
    }
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const struct step *s = &steps[i];
        bool geo_missing = s->open == open_geo && access(geo_path, R_OK) != 0;
        if (is_chosen(s->name, argv + optind) && !(fixed && s->timed_only) && !geo_missing)
            do_step(s, fixed);
    }
    return 0;
}
