/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name.c - domain names and URLs in normal form (normal.h). libidn2 knows IDNA, libpsl the Public Suffix List of Debian's
 * `publicsuffix`; both are asked when a list is read and never for a packet.
 */
#include <ctype.h>
#include <idn2.h>
#include <libpsl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "intel/normal.h"

#define NAME_MAX_SIZE 253 /* RFC 1035 2.3.4, as text without the final dot */
#define LABEL_MAX     63

/* ------------------------------------------------------------------ domains */

static bool is_ascii(const char *text)
{
    while (*text)
        if ((unsigned char)*text++ >= 128)
            return false;
    return true;
}

/* Letters, digits, hyphen and underscore in labels of 1 to 63. */
static bool is_plausible(const char *name, size_t size)
{
    size_t label = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)name[i];
        if (c == '.' ? label == 0 : !isalnum(c) && c != '-' && c != '_')
            return false;
        label = c == '.' ? 0 : label + 1;
        if (label > LABEL_MAX)
            return false;
    }
    return label > 0;
}

/* U-labels to A-labels, mapped and checked as IDNA2008 says. */
static bool to_ascii(const char *name, char *out)
{
    char *ascii = NULL;
    bool good = idn2_to_ascii_8z(name, &ascii, IDN2_NONTRANSITIONAL) == IDN2_OK && strlen(ascii) <= NAME_MAX_SIZE;
    if (good)
        memcpy(out, ascii, strlen(ascii) + 1);
    idn2_free(ascii);
    return good;
}

bool domain_normal(const char *value, char *out, const char **why)
{
    *why = "no domain name; write it without scheme, port or path";
    if (strncmp(value, "*.", 2) == 0)
        value += 2;
    else if (*value == '.')
        value++;
    char ascii[INDICATOR_VALUE_MAX] = "";
    if (!is_ascii(value)) {
        if (strlen(value) > 4 * NAME_MAX_SIZE || !to_ascii(value, ascii))
            return false;
        value = ascii;
    }
    size_t size = strlen(value);
    if (size > 0 && value[size - 1] == '.')
        size--;
    if (size == 0 || size > NAME_MAX_SIZE || !is_plausible(value, size))
        return false;
    for (size_t i = 0; i < size; i++)
        out[i] = (char)tolower((unsigned char)value[i]);
    out[size] = '\0';
    return true;
}

static psl_ctx_t *suffixes;
static pthread_once_t suffixes_once = PTHREAD_ONCE_INIT;

/* Kept for the life of the program: Debian's list when it is there, else the one built into libpsl. */
static void load_suffixes(void)
{
    suffixes = psl_latest(NULL);
}

bool domain_is_public_suffix(const char *name)
{
    pthread_once(&suffixes_once, load_suffixes);
    return psl_is_public_suffix2(suffixes, name, PSL_TYPE_ANY) == 1;
}

/* --------------------------------------------------------------------- URLs */

struct url_parts {
    char scheme[16];
    char host[INDICATOR_VALUE_MAX]; /* without user; a literal IPv6 address without its brackets */
    bool is_v6;
    unsigned port;    /* 0: none given */
    const char *rest; /* path and query */
};

static bool read_scheme(const char **at, char out[16])
{
    const char *end = strstr(*at, "://");
    size_t size = end ? (size_t)(end - *at) : 0;
    if (!end || memchr(*at, '/', size)) {
        memcpy(out, "http", 5);
        return true;
    }
    if (size == 0 || size >= 16)
        return false;
    for (size_t i = 0; i < size; i++) {
        out[i] = (char)tolower((unsigned char)(*at)[i]);
        if (!isalnum((unsigned char)out[i]) && !strchr("+-.", out[i]))
            return false;
    }
    out[size] = '\0';
    *at = end + 3;
    return true;
}

static bool read_port(const char *at, const char *end, unsigned *port)
{
    *port = 0;
    for (; at < end; at++) {
        if (!isdigit((unsigned char)*at))
            return false;
        *port = *port * 10 + (unsigned)(*at - '0');
        if (*port > 65535)
            return false;
    }
    return true;
}

/* user@host:port up to the path. */
static bool read_authority(const char *at, struct url_parts *u)
{
    size_t size = strcspn(at, "/?#\\");
    u->rest = at + size;
    const char *end = at + size, *user = memrchr(at, '@', size);
    if (user)
        at = user + 1;
    u->is_v6 = *at == '[';
    const char *close = u->is_v6 ? memchr(at, ']', (size_t)(end - at)) : NULL;
    if (u->is_v6 && !close)
        return false;
    const char *host_end = close ? close : memchr(at, ':', (size_t)(end - at));
    if (!host_end)
        host_end = end;
    at += u->is_v6;
    memcpy(u->host, at, (size_t)(host_end - at));
    u->host[host_end - at] = '\0';
    host_end += u->is_v6;
    if (host_end == end)
        return true;
    return *host_end == ':' && read_port(host_end + 1, end, &u->port);
}

static bool host_normal(struct url_parts *u)
{
    struct address a;
    const char *why;
    char host[INDICATOR_VALUE_MAX];
    if (addr_parse(u->host, &a))
        addr_text(&a, host);
    else if (u->is_v6 || !domain_normal(u->host, host, &why))
        return false;
    memcpy(u->host, host, strlen(host) + 1);
    return true;
}

/* Path and query up to the fragment; what is not visible ASCII becomes %XX (RFC 3986 2.1). */
static bool write_path(const char *path, char *out, size_t room)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t used = 0;
    if (*path != '/')
        out[used++] = '/';
    for (; *path && *path != '#'; path++) {
        unsigned char c = (unsigned char)*path;
        if (used + 4 > room)
            return false;
        if (c > ' ' && c < 127) {
            out[used++] = (char)c;
            continue;
        }
        out[used++] = '%';
        out[used++] = digits[c >> 4];
        out[used++] = digits[c & 15];
    }
    while (used > 0 && wraps_value(out[used - 1])) /* what wrapped it before a fragment was there */
        used--;
    out[used] = '\0';
    return true;
}

static bool is_default_port(const struct url_parts *u)
{
    return u->port == 0 || (u->port == 80 && strcmp(u->scheme, "http") == 0) || (u->port == 443 && strcmp(u->scheme, "https") == 0);
}

bool url_normal(const char *value, char *out, const char **why)
{
    struct url_parts u = {.port = 0};
    *why = "no URL; write it as http://host/path";
    if (!read_scheme(&value, u.scheme) || !read_authority(value, &u) || !host_normal(&u))
        return false;
    char port[16] = "";
    if (!is_default_port(&u))
        snprintf(port, sizeof port, ":%u", u.port);
    bool brackets = strchr(u.host, ':') != NULL;
    int n = snprintf(out, INDICATOR_VALUE_MAX, "%s://%s%s%s%s", u.scheme, brackets ? "[" : "", u.host, brackets ? "]" : "", port);
    *why = "a URL that is too long; shorten it to the part that matters";
    return n > 0 && n + 8 < INDICATOR_VALUE_MAX && write_path(u.rest, out + n, (size_t)(INDICATOR_VALUE_MAX - n));
}
