/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.h - the plain part of printf: text, characters, whole numbers. A fifth of the C library's price, and the same bytes.
 *
 * run/printf.c puts it in the place of the C library's snprintf for the whole process.
 */
#ifndef BASE_FORMAT_H
#define BASE_FORMAT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Writes what vsnprintf(3) would, at most size - 1 bytes and a NUL, and sets `*length` to the length of the whole text.
 * Understands %% %c %s %d %i %u %x %X, the last five with a zero or a width up to 99 before and one l, ll or z; %s with "*" or a number
 * as precision. False when the format has anything else: `out` may have been written to, `*length` is not set.
 */
bool format_plain(char *out, size_t size, int *length, const char *format, va_list arguments);

#endif
