/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list.h - a CSV of indicators or names, searchable: names by suffix on label boundaries, addresses by prefix, other values by
 * equality. Immutable once opened, so any thread may look things up.
 *
 * Columns `value`, optional `type` (domain when absent) and `match` (exact, suffix, cidr) make a row searchable; every other column
 * is kept as text.
 */
#ifndef INTEL_LIST_H
#define INTEL_LIST_H

#include "base/error.h"
#include "sensor_plugin.h"

/* Loads; `required` names further columns that must exist (NULL-terminated, may be NULL). A malformed row is an error that names
 * file and line. */
struct sensor_list *list_open(const char *path, const char *const *required, struct error *error);
void list_close(struct sensor_list *l);

size_t list_count(const struct sensor_list *l);

bool list_find_name(const struct sensor_list *l, struct slice name, struct sensor_entry *out);
bool list_find_address(const struct sensor_list *l, const struct address *a, struct sensor_entry *out);
bool list_find_value(const struct sensor_list *l, const char *type, struct slice value, struct sensor_entry *out);
const char *list_field(const struct sensor_entry *e, const char *column);

#endif
