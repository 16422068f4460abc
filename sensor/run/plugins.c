/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plugins.c - see plugins.h. A descriptor is copied into a zeroed struct of our own, min(its size, ours) bytes: an older plugin
 * lacks the newer fields and works on.
 */
#include "run/plugins.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/builtin.h"

#define PATH_TEXT_MAX 4096

struct loaded {
    struct sensor_plugin plugin;
    void *object; /* dlopen's, NULL for built in */
    char *path;   /* NULL for built in */
};

struct plugins {
    struct loaded item[PLUGINS_MAX];
    size_t count;
};

static bool check_name(const char *name)
{
    return name && *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(name);
}

static bool check_descriptor(const struct sensor_plugin *p, struct error *error)
{
    if (p->abi_major != SENSOR_ABI_MAJOR || p->abi_minor > SENSOR_ABI_MINOR)
        return error_set(error, "speaks plugin ABI %u.%u, this program %d.%d; rebuild it", p->abi_major, p->abi_minor,
                         SENSOR_ABI_MAJOR, SENSOR_ABI_MINOR);
    if (!check_name(p->name))
        return error_set(error, "its name is empty or has other characters than a-z 0-9 _ -");
    const struct sensor_detector *d = &p->detector;
    const struct sensor_output *o = &p->output;
    if (p->kind == SENSOR_DETECTOR ? !(d->open && d->observe && d->close && d->rules) : !(o->open && (o->write || o->write_lines) && o->close))
        return error_set(error, "plugin %s lacks a function or table that its kind needs", p->name);
    return true;
}

/* A later plugin of the same kind and name replaces the earlier. */
static struct loaded *place_for(struct plugins *all, const struct sensor_plugin *p)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->item[i].plugin.kind == p->kind && strcmp(all->item[i].plugin.name, p->name) == 0)
            return &all->item[i];
    return all->count < PLUGINS_MAX ? &all->item[all->count++] : NULL;
}

static bool add(struct plugins *all, const struct sensor_plugin *foreign, void *object, const char *path, struct error *error)
{
    struct sensor_plugin p = {0};
    memcpy(&p, foreign, foreign->size < sizeof p ? foreign->size : sizeof p);
    if (!check_descriptor(&p, error))
        return false;
    struct loaded *place = place_for(all, &p);
    if (!place)
        return error_set(error, "more than %d plugins", PLUGINS_MAX);
    if (place->object)
        return error_set(error, "plugin %s was already loaded from %s; remove one of them", p.name, place->path);
    *place = (struct loaded){.plugin = p, .object = object, .path = path ? strdup(path) : NULL};
    return true;
}

/* Only root or we ourselves may have written it. */
static bool check_trust(const char *path, struct error *error)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return error_set(error, "%s: %s", path, strerror(errno));
    if ((st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & (S_IWGRP | S_IWOTH)))
        return error_set(error, "%s: owned by uid %u with mode %o; plugins run with our rights: chown root and chmod go-w", path,
                         st.st_uid, st.st_mode & 07777);
    return true;
}

static bool load_object(struct plugins *all, const char *path, struct error *error)
{
    if (!check_trust(path, error))
        return false;
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!object)
        return error_set(error, "%s: %s", path, dlerror());
    const struct sensor_plugin *p = dlsym(object, "sensor_plugin");
    bool good = p ? add(all, p, object, path, error) : error_set(error, "no symbol sensor_plugin; define it with SENSOR_PLUGIN()");
    if (!good) {
        error_prefix(error, "%s", path);
        dlclose(object);
    }
    return good;
}

static int is_shared_object(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 3 && strcmp(entry->d_name + size - 3, ".so") == 0;
}

static bool load_directory(struct plugins *all, const char *directory, struct error *error)
{
    struct dirent **names;
    if (!check_trust(directory, error))
        return false;
    int count = scandir(directory, &names, is_shared_object, alphasort);
    if (count < 0)
        return error_set(error, "%s: %s", directory, strerror(errno));
    bool good = true;
    for (int i = 0; i < count; i++) {
        char path[PATH_TEXT_MAX];
        int n = snprintf(path, sizeof path, "%s/%s", directory, names[i]->d_name);
        if (good && (n < 0 || (size_t)n >= sizeof path))
            good = error_set(error, "%s: the path of %.100s is too long", directory, names[i]->d_name);
        good = good && load_object(all, path, error);
        free(names[i]);
    }
    free(names);
    return good;
}

struct plugins *plugins_load(const char *directory, struct error *error)
{
    struct plugins *all = calloc(1, sizeof *all);
    if (!all) {
        error_set(error, "out of memory for plugins");
        return NULL;
    }
    bool good = true;
    for (size_t i = 0; good && builtin_plugins[i]; i++)
        good = add(all, builtin_plugins[i], NULL, NULL, error);
    if (good && directory && *directory)
        good = load_directory(all, directory, error);
    if (good)
        return all;
    plugins_free(all);
    return NULL;
}

void plugins_free(struct plugins *p)
{
    if (!p)
        return;
    while (p->count > 0) {
        struct loaded *last = &p->item[--p->count];
        if (last->object)
            dlclose(last->object);
        free(last->path);
    }
    free(p);
}

size_t plugins_count(const struct plugins *p)
{
    return p->count;
}

const struct sensor_plugin *plugins_get(const struct plugins *p, size_t i)
{
    return &p->item[i].plugin;
}

const struct sensor_plugin *plugins_find(const struct plugins *p, enum sensor_plugin_kind kind, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->item[i].plugin.kind == kind && strcmp(p->item[i].plugin.name, name) == 0)
            return &p->item[i].plugin;
    return NULL;
}

const char *plugins_origin(const struct plugins *p, size_t i)
{
    return p->item[i].path ? p->item[i].path : "built in";
}
