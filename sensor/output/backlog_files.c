/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backlog_files.c - records, segments and the note of the position; what a start finds and repairs.
 *
 * A record that does not check ends its segment: what follows it there is cut off, for its beginning cannot be known.
 */
#include "output/backlog_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"

#define MAGIC            0x68707331u /* "hps1" */
#define LINE_MOST        ((uint32_t)4 << 20)
#define SEGMENT_MOST     ((uint64_t)64 << 20)
#define SEGMENT_LEAST    ((uint64_t)64 << 10)
#define NAME_SIZE        32
#define POSITION         "position"

/* What the file `position` holds. */
struct position {
    struct backlog_place done;
    uint64_t check;
};

/* -------------------------------------------------------------- records */

static uint32_t check_of(const struct backlog_header *h, const void *text)
{
    uint64_t a = hash_bytes(hash_key_fixed, h, offsetof(struct backlog_header, check));
    return (uint32_t)(a ^ hash_bytes(hash_key_fixed, text, h->size));
}

void backlog_describe(struct backlog_header *h, const struct backlog_line *line)
{
    memset(h, 0, sizeof *h);
    h->magic = MAGIC;
    h->size = (uint32_t)line->text.size;
    h->sequence = line->facts.sequence;
    h->time_ns = line->facts.time_ns;
    memcpy(h->host, line->host.bytes, sizeof h->host);
    h->has_host = line->has_host;
    h->type = (uint8_t)line->facts.type;
    h->check = check_of(h, line->text.at);
}

static bool make_room(struct backlog *b, size_t size)
{
    if (size <= b->text_capacity)
        return true;
    char *text = realloc(b->text, size);
    if (text == NULL)
        return false;
    b->text = text;
    b->text_capacity = size;
    return true;
}

size_t backlog_read(struct backlog *b, int fd, uint64_t offset)
{
    struct backlog_header h;
    if (pread(fd, &h, sizeof h, (off_t)offset) != (ssize_t)sizeof h || h.magic != MAGIC || h.size == 0 || h.size > LINE_MOST ||
        h.type >= EVENT_TYPE_COUNT || !make_room(b, h.size))
        return 0;
    if (pread(fd, b->text, h.size, (off_t)(offset + sizeof h)) != (ssize_t)h.size || h.check != check_of(&h, b->text) ||
        b->text[h.size - 1] != '\n')
        return 0;
    b->line = (struct backlog_line){
        .facts = {.sequence = h.sequence, .time_ns = h.time_ns, .count = 1, .type = (enum event_type)h.type},
        .has_host = h.has_host != 0,
        .text = {(const uint8_t *)b->text, h.size},
    };
    memcpy(b->line.host.bytes, h.host, sizeof h.host);
    return sizeof h + h.size;
}

/* ------------------------------------------------------------- segments */

void backlog_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static char *segment_name(uint64_t segment, char *out)
{
    snprintf(out, NAME_SIZE, "%016" PRIx64 ".spool", segment);
    return out;
}

