/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list.h - the lists that plugins look things up in: a CSV with columns of the plugin's own, or indicators from any number of files in
 * any format that reader.h knows. Both are a store (store.h) behind a handle that outlives a reload.
 *
 * Reload: lists_build() reads all lists that changed aside, on any one thread; lists_swap(), called by the analysis between two
 * observations, shows the new ones, all at once; lists_settle() frees the old ones. So look-ups need no lock, and an entry is good
 * until the analysis takes the next observation. Opening and closing is for one thread while no lists_build() runs.
 */
#ifndef INTEL_LIST_H
#define INTEL_LIST_H

#include "base/error.h"
#include "intel/list_source.h"
#include "intel/store.h"
#include "sensor_plugin.h"

/* Loads a CSV; `required` names further columns that must exist (NULL-terminated, may be NULL). A malformed row is an error that names
 * file and line, and so is a value that stands twice. */
struct sensor_list *list_open(const char *path, const char *const *required, struct error *error);
/* Loads indicators; `lists` as list_source.h has them, `locate` finds their files. */
struct sensor_list *list_open_indicators(const char *const *lists, size_t count, list_locate locate, struct error *error);
void list_close(struct sensor_list *l);

size_t list_count(const struct sensor_list *l);

bool list_find_name(const struct sensor_list *l, struct slice name, struct sensor_entry *out);
bool list_find_address(const struct sensor_list *l, const struct address *a, struct sensor_entry *out);
bool list_find_value(const struct sensor_list *l, const char *type, struct slice value, struct sensor_entry *out);
bool list_next(struct sensor_entry *e);
const char *list_field(const struct sensor_entry *e, const char *column);
void list_indicator(const struct sensor_entry *e, struct indicator *out);

/* 0 when every file of the open lists is the one that was loaded; else a number that tells this change from another. Not while
 * lists_swap() may be at work. */
uint64_t lists_change(void);

enum lists_state {
    LISTS_SHOWN = 0, /* nothing waits */
    LISTS_BUILT,     /* lists_build() has succeeded, lists_swap() will show its work */
    LISTS_SWAPPED    /* lists_settle() may free the old ones */
};
enum lists_state lists_state(void);

/* Reads what changed. On an error nothing changes: a list that cannot be read, is empty, or has lost more than half of its rows refuses
 * all. Only in state LISTS_SHOWN. *built: how many handles have something new; 0 leaves the state. */
bool lists_build(size_t *built, struct error *error);
/* The analysis thread: shows what was built, if anything was. */
void lists_swap(void);
/* After lists_swap(): logs and frees. */
void lists_settle(void);
/* Gives up what was built and not shown. No other thread may be at work. */
void lists_drop(void);

/*
 * Look-ups of a thread that is not the analysis: between hold and release no list opens, closes or changes; a swap that is due waits
 * for the next observation. Quickly, then.
 */
void lists_hold(void);
void lists_release(void);
/* The open list of indicators behind `l`, the first for NULL; NULL when there are no more. While held. */
const struct sensor_list *lists_after(const struct sensor_list *l);

/* How many reloads were refused since the start. */
uint32_t lists_refused(void);

/* One file of an open list, for the stats: by its place among all, false past the last. A CSV opened by itself goes by the last two
 * parts of its path. */
struct list_shown {
    const char *name; /* lives as long as the list is open */
    uint32_t rows;
    uint64_t digest; /* of all that its handle shows */
    uint32_t reloads;
    int64_t written_s; /* when the file was last written, seconds since the epoch */
};
bool lists_describe(size_t i, struct list_shown *out);

#endif
