/* SPDX-License-Identifier: Apache-2.0 */
/* intel_convert.h - writing lists to one file that takes the place of an old one only when it is whole and has not collapsed. */
#ifndef RUN_INTEL_CONVERT_H
#define RUN_INTEL_CONVERT_H

#include "run/intel_feed.h"

/* Reads the lists and writes them to `path` ("-": standard output) as `format`. */
enum intel_status convert_lists(const struct feed_lists *f, const struct intel_line *line, const char *path,
                                enum intel_format format);

#endif
