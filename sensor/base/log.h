/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - the program's own log: one line an entry on stderr, for people. Never events, never per packet.
 *
 * Control characters and non-UTF-8 in arguments are written as \xNN, so hostile input cannot drive a terminal.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "sensor_plugin.h"

/* Entries above `level` are dropped; default SENSOR_NOTICE. `with_time` puts wall time in front. Main thread, before
 * other threads start. */
void log_setup(enum sensor_level level, bool with_time);

/* Writes one entry; any thread. A final newline is added. */
void log_write(enum sensor_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)   log_write(SENSOR_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(SENSOR_WARNING, __VA_ARGS__)
#define log_notice(...)  log_write(SENSOR_NOTICE, __VA_ARGS__)
#define log_info(...)    log_write(SENSOR_INFO, __VA_ARGS__)
#define log_debug(...)   log_write(SENSOR_DEBUG, __VA_ARGS__)

#endif
