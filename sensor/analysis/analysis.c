/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analysis.c - see analysis.h. One observation passes four steps: which ends are internal, what the detectors say, the record
 * itself, forgetting. Detectors come first so that their words are on the record and a flow knows that it alerted.
 */
#include "analysis/analysis.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/alert_summary.h"
#include "analysis/ftp_data.h"
#include "analysis/host.h"
#include "analysis/incident.h"
#include "analysis/notes.h"
#include "analysis/threshold.h"
#include "base/blackbox.h"
#include "base/clock.h"
#include "geo/geo.h"
#include "intel/list.h"

#define NOTES_MAX    65536u
#define FTP_DATA_MAX 4096u

struct detector {
    const struct sensor_plugin *plugin;
    void *state;
};

struct sensor_context {
    struct analysis *analysis;
    const struct observation *observation; /* NULL during tick */
    const struct sensor_plugin *plugin;
    uint64_t now_ns;
};

struct analysis {
    struct analysis_options options;
    struct sensor_host host;
    struct detector *detector;
    size_t detector_count;
    struct names *names; /* NULL: none */
    struct notes *notes;
    struct ftp_data *ftp_data;
    struct coverage *coverage;
    struct thresholds *thresholds;
    struct incidents *incidents; /* NULL: no chains */
    const struct threshold_repeats *closing; /* during window_closed */
    struct analysis_counters counters;
    struct plugin_counter plugin_counter[STATS_PLUGIN_COUNTERS_MAX];
    uint32_t plugin_counter_count;
    uint64_t ticked_ns;
    bool is_ending; /* the detectors are told that no observation will come */
};

/* ------------------------------------------------------------------ events */

/* Which end geo describes: the outside one. False when both are internal. */
static bool outside_end(const struct observation *o, bool *is_server)
{
    *is_server = !o->server_internal;
    return !(o->client_internal && o->server_internal);
}

static void add_geo(struct analysis *a, struct event *e, struct sensor_geo *geo)
{
    const struct observation *o = e->observation;
    if (!a->options.geo || !outside_end(o, &e->geo_is_server))
        return;
    if (geo_lookup(a->options.geo, e->geo_is_server ? &o->server : &o->client, geo))
        e->geo = geo;
}

static void emit(struct analysis *a, struct event *e)
{
    struct sensor_geo geo;
    struct sensor_name name;
    e->note = notes_find(a->notes, e->observation->flow_id);
    if (e->type == EVENT_ALERT || e->type == EVENT_FLOW)
        add_geo(a, e, &geo);
    if (e->type == EVENT_FLOW && a->names && names_of(a->names, e->observation, 0, &name))
        e->name = &name;
    a->options.emit(a->options.arg, e);
}

/* The record an observation becomes, or -1. */
static int record_type(uint8_t kind)
{
    switch (kind) {
    case OBSERVE_DNS: return EVENT_DNS;
    case OBSERVE_TLS: return EVENT_TLS;
    case OBSERVE_QUIC: return EVENT_QUIC;
    case OBSERVE_HTTP: return EVENT_HTTP;
    case OBSERVE_FTP: return EVENT_FTP;
    case OBSERVE_FTP_DATA: return EVENT_FTP_DATA;
    case OBSERVE_ENDED: return EVENT_FLOW;
    default: return -1;
    }
}

/* Does the record of the flow say, or will it say, that it alerted? */
static bool has_alerted(const struct analysis *a, uint64_t flow_id)
{
    const struct flow_note *note = notes_find(a->notes, flow_id);
    return note && note->alerted;
}

/* Of the last one that was held back, whose flow has perhaps never alerted. */
static void emit_summary(void *arg, const struct observation *head, const struct sighting *s)
{
    struct analysis *a = arg;
    struct observation o = *head;
    if (!has_alerted(a, o.flow_id))
        o.flow_id = 0;
    struct event e = {.type = EVENT_ALERT, .observation = &o, .sighting = s, .repeats = a->closing};
    a->counters.summaries += a->closing->count >= ALERT_SUMMARY_LEAST;
    emit(a, &e);
}

