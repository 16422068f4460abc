/* SPDX-License-Identifier: Apache-2.0 */
/*
 * distinct.h - how many different texts were there? HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) in 256 bytes: within 6.5 % two
 * times of three. The hash is fixed, for the same capture must give the same alerts.
 */
#ifndef BEHAVIOUR_DISTINCT_H
#define BEHAVIOUR_DISTINCT_H

#include <stdint.h>

#include "sensor_plugin.h"

enum { DISTINCT_REGISTERS = 256 };

struct distinct {
    uint8_t rank[DISTINCT_REGISTERS]; /* all 0: empty */
};

void distinct_add(struct distinct *, struct slice text); /* letter case counts */
uint32_t distinct_count(const struct distinct *);

#endif
