/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - which capture files of a watched directory were read before, kept in a file over restarts.
 *
 * A line for each step: "begun" is on disk before the first event about a file can be, "read" when all of them were written. What was
 * begun and not read when the program died is not read again: its events, or some of them, are out already. A file is known by
 * device, inode, size and time of change, so a renamed one is the same and one written to again is another.
 */
#ifndef CAPTURE_JOURNAL_H
#define CAPTURE_JOURNAL_H

#include <stdbool.h>

#include "capture/inputs.h"

struct journal;

enum journal_state {
    JOURNAL_UNKNOWN,
    JOURNAL_LISTED,   /* in memory only: it will be read in this run, or need not be looked at again */
    JOURNAL_BEGUN,
    JOURNAL_READ,
    JOURNAL_ABANDONED /* begun in an earlier run, and not read to its end */
};

/* Opens or makes the file, for this process alone, and drops old files that are there no more (from 30 days on). NULL and `error` when that fails. */
struct journal *journal_open(const char *path, struct error *error);
void journal_close(struct journal *j); /* takes NULL */

/* What was noted of a file. */
enum journal_state journal_find(struct journal *j, const struct input *file);
/* Notes a step; but for JOURNAL_LISTED it is on disk when this returns true. False and said in the log when it cannot be written. Any thread. */
bool journal_note(struct journal *j, const struct input *file, enum journal_state state);

#endif
