/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats_own.c - counters that Suricata has no name for: the object ndpi.haetae of stats events. No object stands under a key that
 * Elastic maps by name (end, start, name, ...), and rows with a name of their own are arrays, so that configuration cannot make new
 * keys.
 */
#include "base/clock.h"
#include "base/heartbeat.h"
#include "eve/stats_parts.h"

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
    for (int i = 0; i < DECODE_LAYER_COUNT; i++)
        if (!stats_is_suricatas((enum decode_layer)i))
            json_uint(j, decode_layer_name((enum decode_layer)i), c->layers[i]);
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
    json_uint(j, "ftp_data_lost", a->ftp_data_lost);
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
    json_uint(j, "questions", c->questions);
    json_uint(j, "questions_evicted", c->questions_evicted);
    json_uint(j, "flows", c->flows);
    json_uint(j, "flows_evicted", c->flows_evicted);
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
    json_uint(j, "observations_in_quarantine", s->analysis.shut_observations);
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

/* Who has stood still, and all threads. Live: of a file it says nothing that the next run would say too. */
static void heartbeats(struct json *j, const struct stats *s)
{
    struct heartbeat_fact fact[HEARTBEATS_MAX];
    size_t count = heartbeat_list(fact, HEARTBEATS_MAX);
    json_uint(j, "threads_stalled", s->threads_stalled);
    json_uint(j, "thread_stalls", s->thread_stalls);
    json_open_array(j, "heartbeats");
    for (size_t i = 0; i < count; i++) {
        json_open(j, NULL);
        json_text(j, "thread", fact[i].name);
        json_uint(j, "silent_ms", fact[i].silent_ns / NS_PER_MS);
        json_uint(j, "stalls", fact[i].stalls);
        json_close(j);
    }
    json_close_array(j);
}

void stats_own(struct json *j, const struct stats *s, bool live, const struct eve *e)
{
    json_open(j, "ndpi");
    json_open(j, "haetae");
    if (e)
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
    json_uint(j, "lines_lost", e ? e->lost : 0);
    if (s->is_watched)
        lives(j, s);
    if (live)
        heartbeats(j, s);
    plugins(j, s);
    json_close(j);
    json_close(j);
}
