/* SPDX-License-Identifier: Apache-2.0 */
/* incident_inside.h - what incident.c, incident_tell.c and incident_state.c share. */
#ifndef ANALYSIS_INCIDENT_INSIDE_H
#define ANALYSIS_INCIDENT_INSIDE_H

#include "analysis/incident.h"
#include "analysis/words.h"
#include "base/table.h"

#define EVENTS_PER_HOST 32u
#define BEST_MAX        8u
#define SCORE_NEEDED    60
#define SURE_PCT        50u /* confidence from which on infrastructure counts as met */

/* One fact of a host: a step, a detector and what it is about; seen once or more often. Texts are numbers of t->words. */
struct incident_event {
    uint64_t first_ns, last_ns;
    uint64_t weighed_ns;    /* when it was worth most, as of today: severity and confidence_pct are of then */
    uint64_t sure_ns;       /* first time with a confidence of SURE_PCT or more, 0 never */
    uint64_t flow_id;       /* of the first time */
    uint64_t target;        /* hash of what the detector calls the same fact */
    struct address peer;    /* the other end */
    uint32_t sid;
    uint32_t signature, value, report;
    uint16_t port;          /* of the server */
    char detector[4];
    uint8_t step;           /* enum incident_step */
    uint8_t severity;       /* 1..3 */
    uint8_t confidence_pct; /* 0..100 */
    uint8_t reserved[3];
};

struct incident_host {
    uint64_t told_ns;    /* the last chain told, 0 none */
    uint32_t told_steps; /* bit for each enum incident_step in it, and TOLD_STRONG */
    uint16_t revision;   /* chains told of this incident */
    uint8_t count, room; /* of `event` */
    struct incident_event *event; /* owned: most hosts have one or two */
};

/* A host that waits to be judged when time has moved on. */
struct incident_waiting {
    struct address host;
    struct observation head; /* of the latest step */
    uint8_t step;
    bool host_is_server, flow_told;
};

#define WAITING_MAX 256u

struct incidents {
    struct incident_options options;
    struct sensor_table *hosts; /* struct address -> struct incident_host */
    struct words *words;
    struct incident_waiting waiting[WAITING_MAX];
    uint32_t waiting_count;
    uint64_t waiting_ns; /* when they began to wait */
    uint64_t saved_ns;
    bool changed;
    struct incident_counters counters;
};

/* Strong: the score is enough. Slow: it was while the events were new, but they lie days apart. */
enum incident_chain { CHAIN_NONE = 0, CHAIN_SLOW, CHAIN_STRONG };
#define TOLD_STRONG (1u << STEP_NONE) /* among the steps: told as a strong chain */

/* What the judge found. */
struct incident_judgement {
    const struct incident_event *best[BEST_MAX]; /* worth most first */
    double worth[BEST_MAX];
    uint32_t best_count;
    double score, score_when_new; /* the second as if nothing had been halved */
    uint32_t steps; /* bits of enum incident_step, and TOLD_STRONG */
    enum incident_chain chain;
};

/* What an event is worth at now_ns. */
double incident_worth(const struct incident_event *e, uint64_t now_ns);
void incident_judge(const struct incident_host *h, uint64_t now_ns, struct incident_judgement *out);
/* Room for one more event, EVENTS_PER_HOST at most; NULL when there is none. It is not counted yet. */
struct incident_event *incident_next_event(struct incident_host *h);
/* Gives the texts of an event back. */
void incident_drop_texts(struct incidents *t, const struct incident_event *e);
/* The order of a story: time, then step, flow, rule, fact. For qsort. */
int incident_earlier(const void *a, const void *b);

/* Tells a chain (incident_tell.c). */
void incident_tell(struct incidents *t, const struct incident_waiting *w, const struct incident_host *h,
                   const struct incident_judgement *found);

/* From and to the state service (incident_state.c). */
void incident_load(struct incidents *t);
void incident_save(struct incidents *t);

#endif
