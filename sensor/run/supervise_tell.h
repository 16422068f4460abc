/* SPDX-License-Identifier: Apache-2.0 */
/* supervise_tell.h - what the supervisor says of a crash, and what it can know of packets that nobody saw. */
#ifndef RUN_SUPERVISE_TELL_H
#define RUN_SUPERVISE_TELL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/blackbox.h"

void supervise_tell_crash(const struct blackbox_crash *crash);
void supervise_tell_hang(const struct blackbox_slot *slot, uint32_t seconds);
void supervise_tell_restart(uint64_t after_ns, uint64_t unseen);

/* Frames that all watched interfaces have received and sent, by the kernel's own count. Also in a signal handler. */
uint64_t supervise_frames(void);

#endif
