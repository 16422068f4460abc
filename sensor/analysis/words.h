/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.h - byte strings held once: the many places that remember a name hold a number for it. Counted references.
 */
#ifndef ANALYSIS_WORDS_H
#define ANALYSIS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor_plugin.h"

#define WORD_MAX 255u /* bytes */

struct words;

/* At most `most` different strings. NULL without memory. */
struct words *words_new(uint32_t most);
void words_free(struct words *w);

/* A reference to a string of 1..WORD_MAX bytes, or 0 when there is no room. */
uint32_t words_take(struct words *w, struct slice text);
/* One more reference to it; 0 is none. */
uint32_t words_share(struct words *w, uint32_t word);
/* Gives a reference back; 0 is none. */
void words_drop(struct words *w, uint32_t word);

/* The bytes, followed by a NUL; empty for 0. Valid while somebody holds a reference. */
struct slice words_text(const struct words *w, uint32_t word);

uint32_t words_count(const struct words *w);
/* Strings refused because there were `most`. */
uint64_t words_refused(const struct words *w);

#endif
