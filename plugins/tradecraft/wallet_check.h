/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wallet_check.h - is a word the address of a wallet? By its alphabet and its checksum; which lists it is on is another question.
 */
#ifndef TRADECRAFT_WALLET_CHECK_H
#define TRADECRAFT_WALLET_CHECK_H

#include "sensor_plugin.h"

enum { WALLET_SIZE_LEAST = 26, WALLET_SIZE_MOST = 90 };

enum wallet_kind {
    WALLET_NONE = 0,  /* no address, or its checksum is wrong */
    WALLET_EVM,       /* Ethereum and its like, in mixed case: the checksum of EIP-55 holds */
    WALLET_EVM_PLAIN, /* the same in one letter case, which carries no checksum */
    WALLET_BITCOIN,   /* Base58Check, versions 0 and 5 */
    WALLET_BECH32,    /* Bitcoin, BIP-173 and BIP-350 */
    WALLET_TRON       /* Base58Check, version 0x41 */
};

/* `word` has letters and digits only. Any thread. */
enum wallet_kind tradecraft_wallet_check(struct slice word);

/* Keccak-256 with the padding of before FIPS 202, as Ethereum uses it; `text` has fewer than 136 bytes. */
void tradecraft_keccak256(struct slice text, uint8_t out[32]);

#endif
