/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syslog.c - the words and the header of syslog. syslog(3) itself is not used: it keeps one identity and facility for the whole process
 * and does not tell when a message was lost.
 */
#include "unix.h"

#include <stdio.h>
#include <strings.h>
#include <unistd.h>

struct word {
    const char *name;
    int code;
};

/* RFC 3164 4.1.1; the words of syslog.conf(5). */
static const struct word facilities[] = {
    {"kern", 0},    {"user", 1},    {"mail", 2},    {"daemon", 3},    {"auth", 4},    {"syslog", 5},  {"lpr", 6},
    {"news", 7},    {"uucp", 8},    {"cron", 9},    {"authpriv", 10}, {"ftp", 11},    {"local0", 16}, {"local1", 17},
    {"local2", 18}, {"local3", 19}, {"local4", 20}, {"local5", 21},   {"local6", 22}, {"local7", 23}, {NULL, 0},
};

/* Suricata's words, then those of syslog.conf(5). */
static const struct word levels[] = {
    {"emergency", 0}, {"alert", 1}, {"critical", 2}, {"error", 3}, {"warning", 4}, {"notice", 5}, {"info", 6},
    {"debug", 7},     {"emerg", 0}, {"crit", 2},     {"err", 3},   {"warn", 4},    {NULL, 0},
};

static int code_of(const struct word *words, const char *name)
{
    for (; words->name != NULL; words++)
        if (strcasecmp(words->name, name) == 0)
            return words->code;
    return -1;
}

int syslog_facility(const char *name)
{
    int code = code_of(facilities, name);
    return code < 0 ? -1 : code * 8;
}

int syslog_level(const char *name)
{
    return code_of(levels, name);
}

size_t syslog_header(char *out, int priority, const char *identity, time_t now)
{
    struct tm local = {0};
    char stamp[32];
    localtime_r(&now, &local);
    strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", &local);
    int size = snprintf(out, SYSLOG_HEADER_MAX, "<%d>%s %.64s[%ld]: ", priority, stamp, identity, (long)getpid());
    return size > 0 && size < SYSLOG_HEADER_MAX ? (size_t)size : 0;
}
