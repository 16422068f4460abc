/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.h - synthetic observations for tests of what comes after the packet path: records with their texts and arrays
 * behind them, built by hand, and names of a made-up classifier library.
 */
#ifndef TESTS_EVENTS_H
#define TESTS_EVENTS_H

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "analysis/event.h"
#include "base/addr.h"
#include "flow/classify.h"

#define EVENTS_RECORD_MAX (256u * 1024u)
#define EVENTS_START      UINT64_C(1772366400000000000) /* 2026-03-01T12:00:00Z */

/* One observation under construction; the first member of `bytes` is its head. */
struct event_record {
    alignas(8) uint8_t bytes[EVENTS_RECORD_MAX];
    uint32_t used;
};

static inline struct observation *event_head(struct event_record *r)
{
    return (struct observation *)(void *)r->bytes;
}

/* A TCP flow 10.10.20.31:51544 > 203.0.113.66:443 with counters and times. Returns the record of `size` bytes. */
static inline void *event_begin(struct event_record *r, enum observation_kind kind, size_t size)
{
    static const uint8_t client[4] = {10, 10, 20, 31}, server[4] = {203, 0, 113, 66};
    memset(r->bytes, 0, size);
    r->used = (uint32_t)((size + 7) & ~(size_t)7);
    struct observation *o = event_head(r);
    o->size = r->used;
    o->kind = (uint8_t)kind;
    o->time_ns = EVENTS_START + 90000123;
    o->packet_number = 8;
    o->flow_id = UINT64_C(1471213987654321);
    o->client = addr_from_v4(client);
    o->server = addr_from_v4(server);
    o->client_port = 51544;
    o->server_port = 443;
    o->proto = 6;
    o->ip_version = 4;
    o->packets[TO_SERVER] = 4;
    o->packets[TO_CLIENT] = 2;
    o->bytes[TO_SERVER] = 780;
    o->bytes[TO_CLIENT] = 4200;
    o->start_ns = EVENTS_START + 40000000;
    o->last_ns = EVENTS_START + UINT64_C(3000001000);
    return o;
}

static inline struct text_ref event_bytes(struct event_record *r, const void *bytes, size_t size)
{
    assert(r->used + size + 8 <= EVENTS_RECORD_MAX);
    struct text_ref ref = {size > 0 ? r->used : 0, (uint32_t)size};
    if (size > 0)
        memcpy(r->bytes + r->used, bytes, size);
    r->used = (r->used + (uint32_t)size + 7) & ~7u;
    event_head(r)->size = r->used;
    return ref;
}

static inline struct text_ref event_text(struct event_record *r, const char *text)
{
    return event_bytes(r, text, strlen(text));
}

/* Room for `count` zeroed elements; `*items` gets their memory, which does not move. */
static inline struct array_ref event_array(struct event_record *r, uint32_t count, size_t element, void **items)
{
    assert(r->used + count * element <= EVENTS_RECORD_MAX);
    struct array_ref ref = {r->used, count};
    *items = r->bytes + r->used;
    memset(*items, 0, count * element);
    r->used = (r->used + (uint32_t)(count * element) + 7) & ~7u;
    event_head(r)->size = r->used;
    return ref;
}

/* ---------------------------------------------- a made-up classifier library */

static inline const struct classify_names *event_names(void)
{
    return (const struct classify_names *)(const void *)"names"; /* never looked into */
}

const char *classify_protocol(const struct classify_names *n, uint16_t id)
{
    (void)n;
    return id == 91 ? "TLS" : id == 126 ? "Google" : id == 5 ? "DNS" : "Unknown";
}

const char *classify_category(const struct classify_names *n, uint16_t id)
{
    (void)n;
    return id == 5 ? "Web" : "Unspecified";
}

const char *classify_breed(const struct classify_names *n, uint8_t id)
{
    (void)n;
    return id == 1 ? "Safe" : "Unrated";
}

const char *classify_confidence(const struct classify_names *n, uint8_t id)
{
    (void)n;
    return id == 4 ? "DPI" : id == 1 ? "Match by port" : "Unknown";
}

const char *classify_risk(const struct classify_names *n, unsigned risk)
{
    (void)n;
    return risk == 5 ? "Known protocol on non standard port" : "TLS (probably) not carrying HTTPS";
}

const char *classify_risk_severity(const struct classify_names *n, unsigned risk)
{
    (void)n;
    return risk == 5 ? "Medium" : "Low";
}

#endif
