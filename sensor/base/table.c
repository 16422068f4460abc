/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.c - see table.h. Slots are numbered from 1; a list from newest to oldest links their numbers. Which slot a key has stands in
 * cells, found by linear probing (Knuth, The Art of Computer Programming 3, 6.4), with the key's hash: a key that is not there, a
 * neighbour that moves and twice as many cells touch no slot, each of which would be a miss of the caches.
 */
#include "base/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define LINE        64u /* bytes of the processor's cache */
#define CELLS_LEAST 16u

struct slot {
    uint32_t newer, older; /* of one given back, `older` is the next of those */
    /* key, padded to 8 bytes, then the value */
};

struct cell {
    uint32_t hash;
    uint32_t slot; /* 0: free */
};

struct sensor_table {
    struct hash_key secret;
    uint32_t most;
    uint32_t mask;   /* cells - 1, all ones */
    uint32_t used;   /* slots ever handed out */
    uint32_t count;  /* entries */
    uint32_t vacant; /* first slot given back */
    uint32_t newest, oldest;
    uint64_t evicted;
    size_t key_size, key_room, slot_size;
    size_t value_size;
    struct cell *cell;
    uint8_t *slots;
    void *memory; /* the slots lie in it, from the start of a cache line */
    void (*end)(void *arg, void *value);
    void *arg;
};

static struct slot *slot_at(const struct sensor_table *t, uint32_t i)
{
    return (struct slot *)(void *)(t->slots + (size_t)(i - 1) * t->slot_size);
}

static uint8_t *key_at(struct slot *s)
{
    return (uint8_t *)s + sizeof *s;
}

static void *value_at(const struct sensor_table *t, struct slot *s)
{
    return key_at(s) + t->key_room;
}

static uint32_t slot_of(const struct sensor_table *t, const void *value)
{
    size_t at = (size_t)((const uint8_t *)value - t->slots);
    return (uint32_t)(at / t->slot_size) + 1;
}

struct sensor_table *table_new(uint32_t most, size_t key_size, size_t value_size)
{
    assert(most > 0 && most <= 1u << 30 && key_size > 0);
    struct sensor_table *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->secret = hash_key_random();
    t->most = most;
    t->mask = CELLS_LEAST - 1;
    t->key_size = key_size;
    t->key_room = (key_size + 7) & ~(size_t)7;
    t->value_size = value_size;
    t->slot_size = (sizeof(struct slot) + t->key_room + value_size + 7) & ~(size_t)7;
    t->cell = calloc(CELLS_LEAST, sizeof *t->cell);
    t->memory = calloc(1, most * t->slot_size + LINE);
    if (t->cell && t->memory) {
        t->slots = (uint8_t *)t->memory + (LINE - (uintptr_t)t->memory % LINE);
        return t;
    }
    table_free(t);
    return NULL;
}

void table_free(struct sensor_table *t)
{
    if (!t)
        return;
    for (void *value = NULL; t->end && (value = table_next(t, value, NULL));)
        t->end(t->arg, value);
    free(t->cell);
    free(t->memory);
    free(t);
}

void table_on_end(struct sensor_table *t, void (*end)(void *arg, void *value), void *arg)
{
    t->end = end;
    t->arg = arg;
}

/* ------------------------------------------------------------------- cells */

static uint32_t hash_of(const struct sensor_table *t, const void *key)
{
    return (uint32_t)hash_quick(t->secret, key, t->key_size);
}

/* Most keys are whole words, and compared here; others by memcmp, which is not inlined. */
static bool is_key(const struct sensor_table *t, const uint8_t *a, const uint8_t *b)
{
    uint64_t x, y, difference = 0;
    if (t->key_size != t->key_room)
        return memcmp(a, b, t->key_size) == 0;
    for (size_t i = 0; i < t->key_size; i += sizeof x) {
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        difference |= x ^ y;
    }
    return difference == 0;
}

/* The cell of a key, or the free one where it would stand. */
static struct cell *seek(const struct sensor_table *t, uint32_t hash, const void *key)
{
    uint32_t i = hash & t->mask;
    while (t->cell[i].slot && (t->cell[i].hash != hash || !is_key(t, key_at(slot_at(t, t->cell[i].slot)), key)))
        i = (i + 1) & t->mask;
    return &t->cell[i];
}

static void place(struct cell *cells, uint32_t mask, struct cell cell)
{
    uint32_t i = cell.hash & mask;
    while (cells[i].slot)
        i = (i + 1) & mask;
    cells[i] = cell;
}

