/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ring.c - the ring alone, then between two threads. Run it under the thread sanitizer: that is where it counts.
 *
 * Every record carries its number and a pattern made from it, so a lost, doubled, torn or misplaced record is seen.
 */
#include "base/ring.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SMALL 65536 /* the least capacity */

static struct ring *new_ring(size_t capacity)
{
    struct error e = {""};
    struct ring *r = ring_new(capacity, &e);
    if (r == NULL)
        fail_msg("%s", e.text);
    return r;
}

static bool put(struct ring *r, const char *text)
{
    char *at = ring_reserve(r, strlen(text));
    if (at == NULL)
        return false;
    memcpy(at, text, strlen(text));
    ring_commit(r, strlen(text));
    return true;
}

static void expect_record(struct ring *r, const char *text)
{
    size_t size = 0;
    const char *at = ring_peek(r, &size);
    assert_non_null(at);
    assert_int_equal((uintptr_t)at % 8, 0);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(at, text, size);
}

static void test_records_come_out_as_they_went_in(void **state)
{
    (void)state;
    struct ring *r = new_ring(0);
    size_t size;
    assert_null(ring_peek(r, &size));
    assert_true(put(r, "one") && put(r, "") && put(r, "three records"));
    ring_flush(r);
    expect_record(r, "one");
    expect_record(r, "one"); /* looking twice is fine */
    ring_release(r);
    expect_record(r, "");
    ring_release(r);
    expect_record(r, "three records");
    ring_release(r);
    assert_null(ring_peek(r, &size));
    ring_free(r);
}

static void test_records_show_after_flush_or_a_batch(void **state)
{
    (void)state;
    struct ring *r = new_ring(SMALL);
    size_t size;
    put(r, "a");
    assert_null(ring_peek(r, &size));
    ring_flush(r);
    expect_record(r, "a");
    ring_release(r);
    for (int i = 0; i < 1000; i++)
        put(r, "b");
    assert_non_null(ring_peek(r, &size));
    ring_free(r);
}

static void test_a_record_may_be_shorter_than_its_reservation(void **state)
{
    (void)state;
    struct ring *r = new_ring(SMALL);
    char *at = ring_reserve(r, 1000);
    memcpy(at, "short", 5);
    ring_commit(r, 5);
    put(r, "next");
    ring_flush(r);
    assert_int_equal(ring_used(r), 32);
    expect_record(r, "short");
    ring_release(r);
    expect_record(r, "next");
    ring_free(r);
}

static void test_reserving_again_replaces(void **state)
{
    (void)state;
    struct ring *r = new_ring(SMALL);
    assert_non_null(ring_reserve(r, 1000));
    assert_true(put(r, "second thought"));
    ring_flush(r);
    expect_record(r, "second thought");
    ring_free(r);
}

static void test_reserve_refuses_when_full_and_not_after_release(void **state)
{
    (void)state;
    struct ring *r = new_ring(SMALL);
    size_t most = ring_record_max(r), size, count = 0;
    assert_int_equal(most, SMALL / 4 - 8);
    assert_null(ring_reserve(r, most + 1));
    assert_null(ring_reserve_wait(r, most + 1));
    for (; ring_reserve(r, most) != NULL; count++)
        ring_commit(r, most);
    assert_int_equal(count, 4);
    ring_flush(r);
    assert_int_equal(ring_used(r), SMALL);
    assert_non_null(ring_peek(r, &size));
    ring_release(r);
    assert_non_null(ring_reserve(r, most));
    ring_free(r);
}

static void test_a_full_ring_of_tiny_records_comes_back_whole(void **state)
{
    (void)state;
    struct ring *r = new_ring(SMALL);
    size_t size, written = 0, read = 0;
    for (int lap = 0; lap < 5; lap++) {
        while (put(r, "x"))
            written++;
        ring_flush(r);
        while (ring_peek(r, &size) != NULL) {
            ring_release(r);
            read++;
        }
    }
    assert_int_equal(written, read);
    assert_int_equal(written, 5 * SMALL / 16);
    ring_free(r);
}

