/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backlog.h - the spool of a sink: lines on disk, first in, first out, over restarts.
 *
 * Segments, files of records, are written at the end and read from the front; what was consumed is noted in the file `position`, and a
 * segment that was consumed is deleted. After kill -9 everything appended is there; a record that was being written is cut off at the
 * next start, and of what was consumed last a batch may come again. Nothing is synced to the disk: a machine that loses its power may
 * lose the tail, which is found and cut as well. Its last quarter is kept for alerts. One process at a time. The writer's thread only.
 */
#ifndef OUTPUT_BACKLOG_H
#define OUTPUT_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "output/gap.h"
#include "sensor_plugin.h"

struct backlog;

#define BACKLOG_PASSED_MAX 4096 /* lines that were passed and not consumed: those of a batch */

/* A line with what is known about it. `text` is the backlog's, until the next call. */
struct backlog_line {
    struct line_facts facts; /* count is 1 */
    struct address host;
    bool has_host;
    struct slice text;
};

/* Makes DIRECTORY/NAME when it is not there, repairs what it holds. `size_limit` in bytes on disk. NULL and `error`. */
struct backlog *backlog_open(const char *directory, const char *name, uint64_t size_limit, struct error *error);
void backlog_close(struct backlog *b); /* takes NULL; lines stay */

/* Lines in it that were not consumed. */
uint64_t backlog_count(const struct backlog *b);
/* Bytes that were cut off or skipped at the start because they were no whole records. */
uint64_t backlog_repaired_bytes(const struct backlog *b);

/* Is there room for `count` lines of so many bytes? */
bool backlog_has_room(const struct backlog *b, size_t size, uint32_t count, bool alert);
/* Appends one line; false when the disk does not take it, with errno set: then nothing was appended. */
bool backlog_append(struct backlog *b, const struct backlog_line *line);

/* The line behind those that were passed. NULL at the end, when BACKLOG_PASSED_MAX were passed and not consumed, or when it cannot be
 * read any more (backlog_is_broken). */
const struct backlog_line *backlog_peek(struct backlog *b);
/* The line of the last peek was taken into a batch. */
void backlog_pass(struct backlog *b);
/* The `count` oldest lines, which were passed, are done with. */
void backlog_consume(struct backlog *b, uint32_t count);
/* What cannot be read any more is given up: empties the backlog and returns how many lines that were. */
uint64_t backlog_clear(struct backlog *b);
bool backlog_is_broken(const struct backlog *b);

#endif
