/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threshold.c - see threshold.h. A fixed set-associative table: 8192 sets of 8 facts. A full set forgets the fact whose window
 * began first. Forgetting too early means one alert too many, never one too few.
 */
#include "analysis/threshold.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"

#define SETS 8192u
#define WAYS 8u

struct fact {
    uint64_t hash; /* 0: free */
    uint64_t began_ns;
    uint64_t held_back;
    uint32_t alerts;
    uint32_t window_s;
};

struct thresholds {
    struct fact fact[SETS][WAYS];
    uint64_t count, lost;
};

struct thresholds *thresholds_new(void)
{
    return calloc(1, sizeof(struct thresholds));
}

void thresholds_free(struct thresholds *t)
{
    free(t);
}

static uint64_t fact_hash(const struct sighting *s, const struct address *host)
{
    struct {
        struct address host;
        uint64_t dedup;
        uint64_t sid;
    } key = {*host, hash_bytes(hash_key_fixed, s->dedup.at, s->dedup.size), s->rule->sid};
    uint64_t h = hash_bytes(hash_key_fixed, &key, sizeof key);
    return h ? h : 1;
}

static bool is_over(const struct fact *f, uint64_t now_ns)
{
    return now_ns >= f->began_ns && now_ns - f->began_ns >= f->window_s * NS_PER_S;
}

/* The fact's place: its own, a free one, or the one whose window began first. */
static struct fact *fact_take(struct thresholds *t, uint64_t hash, uint64_t now_ns)
{
    struct fact *set = t->fact[hash % SETS];
    struct fact *victim = &set[0];
    for (uint32_t i = 0; i < WAYS; i++) {
        if (set[i].hash == hash)
            return &set[i];
        if (set[i].hash == 0 ? victim->hash != 0 : victim->hash != 0 && set[i].began_ns < victim->began_ns)
            victim = &set[i];
    }
    if (victim->hash == 0)
        t->count++;
    else if (!is_over(victim, now_ns))
        t->lost++;
    *victim = (struct fact){.hash = hash};
    return victim;
}

bool thresholds_allow(struct thresholds *t, const struct sighting *s, const struct address *host, uint64_t now_ns,
                      uint64_t *held_back)
{
    *held_back = 0;
    if (s->limit == 0 || s->window_s == 0)
        return true;
    struct fact *f = fact_take(t, fact_hash(s, host), now_ns);
    if (f->alerts == 0 || is_over(f, now_ns)) {
        f->began_ns = now_ns;
        f->window_s = s->window_s;
        f->alerts = 0;
    }
    if (f->alerts >= s->limit) {
        f->held_back++;
        return false;
    }
    f->alerts++;
    *held_back = f->held_back;
    f->held_back = 0;
    return true;
}

uint64_t thresholds_count(const struct thresholds *t)
{
    return t->count;
}

uint64_t thresholds_lost(const struct thresholds *t)
{
    return t->lost;
}
