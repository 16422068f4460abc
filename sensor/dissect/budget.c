/* SPDX-License-Identifier: Apache-2.0 */
/*
 * budget.c - malloc with a ceiling and an account.
 */
#include "dissect/budget.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 512

void *budget_grow(struct budget *b, void *old, size_t old_size, size_t new_size)
{
    if (new_size > old_size && new_size - old_size > b->max - (b->used < b->max ? b->used : b->max)) {
        b->refused++;
        return NULL;
    }
    void *bytes = realloc(old, new_size);
    if (!bytes) {
        b->refused++;
        return NULL;
    }
    budget_move(b, old_size, new_size);
    return bytes;
}

void budget_free(struct budget *b, void *bytes, size_t size)
{
    if (!bytes)
        return;
    free(bytes);
    budget_move(b, size, 0);
}

void budget_move(struct budget *b, size_t old_size, size_t new_size)
{
    b->used = b->used - old_size + new_size;
}

/* The next capacity that holds `need` bytes: doubling, but never past `max`. */
static size_t capacity_for(size_t capacity, size_t need, size_t max)
{
    if (capacity < FIRST_CAPACITY)
        capacity = FIRST_CAPACITY;
    while (capacity < need)
        capacity *= 2;
    return capacity < max ? capacity : max;
}

bool budget_append(struct budget *b, struct budget_bytes *to, const void *bytes, size_t size, size_t max)
{
    if (size > max || to->size > max - size)
        return false;
    if (to->size + size > to->capacity) {
        size_t capacity = capacity_for(to->capacity, to->size + size, max);
        uint8_t *at = budget_grow(b, to->at, to->capacity, capacity);
        if (!at)
            return false;
        to->at = at;
        to->capacity = (uint32_t)capacity;
    }
    if (size)
        memcpy(to->at + to->size, bytes, size);
    to->size += (uint32_t)size;
    return true;
}

void budget_clear(struct budget *b, struct budget_bytes *to)
{
    budget_free(b, to->at, to->capacity);
    *to = (struct budget_bytes){NULL, 0, 0};
}
