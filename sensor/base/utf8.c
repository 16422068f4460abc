/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8.c - strict UTF-8 decoding (RFC 3629, section 4's table of well-formed sequences).
 */
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static bool continues(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

size_t utf8_decode(const uint8_t *at, size_t left, uint32_t *code)
{
    if (left == 0)
        return 0;
    uint8_t lead = at[0];
    if (lead < 0x80) {
        *code = lead;
        return 1;
    }
    size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || left < length)
        return 0;
    uint32_t value = lead & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if (!continues(at[i]))
            return 0;
        value = value << 6 | (at[i] & 0x3fu);
    }
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *code = value;
    return length;
}

bool utf8_valid(const uint8_t *at, size_t size)
{
    uint32_t code;
    while (size > 0) {
        size_t length = utf8_decode(at, size, &code);
        if (length == 0)
            return false;
        at += length;
        size -= length;
    }
    return true;
}

bool utf8_unsafe(uint32_t code)
{
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f))
        return true;
    if (code == 0x2028 || code == 0x2029)
        return true;
    return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* Appends "\xNN". */
static size_t escape_byte(char *out, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    out[0] = '\\';
    out[1] = 'x';
    out[2] = digits[byte >> 4];
    out[3] = digits[byte & 15];
    return 4;
}

size_t utf8_clean(char *out, const void *text, size_t size)
{
    const uint8_t *at = text;
    size_t used = 0;
    while (size > 0) {
        uint32_t code = 0;
        size_t length = utf8_decode(at, size, &code);
        bool harmless = length > 0 && !utf8_unsafe(code);
        if (length == 0)
            length = 1;
        for (size_t i = 0; i < length; i++) {
            if (harmless)
                out[used++] = (char)at[i];
            else
                used += escape_byte(out + used, at[i]);
        }
        at += length;
        size -= length;
    }
    return used;
}

char *utf8_clean_copy(const char *text)
{
    size_t size = strlen(text);
    char *copy = malloc(size * 4 + 1);
    if (copy != NULL)
        copy[utf8_clean(copy, text, size)] = '\0';
    return copy;
}