/* A window has closed. The flow may be over, so it is given no note. */
static void window_closed(void *arg, const struct threshold_repeats *repeats, uint64_t now_ns)
{
    struct analysis *a = arg;
    a->closing = repeats;
    alert_summary_build(repeats, now_ns, emit_summary, a);
}

static void emit_record(struct analysis *a, const struct observation *o)
{
    int type = record_type(o->kind);
    if (type < 0 || !(a->options.events & EVENT_BIT(type)))
        return;
    struct event e = {.type = (enum event_type)type, .observation = o};
    emit(a, &e);
}

/* --------------------------------------------------- services for detectors */

static bool raise_about(struct analysis *a, const struct observation *o, const struct sighting *s, bool flow_lives)
{
    a->counters.sightings++;
    struct event e = {.type = EVENT_ALERT, .observation = o, .sighting = s};
    enum threshold_verdict verdict = thresholds_judge(a->thresholds, o, s, &e.held_back);
    a->counters.held_back += verdict == THRESHOLD_HELD_BACK;
    a->counters.suppressed += verdict == THRESHOLD_SUPPRESSED;
    if (verdict != THRESHOLD_ALERT)
        return false;
    struct flow_note *note = flow_lives ? notes_take(a->notes, o->flow_id) : NULL;
    if (note)
        note->alerted = true;
    unsigned severity = s->severity ? s->severity : s->rule->severity;
    a->counters.alerts++;
    a->counters.alerts_by_severity[severity > 3 ? 3 : severity]++;
    emit(a, &e);
    return true;
}

/* Suppressed or held back, a sighting is still part of its host's story. */
static void add_to_story(struct analysis *a, const struct observation *o, const struct sighting *s)
{
    if (a->incidents)
        incidents_see(a->incidents, o, s, has_alerted(a, o->flow_id));
}

static bool serve_raise(struct sensor_context *c, const struct sighting *s)
{
    if (!c->observation)
        return false;
    bool told = raise_about(c->analysis, c->observation, s, true);
    add_to_story(c->analysis, c->observation, s);
    return told;
}

/* The head alone: what belonged to its kind is not there any more. */
static struct observation head_at(const struct observation *head, uint64_t now_ns)
{
    struct observation o = *head;
    o.size = sizeof o;
    o.kind = OBSERVE_STARTED;
    o.tunnel_at = 0;
    o.time_ns = now_ns;
    o.packet_number = 0;
    return o;
}

/* A flow that is over was written without this alert: only one that is known to have alerted gets its id. */
static bool serve_raise_on(struct sensor_context *c, const struct observation *head, const struct sighting *s)
{
    struct observation o = head_at(head, c->now_ns);
    add_to_story(c->analysis, &o, s);
    if (!has_alerted(c->analysis, o.flow_id))
        o.flow_id = 0;
    return raise_about(c->analysis, &o, s, false);
}

/* A chain, about its latest event. A flow with a note still lives, so it can learn that it alerted. */
static void raise_chain(void *arg, const struct observation *head, bool flow_told, const struct sighting *s)
{
    struct analysis *a = arg;
    struct observation o = head_at(head, head->time_ns);
    struct flow_note *note = notes_find(a->notes, o.flow_id);
    if (note)
        note->alerted = true;
    else if (!flow_told)
        o.flow_id = 0;
    raise_about(a, &o, s, false);
}

