/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dprk.h - what the files of the dprk detector share.
 *
 * One way through: dprk.c looks at an observation; contact.c, name.c, tls.c and dns.c find the list row that it touches and describe
 * it as a hit; judge.c holds the row against the packet's time, prove.c gathers what else speaks for it, grade.c says how loud the hit
 * may be, tell.c writes it down. Everything runs on the host's one analysis thread. Lists may change between two observations, so no
 * row is kept longer than one.
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
    DPRK_NAME_MAX = 1024,   /* bytes of a name in presentation form (RFC 1035 5.1) */
    DPRK_LISTS_MAX = 64,    /* files of one option */
    DPRK_ROWS_MAX = 16,     /* rows of one hit that are looked at: the same value in several lists, wider ones around it */
    DPRK_PROOFS_MAX = 8,    /* independent proofs of one alert */
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
    SID_CERTIFICATE_NAME = 1790800,
    SID_URL = 1790900,
    SID_JA3 = 1791000,
    SID_JA3S,
    SID_JA4,
    SID_CERTIFICATE = 1791100,
    SID_NAMED_ANSWERED = 1791200,
    SID_NAMED_SILENT
};

/* What kind of thing a row stands for; it decides the words and the rule variant. */
enum dprk_class { ROW_ACTOR = 0, ROW_LAUNDERING = 50, ROW_NETWORK = 60, ROW_CANARY = 70 };

/* What to do with an indicator that did not hold at the time of the packet. */
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
    struct sensor_entry entry; /* its `matched` points to `address` */
    struct address address;    /* as looked for; unset when a name led here */
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

/* A question for a listed name whose answer is awaited. flow_id 0: free. The name is looked up again when the answer comes. */
struct dprk_pending {
    uint64_t flow_id;
    uint16_t dns_id;
    uint16_t qtype;
    uint16_t name_size;
    uint8_t name[DPRK_NAME_MAX];
};

