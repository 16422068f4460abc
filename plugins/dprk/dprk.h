/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dprk.h - what the files of the dprk detector share.
 *
 * One way through: dprk.c looks at an observation, contact.c, name.c and dns.c find the list row that
 * it touches and describe it as a hit, grade.c says how loud the hit may be, tell.c writes it down.
 * Everything runs on the host's one analysis thread; nothing here is shared with another thread.
 */
#ifndef DPRK_H
#define DPRK_H

#include "sensor_plugin.h"

enum {
    DPRK_TEXT_MAX = 256,    /* bytes of one printable value, NUL included */
    DPRK_WHY_MAX = 16,      /* sentences of one alert: the host's bound */
    DPRK_WHY_SIZE = 320,    /* bytes of one sentence, NUL included */
    DPRK_ALIAS_MAX = 24,    /* synonyms of one actor that are told */
    DPRK_CHAIN_MAX = 16,    /* links of a DNS chain that are told */
    DPRK_PENDING_MAX = 256, /* questions for a listed name that wait for their answer */
    DPRK_TOLD_MAX = 1024    /* inbound flows remembered as reported; a power of two */
};

/* SIDs of the plain variants; dprk_rule() adds the class of the row (rules.c). */
enum dprk_sid {
    SID_IP_ANSWERED = 1790100,
    SID_IP_SILENT,
    SID_IP_INBOUND,
    SID_IP_SCAN,
    SID_PORT_ANSWERED = 1790200,
    SID_PORT_SILENT,
    SID_DNS_QUERY = 1790300,
    SID_DNS_FAILED,
    SID_ANSWER_ADDRESS = 1790400,
    SID_ANSWER_ALIAS,
    SID_ANSWER_SERVER,
    SID_TLS_SNI = 1790500,
    SID_QUIC_SNI = 1790600,
    SID_HTTP_HOST = 1790700,
    SID_HTTP_CONNECT,
    SID_URL = 1790900,
    SID_NAMED_ANSWERED = 1791200,
    SID_NAMED_SILENT
};

/* What kind of thing a row stands for; it decides the words and the rule variant. */
enum dprk_class { ROW_ACTOR = 0, ROW_LAUNDERING = 50, ROW_NETWORK = 60 };

/* What to do with an indicator whose last report is older than its kind stays fresh. */
enum dprk_ageing { AGEING_REPORT = 0, AGEING_LOWER, AGEING_MUTE };

/* The confidence and ageing policy, from the options. */
struct dprk_policy {
    int64_t full_pct;  /* at or above: the rule's own severity */
    int64_t least_pct; /* at or above, but below full: one step lower; below: no alert */
    int64_t url_pct;   /* the same bound for whole URLs, which are far narrower than names */
    enum dprk_ageing ageing;
};

/* Does the port in the packets fit the ports in the report? */
enum dprk_port_fit { PORT_NOT_REPORTED = 0, PORT_FITS, PORT_DIFFERS };

/* A row of the list that an address led to. */
struct dprk_row {
    struct sensor_entry entry;
    const char *embedded_from; /* how the IPv4 address was wrapped in IPv6, or NULL */
};

/* One observation that touches one row of the list. Large: built once the row is found, not for every look. */
struct dprk_hit {
    struct dprk_row row;         /* what matched */
    enum dprk_sid sid;           /* what was seen */
    const char *matched_on;      /* EVE field that matched: "tls.sni" */
    char matched[DPRK_TEXT_MAX]; /* its value, printable */
    enum dprk_port_fit port_fit;
    uint16_t port;                         /* port that port_fit speaks of; 0 when it does not apply */
    bool inbound;                          /* the outside end opened the flow */
    char event[DPRK_WHY_SIZE];             /* the first sentence: who did what to whom */
    const char *detail;                    /* one more sentence, or NULL */
    const char *chain[DPRK_CHAIN_MAX + 1]; /* links of a DNS answer in order, NULL-terminated; or empty */
    const struct sensor_name *name;        /* how the flow got its name, or NULL */
    const char *doubt;                     /* a sentence: why this is one step less severe; or NULL */
};

/* Sentences that explain one alert. */
struct dprk_why {
    char text[DPRK_WHY_MAX][DPRK_WHY_SIZE];
    const char *line[DPRK_WHY_MAX + 1]; /* NULL-terminated view of text */
    size_t count;
};

/* A question for a listed name whose answer is awaited. flow_id 0: free. */
struct dprk_pending {
    uint64_t flow_id;
    struct sensor_entry entry; /* its `matched` is not valid any more */
    uint16_t dns_id;
    uint16_t qtype;
    char name[DPRK_TEXT_MAX];
};

