/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names_state.c - what was resolved outlives the process: see names.h. The bytes are two lists, of the pairs and of the addresses; an
 * entry is the key, how many links, and for each link its times and its three texts. In the machine's byte order.
 */
#include "analysis/names_inside.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/host.h"
#include "base/clock.h"
#include "base/state_bytes.h"

#define STATE_NAME    "passive-dns"
#define STATE_VERSION 1u
#define STATE_MOST    (64u << 20) /* bytes */
#define KEEP_NS       (3600 * NS_PER_S)

struct saved_link {
    uint64_t first_ns, last_ns;
    uint32_t ttl_s;
    uint8_t unsolicited, hint;
    uint8_t reserved[2];
};

/* ----------------------------------------------------------------- writing */

static void put_link(struct state_writer *p, const struct words *words, const struct link *l)
{
    const struct saved_link saved = {
        .first_ns = l->first_ns, .last_ns = l->last_ns, .ttl_s = l->ttl_s, .unsolicited = l->unsolicited, .hint = l->hint};
    state_put(p, &saved, sizeof saved);
    state_put_text(p, words_text(words, l->name));
    state_put_text(p, words_text(words, l->leaf));
    state_put_text(p, words_text(words, l->resolver));
}

static void put_table(struct state_writer *p, const struct names *n, const struct sensor_table *t)
{
    const void *key;
    size_t list = state_list(p);
    for (const struct links *l = NULL; !p->full && (l = table_next(t, l, &key)) != NULL;) {
        size_t entry = state_entry(p);
        state_put(p, key, table_key_size(t));
        state_put(p, &l->count, sizeof l->count);
        for (uint32_t i = 0; i < l->count; i++)
            put_link(p, n->words, &links_first(l)[i]);
        state_entry_end(p, list, entry);
    }
    p->full = false;
}

void names_save(const struct names *n)
{
    struct state_writer p = {.most = STATE_MOST / 2};
    if (n->options.host == NULL || n->options.host->state_save == NULL || !host_keeps_state())
        return;
    put_table(&p, n, n->pairs);
    p.most = STATE_MOST;
    put_table(&p, n, n->addresses);
    n->options.host->state_save(STATE_NAME, STATE_VERSION, (struct slice){p.bytes, p.size});
    free(p.bytes);
}

void names_keep(struct names *n, uint64_t now_ns)
{
    if (n->kept_ns == 0)
        n->kept_ns = now_ns;
    if (now_ns < n->kept_ns + KEEP_NS)
        return;
    n->kept_ns = now_ns;
    names_save(n);
}

/* ----------------------------------------------------------------- reading */

static void read_link(struct state_reader *r, struct words *words, struct link *out)
{
    struct saved_link saved = {.first_ns = 0};
    state_read(r, &saved, sizeof saved);
    struct slice name = state_read_text(r), leaf = state_read_text(r), resolver = state_read_text(r);
    r->bad |= name.size == 0 || saved.first_ns > saved.last_ns;
    if (r->bad)
        return;
    *out = (struct link){.name = words_take(words, name),
                         .leaf = words_take(words, leaf),
                         .resolver = words_take(words, resolver),
                         .ttl_s = saved.ttl_s,
                         .first_ns = saved.first_ns,
                         .last_ns = saved.last_ns,
                         .unsolicited = saved.unsolicited,
                         .hint = saved.hint};
}

static bool read_links(struct names *n, struct sensor_table *t, struct slice entry, uint32_t most)
{
    struct state_reader r = {.rest = entry};
    uint8_t key[sizeof(struct pair_key)];
    uint32_t count = 0;
    bool is_new;
    state_read(&r, key, table_key_size(t));
    state_read(&r, &count, sizeof count);
    if (r.bad || count == 0 || count > most)
        return false;
    struct links *l = table_take(t, key, &is_new);
    struct link *many = is_new && count > 1 ? calloc(count, sizeof *many) : NULL;
    if (!is_new || (count > 1 && !many))
        return false;
    if (many) {
        l->many = many;
        l->room = count;
    }
    for (; l->count < count && !r.bad; l->count += !r.bad)
        read_link(&r, n->words, &links_first(l)[l->count]);
    return !r.bad && r.rest.size == 0;
}

static bool read_table(struct names *n, struct state_reader *r, struct sensor_table *t, uint32_t most)
{
    uint32_t count;
    struct slice *entry = state_read_list(r, &count);
    for (uint32_t i = 0; i < count && !r->bad; i++)
        r->bad |= !read_links(n, t, entry[i], most);
    free(entry);
    return !r->bad;
}

static void empty(struct sensor_table *t)
{
    for (void *value; (value = table_next(t, NULL, NULL)) != NULL;)
        table_drop(t, value);
}

static bool take_state(void *arg, struct slice bytes)
{
    struct names *n = arg;
    struct state_reader r = {.rest = bytes};
    if (read_table(n, &r, n->pairs, NAMES_OF_CLIENT_MAX) && read_table(n, &r, n->addresses, NAMES_OF_ADDRESS_MAX) && r.rest.size == 0)
        return true;
    empty(n->pairs);
    empty(n->addresses);
    return false;
}

void names_load(struct names *n)
{
    if (n->options.host != NULL && n->options.host->state_load != NULL)
        n->options.host->state_load(STATE_NAME, STATE_VERSION, take_state, n);
}
