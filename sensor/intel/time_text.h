/* SPDX-License-Identifier: Apache-2.0 */
/*
 * time_text.h - the dates of reports: "2026-03", "2026-03-14", "2026-03-14T09:26:53Z" (RFC 3339), or seconds since the epoch.
 *
 * A report that gives a month or a day means all of it, so a reader says which end it needs.
 */
#ifndef INTEL_TIME_TEXT_H
#define INTEL_TIME_TEXT_H

#include <stdbool.h>
#include <stdint.h>

enum time_edge {
    TIME_FIRST,    /* first second of the day or month */
    TIME_LAST_DAY, /* first second of the last day */
    TIME_LAST      /* last second of the day or month */
};

/* Seconds since the epoch, UTC; fractions are cut. An empty text gives 0. False when it is no time from 1970 to 9999. */
bool time_parse(const char *text, enum time_edge edge, int64_t *out);

/* INDICATOR_..._MONTH: which of two dates that time_parse takes give a month and no day. */
uint8_t time_months(const char *first_seen, const char *last_seen);

#define TIME_TEXT_MAX 32
/* "2026-03-14" for a time that `edge` gives for that day, else "2026-03-14T09:26:53Z"; "" for 0. Returns out. */
char *time_write(int64_t seconds, enum time_edge edge, char out[TIME_TEXT_MAX]);

/* "2026-03" of a month that a report gave without a day, else as time_write(). Returns out. */
char *time_write_report(int64_t seconds, enum time_edge edge, bool month, char out[TIME_TEXT_MAX]);

/* Always with the time of day: "2026-03-14T09:26:53.000Z", as STIX 2.1 wants it. Returns out. */
char *time_write_stix(int64_t seconds, char out[TIME_TEXT_MAX]);

#endif
