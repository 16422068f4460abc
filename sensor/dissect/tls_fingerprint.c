/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_fingerprint.c - the texts that JA3, JA3S and JA4 hash. GREASE values are left out of all of them.
 *
 * JA4 sorts ciphers and extensions and keeps signature algorithms in order; without signature algorithms there is no
 * trailing underscore. Its version letter comes from supported_versions, its ALPN mark from the first protocol's two ends.
 */
#include "dissect/tls_fingerprint.h"

#include <string.h>

#include "decode/cursor.h"
#include "dissect/digest.h"

enum { EXTENSION_SNI = 0, EXTENSION_ALPN = 16 };

#define JA4_VALUE_MAX 1024                    /* ciphers or extensions */
#define JA4_TEXT_MAX  (2 * 5 * JA4_VALUE_MAX) /* "abcd," for extensions and signature algorithms */
_Static_assert(HELLO_EXTENSION_MAX <= JA4_VALUE_MAX, "every remembered extension has a place");

/* Text that grows to a bound; past it `full` is set and nothing more is written. */
struct text {
    char *start;
    size_t size, max;
    bool full;
};

static void put_char(struct text *t, char c)
{
    if (t->size == t->max)
        t->full = true;
    else
        t->start[t->size++] = c;
}

/* Where `size` characters go that are all or not at all written. */
static char *take_room(struct text *t, size_t size)
{
    if (t->max - t->size < size) {
        t->full = true;
        return NULL;
    }
    char *at = t->start + t->size;
    t->size += size;
    return at;
}

static void put_decimal(struct text *t, unsigned value)
{
    size_t size = value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : value < 10000 ? 4 : 5;
    char *at = take_room(t, size);
    for (; at && size > 0; value /= 10)
        at[--size] = (char)('0' + value % 10);
}

static void put_hex16(struct text *t, uint16_t value)
{
    static const char digits[] = "0123456789abcdef";
    char *at = take_room(t, 4);
    for (int shift = 12; at && shift >= 0; shift -= 4)
        *at++ = digits[value >> shift & 15];
}

/* "4865-4866-..." without GREASE. */
static void put_ja3_list(struct text *t, struct slice values)
{
    size_t first = t->size;
    for (size_t i = 0; i + 2 <= values.size && !t->full; i += 2) {
        uint16_t value = read_u16(values.at + i);
        if (tls_is_grease(value))
            continue;
        if (t->size > first)
            put_char(t, '-');
        put_decimal(t, value);
    }
}

static void put_ja3_extensions(struct text *t, const struct hello_lists *lists)
{
    size_t first = t->size;
    for (size_t i = 0; i < lists->extension_count && !t->full; i++) {
        if (tls_is_grease(lists->extensions[i]))
            continue;
        if (t->size > first)
            put_char(t, '-');
        put_decimal(t, lists->extensions[i]);
    }
}

static void put_ja3_bytes(struct text *t, struct slice bytes)
{
    for (size_t i = 0; i < bytes.size && !t->full; i++) {
        if (i)
            put_char(t, '-');
        put_decimal(t, bytes.at[i]);
    }
}

/* Ends the text and hashes it; leaves nothing when it was too long. */
static void ja3_finish(const struct hello_lists *lists, struct text *t, char *hash)
{
    uint8_t raw[DIGEST_SIZE_MAX];
    hash[0] = 0;
    if (t->full || lists->overflow) {
        t->size = 0;
    } else {
        digest_bytes(DIGEST_MD5, (struct slice){(const uint8_t *)t->start, t->size}, raw);
        digest_hex(raw, digest_size(DIGEST_MD5), hash);
    }
    t->start[t->size] = 0;
}

void tls_ja3(const struct hello_lists *lists, char *text, char *hash)
{
    struct text t = {text, 0, JA3_TEXT_MAX - 1, false};
    put_decimal(&t, lists->legacy_version);
    put_char(&t, ',');
    put_ja3_list(&t, lists->ciphers);
    put_char(&t, ',');
    put_ja3_extensions(&t, lists);
    put_char(&t, ',');
    put_ja3_list(&t, lists->groups);
    put_char(&t, ',');
    put_ja3_bytes(&t, lists->point_formats);
    ja3_finish(lists, &t, hash);
}

void tls_ja3s(const struct hello_lists *lists, char *text, char *hash)
{
    struct text t = {text, 0, JA3_TEXT_MAX - 1, false};
    put_decimal(&t, lists->legacy_version);
    put_char(&t, ',');
    put_decimal(&t, lists->cipher);
    put_char(&t, ',');
    put_ja3_extensions(&t, lists);
    ja3_finish(lists, &t, hash);
}

static const char *ja4_version(uint16_t version)
{
    switch (version) {
    case 0x0304: return "13";
    case 0x0303: return "12";
    case 0x0302: return "11";
    case 0x0301: return "10";
    case 0x0300: return "s3";
    case 0x0002: return "s2";
    case 0xfeff: return "d1";
    case 0xfefd: return "d2";
    case 0xfefc: return "d3";
    default: return "00";
    }
}

