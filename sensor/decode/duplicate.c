/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duplicate.c - see duplicate.h. A table of sets of eight: two cache lines each, the newest entry first, so that a copy is
 * found unless eight others of its share fell into its set in between.
 *
 * Which set is public arithmetic, so that what is forgotten depends on the frames alone and a file gives the same events on every
 * run. Equality is decided by 64 bits under a secret key: nobody can make two packets that look alike.
 */
#include "decode/duplicate.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "decode/cursor.h"
#include "decode/layers.h"

#define SET_BITS  10
#define SETS      (1u << SET_BITS)
#define WAYS      8u
#define VLAN_BITS 12
#define VLANS     (1u << VLAN_BITS) /* conversations with two stacks of VLAN ids */
#define KEYS      8u
#define NS_IN_US  1000u

#define WINDOW_US       50000u
#define WINDOW_BARE_US  2000u
#define WINDOW_TIGHT_US 20u

struct entry {
    uint64_t hash;
    uint64_t time_us : 48;
    uint64_t path : 16; /* hop limit and VLAN ids: where it was seen */
};

/* A conversation, and the VLAN ids its packets shall have. */
struct settled {
    uint64_t conversation; /* 0: a free place */
    uint16_t vlan[3];
    uint8_t vlan_count;
};

struct duplicates {
    struct entry set[SETS][WAYS];
    uint64_t key[KEYS];
    uint16_t vlan_of[SETS][WAYS][3]; /* beside the entries: of use only when a copy was found */
    uint8_t vlan_count_of[SETS][WAYS];
    struct settled settled[VLANS];
    bool any_settled;
};

_Static_assert(sizeof(struct entry) * WAYS == 128, "a set is two cache lines");
_Static_assert(SHARE_BITS <= SET_BITS, "the share, then a number of the packet's own");
_Static_assert(SHARE_BITS <= VLAN_BITS, "conversations that meet in one place are of one share");

struct duplicates *duplicates_new(struct error *error)
{
    struct duplicates *d = aligned_alloc(64, (sizeof *d + 63) / 64 * 64);
    if (!d) {
        error_set(error, "out of memory for duplicates");
        return NULL;
    }
    memset(d, 0, sizeof *d);
    for (unsigned i = 0; i < KEYS; i += 2) {
        struct hash_key fresh = hash_key_random();
        d->key[i] = fresh.k0;
        d->key[i + 1] = fresh.k1;
    }
    return d;
}

void duplicates_free(struct duplicates *d)
{
    free(d);
}

/* ------------------------------------------------------------------ identity */

static uint64_t load(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, 8);
    return word;
}

/* Sixteen bytes at a time; where that does not come out even, the last sixteen once more: they need no copy. */
static uint64_t hash_region(const uint64_t *key, uint64_t h, const uint8_t *at, size_t size)
{
    uint8_t tail[16] = {0};
    if (size < sizeof tail) {
        memcpy(tail, at, size);
        return hash_fold(load(tail) ^ key[2], load(tail + 8) ^ h);
    }
    const uint8_t *last = at + size - 16;
    for (; at < last; at += 16)
        h = hash_fold(load(at) ^ key[1], load(at + 8) ^ h);
    return hash_fold(load(last) ^ key[2], load(last + 8) ^ h);
}

static size_t payload_of_interest(const struct packet *p)
{
    size_t most = DUPLICATE_PAYLOAD;
    if (p->proto == IP_TCP)
        most = DUPLICATE_PAYLOAD_TCP;
    else if (p->proto == IP_UDP && p->payload.size > 0 && p->payload.at[0] >= 0xc0)
        return p->payload.size;
    return p->payload.size < most ? p->payload.size : most;
}

/* What the network leaves alone: of IPv4 all but type of service, time to live and checksum; of IPv6 all but the first word and the hop
 * limit. `bare`: there is no identification. */
static uint64_t hash_packet(const struct duplicates *d, const struct packet *p, uint64_t ends, uint32_t *set, bool *bare)
{
    const uint8_t *ip = p->l3.at;
    const uint64_t *key = d->key;
    uint64_t h, public;
    size_t head;
    if (p->ip_version == 4) {
        uint64_t about = (uint64_t)read_u32(ip + 4) << 32 | (uint64_t)read_u16(ip + 2) << 16 | (uint64_t)ip[9] << 8 | ip[0];
        h = hash_fold(about ^ key[0], load(ip + 12) ^ key[3]);
        public = about ^ load(ip + 12);
        head = (ip[0] & 0x0fu) * 4u;
        *bare = read_u16(ip + 4) == 0;
    } else {
        h = hash_fold(load(ip + 8) ^ key[0], load(ip + 16) ^ (read_u32(ip + 4) >> 8));
        h = hash_fold(load(ip + 24) ^ key[3], load(ip + 32) ^ h);
        public = load(ip + 16) ^ load(ip + 32) ^ ip[5];
        head = 40;
        *bare = !p->fragment;
    }
    const uint8_t *behind = ip + head, *end = p->payload.at + payload_of_interest(p);
    size_t size = end > behind ? (size_t)(end - behind) : 0;
    for (size_t i = 0; i + 8 <= size && i < 24; i += 8) /* ports, numbers, checksum */
    public = (public ^ load(behind + i)) * UINT64_C(0x9e3779b97f4a7c15);
    *set = (uint32_t)(share_of(ends) << (SET_BITS - SHARE_BITS) | public >> (64 - SET_BITS + SHARE_BITS));
    __builtin_prefetch(d->set[*set]);
    return hash_region(key, h ^ size, behind, size);
}

