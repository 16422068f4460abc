/* SPDX-License-Identifier: Apache-2.0 */
/* backlog_files.h - the inside of a backlog: its records and files. Inside output/ only. */
#ifndef OUTPUT_BACKLOG_FILES_H
#define OUTPUT_BACKLOG_FILES_H

#include "output/backlog.h"

/* In front of each line on disk, in the byte order of the machine. */
struct backlog_header {
    uint32_t magic;
    uint32_t size; /* bytes of the line that follows, LF included */
    uint64_t sequence;
    uint64_t time_ns;
    uint8_t host[16];
    uint8_t has_host;
    uint8_t type; /* enum event_type */
    uint16_t reserved;
    uint32_t check; /* hash of all that stands before it, and of the line */
};

struct backlog_place {
    uint64_t segment; /* number of the file, from 1 */
    uint64_t offset;
};

struct backlog {
    int directory;                        /* locked */
    uint64_t size_limit, segment_size;    /* bytes */
    uint64_t used;                        /* bytes of all segments */
    uint64_t count, unread;               /* lines not consumed, and of these not passed */
    uint64_t repaired_bytes;
    uint64_t last;                        /* segment being written */
    uint64_t write_at;
    int write_fd, read_fd, position_fd;   /* -1: not open */
    struct backlog_place done, read;
    struct backlog_place after[BACKLOG_PASSED_MAX]; /* where passed lines end, from `oldest` round */
    uint32_t oldest, passed;
    size_t peeked; /* bytes of the record of the last peek */
    bool broken;
    struct backlog_line line;
    char *text; /* of `line` */
    size_t text_capacity;
};

/* Fills the header of a line. */
void backlog_describe(struct backlog_header *h, const struct backlog_line *line);
/* Reads the record at an offset into b->line; returns its bytes on disk, 0 when there is no whole one. */
size_t backlog_read(struct backlog *b, int fd, uint64_t offset);

/* A new segment; -1 and errno. */
int backlog_create(struct backlog *b, uint64_t segment);
/* A segment for reading; -1 and errno. */
int backlog_open_segment(const struct backlog *b, uint64_t segment);
/* Deletes a segment; returns its size. */
uint64_t backlog_remove(const struct backlog *b, uint64_t segment);
/* Notes on disk how far lines were consumed. */
void backlog_note(const struct backlog *b);
/* Closes and forgets. */
void backlog_end(int *fd);

#endif
