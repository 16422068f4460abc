/* SPDX-License-Identifier: Apache-2.0 */
/* words.c - see words.h. Chained hash over a growing array; a word's number is its place and never changes. */
#include "analysis/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct word {
    char *text;
    uint32_t size, references;
    uint32_t chain; /* next of the bucket; of a vacant place the next vacant one */
    uint32_t bucket;
};

struct words {
    struct hash_key secret;
    struct word *word; /* from 1 */
    uint32_t *bucket;
    uint32_t mask, most, used, room, vacant, count;
    uint64_t refused;
};

struct words *words_new(uint32_t most)
{
    struct words *w = calloc(1, sizeof *w);
    uint32_t buckets = 16;
    while (buckets < most && buckets < 1u << 30)
        buckets *= 2;
    if (!w)
        return NULL;
    w->secret = hash_key_random();
    w->most = most;
    w->mask = buckets - 1;
    w->bucket = calloc(buckets, sizeof *w->bucket);
    if (w->bucket)
        return w;
    words_free(w);
    return NULL;
}

void words_free(struct words *w)
{
    if (!w)
        return;
    for (uint32_t i = 1; i <= w->used; i++)
        free(w->word[i].text);
    free(w->word);
    free(w->bucket);
    free(w);
}

static bool is_text(const struct word *w, struct slice text)
{
    return w->size == text.size && memcmp(w->text, text.at, text.size) == 0;
}

/* A vacant place, or 0. */
static uint32_t take_place(struct words *w)
{
    if (w->vacant) {
        uint32_t i = w->vacant;
        w->vacant = w->word[i].chain;
        return i;
    }
    if (w->used + 1 >= w->room) {
        uint32_t room = w->room ? w->room * 2 : 64;
        struct word *grown = realloc(w->word, room * sizeof *grown);
        if (!grown)
            return 0;
        w->word = grown;
        w->room = room;
    }
    return ++w->used;
}

static uint32_t add(struct words *w, struct slice text, uint32_t bucket)
{
    char *copy = w->count < w->most ? malloc(text.size + 1) : NULL;
    uint32_t i = copy ? take_place(w) : 0;
    if (!i) {
        free(copy);
        w->refused++;
        return 0;
    }
    memcpy(copy, text.at, text.size);
    copy[text.size] = '\0';
    w->word[i] = (struct word){.text = copy, .size = (uint32_t)text.size, .references = 1, .chain = w->bucket[bucket], .bucket = bucket};
    w->bucket[bucket] = i;
    w->count++;
    return i;
}

uint32_t words_take(struct words *w, struct slice text)
{
    if (text.size == 0 || text.size > WORD_MAX)
        return 0;
    uint32_t bucket = (uint32_t)hash_quick(w->secret, text.at, text.size) & w->mask;
    for (uint32_t i = w->bucket[bucket]; i; i = w->word[i].chain)
        if (is_text(&w->word[i], text)) {
            w->word[i].references++;
            return i;
        }
    return add(w, text, bucket);
}

uint32_t words_share(struct words *w, uint32_t word)
{
    if (word)
        w->word[word].references++;
    return word;
}

void words_drop(struct words *w, uint32_t word)
{
    if (!word || --w->word[word].references > 0)
        return;
    struct word *gone = &w->word[word];
    uint32_t *link = &w->bucket[gone->bucket];
    while (*link != word)
        link = &w->word[*link].chain;
    *link = gone->chain;
    free(gone->text);
    *gone = (struct word){.chain = w->vacant};
    w->vacant = word;
    w->count--;
}

struct slice words_text(const struct words *w, uint32_t word)
{
    if (!word)
        return (struct slice){NULL, 0};
    return (struct slice){(const uint8_t *)w->word[word].text, w->word[word].size};
}

uint32_t words_count(const struct words *w)
{
    return w->count;
}

uint64_t words_refused(const struct words *w)
{
    return w->refused;
}
