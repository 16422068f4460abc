/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.c - single producer, single consumer, variable-length records in one block of memory.
 *
 * Positions count bytes for ever and are masked when memory is touched. Each side works on positions of its own and
 * publishes them now and then: the producer `tail` (records up to here may be read), the consumer `head` (memory up to
 * here may be written again). Each side keeps a stale copy of the other's and looks at the shared line only when the
 * copy says full or empty.
 *
 * Sleeping: a side sets its own `asleep`, looks once more, and waits on that word with a futex. The other side publishes,
 * then looks at `asleep`. These four accesses are sequentially consistent, so at least one of the two sees the other and
 * no wake-up is lost (Dekker's argument). Everything else is acquire and release.
 */
#include "base/ring.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define CAPACITY_MIN  (UINT64_C(64) << 10)
#define CAPACITY_MAX  (UINT64_C(4) << 30)
#define LINE          64         /* bytes of a cache line */
#define BATCH_RECORDS 512        /* the producer publishes after so many: a wake-up costs as much as a dozen records */
#define GIVE_BACK_MAX (UINT64_C(128) << 10) /* bytes the consumer keeps to itself at most before it publishes */
#define SHORT_LAP     (UINT64_C(512) << 10) /* see ring_keep_short */
#define SPINS         128        /* looks before going to sleep: about 3 us */
#define SKIP          UINT32_MAX /* header size that means: go on at the start of the block */

/* In front of every record. */
struct header {
    uint32_t size; /* bytes of the record, or SKIP */
    uint32_t step; /* bytes from this header to the next */
};

struct ring {
    /* Both sides, never changed. */
    alignas(LINE) uint8_t *block;
    uint64_t capacity; /* a power of two */
    uint64_t mask;

    /* Producer's own. */
    alignas(LINE) uint64_t write_at; /* end of the committed records */
    uint64_t published;              /* value last stored in tail */
    uint64_t known_head;             /* stale copy of head */
    uint64_t reserved;               /* bytes of the open reservation with its header, 0: none */
    uint64_t pad;                    /* bytes to skip in front of it, to the block's end */
    bool short_laps;                 /* see ring_keep_short */
    uint32_t unpublished_count;      /* records committed since the last publication */

    /* Consumer's own. */
    alignas(LINE) uint64_t read_at; /* start of the oldest record not released */
    uint64_t given_back;            /* value last stored in head */
    uint64_t known_tail;            /* stale copy of tail */
    uint64_t step;                  /* bytes of the record last peeked at with its header, 0: none */

    alignas(LINE) _Atomic uint64_t tail;            /* written by the producer */
    alignas(LINE) _Atomic uint64_t head;            /* written by the consumer */
    alignas(LINE) _Atomic uint32_t consumer_asleep; /* 1: the consumer waits, or is about to, on this word */
    _Atomic uint32_t producer_asleep;
    _Atomic uint32_t closed;    /* by the producer */
    _Atomic uint32_t abandoned; /* by the consumer */
};

/* ------------------------------------------------------------- life */

static uint64_t round_to_power(uint64_t n)
{
    uint64_t power = CAPACITY_MIN;
    while (power < n)
        power *= 2;
    return power;
}

struct ring *ring_new(size_t capacity, struct error *error)
{
    if (capacity > CAPACITY_MAX) {
        error_set(error, "ring of %zu bytes: at most 4 GiB are possible", capacity);
        return NULL;
    }
    struct ring *r = aligned_alloc(LINE, sizeof *r);
    uint64_t rounded = round_to_power(capacity);
    uint8_t *block = aligned_alloc(LINE, rounded);
    if (r == NULL || block == NULL) {
        error_set(error, "ring of %zu bytes: out of memory", capacity);
        free(block);
        free(r);
        return NULL;
    }
    memset(r, 0, sizeof *r);
    r->block = block;
    r->capacity = rounded;
    r->mask = rounded - 1;
    return r;
}

void ring_free(struct ring *r)
{
    if (r == NULL)
        return;
    free(r->block);
    free(r);
}

void ring_keep_short(struct ring *r)
{
    r->short_laps = true;
}

size_t ring_record_max(const struct ring *r)
{
    return r->capacity / 4 - sizeof(struct header);
}

/* ------------------------------------------------------- sleep, wake */

static inline void relax_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Waits while *word is 1, until `deadline` (monotonic ns, UINT64_MAX: for ever). False once that has passed. */
static bool sleep_on(_Atomic uint32_t *word, uint64_t deadline)
{
    struct timespec left, *limit = NULL;
    if (deadline != UINT64_MAX) {
        uint64_t now = clock_monotonic_ns();
        if (now >= deadline)
            return false;
        left.tv_sec = (time_t)((deadline - now) / NS_PER_S);
        left.tv_nsec = (long)((deadline - now) % NS_PER_S);
        limit = &left;
    }
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 1, limit, NULL, 0);
    return true;
}

