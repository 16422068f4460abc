/* SPDX-License-Identifier: Apache-2.0 */
/*
 * micro_event.c - the steps from an observation to a line, and look-ups in geo databases and lists.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "micro.h"

enum { NAMES = 4096 };

/* ----------------------------------------------------------------- EVE */

static const struct sensor_rule rule = {.sid = 1790101,
                                        .rev = 1,
                                        .detector = "D01",
                                        .name = "ioc.tls_sni",
                                        .severity = 1,
                                        .category = "Malware Command and Control Activity Detected",
                                        .tactic_id = "TA0011",
                                        .tactic_name = "Command_And_Control",
                                        .technique_id = "T1071",
                                        .technique_name = "Application_Layer_Protocol",
                                        .created = "2026_01_01",
                                        .updated = "2026_01_01",
                                        .summary = "a name",
                                        .evidence = "a name",
                                        .false_positives = "none"};
static const char *const reasons[] = {"the client sent the listed name www.example.test", "the list holds it since 2026-01", NULL};
static const struct evidence facts[] = {{.name = "indicator", .text = {(const uint8_t *)"www.example.test", 16}},
                                        {.name = "confidence", .kind = EVIDENCE_NUMBER, .number = 80}};
static const struct sighting sighting = {.rule = &rule,
                                         .signature = "HAETAE listed name in TLS",
                                         .confidence_pct = 80,
                                         .context_key = "dprk",
                                         .evidence = facts,
                                         .evidence_count = 2,
                                         .why = reasons};

static long port_of(long type)
{
    return type == EVENT_DNS ? 53 : type == EVENT_HTTP ? 80 : type == EVENT_QUIC ? 4433 : 443;
}

static enum observation_kind kind_of(long type)
{
    static const enum observation_kind kinds[EVENT_TYPE_COUNT] = {
        [EVENT_ALERT] = OBSERVE_TLS, [EVENT_FLOW] = OBSERVE_ENDED, [EVENT_DNS] = OBSERVE_DNS,
        [EVENT_TLS] = OBSERVE_TLS,   [EVENT_HTTP] = OBSERVE_HTTP,  [EVENT_QUIC] = OBSERVE_QUIC};
    return kinds[type];
}

/* The name of the class must be there for the ndpi object; which one does not matter. */
static void open_eve(struct bench *b, long type)
{
    static const struct classification class = {
        .master = 91, .app = 126, .category = 5, .breed = 1, .confidence = 4, .state = CLASS_DETECTED};
    struct eve_options options = {.names = must(classify_names_new(no_error())),
                                  .community_id = true,
                                  .ipv6_compress = true,
                                  .metadata = true,
                                  .ndpi = true,
                                  .dns_version = 3,
                                  .dns_requests = true,
                                  .dns_responses = true};
    open_dissector(b, port_of(type));
    b->eve = must(eve_new(&options, no_error()));
    json_init(&b->line, 1 << 20);
    for (uint32_t i = 0; i < b->seen.count; i++)
        b->seen.at[i]->class = class;
    b->event = (struct event){.type = (enum event_type)type,
                              .observation = observations_find(&b->seen, kind_of(type)),
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
    b->geo = must(geo_open(&bench_geo, 1, no_error()));
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
        snprintf(b->names[i], sizeof *b->names, "www.%c%ld.host.example", i % 100 ? 'm' : 'n',
                 (long)(number_of((uint64_t)i) % (uint64_t)rows));
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

const struct step event_steps[] = {
    {"eve-flow", "line", open_eve, EVENT_FLOW, run_eve, false},
    {"eve-dns", "line", open_eve, EVENT_DNS, run_eve, false},
    {"eve-tls", "line", open_eve, EVENT_TLS, run_eve, false},
    {"eve-http", "line", open_eve, EVENT_HTTP, run_eve, false},
    {"eve-quic", "line", open_eve, EVENT_QUIC, run_eve, false},
    {"eve-alert", "line", open_eve, EVENT_ALERT, run_eve, false},
    {"geo", "look-up", open_geo, 0, run_geo, false},
    {"geo-again", "look-up", open_geo, 0, run_geo_again, false},
    {"name-1k", "look-up", open_list, 1000, run_list_name, false},
    {"name-100k", "look-up", open_list, 100000, run_list_name, true},
    {"name-1m", "look-up", open_list, 1000000, run_list_name, true},
    {"address-1k", "look-up", open_list, 1000, run_list_address, false},
    {"address-100k", "look-up", open_list, 100000, run_list_address, true},
    {"address-1m", "look-up", open_list, 1000000, run_list_address, true},
    {0},
};
