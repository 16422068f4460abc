/* SPDX-License-Identifier: Apache-2.0 */
/*
 * states.c - see states.h. A chunk is never given back before the end: what a busy hour needed, the next one will.
 */
#include "flow/states.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "flow/library.h"

#define STATE_ALIGN _Alignof(max_align_t)
#define CHUNK_SIZE  (60u * 1024u) /* freeing 64 KiB and more makes the allocator tidy up */

/* What states are cut from. */
struct states_chunk {
    struct states_chunk *next;
    uint64_t reserved;
};

_Static_assert(sizeof(struct state) % STATE_ALIGN == 0, "the library's state follows");
_Static_assert(sizeof(struct states_chunk) % STATE_ALIGN == 0, "states follow");

void states_open(struct states *all)
{
    *all = (struct states){0};
    all->named.next = all->named.previous = &all->named;
}

void states_close(struct states *all)
{
    while (all->chunks) {
        struct states_chunk *chunk = all->chunks;
        all->chunks = chunk->next;
        free(chunk);
    }
}

static size_t state_size(void)
{
    return (sizeof(struct state) + library_flow_size() + STATE_ALIGN - 1) / STATE_ALIGN * STATE_ALIGN;
}

/* States for some eighty flows at once: the allocator of a thread asks the kernel for every page of it. */
static bool more_spares(struct states *all)
{
    struct states_chunk *chunk = malloc(CHUNK_SIZE);
    if (!chunk)
        return false;
    chunk->next = all->chunks;
    all->chunks = chunk;
    for (size_t at = sizeof *chunk; at + state_size() <= CHUNK_SIZE; at += state_size()) {
        struct state *s = (struct state *)(void *)((char *)chunk + at);
        s->next = all->spare;
        all->spare = s;
    }
    return true;
}

static struct state *take_block(struct states *all)
{
    if (!all->spare && !more_spares(all))
        return NULL;
    struct state *s = all->spare;
    all->spare = s->next;
    memset(s, 0, state_size());
    return s;
}

bool states_begin(struct states *all, struct flow *f)
{
    struct state *s = take_block(all);
    if (!s)
        return false;
    *s = (struct state){.flow = f};
    f->ndpi = (struct ndpi_flow_struct *)(void *)(s + 1);
    all->live++;
    return true;
}

struct state *states_of(const struct flow *f)
{
    return (struct state *)(void *)f->ndpi - 1;
}

void states_end(struct states *all, struct flow *f)
{
    struct state *s = states_of(f);
    library_flow_clear(f->ndpi);
    if (s->next)
        states_leave(s);
    all->held -= s->held;
    s->next = all->spare;
    all->spare = s;
    f->ndpi = NULL;
    all->live--;
}

void states_wait(struct states *all, struct state *s)
{
    s->next = &all->named;
    s->previous = all->named.previous;
    s->previous->next = s->next->previous = s;
}

void states_leave(struct state *s)
{
    s->previous->next = s->next;
    s->next->previous = s->previous;
}
