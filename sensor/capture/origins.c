/* SPDX-License-Identifier: Apache-2.0 */
/* origins.c - see origins.h. */
#include "capture/origins.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define NUMBERS       65536u
#define INTERFACE_MAX 64u
#define RECENT        64u

struct origin {
    struct origin *older; /* all of them, to free */
    char *path;
    uint16_t number;
    char interface[INTERFACE_MAX * 4 + 1]; /* "": none */
};

struct origins {
    pthread_mutex_t lock; /* of next and newest */
    uint32_t next;
    struct origin *newest;
    _Atomic(struct origin *) at[NUMBERS];
};

struct origins *origins_new(void)
{
    struct origins *o = calloc(1, sizeof *o); /* pages never touched are never taken */
    if (o)
        pthread_mutex_init(&o->lock, NULL);
    return o;
}

static void forget(struct origin *one)
{
    if (one)
        free(one->path);
    free(one);
}

void origins_free(struct origins *o)
{
    if (!o)
        return;
    for (struct origin *one = o->newest, *older; one; one = older) {
        older = one->older;
        forget(one);
    }
    pthread_mutex_destroy(&o->lock);
    free(o);
}

/* Every worker reads every file and tells of its interfaces: the latest entries are looked at for the same one. */
static struct origin *find_recent(const struct origins *o, const struct origin *wanted)
{
    struct origin *one = o->newest;
    for (unsigned i = 0; one && i < RECENT; i++, one = one->older)
        if (one->path && strcmp(one->path, wanted->path) == 0 && strcmp(one->interface, wanted->interface) == 0)
            return one;
    return NULL;
}

static struct origin *origin_new(const char *path, const char *interface, size_t size)
{
    struct origin *fresh = calloc(1, sizeof *fresh);
    if (!fresh || !(fresh->path = strdup(path))) {
        forget(fresh);
        return NULL;
    }
    size = strnlen(interface ? interface : "", size < INTERFACE_MAX ? size : INTERFACE_MAX);
    fresh->interface[size ? utf8_clean(fresh->interface, interface, size) : 0] = '\0';
    return fresh;
}

uint16_t origins_add(struct origins *o, const char *path, const char *interface, size_t size)
{
    struct origin *fresh = origin_new(path, interface, size), *same = NULL;
    pthread_mutex_lock(&o->lock);
    if (fresh && (same = find_recent(o, fresh))) {
        uint16_t known = same->number;
        pthread_mutex_unlock(&o->lock);
        forget(fresh);
        return known;
    }
    uint16_t number = (uint16_t)(o->next++ % NUMBERS);
    if (fresh) {
        fresh->number = number;
        fresh->older = o->newest;
        o->newest = fresh;
    }
    atomic_store_explicit(&o->at[number], fresh, memory_order_release); /* pairs with the loads below */
    pthread_mutex_unlock(&o->lock);
    return number;
}

const char *origins_file(const struct origins *o, uint16_t number)
{
    const struct origin *one = atomic_load_explicit(&((struct origins *)(uintptr_t)o)->at[number], memory_order_acquire);
    return one ? one->path : NULL;
}

const char *origins_interface(const struct origins *o, uint16_t number)
{
    const struct origin *one = atomic_load_explicit(&((struct origins *)(uintptr_t)o)->at[number], memory_order_acquire);
    return one && *one->interface ? one->interface : NULL;
}
