/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell.c - from a hit to an alert that an analyst can check without another file.
 *
 * The signature says in plain words what was seen; alert.context.dprk holds the row, the match and what it is worth; why holds the
 * sentences. Of several rows that match, the alert is about the one that says most, and names the others. Text from the wire is made
 * printable here, once.
 */
#include "dprk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SIGNATURE_SIZE = 161, ALIAS_TEXT_MAX = 1024, EVIDENCE_MAX = 40 };

/* The facts of one alert, in the order they are written. */
struct facts {
    struct evidence item[EVIDENCE_MAX];
    size_t count;
};

/* What is known about an actor beyond its name. */
struct actor {
    char text[ALIAS_TEXT_MAX];             /* the synonyms, NUL-separated */
    const char *alias[DPRK_ALIAS_MAX + 1]; /* NULL-terminated view of text */
    const char *mitre;                     /* group id, "" when none */
};

static struct slice slice_of(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

void dprk_because(struct dprk_why *why, const char *format, ...)
{
    if (why == NULL || why->count == DPRK_WHY_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why->text[why->count], DPRK_WHY_SIZE, format, arguments);
    va_end(arguments);
    why->line[why->count] = why->text[why->count];
    why->line[++why->count] = NULL;
}

void dprk_printable(char out[DPRK_TEXT_MAX], struct slice s)
{
    size_t n = s.size < DPRK_TEXT_MAX - 1 ? s.size : DPRK_TEXT_MAX - 1;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = s.at[i];
        out[i] = c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? '?' : (char)c;
    }
    out[n] = '\0';
}

static void add_text(struct facts *f, const char *name, const char *text)
{
    if (text != NULL && *text != '\0' && f->count < EVIDENCE_MAX)
        f->item[f->count++] = (struct evidence){.name = name, .kind = EVIDENCE_TEXT, .text = slice_of(text)};
}

static void add_number(struct facts *f, const char *name, int64_t number)
{
    if (f->count < EVIDENCE_MAX)
        f->item[f->count++] = (struct evidence){.name = name, .kind = EVIDENCE_NUMBER, .number = number};
}

static void add_list(struct facts *f, const char *name, const char *const *list)
{
    if (list[0] != NULL && f->count < EVIDENCE_MAX)
        f->item[f->count++] = (struct evidence){.name = name, .kind = EVIDENCE_LIST, .list = list};
}

/* Looks the actor's synonyms and group id up; empty when the actor is not in the table. */
static void learn_actor(const struct dprk *d, const char *name, struct actor *a)
{
    struct sensor_entry row;
    *a = (struct actor){.mitre = ""};
    if (d->actors == NULL || !d->host->list_find_value(d->actors, "actor", slice_of(name), &row))
        return;
    a->mitre = d->host->field(&row, "mitre");
    snprintf(a->text, sizeof a->text, "%s", d->host->field(&row, "alias"));
    char *at = a->text;
    for (size_t i = 0; i < DPRK_ALIAS_MAX && at != NULL && *at != '\0'; i++) {
        a->alias[i] = at;
        at = strchr(at, '|');
        if (at != NULL)
            *at++ = '\0';
    }
}

/* "domain", "address", "URL": what the row is, in one word; or two for a lure or a front. */
static const char *noun(const struct indicator *row)
{
    switch (row->type) {
    case INDICATOR_IPV4:
    case INDICATOR_IPV6:
    case INDICATOR_CIDR: return "address";
    case INDICATOR_URL: return strcmp(row->category, "compromised_legit") == 0 ? "URL on a compromised site" : "URL";
    case INDICATOR_JA3:
    case INDICATOR_JA3S:
    case INDICATOR_JA4: return "fingerprint";
    case INDICATOR_TLS_SHA1:
    case INDICATOR_TLS_SHA256:
    case INDICATOR_TLS_NAME: return "certificate";
    default: break;
    }
    if (strcmp(row->category, "actor_phish") == 0)
        return "phishing domain";
    return strcmp(row->category, "front_company") == 0 ? "front company domain" : "domain";
}

