/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bytes.h - the bytes of one file, a pipe or standard input, in order, unpacked when they are packed.
 *
 * A reader asks for the next n bytes in one piece and gets a pointer into the buffer: nothing is copied for it. Nothing is
 * consumed before bytes_take, so that a reader can come back when more has arrived: that is all that following a file needs.
 */
#ifndef CAPTURE_BYTES_H
#define CAPTURE_BYTES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define BYTES_PIECE_MAX (1024u * 1024u) /* the most that bytes_need gives in one piece */

enum bytes_result {
    BYTES_READY,
    BYTES_NOT_YET, /* a pipe or a followed file: nothing came within the wait */
    BYTES_END,     /* no byte is left */
    BYTES_CUT,     /* some are, but fewer than asked for */
    BYTES_FAILED   /* reading or unpacking failed: bytes_problem */
};

struct bytes_options {
    size_t buffer_size;            /* to begin with; it grows to what is asked for */
    int wake_fd;                   /* -1: none; readable: a wait ends */
    int stop_fd;                   /* the same */
    int wait_ms;                   /* how long a pipe is waited for; -1: for ever */
    bool follow;                   /* the end of a regular file is not the end */
    _Atomic uint64_t *total_read;  /* NULL, or grows by what is read from the descriptor */
};

/* The first two are the window; the rest belongs to bytes.c. */
struct bytes {
    const uint8_t *at, *end;
    uint64_t end_offset; /* of `end` in the file, unpacked */
    uint8_t *buffer;
    size_t size;
    struct bytes_options options;
    struct unpack *unpack;
    uint8_t *packed; /* its input */
    size_t packed_at, packed_end;
    uint64_t file_read; /* from the descriptor */
    uint64_t device, inode;
    int fd;
    uint8_t magic[4]; /* the first bytes of the file; zeros when it is shorter */
    bool waits;       /* not a regular file */
    bool probed;      /* whether it is packed is known */
    bool at_end;      /* of the descriptor */
    const char *problem;
};

/* Opens `path`, "-" is standard input. False and `error` for what cannot be read; only the descriptor is looked at. */
bool bytes_open(struct bytes *b, const char *path, const struct bytes_options *options, struct error *error);
void bytes_close(struct bytes *b); /* takes one that failed to open, too */

/* Out of line: makes `n` bytes ready. */
enum bytes_result bytes_fill(struct bytes *b, size_t n, const uint8_t **at);

/* The next `n` bytes (1 .. BYTES_PIECE_MAX), valid until the next bytes_need. */
static inline enum bytes_result bytes_need(struct bytes *b, size_t n, const uint8_t **at)
{
    if ((size_t)(b->end - b->at) < n)
        return bytes_fill(b, n, at);
    *at = b->at;
    return BYTES_READY;
}

/* Goes on by `n` bytes that bytes_need gave. */
static inline void bytes_take(struct bytes *b, size_t n)
{
    b->at += n;
}

/* Where the next byte stands in the file (unpacked), and how far it was read. */
static inline uint64_t bytes_offset(const struct bytes *b)
{
    return b->end_offset - (uint64_t)(b->end - b->at);
}

/* After BYTES_FAILED. */
const char *bytes_problem(const struct bytes *b);
/* "gzip" and so on; "" when it is not packed (or not known yet). */
const char *bytes_packing(const struct bytes *b);
/* Following: whether `path` names another file by now, or this one has become shorter than what was read. */
bool bytes_was_replaced(const struct bytes *b, const char *path);

#endif
