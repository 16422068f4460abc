/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bytes.c - see bytes.h. read(2) into one big buffer: a small one costs as much as decoding does.
 */
#include "capture/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/unpack.h"

#define PACKED_SIZE (64u * 1024u)

/* -------------------------------------------------------------- opening */

static bool refuse(struct error *error, const char *why)
{
    return error_set(error, "%s", why);
}

static bool look_at(struct bytes *b, struct error *error)
{
    struct stat st;
    if (fstat(b->fd, &st) != 0)
        return refuse(error, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return refuse(error, "is a directory; name a capture file");
    if (isatty(b->fd))
        return refuse(error, "is a terminal; pipe a capture into it");
    b->waits = !S_ISREG(st.st_mode);
    b->device = st.st_dev;
    b->inode = st.st_ino;
    if (!b->waits)
        (void)posix_fadvise(b->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return true;
}

bool bytes_open(struct bytes *b, const char *path, const struct bytes_options *options, struct error *error)
{
    *b = (struct bytes){.options = *options, .fd = -1, .size = options->buffer_size};
    /* Non-blocking so that a FIFO nobody writes to yet is waited for in poll, which can be ended. */
    b->fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (b->fd < 0)
        return refuse(error, strerror(errno));
    if (!look_at(b, error))
        return false;
    b->buffer = malloc(b->size);
    b->at = b->end = b->buffer;
    return b->buffer || refuse(error, "out of memory");
}

void bytes_close(struct bytes *b)
{
    if (b->fd >= 0)
        close(b->fd);
    unpack_free(b->unpack);
    free(b->packed);
    free(b->buffer);
    *b = (struct bytes){.fd = -1};
}

/* ------------------------------------------------------- the descriptor */

/* Whether it is worth reading: false when the time is over, or a wait was ended. */
static bool wait_readable(const struct bytes *b)
{
    struct pollfd fds[3] = {{b->fd, POLLIN, 0}, {b->options.wake_fd, POLLIN, 0}, {b->options.stop_fd, POLLIN, 0}};
    int ready;
    do
        ready = poll(fds, 3, b->options.wait_ms); /* which passes a descriptor of -1 over */
    while (ready < 0 && errno == EINTR);
    return ready > 0 && fds[1].revents == 0 && fds[2].revents == 0;
}

static enum bytes_result fail(struct bytes *b, const char *why)
{
    b->problem = why;
    return BYTES_FAILED;
}

/* Reads what comes, at least a byte. BYTES_END at the end of the file. */
static enum bytes_result read_some(struct bytes *b, uint8_t *to, size_t size, size_t *got)
{
    ssize_t n;
    *got = 0;
    if (b->at_end)
        return BYTES_END;
    do {
        if (b->waits && !wait_readable(b))
            return BYTES_NOT_YET;
        n = read(b->fd, to, size);
    } while (n < 0 && (errno == EINTR || errno == EAGAIN));
    if (n < 0)
        return fail(b, strerror(errno));
    if (n == 0 && b->options.follow && !b->waits)
        return BYTES_NOT_YET;
    b->at_end = n == 0;
    *got = (size_t)n;
    b->file_read += *got;
    if (b->options.total_read) /* a figure for the progress, it orders nothing */
        atomic_fetch_add_explicit(b->options.total_read, *got, memory_order_relaxed);
    return n > 0 ? BYTES_READY : BYTES_END;
}

/* ------------------------------------------------------------ unpacking */

static enum bytes_result refill_packed(struct bytes *b)
{
    if (b->packed_at < b->packed_end)
        return BYTES_READY;
    size_t got;
    enum bytes_result result = read_some(b, b->packed, PACKED_SIZE, &got);
    b->packed_at = 0;
    b->packed_end = got;
    return result;
}

/* Unpacks what comes, at least a byte. */
static enum bytes_result unpack_some(struct bytes *b, uint8_t *to, size_t size, size_t *got)
{
    for (;;) {
        enum bytes_result more = refill_packed(b);
        size_t in = b->packed_end - b->packed_at, out = size;
        *got = 0;
        if (more == BYTES_FAILED || more == BYTES_NOT_YET)
            return more;
        if (!unpack_step(b->unpack, b->packed + b->packed_at, &in, to, &out))
            return *got = out, out > 0 ? BYTES_READY : fail(b, unpack_problem(b->unpack));
        b->packed_at += in;
        *got = out;
        if (out > 0)
            return BYTES_READY;
        if (more == BYTES_END && in == 0)
            return unpack_is_whole(b->unpack) ? BYTES_END : fail(b, "the compressed data stops in the middle");
    }
}

/* ----------------------------------------------------------- the window */

/* The first bytes tell whether the file is packed; then they are the unpacker's. */
static enum bytes_result probe(struct bytes *b)
{
    while (b->end - b->at < (ptrdiff_t)sizeof b->magic) {
        size_t used = (size_t)(b->end - b->buffer), got;
        enum bytes_result result = read_some(b, b->buffer + used, b->size - used, &got);
        if (result == BYTES_NOT_YET || result == BYTES_FAILED)
            return result;
        b->end += got;
        b->end_offset += got;
        if (result == BYTES_END)
            break;
    }
    size_t have = (size_t)(b->end - b->at);
    memcpy(b->magic, b->at, have < sizeof b->magic ? have : sizeof b->magic);
    b->probed = true;
    enum unpack_kind kind = unpack_kind_of(b->magic);
    if (kind == UNPACK_NONE)
        return BYTES_READY;
    b->unpack = unpack_new(kind);
    b->packed = malloc(have > PACKED_SIZE ? have : PACKED_SIZE);
    if (!b->unpack || !b->packed)
        return fail(b, "out of memory");
    memcpy(b->packed, b->at, have);
    b->packed_end = have;
    b->end = b->at = b->buffer;
    b->end_offset = 0;
    return BYTES_READY;
}

/* Moves what is left to the front, in a bigger buffer when `n` bytes do not fit. */
static bool make_room(struct bytes *b, size_t n)
{
    size_t left = (size_t)(b->end - b->at);
    uint8_t *to = b->buffer;
    size_t size = b->size;
    while (size < n)
        size *= 2;
    if (size != b->size && !(to = malloc(size)))
        return false;
    memmove(to, b->at, left);
    if (to != b->buffer)
        free(b->buffer);
    b->buffer = to;
    b->size = size;
    b->at = to;
    b->end = to + left;
    return true;
}

enum bytes_result bytes_fill(struct bytes *b, size_t n, const uint8_t **at)
{
    enum bytes_result result = b->probed ? BYTES_READY : probe(b);
    if (result != BYTES_READY)
        return result;
    if (!make_room(b, n))
        return fail(b, "out of memory");
    while ((size_t)(b->end - b->at) < n) {
        uint8_t *to = b->buffer + (b->end - b->buffer);
        size_t space = b->size - (size_t)(b->end - b->buffer), got;
        result = b->unpack ? unpack_some(b, to, space, &got) : read_some(b, to, space, &got);
        if (result == BYTES_END)
            return b->at == b->end ? BYTES_END : BYTES_CUT;
        if (result != BYTES_READY)
            return result;
        b->end += got;
        b->end_offset += got;
    }
    *at = b->at;
    return BYTES_READY;
}

const char *bytes_problem(const struct bytes *b)
{
    return b->problem ? b->problem : "";
}

const char *bytes_packing(const struct bytes *b)
{
    return unpack_name(b->unpack ? unpack_kind_of(b->magic) : UNPACK_NONE);
}

bool bytes_was_replaced(const struct bytes *b, const char *path)
{
    struct stat st;
    if (b->waits)
        return false;
    if (fstat(b->fd, &st) == 0 && (uint64_t)st.st_size < b->file_read)
        return true;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_dev != b->device || st.st_ino != b->inode);
}
