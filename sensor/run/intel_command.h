/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intel_command.h - `haetae intel`: lists of indicators checked, converted, exported and asked, without any traffic.
 */
#ifndef RUN_INTEL_COMMAND_H
#define RUN_INTEL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "intel/reader.h"
#include "run/settings.h"

/* Runs `haetae intel VERB ...`; argv[0] is "intel". The exit status: 0 done, 1 could not or would not, 2 wrong usage, 3 done but some
 * rows were bad. */
int intel_command(int argc, char **argv);

/* What the user typed behind `haetae intel VERB`. Texts are argv's. */
struct intel_line {
    const char *output;                       /* -o */
    const char *against;                      /* --against */
    const char *suricata, *stix, *misp, *csv; /* export targets */
    enum intel_format from, to;               /* --from, --to; INTEL_GUESS when not said */
    bool strict, force;
    struct intel_defaults defaults; /* --actor, --category, ...; `list` NULL: the file's name */
    int64_t at;                     /* --at: the day that explain judges by, seconds since the epoch */
    struct command_line program;    /* -c and --set */
    char **words;                   /* files, or values to explain */
    size_t word_count;
};

enum intel_status { INTEL_DONE = 0, INTEL_FAILED = 1, INTEL_USAGE = 2, INTEL_BAD_ROWS = 3 };

enum intel_status intel_check(const struct intel_line *line);                             /* intel_check.c */
enum intel_status intel_convert(const struct intel_line *line);                           /* intel_convert.c */
enum intel_status intel_export(const struct intel_line *line, const struct settings *s);  /* intel_export.c */
enum intel_status intel_explain(const struct intel_line *line, const struct settings *s); /* intel_explain.c */
enum intel_status intel_stats(const struct intel_line *line, const struct settings *s);   /* intel_stats.c */

#endif
