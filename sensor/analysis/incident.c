/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident.c - see incident.h: what is remembered of hosts, and when it makes a chain.
 *
 * A host has room for EVENTS_PER_HOST facts. When it is full, the step with the most facts gives up the one worth least, so that a
 * flood of one kind cannot push the others out of the story.
 */
#include "analysis/incident_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"

#define WORDS_MAX    (1u << 18)
#define HALF_LIFE_NS ((double)NS_PER_DAY)
#define SAVE_NS      (3600 * NS_PER_S)
#define LABEL_PCT    50u
#define LABEL_SID    1791400u
#define SAME_USE_NS  (60 * NS_PER_S) /* an alert this soon after a label is about the same use */

/* A sighting or a label on its way into the memory. */
struct sight {
    struct slice signature, value, report, target;
    const struct observation *head;
    const struct address *host; /* one end of head */
    const char *detector;
    uint64_t at_ns, now_ns;
    uint32_t sid;
    enum incident_step step;
    uint8_t severity, confidence_pct;
    bool flow_told;
};

static struct slice slice_of(const char *text)
{
    return (struct slice){(const uint8_t *)text, text != NULL ? strlen(text) : 0};
}

static bool is_label(uint32_t sid)
{
    return sid == LABEL_SID;
}

/* ------------------------------------------------------------------ weighing */

