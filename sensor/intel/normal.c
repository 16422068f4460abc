/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normal.c - values into their normal form, and the guess at what a bare value is.
 *
 * The guess takes only what cannot be two things: 32 hex digits may be a JA3, a JA3S or the MD5 of a file, so they are refused and
 * the list must say.
 */
#include "intel/normal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"

#define NO_ADDRESS "no address; write it as 192.0.2.1, 192.0.2.0/24 or 2001:db8::1"

/* ---------------------------------------------------------------- refanging */

static const struct fang {
    const char *worn, *plain;
} fangs[] = {
    {"[.]", "."}, {"(.)", "."},     {"{.}", "."},   {"[dot]", "."}, {"(dot)", "."}, {"{dot}", "."}, {"\\.", "."},
    {"[:]", ":"}, {"[://]", "://"}, {"[:/]", ":/"}, {"[/]", "/"},   {"[.", "."},    {".]", "."},
};

/* The replacement at `at`, or NULL. "[." and ".]" alone are seen too, where a report forgot the other half. */
static const struct fang *fang_at(const char *at)
{
    bool may_begin = *at == '[' || *at == '(' || *at == '{' || *at == '\\' || (*at == '.' && at[1] == ']');
    if (!may_begin)
        return NULL;
    for (size_t i = 0; i < sizeof fangs / sizeof *fangs; i++)
        if (strncasecmp(at, fangs[i].worn, strlen(fangs[i].worn)) == 0)
            return &fangs[i];
    return NULL;
}

bool wraps_value(char c)
{
    return isspace((unsigned char)c) || c == '"' || c == '\'' || c == '`' || c == '<' || c == '>' || c == ',';
}

/* Does the path begin at this slash? Those of "://" do not count. */
static bool begins_path(const char *out, size_t used)
{
    return used > 0 && out[used - 1] != ':' && out[used - 1] != '/';
}

/* Copies behind the `used` bytes already there, without what wraps the value's end. In a path everything stands as it is. */
static bool copy_plain(const char *value, char *out, size_t used, bool is_path)
{
    while (*value) {
        const struct fang *f = is_path ? NULL : fang_at(value);
        size_t size = f ? strlen(f->plain) : 1;
        if (used + size >= INDICATOR_VALUE_MAX)
            return false;
        is_path = is_path || (*value == '/' && begins_path(out, used));
        memcpy(out + used, f ? f->plain : value, size);
        used += size;
        value += f ? strlen(f->worn) : 1;
    }
    while (used > 0 && wraps_value(out[used - 1]))
        used--;
    out[used] = '\0';
    return true;
}

static const char *behind_wrapping(const char *value)
{
    while (wraps_value(*value))
        value++;
    return value;
}

/* hxxp://, hXXps[:]//, h**p(:)//: a scheme, and no name that begins so. */
static bool begins_with_worn_scheme(const char *value)
{
    if (strncasecmp(value, "hxxp", 4) != 0 && strncasecmp(value, "h**p", 4) != 0)
        return false;
    const char *next = value + 4 + (value[4] == 's' || value[4] == 'S');
    return *next && strchr(":[({", *next);
}

bool refang(const char *value, char *out)
{
    value = behind_wrapping(value);
    bool is_worn = begins_with_worn_scheme(value);
    memcpy(out, "http", 4);
    return copy_plain(value + (is_worn ? 4 : 0), out, is_worn ? 4 : 0, false);
}

/* ---------------------------------------------------------------- addresses */

bool address_split_port(const char *value, char *out, uint16_t *port)
{
    const char *colon = strrchr(value, ':');
    size_t size = colon ? (size_t)(colon - value) : 0;
    if (size == 0 || size >= INDICATOR_VALUE_MAX)
        return false;
    bool in_brackets = value[0] == '[' && size > 2 && value[size - 1] == ']';
    if (!in_brackets && memchr(value, ':', size))
        return false;
    memcpy(out, value + in_brackets, size - 2 * (size_t)in_brackets);
    out[size - 2 * (size_t)in_brackets] = '\0';
    struct prefix p;
    char *end;
    errno = 0;
    unsigned long n = strtoul(colon + 1, &end, 10);
    if (errno || !isdigit((unsigned char)colon[1]) || *end || n == 0 || n > 65535 || !prefix_parse(out, &p))
        return false;
    *port = (uint16_t)n;
    return true;
}

