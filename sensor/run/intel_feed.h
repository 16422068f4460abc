/* SPDX-License-Identifier: Apache-2.0 */
/* intel_feed.h - the files that a `haetae intel` command works on, read one after the other, with complaints on standard error. */
#ifndef RUN_INTEL_FEED_H
#define RUN_INTEL_FEED_H

#include "intel/list_source.h"
#include "run/intel_command.h"

/* Files, and what each says of rows that do not say it themselves. */
struct feed_lists {
    struct list_source *source; /* owned */
    size_t count;
};

/* The words of the command line; without any, the lists of the configured detectors (`s` may be NULL). False: none, told. */
bool feed_lists_find(struct feed_lists *f, const struct intel_line *line, const struct settings *s);
/* The configured lists alone. */
bool feed_lists_configured(struct feed_lists *f, const struct settings *s);
/* The option of a detector that names lists of indicators. */
#define FEED_OPTION "lists"
void feed_lists_free(struct feed_lists *f);

/* Where the configuration's data directories have this list, in `out` of PATH_MAX bytes. */
bool feed_locate(const struct settings *s, const char *path, char *out);

struct feed_totals {
    uint64_t taken, bad, refused, inexpressible;
};

/* Reads every list; `take` gets each indicator. Adds to `totals`. False when one could not be read, told. */
bool feed_read(const struct feed_lists *f, const struct intel_line *line, bool (*take)(void *, const struct indicator *), void *arg,
               struct feed_totals *totals);

/* The same for one list. `result` may be NULL. */
bool feed_read_one(const struct list_source *source, const struct intel_line *line, bool (*take)(void *, const struct indicator *),
                   void *arg, struct intel_read_result *result);

/* Done, or done with bad rows. */
enum intel_status feed_status(const struct feed_totals *totals);

/* An empty list, or one of less than half as many as before, is more likely a broken download than good news. */
bool feed_has_collapsed(uint64_t before, uint64_t now);
/* How many indicators the file holds; 0 when it cannot be read. Silent. */
uint64_t feed_count(const char *path);

#endif
