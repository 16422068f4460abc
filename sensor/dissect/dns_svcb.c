/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_svcb.c - service parameters in presentation form.
 *
 * Values of known keys are written as their own documents say (lists, addresses, base64); those of others as RFC 9460's
 * character-string: printable bytes as they are, the rest as \DDD. A value that does not fit its key's form is written
 * that second way too, so nothing is lost.
 */
#include "dissect/dns_svcb.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"

enum svcb_key {
    KEY_MANDATORY = 0,
    KEY_ALPN,
    KEY_NO_DEFAULT_ALPN,
    KEY_PORT,
    KEY_IPV4HINT,
    KEY_ECH,
    KEY_IPV6HINT,
    KEY_DOHPATH,
    KEY_OHTTP
};

static const char *const key_names[] = {"mandatory", "alpn",     "no-default-alpn", "port", "ipv4hint",
                                        "ech",       "ipv6hint", "dohpath",         "ohttp"};
#define KEY_COUNT (sizeof key_names / sizeof key_names[0])

/* Appends; a full text stays full: svcb_text_of cuts the whole parameter then. */
static bool put(struct svcb_text *out, const char *bytes, size_t size)
{
    if (SVCB_TEXT_MAX - out->size < size)
        return false;
    memcpy(out->text + out->size, bytes, size);
    out->size += size;
    return true;
}

static bool put_string(struct svcb_text *out, const char *s)
{
    return put(out, s, strlen(s));
}

static bool put_number(struct svcb_text *out, unsigned n)
{
    char digits[12];
    return put(out, digits, (size_t)snprintf(digits, sizeof digits, "%u", n));
}

static bool put_key(struct svcb_text *out, uint16_t key)
{
    if (key < KEY_COUNT)
        return put_string(out, key_names[key]);
    return put_string(out, "key") && put_number(out, key);
}

/* Bytes as they are, odd ones as \DDD; in lists also the comma is odd. */
static bool put_escaped(struct svcb_text *out, const uint8_t *bytes, size_t size, bool in_list)
{
    for (size_t i = 0; i < size; i++) {
        char c[5] = {(char)bytes[i], 0, 0, 0, 0};
        bool plain = bytes[i] > 0x20 && bytes[i] < 0x7f && bytes[i] != '\\' && bytes[i] != '"' && !(in_list && bytes[i] == ',');
        if (!plain)
            snprintf(c, sizeof c, "\\%03u", (unsigned)bytes[i]);
        if (!put_string(out, c))
            return false;
    }
    return true;
}

static bool put_base64(struct svcb_text *out, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        size_t n = size - i < 3 ? size - i : 3;
        uint32_t v = (uint32_t)bytes[i] << 16 | (n > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) | (n > 2 ? bytes[i + 2] : 0);
        char four[4] = {digits[v >> 18], digits[v >> 12 & 63], n > 1 ? digits[v >> 6 & 63] : '=', n > 2 ? digits[v & 63] : '='};
        if (!put(out, four, 4))
            return false;
    }
    return true;
}

static bool put_alpns(struct svcb_text *out, struct cursor value)
{
    for (bool first = true; cursor_left(&value) > 0; first = false) {
        uint8_t size;
        struct cursor id;
        if (!cursor_u8(&value, &size) || !cursor_sub(&value, size, &id))
            return false;
        if ((!first && !put(out, ",", 1)) || !put_escaped(out, id.at, size, true))
            return false;
    }
    return true;
}

static bool put_keys(struct svcb_text *out, struct cursor value)
{
    for (bool first = true; cursor_left(&value) > 0; first = false) {
        uint16_t key;
        if (!cursor_u16(&value, &key) || (!first && !put(out, ",", 1)) || !put_key(out, key))
            return false;
    }
    return true;
}

static bool put_addresses(struct svcb_text *out, struct cursor value, size_t address_size)
{
    for (bool first = true; cursor_left(&value) > 0; first = false) {
        const uint8_t *bytes = cursor_take(&value, address_size);
        char text[ADDR_TEXT_MAX];
        if (!bytes)
            return false;
        struct address a = address_size == 4 ? addr_from_v4(bytes) : addr_from_v6(bytes);
        if ((!first && !put(out, ",", 1)) || !put_string(out, addr_text(&a, text)))
            return false;
    }
    return true;
}

/* The value in its key's own form; false when it has another shape (or no room is left). */
static bool put_known(struct svcb_text *out, uint16_t key, struct cursor value)
{
    uint16_t port;
    switch (key) {
    case KEY_MANDATORY: return put_keys(out, value);
    case KEY_ALPN: return put_alpns(out, value);
    case KEY_PORT: return cursor_left(&value) == 2 && cursor_u16(&value, &port) && put_number(out, port);
    case KEY_IPV4HINT: return put_addresses(out, value, 4);
    case KEY_IPV6HINT: return put_addresses(out, value, 16);
    case KEY_ECH: return put_base64(out, value.at, cursor_left(&value));
    default: return false;
    }
}

static bool put_param(struct svcb_text *out, uint16_t key, struct cursor value)
{
    if ((out->size > 0 && !put(out, " ", 1)) || !put_key(out, key))
        return false;
    if (cursor_left(&value) == 0)
        return true;
    if (!put(out, "=", 1))
        return false;
    size_t before = out->size;
    if (put_known(out, key, value))
        return true;
    out->size = before;
    return put_escaped(out, value.at, cursor_left(&value), false);
}

bool svcb_text_of(struct cursor params, struct svcb_text *out)
{
    out->size = 0;
    out->ech = false;
    bool whole = true;
    while (cursor_left(&params) > 0) {
        uint16_t key, size;
        struct cursor value;
        if (!cursor_u16(&params, &key) || !cursor_u16(&params, &size) || !cursor_sub(&params, size, &value))
            return false;
        out->ech |= key == KEY_ECH;
        size_t before = out->size;
        if (!put_param(out, key, value)) {
            out->size = before;
            whole = false;
        }
    }
    return whole;
}
