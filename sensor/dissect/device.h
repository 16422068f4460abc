/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device.h - what devices of a local network call themselves: the host name in a DHCP request (RFC 2131, 2132, 4702) and the addresses
 * announced by multicast DNS (RFC 6762). One datagram in, OBSERVE_DEVICEs out. No state, no allocation.
 */
#ifndef DISSECT_DEVICE_H
#define DISSECT_DEVICE_H

#include <stdbool.h>

#include "dissect/parser.h"

/* Is this a DHCP request of a client? */
bool device_is_dhcp(struct slice datagram);
/* Observes the client when it says a host name or a vendor class. */
void device_see_dhcp(const struct parse_place *place, struct slice datagram);
/* Observes each name that a multicast DNS response gives an address. */
void device_see_mdns(const struct parse_place *place, struct slice datagram);

#endif
