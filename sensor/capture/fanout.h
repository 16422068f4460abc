/* SPDX-License-Identifier: Apache-2.0 */
/* fanout.h - several handles on one interface share its frames out: PACKET_FANOUT of packet(7). Only for the folder capture. */
#ifndef CAPTURE_FANOUT_H
#define CAPTURE_FANOUT_H

#include "base/error.h"
#include "capture/interface.h"

/* The packet socket `fd`, which must be bound, joins the group of its interface; the first one of a group without a number gets one from the
 * kernel that nobody else uses. False and `error`, also when another program holds the number with other options. */
bool fanout_join(int fd, struct interface *i, struct error *error);

#endif
