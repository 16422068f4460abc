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

/* The first tag under a key, or NULL. */
static const struct misp_tag *find(const struct misp_tags *t, const char *key)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcasecmp(t->tag[i].key, key) == 0)
            return &t->tag[i];
    return NULL;
}

/* Its value as text, cut between two characters where it does not fit. */
static char *write_value(const struct misp_tag *tag, char out[MISP_VALUE_MAX])
{
    size_t size = tag->size < MISP_VALUE_MAX ? tag->size : MISP_VALUE_MAX - 1;
    while (size < tag->size && size > 0 && ((unsigned char)tag->value[size] & 0xc0) == 0x80)
        size--;
    memcpy(out, tag->value, size);
    out[size] = '\0';
    return out;
}

const char *misp_tags_find(struct misp_tags *t, const char *key)
{
    const struct misp_tag *tag = find(t, key);
    return tag ? write_value(tag, t->scratch) : NULL;
}

/* A value that lives as long as `t`; NULL when there is no such tag. */
static char *keep(struct misp_tags *t, const char *key)
{
    const struct misp_tag *tag = find(t, key);
    if (!tag || t->texts_used == sizeof t->texts / sizeof *t->texts)
        return NULL;
    return write_value(tag, t->texts[t->texts_used++]);
}

/* The first of several keys (up to a NULL) that is there. */
static char *keep_first(struct misp_tags *t, const char *const *keys)
{
    for (; *keys; keys++)
        if (find(t, *keys))
            return keep(t, *keys);
    return NULL;
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
    const char *ours = misp_tags_find(t, "haetae:confidence");
    char *end = NULL;
    long pct = ours ? strtol(ours, &end, 10) : -1;
    if (end && !*end && pct >= 0 && pct <= 100) {
        i->confidence_pct = (uint8_t)pct;
        return;
    }
    const char *level = misp_tags_find(t, "misp:confidence-level");
    for (size_t k = 0; level && k < sizeof levels / sizeof *levels; k++)
        if (strcasecmp(level, levels[k].word) == 0)
            i->confidence_pct = levels[k].pct;
}

static void take_time(struct misp_tags *t, const char *key, enum time_edge edge, int64_t *to)
{
    const char *text = misp_tags_find(t, key);
    int64_t seconds;
    if (text && time_parse(text, edge, &seconds))
        *to = seconds;
}

static void take_months(struct misp_tags *t, struct indicator *i)
{
    const char *text = misp_tags_find(t, "haetae:months");
    if (text && strstr(text, "first_seen"))
        i->months |= INDICATOR_FIRST_MONTH;
    if (text && strstr(text, "last_seen"))
        i->months |= INDICATOR_LAST_MONTH;
}

void misp_tags_apply(struct misp_tags *t, struct indicator *i)
{
    static const char *const actors[] = {"haetae:actor", "misp-galaxy:threat-actor", "misp-galaxy:mitre-intrusion-set",
                                         "misp-galaxy:microsoft-activity-group", NULL};
    static const char *const malware[] = {"haetae:malware", "misp-galaxy:malpedia", "misp-galaxy:mitre-malware", "misp-galaxy:tool",
                                          NULL};
    char *actor = keep_first(t, actors);
    if (actor)
        cut_mitre_id(actor);
    take(actor, &i->actor);
    take(keep_first(t, malware), &i->malware);
    take(keep(t, "haetae:campaign"), &i->campaign);
    take(keep(t, "haetae:category"), &i->category);
    take(keep(t, "haetae:hosted"), &i->hosted);
    take(keep(t, "haetae:status"), &i->status);
    take(keep(t, "haetae:source"), &i->source);
    take(keep(t, "haetae:reference"), &i->reference);
    take(keep(t, "tlp"), &i->tlp);
    take_confidence(t, i);
    take_months(t, i);
    take_time(t, "haetae:valid_from", TIME_FIRST, &i->valid_from);
    take_time(t, "haetae:valid_until", TIME_LAST, &i->valid_until);
}

enum indicator_type misp_tags_type(struct misp_tags *t)
{
    const char *name = misp_tags_find(t, "haetae:type");
    return name ? indicator_type_of(name) : INDICATOR_NONE;
}
