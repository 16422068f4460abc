/* SPDX-License-Identifier: Apache-2.0 */
/*
 * starttls.c - a table of first words, and the lengths of proxy prefaces.
 */
#include "dissect/starttls.h"

#include <string.h>
#include <strings.h>

#include "decode/cursor.h"

/* A line that begins with `first` and, unless NULL, has `word` somewhere after it. Letter case is ignored. */
static const struct {
    const char *first, *word;
    uint8_t app_proto;
} greetings[] = {
    {"220 ", "SMTP", APP_SMTP},  {"220-", "SMTP", APP_SMTP},
    {"EHLO ", NULL, APP_SMTP},   {"HELO ", NULL, APP_SMTP},
    {"220 ", "FTP", APP_FTP},    {"220-", "FTP", APP_FTP},
    {"AUTH TLS", NULL, APP_FTP}, {"AUTH SSL", NULL, APP_FTP},
    {"* OK ", NULL, APP_IMAP},   {"* CAPABILITY IMAP", NULL, APP_IMAP},
    {"+OK ", NULL, APP_POP3},    {"STLS\r\n", NULL, APP_POP3},
};

/* LDAP's StartTLS operation (RFC 4511 4.14.1) names itself by this OID. */
static const char ldap_start_tls[] = "1.3.6.1.4.1.1466.20037";
static const uint8_t pgsql_ssl_request[] = {0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f};
static const uint8_t proxy_v2[] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

#define LINE_MAX     512  /* bytes of a greeting that are searched */
#define PROXY_V1_MAX 107  /* longest line of PROXY protocol version 1 */
#define TEXT_MAX     2048 /* bytes of text before a TLS record that are passed over */

static bool starts_with(struct slice s, const char *text)
{
    if (s.size == 0 || (s.at[0] | 0x20) != (text[0] | 0x20)) /* most of them part here */
        return false;
    size_t size = strlen(text);
    return s.size >= size && strncasecmp((const char *)s.at, text, size) == 0;
}

static bool contains(struct slice s, const char *word)
{
    size_t size = strlen(word);
    for (size_t i = 0; i + size <= s.size && i < LINE_MAX; i++)
        if (strncasecmp((const char *)s.at + i, word, size) == 0)
            return true;
    return false;
}

/* TPKT (RFC 1006) with an X.224 connection request or confirm: what RDP sends before TLS. */
static bool is_rdp(struct slice s)
{
    return s.size >= 11 && s.at[0] == 3 && s.at[1] == 0 && read_u16(s.at + 2) == s.size && s.at[4] == s.size - 5 &&
           (s.at[5] == 0xe0 || s.at[5] == 0xd0);
}

uint8_t starttls_name(struct slice s)
{
    for (size_t i = 0; i < sizeof greetings / sizeof *greetings; i++)
        if (starts_with(s, greetings[i].first) && (!greetings[i].word || contains(s, greetings[i].word)))
            return greetings[i].app_proto;
    if (s.size == sizeof pgsql_ssl_request && memcmp(s.at, pgsql_ssl_request, s.size) == 0)
        return APP_PGSQL;
    if (s.size && s.at[0] == 0x30 && contains(s, ldap_start_tls))
        return APP_LDAP;
    return is_rdp(s) ? APP_RDP : APP_UNKNOWN;
}

/* Size of an address of SOCKS 5 with its type before it and its port behind it (RFC 1928 4), 0 when it is none. */
static size_t socks5_address(struct slice s)
{
    if (s.size < 2)
        return 0;
    switch (s.at[0]) {
    case 1: return 1 + 4 + 2;
    case 3: return 1 + 1 + (size_t)s.at[1] + 2;
    case 4: return 1 + 16 + 2;
    default: return 0;
    }
}

/* A request or reply is 5, command, 0, address; a method offer is 5, count, methods; a choice is 5, method. */
static size_t socks5(struct slice s)
{
    if (s.size >= 5 && s.at[2] == 0) {
        size_t address = socks5_address((struct slice){s.at + 3, s.size - 3});
        if (address && 3 + address <= s.size)
            return 3 + address;
    }
    size_t offer = 2 + (size_t)s.at[1];
    if (s.at[1] && offer <= s.size && memchr(s.at + 2, 0, offer - 2))
        return offer;
    return s.at[1] == 0 ? 2 : 0;
}

/* 4, command, port, address, user, NUL; for 4a (address 0.0.0.x) also the name and NUL. */
static size_t socks4_request(struct slice s)
{
    if (s.size < 9 || s.at[1] < 1 || s.at[1] > 2)
        return 0;
    const uint8_t *user_end = memchr(s.at + 8, 0, s.size - 8);
    if (!user_end)
        return 0;
    size_t size = (size_t)(user_end - s.at) + 1;
    if (s.at[4] || s.at[5] || s.at[6] || !s.at[7])
        return size;
    const uint8_t *name_end = memchr(s.at + size, 0, s.size - size);
    return name_end ? (size_t)(name_end - s.at) + 1 : 0;
}

static size_t proxy_v1(struct slice s)
{
    const uint8_t *end = memchr(s.at, '\n', s.size < PROXY_V1_MAX ? s.size : PROXY_V1_MAX);
    return end && end[-1] == '\r' ? (size_t)(end - s.at) + 1 : 0;
}

/* Text, and then a TLS record: STARTTLS or CONNECT, or the answer, in one segment with the hello. */
static size_t text_before_tls(struct slice s)
{
    size_t i = 0;
    if (!memchr(s.at, 0x16, s.size < TEXT_MAX + 1 ? s.size : TEXT_MAX + 1)) /* is in no text, and in few others */
        return 0;
    while (i < s.size && i < TEXT_MAX &&
           ((s.at[i] >= 0x20 && s.at[i] < 0x7f) || s.at[i] == '\r' || s.at[i] == '\n' || s.at[i] == '\t'))
        i++;
    return i + 2 <= s.size && s.at[i] == 0x16 && s.at[i + 1] == 3 ? i : 0;
}

size_t starttls_preface(struct slice s)
{
    size_t size = 0;
    if (s.size < 2)
        return 0;
    if (starts_with(s, "PROXY "))
        size = proxy_v1(s);
    else if (s.size >= 16 && memcmp(s.at, proxy_v2, sizeof proxy_v2) == 0)
        size = 16 + (size_t)read_u16(s.at + 14);
    else if (s.at[0] == 5)
        size = socks5(s);
    else if (s.at[0] == 4)
        size = socks4_request(s);
    else if (s.at[0] == 0 && s.at[1] == 0x5a) /* SOCKS 4: granted */
        size = 8;
    else if (s.at[0] == 'S' && s.at[1] == 0x16) /* PostgreSQL: yes, TLS */
        size = 1;
    if (size == 0)
        size = text_before_tls(s);
    return size <= s.size ? size : 0;
}
