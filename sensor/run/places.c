/* SPDX-License-Identifier: Apache-2.0 */
/* places.c - see places.h. */
#include "run/places.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA_MARK "dprk/indicators.csv" /* what a data directory of ours holds */
#define CLIMB_MAX 3                     /* build/haetae, build/test-asan/haetae */

static bool add(struct places *p, const char *format, const char *directory, const char *mark)
{
    char path[PATH_MAX], probe[PATH_MAX];
    int n = snprintf(path, sizeof path, format, directory);
    int m = snprintf(probe, sizeof probe, "%s%s%s", path, *mark ? "/" : "", mark);
    if (n < 0 || (size_t)n >= sizeof path || m < 0 || (size_t)m >= sizeof probe || access(probe, R_OK) != 0)
        return false;
    if (p->count == PLACES_MAX || !(p->path[p->count] = strdup(path)))
        return false;
    p->count++;
    return true;
}

/* The folder of the running program; "" when the kernel does not say. */
static void program_directory(char *out, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", out, size - 1);
    out[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(out, '/');
    if (slash)
        *slash = '\0';
}

/* Replaces a path by its parent; false at the root. */
static bool climb(char *path)
{
    char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return false;
    *slash = '\0';
    return true;
}

const char *places_config(void)
{
    static const char *const paths[] = {"/etc/haetae/haetae.yaml", HAETAE_PREFIX "/etc/haetae/haetae.yaml"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (access(paths[i], R_OK) == 0)
            return paths[i];
    return NULL;
}

void places_data(struct places *out, const char *config_path)
{
    *out = (struct places){0};
    char directory[PATH_MAX];
    if (config_path && snprintf(directory, sizeof directory, "%s", config_path) < (int)sizeof directory)
        add(out, "%s", climb(directory) ? directory : ".", "");
    const char *chosen = getenv("HAETAE_DATA_DIR");
    if (chosen && *chosen)
        add(out, "%s", chosen, "");
    program_directory(directory, sizeof directory);
    add(out, "%s/../share/haetae/plugins", directory, DATA_MARK);
    for (int i = 0; i < CLIMB_MAX && climb(directory); i++)
        if (add(out, "%s/plugins", directory, DATA_MARK))
            break;
    add(out, "%s/share/haetae/plugins", HAETAE_PREFIX, DATA_MARK);
}

void places_geo(struct places *out)
{
    *out = (struct places){0};
    char directory[PATH_MAX];
    program_directory(directory, sizeof directory);
    for (int i = 0; i < CLIMB_MAX; i++)
        if (add(out, "%s/geo/haetae.mmdb", directory, "") || !climb(directory))
            break;
    if (out->count == 0 && !add(out, "%s/lib/haetae/haetae.mmdb", "/var", ""))
        add(out, "%s/share/haetae/haetae.mmdb", HAETAE_PREFIX, "");
}

void places_free(struct places *p)
{
    while (p->count > 0)
        free(p->path[--p->count]);
}