/* What happened, as the end of "DPRK BlueNoroff domain ...". */
static const char *happened(enum dprk_sid sid)
{
    switch (sid) {
    case SID_IP_ANSWERED: return "contacted, it answered";
    case SID_IP_SILENT: return "contacted, no answer";
    case SID_IP_INBOUND: return "connected to an internal host";
    case SID_IP_SCAN: return "knocked at an internal host";
    case SID_PORT_ANSWERED: return "contacted on its reported port, it answered";
    case SID_PORT_SILENT: return "contacted on its reported port, no answer";
    case SID_DNS_QUERY: return "in DNS query";
    case SID_DNS_FAILED: return "in DNS query, not resolved";
    case SID_ANSWER_ADDRESS: return "in DNS answer";
    case SID_ANSWER_ALIAS: return "as alias target in DNS answer";
    case SID_ANSWER_SERVER: return "as name or mail server in DNS answer";
    case SID_TLS_SNI: return "in TLS SNI";
    case SID_QUIC_SNI: return "in QUIC SNI";
    case SID_HTTP_HOST: return "in HTTP host";
    case SID_HTTP_CONNECT: return "in HTTP CONNECT";
    case SID_CERTIFICATE_NAME: return "in a TLS certificate";
    case SID_URL: return "requested over HTTP";
    case SID_JA3: return "of a TLS client (JA3)";
    case SID_JA3S: return "of a TLS server (JA3S)";
    case SID_JA4: return "of a TLS client (JA4)";
    case SID_CERTIFICATE: return "shown by a TLS server";
    case SID_NAMED_ANSWERED: return "behind a flow without a name, it answered";
    case SID_NAMED_SILENT: return "behind a flow without a name, no answer";
    }
    return "seen";
}

static void write_signature(const struct dprk_case *c, char out[SIGNATURE_SIZE])
{
    const char *what = noun(c->row), *tail = happened(c->hit->sid);
    char actor[DPRK_TEXT_MAX];
    switch (dprk_class_of(c->row)) {
    case ROW_LAUNDERING: snprintf(out, SIGNATURE_SIZE, "Laundering service %s %s", what, tail); return;
    case ROW_NETWORK: snprintf(out, SIGNATURE_SIZE, "DPRK national %s %s", what, tail); return;
    case ROW_CANARY: snprintf(out, SIGNATURE_SIZE, "Canary %s %s: a test of the sensor", what, tail); return;
    case ROW_ACTOR:
        dprk_printable(actor, slice_of(c->row->actor));
        snprintf(out, SIGNATURE_SIZE, "%s%.64s %s %s", strncmp(actor, "DPRK", 4) == 0 ? "" : "DPRK ", actor, what, tail);
        return;
    }
}

static void explain_match(const struct dprk_case *c, struct dprk_why *why)
{
    static const char *const how[] = {[MATCH_EXACT] = "equals", [MATCH_SUFFIX] = "is or lies below", [MATCH_PREFIX] = "begins with"};
    const struct dprk_hit *hit = c->hit;
    dprk_because(why, "%s", hit->event);
    if (hit->row.embedded_from != NULL)
        dprk_because(why, "The IPv4 address is carried inside an IPv6 address (%s)", hit->row.embedded_from);
    dprk_because(why, "%.120s %s the indicator %.120s, line %u of %.100s", hit->matched,
                 c->row->type == INDICATOR_CIDR ? "lies in" : how[c->row->match], c->row->value, c->row->line, c->row->list);
    if (hit->detail != NULL)
        dprk_because(why, "%s", hit->detail);
}

static void explain_actor(const struct dprk_case *c, const struct actor *a, struct dprk_why *why)
{
    const char *campaign = c->row->campaign;
    switch (dprk_class_of(c->row)) {
    case ROW_LAUNDERING:
        dprk_because(why, "It is a laundering service that DPRK actors used among others (%s), not infrastructure of theirs",
                     campaign);
        return;
    case ROW_NETWORK: dprk_because(why, "It belongs to the DPRK itself (%s): contact, not proof of an intrusion", campaign); return;
    case ROW_CANARY: dprk_because(why, "It is reserved for tests: somebody wanted to see whether this alert arrives"); return;
    case ROW_ACTOR:
        dprk_because(why, "Reports attribute it to %s%s%s%s%s%s%s%s", c->row->actor, a->alias[0] != NULL ? ", also called " : "",
                     a->alias[0] != NULL ? a->alias[0] : "", *a->mitre != '\0' ? " (MITRE " : "", a->mitre,
                     *a->mitre != '\0' ? ")" : "", *campaign != '\0' ? ", campaign " : "", campaign);
        return;
    }
}

/* The first or last report as precisely as it is known: a day, or its month. Returns out. */
static char *reported(const struct indicator *row, unsigned which, char out[16])
{
    int64_t seconds = which == INDICATOR_FIRST_MONTH ? row->first_seen : row->last_seen;
    dprk_date(seconds, out);
    if (seconds != 0 && (row->months & which) != 0)
        out[sizeof "2026-03" - 1] = '\0';
    return out;
}

static void explain_report(const struct dprk_case *c, struct dprk_why *why)
{
    char text[DPRK_TEXT_MAX], first[16], last[16];
    if (c->judged.known)
        dprk_because(why, "Source: %.120s; first reported %s, last %s, %lld days before this packet", c->row->source,
                     reported(c->row, INDICATOR_FIRST_MONTH, first), reported(c->row, INDICATOR_LAST_MONTH, last), (long long)c->judged.age_days);
    else
        dprk_because(why, "Source: %.120s; the list gives no date", c->row->source);
    if (dprk_note(c->row, "verified2", text))
        dprk_because(why, "A second source has it too: %s", text);
    if (dprk_note(c->row, "caveat", text))
        dprk_because(why, "Caution: %s", text);
}

