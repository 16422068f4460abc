/* SPDX-License-Identifier: Apache-2.0 */
/* map64.c - see map64.h. Open addressing with linear steps. */
#include "intel/map64.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct slot {
    uint64_t key; /* 0: empty */
    uint64_t number;
};

struct map64 {
    struct hash_key secret;
    struct slot *slots;
    size_t count, size, most; /* size: a power of two */
};

static struct slot *slot_of(const struct map64 *m, uint64_t key)
{
    size_t i = (size_t)key & (m->size - 1);
    while (m->slots[i].key && m->slots[i].key != key)
        i = (i + 1) & (m->size - 1);
    return &m->slots[i];
}

struct map64 *map64_new(size_t most)
{
    struct map64 *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    *m = (struct map64){.secret = hash_key_random(), .size = 1024, .most = most};
    m->slots = calloc(m->size, sizeof *m->slots);
    if (m->slots)
        return m;
    free(m);
    return NULL;
}

void map64_free(struct map64 *m)
{
    if (m)
        free(m->slots);
    free(m);
}

uint64_t map64_key(const struct map64 *m, const char *text)
{
    uint64_t hash = hash_bytes(m->secret, text, strlen(text));
    return hash ? hash : 1;
}

static bool grow(struct map64 *m)
{
    struct slot *old = m->slots, *fresh = calloc(m->size * 2, sizeof *fresh);
    size_t old_size = m->size;
    if (!fresh)
        return false;
    m->slots = fresh;
    m->size *= 2;
    for (size_t i = 0; i < old_size; i++)
        if (old[i].key)
            *slot_of(m, old[i].key) = old[i];
    free(old);
    return true;
}

uint64_t *map64_take(struct map64 *m, uint64_t key, bool *is_new)
{
    struct slot *s = slot_of(m, key);
    if (is_new)
        *is_new = s->key == 0;
    if (s->key)
        return &s->number;
    if (m->count >= m->most || (m->count * 4 >= m->size * 3 && !grow(m)))
        return NULL;
    m->count++;
    s = slot_of(m, key);
    s->key = key;
    return &s->number;
}

const uint64_t *map64_find(const struct map64 *m, uint64_t key)
{
    const struct slot *s = slot_of(m, key);
    return s->key ? &s->number : NULL;
}

bool map64_add(struct map64 *m, const char *text)
{
    bool is_new;
    map64_take(m, map64_key(m, text), &is_new);
    return is_new;
}
