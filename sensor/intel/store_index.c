/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_index.c - makes the rows of a store searchable: slots and filter, sorted prefixes, sorted URLs.
 *
 * Rows are taken last to first, each put before those of the same value, so a chain runs in the order of the lists and costs the same
 * however long it is.
 */
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "intel/store_parts.h"

/* ------------------------------------------------------------------- keys */

/* What a row is found by in the slots. */
struct row_key {
    unsigned kind;
    const void *bytes;
    size_t size;
    struct prefix address;
};

/* False for rows that are found elsewhere. */
static bool row_key(const struct store *s, const struct row *r, struct row_key *k)
{
    const char *text = text_at(s, r->value);
    *k = (struct row_key){.kind = KEY_VALUE + r->type, .bytes = text, .size = strlen(text)};
    switch (r->type) {
    case INDICATOR_CIDR: return false;
    case INDICATOR_URL:
        k->kind = KEY_URL;
        k->bytes = url_rest(text);
        k->size = strlen(k->bytes);
        return r->match != MATCH_PREFIX;
    case INDICATOR_DOMAIN: k->kind = KEY_NAME; return true;
    case INDICATOR_TLS_NAME: k->kind = KEY_CERTIFICATE_NAME; return true;
    case INDICATOR_IPV4:
    case INDICATOR_IPV6:
        k->kind = KEY_ADDRESS;
        prefix_parse(text, &k->address);
        k->bytes = k->address.base.bytes;
        k->size = sizeof k->address.base.bytes;
        return true;
    default: return true;
    }
}

/* --------------------------------------------------------- slots and filter */

/* The slot of a key: its own, or the empty one where it goes, with the key's tag. */
static struct slot *take_slot(struct store *s, struct hash_pair hash)
{
    uint32_t i = slot_home(s, hash);
    while (s->slots[i].row != 0 && !slot_is(&s->slots[i], hash))
        i = i + 1 == s->slot_count ? 0 : i + 1;
    s->slots[i].tag[0] = (uint32_t)hash.second;
    s->slots[i].tag[1] = (uint32_t)(hash.second >> 32);
    s->filter[filter_word(s, hash)] |= filter_bits(hash);
    return &s->slots[i];
}

/* Puts a row before the others of its value. One that stands alone says in the slot what it is for. */
static void add_row(struct store *s, uint32_t row, const struct row_key *k)
{
    struct slot *slot = take_slot(s, key_hash(s, k->kind, k->bytes, k->size));
    uint32_t alone = s->rows[row].match == MATCH_SUFFIX ? SLOT_SUFFIX : SLOT_EXACT;
    s->rows[row].next = slot->row & SLOT_ROW;
    slot->row = (row + 1) | (slot->row == 0 ? alone : 0);
}

/* Does the URL at `i` begin another host than the one before it? */
static bool new_host(const struct store *s, uint32_t i)
{
    if (i == 0)
        return true;
    const char *a = rest_at(s, i - 1), *b = rest_at(s, i);
    size_t size = url_host_size(a, strlen(a));
    return size != url_host_size(b, strlen(b)) || memcmp(a, b, size) != 0;
}

/* Last to first, so that each knows where its host ends; the first of a host is found by it. */
static void add_hosts(struct store *s)
{
    uint32_t end = s->url_count;
    for (uint32_t i = s->url_count; i-- > 0;) {
        const char *rest = rest_at(s, i);
        s->urls[i].end = end;
        if (!new_host(s, i))
            continue;
        take_slot(s, key_hash(s, KEY_URL_HOST, rest, url_host_size(rest, strlen(rest))))->row = i + 1;
        end = i;
    }
}

static uint32_t count_keys(const struct store *s)
{
    uint32_t keys = 0;
    for (uint32_t i = 0; i < s->row_count; i++)
        keys += s->rows[i].type != INDICATOR_CIDR;
    for (uint32_t i = 0; i < s->url_count; i++)
        keys += new_host(s, i);
    return keys;
}

