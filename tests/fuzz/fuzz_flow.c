/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_flow.c - any sequence of packets and clock jumps through a small flow table, checked against a plain list.
 *
 * Six bytes are one step: how the clock moves (2), who talks to whom (1), flags (1), protocol (1), sequence number (1). The rules:
 * a flow ends by time-out exactly when its deadline has passed, in order of (deadline, start, id); only a full table evicts, first
 * the least recently seen of the not established; what is counted is there. A packet's bytes are also given another length.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/addr.h"
#include "base/clock.h"
#include "flow/flow_table.h"
#include "flow/reshape.h"

enum { FLOW_MAX = 6, STEP = 6 };

/* The plain list: one entry for each flow that should be in the table. */
static struct known {
    uint64_t id, deadline_ns, last_ns, start_ns;
    uint8_t state;
} known[FLOW_MAX];
static size_t known_count;

static struct flow_table *table;
static uint64_t now_ns;
static struct known latest_end; /* the previous flow that ended in this call */
static bool in_expire, in_end_all;
static bool steady; /* the clock never went back, and nobody forgot to expire: then eviction is exact */

static size_t find(uint64_t id)
{
    size_t i = 0;
    while (i < known_count && known[i].id != id)
        i++;
    assert(i < known_count);
    return i;
}

static void check_order(const struct known *k)
{
    const uint64_t before[] = {in_end_all ? 0 : latest_end.deadline_ns, latest_end.start_ns, latest_end.id};
    const uint64_t here[] = {in_end_all ? 0 : k->deadline_ns, k->start_ns, k->id};
    size_t i = 0;
    while (i < 2 && before[i] == here[i])
        i++;
    assert(latest_end.id == 0 || before[i] < here[i]);
    latest_end = *k;
}

static void check_eviction(const struct known *k)
{
    assert(known_count == FLOW_MAX);
    for (size_t i = 0; i < known_count; i++) {
        bool spared = known[i].state == FLOW_ESTABLISHED, was_spared = k->state == FLOW_ESTABLISHED;
        assert(spared || !was_spared);
        assert(!steady || spared != was_spared || k->last_ns / NS_PER_S <= known[i].last_ns / NS_PER_S);
    }
}

static void ended(void *arg, struct flow *f, enum end_reason reason, bool evicted)
{
    (void)arg;
    struct known k = known[find(f->id)];
    assert(flow_table_deadline(table, f) == k.deadline_ns);
    assert(evicted == (reason == END_FORCED));
    if (in_expire || in_end_all)
        check_order(&k);
    if (reason == END_TIMEOUT)
        assert(k.deadline_ns <= now_ns);
    if (evicted)
        check_eviction(&k);
    known[find(f->id)] = known[--known_count];
}

static void expire(void)
{
    in_expire = true;
    latest_end.id = 0;
    flow_table_expire(table, now_ns);
    in_expire = false;
    for (size_t i = 0; i < known_count; i++)
        assert(known[i].deadline_ns > now_ns);
}

static struct packet packet_of(const uint8_t *step, uint64_t number)
{
    static const uint8_t protos[] = {IP_TCP, IP_UDP, IP_ICMP, IP_GRE};
    struct packet p = {.time_ns = now_ns, .number = number, .wire_len = 60, .ip_version = 4, .proto = protos[step[4] % 4]};
    p.src = addr_from_v4((uint8_t[4]){10, 0, 0, step[2] & 7});
    p.dst = addr_from_v4((uint8_t[4]){10, 0, 0, step[2] >> 3 & 7});
    if (p.proto == IP_TCP || p.proto == IP_UDP) {
        p.src_port = step[2] & 0x40 ? 80 : 40000;
        p.dst_port = step[2] & 0x40 ? 40000 : 80;
    }
    if (p.proto == IP_TCP) {
        p.tcp_flags = step[3];
        p.tcp_seq = step[5] & 3;
    }
    return p;
}

static void take(const struct packet *p)
{
    int end;
    bool is_new;
    struct flow *f = flow_table_take(table, p, &end, &is_new);
    flow_update(f, p, end);
    if (is_new)
        known[known_count++].id = f->id;
    assert(known_count <= FLOW_MAX);
    known[find(f->id)] = (struct known){f->id, flow_table_deadline(table, f), f->last_ns, f->start_ns, f->state};
}

/* Small steps mostly, sometimes far, sometimes back. */
static void move_clock(const uint8_t *step)
{
    uint64_t delta = (uint64_t)step[1] * (step[0] & 1 ? NS_PER_S / 16 : step[0] & 2 ? 7 * NS_PER_S : 1);
    if (step[0] >= 0xf0)
        delta <<= step[0] & 15;
    uint64_t before_ns = now_ns;
    now_ns = step[0] & 4 ? now_ns - delta : now_ns + delta; /* may wrap: then it has jumped very far */
    steady = steady && now_ns >= before_ns;
}

static void check_reshape(const uint8_t *data, size_t size)
{
    static uint8_t scratch[RESHAPE_MAX];
    struct packet p = {.ip_version = data[0] & 1 ? 6 : 4, .l3 = {data, size}};
    if (size < 40)
        return;
    struct slice s = reshape_plain(&p, scratch);
    size_t at = p.ip_version == 4 ? 2 : 4, header = p.ip_version == 4 ? 0 : 40;
    assert(s.size <= RESHAPE_MAX && s.size <= size);
    assert(((size_t)s.at[at] << 8 | s.at[at + 1]) == ((s.size - header) & 0xffff));
    assert(memcmp(s.at, data, at) == 0 && memcmp(s.at + at + 2, data + at + 2, s.size - at - 2) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 4096)
        return 0;
    check_reshape(data, size);
    struct flow_table_options o = {
        .flow_max = FLOW_MAX, .timeouts = {{5, 50, 3}, {3, 20, 0}, {3, 20, 0}, {2, 9, 0}}, .use_vlan = true, .ended = ended};
    table = flow_table_new(&o, NULL);
    assert(table);
    known_count = 0;
    steady = true;
    now_ns = (uint64_t)1700000000 * NS_PER_S;
    for (size_t i = 0; i + STEP <= size; i += STEP) {
        move_clock(data + i);
        if (data[i] & 8)
            steady = false;
        else
            expire();
        struct packet p = packet_of(data + i, i);
        take(&p);
    }
    in_end_all = true;
    latest_end.id = 0;
    flow_table_end_all(table);
    in_end_all = false;
    assert(known_count == 0);
    struct flow_counters c;
    flow_table_count(table, &c);
    assert(c.active == 0 && c.total == c.expired + c.evicted + c.shutdown + c.tcp_reuse);
    flow_table_free(table);
    return 0;
}
