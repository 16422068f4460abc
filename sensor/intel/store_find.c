/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_find.c - look-ups. Nearly all of them miss, so the way to "no" is short: one hash and one word of the filter for each name,
 * address or value; a search among the sorted prefixes only when there are any. A hit adds one slot; the row itself is left to who
 * asks for it.
 *
 * store_next() goes on from a match without keeping more than the row and what of the asked value matched: first the rows of the same
 * value, then what lies around it.
 */
#include <string.h>

#include "base/addr.h"
#include "intel/store_parts.h"

#define SUFFIXES 8 /* of a name, looked for at once */

/* ------------------------------------------------------------------- slots */

/* What the slot of a key says, with its flags (SLOT_*); 0 for none. */
static uint32_t find_hash(const struct store *s, struct hash_pair hash)
{
    if (!filter_has(s, hash))
        return 0;
    uint32_t i = slot_home(s, hash);
    while (s->slots[i].row != 0 && !slot_is(&s->slots[i], hash))
        i = i + 1 == s->slot_count ? 0 : i + 1;
    return s->slots[i].row;
}

/* The first row of a key, or for hosts the first entry of `urls`: index + 1, 0 for none. */
static uint32_t find_slot(const struct store *s, unsigned kind, const void *bytes, size_t size)
{
    return find_hash(s, key_hash(s, kind, bytes, size)) & SLOT_ROW;
}

/* ------------------------------------------------------------------- names */

/* Does a label end at `at`? An escaped dot (RFC 1035 5.1) is a byte of its label. */
static bool is_dot(const uint8_t *name, size_t at)
{
    size_t slashes = 0;
    while (name[at] == '.' && slashes < at && name[at - slashes - 1] == '\\')
        slashes++;
    return name[at] == '.' && slashes % 2 == 0;
}

/* Moves *at behind the next dot; false when none follows. */
static bool next_label(const uint8_t *name, size_t size, size_t *at)
{
    for (size_t i = *at; i < size; i++)
        if (is_dot(name, i)) {
            *at = i + 1;
            return true;
        }
    return false;
}

static void lower_name(const uint8_t *name, size_t size, char *out)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
}

/* Where the first label begins that could start a row's name; false when none does. */
static bool first_candidate(const struct store *s, const uint8_t *name, size_t size, size_t *at)
{
    *at = 0;
    if (size <= s->name_longest)
        return size > 0;
    *at = size - s->name_longest - 1;
    return next_label(name, size, at);
}

/* The first row of a chain from `row` (index + 1) on that speaks of the whole name or of what lies below it. */
static uint32_t fitting(const struct store *s, uint32_t row, bool whole, enum indicator_match match)
{
    while (row != 0 && (s->rows[row - 1].match != match || (match == MATCH_EXACT && !whole)))
        row = s->rows[row - 1].next;
    return row;
}

/* Exact rows of a whole name first, then suffix rows: index + 1, 0 for none. A row that stands alone is not touched. */
static uint32_t best_of_slot(const struct store *s, uint32_t slot, bool whole)
{
    uint32_t row = slot & SLOT_ROW;
    if (slot & SLOT_SUFFIX)
        return row;
    if (slot & SLOT_EXACT)
        return whole ? row : 0;
    uint32_t exact = whole ? fitting(s, row, true, MATCH_EXACT) : 0;
    return exact ? exact : fitting(s, row, whole, MATCH_SUFFIX);
}

/* A suffix of a name that is looked for. */
struct suffix {
    struct hash_pair hash;
    size_t at;
};

/* Lets the slot come from memory while the next suffix is hashed. */
static void expect(const struct store *s, struct hash_pair hash)
{
    if (filter_has(s, hash))
        __builtin_prefetch(&s->slots[slot_home(s, hash)]);
}

/* The suffixes from byte *at on; *at is that of the first one that found no room, *more says whether there is one. */
static size_t take_suffixes(const struct store *s, unsigned kind, struct slice name, size_t *at, bool *more, struct suffix out[SUFFIXES])
{
    char lower[NAME_SIZE_MAX + 1];
    size_t count = 0, first = *at;
    lower_name(name.at + first, name.size - first, lower);
    do {
        out[count] = (struct suffix){key_hash(s, kind, lower + (*at - first), name.size - *at), *at};
        __builtin_prefetch(&s->filter[filter_word(s, out[count].hash)]);
        if (count++ > 0)
            expect(s, out[count - 2].hash);
        *more = next_label(name.at, name.size, at);
    } while (*more && count < SUFFIXES);
    return count;
}

