/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - haetae.yaml: what the operator said, checked against one table of known keys (config_schema.c), with the
 * defaults of everything left out.
 *
 * Vocabulary and notation are Suricata's. Every value is addressed by a path like "stats.interval" or
 * "outputs.0.eve-log.filename"; a list is counted from 0. A path below a list item that is not there reads as the defaults.
 * Getters take printf formats for the path; a path or type that the table does not know is a bug of ours (assert).
 *
 * An error reads "haetae.yaml:14:3: outputs.eve-log: unknown key 'pathh'; did you mean 'path'? known keys: ...".
 */
#ifndef RUN_CONFIG_H
#define RUN_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/addr.h"
#include "base/error.h"
#include "run/options.h"
#include "sensor_plugin.h"

#define CONFIG_SIZE_MAX (4u << 20) /* bytes of a configuration file */

struct config;

/* ---------------------------------------------------------------- load */

/* Reads a file; NULL gives the defaults. NULL and `error` on the first thing wrong. */
struct config *config_load(const char *path, struct error *error);
/* As config_load, from `size` bytes of text; `name` stands for the path in errors. */
struct config *config_parse(const char *name, const char *text, size_t size, struct error *error);
void config_free(struct config *c);

/* Applies "stats.interval=5" (--set). Lists of words take "[a,b]" or "a,b"; the index one past the end of a list adds an item.
 * False and `error` when key or value is wrong; `c` must then not be used further. */
bool config_set(struct config *c, const char *assignment, struct error *error);

/*
 * Checks what only the plugins know: that every detector and sink named exists, and all their options. Fills in the defaults
 * of the detectors' options, so that a dump shows them.
 */
bool config_check(struct config *c, const struct sensor_plugin *const *plugins, size_t plugin_count, struct error *error);

/* Writes it all, defaults included, as YAML that loads to the same thing. False when writing failed. */
bool config_dump(const struct config *c, FILE *out);

/* The path or name it was read from; "" for defaults only. */
const char *config_origin(const struct config *c);

/* -------------------------------------------------------------- values */

/* Text, choice; never NULL, "" when unset. Valid until config_set or config_free. */
const char *config_text(const struct config *c, const char *path, ...) __attribute__((format(printf, 2, 3)));
/* Number, size in bytes, seconds, octal mode, or a boolean as 0 or 1. */
int64_t config_number(const struct config *c, const char *path, ...) __attribute__((format(printf, 2, 3)));
bool config_bool(const struct config *c, const char *path, ...) __attribute__((format(printf, 2, 3)));
/* The text of a single value that somebody asks for by its path, default included; NULL when there is none such. For paths from
 * outside: any text may be given. */
const char *config_value(const struct config *c, const char *path);
/* Items of a list. */
size_t config_count(const struct config *c, const char *path, ...) __attribute__((format(printf, 2, 3)));
/* Item `i` of a list of texts, or the name of item i of a list of named things ("eve-log" of outputs, "dns" of types, which
 * may stand as "dns" or as "dns: {...}"); NULL past the end. */
const char *config_item(const struct config *c, size_t i, const char *path, ...) __attribute__((format(printf, 3, 4)));

/* Index of the entry for an interface in the list "af-packet" or "pcap"; that of the entry "default" when it has none of its
 * own; else one past the end, below which everything reads as the defaults. */
size_t config_interface(const struct config *c, const char *list, const char *interface);

/* An address group ("HOME_NET") or any text in that notation; `$NAME` means a group. Owned by the caller. NULL and `error`. */
struct addr_set *config_addresses(const struct config *c, const char *text, struct error *error);

/* The text of an address group, or NULL: for parsers that take names; `config` is the struct config. */
const char *config_group(const char *name, void *config);

/* "haetae.yaml:14" of what stands at a path, or "--set" where no file says it. Into `out`[size]; returns out. */
char *config_where(const struct config *c, const char *path, char *out, size_t size);

/* For values that only their user can judge: writes "haetae.yaml:14:13: outputs.eve-log.filetype: <reason>". Returns false. */
bool config_complain(const struct config *c, struct error *error, const char *path, const char *reason, ...)
    __attribute__((format(printf, 4, 5)));

/* ------------------------------------------------------------- plugins */

/* False when "plugins.detectors.NAME.enabled" says no. */
bool config_detector_enabled(const struct config *c, const char *name);

/* The options of a detector, or of a sink without an eve-log: checked against its table. Owned by the caller
 * (options_free). NULL and `error` when one is unknown or wrong. */
struct sensor_options *config_plugin_options(const struct config *c, const struct sensor_plugin *plugin, struct error *error);

/* The options of the sink of eve-log number `output` of "outputs". An option is looked for in the entry's map of the plugin's
 * name ("redis: {server: ...}"), then among the entry's own keys (filename, append, filemode). */
struct sensor_options *config_output_options(const struct config *c, size_t output, const struct sensor_plugin *plugin,
                                             struct error *error);

#endif
