/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - the options of one plugin, parsed by the plugin's own table. What struct sensor_host's option getters read.
 */
#ifndef RUN_OPTIONS_H
#define RUN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "sensor_plugin.h"

/* All options of `table` (may be NULL: none) at their defaults. NULL and `error` when a default is wrong or memory runs out. */
struct sensor_options *options_new(const struct sensor_option *table, struct error *error);
void options_free(struct sensor_options *o);

/* The row of that name, or NULL. */
const struct sensor_option *options_find(const struct sensor_option *table, const char *name);

/* Sets one option from its text; a list from "[a,b]", "a,b" or "a". False and `error` ("'x' is not ...") when it does not fit. */
bool options_set(struct sensor_options *o, const char *name, const char *text, struct error *error);
/* Sets a list option from items. */
bool options_set_list(struct sensor_options *o, const char *name, const char *const *items, size_t count, struct error *error);

/* The getters of struct sensor_host. Unknown names read as "", 0 and no items. */
const char *options_text(const struct sensor_options *o, const char *name);
int64_t options_number(const struct sensor_options *o, const char *name);
/* Every text and every item of a list, in no order that matters. */
void options_walk(const struct sensor_options *o, void (*see)(void *arg, const char *text), void *arg);
size_t options_count(const struct sensor_options *o, const char *name);
const char *options_item(const struct sensor_options *o, const char *name, size_t i);

#endif
