/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload.c - see reload.h. Three steps, one at a time: a thread builds (lists_build), the analysis shows (lists_swap), the main thread
 * frees what was shown before (lists_settle).
 *
 * Files are looked at rather than watched: their times and sizes tell a rename as well as a write, on any file system. A file has to
 * stay as it is for one interval before it is read, so that one that is being written is left alone; and one that was refused is read
 * again only when it has changed again.
 */
#include "run/reload.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "intel/list.h"

#define INTERVAL_NS (2 * NS_PER_S)
#define NICENESS    10 /* packets come first */

struct reload {
    bool watch;
    bool asked;
    bool building;        /* the thread was started and not yet joined */
    _Atomic bool built;   /* it has come to its end */
    pthread_t thread;
    uint64_t looked_ns;
    uint64_t seen;        /* the change seen at the last look, 0 none */
    uint64_t tried;       /* the change that the latest build is about */
};

static void *build(void *arg)
{
    struct reload *r = arg;
    struct error error = {{0}};
    size_t count;
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICENESS);
    if (!lists_build(&count, &error))
        log_error("%s; all lists stay as they were", error.text);
    else if (count == 0)
        log_notice("no list has changed");
    atomic_store_explicit(&r->built, true, memory_order_release); /* with the acquire in reload_look */
    return NULL;
}

static void start(struct reload *r)
{
    r->asked = false;
    r->tried = lists_change();
    atomic_store_explicit(&r->built, false, memory_order_relaxed);
    int failed = thread_start(&r->thread, "haetae-lists", build, r);
    if (failed) {
        log_error("cannot start a thread to read the lists: %s", strerror(failed));
        return;
    }
    r->building = true;
}

/* A change that has stayed the same since the last look, and was not tried yet. */
static bool look_at_files(struct reload *r)
{
    uint64_t now = clock_monotonic_ns();
    if (!r->watch || now < r->looked_ns + INTERVAL_NS)
        return false;
    uint64_t change = lists_change();
    bool due = change != 0 && change == r->seen && change != r->tried;
    r->looked_ns = now;
    r->seen = change;
    return due;
}

struct reload *reload_new(bool watch, struct error *error)
{
    struct reload *r = calloc(1, sizeof *r);
    if (!r)
        error_set(error, "out of memory");
    else
        r->watch = watch;
    return r;
}

void reload_free(struct reload *r)
{
    if (!r)
        return;
    if (r->building)
        pthread_join(r->thread, NULL);
    lists_drop();
    free(r);
}

void reload_ask(struct reload *r, const char *why)
{
    log_notice("%s: reading the lists that changed", why);
    r->asked = true;
}

void reload_look(struct reload *r)
{
    if (r->building && atomic_load_explicit(&r->built, memory_order_acquire)) {
        pthread_join(r->thread, NULL);
        r->building = false;
    }
    if (r->building)
        return;
    if (lists_state() == LISTS_SWAPPED)
        lists_settle();
    if (lists_state() != LISTS_SHOWN)
        return;
    if (r->asked || look_at_files(r))
        start(r);
}
