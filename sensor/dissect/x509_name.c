/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509_name.c - attribute types by the names OpenSSL gives them, values as UTF-8 where the type tells how.
 */
#include "dissect/x509_name.h"

#include <string.h>

enum {
    TAG_OID = 0x06,
    TAG_SEQUENCE = 0x30,
    TAG_SET = 0x31,
    TAG_UTF8 = 0x0c,
    TAG_NUMERIC = 0x12,
    TAG_PRINTABLE = 0x13,
    TAG_TELETEX = 0x14,
    TAG_IA5 = 0x16,
    TAG_VISIBLE = 0x1a,
    TAG_UNIVERSAL = 0x1c,
    TAG_BMP = 0x1e
};

/* OIDs in DER; 2.5.4.x is kept apart because nearly all are of it. */
static const struct attribute {
    const char *oid;
    size_t oid_size;
    const char *name;
} attributes[] = {
#define ATTRIBUTE(oid, name)                                                                                                       \
    {                                                                                                                              \
        oid, sizeof oid - 1, name                                                                                                  \
    }
    ATTRIBUTE("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", "emailAddress"),
    ATTRIBUTE("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x02", "unstructuredName"),
    ATTRIBUTE("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x08", "unstructuredAddress"),
    ATTRIBUTE("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", "UID"),
    ATTRIBUTE("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", "DC"),
    ATTRIBUTE("\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x01", "jurisdictionL"),
    ATTRIBUTE("\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x02", "jurisdictionST"),
    ATTRIBUTE("\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x03", "jurisdictionC"),
#undef ATTRIBUTE
};

static const struct {
    uint8_t last;
    const char *name;
} x520_attributes[] = {
    {3, "CN"},
    {4, "SN"},
    {5, "serialNumber"},
    {6, "C"},
    {7, "L"},
    {8, "ST"},
    {9, "street"},
    {10, "O"},
    {11, "OU"},
    {12, "title"},
    {13, "description"},
    {15, "businessCategory"},
    {16, "postalAddress"},
    {17, "postalCode"},
    {18, "postOfficeBox"},
    {20, "telephoneNumber"},
    {41, "name"},
    {42, "GN"},
    {43, "initials"},
    {44, "generationQualifier"},
    {45, "x500UniqueIdentifier"},
    {46, "dnQualifier"},
    {65, "pseudonym"},
    {72, "role"},
    {97, "organizationIdentifier"},
};

struct line {
    char *at;
    size_t size, max;
    bool full;
};

static void put(struct line *l, uint8_t c)
{
    if (l->size == l->max)
        l->full = true;
    else
        l->at[l->size++] = (char)c;
}

static void put_text(struct line *l, const char *text)
{
    while (*text)
        put(l, (uint8_t)*text++);
}

static void put_number(struct line *l, uint64_t value)
{
    char digits[20];
    int n = 0;
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (n > 0)
        put(l, (uint8_t)digits[--n]);
}

/* A separator must not look like part of a value. */
static void put_escaped(struct line *l, uint8_t c)
{
    if (c == ',' || c == '\\')
        put(l, '\\');
    put(l, c);
}

