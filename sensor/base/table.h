/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - a hash table with a bound, for keys that come from the network. A full one gives up the entry taken longest ago.
 *
 * The key of the hash is secret, so collisions cannot be aimed at; which entry goes depends on the order of calls alone, so
 * results are the same on every run. All memory of entries is reserved at once and touched as it is needed; no entry ever moves.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sensor_table;

/* At most `most` entries (1..2^30) with keys and values of these sizes in bytes. NULL without memory. */
struct sensor_table *table_new(uint32_t most, size_t key_size, size_t value_size);
void table_free(struct sensor_table *t);

/* Called with every value that is given up, dropped, or there when the table is freed: what it owns must go now. */
void table_on_end(struct sensor_table *t, void (*end)(void *arg, void *value), void *arg);

/* The value of a key, aligned to 8 bytes, or NULL. */
void *table_find(const struct sensor_table *t, const void *key);
/* The value of a key, moved to the front; made and zeroed (*is_new) when there is none. Never NULL. */
void *table_take(struct sensor_table *t, const void *key, bool *is_new);
void table_drop(struct sensor_table *t, void *value);

/* The next older value; the latest taken for NULL; NULL at the end. *key (may be NULL) becomes its key. */
void *table_next(const struct sensor_table *t, const void *value, const void **key);
/* The value taken longest ago, or NULL. */
void *table_oldest(const struct sensor_table *t, const void **key);

size_t table_key_size(const struct sensor_table *t);   /* bytes */
size_t table_value_size(const struct sensor_table *t); /* bytes */
uint32_t table_count(const struct sensor_table *t);
/* Entries given up because the table was full. */
uint64_t table_evicted(const struct sensor_table *t);

#endif
