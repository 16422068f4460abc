/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.c - SipHash-1-3: one round per 8-byte word, three to finish. Words are read little endian whatever the machine.
 */
#include "base/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

const struct hash_key hash_key_fixed = {UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xf39cc0605cedc834)};

struct hash_key hash_key_random(void)
{
    struct hash_key key;
    ssize_t got;
    do
        got = getrandom(&key, sizeof key, 0);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof key)
        abort();
    return key;
}

static inline uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static inline uint64_t read_word(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

/* The last 0..7 bytes, with the length's low byte on top. When there are eight before `at` to read with them, in one go. */
static inline uint64_t last_word(const uint8_t *at, size_t size)
{
    uint64_t word = (uint64_t)(size & 0xff) << 56;
    if ((size & 7) == 0)
        return word;
    if (size > 8)
        return word | read_word(at + (size & 7) - 8) >> 8 * (8 - (size & 7));
    for (size_t i = 0; i < (size & 7); i++)
        word |= (uint64_t)at[i] << (8 * i);
    return word;
}

static inline void sip_start(struct hash_key key, uint64_t v[4])
{
    v[0] = key.k0 ^ UINT64_C(0x736f6d6570736575);
    v[1] = key.k1 ^ UINT64_C(0x646f72616e646f6d);
    v[2] = key.k0 ^ UINT64_C(0x6c7967656e657261);
    v[3] = key.k1 ^ UINT64_C(0x7465646279746573);
}

static inline void sip_take(uint64_t v[4], const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t left = size; left >= 8; left -= 8, at += 8) {
        uint64_t word = read_word(at);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    uint64_t last = last_word(at, size);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
}

static inline uint64_t sip_finish(uint64_t v[4])
{
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t hash_bytes(struct hash_key key, const void *bytes, size_t size)
{
    uint64_t v[4];
    sip_start(key, v);
    sip_take(v, bytes, size);
    v[2] ^= 0xff;
    return sip_finish(v);
}

struct hash_pair hash_bytes_pair(struct hash_key key, const void *bytes, size_t size)
{
    struct hash_pair pair;
    uint64_t v[4];
    sip_start(key, v);
    v[1] ^= 0xee;
    sip_take(v, bytes, size);
    v[2] ^= 0xee;
    pair.first = sip_finish(v);
    v[1] ^= 0xdd;
    pair.second = sip_finish(v);
    return pair;
}

uint64_t hash_quick(struct hash_key key, const void *bytes, size_t size)
{
    uint64_t h = size;
    const uint8_t *at = bytes, *tail = at + (size & ~(size_t)15);
    for (; at < tail; at += 16)
        h = hash_fold(read_word(at) ^ key.k0, read_word(at + 8) ^ key.k1 ^ h);
    uint64_t word = (size & 8) != 0 ? read_word(at) : 0;
    h = (size & 15) != 0 ? hash_fold(word ^ key.k0, last_word(at + (size & 8), size) ^ key.k1 ^ h) : h;
    return hash_fold(h ^ key.k1, key.k0);
}
