/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wallet_check.h - is a word the address of a wallet? By its alphabet and its checksum; which lists it is on is another question.
 */
#ifndef TRADECRAFT_WALLET_CHECK_H
#define TRADECRAFT_WALLET_CHECK_H

#include "sensor_plugin.h"

enum { WALLET_SIZE_LEAST = 26, WALLET_SIZE_MOST = 106 };

enum wallet_kind {
    WALLET_NONE = 0,  /* no address, or its checksum is wrong */
    WALLET_EVM,       /* Ethereum and its like, in mixed case: the checksum of EIP-55 holds */
    WALLET_EVM_PLAIN, /* the same in one letter case, which carries no checksum */
    WALLET_BITCOIN,   /* Base58Check, versions 0 and 5 */
    WALLET_BECH32,    /* Bitcoin and Litecoin, BIP-173 and BIP-350 */
    WALLET_TRON,      /* Base58Check, version 0x41 */
    WALLET_BASE58,    /* Base58Check with a version of Litecoin, Dogecoin, Dash or Zcash */
    WALLET_RIPPLE,    /* XRP Ledger: Base58Check in its own order of digits */
    WALLET_CASHADDR,  /* Bitcoin Cash, without "bitcoincash:" */
    WALLET_MONERO     /* Keccak-256 */
};

/* `word` has letters and digits only. Any thread. */
enum wallet_kind tradecraft_wallet_check(struct slice word);

#endif
