/* SPDX-License-Identifier: Apache-2.0 */
/* list_source.c - see list_source.h. */
#include "intel/list_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ------------------------------------------------------------------- words */

/* Takes the next word, with "quoted blanks", from *at into `out`; false at the end, and when it does not fit: then *bad is set. */
static bool next_word(const char **at, char *out, size_t room, bool *bad)
{
    size_t used = 0;
    bool quoted = false;
    *bad = false;
    *at += strspn(*at, " \t");
    if (!**at)
        return false;
    for (; **at && (quoted || !strchr(" \t", **at)); (*at)++) {
        if (**at == '"')
            quoted = !quoted;
        else if (used + 1 < room)
            out[used++] = **at;
        else
            *bad = true;
    }
    out[used] = '\0';
    *bad |= quoted;
    return !*bad;
}

static bool set_number(const char *value, uint8_t *out, struct error *error)
{
    char *end;
    unsigned long n = strtoul(value, &end, 10);
    *out = (uint8_t)n;
    return (*value >= '0' && *value <= '9' && !*end && n <= 100) ||
           error_set(error, "confidence '%.40s' is no number from 0 to 100", value);
}

/* Words whose value is one of a few. */
static bool set_choice(struct list_source *s, const char *key, const char *value, struct error *error)
{
    if (strcmp(key, "confidence") == 0)
        return set_number(value, &s->confidence_pct, error);
    if (strcmp(key, "type") == 0) {
        s->type = indicator_type_of(value);
        return s->type != INDICATOR_NONE || error_set(error, "type '%.40s' is not known; use ipv4, domain, url, ja3, ...", value);
    }
    if (strcmp(key, "format") == 0) {
        s->format = intel_format_of(value);
        return s->format != INTEL_GUESS || error_set(error, "format '%.40s' is not known; use csv, plain, stix, misp, ...", value);
    }
    if (strcmp(key, "strict") == 0) {
        s->strict = strcmp(value, "yes") == 0;
        return s->strict || strcmp(value, "no") == 0 || error_set(error, "strict '%.40s' is neither yes nor no", value);
    }
    return error_set(error, "unknown word '%.40s'; known are name, actor, category, source, reference, tlp, confidence, type, format, "
                            "strict", key);
}

static bool set_word(struct list_source *s, const char *word, struct error *error)
{
    struct {
        const char *key;
        char *out;
    } texts[] = {{"name", s->name},     {"actor", s->actor},         {"category", s->category},
                 {"source", s->source}, {"reference", s->reference}, {"tlp", s->tlp}};
    const char *equals = strchr(word, '=');
    char key[32];
    if (!equals || (size_t)(equals - word) >= sizeof key)
        return error_set(error, "'%.60s' is not of the form word=value", word);
    snprintf(key, sizeof key, "%.*s", (int)(equals - word), word);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(key, texts[i].key) != 0)
            continue;
        return snprintf(texts[i].out, SOURCE_TEXT_MAX, "%s", equals + 1) < SOURCE_TEXT_MAX ||
               error_set(error, "%s is longer than %d bytes", key, SOURCE_TEXT_MAX - 1);
    }
    return set_choice(s, key, equals + 1, error);
}

bool list_source_parse(const char *text, list_locate locate, struct list_source *out, struct error *error)
{
    char path[PATH_MAX], word[PATH_MAX];
    const char *at = text;
    bool bad;
    *out = (struct list_source){.confidence_pct = 50};
    if (!next_word(&at, path, sizeof path, &bad))
        return error_set(error, "'%.200s' names no file; write it as PATH name=... confidence=...", text);
    if (!locate(path, out->path, error))
        return false;
    while (next_word(&at, word, sizeof word, &bad))
        if (!set_word(out, word, error))
            return error_prefix(error, "%.200s", path);
    if (bad)
        return error_set(error, "%.200s: a word that is too long, or a quote that is not closed", path);
    if (!*out->name)
        snprintf(out->name, sizeof out->name, "%.*s", SOURCE_TEXT_MAX - 1, path);
    return true;
}

struct intel_defaults list_source_defaults(const struct list_source *s)
{
    return (struct intel_defaults){.list = s->name,
                                   .actor = s->actor,
                                   .category = s->category,
                                   .source = s->source,
                                   .reference = s->reference,
                                   .tlp = s->tlp,
                                   .confidence_pct = s->confidence_pct,
                                   .type = s->type};
}

/* ------------------------------------------------------------------- files */
