/* SPDX-License-Identifier: Apache-2.0 */
/* settings_roles.c - the list `hosts`: which addresses have which roles, until when and why. */
#include <stdio.h>
#include <string.h>

#include "run/settings.h"

#define ROLES_MAX    32
#define ADDRESS_SIZE 8192 /* bytes of one entry's addresses together */

/* All addresses of an entry as one bracketed text. */
static bool join_addresses(const struct config *c, size_t entry, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "[");
    size_t count = config_count(c, "hosts.%zu.address", entry);
    for (size_t i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? "," : "", config_item(c, i, "hosts.%zu.address", entry));
    if (used < size)
        used += (size_t)snprintf(out + used, size - used, "]");
    return used < size;
}

static bool add_entry(struct roles *r, const struct config *c, size_t entry, struct error *error)
{
    const char *role[ROLES_MAX + 1];
    char text[ADDRESS_SIZE], path[64], where[512];
    struct error why = {{0}};
    snprintf(path, sizeof path, "hosts.%zu", entry);
    size_t count = config_count(c, "hosts.%zu.roles", entry);
    for (size_t i = 0; i < count && i <= ROLES_MAX; i++)
        role[i] = config_item(c, i, "hosts.%zu.roles", entry);
    struct roles_entry from = {.role = role,
                               .role_count = count,
                               .until = config_text(c, "hosts.%zu.until", entry),
                               .reason = config_text(c, "hosts.%zu.reason", entry),
                               .where = config_where(c, path, where, sizeof where)};
    struct addr_set *set = NULL;
    if (join_addresses(c, entry, text, sizeof text))
        set = config_addresses(c, text, &why);
    else
        error_set(&why, "address: more than %d bytes; use a group of vars.address-groups", ADDRESS_SIZE);
    if (set && roles_add(r, set, &from, &why))
        return true;
    return config_complain(c, error, path, "%s", why.text);
}

struct roles *settings_roles(const struct config *c, struct error *error)
{
    struct roles *r = roles_new();
    size_t count = config_count(c, "hosts");
    if (!r)
        error_set(error, "out of memory");
    for (size_t i = 0; r && i < count; i++)
        if (!add_entry(r, c, i, error)) {
            roles_free(r);
            return NULL;
        }
    return r;
}
