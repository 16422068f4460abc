/* SPDX-License-Identifier: Apache-2.0 */
/* state_bytes.c - see state_bytes.h. */
#include "base/state_bytes.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"

#define ROOM_LEAST 4096u

/* ----------------------------------------------------------------- writing */

static bool grow(struct state_writer *p, size_t size)
{
    size_t room = p->room > 0 ? p->room : ROOM_LEAST;
    if (p->full || size > p->most - p->size)
        return false;
    while (room < p->size + size)
        room *= 2;
    uint8_t *grown = room > p->room ? realloc(p->bytes, room) : p->bytes;
    if (grown == NULL)
        return false;
    p->bytes = grown;
    p->room = room;
    return true;
}

void state_put(struct state_writer *p, const void *bytes, size_t size)
{
    if (size == 0)
        return;
    if (!grow(p, size)) {
        p->full = true;
        return;
    }
    memcpy(p->bytes + p->size, bytes, size);
    p->size += size;
}

void state_put_text(struct state_writer *p, struct slice text)
{
    uint8_t size = (uint8_t)(text.size < UINT8_MAX ? text.size : UINT8_MAX);
    state_put(p, &size, 1);
    state_put(p, text.at, size);
}

static size_t put_number(struct state_writer *p)
{
    size_t at = p->size;
    uint32_t number = 0;
    state_put(p, &number, sizeof number);
    return at;
}

size_t state_list(struct state_writer *p)
{
    return put_number(p);
}

size_t state_entry(struct state_writer *p)
{
    return put_number(p);
}

bool state_entry_end(struct state_writer *p, size_t list, size_t entry)
{
    uint32_t count, size;
    if (p->full) {
        p->size = entry < p->size ? entry : p->size;
        return false;
    }
    size = (uint32_t)(p->size - entry - sizeof size);
    memcpy(p->bytes + entry, &size, sizeof size);
    memcpy(&count, p->bytes + list, sizeof count);
    count++;
    memcpy(p->bytes + list, &count, sizeof count);
    return true;
}

/* ----------------------------------------------------------------- reading */

static struct slice take(struct state_reader *r, size_t size)
{
    struct slice got = {r->rest.at, size};
    if (r->bad || size > r->rest.size) {
        r->bad = true;
        return (struct slice){NULL, 0};
    }
    r->rest = (struct slice){r->rest.at + size, r->rest.size - size};
    return got;
}

void state_read(struct state_reader *r, void *out, size_t size)
{
    struct slice got = take(r, size);
    if (got.size > 0)
        memcpy(out, got.at, size);
}

struct slice state_read_text(struct state_reader *r)
{
    uint8_t size = 0;
    state_read(r, &size, sizeof size);
    return take(r, size);
}

struct slice *state_read_list(struct state_reader *r, uint32_t *count)
{
    uint32_t size = 0;
    *count = 0;
    state_read(r, count, sizeof *count);
    r->bad |= *count > r->rest.size / sizeof size;
    struct slice *entry = r->bad || *count == 0 ? NULL : calloc(*count, sizeof *entry);
    for (uint32_t i = *count; entry != NULL && i-- > 0;) {
        state_read(r, &size, sizeof size);
        entry[i] = take(r, size);
    }
    r->bad |= entry == NULL && *count > 0;
    if (!r->bad)
        return entry;
    free(entry);
    *count = 0;
    return NULL;
}

/* ------------------------------------------------------------------ tables */

/* Values end in zeros more often than not: rings that are half empty, short names. */
static size_t used_size(const uint8_t *value, size_t size)
{
    while (size > 0 && value[size - 1] == 0)
        size--;
    return size;
}

bool state_put_table(struct state_writer *p, const struct sensor_table *t, size_t share)
{
    const uint64_t sizes[2] = {table_key_size(t), table_value_size(t)};
    const size_t most = p->most;
    const void *key;
    p->most = share < most - p->size ? p->size + share : most;
    state_put(p, sizes, sizeof sizes);
    size_t list = state_list(p);
    for (const void *value = NULL; !p->full && (value = table_next(t, value, &key)) != NULL;) {
        size_t entry = state_entry(p);
        state_put(p, key, sizes[0]);
        state_put(p, value, used_size(value, sizes[1]));
        state_entry_end(p, list, entry);
    }
    bool whole = !p->full;
    p->full = false;
    p->most = most;
    return whole;
}

static bool fits(const struct slice *entry, uint32_t count, const uint64_t sizes[2])
{
    for (uint32_t i = 0; i < count; i++)
        if (entry[i].size < sizes[0] || entry[i].size - sizes[0] > sizes[1])
            return false;
    return true;
}

bool state_read_table(struct state_reader *r, struct sensor_table *t)
{
    uint64_t sizes[2] = {0};
    uint32_t count;
    bool is_new;
    state_read(r, sizes, sizeof sizes);
    struct slice *entry = state_read_list(r, &count);
    bool good = !r->bad && sizes[0] == table_key_size(t) && sizes[1] == table_value_size(t) && fits(entry, count, sizes);
    for (uint32_t i = 0; good && i < count; i++) {
        void *value = table_take(t, entry[i].at, &is_new);
        memcpy(value, entry[i].at + sizes[0], entry[i].size - sizes[0]);
    }
    r->bad |= !good;
    free(entry);
    return good;
}
