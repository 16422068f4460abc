/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - time as the sensor writes it. Packet time is uint64_t nanoseconds since the epoch, UTC.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NS_PER_S       UINT64_C(1000000000)
#define NS_PER_MS      UINT64_C(1000000)
#define NS_PER_HOUR    (3600 * NS_PER_S)
#define NS_PER_DAY     (86400 * NS_PER_S)
#define CLOCK_TEXT_MAX 32

/* Turns times into EVE time stamps; remembers the zone offset of the last quarter hour (zones change
 * on quarters) and the texts of the last day and second. One per thread. */
struct clock_text {
    uint64_t quarter; /* quarter hours since the epoch that `offset_s` belongs to */
    int32_t offset_s; /* local minus UTC */
    uint64_t second;  /* second that `text` holds */
    int64_t day;      /* local days since the epoch that it holds */
    char text[CLOCK_TEXT_MAX];
};

void clock_text_init(struct clock_text *c);

/* "2026-03-01T12:00:00.000100+0000": local time, always 6 digits and a numeric zone, 31 bytes and NUL. Times past
 * year 9999 are clamped. The result lives in `c` until the next call. */
const char *clock_eve(struct clock_text *c, uint64_t ns);

/* "2026-01-04T10:48:43" (UTC, no zone) for certificate times; seconds may be negative or huge (clamped to years
 * 0001..9999). `out` has CLOCK_TEXT_MAX bytes; returns out. */
char *clock_utc(int64_t seconds, char *out);

/* Reads "2027-03-31" (a day from 1970 on, UTC) as the first ns of that day; false when it is none. */
bool clock_day(const char *text, uint64_t *ns);

/* Monotonic wall time in ns, for intervals of the program itself (never for packets). */
uint64_t clock_monotonic_ns(void);

/* The wall clock in ns since the epoch: a live capture without traffic lives by it. */
uint64_t clock_wall_ns(void);

#endif
