/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fragment.c - see fragment.h. Contents lie in chunks of 2 KiB from one pool, with a bit for each block of 8 bytes: offsets
 * are multiples of 8, so a piece costs what its own bytes cost, however small and many pieces are, and nothing is sorted.
 *
 * Records are in a hash table with a secret key and in a list by age, which is both the queue of time-outs and the
 * order of eviction. Sources: RFC 791 3.2, RFC 815, RFC 8200 4.5; RFC 5722 and RFC 8504 on overlaps, which hosts drop: a
 * sensor that dropped them could be blinded, so it keeps what came first and counts.
 */
#include "decode/fragment.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"

#define BLOCK        8u
#define CHUNK        2048u
#define CHUNK_BLOCKS (CHUNK / BLOCK)
#define CHUNKS_MOST  ((FRAGMENT_DATAGRAM_MAX + CHUNK) / CHUNK) /* of one datagram */
#define NOT_CUT      UINT32_MAX

const struct fragment_options fragment_options_default = {.datagram_max = 8192, .memory_max = 16u * 1024 * 1024, .timeout_s = 30};

_Static_assert(sizeof(struct fragment_key) == 44, "a hole in the key would be hashed");

struct chunk {
    uint32_t next; /* of the free ones */
    uint64_t have[CHUNK_BLOCKS / 64];
    uint8_t bytes[CHUNK];
};

/* An incomplete datagram. Index 0 of the records is nobody, and the anchor of the list by age. */
struct record {
    struct fragment_key key;
    uint32_t next; /* of the bucket's chain, or of the free ones */
    uint32_t older, newer;
    uint64_t first_ns;
    uint32_t size;        /* of the whole, 0 until its last piece has come */
    uint32_t reach;       /* end of the farthest piece */
    uint32_t block_count; /* blocks at hand */
    uint32_t cut_at;      /* from here on bytes are missing */
    uint32_t frames, frame_bytes;
    uint8_t proto;
    bool has_beginning; /* the piece at 0 has come: `header` and, with is_packet, `first` are filled */
    bool is_packet;
    uint8_t header_size;
    uint8_t header[FRAGMENT_HEADER_MAX];
    uint32_t chunk[CHUNKS_MOST]; /* 0 for none */
    struct packet first;         /* the piece at 0 */
};

/* A slab that is touched as it fills: index 0 is nobody. */
struct slab {
    uint32_t used, free, count; /* `used` counts index 0 */
};

struct fragments {
    struct fragment_options options;
    struct fragment_counters counters;
    struct hash_key hash_key;
    struct record *records;
    struct chunk *chunks;
    struct slab record_slab, chunk_slab;
    uint32_t records_held, chunks_held;
    uint32_t *buckets;
    uint32_t bucket_mask;
};

/* -------------------------------------------------------------- life cycle */

static bool check_options(const struct fragment_options *o, struct error *error)
{
    if (o->datagram_max < 16 || o->datagram_max > 65536)
        return error_set(error, "fragments: %u incomplete datagrams; give 16 to 65536", o->datagram_max);
    if (o->memory_max < 128u * 1024 || o->memory_max > 1024u * 1024 * 1024)
        return error_set(error, "fragments: %u bytes of memory; give 128 KiB to 1 GiB", o->memory_max);
    if (o->timeout_s < 1 || o->timeout_s > 3600)
        return error_set(error, "fragments: a time-out of %u seconds; give 1 to 3600", o->timeout_s);
    return true;
}

struct fragments *fragments_new(const struct fragment_options *options, struct error *error)
{
    if (!check_options(options, error))
        return NULL;
    struct fragments *f = calloc(1, sizeof *f);
    if (!f) {
        error_set(error, "out of memory for fragments");
        return NULL;
    }
    f->options = *options;
    f->hash_key = hash_key_random();
    uint32_t buckets = 64;
    while (buckets < options->datagram_max)
        buckets *= 2;
    f->bucket_mask = buckets - 1;
    f->record_slab = (struct slab){.used = 1, .count = options->datagram_max + 1};
    f->chunk_slab = (struct slab){.used = 1, .count = options->memory_max / (uint32_t)sizeof(struct chunk) + 1};
    f->buckets = calloc(buckets, sizeof *f->buckets);
    f->records = calloc(f->record_slab.count, sizeof *f->records);
    f->chunks = calloc(f->chunk_slab.count, sizeof *f->chunks);
    if (f->buckets && f->records && f->chunks)
        return f;
    error_set(error, "out of memory for fragments");
    fragments_free(f);
    return NULL;
}

