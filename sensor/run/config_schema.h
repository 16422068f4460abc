/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_schema.h - the keys of haetae.yaml as one table, and a way to walk it beside a tree. Inside run/config* only.
 *
 * Paths: "a.b" is key b in map a; "a[]" the items of list a; "*" any key. Rows of one map stand together, the wildcard last.
 */
#ifndef RUN_CONFIG_SCHEMA_H
#define RUN_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run/value.h"

struct config_row {
    const char *path;
    enum value_type type;
    const char *fallback; /* default in the file's own notation; NULL: nothing is made of it when left out */
    int64_t least, most;  /* as in struct value_rule */
    const char *choices;
    const char *help; /* one line */
};

/* All rows, in the order in which a dump writes what the file leaves out. */
extern const struct config_row config_rows[];
extern const size_t config_row_count;

/* A place in the table: the rows below some path. Row count 0: nowhere. */
struct config_place {
    uint16_t first, count; /* rows */
    uint16_t offset;       /* where their paths go on: at '.', '[' or the end */
    bool wild;             /* the last step matched "*" only */
};

struct config_place config_place_root(void);
/* Key of a map; nowhere when the table has none such. */
struct config_place config_place_key(struct config_place p, const char *key);
/* Items of a list. */
struct config_place config_place_item(struct config_place p);

/* The row that ends here, or NULL. */
const struct config_row *config_place_row(struct config_place p);
/* True when list items go on from here. */
bool config_place_is_list(struct config_place p);

/* The i-th distinct key of a map, "*" not counted, into `out`[size]; false past the end. */
bool config_place_child(struct config_place p, size_t i, char *out, size_t size);

struct value_rule config_row_rule(const struct config_row *row);

#endif
