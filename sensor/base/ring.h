/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.h - a single-producer single-consumer ring of variable-length records.
 *
 * The only thing two of our threads share. Records are 8-byte aligned, contiguous and never wrap; the producer reserves,
 * fills and commits, the consumer peeks and releases. Publication is batched: head and tail each live on a cache line of
 * their own and are stored with release, loaded with acquire. Waiting is a short spin, then a futex.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct ring;

/* `capacity` bytes, rounded up to a power of two, at least 64 KiB. NULL and `error` on failure. */
struct ring *ring_new(size_t capacity, struct error *error);
void ring_free(struct ring *r);

/* Before its first use: the producer begins the block anew as soon as the consumer keeps up, so that memory is touched, and caches are
 * filled, only as far as the consumer lags behind. For producers that wait: there is less room just after it began anew. */
void ring_keep_short(struct ring *r);

/* Largest record that always fits eventually: a quarter of the capacity, less 8 bytes. */
size_t ring_record_max(const struct ring *r);

/* Producer: room for `size` bytes, or NULL when there is none now (or size exceeds ring_record_max). The memory is the
 * producer's until ring_commit. At most one reservation at a time; reserving again replaces it. */
void *ring_reserve(struct ring *r, size_t size);
/* As ring_reserve, but waits for room. NULL only when the consumer has closed or the size is too large. */
void *ring_reserve_wait(struct ring *r, size_t size);
/* Producer: could about `bytes` more be written now? More than the capacity: never. */
bool ring_has_room(struct ring *r, size_t bytes);
/* Producer: the reserved record is `size` bytes (<= reserved) long. Becomes visible at the next flush, or by itself after
 * some records. */
void ring_commit(struct ring *r, size_t size);
/* Producer: makes all committed records visible and wakes the consumer. */
void ring_flush(struct ring *r);
/* Producer: nothing more will come. */
void ring_close(struct ring *r);

/* Consumer: the oldest record, or NULL when none is visible now. Stays valid until ring_release. */
const void *ring_peek(struct ring *r, size_t *size);
/* As ring_peek, but waits at most `wait_ms` (-1: for ever). NULL on time-out, or when the ring is closed and empty. */
const void *ring_peek_wait(struct ring *r, size_t *size, int wait_ms);
/* Consumer: done with the record of the last peek. The record's memory may be written by the consumer until then. */
void ring_release(struct ring *r);
/* Consumer: true when the producer closed and every record was released. */
bool ring_finished(struct ring *r);
/* Consumer: will not read any more; a waiting producer gives up. */
void ring_abandon(struct ring *r);

/* Whether the producer has closed it; any thread. */
bool ring_is_closed(const struct ring *r);
/* Bytes in use now; any thread, approximate. */
size_t ring_used(const struct ring *r);

#endif
