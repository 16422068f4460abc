/* SPDX-License-Identifier: Apache-2.0 */
/* stix_index.c - see stix_index.h. Three tables: versions by indicator, targets by relation, names by object. */
#include "intel/stix_index.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "intel/json_scan.h"
#include "intel/map64.h"
#include "intel/time_text.h"

#define NAME_SIZE_MAX 512

struct stix_index {
    struct map64 *versions; /* indicator id -> microseconds of the latest `modified` */
    struct map64 *targets;  /* indicator id and kind of name -> key of what it indicates */
    struct map64 *names;    /* object id -> place in `texts`, from 1 */
    char **texts;
    size_t text_count;
    bool has_indicators;
    uint64_t passed_over;
};

struct stix_index *stix_index_new(void)
{
    struct stix_index *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->versions = map64_new(STIX_OBJECTS_MAX);
    x->targets = map64_new(STIX_OBJECTS_MAX);
    x->names = map64_new(STIX_NAMES_MAX);
    x->texts = calloc(STIX_NAMES_MAX, sizeof *x->texts);
    if (x->versions && x->targets && x->names && x->texts)
        return x;
    stix_index_free(x);
    return NULL;
}

void stix_index_free(struct stix_index *x)
{
    if (!x)
        return;
    for (size_t i = 0; i < x->text_count; i++)
        free(x->texts[i]);
    free(x->texts);
    map64_free(x->names);
    map64_free(x->targets);
    map64_free(x->versions);
    free(x);
}

/* ----------------------------------------------------------------- learning */

/* Microseconds since the epoch; 0 when there is no such time. STIX times differ in their fractions too. */
static uint64_t modified_us(const json_t *object)
{
    const char *text = json_text_of(object, "modified"), *dot = strchr(text, '.'); /* dot: before the next digit */
    int64_t seconds;
    uint64_t fraction = 0;
    if (!time_parse(text, TIME_FIRST, &seconds))
        return 0;
    for (unsigned i = 0; i < 6; i++) {
        bool has_digit = dot && isdigit((unsigned char)dot[1]);
        fraction = fraction * 10 + (has_digit ? (unsigned)(dot[1] - '0') : 0u);
        if (has_digit)
            dot++;
    }
    return (uint64_t)seconds * 1000000 + fraction;
}

static void learn_version(struct stix_index *x, const json_t *indicator)
{
    x->has_indicators = true;
    uint64_t *latest = map64_take(x->versions, map64_key(x->versions, json_text_of(indicator, "id")), NULL);
    uint64_t modified = modified_us(indicator);
    if (!latest)
        x->passed_over++;
    else if (modified > *latest)
        *latest = modified;
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

/* Keys of what one indicator indicates differ by the kind of name. */
static uint64_t target_key(const struct stix_index *x, const char *indicator_id, enum stix_named what)
{
    uint64_t key = map64_key(x->targets, indicator_id) + (uint64_t)what * UINT64_C(0x9e3779b97f4a7c15);
    return key ? key : 1;
}

static void learn_relation(struct stix_index *x, const json_t *relation)
{
    const char *source = json_text_of(relation, "source_ref"), *target = json_text_of(relation, "target_ref");
    enum stix_named what = named_of(target);
    if (what == STIX_NAMED_COUNT || strcmp(json_text_of(relation, "relationship_type"), "indicates") != 0 ||
        json_true_of(relation, "revoked", false))
        return;
    uint64_t *to = map64_take(x->targets, target_key(x, source, what), NULL);
    if (!to)
        x->passed_over++;
    else if (!*to)
        *to = map64_key(x->names, target);
}

static void learn_name(struct stix_index *x, const json_t *object)
{
    const char *text = json_text_of(object, "name");
    uint64_t *place = *text ? map64_take(x->names, map64_key(x->names, json_text_of(object, "id")), NULL) : NULL;
    if (!*text || (place && *place))
        return;
    bool fits = place && x->text_count < STIX_NAMES_MAX && strlen(text) <= NAME_SIZE_MAX;
    char *copy = fits ? strdup(text) : NULL;
    if (!copy) {
        x->passed_over++;
        return;
    }
    x->texts[x->text_count++] = copy;
    *place = x->text_count;
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
    const uint64_t *latest = map64_find(x->versions, map64_key(x->versions, json_text_of(indicator, "id")));
    return !latest || modified_us(indicator) >= *latest;
}

static const char *name_of(const struct stix_index *x, uint64_t key)
{
    const uint64_t *place = map64_find(x->names, key);
    return place && *place ? x->texts[*place - 1] : "";
}

const char *stix_index_indicated(const struct stix_index *x, const json_t *indicator, enum stix_named what)
{
    const uint64_t *target = map64_find(x->targets, target_key(x, json_text_of(indicator, "id"), what));
    return target ? name_of(x, *target) : "";
}

const char *stix_index_name(const struct stix_index *x, const char *id)
{
    return *id ? name_of(x, map64_key(x->names, id)) : "";
}

bool stix_index_has_indicators(const struct stix_index *x)
{
    return x->has_indicators;
}

uint64_t stix_index_passed_over(const struct stix_index *x)
{
    return x->passed_over;
}
