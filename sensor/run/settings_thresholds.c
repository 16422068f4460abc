/* SPDX-License-Identifier: Apache-2.0 */
/* settings_thresholds.c - reads the threshold file, and says what in it deserves a second look. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/trust.h"
#include "run/settings.h"

#define FILE_SIZE_MAX (4u << 20)

/* A small file as text; NULL and `error`. */
static char *read_text(const char *path, struct error *error)
{
    FILE *file = fopen(path, "re");
    char *text = file ? calloc(1, FILE_SIZE_MAX + 2) : NULL;
    size_t size = text ? fread(text, 1, FILE_SIZE_MAX + 1, file) : 0;
    bool good = text && !ferror(file) && size <= FILE_SIZE_MAX && !memchr(text, '\0', size);
    if (!good)
        error_set(error, "%s: %s", path, !file || ferror(file) ? strerror(errno) : "too large, or no text");
    if (file)
        fclose(file);
    if (!good) {
        free(text);
        text = NULL;
    }
    return text;
}

static void advise(const struct threshold_rules *r)
{
    size_t unreasoned = threshold_rules_unreasoned(r);
    uint64_t now_ns = clock_wall_ns();
    if (unreasoned > 0)
        log_warning("%s: %zu suppress line(s) without reason=\"...\": nobody will know whether they are still needed", r->name, unreasoned);
    for (size_t i = 0; i < r->count; i++)
        if (r->rule[i].over_ns <= now_ns)
            log_warning("%s:%u: its `until` has passed", r->name, r->rule[i].line);
}

bool settings_thresholds(const struct config *c, struct threshold_rules **out, struct error *error)
{
    const char *path = config_text(c, "threshold-file");
    struct error why = {{0}};
    *out = NULL;
    if (!*path)
        return true;
    char *text = trust_file(path, &why) ? read_text(path, &why) : NULL;
    if (text)
        *out = threshold_rules_parse(path, text, config_group, (void *)(uintptr_t)c, &why);
    free(text);
    if (!*out)
        return config_complain(c, error, "threshold-file", "%s", why.text);
    advise(*out);
    return true;
}