/* Adds a word once; false when there is no place for it. */
static bool add_word(char words[][NOTE_WORD_SIZE], uint8_t *count, const char *word)
{
    size_t size = strlen(word);
    for (uint8_t i = 0; i < *count; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    if (*count == NOTE_WORDS_MAX || size >= NOTE_WORD_SIZE)
        return false;
    memcpy(words[(*count)++], word, size + 1);
    return true;
}

static void serve_label(struct sensor_context *c, const char *id, const char *label)
{
    if (!c->observation)
        return;
    if (c->analysis->incidents)
        incidents_label(c->analysis->incidents, c->observation, id, label);
    struct flow_note *note = notes_take(c->analysis->notes, c->observation->flow_id);
    if (!note)
        return;
    if (id && !add_word(note->id, &note->id_count, id))
        c->analysis->counters.labels_lost++;
    if (label && !add_word(note->label, &note->label_count, label))
        c->analysis->counters.labels_lost++;
}

/* The plugin's number of that name, made when it is new; NULL when there is no place for it. */
static uint64_t *plugin_number(const struct sensor_context *c, const char *name)
{
    struct analysis *a = c->analysis;
    uint32_t i = 0;
    while (i < a->plugin_counter_count &&
           (a->plugin_counter[i].plugin != c->plugin->name || strcmp(a->plugin_counter[i].name, name) != 0))
        i++;
    if (i == STATS_PLUGIN_COUNTERS_MAX)
        return NULL;
    if (i == a->plugin_counter_count)
        a->plugin_counter[a->plugin_counter_count++] = (struct plugin_counter){c->plugin->name, name, 0};
    return &a->plugin_counter[i].value;
}

static void serve_count(struct sensor_context *c, const char *name)
{
    uint64_t *number = plugin_number(c, name);
    if (number)
        (*number)++;
}

static void serve_set(struct sensor_context *c, const char *name, uint64_t value)
{
    uint64_t *number = plugin_number(c, name);
    if (number)
        *number = value;
}

static bool serve_geo(struct sensor_context *c, const struct address *address, struct sensor_geo *out)
{
    memset(out, 0, sizeof *out);
    return c->analysis->options.geo && geo_lookup(c->analysis->options.geo, address, out);
}

static bool serve_name_of(struct sensor_context *c, size_t i, struct sensor_name *out)
{
    struct names *names = c->analysis->names;
    return names && c->observation && names_of(names, c->observation, i, out);
}

static bool serve_has_role(struct sensor_context *c, const struct address *address, const char *role, struct sensor_role *out)
{
    return roles_have(c->analysis->options.roles, address, c->now_ns, role, out);
}

static bool serve_role_of(struct sensor_context *c, const struct address *address, size_t i, struct sensor_role *out)
{
    return roles_of(c->analysis->options.roles, address, c->now_ns, i, out);
}

static bool serve_is_ending(const struct sensor_context *c)
{
    return c->analysis->is_ending;
}

static const struct host_context_services context_services = {.raise = serve_raise,
                                                              .label = serve_label,
                                                              .count = serve_count,
                                                              .set = serve_set,
                                                              .geo = serve_geo,
                                                              .name_of = serve_name_of,
                                                              .has_role = serve_has_role,
                                                              .role_of = serve_role_of,
                                                              .raise_on = serve_raise_on,
                                                              .is_ending = serve_is_ending};

/* -------------------------------------------------------------- life cycle */

static bool open_detectors(struct analysis *a, struct error *error)
{
    const struct analysis_options *options = &a->options;
    a->detector = calloc(options->detector_count + 1, sizeof *a->detector);
    if (!a->detector)
        return error_set(error, "out of memory for %zu detectors", options->detector_count);
    for (size_t i = 0; i < options->detector_count; i++) {
        const struct sensor_plugin *plugin = options->detectors[i].plugin;
        char why[ERROR_TEXT_MAX] = "";
        void *state = plugin->detector.open(&a->host, options->detectors[i].options, why, sizeof why);
        if (!state)
            return error_set(error, "detector %s: %s", plugin->name, why);
        a->detector[a->detector_count++] = (struct detector){plugin, state};
    }
    return true;
}

static bool open_incidents(struct analysis *a, struct error *error)
{
    a->incidents = incidents_new(&(struct incident_options){.most = a->options.incident_hosts,
                                                            .window_ns = a->options.incident_window_ns,
                                                            .roles = a->options.roles,
                                                            .host = &a->host,
                                                            .raise = raise_chain,
                                                            .arg = a});
    return a->incidents || error_set(error, "out of memory for chains of %u hosts: lower incidents.max-hosts", a->options.incident_hosts);
}

struct analysis *analysis_open(const struct analysis_options *options, struct error *error)
{
    struct analysis *a = calloc(1, sizeof *a);
    if (!a) {
        error_set(error, "out of memory for the analysis");
        return NULL;
    }
    a->options = *options;
    a->host = *options->host;
    host_serve_context(&a->host, &context_services);
    a->notes = notes_new(options->notes ? options->notes : NOTES_MAX);
    a->thresholds = thresholds_new(&(struct threshold_options){.most = options->threshold_facts,
                                                               .rules = options->threshold_rules,
                                                               .roles = options->roles,
                                                               .host = &a->host,
                                                               .closed = options->alert_summaries ? window_closed : NULL,
                                                               .arg = a});
    a->coverage = coverage_new(options->home_prefix, options->home_prefix_count, error);
    a->ftp_data = ftp_data_new(FTP_DATA_MAX);
    bool good = a->notes && a->ftp_data && a->thresholds && a->coverage;
    if (!good)
        error_set(error, "out of memory for the analysis");
    a->options.names.host = &a->host;
    if (good && options->names.most > 0)
        good = (a->names = names_new(&a->options.names, error)) != NULL;
    if (good && options->incident_hosts > 0)
        good = open_incidents(a, error);
    if (good && open_detectors(a, error))
        return a;
    analysis_close(a);
    return NULL;
}

void analysis_close(struct analysis *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->detector_count; i++)
        a->detector[i].plugin->detector.close(a->detector[i].state);
    free(a->detector);
    incidents_free(a->incidents);
    thresholds_free(a->thresholds);
    notes_free(a->notes);
    ftp_data_free(a->ftp_data);
    coverage_free(a->coverage);
    names_free(a->names);
    free(a);
}

