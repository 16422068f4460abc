/* SPDX-License-Identifier: Apache-2.0 */
/*
 * budget.h - memory that traffic makes us keep, under one bound per dissector. Not for per-packet use: streams and
 * handshakes that span packets take from it, everything else is parsed in place.
 */
#ifndef DISSECT_BUDGET_H
#define DISSECT_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct budget {
    size_t used, max; /* bytes */
    uint64_t refused; /* times a caller was turned down, by the bound or by malloc */
};

/* realloc() within the budget: `old` has `old_size` bytes (NULL: 0). NULL when refused; `old` is then untouched. */
void *budget_grow(struct budget *b, void *old, size_t old_size, size_t new_size);

/* Gives `size` bytes back and frees them. Takes NULL. */
void budget_free(struct budget *b, void *bytes, size_t size);

/* Books memory that somebody else allocated: it held `old_size` bytes before and holds `new_size` now. Never refused. */
void budget_move(struct budget *b, size_t old_size, size_t new_size);

/* Bytes that grow at their end: a half-received message, collected texts. Zeroed is empty. */
struct budget_bytes {
    uint8_t *at;
    uint32_t size, capacity;
};

/* Appends a copy, growing by doubling up to `max` bytes in all. False and nothing appended when refused. */
bool budget_append(struct budget *b, struct budget_bytes *to, const void *bytes, size_t size, size_t max);

/* Frees the bytes and leaves `to` empty. */
void budget_clear(struct budget *b, struct budget_bytes *to);

#endif