/* Those behind a cell that is freed move up to it, unless they would come to stand before their place. */
static void clear(struct sensor_table *t, struct cell *cell)
{
    uint32_t hole = (uint32_t)(cell - t->cell);
    for (uint32_t i = (hole + 1) & t->mask; t->cell[i].slot; i = (i + 1) & t->mask)
        if (((i - t->cell[i].hash) & t->mask) >= ((i - hole) & t->mask)) {
            t->cell[hole] = t->cell[i];
            hole = i;
        }
    t->cell[hole].slot = 0;
}

/* Twice as many cells: some 5 ns for each. Without memory the table stays as small as it is. */
static void grow(struct sensor_table *t)
{
    uint32_t mask = t->mask << 1 | 1;
    struct cell *cells = calloc((size_t)mask + 1, sizeof *cells);
    if (!cells) {
        t->most = t->count;
        return;
    }
    for (uint32_t i = 0; i <= t->mask; i++)
        if (t->cell[i].slot)
            place(cells, mask, t->cell[i]);
    free(t->cell);
    t->cell = cells;
    t->mask = mask;
}

/* -------------------------------------------------------------------- age */

static void unlink_age(struct sensor_table *t, struct slot *s)
{
    if (s->newer)
        slot_at(t, s->newer)->older = s->older;
    else
        t->newest = s->older;
    if (s->older)
        slot_at(t, s->older)->newer = s->newer;
    else
        t->oldest = s->newer;
}

static void link_newest(struct sensor_table *t, uint32_t i)
{
    struct slot *s = slot_at(t, i);
    s->newer = 0;
    s->older = t->newest;
    if (t->newest)
        slot_at(t, t->newest)->newer = i;
    else
        t->oldest = i;
    t->newest = i;
}

/* Takes an entry out; its slot becomes vacant. */
static void remove_entry(struct sensor_table *t, uint32_t i)
{
    struct slot *s = slot_at(t, i);
    clear(t, seek(t, hash_of(t, key_at(s)), key_at(s)));
    unlink_age(t, s);
    if (t->end)
        t->end(t->arg, value_at(t, s));
    s->older = t->vacant;
    t->vacant = i;
    t->count--;
}

static uint32_t take_slot(struct sensor_table *t)
{
    uint32_t i = t->vacant;
    if (!i)
        return ++t->used;
    t->vacant = slot_at(t, i)->older;
    return i;
}

/* Room for one more: a full table gives up an entry. */
static void make_room(struct sensor_table *t)
{
    if ((uint64_t)t->count * 3 >= (uint64_t)t->mask * 2 && t->count < t->most)
        grow(t);
    if (t->count < t->most)
        return;
    remove_entry(t, t->oldest);
    t->evicted++;
    if (t->oldest) /* it goes next, and this is the only cell that is known beforehand */
        __builtin_prefetch(&t->cell[hash_of(t, key_at(slot_at(t, t->oldest))) & t->mask]);
}

/* ----------------------------------------------------------------- entries */

void *table_find(const struct sensor_table *t, const void *key)
{
    uint32_t i = t->count ? seek(t, hash_of(t, key), key)->slot : 0;
    return i ? value_at(t, slot_at(t, i)) : NULL;
}

static void *add(struct sensor_table *t, uint32_t hash, const void *key)
{
    make_room(t);
    uint32_t i = take_slot(t);
    struct slot *s = slot_at(t, i);
    place(t->cell, t->mask, (struct cell){hash, i});
    link_newest(t, i);
    t->count++;
    memcpy(key_at(s), key, t->key_size);
    return memset(value_at(t, s), 0, t->value_size);
}

void *table_take(struct sensor_table *t, const void *key, bool *is_new)
{
    uint32_t hash = hash_of(t, key), i = seek(t, hash, key)->slot;
    *is_new = i == 0;
    if (!i)
        return add(t, hash, key);
    unlink_age(t, slot_at(t, i));
    link_newest(t, i);
    return value_at(t, slot_at(t, i));
}

void table_drop(struct sensor_table *t, void *value)
{
    remove_entry(t, slot_of(t, value));
}

void *table_next(const struct sensor_table *t, const void *value, const void **key)
{
    uint32_t i = value ? slot_at(t, slot_of(t, value))->older : t->newest;
    if (i && key)
        *key = key_at(slot_at(t, i));
    return i ? value_at(t, slot_at(t, i)) : NULL;
}

void *table_oldest(const struct sensor_table *t, const void **key)
{
    if (t->oldest && key)
        *key = key_at(slot_at(t, t->oldest));
    return t->oldest ? value_at(t, slot_at(t, t->oldest)) : NULL;
}

size_t table_key_size(const struct sensor_table *t)
{
    return t->key_size;
}

size_t table_value_size(const struct sensor_table *t)
{
    return t->value_size;
}

uint32_t table_count(const struct sensor_table *t)
{
    return t->count;
}

uint64_t table_evicted(const struct sensor_table *t)
{
    return t->evicted;
}
