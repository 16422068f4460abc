/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify.h - what a service manager is told (sd_notify(3), Type=notify): the supervisor speaks for the service, and only when it was
 * started by one. Elsewhere nothing happens.
 */
#ifndef RUN_NOTIFY_H
#define RUN_NOTIFY_H

#include <stdint.h>

void notify_ready(const char *status);
void notify_status(const char *status);
void notify_stopping(void);
/* Still there. */
void notify_alive(void);
/* How often notify_alive() is expected at least, in ms; 0: never. */
uint64_t notify_interval_ms(void);

#endif
