/* SPDX-License-Identifier: Apache-2.0 */
/* id_set.c - see id_set.h. Open addressing, at most half full. */
#include "intel/id_set.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct id_set {
    struct hash_key key;
    uint64_t *slots; /* 0: empty */
    size_t count, size;
};

static uint64_t *slot_of(const struct id_set *s, uint64_t hash)
{
    size_t i = (size_t)hash & (s->size - 1);
    while (s->slots[i] && s->slots[i] != hash)
        i = (i + 1) & (s->size - 1);
    return &s->slots[i];
}

struct id_set *id_set_new(void)
{
    struct id_set *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->key = hash_key_random();
    s->size = 1024;
    s->slots = calloc(s->size, sizeof *s->slots);
    if (s->slots)
        return s;
    free(s);
    return NULL;
}

void id_set_free(struct id_set *s)
{
    if (s)
        free(s->slots);
    free(s);
}

static bool grow(struct id_set *s)
{
    uint64_t *old = s->slots, *fresh = calloc(s->size * 2, sizeof *fresh);
    size_t old_size = s->size;
    if (!fresh)
        return false;
    s->slots = fresh;
    s->size *= 2;
    for (size_t i = 0; i < old_size; i++)
        if (old[i])
            *slot_of(s, old[i]) = old[i];
    free(old);
    return true;
}

bool id_set_add(struct id_set *s, const char *text)
{
    uint64_t hash = hash_bytes(s->key, text, strlen(text));
    hash = hash ? hash : 1;
    if (*slot_of(s, hash))
        return false;
    if (s->count * 2 >= s->size && !grow(s))
        return true;
    *slot_of(s, hash) = hash;
    s->count++;
    return true;
}
