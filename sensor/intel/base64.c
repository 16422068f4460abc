/* SPDX-License-Identifier: Apache-2.0 */
/* base64.c - see base64.h. */
#include "intel/base64.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool base64_text(const char *in, size_t size, char *out, size_t room)
{
    uint32_t bits = 0;
    unsigned held = 0;
    size_t used = 0;
    while (size > 0 && in[size - 1] == '=')
        size--;
    for (size_t i = 0; i < size; i++) {
        const char *digit = in[i] ? strchr(digits, in[i]) : NULL;
        if (!digit || used + 1 >= room)
            return false;
        bits = bits << 6 | (uint32_t)(digit - digits);
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        out[used] = (char)(bits >> held & 0xff);
        if ((unsigned char)out[used] < ' ' || out[used] == 127)
            return false;
        used++;
    }
    out[used] = '\0';
    return utf8_valid((const uint8_t *)out, used);
}

void base64_write(const char *in, size_t size, char *out)
{
    for (size_t i = 0; i < size; i += 3) {
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (i + k < size ? (uint8_t)in[i + k] : 0u);
        for (size_t k = 0; k < 4; k++)
            *out++ = i + k <= size ? digits[bits >> (18 - 6 * k) & 63] : '=';
    }
    *out = '\0';
}
