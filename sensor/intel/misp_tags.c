/* SPDX-License-Identifier: Apache-2.0 */
/* misp_tags.c - see misp_tags.h. */
#include "intel/misp_tags.h"

#include <stdlib.h>
#include <string.h>

#include "intel/json_scan.h"
#include "intel/read.h"
#include "intel/time_text.h"

static void add(struct misp_tags *t, const char *key, size_t key_size, const char *value, size_t size)
{
    if (t->count == MISP_TAGS_MAX || key_size >= MISP_KEY_MAX)
        return;
    struct misp_tag *tag = &t->tag[t->count++];
    memcpy(tag->key, key, key_size);
    tag->key[key_size] = '\0';
    tag->value = value;
    tag->size = size;
}

/* tlp:green, namespace:predicate="value" */
static void add_tag(struct misp_tags *t, const char *name)
{
    const char *equals = strstr(name, "=\"");
    size_t size = strlen(name);
    if (strncasecmp(name, "tlp:", 4) == 0)
        add(t, "tlp", 3, name + 4, size - 4);
    else if (equals && name[size - 1] == '"' && equals + 2 < name + size)
        add(t, name, (size_t)(equals - name), equals + 2, size - 1 - (size_t)(equals + 2 - name));
}

/* Galaxies say in full what their tags say in short; the type names the galaxy. */
static void add_galaxy(struct misp_tags *t, const json_t *galaxy)
{
    char key[MISP_KEY_MAX];
    const json_t *clusters = json_object_get(galaxy, "GalaxyCluster");
    int n = snprintf(key, sizeof key, "misp-galaxy:%s", json_text_of(galaxy, "type"));
    for (size_t i = 0; n > 0 && (size_t)n < sizeof key && i < json_array_size(clusters); i++) {
        const char *value = json_text_of(json_array_get(clusters, i), "value");
        add(t, key, (size_t)n, value, strlen(value));
    }
}

void misp_tags_read(struct misp_tags *t, const json_t *tags, const json_t *galaxies)
{
    for (size_t i = 0; i < json_array_size(tags); i++)
        add_tag(t, json_text_of(json_array_get(tags, i), "name"));
    for (size_t i = 0; i < json_array_size(galaxies); i++)
        add_galaxy(t, json_array_get(galaxies, i));
}

/* The first value under one of the keys (up to a NULL), as text; NULL when there is none. */
static const char *value_of(struct misp_tags *t, const char *const *keys)
{
    for (; *keys; keys++)
        for (size_t i = 0; i < t->count; i++) {
            struct misp_tag *tag = &t->tag[i];
            if (strcasecmp(tag->key, *keys) != 0 || t->texts_used == sizeof t->texts / sizeof *t->texts)
                continue;
            char *text = t->texts[t->texts_used++];
            size_t size = tag->size < MISP_VALUE_MAX ? tag->size : MISP_VALUE_MAX - 1;
            while (size < tag->size && size > 0 && ((unsigned char)tag->value[size] & 0xc0) == 0x80)
                size--;
            memcpy(text, tag->value, size);
            text[size] = '\0';
            return text;
        }
    return NULL;
}

static const char *one(struct misp_tags *t, const char *key)
{
    return value_of(t, (const char *const[]){key, NULL});
}

static void take(const char *text, const char **to)
{
    if (text)
        *to = text;
}

/* "lazarus group - G0032" is how galaxies of MITRE write a name. */
static void cut_mitre_id(char *text)
{
    char *dash = strstr(text, " - ");
    if (dash && (dash[3] == 'G' || dash[3] == 'S') && strlen(dash + 4) == 4 && strspn(dash + 4, "0123456789") == 4)
        *dash = '\0';
}

static void take_confidence(struct misp_tags *t, struct indicator *i)
{
    static const struct {
        const char *word;
        uint8_t pct;
    } levels[] = {{"completely-confident", 100},
                  {"usually-confident", 75},
                  {"fairly-confident", 50},
                  {"rarely-confident", 25},
                  {"unconfident", 0}};
    const char *ours = one(t, "haetae:confidence"), *level = one(t, "misp:confidence-level");
    char *end = NULL;
    long pct = ours ? strtol(ours, &end, 10) : -1;
    if (end && !*end && pct >= 0 && pct <= 100) {
        i->confidence_pct = (uint8_t)pct;
        return;
    }
    for (size_t k = 0; level && k < sizeof levels / sizeof *levels; k++)
        if (strcasecmp(level, levels[k].word) == 0)
            i->confidence_pct = levels[k].pct;
}

static void take_time(struct misp_tags *t, const char *key, enum time_edge edge, int64_t *to)
{
    const char *text = one(t, key);
    int64_t seconds;
    if (text)
        t->texts_used--; /* only looked at */
    if (text && time_parse(text, edge, &seconds))
        *to = seconds;
}

void misp_tags_apply(struct misp_tags *t, struct indicator *i)
{
    static const char *const actors[] = {"haetae:actor", "misp-galaxy:threat-actor", "misp-galaxy:mitre-intrusion-set",
                                         "misp-galaxy:microsoft-activity-group", NULL};
    static const char *const malware[] = {"haetae:malware", "misp-galaxy:malpedia", "misp-galaxy:mitre-malware", "misp-galaxy:tool",
                                          NULL};
    const char *actor = value_of(t, actors);
    if (actor)
        cut_mitre_id(t->texts[t->texts_used - 1]);
    take(actor, &i->actor);
    take(value_of(t, malware), &i->malware);
    take(one(t, "haetae:campaign"), &i->campaign);
    take(one(t, "haetae:category"), &i->category);
    take(one(t, "haetae:hosted"), &i->hosted);
    take(one(t, "haetae:status"), &i->status);
    take(one(t, "haetae:source"), &i->source);
    take(one(t, "haetae:reference"), &i->reference);
    take(one(t, "tlp"), &i->tlp);
    take_confidence(t, i);
    take_time(t, "haetae:valid_from", TIME_FIRST, &i->valid_from);
    take_time(t, "haetae:valid_until", TIME_LAST, &i->valid_until);
}

enum indicator_type misp_tags_type(struct misp_tags *t)
{
    const char *name = one(t, "haetae:type");
    if (name)
        t->texts_used--;
    return name ? indicator_type_of(name) : INDICATOR_NONE;
}
