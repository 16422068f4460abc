/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error.h - why a set-up step failed, in words for a person.
 *
 * Set-up functions return NULL or false and fill a struct error; whoever gives up prints it, once.
 * The packet path never uses this: it returns an enum and counts.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

#define ERROR_TEXT_MAX 512

struct error {
    char text[ERROR_TEXT_MAX]; /* "file:line:column: what is wrong; what to do", "" when nothing failed */
};

/* Writes the reason, cut to fit. Returns false, so that `return error_set(...)` reads well. `e` may be NULL. */
bool error_set(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before the reason already there. Returns false. */
bool error_prefix(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
