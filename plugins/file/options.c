/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.c - the words of the configuration, those of Suricata where it has them (rotate-interval, max-files), and how they are read.
 */
#include "file.h"

#include <stdlib.h>
#include <string.h>

#define INTERVAL_MAX 1000000L

const struct sensor_option file_options[] = {
    {"filename", OPTION_TEXT, "eve.json", 0, 0,
     "file to write to; %Y, %m, ... as in strftime(3); - or /dev/stdout: standard output"},
    {"directory", OPTION_TEXT, "", 0, 0, "where a relative filename lives; empty: the working directory"},
    {"filetype", OPTION_TEXT, "regular", 0, 0, "regular or stdout"},
    {"rotate-interval", OPTION_TEXT, "", 0, 0, "minute, hour or day, or a time like 30s or 5m; empty: never"},
    {"rotate-size", OPTION_SIZE, "0", 0, INT64_MAX, "the file is set aside before it is larger; 0: never"},
    {"compression", OPTION_TEXT, "none", 0, 0, "of files set aside: none, gzip or zstd"},
    {"max-files", OPTION_NUMBER, "0", 0, INT32_MAX, "the oldest files set aside beyond so many are deleted; 0: none"},
    {"max-age", OPTION_SECONDS, "0", 0, INT32_MAX, "files set aside whose last line is older are deleted; 0: none"},
    {"max-total-size", OPTION_SIZE, "0", 0, INT64_MAX, "the oldest files set aside beyond so many bytes are deleted; 0: none"},
    {"append", OPTION_BOOL, "yes", 0, 0, "keep what the file holds when starting"},
    {"prefix", OPTION_TEXT, "", 0, 0, "what the lines begin with, to know a torn one by; empty: a brace"},
    {"filemode", OPTION_TEXT, "640", 0, 0, "permissions of a new file, octal"},
    {NULL, OPTION_TEXT, NULL, 0, 0, NULL},
};

bool read_mode(const char *text, mode_t *mode)
{
    unsigned value = 0;
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '7')
            return false;
        value = value * 8 + (unsigned)(text[i] - '0');
        if (value > 0777)
            return false;
    }
    *mode = (mode_t)value;
    return size >= 3;
}

bool read_interval(struct file *f, const char *text)
{
    static const struct {
        const char *word;
        long seconds;
    } words[] = {{"minute", 60}, {"hour", 3600}, {"day", 86400}},
      units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    char *unit;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, text) == 0) {
            f->interval_s = words[i].seconds;
            f->aligned = true;
        }
    if (f->aligned || text[0] == '\0')
        return true;
    long number = strtol(text, &unit, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (unit != text && number > 0 && number <= INTERVAL_MAX && strcmp(units[i].word, unit) == 0)
            f->interval_s = number * units[i].seconds;
    return f->interval_s > 0;
}

bool is_stdout(const char *filetype, const char *filename)
{
    return strcmp(filetype, "stdout") == 0 || strcmp(filename, "-") == 0 || strcmp(filename, "/dev/stdout") == 0;
}