/* The match among the suffixes of `name` from byte `at` on; `whole` says that the name begins at 0. */
static bool find_from(const struct store *s, unsigned kind, struct slice name, size_t at, bool whole, struct store_match *out)
{
    bool more = name.size - at <= NAME_SIZE_MAX;
    while (more) {
        struct suffix suffix[SUFFIXES];
        size_t count = take_suffixes(s, kind, name, &at, &more, suffix);
        for (size_t i = 0; i < count; i++) {
            bool is_whole = whole && suffix[i].at == 0;
            uint32_t row = best_of_slot(s, find_hash(s, suffix[i].hash), is_whole);
            if (row == 0)
                continue;
            *out = (struct store_match){
                .row = row - 1, .matched = {name.at + suffix[i].at, name.size - suffix[i].at}, .whole = is_whole};
            return true;
        }
    }
    return false;
}

static bool find_name(const struct store *s, unsigned kind, struct slice name, struct store_match *out)
{
    size_t at;
    if (name.size > 0 && is_dot(name.at, name.size - 1))
        name.size--;
    return first_candidate(s, name.at, name.size, &at) && find_from(s, kind, name, at, true, out);
}

bool store_find_name(const struct store *s, struct slice name, struct store_match *out)
{
    return find_name(s, KEY_NAME, name, out);
}

bool store_find_certificate_name(const struct store *s, struct slice name, struct store_match *out)
{
    return find_name(s, KEY_CERTIFICATE_NAME, name, out);
}

/* More rows of the name, then those of shorter suffixes. */
static bool next_name(const struct store *s, struct store_match *m)
{
    const struct row *r = &s->rows[m->row];
    unsigned kind = r->type == INDICATOR_DOMAIN ? KEY_NAME : KEY_CERTIFICATE_NAME;
    uint32_t row = fitting(s, r->next, m->whole, (enum indicator_match)r->match);
    if (!row && r->match == MATCH_EXACT)
        row = fitting(s, find_slot(s, kind, text_at(s, r->value), m->matched.size), m->whole, MATCH_SUFFIX);
    if (row) {
        m->row = row - 1;
        return true;
    }
    size_t at = 0;
    return next_label(m->matched.at, m->matched.size, &at) && find_from(s, kind, m->matched, at, false, m);
}

/* ---------------------------------------------------------------- addresses */

static uint64_t big_endian(const uint8_t *at)
{
    uint64_t n;
    memcpy(&n, at, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    n = __builtin_bswap64(n);
#endif
    return n;
}

/* Where to search: with an index, among the prefixes of the same first 16 bits. */
static void net_range(const struct store *s, uint64_t high, uint64_t low, uint32_t *from, uint32_t *to)
{
    *from = 0;
    *to = s->net_count;
    if (s->nets_index_count == 0)
        return;
    bool v4 = high == 0 && low >> 32 == 0xffff;
    const uint32_t *index = v4 ? s->nets_index + (low >> 16 & 0xffff) : s->nets_index + NETS_INDEX / 2 + (high >> 48);
    *from = index[0];
    *to = index[1];
}

static bool net_holds(const struct net *n, uint64_t high, uint64_t low)
{
    unsigned bits = n->bits;
    uint64_t high_mask = bits == 0 ? 0 : bits >= 64 ? UINT64_MAX : UINT64_MAX << (64 - bits);
    uint64_t low_mask = bits <= 64 ? 0 : bits == 128 ? UINT64_MAX : UINT64_MAX << (128 - bits);
    return ((n->high ^ high) & high_mask) == 0 && ((n->low ^ low) & low_mask) == 0;
}

/* The longest prefix that holds the address and is no longer than `bits`: index + 1, or 0. IPv4 lies in no IPv6 prefix. */
static uint32_t find_net(const struct store *s, const uint8_t address[16], unsigned bits)
{
    uint64_t high = big_endian(address), low = big_endian(address + 8);
    unsigned least = high == 0 && low >> 32 == 0xffff ? 96 : 0;
    uint32_t from, to;
    net_range(s, high, low, &from, &to);
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        const struct net *n = &s->nets[middle];
        if (n->high < high || (n->high == high && n->low <= low))
            from = middle + 1;
        else
            to = middle;
    }
    while (from != 0 && (s->nets[from - 1].bits > bits || !net_holds(&s->nets[from - 1], high, low)))
        from = s->nets[from - 1].around;
    return from != 0 && s->nets[from - 1].bits >= least ? from : 0;
}

static bool found_address(uint32_t row, const uint8_t *address, struct store_match *out)
{
    *out = (struct store_match){.row = row, .matched = {address, 16}, .whole = true};
    return true;
}

static bool found_net(const struct store *s, uint32_t net, const uint8_t *address, struct store_match *out)
{
    return net != 0 && found_address(s->nets[net - 1].row, address, out);
}

bool store_find_address(const struct store *s, const struct address *a, struct store_match *out)
{
    uint32_t row = find_slot(s, KEY_ADDRESS, a->bytes, sizeof a->bytes);
    if (row != 0)
        return found_address(row - 1, a->bytes, out);
    return s->net_count != 0 && found_net(s, find_net(s, a->bytes, 128), a->bytes, out);
}

