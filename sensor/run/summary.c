/* SPDX-License-Identifier: Apache-2.0 */
/*
 * summary.c - see summary.h. Alerts are kept as rows: one for each (capture, internal host, rule, matched value), counted. Text
 * from the network passes utf8_clean before it reaches a terminal.
 */
#include "run/summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "run/summary_coverage.h"

#define ROWS_MAX   4096u
#define LISTED_MAX 4096u /* captures */
#define VALUE_MAX  100u

struct row {
    uint32_t capture;
    uint32_t sid;
    uint8_t severity;
    uint8_t host_is_server;
    struct address host, other;
    uint16_t other_port;
    uint64_t first_ns, count;
    char signature[168];
    char value[VALUE_MAX * 4 + 1]; /* cleaned */
    char reference[168];
    char country[3];
    char organization[97];
};

struct captured {
    char *name;    /* cleaned */
    char *problem; /* cleaned; NULL: ended well */
    uint64_t first_ns, decoded, alerts;
};

struct summary {
    struct row *row;
    uint32_t rows;
    uint64_t rows_lost;       /* alerts beyond ROWS_MAX different ones, and those of captures not listed */
    struct captured *capture; /* the listed ones */
    uint32_t listed;
    bool is_listed;    /* the present one is the last of them */
    uint64_t captures; /* all */
    struct stats all;  /* the sum over captures, as far as it is printed */
    char list_name[STATS_LISTS_MAX][128];
};

/* -------------------------------------------------------------- collecting */

struct summary *summary_new(void)
{
    return calloc(1, sizeof(struct summary));
}

void summary_free(struct summary *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < s->listed; i++) {
        free(s->capture[i].name);
        free(s->capture[i].problem);
    }
    free(s->capture);
    free(s->row);
    free(s);
}

void summary_begin(struct summary *s, const char *name)
{
    struct captured *grown = s->listed < LISTED_MAX ? realloc(s->capture, (s->listed + 1) * sizeof *grown) : NULL;
    s->captures++;
    s->is_listed = grown != NULL;
    if (!grown)
        return;
    s->capture = grown;
    s->capture[s->listed++] = (struct captured){.name = utf8_clean_copy(name)};
}

void summary_files(struct summary *s, uint32_t count)
{
    s->captures += count > 0 ? count - 1 : 0;
}

static uint64_t decoded(const struct worker_counters *c)
{
    return c->decode.outcomes[DECODED];
}

/* Coverage adds up; lists and parts of HOME_NET are the same in each capture, but the names of lists go with them. */
static void keep_coverage(struct summary *s, const struct stats *stats)
{
    struct coverage_counters *all = &s->all.analysis.coverage;
    uint64_t seen = all->prefixes_seen | stats->analysis.coverage.prefixes_seen;
    coverage_add(all, &stats->analysis.coverage);
    all->prefixes = stats->analysis.coverage.prefixes;
    all->prefixes_seen = seen;
    memcpy(s->all.prefix, stats->prefix, sizeof s->all.prefix);
    memcpy(s->all.list, stats->list, sizeof s->all.list);
    s->all.list_count = stats->list_count;
    memcpy(s->all.interface, stats->interface, sizeof s->all.interface);
    s->all.interface_count = stats->interface_count;
    s->all.account_breaks += stats->account_breaks;
    s->all.detectors = stats->detectors;
    for (uint32_t i = 0; i < stats->list_count; i++) {
        snprintf(s->list_name[i], sizeof s->list_name[i], "%s", stats->list[i].name);
        s->all.list[i].name = s->list_name[i];
    }
}

void summary_verdict(const struct summary *s, struct verdict *out)
{
    verdict_of(&s->all, out);
}

