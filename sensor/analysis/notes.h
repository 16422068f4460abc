/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notes.h - what is remembered of single flows: that they alerted, and the words detectors put on them. Most flows have no note.
 * Bounded.
 */
#ifndef ANALYSIS_NOTES_H
#define ANALYSIS_NOTES_H

#include <stdint.h>

#include "analysis/event.h"

struct notes;

struct notes *notes_new(uint32_t most);
void notes_free(struct notes *n);

/* The flow's note, or NULL. */
struct flow_note *notes_find(const struct notes *n, uint64_t flow_id);
/* The flow's note, made when there is none; NULL when the table is full or memory short (counted in notes_lost). */
struct flow_note *notes_take(struct notes *n, uint64_t flow_id);
void notes_drop(struct notes *n, uint64_t flow_id);
uint64_t notes_count(const struct notes *n);
uint64_t notes_lost(const struct notes *n);

#endif
