/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - the EVE line writer; half of the analysis thread's time would be here if it were slow.
 *
 * The one idea: room is asked for once per item, for bytes that are certain to be written, and there is always SLACK
 * beyond it for quotes, commas and one escape. Clean ASCII is copied and checked sixteen bytes at a time, the last ones
 * again with those before them; only the byte that needs care is looked at by itself. No printf on the usual path.
 */
#include "base/json.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/utf8.h"

#define SLACK           64 /* bytes always free beyond what room() was asked for */
#define DEPTH_MAX       16 /* levels of nesting */
#define FIRST_CAPACITY  1024
#define NUMBER_TEXT_MAX 400 /* a double of 309 digits, sign, point, 6 places */

void json_init(struct json *j, size_t most)
{
    *j = (struct json){.most = most, .first = true, .arrays = 1};
}

void json_free(struct json *j)
{
    free(j->at);
    json_init(j, j->most);
}

void json_rewind(struct json *j, size_t size)
{
    j->size = size;
    j->limit = j->capacity > SLACK ? j->capacity - SLACK : 0;
    j->depth = 0;
    j->arrays = 1;
    j->first = true;
    j->failed = false;
}

void json_reset(struct json *j)
{
    json_rewind(j, 0);
}

/* From now on nothing fits. */
static bool fail(struct json *j)
{
    j->failed = true;
    j->limit = 0;
    return false;
}

/* Makes space for `size` certain bytes and SLACK. Cold. */
static __attribute__((noinline)) bool grow(struct json *j, size_t size)
{
    if (j->failed || size > j->most || j->size > j->most - size)
        return fail(j);
    size_t capacity = j->capacity > 0 ? j->capacity : FIRST_CAPACITY;
    while (capacity - SLACK < j->size + size)
        capacity *= 2;
    if (capacity > j->most + SLACK)
        capacity = j->most + SLACK; /* so that every line past `most` comes by here */
    char *at = realloc(j->at, capacity);
    if (at == NULL)
        return fail(j);
    j->at = at;
    j->capacity = capacity;
    j->limit = capacity - SLACK;
    return true;
}

/* True when `size` bytes and SLACK may be written at j->at + j->size. */
static inline bool room(struct json *j, size_t size)
{
    return __builtin_expect(j->size + size <= j->limit && j->limit > 0, 1) || grow(j, size);
}

/* memcpy for the short texts of ours, without a call. */
static inline void copy(char *to, const char *from, size_t size)
{
    if (size > 32) {
        memcpy(to, from, size);
    } else if (size >= 16) {
        memcpy(to, from, 16);
        memcpy(to + size - 16, from + size - 16, 16);
    } else if (size >= 8) {
        memcpy(to, from, 8);
        memcpy(to + size - 8, from + size - 8, 8);
    } else if (size >= 4) {
        memcpy(to, from, 4);
        memcpy(to + size - 4, from + size - 4, 4);
    } else {
        for (size_t i = 0; i < size; i++)
            to[i] = from[i];
    }
}

/* Comma and "key":, and room for `size` more bytes. Returns where the value goes, NULL when the line has failed. */
static inline char *begin(struct json *j, struct json_key key, size_t size)
{
    assert((key.at == NULL) == (j->arrays & 1u));
    if (!room(j, key.size + size))
        return NULL;
    char *at = j->at + j->size;
    *at = ',';
    at += !j->first;
    j->first = false;
    if (key.at == NULL)
        return at;
    *at++ = '"';
    copy(at, key.at, key.size);
    memcpy(at + key.size, "\":", 2);
    return at + key.size + 2;
}

/* The item ends before `at`. */
static inline void end(struct json *j, const char *at)
{
    j->size = (size_t)(at - j->at);
}

void json_lead(struct json *j, const char *text, size_t size)
{
    assert(j->depth == 0);
    if (!room(j, size))
        return;
    memcpy(j->at + j->size, text, size);
    j->size += size;
}

void json_put_open(struct json *j, struct json_key key, bool array)
{
    assert(j->depth < DEPTH_MAX);
    char *at = begin(j, key, 1);
    if (at != NULL) {
        *at++ = array ? '[' : '{';
        end(j, at);
    }
    j->depth++;
    j->arrays = j->arrays << 1 | array;
    j->first = true;
}

static void leave(struct json *j, char bracket, bool array)
{
    assert(j->depth > 0 && (j->arrays & 1u) == array);
    j->depth--;
    j->arrays >>= 1;
    j->first = false;
    if (room(j, 1))
        j->at[j->size++] = bracket;
}

