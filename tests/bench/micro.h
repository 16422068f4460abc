/* SPDX-License-Identifier: Apache-2.0 */
/*
 * micro.h - what the files of the micro-benchmarks share: a step, what steps work on, and the tables of steps.
 */
#ifndef BENCH_MICRO_H
#define BENCH_MICRO_H

#include "analysis/merge.h"
#include "base/json.h"
#include "decode/decode.h"
#include "dissect/dissect.h"
#include "eve/eve.h"
#include "flow/classify.h"
#include "flow/flow_table.h"
#include "geo/geo.h"
#include "intel/list.h"
#include "micro_sample.h"

enum { BENCH_RINGS = 4 };

/* What a step works on; each uses what it needs. */
struct bench {
    struct sample sample;
    struct observations seen;
    struct decoder *decoder;
    struct flow *flows; /* working copies of sample.flows */
    struct flow_table *table;
    struct classifier *classifier;
    struct dissector *dissector;
    struct observer *observer;
    struct ring *ring[BENCH_RINGS];
    struct merge merge;
    uint64_t order; /* of the latest record in the rings */
    struct eve *eve;
    struct json line;
    struct event event;
    struct geo *geo;
    struct sensor_list *list;
    struct address *addresses; /* of both as many as micro_event.c says */
    char (*names)[32];
    struct packet *crowd; /* packets, one for each flow */
    uint64_t sum;         /* of results, so that none is left out by the compiler */
};

struct step {
    const char *name, *unit; /* NULL ends a table */
    void (*open)(struct bench *, long argument);
    long argument;
    uint64_t (*run)(struct bench *, uint64_t times); /* does its work so often; returns how many units that was */
    bool timed_only;                                 /* too long under callgrind */
};

/* micro_packet.c: frame to observation, rings. micro_event.c: observation to line, look-ups. */
extern const struct step packet_steps[], event_steps[];

extern const char *bench_pcaps, *bench_geo; /* folder of captures; geo database */

/* For calls that fail into must(). */
struct error *no_error(void);
/* `thing`, or the end of the program with the words of no_error() when it is NULL. */
void *must(void *thing);
/* The i-th of a repeatable row of numbers. */
uint64_t number_of(uint64_t i);
/* Loads the packets of one protocol and makes observations of them; for steps on what dissectors say. Ports 53, 80, 443, and 4433
 * for QUIC. */
void open_dissector(struct bench *b, long port);

#endif
