/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell.c - from a hit to an alert that an analyst can check without another file.
 *
 * The signature says in plain words what was seen; alert.context.dprk holds the row and the match; why
 * holds the sentences. Text from the wire is made printable here, once.
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
    if (why->count == DPRK_WHY_MAX)
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
static const char *noun(const char *type, const char *category)
{
    if (strcmp(type, "url") == 0)
        return strcmp(category, "compromised_legit") == 0 ? "URL on a compromised site" : "URL";
    if (*type != '\0' && strcmp(type, "domain") != 0)
        return "address";
    if (strcmp(category, "actor_phish") == 0)
        return "phishing domain";
    return strcmp(category, "front_company") == 0 ? "front company domain" : "domain";
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
    case SID_URL: return "requested over HTTP";
    case SID_NAMED_ANSWERED: return "behind a flow without a name, it answered";
    case SID_NAMED_SILENT: return "behind a flow without a name, no answer";
    }
    return "seen";
}

static void write_signature(const struct dprk *d, const struct dprk_hit *hit, char out[SIGNATURE_SIZE])
{
    const char *type = d->host->field(&hit->row.entry, "type");
    const char *what = noun(type, d->host->field(&hit->row.entry, "category"));
    const char *tail = happened(hit->sid);
    char actor[DPRK_TEXT_MAX];
    switch (dprk_class_of(d, &hit->row.entry)) {
    case ROW_LAUNDERING: snprintf(out, SIGNATURE_SIZE, "Laundering service %s %s", what, tail); return;
    case ROW_NETWORK: snprintf(out, SIGNATURE_SIZE, "DPRK national %s %s", what, tail); return;
    case ROW_ACTOR:
        dprk_printable(actor, slice_of(d->host->field(&hit->row.entry, "actor")));
        snprintf(out, SIGNATURE_SIZE, "%s%.64s %s %s", strncmp(actor, "DPRK", 4) == 0 ? "" : "DPRK ", actor, what, tail);
        return;
    }
}

static void explain_match(const struct dprk *d, const struct dprk_hit *hit, struct dprk_why *why)
{
    const char *value = d->host->field(&hit->row.entry, "value");
    const char *match = d->host->field(&hit->row.entry, "match");
    const char *how = strcmp(match, "cidr") == 0 ? "lies in" : strcmp(match, "suffix") == 0 ? "is or lies below" : "equals";
    dprk_because(why, "%s", hit->event);
    if (hit->row.embedded_from != NULL)
        dprk_because(why, "The IPv4 address is carried inside an IPv6 address (%s)", hit->row.embedded_from);
    dprk_because(why, "%.120s %s the indicator %.120s, line %u of %s", hit->matched, how, value, hit->row.entry.line, d->list_name);
    if (hit->detail != NULL)
        dprk_because(why, "%s", hit->detail);
}

static void explain_actor(const struct dprk *d, const struct dprk_hit *hit, const struct actor *a, struct dprk_why *why)
{
    const char *actor = d->host->field(&hit->row.entry, "actor");
    const char *campaign = d->host->field(&hit->row.entry, "campaign");
    switch (dprk_class_of(d, &hit->row.entry)) {
    case ROW_LAUNDERING:
        dprk_because(why, "It is a laundering service that DPRK actors used among others (%s), not infrastructure of theirs",
                     campaign);
        return;
    case ROW_NETWORK: dprk_because(why, "It belongs to the DPRK itself (%s): contact, not proof of an intrusion", campaign); return;
    case ROW_ACTOR:
        dprk_because(why, "Reports attribute it to %s%s%s%s%s%s, campaign %s", actor, a->alias[0] != NULL ? ", also called " : "",
                     a->alias[0] != NULL ? a->alias[0] : "", *a->mitre != '\0' ? " (MITRE " : "", a->mitre,
                     *a->mitre != '\0' ? ")" : "", campaign);
        return;
    }
}

