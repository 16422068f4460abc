/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats.c - the sensor's counters. Under `stats` only Suricata's own names whose meaning is the same here (the schema is
 * closed there); everything else under ndpi.haetae (stats_own.c), which is open and which nobody maps.
 *
 * Counters come in an order that never changes, so what each was in the event before stands in a plain array.
 */
#include "eve/stats_parts.h"

#include <assert.h>
#include <stdio.h>

/* Where counters go, and what they were before. */
struct stats_writer {
    struct json *json;
    uint64_t *before; /* STATS_COUNTERS_MAX, NULL: no deltas */
    size_t next;      /* in `before` */
    bool no_zeros;
};

/* "key":n, and "key_delta": what came since the event before (gauges may fall). */
static void count(struct stats_writer *w, const char *key, uint64_t n)
{
    char delta[64];
    int64_t since = 0;
    if (w->before) {
        assert(w->next < STATS_COUNTERS_MAX);
        since = (int64_t)(n - w->before[w->next]);
        w->before[w->next++] = n;
    }
    if (n == 0 && since == 0 && w->no_zeros)
        return;
    json_uint(w->json, key, n);
    if (!w->before)
        return;
    snprintf(delta, sizeof delta, "%s_delta", key);
    json_int(w->json, delta, since);
}

/* ------------------------------------------------------ Suricata's names */

static void capture_object(struct stats_writer *w, const struct capture_counters *c)
{
    json_open(w->json, "capture");
    count(w, "kernel_packets", c->kernel_received);
    count(w, "kernel_drops", c->kernel_dropped);
    count(w, "kernel_ifdrops", c->interface_dropped);
    count(w, "errors", c->failures);
    json_close(w->json);
}

/* Packets that the kernel counted and kept. */
static void flow_bypassed_object(struct stats_writer *w, const struct capture_counters *c)
{
    json_open(w->json, "flow_bypassed");
    count(w, "pkts", c->bypassed);
    count(w, "bytes", c->bypassed_bytes);
    json_close(w->json);
}

static uint64_t frames(const struct decode_counters *c)
{
    uint64_t sum = 0;
    for (int i = 0; i < DECODE_OUTCOME_COUNT; i++)
        sum += c->outcomes[i];
    return sum;
}

/* Broken, as opposed to of a kind we do not know or cannot read, or in parts. */
static uint64_t invalid(const struct decode_counters *c)
{
    return frames(c) - c->outcomes[DECODED] - c->outcomes[UNDECODED_LINK_TYPE] - c->outcomes[UNDECODED_ETHER_TYPE] -
           c->outcomes[UNDECODED_WIFI_ENCRYPTED] - c->outcomes[UNDECODED_MACSEC] - c->outcomes[FRAGMENT_KEPT] -
           c->outcomes[DUPLICATE];
}

bool stats_is_suricatas(enum decode_layer layer)
{
    static const enum decode_layer known[] = {
        LAYER_MPLS,   LAYER_PPPOE,        LAYER_PPP,          LAYER_CISCO_HDLC,   LAYER_VNTAG,        LAYER_BACKBONE_BRIDGE,
        LAYER_NSH,    LAYER_IPV4_IN_IPV4, LAYER_IPV6_IN_IPV4, LAYER_IPV4_IN_IPV6, LAYER_IPV6_IN_IPV6, LAYER_GRE,
        LAYER_ERSPAN, LAYER_VXLAN,        LAYER_GENEVE,       LAYER_TEREDO,       LAYER_TOO_DEEP};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i] == layer)
            return true;
    return false;
}

static void layers(struct stats_writer *w, const struct decode_counters *c)
{
    for (int i = 0; i < DECODE_LAYER_COUNT; i++)
        if (stats_is_suricatas((enum decode_layer)i))
            count(w, decode_layer_name((enum decode_layer)i), c->layers[i]);
}

static void decoder_object(struct stats_writer *w, const struct decode_counters *c)
{
    uint64_t decoded = c->outcomes[DECODED], not_ip = c->outcomes[UNDECODED_ETHER_TYPE];
    uint64_t other = not_ip > c->arp ? not_ip - c->arp : 0;
    json_open(w->json, "decoder");
    count(w, "pkts", frames(c));
    count(w, "bytes", c->bytes);
    count(w, "invalid", invalid(c));
    count(w, "ipv4", c->ipv4);
    count(w, "ipv6", c->ipv6);
    count(w, "ethernet", c->ethernet);
    count(w, "arp", c->arp);
    count(w, "unknown_ethertype", other);
    count(w, "raw", c->raw);
    count(w, "null", c->loopback);
    count(w, "sll", c->sll);
    count(w, "tcp", c->tcp);
    count(w, "udp", c->udp);
    count(w, "sctp", c->sctp);
    count(w, "icmpv4", c->icmpv4);
    count(w, "icmpv6", c->icmpv6);
    count(w, "vlan", c->vlan);
    count(w, "vlan_qinq", c->vlan_qinq);
    count(w, "vlan_qinqinq", c->vlan_qinqinq);
    layers(w, c);
    count(w, "avg_pkt_size", decoded > 0 ? c->bytes / decoded : 0);
    count(w, "max_pkt_size", c->max_packet_size);
    json_close(w->json);
}