/* Odd sizes make every possible remainder at the block's end. */
static void test_records_never_wrap(void **state)
{
    (void)state;
    struct ring *r = new_ring(SMALL);
    uint8_t wanted[5000];
    for (size_t i = 0; i < 20000; i++) {
        size_t size = i * 7919 % sizeof wanted, got;
        memset(wanted, (int)(i & 0xff), size);
        void *at = ring_reserve(r, size);
        assert_non_null(at);
        memset(at, (int)(i & 0xff), size);
        ring_commit(r, size);
        ring_flush(r);
        const void *record = ring_peek(r, &got);
        assert_non_null(record);
        assert_int_equal(got, size);
        if (size > 0)
            assert_memory_equal(record, wanted, size);
        ring_release(r);
    }
    ring_free(r);
}

/* Fills the ring with records of 1000 bytes, of which `behind` wait at most; returns how far into the block they went. */
static size_t bytes_touched(struct ring *r, unsigned count, unsigned behind)
{
    const char *first = NULL;
    size_t far = 0, size;
    for (unsigned i = 0; i < count; i++) {
        char *at = ring_reserve_wait(r, 1000);
        first = first ? first : at;
        far = (size_t)(at - first) > far ? (size_t)(at - first) : far;
        memcpy(at, &i, sizeof i);
        ring_commit(r, 1000);
        ring_flush(r);
        unsigned want = i - behind;
        if (i < behind)
            continue;
        const char *got = ring_peek(r, &size);
        assert_memory_equal(got, &want, sizeof want);
        ring_release(r);
    }
    return far;
}

static void test_short_laps_stay_at_the_front(void **state)
{
    (void)state;
    struct ring *r = new_ring(1u << 22);
    assert_in_range(bytes_touched(r, 10000, 0), 4000000, 1u << 22); /* the whole block, as a rule */
    ring_free(r);
    r = new_ring(1u << 22);
    ring_keep_short(r);
    assert_in_range(bytes_touched(r, 10000, 10), 500000, 600000);
    ring_free(r);
    r = new_ring(1u << 22);
    ring_keep_short(r);
    assert_in_range(bytes_touched(r, 20000, 1500), 1500000, 1u << 22); /* a consumer that lags has the room it needs */
    ring_free(r);
}

static void test_closed_and_empty_is_finished(void **state)
{
    (void)state;
    struct ring *r = new_ring(SMALL);
    size_t size;
    put(r, "last");
    assert_false(ring_finished(r));
    ring_close(r);
    assert_false(ring_finished(r));
    assert_non_null(ring_peek_wait(r, &size, -1));
    assert_false(ring_finished(r));
    ring_release(r);
    assert_true(ring_finished(r));
    assert_null(ring_peek_wait(r, &size, -1));
    ring_free(r);
    ring_free(NULL);
}

static void test_waiting_ends_in_time(void **state)
{
    (void)state;
    struct ring *r = new_ring(SMALL);
    size_t size;
    assert_null(ring_peek_wait(r, &size, 0));
    assert_null(ring_peek_wait(r, &size, 5));
    assert_false(ring_finished(r));
    ring_free(r);
}

static void test_an_abandoned_ring_lets_the_producer_go(void **state)
{
    (void)state;
    struct ring *r = new_ring(SMALL);
    while (put(r, "x"))
        continue;
    ring_abandon(r);
    assert_null(ring_reserve_wait(r, 8));
    ring_free(r);
}

static void test_absurd_capacity_is_refused(void **state)
{
    (void)state;
    struct error e = {""};
    assert_null(ring_new(SIZE_MAX / 2, &e));
    assert_non_null(strstr(e.text, "at most 4 GiB"));
}

/* ------------------------------------------------------------- two threads */

enum style { WAITING, POLLING };

struct run {
    struct ring *ring;
    uint64_t count;   /* records to pass */
    size_t size_most; /* bytes of the largest */
    enum style producer, consumer;
    bool pauses;          /* each side is slow now and then, so both get to sleep */
    uint64_t flush_every; /* 0: never by hand */
    size_t short_laps;    /* capacity of a ring that keeps short, 0: SMALL and it does not */
};

/* The same numbers on both sides. */
static uint64_t mix(uint64_t n)
{
    n ^= n >> 31;
    n *= UINT64_C(0x9e3779b97f4a7c15);
    return n ^ n >> 29;
}

