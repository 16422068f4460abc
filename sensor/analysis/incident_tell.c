/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident_tell.c - a chain as an alert that reads like an analyst's timeline. See incident.h.
 *
 * `why` has the sentences: one line for each thing that happened, in order, then how the score comes about. `stages` has the same
 * as rows for machines. What follows from the same name or address within one step stands in one line.
 */
#include "analysis/incident_inside.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/clock.h"

enum { SHOWN_MAX = 16, LINES_MAX = 11, WHY_MAX = 16, LINE_SIZE = 600, CELLS = 15, PORT_DNS = 53, REPORTS_MAX = 8, SIGNATURE_SIZE = 161 };

#define CREATED "2026_11_21"
#define CHAIN(sid_, name_, severity_, summary_, evidence_)                                                                             \
    {                                                                                                                              \
        .sid = (sid_), .rev = 1, .detector = "D28", .name = name_, .category = "Targeted Malicious Activity was Detected",         \
        .severity = (severity_), .tactic_id = "TA0040", .tactic_name = "Impact", .technique_id = "T1657",                                    \
        .technique_name = "Financial_Theft", .created = CREATED, .updated = CREATED, .summary = summary_, .evidence = evidence_,   \
        .false_positives =                                                                                                         \
            "Two true events need not belong together: read the order and the gaps in why, and each stage's own alert. "           \
            "Behind a resolver, proxy or NAT the stages may be of several clients. Give hosts that trade the role trading."        \
    }

const struct sensor_rule incident_rules[] = {
    CHAIN(1792800, "chain.kill", 1,
          "One host met infrastructure of an actor and then moved data or value: the story of both, stage by stage.",
          "Sightings of one internal host within the window (72 hours): two stages or more, infrastructure with a confidence of 50 or "
          "more before theft or value, the best eight worth 60 or more; 40, 20, 8 for severity 1, 2, 3, times confidence, halved each "
          "day. Sightings that thresholds hold back or suppress count."),
    CHAIN(1792801, "chain.revised", 1, "A chain that was told goes on: another stage, or another kind of value service, has come.",
          "As 1792800, and a step that no earlier alert of this incident had."),
    CHAIN(1792802, "chain.slow", 2,
          "One host met infrastructure of an actor and moved data or value days later: the same story, with more room for chance.",
          "As 1792800, but the score is 60 or more only before the halving."),
    {.sid = 0},
};

/* Everything that an alert points to while it is raised. */
struct story {
    const struct incidents *t;
    const struct incident_waiting *w;
    const struct incident_host *h;
    const struct incident_judgement *found;
    const struct incident_event *event[EVENTS_PER_HOST]; /* by time */
    uint32_t shown;
    char host[ADDR_TEXT_MAX];
    /* rows */
    struct evidence_row row[SHOWN_MAX];
    struct evidence cell[SHOWN_MAX][CELLS];
    char time[SHOWN_MAX][CLOCK_TEXT_MAX], last[SHOWN_MAX][CLOCK_TEXT_MAX], stage[SHOWN_MAX][2], peer[SHOWN_MAX][ADDR_TEXT_MAX], points[SHOWN_MAX][16];
    /* lines */
    char line[WHY_MAX][LINE_SIZE];
    const char *why[WHY_MAX + 1];
    uint32_t lines;
    char part[BEST_MAX][LINE_SIZE];
    const char *parts[BEST_MAX + 1];
    const char *report[REPORTS_MAX + 1];
    const char *fresh[STEP_COUNT + 1];
};