void summary_end(struct summary *s, const struct stats *stats, const char *problem)
{
    struct analysis_counters *all = &s->all.analysis;
    const struct analysis_counters *one = &stats->analysis;
    stats_add_worker(&s->all.total, &stats->total);
    keep_coverage(s, stats);
    all->alerts += one->alerts;
    all->held_back += one->held_back;
    for (int severity = 1; severity <= 3; severity++)
        all->alerts_by_severity[severity] += one->alerts_by_severity[severity];
    if (!s->is_listed)
        return;
    struct captured *c = &s->capture[s->listed - 1];
    c->first_ns = stats->total.first_ns;
    c->decoded = decoded(&stats->total);
    c->alerts = one->alerts;
    c->problem = problem ? utf8_clean_copy(problem) : NULL;
}

static void clean_into(char *out, struct slice text)
{
    size_t size = text.size < VALUE_MAX ? text.size : VALUE_MAX;
    out[utf8_clean(out, text.at, size)] = '\0';
}

static struct slice matched_value(const struct sighting *s)
{
    for (size_t i = 0; i < s->evidence_count; i++)
        if (strcmp(s->evidence[i].name, "matched_value") == 0 && s->evidence[i].kind == EVIDENCE_TEXT)
            return s->evidence[i].text;
    return (struct slice){NULL, 0};
}

static struct row row_of(const struct summary *s, const struct event *e)
{
    const struct observation *o = e->observation;
    const struct sighting *g = e->sighting;
    bool server = g->target_is_server;
    struct row r = {.capture = s->listed - 1,
                    .sid = g->rule->sid,
                    .severity = g->severity ? g->severity : g->rule->severity,
                    .host_is_server = server,
                    .host = server ? o->server : o->client,
                    .other = server ? o->client : o->server,
                    .other_port = server ? o->client_port : o->server_port,
                    .first_ns = o->time_ns,
                    .count = 1 + e->held_back};
    snprintf(r.signature, sizeof r.signature, "%s", g->signature);
    snprintf(r.reference, sizeof r.reference, "%s", g->references && g->references[0] ? g->references[0] : "");
    clean_into(r.value, matched_value(g));
    if (e->geo) {
        snprintf(r.country, sizeof r.country, "%s", e->geo->country_iso);
        snprintf(r.organization, sizeof r.organization, "%s", e->geo->organization);
    }
    return r;
}

static bool same_row(const struct row *a, const struct row *b)
{
    return a->capture == b->capture && a->sid == b->sid && addr_equal(&a->host, &b->host) &&
           strcmp(a->signature, b->signature) == 0 && strcmp(a->value, b->value) == 0;
}

/* Repeats belong to the row of their alert. */
static void add_repeats(struct summary *s, const struct threshold_repeats *r)
{
    const struct address *host = r->target_is_server ? &r->head.server : &r->head.client;
    char value[VALUE_MAX * 4 + 1];
    clean_into(value, (struct slice){(const uint8_t *)r->value, strlen(r->value)});
    for (uint32_t i = 0; i < s->rows; i++) {
        struct row *row = &s->row[i];
        if (row->capture == s->listed - 1 && row->sid == r->rule->sid && addr_equal(&row->host, host) &&
            strcmp(row->signature, r->signature) == 0 && (!*row->value || strcmp(row->value, value) == 0)) {
            row->count += r->count;
            return;
        }
    }
}

void summary_alert(struct summary *s, const struct event *e)
{
    if (e->repeats) {
        add_repeats(s, e->repeats);
        return;
    }
    if (!s->is_listed) {
        s->rows_lost++;
        return;
    }
    struct row fresh = row_of(s, e);
    for (uint32_t i = 0; i < s->rows; i++)
        if (same_row(&s->row[i], &fresh)) {
            s->row[i].count += fresh.count;
            return;
        }
    struct row *grown = s->row;
    if (s->rows < ROWS_MAX && (s->rows & (s->rows - 1)) == 0)
        grown = realloc(s->row, (s->rows ? (size_t)s->rows * 2 : 1) * sizeof *grown);
    if (s->rows == ROWS_MAX || !grown) {
        s->rows_lost++;
        return;
    }
    s->row = grown;
    s->row[s->rows++] = fresh;
}

/* ---------------------------------------------------------------- printing */

struct paint {
    const char *bold, *dim, *red, *yellow, *off;
};

