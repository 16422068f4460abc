/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - reads one record of a MaxMind DB's data section: country and AS, in whichever layout the file has.
 *
 * Apart from libmaxminddb's own access functions because those are unbounded: a hostile file can make them walk for
 * hours, or recurse. Here every step is counted. MaxMind DB File Format Specification 2.0.
 */
#ifndef GEO_RECORD_H
#define GEO_RECORD_H

#include "sensor_plugin.h"

/* Fills `out` (all empty before) from the record at `offset` of the data section. A broken record gives what came before
 * the break. */
void record_read(struct slice data, size_t offset, struct sensor_geo *out);

/* Whether `data` begins with what the specification calls metadata: a map of single values, lists of text and maps of
 * text, pointers followed, of a few thousand steps at most. libmaxminddb recurses over it and leaks when it meets anything
 * else, so it must only be shown this. */
bool record_is_metadata(struct slice data);

#endif
