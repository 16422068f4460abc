/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeouts.c - see timeouts.h. Slots are circular lists through the records themselves: a link at or above flow_count names the
 * slot that heads the list, so a record leaves its list without knowing which one it is in.
 *
 * Once per second of packet time the slots that come due are swept into a heap; within the second, flows leave it at the
 * nanosecond. Packet time may jump either way: first_s falls back when a flow is added behind it, a ring is walked once round at
 * most, and a flow that becomes due within a second already swept joins the heap, so that no packet makes us sweep again.
 */
#include "flow/timeouts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"

#define FLOW_STATES  3u
#define OLDEST_TRIES 1024u
#define NEW_SHARE    8u /* not established ones keep one flow in so many */

/* ------------------------------------------------------------------ memory */

static void *reserve(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

static size_t slots_size(const struct timeouts *t)
{
    return (size_t)t->ring_size * TIMEOUTS_CLASSES * sizeof *t->slots;
}

/* Flows, and as many notes again that became void before their time. */
static uint32_t due_max(const struct timeouts *t)
{
    return 2 * t->flow_count;
}

static size_t due_size(const struct timeouts *t)
{
    return (size_t)due_max(t) * sizeof *t->due;
}

static uint32_t set_timeouts(struct timeouts *t, const struct flow_timeouts *from)
{
    const struct flow_timeout groups[] = {from->tcp, from->udp, from->icmp, from->other};
    uint32_t ring = 64;
    for (uint32_t g = 0; g < 4; g++) {
        const uint32_t seconds[FLOW_STATES] = {groups[g].new_s, groups[g].established_s, groups[g].closed_s};
        for (uint32_t s = 0; s < FLOW_STATES; s++) {
            assert(seconds[s] <= TIMEOUTS_SECONDS_MAX);
            t->timeout_s[g * FLOW_STATES + s] = seconds[s];
            while (ring < seconds[s] + 2)
                ring *= 2;
        }
    }
    return ring;
}

bool timeouts_open(struct timeouts *t, struct flow *flows, uint32_t flow_count, const struct flow_timeouts *timeouts)
{
    *t = (struct timeouts){.flows = flows, .flow_count = flow_count};
    t->ring_size = set_timeouts(t, timeouts);
    t->slots = reserve(slots_size(t));
    t->due = reserve(due_size(t));
    if (t->slots && t->due)
        return true;
    timeouts_close(t);
    return false;
}

void timeouts_close(struct timeouts *t)
{
    if (t->slots)
        munmap(t->slots, slots_size(t));
    if (t->due)
        munmap(t->due, due_size(t));
    *t = (struct timeouts){0};
}

size_t timeouts_memory(const struct timeouts *t)
{
    return slots_size(t);
}

/* ------------------------------------------------------------------- lists */

static struct flow_link *link_of(struct timeouts *t, uint32_t i)
{
    return i < t->flow_count ? &t->flows[i].age : &t->slots[i - t->flow_count];
}

/* The slot of a class for a second, as a link. */
static uint32_t slot_of(const struct timeouts *t, uint32_t class, uint64_t second)
{
    return t->flow_count + class * t->ring_size + (uint32_t)(second & (t->ring_size - 1));
}

static bool is_empty(struct timeouts *t, uint32_t slot)
{
    uint32_t first = link_of(t, slot)->next;
    return first == 0 || first == slot;
}

static void append(struct timeouts *t, uint32_t slot, uint32_t flow)
{
    struct flow_link *head = link_of(t, slot);
    if (head->next == 0)
        *head = (struct flow_link){slot, slot};
    t->flows[flow].age = (struct flow_link){slot, head->prev};
    link_of(t, head->prev)->next = flow;
    head->prev = flow;
}

static void detach(struct timeouts *t, uint32_t flow)
{
    struct flow_link at = t->flows[flow].age;
    link_of(t, at.prev)->next = at.next;
    link_of(t, at.next)->prev = at.prev;
}

/* ----------------------------------------------------------------- classes */

static uint32_t class_of(const struct flow *f)
{
    switch (f->key.proto) {
    case IP_TCP: return f->state;
    case IP_UDP: return FLOW_STATES + f->state;
    case IP_ICMP:
    case IP_ICMPV6: return 2 * FLOW_STATES + f->state;
    default: return 3 * FLOW_STATES + f->state;
    }
}

static bool is_established(uint32_t class)
{
    return class % FLOW_STATES == FLOW_ESTABLISHED;
}

static uint64_t second_of(const struct flow *f)
{
    return f->last_ns / NS_PER_S;
}

/* Saturates: a capture may claim any time. */
static uint64_t deadline_in(const struct timeouts *t, const struct flow *f, uint32_t class)
{
    uint64_t timeout_ns = t->timeout_s[class] * NS_PER_S;
    return f->last_ns > UINT64_MAX - timeout_ns ? UINT64_MAX : f->last_ns + timeout_ns;
}

uint64_t timeouts_deadline(const struct timeouts *t, const struct flow *f)
{
    return deadline_in(t, f, class_of(f));
}

/* -------------------------------------------------------------- the due ones */

static int compare_due(const void *a, const void *b)
{
    const struct timeouts_due *x = a, *y = b;
    if (x->at_ns != y->at_ns)
        return x->at_ns < y->at_ns ? -1 : 1;
    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->flow > y->flow) - (x->flow < y->flow);
}

