/* SPDX-License-Identifier: Apache-2.0 */
/* time_text.c - see time_text.h. */
#include "intel/time_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "intel/indicator.h"

#define DAY_S      86400
#define SECOND_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59 */

/* Exactly `count` digits at *at, which moves behind them. */
static bool digits(const char **at, int count, int least, int most, int *out)
{
    *out = 0;
    for (int i = 0; i < count; i++) {
        if (!isdigit((unsigned char)**at))
            return false;
        *out = *out * 10 + (*(*at)++ - '0');
    }
    return *out >= least && *out <= most;
}

static bool skip(const char **at, const char *any_of)
{
    if (!**at || !strchr(any_of, **at))
        return false;
    (*at)++;
    return true;
}

/* "Z", "+02:00", "+0200" or nothing. */
static bool zone(const char **at, int64_t *seconds_east)
{
    *seconds_east = 0;
    if (!**at || skip(at, "Zz"))
        return true;
    int sign = **at == '-' ? -1 : 1, hours, minutes;
    if (!skip(at, "+-") || !digits(at, 2, 0, 23, &hours))
        return false;
    skip(at, ":");
    if (!digits(at, 2, 0, 59, &minutes))
        return false;
    *seconds_east = sign * (hours * 3600 + minutes * 60);
    return true;
}

/* The part behind the date: "T09:26:53.123Z". */
static bool time_of_day(const char *at, int64_t *seconds)
{
    int hour, minute, second;
    int64_t east;
    if (!skip(&at, "Tt ") || !digits(&at, 2, 0, 23, &hour) || !skip(&at, ":") || !digits(&at, 2, 0, 59, &minute) ||
        !skip(&at, ":") || !digits(&at, 2, 0, 60, &second))
        return false;
    if (skip(&at, "."))
        while (isdigit((unsigned char)*at))
            at++;
    if (!zone(&at, &east) || *at)
        return false;
    *seconds = hour * 3600 + minute * 60 + second - east;
    return true;
}

static int64_t day_start(int year, int month, int day)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    return (int64_t)timegm(&tm);
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool parse_epoch(const char *text, int64_t *out)
{
    if (strlen(text) > 12)
        return false;
    char *end;
    *out = strtoll(text, &end, 10);
    return isdigit((unsigned char)*text) && !*end && *out <= SECOND_MAX;
}

static bool parse_date(const char *at, enum time_edge edge, int64_t *out)
{
    int year, month, day = 0;
    int64_t within = edge == TIME_LAST ? DAY_S - 1 : 0;
    if (!digits(&at, 4, 1970, 9999, &year) || !skip(&at, "-") || !digits(&at, 2, 1, 12, &month))
        return false;
    if (!*at)
        day = edge == TIME_FIRST ? 1 : month_days(year, month);
    else if (!skip(&at, "-") || !digits(&at, 2, 1, month_days(year, month), &day) || (*at && !time_of_day(at, &within)))
        return false;
    *out = day_start(year, month, day) + within;
    return *out >= 0 && *out <= SECOND_MAX;
}

bool time_parse(const char *text, enum time_edge edge, int64_t *out)
{
    *out = 0;
    return !*text || strchr(text, '-') ? !*text || parse_date(text, edge, out) : parse_epoch(text, out);
}

static bool is_month(const char *text)
{
    return strlen(text) == sizeof "2026-03" - 1 && strchr(text, '-');
}

uint8_t time_months(const char *first_seen, const char *last_seen)
{
    unsigned first = is_month(first_seen) ? INDICATOR_FIRST_MONTH : 0, last = is_month(last_seen) ? INDICATOR_LAST_MONTH : 0;
    return (uint8_t)(first | last);
}

char *time_write(int64_t seconds, enum time_edge edge, char out[TIME_TEXT_MAX])
{
    if (seconds == 0) {
        *out = '\0';
        return out;
    }
    clock_utc(seconds, out);
    if (seconds % DAY_S == (edge == TIME_LAST ? DAY_S - 1 : 0))
        out[10] = '\0';
    else
        memcpy(out + strlen(out), "Z", 2);
    return out;
}

char *time_write_report(int64_t seconds, enum time_edge edge, bool month, char out[TIME_TEXT_MAX])
{
    time_write(seconds, edge, out);
    if (month && seconds != 0)
        out[sizeof "2026-03" - 1] = '\0';
    return out;
}

char *time_write_stix(int64_t seconds, char out[TIME_TEXT_MAX])
{
    clock_utc(seconds, out);
    memcpy(out + strlen(out), ".000Z", 6);
    return out;
}
