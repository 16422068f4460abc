/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool.h - a directory that capture files are put into while we run: adds each to the list of inputs when it is finished.
 *
 * Finished is a file that was closed after writing or moved in, and that nobody has open for writing: the kernel grants a read lease
 * on such a file only. Files that are there at the start pass the same test. What the journal knows is not read again.
 */
#ifndef CAPTURE_SPOOL_H
#define CAPTURE_SPOOL_H

#include "capture/inputs.h"
#include "capture/journal.h"

struct spool;

struct spool_options {
    const char *directory; /* not owned, as the next two */
    struct inputs *inputs;
    struct journal *journal;
    bool recursive;
};

/* Begins to watch, then adds what is there as a first batch. NULL and `error` when it cannot. */
struct spool *spool_open(const struct spool_options *options, struct error *error);
void spool_close(struct spool *s); /* takes NULL */

/* Adds what has been finished since, as a batch. The thread that opened it; returns at once. */
void spool_look(struct spool *s);
const char *spool_directory(const struct spool *s);
/* Whether a file that looked like a capture could not be read. */
bool spool_failed(const struct spool *s);

#endif
