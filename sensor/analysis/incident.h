/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident.h - D28: the story of one host, from the sightings of all detectors.
 *
 * Every sighting, also one that a threshold holds back or suppresses, is an event of its internal host. Events belong to stages:
 * A delivery, B infrastructure, C control, D theft, E value. One is worth 40, 20 or 8 (severity 1, 2, 3) times its confidence, half
 * of that a day later, a quarter after two. A chain is told when the best eight are worth SCORE_NEEDED, two stages or more are
 * there, and sure infrastructure came before theft or value; and again when a new step comes, never for the same ones. When they were
 * worth that much only while they were new, the chain is a slow one, of severity 2.
 *
 * All runs on packet time. What is due is judged when time has moved on, so the order of events of the same time does not matter.
 */
#ifndef ANALYSIS_INCIDENT_H
#define ANALYSIS_INCIDENT_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/roles.h"
#include "sensor_plugin.h"

struct incidents;

/* What happened, in the order of an intrusion. Within a stage of value each kind of service is a step of its own. */
enum incident_step {
    STEP_NONE = 0,
    STEP_DELIVERY,       /* A */
    STEP_INFRASTRUCTURE, /* B */
    STEP_CONTROL,        /* C */
    STEP_THEFT,          /* D */
    STEP_EXCHANGE,       /* E, as all that follow */
    STEP_BLOCKCHAIN,     /* wallets, RPC nodes */
    STEP_LAUNDERING,     /* bridges, mixers, swaps */
    STEP_MINING,
    STEP_COUNT
};

struct incident_options {
    uint32_t most;                  /* hosts remembered; 0: no chains */
    uint64_t window_ns;             /* an event older than this is forgotten */
    const struct roles *roles;      /* NULL: none */
    const struct sensor_host *host; /* keeps the state */
    /* Tells a chain. `head` is about its latest event, at the time that it is judged; `flow_told`: that flow is known to have alerted. */
    void (*raise)(void *arg, const struct observation *head, bool flow_told, const struct sighting *s);
    void *arg;
};

struct incident_counters {
    uint64_t hosts, hosts_evicted;   /* remembered now; given up because there were too many */
    uint64_t events, events_evicted; /* sightings and labels that counted; facts given up because a host had too many */
    uint64_t chains, revisions;      /* told for the first time; told again with a new step */
    uint64_t words_refused;          /* texts left out because there were too many */
};

/* The rules of D28; ends with sid 0. */
extern const struct sensor_rule incident_rules[];

/* Goes on from the state that was kept, if there is any. NULL without memory. */
struct incidents *incidents_new(const struct incident_options *options);
/* Keeps the state. */
void incidents_free(struct incidents *t);

/* A sighting on `o`, at its time; `flow_told`: o's flow record says, or will say, that it alerted. */
void incidents_see(struct incidents *t, const struct observation *o, const struct sighting *s, bool flow_told);
/* A label that a detector put on o's flow: visits to services of value count a little, also where they do not alert. */
void incidents_label(struct incidents *t, const struct observation *o, const char *id, const char *label);

/* Time has come to now_ns: judges what happened before. Cheap to call often. */
void incidents_advance(struct incidents *t, uint64_t now_ns);
/* Judges all: nothing will come any more. */
void incidents_finish(struct incidents *t);

void incidents_count(const struct incidents *t, struct incident_counters *out);

/* The step that a rule's sightings belong to. */
enum incident_step incident_step_of(const struct sensor_rule *rule, uint8_t severity);
/* 'A' to 'E'. */
char incident_stage(enum incident_step step);
/* "infrastructure" */
const char *incident_step_name(enum incident_step step);

#endif
