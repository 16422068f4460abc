/* SPDX-License-Identifier: Apache-2.0 */
/*
 * behaviour.h - what the files of this plugin share: detectors that need no list of anything bad, only memory.
 *
 * Each detector is a file with its own bounded table. They meet in `struct peer` (what a flow's outside end is called) and in
 * tell.c, which turns facts into an alert. Times are packet time.
 */
#ifndef BEHAVIOUR_H
#define BEHAVIOUR_H

#include <string.h>

#include "sensor_plugin.h"

#define NS_PER_S  UINT64_C(1000000000)
#define HOUR_S    3600u
#define DAY_S     86400u
#define HOUR_NS   (HOUR_S * NS_PER_S)
#define DAY_NS    (DAY_S * NS_PER_S)

enum { NAME_ROOM = 64 }; /* a name's last 63 bytes, zeros behind */

enum behaviour_rule {
    RULE_BEACON_DAY = 0,
    RULE_BEACON_WEEK,
    RULE_STROBE,
    RULE_COUNT
};
extern const struct sensor_rule behaviour_rules[];

struct behaviour {
    const struct sensor_host *host;
    struct sensor_list *usual;        /* names of services that are regular by their nature; NULL: none given */
    struct sensor_table *contacts;    /* beacon.c: pairs seen a few times */
    struct sensor_table *beacons;     /* beacon.c: pairs seen often */
    double beacon_score;              /* from here on it alerts */
};

/* The outside end of a flow. */
struct peer {
    char name[NAME_ROOM];   /* "" when none is known */
    struct slice at;        /* the same without zeros */
    bool said;              /* the flow says its name itself; else the host resolved it */
};

/* A TCP or UDP flow from one of ours to one public address: what the detectors look at. */
bool behaviour_concerns(const struct observation *o);
void behaviour_peer(const struct behaviour *b, struct sensor_context *context, struct peer *out);

/* Is the service listed as regular (`use`: "beacon", "upload", "dns")? Names end in the listed one. */
bool behaviour_is_usual(const struct behaviour *b, struct slice name, const char *use);

/* ------------------------------------------------------------------ beacon.c */

bool beacon_open(struct behaviour *b, uint32_t pairs_max);
void beacon_close(struct behaviour *b);
/* A flow is over. Judges the pair when a new hour has begun for it. */
void beacon_see(struct behaviour *b, const struct observation *ended, struct sensor_context *context, const struct peer *peer);
/* Judges all pairs: the capture is at its end. */
void beacon_finish(struct behaviour *b, struct sensor_context *context);

/* -------------------------------------------------------------------- tell.c */

enum { FACTS_MAX = 32, WHY_MAX = 10, WHY_ROOM = 240 };

/* What an alert will say, being gathered. Texts given to it must live until it is told. */
struct report {
    enum behaviour_rule rule;
    uint8_t severity;       /* 0: the rule's */
    uint8_t confidence_pct;
    uint32_t window_s;      /* one alert in it for each host and `dedup` */
    char dedup[NAME_ROOM + 64];
    char signature[161];
    struct evidence fact[FACTS_MAX];
    size_t fact_count;
    char why[WHY_MAX][WHY_ROOM];
    size_t why_count;
};

void report_text(struct report *, const char *name, const char *text); /* left out when empty */
void report_number(struct report *, const char *name, int64_t number);
void report_because(struct report *, const char *format, ...) SENSOR_PRINTF(2, 3);
/* Bytes of the network as a C string of printable ASCII without quotes; cut to fit. */
void behaviour_printable(char *out, size_t room, struct slice text);
/* Raises it, on the observation at hand, or on `head` when that is not NULL. True when an alert was written. */
bool report_tell(const struct behaviour *b, struct sensor_context *context, const struct observation *head, struct report *);

#endif