static struct slice slice_of(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

static struct slice text_of(const struct story *s, uint32_t word)
{
    return words_text(s->t->words, word);
}

static const char *string_of(const struct story *s, uint32_t word)
{
    struct slice text = text_of(s, word);
    return text.size > 0 ? (const char *)text.at : "";
}

static const char *utc(uint64_t ns, char out[CLOCK_TEXT_MAX])
{
    clock_utc((int64_t)(ns / NS_PER_S), out);
    size_t size = strlen(out);
    if (size + 1 < CLOCK_TEXT_MAX)
        memcpy(out + size, "Z", 2);
    return out;
}

/* "2 d 3 h", "2 h 10 min", "40 s": the two largest units. */
static const char *span(uint64_t ns, char out[32])
{
    uint64_t s = ns / NS_PER_S, m = s / 60, h = m / 60, d = h / 24;
    if (d > 0)
        snprintf(out, 32, "%" PRIu64 " d %" PRIu64 " h", d, h % 24);
    else if (h > 0)
        snprintf(out, 32, "%" PRIu64 " h %" PRIu64 " min", h, m % 60);
    else if (m > 0)
        snprintf(out, 32, "%" PRIu64 " min", m);
    else
        snprintf(out, 32, "%" PRIu64 " s", s);
    return out;
}

static const char *step_of(const struct incident_event *e)
{
    return incident_step_name((enum incident_step)e->step);
}

/* --------------------------------------------------------------- selection */

static int by_worth(const struct incident_event *a, const struct incident_event *b, uint64_t now_ns)
{
    double x = incident_worth(a, now_ns), y = incident_worth(b, now_ns);
    return x != y ? (x < y ? 1 : -1) : incident_earlier(&a, &b);
}

/* Is it the event of its step that is worth most? */
static bool leads(const struct story *s, const struct incident_event *e)
{
    for (uint8_t i = 0; i < s->h->count; i++) {
        const struct incident_event *other = &s->h->event[i];
        if (other != e && other->step == e->step && by_worth(other, e, s->t->waiting_ns) < 0)
            return false;
    }
    return true;
}

static bool is_best(const struct story *s, const struct incident_event *e)
{
    for (uint32_t i = 0; i < s->found->best_count; i++)
        if (s->found->best[i] == e)
            return true;
    return false;
}

/* What is shown: the events that make the score, the best of each step, then the others as they come; by time in the end. */
static void choose(struct story *s)
{
    const struct incident_event *order[EVENTS_PER_HOST];
    for (uint8_t i = 0; i < s->h->count; i++)
        order[i] = &s->h->event[i];
    qsort(order, s->h->count, sizeof *order, incident_earlier);
    for (unsigned pass = 0; pass < 2; pass++)
        for (uint8_t i = 0; i < s->h->count && s->shown < SHOWN_MAX; i++)
            if ((is_best(s, order[i]) || leads(s, order[i])) == (pass == 0))
                s->event[s->shown++] = order[i];
    qsort(s->event, s->shown, sizeof *s->event, incident_earlier);
}

/* -------------------------------------------------------------------- rows */

static void cell_text(struct story *s, uint32_t row, const char *name, struct slice text)
{
    s->cell[row][s->row[row].count++] = (struct evidence){.name = name, .kind = EVIDENCE_TEXT, .text = text};
}

static void cell_number(struct story *s, uint32_t row, const char *name, int64_t number)
{
    s->cell[row][s->row[row].count++] = (struct evidence){.name = name, .kind = EVIDENCE_NUMBER, .number = number};
}

static void write_row(struct story *s, uint32_t i)
{
    const struct incident_event *e = s->event[i];
    s->row[i] = (struct evidence_row){.item = s->cell[i]};
    s->stage[i][0] = incident_stage((enum incident_step)e->step);
    cell_text(s, i, "time", slice_of(utc(e->first_ns, s->time[i])));
    cell_text(s, i, "stage", slice_of(s->stage[i]));
    cell_text(s, i, "step", slice_of(step_of(e)));
    cell_text(s, i, "detector", slice_of(e->detector));
    cell_number(s, i, "signature_id", e->sid);
    cell_text(s, i, "signature", text_of(s, e->signature));
    cell_text(s, i, "matched_value", text_of(s, e->value));
    cell_text(s, i, "peer", slice_of(addr_text(&e->peer, s->peer[i])));
    cell_number(s, i, "port", e->port);
    cell_number(s, i, "flow_id", (int64_t)e->flow_id);
    cell_text(s, i, "report", text_of(s, e->report));
    cell_number(s, i, "severity", e->severity);
    cell_number(s, i, "confidence", e->confidence_pct);
    snprintf(s->points[i], sizeof s->points[i], "%.1f", is_best(s, e) ? incident_worth(e, s->t->waiting_ns) : 0.0);
    cell_text(s, i, "points", slice_of(s->points[i]));
    if (e->last_ns > e->first_ns)
        cell_text(s, i, "last_time", slice_of(utc(e->last_ns, s->last[i])));
}

static void write_parts(struct story *s)
{
    static const unsigned weight[4] = {0, 40, 20, 8};
    for (uint32_t i = 0; i < s->found->best_count; i++) {
        const struct incident_event *e = s->found->best[i];
        uint64_t age_ns = s->t->waiting_ns > e->weighed_ns ? s->t->waiting_ns - e->weighed_ns : 0;
        snprintf(s->part[i], LINE_SIZE, "%.1f = %u x %u %% x 2^(-%.1f h / 24 h): %s %s, %s", s->found->worth[i], weight[e->severity & 3],
                 e->confidence_pct, (double)age_ns / 3600e9, e->detector, string_of(s, e->value), step_of(e));
        s->parts[i] = s->part[i];
    }
}

/* Reports of the shown events, each once. */
static void gather_reports(struct story *s)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->shown; i++) {
        const char *report = string_of(s, s->event[i]->report);
        uint32_t k = 0;
        while (k < count && strcmp(s->report[k], report) != 0)
            k++;
        if (k == count && *report != '\0' && count < REPORTS_MAX)
            s->report[count++] = report;
    }
}

