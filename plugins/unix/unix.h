/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unix.h - what a line looks like on its way to a syslog daemon: the header that syslog(3) puts in front (RFC 3164 4.1 without the
 * host name, as the C library writes it to /dev/log).
 */
#ifndef UNIX_UNIX_H
#define UNIX_UNIX_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define SYSLOG_HEADER_MAX   128
#define SYSLOG_IDENTITY_MAX 64 /* bytes */

/* "local5", "daemon", ... any letter case. The code of RFC 3164 4.1.1 times 8, or -1. */
int syslog_facility(const char *name);
/* "Info", "Notice", "Warning", ... any letter case, syslog.conf's short words too. 0 (emergency) to 7 (debug), or -1. */
int syslog_level(const char *name);
/* "<173>Nov 21 02:46:40 haetae[4711]: " in local time into `out`[SYSLOG_HEADER_MAX]; returns its length. */
size_t syslog_header(char *out, int priority, const char *identity, time_t now);

#endif
