/* SPDX-License-Identifier: Apache-2.0 */
/* notes.c - see notes.h. A bounded table; a full one refuses newcomers, for the flows that are in it still live. */
#include "analysis/notes.h"

#include <stdlib.h>

#include "base/table.h"

struct notes {
    struct sensor_table *flows; /* flow id -> struct flow_note */
    uint32_t most;
    uint64_t lost;
};

struct notes *notes_new(uint32_t most)
{
    struct notes *n = calloc(1, sizeof *n);
    if (!n)
        return NULL;
    n->most = most;
    n->flows = table_new(most, sizeof(uint64_t), sizeof(struct flow_note));
    if (n->flows)
        return n;
    notes_free(n);
    return NULL;
}

void notes_free(struct notes *n)
{
    if (!n)
        return;
    table_free(n->flows);
    free(n);
}

struct flow_note *notes_find(const struct notes *n, uint64_t flow_id)
{
    return table_find(n->flows, &flow_id);
}

struct flow_note *notes_take(struct notes *n, uint64_t flow_id)
{
    struct flow_note *note = table_find(n->flows, &flow_id);
    bool is_new;
    if (note)
        return note;
    if (table_count(n->flows) == n->most) {
        n->lost++;
        return NULL;
    }
    note = table_take(n->flows, &flow_id, &is_new);
    note->flow_id = flow_id;
    return note;
}

void notes_drop(struct notes *n, uint64_t flow_id)
{
    struct flow_note *note = table_find(n->flows, &flow_id);
    if (note)
        table_drop(n->flows, note);
}

uint64_t notes_count(const struct notes *n)
{
    return table_count(n->flows);
}

uint64_t notes_lost(const struct notes *n)
{
    return n->lost;
}
