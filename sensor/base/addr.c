/* SPDX-License-Identifier: Apache-2.0 */
/*
 * addr.c - text of addresses and CIDR blocks. Own code instead of inet_ntop: it is called for every event, and glibc's
 * goes through printf.
 */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/decimal.h"

#define V4_BITS_AT 96 /* bits of ::ffff:0:0/96 in front of an IPv4 address */

static char *write_v4(char *at, const uint8_t *v4)
{
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            *at++ = '.';
        at = decimal_byte(at, v4[i]);
    }
    return at;
}

static unsigned group_of(const struct address *a, int i)
{
    return (unsigned)a->bytes[2 * i] << 8 | a->bytes[2 * i + 1];
}

/* One group of an IPv6 address with at least `digits` digits. */
static char *write_group(char *at, unsigned group, int digits)
{
    static const char hex[] = "0123456789abcdef";
    int count = group >= 0x1000 ? 4 : group >= 0x100 ? 3 : group >= 0x10 ? 2 : 1;
    if (count < digits)
        count = digits;
    for (int shift = 4 * (count - 1); shift >= 0; shift -= 4)
        *at++ = hex[group >> shift & 15];
    return at;
}

/* The longest run of at least two zero groups, the first of equals (RFC 5952 4.2); length 0 when there is none. */
static int longest_zeros(const struct address *a, int *length)
{
    int best = -1, best_length = 1;
    for (int i = 0; i < 8; i++) {
        int run = 0;
        while (i + run < 8 && group_of(a, i + run) == 0)
            run++;
        if (run > best_length) {
            best = i;
            best_length = run;
        }
        i += run;
    }
    *length = best < 0 ? 0 : best_length;
    return best;
}

static char *write_v6(char *at, const struct address *a)
{
    int length;
    int gap = longest_zeros(a, &length);
    for (int i = 0; i < 8; i++) {
        if (i == gap) {
            *at++ = ':';
            *at++ = ':';
            i += length - 1;
            continue;
        }
        if (i > 0 && at[-1] != ':')
            *at++ = ':';
        at = write_group(at, group_of(a, i), 1);
    }
    return at;
}

char *addr_text(const struct address *a, char *out)
{
    char *at = addr_is_v4(a) ? write_v4(out, a->bytes + 12) : write_v6(out, a);
    *at = '\0';
    return out;
}

char *addr_text_expanded(const struct address *a, char *out)
{
    char *at = out;
    if (addr_is_v4(a)) {
        at = write_v4(at, a->bytes + 12);
    } else {
        for (int i = 0; i < 8; i++) {
            if (i > 0)
                *at++ = ':';
            at = write_group(at, group_of(a, i), 4);
        }
    }
    *at = '\0';
    return out;
}

bool addr_parse(const char *text, struct address *out)
{
    uint8_t bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1) {
        *out = addr_from_v4(bytes);
        return true;
    }
    if (inet_pton(AF_INET6, text, bytes) == 1) {
        *out = addr_from_v6(bytes);
        return true;
    }
    return false;
}

static void clear_host_bits(struct prefix *p)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned kept = p->bits > 8 * i ? p->bits - 8 * i : 0;
        if (kept < 8)
            p->base.bytes[i] &= (uint8_t)(0xff00u >> kept);
    }
}

/* One to three digits and nothing else; -1 when not. */
static int read_length(const char *at)
{
    int n = 0;
    size_t size = strlen(at);
    if (size < 1 || size > 3)
        return -1;
    for (; *at != '\0'; at++) {
        if (*at < '0' || *at > '9')
            return -1;
        n = n * 10 + (*at - '0');
    }
    return n;
}

bool prefix_parse(const char *text, struct prefix *out)
{
    char address[ADDR_TEXT_MAX + 4];
    const char *slash = strchr(text, '/');
    size_t size = slash != NULL ? (size_t)(slash - text) : strlen(text);
    if (size >= sizeof address)
        return false;
    memcpy(address, text, size);
    address[size] = '\0';
    if (!addr_parse(address, &out->base))
        return false;

    bool dotted = strchr(address, ':') == NULL;
    int most = dotted ? 32 : 128;
    int length = slash != NULL ? read_length(slash + 1) : most;
    if (length < 0 || length > most)
        return false;
    out->bits = (uint8_t)(length + (dotted ? V4_BITS_AT : 0));
    clear_host_bits(out);
    return true;
}

bool prefix_holds(const struct prefix *p, const struct address *a)
{
    unsigned whole = p->bits / 8, rest = p->bits % 8;
    if (memcmp(p->base.bytes, a->bytes, whole) != 0)
        return false;
    if (rest != 0 && ((p->base.bytes[whole] ^ a->bytes[whole]) & (uint8_t)(0xff00u >> rest)) != 0)
        return false;
    return p->bits >= V4_BITS_AT || !addr_is_v4(a);
}
