/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats.c - see stats.h. Counter structs that hold only uint64_t are added as arrays, so a new counter needs no line here.
 */
#include "analysis/stats.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define ADD_ALL(total, one) add_u64((uint64_t *)(void *)(total), (const uint64_t *)(const void *)(one), sizeof *(one))

static void add_u64(uint64_t *total, const uint64_t *one, size_t size)
{
    assert(size % sizeof *total == 0);
    for (size_t i = 0; i < size / sizeof *total; i++)
        total[i] += one[i];
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static void add_decode(struct decode_counters *total, const struct decode_counters *one)
{
    uint32_t max_size = larger(total->max_packet_size, one->max_packet_size);
    add_u64((uint64_t *)(void *)total, (const uint64_t *)(const void *)one, offsetof(struct decode_counters, max_packet_size));
    total->max_packet_size = max_size;
}

void stats_add_capture(struct capture_counters *total, const struct capture_counters *one)
{
    ADD_ALL(total, one);
}

void stats_add_dissect(struct dissect_counters *total, const struct dissect_counters *one)
{
    ADD_ALL(total, one);
}

void stats_add_worker(struct worker_counters *total, const struct worker_counters *one)
{
    ADD_ALL(&total->capture, &one->capture);
    add_decode(&total->decode, &one->decode);
    decode_add_unread(&total->unread, &one->unread);
    ADD_ALL(&total->fragment, &one->fragment);
    ADD_ALL(&total->flow, &one->flow);
    ADD_ALL(&total->classify, &one->classify);
    stats_add_dissect(&total->dissect, &one->dissect);
    ADD_ALL(&total->observer, &one->observer);
    ADD_ALL(&total->ack_gap, &one->ack_gap);
    total->damaged += one->damaged;
    if (one->first_ns && (!total->first_ns || one->first_ns < total->first_ns))
        total->first_ns = one->first_ns;
    if (one->last_ns > total->last_ns)
        total->last_ns = one->last_ns;
    total->ring_waits += one->ring_waits;
    total->ring_lost += one->ring_lost;
    total->shut_packets += one->shut_packets;
    total->ring_shed += one->ring_shed;
    total->stopped += one->stopped;
}

bool stats_list_is_first(const struct stats *s, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (strcmp(s->list[k].name, s->list[i].name) == 0)
            return false;
    return true;
}

const char *drop_reason_name(enum drop_reason reason)
{
    static const char *const names[DROP_REASON_COUNT] = {
        [DROP_QUEUE_FULL] = "queue_full", [DROP_SPOOL_FULL] = "spool_full", [DROP_TOO_LONG] = "too_long",
        [DROP_SPOOL_DAMAGED] = "spool_damaged",
        [DROP_REFUSED] = "refused",       [DROP_GIVEN_UP] = "given_up",
    };
    return names[reason];
}