uint32_t analysis_wants(const struct analysis *a)
{
    uint32_t wants =
        OBSERVE_BIT(OBSERVE_ENDED) | OBSERVE_BIT(OBSERVE_TLS) | OBSERVE_BIT(OBSERVE_QUIC) | (a->names ? names_wants() : 0);
    for (unsigned kind = 1; kind < OBSERVE_KIND_COUNT; kind++) {
        int type = record_type((uint8_t)kind);
        if (type >= 0 && (a->options.events & EVENT_BIT(type)))
            wants |= OBSERVE_BIT(kind);
    }
    for (size_t i = 0; i < a->detector_count; i++)
        wants |= a->detector[i].plugin->detector.observes;
    if (wants & OBSERVE_BIT(OBSERVE_FTP_DATA)) /* made here of these */
        wants |= OBSERVE_BIT(OBSERVE_FTP);
    return wants;
}

/* ---------------------------------------------------------------- the loop */

/* What is at hand, should it be the last. */
static void note_flow(const struct observation *o)
{
    struct blackbox_slot *s = blackbox_here;
    memcpy(s->flow.address[0], o->client.bytes, sizeof s->flow.address[0]);
    memcpy(s->flow.address[1], o->server.bytes, sizeof s->flow.address[1]);
    s->flow.port[0] = o->client_port;
    s->flow.port[1] = o->server_port;
    s->flow.proto = o->proto;
    s->packet = o->packet_number;
    s->facts = (struct blackbox_facts){.flow_id = o->flow_id, .start_ns = o->start_ns, .interface = o->interface};
    memcpy(s->facts.packets, o->packets, sizeof s->facts.packets);
    memcpy(s->facts.bytes, o->bytes, sizeof s->facts.bytes);
    blackbox_enter(STAGE_ANALYSIS);
}

static void tick_detectors(struct analysis *a, uint64_t now_ns)
{
    for (size_t i = 0; i < a->detector_count; i++) {
        struct detector *d = &a->detector[i];
        struct sensor_context context = {.analysis = a, .plugin = d->plugin, .now_ns = now_ns};
        blackbox_here->detail = (uint8_t)i;
        blackbox_enter(STAGE_DETECTOR);
        if (d->plugin->detector.tick)
            d->plugin->detector.tick(d->state, now_ns, &context);
    }
}

