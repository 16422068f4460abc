/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_parts.h - the flat arrays of a store, for the files store*.c alone.
 *
 *     rows       44 bytes each; texts are offsets into `texts`, columns stand in `contexts` once for all rows that share them
 *     slots      names, single addresses, URLs and other values: open addressing, half of a keyed hash and a row
 *     filter     two bytes a key: says "no" to nearly all that is not in the slots, in one cache line that is likely near
 *     nets       prefixes, sorted; each knows the next wider one around it
 *     urls       URLs for prefixes, without their scheme, sorted; each knows the next shorter one that begins it; the slots hold
 *                their hosts
 *
 * A slot stands for its key without the key's bytes: of the 128 bits of a secret SipHash one half chooses place and filter word, the
 * other is kept whole. Something that is in no list is taken for a row with probability 4e-21 (2^-64 for each of some four slots that
 * are looked at, after a filter that one in fifty passes): once in 800,000 years of ten million look-ups a second. In return a hit
 * costs one cache line and not three. Slots and filter, which every look-up touches, lie in huge pages when the system has some.
 *
 * A sorted table of prefixes is searched by one idea: the last entry that is not behind the asked value, or one of those around it,
 * is the longest that matches; the others that match are around that one.
 */
#ifndef INTEL_STORE_PARTS_H
#define INTEL_STORE_PARTS_H

#include "base/hash.h"
#include "intel/store.h"

#define NAME_SIZE_MAX  255               /* RFC 1035 2.3.4 */
#define SLOT_EXACT     UINT32_C(0x80000000) /* in slot.row: the only row of its key, for the whole name */
#define SLOT_SUFFIX    UINT32_C(0x40000000) /* the same, and for names below it */
#define SLOT_ROW       UINT32_C(0x3fffffff)
#define NETS_INDEX_MIN 16384u            /* fewer prefixes are searched without an index */
#define NETS_INDEX     (2u * 65537u)     /* by the first 16 bits: IPv4, then IPv6 */
#define NETS_MAX       ((1u << 24) - 1)

struct row {
    uint32_t value;   /* text */
    uint32_t next;    /* index + 1 of another row of the same value */
    uint32_t context; /* index of a tuple of `columns` texts */
    uint32_t ports, note;
    uint32_t line;
    uint32_t first_seen, last_seen, valid_from, valid_until;
    uint8_t type, match, confidence_pct, months;
};

struct slot {
    uint32_t tag[2]; /* the second half of the key's hash */
    uint32_t row;    /* index + 1, 0 empty; of `urls` for the host of a URL */
};

struct net {
    uint64_t high, low; /* of the address, host order */
    uint32_t row;
    uint32_t around : 24; /* index + 1 of the next wider prefix that holds this one */
    uint32_t bits : 8;
};

struct url {
    uint32_t row;
    uint32_t around; /* index + 1 of the longest other entry that begins this one */
    uint32_t end;    /* index behind the last entry of the same host */
};

/* What only a store that is being filled has. */
struct builder;

struct store {
    struct hash_key key;
    struct row *rows;
    uint32_t *contexts; /* column_count of each */
    char *texts;        /* NUL-terminated each; the one at 0 is "" */
    struct slot *slots;
    uint64_t *filter;
    struct net *nets;
    uint32_t *nets_index;
    struct url *urls;
    uint32_t row_count, context_count, text_size, slot_count, filter_count, net_count, nets_index_count, url_count;
    uint32_t column_count, type_count;
    uint32_t columns[STORE_COLUMNS_MAX], types[STORE_TYPES_MAX]; /* texts: their names */
    uint32_t name_longest;                                       /* bytes of the longest name row */
    uint64_t digest;
    struct builder *builder;
    void *map; /* NULL: the arrays are on the heap; slots and filter always have memory of their own (hot_new) */
    uint64_t map_size;
};

/* What a key in the slots is; part of its hash. */
enum key_kind { KEY_NAME = 1, KEY_CERTIFICATE_NAME, KEY_ADDRESS, KEY_URL, KEY_URL_HOST, KEY_VALUE /* + type */ };

static inline const char *text_at(const struct store *s, uint32_t at)
{
    return s->texts + at;
}

static inline struct hash_pair key_hash(const struct store *s, unsigned kind, const void *bytes, size_t size)
{
    return hash_bytes_pair((struct hash_key){s->key.k0 ^ kind, s->key.k1}, bytes, size);
}

static inline bool slot_is(const struct slot *slot, struct hash_pair hash)
{
    return slot->tag[0] == (uint32_t)hash.second && slot->tag[1] == (uint32_t)(hash.second >> 32);
}

/* Two quarters of a hash choose slot and filter word; the filter takes 4 of the 64 bits of its word. */
static inline uint32_t slot_home(const struct store *s, struct hash_pair hash)
{
    return (uint32_t)(((hash.first & UINT32_MAX) * s->slot_count) >> 32);
}

static inline uint32_t filter_word(const struct store *s, struct hash_pair hash)
{
    return (uint32_t)(((hash.first >> 32) * s->filter_count) >> 32);
}

static inline uint64_t filter_bits(struct hash_pair pair)
{
    uint64_t hash = pair.first;
    return UINT64_C(1) << (hash & 63) | UINT64_C(1) << (hash >> 6 & 63) | UINT64_C(1) << (hash >> 12 & 63) |
           UINT64_C(1) << (hash >> 18 & 63);
}

static inline bool filter_has(const struct store *s, struct hash_pair hash)
{
    uint64_t bits = filter_bits(hash);
    return (s->filter[filter_word(s, hash)] & bits) == bits;
}

/* The part of a URL that is searched: behind its scheme. */
const char *url_rest(const char *url);
/* Size of the host (with its port) at the start of such a part. */
size_t url_host_size(const char *rest, size_t size);
/* That part of an entry of `urls`. */
static inline const char *rest_at(const struct store *s, uint32_t url)
{
    return url_rest(text_at(s, s->rows[s->urls[url].row].value));
}

/* `size` zeroed bytes that every look-up touches, in huge pages when the system has some; NULL without memory. */
void *hot_new(size_t size);
void hot_free(void *at, size_t size);
static inline size_t slots_size(const struct store *s)
{
    return (size_t)s->slot_count * sizeof *s->slots;
}
static inline size_t filter_size(const struct store *s)
{
    return (size_t)s->filter_count * sizeof *s->filter;
}

/* store_index.c: fill slots, filter, nets and urls from the rows. */
bool index_build(struct store *s, const char *unique_in, struct error *error);

#endif
