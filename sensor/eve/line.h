/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.h - one EVE line under construction: what every event type shares. Inside eve/ only.
 *
 * A line is opened for an event, the type's own file fills its object, line_close() ends it. Events of a packet begin with
 * line_open(); the flow event has an order of its own and uses the parts.
 */
#ifndef EVE_LINE_H
#define EVE_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/blackbox.h"
#include "base/clock.h"
#include "eve/eve.h"

#define STATS_COUNTERS_MAX (128u * (STATS_WORKERS_MAX + 1)) /* of Suricata's names: some 100, for each worker and for all */

enum { NDPI_TEXTS = 256, NDPI_TEXT_MAX = 480 };

/* The members of the ndpi object for one classification, as they were written last. */
struct ndpi_text {
    struct classification class;
    uint32_t size; /* bytes of text, 0: none yet */
    char text[NDPI_TEXT_MAX];
};

struct eve {
    struct eve_options options;
    struct clock_text stamp;           /* text of `timestamp`, which rises */
    struct clock_text span;            /* text of flow.start and flow.end, which jump */
    uint64_t lost;                     /* lines not built */
    uint64_t begun;                    /* number of the latest line, from 1 */
    uint64_t *counters_before;         /* STATS_COUNTERS_MAX of the last stats event; NULL: deltas are not wanted */
    struct ndpi_text ndpi[NDPI_TEXTS]; /* by a hash of the classification */
};

struct line {
    struct eve *eve;
    const struct event *event;
    const struct observation *seen; /* the event's observation, NULL for stats and an anomaly without a flow */
    struct json *json;
    size_t start;               /* where this line begins in `json` */
    bool server_first;          /* the header's source is the server */
    char client[ADDR_TEXT_MAX]; /* texts of the ends */
    char server[ADDR_TEXT_MAX];
};

/* A slice of a string literal or array, without its NUL. */
#define LITERAL(text) (text), (sizeof(text) - 1)

/* Begins a line for `event` at the end of `out`: the brace and the time stamp. */
void line_begin(struct line *l, struct eve *e, const struct event *event, struct json *out);
/* Who an event's `src_ip` is: always the client, or whoever sent the packet. */
enum line_source { SOURCE_CLIENT, SOURCE_PACKET };

/* The whole header of an event that belongs to a packet, "timestamp" to "community_id". */
void line_open(struct line *l, struct eve *e, const struct event *event, struct json *out, enum line_source source);
/* host, pcap_filename, ndpi, the brace and LF. Returns 1, or 0 when the line failed: it is taken back and counted. */
uint32_t line_close(struct line *l);

/* The parts, in no order. */
void line_flow_id(struct line *l);
void line_vlan(struct line *l);
/* src_ip, src_port, dest_ip, dest_port of the ends, ports only where the protocol has them. */
void line_ends(struct line *l, bool server_first);
void line_proto(struct line *l);
/* traffic, and with `with_flowvars` metadata.flowvars: where the outside end is and what it is called. */
void line_knowledge(struct line *l, bool with_flowvars);
void line_community_id(struct line *l);
/* "tunnel":{...} when the flow came in one. */
void line_tunnel(struct line *l);
/* "key":"2026-03-01T12:00:00.000100+0000" of a flow's time. */
void line_time(struct line *l, const char *key, uint64_t ns);
bool line_has_ports(const struct observation *seen);

/* Text of an address of this IP version into `out`[ADDR_TEXT_MAX]: IPv6 compressed or in full as the options say. */
char *line_address(const struct line *l, const struct address *a, bool is_v6, char *out);

/* Bytes behind a reference of the line's observation. */
static inline struct slice line_slice(const struct line *l, struct text_ref r)
{
    return observation_text(l->seen, r);
}

/* "key":"text" when there is text. */
void line_text(struct line *l, const char *key, struct text_ref r);

/* The application objects, "dns":{...} and so on; the observation must be of that kind. */
void dns_object_v3(struct line *l);
void dns_object_query(struct line *l, uint32_t question); /* version 2 */
void dns_object_answer(struct line *l);                   /* version 2 */
void tls_object(struct line *l);
void http_object(struct line *l);
void quic_object(struct line *l);
void ftp_object(struct line *l);
/* The flow's counters and ends, as Suricata writes them beside alerts. */
void volume_object(struct line *l);
/* "ja3":{...}, "ja3s":{...}, "ja4" as far as they are there; shared by tls and quic. */
void fingerprint_pair(struct line *l, const char *key, struct text_ref hash, struct text_ref text);

/* "ndpi":{...}, unless nothing is known or wanted, and lines are not numbered. */
void ndpi_object(struct line *l);
/* The member "crash" of ndpi.haetae. */
void crash_object(struct json *j, const struct blackbox_crash *crash);
/* The members "output", "run" and "event_seq", where lines are numbered; inside of ndpi.haetae. */
void line_number(const struct eve *e, struct json *j);

/* The event types; each returns how many lines it appended. */
uint32_t alert_lines(struct eve *e, const struct event *event, struct json *out);
uint32_t flow_lines(struct eve *e, const struct event *event, struct json *out);
uint32_t dns_line_count(const struct eve *e, const struct observation_dns *dns);
uint32_t dns_lines(struct eve *e, const struct event *event, struct json *out);
uint32_t tls_lines(struct eve *e, const struct event *event, struct json *out);
uint32_t http_lines(struct eve *e, const struct event *event, struct json *out);
uint32_t quic_lines(struct eve *e, const struct event *event, struct json *out);
uint32_t ftp_lines(struct eve *e, const struct event *event, struct json *out);
uint32_t ftp_data_lines(struct eve *e, const struct event *event, struct json *out);
/* The members `coverage`, `verdict` and `blind_because`. */
void stats_coverage(struct json *j, const struct stats *s);
void stats_capture(struct json *j, const struct stats *s);
uint32_t stats_lines(struct eve *e, const struct event *event, struct json *out);
uint32_t anomaly_lines(struct eve *e, const struct event *event, struct json *out);

#endif