static void tick(struct analysis *a, const struct observation *o)
{
    uint64_t now_ns = o->time_ns;
    if (now_ns < a->ticked_ns + NS_PER_S)
        return;
    a->ticked_ns = now_ns;
    blackbox_here->flow.proto = 0; /* this is no flow's doing */
    thresholds_tick(a->thresholds, now_ns);
    if (a->names)
        names_keep(a->names, now_ns);
    tick_detectors(a, now_ns);
    note_flow(o);
}

static void detect(struct analysis *a, const struct observation *o)
{
    for (size_t i = 0; i < a->detector_count; i++) {
        struct detector *d = &a->detector[i];
        if (!(d->plugin->detector.observes & OBSERVE_BIT(o->kind)))
            continue;
        struct sensor_context context = {.analysis = a, .observation = o, .plugin = d->plugin, .now_ns = o->time_ns};
        if (blackbox->shut_count && blackbox_is_shut(d->plugin->name)) {
            a->counters.shut_observations++;
            continue;
        }
        blackbox_here->detail = (uint8_t)i;
        blackbox_enter(STAGE_DETECTOR);
        d->plugin->detector.observe(d->state, o, &context);
    }
    blackbox_enter(STAGE_ANALYSIS);
}

static void forget_flow(struct analysis *a, const struct observation *o)
{
    notes_drop(a->notes, o->flow_id);
    if (a->names)
        names_end(a->names, o);
}

void analysis_observe(struct analysis *a, struct observation *o)
{
    a->counters.observations++;
    note_flow(o);
    o->client_internal = addr_set_holds(a->options.home_net, &o->client);
    o->server_internal = addr_set_holds(a->options.home_net, &o->server);
    if (a->names)
        names_see(a->names, o);
    coverage_see(a->coverage, o);
    if (a->incidents)
        incidents_advance(a->incidents, o->time_ns);
    tick(a, o);
    detect(a, o);
    emit_record(a, o);
    const struct observation *file = ftp_data_see(a->ftp_data, o);
    if (file) {
        detect(a, file);
        emit_record(a, file);
    }
    if (o->kind == OBSERVE_ENDED)
        forget_flow(a, o);
}

void analysis_finish(struct analysis *a, uint64_t now_ns)
{
    if (!a->is_ending && a->counters.observations > 0) {
        a->is_ending = true;
        tick_detectors(a, now_ns);
    }
    if (a->incidents)
        incidents_finish(a->incidents);
    thresholds_close_all(a->thresholds, now_ns);
}

void analysis_count(const struct analysis *a, struct analysis_counters *out)
{
    *out = a->counters;
    coverage_count(a->coverage, &out->coverage);
    if (a->names)
        names_count(a->names, &out->names);
    if (a->incidents)
        incidents_count(a->incidents, &out->incidents);
    out->notes = notes_count(a->notes);
    out->notes_lost = notes_lost(a->notes);
    out->ftp_data_lost = ftp_data_lost(a->ftp_data);
    out->thresholds = thresholds_count(a->thresholds);
    out->thresholds_lost = thresholds_lost(a->thresholds);
}

uint32_t analysis_plugin_counters(const struct analysis *a, struct plugin_counter *out, uint32_t most)
{
    uint32_t count = a->plugin_counter_count < most ? a->plugin_counter_count : most;
    memcpy(out, a->plugin_counter, count * sizeof *out);
    return count;
}

void analysis_describe(const struct analysis *a, struct stats *out)
{
    out->detectors = (uint32_t)a->detector_count;
    for (size_t i = 0; i < a->options.home_prefix_count && i < COVERAGE_PREFIXES_MAX; i++)
        out->prefix[i] = a->options.home_prefix[i].text;
    struct list_shown shown;
    for (out->list_count = 0; out->list_count < STATS_LISTS_MAX && lists_describe(out->list_count, &shown); out->list_count++)
        out->list[out->list_count] = (struct list_facts){shown.name, shown.rows, shown.reloads, shown.written_s, shown.digest};
    out->lists_refused = lists_refused();
    struct geo_database database;
    while (a->options.geo && geo_describe(a->options.geo, out->geo_databases, &database)) {
        out->geo_built_s = database.build_s > out->geo_built_s ? database.build_s : out->geo_built_s;
        out->geo_databases++;
    }
}
