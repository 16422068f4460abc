/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - millions of rows, searchable: names by suffix on label boundaries, addresses by prefix, URLs by host, path and query
 * prefix, everything else by equality. The one search structure of the project: every list, of indicators or not, is one.
 *
 * A store is filled once, then finished, then only read, so any thread may look things up. It is a handful of flat arrays without
 * pointers (store_parts.h), so a finished store can be written to a file and mapped back on the next start.
 *
 * Texts that repeat (actor, source, ...) are kept once: a row costs 44 bytes, its place in the search 19 more, beside its value.
 */
#ifndef INTEL_STORE_H
#define INTEL_STORE_H

#include "base/error.h"
#include "intel/indicator.h"

#define STORE_COLUMNS_MAX 64
#define STORE_TYPES_MAX   64 /* words of the `type` column; the first INDICATOR_TYPE_COUNT are the indicators' */
#define STORE_ROWS_MAX    UINT32_C(200000000)

struct store;

/* What a row is made of; the store copies it. */
struct store_item {
    const char *value;   /* in the normal form of its type, never empty */
    const char *type;    /* word: "domain", "ipv4", ... or any other, which is searched by equality */
    enum indicator_match match;
    const char *ports;   /* "80|443", "" for none */
    const char *note;
    uint32_t line;
    uint8_t confidence_pct;
    uint8_t months; /* INDICATOR_..._MONTH */
    int64_t first_seen, last_seen, valid_from, valid_until; /* seconds since the epoch, 0 none; years 1970 to 2106 are kept */
    const char *const *column; /* a text for each column of the store */
};

/* An empty store whose rows have these further columns. NULL and `error` when there are too many, or no memory. */
struct store *store_new(const char *const *columns, size_t count, struct error *error);
void store_free(struct store *s);

/* Adds a row. False and `error` when the value does not fit its type, or there is no room. */
bool store_add(struct store *s, const struct store_item *item, struct error *error);
/* Makes the rows searchable; nothing can be added after it. When values must not stand twice, `unique_in` is the name of their file for
 * the error; else NULL. */
bool store_finish(struct store *s, const char *unique_in, struct error *error);

uint32_t store_count(const struct store *s);
/* How many rows have this text in this column. */
uint32_t store_count_with(const struct store *s, const char *column, const char *text);
/* Tells two stores apart by what was added to them, in its order. */
uint64_t store_digest(const struct store *s);
/* Bytes that the store takes, and those of them that are texts. */
uint64_t store_size(const struct store *s, uint64_t *texts);

/* A row that matched. `matched` points into the asked value and lives as long as that does. */
struct store_match {
    uint32_t row;
    struct slice matched; /* the name's suffix, the 16 bytes of the address, or the value */
    bool whole;           /* names: all of the asked name */
};

/* Longest matching name on label boundaries, exact before suffix; letter case and a final dot are ignored. */
bool store_find_name(const struct store *s, struct slice name, struct store_match *out);
/* The same among certificate names: rows of type tls_name. */
bool store_find_certificate_name(const struct store *s, struct slice name, struct store_match *out);
/* Address rows first, then the longest prefix. */
bool store_find_address(const struct store *s, const struct address *a, struct store_match *out);
/* The longest URL row that equals `url` or, as a prefix, begins it. The scheme does not matter. */
bool store_find_url(const struct store *s, struct slice url, struct store_match *out);
/* Equality, for the other types. */
bool store_find_value(const struct store *s, const char *type, struct slice value, struct store_match *out);
/* The next best row that the same question matches; false after the last. The asked bytes must still be there. */
bool store_next(const struct store *s, struct store_match *m);

/* A column of a row by its name, "" when there is none; also `value`, `type`, `match`, `ports` and `note`. Lives as long as the store. */
const char *store_text(const struct store *s, uint32_t row, const char *column);
uint32_t store_line(const struct store *s, uint32_t row);
/* The row as an indicator; its texts live as long as the store. */
void store_indicator(const struct store *s, uint32_t row, struct indicator *out);

/*
 * A finished store as a file. `key` says what it was made of; a file made of something else is not taken. It is written beside `path`
 * and renamed, readable by this user alone.
 */
bool store_write(const struct store *s, uint64_t key, const char *path, struct error *error);
/* Maps what store_write wrote. NULL and `error` when it is missing, made of something else, somebody else's, or damaged. */
struct store *store_map(const char *path, uint64_t key, struct error *error);

#endif
