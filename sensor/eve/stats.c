/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats.c - the sensor's counters. Under `stats` only Suricata's own names whose meaning is the same here (the schema is
 * closed there); everything else under ndpi.haetae, which is open and which nobody maps.
 *
 * No object stands under a key that Elastic maps by name (end, start, name, ...), and rows with a name of their own are
 * arrays, so that configuration cannot make new keys.
 */
#include "eve/line.h"

#include <assert.h>

/* ------------------------------------------------------ Suricata's names */

static void capture_object(struct json *j, const struct capture_counters *c)
{
    json_open(j, "capture");
    json_uint(j, "kernel_packets", c->kernel_received);
    json_uint(j, "kernel_drops", c->kernel_dropped);
    json_uint(j, "kernel_ifdrops", c->interface_dropped);
    json_uint(j, "errors", c->failures);
    json_close(j);
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

/* Suricata counts these, and has no names for the others. */
static bool is_suricatas(enum decode_layer layer)
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

static void layers(struct json *j, const struct decode_counters *c, bool suricatas)
{
    for (int i = 0; i < DECODE_LAYER_COUNT; i++)
        if (is_suricatas((enum decode_layer)i) == suricatas)
            json_uint(j, decode_layer_name((enum decode_layer)i), c->layers[i]);
}

static void decoder_object(struct json *j, const struct decode_counters *c)
{
    uint64_t decoded = c->outcomes[DECODED], not_ip = c->outcomes[UNDECODED_ETHER_TYPE];
    uint64_t other = not_ip > c->arp ? not_ip - c->arp : 0;
    json_open(j, "decoder");
    json_uint(j, "pkts", frames(c));
    json_uint(j, "bytes", c->bytes);
    json_uint(j, "invalid", invalid(c));
    json_uint(j, "ipv4", c->ipv4);
    json_uint(j, "ipv6", c->ipv6);
    json_uint(j, "ethernet", c->ethernet);
    json_uint(j, "arp", c->arp);
    json_uint(j, "unknown_ethertype", other);
    json_uint(j, "raw", c->raw);
    json_uint(j, "null", c->loopback);
    json_uint(j, "sll", c->sll);
    json_uint(j, "tcp", c->tcp);
    json_uint(j, "udp", c->udp);
    json_uint(j, "sctp", c->sctp);
    json_uint(j, "icmpv4", c->icmpv4);
    json_uint(j, "icmpv6", c->icmpv6);
    json_uint(j, "vlan", c->vlan);
    json_uint(j, "vlan_qinq", c->vlan_qinq);
    json_uint(j, "vlan_qinqinq", c->vlan_qinqinq);
    layers(j, c, true);
    json_uint(j, "avg_pkt_size", decoded > 0 ? c->bytes / decoded : 0);
    json_uint(j, "max_pkt_size", c->max_packet_size);
    json_close(j);
}

static void defrag_version(struct json *j, const char *version, uint64_t fragments, uint64_t reassembled, uint64_t timeouts)
{
    json_open(j, version);
    json_uint(j, "fragments", fragments);
    json_uint(j, "reassembled", reassembled);
    json_uint(j, "timeouts", timeouts);
    json_close(j);
}

static void defrag_object(struct json *j, const struct fragment_counters *c)
{
    json_open(j, "defrag");
    defrag_version(j, "ipv4", c->fragments_v4, c->reassembled_v4, c->timed_out_v4);
    defrag_version(j, "ipv6", c->fragments_v6, c->reassembled_v6, c->timed_out_v6);
    json_uint(j, "max_trackers_reached", c->evicted);
    json_uint(j, "memuse", c->memory_bytes);
    json_close(j);
}

static void flow_object(struct json *j, const struct flow_counters *c)
{
    json_open(j, "flow");
    json_uint(j, "total", c->total);
    json_uint(j, "active", c->active);
    json_uint(j, "tcp", c->tcp);
    json_uint(j, "udp", c->udp);
    json_uint(j, "icmpv4", c->icmpv4);
    json_uint(j, "icmpv6", c->icmpv6);
    json_uint(j, "tcp_reuse", c->tcp_reuse);
    json_uint(j, "memuse", c->memory_bytes);
    json_close(j);
}

static void tcp_object(struct json *j, const struct dissect_counters *c)
{
    json_open(j, "tcp");
    json_uint(j, "overlap_diff_data", c->stream_overlaps);
    json_uint(j, "reassembly_gap", c->stream_gaps);
    json_uint(j, "reassembly_memuse", c->memory_bytes);
    json_uint(j, "stream_depth_reached", c->stream_limited);
    json_close(j);
}

static void detect_object(struct json *j, const struct analysis_counters *c)
{
    json_open(j, "detect");
    json_uint(j, "alert", c->alerts + c->summaries);
    json_uint(j, "alerts_suppressed", c->held_back + c->suppressed);
    json_close(j);
}

static void app_layer_object(struct json *j, const struct dissect_counters *c)
{
    json_open(j, "app_layer");
    json_open(j, "flow");
    json_uint(j, "http", c->http);
    json_uint(j, "http2", c->http2);
    json_uint(j, "tls", c->tls);
    json_uint(j, "dns_tcp", c->dns_tcp);
    json_uint(j, "dns_udp", c->dns_udp);
    json_uint(j, "quic", c->quic);
    json_uint(j, "ftp", c->ftp);
    json_close(j);
    json_open(j, "tx");
    json_uint(j, "http", c->http_transactions);
    json_uint(j, "tls", c->tls_handshakes);
    json_uint(j, "quic", c->quic_hellos);
    json_uint(j, "ftp", c->ftp_transactions);
    json_close(j);
    json_close(j);
}

static void stats_object(struct json *j, const struct stats *s, bool live)
{
    json_open(j, "stats");
    json_uint(j, "uptime", s->uptime_s);
    if (live)
        capture_object(j, &s->total.capture);
    decoder_object(j, &s->total.decode);
    defrag_object(j, &s->total.fragment);
    flow_object(j, &s->total.flow);
    tcp_object(j, &s->total.dissect);
    detect_object(j, &s->analysis);
    app_layer_object(j, &s->total.dissect);
    json_close(j);
}

/* -------------------------------------------------------------- our own */

/* received = decoded + duplicates + filtered + all of undecoded_by_reason. */
static void packets(struct json *j, const struct worker_counters *c)
{
    json_open(j, "packets");
    json_uint(j, "received", c->capture.received + c->capture.filtered);
    json_uint(j, "decoded", c->decode.outcomes[DECODED]);
    json_uint(j, "duplicates", c->decode.outcomes[DUPLICATE]);
    json_uint(j, "filtered", c->capture.filtered);
    json_uint(j, "tunnelled", c->decode.tunnelled);
    json_uint(j, "fragments", c->decode.fragments);
    json_uint(j, "truncated", c->decode.truncated);
    json_uint(j, "checksums", c->decode.checksums);
    json_uint(j, "bad_checksums", c->decode.bad_checksums);
    json_open(j, "undecoded_by_reason");
    for (int i = DECODED + 1; i < DUPLICATE; i++)
        json_uint(j, decode_outcome_name((enum decode_outcome)i), c->decode.outcomes[i]);
    json_close(j);
    json_close(j);
}

static void encapsulations(struct json *j, const struct decode_counters *c)
{
    json_open(j, "encapsulations");
    layers(j, c, false);
    json_close(j);
}

/* Frames that were kept as fragments = joined + salvaged + lost + waiting. */
static void fragments(struct json *j, const struct fragment_counters *c, const struct decode_counters *d)
{
    json_open(j, "fragments");
    json_uint(j, "evicted", c->evicted);
    json_uint(j, "salvaged", c->salvaged);
    json_uint(j, "overlapped", c->overlapped);
    json_uint(j, "repeated", c->repeated);
    json_uint(j, "refused", c->refused);
    json_uint(j, "joined_frames", d->joined_frames);
    json_uint(j, "salvaged_frames", c->salvaged_frames);
    json_uint(j, "lost_frames", c->lost_frames);
    json_uint(j, "waiting_frames", c->waiting);
    json_uint(j, "capwap_reassembled", c->reassembled_other);
    json_uint(j, "capwap_timeouts", c->timed_out_other);
    json_close(j);
}

static void flows(struct json *j, const struct flow_counters *f, const struct classify_counters *c)
{
    json_open(j, "flows");
    json_uint(j, "expired", f->expired);
    json_uint(j, "evicted", f->evicted);
    json_uint(j, "shutdown", f->shutdown);
    json_uint(j, "sctp", f->sctp);
    json_uint(j, "other", f->other);
    json_close(j);
    json_open(j, "classify");
    json_uint(j, "packets", c->packets);
    json_uint(j, "detected", c->detected);
    json_uint(j, "guessed", c->guessed);
    json_uint(j, "unknown", c->unknown);
    json_uint(j, "live", c->live);
    json_uint(j, "limited", c->limited);
    json_close(j);
}

static void dissect(struct json *j, const struct dissect_counters *c)
{
    json_open(j, "dissect");
    json_uint(j, "dtls_flows", c->dtls);
    json_uint(j, "dns_messages", c->dns_messages);
    json_uint(j, "malformed", c->malformed);
    json_close(j);
}

static void observations(struct json *j, const struct worker_counters *w, const struct analysis_counters *a)
{
    json_open(j, "observations");
    json_uint(j, "delivered", w->observer.records);
    json_uint(j, "analysed", a->observations);
    json_uint(j, "cut_texts", w->observer.cut_texts);
    json_uint(j, "ring_waits", w->ring_waits);
    json_uint(j, "ring_lost", w->ring_lost);
    json_uint(j, "ring_shed", w->ring_shed);
    json_close(j);
}

static void alerts(struct json *j, const struct analysis_counters *a)
{
    json_open(j, "alerts");
    json_uint(j, "sightings", a->sightings);
    json_uint(j, "written", a->alerts);
    json_uint(j, "held_back", a->held_back);
    json_uint(j, "suppressed", a->suppressed);
    json_uint(j, "summaries", a->summaries);
    json_uint(j, "high", a->alerts_by_severity[1]);
    json_uint(j, "medium", a->alerts_by_severity[2]);
    json_uint(j, "low", a->alerts_by_severity[3]);
    json_uint(j, "labels_lost", a->labels_lost);
    json_uint(j, "notes", a->notes);
    json_uint(j, "notes_lost", a->notes_lost);
    json_uint(j, "thresholds", a->thresholds);
    json_uint(j, "thresholds_lost", a->thresholds_lost);
    json_close(j);
}

static void names(struct json *j, const struct names_counters *c)
{
    json_open(j, "passive_dns");
    json_uint(j, "answers", c->answers);
    json_uint(j, "unsolicited", c->unsolicited);
    json_uint(j, "pairs", c->pairs);
    json_uint(j, "addresses", c->addresses);
    json_uint(j, "pairs_evicted", c->pairs_evicted);
    json_uint(j, "addresses_evicted", c->addresses_evicted);
    json_uint(j, "questions_evicted", c->questions_evicted);
    json_uint(j, "replaced", c->replaced);
    json_uint(j, "words", c->words);
    json_uint(j, "words_refused", c->words_refused);
    json_close(j);
}

static void incidents(struct json *j, const struct incident_counters *c)
{
    json_open(j, "incidents");
    json_uint(j, "hosts", c->hosts);
    json_uint(j, "hosts_evicted", c->hosts_evicted);
    json_uint(j, "events", c->events);
    json_uint(j, "events_evicted", c->events_evicted);
    json_uint(j, "chains", c->chains);
    json_uint(j, "revisions", c->revisions);
    json_uint(j, "words_refused", c->words_refused);
    json_close(j);
}

/* What crashes cost that the supervisor caught. */
static void lives(struct json *j, const struct stats *s)
{
    json_open(j, "supervisor");
    json_uint(j, "restarts", s->restarts);
    json_uint(j, "packets_lost", s->crash_loss.packets);
    json_uint(j, "packets_unseen_at_most", s->crash_loss.unseen);
    json_uint(j, "flows_lost", s->crash_loss.flows);
    json_uint(j, "observations_lost", s->crash_loss.observations);
    json_uint(j, "lines_lost", s->crash_loss.lines);
    json_uint(j, "flows_in_quarantine", s->shut_flows);
    json_uint(j, "packets_in_quarantine", s->total.shut_packets);
    json_close(j);
}

static void outputs(struct json *j, const struct stats *s)
{
    static const char *const drop_key[DROP_REASON_COUNT] = {
        [DROP_QUEUE_FULL] = "dropped_queue_full", [DROP_SPOOL_FULL] = "dropped_spool_full", [DROP_TOO_LONG] = "dropped_too_long",
        [DROP_SPOOL_DAMAGED] = "dropped_spool_damaged",
        [DROP_REFUSED] = "dropped_refused",       [DROP_GIVEN_UP] = "dropped_given_up",
    };
    if (s->output_count == 0)
        return;
    json_open_array(j, "outputs");
    for (uint32_t i = 0; i < s->output_count && i < STATS_OUTPUTS_MAX; i++) {
        const struct output_counters *o = &s->output[i];
        json_open(j, NULL);
        json_text(j, "output", o->name);
        json_uint(j, "produced", o->produced);
        json_uint(j, "recovered", o->recovered);
        json_uint(j, "written", o->written);
        json_uint(j, "spooled", o->spooled);
        json_uint(j, "queued", o->queued);
        json_uint(j, "dropped", o->dropped);
        json_uint(j, "dropped_alerts", o->dropped_alerts);
        for (int r = 0; r < DROP_REASON_COUNT; r++)
            json_uint(j, drop_key[r], o->dropped_by[r]);
        json_uint(j, "gaps", o->gaps);
        json_uint(j, "bytes", o->bytes);
        json_uint(j, "failures", o->failures);
        json_uint(j, "outages", o->outages);
        for (uint32_t k = 0; k < o->number_count; k++)
            json_uint(j, o->number[k].name, o->number[k].value);
        json_close(j);
    }
    json_close_array(j);
}

static void plugins(struct json *j, const struct stats *s)
{
    if (s->plugin_count == 0)
        return;
    json_open_array(j, "plugins");
    for (uint32_t i = 0; i < s->plugin_count && i < STATS_PLUGIN_COUNTERS_MAX; i++) {
        json_open(j, NULL);
        json_text(j, "plugin", s->plugin[i].plugin);
        json_text(j, "counter", s->plugin[i].name);
        json_uint(j, "value", s->plugin[i].value);
        json_close(j);
    }
    json_close_array(j);
}

static void own_object(struct json *j, const struct stats *s, const struct eve *e)
{
    json_open(j, "ndpi");
    json_open(j, "haetae");
    line_number(e, j);
    json_uint(j, "workers", s->workers);
    packets(j, &s->total);
    stats_capture(j, s);
    stats_coverage(j, s);
    encapsulations(j, &s->total.decode);
    fragments(j, &s->total.fragment, &s->total.decode);
    flows(j, &s->total.flow, &s->total.classify);
    dissect(j, &s->total.dissect);
    observations(j, &s->total, &s->analysis);
    alerts(j, &s->analysis);
    names(j, &s->analysis.names);
    incidents(j, &s->analysis.incidents);
    outputs(j, s);
    json_uint(j, "lines_lost", e->lost);
    if (s->is_watched)
        lives(j, s);
    plugins(j, s);
    json_close(j);
    json_close(j);
}

uint32_t stats_lines(struct eve *e, const struct event *event, struct json *out)
{
    assert(event->stats != NULL);
    struct line l;
    line_begin(&l, e, event, out);
    json_raw(out, "event_type", LITERAL("\"stats\""));
    stats_object(out, event->stats, e->options.interfaces != NULL);
    own_object(out, event->stats, e);
    return line_close(&l);
}
