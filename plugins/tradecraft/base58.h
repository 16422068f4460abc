/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base58.h - addresses written as a number of base 58, with a checksum behind: most chains after Bitcoin, the XRP Ledger with digits in
 * another order, and Monero in blocks.
 */
#ifndef TRADECRAFT_BASE58_H
#define TRADECRAFT_BASE58_H

#include "wallet_check.h"

/* Base58Check: version, hash, four bytes of SHA-256 twice. Of which chain the version is. */
enum wallet_kind tradecraft_check_base58(struct slice word);
/* The same in the digits of the XRP Ledger. */
enum wallet_kind tradecraft_check_ripple(struct slice word);
/* Monero's: blocks of eight bytes in eleven digits, four bytes of Keccak-256. */
enum wallet_kind tradecraft_check_monero(struct slice word);

#endif