/* ------------------------------------------------------------------- lines */

static void say(struct story *s, const char *format, ...) SENSOR_PRINTF(2, 3);
static void say(struct story *s, const char *format, ...)
{
    if (s->lines == WHY_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(s->line[s->lines], LINE_SIZE, format, arguments);
    va_end(arguments);
    s->why[s->lines] = s->line[s->lines];
    s->lines++;
}

static bool tells_same(const struct incident_event *a, const struct incident_event *b)
{
    uint64_t apart_ns = a->first_ns > b->first_ns ? a->first_ns - b->first_ns : b->first_ns - a->first_ns;
    return a->step == b->step && a->value == b->value && a->value != 0 && apart_ns <= 3600 * NS_PER_S;
}

/* Was it told with an earlier event? */
static bool is_folded(const struct story *s, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (tells_same(s->event[k], s->event[i]))
            return true;
    return false;
}

/* "D03, D05": the detectors that speak of what event `i` is about. */
static void write_detectors(const struct story *s, uint32_t i, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (uint32_t k = i; k < s->shown && used + 6 < size; k++)
        if (k == i || tells_same(s->event[i], s->event[k]))
            used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "", s->event[k]->detector);
}

/* The most telling of the events that share a line: the last, since a question comes before a connection. */
static const struct incident_event *speaker(const struct story *s, uint32_t i)
{
    const struct incident_event *best = s->event[i];
    for (uint32_t k = i + 1; k < s->shown; k++)
        if (tells_same(s->event[i], s->event[k]) && s->event[k]->severity <= best->severity)
            best = s->event[k];
    return best;
}

/* ", until 2026-03-01T12:00:00Z" when what event `i` is about was seen again more than an hour later. */
static void write_until(const struct story *s, uint32_t i, char *out, size_t size)
{
    char when[CLOCK_TEXT_MAX];
    uint64_t last_ns = s->event[i]->last_ns;
    for (uint32_t k = i + 1; k < s->shown; k++)
        if (tells_same(s->event[i], s->event[k]) && s->event[k]->last_ns > last_ns)
            last_ns = s->event[k]->last_ns;
    out[0] = '\0';
    if (last_ns > s->event[i]->first_ns + 3600 * NS_PER_S)
        snprintf(out, size, ", until %s", utc(last_ns, when));
}