/* ------------------------------------------------------------------- facts */

/* Texts that facts point to while an alert is written. */
struct rendering {
    char first_seen[16], last_seen[16], valid_from[16], valid_until[16];
    char proof[DPRK_PROOFS_MAX][DPRK_WHY_SIZE + 32];
    const char *proofs[DPRK_PROOFS_MAX + 1];
    char also[DPRK_ROWS_MAX][DPRK_WHY_SIZE];
    const char *others[DPRK_ROWS_MAX + 1];
};

static void add_row(const struct dprk *d, const struct dprk_case *c, const struct actor *a, struct rendering *r, struct facts *f)
{
    const struct indicator *row = c->row;
    add_text(f, "indicator", row->value);
    add_text(f, "indicator_type", d->host->field(&c->hit->row.entry, "type"));
    add_text(f, "match", d->host->field(&c->hit->row.entry, "match"));
    add_text(f, "actor", row->actor);
    add_text(f, "campaign", row->campaign);
    add_text(f, "malware", row->malware);
    add_text(f, "category", row->category);
    add_text(f, "first_seen", reported(row, INDICATOR_FIRST_MONTH, r->first_seen));
    add_text(f, "last_seen", reported(row, INDICATOR_LAST_MONTH, r->last_seen));
    add_text(f, "valid_from", dprk_date(row->valid_from, r->valid_from));
    add_text(f, "valid_until", dprk_date(row->valid_until, r->valid_until));
    add_text(f, "status", row->status);
    add_text(f, "hosted", row->hosted);
    add_text(f, "tlp", row->tlp);
    add_text(f, "ports", d->host->field(&c->hit->row.entry, "ports"));
    add_text(f, "source", row->source);
    add_text(f, "reference", row->reference);
    add_text(f, "note", row->note);
    add_list(f, "actor_alias", a->alias);
    add_text(f, "actor_mitre", a->mitre);
    add_text(f, "list", row->list);
    add_number(f, "list_line", row->line);
    add_number(f, "confidence", row->confidence_pct);
}

/* How the flow got its name. */
static void add_name(const struct sensor_name *n, struct facts *f)
{
    add_text(f, "scope", n->source == NAME_SAME_HOST ? "same_host" : "network");
    add_text(f, "resolved_leaf", (const char *)n->leaf.at);
    add_number(f, "resolved_age_s", (int64_t)(n->age_ns / 1000000000));
    add_number(f, "resolved_ttl_s", n->ttl_s);
    add_number(f, "other_domains", n->others);
}

static void add_match(const struct dprk_case *c, struct facts *f)
{
    const struct dprk_hit *hit = c->hit;
    if (c->judged.known)
        add_number(f, "age_days", c->judged.age_days);
    add_text(f, "matched_on", hit->matched_on);
    add_text(f, "matched_value", hit->matched);
    add_text(f, "direction", hit->inbound ? "inbound" : "outbound");
    add_text(f, "embedded_from", hit->row.embedded_from);
    if (hit->port != 0)
        add_number(f, "port", hit->port);
    if (hit->name != NULL)
        add_name(hit->name, f);
    add_list(f, "chain", hit->chain);
}

/* What it is worth: validity, score, and each proof as "kind weight: what". */
static void add_worth(const struct dprk_case *c, struct rendering *r, struct facts *f)
{
    add_text(f, "validity", dprk_validity_name(c->judged.validity));
    add_number(f, "score", dprk_score(c));
    for (size_t i = 0; i < c->proofs->count; i++) {
        const struct dprk_proof *p = &c->proofs->item[i];
        snprintf(r->proof[i], sizeof r->proof[i], "%s %u: %s", p->kind, p->weight_pct, p->text);
        r->proofs[i] = r->proof[i];
    }
    r->proofs[c->proofs->count] = NULL;
    add_list(f, "proofs", r->proofs);
    add_list(f, "also_listed", r->others);
    add_text(f, "canary", dprk_class_of(c->row) == ROW_CANARY ? "yes" : "");
}

/* ------------------------------------------------------------ the best row */

/* All rows that one hit touches; the best stands first. */
struct rows {
    struct sensor_entry entry[DPRK_ROWS_MAX];
    struct indicator row[DPRK_ROWS_MAX];
    size_t count;
};

static void gather(const struct dprk *d, const struct sensor_entry *first, struct rows *all)
{
    struct sensor_entry entry = *first;
    all->count = 0;
    do {
        all->entry[all->count] = entry;
        d->host->indicator(&entry, &all->row[all->count++], sizeof all->row[0]);
    } while (all->count < DPRK_ROWS_MAX && d->host->list_next(&entry));
}

