/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.h - for tests of dissect/: a flow to put messages on, an observer, and every record it delivers, kept in order.
 *
 *     struct watch t;
 *     watch_open(&t, IP_UDP);
 *     dns_message(&t.place, message, 0);
 *     const struct observation_dns *o = watch_take(&t, OBSERVE_DNS);
 *     watch_close(&t);
 */
#ifndef TESTS_WATCH_H
#define TESTS_WATCH_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/parser.h"
#include "flow/observer.h"

#define WATCH_MAX 4096

struct watch {
    struct flow flow;
    struct packet packet;
    struct observer *observer;
    struct parse_place place;
    struct observation *records[WATCH_MAX]; /* owned */
    size_t count;
    size_t taken;
};

static inline void watch_deliver(void *arg, const struct observation *o)
{
    struct watch *t = arg;
    assert(t->count < WATCH_MAX);
    t->records[t->count] = malloc(o->size);
    assert(t->records[t->count]);
    memcpy(t->records[t->count++], o, o->size);
}

/* The end that sends is 0 and the client; watch_from changes it. */
static inline void watch_open(struct watch *t, uint8_t proto)
{
    struct error error;
    *t = (struct watch){0};
    struct observer_options options = {.wanted = ~0u, .deliver = watch_deliver, .arg = t};
    t->observer = observer_new(&options, &error);
    assert(t->observer);
    t->flow.key.proto = proto;
    t->flow.id = 1;
    t->packet.number = 1;
    t->packet.proto = proto;
    t->place = (struct parse_place){&t->flow, &t->packet, 0, t->observer, NULL, NULL};
}

static inline void watch_from(struct watch *t, int end)
{
    t->place.end = end;
}

static inline void watch_close(struct watch *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->records[i]);
    observer_free(t->observer);
}

/* The next record of a kind, those of other kinds passed over; NULL when there is none. */
static inline const void *watch_take(struct watch *t, enum observation_kind kind)
{
    while (t->taken < t->count)
        if (t->records[t->taken++]->kind == kind)
            return t->records[t->taken - 1];
    return NULL;
}

static inline size_t watch_count(const struct watch *t, enum observation_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < t->count; i++)
        n += t->records[i]->kind == kind;
    return n;
}

/* Is the text behind a reference equal to `expected`? */
static inline bool watch_text_is(const void *record, struct text_ref ref, const char *expected)
{
    struct slice s = observation_text(record, ref);
    return s.size == strlen(expected) && (s.size == 0 || memcmp(s.at, expected, s.size) == 0);
}

/* Hexadecimal digits (blanks ignored) to bytes; returns how many. */
static inline size_t watch_hex(const char *hex, uint8_t *out, size_t room)
{
    size_t n = 0;
    for (unsigned byte; *hex; hex += 2) {
        hex += strspn(hex, " \n");
        if (!*hex)
            break;
        int read = sscanf(hex, "%2x", &byte);
        assert(read == 1 && n < room);
        out[n++] = (uint8_t)byte;
    }
    return n;
}

/* A copy on the heap of exactly that size, so that a sanitizer sees every byte read beyond it. */
static inline uint8_t *watch_exact(const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert(copy);
    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

/* Small reproducible random numbers (xorshift64). */
static inline uint64_t watch_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

#endif