int backlog_create(struct backlog *b, uint64_t segment)
{
    char name[NAME_SIZE];
    return openat(b->directory, segment_name(segment, name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int backlog_open_segment(const struct backlog *b, uint64_t segment)
{
    char name[NAME_SIZE];
    return openat(b->directory, segment_name(segment, name), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

uint64_t backlog_remove(const struct backlog *b, uint64_t segment)
{
    char name[NAME_SIZE];
    struct stat st = {0};
    fstatat(b->directory, segment_name(segment, name), &st, AT_SYMLINK_NOFOLLOW);
    unlinkat(b->directory, name, 0);
    return (uint64_t)st.st_size;
}

void backlog_note(const struct backlog *b)
{
    struct position p = {.done = b->done};
    p.check = hash_bytes(hash_key_fixed, &p.done, sizeof p.done);
    /* When it cannot be written, lines come again after a restart: that is allowed. */
    if (pwrite(b->position_fd, &p, sizeof p, 0) != (ssize_t)sizeof p)
        return;
}

/* ---------------------------------------------------------------- start */

/* How far lines were consumed before; the beginning when that is not known. */
static void read_position(struct backlog *b)
{
    struct position p;
    if (pread(b->position_fd, &p, sizeof p, 0) == (ssize_t)sizeof p && p.check == hash_bytes(hash_key_fixed, &p.done, sizeof p.done))
        b->done = p.done;
}

/* Counts the records of a segment behind `from` and cuts off what is none. */
static void scan(struct backlog *b, uint64_t segment, uint64_t from)
{
    struct stat st = {0};
    size_t size;
    uint64_t at = 0;
    int fd = backlog_open_segment(b, segment);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        backlog_end(&fd);
        return;
    }
    for (; (size = backlog_read(b, fd, at)) > 0; at += size)
        b->count += at >= from;
    b->repaired_bytes += (uint64_t)st.st_size - at;
    if (at < (uint64_t)st.st_size && ftruncate(fd, (off_t)at) != 0)
        b->broken = true; /* said by the next read */
    b->used += at;
    close(fd);
}

/* "0000000000000001.spool": its number, 0 for other names. */
static uint64_t number_of(const char *name)
{
    char again[NAME_SIZE];
    uint64_t number = strtoull(name, NULL, 16);
    return strcmp(segment_name(number, again), name) == 0 ? number : 0;
}

/* The lowest and the highest segment there are. */
static bool find_segments(struct backlog *b, uint64_t *first, struct error *error)
{
    int fd = openat(b->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (d == NULL) {
        backlog_end(&fd);
        return error_set(error, "cannot read the spool: %s", strerror(errno));
    }
    *first = UINT64_MAX;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        uint64_t number = number_of(e->d_name);
        if (number != 0 && number < *first)
            *first = number;
        if (number > b->last)
            b->last = number;
    }
    closedir(d);
    return true;
}

static bool load(struct backlog *b, struct error *error)
{
    uint64_t first = 0;
    read_position(b);
    if (!find_segments(b, &first, error))
        return false;
    if (b->done.segment < first || b->done.segment > b->last)
        b->done = (struct backlog_place){first <= b->last ? first : b->last + 1, 0};
    for (uint64_t i = first; i <= b->last; i++) {
        if (i < b->done.segment)
            backlog_remove(b, i);
        else
            scan(b, i, i == b->done.segment ? b->done.offset : 0);
    }
    b->read = b->done;
    b->unread = b->count;
    backlog_note(b); /* or a note of long ago could skip segments to come */
    return true;
}

static bool open_directory(struct backlog *b, const char *directory, const char *name, struct error *error)
{
    char path[4096];
    int size = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (size < 0 || size >= (int)sizeof path)
        return error_set(error, "the path of the spool is too long");
    mkdir(directory, 0750); /* what fails here fails again below */
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_set(error, "%s: cannot make the spool: %s", path, strerror(errno));
    b->directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (b->directory < 0)
        return error_set(error, "%s: cannot open the spool: %s", path, strerror(errno));
    if (flock(b->directory, LOCK_EX | LOCK_NB) != 0)
        return error_set(error, "%s: another process uses this spool", path);
    b->position_fd = openat(b->directory, POSITION, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    return b->position_fd >= 0 || error_set(error, "%s/" POSITION ": %s", path, strerror(errno));
}

struct backlog *backlog_open(const char *directory, const char *name, uint64_t size_limit, struct error *error)
{
    struct backlog *b = calloc(1, sizeof *b);
    if (b == NULL) {
        error_set(error, "spool: out of memory");
        return NULL;
    }
    b->directory = b->write_fd = b->read_fd = b->position_fd = -1;
    b->size_limit = size_limit;
    b->segment_size = size_limit / 16 < SEGMENT_LEAST ? SEGMENT_LEAST : size_limit / 16 > SEGMENT_MOST ? SEGMENT_MOST : size_limit / 16;
    if (open_directory(b, directory, name, error) && load(b, error))
        return b;
    backlog_close(b);
    return NULL;
}

void backlog_close(struct backlog *b)
{
    if (b == NULL)
        return;
    backlog_end(&b->write_fd);
    backlog_end(&b->read_fd);
    backlog_end(&b->position_fd);
    backlog_end(&b->directory);
    free(b->text);
    free(b);
}
