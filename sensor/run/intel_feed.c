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

/* "lists/lazarus.csv" is called lazarus. */
static char *list_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = strdup(slash ? slash + 1 : path);
    char *dot = name ? strrchr(name, '.') : NULL;
    if (dot && dot != name)
        *dot = '\0';
    return name;
}

static bool add(struct feed_lists *f, const char *path)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->path[i], path) == 0)
            return true;
    if (f->count == FEED_LISTS_MAX) {
        log_error("more than %d lists; do them in parts", FEED_LISTS_MAX);
        return false;
    }
    char *copy = strdup(path), *name = list_name(path);
    if (!copy || !name) {
        free(copy);
        free(name);
        log_error("out of memory");
        return false;
    }
    f->path[f->count] = copy;
    f->name[f->count++] = name;
    return true;
}

bool feed_locate(const struct settings *s, const char *path, char *out)
{
    if (*path == '/' || access(path, R_OK) == 0)
        return snprintf(out, PATH_MAX, "%s", path) < PATH_MAX && access(out, R_OK) == 0;
    for (size_t i = 0; i < s->data.count; i++)
        if (snprintf(out, PATH_MAX, "%s/%s", s->data.path[i], path) < PATH_MAX && access(out, R_OK) == 0)
            return true;
    return false;
}

/* A list of the option `indicators`, wherever a detector has one. */
static bool add_configured(struct feed_lists *f, const struct settings *s, const char *path)
{
    char found[PATH_MAX];
    if (!*path)
        return true;
    if (feed_locate(s, path, found))
        return add(f, found);
    log_error("%s: no such list; see `indicators` of the configuration", path);
    return false;
}

bool feed_lists_configured(struct feed_lists *f, const struct settings *s)
{
    *f = (struct feed_lists){.count = 0};
    for (size_t i = 0; i < s->detector_count; i++) {
        const struct sensor_options *o = s->detector_options[i];
        const struct sensor_option *option = options_find(s->detector[i].plugin->options, "indicators");
        bool is_list = option && option->type == OPTION_LIST;
        if (option && !is_list && !add_configured(f, s, options_text(o, "indicators")))
            return false;
        for (size_t k = 0; is_list && k < options_count(o, "indicators"); k++)
            if (!add_configured(f, s, options_item(o, "indicators", k)))
                return false;
    }
    return true;
}

bool feed_lists_find(struct feed_lists *f, const struct intel_line *line, const struct settings *s)
{
    *f = (struct feed_lists){.count = 0};
    if (line->word_count == 0 && s)
        return feed_lists_configured(f, s);
    for (size_t i = 0; i < line->word_count; i++)
        if (!add(f, line->words[i]))
            return false;
    return true;
}

void feed_lists_free(struct feed_lists *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free(f->path[i]);
        free(f->name[i]);
    }
    f->count = 0;
}

/* ------------------------------------------------------------------ reading */

static void complain(void *arg, const char *text)
{
    (void)arg;
    log_warning("%s", text);
}

bool feed_read_file(const char *path, const char *name, const struct intel_line *line,
                    bool (*take)(void *, const struct indicator *), void *arg, struct intel_read_result *result)
{
    struct error error = {{0}};
    struct intel_read_result ignored;
    struct intel_read_options options = {.format = line->from,
                                         .defaults = line->defaults,
                                         .strict = line->strict,
                                         .complaints_max = COMPLAINTS_MAX,
                                         .take = take,
                                         .complain = complain,
                                         .arg = arg};
    if (!options.defaults.list)
        options.defaults.list = name;
    bool good = intel_read(path, &options, result ? result : &ignored, &error);
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
        good = feed_read_file(f->path[i], f->name[i], line, take, arg, &result) && good;
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