/* What it was about, as far as its signature does not say so: ": getstockprice.com, with 203.0.113.9 port 443". */
static void write_object(const struct story *s, const struct incident_event *e, char *out, size_t size)
{
    char peer[ADDR_TEXT_MAX];
    const char *signature = string_of(s, e->signature), *value = string_of(s, e->value);
    size_t used = 0;
    out[0] = '\0';
    addr_text(&e->peer, peer);
    if (strstr(signature, value) == NULL)
        used += (size_t)snprintf(out, size, ": %.120s", value);
    if (e->port == PORT_DNS)
        snprintf(out + used, size - used, ", asked of %s", peer);
    else if (strcmp(value, peer) == 0 && strstr(signature, " port ") != NULL)
        return;
    else if (strcmp(value, peer) == 0)
        snprintf(out + used, size - used, ", port %u", e->port);
    else
        snprintf(out + used, size - used, ", with %s port %u", peer, e->port);
}

static void say_event(struct story *s, uint32_t i, uint64_t before_ns)
{
    char when[CLOCK_TEXT_MAX], after[32], gap[48] = "", until[48], detectors[64], object[240];
    const struct incident_event *first = s->event[i], *e = speaker(s, i);
    const char *report = string_of(s, e->report);
    if (before_ns != 0)
        snprintf(gap, sizeof gap, " (+%s)", span(first->first_ns - before_ns, after));
    write_detectors(s, i, detectors, sizeof detectors);
    write_until(s, i, until, sizeof until);
    write_object(s, e, object, sizeof object);
    say(s, "%s%s %s: %.160s%s%s [%s, flow %" PRIu64 "]%s%.160s", utc(first->first_ns, when), gap, step_of(e), string_of(s, e->signature),
        object, until, detectors, e->flow_id, *report != '\0' ? " " : "", report);
}

static void say_timeline(struct story *s)
{
    uint64_t before_ns = 0;
    uint32_t told = 0, left_out = s->h->count - s->shown;
    for (uint32_t i = 0; i < s->shown; i++) {
        if (is_folded(s, i))
            continue;
        if (told == LINES_MAX) {
            left_out++;
            continue;
        }
        say_event(s, i, before_ns);
        before_ns = s->event[i]->first_ns;
        told++;
    }
    if (left_out > 0)
        say(s, "%u more events of this host are left out here", left_out);
}

static unsigned stage_count(uint32_t steps)
{
    unsigned seen = 0, count = 0;
    for (unsigned i = STEP_DELIVERY; i < STEP_COUNT; i++)
        if ((steps >> i & 1) != 0)
            seen |= 1u << (incident_stage((enum incident_step)i) - 'A');
    for (; seen != 0; seen &= seen - 1)
        count++;
    return count;
}

static void say_shared(struct story *s)
{
    static const char *const shared[] = {"resolver", "proxy", "nat"};
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        if (roles_have(s->t->options.roles, &s->w->host, s->t->waiting_ns, shared[i], NULL))
            say(s, "The host has the role %s: its stages may be of several clients behind it", shared[i]);
}

static void write_why(struct story *s)
{
    char length[32];
    uint64_t last_ns = s->event[s->shown - 1]->first_ns;
    say(s, "%s went through %u stages in %s, score %d where %d is needed", s->host, stage_count(s->found->steps),
        span(last_ns - s->event[0]->first_ns, length), (int)s->found->score, SCORE_NEEDED);
    if (s->found->chain == CHAIN_SLOW)
        say(s, "When its events were new they were worth %d: they lie so far apart that they may not belong together",
            (int)s->found->score_when_new);
    say_timeline(s);
    say_shared(s);
    say(s, "The score adds the best %u events: 40, 20 or 8 for severity 1, 2 or 3, times confidence, halved every 24 hours; see "
           "score_parts", s->found->best_count);
}

/* ------------------------------------------------------------------- alert */

/* "infrastructure, theft, exchange" */
static void write_steps(uint32_t steps, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = STEP_DELIVERY; i < STEP_COUNT && used + 24 < size; i++)
        if ((steps >> i & 1) != 0)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "", incident_step_name((enum incident_step)i));
}

