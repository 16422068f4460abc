/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.c - see table.h. Slots are numbered from 1; chains of a bucket and the list from newest to oldest link slot numbers.
 *
 * Buckets grow one at a time with the entries (W. Litwin, "Linear Hashing", VLDB 1980): a table that is nearly empty is small in
 * the caches too, and none ever stops to be rebuilt.
 */
#include "base/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define LINE          64u /* bytes of the processor's cache */
#define LOAD_INVERSE  4u  /* buckets for each entry: most look-ups find nothing, and that is seen without touching a slot */
#define BUCKETS_LEAST 16u

struct slot {
    uint32_t chain; /* next of the bucket; of a free slot the next free one */
    uint32_t newer, older;
    uint32_t hash;
    /* key, padded to 8 bytes, then the value */
};

struct sensor_table {
    struct hash_key secret;
    uint32_t most;
    uint32_t buckets, buckets_most; /* in use; memory is reserved for */
    uint32_t mask;                  /* the least 2^n - 1 >= buckets - 1 */
    uint32_t used;  /* slots ever handed out */
    uint32_t count; /* entries */
    uint32_t vacant; /* first slot given back */
    uint32_t newest, oldest;
    uint64_t evicted;
    size_t key_size, key_room, slot_size;
    size_t value_size;
    uint32_t *bucket;
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
    t->buckets = BUCKETS_LEAST;
    t->buckets_most = most < (1u << 30) / LOAD_INVERSE ? most * LOAD_INVERSE + BUCKETS_LEAST : 1u << 30;
    t->secret = hash_key_random();
    t->most = most;
    t->mask = BUCKETS_LEAST - 1;
    t->key_size = key_size;
    t->key_room = (key_size + 7) & ~(size_t)7;
    t->value_size = value_size;
    t->slot_size = (sizeof(struct slot) + t->key_room + value_size + 7) & ~(size_t)7;
    t->bucket = calloc(t->buckets_most, sizeof *t->bucket);
    t->memory = calloc(1, most * t->slot_size + LINE);
    if (t->bucket && t->memory) {
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
    free(t->bucket);
    free(t->memory);
    free(t);
}

void table_on_end(struct sensor_table *t, void (*end)(void *arg, void *value), void *arg)
{
    t->end = end;
    t->arg = arg;
}

/* ------------------------------------------------------------------- links */

static uint32_t hash_of(const struct sensor_table *t, const void *key)
{
    return (uint32_t)hash_quick(t->secret, key, t->key_size);
}

static uint32_t bucket_of(const struct sensor_table *t, uint32_t hash)
{
    uint32_t bucket = hash & t->mask;
    return bucket < t->buckets ? bucket : hash & t->mask >> 1;
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

static uint32_t find(const struct sensor_table *t, uint32_t hash, const void *key)
{
    uint32_t i = t->bucket[bucket_of(t, hash)];
    while (i && !is_key(t, key_at(slot_at(t, i)), key))
        i = slot_at(t, i)->chain;
    return i;
}

/* One more bucket: it takes its share from the bucket that stood for both. */
static void add_bucket(struct sensor_table *t)
{
    uint32_t added = t->buckets++;
    if (added > t->mask)
        t->mask = t->mask << 1 | 1;
    uint32_t *link = &t->bucket[added & t->mask >> 1], *end = &t->bucket[added];
    while (*link) {
        struct slot *s = slot_at(t, *link);
        if ((s->hash & t->mask) != added) {
            link = &s->chain;
            continue;
        }
        *end = *link;
        *link = s->chain;
        end = &s->chain;
    }
    *end = 0;
}

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
    uint32_t *link = &t->bucket[bucket_of(t, s->hash)];
    while (*link != i)
        link = &slot_at(t, *link)->chain;
    *link = s->chain;
    unlink_age(t, s);
    if (t->end)
        t->end(t->arg, value_at(t, s));
    s->chain = t->vacant;
    t->vacant = i;
    t->count--;
}

static uint32_t take_slot(struct sensor_table *t)
{
    if (!t->vacant && t->used == t->most) {
        remove_entry(t, t->oldest);
        t->evicted++;
    }
    if (!t->vacant)
        return ++t->used;
    uint32_t i = t->vacant;
    t->vacant = slot_at(t, i)->chain;
    return i;
}

/* ----------------------------------------------------------------- entries */

void *table_find(const struct sensor_table *t, const void *key)
{
    uint32_t i = find(t, hash_of(t, key), key);
    return i ? value_at(t, slot_at(t, i)) : NULL;
}

void *table_take(struct sensor_table *t, const void *key, bool *is_new)
{
    uint32_t hash = hash_of(t, key), i = find(t, hash, key);
    *is_new = i == 0;
    if (i) {
        unlink_age(t, slot_at(t, i));
        link_newest(t, i);
        return value_at(t, slot_at(t, i));
    }
    i = take_slot(t);
    struct slot *s = slot_at(t, i);
    uint32_t bucket = bucket_of(t, hash);
    s->hash = hash;
    s->chain = t->bucket[bucket];
    t->bucket[bucket] = i;
    link_newest(t, i);
    t->count++;
    while (t->count * (uint64_t)LOAD_INVERSE > t->buckets && t->buckets < t->buckets_most)
        add_bucket(t);
    memcpy(key_at(s), key, t->key_size);
    memset(value_at(t, s), 0, t->value_size);
    return value_at(t, s);
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
