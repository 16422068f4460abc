/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allow.h - the hosts that may trade: addresses and networks from the allow option.
 */
#ifndef EXCHANGE_ALLOW_H
#define EXCHANGE_ALLOW_H

#include "sensor_plugin.h"

struct exchange_network;

/* A set of networks; all zero is empty. */
struct exchange_allow {
    struct exchange_network *network; /* owned */
    size_t count;
};

/* Reads the list option `allow` into an empty set. False with a reason in `error` when an item is neither an address
 * nor a network; the set must be freed either way. */
bool exchange_allow_read(struct exchange_allow *set, const struct sensor_host *host, const struct sensor_options *options,
                         char *error, size_t error_size);
/* Is the address in one of the networks? */
bool exchange_allow_has(const struct exchange_allow *set, const struct address *a);
/* Empties the set. */
void exchange_allow_free(struct exchange_allow *set);

#endif
