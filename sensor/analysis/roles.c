/* SPDX-License-Identifier: Apache-2.0 */
/* roles.c - see roles.h. A plain list: it is asked only where something was seen already. */
#include "analysis/roles.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define ROLES_MAX 32u /* of one entry */

struct entry {
    struct addr_set *set;
    char *role[ROLES_MAX];
    size_t role_count;
    uint64_t over_ns; /* first moment it does not hold any more */
    char *until, *reason, *where;
};

struct roles {
    struct entry *entry;
    size_t count;
};

struct roles *roles_new(void)
{
    return calloc(1, sizeof(struct roles));
}

static void entry_free(struct entry *e)
{
    addr_set_free(e->set);
    for (size_t i = 0; i < e->role_count; i++)
        free(e->role[i]);
    free(e->until);
    free(e->reason);
    free(e->where);
}

void roles_free(struct roles *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++)
        entry_free(&r->entry[i]);
    free(r->entry);
    free(r);
}

static bool is_role(const char *word)
{
    size_t size = strlen(word);
    return size > 0 && size < 32 && strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_-") == size;
}

static bool fill(struct entry *e, const struct roles_entry *from, struct error *error)
{
    uint64_t day_ns = 0;
    e->over_ns = UINT64_MAX;
    if (*from->until && !clock_day(from->until, &day_ns))
        return error_set(error, "until: '%.40s' is no day; write it like 2027-03-31", from->until);
    if (*from->until)
        e->over_ns = day_ns + NS_PER_DAY;
    if (from->role_count == 0 || from->role_count > ROLES_MAX)
        return error_set(error, "roles: name one to %u roles, like [trading]", ROLES_MAX);
    for (size_t i = 0; i < from->role_count; i++) {
        if (!is_role(from->role[i]))
            return error_set(error, "roles: '%.40s': a role is made of a-z, 0-9, _ and -, at most 31", from->role[i]);
        if (!(e->role[e->role_count] = strdup(from->role[i])))
            return error_set(error, "out of memory");
        e->role_count++;
    }
    e->until = strdup(from->until);
    e->reason = strdup(from->reason);
    e->where = strdup(from->where);
    return (e->until && e->reason && e->where) || error_set(error, "out of memory");
}

bool roles_add(struct roles *r, struct addr_set *set, const struct roles_entry *from, struct error *error)
{
    struct entry fresh = {.set = set};
    struct entry *grown = realloc(r->entry, (r->count + 1) * sizeof *grown);
    if (grown)
        r->entry = grown;
    if (!grown || !fill(&fresh, from, error)) {
        entry_free(&fresh);
        return grown ? false : error_set(error, "out of memory");
    }
    r->entry[r->count++] = fresh;
    return true;
}

static void tell(const struct entry *e, size_t i, struct sensor_role *out)
{
    *out = (struct sensor_role){.role = e->role[i], .reason = e->reason, .until = e->until, .where = e->where};
}

bool roles_of(const struct roles *r, const struct address *a, uint64_t now_ns, size_t i, struct sensor_role *out)
{
    for (size_t n = 0; r && n < r->count; n++) {
        const struct entry *e = &r->entry[n];
        if (now_ns >= e->over_ns || !addr_set_holds(e->set, a))
            continue;
        if (i < e->role_count) {
            tell(e, i, out);
            return true;
        }
        i -= e->role_count;
    }
    return false;
}

bool roles_have(const struct roles *r, const struct address *a, uint64_t now_ns, const char *role, struct sensor_role *out)
{
    struct sensor_role have;
    for (size_t i = 0; roles_of(r, a, now_ns, i, &have); i++) {
        if (strcmp(have.role, role) != 0)
            continue;
        if (out)
            *out = have;
        return true;
    }
    return false;
}
