/* SPDX-License-Identifier: Apache-2.0 */
/* distinct.c - see distinct.h. 64 bits of hash need no correction for large counts; small ones are counted by empty registers. */
#include "distinct.h"

#include <math.h>

/* FNV-1a, then the finalizer of SplitMix64, for FNV's upper bits alone are poor. */
static uint64_t hash(struct slice text)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.size; i++)
        h = (h ^ text.at[i]) * UINT64_C(0x100000001b3);
    h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
    return h ^ h >> 31;
}

void distinct_add(struct distinct *l, struct slice text)
{
    uint64_t h = hash(text);
    uint8_t *rank = &l->rank[h % DISTINCT_REGISTERS];
    uint8_t zeros = (uint8_t)(__builtin_clzll(h | DISTINCT_REGISTERS / 2) + 1);
    *rank = zeros > *rank ? zeros : *rank;
}

uint32_t distinct_count(const struct distinct *l)
{
    const double m = DISTINCT_REGISTERS, alpha = 0.7213 / (1 + 1.079 / m);
    double sum = 0;
    unsigned empty = 0;
    for (unsigned i = 0; i < DISTINCT_REGISTERS; i++) {
        sum += ldexp(1, -l->rank[i]);
        empty += l->rank[i] == 0;
    }
    double raw = alpha * m * m / sum;
    if (raw <= 2.5 * m && empty > 0)
        raw = m * log(m / empty);
    return (uint32_t)(raw + 0.5);
}
