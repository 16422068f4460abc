/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cursor.h - the only way to touch packet bytes: you get a pointer by passing the bounds check.
 *
 * `struct cursor` is a value; taking moves it forward. All multi-byte reads are big endian.
 */
#ifndef DECODE_CURSOR_H
#define DECODE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor_plugin.h"

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

/* `bytes` may be NULL when `size` is 0; the cursor then stands at an empty place, because NULL may not even be moved by 0. */
static inline struct cursor cursor_of(const uint8_t *bytes, size_t size)
{
    static const uint8_t nothing[1] = {0};
    const uint8_t *at = bytes ? bytes : nothing;
    return (struct cursor){at, at + size};
}

static inline size_t cursor_left(const struct cursor *c)
{
    return (size_t)(c->end - c->at);
}

/* The next `n` bytes, or NULL (and no move) when fewer are left. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t n)
{
    if (cursor_left(c) < n)
        return NULL;
    const uint8_t *at = c->at;
    c->at += n;
    return at;
}

static inline bool cursor_skip(struct cursor *c, size_t n)
{
    return cursor_take(c, n) != NULL;
}

/* A cursor over the next `n` bytes; false (and no move) when fewer are left. */
static inline bool cursor_sub(struct cursor *c, size_t n, struct cursor *out)
{
    const uint8_t *at = cursor_take(c, n);
    if (!at)
        return false;
    *out = cursor_of(at, n);
    return true;
}

static inline uint16_t read_u16(const uint8_t *p)
{
    return (uint16_t)((uint32_t)p[0] << 8 | p[1]);
}

static inline uint32_t read_u24(const uint8_t *p)
{
    return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static inline uint32_t read_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t read_u64(const uint8_t *p)
{
    return (uint64_t)read_u32(p) << 32 | read_u32(p + 4);
}

/* The next number; false (and no move, *out untouched) when too few bytes are left. */
static inline bool cursor_u8(struct cursor *c, uint8_t *out)
{
    const uint8_t *p = cursor_take(c, 1);
    if (!p)
        return false;
    *out = p[0];
    return true;
}

static inline bool cursor_u16(struct cursor *c, uint16_t *out)
{
    const uint8_t *p = cursor_take(c, 2);
    if (!p)
        return false;
    *out = read_u16(p);
    return true;
}

static inline bool cursor_u24(struct cursor *c, uint32_t *out)
{
    const uint8_t *p = cursor_take(c, 3);
    if (!p)
        return false;
    *out = read_u24(p);
    return true;
}

static inline bool cursor_u32(struct cursor *c, uint32_t *out)
{
    const uint8_t *p = cursor_take(c, 4);
    if (!p)
        return false;
    *out = read_u32(p);
    return true;
}

static inline struct slice cursor_slice(const struct cursor *c)
{
    return (struct slice){c->at, cursor_left(c)};
}

#endif
