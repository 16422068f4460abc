/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.h - a sink with a ring and a writer thread of its own: analysis pushes lines, or records that the thread makes lines of,
 * and the thread hands batches of lines to the plugin.
 *
 * A slow or dead sink never stalls another. Files of captures wait for room (nothing is lost, unless the sink is given up); live, a
 * ring that is three quarters full takes alerts only, and a full one nothing. What is lost is counted by reason, and told by a gap
 * record as soon as the sink works again. produced + recovered = written + dropped + spooled + queued, exactly.
 */
#ifndef OUTPUT_OUTPUT_H
#define OUTPUT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/event.h"
#include "base/error.h"
#include "base/json.h"
#include "sensor_plugin.h"

struct output;

#define DRAIN_MS 3000 /* when the end has come: how long a sink that takes nothing is waited for */

struct output_options {
    const char *name;                   /* as in the configuration, for logs and counters */
    uint32_t index;                     /* among the outputs of the run */
    const struct sensor_plugin *plugin; /* kind SENSOR_OUTPUT */
    const struct sensor_host *host;
    const struct sensor_options *options; /* of the plugin */
    size_t ring_size;                     /* bytes */
    bool wait;                            /* wait for room instead of dropping */
    uint64_t patience_ms;                 /* with `wait`: a sink that takes nothing for so long is given up; 0: never */
    const char *spool_directory;          /* lines wait on disk, in a directory of the output's name in there; NULL: none */
    uint64_t spool_size;                  /* bytes on disk at most */
    bool tell_gaps;                       /* write gap records; what follows is for them */
    const char *sensor_name;              /* NULL or "": none */
    const char *prefix;                   /* in front of each line; NULL or "": none */
    uint64_t run;                         /* number of this run of the program; 0: left out */
};

/* One or more whole lines of one event, or a record that becomes them. */
struct output_lines {
    const char *at; /* of lines */
    size_t size;    /* bytes of the lines or the record */
    uint32_t count;
    enum event_type type;
    uint64_t time_ns;    /* of the event */
    struct address host; /* internal end of what they tell; zeros without has_host */
    bool has_host;
};

/* Opens the sink and starts its thread. NULL and `error` when the sink refuses. Texts of `options` must live as long as the output. */
struct output *output_open(const struct output_options *options, struct error *error);

/* Whole lines. The analysis thread only. False when dropped (counted). */
bool output_push(struct output *o, const struct output_lines *lines);
/* The number of the line that will be pushed, reserved or lost next: from 1. The same thread. */
uint64_t output_next_number(const struct output *o);
/* As output_push for lines that could not be made, because they would be too long: `at` and `size` do not count. */
void output_lose(struct output *o, const struct output_lines *lines);

/* Turns a record into lines, the first of which has this number: appends them to `out` and returns how many. On the writer's thread. */
typedef uint32_t output_encoder(void *arg, const void *record, uint64_t number, struct json *out);
/* Who encodes records; before the first is pushed, and again only when settled. */
void output_encode_by(struct output *o, output_encoder *encode, void *arg);
/* Room for a record that becomes `lines->count` lines, to be filled and committed, aligned to 8 bytes; NULL when dropped (counted).
 * The analysis thread only, as output_push. */
void *output_reserve(struct output *o, const struct output_lines *lines);
void output_commit(struct output *o, size_t size);
/* Waits until all that was pushed has left the ring: from then on nothing uses the encoder. Who pushes only. */
void output_settle(struct output *o);
/* Makes what was pushed visible to the writer; call when idle. The analysis thread. */
void output_flush(struct output *o);
/* Asks the writer to reopen the sink (after rotation); any thread. */
void output_reopen(struct output *o);
/*
 * The end is near, and little more will be pushed: from now on output_push waits for room in every case, and a sink that takes
 * nothing for `wait_ms` is given up (without `wait`, one that is not through by then), so that neither it nor who pushes can hold the
 * end up for ever. Any thread, before output_close.
 */
void output_wind_down(struct output *o, int wait_ms);
/* Drains, flushes, closes, joins. Lines the sink would not take within `wait_ms` of silence are counted dropped. The final
 * counters go to `out`, and what output_failed says then to `why` (both may be NULL; `why` stays empty when all went well). After the
 * analysis thread has ended. */
void output_close(struct output *o, int wait_ms, struct output_counters *out, struct error *why);

/* Any thread. */
void output_count(const struct output *o, struct output_counters *out);
/* True when lines were lost or the sink failed at last; `why` (may be NULL) receives its words. */
bool output_failed(const struct output *o, struct error *why);

#endif