static uint16_t path_of(const struct packet *p)
{
    uint32_t path = p->ttl;
    for (unsigned i = 0; i < p->vlan_count; i++)
        path = path * 31 + p->vlan[i] + 256;
    return (uint16_t)path;
}

/* The option of RFC 7323 3.2, somewhere in the TCP header. */
static bool has_time_stamps(const struct packet *p)
{
    const uint8_t *at = p->l3.at + (p->ip_version == 4 ? (p->l3.at[0] & 0x0fu) * 4u : 40u) + 20;
    while (at + 1 < p->payload.at && *at != 0) {
        if (*at == 8)
            return true;
        uint8_t size = *at == 1 ? 1 : at[1];
        if (size == 0)
            return false;
        at += size;
    }
    return false;
}

/* 0: each is a packet of its own. A host answers every segment it does not want with the same reset. */
static uint64_t window_of(const struct packet *p, bool bare, bool same_path)
{
    if (!bare)
        return WINDOW_US;
    if (p->proto == IP_TCP && same_path && (p->tcp_flags & TCP_RST) != 0)
        return 0;
    return p->proto == IP_TCP && same_path && !has_time_stamps(p) ? WINDOW_TIGHT_US : WINDOW_BARE_US;
}

/* ---------------------------------------------------------------------- VLAN */

static uint64_t conversation_of(const struct duplicates *d, const struct packet *p)
{
    const uint64_t *key = d->key;
    uint64_t ends[2];
    for (unsigned i = 0; i < 2; i++) {
        const struct address *a = i ? &p->dst : &p->src;
        uint16_t port = i ? p->dst_port : p->src_port;
        ends[i] = hash_fold(load(a->bytes) ^ key[4], load(a->bytes + 8) ^ key[5]) + hash_fold(port ^ key[6], p->proto ^ key[7]);
    }
    uint64_t both = ends[0] + ends[1];
    return both ? both : 1;
}

/* A copy came with other ids than the first packet had. */
static void settle(struct duplicates *d, struct packet *p, struct settled *s, const uint16_t vlan[3], uint8_t vlan_count)
{
    if (vlan_count == p->vlan_count && memcmp(vlan, p->vlan, sizeof p->vlan[0] * vlan_count) == 0)
        return;
    p->vlan_count = vlan_count;
    memset(p->vlan, 0, sizeof p->vlan);
    memcpy(p->vlan, vlan, sizeof p->vlan[0] * vlan_count);
    uint64_t conversation = conversation_of(d, p);
    if (s->conversation == conversation)
        return;
    *s = (struct settled){.conversation = conversation, .vlan_count = vlan_count};
    memcpy(s->vlan, vlan, sizeof s->vlan[0] * vlan_count);
    d->any_settled = true;
}

static void apply_settled(const struct duplicates *d, const struct settled *s, struct packet *p)
{
    if (!s->conversation || s->conversation != conversation_of(d, p))
        return;
    memcpy(p->vlan, s->vlan, sizeof p->vlan);
    p->vlan_count = s->vlan_count;
}

/* --------------------------------------------------------------------- seeing */

static void remember(struct duplicates *d, uint32_t set, struct entry entry, const struct packet *p)
{
    struct entry *e = d->set[set];
    for (unsigned i = WAYS - 1; i > 0; i--) /* a few vector moves; memmove would be called */
        e[i] = e[i - 1];
    e[0] = entry;
    if (p->vlan_count == 0 && memcmp(d->vlan_count_of[set], (const uint8_t[WAYS]){0}, WAYS) == 0)
        return; /* no ids to move along */
    memmove(&d->vlan_of[set][1], &d->vlan_of[set][0], sizeof d->vlan_of[set][0] * (WAYS - 1));
    memmove(&d->vlan_count_of[set][1], &d->vlan_count_of[set][0], sizeof d->vlan_count_of[set][0] * (WAYS - 1));
    memcpy(d->vlan_of[set][0], p->vlan, sizeof p->vlan);
    d->vlan_count_of[set][0] = p->vlan_count;
}

bool duplicates_see(struct duplicates *d, struct packet *p, uint64_t ends)
{
    struct settled *settled = &d->settled[ends >> (64 - VLAN_BITS)];
    uint32_t set;
    bool bare;
    struct entry fresh = {.hash = hash_packet(d, p, ends, &set, &bare)};
    fresh.time_us = p->time_ns / NS_IN_US & ((UINT64_C(1) << 48) - 1);
    fresh.path = path_of(p);
    if (d->any_settled)
        apply_settled(d, settled, p);
    for (unsigned i = 0; i < WAYS; i++) {
        const struct entry *e = &d->set[set][i];
        if (e->hash != fresh.hash)
            continue;
        uint64_t apart = fresh.time_us > e->time_us ? fresh.time_us - e->time_us : e->time_us - fresh.time_us;
        uint64_t window = window_of(p, bare, e->path == fresh.path);
        if (window == 0 || apart > window)
            continue;
        settle(d, p, settled, d->vlan_of[set][i], d->vlan_count_of[set][i]);
        return true;
    }
    remember(d, set, fresh, p);
    return false;
}
