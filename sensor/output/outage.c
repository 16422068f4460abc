/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outage.c - a sink that does not take lines: since when, why, how long to wait before it is asked again, and when it is given up.
 *
 * RETRY with words in error() is a failure; without words the sink is only busy. Pauses double from some milliseconds to some seconds,
 * with a jitter of a quarter, so that many sensors do not come back to a server in step.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "output/writer.h"

#define PAUSE_MIN_MS     5
#define PAUSE_BUSY_MS    500  /* a busy sink will have room soon, a local one costs nothing to try */
#define PAUSE_FAILING_MS 4000 /* with its jitter at most 5 s */
#define PAUSE_ENDING_MS  100
#define REOPEN_AGAIN_MS  1000

static void set_why(struct output *o, const char *why)
{
    pthread_mutex_lock(&o->lock);
    snprintf(o->why, sizeof o->why, "%s", why);
    pthread_mutex_unlock(&o->lock);
    o->failing = why[0] != '\0';
}

void outage_note(struct output *o, const char *what, const char *why)
{
    if (why[0] == '\0')
        why = "no reason given";
    /* Only this thread writes `why`. */
    if (strncmp(o->why, why, sizeof o->why - 1) == 0)
        return;
    if (!o->failing)
        atomic_fetch_add_explicit(&o->outages, 1, memory_order_relaxed);
    set_why(o, why);
    log_warning("%s: %s: %s", o->options.name, what, why);
}

void outage_over(struct output *o)
{
    o->pause_ms = PAUSE_MIN_MS;
    if (!o->failing)
        return;
    set_why(o, "");
    log_notice("%s: works again", o->options.name);
}

const char *outage_words(const struct output *o)
{
    const char *why = o->sink->error != NULL ? o->sink->error(o->state) : "";
    return why != NULL ? why : "";
}

/* With a spool nothing is lost by giving up, so at the end that is done soon. */
static bool is_hopeless(const struct output *o)
{
    uint64_t now = clock_monotonic_ns();
    uint64_t ending_ns = atomic_load_explicit(&o->ending_ns, memory_order_acquire); /* pairs with output_wind_down */
    uint64_t drain_ns = atomic_load_explicit(&o->drain_ns, memory_order_relaxed);
    if (ending_ns != 0 && o->backlog != NULL)
        return o->failing || now >= ending_ns + drain_ns;
    bool extends = o->options.wait && o->progress_ns > ending_ns; /* live, the end has its time however slowly a sink takes lines */
    if (ending_ns != 0)
        return now >= (extends ? o->progress_ns : ending_ns) + drain_ns;
    return o->options.wait && o->options.patience_ms != 0 && now >= o->progress_ns + o->options.patience_ms * NS_PER_MS;
}

void outage_judge(struct output *o)
{
    if (!is_hopeless(o))
        return;
    o->dead = true;
    if (o->backlog == NULL)
        log_error("%s: given up (%s); what it did not take is counted as dropped", o->options.name, o->failing ? o->why : "no room");
}

void outage_sleep(struct output *o, uint64_t ms)
{
    struct timespec until;
    uint64_t ns = clock_monotonic_ns() + ms * NS_PER_MS;
    until.tv_sec = (time_t)(ns / NS_PER_S);
    until.tv_nsec = (long)(ns % NS_PER_S);
    pthread_mutex_lock(&o->lock);
    pthread_cond_timedwait(&o->wake, &o->lock, &until);
    pthread_mutex_unlock(&o->lock);
}

/* The pause at hand, give or take a quarter; the next one is twice as long. */
static uint64_t next_pause(struct output *o, bool failing)
{
    uint64_t most = writer_is_ending(o) ? PAUSE_ENDING_MS : failing && !o->sink->is_local ? PAUSE_FAILING_MS : PAUSE_BUSY_MS;
    uint64_t pause = o->pause_ms < PAUSE_MIN_MS ? PAUSE_MIN_MS : o->pause_ms < most ? o->pause_ms : most;
    o->pause_ms = 2 * pause;
    uint64_t jitter = clock_monotonic_ns() / 1000 % (pause / 2 + 1); /* microseconds of a clock nobody sets are random enough */
    return pause - pause / 4 + jitter;
}

void outage_wait(struct output *o)
{
    const char *why = outage_words(o);
    bool failing = why[0] != '\0';
    if (failing) {
        atomic_fetch_add_explicit(&o->failures, 1, memory_order_relaxed);
        outage_note(o, "trying again", why);
    }
    outage_judge(o);
    if (o->dead)
        return;
    if (o->backlog != NULL)
        spooling_sleep(o, next_pause(o, failing));
    else
        outage_sleep(o, next_pause(o, failing));
    outage_reopen(o);
}

void outage_wake(struct output *o)
{
    pthread_mutex_lock(&o->lock);
    pthread_cond_signal(&o->wake);
    pthread_mutex_unlock(&o->lock);
}

void outage_reopen(struct output *o)
{
    if (!atomic_load_explicit(&o->reopen, memory_order_relaxed) || clock_monotonic_ns() < o->reopen_ns)
        return;
    /* Pairs with output_reopen: what happened before the wish is seen by the sink. */
    atomic_exchange_explicit(&o->reopen, false, memory_order_acquire);
    if (o->sink->reopen == NULL || o->sink->reopen(o->state)) {
        outage_over(o);
        return;
    }
    outage_note(o, "cannot reopen", outage_words(o));
    o->reopen_ns = clock_monotonic_ns() + REOPEN_AGAIN_MS * NS_PER_MS;
    atomic_store_explicit(&o->reopen, true, memory_order_relaxed);
}
