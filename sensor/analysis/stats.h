/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats.h - every counter of the sensor, in one place. Each thread counts for itself; workers send theirs as a record through
 * their ring, so a stats event stands at a definite place in the order of events and nothing is shared.
 */
#ifndef ANALYSIS_STATS_H
#define ANALYSIS_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/coverage.h"
#include "analysis/incident.h"
#include "analysis/names.h"
#include "base/blackbox.h"
#include "capture/capture.h"
#include "capture/interface.h"
#include "decode/decode.h"
#include "dissect/dissect.h"
#include "flow/ack_gap.h"
#include "flow/classify.h"
#include "flow/flow_table.h"
#include "flow/observer.h"

/* Records that travel the ring but are no business of plugins. */
enum internal_kind {
    OBSERVE_PROGRESS = 64, /* a head alone: this worker will send nothing ordered before `order` any more */
    OBSERVE_COUNTERS = 65  /* struct observation_counters */
};

/* What one worker counted since it started. */
struct worker_counters {
    struct capture_counters capture;
    struct decode_counters decode;
    struct decode_unreads unread;
    struct fragment_counters fragment;
    struct flow_counters flow;
    struct classify_counters classify;
    struct dissect_counters dissect;
    struct observer_counters observer;
    struct ack_gap_counters ack_gap;
    uint64_t damaged;               /* the capture broke */
    uint64_t first_ns, last_ns;     /* packet times seen, 0 when none */
    uint64_t ring_waits, ring_lost; /* observations that waited for room; live: that found none */
    uint64_t shut_packets;          /* of flows that an earlier life died of: counted, not looked into */
    uint64_t ring_shed;             /* live: of little worth, left out while the ring was nearly full */
    uint64_t stopped;               /* asked to stop before the end of its files */
};

struct observation_counters {
    struct observation head;
    bool last; /* the worker says no more behind it */
    struct worker_counters counters;
};

struct analysis_counters {
    uint64_t observations;
    uint64_t shut_observations; /* not shown to the detector that an earlier life died in on the same flow */
    uint64_t sightings; /* raised by detectors = alerts + held_back + suppressed */
    uint64_t alerts, held_back, suppressed;
    uint64_t summaries; /* alerts beside those: windows closed that held something back */
    uint64_t alerts_by_severity[4]; /* index 1..3 */
    uint64_t labels_lost;           /* words beyond a flow's bound */
    uint64_t ftp_data_lost;         /* data connections of FTP that were no longer awaited because the table was full */
    uint64_t notes, notes_lost;     /* flows with something remembered now; not remembered because the table was full */
    uint64_t thresholds, thresholds_lost;
    struct names_counters names;
    struct incident_counters incidents;
    struct coverage_counters coverage;
};

struct plugin_counter {
    const char *plugin;
    const char *name;
    uint64_t value;
};

#define OUTPUT_NUMBERS_MAX 8

/* A number that an output plugin counts for itself. */
struct output_number {
    const char *name; /* a literal */
    uint64_t value;
};

/* Why a line did not reach its sink. */
enum drop_reason {
    DROP_QUEUE_FULL = 0, /* no room in memory */
    DROP_SPOOL_FULL,     /* nor on the disk */
    DROP_SPOOL_DAMAGED,  /* somebody destroyed it there while we ran */
    DROP_TOO_LONG,       /* longer than a line may be */
    DROP_REFUSED,        /* the sink said that it will never take it */
    DROP_GIVEN_UP,       /* the sink took nothing for too long, or the end came first */
    DROP_REASON_COUNT
};

/*
 * The account of a sink, in lines: produced + recovered = written + dropped + spooled + queued, at every moment. Gap records, which
 * the output makes itself, stand beside it.
 */
struct output_counters {
    const char *name;
    uint64_t produced;
    uint64_t recovered; /* found in the spool at the start */
    uint64_t written;   /* taken by the sink for good */
    uint64_t dropped;   /* sum of dropped_by */
    uint64_t spooled;   /* on the disk now */
    uint64_t queued;    /* in memory now */
    uint64_t dropped_by[DROP_REASON_COUNT];
    uint64_t dropped_alerts; /* of `dropped` */
    uint64_t gaps;           /* gap records that the sink took */
    uint64_t bytes;          /* written, gap records too */
    uint64_t failures;       /* writes that failed and were tried again */
    uint64_t outages;        /* times that a working sink stopped to work */
    struct output_number number[OUTPUT_NUMBERS_MAX];
    uint32_t number_count;
};

/* "queue_full", ... */
const char *drop_reason_name(enum drop_reason reason);

/* A file of indicators. */
struct list_facts {
    const char *name;
    uint32_t rows;
    uint32_t reloads;  /* since the start */
    int64_t written_s; /* when the file was last written, seconds since the epoch */
    uint64_t digest;   /* of all lists that are searched together with it */
};

#define STATS_OUTPUTS_MAX         16
#define STATS_PLUGIN_COUNTERS_MAX 64
#define STATS_LISTS_MAX           64
#define STATS_WORKERS_MAX         64

/* An interface, and one packet thread on it. */
struct interface_facts {
    const char *name;
    uint32_t threads;
    bool up;
    struct capture_counters capture;
    uint64_t decoded; /* packets */
};
struct thread_facts {
    char name[32]; /* W#01-eth0; its counters are `worker` of the same index */
};

/* The whole sensor at one moment. */
struct stats {
    uint64_t time_ns; /* packet time in files, wall time live */
    uint64_t uptime_s;
    uint32_t workers;
    const struct worker_counters *worker; /* each; NULL where only the total counts */
    struct worker_counters total; /* sum over workers; first_ns and last_ns the extremes */
    struct analysis_counters analysis;
    struct output_counters output[STATS_OUTPUTS_MAX];
    uint32_t output_count;
    struct plugin_counter plugin[STATS_PLUGIN_COUNTERS_MAX];
    uint32_t plugin_count;
    struct interface_facts interface[INTERFACES_MAX]; /* live */
    uint32_t interface_count;
    struct thread_facts thread[INTERFACE_THREADS_MAX]; /* live */
    uint32_t thread_count;
    uint64_t account_checks, account_breaks; /* accounts.h: how often looked at; sums that did not add up */
    uint32_t detectors;
    struct list_facts list[STATS_LISTS_MAX]; /* of indicators */
    uint32_t list_count;
    const char *prefix[COVERAGE_PREFIXES_MAX]; /* texts of the parts of HOME_NET that analysis.coverage counts */
    bool is_watched;                 /* by a supervisor; then: */
    uint32_t restarts, shut_flows;   /* lives before this one; flows in quarantine */
    struct blackbox_loss crash_loss; /* what their ends cost */
    uint32_t geo_databases;
    uint64_t geo_built_s; /* the newest of them, seconds since the epoch */
    uint32_t threads_stalled;
    uint64_t thread_stalls; /* since the start, of all threads */
    uint32_t lists_refused; /* reloads that failed, so that the old lists were kept */
};

/* total += one handle's. */
void stats_add_capture(struct capture_counters *total, const struct capture_counters *one);
void stats_add_dissect(struct dissect_counters *total, const struct dissect_counters *one);
/* Whether no list before the i-th has its name: detectors may share a file. */
bool stats_list_is_first(const struct stats *s, uint32_t i);
/* total += one worker's. */
void stats_add_worker(struct worker_counters *total, const struct worker_counters *one);

#endif
