/* SPDX-License-Identifier: Apache-2.0 */
/*
 * addr.h - IP addresses and sets of them. Every address is 16 bytes; IPv4 is the mapped ::ffff:a.b.c.d.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "sensor_plugin.h"

#define ADDR_TEXT_MAX 46 /* longest presentation form with its NUL */

/* From 4 or 16 bytes in network order. */
static inline struct address addr_from_v4(const uint8_t v4[4])
{
    struct address a = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}};
    memcpy(a.bytes + 12, v4, 4);
    return a;
}

static inline struct address addr_from_v6(const uint8_t v6[16])
{
    struct address a;
    memcpy(a.bytes, v6, 16);
    return a;
}

static inline bool addr_is_v4(const struct address *a)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return memcmp(a->bytes, mapped, 12) == 0;
}

static inline bool addr_equal(const struct address *a, const struct address *b)
{
    return memcmp(a->bytes, b->bytes, 16) == 0;
}

/* RFC 5952 text (lower case, compressed; mapped IPv4 as dotted quad) into `out`[ADDR_TEXT_MAX]; returns out. */
char *addr_text(const struct address *a, char *out);

/* As addr_text but IPv6 in full, eight groups of four digits, as Suricata 8 prints it. */
char *addr_text_expanded(const struct address *a, char *out);

/* Parses one address in either family; false when `text` (NUL-terminated) is none. */
bool addr_parse(const char *text, struct address *out);

/* A CIDR block: `bits` counts from the start of the 16 bytes, so 10.0.0.0/8 has 104. */
struct prefix {
    struct address base;
    uint8_t bits; /* 0..128 */
};

/* Parses "10.0.0.0/8", "2001:db8::/32" or a bare address; host bits are cleared. False when it is none. */
bool prefix_parse(const char *text, struct prefix *out);
/* IPv4 is held only by blocks within ::ffff:0:0/96: "::/0" means all of IPv6 and no IPv4. */
bool prefix_holds(const struct prefix *p, const struct address *a);

/*
 * A set of addresses in Suricata's notation: "[10.0.0.0/8,!10.9.0.0/16,fe80::/10]", "any", "!192.0.2.1", nested
 * brackets. An address is in the set when a positive part holds it and no negated part does; a set of negated parts
 * only holds everything else.
 */
struct addr_set;

/* Parses; `names` resolves "$HOME_NET"-like words to their text or NULL (may itself be NULL). NULL and `error` on bad
 * text. Owned by the caller until addr_set_free. */
struct addr_set *addr_set_parse(const char *text, const char *(*names)(const char *name, void *arg), void *arg,
                                struct error *error);
bool addr_set_holds(const struct addr_set *s, const struct address *a);
/* How many parts it has, groups not counted. */
size_t addr_set_count(const struct addr_set *s);
void addr_set_free(struct addr_set *s);

#endif