void fragments_free(struct fragments *f)
{
    if (!f)
        return;
    free(f->chunks);
    free(f->records);
    free(f->buckets);
    free(f);
}

void fragments_count(const struct fragments *f, struct fragment_counters *out)
{
    *out = f->counters;
    out->memory_bytes = f->chunks_held * sizeof(struct chunk);
}

/* ----------------------------------------------------------------- records */

static uint32_t *bucket_of(struct fragments *f, const struct fragment_key *key)
{
    return &f->buckets[hash_bytes(f->hash_key, key, sizeof *key) & f->bucket_mask];
}

static uint32_t find(struct fragments *f, const struct fragment_key *key)
{
    uint32_t i = *bucket_of(f, key);
    while (i && memcmp(&f->records[i].key, key, sizeof *key) != 0)
        i = f->records[i].next;
    return i;
}

static void release_chunks(struct fragments *f, struct record *r)
{
    for (unsigned i = 0; i < CHUNKS_MOST; i++) {
        if (!r->chunk[i])
            continue;
        f->chunks[r->chunk[i]].next = f->chunk_slab.free;
        f->chunk_slab.free = r->chunk[i];
        f->chunks_held--;
    }
}

static void forget(struct fragments *f, uint32_t i)
{
    struct record *r = &f->records[i];
    uint32_t *link = bucket_of(f, &r->key);
    while (*link != i)
        link = &f->records[*link].next;
    *link = r->next;
    f->records[r->older].newer = r->newer;
    f->records[r->newer].older = r->older;
    release_chunks(f, r);
    f->counters.waiting -= r->frames;
    f->records_held--;
    r->next = f->record_slab.free;
    f->record_slab.free = i;
}

static uint32_t oldest(const struct fragments *f)
{
    return f->records[0].newer;
}

static void give_up(struct fragments *f, uint32_t i)
{
    f->counters.lost_frames += f->records[i].frames;
    forget(f, i);
}

/* A clock that jumped far back counts, too: else one wild time stamp would hold up the queue. */
static bool is_overdue(const struct fragments *f, const struct record *r, uint64_t now_ns)
{
    uint64_t age_ns = now_ns > r->first_ns ? now_ns - r->first_ns : r->first_ns - now_ns;
    return age_ns > f->options.timeout_s * NS_PER_S;
}

static void count_time_out(struct fragments *f, uint8_t kind)
{
    f->counters.timed_out_v4 += kind == 4;
    f->counters.timed_out_v6 += kind == 6;
    f->counters.timed_out_other += kind != 4 && kind != 6;
}

/* The piece's datagram, 0 when it is the first piece. */
static uint32_t find_in_time(struct fragments *f, const struct fragment *piece)
{
    uint32_t i = find(f, &piece->key);
    if (!i || !is_overdue(f, &f->records[i], piece->time_ns))
        return i;
    count_time_out(f, f->records[i].key.kind);
    give_up(f, i);
    return 0;
}

static uint32_t places_left(const struct slab *s, uint32_t held)
{
    return s->count - 1 - held;
}

/* So few places left that the next frames could use them up. */
static bool is_scarce(const struct fragments *f)
{
    return places_left(&f->record_slab, f->records_held) < 1 + f->record_slab.count / 64 ||
           places_left(&f->chunk_slab, f->chunks_held) < CHUNKS_MOST;
}

/* The index of a free place, 0 when there is none; `next_free` is the link of the place on top of the free ones. */
static uint32_t take_place(struct slab *s, uint32_t next_free)
{
    uint32_t i = s->free;
    if (i)
        s->free = next_free;
    else if (s->used < s->count)
        i = s->used++;
    return i;
}

static uint32_t begin(struct fragments *f, const struct fragment *piece)
{
    if (!f->record_slab.free && f->record_slab.used == f->record_slab.count) {
        f->counters.evicted++;
        give_up(f, oldest(f));
    }
    uint32_t i = take_place(&f->record_slab, f->records[f->record_slab.free].next);
    struct record *r = &f->records[i];
    uint32_t *bucket = bucket_of(f, &piece->key), newest = f->records[0].older;
    memset(r, 0, offsetof(struct record, first));
    r->key = piece->key;
    r->next = *bucket;
    r->older = newest;
    r->first_ns = piece->time_ns;
    r->cut_at = NOT_CUT;
    f->records_held++;
    *bucket = i;
    f->records[newest].newer = i;
    f->records[0].older = i;
    return i;
}