/* 203.0.113.7, 203.0.113.0/24, 2001:db8::7, 2001:db8::/32; the type follows from the text. */
static bool address_normal(enum indicator_type *type, const char *value, char *out)
{
    struct prefix p;
    if (!prefix_parse(value, &p))
        return false;
    bool is_v4 = addr_is_v4(&p.base) && p.bits >= 96;
    addr_text(&p.base, out);
    *type = p.bits < 128 ? INDICATOR_CIDR : is_v4 ? INDICATOR_IPV4 : INDICATOR_IPV6;
    if (p.bits < 128)
        snprintf(out + strlen(out), 8, "/%d", is_v4 ? p.bits - 96 : p.bits);
    return true;
}

const char *address_is_everybodys(const char *value)
{
    static const struct {
        const char *block, *why;
    } blocks[] = {
        {"0.0.0.0/8", "an address of no host"},     {"127.0.0.0/8", "a loopback address"},
        {"169.254.0.0/16", "a link-local address"}, {"10.0.0.0/8", "a private address"},
        {"172.16.0.0/12", "a private address"},     {"192.168.0.0/16", "a private address"},
        {"224.0.0.0/4", "a multicast address"},     {"255.255.255.255/32", "the broadcast address"},
        {"::/127", "an address of no other host"},  {"fe80::/10", "a link-local address"},
        {"fc00::/7", "a private address"},          {"ff00::/8", "a multicast address"},
    };
    struct prefix p, block;
    if (!prefix_parse(value, &p))
        return NULL;
    bool is_v4 = addr_is_v4(&p.base) && p.bits >= 96;
    if (p.bits < (is_v4 ? 96 + 8 : 16))
        return "a prefix that holds a good part of the Internet";
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (prefix_parse(blocks[i].block, &block) && p.bits >= block.bits && prefix_holds(&block, &p.base))
            return blocks[i].why;
    return NULL;
}

/* ------------------------------------------------------------ other values */

/* `digits` hex digits to lower case; colons and blanks between are dropped. */
static bool hex_normal(const char *value, size_t digits, char *out)
{
    size_t used = 0;
    for (; *value; value++) {
        if (*value == ':' || *value == ' ')
            continue;
        if (!isxdigit((unsigned char)*value) || used == digits)
            return false;
        out[used++] = (char)tolower((unsigned char)*value);
    }
    out[used] = '\0';
    return used == digits;
}

static bool fits_ja4(char form, unsigned char c)
{
    switch (form) {
    case 'p': return c && strchr("tqd", c); /* TCP, QUIC, DTLS */
    case 's': return c == 'd' || c == 'i';  /* a server name or none */
    case '#': return isdigit(c) != 0;
    case 'x': return isxdigit(c) != 0;
    case '_': return c == '_';
    default: return isalnum(c) != 0;
    }
}

/* t13d1516h2_8daaf6152771_02713d6af862: FoxIO's JA4. */
static bool ja4_normal(const char *value, char *out)
{
    static const char form[] = "p..s####.._xxxxxxxxxxxx_xxxxxxxxxxxx";
    size_t size = sizeof form - 1;
    if (strlen(value) != size)
        return false;
    for (size_t i = 0; i < size; i++) {
        out[i] = (char)tolower((unsigned char)value[i]);
        if (!fits_ja4(form[i], (unsigned char)out[i]))
            return false;
    }
    out[size] = '\0';
    return true;
}

/* Visible ASCII without blanks; letter case is part of most wallet addresses. Bitcoin Cash has a prefix that most leave out. */
static bool wallet_normal(const char *value, char *out)
{
    static const char cash[] = "bitcoincash:";
    if (strncmp(value, cash, sizeof cash - 1) == 0)
        value += sizeof cash - 1;
    size_t size = strlen(value);
    if (size < 10 || size > 128)
        return false;
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)value[i]) && !strchr("-_:.", value[i]))
            return false;
    memcpy(out, value, size + 1);
    return true;
}

