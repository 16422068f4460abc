/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notes.c - see notes.h. A fixed array of chains; flow ids are hashes already, so they index it as they are. They derive from a
 * public key, though, so somebody could aim at one chain: chains are bounded.
 */
#include "analysis/notes.h"

#include <stdlib.h>

#define BUCKETS   4096u
#define CHAIN_MAX 64u

struct node {
    struct node *next;
    struct flow_note note;
};

struct notes {
    struct node *bucket[BUCKETS];
    uint32_t most;
    uint64_t count, lost;
};

struct notes *notes_new(uint32_t most)
{
    struct notes *n = calloc(1, sizeof *n);
    if (n)
        n->most = most;
    return n;
}

void notes_free(struct notes *n)
{
    if (!n)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        while (n->bucket[i]) {
            struct node *next = n->bucket[i]->next;
            free(n->bucket[i]);
            n->bucket[i] = next;
        }
    free(n);
}

/* The link that points to the flow's node, or the chain's last link; *depth counts the nodes passed. */
static struct node **link_of(const struct notes *n, uint64_t flow_id, uint32_t *depth)
{
    struct node **link = (struct node **)&n->bucket[flow_id % BUCKETS];
    for (*depth = 0; *link && (*link)->note.flow_id != flow_id; ++*depth)
        link = &(*link)->next;
    return link;
}

struct flow_note *notes_find(const struct notes *n, uint64_t flow_id)
{
    if (n->count == 0)
        return NULL;
    uint32_t depth;
    struct node *node = *link_of(n, flow_id, &depth);
    return node ? &node->note : NULL;
}

struct flow_note *notes_take(struct notes *n, uint64_t flow_id)
{
    uint32_t depth;
    struct node **link = link_of(n, flow_id, &depth);
    if (*link)
        return &(*link)->note;
    struct node *node = n->count < n->most && depth < CHAIN_MAX ? calloc(1, sizeof *node) : NULL;
    if (!node) {
        n->lost++;
        return NULL;
    }
    node->note.flow_id = flow_id;
    *link = node;
    n->count++;
    return &node->note;
}

void notes_drop(struct notes *n, uint64_t flow_id)
{
    if (n->count == 0)
        return;
    uint32_t depth;
    struct node **link = link_of(n, flow_id, &depth);
    struct node *node = *link;
    if (!node)
        return;
    *link = node->next;
    free(node);
    n->count--;
}

uint64_t notes_count(const struct notes *n)
{
    return n->count;
}

uint64_t notes_lost(const struct notes *n)
{
    return n->lost;
}
