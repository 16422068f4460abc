/* SPDX-License-Identifier: Apache-2.0 */
/* interface.c - see interface.h. Counters are copied to atomics one by one: readers show figures, they do not reckon with them. */
#include "capture/interface.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define COUNTERS      (sizeof(struct capture_counters) / sizeof(uint64_t))
#define SNAPLEN_LEAST 64
#define SNAPLEN_MOST  262144
#define JOINING_NS    (5 * NS_PER_S) /* a wall clock set back must not make us discard for ever */

struct interface {
    struct interface_options options;
    _Atomic uint32_t joined;
    _Atomic uint64_t whole_ns;    /* wall time from which on the group is whole; 0: it is not */
    _Atomic uint64_t whole_at_ns; /* the same moment, monotonic */
    _Atomic uint16_t cluster;
    atomic_bool up;
    struct account {
        _Atomic uint64_t counter[COUNTERS];
        _Atomic uint64_t checksums_bad;
    } account[INTERFACE_THREADS_MAX];
};

struct interface *interface_new(const struct interface_options *options, struct error *error)
{
    if (options->snaplen < SNAPLEN_LEAST || options->snaplen > SNAPLEN_MOST) {
        error_set(error, "%s: snap length %d is out of range (%d..%d)", options->name, options->snaplen, SNAPLEN_LEAST, SNAPLEN_MOST);
        return NULL;
    }
    if (options->threads < 1 || options->threads > INTERFACE_THREADS_MAX) {
        error_set(error, "%s: %u threads are out of range (1..%d)", options->name, options->threads, INTERFACE_THREADS_MAX);
        return NULL;
    }
    struct interface *i = calloc(1, sizeof *i);
    if (!i) {
        error_set(error, "%s: out of memory", options->name);
        return NULL;
    }
    i->options = *options;
    atomic_init(&i->cluster, options->cluster_id);
    return i;
}

void interface_free(struct interface *i)
{
    free(i);
}

const struct interface_options *interface_options_of(const struct interface *i)
{
    return &i->options;
}

/* ------------------------------------------------------------ joining */

void interface_join(struct interface *i)
{
    uint32_t joined = atomic_fetch_add_explicit(&i->joined, 1, memory_order_acq_rel) + 1; /* orders the joins of all threads */
    if (joined != i->options.threads)
        return;
    atomic_store_explicit(&i->whole_at_ns, clock_monotonic_ns(), memory_order_relaxed);
    atomic_store_explicit(&i->whole_ns, clock_wall_ns(), memory_order_release); /* pairs with interface_is_whole */
}

void interface_leave(struct interface *i)
{
    atomic_store_explicit(&i->whole_ns, 0, memory_order_relaxed);
    atomic_fetch_sub_explicit(&i->joined, 1, memory_order_acq_rel);
}

bool interface_is_whole(const struct interface *i, uint64_t frame_ns)
{
    uint64_t whole_ns = atomic_load_explicit(&i->whole_ns, memory_order_acquire); /* pairs with interface_join */
    if (whole_ns == 0)
        return false;
    uint64_t at_ns = atomic_load_explicit(&i->whole_at_ns, memory_order_relaxed);
    return frame_ns >= whole_ns || clock_monotonic_ns() - at_ns > JOINING_NS;
}

uint16_t interface_cluster(const struct interface *i)
{
    return atomic_load_explicit(&i->cluster, memory_order_relaxed); /* a number, orders nothing */
}

void interface_set_cluster(struct interface *i, uint16_t id)
{
    atomic_store_explicit(&i->cluster, id, memory_order_relaxed);
}

/* ----------------------------------------------------------- accounts */

void interface_tell(struct interface *i, uint32_t thread, const struct capture_counters *counters)
{
    uint64_t values[COUNTERS];
    memcpy(values, counters, sizeof values);
    for (size_t n = 0; n < COUNTERS; n++)
        atomic_store_explicit(&i->account[thread].counter[n], values[n], memory_order_relaxed); /* shown, no more */
}

void interface_tell_checksums(struct interface *i, uint32_t thread, uint64_t bad)
{
    atomic_store_explicit(&i->account[thread].checksums_bad, bad, memory_order_relaxed);
}

void interface_tell_up(struct interface *i, bool up)
{
    atomic_store_explicit(&i->up, up, memory_order_relaxed);
}

static void begin_account(const struct interface *i, uint32_t threads, struct interface_account *out)
{
    *out = (struct interface_account){.threads = threads, .up = atomic_load_explicit(&i->up, memory_order_relaxed)};
    strncpy(out->name, i->options.name, sizeof out->name - 1);
}

static void add_account(const struct account *a, struct interface_account *out)
{
    uint64_t values[COUNTERS];
    memcpy(values, &out->capture, sizeof values);
    for (size_t n = 0; n < COUNTERS; n++)
        values[n] += atomic_load_explicit(&a->counter[n], memory_order_relaxed);
    memcpy(&out->capture, values, sizeof values);
    out->checksums_bad += atomic_load_explicit(&a->checksums_bad, memory_order_relaxed);
}

void interface_read(const struct interface *i, struct interface_account *out)
{
    begin_account(i, i->options.threads, out);
    for (uint32_t thread = 0; thread < i->options.threads; thread++)
        add_account(&i->account[thread], out);
}

void interface_read_thread(const struct interface *i, uint32_t thread, struct interface_account *out)
{
    begin_account(i, 1, out);
    if (thread < i->options.threads)
        add_account(&i->account[thread], out);
}
