/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.c - one pass over a record: a small state machine enters the maps that matter and steps over everything else.
 *
 * No recursion and no unbounded loop: maps in progress stand on a short stack, and every item met uses up the budget.
 */
#include "geo/record.h"

#include <string.h>

#define BUDGET 4096 /* items of one record; a full city record in 8 languages has about 120 */

enum type {
    TYPE_POINTER = 1,
    TYPE_TEXT = 2,
    TYPE_DOUBLE = 3,
    TYPE_BYTES = 4,
    TYPE_U16 = 5,
    TYPE_U32 = 6,
    TYPE_MAP = 7,
    TYPE_I32 = 8,
    TYPE_U64 = 9,
    TYPE_U128 = 10,
    TYPE_ARRAY = 11,
    TYPE_BOOL = 14,
    TYPE_FLOAT = 15
};

struct reader {
    struct slice data;
    size_t at;
    unsigned budget;
};

struct item {
    enum type type;
    uint32_t size; /* bytes; pairs of a map, items of an array */
    size_t at;     /* payload, or first item */
};

/* ------------------------------------------------------------- items */

/* `n` <= 4 bytes, big endian. */
static bool take_number(struct reader *r, size_t n, uint32_t *out)
{
    if (r->data.size - r->at < n)
        return false;
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | r->data.at[r->at + i];
    r->at += n;
    *out = value;
    return true;
}

/* Sizes above 28 are continued in up to three bytes. */
static bool take_size(struct reader *r, uint32_t control, uint32_t *size)
{
    static const uint32_t base[4] = {0, 29, 285, 65821};
    uint32_t code = control & 0x1f, more = 0;
    if (code < 29) {
        *size = code;
        return true;
    }
    if (!take_number(r, code - 28, &more))
        return false;
    *size = base[code - 28] + more;
    return true;
}

/* A pointer: two bits say how many bytes follow, three are the top of all but the longest. */
static bool take_pointer(struct reader *r, uint32_t control, struct item *item)
{
    static const uint32_t base[4] = {0, 2048, 526336, 0};
    uint32_t width = control >> 3 & 3, low = 0;
    if (!take_number(r, width + 1, &low))
        return false;
    uint64_t target = low;
    if (width < 3)
        target += ((uint64_t)(control & 7) << (8 * (width + 1))) + base[width];
    if (target >= r->data.size)
        return false;
    *item = (struct item){.type = TYPE_POINTER, .at = (size_t)target};
    return true;
}

/* Whether a value of this type can have so many bytes; no for types that do not exist. */
static bool size_fits(enum type type, uint32_t size)
{
    switch (type) {
    case TYPE_TEXT:
    case TYPE_BYTES: return true;
    case TYPE_DOUBLE: return size == 8;
    case TYPE_FLOAT: return size == 4;
    case TYPE_U16: return size <= 2;
    case TYPE_U32:
    case TYPE_I32: return size <= 4;
    case TYPE_U64: return size <= 8;
    case TYPE_U128: return size <= 16;
    default: return false;
    }
}

/* Takes one item and moves behind it; of maps and arrays only the head. False at damage or when the budget is gone. */
static bool take_item(struct reader *r, struct item *item)
{
    uint32_t control, extended = 0;
    if (r->budget == 0 || !take_number(r, 1, &control))
        return false;
    r->budget--;
    uint32_t type = control >> 5;
    if (type == TYPE_POINTER)
        return take_pointer(r, control, item);
    if (type == 0) {
        if (!take_number(r, 1, &extended))
            return false;
        type = extended + 7;
    }
    uint32_t size;
    if (!take_size(r, control, &size))
        return false;
    *item = (struct item){.type = (enum type)type, .size = size, .at = r->at};
    if (type == TYPE_MAP || type == TYPE_ARRAY || type == TYPE_BOOL)
        return true;
    if (!size_fits(item->type, size) || size > r->data.size - r->at)
        return false;
    r->at += size;
    return true;
}

