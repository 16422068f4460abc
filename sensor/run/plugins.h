/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plugins.h - the plugins this program has: those built in, and shared objects from a directory nobody else can write to.
 */
#ifndef RUN_PLUGINS_H
#define RUN_PLUGINS_H

#include <stddef.h>

#include "base/error.h"
#include "sensor_plugin.h"

#define PLUGINS_MAX 64

struct plugins;

/*
 * The built-in ones plus every *.so of `directory` (NULL or "": none), in order of name. A shared object of the same name replaces
 * the built-in one. Refused, with the reason: a directory or file not owned by root (or by us) or writable by group or others,
 * another ABI major, a newer minor, a missing or doubled symbol. NULL and `error` on the first refusal.
 */
struct plugins *plugins_load(const char *directory, struct error *error);
void plugins_free(struct plugins *p);

size_t plugins_count(const struct plugins *p);
const struct sensor_plugin *plugins_get(const struct plugins *p, size_t i);
/* By kind and name, or NULL. */
const struct sensor_plugin *plugins_find(const struct plugins *p, enum sensor_plugin_kind kind, const char *name);
/* Where plugin i came from: a path, or "built in". */
const char *plugins_origin(const struct plugins *p, size_t i);

#endif
