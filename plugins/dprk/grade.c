/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grade.c - how loud a hit may be: confidence, status, port, hosting and age of the row.
 *
 * Severity starts at the rule's and only ever gets weaker, one step at a time, down to 3; each step
 * leaves a sentence. Rows that are doubtful by their own account are silent, but counted.
 */
#include "dprk.h"

#include <stdlib.h>
#include <string.h>

enum { SEVERITY_LOW = 3 };

/* Days after which a report of this kind should no longer alert by itself. Order matters: first fit. */
static const struct lifetime {
    const char *type, *category; /* NULL: any */
    int hosted, ports;           /* 1: only rows that have it; 0: any */
    int64_t days;
} lifetimes[] = {
    {NULL, "dprk_net", 0, 0, INT64_MAX},
    {NULL, "laundering", 0, 0, INT64_MAX},
    {NULL, NULL, 1, 0, 60},
    {"url", NULL, 0, 0, 60},
    {"ipv4", NULL, 0, 1, 90},
    {"ipv6", NULL, 0, 1, 90},
    {"ipv4", NULL, 0, 0, 60},
    {"ipv6", NULL, 0, 0, 60},
    {"cidr", NULL, 0, 0, 60},
    {NULL, "actor_phish", 0, 0, 120},
    {NULL, NULL, 0, 0, 365},
};

static const char *column(const struct dprk *d, const struct sensor_entry *row, const char *name)
{
    return d->host->field(row, name);
}

static bool begins(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

enum dprk_class dprk_class_of(const struct dprk *d, const struct sensor_entry *row)
{
    const char *category = column(d, row, "category");
    if (strcmp(category, "laundering") == 0)
        return ROW_LAUNDERING;
    return strcmp(category, "dprk_net") == 0 ? ROW_NETWORK : ROW_ACTOR;
}

int64_t dprk_confidence_pct(const struct dprk *d, const struct sensor_entry *row)
{
    const char *text = column(d, row, "confidence");
    char *end = NULL;
    long pct = strtol(text, &end, 10);
    return end == text || *end != '\0' || pct < 0 || pct > 100 ? 0 : pct;
}

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar. */
static int64_t day_number(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t month_from_march = month > 2 ? month - 3 : month + 9;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * month_from_march + 2) / 5 + day - 719469;
}

/* Reads "YYYY-MM" (its last day) or "YYYY-MM-DD". */
static bool read_date(const char *text, int64_t *day)
{
    char *end = NULL;
    long year = strtol(text, &end, 10);
    if (end != text + 4 || *end != '-' || year < 1970)
        return false;
    long month = strtol(end + 1, &end, 10);
    if (end != text + 7 || month < 1 || month > 12)
        return false;
    if (*end == '\0') {
        *day = month == 12 ? day_number(year + 1, 1, 1) - 1 : day_number(year, month + 1, 1) - 1;
        return true;
    }
    long dom = strtol(end + 1, &end, 10);
    if (end != text + 10 || *end != '\0' || text[7] != '-' || dom < 1 || dom > 31)
        return false;
    *day = day_number(year, month, dom);
    return true;
}

int64_t dprk_age_days(const struct dprk *d, const struct sensor_entry *row, uint64_t time_ns)
{
    int64_t last = 0;
    if (!read_date(column(d, row, "last_seen"), &last))
        return -1;
    int64_t now = (int64_t)(time_ns / 86400000000000u);
    return now > last ? now - last : 0;
}

bool dprk_note(const struct dprk *d, const struct sensor_entry *row, const char *key, char out[DPRK_TEXT_MAX])
{
    size_t length = strlen(key);
    const char *at = column(d, row, "note");
    while (*at != '\0') {
        const char *end = strstr(at, "; ");
        size_t size = end != NULL ? (size_t)(end - at) : strlen(at);
        if (size > length && at[length] == '=' && strncmp(at, key, length) == 0) {
            dprk_printable(out, (struct slice){(const uint8_t *)at + length + 1, size - length - 1});
            return true;
        }
        at = end != NULL ? end + 2 : at + size;
    }
    return false;
}

/* Days that this row stays fresh; INT64_MAX for ever. */
static int64_t lifetime_days(const struct dprk *d, const struct sensor_entry *row)
{
    char decay[DPRK_TEXT_MAX];
    if (dprk_note(d, row, "decay", decay) && strcmp(decay, "none") == 0)
        return INT64_MAX;
    for (size_t i = 0; i < sizeof lifetimes / sizeof *lifetimes; i++) {
        const struct lifetime *l = &lifetimes[i];
        if ((l->type == NULL || strcmp(l->type, column(d, row, "type")) == 0) &&
            (l->category == NULL || strcmp(l->category, column(d, row, "category")) == 0) &&
            (!l->hosted || *column(d, row, "hosted") != '\0') && (!l->ports || *column(d, row, "ports") != '\0'))
            return l->days;
    }
    return INT64_MAX;
}

