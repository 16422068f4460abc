/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink.h - for fuzz targets of dissect/: one observer for the life of the process that reads every byte of every record,
 * checks that references stay inside, and sums up what was told, so that two ways of giving the same bytes can be compared.
 */
#ifndef TESTS_SINK_H
#define TESTS_SINK_H

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "dissect/parser.h"
#include "flow/observer.h"

struct sink {
    struct flow flow;
    struct packet packet;
    struct observer *observer;
    struct parse_place place;
    uint64_t told; /* hash over everything behind the heads of the records so far */
    unsigned records;
};

static inline void sink_deliver(void *arg, const struct observation *o)
{
    struct sink *s = arg;
    if (o->size < sizeof *o || o->size > OBSERVATION_MAX || o->size % 8 != 0)
        abort();
    uint64_t parts[3] = {s->told, o->kind, hash_bytes(hash_key_fixed, (const uint8_t *)o + sizeof *o, o->size - sizeof *o)};
    s->told = hash_bytes(hash_key_fixed, parts, sizeof parts);
    s->records++;
}

/* The sink of this process, as new. */
static inline struct sink *sink_open(uint8_t proto)
{
    static struct sink s;
    struct observer *kept = s.observer;
    s = (struct sink){.observer = kept};
    if (!s.observer) {
        struct error error;
        struct observer_options options = {.wanted = ~0u, .deliver = sink_deliver, .arg = &s};
        s.observer = observer_new(&options, &error);
        if (!s.observer)
            abort();
    }
    s.flow.key.proto = proto;
    s.packet.proto = proto;
    s.packet.number = 1;
    s.place = (struct parse_place){&s.flow, &s.packet, 0, s.observer, NULL, NULL};
    return &s;
}

/* A copy on the heap of exactly that size: reading beyond it is seen. */
static inline uint8_t *sink_exact(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

#endif
