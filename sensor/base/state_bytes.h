/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state_bytes.h - bytes of a state: values as they are in memory, and lists of entries of different sizes.
 *
 * A writer has a most. Lists are written newest entry first, so that what does not fit any more is the oldest, and read oldest first, so that
 * putting the entries back leaves them in their order. Read only what the checksum of state.h vouches for; sizes are checked all the same.
 */
#ifndef BASE_STATE_BYTES_H
#define BASE_STATE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor_plugin.h"

struct sensor_table;

struct state_writer {
    uint8_t *bytes; /* free() it */
    size_t size, room, most;
    bool full;      /* something was left out: it would have been more than `most`, or there was no memory */
};

void state_put(struct state_writer *p, const void *bytes, size_t size);
/* One byte of size, then the bytes: at most 255. */
void state_put_text(struct state_writer *p, struct slice text);

/* A list: state_list, then for each entry state_entry, what is in it, state_entry_end. False when the entry did not fit: stop then. */
size_t state_list(struct state_writer *p);
size_t state_entry(struct state_writer *p);
bool state_entry_end(struct state_writer *p, size_t list, size_t entry);

/* Bytes not read yet; `bad` once something was wrong. */
struct state_reader {
    struct slice rest;
    bool bad;
};

void state_read(struct state_reader *r, void *out, size_t size);
struct slice state_read_text(struct state_reader *r);
/* The entries of a list, the last one of the list first; free() them. NULL when there are none, or r->bad. */
struct slice *state_read_list(struct state_reader *r, uint32_t *count);

/* A whole table whose keys and values point to nothing, in at most `share` bytes. False when its oldest entries had to be left out. */
bool state_put_table(struct state_writer *p, const struct sensor_table *t, size_t share);
/* Puts the entries into a table that is empty, all or none. False when they are not of its kind. */
bool state_read_table(struct state_reader *r, struct sensor_table *t);

#endif
