/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list.h - the lists that plugins look things up in: a CSV with columns of the plugin's own, or indicators from any number of files in
 * any format that reader.h knows. Both are a store (store.h) behind a handle that outlives a reload.
 *
 * What a handle shows changes only in list_swap(), so an entry is good until the analysis takes the next observation. Look-ups are for
 * the analysis thread.
 */
#ifndef INTEL_LIST_H
#define INTEL_LIST_H

#include "base/error.h"
#include "intel/store.h"
#include "sensor_plugin.h"

/* Loads a CSV; `required` names further columns that must exist (NULL-terminated, may be NULL). A malformed row is an error that names
 * file and line, and so is a value that stands twice. */
struct sensor_list *list_open(const char *path, const char *const *required, struct error *error);
void list_close(struct sensor_list *l);

size_t list_count(const struct sensor_list *l);

bool list_find_name(const struct sensor_list *l, struct slice name, struct sensor_entry *out);
bool list_find_address(const struct sensor_list *l, const struct address *a, struct sensor_entry *out);
bool list_find_value(const struct sensor_list *l, const char *type, struct slice value, struct sensor_entry *out);
bool list_next(struct sensor_entry *e);
const char *list_field(const struct sensor_entry *e, const char *column);
void list_indicator(const struct sensor_entry *e, struct indicator *out);

#endif
