/* SPDX-License-Identifier: Apache-2.0 */
/* lines.h - a text file line by line, whatever its size: a line that is too long or no text costs itself alone. */
#ifndef INTEL_LINES_H
#define INTEL_LINES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

#define LINE_MAX_SIZE 8192

struct lines {
    FILE *file;
    uint32_t number;          /* of the line in `text`, from 1 */
    const char *complaint;    /* why the line cannot be used, NULL when it can */
    char text[LINE_MAX_SIZE]; /* without its end, without blanks at both ends */
};

/* False and `error` when the file cannot be opened. */
bool lines_open(struct lines *l, const char *path, struct error *error);
/* The next line; false at the end. */
bool lines_next(struct lines *l);
void lines_close(struct lines *l);

#endif
