/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge.c - a row held against the time of the packet: a capture of 2021 is judged by what held in 2021.
 *
 * A row's life begins with valid_from, or with its first report, and ends with valid_until, or when its kind has gone stale after the
 * last report. Addresses change hands fast, names slowly, the DPRK's own address space not at all. Inside its life a row is worth less
 * the longer nobody has reported it: a straight line from 100 at the last report to 50 at the end, and on to 10. Before its first
 * report infrastructure often exists already, so the same line runs backwards in time, and no lower than 25.
 */
#include "dprk.h"

#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400, FRESH_END = 50, FRESH_LEAST = 10, FRESH_EARLY_LEAST = 25 };

/* Days that a report of this kind stays fresh. Order matters: first fit. */
static const struct lifetime {
    const char *category; /* NULL: any */
    int type;             /* 0: any; CIDR rows are as addresses */
    bool hosted, ports;   /* true: only rows that have it */
    int64_t days;
} lifetimes[] = {
    {"dprk_net", 0, false, false, INT64_MAX},
    {"laundering", 0, false, false, INT64_MAX},
    {"sanctioned_wallet", 0, false, false, INT64_MAX},
    {"canary", 0, false, false, INT64_MAX},
    {NULL, 0, true, false, 60},
    {NULL, INDICATOR_URL, false, false, 60},
    {NULL, INDICATOR_IPV4, false, true, 90},
    {NULL, INDICATOR_IPV6, false, true, 90},
    {NULL, INDICATOR_IPV4, false, false, 60},
    {NULL, INDICATOR_IPV6, false, false, 60},
    {NULL, INDICATOR_CIDR, false, false, 60},
    {"actor_phish", 0, false, false, 120},
    {NULL, 0, false, false, 365},
};

bool dprk_note(const struct indicator *row, const char *key, char out[DPRK_TEXT_MAX])
{
    size_t length = strlen(key);
    const char *at = row->note;
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

static int64_t lifetime_days(const struct indicator *row)
{
    char decay[DPRK_TEXT_MAX];
    if (dprk_note(row, "decay", decay) && strcmp(decay, "none") == 0)
        return INT64_MAX;
    for (size_t i = 0; i < sizeof lifetimes / sizeof *lifetimes; i++) {
        const struct lifetime *l = &lifetimes[i];
        if ((l->category == NULL || strcmp(l->category, row->category) == 0) && (l->type == 0 || l->type == (int)row->type) &&
            (!l->hosted || *row->hosted != '\0') && (!l->ports || row->port_count != 0))
            return l->days;
    }
    return INT64_MAX;
}

/* From 100 down by half a life's worth of 50; `days` may be beyond the life. */
static uint8_t worth(int64_t days, int64_t lifetime, int64_t least)
{
    if (days <= 0 || lifetime == INT64_MAX)
        return 100;
    int64_t pct = days > 10 * lifetime ? 0 : 100 - (100 - FRESH_END) * days / lifetime;
    return (uint8_t)(pct < least ? least : pct);
}

/* Days from one time to a later one, whole days of the calendar. */
static int64_t days_between(int64_t from_s, int64_t to_s)
{
    int64_t days = to_s / DAY_S - from_s / DAY_S;
    return days > 0 ? days : 0;
}

struct dprk_judgement dprk_judge(const struct indicator *row, uint64_t time_ns)
{
    int64_t now = (int64_t)(time_ns / 1000000000u);
    int64_t from = row->valid_from != 0 ? row->valid_from : row->first_seen;
    struct dprk_judgement j = {.known = row->last_seen != 0, .lifetime_days = lifetime_days(row)};
    j.age_days = j.known ? days_between(row->last_seen, now) : 0;
    if (from != 0 && now < from) {
        j.validity = BEFORE_FIRST_REPORT;
        j.early_days = days_between(now, from);
        j.fresh_pct = worth(j.early_days, j.lifetime_days, FRESH_EARLY_LEAST);
        return j;
    }
    j.fresh_pct = worth(j.age_days, j.lifetime_days, FRESH_LEAST);
    if (row->valid_until != 0 ? now > row->valid_until : j.age_days > j.lifetime_days) {
        j.validity = AFTER_EXPIRY;
        j.fresh_pct = j.fresh_pct > FRESH_END ? FRESH_END : j.fresh_pct;
    }
    return j;
}

const char *dprk_validity_name(enum dprk_validity v)
{
    static const char *const names[] = {"in_window", "before_first_report", "after_expiry"};
    return names[v];
}

/* The proleptic Gregorian calendar, counted in years from March. */
char *dprk_date(int64_t seconds, char out[16])
{
    int64_t days = seconds / DAY_S + 719468, era = days / 146097, of_era = days % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    int64_t day = of_year - (153 * month + 2) / 5 + 1;
    *out = '\0';
    if (seconds > 0)
        snprintf(out, 16, "%04u-%02u-%02u", (unsigned)(year + era * 400 + (month >= 10)) % 10000u,
                 (unsigned)(month < 10 ? month + 3 : month - 9) % 100u, (unsigned)day % 100u);
    return out;
}
