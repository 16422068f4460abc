/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wallet_check.c - the checksums of wallet addresses: EIP-55, Bech32 (BIP-173, BIP-350) and CashAddr here, those in base 58 in base58.c.
 */
#include "wallet_check.h"

#include <string.h>

#include "base58.h"
#include "keccak.h"

enum { EVM_SIZE = 42, CASHADDR_SIZE = 42, MONERO_SIZE = 95, MONERO_INTEGRATED_SIZE = 106 };

/* --------------------------------------------------------------------- EVM */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_upper(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

/* EIP-55: a letter is upper case where the hash of the lower-case text has a digit of 8 or more. */
static bool eip55_holds(const uint8_t *hex, const uint8_t *lower)
{
    uint8_t hash[32];
    tradecraft_keccak256((struct slice){lower, 40}, hash);
    for (unsigned i = 0; i < 40; i++) {
        unsigned nibble = i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 15;
        if (!is_digit(hex[i]) && is_upper(hex[i]) != (nibble >= 8))
            return false;
    }
    return true;
}

static enum wallet_kind check_evm(const uint8_t *hex)
{
    uint8_t lower[40];
    unsigned upper = 0, letters = 0;
    for (unsigned i = 0; i < 40; i++) {
        lower[i] = (uint8_t)(is_upper(hex[i]) ? hex[i] + 32 : hex[i]);
        if (!is_digit(hex[i]) && (lower[i] < 'a' || lower[i] > 'f'))
            return WALLET_NONE;
        letters += !is_digit(hex[i]);
        upper += is_upper(hex[i]);
    }
    if (upper == 0 || upper == letters)
        return WALLET_EVM_PLAIN;
    return eip55_holds(hex, lower) ? WALLET_EVM : WALLET_NONE;
}

/* ------------------------------------------------------------------ Bech32 */

static const char bech32_digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/* Goes on with the word's digits from `from`; false when one is none. */
static bool add_digits(uint64_t *sum, uint64_t (*step)(uint64_t sum, unsigned value), struct slice word, size_t from)
{
    for (size_t i = from; i < word.size; i++) {
        const char *at = memchr(bech32_digits, word.at[i], sizeof bech32_digits - 1);
        if (at == NULL)
            return false;
        *sum = step(*sum, (unsigned)(at - bech32_digits));
    }
    return true;
}

static uint64_t bech32_step(uint64_t sum, unsigned value)
{
    static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint64_t top = sum >> 25;
    sum = (sum & 0x1ffffff) << 5 ^ value;
    for (unsigned i = 0; i < 5; i++)
        if ((top >> i & 1) != 0)
            sum ^= generator[i];
    return sum;
}

/* `prefix` has lower-case letters and stands before the first '1'. */
static enum wallet_kind check_bech32(struct slice word, const char *prefix)
{
    uint64_t sum = 1;
    for (const char *p = prefix; *p != '\0'; p++)
        sum = bech32_step(sum, (unsigned)*p >> 5);
    sum = bech32_step(sum, 0);
    for (const char *p = prefix; *p != '\0'; p++)
        sum = bech32_step(sum, (unsigned)*p & 31);
    return add_digits(&sum, bech32_step, word, strlen(prefix) + 1) && (sum == 1 || sum == 0x2bc830a3) ? WALLET_BECH32 : WALLET_NONE;
}

/* ---------------------------------------------------------------- CashAddr */

static uint64_t cashaddr_step(uint64_t sum, unsigned value)
{
    static const uint64_t generator[5] = {0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4, 0xae2eabe2a8, 0x1e4f43e470};
    uint64_t top = sum >> 35;
    sum = (sum & 0x07ffffffff) << 5 ^ value;
    for (unsigned i = 0; i < 5; i++)
        if ((top >> i & 1) != 0)
            sum ^= generator[i];
    return sum;
}

/* Bitcoin Cash; the prefix is part of the sum and mostly left out. */
static enum wallet_kind check_cashaddr(struct slice word)
{
    static const char prefix[] = "bitcoincash";
    uint64_t sum = 1;
    for (const char *p = prefix; *p != '\0'; p++)
        sum = cashaddr_step(sum, (unsigned)*p & 31);
    sum = cashaddr_step(sum, 0);
    return add_digits(&sum, cashaddr_step, word, 0) && sum == 1 ? WALLET_CASHADDR : WALLET_NONE;
}

enum wallet_kind tradecraft_wallet_check(struct slice word)
{
    if (word.size < WALLET_SIZE_LEAST || word.size > WALLET_SIZE_MOST)
        return WALLET_NONE;
    if (word.size == EVM_SIZE && word.at[0] == '0' && (word.at[1] | 0x20) == 'x')
        return check_evm(word.at + 2);
    switch (word.at[0]) {
    case 'b': return memcmp(word.at, "bc1", 3) == 0 ? check_bech32(word, "bc") : WALLET_NONE;
    case 'l': return memcmp(word.at, "ltc1", 4) == 0 ? check_bech32(word, "ltc") : WALLET_NONE;
    case 'p':
    case 'q': return word.size == CASHADDR_SIZE ? check_cashaddr(word) : WALLET_NONE;
    case '4':
    case '8':
        return word.size == MONERO_SIZE || word.size == MONERO_INTEGRATED_SIZE ? tradecraft_check_monero(word) : WALLET_NONE;
    case 'r': return tradecraft_check_ripple(word);
    default: return strchr("13TLMDA9X7t", word.at[0]) != NULL ? tradecraft_check_base58(word) : WALLET_NONE;
    }
}