/* A name as a certificate says it: any text of one line. */
static bool certificate_name_normal(const char *value, char *out)
{
    size_t size = strlen(value);
    if (size == 0 || size > 255)
        return false;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)value[i];
        if (c < ' ' || c == 127)
            return false;
        out[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    out[size] = '\0';
    return true;
}

/* ------------------------------------------------------------------- guess */

static bool all_in(const char *text, const char *set)
{
    return text[strspn(text, set)] == '\0';
}

#define BASE58 "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
#define HEX    "0123456789abcdefABCDEF"

/* Bitcoin (base58, bech32), Ethereum, Tron: what cannot be a name, for it has no dot. */
static bool looks_like_wallet(const char *v)
{
    size_t size = strlen(v);
    if (size == 42 && v[0] == '0' && v[1] == 'x' && all_in(v + 2, HEX))
        return true;
    if (strncmp(v, "bc1", 3) == 0 && size >= 42 && size <= 62)
        return all_in(v, "0123456789abcdefghijklmnopqrstuvwxyz");
    if ((*v == '1' || *v == '3') && size >= 26 && size <= 35)
        return all_in(v, BASE58) && !all_in(v, HEX);
    return *v == 'T' && size == 34 && all_in(v, BASE58);
}

static enum indicator_type guess(const char *value, char *out, const char **why)
{
    enum indicator_type address;
    if (address_normal(&address, value, out))
        return address;
    if (strstr(value, "://"))
        return INDICATOR_URL;
    if (ja4_normal(value, out))
        return INDICATOR_JA4;
    if (looks_like_wallet(value))
        return INDICATOR_WALLET;
    if (all_in(value, HEX ":") && !strchr(value, '.')) {
        *why = "digits that may be many things; give the list a type";
        return INDICATOR_NONE;
    }
    const char *slash = strchr(value, '/');
    return slash && slash != value && memchr(value, '.', (size_t)(slash - value)) ? INDICATOR_URL : INDICATOR_DOMAIN;
}

bool indicator_normal(enum indicator_type *type, const char *value, char *out, const char **why)
{
    char plain[INDICATOR_VALUE_MAX];
    *why = NULL;
    bool may_be_worn = *type <= INDICATOR_URL;
    if (!(may_be_worn ? refang(value, plain) : copy_plain(behind_wrapping(value), plain, 0, true)) || !*plain) {
        *why = *value ? "longer than any value may be; shorten it or remove it" : "empty; give a value or remove the row";
        return false;
    }
    if (*type == INDICATOR_NONE && (*type = guess(plain, out, why)) == INDICATOR_NONE)
        return false;
    switch (*type) {
    case INDICATOR_IPV4:
    case INDICATOR_IPV6:
    case INDICATOR_CIDR: *why = NO_ADDRESS; return address_normal(type, plain, out);
    case INDICATOR_DOMAIN: return domain_normal(plain, out, why);
    case INDICATOR_URL: return url_normal(plain, out, why);
    case INDICATOR_JA3:
    case INDICATOR_JA3S: *why = "no MD5; give 32 hex digits"; return hex_normal(plain, 32, out);
    case INDICATOR_JA4: *why = "no JA4; it reads like t13d1516h2_8daaf6152771_02713d6af862"; return ja4_normal(plain, out);
    case INDICATOR_TLS_SHA1: *why = "no SHA-1; give 40 hex digits"; return hex_normal(plain, 40, out);
    case INDICATOR_TLS_SHA256: *why = "no SHA-256; give 64 hex digits"; return hex_normal(plain, 64, out);
    case INDICATOR_TLS_NAME:
        *why = "no name of a certificate; give one line of at most 255 bytes";
        return certificate_name_normal(plain, out);
    case INDICATOR_WALLET: *why = "no wallet address; give 10 to 128 letters and digits"; return wallet_normal(plain, out);
    default: *why = "no known type"; return false;
    }
}
