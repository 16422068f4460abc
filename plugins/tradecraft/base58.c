/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base58.c - see base58.h.
 */
#include "base58.h"

#include <openssl/sha.h>
#include <string.h>

#include "keccak.h"

enum {
    CHECKSUM = 4,
    ONE_VERSION_BYTE = 25, /* with hash and checksum */
    TWO_VERSION_BYTES = 26,
    WORD_MOST = 35,
    BLOCK_DIGITS = 11,
    BLOCK_BYTES = 8,
    MONERO_MOST = 77
};

static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
static const char ripple_digits[] = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

/* The number that the word writes, as `size` bytes; false when it is none or does not fit. */
static bool read_number(struct slice word, const char *alphabet, uint8_t *out, size_t size)
{
    memset(out, 0, size);
    for (size_t i = 0; i < word.size; i++) {
        const char *at = memchr(alphabet, word.at[i], sizeof digits - 1);
        if (at == NULL)
            return false;
        unsigned carry = (unsigned)(at - alphabet);
        for (size_t k = size; k-- > 0;) {
            carry += 58u * out[k];
            out[k] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry != 0)
            return false;
    }
    return true;
}

static bool read_checked(struct slice word, const char *alphabet, uint8_t *out, size_t size)
{
    uint8_t once[SHA256_DIGEST_LENGTH], twice[SHA256_DIGEST_LENGTH];
    if (word.size > WORD_MOST || !read_number(word, alphabet, out, size))
        return false;
    SHA256(out, size - CHECKSUM, once);
    SHA256(once, sizeof once, twice);
    return memcmp(out + size - CHECKSUM, twice, CHECKSUM) == 0;
}

enum wallet_kind tradecraft_check_base58(struct slice word)
{
    static const enum wallet_kind versions[256] = {
        [0x00] = WALLET_BITCOIN, [0x05] = WALLET_BITCOIN, [0x41] = WALLET_TRON,
        [0x30] = WALLET_BASE58, [0x32] = WALLET_BASE58, /* Litecoin */
        [0x1e] = WALLET_BASE58, [0x16] = WALLET_BASE58, /* Dogecoin */
        [0x4c] = WALLET_BASE58, [0x10] = WALLET_BASE58, /* Dash */
    };
    uint8_t bytes[TWO_VERSION_BYTES];
    if (word.size > 0 && word.at[0] == 't') /* Zcash, transparent */
        return read_checked(word, digits, bytes, TWO_VERSION_BYTES) && bytes[0] == 0x1c && (bytes[1] == 0xb8 || bytes[1] == 0xbd)
                   ? WALLET_BASE58
                   : WALLET_NONE;
    return read_checked(word, digits, bytes, ONE_VERSION_BYTE) ? versions[bytes[0]] : WALLET_NONE;
}

enum wallet_kind tradecraft_check_ripple(struct slice word)
{
    uint8_t bytes[ONE_VERSION_BYTE];
    return read_checked(word, ripple_digits, bytes, sizeof bytes) && bytes[0] == 0 ? WALLET_RIPPLE : WALLET_NONE;
}

enum wallet_kind tradecraft_check_monero(struct slice word)
{
    static const uint8_t bytes_of[BLOCK_DIGITS + 1] = {0, 0, 1, 2, 0, 3, 4, 5, 0, 6, 7, BLOCK_BYTES}; /* by digits; 0: none writes so many */
    uint8_t bytes[MONERO_MOST + BLOCK_BYTES], hash[32];
    size_t size = 0;
    for (size_t at = 0; at < word.size; at += BLOCK_DIGITS) {
        struct slice block = {word.at + at, word.size - at < BLOCK_DIGITS ? word.size - at : BLOCK_DIGITS};
        size_t n = bytes_of[block.size];
        if (n == 0 || size + n > MONERO_MOST || !read_number(block, digits, bytes + size, n))
            return WALLET_NONE;
        size += n;
    }
    if (size <= CHECKSUM)
        return WALLET_NONE;
    tradecraft_keccak256((struct slice){bytes, size - CHECKSUM}, hash);
    bool is_network = bytes[0] == 18 || bytes[0] == 19 || bytes[0] == 42; /* standard, integrated, sub-address */
    return is_network && memcmp(bytes + size - CHECKSUM, hash, CHECKSUM) == 0 ? WALLET_MONERO : WALLET_NONE;
}