/* ---------------------------------------------------------------- contents */

/* A chunk for `owner`, which is spared when others must go. There is room for a whole datagram, so this cannot fail. */
static uint32_t take_chunk(struct fragments *f, uint32_t owner)
{
    while (!f->chunk_slab.free && f->chunk_slab.used == f->chunk_slab.count) {
        uint32_t victim = oldest(f);
        if (victim == owner)
            victim = f->records[owner].newer;
        assert(victim);
        f->counters.evicted++;
        give_up(f, victim);
    }
    uint32_t i = take_place(&f->chunk_slab, f->chunks[f->chunk_slab.free].next);
    memset(f->chunks[i].have, 0, sizeof f->chunks[i].have);
    f->chunks_held++;
    return i;
}

/* What happened to the blocks of a piece. */
struct effect {
    uint32_t added, known, other; /* blocks: new; there before; of these, with other bytes */
};

/* Block number `block` of the datagram; `bytes` may be shorter than a block, at the end or where the frame was cut. */
static void put_block(struct fragments *f, uint32_t owner, uint32_t block, struct slice bytes, struct effect *effect)
{
    uint32_t *chunk = &f->records[owner].chunk[block / CHUNK_BLOCKS];
    if (!*chunk)
        *chunk = take_chunk(f, owner);
    struct chunk *c = &f->chunks[*chunk];
    uint32_t in_chunk = block % CHUNK_BLOCKS;
    uint64_t *have = &c->have[in_chunk / 64], bit = UINT64_C(1) << in_chunk % 64;
    uint8_t *at = c->bytes + in_chunk * BLOCK;
    if (*have & bit) {
        effect->known++;
        effect->other += bytes.size > 0 && memcmp(at, bytes.at, bytes.size) != 0;
        return;
    }
    *have |= bit;
    effect->added++;
    if (bytes.size > 0)
        memcpy(at, bytes.at, bytes.size);
}

static void put_bytes(struct fragments *f, uint32_t owner, const struct fragment *piece)
{
    struct effect effect = {0};
    for (uint32_t done = 0; done < piece->size; done += BLOCK) {
        uint32_t left = piece->bytes.size > done ? (uint32_t)piece->bytes.size - done : 0;
        struct slice bytes = {piece->bytes.at + (left ? done : 0), left < BLOCK ? left : BLOCK};
        put_block(f, owner, (piece->at + done) / BLOCK, bytes, &effect);
    }
    f->records[owner].block_count += effect.added;
    if (effect.known && !effect.added && !effect.other)
        f->counters.repeated++;
    else if (effect.known)
        f->counters.overlapped++;
}

/* Do the piece's place and length agree with what is known of the whole? */
static bool agrees(const struct record *r, const struct fragment *piece)
{
    uint32_t end = piece->at + piece->size;
    if (r->size)
        return piece->more ? end <= r->size : end == r->size;
    return piece->more || r->reach <= end;
}

static void note_beginning(struct record *r, const struct fragment *piece)
{
    r->has_beginning = true;
    r->proto = piece->proto;
    r->header_size = (uint8_t)piece->header.size;
    if (piece->header.size > 0)
        memcpy(r->header, piece->header.at, piece->header.size);
    r->is_packet = piece->packet != NULL;
    if (piece->packet)
        r->first = *piece->packet;
}

static void note(struct record *r, const struct fragment *piece)
{
    uint32_t end = piece->at + piece->size, at_hand = piece->at + (uint32_t)piece->bytes.size;
    if (!piece->more)
        r->size = end;
    if (end > r->reach)
        r->reach = end;
    if (piece->bytes.size < piece->size && at_hand < r->cut_at)
        r->cut_at = at_hand;
    if (piece->at == 0 && !r->has_beginning)
        note_beginning(r, piece);
    r->frames += piece->frames;
    r->frame_bytes += piece->frame_bytes;
}

static bool is_whole(const struct record *r)
{
    return r->size && r->block_count == (r->size + BLOCK - 1) / BLOCK;
}

