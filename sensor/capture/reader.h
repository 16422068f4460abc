/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.h - the frames of one capture file, whatever its format and packing; what is wrong with it, in words. Only for the folder
 * capture.
 */
#ifndef CAPTURE_READER_H
#define CAPTURE_READER_H

#include "capture/capture.h"
#include "capture/format.h"
#include "capture/origins.h"

enum read_result {
    READ_FRAME,
    READ_NOT_YET, /* a pipe, a followed file: ask again */
    READ_END,
    READ_DAMAGED, /* it broke: what came before is good; reader_problem */
    READ_REFUSED  /* it is no capture: reader_problem */
};

struct reader;

/* Opens `path` (kept, not copied; "-": standard input), which is `origin` in `origins`; interfaces with names get numbers of their
 * own. NULL and `error` when it cannot be read. */
struct reader *reader_open(const char *path, uint16_t origin, struct origins *origins, const struct bytes_options *options, struct error *error);
void reader_close(struct reader *r); /* takes NULL */

/* The frame's bytes are valid until the next call; frame->order is left alone. */
enum read_result reader_next(struct reader *r, struct frame *frame);

/* After READ_DAMAGED and READ_REFUSED: "file: what, where, what to do". */
const char *reader_problem(const struct reader *r);
/* Whether what was refused looks like no capture at all (a text, an image), rather than a broken one. */
bool reader_is_foreign(const struct reader *r);
/* The link type that a classic file's header names, once that was read; else -1. */
int reader_link_type(const struct reader *r);
/* Whether what was read ends with a whole record. */
bool reader_is_between(const struct reader *r);
/* From now on pipes are waited for so long, and nothing but wake_fd ends a wait. */
void reader_set_wait(struct reader *r, int wait_ms);
bool reader_was_replaced(const struct reader *r); /* following: bytes_was_replaced */

/* "standard input" for "-". */
const char *shown_path(const char *path);

#endif
