/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map64.h - a table from texts to numbers, for what a reader or writer must remember of a whole file. Texts are kept as keyed 64-bit
 * hashes: 16 bytes an entry, at most three quarters full.
 */
#ifndef INTEL_MAP64_H
#define INTEL_MAP64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map64;

/* Takes at most `most` entries. NULL: out of memory. */
struct map64 *map64_new(size_t most);
void map64_free(struct map64 *m);

/* A text's key, never 0. */
uint64_t map64_key(const struct map64 *m, const char *text);

/* The number under a key, made 0 when it is new; *is_new may be NULL. NULL when the table is full. Good until the next call. */
uint64_t *map64_take(struct map64 *m, uint64_t key, bool *is_new);
/* The number under a key, NULL when there is none. */
const uint64_t *map64_find(const struct map64 *m, uint64_t key);

/* Was the text not there before? It is now. When the table is full every text counts as new. */
bool map64_add(struct map64 *m, const char *text);

#endif
