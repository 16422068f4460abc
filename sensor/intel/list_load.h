/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_load.h - what stands behind a list: files into a store.
 *
 * A set of indicator lists that is large is compiled once: the finished store is kept as a file, and mapped on the next start when no
 * list has changed.
 */
#ifndef INTEL_LIST_LOAD_H
#define INTEL_LIST_LOAD_H

#include "base/error.h"
#include "intel/list_source.h"
#include "intel/store.h"

/* A CSV with columns of its own (list.h). */
struct store *list_load_csv(const char *path, const char *const *required, struct error *error);

/* All indicators of the sources, in their order; fills each source's mark and rows. Bad rows are told in the log and left out. NULL and
 * `error` when a file cannot be read or holds nothing. */
struct store *list_load_indicators(struct list_source *sources, size_t count, struct error *error);

/* Where compiled lists are kept: a directory of this user, "" for nowhere. Main thread, before any list is opened. */
void list_cache_set(const char *directory);
/* Fewer rows than these are read anew: that is as fast. */
#define LIST_CACHE_ROWS_MIN 50000u

#endif