static void defrag_version(struct stats_writer *w, const char *version, uint64_t fragments, uint64_t reassembled, uint64_t timeouts)
{
    json_open(w->json, version);
    count(w, "fragments", fragments);
    count(w, "reassembled", reassembled);
    count(w, "timeouts", timeouts);
    json_close(w->json);
}

static void defrag_object(struct stats_writer *w, const struct fragment_counters *c)
{
    json_open(w->json, "defrag");
    defrag_version(w, "ipv4", c->fragments_v4, c->reassembled_v4, c->timed_out_v4);
    defrag_version(w, "ipv6", c->fragments_v6, c->reassembled_v6, c->timed_out_v6);
    count(w, "max_trackers_reached", c->evicted);
    count(w, "memuse", c->memory_bytes);
    json_close(w->json);
}

static void flow_object(struct stats_writer *w, const struct flow_counters *c)
{
    json_open(w->json, "flow");
    count(w, "total", c->total);
    count(w, "active", c->active);
    count(w, "tcp", c->tcp);
    count(w, "udp", c->udp);
    count(w, "icmpv4", c->icmpv4);
    count(w, "icmpv6", c->icmpv6);
    count(w, "tcp_reuse", c->tcp_reuse);
    count(w, "memuse", c->memory_bytes);
    json_close(w->json);
}

static void tcp_object(struct stats_writer *w, const struct dissect_counters *c)
{
    json_open(w->json, "tcp");
    count(w, "overlap_diff_data", c->stream_overlaps);
    count(w, "reassembly_gap", c->stream_gaps);
    count(w, "reassembly_memuse", c->memory_bytes);
    count(w, "segment_memcap_drop", c->memory_refused);
    count(w, "stream_depth_reached", c->stream_limited);
    json_close(w->json);
}

static void detect_object(struct stats_writer *w, const struct analysis_counters *c)
{
    json_open(w->json, "detect");
    count(w, "alert", c->alerts + c->summaries);
    count(w, "alerts_suppressed", c->held_back + c->suppressed);
    json_close(w->json);
}

static void app_layer_object(struct stats_writer *w, const struct dissect_counters *c)
{
    json_open(w->json, "app_layer");
    json_open(w->json, "flow");
    count(w, "http", c->http);
    count(w, "http2", c->http2);
    count(w, "tls", c->tls);
    count(w, "dns_tcp", c->dns_tcp);
    count(w, "dns_udp", c->dns_udp);
    count(w, "quic", c->quic);
    count(w, "ftp", c->ftp);
    json_close(w->json);
    json_open(w->json, "tx");
    count(w, "http", c->http_transactions);
    count(w, "tls", c->tls_handshakes);
    count(w, "quic", c->quic_hellos);
    count(w, "ftp", c->ftp_transactions);
    json_close(w->json);
    json_close(w->json);
}

/* What one worker counts, or all of them together. */
static void worker_objects(struct stats_writer *w, const struct worker_counters *c, bool live)
{
    if (live) {
        capture_object(w, &c->capture);
        flow_bypassed_object(w, &c->capture);
    }
    decoder_object(w, &c->decode);
    defrag_object(w, &c->fragment);
    flow_object(w, &c->flow);
    tcp_object(w, &c->dissect);
}

/* A name becomes a key, so letters that JSON escapes are left out. */
static void make_key(char *out, size_t size, const char *name)
{
    snprintf(out, size, "%s", name);
    for (char *at = out; *at; at++)
        if ((unsigned char)*at < ' ' || (unsigned char)*at > '~' || *at == '"' || *at == '\\')
            *at = '_';
}

static void threads_object(struct stats_writer *w, const struct stats *s)
{
    char key[sizeof s->thread->name];
    json_open(w->json, "threads");
    for (uint32_t i = 0; i < s->thread_count; i++) {
        make_key(key, sizeof key, s->thread[i].name);
        json_open(w->json, key);
        worker_objects(w, &s->worker[i], true);
        app_layer_object(w, &s->worker[i].dissect);
        json_close(w->json);
    }
    json_close(w->json);
}

static void totals(struct stats_writer *w, const struct stats *s, bool live)
{
    worker_objects(w, &s->total, live);
    detect_object(w, &s->analysis);
    app_layer_object(w, &s->total.dissect);
}

void eve_counters(const struct stats *s, bool live, struct json *out)
{
    struct stats_writer w = {.json = out};
    json_uint(out, "uptime", s->uptime_s);
    totals(&w, s, live);
    stats_own(out, s, live, NULL);
}

static void stats_object(struct json *j, const struct stats *s, struct eve *e)
{
    const struct eve_options *o = &e->options;
    struct stats_writer w = {.json = j, .before = e->counters_before, .no_zeros = o->stats_no_zeros};
    json_open(j, "stats");
    json_uint(j, "uptime", s->uptime_s);
    if (!o->stats_no_totals)
        totals(&w, s, o->interfaces != NULL);
    if (o->stats_threads && s->thread_count && s->worker)
        threads_object(&w, s);
    json_close(j);
}

uint32_t stats_lines(struct eve *e, const struct event *event, struct json *out)
{
    assert(event->stats != NULL);
    struct line l;
    line_begin(&l, e, event, out);
    json_raw(out, "event_type", LITERAL("\"stats\""));
    stats_object(out, event->stats, e);
    stats_own(out, event->stats, e->options.interfaces != NULL, e);
    return line_close(&l);
}
