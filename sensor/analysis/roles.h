/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roles.h - what single hosts and networks are for, as the configuration says (`hosts`). Read only while the sensor runs.
 */
#ifndef ANALYSIS_ROLES_H
#define ANALYSIS_ROLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/error.h"
#include "sensor_plugin.h"

struct roles;

/* One entry of `hosts`. Texts are copied. */
struct roles_entry {
    const char *const *role;  /* `role_count` words */
    size_t role_count;
    const char *until;        /* the last day it holds, "2027-03-31" (UTC); "" for ever */
    const char *reason;       /* may be "" */
    const char *where;        /* "haetae.yaml:34" */
};

struct roles *roles_new(void);
void roles_free(struct roles *r);

/* Adds an entry for the addresses of `set`, which is then owned. False and `error` on a bad date or word, or without memory; the set
 * is freed then. */
bool roles_add(struct roles *r, struct addr_set *set, const struct roles_entry *entry, struct error *error);

/* The i-th role of an address at a time, in the order of the configuration; false past the last. `r` may be NULL. */
bool roles_of(const struct roles *r, const struct address *a, uint64_t now_ns, size_t i, struct sensor_role *out);
/* Has the address this role? `out` may be NULL. */
bool roles_have(const struct roles *r, const struct address *a, uint64_t now_ns, const char *role, struct sensor_role *out);

#endif
