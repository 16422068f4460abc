/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_certificate.c - walks Certificate -> TBSCertificate -> the fields that an analyst searches for (RFC 5280 4.1).
 */
#include "dissect/tls_certificate.h"

#include <string.h>

#include "base/addr.h"
#include "decode/cursor.h"
#include "dissect/x509_name.h"

enum der_tag {
    DER_INTEGER = 0x02,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_BOOLEAN = 0x01,
    DER_SEQUENCE = 0x30,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_VERSION = 0xa0,
    DER_EXTENSIONS = 0xa3,
    SAN_DNS = 0x82,
    SAN_IP = 0x87
};

/* An element that must have this tag. */
static bool take_tagged(struct cursor *c, uint8_t wanted, struct cursor *body)
{
    struct cursor from = *c;
    uint8_t tag;
    if (!der_take(&from, &tag, body) || tag != wanted)
        return false;
    *c = from;
    return true;
}

static bool take_digits(struct cursor *c, int count, int *out)
{
    int value = 0;
    const uint8_t *p = cursor_take(c, (size_t)count);
    if (!p)
        return false;
    for (int i = 0; i < count; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        value = value * 10 + (p[i] - '0');
    }
    *out = value;
    return true;
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar: years are counted from March, so leap days come last. */
static int64_t days_from_date(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t month_of_year = month <= 2 ? month + 9 : month - 3;
    int64_t day_of_year = (153 * month_of_year + 2) / 5 + day - 1;
    return 365 * y + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

/* UTCTime YYMMDDhhmm[ss]Z or GeneralizedTime YYYYMMDDhhmmss...; the zone is taken as UTC (RFC 5280 4.1.2.5). */
static int64_t read_time(struct cursor *c)
{
    struct cursor body;
    uint8_t tag;
    int year, month, day, hour, minute, second;
    if (!der_take(c, &tag, &body) || (tag != DER_UTC_TIME && tag != DER_GENERALIZED_TIME))
        return 0;
    if (!take_digits(&body, tag == DER_UTC_TIME ? 2 : 4, &year) || !take_digits(&body, 2, &month) || !take_digits(&body, 2, &day) ||
        !take_digits(&body, 2, &hour) || !take_digits(&body, 2, &minute))
        return 0;
    if (!take_digits(&body, 2, &second))
        second = 0;
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return 0;
    if (tag == DER_UTC_TIME)
        year += year < 50 ? 2000 : 1900;
    return days_from_date(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
}

/* Appends one alternative name; false when there is no room for it. */
static bool append_san(struct tls_certificate *out, const void *text, size_t size)
{
    size_t need = size + (out->san_size ? 1 : 0);
    if (need > sizeof out->san - out->san_size)
        return false;
    if (out->san_size)
        out->san[out->san_size++] = 0;
    memcpy(out->san + out->san_size, text, size);
    out->san_size += size;
    return true;
}

static bool append_san_name(struct tls_certificate *out, struct slice name)
{
    char text[4 * 256];
    size_t size = 0;
    if (name.size == 0 || name.size > 256)
        return true; /* no name that DNS could carry */
    for (size_t i = 0; i < name.size; i++) {
        if (name.at[i] == 0) {
            memcpy(text + size, "\\x00", 4);
            size += 4;
        } else {
            text[size++] = (char)name.at[i];
        }
    }
    return append_san(out, text, size);
}

static bool append_san_address(struct tls_certificate *out, struct slice raw)
{
    char text[ADDR_TEXT_MAX];
    struct address a;
    if (raw.size == 4)
        a = addr_from_v4(raw.at);
    else if (raw.size == 16)
        a = addr_from_v6(raw.at);
    else
        return true;
    addr_text(&a, text);
    return append_san(out, text, strlen(text));
}

/* GeneralNames (RFC 5280 4.2.1.6). */
static void read_alternative_names(struct cursor value, struct tls_certificate *out)
{
    struct cursor names, name;
    uint8_t tag;
    bool fits = true;
    if (!take_tagged(&value, DER_SEQUENCE, &names))
        return;
    while (fits && der_take(&names, &tag, &name)) {
        if (tag == SAN_DNS)
            fits = append_san_name(out, cursor_slice(&name));
        else if (tag == SAN_IP)
            fits = append_san_address(out, cursor_slice(&name));
    }
}

static void read_extensions(struct cursor c, struct tls_certificate *out)
{
    static const uint8_t subject_alt_name[] = {0x55, 0x1d, 0x11};
    struct cursor list, extension, id, ignored, value;
    if (!take_tagged(&c, DER_SEQUENCE, &list))
        return;
    while (take_tagged(&list, DER_SEQUENCE, &extension)) {
        if (!take_tagged(&extension, DER_OID, &id))
            return;
        take_tagged(&extension, DER_BOOLEAN, &ignored); /* critical */
        if (cursor_left(&id) != sizeof subject_alt_name || memcmp(id.at, subject_alt_name, sizeof subject_alt_name) != 0)
            continue;
        if (take_tagged(&extension, DER_OCTET_STRING, &value))
            read_alternative_names(value, out);
        return;
    }
}

bool tls_certificate_parse(struct slice der, struct tls_certificate *out)
{
    struct cursor c = cursor_of(der.at, der.size), certificate, tbs, part, validity;
    uint8_t tag;

    out->serial = (struct slice){NULL, 0};
    out->not_before = out->not_after = 0;
    out->subject_size = out->issuer_size = out->san_size = 0;
    if (!take_tagged(&c, DER_SEQUENCE, &certificate) || !take_tagged(&certificate, DER_SEQUENCE, &tbs))
        return false;
    take_tagged(&tbs, DER_VERSION, &part);
    if (!take_tagged(&tbs, DER_INTEGER, &part))
        return false;
    out->serial = cursor_slice(&part);
    if (!take_tagged(&tbs, DER_SEQUENCE, &part) || !take_tagged(&tbs, DER_SEQUENCE, &part))
        return false; /* signature algorithm, issuer */
    out->issuer_size = x509_name_text(part, out->issuer, sizeof out->issuer);
    if (!take_tagged(&tbs, DER_SEQUENCE, &validity))
        return true;
    out->not_before = read_time(&validity);
    out->not_after = read_time(&validity);
    if (!take_tagged(&tbs, DER_SEQUENCE, &part))
        return true;
    out->subject_size = x509_name_text(part, out->subject, sizeof out->subject);
    while (der_take(&tbs, &tag, &part)) /* public key, unique ids, extensions */
        if (tag == DER_EXTENSIONS)
            read_extensions(part, out);
    return true;
}
