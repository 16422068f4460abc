/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.c - see format.h. One pass over the format; numbers are made from the right in a small buffer, two digits at a time.
 */
#include "base/format.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "base/decimal.h"

#define DIGITS_MAX DECIMAL_DIGITS_MAX /* of a 64-bit number; hexadecimal ones are shorter */
#define WIDTH_MAX  99u
#define SHORT_MAX  16 /* characters of a text that are cheaper to copy one by one */

struct text {
    char *at, *end; /* where the next character goes, and the first that may not be written */
    size_t beyond;  /* characters that found no room */
};

/* What stands between the % and the letter. */
struct conversion {
    bool zero;
    unsigned width;
    unsigned longs;    /* 1: long, long long or size_t, which are all of 64 bits here */
    bool cut;          /* has a precision */
    size_t precision;
};

_Static_assert(sizeof(long) == 8 && sizeof(size_t) == 8, "see conversion.longs");

static inline void put_char(struct text *t, char c)
{
    if (t->at < t->end)
        *t->at++ = c;
    else
        t->beyond++;
}

static void put(struct text *t, const char *from, size_t size)
{
    size_t room = (size_t)(t->end - t->at), fits = size < room ? size : room;
    if (fits) { /* there may be no room at all, at NULL */
        memcpy(t->at, from, fits);
        t->at += fits;
    }
    t->beyond += size - fits;
}

static inline void put_string(struct text *t, const char *from)
{
    for (const char *end = from + SHORT_MAX; from < end; from++) {
        if (!*from)
            return;
        put_char(t, *from);
    }
    put(t, from, strlen(from));
}

static inline char *write_hex(char *end, uint64_t n, const char *digits)
{
    do
        *--end = digits[n & 15];
    while (n >>= 4);
    return end;
}

static inline void put_digits(struct text *t, const char *from, const char *end)
{
    while (from < end)
        put_char(t, *from++);
}

/* A number's digits, filled up to the width: zeros after the sign, spaces before it. */
static void put_number(struct text *t, const struct conversion *c, bool negative, const char *digits, size_t size)
{
    size_t fill = c->width > size + negative ? c->width - size - negative : 0;
    for (size_t i = 0; i < fill && !c->zero; i++)
        put_char(t, ' ');
    if (negative)
        put_char(t, '-');
    for (size_t i = 0; i < fill && c->zero; i++)
        put_char(t, '0');
    put_digits(t, digits, digits + size);
}

/* "%02x" of a byte: how digests are printed. */
static inline bool put_byte(struct text *t, const char **at, va_list *arguments)
{
    static const char digits[] = "0123456789abcdef";
    if ((*at)[0] != '0' || (*at)[1] != '2' || (*at)[2] != 'x')
        return false;
    va_list ahead;
    va_copy(ahead, *arguments);
    unsigned n = va_arg(ahead, unsigned);
    va_end(ahead);
    if (n > 0xff)
        return false;
    (void)va_arg(*arguments, unsigned);
    put_char(t, digits[n >> 4]);
    put_char(t, digits[n & 15]);
    *at += 3;
    return true;
}

static inline void put_plain_unsigned(struct text *t, unsigned n)
{
    char digits[DIGITS_MAX], *end = digits + sizeof digits;
    put_digits(t, decimal_before(end, n), end);
}

static void put_unsigned(struct text *t, const struct conversion *c, char letter, uint64_t n)
{
    char digits[DIGITS_MAX], *end = digits + sizeof digits;
    char *from = letter == 'u' ? decimal_before(end, n) : write_hex(end, n, letter == 'x' ? "0123456789abcdef" : "0123456789ABCDEF");
    put_number(t, c, false, from, (size_t)(end - from));
}

static void put_signed(struct text *t, const struct conversion *c, int64_t n)
{
    char digits[DIGITS_MAX], *end = digits + sizeof digits;
    char *from = decimal_before(end, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
    put_number(t, c, n < 0, from, (size_t)(end - from));
}

static unsigned read_width(const char **at)
{
    unsigned n = 0;
    for (; **at >= '0' && **at <= '9' && n <= WIDTH_MAX; (*at)++)
        n = n * 10 + (unsigned)(**at - '0');
    return n;
}

/* Reads up to the letter; false for what is not understood. */
static bool read_conversion(const char **at, struct conversion *c, va_list *arguments)
{
    *c = (struct conversion){.zero = **at == '0'};
    c->width = read_width(at);
    if (**at == '.') {
        (*at)++;
        int n = **at == '*' ? va_arg(*arguments, int) : (int)read_width(at);
        *at += **at == '*';
        c->cut = n >= 0; /* a negative one is none */
        c->precision = (size_t)n;
    }
    if (**at == 'z' || **at == 'l') {
        c->longs = 1;
        *at += (*at)[0] == 'l' && (*at)[1] == 'l' ? 2 : 1;
    }
    return c->width <= WIDTH_MAX && (!c->cut || c->precision <= INT_MAX);
}

static inline bool put_text(struct text *t, const struct conversion *c, const char *from)
{
    if (c->width || c->zero || c->longs || !from)
        return false;
    if (c->cut)
        put(t, from, strnlen(from, c->precision));
    else
        put_string(t, from);
    return true;
}

static inline bool convert(struct text *t, const char **at, va_list *arguments)
{
    static const struct conversion bare;
    struct conversion c;
    if (**at == 'u') { /* this and the next are nearly all that is asked for */
        (*at)++;
        put_plain_unsigned(t, va_arg(*arguments, unsigned));
        return true;
    }
    if (**at == 's') {
        (*at)++;
        return put_text(t, &bare, va_arg(*arguments, const char *));
    }
    if (put_byte(t, at, arguments))
        return true;
    if (!read_conversion(at, &c, arguments))
        return false;
    char letter = *(*at)++;
    if (letter == 's')
        return put_text(t, &c, va_arg(*arguments, const char *));
    if (c.cut)
        return false;
    switch (letter) {
    case 'u':
    case 'x':
    case 'X': put_unsigned(t, &c, letter, c.longs ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned)); return true;
    case 'd':
    case 'i': put_signed(t, &c, c.longs ? va_arg(*arguments, long) : va_arg(*arguments, int)); return true;
    case 'c':
    case '%':
        if (c.width || c.zero || c.longs)
            return false;
        put_char(t, letter == '%' ? '%' : (char)va_arg(*arguments, int));
        return true;
    default: return false;
    }
}

bool format_plain(char *out, size_t size, int *length, const char *format, va_list arguments)
{
    struct text t = {.at = out, .end = size ? out + size - 1 : out};
    va_list rest;
    va_copy(rest, arguments);
    bool plain = true;
    while (*format && plain) {
        if (*format != '%') {
            put_char(&t, *format++);
        } else {
            format++;
            plain = convert(&t, &format, &rest);
        }
    }
    va_end(rest);
    size_t whole = (size_t)(t.at - out) + t.beyond;
    if (!plain || whole > INT_MAX)
        return false;
    if (size)
        *t.at = '\0';
    *length = (int)whole;
    return true;
}