/* As take_item, but gives the item a pointer points to; a pointer to a pointer is not allowed. */
static bool take_value(struct reader *r, struct item *item)
{
    if (!take_item(r, item))
        return false;
    if (item->type != TYPE_POINTER)
        return true;
    struct reader there = {r->data, item->at, r->budget};
    bool good = take_item(&there, item) && item->type != TYPE_POINTER;
    r->budget = there.budget;
    return good;
}

static uint32_t children(const struct item *item)
{
    if (item->type == TYPE_MAP)
        return item->size <= UINT32_MAX / 2 ? item->size * 2 : UINT32_MAX;
    return item->type == TYPE_ARRAY ? item->size : 0;
}

/* Steps over one value without following pointers. */
static bool skip_value(struct reader *r)
{
    uint64_t left = 1;
    while (left > 0) {
        struct item item;
        if (!take_item(r, &item))
            return false;
        left += children(&item);
        left--;
    }
    return true;
}

/* Steps over one value, giving its head (of what it points to, if a pointer) for entering it later. */
static bool peek_value(struct reader *r, struct item *item)
{
    struct reader ahead = *r;
    if (!skip_value(r))
        return false;
    ahead.budget = r->budget;
    bool good = take_value(&ahead, item);
    r->budget = ahead.budget;
    return good;
}

/* ------------------------------------------------------------- what is looked for */

enum field { FIELD_NONE = 0, FIELD_ISO, FIELD_NAME, FIELD_ISO_OR_NAME, FIELD_ASN, FIELD_ORGANIZATION };
enum place { PLACE_ROOT = 1, PLACE_COUNTRY, PLACE_NAMES, PLACE_TRAITS };

/* Where each layout keeps what: MaxMind and DB-IP, GeoIP2 Enterprise (traits), IPinfo old and new. */
static const struct key {
    enum place place;
    const char *key;
    enum place enter; /* when the value is a map */
    enum field field; /* when it is not */
} keys[] = {
    {PLACE_ROOT, "country", PLACE_COUNTRY, FIELD_ISO_OR_NAME},
    {PLACE_ROOT, "country_code", 0, FIELD_ISO},
    {PLACE_ROOT, "country_name", 0, FIELD_NAME},
    {PLACE_ROOT, "autonomous_system_number", 0, FIELD_ASN},
    {PLACE_ROOT, "autonomous_system_organization", 0, FIELD_ORGANIZATION},
    {PLACE_ROOT, "asn", 0, FIELD_ASN},
    {PLACE_ROOT, "as_name", 0, FIELD_ORGANIZATION},
    {PLACE_ROOT, "traits", PLACE_TRAITS, FIELD_NONE},
    {PLACE_TRAITS, "autonomous_system_number", 0, FIELD_ASN},
    {PLACE_TRAITS, "autonomous_system_organization", 0, FIELD_ORGANIZATION},
    {PLACE_COUNTRY, "iso_code", 0, FIELD_ISO},
    {PLACE_COUNTRY, "names", PLACE_NAMES, FIELD_NONE},
    {PLACE_NAMES, "en", 0, FIELD_NAME},
};

static const struct key *find_key(enum place place, struct slice name)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i].place == place && strlen(keys[i].key) == name.size && memcmp(keys[i].key, name.at, name.size) == 0)
            return &keys[i];
    return NULL;
}

/* Copies text, cut before a character that does not fit whole. */
static void copy_text(char *out, size_t size, struct slice text)
{
    size_t n = text.size < size ? text.size : size - 1;
    if (n < text.size)
        while (n > 0 && (text.at[n] & 0xc0) == 0x80)
            n--;
    memcpy(out, text.at, n);
    out[n] = '\0';
}

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool set_iso(struct slice text, struct sensor_geo *out)
{
    if (text.size != 2 || !is_letter(text.at[0]) || !is_letter(text.at[1]))
        return false;
    out->country_iso[0] = (char)(text.at[0] & 0xdf);
    out->country_iso[1] = (char)(text.at[1] & 0xdf);
    return true;
}