static void put_utf8(struct line *l, uint32_t c)
{
    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        c = 0xfffd;
    if (c < 0x80) {
        put_escaped(l, (uint8_t)c);
    } else if (c < 0x800) {
        put(l, (uint8_t)(0xc0 | c >> 6));
        put(l, (uint8_t)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        put(l, (uint8_t)(0xe0 | c >> 12));
        put(l, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        put(l, (uint8_t)(0x80 | (c & 0x3f)));
    } else {
        put(l, (uint8_t)(0xf0 | c >> 18));
        put(l, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
        put(l, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        put(l, (uint8_t)(0x80 | (c & 0x3f)));
    }
}

static void put_wide(struct line *l, struct cursor c, size_t width)
{
    const uint8_t *p;
    while (!l->full && (p = cursor_take(&c, width)))
        put_utf8(l, width == 2 ? read_u16(p) : read_u32(p));
}

static void put_hex(struct line *l, struct cursor c)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t b;
    put(l, '#');
    while (!l->full && cursor_u8(&c, &b)) {
        put(l, (uint8_t)digits[b >> 4]);
        put(l, (uint8_t)digits[b & 15]);
    }
}

static void put_value(struct line *l, uint8_t tag, struct cursor c)
{
    uint8_t b;
    switch (tag) {
    case TAG_BMP: put_wide(l, c, 2); break;
    case TAG_UNIVERSAL: put_wide(l, c, 4); break;
    case TAG_TELETEX: /* in practice Latin-1 */
        while (!l->full && cursor_u8(&c, &b))
            put_utf8(l, b);
        break;
    case TAG_UTF8:
    case TAG_PRINTABLE:
    case TAG_IA5:
    case TAG_NUMERIC:
    case TAG_VISIBLE:
        while (!l->full && cursor_u8(&c, &b))
            put_escaped(l, b);
        break;
    default: put_hex(l, c); break;
    }
}

/* Base 128, most significant first; the first arc pair is 40 * x + y (X.690 8.19). */
static void put_dotted(struct line *l, struct cursor c)
{
    uint64_t value = 0;
    bool first = true;
    uint8_t b;
    while (!l->full && cursor_u8(&c, &b)) {
        value = value << 7 | (b & 0x7f);
        if (b & 0x80)
            continue;
        if (first) {
            uint64_t top = value < 80 ? value / 40 : 2;
            put_number(l, top);
            value -= 40 * top;
        }
        put(l, '.');
        put_number(l, value);
        first = false;
        value = 0;
    }
}

static const char *attribute_name(struct slice oid)
{
    if (oid.size == 3 && oid.at[0] == 0x55 && oid.at[1] == 0x04) {
        for (size_t i = 0; i < sizeof x520_attributes / sizeof *x520_attributes; i++)
            if (x520_attributes[i].last == oid.at[2])
                return x520_attributes[i].name;
        return NULL;
    }
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (attributes[i].oid_size == oid.size && memcmp(attributes[i].oid, oid.at, oid.size) == 0)
            return attributes[i].name;
    return NULL;
}

/* AttributeTypeAndValue: "CN=a". False when it is none. */
static bool put_attribute(struct line *l, struct cursor c)
{
    struct cursor oid, value;
    uint8_t tag;
    if (!der_take(&c, &tag, &oid) || tag != TAG_OID || !der_take(&c, &tag, &value))
        return false;
    const char *name = attribute_name(cursor_slice(&oid));
    if (name)
        put_text(l, name);
    else
        put_dotted(l, oid);
    put(l, '=');
    put_value(l, tag, value);
    return true;
}

bool der_take(struct cursor *c, uint8_t *tag, struct cursor *body)
{
    struct cursor from = *c;
    uint8_t first;
    if (!cursor_u8(&from, tag) || (*tag & 0x1f) == 0x1f || !cursor_u8(&from, &first))
        return false;
    size_t size = first;
    if (first & 0x80) {
        const uint8_t *p = cursor_take(&from, first & 0x7f);
        if (!p || (first & 0x7f) == 0 || (first & 0x7f) > 4)
            return false;
        size = 0;
        for (int i = 0; i < (first & 0x7f); i++)
            size = size << 8 | p[i];
    }
    if (!cursor_sub(&from, size, body))
        return false;
    *c = from;
    return true;
}

size_t x509_name_text(struct cursor name, char *out, size_t max)
{
    struct line l = {out, 0, max, false};
    struct cursor set, pair;
    uint8_t tag;
    while (der_take(&name, &tag, &set) && tag == TAG_SET) {
        const char *separator = l.size ? ", " : "";
        while (der_take(&set, &tag, &pair) && tag == TAG_SEQUENCE) {
            size_t whole = l.size;
            put_text(&l, separator);
            if (!put_attribute(&l, pair))
                l.full = true;
            if (l.full)
                return whole;
            separator = " + ";
        }
    }
    return l.size;
}
