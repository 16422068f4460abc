/* SPDX-License-Identifier: Apache-2.0 */
/* intel_check.c - `haetae intel check`: what a list holds, by type, and whether it may stand in for an older one. */
#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "run/intel_feed.h"

struct check {
    uint64_t by_type[INDICATOR_TYPE_COUNT];
};

static bool count(void *arg, const struct indicator *i)
{
    struct check *c = arg;
    c->by_type[i->type]++;
    return true;
}

static void print(const char *path, const struct check *c, const struct intel_read_result *r)
{
    printf("%s: %s, %" PRIu64 " indicators\n", path, intel_format_name(r->format), r->taken);
    for (unsigned t = 1; t < INDICATOR_TYPE_COUNT; t++)
        if (c->by_type[t])
            printf("  %-12s %" PRIu64 "\n", indicator_type_name((enum indicator_type)t), c->by_type[t]);
    const struct {
        const char *what;
        uint64_t count;
    } rest[] = {{"bad", r->bad}, {"refused", r->refused}, {"left out", r->inexpressible}};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        if (rest[i].count)
            printf("  %-12s %" PRIu64 "\n", rest[i].what, rest[i].count);
}

/* True when the list may take the place of the old one (none: 0 indicators before). */
static bool may_replace(const char *path, uint64_t now, const struct intel_line *line)
{
    uint64_t before = line->against ? feed_count(line->against) : 0;
    if (!feed_has_collapsed(before, now))
        return true;
    if (now == 0)
        log_error("%s: no indicator in it; keep the old list and look where this one comes from", path);
    else
        log_error("%s: %" PRIu64 " indicators where %s has %" PRIu64 "; keep the old list and look where this one comes from", path,
                  now, line->against, before);
    return false;
}

enum intel_status intel_check(const struct intel_line *line)
{
    struct feed_lists f;
    struct feed_totals totals = {0};
    bool good = feed_lists_find(&f, line, NULL);
    for (size_t i = 0; i < f.count; i++) {
        struct check c = {{0}};
        struct intel_read_result result;
        bool read = feed_read_one(&f.source[i], line, count, &c, &result);
        if (read)
            print(f.source[i].path, &c, &result);
        good = read && may_replace(f.source[i].path, result.taken, line) && good;
        totals.bad += result.bad;
    }
    feed_lists_free(&f);
    return good ? feed_status(&totals) : INTEL_FAILED;
}