static void swap_due(struct timeouts *t, uint32_t a, uint32_t b)
{
    struct timeouts_due kept = t->due[a];
    t->due[a] = t->due[b];
    t->due[b] = kept;
}

static void sift_down(struct timeouts *t, uint32_t i)
{
    for (uint32_t child; (child = 2 * i + 1) < t->due_count; i = child) {
        if (child + 1 < t->due_count && compare_due(&t->due[child + 1], &t->due[child]) < 0)
            child++;
        if (compare_due(&t->due[i], &t->due[child]) <= 0)
            return;
        swap_due(t, i, child);
    }
}

static void sift_up(struct timeouts *t, uint32_t i)
{
    for (; i > 0 && compare_due(&t->due[i], &t->due[(i - 1) / 2]) < 0; i = (i - 1) / 2)
        swap_due(t, i, (i - 1) / 2);
}

static void make_heap(struct timeouts *t)
{
    for (uint32_t i = t->due_count / 2; i > 0; i--)
        sift_down(t, i - 1);
}

static struct timeouts_due take_first_due(struct timeouts *t)
{
    struct timeouts_due first = t->due[0];
    t->due[0] = t->due[--t->due_count];
    sift_down(t, 0);
    return first;
}

static void append_due(struct timeouts *t, uint32_t flow)
{
    const struct flow *f = &t->flows[flow];
    t->due[t->due_count++] = (struct timeouts_due){deadline_in(t, f, f->age_class), f->start_ns, f->id, flow};
}

/* A flow whose deadline is new: every one before the horizon must be among the noted. */
static void note_if_near(struct timeouts *t, uint32_t flow)
{
    uint64_t deadline_ns = deadline_in(t, &t->flows[flow], t->flows[flow].age_class);
    if (deadline_ns >= t->horizon_ns)
        return;
    if (deadline_ns < t->next_ns)
        t->next_ns = deadline_ns;
    t->stale = t->stale || t->due_count == due_max(t);
    if (t->stale)
        return;
    append_due(t, flow);
    sift_up(t, t->due_count - 1);
}

/* -------------------------------------------------------- add, move, remove */

static void place(struct timeouts *t, uint32_t flow)
{
    const struct flow *f = &t->flows[flow];
    uint32_t class = f->age_class;
    uint64_t second = second_of(f);
    if (second < t->first_s[class])
        t->first_s[class] = second;
    append(t, slot_of(t, class, second), flow);
}

void timeouts_add(struct timeouts *t, uint32_t flow)
{
    struct flow *f = &t->flows[flow];
    uint32_t class = class_of(f);
    f->age_class = class & 0x3f;
    if (t->count[class]++ == 0)
        t->first_s[class] = second_of(f);
    place(t, flow);
    note_if_near(t, flow); /* after a jump back */
}

void timeouts_remove(struct timeouts *t, uint32_t flow)
{
    detach(t, flow);
    t->count[t->flows[flow].age_class]--;
}

void timeouts_settle(struct timeouts *t, uint32_t flow)
{
    struct flow *f = &t->flows[flow];
    if (class_of(f) == f->age_class) {
        note_if_near(t, flow); /* a packet as old as the time-out moves the deadline, but not beyond the horizon */
        return;
    }
    timeouts_remove(t, flow);
    timeouts_add(t, flow);
}

/* ------------------------------------------------------------------ expiry */

/* Notes the flows of the slot of second `s`. One that has been seen since moves to where it belongs; if that is up to `target`
 * it is noted there, later in the same round. */
static void sweep(struct timeouts *t, uint32_t class, uint64_t s, uint64_t target)
{
    uint32_t slot = slot_of(t, class, s);
    if (is_empty(t, slot))
        return;
    uint32_t last = link_of(t, slot)->prev; /* what we move may come back to this very slot, behind it */
    for (uint32_t i = link_of(t, slot)->next, next;; i = next) {
        struct flow *f = &t->flows[i];
        next = f->age.next;
        if (second_of(f) > s) {
            detach(t, i);
            place(t, i);
        } else {
            assert(second_of(f) <= target);
            append_due(t, i);
        }
        if (i == last)
            return;
    }
}

/* Sweeps the slots of one class up to the second whose flows are due within second `now_s`. */
static void gather_class(struct timeouts *t, uint32_t class, uint64_t now_s)
{
    if (t->count[class] == 0 || now_s < t->timeout_s[class])
        return;
    uint64_t target = now_s - t->timeout_s[class], s = t->first_s[class];
    if (s > target)
        return;
    if (target - s >= t->ring_size) /* once round is everything */
        s = target - t->ring_size + 1;
    t->first_s[class] = target; /* what remains there is due later in this second */
    for (; s <= target; s++)
        sweep(t, class, s, target);
}

