/* SPDX-License-Identifier: Apache-2.0 */
/* health.c - see health.h. Each rule is a line or two; what the whole run could not see is verdict.c's. */
#include "run/health.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "analysis/verdict.h"
#include "base/clock.h"
#include "base/heartbeat.h"

#define DAY_S   86400
#define STALE_S 60 /* live: counters come every second */

const char *health_text(enum health_state state)
{
    static const char *const words[] = {"green", "yellow", "red"};
    return words[state];
}

__attribute__((format(printf, 3, 4))) static void because(struct health *h, enum health_state state, const char *format, ...)
{
    if (state > h->state)
        h->state = state;
    if (h->reason_count == HEALTH_REASONS_MAX)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(h->reason[h->reason_count++], HEALTH_REASON_SIZE, format, args);
    va_end(args);
}

static void judge_threads(struct health *h)
{
    struct heartbeat_fact fact[HEARTBEATS_MAX];
    size_t count = heartbeat_list(fact, HEARTBEATS_MAX);
    for (size_t i = 0; i < count; i++)
        if (fact[i].stalled)
            because(h, HEALTH_RED, "thread %s has not moved for %" PRIu64 " s", fact[i].name, fact[i].silent_ns / NS_PER_S);
}

static void judge_lists(struct health *h, const struct stats *s, int64_t age_max_s, int64_t now_s)
{
    uint64_t rows = 0;
    for (uint32_t i = 0; i < s->list_count; i++) {
        const struct list_facts *l = &s->list[i];
        rows += l->rows;
        if (age_max_s > 0 && l->written_s > 0 && now_s - l->written_s > age_max_s)
            because(h, HEALTH_RED, "the list %.60s is %" PRId64 " days old", l->name, (now_s - l->written_s) / DAY_S);
    }
    if (rows == 0)
        because(h, HEALTH_RED, "no indicator is loaded");
    if (s->lists_refused)
        because(h, HEALTH_YELLOW, "%u reloads of lists were refused", s->lists_refused);
}

static void judge_outputs(struct health *h, const struct stats *s)
{
    for (uint32_t i = 0; i < s->output_count; i++)
        if (s->output[i].dropped)
            because(h, HEALTH_YELLOW, "%.40s: %" PRIu64 " lines were lost", s->output[i].name, s->output[i].dropped);
}

/* It works, but something is broken, and for a while nobody watched. */
static void judge_lives(struct health *h, const struct stats *s)
{
    if (s->restarts)
        because(h, HEALTH_YELLOW, "the sensor was started again %u times; %" PRIu64 " packets at most went unseen, %u flows are not looked into",
                s->restarts, s->crash_loss.packets + s->crash_loss.unseen, s->shut_flows);
}

/* The run's own reasons to be called blind: after a while they say that the tap or the configuration is wrong. */
static void judge_sight(struct health *h, const struct stats *s)
{
    struct verdict v;
    if (s->total.capture.received == 0)
        return;
    verdict_of(s, &v);
    for (uint32_t i = 0; i < v.reason_count; i++)
        because(h, HEALTH_YELLOW, "%s", v.reason[i]);
}

void health_judge(const struct board_view *view, int64_t list_age_max_s, int64_t now_s, struct health *out)
{
    *out = (struct health){.state = HEALTH_GREEN};
    judge_threads(out);
    if (!view)
        return;
    uint64_t silent_s = (clock_monotonic_ns() - view->posted_ns) / NS_PER_S;
    if (view->live && silent_s > STALE_S)
        because(out, HEALTH_RED, "no counters from the workers for %" PRIu64 " s", silent_s);
    judge_lists(out, &view->stats, list_age_max_s, now_s);
    judge_outputs(out, &view->stats);
    judge_lives(out, &view->stats);
    judge_sight(out, &view->stats);
}