static size_t size_of(const struct run *run, uint64_t n)
{
    return 8 + (size_t)(mix(n) % (run->size_most - 8));
}

static void pause_sometimes(const struct run *run, uint64_t n, uint64_t every)
{
    if (run->pauses && mix(n) % every == 0)
        for (int i = 0; i < 20; i++)
            sched_yield();
}

static void *produce(void *arg)
{
    const struct run *run = arg;
    for (uint64_t n = 0; n < run->count; n++) {
        size_t size = size_of(run, n);
        uint8_t *at = run->producer == WAITING ? ring_reserve_wait(run->ring, size) : ring_reserve(run->ring, size);
        while (at == NULL && run->producer == POLLING) {
            ring_flush(run->ring);
            sched_yield();
            at = ring_reserve(run->ring, size);
        }
        if (at == NULL)
            break;
        memcpy(at, &n, 8);
        memset(at + 8, (int)(n & 0xff), size - 8);
        ring_commit(run->ring, size);
        if (run->flush_every > 0 && n % run->flush_every == 0)
            ring_flush(run->ring);
        pause_sometimes(run, n, 1009);
    }
    ring_close(run->ring);
    return NULL;
}

static bool is_whole(const struct run *run, uint64_t n, const uint8_t *at, size_t size)
{
    uint64_t number;
    memcpy(&number, at, 8);
    if (number != n || size != size_of(run, n))
        return false;
    for (size_t i = 8; i < size; i++)
        if (at[i] != (uint8_t)n)
            return false;
    return true;
}

/* Reads until the ring is finished; returns how many whole records came in order. */
static uint64_t consume(struct run *run)
{
    uint64_t n = 0;
    size_t size;
    while (!ring_finished(run->ring)) {
        const uint8_t *at = run->consumer == WAITING ? ring_peek_wait(run->ring, &size, -1) : ring_peek(run->ring, &size);
        if (at == NULL) {
            sched_yield();
            continue;
        }
        if (!is_whole(run, n, at, size))
            return n;
        ring_release(run->ring);
        pause_sometimes(run, ++n, 1013);
    }
    return n;
}

static void expect_all_pass(struct run run)
{
    run.ring = new_ring(run.short_laps ? run.short_laps : SMALL);
    if (run.short_laps)
        ring_keep_short(run.ring);
    pthread_t producer;
    assert_int_equal(pthread_create(&producer, NULL, produce, &run), 0);
    uint64_t got = consume(&run);
    if (got != run.count)
        ring_abandon(run.ring);
    pthread_join(producer, NULL);
    assert_int_equal(got, run.count);
    ring_free(run.ring);
}

static void test_both_wait_small_records(void **state)
{
    (void)state;
    expect_all_pass((struct run){.count = 60000, .size_most = 100});
}

static void test_both_wait_large_records(void **state)
{
    (void)state;
    expect_all_pass((struct run){.count = 1500, .size_most = SMALL / 4 - 8});
}

static void test_both_wait_and_pause(void **state)
{
    (void)state;
    expect_all_pass((struct run){.count = 20000, .size_most = 600, .pauses = true, .flush_every = 3});
}

static void test_each_record_flushed(void **state)
{
    (void)state;
    expect_all_pass((struct run){.count = 20000, .size_most = 64, .flush_every = 1});
}

static void test_polling_producer(void **state)
{
    (void)state;
    expect_all_pass((struct run){.count = 20000, .size_most = 300, .producer = POLLING});
}

static void test_polling_consumer(void **state)
{
    (void)state;
    expect_all_pass((struct run){.count = 20000, .size_most = 300, .consumer = POLLING, .pauses = true});
}

static void test_short_laps_lose_nothing(void **state)
{
    (void)state;
    expect_all_pass((struct run){.count = 40000, .size_most = 600, .short_laps = 1u << 20, .pauses = true});
    expect_all_pass((struct run){.count = 300, .size_most = (1u << 19) - 8, .short_laps = 1u << 21});
}

/* Ping-pong: neither side ever has more than one record in flight, so each waits for the other every time. */
struct pair {
    struct ring *there, *back;
    int rounds;
};

