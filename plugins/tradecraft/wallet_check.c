/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wallet_check.c - the checksums of wallet addresses: EIP-55 over Keccak-256, Base58Check over SHA-256, Bech32 (BIP-173, BIP-350).
 */
#include "wallet_check.h"

#include <openssl/sha.h>
#include <string.h>

enum { RATE = 136, BASE58_BYTES = 25, EVM_SIZE = 42, KECCAK_ROUNDS = 24 };

/* ------------------------------------------------------------------ Keccak */

static uint64_t rotate(uint64_t x, unsigned by)
{
    return by == 0 ? x : x << by | x >> (64 - by);
}

/* The constant of a round, one bit at a time out of a linear feedback register (FIPS 202 3.2.5). */
static uint64_t round_constant(uint8_t *lfsr)
{
    uint64_t constant = 0;
    for (unsigned j = 0; j < 7; j++) {
        if ((*lfsr & 1) != 0)
            constant |= UINT64_C(1) << ((1u << j) - 1);
        *lfsr = (uint8_t)((*lfsr << 1) ^ ((*lfsr & 0x80) != 0 ? 0x71 : 0));
    }
    return constant;
}

static void mix_columns(uint64_t a[25])
{
    uint64_t c[5];
    for (unsigned x = 0; x < 5; x++)
        c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    for (unsigned i = 0; i < 25; i++)
        a[i] ^= c[(i + 4) % 5] ^ rotate(c[(i + 1) % 5], 1);
}

/* Rotates each lane and moves it to its new place (FIPS 202 3.2.2, 3.2.3). */
static void move_lanes(uint64_t a[25])
{
    unsigned x = 1, y = 0;
    uint64_t lane = a[1];
    for (unsigned t = 0; t < 24; t++) {
        unsigned next = (2 * x + 3 * y) % 5;
        x = y;
        y = next;
        uint64_t kept = a[x + 5 * y];
        a[x + 5 * y] = rotate(lane, (t + 1) * (t + 2) / 2 % 64);
        lane = kept;
    }
}

static void mix_rows(uint64_t a[25])
{
    for (unsigned y = 0; y < 25; y += 5) {
        uint64_t row[5];
        memcpy(row, a + y, sizeof row);
        for (unsigned x = 0; x < 5; x++)
            a[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
    }
}

void tradecraft_keccak256(struct slice text, uint8_t out[32])
{
    uint8_t block[RATE] = {0}, lfsr = 1;
    uint64_t a[25] = {0};
    memcpy(block, text.at, text.size < RATE ? text.size : RATE - 1);
    block[text.size < RATE ? text.size : RATE - 1] ^= 0x01;
    block[RATE - 1] ^= 0x80;
    for (unsigned i = 0; i < RATE; i++)
        a[i / 8] ^= (uint64_t)block[i] << (i % 8 * 8);
    for (unsigned round = 0; round < KECCAK_ROUNDS; round++) {
        mix_columns(a);
        move_lanes(a);
        mix_rows(a);
        a[0] ^= round_constant(&lfsr);
    }
    for (unsigned i = 0; i < 32; i++)
        out[i] = (uint8_t)(a[i / 8] >> (i % 8 * 8));
}

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

/* ------------------------------------------------------------------ Base58 */

/* The number that the word writes, as 25 bytes; false when it is none or does not fit. */
static bool base58_read(struct slice word, uint8_t out[BASE58_BYTES])
{
    static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    memset(out, 0, BASE58_BYTES);
    for (size_t i = 0; i < word.size; i++) {
        const char *at = memchr(alphabet, word.at[i], sizeof alphabet - 1);
        if (at == NULL)
            return false;
        unsigned carry = (unsigned)(at - alphabet);
        for (size_t k = BASE58_BYTES; k-- > 0;) {
            carry += 58u * out[k];
            out[k] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry != 0)
            return false;
    }
    return true;
}

static enum wallet_kind check_base58(struct slice word)
{
    uint8_t bytes[BASE58_BYTES], once[SHA256_DIGEST_LENGTH], twice[SHA256_DIGEST_LENGTH];
    if (word.size > 35 || !base58_read(word, bytes))
        return WALLET_NONE;
    SHA256(bytes, BASE58_BYTES - 4, once);
    SHA256(once, sizeof once, twice);
    if (memcmp(bytes + BASE58_BYTES - 4, twice, 4) != 0)
        return WALLET_NONE;
    return bytes[0] == 0x41 ? WALLET_TRON : bytes[0] == 0 || bytes[0] == 5 ? WALLET_BITCOIN : WALLET_NONE;
}

/* ------------------------------------------------------------------ Bech32 */

static uint32_t bech32_step(uint32_t sum, unsigned value)
{
    static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint32_t top = sum >> 25;
    sum = (sum & 0x1ffffff) << 5 ^ value;
    for (unsigned i = 0; i < 5; i++)
        if ((top >> i & 1) != 0)
            sum ^= generator[i];
    return sum;
}

static enum wallet_kind check_bech32(struct slice word)
{
    static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    uint32_t sum = 1;
    sum = bech32_step(bech32_step(bech32_step(sum, 'b' >> 5), 'c' >> 5), 0);
    sum = bech32_step(bech32_step(sum, 'b' & 31), 'c' & 31);
    for (size_t i = 3; i < word.size; i++) {
        const char *at = memchr(alphabet, word.at[i], sizeof alphabet - 1);
        if (at == NULL)
            return WALLET_NONE;
        sum = bech32_step(sum, (unsigned)(at - alphabet));
    }
    return sum == 1 || sum == 0x2bc830a3 ? WALLET_BECH32 : WALLET_NONE;
}

enum wallet_kind tradecraft_wallet_check(struct slice word)
{
    if (word.size < WALLET_SIZE_LEAST || word.size > WALLET_SIZE_MOST)
        return WALLET_NONE;
    if (word.size == EVM_SIZE && word.at[0] == '0' && (word.at[1] | 0x20) == 'x')
        return check_evm(word.at + 2);
    if (memcmp(word.at, "bc1", 3) == 0)
        return check_bech32(word);
    return word.at[0] == '1' || word.at[0] == '3' || word.at[0] == 'T' ? check_base58(word) : WALLET_NONE;
}
