/* SPDX-License-Identifier: Apache-2.0 */
/* names_inside.h - what names.c and names_dns.c share. */
#ifndef ANALYSIS_NAMES_INSIDE_H
#define ANALYSIS_NAMES_INSIDE_H

#include "analysis/names.h"
#include "analysis/words.h"
#include "base/hash.h"
#include "base/table.h"

/* One name of one address. */
struct link {
    uint32_t name, leaf, resolver; /* words; the resolver's 16 bytes are one too */
    uint32_t ttl_s;
    uint64_t first_ns, last_ns; /* answers that said so, without a pause longer than the link holds */
    uint8_t unsolicited, hint;
};

/* What DNS says: `name` leads to `address`. */
struct naming {
    struct slice name, leaf; /* lower case; leaf empty when it is the name */
    struct address address;
    uint32_t ttl_s;
    bool unsolicited, hint;
};

struct pair_key {
    struct address client, server;
};

/* Most addresses have one name, which needs no memory of its own. */
struct links {
    uint32_t count;
    uint32_t room; /* of `many`; 0: there is at most `one` */
    union {
        struct link one;
        struct link *many; /* owned */
    };
};

static inline struct link *links_first(const struct links *l)
{
    return l->room ? l->many : (struct link *)(uintptr_t)&l->one;
}

struct names {
    struct names_options options;
    uint64_t kept_ns;       /* when the state was saved last */
    struct hash_key secret; /* of the names that were asked */
    struct words *words;
    struct sensor_table *pairs, *addresses; /* of struct links, see names.c */
    struct sensor_table *said;              /* flow id -> struct said */
    struct sensor_table *questions;         /* see names_dns.c */
    struct names_counters counters;
    struct gathered *gathered; /* answers to the latest names_of(n, o, 0, ...) */
};

/* names.c: keeps what an internal client was told. */
void names_link(struct names *n, const struct observation *o, const struct naming *what);

/* names_state.c */
void names_load(struct names *n);
void names_save(const struct names *n);

/* names_dns.c */
struct sensor_table *names_questions_new(uint32_t most);
void names_see_dns(struct names *n, const struct observation_dns *o);

/* Copies a name in lower case without its final dot; the slice lies in `room`[WORD_MAX + 1], empty when too long. */
struct slice names_lower(struct slice name, char *room);
/* IPv4 inside 64:ff9b::/96 (RFC 6052) becomes plain IPv4: both ways to a NAT64 host are one. */
struct address names_unwrap(const struct address *a);

#endif
