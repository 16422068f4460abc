/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inputs.h - the list of capture files of a run: what there is to read, in which order, and how it went.
 *
 * One list for all workers. Each reads all of it by itself, in the same order, so the list may grow while they read (a directory that is
 * watched): files are added in batches, a batch is sorted by first packet time and path when it is sealed, and a worker takes the next
 * batch when it has read the one before. Files are only looked at when they are added; they are opened when their time has come.
 */
#ifndef CAPTURE_INPUTS_H
#define CAPTURE_INPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/origins.h"

struct inputs;
struct journal;

struct inputs_options {
    bool follow;      /* files go on growing: read what is appended */
    bool watched;     /* more will be added: an empty directory is no error */
    struct journal *journal; /* NULL, or notes each file when it is begun; not owned */
    int stop_fd;      /* not owned; -1: none. Readable: give up waiting for the first bytes of a pipe */
};

/* One file of the list. */
struct input {
    char *path;
    uint64_t first_ns; /* of its first frame; 0: read at once */
    uint64_t size;     /* bytes as it lies there; 0 unknown */
    uint64_t device, inode, modified_ns;
    uint32_t index, batch;
    uint16_t origin;
    bool waits;       /* a pipe or standard input */
    int link_type;    /* of its first frame; -1: none */
    uint32_t readers; /* that have read it; inputs.c counts */
    bool begun;       /* by one of them */
    char *problem;    /* how it broke; NULL: it did not */
};

enum input_state {
    INPUT_TAKEN,   /* it is in the list */
    INPUT_FOREIGN, /* no capture */
    INPUT_FAILED   /* unreadable, or its header is broken */
};

struct inputs *inputs_new(const struct inputs_options *options, struct error *error);
void inputs_free(struct inputs *i); /* takes NULL */

/* Adds a file, a pipe or "-". Unless INPUT_TAKEN, `error` says why not. One that is added twice is
 * read once, which inputs_seal says in the log. */
enum input_state inputs_add(struct inputs *i, const char *path, struct error *error);
/* Adds every capture of a directory (with `recursive` also below it). Others are said in the log and left out. False and `error`
 * when the directory cannot be read or a file of it, which looks like a capture, cannot. */
bool inputs_add_directory(struct inputs *i, const char *path, bool recursive, struct error *error);
/* What was added becomes a batch. */
void inputs_seal(struct inputs *i);
/* No batch follows. */
void inputs_close(struct inputs *i);

/* Sealed files so far; their sizes together (0: unknown). */
uint32_t inputs_count(struct inputs *i);
uint64_t inputs_size(struct inputs *i);
/* Number `index` of the sealed files, or of those begun before inputs_cut, valid as long as the list; NULL: not there (yet). Any thread. */
const struct input *inputs_at(struct inputs *i, uint32_t index);
bool inputs_closed(struct inputs *i);
const struct inputs_options *inputs_options_of(const struct inputs *i);
struct origins *inputs_origins(const struct inputs *i);

/* Captures that will read the list, each all of it; before the first of them opens. */
void inputs_set_readers(struct inputs *i, uint32_t readers);
/* Following: a reader goes on with a new file for the `nth` time; true for the first of the readers. */
bool inputs_renew(struct inputs *i, uint32_t nth);
/* A reader is about to open a file. */
void inputs_begin(struct inputs *i, const struct input *file);
/* A reader is through with a file. */
void inputs_finish(struct inputs *i, const struct input *file);
/* A file broke. The first reader's words are kept and said in the log. */
void inputs_report(struct inputs *i, const struct input *file, const char *problem);
/* Files that broke so far; `first` (may be NULL) gets the first one's words, valid as long as the list. */
uint32_t inputs_problems(struct inputs *i, const char **first);
/* No file is begun any more, and none added: readers go on to the end of those that one of them has begun. */
void inputs_cut(struct inputs *i);
/* Number `index` of the files in the order in which readers get through with them, which is the same for all; NULL: none got there. */
const struct input *inputs_finished(struct inputs *i, uint32_t index);

#endif
