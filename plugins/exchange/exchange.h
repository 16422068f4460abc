/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange.h - what the files of the exchange detector share.
 *
 * exchange.c hears the observations and decides, judge.c says whether a person or a program is at work, use.c remembers who used
 * which exchange how much, tell.c writes alerts, allow.c knows who may.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "allow.h"
#include "sensor_plugin.h"

enum {
    EXCHANGE_TEXT_MAX = 256,
    EXCHANGE_SLUG_MAX = 64,
    EXCHANGE_RHYTHM_MAX = 8, /* connections whose times are kept */
    EXCHANGE_ROLES_MAX = 16,
    EXCHANGE_USES_MAX = 1 << 20, /* the most that `uses` may be */
    EXCHANGE_ASKED_MAX = 256 /* DNS questions that wait for a connection; more are told at once */
};

/* How a name was learned. */
enum exchange_place { BY_TLS = 0, BY_QUIC, BY_HTTP, BY_DNS, BY_ADDRESS };

/* The rules; the index into exchange_rules. */
enum exchange_rule { RULE_CONNECTED = 0, RULE_ASKED, RULE_RESOLVED, RULE_WEB, RULE_ROLE };

/* One listed name that was seen. A value: it outlives the observation. */
struct exchange_sight {
    struct sensor_entry entry; /* its `matched` is not valid any more */
    enum exchange_place place;
    char name[EXCHANGE_TEXT_MAX]; /* printable */
    char slug[EXCHANGE_SLUG_MAX]; /* of the service: "htx-huobi" */
    uint8_t name_source;          /* BY_ADDRESS: enum sensor_name_source */
    uint32_t name_others;         /* BY_ADDRESS: other domains on the address */
    uint64_t name_age_ns;
};

/* One host's use of one exchange. */
struct exchange_use {
    uint64_t first_ns, last_ns; /* start of the first connection, latest sight of one */
    uint64_t web_ns;            /* latest sight of its web site */
    uint64_t alerted_ns;        /* 0: never */
    uint64_t flows, requests, bytes_out, bytes_in; /* of flows that have ended; requests: in clear HTTP */
    uint64_t start_ns[EXCHANGE_RHYTHM_MAX];        /* of the latest connections, a ring */
    uint32_t starts;                               /* ever */
    uint32_t days, day;                            /* days with a connection; the latest, since the epoch */
};

/* Who seems to be at work. */
enum exchange_actor { ACTOR_UNCLEAR = 0, ACTOR_BROWSER, ACTOR_PROGRAM };
enum { EXCHANGE_SIGNS_MAX = 6 };

struct exchange_judgement {
    enum exchange_actor actor;
    const char *sign[EXCHANGE_SIGNS_MAX + 1]; /* what speaks for it: short words, NULL-terminated */
    uint32_t signs;
};

/* A DNS question for an API host, until its flow has ended, and the one that may be its connection. */
struct exchange_asked {
    uint64_t flow_id, at_ns;
    uint64_t hope; /* the latest flow to an address that it gave, 0: none */
    bool ended;    /* the question's own flow has */
    struct exchange_sight sight;
};

struct exchange {
    const struct sensor_host *host;
    struct sensor_list *services;
    char list_name[EXCHANGE_TEXT_MAX];
    struct exchange_allow allow;
    char trading[EXCHANGE_ROLES_MAX][32], forbidden[EXCHANGE_ROLES_MAX][32]; /* roles; an empty one ends them */
    bool alert_on_dns;
    uint32_t limit, window_s;
    int from_minute, to_minute;  /* office hours, minutes of the local day; both 0: not judged */
    struct sensor_table *uses;   /* see use.c */
    struct sensor_table *flows;  /* flow id -> struct of exchange.c */
    struct exchange_asked asked[EXCHANGE_ASKED_MAX];
    size_t asked_count;
    uint64_t learning_since_ns;  /* when `uses` began to be kept; 0: now */
    uint64_t saved_ns;
    bool changed; /* since it was saved */
};

/* tell.c */

extern const struct sensor_rule exchange_rules[];
/* The names of the flow's outside end and what it does there, as one alert. `role` is the one that forbids it, or NULL. True when
 * an alert was written. */
struct exchange_told {
    enum exchange_rule rule;
    const struct exchange_sight *sight;
    const struct exchange_use *use;
    const struct exchange_judgement *judgement; /* NULL: not asked */
    const struct sensor_role *role;
};
bool exchange_tell(struct exchange *x, const struct observation *o, struct sensor_context *context, const struct exchange_told *what);
/* Copies bytes as printable ASCII; others, quotes and backslashes become '?'. */
void exchange_printable(char out[EXCHANGE_TEXT_MAX], struct slice s);
/* "HTX (Huobi)" becomes "htx-huobi": lower-case letters and digits, other runs as one hyphen. */
void exchange_slug(char out[EXCHANGE_SLUG_MAX], const char *service);

/* use.c */

/* False without memory. Reads what an earlier run saved. */
bool exchange_uses_open(struct exchange *x, uint32_t uses_max);
void exchange_uses_close(struct exchange *x);
/* The record of a host and an exchange, made when there is none. */
struct exchange_use *exchange_use_of(struct exchange *x, const struct address *host, const char *slug);
/* A connection began; one ended. */
void exchange_use_began(struct exchange *x, struct exchange_use *u, const struct observation *o);
void exchange_use_ended(struct exchange *x, struct exchange_use *u, const struct observation *o);
/* Was it alerted within the window before `ns`? */
bool exchange_use_is_told(const struct exchange *x, const struct exchange_use *u, uint64_t ns);
/* Do the connections come at even intervals? *median_s says which. */
bool exchange_use_is_even(const struct exchange_use *u, uint64_t *median_s);
/* Now and then, and at the end. */
void exchange_uses_save(struct exchange *x, uint64_t now_ns);

/* judge.c */

/* What the observation and what is known of the host say. */
void exchange_judge(const struct observation *o, const struct exchange_use *use, struct exchange_judgement *out);
/* Is the local time outside of the office hours, or a week-end? False when none are set. */
bool exchange_is_off_hours(const struct exchange *x, uint64_t ns);
/* Reads "08:00-18:30". */
bool exchange_read_hours(struct exchange *x, const char *text);

#endif