static bool is_alphanumeric(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* First and last character of the first ALPN; when either is not alphanumeric, of its hex form; "00" without one. */
static void put_ja4_alpn(struct text *t, struct slice alpn)
{
    static const char digits[] = "0123456789abcdef";
    if (alpn.size == 0) {
        put_char(t, '0');
        put_char(t, '0');
        return;
    }
    uint8_t first = alpn.at[0], last = alpn.at[alpn.size - 1];
    bool plain = is_alphanumeric(first) && is_alphanumeric(last);
    put_char(t, plain ? (char)first : digits[first >> 4]);
    put_char(t, plain ? (char)last : digits[last & 15]);
}

static void put_two_digits(struct text *t, size_t count)
{
    if (count > 99)
        count = 99;
    put_char(t, (char)('0' + count / 10));
    put_char(t, (char)('0' + count % 10));
}

/* Shell sort (Ciura's gaps): short lists cost next to nothing, long ones stay bounded. */
static void sort_values(uint16_t *values, size_t count)
{
    static const size_t gaps[] = {701, 301, 132, 57, 23, 10, 4, 1};
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
        size_t gap = gaps[g];
        for (size_t i = gap; i < count; i++) {
            uint16_t value = values[i];
            size_t j = i;
            for (; j >= gap && values[j - gap] > value; j -= gap)
                values[j] = values[j - gap];
            values[j] = value;
        }
    }
}

static void put_hex_values(struct text *t, const uint16_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            put_char(t, ',');
        put_hex16(t, values[i]);
    }
}

/* "_" and the first 12 hex digits of the text's SHA-256; zeros for an empty text. */
static void put_ja4_hash(struct text *t, const struct text *hashed)
{
    uint8_t raw[DIGEST_SIZE_MAX] = {0};
    char hex[13];
    if (hashed->size)
        digest_bytes(DIGEST_SHA256, (struct slice){(const uint8_t *)hashed->start, hashed->size}, raw);
    digest_hex(raw, 6, hex);
    put_char(t, '_');
    for (size_t i = 0; i < 12; i++)
        put_char(t, hex[i]);
}

/* 16-bit values without GREASE; returns how many, more than `max` when they do not fit. */
static size_t take_values(struct slice from, uint16_t *values, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i + 2 <= from.size; i += 2) {
        uint16_t value = read_u16(from.at + i);
        if (tls_is_grease(value))
            continue;
        if (count == max)
            return max + 1;
        values[count++] = value;
    }
    return count;
}

/* Sorted extensions but SNI and ALPN, then "_" and the signature algorithms as sent; nothing without extensions. */
static bool put_ja4_extensions(struct text *t, const struct hello_lists *lists)
{
    uint16_t values[JA4_VALUE_MAX];
    size_t count = 0;
    for (size_t i = 0; i < lists->extension_count; i++) {
        uint16_t type = lists->extensions[i];
        if (!tls_is_grease(type) && type != EXTENSION_SNI && type != EXTENSION_ALPN)
            values[count++] = type;
    }
    sort_values(values, count);
    put_hex_values(t, values, count);
    size_t signature_count = take_values(lists->signatures, values, JA4_VALUE_MAX);
    if (signature_count > JA4_VALUE_MAX)
        return false;
    if (count && signature_count) {
        put_char(t, '_');
        put_hex_values(t, values, signature_count);
    }
    return !t->full;
}

/* Counts what JA4_a shows: extensions without GREASE, and whether SNI is among them. */
static size_t count_extensions(const struct hello_lists *lists, bool *has_sni)
{
    size_t count = 0;
    *has_sni = false;
    for (size_t i = 0; i < lists->extension_count; i++) {
        if (tls_is_grease(lists->extensions[i]))
            continue;
        count++;
        if (lists->extensions[i] == EXTENSION_SNI)
            *has_sni = true;
    }
    return count;
}

void tls_ja4(const struct hello_lists *lists, enum tls_carrier carrier, char *out)
{
    uint16_t ciphers[JA4_VALUE_MAX];
    char cipher_bytes[5 * JA4_VALUE_MAX], extension_bytes[JA4_TEXT_MAX];
    struct text cipher_text = {cipher_bytes, 0, sizeof cipher_bytes, false};
    struct text extension_text = {extension_bytes, 0, sizeof extension_bytes, false};
    struct text t = {out, 0, 36, false};
    bool has_sni;

    out[0] = 0;
    size_t cipher_count = take_values(lists->ciphers, ciphers, JA4_VALUE_MAX);
    if (cipher_count > JA4_VALUE_MAX || lists->overflow || !put_ja4_extensions(&extension_text, lists))
        return;
    sort_values(ciphers, cipher_count);
    put_hex_values(&cipher_text, ciphers, cipher_count);
    size_t extension_count = count_extensions(lists, &has_sni);

    const char *version = ja4_version(lists->version);
    put_char(&t, (char)carrier);
    put_char(&t, version[0]);
    put_char(&t, version[1]);
    put_char(&t, has_sni ? 'd' : 'i');
    put_two_digits(&t, cipher_count);
    put_two_digits(&t, extension_count);
    put_ja4_alpn(&t, lists->alpn);
    put_ja4_hash(&t, &cipher_text);
    put_ja4_hash(&t, &extension_text);
    t.start[t.size] = 0;
}
