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

enum {
    NAME_ROOM = 64, /* a name's last 63 bytes, zeros behind */
    SIZE_CLASSES = 40,
    QUIET_PORTS_MAX = 32
};

enum behaviour_rule {
    RULE_FIRST_SEEN = 0,
    RULE_BEACON_DAY,
    RULE_BEACON_WEEK,
    RULE_STROBE,
    RULE_LONG,
    RULE_UPLOAD_FLOW,
    RULE_UPLOAD_DAY,
    RULE_DNS_INFORMATION,
    RULE_DNS_NAMES,
    RULE_DNS_TYPES,
    RULE_DNS_ENCODED,
    RULE_DIRECT,
    RULE_COUNT
};
extern const struct sensor_rule behaviour_rules[];

struct behaviour {
    const struct sensor_host *host;
    struct sensor_list *usual;        /* names of services that are regular by their nature; NULL: none given */
    struct sensor_table *places;      /* first_seen.c: every place that anybody reached */
    struct sensor_table *clock;       /* one entry: the time at which all was kept */
    struct sensor_table *hosts;       /* host.c: each host of ours */
    struct sensor_table *contacts;    /* beacon.c: pairs seen a few times */
    struct sensor_table *beacons;     /* beacon.c: pairs seen often */
    struct sensor_table *lasting;     /* long.c: flows of an hour and more, and what was told of them */
    struct sensor_table *uploads;     /* upload.c: pairs of a day */
    struct sensor_table *asked;       /* dns_tunnel.c: host and registered domain */
    uint64_t learning_since_ns;       /* the first observation ever, over restarts */
    uint64_t learn_ns;                /* how long until "never before" means something */
    uint64_t saved_ns, kept_ns;
    bool places_changed, has_begun;
    uint64_t ticked_ns;
    uint16_t quiet_port[QUIET_PORTS_MAX]; /* long.c: meant to stay open */
    size_t quiet_ports;
    double beacon_score;              /* from here on it alerts */
    uint64_t upload_bytes;
    uint64_t upload_ratio;
    uint64_t tunnel_bytes;            /* information in names of one domain in an hour */
};

/* One of ours: what the other detectors judge it by. */
struct host_facts {
    uint64_t first_dns_ns, last_dns_ns; /* answers that it got */
    uint32_t direct_hour, direct_count; /* places without a name, in that hour */
    uint32_t flows;
    uint32_t sent[SIZE_CLASSES];        /* flows by the binary logarithm of what they sent */
};

/* A place that somebody of ours has reached: a registered domain, an address without a name, or an autonomous system. */
struct place {
    uint64_t first_ns, last_ns;
    uint64_t host_bits; /* one of 64 for each host, by hash: enough to tell a few from most */
};

/* The outside end of a flow. */
struct peer {
    char name[NAME_ROOM];   /* "" when none is known */
    struct slice at;        /* the same without zeros */
    bool said;              /* the flow says its name itself; else the host resolved it */
    bool numeric;           /* an address where a name should be: then `name` is empty */
};

/* A TCP or UDP flow from one of ours to one public address: what the detectors look at. */
bool behaviour_concerns(const struct observation *o);
void behaviour_peer(const struct behaviour *b, struct sensor_context *context, struct peer *out);

/* Is the service listed as regular (`use`: "beacon", "upload", "dns")? Names end in the listed one. */
bool behaviour_is_usual(const struct behaviour *b, struct slice name, const char *use);

/* -------------------------------------------------------------------- host.c */

bool hosts_open(struct behaviour *b, uint32_t hosts_max);
/* The host's record, made when there is none. */
struct host_facts *host_take(struct behaviour *b, const struct address *host);
/* An answer with records came back. */
void host_resolved(struct behaviour *b, const struct observation *o);
void host_sent(struct host_facts *, uint64_t bytes);
/* What 99 of 100 flows of the host do not exceed, 0 below 100 flows. */
uint64_t host_sends_usually(const struct host_facts *);

/* -------------------------------------------------------------- first_seen.c */

bool first_seen_open(struct behaviour *b, uint32_t places_max);
void first_seen_close(struct behaviour *b);
/* A flow that was answered is over. Labels and tells a first contact. */
void first_seen_see(struct behaviour *b, const struct observation *ended, struct sensor_context *context, const struct peer *peer);
/* Keeps the set, once an hour at most. */
void first_seen_save(struct behaviour *b, uint64_t now_ns);
/* The place called so, or at this address; NULL when nobody reached it. */
const struct place *place_of(const struct behaviour *b, struct slice name, const struct address *server);
/* Has nobody of ours reached it before the last days? False while learning. */
bool place_is_new(const struct behaviour *b, const struct place *, uint64_t now_ns);
/* Do half of ten or more hosts reach it? */
bool place_is_common(const struct behaviour *b, const struct place *);

/* -------------------------------------------------------------------- long.c */

bool long_open(struct behaviour *b, uint32_t flows_max);
/* A flow has lasted another hour, or ended. */
void long_see(struct behaviour *b, const struct observation *o, struct sensor_context *context, const struct peer *peer);

/* ------------------------------------------------------------------ upload.c */

bool upload_open(struct behaviour *b, uint32_t pairs_max);
void upload_see(struct behaviour *b, const struct observation *ended, struct sensor_context *context, const struct peer *peer);

/* -------------------------------------------------------------- dns_tunnel.c */

bool dns_tunnel_open(struct behaviour *b, uint32_t pairs_max);
void dns_tunnel_see(struct behaviour *b, const struct observation_dns *o, struct sensor_context *context);
void dns_tunnel_finish(struct behaviour *b, struct sensor_context *context);

/* ------------------------------------------------------------------ direct.c */

void direct_see(struct behaviour *b, const struct observation *ended, struct sensor_context *context, const struct peer *peer);

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
