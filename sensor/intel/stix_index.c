/* SPDX-License-Identifier: Apache-2.0 */
/* stix_index.c - see stix_index.h. Two hash tables with open addressing, at most half full, keyed by the hash of an id. */
#include "intel/stix_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "intel/json_scan.h"

#define NAME_SIZE_MAX 512

struct known {
    uint64_t id;       /* 0: empty */
    char modified[25]; /* RFC 3339 in UTC sorts as text */
    uint64_t indicates[STIX_NAMED_COUNT];
};

struct name {
    uint64_t id; /* 0: empty */
    char *text;
};

struct stix_index {
    struct hash_key key;
    struct known *known;
    size_t known_count, known_size; /* size: a power of two */
    struct name *names;
    size_t name_count, name_size;
    bool has_indicators;
    uint64_t passed_over;
};

static uint64_t hash_id(const struct stix_index *x, const char *id)
{
    uint64_t h = hash_bytes(x->key, id, strlen(id));
    return h ? h : 1;
}

/* ------------------------------------------------------------------- tables */

static struct known *known_slot(const struct stix_index *x, uint64_t id)
{
    size_t i = (size_t)id & (x->known_size - 1);
    while (x->known[i].id && x->known[i].id != id)
        i = (i + 1) & (x->known_size - 1);
    return &x->known[i];
}

static struct name *name_slot(const struct stix_index *x, uint64_t id)
{
    size_t i = (size_t)id & (x->name_size - 1);
    while (x->names[i].id && x->names[i].id != id)
        i = (i + 1) & (x->name_size - 1);
    return &x->names[i];
}

static bool known_grow(struct stix_index *x)
{
    struct known *old = x->known, *fresh = calloc(x->known_size * 2, sizeof *fresh);
    size_t old_size = x->known_size;
    if (!fresh)
        return false;
    x->known = fresh;
    x->known_size *= 2;
    for (size_t i = 0; i < old_size; i++)
        if (old[i].id)
            *known_slot(x, old[i].id) = old[i];
    free(old);
    return true;
}

static bool name_grow(struct stix_index *x)
{
    struct name *old = x->names, *fresh = calloc(x->name_size * 2, sizeof *fresh);
    size_t old_size = x->name_size;
    if (!fresh)
        return false;
    x->names = fresh;
    x->name_size *= 2;
    for (size_t i = 0; i < old_size; i++)
        if (old[i].id)
            *name_slot(x, old[i].id) = old[i];
    free(old);
    return true;
}

/* The entry of an indicator, made when it is new; NULL beyond the bound. */
static struct known *know(struct stix_index *x, uint64_t id)
{
    struct known *k = known_slot(x, id);
    if (k->id)
        return k;
    if (x->known_count >= STIX_OBJECTS_MAX || (x->known_count * 2 >= x->known_size && !known_grow(x))) {
        x->passed_over++;
        return NULL;
    }
    x->known_count++;
    k = known_slot(x, id);
    k->id = id;
    return k;
}

struct stix_index *stix_index_new(void)
{
    struct stix_index *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->key = hash_key_random();
    x->known_size = x->name_size = 1024;
    x->known = calloc(x->known_size, sizeof *x->known);
    x->names = calloc(x->name_size, sizeof *x->names);
    if (x->known && x->names)
        return x;
    stix_index_free(x);
    return NULL;
}

void stix_index_free(struct stix_index *x)
{
    if (!x)
        return;
    for (size_t i = 0; x->names && i < x->name_size; i++)
        free(x->names[i].text);
    free(x->names);
    free(x->known);
    free(x);
}

/* ----------------------------------------------------------------- learning */

static void learn_version(struct stix_index *x, const json_t *indicator)
{
    x->has_indicators = true;
    struct known *k = know(x, hash_id(x, json_text_of(indicator, "id")));
    const char *modified = json_text_of(indicator, "modified");
    if (!k || strncmp(modified, k->modified, sizeof k->modified - 1) <= 0)
        return;
    strncpy(k->modified, modified, sizeof k->modified - 1);
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* What an id or a type names; STIX_NAMED_COUNT when it is no name of interest. */
static enum stix_named named_of(const char *type)
{
    if (begins(type, "intrusion-set") || begins(type, "threat-actor"))
        return STIX_ACTOR;
    if (begins(type, "campaign"))
        return STIX_CAMPAIGN;
    return begins(type, "malware") || begins(type, "tool") ? STIX_MALWARE : STIX_NAMED_COUNT;
}

static void learn_relation(struct stix_index *x, const json_t *relation)
{
    const char *source = json_text_of(relation, "source_ref"), *target = json_text_of(relation, "target_ref");
    enum stix_named what = named_of(target);
    if (what == STIX_NAMED_COUNT || strcmp(json_text_of(relation, "relationship_type"), "indicates") != 0 ||
        json_true_of(relation, "revoked", false))
        return;
    struct known *k = know(x, hash_id(x, source));
    if (k && !k->indicates[what])
        k->indicates[what] = hash_id(x, target);
}

static void learn_name(struct stix_index *x, const json_t *object)
{
    const char *text = json_text_of(object, "name");
    uint64_t id = hash_id(x, json_text_of(object, "id"));
    if (!*text || name_slot(x, id)->id)
        return;
    if (x->name_count >= STIX_NAMES_MAX || strlen(text) > NAME_SIZE_MAX || (x->name_count * 2 >= x->name_size && !name_grow(x))) {
        x->passed_over++;
        return;
    }
    char *copy = strdup(text);
    if (!copy)
        return;
    *name_slot(x, id) = (struct name){.id = id, .text = copy};
    x->name_count++;
}

void stix_index_learn(struct stix_index *x, const json_t *object)
{
    const char *type = json_text_of(object, "type");
    if (strcmp(type, "indicator") == 0)
        learn_version(x, object);
    else if (strcmp(type, "relationship") == 0)
        learn_relation(x, object);
    else if (named_of(type) != STIX_NAMED_COUNT || strcmp(type, "identity") == 0)
        learn_name(x, object);
}

/* ------------------------------------------------------------------- asking */

bool stix_index_is_latest(const struct stix_index *x, const json_t *indicator)
{
    const struct known *k = known_slot(x, hash_id(x, json_text_of(indicator, "id")));
    return !k->id || strncmp(json_text_of(indicator, "modified"), k->modified, sizeof k->modified - 1) >= 0;
}

static const char *name_of(const struct stix_index *x, uint64_t id)
{
    const struct name *n = id ? name_slot(x, id) : NULL;
    return n && n->id ? n->text : "";
}

const char *stix_index_indicated(const struct stix_index *x, const json_t *indicator, enum stix_named what)
{
    const struct known *k = known_slot(x, hash_id(x, json_text_of(indicator, "id")));
    return k->id ? name_of(x, k->indicates[what]) : "";
}

const char *stix_index_name(const struct stix_index *x, const char *id)
{
    return *id ? name_of(x, hash_id(x, id)) : "";
}

bool stix_index_has_indicators(const struct stix_index *x)
{
    return x->has_indicators;
}

uint64_t stix_index_passed_over(const struct stix_index *x)
{
    return x->passed_over;
}
