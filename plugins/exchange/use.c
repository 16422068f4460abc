/* SPDX-License-Identifier: Apache-2.0 */
/*
 * use.c - who uses which exchange: since when, how often, how much. Kept over restarts, so that "never before" means something.
 */
#include "exchange.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_S UINT64_C(1000000000)
#define DAY_NS   (86400 * NS_PER_S)
#define HOUR_NS  (3600 * NS_PER_S)

enum { STATE_VERSION = 1, SAVED_MAX = EXCHANGE_USES_MAX };

struct use_key {
    struct address host;
    char slug[EXCHANGE_SLUG_MAX];
};

/* One entry of the saved state, in the machine's byte order; behind a head of two uint64_t: since when, how many. */
struct saved {
    struct use_key key;
    uint64_t first_ns, last_ns, flows, requests, bytes_out, bytes_in;
    uint32_t days, day;
};

static bool take_state(void *arg, struct slice bytes)
{
    struct exchange *x = arg;
    uint64_t head[2];
    struct saved s;
    if (bytes.size < sizeof head)
        return false;
    memcpy(head, bytes.at, sizeof head);
    if (head[1] > SAVED_MAX || bytes.size != sizeof head + head[1] * sizeof s)
        return false;
    for (uint64_t i = 0; i < head[1]; i++) {
        bool is_new;
        memcpy(&s, bytes.at + sizeof head + i * sizeof s, sizeof s);
        if (memchr(s.key.slug, '\0', sizeof s.key.slug) == NULL)
            return false;
        struct exchange_use *u = x->host->table_take(x->uses, &s.key, &is_new);
        *u = (struct exchange_use){.first_ns = s.first_ns,
                                   .last_ns = s.last_ns,
                                   .flows = s.flows,
                                   .requests = s.requests,
                                   .bytes_out = s.bytes_out,
                                   .bytes_in = s.bytes_in,
                                   .days = s.days,
                                   .day = s.day};
    }
    x->learning_since_ns = head[0];
    return true;
}

bool exchange_uses_open(struct exchange *x, uint32_t uses_max)
{
    x->uses = x->host->table_new(uses_max, sizeof(struct use_key), sizeof(struct exchange_use));
    if (x->uses != NULL)
        x->host->state_load("exchange", STATE_VERSION, take_state, x);
    return x->uses != NULL;
}

/* The oldest use first, so that reading it back gives the same order. */
static uint8_t *write_state(const struct exchange *x, size_t *size)
{
    uint64_t head[2] = {x->learning_since_ns, x->host->table_count(x->uses)};
    *size = sizeof head + head[1] * sizeof(struct saved);
    uint8_t *bytes = malloc(*size), *at = bytes != NULL ? bytes + *size : NULL;
    const void *key;
    if (bytes == NULL)
        return NULL;
    memcpy(bytes, head, sizeof head);
    for (const struct exchange_use *u = NULL; (u = x->host->table_next(x->uses, u, &key)) != NULL;) {
        struct saved s;
        memset(&s, 0, sizeof s);
        memcpy(&s.key, key, sizeof s.key);
        s.first_ns = u->first_ns, s.last_ns = u->last_ns, s.flows = u->flows, s.requests = u->requests;
        s.bytes_out = u->bytes_out, s.bytes_in = u->bytes_in, s.days = u->days, s.day = u->day;
        at -= sizeof s;
        memcpy(at, &s, sizeof s);
    }
    return bytes;
}

static void save(struct exchange *x)
{
    size_t size = 0;
    uint8_t *bytes = x->changed ? write_state(x, &size) : NULL;
    if (bytes != NULL)
        x->host->state_save("exchange", STATE_VERSION, (struct slice){bytes, size});
    x->changed = false;
    free(bytes);
}

void exchange_uses_save(struct exchange *x, uint64_t now_ns)
{
    if (now_ns < x->saved_ns + HOUR_NS)
        return;
    x->saved_ns = now_ns;
    save(x);
}

void exchange_uses_close(struct exchange *x)
{
    if (x->uses != NULL)
        save(x);
    x->host->table_free(x->uses);
}

struct exchange_use *exchange_use_of(struct exchange *x, const struct address *host, const char *slug)
{
    struct use_key key = {.host = *host};
    bool is_new;
    memcpy(key.slug, slug, strlen(slug));
    return x->host->table_take(x->uses, &key, &is_new);
}

void exchange_use_began(struct exchange *x, struct exchange_use *u, const struct observation *o)
{
    uint64_t ns = o->start_ns;
    uint32_t day = (uint32_t)(ns / DAY_NS);
    if (x->learning_since_ns == 0)
        x->learning_since_ns = ns;
    if (u->first_ns == 0)
        u->first_ns = ns;
    if (u->days == 0 || u->day != day)
        u->days++;
    u->day = day;
    u->last_ns = o->time_ns;
    u->start_ns[u->starts++ % EXCHANGE_RHYTHM_MAX] = ns;
    x->changed = true;
}

void exchange_use_ended(struct exchange *x, struct exchange_use *u, const struct observation *o)
{
    u->flows++;
    u->bytes_out += o->bytes[TO_SERVER];
    u->bytes_in += o->bytes[TO_CLIENT];
    x->changed = true;
}

bool exchange_use_is_told(const struct exchange *x, const struct exchange_use *u, uint64_t ns)
{
    return u->alerted_ns != 0 && ns >= u->alerted_ns && ns - u->alerted_ns < x->window_s * NS_PER_S;
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* All intervals within a quarter of their median, which is a second or more. */
bool exchange_use_is_even(const struct exchange_use *u, uint64_t *median_s)
{
    enum { INTERVALS = EXCHANGE_RHYTHM_MAX - 1 };
    uint64_t interval[INTERVALS];
    if (u->starts < EXCHANGE_RHYTHM_MAX)
        return false;
    for (uint32_t i = 0; i < INTERVALS; i++) {
        uint64_t a = u->start_ns[(u->starts + i) % EXCHANGE_RHYTHM_MAX], b = u->start_ns[(u->starts + i + 1) % EXCHANGE_RHYTHM_MAX];
        interval[i] = b > a ? b - a : 0;
    }
    qsort(interval, INTERVALS, sizeof *interval, by_size);
    uint64_t median = interval[INTERVALS / 2], slack = median / 4;
    *median_s = median / NS_PER_S;
    return median >= NS_PER_S && interval[0] >= median - slack && interval[INTERVALS - 1] <= median + slack;
}
