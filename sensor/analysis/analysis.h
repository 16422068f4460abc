/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analysis.h - the one thread that knows: takes observations in order, runs the detectors, remembers flows, emits events.
 *
 * Everything here is called from the analysis thread alone, so there are no locks.
 */
#ifndef ANALYSIS_ANALYSIS_H
#define ANALYSIS_ANALYSIS_H

#include <stddef.h>
#include <stdint.h>

#include "analysis/coverage.h"
#include "analysis/event.h"
#include "analysis/incident.h"
#include "analysis/names.h"
#include "analysis/roles.h"
#include "analysis/threshold_rules.h"
#include "base/addr.h"
#include "base/error.h"

struct analysis;
struct geo;

struct analysis_detector {
    const struct sensor_plugin *plugin;
    const struct sensor_options *options;
};

struct analysis_options {
    const struct addr_set *home_net;
    const struct coverage_prefix *home_prefix; /* its parts, for the account of what was seen */
    size_t home_prefix_count;
    struct geo *geo;                /* NULL: no enrichment */
    const struct roles *roles;      /* NULL: none */
    struct threshold_rules *threshold_rules; /* NULL: none; their hits are counted */
    uint32_t threshold_facts;       /* remembered at once; 0: as many as usual */
    uint32_t notes;                 /* flows remembered that alerted or have labels; 0: as many as usual */
    bool alert_summaries;           /* an alert when a window closes that held repeats back; else the next alert tells */
    struct names_options names;     /* most 0: no passive DNS */
    uint32_t incident_hosts;        /* hosts whose sightings may make a chain; 0: no chains */
    uint64_t incident_window_ns;
    const struct sensor_host *host; /* from host_init, option getters filled */
    const struct analysis_detector *detectors;
    size_t detector_count;
    uint32_t events; /* EVENT_BIT()s some output wants */
    void (*emit)(void *arg, const struct event *event);
    void *arg;
};

/* Opens every detector. NULL and `error` when one refuses. */
struct analysis *analysis_open(const struct analysis_options *options, struct error *error);
void analysis_close(struct analysis *a);

/* OBSERVE_BIT()s that detectors or outputs need from the workers. */
uint32_t analysis_wants(const struct analysis *a);

/* One observation, in order. Fills its client_internal and server_internal. */
void analysis_observe(struct analysis *a, struct observation *o);

/* No observation will come any more: detectors tick a last time, and what thresholds still hold back is told. May be called again. */
void analysis_finish(struct analysis *a, uint64_t now_ns);

void analysis_count(const struct analysis *a, struct analysis_counters *out);
/* Named counters of the plugins; returns how many were written to `out`. */
uint32_t analysis_plugin_counters(const struct analysis *a, struct plugin_counter *out, uint32_t most);

/* What of the stats does not change while running: detectors, lists, parts of HOME_NET. */
void analysis_describe(const struct analysis *a, struct stats *out);

#endif
