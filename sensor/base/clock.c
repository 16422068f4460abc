/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.c - dates without strftime. The C library is asked for the zone once a quarter hour of packet time; the rest is
 * arithmetic on days, and within one second only six digits change.
 *
 * Dates are counted from 1 March, so that the leap day is the last of its year (Fliegel, van Flandern 1968).
 */
#include "base/clock.h"

#include <string.h>
#include <time.h>

#include "base/decimal.h"

#define QUARTER_S   900u
#define DAY_S       86400
#define SECOND_MIN  INT64_C(-62135596800) /* 0001-01-01T00:00:00 */
#define SECOND_MAX  INT64_C(253402300799) /* 9999-12-31T23:59:59 */
#define ERA_DAYS    146097                /* days in 400 years */
#define EPOCH_SHIFT 719468                /* days from 0000-03-01 to 1970-01-01 */
#define TIME_AT     11                    /* where the hours begin in an EVE time stamp, */
#define FRACTION_AT 20                    /* the microseconds, */
#define ZONE_AT     26                    /* and the zone */

struct date {
    int64_t year;
    unsigned month, day; /* from 1 */
};

static struct date date_of_day(int64_t days)
{
    int64_t shifted = days + EPOCH_SHIFT;
    int64_t era = (shifted >= 0 ? shifted : shifted - (ERA_DAYS - 1)) / ERA_DAYS;
    unsigned day = (unsigned)(shifted - era * ERA_DAYS);
    unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    unsigned in_year = day - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * in_year + 2) / 153; /* 0 is March */
    struct date d = {.day = in_year - (153 * month + 2) / 5 + 1, .month = month < 10 ? month + 3 : month - 9};
    d.year = (int64_t)year + era * 400 + (d.month <= 2);
    return d;
}

static int64_t day_of(int64_t seconds)
{
    return seconds / DAY_S - (seconds % DAY_S < 0);
}

/* "YYYY-MM-DDT" of a day within the years 0001..9999; returns the end. */
static char *write_day(char *at, int64_t day)
{
    struct date d = date_of_day(day);
    at = decimal_two(at, (unsigned)d.year / 100);
    at = decimal_two(at, (unsigned)d.year % 100);
    *at++ = '-';
    at = decimal_two(at, d.month);
    *at++ = '-';
    at = decimal_two(at, d.day);
    *at++ = 'T';
    return at;
}

/* "HH:MM:SS" of a second of the day; returns the end. */
static char *write_time(char *at, unsigned second)
{
    at = decimal_two(at, second / 3600);
    *at++ = ':';
    at = decimal_two(at, second / 60 % 60);
    *at++ = ':';
    return decimal_two(at, second % 60);
}

void clock_text_init(struct clock_text *c)
{
    tzset();
    *c = (struct clock_text){.quarter = UINT64_MAX, .second = UINT64_MAX, .day = INT64_MIN};
}

/* Local minus UTC at a time, 0 when the C library does not know. */
static int32_t offset_at(uint64_t second)
{
    time_t when = (time_t)second;
    struct tm local;
    if (localtime_r(&when, &local) == NULL)
        return 0;
    return (int32_t)local.tm_gmtoff;
}

/* "+0100" behind the fraction. */
static void write_zone(struct clock_text *c)
{
    char *at = c->text + ZONE_AT;
    unsigned minutes = (unsigned)(c->offset_s < 0 ? -c->offset_s : c->offset_s) / 60;
    *at++ = c->offset_s < 0 ? '-' : '+';
    at = decimal_two(at, minutes / 60);
    *decimal_two(at, minutes % 60) = '\0';
}

/* All but the fraction; of the day and the zone only what is new. */
static void write_second(struct clock_text *c, uint64_t second)
{
    if (second / QUARTER_S != c->quarter) {
        c->quarter = second / QUARTER_S;
        c->offset_s = offset_at(second);
        write_zone(c);
    }
    c->second = second;
    int64_t local = (int64_t)second + c->offset_s;
    if (local > SECOND_MAX)
        local = SECOND_MAX;
    int64_t day = day_of(local);
    if (day != c->day)
        write_day(c->text, day);
    c->day = day;
    *write_time(c->text + TIME_AT, (unsigned)(local - day * DAY_S)) = '.';
}

const char *clock_eve(struct clock_text *c, uint64_t ns)
{
    if (ns / NS_PER_S != c->second)
        write_second(c, ns / NS_PER_S);
    unsigned us = (unsigned)(ns % NS_PER_S) / 1000;
    char *at = decimal_two(c->text + FRACTION_AT, us / 10000);
    at = decimal_two(at, us / 100 % 100);
    decimal_two(at, us % 100);
    return c->text;
}

char *clock_utc(int64_t seconds, char *out)
{
    if (seconds < SECOND_MIN)
        seconds = SECOND_MIN;
    if (seconds > SECOND_MAX)
        seconds = SECOND_MAX;
    int64_t day = day_of(seconds);
    *write_time(write_day(out, day), (unsigned)(seconds - day * DAY_S)) = '\0';
    return out;
}

static bool read_digits(const char *at, int count, unsigned *out)
{
    for (*out = 0; count > 0; count--, at++) {
        if (*at < '0' || *at > '9')
            return false;
        *out = *out * 10 + (unsigned)(*at - '0');
    }
    return true;
}

bool clock_day(const char *text, uint64_t *ns)
{
    unsigned year, month, day;
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' || !read_digits(text, 4, &year) ||
        !read_digits(text + 5, 2, &month) || !read_digits(text + 8, 2, &day) || year < 1970 || month < 1 || month > 12 || day < 1)
        return false;
    unsigned march = (month + 9) % 12, shifted = year - (month <= 2);
    int64_t days = (int64_t)shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + (153 * march + 2) / 5 + day - 1 - EPOCH_SHIFT;
    struct date back = date_of_day(days);
    *ns = (uint64_t)days * NS_PER_DAY;
    return back.month == month && back.day == day; /* no 30 February */
}

uint64_t clock_monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t clock_wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}
