/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h - keyed hashing for tables whose keys come from the network, and the fixed-key form for ids.
 *
 * SipHash-1-3 (Aumasson, Bernstein 2012; the 1-3 variant as in Rust's and Linux' tables). With a key from
 * getrandom() nobody outside can aim collisions at a table. Where nothing that can be seen outside depends on the hash, folding
 * products does the same for a fifth of the instructions.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
    uint64_t k0, k1;
};

/* A fresh secret key; aborts the program when the kernel gives no randomness. */
struct hash_key hash_key_random(void);

/* The public all-constant key: for flow ids, which must be the same on every run. */
extern const struct hash_key hash_key_fixed;

/* SipHash-1-3 of `size` bytes. */
uint64_t hash_bytes(struct hash_key key, const void *bytes, size_t size);

/* Two halves that know nothing of each other, at little more than the price of one. */
struct hash_pair {
    uint64_t first, second;
};
/* SipHash-1-3 with its output of 128 bits. */
struct hash_pair hash_bytes_pair(struct hash_key key, const void *bytes, size_t size);

/* Both halves of a product: each bit of either factor moves about half of the result. */
static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Two words of `size` bytes at a time, folded: for buckets of tables in memory, with a random key. */
uint64_t hash_quick(struct hash_key key, const void *bytes, size_t size);

#endif