/* The confidence of what makes the score, each by its share. */
static uint8_t confidence_of(const struct incident_judgement *found)
{
    double sum = 0;
    for (uint32_t i = 0; i < found->best_count; i++)
        sum += found->worth[i] * found->best[i]->confidence_pct;
    return (uint8_t)(sum / found->score + 0.5);
}

static void raise_story(struct story *s)
{
    char signature[SIGNATURE_SIZE], steps[120], began[CLOCK_TEXT_MAX], latest[CLOCK_TEXT_MAX];
    bool revised = (s->h->told_steps & TOLD_STRONG) != 0;
    bool slow = !revised && s->found->chain == CHAIN_SLOW;
    static const char *const tags[] = {"incident-chain", NULL};
    uint64_t last_ns = s->event[s->shown - 1]->first_ns;
    write_steps(s->found->steps, steps, sizeof steps);
    snprintf(signature, sizeof signature, "%s %s %s: %s", slow ? "Slow incident chain" : "Incident chain", revised ? "goes on at" : "at", s->host,
             steps);
    const struct evidence evidence[] = {
        {.name = "host", .kind = EVIDENCE_TEXT, .text = slice_of(s->host)},
        {.name = "score", .kind = EVIDENCE_NUMBER, .number = (int64_t)s->found->score},
        {.name = "score_when_new", .kind = EVIDENCE_NUMBER, .number = (int64_t)s->found->score_when_new},
        {.name = "score_needed", .kind = EVIDENCE_NUMBER, .number = SCORE_NEEDED},
        {.name = "revision", .kind = EVIDENCE_NUMBER, .number = s->h->revision + 1},
        {.name = "new_steps", .kind = EVIDENCE_LIST, .list = s->fresh},
        {.name = "began", .kind = EVIDENCE_TEXT, .text = slice_of(utc(s->event[0]->first_ns, began))},
        {.name = "latest", .kind = EVIDENCE_TEXT, .text = slice_of(utc(last_ns, latest))},
        {.name = "window_h", .kind = EVIDENCE_NUMBER, .number = (int64_t)(s->t->options.window_ns / (3600 * NS_PER_S))},
        {.name = "events", .kind = EVIDENCE_NUMBER, .number = s->h->count},
        {.name = "stages", .kind = EVIDENCE_ROWS, .number = s->shown, .rows = s->row},
        {.name = "score_parts", .kind = EVIDENCE_LIST, .list = s->parts},
    };
    const struct sighting sighting = {.rule = &incident_rules[revised ? 1 : slow ? 2 : 0],
                                      .signature = signature,
                                      .confidence_pct = confidence_of(s->found),
                                      .target_is_server = s->w->host_is_server,
                                      .context_key = "incident",
                                      .evidence = evidence,
                                      .evidence_count = sizeof evidence / sizeof *evidence,
                                      .why = s->why,
                                      .tags = tags,
                                      .references = s->report,
                                      .dedup = slice_of(steps)};
    s->t->options.raise(s->t->options.arg, &s->w->head, s->w->flow_told, &sighting);
}

void incident_tell(struct incidents *t, const struct incident_waiting *w, const struct incident_host *h,
                   const struct incident_judgement *found)
{
    struct story *s = calloc(1, sizeof *s);
    uint32_t fresh = 0;
    if (s == NULL)
        return;
    s->t = t, s->w = w, s->h = h, s->found = found;
    addr_text(&w->host, s->host);
    choose(s);
    for (uint32_t i = 0; i < s->shown; i++)
        write_row(s, i);
    for (unsigned i = STEP_DELIVERY; i < STEP_COUNT; i++)
        if (((found->steps & ~h->told_steps) >> i & 1) != 0)
            s->fresh[fresh++] = incident_step_name((enum incident_step)i);
    write_parts(s);
    gather_reports(s);
    write_why(s);
    raise_story(s);
    free(s);
}