static struct paint paint_for(FILE *out)
{
    if (isatty(fileno(out)) && !getenv("NO_COLOR"))
        return (struct paint){"\033[1m", "\033[2m", "\033[1;31m", "\033[33m", "\033[0m"};
    return (struct paint){"", "", "", "", ""};
}

static const char *const severity_names[] = {"", "HIGH", "medium", "low"};

static void print_time(FILE *out, uint64_t ns, const char *format)
{
    char text[40];
    time_t seconds = (time_t)(ns / NS_PER_S);
    struct tm tm;
    if (localtime_r(&seconds, &tm) && strftime(text, sizeof text, format, &tm))
        fputs(text, out);
}

/* `told` is the report named last: it is not repeated line by line. */
static void print_row(FILE *out, const struct row *r, const char **told, const struct paint *p)
{
    char other[ADDR_TEXT_MAX];
    const char *colour = r->severity == 1 ? p->red : r->severity == 2 ? p->yellow : p->dim;
    fprintf(out, "    %s%-6s%s ", colour, severity_names[r->severity > 3 ? 3 : r->severity], p->off);
    print_time(out, r->first_ns, "%H:%M:%S");
    fprintf(out, "  %s%s%s", p->bold, r->signature, p->off);
    if (*r->value)
        fprintf(out, ": %s", r->value);
    fprintf(out, "  %s %s", r->host_is_server ? "<-" : "->", addr_text(&r->other, other));
    if (r->other_port)
        fprintf(out, " port %u", r->other_port);
    if (*r->country || *r->organization)
        fprintf(out, " (%s%s%s)", r->country, *r->country && *r->organization ? ", " : "", r->organization);
    if (r->count > 1)
        fprintf(out, "  x%" PRIu64, r->count);
    fputc('\n', out);
    if (*r->reference && strcmp(r->reference, *told) != 0)
        fprintf(out, "                     %s%s%s\n", p->dim, r->reference, p->off);
    *told = r->reference;
}

/* All rows of the host of row `first` in its capture. */
static void print_host(const struct summary *s, FILE *out, uint32_t first, const struct paint *p)
{
    char host[ADDR_TEXT_MAX];
    const char *told = "";
    fprintf(out, "  %s%s%s\n", p->bold, addr_text(&s->row[first].host, host), p->off);
    for (uint32_t i = first; i < s->rows; i++)
        if (s->row[i].capture == s->row[first].capture && addr_equal(&s->row[i].host, &s->row[first].host))
            print_row(out, &s->row[i], &told, p);
}

static bool host_is_new(const struct summary *s, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++)
        if (s->row[i].capture == s->row[at].capture && addr_equal(&s->row[i].host, &s->row[at].host))
            return false;
    return true;
}

static void print_capture_title(FILE *out, const struct captured *c, const struct paint *p)
{
    fprintf(out, "%s%s%s", p->bold, c->name ? c->name : "?", p->off);
    if (c->first_ns) {
        fputs("  ", out);
        print_time(out, c->first_ns, "%Y-%m-%d %H:%M %Z");
    }
    if (c->problem)
        fprintf(out, "  %s%s%s", p->yellow, c->problem, p->off);
    else if (c->decoded == 0)
        fprintf(out, "  %snothing seen: no frame of it could be decoded%s", p->yellow, p->off);
    fputc('\n', out);
}

static void print_alerts(const struct summary *s, FILE *out, const struct paint *p)
{
    for (uint32_t c = 0; c < s->listed; c++) {
        const struct captured *capture = &s->capture[c];
        if (capture->alerts == 0 && !capture->problem && capture->decoded > 0)
            continue;
        print_capture_title(out, capture, p);
        for (uint32_t i = 0; i < s->rows; i++)
            if (s->row[i].capture == c && host_is_new(s, i))
                print_host(s, out, i, p);
        fputc('\n', out);
    }
    if (s->rows_lost)
        fprintf(out, "%" PRIu64 " more alerts are in the events but not shown here\n", s->rows_lost);
}