/* The detector's state; owned by the host between open and close. */
struct dprk {
    const struct sensor_host *host;
    struct sensor_list *indicators;
    struct sensor_list *actors; /* NULL when the option is empty */
    struct dprk_policy policy;
    char list_name[DPRK_TEXT_MAX]; /* the list as the options name it, printable */
    uint32_t limit;                /* alerts per window for one host and indicator; 0: all */
    uint32_t window_s;
    uint32_t pending_count;
    struct dprk_pending pending[DPRK_PENDING_MAX];
    uint64_t told[DPRK_TOLD_MAX]; /* flow ids, by their low bits; a collision costs a second alert at worst */
    uint64_t named[DPRK_TOLD_MAX]; /* the same for flows told by the name of their address */
};

/* rules.c */

/* All rules, ended by sid 0: the descriptor's table. */
extern const struct sensor_rule dprk_rules[];
/* The rule for what was seen of a row of class `c`; never NULL for a value of enum dprk_sid. */
const struct sensor_rule *dprk_rule(enum dprk_sid sid, enum dprk_class c);

/* grade.c */

/* The class that the row's category column belongs to. */
enum dprk_class dprk_class_of(const struct dprk *d, const struct sensor_entry *row);
/* Confidence column as 0..100; 0 when it is missing or not a number. */
int64_t dprk_confidence_pct(const struct dprk *d, const struct sensor_entry *row);
/* Days from the row's last_seen to `time_ns`, never negative; -1 when the column holds no date. A month counts from
 * its last day, so that the age is not overstated. */
int64_t dprk_age_days(const struct dprk *d, const struct sensor_entry *row, uint64_t time_ns);
/* Severity 1..3 for a hit, or 0 when the policy keeps it silent (it is then counted, with its reason). Every step
 * taken from `base` is appended to `why`. */
uint8_t dprk_grade(struct dprk *d, const struct dprk_hit *hit, const struct observation *o, struct sensor_context *context,
                   struct dprk_why *why);
/* Value of `key` in the row's note column ("key=value; key=value"), printable, into `out`; false when absent. */
bool dprk_note(const struct dprk *d, const struct sensor_entry *row, const char *key, char out[DPRK_TEXT_MAX]);

/* tell.c */

/* Grades the hit and, when it may be heard, raises it. True when the policy let it through. */
bool dprk_tell(struct dprk *d, const struct observation *o, struct sensor_context *context, const struct dprk_hit *hit);
/* Appends a sentence; more than DPRK_WHY_MAX are dropped. */
void dprk_because(struct dprk_why *why, const char *format, ...) SENSOR_PRINTF(2, 3);
/* Copies `s` as printable ASCII: other bytes, quotes and backslashes become '?'. Cut to fit; always terminated. */
void dprk_printable(char out[DPRK_TEXT_MAX], struct slice s);

/* contact.c */

/* Looks for an address in the list, also for an IPv4 one wrapped in IPv6, and fills `row` when it is there. `ip_version` tells an
 * address mapped on the wire from plain IPv4. */
bool dprk_find_address(const struct dprk *d, const struct address *a, int ip_version, struct dprk_row *row);
/* Fills hit->port and hit->port_fit from the row's ports column. */
void dprk_fit_port(const struct dprk *d, struct dprk_hit *hit, uint16_t port);
/* D01, D02: the two ends of a flow, on OBSERVE_REPLIED, _TLS, _HTTP_REQUEST, _CLASSIFIED and _ENDED. */
void dprk_see_contact(struct dprk *d, const struct observation *o, struct sensor_context *context);

/* name.c */

/* D05 to D07, D09. */
void dprk_see_tls(struct dprk *d, const struct observation_tls *o, struct sensor_context *context);
void dprk_see_quic(struct dprk *d, const struct observation_quic *o, struct sensor_context *context);
void dprk_see_http(struct dprk *d, const struct observation_http *o, struct sensor_context *context);

/* dns.c */

/* D03, D04. */
void dprk_see_dns(struct dprk *d, const struct observation_dns *o, struct sensor_context *context);
/* A flow is over: tells the questions of it that nobody answered. */
void dprk_end_dns(struct dprk *d, const struct observation *o, struct sensor_context *context);

/* named.c */

/* D12: a flow that hides its name, on OBSERVE_TLS, _QUIC, _CLASSIFIED and _ENDED. */
void dprk_see_named(struct dprk *d, const struct observation *o, struct sensor_context *context);

#endif