/* The lowest confidence that may be heard. */
static int64_t least_pct(const struct dprk *d, const struct dprk_hit *hit)
{
    return hit->sid == SID_URL ? d->policy.url_pct : d->policy.least_pct;
}

/* Counts and returns true when the row is doubtful by its own account. */
static bool is_silent(struct dprk *d, const struct dprk_hit *hit, int64_t age, struct sensor_context *context)
{
    const char *status = column(d, &hit->row.entry, "status");
    if (strcmp(status, "stale") == 0 || strcmp(status, "unverified") == 0) {
        d->host->count(context, "silent_status");
        return true;
    }
    if (dprk_confidence_pct(d, &hit->row.entry) < least_pct(d, hit)) {
        d->host->count(context, "silent_confidence");
        return true;
    }
    if (d->policy.ageing == AGEING_MUTE && age > lifetime_days(d, &hit->row.entry)) {
        d->host->count(context, "silent_age");
        return true;
    }
    return false;
}

static int confidence_steps(const struct dprk *d, const struct dprk_hit *hit, struct dprk_why *why)
{
    int64_t pct = dprk_confidence_pct(d, &hit->row.entry);
    if (pct >= d->policy.full_pct) {
        dprk_because(why, "Confidence %d of 100: full severity", (int)pct);
        return 0;
    }
    if (pct >= d->policy.least_pct) {
        dprk_because(why, "Confidence %d of 100 is below %d: one step lower", (int)pct, (int)d->policy.full_pct);
        return 1;
    }
    dprk_because(why, "Confidence %d of 100: the site is a victim, only this URL is suspect, so lowest severity", (int)pct);
    return SEVERITY_LOW;
}

static int row_steps(const struct dprk *d, const struct dprk_hit *hit, int64_t age, struct dprk_why *why)
{
    int steps = 0;
    const char *hosted = column(d, &hit->row.entry, "hosted");
    if (*hosted != '\0') {
        dprk_because(why, "The host lies below the shared parent %s and may change hands: one step lower", hosted);
        steps++;
    }
    if (hit->port_fit == PORT_DIFFERS) {
        dprk_because(why, "Port %u is not among the reported ports %s: one step lower", hit->port,
                     column(d, &hit->row.entry, "ports"));
        steps++;
    }
    if (d->policy.ageing == AGEING_LOWER && age > lifetime_days(d, &hit->row.entry)) {
        dprk_because(why, "Last reported %lld days ago, fresh for %lld: one step lower", (long long)age,
                     (long long)lifetime_days(d, &hit->row.entry));
        steps++;
    }
    return steps;
}

/* An internal client of whom no packet passed here: the other end alone says so, and anybody can say anything. */
static int unasked_steps(const struct dprk *d, const struct dprk_hit *hit, const struct observation *o, struct dprk_why *why)
{
    char client[46];
    if (hit->inbound || o->packets[TO_SERVER] != 0)
        return 0;
    dprk_because(why, "No packet of %s was seen in this flow, so it may not have asked for this: one step lower",
                 d->host->address_text(&o->client, client));
    return 1;
}

/* True when the row only informs: taken down, delisted, or marked so. */
static bool only_informs(const struct dprk *d, const struct sensor_entry *row, struct dprk_why *why)
{
    const char *status = column(d, row, "status");
    if (begins(status, "seized") || begins(status, "offline") || begins(status, "delisted")) {
        dprk_because(why, "Status %s: the infrastructure is gone, so this informs only; the host still wanted it", status);
        return true;
    }
    char level[DPRK_TEXT_MAX];
    if (!dprk_note(d, row, "level", level) || strcmp(level, "info") != 0)
        return false;
    dprk_because(why, "The list marks this row as informational");
    return true;
}

uint8_t dprk_grade(struct dprk *d, const struct dprk_hit *hit, const struct observation *o, struct sensor_context *context,
                   struct dprk_why *why)
{
    int64_t age = dprk_age_days(d, &hit->row.entry, o->time_ns);
    if (is_silent(d, hit, age, context))
        return 0;
    const struct sensor_rule *rule = dprk_rule(hit->sid, dprk_class_of(d, &hit->row.entry));
    int severity = rule->severity + confidence_steps(d, hit, why) + row_steps(d, hit, age, why);
    severity += unasked_steps(d, hit, o, why);
    if (hit->doubt != NULL) {
        dprk_because(why, "%s", hit->doubt);
        severity++;
    }
    if (only_informs(d, &hit->row.entry, why) || severity > SEVERITY_LOW)
        severity = SEVERITY_LOW;
    dprk_because(why, "Severity %d (1 high, 3 low); rule %u starts at %u", severity, rule->sid, rule->severity);
    return (uint8_t)severity;
}
