/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recall.c - see recall.h. A place is two cache lines; its hash is keyed, so that nobody can aim at the place of another name.
 */
#include "flow/recall.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define PLACES    4096u
#define ID_SIZE   2u
#define QUERY_MAX 98u

struct place {
    struct classification class;
    uint32_t users; /* flows that came for it, or the one that learns it */
    bool is_known;
    uint8_t size; /* of the query, 0: a free place */
    uint8_t query[QUERY_MAX];
};

_Static_assert(sizeof(struct place) == 128, "two cache lines");

struct recall {
    struct place places[PLACES];
    struct hash_key key;
};

struct recall *recall_new(struct error *error)
{
    struct recall *r = aligned_alloc(64, (sizeof *r + 63) / 64 * 64);
    if (!r) {
        error_set(error, "out of memory for what the classifier remembers");
        return NULL;
    }
    memset(r, 0, sizeof *r);
    r->key = hash_key_random();
    return r;
}

void recall_free(struct recall *r)
{
    free(r);
}

static bool holds(const struct place *p, struct slice query)
{
    return p->size == query.size && memcmp(p->query + ID_SIZE, query.at + ID_SIZE, query.size - ID_SIZE) == 0;
}

static void begin(struct place *p, struct slice query)
{
    p->is_known = false;
    p->size = (uint8_t)query.size;
    memset(p->query, 0, ID_SIZE);
    memcpy(p->query + ID_SIZE, query.at + ID_SIZE, query.size - ID_SIZE);
}

uint32_t recall_take(struct recall *r, struct slice query, const struct classification **class)
{
    *class = NULL;
    if (query.size <= ID_SIZE || query.size > QUERY_MAX)
        return 0;
    uint32_t i = hash_quick(r->key, query.at + ID_SIZE, query.size - ID_SIZE) % PLACES;
    struct place *p = &r->places[i];
    if (p->is_known && holds(p, query))
        *class = &p->class;
    else if (p->users > 0)
        return 0;
    else
        begin(p, query);
    p->users++;
    return i + 1;
}

struct slice recall_query(const struct recall *r, uint32_t place)
{
    const struct place *p = &r->places[place - 1];
    return (struct slice){p->query, p->size};
}

void recall_leave(struct recall *r, uint32_t place, const struct classification *learned)
{
    struct place *p = &r->places[place - 1];
    assert(p->users > 0);
    p->users--;
    if (!learned || p->is_known)
        return;
    p->class = *learned;
    p->is_known = true;
}
