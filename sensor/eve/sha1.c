/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha1.c - one block twice: in plain C, and with the SHA-NI instructions of x86, four rounds at a time. An event's Community ID
 * took a quarter of its instructions without them.
 */
#include "eve/sha1.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* --------------------------------------------------------------- plain C */

static inline uint32_t rotate(uint32_t x, int by)
{
    return x << by | x >> (32 - by);
}

static inline uint32_t load32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline void store32(uint8_t *at, uint32_t x)
{
    at[0] = (uint8_t)(x >> 24);
    at[1] = (uint8_t)(x >> 16);
    at[2] = (uint8_t)(x >> 8);
    at[3] = (uint8_t)x;
}

/* Word t of the message schedule; the last 16 are kept in a ring. */
static inline uint32_t schedule(uint32_t w[16], unsigned t)
{
    if (t >= 16)
        w[t & 15] = rotate(w[(t + 13) & 15] ^ w[(t + 8) & 15] ^ w[(t + 2) & 15] ^ w[t & 15], 1);
    return w[t & 15];
}

struct state {
    uint32_t a, b, c, d, e;
};

static inline void step(struct state *s, uint32_t mixed, uint32_t constant, uint32_t word)
{
    uint32_t next = rotate(s->a, 5) + mixed + s->e + constant + word;
    s->e = s->d;
    s->d = s->c;
    s->c = rotate(s->b, 30);
    s->b = s->a;
    s->a = next;
}

void sha1_of_block_portable(const uint8_t block[SHA1_BLOCK_SIZE], uint8_t digest[SHA1_DIGEST_SIZE])
{
    const struct state first = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    struct state s = first;
    uint32_t w[16];
    for (unsigned i = 0; i < 16; i++)
        w[i] = load32(block + 4 * (size_t)i);
#pragma GCC unroll 20
    for (unsigned t = 0; t < 20; t++)
        step(&s, s.d ^ (s.b & (s.c ^ s.d)), 0x5a827999, schedule(w, t));
#pragma GCC unroll 20
    for (unsigned t = 20; t < 40; t++)
        step(&s, s.b ^ s.c ^ s.d, 0x6ed9eba1, schedule(w, t));
#pragma GCC unroll 20
    for (unsigned t = 40; t < 60; t++)
        step(&s, (s.b & s.c) | (s.d & (s.b | s.c)), 0x8f1bbcdc, schedule(w, t));
#pragma GCC unroll 20
    for (unsigned t = 60; t < 80; t++)
        step(&s, s.b ^ s.c ^ s.d, 0xca62c1d6, schedule(w, t));
    store32(digest, first.a + s.a);
    store32(digest + 4, first.b + s.b);
    store32(digest + 8, first.c + s.c);
    store32(digest + 12, first.d + s.d);
    store32(digest + 16, first.e + s.e);
}

/* ---------------------------------------------------------------- SHA-NI */

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#define WITH_SHA __attribute__((target("sha,sse4.1")))

/* Four rounds of the group `f` (0..3, 20 rounds each). The lanes of `abcd` are a, b, c, d from the top; the top lane of `e` is e and
 * its words. */
WITH_SHA static inline __m128i four_rounds(__m128i abcd, __m128i e, int f)
{
    switch (f) {
    case 0: return _mm_sha1rnds4_epu32(abcd, e, 0);
    case 1: return _mm_sha1rnds4_epu32(abcd, e, 1);
    case 2: return _mm_sha1rnds4_epu32(abcd, e, 2);
    default: return _mm_sha1rnds4_epu32(abcd, e, 3);
    }
}

/* Words 4 t to 4 t + 3 of the message schedule; the last sixteen are kept in a ring. */
WITH_SHA static inline __m128i four_words(__m128i w[4], int t)
{
    __m128i mixed = _mm_xor_si128(_mm_sha1msg1_epu32(w[t & 3], w[(t + 1) & 3]), w[(t + 2) & 3]);
    w[t & 3] = t < 4 ? w[t] : _mm_sha1msg2_epu32(mixed, w[(t + 3) & 3]);
    return w[t & 3];
}

WITH_SHA static void sha1_of_block_x86(const uint8_t block[SHA1_BLOCK_SIZE], uint8_t digest[SHA1_DIGEST_SIZE])
{
    const __m128i turn = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f); /* first byte to the top: big-endian words */
    const __m128i first = _mm_set_epi32(0x67452301, (int)0xefcdab89, (int)0x98badcfe, 0x10325476);
    const __m128i first_e = _mm_set_epi32((int)0xc3d2e1f0, 0, 0, 0);
    __m128i w[4], abcd = first, before = first, e = first_e;
    for (int i = 0; i < 4; i++)
        w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i)), turn);
#pragma GCC unroll 20
    for (int t = 0; t < 20; t++) {
        __m128i words = four_words(w, t);
        e = t == 0 ? _mm_add_epi32(e, words) : _mm_sha1nexte_epu32(before, words);
        before = abcd;
        abcd = four_rounds(abcd, e, t / 5);
    }
    e = _mm_sha1nexte_epu32(before, first_e);
    _mm_storeu_si128((__m128i *)(void *)digest, _mm_shuffle_epi8(_mm_add_epi32(abcd, first), turn));
    store32(digest + 16, (uint32_t)_mm_extract_epi32(e, 3));
}

static bool ask_processor(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & bit_SSE4_1) == 0 || (c & bit_SSSE3) == 0)
        return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) != 0;
}

/* Asked once: in a virtual machine the question goes to its host. */
static bool has_sha(void)
{
    static _Atomic int known; /* 0: not asked; relaxed, for whoever asks gets the same answer */
    int answer = atomic_load_explicit(&known, memory_order_relaxed);
    if (answer == 0) {
        answer = ask_processor() ? 1 : -1;
        atomic_store_explicit(&known, answer, memory_order_relaxed);
    }
    return answer > 0;
}
#endif

void sha1_of_block(const uint8_t block[SHA1_BLOCK_SIZE], uint8_t digest[SHA1_DIGEST_SIZE])
{
#if defined(__x86_64__)
    if (has_sha()) {
        sha1_of_block_x86(block, digest);
        return;
    }
#endif
    sha1_of_block_portable(block, digest);
}