static void *echo(void *arg)
{
    struct pair *p = arg;
    const uint64_t *at;
    size_t size;
    while ((at = ring_peek_wait(p->there, &size, -1)) != NULL) {
        uint64_t *answer = ring_reserve_wait(p->back, 8);
        *answer = *at + 1;
        ring_commit(p->back, 8);
        ring_flush(p->back);
        ring_release(p->there);
    }
    ring_close(p->back);
    return NULL;
}

static void test_no_wake_up_is_lost_in_ping_pong(void **state)
{
    (void)state;
    struct pair p = {.there = new_ring(SMALL), .back = new_ring(SMALL), .rounds = 5000};
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, echo, &p), 0);
    uint64_t sum = 0;
    for (uint64_t i = 0; i < (uint64_t)p.rounds; i++) {
        uint64_t *at = ring_reserve_wait(p.there, 8);
        *at = i;
        ring_commit(p.there, 8);
        ring_flush(p.there);
        size_t size;
        const uint64_t *answer = ring_peek_wait(p.back, &size, 2000);
        if (answer == NULL)
            break;
        sum += *answer - i;
        ring_release(p.back);
    }
    ring_close(p.there);
    pthread_join(other, NULL);
    assert_int_equal(sum, p.rounds);
    ring_free(p.there);
    ring_free(p.back);
}

/* A producer that waits for room while the consumer goes away. */
static void test_abandoning_frees_a_waiting_producer(void **state)
{
    (void)state;
    struct run run = {.ring = new_ring(SMALL), .count = UINT64_MAX, .size_most = 100};
    pthread_t producer;
    assert_int_equal(pthread_create(&producer, NULL, produce, &run), 0);
    size_t size;
    for (int i = 0; i < 100; i++) {
        assert_non_null(ring_peek_wait(run.ring, &size, -1));
        ring_release(run.ring);
    }
    while (ring_used(run.ring) < SMALL / 2)
        sched_yield();
    ring_abandon(run.ring);
    pthread_join(producer, NULL);
    ring_free(run.ring);
}

static void test_room_is_told_before_it_is_taken(void **state)
{
    struct error error = {{0}};
    size_t size = 0;
    (void)state;
    struct ring *r = ring_new(64 * 1024, &error);
    assert_true(ring_has_room(r, 64 * 1024));
    assert_false(ring_has_room(r, 64 * 1024 + 1));
    assert_non_null(ring_reserve(r, 1000));
    ring_commit(r, 1000);
    assert_false(ring_has_room(r, 64 * 1024 - 1000));
    assert_true(ring_has_room(r, 64 * 1024 - 1008));
    ring_flush(r);
    assert_non_null(ring_peek(r, &size));
    ring_release(r);
    assert_null(ring_peek(r, &size)); /* gives back */
    assert_true(ring_has_room(r, 64 * 1024));
    ring_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_come_out_as_they_went_in),
        cmocka_unit_test(test_records_show_after_flush_or_a_batch),
        cmocka_unit_test(test_a_record_may_be_shorter_than_its_reservation),
        cmocka_unit_test(test_reserving_again_replaces),
        cmocka_unit_test(test_reserve_refuses_when_full_and_not_after_release),
        cmocka_unit_test(test_a_full_ring_of_tiny_records_comes_back_whole),
        cmocka_unit_test(test_room_is_told_before_it_is_taken),
        cmocka_unit_test(test_records_never_wrap),
        cmocka_unit_test(test_short_laps_stay_at_the_front),
        cmocka_unit_test(test_closed_and_empty_is_finished),
        cmocka_unit_test(test_waiting_ends_in_time),
        cmocka_unit_test(test_an_abandoned_ring_lets_the_producer_go),
        cmocka_unit_test(test_absurd_capacity_is_refused),
        cmocka_unit_test(test_both_wait_small_records),
        cmocka_unit_test(test_both_wait_large_records),
        cmocka_unit_test(test_both_wait_and_pause),
        cmocka_unit_test(test_each_record_flushed),
        cmocka_unit_test(test_polling_producer),
        cmocka_unit_test(test_polling_consumer),
        cmocka_unit_test(test_short_laps_lose_nothing),
        cmocka_unit_test(test_no_wake_up_is_lost_in_ping_pong),
        cmocka_unit_test(test_abandoning_frees_a_waiting_producer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
