/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.h - what the analysis hands to EVE: an observation with everything known about it. One event is one EVE line (dns
 * version 2: several).
 *
 * A record (flow, dns, tls, http, quic, ftp) can be packed: one block of bytes that points into itself alone, to be encoded later
 * and by another thread.
 */
#ifndef ANALYSIS_EVENT_H
#define ANALYSIS_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/stats.h"
#include "analysis/threshold.h"
#include "sensor_plugin.h"

enum event_type {
    EVENT_ALERT = 0, EVENT_FLOW, EVENT_DNS, EVENT_TLS, EVENT_HTTP, EVENT_QUIC, EVENT_FTP, EVENT_STATS, EVENT_ANOMALY, EVENT_FTP_DATA,
    EVENT_TYPE_COUNT
};
#define EVENT_BIT(type) (1u << (type))

#define NOTE_WORDS_MAX 4
#define NOTE_WORD_SIZE 64

/* What the analysis remembers of a flow beside its observations. */
struct flow_note {
    uint64_t flow_id;
    bool alerted;
    uint8_t id_count, label_count;
    char id[NOTE_WORDS_MAX][NOTE_WORD_SIZE];    /* traffic.id, e.g. "binance" */
    char label[NOTE_WORDS_MAX][NOTE_WORD_SIZE]; /* traffic.label, e.g. "crypto-exchange" */
};

struct event {
    enum event_type type;
    const struct observation *observation; /* NULL for EVENT_STATS, and for an EVENT_ANOMALY without a flow */
    const struct flow_note *note;          /* NULL when nothing is remembered */
    const struct sighting *sighting;       /* EVENT_ALERT */
    uint64_t held_back;                    /* EVENT_ALERT: same fact held back since the last alert of it */
    const struct threshold_repeats *repeats; /* EVENT_ALERT: this sums them up (a line from ALERT_SUMMARY_LEAST on); NULL: an alert of its own */
    const struct stats *stats;             /* EVENT_STATS */
    const struct blackbox_crash *crash;    /* EVENT_ANOMALY: an earlier life of this process ended in it */
    const struct sensor_geo *geo;          /* of the outside end, EVENT_ALERT and EVENT_FLOW; NULL: nothing known */
    bool geo_is_server;                    /* which end that is */
    const struct sensor_name *name;        /* EVENT_FLOW: what the outside end is called; NULL: it has no name */
};

/* When it happened, packet time in ns; of a crash the wall clock's. */
uint64_t event_time(const struct event *event);

/* Bytes that event_pack needs for a record; a multiple of 8. Alerts, stats and anomalies cannot be packed. */
size_t event_packed_size(const struct event *event);
/* Writes a record to `to`, aligned to 8 bytes: a struct event and behind it all that it points to. It must not be moved. */
void event_pack(const struct event *event, void *to);

/* "alert", "flow", ... */
const char *event_type_name(enum event_type type);
/* The type with that name, or -1. */
int event_type_of(const char *name);

#endif