static void gather(struct timeouts *t, uint64_t now_s)
{
    t->due_count = 0;
    t->due_second = now_s;
    t->horizon_ns = now_s < UINT64_MAX / NS_PER_S ? (now_s + 1) * NS_PER_S : UINT64_MAX;
    t->stale = false;
    for (uint32_t class = 0; class < TIMEOUTS_CLASSES; class ++)
        gather_class(t, class, now_s);
    make_heap(t);
}

/* Nothing happened to the flow since it was noted? */
static bool still_due(const struct timeouts *t, const struct timeouts_due *d)
{
    const struct flow *f = &t->flows[d->flow];
    return f->id == d->id && timeouts_deadline(t, f) == d->at_ns;
}

uint32_t timeouts_next(struct timeouts *t, uint64_t now_ns)
{
    if (now_ns < t->next_ns)
        return 0;
    uint64_t now_s = now_ns / NS_PER_S;
    if (t->stale || now_s != t->due_second)
        gather(t, now_s);
    while (t->due_count && t->due[0].at_ns <= now_ns) {
        struct timeouts_due d = take_first_due(t);
        if (still_due(t, &d))
            return d.flow;
    }
    t->next_ns = t->due_count ? t->due[0].at_ns : t->horizon_ns;
    return 0;
}

/* ---------------------------------------------------------------- eviction */

/* Moves first_s of a class that has flows up to its first slot in use: once round the ring at most. */
static void skip_empty(struct timeouts *t, uint32_t class)
{
    for (uint32_t steps = 0; is_empty(t, slot_of(t, class, t->first_s[class])); steps++) {
        assert(steps < t->ring_size);
        t->first_s[class]++;
    }
}

/* Of two classes with flows whose first_s is a slot in use: which has the older flow in front? */
static bool is_older(struct timeouts *t, uint32_t a, uint32_t b)
{
    if (t->first_s[a] != t->first_s[b])
        return t->first_s[a] < t->first_s[b];
    uint32_t front_a = link_of(t, slot_of(t, a, t->first_s[a]))->next, front_b = link_of(t, slot_of(t, b, t->first_s[b]))->next;
    return t->flows[front_a].last_ns < t->flows[front_b].last_ns;
}

/* The class with the oldest slot in use, of the established or of the others; TIMEOUTS_CLASSES when all are empty. */
static uint32_t oldest_class(struct timeouts *t, bool established)
{
    uint32_t best = TIMEOUTS_CLASSES;
    for (uint32_t c = 0; c < TIMEOUTS_CLASSES; c++) {
        if (t->count[c] == 0 || is_established(c) != established)
            continue;
        skip_empty(t, c);
        if (best == TIMEOUTS_CLASSES || is_older(t, c, best))
            best = c;
    }
    return best;
}

/* Whether the next to go is an established one: else those that stay open would leave no newcomer the time to be answered. */
static bool established_goes(const struct timeouts *t)
{
    uint32_t established = 0, others = 0;
    for (uint32_t c = 0; c < TIMEOUTS_CLASSES; c++)
        *(is_established(c) ? &established : &others) += t->count[c];
    return established > 0 && others <= (established + others) / NEW_SHARE;
}

uint32_t timeouts_oldest(struct timeouts *t)
{
    uint32_t oldest = 0;
    bool established = established_goes(t);
    for (uint32_t tries = 0; tries < OLDEST_TRIES; tries++) {
        uint32_t class = oldest_class(t, established);
        if (class == TIMEOUTS_CLASSES)
            return 0;
        uint32_t slot = slot_of(t, class, t->first_s[class]), flow = link_of(t, slot)->next;
        if (slot_of(t, class, second_of(&t->flows[flow])) == slot)
            return flow;
        if (!oldest || second_of(&t->flows[flow]) < second_of(&t->flows[oldest]))
            oldest = flow;
        detach(t, flow);
        place(t, flow);
    }
    return oldest;
}

/* The ids are read when times are the same, which is rare: half the memory is moved. */
static int compare_last(const void *a, const void *b, void *flows)
{
    const struct timeouts_last *x = a, *y = b;
    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns ? -1 : 1;
    uint64_t id = ((const struct flow *)flows)[x->flow].id, other = ((const struct flow *)flows)[y->flow].id;
    return (id > other) - (id < other);
}

uint32_t timeouts_all(struct timeouts *t, uint32_t slab_used, const struct timeouts_last **all)
{
    struct timeouts_last *last = (void *)t->due; /* room enough, and nothing of it is asked for again */
    uint32_t count = 0;
    t->due_count = 0;
    t->next_ns = 0;
    t->stale = true;
    for (uint32_t i = 1; i < slab_used; i++)
        if (t->flows[i].id)
            last[count++] = (struct timeouts_last){t->flows[i].start_ns, i};
    if (count > 1)
        qsort_r(last, count, sizeof *last, compare_last, t->flows);
    *all = last;
    return count;
}