static void explain_report(const struct dprk *d, const struct dprk_hit *hit, int64_t age, struct dprk_why *why)
{
    char text[DPRK_TEXT_MAX];
    dprk_because(why, "Source: %s; first reported %s, last %s, %lld days before this packet",
                 d->host->field(&hit->row.entry, "source"), d->host->field(&hit->row.entry, "first_seen"),
                 d->host->field(&hit->row.entry, "last_seen"), (long long)(age < 0 ? 0 : age));
    if (dprk_note(d, &hit->row.entry, "verified2", text))
        dprk_because(why, "A second source has it too: %s", text);
    if (dprk_note(d, &hit->row.entry, "caveat", text))
        dprk_because(why, "Caution: %s", text);
}

static void add_row(const struct dprk *d, const struct dprk_hit *hit, const struct actor *a, struct facts *f)
{
    static const char *const columns[][2] = {
        {"indicator", "value"},     {"indicator_type", "type"}, {"match", "match"},           {"actor", "actor"},
        {"campaign", "campaign"},   {"category", "category"},   {"first_seen", "first_seen"}, {"last_seen", "last_seen"},
        {"status", "status"},       {"hosted", "hosted"},       {"ports", "ports"},           {"source", "source"},
        {"reference", "reference"}, {"note", "note"},
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        add_text(f, columns[i][0], d->host->field(&hit->row.entry, columns[i][1]));
    add_list(f, "actor_alias", a->alias);
    add_text(f, "actor_mitre", a->mitre);
    add_text(f, "list", d->list_name);
    add_number(f, "list_line", hit->row.entry.line);
    add_number(f, "confidence", dprk_confidence_pct(d, &hit->row.entry));
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

static void add_match(const struct dprk_hit *hit, int64_t age, struct facts *f)
{
    if (age >= 0)
        add_number(f, "age_days", age);
    add_text(f, "matched_on", hit->matched_on);
    add_text(f, "matched_value", hit->matched);
    add_text(f, "direction", hit->inbound ? "inbound" : "outbound");
    add_text(f, "embedded_from", hit->row.embedded_from);
    if (hit->port != 0)
        add_number(f, "port", hit->port);
    add_list(f, "chain", hit->chain);
    if (hit->name != NULL)
        add_name(hit->name, f);
}

bool dprk_tell(struct dprk *d, const struct observation *o, struct sensor_context *context, const struct dprk_hit *hit)
{
    struct dprk_why why = {.count = 0};
    struct facts facts = {.count = 0};
    struct actor actor;
    char signature[SIGNATURE_SIZE] = "";
    const char *name = d->host->field(&hit->row.entry, "actor");
    enum dprk_class class = dprk_class_of(d, &hit->row.entry);
    int64_t age = dprk_age_days(d, &hit->row.entry, o->time_ns);

    d->host->count(context, "hits");
    learn_actor(d, name, &actor);
    explain_match(d, hit, &why);
    explain_actor(d, hit, &actor, &why);
    explain_report(d, hit, age, &why);
    uint8_t severity = dprk_grade(d, hit, o, context, &why);
    if (severity == 0)
        return false;
    add_row(d, hit, &actor, &facts);
    add_match(hit, age, &facts);
    write_signature(d, hit, signature);

    const char *tags[] = {class == ROW_LAUNDERING ? name : "DPRK", class == ROW_ACTOR ? name : NULL, NULL};
    const char *references[] = {d->host->field(&hit->row.entry, "reference"), NULL};
    d->host->raise(context, &(struct sighting){.rule = dprk_rule(hit->sid, class),
                                               .signature = signature,
                                               .severity = severity,
                                               .confidence_pct = (uint8_t)dprk_confidence_pct(d, &hit->row.entry),
                                               .target_is_server = hit->inbound,
                                               .context_key = "dprk",
                                               .evidence = facts.item,
                                               .evidence_count = facts.count,
                                               .why = why.line,
                                               .tags = tags,
                                               .references = references,
                                               .dedup = slice_of(d->host->field(&hit->row.entry, "value")),
                                               .limit = d->limit,
                                               .window_s = d->window_s});
    return true;
}
