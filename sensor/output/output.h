/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.h - a sink with a ring and a writer thread of its own: analysis pushes lines, or records that the thread makes lines of,
 * and the thread hands batches of lines to the plugin.
 *
 * A slow or dead sink never stalls another. Files of captures wait for room (nothing is lost); live, a full ring drops the line and
 * counts it. produced = written + dropped + queued, exactly.
 */
#ifndef OUTPUT_OUTPUT_H
#define OUTPUT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/stats.h"
#include "base/error.h"
#include "base/json.h"
#include "sensor_plugin.h"

struct output;

#define DRAIN_MS 5000 /* when the end has come: how long a sink that takes nothing is waited for */

struct output_options {
    const char *name;                   /* as in the configuration, for logs and counters */
    const struct sensor_plugin *plugin; /* kind SENSOR_OUTPUT */
    const struct sensor_host *host;
    const struct sensor_options *options; /* of the plugin */
    size_t ring_size;                     /* bytes */
    bool wait;                            /* wait for room instead of dropping */
};

/* Opens the sink and starts its thread. NULL and `error` when the sink refuses. */
struct output *output_open(const struct output_options *options, struct error *error);

/* One or more whole lines; the analysis thread only. False when dropped (counted). */
bool output_push(struct output *o, const char *lines, size_t size, uint32_t line_count);
/* Turns a record into lines: appends them to `out` and returns how many. On the writer's thread. */
typedef uint32_t output_encoder(void *arg, const void *record, struct json *out);
/* Who encodes records; before the first is pushed, and again only when settled. */
void output_encode_by(struct output *o, output_encoder *encode, void *arg);
/* Room for a record that becomes `line_count` lines, to be filled and committed, aligned to 8 bytes; NULL when dropped (counted).
 * The analysis thread only, as output_push. */
void *output_reserve(struct output *o, size_t size, uint32_t line_count);
void output_commit(struct output *o, size_t size);
/* Waits until all that was pushed has left the ring: from then on nothing uses the encoder. Who pushes only. */
void output_settle(struct output *o);
/* Makes what was pushed visible to the writer; call when idle. */
void output_flush(struct output *o);
/* Asks the writer to reopen the sink (after rotation); any thread. */
void output_reopen(struct output *o);
/*
 * The end is near, and little more will be pushed: from now on output_push waits for room in every case, and a sink that takes
 * nothing for `wait_ms` is given up, so that neither it nor who pushes can hold the end up for ever. Any thread, before
 * output_close.
 */
void output_wind_down(struct output *o, int wait_ms);
/* Drains, flushes, closes, joins. Lines the sink would not take within `wait_ms` of silence are counted dropped. The final
 * counters go to `out`, and what output_failed says then to `why` (both may be NULL; `why` stays empty when all went well). */
void output_close(struct output *o, int wait_ms, struct output_counters *out, struct error *why);

void output_count(const struct output *o, struct output_counters *out);
/* True when lines were lost or the sink failed at last; `why` (may be NULL) receives its words. */
bool output_failed(const struct output *o, struct error *why);

#endif