/* "AS123" or "123". */
static uint32_t parse_asn(struct slice text)
{
    uint64_t n = 0;
    size_t i = text.size > 2 && memcmp(text.at, "AS", 2) == 0 ? 2 : 0;
    if (text.size - i == 0 || text.size - i > 10)
        return 0;
    for (; i < text.size; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return 0;
        n = n * 10 + (uint64_t)(text.at[i] - '0');
    }
    return n <= UINT32_MAX ? (uint32_t)n : 0;
}

static void set_text(enum field field, struct slice text, struct sensor_geo *out)
{
    if (field == FIELD_ISO || field == FIELD_ISO_OR_NAME) {
        if (set_iso(text, out) || field == FIELD_ISO)
            return;
        field = FIELD_NAME;
    }
    if (field == FIELD_NAME)
        copy_text(out->country, sizeof out->country, text);
    else if (field == FIELD_ORGANIZATION)
        copy_text(out->organization, sizeof out->organization, text);
    else if (field == FIELD_ASN)
        out->asn = parse_asn(text);
}

static void set_field(struct reader *r, const struct item *item, enum field field, struct sensor_geo *out)
{
    bool number = item->type == TYPE_U16 || item->type == TYPE_U32 || item->type == TYPE_U64 || item->type == TYPE_I32;
    if (item->type == TYPE_TEXT) {
        set_text(field, (struct slice){r->data.at + item->at, item->size}, out);
    } else if (number && field == FIELD_ASN && item->size <= 4) {
        struct reader there = {r->data, item->at, 1};
        take_number(&there, item->size, &out->asn);
    }
}

/* ------------------------------------------------------------- the walk */

/* A map being read. A map reached by a pointer is read elsewhere than the one around it goes on. */
struct open_map {
    enum place place;
    uint32_t left; /* pairs */
    size_t at;     /* next pair */
};

/* Reads the next pair of the map; true when its value is a map to enter, which is then in `enter`. */
static bool read_pair(struct reader *r, enum place place, struct sensor_geo *out, struct open_map *enter, bool *broken)
{
    struct item name, item;
    *broken = !take_value(r, &name) || name.type != TYPE_TEXT;
    if (*broken)
        return false;
    const struct key *key = find_key(place, (struct slice){r->data.at + name.at, name.size});
    *broken = key ? !peek_value(r, &item) : !skip_value(r);
    if (*broken || !key)
        return false;
    if (item.type == TYPE_MAP && key->enter) {
        *enter = (struct open_map){key->enter, item.size, item.at};
        return true;
    }
    set_field(r, &item, key->field, out);
    return false;
}

void record_read(struct slice data, size_t offset, struct sensor_geo *out)
{
    struct reader r = {data, offset, BUDGET};
    struct item root;
    if (offset >= data.size || !take_value(&r, &root) || root.type != TYPE_MAP)
        return;
    struct open_map maps[4] = {{PLACE_ROOT, root.size, root.at}}; /* the places go three deep */
    size_t depth = 1;
    while (depth > 0) {
        struct open_map *map = &maps[depth - 1], enter;
        if (map->left == 0) {
            depth--;
            continue;
        }
        bool broken;
        r.at = map->at;
        bool entered = read_pair(&r, map->place, out, &enter, &broken);
        if (broken)
            return;
        map->at = r.at;
        map->left--;
        if (entered && depth < sizeof maps / sizeof maps[0])
            maps[depth++] = enter;
    }
}

/* The stack is: the value itself, the map, a list or map in it. */
bool record_is_metadata(struct slice data)
{
    struct reader r = {data, 0, BUDGET};
    struct {
        uint32_t left; /* items */
        size_t at;     /* next item */
    } open[3] = {{1, 0}};
    size_t depth = 1;
    while (depth > 0) {
        if (open[depth - 1].left == 0) {
            depth--;
            continue;
        }
        struct item item;
        r.at = open[depth - 1].at;
        if (!peek_value(&r, &item) || (depth == 1 && item.type != TYPE_MAP) || (depth == 3 && item.type != TYPE_TEXT))
            return false;
        open[depth - 1].at = r.at;
        open[depth - 1].left--;
        if (children(&item) == 0)
            continue;
        open[depth].left = children(&item);
        open[depth++].at = item.at;
    }
    return true;
}
