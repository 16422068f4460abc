/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow.c - the event written when a flow has ended. The most frequent one, and the one with a field order of its own.
 */
#include "eve/line.h"

#include <assert.h>

#include "eve/names.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void icmp(struct line *l, const struct observation_ended *o)
{
    if (o->head.proto != IP_PROTO_ICMP && o->head.proto != IP_PROTO_ICMPV6)
        return;
    json_uint(l->json, "icmp_type", o->head.icmp_type);
    json_uint(l->json, "icmp_code", o->head.icmp_code);
    if (o->head.packets[TO_CLIENT] == 0)
        return;
    json_uint(l->json, "response_icmp_type", o->reply_icmp_type);
    json_uint(l->json, "response_icmp_code", o->reply_icmp_code);
}

static const char *state_name(uint8_t state)
{
    static const char *const names[] = {[FLOW_NEW] = "new", [FLOW_ESTABLISHED] = "established", [FLOW_CLOSED] = "closed"};
    return state < COUNT(names) ? names[state] : "new";
}

static const char *reason_name(uint8_t reason)
{
    static const char *const names[] = {
        [END_TIMEOUT] = "timeout", [END_FORCED] = "forced", [END_SHUTDOWN] = "shutdown", [END_TCP_REUSE] = "tcp_reuse"};
    return reason < COUNT(names) ? names[reason] : "unknown";
}

/* Of the counters above, what the kernel counted; as Suricata tells of its own bypass in the capture. */
static void bypassed(struct json *j, const struct observation_ended *o)
{
    json_raw(j, "bypass", LITERAL("\"capture\""));
    json_open(j, "bypassed");
    json_uint(j, "pkts_toserver", o->bypassed_packets[TO_SERVER]);
    json_uint(j, "pkts_toclient", o->bypassed_packets[TO_CLIENT]);
    json_uint(j, "bytes_toserver", o->bypassed_bytes[TO_SERVER]);
    json_uint(j, "bytes_toclient", o->bypassed_bytes[TO_CLIENT]);
    json_close(j);
}

static void flow_object(struct line *l, const struct observation_ended *o)
{
    struct json *j = l->json;
    const struct flow_note *note = l->event->note;
    uint64_t start = o->head.start_ns, end = o->head.last_ns > start ? o->head.last_ns : start;
    json_open(j, "flow");
    json_uint(j, "pkts_toserver", o->head.packets[TO_SERVER]);
    json_uint(j, "pkts_toclient", o->head.packets[TO_CLIENT]);
    json_uint(j, "bytes_toserver", o->head.bytes[TO_SERVER]);
    json_uint(j, "bytes_toclient", o->head.bytes[TO_CLIENT]);
    line_time(l, "start", start);
    line_time(l, "end", end);
    json_uint(j, "age", end / NS_PER_S - start / NS_PER_S);
    json_text(j, "state", state_name(o->state));
    json_text(j, "reason", reason_name(o->reason));
    json_bool(j, "alerted", note != NULL && note->alerted);
    if (o->tx_count > 0)
        json_uint(j, "tx_cnt", o->tx_count);
    if (o->bypassed_packets[TO_SERVER] || o->bypassed_packets[TO_CLIENT])
        bypassed(j, o);
    json_close(j);
}

static void ether(struct line *l)
{
    const struct observation *o = l->seen;
    if (!l->eve->options.ethernet || (o->marks & MARK_HAS_MAC) == 0)
        return;
    json_open(l->json, "ether");
    json_open_array(l->json, "dest_macs");
    json_hex(l->json, NULL, (struct slice){o->server_mac, sizeof o->server_mac}, ':', false);
    json_close_array(l->json);
    json_open_array(l->json, "src_macs");
    json_hex(l->json, NULL, (struct slice){o->client_mac, sizeof o->client_mac}, ':', false);
    json_close_array(l->json);
    json_close(l->json);
}

static void flags_hex(struct json *j, const char *key, uint8_t flags)
{
    json_hex(j, key, (struct slice){&flags, 1}, '\0', false);
}

/* Only the flags that were seen. */
static void flags_seen(struct json *j, uint8_t flags)
{
    static const struct {
        const char *name;
        uint8_t bit;
    } names[] = {{"syn", 0x02}, {"fin", 0x01}, {"rst", 0x04}, {"psh", 0x08},
                 {"ack", 0x10}, {"urg", 0x20}, {"ecn", 0x40}, {"cwr", 0x80}};
    for (size_t i = 0; i < COUNT(names); i++)
        if ((flags & names[i].bit) != 0)
            json_raw(j, names[i].name, LITERAL("true"));
}

static const char *tcp_state_name(uint8_t state)
{
    static const char *const names[] = {
        [TCP_STATE_NONE] = "none",
        [TCP_STATE_SYN_SENT] = "syn_sent",
        [TCP_STATE_SYN_RECV] = "syn_recv",
        [TCP_STATE_ESTABLISHED] = "established",
        [TCP_STATE_FIN_WAIT1] = "fin_wait1",
        [TCP_STATE_FIN_WAIT2] = "fin_wait2",
        [TCP_STATE_TIME_WAIT] = "time_wait",
        [TCP_STATE_LAST_ACK] = "last_ack",
        [TCP_STATE_CLOSE_WAIT] = "close_wait",
        [TCP_STATE_CLOSING] = "closing",
        [TCP_STATE_CLOSED] = "closed",
    };
    return state < COUNT(names) ? names[state] : "none";
}

static void tcp_object(struct line *l, const struct observation_ended *o)
{
    struct json *j = l->json;
    uint8_t both = o->tcp_flags[TO_SERVER] | o->tcp_flags[TO_CLIENT];
    json_open(j, "tcp");
    flags_hex(j, "tcp_flags", both);
    flags_hex(j, "tcp_flags_ts", o->tcp_flags[TO_SERVER]);
    flags_hex(j, "tcp_flags_tc", o->tcp_flags[TO_CLIENT]);
    flags_seen(j, both);
    json_text(j, "state", tcp_state_name(o->tcp_state));
    if (o->gaps[TO_SERVER] > 0)
        json_raw(j, "ts_gap", LITERAL("true"));
    if (o->gaps[TO_CLIENT] > 0)
        json_raw(j, "tc_gap", LITERAL("true"));
    json_close(j);
}

uint32_t flow_lines(struct eve *e, const struct event *event, struct json *out)
{
    assert(event->observation->kind == OBSERVE_ENDED);
    const struct observation_ended *o = (const struct observation_ended *)event->observation;
    const char *app = app_proto_name(o->head.app_proto);
    struct line l;
    line_begin(&l, e, event, out);
    line_flow_id(&l);
    json_raw(out, "event_type", LITERAL("\"flow\""));
    line_vlan(&l);
    line_ends(&l, false);
    json_uint(out, "ip_v", o->head.ip_version);
    line_proto(&l);
    icmp(&l, o);
    if (app != NULL)
        json_text(out, "app_proto", app);
    flow_object(&l, o);
    line_knowledge(&l, true);
    ether(&l);
    line_community_id(&l);
    line_tunnel(&l);
    if (o->head.proto == IP_PROTO_TCP)
        tcp_object(&l, o);
    return line_close(&l);
}