/* Seven tenths full, two bytes of filter a key. */
static bool build_slots(struct store *s, struct error *error)
{
    uint32_t keys = count_keys(s);
    s->slot_count = keys + keys / 2 - keys / 14 + 8;
    s->filter_count = keys / 4 + 1;
    s->slots = hot_new(slots_size(s));
    s->filter = hot_new(filter_size(s));
    if (!s->slots || !s->filter)
        return error_set(error, "out of memory to search %u rows", s->row_count);
    for (uint32_t i = s->row_count; i-- > 0;) {
        struct row_key k;
        if (row_key(s, &s->rows[i], &k))
            add_row(s, i, &k);
    }
    add_hosts(s);
    return true;
}

/* ----------------------------------------------------------------- prefixes */

static uint64_t big_endian(const uint8_t *at)
{
    uint64_t n = 0;
    for (int i = 0; i < 8; i++)
        n = n << 8 | at[i];
    return n;
}

static int compare_nets(const void *one, const void *other)
{
    const struct net *a = one, *b = other;
    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    if (a->bits != b->bits)
        return a->bits < b->bits ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static bool collect_nets(struct store *s, struct error *error)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->row_count; i++)
        count += s->rows[i].type == INDICATOR_CIDR;
    if (count == 0)
        return true;
    s->nets = count <= NETS_MAX ? calloc(count, sizeof *s->nets) : NULL;
    if (!s->nets)
        return error_set(error, "out of memory, or more than %u prefixes", NETS_MAX);
    for (uint32_t i = 0; i < s->row_count; i++) {
        struct prefix p;
        if (s->rows[i].type == INDICATOR_CIDR && prefix_parse(text_at(s, s->rows[i].value), &p))
            s->nets[s->net_count++] = (struct net){
                .high = big_endian(p.base.bytes), .low = big_endian(p.base.bytes + 8), .row = i, .bits = p.bits & 0xffu};
    }
    qsort(s->nets, s->net_count, sizeof *s->nets, compare_nets);
    return true;
}

/* Rows of one prefix become one entry with a chain, in the order of the lists. */
static void merge_nets(struct store *s)
{
    uint32_t kept = 0, tail = 0;
    for (uint32_t i = 0; i < s->net_count; i++) {
        const struct net *last = kept ? &s->nets[kept - 1] : NULL, *n = &s->nets[i];
        if (last && last->high == n->high && last->low == n->low && last->bits == n->bits) {
            s->rows[tail].next = n->row + 1;
        } else {
            s->nets[kept++] = *n;
        }
        tail = n->row;
    }
    s->net_count = kept;
}

static bool holds(const struct net *wide, const struct net *n)
{
    unsigned bits = wide->bits;
    uint64_t high = bits == 0 ? 0 : bits >= 64 ? UINT64_MAX : UINT64_MAX << (64 - bits);
    uint64_t low = bits <= 64 ? 0 : bits == 128 ? UINT64_MAX : UINT64_MAX << (128 - bits);
    return bits <= n->bits && ((wide->high ^ n->high) & high) == 0 && ((wide->low ^ n->low) & low) == 0;
}

/* In sorted order the wider prefix comes first, so it is the one before or around the one before. */
static void nest_nets(struct store *s)
{
    for (uint32_t i = 1; i < s->net_count; i++) {
        uint32_t wide = i; /* index + 1 of the one before */
        while (wide != 0 && !holds(&s->nets[wide - 1], &s->nets[i]))
            wide = s->nets[wide - 1].around;
        s->nets[i].around = wide & NETS_MAX;
    }
}

/* Where the prefixes of each leading 16 bits begin: one half for IPv4, one for IPv6. */
static bool index_nets(struct store *s, struct error *error)
{
    if (s->net_count < NETS_INDEX_MIN)
        return true;
    s->nets_index = calloc(NETS_INDEX, sizeof *s->nets_index);
    if (!s->nets_index)
        return error_set(error, "out of memory to search %u prefixes", s->net_count);
    s->nets_index_count = NETS_INDEX;
    uint32_t *v4 = s->nets_index, *v6 = v4 + NETS_INDEX / 2;
    for (uint32_t i = 0; i < s->net_count; i++) {
        const struct net *n = &s->nets[i];
        v6[(n->high >> 48) + 1]++;
        if (n->high == 0 && n->low >> 32 == 0xffff)
            v4[(n->low >> 16 & 0xffff) + 1]++;
        else if (n->high == 0 && n->low >> 32 < 0xffff)
            v4[0]++;
    }
    for (uint32_t i = 1; i < NETS_INDEX / 2; i++) {
        v4[i] += v4[i - 1];
        v6[i] += v6[i - 1];
    }
    return true;
}