/* After a publication. Pairs with the store of 1 by the side that is going to sleep. */
static inline void wake(_Atomic uint32_t *asleep)
{
    if (atomic_load_explicit(asleep, memory_order_seq_cst) == 0)
        return;
    if (atomic_exchange_explicit(asleep, 0, memory_order_relaxed) != 0)
        syscall(SYS_futex, asleep, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* ---------------------------------------------------------- producer */

static uint64_t record_bytes(size_t size)
{
    return sizeof(struct header) + (((uint64_t)size + 7) & ~UINT64_C(7));
}

/* Short laps: is the block's start free again, with as much room as was written since? */
static inline bool may_begin_anew(const struct ring *r, uint64_t need)
{
    uint64_t at = r->write_at & r->mask;
    return r->short_laps && at >= SHORT_LAP && r->write_at - r->known_head + need <= at / 2;
}

/* Places `need` contiguous bytes at write_at, or at the block's start when they would wrap. Only known_head counts. */
static bool place(struct ring *r, uint64_t need)
{
    uint64_t to_end = r->capacity - (r->write_at & r->mask);
    uint64_t pad = to_end < need || may_begin_anew(r, need) ? to_end : 0;
    if (r->write_at + pad + need - r->known_head > r->capacity)
        return false;
    r->pad = pad;
    r->reserved = need;
    return true;
}

static void *reservation(struct ring *r)
{
    return r->block + ((r->write_at + r->pad) & r->mask) + sizeof(struct header);
}

void *ring_reserve(struct ring *r, size_t size)
{
    r->reserved = 0;
    if (size > ring_record_max(r))
        return NULL;
    uint64_t need = record_bytes(size);
    if (place(r, need))
        return reservation(r);
    /* Pairs with give_back(): the consumer's reads of that memory are over. */
    r->known_head = atomic_load_explicit(&r->head, memory_order_acquire);
    return place(r, need) ? reservation(r) : NULL;
}

bool ring_has_room(struct ring *r, size_t bytes)
{
    if (r->write_at + bytes - r->known_head <= r->capacity)
        return true;
    /* Pairs with give_back(), as in ring_reserve(). */
    r->known_head = atomic_load_explicit(&r->head, memory_order_acquire);
    return r->write_at + bytes - r->known_head <= r->capacity;
}

/* As ring_reserve after saying that this side is going to sleep. */
static void *reserve_last_look(struct ring *r, size_t size)
{
    /* These two pair with give_back(): it sees the 1, or we see its head. */
    atomic_store_explicit(&r->producer_asleep, 1, memory_order_seq_cst);
    r->known_head = atomic_load_explicit(&r->head, memory_order_seq_cst);
    return ring_reserve(r, size);
}

static bool is_abandoned(struct ring *r)
{
    return atomic_load_explicit(&r->abandoned, memory_order_seq_cst) != 0;
}

void *ring_reserve_wait(struct ring *r, size_t size)
{
    void *record = ring_reserve(r, size);
    if (record != NULL || size > ring_record_max(r))
        return record;
    ring_flush(r); /* else the consumer could wait for records that only we know of */
    for (int i = 0; i < SPINS && record == NULL; i++) {
        relax_cpu();
        record = ring_reserve(r, size);
    }
    while (record == NULL && !is_abandoned(r)) {
        record = reserve_last_look(r, size);
        if (record == NULL && !is_abandoned(r))
            sleep_on(&r->producer_asleep, UINT64_MAX);
        atomic_store_explicit(&r->producer_asleep, 0, memory_order_relaxed);
        if (record == NULL)
            record = ring_reserve(r, size);
    }
    return record;
}

void ring_commit(struct ring *r, size_t size)
{
    uint64_t need = record_bytes(size);
    assert(r->reserved != 0 && need <= r->reserved);
    if (r->pad > 0) {
        struct header skip = {.size = SKIP, .step = (uint32_t)r->pad};
        memcpy(r->block + (r->write_at & r->mask), &skip, sizeof skip);
        r->write_at += r->pad;
    }
    struct header header = {.size = (uint32_t)size, .step = (uint32_t)need};
    memcpy(r->block + (r->write_at & r->mask), &header, sizeof header);
    r->write_at += need;
    r->reserved = 0;
    r->unpublished_count++;
    if (r->unpublished_count >= BATCH_RECORDS || r->write_at - r->published >= r->capacity / 8)
        ring_flush(r);
}

void ring_flush(struct ring *r)
{
    if (r->published == r->write_at)
        return;
    r->published = r->write_at;
    r->unpublished_count = 0;
    if (r->short_laps) /* pairs with give_back(), as in ring_reserve() */
        r->known_head = atomic_load_explicit(&r->head, memory_order_acquire);
    /* Pairs with the loads in look() (records are whole) and peek_last_look() (nobody sleeps on a full ring). */
    atomic_store_explicit(&r->tail, r->write_at, memory_order_seq_cst);
    wake(&r->consumer_asleep);
}

void ring_close(struct ring *r)
{
    ring_flush(r);
    /* Pairs with is_closed(): who sees it also sees the last tail, and nobody sleeps for ever. */
    atomic_store_explicit(&r->closed, 1, memory_order_seq_cst);
    wake(&r->consumer_asleep);
}

/* ---------------------------------------------------------- consumer */

/*
 * Publishes what was released. A sleeping producer is woken once half of the block is free: any record fits then (a
 * record and its padding are below a half), and it does not wake for every few bytes. used counts known_tail, which may
 * be too small, never too large: at worst the producer wakes early and sleeps again.
 */
static void give_back(struct ring *r)
{
    if (r->given_back != r->read_at) {
        r->given_back = r->read_at;
        /* Pairs with the loads in ring_reserve() and reserve_last_look(). */
        atomic_store_explicit(&r->head, r->read_at, memory_order_seq_cst);
    }
    if (r->known_tail - r->read_at <= r->capacity / 2)
        wake(&r->producer_asleep);
}

/* The record at read_at when it is known to be there; skips the block's end. */
static const void *look(struct ring *r, size_t *size)
{
    if (r->read_at == r->known_tail) {
        /* Pairs with ring_flush(): the records before tail are whole. */
        r->known_tail = atomic_load_explicit(&r->tail, memory_order_acquire);
        if (r->read_at == r->known_tail)
            return NULL;
    }
    struct header header;
    memcpy(&header, r->block + (r->read_at & r->mask), sizeof header);
    if (header.size == SKIP) {
        r->read_at += header.step;
        memcpy(&header, r->block + (r->read_at & r->mask), sizeof header);
    }
    r->step = header.step;
    *size = header.size;
    return r->block + (r->read_at & r->mask) + sizeof header;
}

const void *ring_peek(struct ring *r, size_t *size)
{
    r->step = 0;
    const void *record = look(r, size);
    if (record == NULL && r->given_back != r->read_at)
        give_back(r);
    return record;
}

static bool is_closed(const struct ring *r)
{
    return atomic_load_explicit(&r->closed, memory_order_seq_cst) != 0;
}

/* As look() after saying that this side is going to sleep. */
static const void *peek_last_look(struct ring *r, size_t *size)
{
    /* These two pair with ring_flush(): it sees the 1, or we see its tail. */
    atomic_store_explicit(&r->consumer_asleep, 1, memory_order_seq_cst);
    r->known_tail = atomic_load_explicit(&r->tail, memory_order_seq_cst);
    return look(r, size);
}

/* Sleeps until a record comes, the producer closes or the deadline passes. */
static const void *peek_asleep(struct ring *r, size_t *size, uint64_t deadline)
{
    const void *record = NULL;
    bool in_time = true;
    while (record == NULL && in_time) {
        record = peek_last_look(r, size);
        bool closed = is_closed(r);
        if (record == NULL && !closed)
            in_time = sleep_on(&r->consumer_asleep, deadline);
        atomic_store_explicit(&r->consumer_asleep, 0, memory_order_relaxed);
        if (record == NULL)
            record = look(r, size);
        if (closed)
            break;
    }
    return record;
}

const void *ring_peek_wait(struct ring *r, size_t *size, int wait_ms)
{
    const void *record = ring_peek(r, size);
    if (record != NULL || wait_ms == 0)
        return record;
    for (int i = 0; i < SPINS; i++) {
        relax_cpu();
        record = look(r, size);
        if (record != NULL)
            return record;
    }
    uint64_t deadline = UINT64_MAX;
    if (wait_ms > 0)
        deadline = clock_monotonic_ns() + (uint64_t)wait_ms * NS_PER_MS;
    return peek_asleep(r, size, deadline);
}

static inline uint64_t give_back_size(const struct ring *r)
{
    return r->capacity / 8 < GIVE_BACK_MAX ? r->capacity / 8 : GIVE_BACK_MAX;
}

void ring_release(struct ring *r)
{
    assert(r->step != 0);
    r->read_at += r->step;
    r->step = 0;
    uint64_t pending = r->read_at - r->given_back;
    bool wanted = atomic_load_explicit(&r->producer_asleep, memory_order_relaxed) != 0; /* a hint; pairs with nothing */
    if (pending >= give_back_size(r) || (wanted && r->known_tail - r->read_at <= r->capacity / 2))
        give_back(r);
}

bool ring_finished(struct ring *r)
{
    if (!is_closed(r))
        return false;
    /* After closed no tail follows, so this one is the last. */
    return atomic_load_explicit(&r->tail, memory_order_acquire) == r->read_at;
}

void ring_abandon(struct ring *r)
{
    /* Pairs with is_abandoned(), as ring_close does with is_closed(). */
    atomic_store_explicit(&r->abandoned, 1, memory_order_seq_cst);
    wake(&r->producer_asleep);
}

size_t ring_used(const struct ring *r)
{
    /* head first: tail is then at least as new and the difference cannot be negative. */
    uint64_t head = atomic_load_explicit(&r->head, memory_order_acquire);
    return atomic_load_explicit(&r->tail, memory_order_relaxed) - head;
}

bool ring_is_closed(const struct ring *r)
{
    return is_closed(r);
}
