/* SPDX-License-Identifier: Apache-2.0 */
/* crash.c - see crash.h. */
#include "run/crash.h"

#include "base/blackbox.h"
#include "run/supervise_tell.h"

/* The thread that crashed gives its ring up, so that the analysis does not wait for it, and the other workers end their flows. */
static void begin(const struct crash_scene *s)
{
    struct blackbox_slot *here = blackbox_here;
    blackbox->frames = supervise_frames();
    if (here->role == ROLE_WORKER && here->index < s->worker_count) {
        ring_close(s->rings[here->index]);
        worker_autopsy(s->workers[here->index], here, &blackbox->loss);
    }
    for (uint32_t i = 0; i < s->worker_count; i++)
        if (here->role != ROLE_WORKER || i != here->index)
            worker_stop(s->workers[i]);
    for (uint32_t i = 0; here->role == ROLE_ANALYST && i < s->output_count; i++)
        output_flush(s->outputs[i]); /* they are this thread's to fill */
}

/* *movable: of those, what is not in the hands of a writer that crashed. */
static uint64_t lines_left(const struct crash_scene *s, uint64_t *movable)
{
    const struct blackbox_slot *here = blackbox_here;
    uint64_t left = 0;
    *movable = 0;
    for (uint32_t i = 0; i < s->output_count; i++) {
        struct output_counters c;
        output_count(s->outputs[i], &c);
        left += c.queued;
        *movable += here->role == ROLE_WRITER && here->index == i ? 0 : c.queued;
    }
    return left;
}

static uint64_t observations_left(void)
{
    uint64_t given = 0, taken = 0;
    for (size_t i = 0; i < BLACKBOX_SLOTS; i++) {
        given += blackbox->slot[i].role == ROLE_WORKER ? blackbox->slot[i].count : 0;
        taken += blackbox->slot[i].role == ROLE_ANALYST ? blackbox->slot[i].count : 0;
    }
    return given > taken ? given - taken : 0;
}

static bool all_closed(const struct crash_scene *s)
{
    for (uint32_t i = 0; i < s->worker_count; i++)
        if (!ring_is_closed(s->rings[i]) || ring_used(s->rings[i]) > 0)
            return false;
    return true;
}

/* Twice the same in a row, for lines follow observations. */
static bool settle(void *arg, uint32_t call)
{
    static bool quiet;
    const struct crash_scene *s = arg;
    bool is_analyst = blackbox_here->role == ROLE_ANALYST, before = quiet;
    uint64_t movable;
    if (call == 0)
        begin(s);
    blackbox->loss.lines = lines_left(s, &movable);
    blackbox->loss.observations = observations_left();
    quiet = movable == 0 && (is_analyst || (all_closed(s) && blackbox->loss.observations == 0));
    return before && quiet;
}

void crash_watch(const struct crash_scene *scene)
{
    blackbox_on_crash(settle, (void *)(uintptr_t)scene);
}

void crash_unwatch(void)
{
    blackbox_on_crash(NULL, NULL);
}