/* --------------------------------------------------------------------- URLs */

struct sorted_url {
    uint64_t first; /* the first 8 bytes, so that most comparisons stay here */
    const char *rest;
    uint32_t row;
};

static int compare_urls(const void *one, const void *other)
{
    const struct sorted_url *a = one, *b = other;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    int order = strcmp(a->rest, b->rest);
    return order != 0 ? order : a->row < b->row ? -1 : a->row > b->row;
}

static uint64_t first_bytes(const char *text)
{
    uint8_t bytes[8] = {0};
    size_t size = strnlen(text, sizeof bytes);
    memcpy(bytes, text, size);
    return big_endian(bytes);
}

static bool begins(const char *with, const char *text)
{
    return strncmp(with, text, strlen(with)) == 0;
}

/* Equal URLs are one entry with a chain. */
static void enter_urls(struct store *s, const struct sorted_url *sorted, uint32_t count)
{
    const char *last = NULL;
    uint32_t tail = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (last && strcmp(last, sorted[i].rest) == 0)
            s->rows[tail].next = sorted[i].row + 1;
        else
            s->urls[s->url_count++].row = sorted[i].row;
        tail = sorted[i].row;
        last = sorted[i].rest;
    }
    uint32_t around = 0; /* index + 1 of the latest entry that may begin this one */
    for (uint32_t i = 0; i < s->url_count; i++) {
        while (around != 0 && !begins(rest_at(s, around - 1), rest_at(s, i)))
            around = s->urls[around - 1].around;
        s->urls[i].around = around;
        around = i + 1;
    }
}

static bool is_url_prefix(const struct row *r)
{
    return r->type == INDICATOR_URL && r->match == MATCH_PREFIX;
}

static bool build_urls(struct store *s, struct error *error)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->row_count; i++)
        count += is_url_prefix(&s->rows[i]);
    if (count == 0)
        return true;
    struct sorted_url *sorted = calloc(count, sizeof *sorted);
    s->urls = calloc(count, sizeof *s->urls);
    bool good = sorted && s->urls;
    if (good) {
        uint32_t used = 0;
        for (uint32_t i = 0; i < s->row_count; i++)
            if (is_url_prefix(&s->rows[i])) {
                const char *rest = url_rest(text_at(s, s->rows[i].value));
                sorted[used++] = (struct sorted_url){first_bytes(rest), rest, i};
            }
        qsort(sorted, count, sizeof *sorted, compare_urls);
        enter_urls(s, sorted, count);
    }
    free(sorted);
    return good || error_set(error, "out of memory to search %u URLs", count);
}

/* -------------------------------------------------------------------- whole */

static bool check_unique(const struct store *s, const char *path, struct error *error)
{
    for (uint32_t i = 0; i < s->row_count; i++)
        for (uint32_t next = s->rows[i].next; next != 0; next = s->rows[next - 1].next)
            if (s->rows[next - 1].match == s->rows[i].match)
                return error_set(error, "%s:%u: '%.100s' stands on line %u already; keep one of the two", path, s->rows[next - 1].line,
                                 text_at(s, s->rows[i].value), s->rows[i].line);
    return true;
}

bool index_build(struct store *s, const char *unique_in, struct error *error)
{
    if (!collect_nets(s, error))
        return false;
    merge_nets(s);
    nest_nets(s);
    if (!index_nets(s, error) || !build_urls(s, error) || !build_slots(s, error))
        return false;
    return !unique_in || check_unique(s, unique_in, error);
}
