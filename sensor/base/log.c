/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.c - one entry is one write(2) on stderr, so entries of different threads never mix.
 *
 * The level is set before threads start, hence plain variables. Whatever the arguments hold, only printable UTF-8
 * reaches the terminal.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"

#define ENTRY_MAX      2048            /* bytes of one entry before escaping */
#define LINE_MAX_BYTES (ENTRY_MAX * 4) /* every byte may become \xNN */

static enum sensor_level highest = SENSOR_NOTICE;
static bool timed;

static const char *const level_names[] = {"error", "warning", "notice", "info", "debug"};

void log_setup(enum sensor_level level, bool with_time)
{
    highest = level;
    timed = with_time;
}

/* "2026-03-01T12:00:00+0000 " or nothing. */
static size_t write_time(char *out, size_t size)
{
    if (!timed)
        return 0;
    time_t now = time(NULL);
    struct tm local;
    if (localtime_r(&now, &local) == NULL)
        return 0;
    return strftime(out, size, "%Y-%m-%dT%H:%M:%S%z ", &local);
}

/* All of it, or as much as stderr takes; there is nobody to tell otherwise. */
static void write_all(const char *at, size_t size)
{
    while (size > 0) {
        ssize_t done = write(STDERR_FILENO, at, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return;
        at += done;
        size -= (size_t)done;
    }
}

void log_write(enum sensor_level level, const char *format, ...)
{
    if (level > highest)
        return;
    int saved = errno;
    char entry[ENTRY_MAX];
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(entry, sizeof entry, format, args);
    va_end(args);
    size_t size = wanted < 0 ? 0 : (size_t)wanted;
    if (size >= sizeof entry)
        size = sizeof entry - 1;
    if (size > 0 && entry[size - 1] == '\n')
        size--;

    char line[LINE_MAX_BYTES + 64];
    size_t used = write_time(line, 40);
    const char *name = level_names[level > SENSOR_DEBUG ? SENSOR_DEBUG : level];
    used += (size_t)snprintf(line + used, 16, "%s: ", name);
    used += utf8_clean(line + used, entry, size);
    line[used++] = '\n';
    write_all(line, used);
    errno = saved;
}