/* Audible before silent, then the graver, then the higher score. */
static int rank(const struct dprk *d, const struct dprk_case *c)
{
    if (dprk_silent(d, c) != NULL)
        return -1;
    return (3 - dprk_severity(d, c, NULL)) * 1000 + dprk_score(c);
}

static struct dprk_case case_of(const struct dprk_case *like, const struct indicator *row)
{
    struct dprk_case c = *like;
    c.row = row;
    c.judged = dprk_judge(row, like->observation->time_ns);
    return c;
}

/* Moves the best row to the front; the first of equals stays. */
static void choose(const struct dprk *d, const struct dprk_case *like, struct rows *all)
{
    size_t best = 0;
    int best_rank = -2;
    for (size_t i = 0; i < all->count; i++) {
        struct dprk_case c = case_of(like, &all->row[i]);
        int now = rank(d, &c);
        if (now > best_rank) {
            best = i;
            best_rank = now;
        }
    }
    struct sensor_entry entry = all->entry[best];
    struct indicator row = all->row[best];
    memmove(&all->entry[1], &all->entry[0], best * sizeof entry);
    memmove(&all->row[1], &all->row[0], best * sizeof row);
    all->entry[0] = entry;
    all->row[0] = row;
}

/* The other rows, each in a line. */
static void write_others(const struct rows *all, struct rendering *r)
{
    for (size_t i = 1; i < all->count; i++) {
        const struct indicator *row = &all->row[i];
        snprintf(r->also[i], sizeof r->also[i], "%.60s, line %u of %.50s: %.50s, confidence %u%s%.80s", row->value, row->line, row->list,
                 *row->actor != '\0' ? row->actor : row->category, row->confidence_pct, *row->reference != '\0' ? ", " : "", row->reference);
        r->others[i - 1] = r->also[i];
    }
    r->others[all->count - 1] = NULL;
}

/* ------------------------------------------------------------------ the alert */

static void raise_case(struct dprk *d, struct sensor_context *context, const struct dprk_case *c, const struct rows *all)
{
    struct dprk_why why = {.count = 0};
    struct facts facts = {.count = 0};
    struct rendering text;
    struct actor actor;
    char signature[SIGNATURE_SIZE] = "";
    enum dprk_class class = dprk_class_of(c->row);

    learn_actor(d, c->row->actor, &actor);
    explain_match(c, &why);
    explain_actor(c, &actor, &why);
    explain_report(c, &why);
    uint8_t severity = dprk_severity(d, c, &why);
    write_others(all, &text);
    add_row(d, c, &actor, &text, &facts);
    add_match(c, &facts);
    add_worth(c, &text, &facts);
    write_signature(c, signature);

    const char *name = *c->row->actor != '\0' ? c->row->actor : NULL;
    const char *tags[] = {class == ROW_LAUNDERING ? name : class == ROW_CANARY ? "canary" : "DPRK", class == ROW_ACTOR ? name : NULL, NULL};
    const char *references[] = {*c->row->reference != '\0' ? c->row->reference : NULL, NULL};
    d->host->raise(context, &(struct sighting){.rule = dprk_rule(c->hit->sid, class),
                                               .signature = signature,
                                               .severity = severity,
                                               .confidence_pct = c->row->confidence_pct,
                                               .target_is_server = c->hit->inbound,
                                               .context_key = "dprk",
                                               .evidence = facts.item,
                                               .evidence_count = facts.count,
                                               .why = why.line,
                                               .tags = tags,
                                               .references = references,
                                               .dedup = slice_of(c->row->value),
                                               .limit = class == ROW_CANARY ? 0 : d->limit,
                                               .window_s = d->window_s});
}

bool dprk_tell(struct dprk *d, const struct observation *o, struct sensor_context *context, const struct dprk_hit *hit)
{
    struct rows all;
    struct dprk_proofs proofs;
    struct dprk_hit best = *hit;
    d->host->count(context, "hits");
    dprk_prove(d, o, context, hit, &proofs);
    gather(d, &hit->row.entry, &all);
    choose(d, &(struct dprk_case){.hit = hit, .proofs = &proofs, .observation = o}, &all);
    best.row.entry = all.entry[0];
    struct dprk_case c = case_of(&(struct dprk_case){.hit = &best, .proofs = &proofs, .observation = o}, &all.row[0]);
    const char *silent = dprk_silent(d, &c);
    if (silent != NULL) {
        d->host->count(context, silent);
        return false;
    }
    if (dprk_class_of(c.row) == ROW_CANARY) {
        d->host->count(context, "canary");
        d->canary_ns = o->time_ns;
    }
    raise_case(d, context, &c, &all);
    return true;
}
