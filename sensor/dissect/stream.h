/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.h - the beginning of one direction of a TCP connection, put in order, for as long as a parser wants it.
 *
 * Bytes that arrive in order are shown where they lie in the packet; only what a parser leaves over and what arrives ahead
 * of a hole is copied. A byte that was shown is never replaced by a later copy; in bytes that nobody accepted, a caller may go
 * back and start again from a later copy (stream_restart).
 *
 * Positions are 64-bit: their low half is the sequence number, so a stream may wrap.
 *
 *     stream_push(s, pool, seq, payload);
 *     while ((step = stream_next(s, pool, false, &run)) != STREAM_EMPTY)
 *         ... STREAM_BYTES: look at run.bytes, then stream_consume or stream_refuse
 *         ... STREAM_GAP: run.lost bytes will never come
 */
#ifndef DISSECT_STREAM_H
#define DISSECT_STREAM_H

#include <stdbool.h>

#include "dissect/budget.h"
#include "sensor_plugin.h"

#define STREAM_HELD_MAX 256 /* segments held ahead of a hole */

/* What all streams of a dissector share. */
struct stream_pool {
    struct budget budget;
    size_t stream_max; /* bytes held or unconsumed in one direction */
    uint64_t overlaps; /* bytes that came twice with other content, as far as both copies were at hand */
};

struct stream_segment; /* bytes ahead of a hole */

/* Zeroed is new. */
struct stream {
    struct stream_segment *held; /* in order, without overlap, all beyond `next` once started */
    struct budget_bytes pending; /* copied bytes just before `next` that nobody has consumed */
    struct slice lent;           /* instead of `pending`: bytes in the packet at hand */
    uint64_t origin;             /* position where it began: `next` is still there as long as no byte came */
    uint64_t next;               /* position of the first byte not yet here (or wanted) in order */
    uint64_t floor;              /* position of the first byte that no parser has accepted */
    uint64_t edge;               /* latest position seen in order: what sequence numbers are measured against */
    uint64_t acked;              /* position up to which the peer says it has everything */
    uint32_t held_bytes;
    uint32_t fresh; /* newest bytes at the end of the unconsumed ones; 0: all were looked at */
    uint16_t held_count;
    uint8_t waited; /* packets since the peer acknowledged past the hole */
    bool started;   /* `next` has meaning */
    bool placed;    /* `edge` has meaning */
};

/* One step of reading. */
struct stream_run {
    struct slice bytes; /* unconsumed bytes in order; valid until stream_consume, stream_refuse or stream_restart */
    size_t fresh_at;    /* where in them the newest segment begins */
    uint64_t lost;      /* STREAM_GAP: size of the hole */
};

enum stream_step { STREAM_EMPTY = 0, STREAM_BYTES, STREAM_GAP };

/* The direction begins with this sequence number: the peer's acknowledgement says so. Nothing when it has begun already. */
void stream_start(struct stream *s, uint32_t seq);

/* As stream_start, but its own SYN says so: of several SYNs that differ the latest counts, until a byte comes or the peer
 * acknowledges one. */
void stream_start_anew(struct stream *s, uint32_t seq);

/*
 * A segment. In order: it will be shown next. Ahead of a hole, or before the beginning is known: a copy is held. Old: nothing
 * happens. What an earlier push made ready must have been read, up to STREAM_EMPTY. False when it could not be held: read on
 * with `flush` and push again; when that is false too, memory is short and the segment becomes a hole.
 */
bool stream_push(struct stream *s, struct stream_pool *pool, uint32_t seq, struct slice payload);

/* Does this segment lie behind a hole that the other end, whose acknowledgements are seen, has not received either? Then nothing was
 * lost on us: the hole may still be filled. */
bool stream_is_premature(const struct stream *s, uint32_t seq);

/* The peer acknowledged up to `ack`. Call for every packet of the peer: it also is the stream's sense of time. */
void stream_ack(struct stream *s, uint32_t ack);

/*
 * What comes next. A hole is given up when as many packets as reordering could explain came after its acknowledgement, or
 * when `flush` says that there is no more waiting. A stream whose beginning is unknown begins at the lowest of its first few
 * segments.
 */
enum stream_step stream_next(struct stream *s, struct stream_pool *pool, bool flush, struct stream_run *run);

/* After STREAM_BYTES: `consumed` of the bytes are used up, and `skip` more need not be shown at all. */
void stream_consume(struct stream *s, struct stream_pool *pool, size_t consumed, uint64_t skip);

/* After STREAM_BYTES: no parser wants these bytes. A later copy of them may still be tried. */
void stream_refuse(struct stream *s, struct stream_pool *pool);

/* True when a segment at `seq` begins in bytes that nobody accepted, or when nothing was shown yet. */
bool stream_may_restart(const struct stream *s, uint32_t seq);

/* The stream goes on at `seq`, whatever came before; a segment there must be pushed next. */
void stream_restart(struct stream *s, struct stream_pool *pool, uint32_t seq);

/* `lost` bytes from `seq` on were cut off by the capture. True when the stream waited for just these: they are passed over, and
 * the caller tells the parser. */
bool stream_cut(struct stream *s, struct stream_pool *pool, uint32_t seq, uint32_t lost);

/* Unconsumed bytes will be shown again: another parser wants to look. */
void stream_review(struct stream *s);

/* Must be called before the packet's memory goes away: copies what was lent and not consumed. False when there is no room for it:
 * it is gone. */
bool stream_settle(struct stream *s, struct stream_pool *pool);

/* Frees everything; the stream is new again. */
void stream_clear(struct stream *s, struct stream_pool *pool);

#endif
