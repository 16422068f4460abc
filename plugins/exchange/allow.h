/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allow.h - the hosts that may trade: addresses and networks from the allow option, each for all exchanges or one, for ever or until
 * a day: "10.0.0.7", "10.1.0.0/16=kraken", "10.2.0.9=binance@2027-03-31".
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

/* Reads the list option `allow` into an empty set. False with a reason in `error` when an item is none of the above; the set must be
 * freed either way. */
bool exchange_allow_read(struct exchange_allow *set, const struct sensor_host *host, const struct sensor_options *options,
                         char *error, size_t error_size);
/* May the address use the exchange with this slug at this time? */
bool exchange_allow_has(const struct exchange_allow *set, const struct address *a, const char *slug, uint64_t now_ns);
/* Empties the set. */
void exchange_allow_free(struct exchange_allow *set);

#endif
