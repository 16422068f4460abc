/* SPDX-License-Identifier: Apache-2.0 */
/* stats_parts.h - what the two files of the stats event share. Inside eve/ only. */
#ifndef EVE_STATS_PARTS_H
#define EVE_STATS_PARTS_H

#include "eve/line.h"

/* Suricata counts this layer, and has no names for the others. */
bool stats_is_suricatas(enum decode_layer layer);

/* "ndpi":{"haetae":{...}}; `e` NULL: of no line. */
void stats_own(struct json *j, const struct stats *s, bool live, const struct eve *e);

#endif
