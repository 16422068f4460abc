/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backlog.c - see backlog.h. Two cursors walk the records: `read` as lines go into batches, `done` as they are consumed.
 */
#include "output/backlog.h"

#include <assert.h>
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include "output/backlog_files.h"

bool backlog_has_room(const struct backlog *b, size_t size, uint32_t count, bool alert)
{
    uint64_t most = alert ? b->size_limit : b->size_limit - b->size_limit / 4;
    return b->used + size + count * sizeof(struct backlog_header) <= most;
}

uint64_t backlog_count(const struct backlog *b)
{
    return b->count;
}

uint64_t backlog_repaired_bytes(const struct backlog *b)
{
    return b->repaired_bytes;
}

bool backlog_is_broken(const struct backlog *b)
{
    return b->broken;
}

/* --------------------------------------------------------------- writing */

/* A segment that is large enough is left, and the next begun. */
static bool ready_to_write(struct backlog *b, size_t need)
{
    if (b->write_fd >= 0 && (b->write_at == 0 || b->write_at + need <= b->segment_size))
        return true;
    int fd = backlog_create(b, b->last + 1);
    if (fd < 0)
        return false;
    backlog_end(&b->write_fd);
    b->write_fd = fd;
    b->last++;
    b->write_at = 0;
    return true;
}

bool backlog_append(struct backlog *b, const struct backlog_line *line)
{
    struct backlog_header h;
    backlog_describe(&h, line);
    struct iovec parts[2] = {{&h, sizeof h}, {(void *)(uintptr_t)line->text.at, line->text.size}};
    size_t need = sizeof h + line->text.size;
    if (!ready_to_write(b, need))
        return false;
    ssize_t wrote = pwritev(b->write_fd, parts, 2, (off_t)b->write_at);
    if (wrote != (ssize_t)need) {
        int why = wrote < 0 ? errno : ENOSPC;
        if (ftruncate(b->write_fd, (off_t)b->write_at) != 0)
            b->write_at = b->segment_size; /* nothing is written behind a torn record */
        errno = why;
        return false;
    }
    b->write_at += need;
    b->used += need;
    b->count++;
    b->unread++;
    return true;
}

/* --------------------------------------------------------------- reading */

const struct backlog_line *backlog_peek(struct backlog *b)
{
    while (b->unread > 0 && b->passed < BACKLOG_PASSED_MAX && !b->broken) {
        if (b->read_fd < 0)
            b->read_fd = backlog_open_segment(b, b->read.segment);
        b->peeked = b->read_fd >= 0 ? backlog_read(b, b->read_fd, b->read.offset) : 0;
        if (b->peeked > 0)
            return &b->line;
        backlog_end(&b->read_fd);
        b->read = (struct backlog_place){b->read.segment + 1, 0};
        b->broken = b->read.segment > b->last;
    }
    return NULL;
}

void backlog_pass(struct backlog *b)
{
    b->read.offset += b->peeked;
    b->unread--;
    b->after[(b->oldest + b->passed++) % BACKLOG_PASSED_MAX] = b->read;
}

/* Everything was consumed: begins anew with an empty directory. */
static void start_anew(struct backlog *b)
{
    for (uint64_t i = b->done.segment; i <= b->last; i++)
        backlog_remove(b, i);
    backlog_end(&b->read_fd);
    backlog_end(&b->write_fd);
    b->done = b->read = (struct backlog_place){b->last + 1, 0};
    b->write_at = b->used = b->count = b->unread = b->passed = 0;
    b->broken = false;
}

void backlog_consume(struct backlog *b, uint32_t count)
{
    if (count == 0)
        return;
    assert(count <= b->passed);
    struct backlog_place place = b->after[(b->oldest + count - 1) % BACKLOG_PASSED_MAX];
    b->oldest = (b->oldest + count) % BACKLOG_PASSED_MAX;
    b->passed -= count;
    b->count -= count;
    for (; b->done.segment < place.segment; b->done.segment++)
        b->used -= backlog_remove(b, b->done.segment);
    b->done = place;
    if (b->count == 0)
        start_anew(b);
    backlog_note(b);
}

uint64_t backlog_clear(struct backlog *b)
{
    uint64_t count = b->count;
    start_anew(b);
    backlog_note(b);
    return count;
}