static void print_span(FILE *out, const struct worker_counters *t)
{
    uint64_t seconds = (t->last_ns - t->first_ns) / NS_PER_S;
    fputs("           ", out);
    print_time(out, t->first_ns, "%Y-%m-%d %H:%M:%S");
    fputs(" to ", out);
    print_time(out, t->last_ns, "%Y-%m-%d %H:%M:%S %Z");
    fprintf(out, " (%" PRIu64 " d %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 ")\n", seconds / 86400, seconds / 3600 % 24,
            seconds / 60 % 60, seconds % 60);
}

static void print_traffic(FILE *out, const struct summary *s, const struct worker_counters *t)
{
    char a[32], b[32], c[32];
    fprintf(out, "traffic    %s frames, %s bytes, %s flows in %" PRIu64 " capture%s\n", summary_number(t->capture.received, a),
            summary_number(t->capture.bytes, b), summary_number(t->flow.total, c), s->captures, s->captures == 1 ? "" : "s");
    if (t->first_ns)
        print_span(out, t);
    if (t->capture.kernel_dropped || t->capture.interface_dropped)
        fprintf(out, "lost       %s frames dropped by the kernel, %s by the interface\n",
                summary_number(t->capture.kernel_dropped, a), summary_number(t->capture.interface_dropped, b));
    if (t->flow.evicted)
        fprintf(out, "evicted    %s flows ended early because the flow table was full (flow.max-flows)\n",
                summary_number(t->flow.evicted, a));
}

static void print_verdict(FILE *out, const struct stats *all, const struct paint *p)
{
    const struct analysis_counters *n = &all->analysis;
    char a[32], b[32];
    struct verdict v;
    verdict_of(all, &v);
    if (n->alerts == 0 && decoded(&all->total) == 0)
        fprintf(out, "%salerts     none, because nothing was seen: no frame could be decoded%s\n", p->yellow, p->off);
    else if (n->alerts == 0)
        fprintf(out, "alerts     none%s\n", v.word == VERDICT_BLIND ? " in what could be seen" : "");
    else
        fprintf(out, "alerts     %s: %" PRIu64 " high, %" PRIu64 " medium, %" PRIu64 " low; %s repeats held back\n",
                summary_number(n->alerts, a), n->alerts_by_severity[1], n->alerts_by_severity[2], n->alerts_by_severity[3],
                summary_number(n->held_back, b));
    fprintf(out, "%sverdict    %s",
            v.word == VERDICT_HITS    ? p->red
            : v.word == VERDICT_BLIND ? p->yellow
                                      : p->bold,
            verdict_text(v.word));
    for (uint32_t i = 0; i < v.reason_count; i++)
        fprintf(out, "%s%s", i ? "; " : v.word == VERDICT_HITS ? "; partly blind: " : ": ", v.reason[i]);
    fprintf(out, "%s\n", p->off);
}

static void print_closing(FILE *out, const struct summary_closing *c, const struct paint *p)
{
    char a[32], b[32];
    for (uint32_t i = 0; i < c->output_count; i++) {
        const struct output_counters *o = &c->output[i];
        fprintf(out, "events     %s written to %s\n", summary_number(o->written, a), c->output_path[i]);
        if (o->spooled)
            fprintf(out, "spooled    %s events of %s wait on disk for the next run\n", summary_number(o->spooled, a), o->name);
        if (o->dropped)
            fprintf(out, "%slost       %s events of %s: %s could not be written%s\n", p->red, summary_number(o->dropped, a),
                    o->name, summary_number(o->dropped, b), p->off);
    }
    if (c->notes && *c->notes)
        fprintf(out, "%snote       %s%s\n", p->yellow, c->notes, p->off);
}

void summary_print(const struct summary *s, const struct summary_closing *closing, FILE *out)
{
    struct paint p = paint_for(out);
    print_alerts(s, out, &p);
    print_traffic(out, s, &s->all.total);
    summary_account(&s->all, out);
    print_verdict(out, &s->all, &p);
    print_closing(out, closing, &p);
}
