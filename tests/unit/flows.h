/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows.h - for the flow tests: packets made up from a few words, no bytes behind them.
 *
 * Hosts are small numbers: host 7 is 10.0.0.7. Times are given in seconds or nanoseconds since the epoch.
 */
#ifndef TEST_FLOWS_H
#define TEST_FLOWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/addr.h"
#include "base/clock.h"
#include "flow/flow.h"

/* A time late enough to step back from. */
#define NOON (UINT64_C(1700000000) * NS_PER_S)

static inline struct address host(uint32_t n)
{
    return addr_from_v4((uint8_t[4]){10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n});
}

static inline struct packet packet_of(uint8_t proto, uint32_t from, uint16_t sport, uint32_t to, uint16_t dport)
{
    return (struct packet){.time_ns = NOON,
                           .number = 1,
                           .wire_len = 100,
                           .cap_len = 100,
                           .src = host(from),
                           .dst = host(to),
                           .src_port = sport,
                           .dst_port = dport,
                           .ip_version = 4,
                           .proto = proto};
}

static inline struct packet udp(uint32_t from, uint16_t sport, uint32_t to, uint16_t dport)
{
    return packet_of(IP_UDP, from, sport, to, dport);
}

static inline struct packet tcp(uint32_t from, uint16_t sport, uint32_t to, uint16_t dport, uint8_t flags)
{
    struct packet p = packet_of(IP_TCP, from, sport, to, dport);
    p.tcp_flags = flags;
    return p;
}

/* The same packet the other way. */
static inline struct packet back(struct packet p, uint8_t flags)
{
    struct packet r = p;
    r.src = p.dst;
    r.dst = p.src;
    r.src_port = p.dst_port;
    r.dst_port = p.src_port;
    r.tcp_flags = flags;
    return r;
}

static inline struct packet at(uint64_t time_ns, struct packet p)
{
    p.time_ns = time_ns;
    return p;
}

#endif
