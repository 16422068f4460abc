/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grade.c - how loud a hit may be: confidence, validity, status, port, hosting and proofs of the row.
 *
 * Severity starts at the rule's and only ever gets weaker, one step at a time, down to 3; each step leaves a sentence. The score says
 * the same in finer steps, for sorting. Rows that are doubtful by their own account are silent, but counted.
 */
#include "dprk.h"

#include <string.h>

enum { SEVERITY_LOW = 3 };

static bool begins(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

enum dprk_class dprk_class_of(const struct indicator *row)
{
    static const struct {
        const char *category;
        enum dprk_class class;
    } classes[] = {{"laundering", ROW_LAUNDERING}, {"dprk_net", ROW_NETWORK}, {"canary", ROW_CANARY}};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcmp(row->category, classes[i].category) == 0)
            return classes[i].class;
    return ROW_ACTOR;
}

/* The lowest confidence that may be heard. */
static int64_t least_pct(const struct dprk *d, const struct dprk_hit *hit)
{
    return hit->sid == SID_URL ? d->policy.url_pct : d->policy.least_pct;
}

const char *dprk_silent(const struct dprk *d, const struct dprk_case *c)
{
    if (strcmp(c->row->status, "stale") == 0 || strcmp(c->row->status, "unverified") == 0)
        return "silent_status";
    if (c->row->confidence_pct < least_pct(d, c->hit))
        return "silent_confidence";
    return d->policy.ageing == AGEING_MUTE && c->judged.validity == AFTER_EXPIRY ? "silent_age" : NULL;
}

/* -------------------------------------------------------------------- steps */

static int confidence_steps(const struct dprk *d, const struct dprk_case *c, struct dprk_why *why)
{
    int pct = c->row->confidence_pct;
    if (pct >= d->policy.full_pct) {
        dprk_because(why, "Confidence %d of 100: full severity", pct);
        return 0;
    }
    if (pct >= d->policy.least_pct) {
        dprk_because(why, "Confidence %d of 100 is below %d: one step lower", pct, (int)d->policy.full_pct);
        return 1;
    }
    dprk_because(why, "Confidence %d of 100: the site is a victim, only this URL is suspect, so lowest severity", pct);
    return SEVERITY_LOW;
}

/* How the packet's time lies to the row's life. */
static int validity_steps(const struct dprk *d, const struct dprk_case *c, struct dprk_why *why)
{
    const struct dprk_judgement *j = &c->judged;
    const char *step = d->policy.ageing == AGEING_REPORT ? "" : ": one step lower";
    char date[16];
    switch (j->validity) {
    case IN_WINDOW: return 0;
    case AFTER_EXPIRY:
        if (c->row->valid_until != 0)
            dprk_because(why, "The list holds it valid until %s only, before this packet%s", dprk_date(c->row->valid_until, date), step);
        else
            dprk_because(why, "Last reported %lld days before this packet, fresh for %lld%s", (long long)j->age_days,
                         (long long)j->lifetime_days, step);
        return d->policy.ageing != AGEING_REPORT;
    case BEFORE_FIRST_REPORT:
        if (j->early_days <= j->lifetime_days) {
            dprk_because(why, "First reported %lld days after this packet: often it is in use before", (long long)j->early_days);
            return 0;
        }
        dprk_because(why, "First reported %lld days after this packet, when it may have been somebody else's%s", (long long)j->early_days,
                     step);
        return d->policy.ageing != AGEING_REPORT;
    }
    return 0;
}

static int port_steps(const struct dprk *d, const struct dprk_case *c, struct dprk_why *why)
{
    if (c->hit->port_fit != PORT_DIFFERS)
        return 0;
    dprk_because(why, "Port %u is not among the reported ports %.100s: one step lower", c->hit->port,
                 d->host->field(&c->hit->row.entry, "ports"));
    return 1;
}

/* An internal client of whom no packet passed here: the other end alone says so, and anybody can say anything. */
static int unasked_steps(const struct dprk *d, const struct dprk_case *c, struct dprk_why *why)
{
    char client[46];
    if (c->hit->inbound || c->observation->packets[TO_SERVER] != 0)
        return 0;
    dprk_because(why, "No packet of %s was seen in this flow, so it may not have asked for this: one step lower",
                 d->host->address_text(&c->observation->client, client));
    return 1;
}

/* What is shared with others, and what the hit itself doubts. */
static int shared_steps(const struct dprk_case *c, struct dprk_why *why)
{
    int steps = 0;
    if (*c->row->hosted != '\0') {
        dprk_because(why, "The host lies below the shared parent %.100s and may change hands: one step lower", c->row->hosted);
        steps++;
    }
    if (c->proofs->shared != NULL) {
        dprk_because(why, "%s: one step lower", c->proofs->shared);
        steps++;
    }
    if (c->hit->doubt != NULL) {
        dprk_because(why, "%s", c->hit->doubt);
        steps++;
    }
    return steps;
}

/* A fingerprint is a program's, not an actor's: only with something else it counts in full. */
static int base_severity(const struct dprk_case *c, const struct sensor_rule *rule, struct dprk_why *why)
{
    bool fingerprint = c->hit->sid >= SID_JA3 && c->hit->sid <= SID_JA4;
    if (!fingerprint || c->proofs->count < 2)
        return rule->severity;
    dprk_because(why, "The fingerprint does not stand alone: one step higher");
    return rule->severity - 1;
}

/* True when the row only informs: taken down, delisted, or marked so. */
static bool only_informs(const struct dprk_case *c, struct dprk_why *why)
{
    const char *status = c->row->status;
    if (begins(status, "seized") || begins(status, "offline") || begins(status, "delisted")) {
        dprk_because(why, "Status %.60s: the infrastructure is gone, so this informs only; the host still wanted it", status);
        return true;
    }
    char level[DPRK_TEXT_MAX];
    if (!dprk_note(c->row, "level", level) || strcmp(level, "info") != 0)
        return false;
    dprk_because(why, "The list marks this row as informational");
    return true;
}

uint8_t dprk_severity(const struct dprk *d, const struct dprk_case *c, struct dprk_why *why)
{
    const struct sensor_rule *rule = dprk_rule(c->hit->sid, dprk_class_of(c->row));
    int severity = base_severity(c, rule, why);
    severity += confidence_steps(d, c, why) + shared_steps(c, why) + port_steps(d, c, why) + validity_steps(d, c, why);
    severity += unasked_steps(d, c, why);
    if (only_informs(c, why) || severity > SEVERITY_LOW)
        severity = SEVERITY_LOW;
    dprk_because(why, "Severity %d (1 high, 3 low); rule %u starts at %u", severity, rule->sid, rule->severity);
    return (uint8_t)severity;
}

uint8_t dprk_score(const struct dprk_case *c)
{
    return (uint8_t)((uint32_t)dprk_weight_pct(c->proofs) * c->row->confidence_pct * c->judged.fresh_pct / 10000);
}