static bool next_address(const struct store *s, struct store_match *m)
{
    const struct row *r = &s->rows[m->row];
    struct prefix p = {.bits = 129};
    if (r->next)
        return found_address(r->next - 1, m->matched.at, m);
    if (r->type == INDICATOR_CIDR)
        prefix_parse(text_at(s, r->value), &p);
    if (p.bits == 0 || s->net_count == 0)
        return false;
    return found_net(s, find_net(s, m->matched.at, p.bits - 1u), m->matched.at, m);
}

/* --------------------------------------------------------------------- URLs */

const char *url_rest(const char *url)
{
    const char *end = strstr(url, "://");
    return end ? end + 3 : url;
}

size_t url_host_size(const char *rest, size_t size)
{
    const char *end = memchr(rest, '/', size);
    return end ? (size_t)(end - rest) : size;
}

/* Order of `rest` against an asked value that has no NUL behind it. */
static int order(const char *rest, struct slice asked)
{
    int by_bytes = strncmp(rest, (const char *)asked.at, asked.size);
    return by_bytes != 0 ? by_bytes : rest[asked.size] != '\0';
}

static struct slice rest_of(struct slice url)
{
    if (url.size == 0)
        return url;
    const uint8_t *end = memmem(url.at, url.size, "://", 3);
    const uint8_t *slash = memchr(url.at, '/', url.size);
    if (!end || slash < end)
        return url;
    return (struct slice){end + 3, url.size - (size_t)(end + 3 - url.at)};
}

/* The last entry of the URL's host that is not behind it: index + 1, or 0. */
static uint32_t find_url_entry(const struct store *s, struct slice asked)
{
    uint32_t first = find_slot(s, KEY_URL_HOST, asked.at, url_host_size((const char *)asked.at, asked.size));
    if (first == 0)
        return 0;
    uint32_t from = first - 1, to = s->urls[from].end;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (order(rest_at(s, middle), asked) <= 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from < first ? 0 : from;
}

static bool found_url(uint32_t row, struct slice asked, struct store_match *out)
{
    *out = (struct store_match){.row = row, .matched = asked, .whole = true};
    return true;
}

/* The longest of `entry` (index + 1) and those around it that begins the asked URL. */
static bool found_prefix(const struct store *s, uint32_t entry, struct slice asked, struct store_match *out)
{
    for (; entry != 0; entry = s->urls[entry - 1].around) {
        const char *rest = rest_at(s, entry - 1);
        size_t size = strnlen(rest, asked.size + 1);
        if (size <= asked.size && memcmp(rest, asked.at, size) == 0)
            return found_url(s->urls[entry - 1].row, asked, out);
    }
    return false;
}

static bool find_prefix(const struct store *s, struct slice asked, struct store_match *out)
{
    return s->url_count != 0 && found_prefix(s, find_url_entry(s, asked), asked, out);
}

bool store_find_url(const struct store *s, struct slice url, struct store_match *out)
{
    struct slice asked = rest_of(url);
    if (asked.size == 0 || memchr(asked.at, '\0', asked.size))
        return false;
    uint32_t row = find_slot(s, KEY_URL, asked.at, asked.size);
    return row != 0 ? found_url(row - 1, asked, out) : find_prefix(s, asked, out);
}

/* The rows of the same URL, then the prefixes that begin it, longest first. */
static bool next_url(const struct store *s, struct store_match *m)
{
    const struct row *r = &s->rows[m->row];
    if (r->next != 0)
        return found_url(r->next - 1, m->matched, m);
    if (r->match != MATCH_PREFIX)
        return find_prefix(s, m->matched, m);
    const char *rest = url_rest(text_at(s, r->value));
    uint32_t entry = find_url_entry(s, (struct slice){(const uint8_t *)rest, strlen(rest)});
    return entry != 0 && found_prefix(s, s->urls[entry - 1].around, m->matched, m);
}

/* ------------------------------------------------------------- other values */

bool store_find_value(const struct store *s, const char *type, struct slice value, struct store_match *out)
{
    uint32_t number = 1;
    while (number < s->type_count && strcmp(text_at(s, s->types[number]), type) != 0)
        number++;
    uint32_t row = number == s->type_count || value.size == 0 ? 0 : find_slot(s, KEY_VALUE + number, value.at, value.size);
    if (row == 0)
        return false;
    *out = (struct store_match){.row = row - 1, .matched = value, .whole = true};
    return true;
}

bool store_next(const struct store *s, struct store_match *m)
{
    switch (s->rows[m->row].type) {
    case INDICATOR_DOMAIN:
    case INDICATOR_TLS_NAME: return next_name(s, m);
    case INDICATOR_IPV4:
    case INDICATOR_IPV6:
    case INDICATOR_CIDR: return next_address(s, m);
    case INDICATOR_URL: return next_url(s, m);
    default: break;
    }
    if (s->rows[m->row].next == 0)
        return false;
    m->row = s->rows[m->row].next - 1;
    return true;
}