double incident_worth(const struct incident_event *e, uint64_t now_ns)
{
    static const double weight[4] = {0, 40, 20, 8};
    double age_ns = now_ns > e->weighed_ns ? (double)(now_ns - e->weighed_ns) : 0;
    return weight[e->severity & 3] * e->confidence_pct / 100 * exp2(-age_ns / HALF_LIFE_NS);
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int incident_earlier(const void *x, const void *y)
{
    const struct incident_event *a = *(const struct incident_event *const *)x, *b = *(const struct incident_event *const *)y;
    int order = compare(a->first_ns, b->first_ns);
    order = order != 0 ? order : compare(a->step, b->step);
    order = order != 0 ? order : compare(a->flow_id, b->flow_id);
    order = order != 0 ? order : compare(a->sid, b->sid);
    return order != 0 ? order : compare(a->target, b->target);
}

/* Puts an event among the best, worth most first, the earlier one of equals. */
static void rank(struct incident_judgement *j, const struct incident_event *e, double worth)
{
    uint32_t at = j->best_count;
    while (at > 0 && (worth > j->worth[at - 1] || (worth == j->worth[at - 1] && incident_earlier(&e, &j->best[at - 1]) < 0)))
        at--;
    if (at == BEST_MAX)
        return;
    j->best_count += j->best_count < BEST_MAX;
    for (uint32_t i = j->best_count - 1; i > at; i--) {
        j->best[i] = j->best[i - 1];
        j->worth[i] = j->worth[i - 1];
    }
    j->best[at] = e;
    j->worth[at] = worth;
}

/* What the best events are worth at now_ns; at 0 that is what they were worth when they were new. */
static void add_up(const struct incident_host *h, uint64_t now_ns, struct incident_judgement *out)
{
    *out = (struct incident_judgement){.best_count = 0};
    for (uint8_t i = 0; i < h->count; i++)
        rank(out, &h->event[i], incident_worth(&h->event[i], now_ns));
    for (uint32_t i = 0; i < out->best_count; i++)
        out->score += out->worth[i];
}

void incident_judge(const struct incident_host *h, uint64_t now_ns, struct incident_judgement *out)
{
    struct incident_judgement when_new;
    uint64_t met_ns = UINT64_MAX, moved_ns = 0;
    uint32_t stages = 0;
    add_up(h, 0, &when_new);
    add_up(h, now_ns, out);
    for (uint8_t i = 0; i < h->count; i++) {
        const struct incident_event *e = &h->event[i];
        char stage = incident_stage((enum incident_step)e->step);
        if (stage == 'B' && e->sure_ns != 0 && e->sure_ns < met_ns)
            met_ns = e->sure_ns;
        uint64_t used_ns = is_label(e->sid) ? e->first_ns : e->last_ns; /* a visit that was usual before is no news */
        if (stage >= 'D' && used_ns > moved_ns)
            moved_ns = used_ns;
        stages |= 1u << (stage - 'A');
        out->steps |= 1u << e->step;
    }
    out->score_when_new = when_new.score;
    if ((stages & (stages - 1)) != 0 && met_ns < moved_ns)
        out->chain = out->score >= SCORE_NEEDED ? CHAIN_STRONG : when_new.score >= SCORE_NEEDED ? CHAIN_SLOW : CHAIN_NONE;
}

/* ------------------------------------------------------------------ memory */

void incident_drop_texts(struct incidents *t, const struct incident_event *e)
{
    words_drop(t->words, e->signature);
    words_drop(t->words, e->value);
    words_drop(t->words, e->report);
}

static void drop_event(struct incidents *t, struct incident_host *h, uint8_t i)
{
    incident_drop_texts(t, &h->event[i]);
    h->event[i] = h->event[--h->count];
}

static void host_end(void *arg, void *value)
{
    struct incident_host *h = value;
    while (h->count > 0)
        drop_event(arg, h, 0);
    free(h->event);
}

struct incident_event *incident_next_event(struct incident_host *h)
{
    unsigned room = h->room ? h->room * 2u : 1;
    if (h->count < h->room)
        return &h->event[h->count];
    struct incident_event *grown = room <= EVENTS_PER_HOST ? realloc(h->event, room * sizeof *grown) : NULL;
    if (grown == NULL)
        return NULL;
    h->event = grown;
    h->room = (uint8_t)room;
    return &h->event[h->count];
}

/* Forgets what is out of the window; what was told is forgotten with the last fact that was in it. */
static void forget(struct incidents *t, struct incident_host *h, uint64_t now_ns)
{
    bool goes_on = false;
    for (uint8_t i = 0; i < h->count;) {
        if (now_ns > h->event[i].last_ns && now_ns - h->event[i].last_ns > t->options.window_ns) {
            drop_event(t, h, i);
            continue;
        }
        goes_on |= h->event[i++].first_ns <= h->told_ns;
    }
    if (!goes_on) {
        h->told_ns = 0;
        h->told_steps = 0;
        h->revision = 0;
    }
}

/* Makes room: the step with the most facts gives up the one worth least. */
static void give_up(struct incidents *t, struct incident_host *h, uint64_t now_ns)
{
    uint8_t crowd[STEP_COUNT] = {0}, most = 0, worst = 0;
    for (uint8_t i = 0; i < h->count; i++)
        if (++crowd[h->event[i].step] > crowd[most])
            most = h->event[i].step;
    double least = INFINITY;
    for (uint8_t i = 0; i < h->count; i++) {
        double worth = h->event[i].step == most ? incident_worth(&h->event[i], now_ns) : INFINITY;
        if (worth < least) {
            least = worth;
            worst = i;
        }
    }
    drop_event(t, h, worst);
    t->counters.events_evicted++;
}

/*
 * The same fact: step, target and detector. A label is part of the use that alerted; a label that stood there for longer is a habit, and
 * an alert now is news beside it.
 */
static struct incident_event *find(struct incident_host *h, const struct sight *s, uint64_t target)
{
    struct incident_event *label = NULL;
    for (uint8_t i = 0; i < h->count; i++) {
        struct incident_event *e = &h->event[i];
        if (e->step != s->step || e->target != target)
            continue;
        if (is_label(e->sid))
            label = e;
        else if (is_label(s->sid) || strcmp(e->detector, s->detector) == 0)
            return e;
    }
    bool same = label != NULL && (is_label(s->sid) || s->at_ns <= label->first_ns + SAME_USE_NS);
    return same ? label : NULL;
}

static struct slice cut(struct slice s)
{
    return (struct slice){s.at, s.size < WORD_MAX ? s.size : WORD_MAX};
}

/* What is shown of a fact. */
static void describe(struct incidents *t, struct incident_event *e, const struct sight *s)
{
    struct incident_event old = *e;
    const struct observation *o = s->head;
    e->signature = words_take(t->words, cut(s->signature));
    e->value = words_take(t->words, cut(s->value));
    e->report = words_take(t->words, cut(s->report));
    incident_drop_texts(t, &old);
    e->sid = s->sid;
    memcpy(e->detector, s->detector, sizeof e->detector);
    e->flow_id = o->flow_id;
    e->peer = s->host == &o->client ? o->server : o->client;
    e->port = o->server_port;
}

/* Is the sighting the better description of the fact? The first one is; an alert instead of a label. */
static bool describes_better(const struct incident_event *e, const struct sight *s)
{
    if (is_label(e->sid) != is_label(s->sid))
        return is_label(e->sid);
    if (s->at_ns != e->first_ns)
        return s->at_ns < e->first_ns;
    return s->head->flow_id != e->flow_id ? s->head->flow_id < e->flow_id : s->sid < e->sid;
}

static void weigh(struct incident_event *e, const struct sight *s)
{
    struct incident_event now = {.weighed_ns = s->at_ns, .severity = s->severity, .confidence_pct = s->confidence_pct};
    double before = incident_worth(e, s->now_ns), worth = incident_worth(&now, s->now_ns);
    if (worth > before || (worth == before && s->confidence_pct > e->confidence_pct)) {
        e->weighed_ns = s->at_ns;
        e->severity = s->severity;
        e->confidence_pct = s->confidence_pct;
    }
    if (s->confidence_pct >= SURE_PCT && (e->sure_ns == 0 || s->at_ns < e->sure_ns))
        e->sure_ns = s->at_ns;
}

static void remember(struct incidents *t, struct incident_host *h, const struct sight *s)
{
    uint64_t target = hash_bytes(hash_key_fixed, s->target.at, s->target.size);
    struct incident_event *e = find(h, s, target);
    if (e == NULL) {
        e = incident_next_event(h);
        if (e == NULL && h->count > 0) {
            give_up(t, h, s->now_ns);
            e = &h->event[h->count];
        }
        if (e == NULL)
            return;
        h->count++;
        *e = (struct incident_event){.first_ns = s->at_ns, .last_ns = s->at_ns, .target = target, .step = (uint8_t)s->step};
        describe(t, e, s);
    } else if (describes_better(e, s)) {
        describe(t, e, s);
    }
    e->first_ns = s->at_ns < e->first_ns ? s->at_ns : e->first_ns;
    e->last_ns = s->at_ns > e->last_ns ? s->at_ns : e->last_ns;
    weigh(e, s);
}

/* ------------------------------------------------------------------ judging */

static int by_host(const void *a, const void *b)
{
    const struct incident_waiting *x = a, *y = b;
    return memcmp(x->host.bytes, y->host.bytes, sizeof x->host.bytes);
}

static void judge(struct incidents *t, const struct incident_waiting *w)
{
    struct incident_judgement found;
    struct incident_host *h = table_find(t->hosts, &w->host);
    if (h == NULL)
        return;
    forget(t, h, t->waiting_ns);
    incident_judge(h, t->waiting_ns, &found);
    if (found.chain == CHAIN_STRONG)
        found.steps |= TOLD_STRONG;
    if (found.chain == CHAIN_NONE || (found.steps & ~h->told_steps) == 0)
        return;
    t->counters.chains += h->revision == 0;
    t->counters.revisions += h->revision != 0;
    incident_tell(t, w, h, &found);
    h->told_ns = t->waiting_ns;
    h->told_steps |= found.steps;
    h->revision = (uint16_t)(h->revision + (h->revision < UINT16_MAX));
}

void incidents_finish(struct incidents *t)
{
    qsort(t->waiting, t->waiting_count, sizeof *t->waiting, by_host);
    for (uint32_t i = 0; i < t->waiting_count; i++)
        judge(t, &t->waiting[i]);
    t->waiting_count = 0;
}

void incidents_advance(struct incidents *t, uint64_t now_ns)
{
    if (t->waiting_count > 0 && now_ns != t->waiting_ns)
        incidents_finish(t);
    if (!t->changed || now_ns < t->saved_ns + SAVE_NS)
        return;
    t->saved_ns = now_ns;
    incident_save(t);
}

/* Notes that a host is to be judged; the latest step, then the lowest flow id, stands for it. */
static void wait(struct incidents *t, const struct sight *s)
{
    struct incident_waiting w = {.host = *s->host, .head = *s->head, .step = (uint8_t)s->step, .flow_told = s->flow_told};
    incidents_advance(t, s->now_ns);
    t->waiting_ns = s->now_ns;
    w.host_is_server = s->host == &s->head->server;
    for (uint32_t i = 0; i < t->waiting_count; i++) {
        struct incident_waiting *old = &t->waiting[i];
        if (by_host(old, &w) != 0)
            continue;
        if (w.head.flow_id == old->head.flow_id)
            w.flow_told = old->flow_told |= w.flow_told;
        if (w.step > old->step || (w.step == old->step && w.head.flow_id < old->head.flow_id))
            *old = w;
        return;
    }
    if (t->waiting_count == WAITING_MAX)
        incidents_finish(t);
    t->waiting[t->waiting_count++] = w;
}

static void add(struct incidents *t, const struct sight *s)
{
    bool is_new;
    wait(t, s);
    struct incident_host *h = table_take(t->hosts, s->host, &is_new);
    forget(t, h, s->now_ns);
    remember(t, h, s);
    t->counters.events++;
    t->changed = true;
}

/* ------------------------------------------------------------------- events */

/* The name that an observation says. */
static struct slice said_name(const struct observation *o)
{
    const struct dns_record *question;
    switch (o->kind) {
    case OBSERVE_DNS:
        question = observation_item(o, ((const struct observation_dns *)o)->questions, 0, sizeof *question);
        return question != NULL ? observation_text(o, question->name) : (struct slice){NULL, 0};
    case OBSERVE_TLS: return observation_text(o, ((const struct observation_tls *)o)->sni);
    case OBSERVE_QUIC: return observation_text(o, ((const struct observation_quic *)o)->sni);
    case OBSERVE_HTTP_REQUEST:
    case OBSERVE_HTTP: return observation_text(o, ((const struct observation_http *)o)->host);
    default: return (struct slice){NULL, 0};
    }
}

static struct slice matched_value(const struct observation *o, const struct sighting *s)
{
    for (size_t i = 0; i < s->evidence_count; i++)
        if (s->evidence[i].kind == EVIDENCE_TEXT && strcmp(s->evidence[i].name, "matched_value") == 0)
            return s->evidence[i].text;
    struct slice name = said_name(o);
    return name.size > 0 ? name : s->dedup;
}

/* A use that is told at the end of its flow happened when that began. */
static uint64_t time_of(const struct observation *o, enum incident_step step)
{
    bool from_start = incident_stage(step) == 'E' && o->kind == OBSERVE_ENDED && o->start_ns > 0 && o->start_ns < o->time_ns;
    return from_start ? o->start_ns : o->time_ns;
}

/* The internal end that a sighting is about; NULL when neither is. */
static const struct address *host_of(const struct observation *o, bool server_first)
{
    if (server_first && o->server_internal)
        return &o->server;
    return o->client_internal ? &o->client : o->server_internal ? &o->server : NULL;
}

void incidents_see(struct incidents *t, const struct observation *o, const struct sighting *s, bool flow_told)
{
    uint8_t severity = s->severity != 0 ? s->severity : s->rule->severity;
    enum incident_step step = incident_step_of(s->rule, severity);
    const struct address *host = host_of(o, s->target_is_server);
    if (step == STEP_NONE || host == NULL)
        return;
    const struct sight sight = {.signature = slice_of(s->signature != NULL ? s->signature : s->rule->name),
                                .value = matched_value(o, s),
                                .report = slice_of(s->references != NULL ? s->references[0] : NULL),
                                .target = s->dedup,
                                .head = o,
                                .host = host,
                                .detector = s->rule->detector,
                                .at_ns = time_of(o, step),
                                .now_ns = o->time_ns,
                                .sid = s->rule->sid,
                                .step = step,
                                .severity = severity >= 1 && severity <= 3 ? severity : 3,
                                .confidence_pct = s->confidence_pct <= 100 ? s->confidence_pct : 100,
                                .flow_told = flow_told};
    add(t, &sight);
}

/* A question is no visit, and a resolver's is not even its own. */
void incidents_label(struct incidents *t, const struct observation *o, const char *id, const char *label)
{
    static const struct {
        const char *label, *signature;
        enum incident_step step;
    } kinds[] = {
        {"crypto-exchange", "Cryptocurrency exchange visited", STEP_EXCHANGE},
        {"bridge", "Cryptocurrency bridge visited", STEP_LAUNDERING},
        {"mixer", "Cryptocurrency mixer visited", STEP_LAUNDERING},
        {"dex", "Decentralized cryptocurrency exchange visited", STEP_LAUNDERING},
    };
    const struct address *host = o->kind != OBSERVE_DNS ? host_of(o, false) : NULL;
    struct slice name = said_name(o);
    for (size_t i = 0; host != NULL && id != NULL && label != NULL && i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(label, kinds[i].label) != 0)
            continue;
        const struct sight sight = {.signature = slice_of(kinds[i].signature),
                                    .value = name.size > 0 ? name : slice_of(id),
                                    .target = slice_of(id),
                                    .head = o,
                                    .host = host,
                                    .detector = "D14",
                                    .at_ns = time_of(o, kinds[i].step),
                                    .now_ns = o->time_ns,
                                    .sid = LABEL_SID,
                                    .step = kinds[i].step,
                                    .severity = 3,
                                    .confidence_pct = LABEL_PCT};
        add(t, &sight);
        return;
    }
}

/* --------------------------------------------------------------- life cycle */

struct incidents *incidents_new(const struct incident_options *options)
{
    struct incidents *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->options = *options;
    t->hosts = table_new(options->most, sizeof(struct address), sizeof(struct incident_host));
    t->words = words_new(WORDS_MAX);
    if (t->hosts != NULL && t->words != NULL) {
        table_on_end(t->hosts, host_end, t);
        incident_load(t);
        return t;
    }
    table_free(t->hosts);
    words_free(t->words);
    free(t);
    return NULL;
}

void incidents_free(struct incidents *t)
{
    if (t == NULL)
        return;
    if (t->changed)
        incident_save(t);
    table_free(t->hosts);
    words_free(t->words);
    free(t);
}

void incidents_count(const struct incidents *t, struct incident_counters *out)
{
    *out = t->counters;
    out->hosts = table_count(t->hosts);
    out->hosts_evicted = table_evicted(t->hosts);
    out->words_refused = words_refused(t->words);
}