/* The detector's state; owned by the host between open and close. */
struct dprk {
    const struct sensor_host *host;
    struct sensor_list *indicators;
    struct sensor_list *shared; /* what many share, and names known as lawful; NULL when the option is empty */
    struct sensor_list *actors; /* NULL when the option is empty */
    struct dprk_policy policy;
    uint32_t limit; /* alerts per window for one host and indicator; 0: all */
    uint32_t window_s;
    uint64_t canary_ns; /* packet time of the latest canary, 0 none yet */
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

/* judge.c */

/* Did the indicator hold when the packet passed? */
enum dprk_validity { IN_WINDOW = 0, BEFORE_FIRST_REPORT, AFTER_EXPIRY };

/* A row held against a packet's time. Days are never negative. */
struct dprk_judgement {
    enum dprk_validity validity;
    bool known;            /* the row says when it was last reported */
    int64_t age_days;      /* from the last report to the packet */
    int64_t early_days;    /* from the packet to the first report */
    int64_t lifetime_days; /* days that its kind stays fresh, INT64_MAX for ever */
    uint8_t fresh_pct;     /* 100 while it is reported, 50 at the end of its life, never below 10 */
};

/* By valid_from and valid_until where the list has them, else by first report, last report and kind. */
struct dprk_judgement dprk_judge(const struct indicator *row, uint64_t time_ns);
/* "in_window", ... */
const char *dprk_validity_name(enum dprk_validity v);
/* "2026-03-14", "" for 0. Returns out. */
char *dprk_date(int64_t seconds, char out[16]);
/* Value of `key` in the row's note ("key=value; key=value"), printable, into `out`; false when absent. */
bool dprk_note(const struct indicator *row, const char *key, char out[DPRK_TEXT_MAX]);

/* prove.c */

/* What speaks for a hit, independently of one another. */
struct dprk_proof {
    const char *kind;    /* "sni", "address_port", ... */
    uint8_t weight_pct;  /* how much it proves by itself */
    char text[DPRK_WHY_SIZE];
};

struct dprk_proofs {
    struct dprk_proof item[DPRK_PROOFS_MAX];
    size_t count;
    const char *shared; /* why an address proves little here: a sentence, or NULL */
    char shared_text[DPRK_WHY_SIZE];
};

/* Gathers what this observation and its flow say for the hit, the hit itself first. */
void dprk_prove(struct dprk *d, const struct observation *o, struct sensor_context *context, const struct dprk_hit *hit,
                struct dprk_proofs *out);
/* All of them together, 0..100: 1 - (1 - a)(1 - b)... */
uint8_t dprk_weight_pct(const struct dprk_proofs *p);

/* grade.c */

/* The class that the row's category belongs to. */
enum dprk_class dprk_class_of(const struct indicator *row);
/* What grading needs to know beside the hit. */
struct dprk_case {
    const struct dprk_hit *hit;
    const struct indicator *row;
    const struct dprk_proofs *proofs;
    const struct observation *observation;
    struct dprk_judgement judged;
};
/* The name of the counter for a row that the policy keeps silent, NULL when it may be heard. */
const char *dprk_silent(const struct dprk *d, const struct dprk_case *c);
/* Severity 1..3. Every step down from the rule's is appended to `why` (NULL: only the number is wanted). */
uint8_t dprk_severity(const struct dprk *d, const struct dprk_case *c, struct dprk_why *why);
/* 0..100: proofs times confidence times freshness. */
uint8_t dprk_score(const struct dprk_case *c);

/* tell.c */

/* Grades the hit and, when it may be heard, raises it. True when the policy let it through. */
bool dprk_tell(struct dprk *d, const struct observation *o, struct sensor_context *context, const struct dprk_hit *hit);
/* Appends a sentence; more than DPRK_WHY_MAX are dropped, and all when `why` is NULL. */
void dprk_because(struct dprk_why *why, const char *format, ...) SENSOR_PRINTF(2, 3);
/* Copies `s` as printable ASCII: other bytes, quotes and backslashes become '?'. Cut to fit; always terminated. */
void dprk_printable(char out[DPRK_TEXT_MAX], struct slice s);

/* contact.c */

/* Looks for an address in the list, also for an IPv4 one wrapped in IPv6, and fills `row` when it is there. `ip_version` tells an
 * address mapped on the wire from plain IPv4. */
bool dprk_find_address(const struct dprk *d, const struct address *a, int ip_version, struct dprk_row *row);
/* Does `port` fit the ports of the row? */
enum dprk_port_fit dprk_fit_port(const struct dprk *d, const struct sensor_entry *entry, uint16_t port);
/* D01, D02: the two ends of a flow, on OBSERVE_REPLIED, _TLS, _HTTP_REQUEST, _CLASSIFIED and _ENDED. */
void dprk_see_contact(struct dprk *d, const struct observation *o, struct sensor_context *context);

/* name.c */

/* A value that an internal client said or was told, how, and by which rule that is told. */
struct dprk_saying {
    struct slice value;
    const char *said, *matched_on, *detail; /* detail: NULL for none */
    enum dprk_sid sid;
};
/* Tells a row that a saying led to; true when the policy let it through. */
bool dprk_tell_saying(struct dprk *d, const struct observation *o, struct sensor_context *context, const struct dprk_saying *s,
                      const struct sensor_entry *entry);
/* Tells a listed name; true when the policy let it through. The asking end must be internal: outsiders can say any name they like. */
bool dprk_see_name(struct dprk *d, const struct observation *o, struct sensor_context *context, const struct dprk_saying *s);
/* D07, D09. */
void dprk_see_http(struct dprk *d, const struct observation_http *o, struct sensor_context *context);

/* tls.c */

/* A fact of a TLS handshake that is listed. */
struct dprk_fact {
    struct sensor_entry entry;
    enum dprk_sid sid;
    const char *matched_on, *said;
    struct slice value; /* points into the observation or `text` */
    char text[DPRK_TEXT_MAX];
};
/* The listed facts of a handshake beside its server name, `i` from 0; false past the last. */
bool dprk_tls_fact(const struct dprk *d, const struct observation *o, size_t i, struct dprk_fact *out);
/* D05, D06, D08, D10, D11. */
void dprk_see_tls(struct dprk *d, const struct observation_tls *o, struct sensor_context *context);
void dprk_see_quic(struct dprk *d, const struct observation_quic *o, struct sensor_context *context);

/* dns.c */

/* D03, D04. */
void dprk_see_dns(struct dprk *d, const struct observation_dns *o, struct sensor_context *context);
/* A flow is over: tells the questions of it that nobody answered. */
void dprk_end_dns(struct dprk *d, const struct observation *o, struct sensor_context *context);

/* named.c */

/* D12: a flow that hides its name, on OBSERVE_TLS, _QUIC, _CLASSIFIED and _ENDED. */
void dprk_see_named(struct dprk *d, const struct observation *o, struct sensor_context *context);

#endif
