/* SPDX-License-Identifier: Apache-2.0 */
/* intel_feed.c - see intel_feed.h. */
#include "run/intel_feed.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "run/options.h"

#define COMPLAINTS_MAX 100

bool feed_locate(const struct settings *s, const char *path, char *out)
{
    if (*path == '/' || access(path, R_OK) == 0)
        return snprintf(out, PATH_MAX, "%s", path) < PATH_MAX && access(out, R_OK) == 0;
    for (size_t i = 0; i < s->data.count; i++)
        if (snprintf(out, PATH_MAX, "%s/%s", s->data.path[i], path) < PATH_MAX && access(out, R_OK) == 0)
            return true;
    return false;
}

/* One more list, empty; NULL without memory. */
static struct list_source *add(struct feed_lists *f)
{
    struct list_source *grown = realloc(f->source, (f->count + 1) * sizeof *grown);
    if (!grown) {
        log_error("out of memory");
        return NULL;
    }
    f->source = grown;
    memset(&grown[f->count], 0, sizeof *grown);
    return &grown[f->count++];
}

/* ------------------------------------------------------- the configured lists */

static const struct settings *searched; /* list_locate takes no argument */

static bool locate(const char *path, char *out, struct error *error)
{
    return feed_locate(searched, path, out) ||
           error_set(error, "%s: no such list; see `" FEED_OPTION "` of the configuration", path);
}

static bool add_configured(struct feed_lists *f, const struct settings *s, const char *text)
{
    struct error error = {{0}};
    struct list_source *source = add(f);
    searched = s;
    if (source && list_source_parse(text, locate, source, &error))
        return true;
    log_error("%s", error.text);
    return false;
}

bool feed_lists_configured(struct feed_lists *f, const struct settings *s)
{
    *f = (struct feed_lists){.count = 0};
    for (size_t i = 0; i < s->detector_count; i++) {
        const struct sensor_options *o = s->detector_options[i];
        if (!options_find(s->detector[i].plugin->options, FEED_OPTION))
            continue;
        for (size_t k = 0; k < options_count(o, FEED_OPTION); k++)
            if (!add_configured(f, s, options_item(o, FEED_OPTION, k)))
                return false;
    }
    return true;
}

/* -------------------------------------------------------- the words of a line */

static void set_text(char out[SOURCE_TEXT_MAX], const char *text)
{
    snprintf(out, SOURCE_TEXT_MAX, "%s", text);
}

/* A file with the defaults of the command line; "lists/lazarus.csv" is called lazarus. */
static bool add_word(struct feed_lists *f, const struct intel_line *line, const char *path)
{
    const struct intel_defaults *d = &line->defaults;
    const char *slash = strrchr(path, '/');
    struct list_source *s = add(f);
    if (!s || snprintf(s->path, sizeof s->path, "%s", path) >= (int)sizeof s->path)
        return false;
    set_text(s->name, d->list ? d->list : slash ? slash + 1 : path);
    char *dot = d->list ? NULL : strrchr(s->name, '.');
    if (dot && dot != s->name)
        *dot = '\0';
    set_text(s->actor, d->actor);
    set_text(s->category, d->category);
    set_text(s->source, d->source);
    set_text(s->reference, d->reference);
    set_text(s->tlp, d->tlp);
    s->type = d->type;
    s->confidence_pct = d->confidence_pct;
    s->format = line->from;
    return true;
}

bool feed_lists_find(struct feed_lists *f, const struct intel_line *line, const struct settings *s)
{
    *f = (struct feed_lists){.count = 0};
    if (line->word_count == 0 && s)
        return feed_lists_configured(f, s);
    for (size_t i = 0; i < line->word_count; i++)
        if (!add_word(f, line, line->words[i]))
            return false;
    return true;
}

void feed_lists_free(struct feed_lists *f)
{
    free(f->source);
    *f = (struct feed_lists){.count = 0};
}

/* ------------------------------------------------------------------ reading */

static void complain(void *arg, const char *text)
{
    (void)arg;
    log_warning("%s", text);
}

bool feed_read_one(const struct list_source *source, const struct intel_line *line, bool (*take)(void *, const struct indicator *),
                   void *arg, struct intel_read_result *result)
{
    struct error error = {{0}};
    struct intel_read_result ignored;
    struct intel_read_options options = {.format = source->format,
                                         .defaults = list_source_defaults(source),
                                         .strict = line->strict || source->strict,
                                         .complaints_max = COMPLAINTS_MAX,
                                         .take = take,
                                         .complain = complain,
                                         .arg = arg};
    bool good = intel_read(source->path, &options, result ? result : &ignored, &error);
    if (!good)
        log_error("%s", error.text);
    return good;
}

bool feed_read(const struct feed_lists *f, const struct intel_line *line, bool (*take)(void *, const struct indicator *), void *arg,
               struct feed_totals *totals)
{
    bool good = true;
    for (size_t i = 0; i < f->count; i++) {
        struct intel_read_result result;
        good = feed_read_one(&f->source[i], line, take, arg, &result) && good;
        totals->taken += result.taken;
        totals->bad += result.bad;
        totals->refused += result.refused;
        totals->inexpressible += result.inexpressible;
    }
    return good;
}

enum intel_status feed_status(const struct feed_totals *totals)
{
    return totals->bad ? INTEL_BAD_ROWS : INTEL_DONE;
}

/* ----------------------------------------------------------------- collapse */

bool feed_has_collapsed(uint64_t before, uint64_t now)
{
    return now == 0 || now < before - before / 2;
}

static bool count_it(void *arg, const struct indicator *i)
{
    (void)arg;
    (void)i;
    return true;
}

uint64_t feed_count(const char *path)
{
    struct error error;
    struct intel_read_result result;
    struct intel_read_options options = {
        .defaults = {.list = "", .actor = "", .category = "", .source = "", .reference = "", .tlp = ""}, .take = count_it};
    return intel_read(path, &options, &result, &error) ? result.taken : 0;
}
