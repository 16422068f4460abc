/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv.h - reads RFC 4180 CSV row by row: quotes, doubled quotes, newlines in quotes, LF or CRLF, UTF-8 with or without BOM.
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CSV_COLUMNS_MAX 64
#define CSV_ROW_MAX     65536 /* bytes of one row, quotes removed */

struct csv;

/* Opens and reads the header line. Blank lines and lines that begin with '#' are skipped. NULL and `error`
 * ("path: No such file...; ...") on failure. */
struct csv *csv_open(const char *path, struct error *error);
void csv_close(struct csv *c);

size_t csv_column_count(const struct csv *c);
/* Name of column i; NUL-terminated, valid until csv_close. */
const char *csv_column_name(const struct csv *c, size_t i);
/* Index of a column, or -1. */
int csv_column(const struct csv *c, const char *name);

enum csv_result { CSV_ROW, CSV_END, CSV_BAD };
/* Next row. CSV_BAD fills `error` ("path:line: ...") and the row is skipped: one may go on. A row with another number
 * of fields than the header is bad; so is invalid UTF-8, an embedded NUL, an unclosed quote. */
enum csv_result csv_next(struct csv *c, struct error *error);
/* Field of the current row, NUL-terminated, "" when empty; valid until the next csv_next. */
const char *csv_field(const struct csv *c, size_t i);
/* Line where the current row began, from 1. */
uint32_t csv_line(const struct csv *c);

#endif
