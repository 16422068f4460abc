/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keccak.h - the hash in the checksums of Ethereum's and Monero's addresses.
 */
#ifndef TRADECRAFT_KECCAK_H
#define TRADECRAFT_KECCAK_H

#include "sensor_plugin.h"

/* Keccak-256 with the padding of before FIPS 202; `text` has fewer than 136 bytes. */
void tradecraft_keccak256(struct slice text, uint8_t out[32]);

#endif