void json_close(struct json *j)
{
    leave(j, '}', false);
}

void json_close_array(struct json *j)
{
    leave(j, ']', true);
}

/* ---------------------------------------------------------------- text */

#define ONES UINT64_C(0x0101010101010101)
#define TOPS UINT64_C(0x8080808080808080)

/* Not 0 when one of the eight bytes is a control, '"', '\\', DEL or not ASCII. (x - n) & ~x finds a byte below n; for
 * "any of them" the borrow between bytes does no harm. */
static inline uint64_t needs_care(uint64_t x)
{
    uint64_t quote = x ^ ONES * '"';
    uint64_t backslash = x ^ ONES * '\\';
    uint64_t del = x ^ ONES * 0x7f;
    uint64_t low = (x - ONES * 0x20) & ~x;
    uint64_t same = ((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash) | ((del - ONES) & ~del);
    return (low | same | x) & TOPS;
}

static inline bool byte_needs_care(uint8_t byte)
{
    return byte < 0x20 || byte == '"' || byte == '\\' || byte >= 0x7f;
}

typedef int8_t sixteen __attribute__((vector_size(16))); /* SSE2, NEON or plain code, as the compiler has it */

/* Copies 16 bytes; false when one of them needs care. As signed bytes, what is not ASCII lies below the controls. */
static inline bool copy_16(char *to, const uint8_t *from)
{
    sixteen x;
    uint64_t half[2];
    memcpy(&x, from, 16);
    memcpy(to, &x, 16);
    sixteen care = (x < 0x20) | (x == '"') | (x == '\\') | (x == 0x7f);
    memcpy(half, &care, 16);
    return (half[0] | half[1]) == 0;
}

/* Copies 8..15 bytes as two words that overlap; false when one needs care. */
static inline bool copy_8_to_15(char *to, const uint8_t *from, size_t size)
{
    uint64_t first, last;
    memcpy(&first, from, 8);
    memcpy(&last, from + size - 8, 8);
    memcpy(to, &first, 8);
    memcpy(to + size - 8, &last, 8);
    return (needs_care(first) | needs_care(last)) == 0;
}

/* The same for 4..7 bytes. */
static inline bool copy_4_to_7(char *to, const uint8_t *from, size_t size)
{
    uint32_t first, last;
    memcpy(&first, from, 4);
    memcpy(&last, from + size - 4, 4);
    memcpy(to, &first, 4);
    memcpy(to + size - 4, &last, 4);
    return needs_care((uint64_t)first << 32 | last) == 0;
}

/* Copies up to the first byte that needs care; returns how many. `to` must have room for `size`. */
static inline size_t copy_clean(char *to, const uint8_t *from, size_t size)
{
    size_t i = 0;
    if (size >= 4 && size < 16 && (size >= 8 ? copy_8_to_15(to, from, size) : copy_4_to_7(to, from, size)))
        return size;
    while (size - i >= 16 && copy_16(to + i, from + i))
        i += 16;
    if (i > 0 && size - i < 16 && copy_16(to + size - 16, from + size - 16))
        return size;
    for (; i < size && !byte_needs_care(from[i]); i++)
        to[i] = (char)from[i];
    return i;
}

static inline char *write_digits(char *at, const char *digits, uint32_t code, int count)
{
    for (int shift = 4 * (count - 1); shift >= 0; shift -= 4)
        *at++ = digits[code >> shift & 15];
    return at;
}

/* The short escape of a control, 0 when it has none. */
static char short_escape(uint32_t code)
{
    switch (code) {
    case '"': return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return '\0';
    }
}

/* "\xNN" as text. */
static char *write_byte_name(char *at, uint8_t byte)
{
    memcpy(at, "\\\\x", 3);
    return write_digits(at + 3, "0123456789abcdef", byte, 2);
}

/* True when the text itself spells "\xNN" here: its backslash must be named, or it would read as our escape. */
static bool looks_escaped(const uint8_t *from, size_t left)
{
    return left >= 4 && from[0] == '\\' && from[1] == 'x' && isxdigit(from[2]) && isxdigit(from[3]);
}

/* Writes the one character at `from` (at most 6 bytes); `length` gets how many bytes it took. */
static char *write_careful(char *at, const uint8_t *from, size_t left, size_t *length)
{
    uint32_t code = 0;
    *length = utf8_decode(from, left, &code);
    if (*length == 0 || looks_escaped(from, left)) {
        *length = 1;
        return write_byte_name(at, from[0]);
    }
    char letter = short_escape(code);
    if (letter != '\0') {
        *at++ = '\\';
        *at++ = letter;
        return at;
    }
    if (utf8_unsafe(code)) {
        *at++ = '\\';
        *at++ = 'u';
        return write_digits(at, "0123456789abcdef", code, 4);
    }
    copy(at, (const char *)from, *length);
    return at + *length;
}

/* The rest of a text after its first clean run. Each byte of it becomes at least one, so room(left) is exact enough. */
static __attribute__((noinline)) void write_rest(struct json *j, const uint8_t *from, size_t left)
{
    while (left > 0) {
        if (!room(j, left))
            return;
        size_t length;
        end(j, write_careful(j->at + j->size, from, left, &length));
        from += length;
        left -= length;
        if (!room(j, left))
            return;
        size_t run = copy_clean(j->at + j->size, from, left);
        j->size += run;
        from += run;
        left -= run;
    }
}

void json_put_slice(struct json *j, struct json_key key, struct slice text)
{
    char *at = begin(j, key, text.size);
    if (at == NULL)
        return;
    *at++ = '"';
    size_t run = text.size > 0 ? copy_clean(at, text.at, text.size) : 0;
    if (run == text.size) {
        at[run] = '"'; /* within SLACK */
        end(j, at + run + 1);
        return;
    }
    end(j, at + run);
    write_rest(j, text.at + run, text.size - run);
    if (room(j, 1))
        j->at[j->size++] = '"';
}

/* ------------------------------------------------------------- numbers */

void json_put_uint(struct json *j, struct json_key key, uint64_t n)
{
    char *at = begin(j, key, 1);
    if (at != NULL)
        end(j, decimal_write(at, n));
}

void json_put_int(struct json *j, struct json_key key, int64_t n)
{
    char *at = begin(j, key, 1);
    if (at == NULL)
        return;
    if (n < 0)
        *at++ = '-';
    end(j, decimal_write(at, n < 0 ? 0 - (uint64_t)n : (uint64_t)n));
}

/* Numbers too large for 64-bit fixed point: rare enough for printf. */
static void write_huge(struct json *j, struct json_key key, double n, int places)
{
    char text[NUMBER_TEXT_MAX];
    int size = snprintf(text, sizeof text, "%.*f", places, n);
    json_put_raw(j, key, (struct slice){(const uint8_t *)text, (size_t)size});
}

void json_put_decimal(struct json *j, struct json_key key, double n, int places)
{
    static const uint32_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    assert(places >= 0 && places <= 6);
    if (!isfinite(n)) {
        json_put_raw(j, key, json_bytes("null"));
        return;
    }
    double scaled = fabs(n) * powers[places];
    if (scaled > 9e15) {
        write_huge(j, key, n, places);
        return;
    }
    uint64_t fixed = (uint64_t)llround(scaled);
    char *at = begin(j, key, 1);
    if (at == NULL)
        return;
    if (n < 0 && fixed > 0)
        *at++ = '-';
    at = decimal_write(at, fixed / powers[places]);
    if (places > 0)
        *at++ = '.';
    for (int i = places - 1; i >= 0; i--)
        *at++ = (char)('0' + fixed / powers[i] % 10);
    end(j, at);
}

void json_put_hex(struct json *j, struct json_key key, struct slice bytes, char separator, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    assert(separator == '\0' || !byte_needs_care((uint8_t)separator));
    if (bytes.size > j->most) {
        fail(j);
        return;
    }
    size_t step = separator != '\0' ? 3 : 2;
    char *at = begin(j, key, bytes.size * step);
    if (at == NULL)
        return;
    *at++ = '"';
    for (size_t i = 0; i < bytes.size; i++) {
        if (i > 0 && separator != '\0')
            *at++ = separator;
        *at++ = digits[bytes.at[i] >> 4];
        *at++ = digits[bytes.at[i] & 15];
    }
    *at++ = '"';
    end(j, at);
}

void json_put_raw(struct json *j, struct json_key key, struct slice text)
{
    char *at = begin(j, key, text.size);
    if (at == NULL)
        return;
    copy(at, (const char *)text.at, text.size);
    end(j, at + text.size);
}

void json_members(struct json *j, const char *text, size_t size)
{
    assert((j->arrays & 1u) == 0 && size > 0);
    if (!room(j, size))
        return;
    char *at = j->at + j->size;
    if (!j->first)
        *at++ = ',';
    j->first = false;
    copy(at, text, size);
    end(j, at + size);
}

void json_end_line(struct json *j)
{
    assert(j->depth == 0);
    if (!room(j, 1))
        return;
    j->at[j->size++] = '\n';
    j->first = true;
    if (j->size > j->most)
        fail(j);
}
