/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recall.h - what the library said of DNS queries, so that a flow that begins with one asked before need not be shown. Private to flow/.
 *
 * Most names are asked again and again. The answer to a query depends on its bytes but for its id (classifier.c sees to it that nothing
 * else about the packet is special), so it is looked up by all of them: remembering changes no answer, only what it costs. An answer
 * counts as known once a flow has ended with it of which nothing else was shown.
 *
 * A fixed number of places, one for each hash. A place in use by flows is not given to another query, for a flow of which more must
 * be shown after all needs its first packet back.
 */
#ifndef FLOW_RECALL_H
#define FLOW_RECALL_H

#include "base/error.h"
#include "sensor_plugin.h"

struct recall;

/* 512 KiB. NULL and `error` when memory is short. */
struct recall *recall_new(struct error *error);
void recall_free(struct recall *r); /* takes NULL */

/*
 * Looks a query up. The place is in use until recall_leave.
 *   place, and `class` set:      the answer is known
 *   place, and `class` NULL:     it is the caller's to learn, by recall_leave
 *   0:                           neither known nor to be learned now
 */
uint32_t recall_take(struct recall *r, struct slice query, const struct classification **class);
/* The query of a place in use, with an id of 0. Valid until recall_leave. */
struct slice recall_query(const struct recall *r, uint32_t place);
/* A flow is done with a place. `learned`: what the library said in the end when it was shown nothing but the query, else NULL. */
void recall_leave(struct recall *r, uint32_t place, const struct classification *learned);

#endif
