/* SPDX-License-Identifier: Apache-2.0 */
/*
 * share.h - conversations in eight shares, by public arithmetic over both ends. All packets of a conversation are in one share, so
 * several workers on one file divide the shares among them; and what is bounded by the share (copies seen before, memory of the dissectors)
 * is the same for any number of workers.
 */
#ifndef DECODE_SHARE_H
#define DECODE_SHARE_H

#include <stdint.h>

#include "sensor_plugin.h"

#define SHARE_BITS 3
#define SHARES     (1u << SHARE_BITS)

/* A number that two ends have in common, whichever is named first; `ports`: the sum of their ports. The same in every run. Its highest bits
 * are its best. */
uint64_t share_between(const struct address *a, const struct address *b, uint32_t ports);

/* The share, 0 to SHARES - 1, of what share_between gave. */
static inline uint32_t share_of(uint64_t ends)
{
    return (uint32_t)(ends >> (64 - SHARE_BITS));
}

#endif
