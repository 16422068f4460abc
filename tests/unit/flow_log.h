/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_log.h - for the tests of the flow table: a table whose log records how flows left it.
 *
 * Every table has its own random hash key, so two tables fed the same packets show whether anything depends on it.
 */
#ifndef TEST_FLOW_LOG_H
#define TEST_FLOW_LOG_H

#include <stdlib.h>

#include "flow/flow_table.h"
#include "flows.h"

struct entry {
    uint64_t id;
    uint64_t deadline_ns, start_ns;
    uint16_t port; /* of the smaller address: names the flow in tests */
    enum end_reason reason;
    bool evicted;
};

struct log {
    struct flow_table *table;
    struct entry *entries;
    size_t count, capacity;
};

static inline void note(void *arg, struct flow *f, enum end_reason reason, bool evicted)
{
    struct log *l = arg;
    if (l->count == l->capacity) {
        l->capacity = l->capacity ? l->capacity * 2 : 64;
        l->entries = realloc(l->entries, l->capacity * sizeof *l->entries);
        assert_non_null(l->entries);
    }
    l->entries[l->count++] = (struct entry){f->id, flow_table_deadline(l->table, f), f->start_ns, f->key.port[0], reason, evicted};
}

static inline struct log *log_new(uint32_t flow_max)
{
    struct log *l = calloc(1, sizeof *l);
    assert_non_null(l);
    struct flow_table_options o = {
        .flow_max = flow_max, .timeouts = flow_timeouts_default, .use_vlan = true, .ended = note, .arg = l};
    struct error e = {""};
    l->table = flow_table_new(&o, &e);
    if (!l->table)
        fail_msg("%s", e.text);
    return l;
}

static inline void log_free(struct log *l)
{
    flow_table_free(l->table);
    free(l->entries);
    free(l);
}

static inline struct flow *take(struct log *l, struct packet p, bool expect_new)
{
    int end;
    bool is_new;
    struct flow *f = flow_table_take(l->table, &p, &end, &is_new);
    assert_int_equal(is_new, expect_new);
    flow_update(f, &p, end);
    return f;
}

/* A datagram of flow `port`. */
static inline struct packet from(uint16_t port)
{
    return udp(1, port, 2, 60000);
}

static inline struct packet segment(uint16_t port, uint8_t flags)
{
    return tcp(1, port, 2, 80, flags);
}

static inline void open_tcp(struct log *l, uint64_t time_ns, uint16_t port)
{
    take(l, at(time_ns, segment(port, TCP_SYN)), true);
    take(l, at(time_ns, back(segment(port, 0), TCP_SYN | TCP_ACK)), false);
    take(l, at(time_ns, segment(port, TCP_ACK)), false);
}

static inline struct flow_counters counters(const struct log *l)
{
    struct flow_counters c;
    flow_table_count(l->table, &c);
    return c;
}

static inline void assert_ended(const struct log *l, size_t i, uint16_t port, enum end_reason reason, bool evicted)
{
    assert_true(i < l->count);
    assert_int_equal(l->entries[i].port, port);
    assert_int_equal(l->entries[i].reason, reason);
    assert_int_equal(l->entries[i].evicted, evicted);
}

#endif
