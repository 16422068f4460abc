/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic_assembly.c - one buffer and one bit per byte. Clients shuffle and split their hello into dozens of frames on purpose
 * ("chaos protection"), so a list of ranges would need a bound of its own; a bitmap does not.
 */
#include "dissect/quic_assembly.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 2048u

static size_t allocation(uint32_t size)
{
    return (size_t)size + size / 8;
}

static bool grow(struct quic_assembly *a, uint32_t need)
{
    uint32_t size = a->size ? a->size : FIRST_SIZE;
    while (size < need)
        size *= 2;
    if (size == a->size)
        return true;
    uint8_t *bytes = calloc(1, allocation(size));
    if (!bytes)
        return false;
    if (a->bytes) {
        memcpy(bytes, a->bytes, a->size);
        memcpy(bytes + size, a->bytes + a->size, a->size / 8);
    }
    free(a->bytes);
    a->bytes = bytes;
    a->size = size;
    return true;
}

static bool has(const struct quic_assembly *a, uint32_t i)
{
    return a->bytes[a->size + i / 8] >> (i & 7) & 1;
}

void quic_assembly_add(struct quic_assembly *a, uint64_t offset, struct slice frame)
{
    if (frame.size == 0 || offset >= QUIC_ASSEMBLY_MAX)
        return;
    uint32_t start = (uint32_t)offset;
    uint32_t size = frame.size < QUIC_ASSEMBLY_MAX - start ? (uint32_t)frame.size : QUIC_ASSEMBLY_MAX - start;
    if (!grow(a, start + size))
        return;
    uint8_t *came = a->bytes + a->size;
    for (uint32_t i = 0; i < size; i++) {
        if (has(a, start + i))
            continue;
        a->bytes[start + i] = frame.at[i];
        came[(start + i) / 8] |= (uint8_t)(1u << ((start + i) & 7));
    }
    while (a->whole < a->size && has(a, a->whole))
        a->whole++;
}

struct slice quic_assembly_whole(const struct quic_assembly *a)
{
    return (struct slice){a->bytes ? a->bytes : (const uint8_t *)"", a->whole};
}

size_t quic_assembly_memory(const struct quic_assembly *a)
{
    return a->bytes ? allocation(a->size) : 0;
}

void quic_assembly_reset(struct quic_assembly *a)
{
    free(a->bytes);
    *a = (struct quic_assembly){0};
}
