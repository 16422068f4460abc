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
    struct address address;
};

/* False for rows that are found elsewhere. */
static bool row_key(const struct store *s, const struct row *r, struct row_key *k)
{
    const char *text = text_at(s, r->value);
    *k = (struct row_key){.kind = KEY_VALUE + r->type, .bytes = text, .size = strlen(text)};
    switch (r->type) {
    case INDICATOR_CIDR:
    case INDICATOR_URL: return false;
    case INDICATOR_DOMAIN: k->kind = KEY_NAME; return true;
    case INDICATOR_TLS_NAME: k->kind = KEY_CERTIFICATE_NAME; return true;
    case INDICATOR_IPV4:
    case INDICATOR_IPV6:
        k->kind = KEY_ADDRESS;
        k->address = row_address(s, r);
        k->bytes = k->address.bytes;
        k->size = sizeof k->address.bytes;
        return true;
    default: return true;
    }
}

static bool same_value(const struct store *s, const struct row *a, const struct row *b)
{
    return a->type == b->type && strcmp(text_at(s, a->value), text_at(s, b->value)) == 0;
}

/* --------------------------------------------------------- slots and filter */

static void filter_add(struct store *s, uint64_t hash)
{
    s->filter[filter_word(s, hash)] |= filter_bits(hash);
}

static uint32_t after(const struct store *s, uint32_t slot)
{
    return slot + 1 == s->slot_count ? 0 : slot + 1;
}

/* Puts a row before the others of its value. */
static void add_row(struct store *s, uint32_t row, const struct row_key *k)
{
    uint64_t hash = key_hash(s, k->kind, k->bytes, k->size);
    uint32_t tag = (uint32_t)(hash >> 32), i = slot_home(s, hash);
    struct slot *slot = &s->slots[i];
    while (slot->row != 0) {
        bool same = slot->tag == tag && !(slot->row & SLOT_URL) && same_value(s, &s->rows[row], &s->rows[slot->row - 1]);
        if (same) {
            s->rows[row].next = slot->row;
            break;
        }
        i = after(s, i);
        slot = &s->slots[i];
    }
    *slot = (struct slot){tag, row + 1};
    filter_add(s, hash);
}

/* The host of URLs that begin at `url`. Two hosts of one tag stand side by side; the search looks at the host again. */
static void add_host(struct store *s, uint32_t url)
{
    const char *rest = url_rest(text_at(s, s->rows[s->urls[url].row].value));
    uint64_t hash = key_hash(s, KEY_URL_HOST, rest, url_host_size(rest, strlen(rest)));
    uint32_t i = slot_home(s, hash);
    while (s->slots[i].row != 0)
        i = after(s, i);
    s->slots[i] = (struct slot){(uint32_t)(hash >> 32), SLOT_URL | (url + 1)};
    filter_add(s, hash);
}

/* Does the URL at `i` begin another host than the one before it? */
static bool new_host(const struct store *s, uint32_t i)
{
    if (i == 0)
        return true;
    const char *a = url_rest(text_at(s, s->rows[s->urls[i - 1].row].value));
    const char *b = url_rest(text_at(s, s->rows[s->urls[i].row].value));
    size_t size = url_host_size(a, strlen(a));
    return size != url_host_size(b, strlen(b)) || memcmp(a, b, size) != 0;
}

static uint32_t count_keys(const struct store *s)
{
    uint32_t keys = 0;
    for (uint32_t i = 0; i < s->row_count; i++)
        keys += s->rows[i].type != INDICATOR_CIDR && s->rows[i].type != INDICATOR_URL;
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
    s->slots = calloc(s->slot_count, sizeof *s->slots);
    s->filter = calloc(s->filter_count, sizeof *s->filter);
    if (!s->slots || !s->filter)
        return error_set(error, "out of memory to search %u rows", s->row_count);
    for (uint32_t i = s->row_count; i-- > 0;) {
        struct row_key k;
        if (row_key(s, &s->rows[i], &k))
            add_row(s, i, &k);
    }
    for (uint32_t i = 0; i < s->url_count; i++)
        if (new_host(s, i))
            add_host(s, i);
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

/* Equal URLs are one entry with a chain. An entry is around others when a row of its chain is for prefixes. */
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
    uint32_t before = 0; /* index + 1 of the latest prefix entry that may be around */
    for (uint32_t i = 0; i < s->url_count; i++) {
        const char *rest = url_rest(text_at(s, s->rows[s->urls[i].row].value));
        while (before != 0 && !begins(url_rest(text_at(s, s->rows[s->urls[before - 1].row].value)), rest))
            before = s->urls[before - 1].around;
        s->urls[i].around = before;
        for (uint32_t row = s->urls[i].row + 1; row != 0; row = s->rows[row - 1].next)
            if (s->rows[row - 1].match == MATCH_PREFIX)
                before = i + 1;
    }
}

static bool build_urls(struct store *s, struct error *error)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->row_count; i++)
        count += s->rows[i].type == INDICATOR_URL;
    if (count == 0)
        return true;
    struct sorted_url *sorted = calloc(count, sizeof *sorted);
    s->urls = calloc(count, sizeof *s->urls);
    bool good = sorted && s->urls;
    if (good) {
        uint32_t used = 0;
        for (uint32_t i = 0; i < s->row_count; i++)
            if (s->rows[i].type == INDICATOR_URL) {
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
