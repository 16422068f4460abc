/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decimal.h - decimal digits without printf, two at a time. Every event has some thirty numbers, so these are inline.
 */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdint.h>
#include <string.h>

#define DECIMAL_DIGITS_MAX 20 /* of a uint64_t */

/* "00" to "99", one after the other. */
extern const char decimal_pairs[201];

/* The two digits of n (0..99); returns the end. */
static inline char *decimal_two(char *at, unsigned n)
{
    memcpy(at, decimal_pairs + 2 * n, 2);
    return at + 2;
}

/* The digits of n so that they end at `end`; returns where they begin. */
static inline char *decimal_before(char *end, uint64_t n)
{
    for (; n >= 100; n /= 100)
        decimal_two(end -= 2, (unsigned)(n % 100));
    if (n >= 10)
        decimal_two(end -= 2, (unsigned)n);
    else
        *--end = (char)('0' + n);
    return end;
}

/* The digits of n from `at` on; returns the end. */
static inline char *decimal_write(char *at, uint64_t n)
{
    unsigned count = 1;
    for (uint64_t limit = 10; count < DECIMAL_DIGITS_MAX && n >= limit; limit *= 10)
        count++;
    decimal_before(at + count, n);
    return at + count;
}

/* The digits of a byte; returns the end. */
static inline char *decimal_byte(char *at, uint8_t n)
{
    if (n < 10) {
        *at = (char)('0' + n);
        return at + 1;
    }
    if (n >= 100)
        *at++ = (char)('0' + n / 100);
    return decimal_two(at, n % 100u);
}

#endif