/* Bytes from the beginning to the first hole. */
static uint32_t unbroken(const struct fragments *f, const struct record *r)
{
    uint32_t block = 0;
    for (; block < CHUNKS_MOST * CHUNK_BLOCKS; block++) {
        const struct chunk *c = &f->chunks[r->chunk[block / CHUNK_BLOCKS]];
        if (!r->chunk[block / CHUNK_BLOCKS] || !(c->have[block % CHUNK_BLOCKS / 64] >> block % 64 & 1))
            break;
    }
    return block * BLOCK;
}

/* The datagram, of which `at_hand` bytes from its beginning are there. */
static void write_out(struct fragments *f, const struct record *r, uint32_t at_hand, uint8_t *out, struct datagram *d)
{
    uint32_t size = r->size ? r->size : r->reach;
    if (at_hand > size)
        at_hand = size;
    *d = (struct datagram){.bytes = out,
                           .header_size = r->header_size,
                           .size = size,
                           .size_at_hand = r->cut_at < at_hand ? r->cut_at : at_hand,
                           .first = &r->first,
                           .proto = r->proto,
                           .frames = r->frames,
                           .frame_bytes = r->frame_bytes};
    memcpy(out, r->header, r->header_size);
    out += r->header_size;
    for (uint32_t at = 0; at < d->size_at_hand; at += CHUNK) {
        uint32_t left = d->size_at_hand - at;
        memcpy(out + at, f->chunks[r->chunk[at / CHUNK]].bytes, left < CHUNK ? left : CHUNK);
    }
}

/* ------------------------------------------------------------------ pieces */

static bool is_possible(const struct fragment *piece)
{
    return piece->size > 0 && piece->at % BLOCK == 0 && piece->at <= FRAGMENT_DATAGRAM_MAX &&
           piece->size <= FRAGMENT_DATAGRAM_MAX - piece->at && (!piece->more || piece->size % BLOCK == 0);
}

static void count_piece(struct fragments *f, const struct fragment *piece)
{
    f->counters.fragments_v4 += piece->key.kind == 4;
    f->counters.fragments_v6 += piece->key.kind == 6;
}

static void count_whole(struct fragments *f, uint8_t kind)
{
    f->counters.reassembled_v4 += kind == 4;
    f->counters.reassembled_v6 += kind == 6;
    f->counters.reassembled_other += kind != 4 && kind != 6;
}

enum fragment_result fragments_add(struct fragments *f, const struct fragment *piece, uint8_t *out, struct datagram *whole)
{
    assert(piece->bytes.size <= piece->size && piece->header.size <= FRAGMENT_HEADER_MAX);
    count_piece(f, piece);
    uint32_t i = find_in_time(f, piece);
    if (!is_possible(piece) || (i && !agrees(&f->records[i], piece))) {
        f->counters.refused++;
        return FRAGMENT_IMPOSSIBLE;
    }
    if (!i)
        i = begin(f, piece);
    put_bytes(f, i, piece);
    note(&f->records[i], piece);
    f->counters.waiting += piece->frames;
    if (!is_whole(&f->records[i]))
        return FRAGMENT_WAITS;
    write_out(f, &f->records[i], f->records[i].size, out, whole);
    count_whole(f, piece->key.kind);
    forget(f, i);
    return FRAGMENT_COMPLETES;
}

bool fragments_is_empty(const struct fragments *f)
{
    return oldest(f) == 0;
}

bool fragments_give_up(struct fragments *f, uint64_t now_ns, uint8_t *out, struct datagram *rest)
{
    for (uint32_t i; (i = oldest(f)) != 0;) {
        const struct record *r = &f->records[i];
        bool overdue = is_overdue(f, r, now_ns);
        if (!overdue && !is_scarce(f))
            return false;
        if (overdue)
            count_time_out(f, r->key.kind);
        else
            f->counters.evicted++;
        if (!r->has_beginning || !r->is_packet) {
            give_up(f, i);
            continue;
        }
        write_out(f, r, unbroken(f, r), out, rest);
        f->counters.salvaged++;
        f->counters.salvaged_frames += r->frames;
        forget(f, i);
        return true;
    }
    return false;
}

void fragments_waste(struct fragments *f, const struct datagram *rest)
{
    f->counters.salvaged--;
    f->counters.salvaged_frames -= rest->frames;
    f->counters.lost_frames += rest->frames;
}
