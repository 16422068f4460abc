/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wallet_scan.h - finds addresses of wallets in text, whatever stands around them.
 *
 * A candidate is a whole run of letters and digits: nothing longer is ever cut out of. The one exception is what contracts are called
 * with: addresses in the 32-byte words behind "0x" and four bytes of selector (Solidity's ABI).
 */
#ifndef TRADECRAFT_WALLET_SCAN_H
#define TRADECRAFT_WALLET_SCAN_H

#include <stdbool.h>

#include "wallet_check.h"

struct wallet_scan {
    struct slice text;
    size_t at;        /* where the next run is looked for */
    struct slice run; /* whose words are being looked at, empty outside of calls */
};

struct wallet_word {
    enum wallet_kind kind;
    char address[WALLET_SIZE_MOST + 1]; /* as lists write it: EVM and Bech32 in lower case */
    size_t size;
    bool in_call; /* it stood in the data of a call, which carries no checksum */
};

/* Begins with zeroed `s` and `s->text` set. The next word that is an address by its form and checksum; false after the last. */
bool tradecraft_wallet_next(struct wallet_scan *s, struct wallet_word *out);

#endif
