/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload.c - see reload.h. Three steps, one at a time: a thread builds (lists_build, geo_build), the analysis shows (lists_swap,
 * geo_swap), the main thread frees what was shown before (lists_settle, geo_settle).
 *
 * Files are looked at rather than watched: their times and sizes tell a rename as well as a write, on any file system. A file has to
 * stay as it is for one interval before it is read, so that one that is being written is left alone; and one that was refused is read
 * again only when it has changed again.
 */
#include "run/reload.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "geo/geo.h"
#include "intel/list.h"

#define INTERVAL_NS (2 * NS_PER_S)
#define NICENESS    10 /* packets come first */

struct reload {
    struct geo *geo;
    bool watch;
    bool asked;
    bool building;      /* the thread was started and not yet joined */
    bool showing;       /* it is done, and the analysis has not shown all of it */
    _Atomic bool built; /* it has come to its end */
    pthread_t thread;
    uint64_t looked_ns;
    uint64_t seen;      /* the change seen at the last look, 0 none */
    uint64_t tried;     /* the change that the latest build is about */
    uint64_t ticket;    /* the latest that this build serves */
    struct error why;   /* of a refusal; the builder's, until it is joined */
};

/* The history belongs to the process: whoever asks need not know whether a run is on. */
static struct {
    pthread_mutex_t lock;
    uint64_t given;  /* tickets */
    uint64_t served; /* the latest that was */
    uint64_t failed_first, failed_last; /* those of the latest reload that was refused */
    struct reload_history history;
} desk = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ----------------------------------------------------------------- history */

uint64_t reload_ticket(void)
{
    pthread_mutex_lock(&desk.lock);
    uint64_t ticket = ++desk.given;
    pthread_mutex_unlock(&desk.lock);
    return ticket;
}

enum reload_result reload_result(uint64_t ticket, struct error *why)
{
    pthread_mutex_lock(&desk.lock);
    bool refused = ticket >= desk.failed_first && ticket <= desk.failed_last;
    enum reload_result result = ticket > desk.served ? RELOAD_PENDING : refused ? RELOAD_REFUSED : RELOAD_DONE;
    if (result == RELOAD_REFUSED)
        *why = desk.history.refusal;
    pthread_mutex_unlock(&desk.lock);
    return result;
}

void reload_history(struct reload_history *out)
{
    pthread_mutex_lock(&desk.lock);
    *out = desk.history;
    pthread_mutex_unlock(&desk.lock);
}

/* Closes a reload that serves all tickets up to this one; `why` NULL: well. */
static void note(uint64_t ticket, const struct error *why)
{
    pthread_mutex_lock(&desk.lock);
    if (why) {
        desk.failed_first = desk.served + 1;
        desk.failed_last = ticket;
        desk.history.refused++;
        desk.history.refusal = *why;
    } else {
        desk.history.done++;
        desk.history.last_s = time(NULL);
        desk.history.refusal.text[0] = '\0';
    }
    desk.served = ticket;
    pthread_mutex_unlock(&desk.lock);
}

static uint64_t latest_ticket(void)
{
    pthread_mutex_lock(&desk.lock);
    uint64_t ticket = desk.given;
    pthread_mutex_unlock(&desk.lock);
    return ticket;
}

void reload_note_fresh(void)
{
    pthread_mutex_lock(&desk.lock);
    desk.served = desk.given;
    desk.history.last_s = time(NULL);
    pthread_mutex_unlock(&desk.lock);
}

/* ------------------------------------------------------------------ building */

/* Lists and databases are refused each for itself: a broken database is no reason to miss an indicator. */
static void *build(void *arg)
{
    struct reload *r = arg;
    struct error error = {{0}};
    size_t lists = 0, databases = 0;
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICENESS);
    r->why.text[0] = '\0';
    if (!lists_build(&lists, &error)) {
        log_error("%s; all lists stay as they were", error.text);
        r->why = error;
    }
    if (r->geo && !geo_build(r->geo, &databases, &error)) {
        log_error("geo: %s; all databases stay as they were", error.text);
        r->why = error;
    }
    if (lists + databases == 0 && !*r->why.text)
        log_notice("no list and no geo database has changed");
    atomic_store_explicit(&r->built, true, memory_order_release); /* with the acquire in reload_look */
    return NULL;
}

/* What of the files differs from what was read; 0 nothing. */
static uint64_t change(const struct reload *r)
{
    return lists_change() + (r->geo ? geo_change(r->geo) : 0);
}

static void start(struct reload *r)
{
    r->asked = false;
    r->tried = change(r);
    r->ticket = latest_ticket();
    atomic_store_explicit(&r->built, false, memory_order_relaxed);
    int failed = thread_start(&r->thread, "haetae-lists", build, r);
    if (failed) {
        log_error("cannot start a thread to read the lists: %s", strerror(failed));
        error_set(&r->why, "cannot start a thread: %s", strerror(failed));
        note(r->ticket, &r->why);
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
    uint64_t seen = change(r);
    bool due = seen != 0 && seen == r->seen && seen != r->tried;
    r->looked_ns = now;
    r->seen = seen;
    return due;
}

/* ------------------------------------------------------------------ main thread */

struct reload *reload_new(bool watch, struct geo *geo, struct error *error)
{
    struct reload *r = calloc(1, sizeof *r);
    if (!r) {
        error_set(error, "out of memory");
        return NULL;
    }
    r->watch = watch;
    r->geo = geo;
    return r;
}

void reload_free(struct reload *r)
{
    if (!r)
        return;
    if (r->building)
        pthread_join(r->thread, NULL);
    lists_drop();
    if (r->geo)
        geo_drop(r->geo);
    reload_note_fresh(); /* the next run reads everything; nobody shall wait for this one */
    free(r);
}

void reload_ask(struct reload *r, const char *why)
{
    log_notice("%s: reading the lists and geo databases that changed", why);
    r->asked = true;
}

/* Frees what was replaced; true when all that was built is shown. */
static bool settle(const struct reload *r)
{
    if (lists_state() == LISTS_SWAPPED)
        lists_settle();
    if (r->geo && geo_state(r->geo) == GEO_SWAPPED)
        geo_settle(r->geo);
    return lists_state() == LISTS_SHOWN && (!r->geo || geo_state(r->geo) == GEO_SHOWN);
}

void reload_look(struct reload *r)
{
    if (r->building && atomic_load_explicit(&r->built, memory_order_acquire)) {
        pthread_join(r->thread, NULL);
        r->building = false;
        r->showing = true;
    }
    if (r->building || !settle(r))
        return;
    if (r->showing)
        note(r->ticket, *r->why.text ? &r->why : NULL);
    r->showing = false;
    if (r->asked || look_at_files(r))
        start(r);
}
