/* SPDX-License-Identifier: Apache-2.0 */
/* host.c - what is remembered of each host of ours. */
#include "behaviour.h"

enum { BASELINE_FLOWS = 100 };

bool hosts_open(struct behaviour *b, uint32_t hosts_max)
{
    b->hosts = b->host->table_new(hosts_max, sizeof(struct address), sizeof(struct host_facts));
    return b->hosts != NULL;
}

struct host_facts *host_take(struct behaviour *b, const struct address *host)
{
    bool is_new;
    return b->host->table_take(b->hosts, host, &is_new);
}

void host_resolved(struct behaviour *b, const struct observation *o)
{
    struct host_facts *h = host_take(b, &o->client);
    h->last_dns_ns = o->time_ns;
    if (h->first_dns_ns == 0)
        h->first_dns_ns = o->time_ns;
}

static unsigned class_of(uint64_t bytes)
{
    unsigned class = 0;
    while (bytes > 1 && class < SIZE_CLASSES - 1) {
        bytes >>= 1;
        class++;
    }
    return class;
}

void host_sent(struct host_facts *h, uint64_t bytes)
{
    h->flows++;
    h->sent[class_of(bytes)]++;
}

uint64_t host_sends_usually(const struct host_facts *h)
{
    uint32_t above = 0;
    if (h->flows < BASELINE_FLOWS)
        return 0;
    for (unsigned class = SIZE_CLASSES; class-- > 0;) {
        above += h->sent[class];
        if (above > h->flows / 100)
            return UINT64_C(2) << class;
    }
    return 0;
}
