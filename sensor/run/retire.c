/* SPDX-License-Identifier: Apache-2.0 */
/* retire.c - see retire.h. */
#include "run/retire.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

void retire_init(struct retire *r, const struct retire_options *options)
{
    *r = (struct retire){.options = *options};
}

static void delete_file(const struct input *f)
{
    if (f->waits)
        return;
    if (f->problem)
        log_notice("%s: kept, because it is damaged", f->path);
    else if (unlink(f->path) != 0 && errno != ENOENT)
        log_error("%s: cannot delete it: %s", f->path, strerror(errno));
}

static void retire_up_to(struct retire *r, uint32_t end)
{
    const struct retire_options *o = &r->options;
    for (const struct input *f; r->next < end && (f = inputs_finished(o->inputs, r->next)); r->next++) {
        if (o->journal)
            journal_note(o->journal, f, JOURNAL_READ);
        if (o->delete && r->losing)
            log_notice("%s: kept, because events were lost on the way to an output", f->path);
        else if (o->delete)
            delete_file(f);
    }
}

static bool all_written(struct retire *r)
{
    bool all = true;
    for (uint32_t i = 0; i < r->options.output_count; i++) {
        struct output_counters c;
        output_count(r->options.outputs[i], &c);
        all = all && c.produced - c.queued >= r->waiting_for[i];
        r->losing |= c.dropped > 0;
    }
    return all;
}

void retire_look(struct retire *r, uint64_t analysed)
{
    if (!r->options.journal) /* only what goes on for ever is retired on the way */
        return;
    if (r->next < r->seen) {
        if (!all_written(r))
            return;
        retire_up_to(r, r->seen);
    }
    if (analysed <= r->seen)
        return;
    r->seen = (uint32_t)analysed;
    for (uint32_t i = 0; i < r->options.output_count; i++) {
        struct output_counters c;
        output_count(r->options.outputs[i], &c);
        r->waiting_for[i] = c.produced;
    }
}

void retire_rest(struct retire *r, bool lost)
{
    r->losing |= lost;
    retire_up_to(r, UINT32_MAX);
}
