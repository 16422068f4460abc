/* SPDX-License-Identifier: Apache-2.0 */
/* gap.c - see gap.h. */
#include "output/gap.h"

#include "base/clock.h"

void gap_merge(struct gap *g, const struct gap *other)
{
    if (other->lines == 0)
        return;
    if (g->lines == 0) {
        *g = *other;
        return;
    }
    g->lines += other->lines;
    for (enum drop_reason i = 0; i < DROP_REASON_COUNT; i++)
        g->by_reason[i] += other->by_reason[i];
    for (enum event_type i = 0; i < EVENT_TYPE_COUNT; i++)
        g->by_type[i] += other->by_type[i];
    if (other->since_ns < g->since_ns)
        g->since_ns = other->since_ns;
    if (other->until_ns > g->until_ns)
        g->until_ns = other->until_ns;
    if (other->first_sequence < g->first_sequence)
        g->first_sequence = other->first_sequence;
    if (other->last_sequence > g->last_sequence)
        g->last_sequence = other->last_sequence;
}

void gap_add(struct gap *g, const struct line_facts *lost, enum drop_reason reason)
{
    struct gap one = {.lines = lost->count,
                      .since_ns = lost->time_ns,
                      .until_ns = lost->time_ns,
                      .first_sequence = lost->sequence,
                      .last_sequence = lost->sequence + lost->count - 1};
    one.by_reason[reason] = lost->count;
    one.by_type[lost->type] = lost->count;
    gap_merge(g, &one);
}

static void facts(struct json *j, const struct gap *g, struct clock_text *clock)
{
    json_open(j, "gap");
    json_uint(j, "lines", g->lines);
    json_text(j, "since", clock_eve(clock, g->since_ns));
    json_text(j, "until", clock_eve(clock, g->until_ns));
    json_uint(j, "first_seq", g->first_sequence);
    json_uint(j, "last_seq", g->last_sequence);
    json_open(j, "reasons");
    for (enum drop_reason i = 0; i < DROP_REASON_COUNT; i++)
        if (g->by_reason[i] > 0)
            json_uint(j, drop_reason_name(i), g->by_reason[i]);
    json_close(j);
    json_open(j, "types");
    for (enum event_type i = 0; i < EVENT_TYPE_COUNT; i++)
        if (g->by_type[i] > 0)
            json_uint(j, event_type_name(i), g->by_type[i]);
    json_close(j);
    json_close(j);
}

bool gap_write(const struct gap *g, const struct gap_author *author, struct json *out)
{
    struct clock_text clock;
    clock_text_init(&clock);
    if (author->prefix[0] != '\0')
        json_lead(out, author->prefix, __builtin_strlen(author->prefix));
    json_open(out, NULL);
    json_text(out, "timestamp", clock_eve(&clock, g->until_ns));
    json_text(out, "event_type", "anomaly");
    json_open(out, "anomaly");
    json_text(out, "type", "unknown");
    json_uint(out, "code", 0);
    json_text(out, "event", "output_gap");
    json_close(out);
    if (author->host[0] != '\0')
        json_text(out, "host", author->host);
    json_open(out, "ndpi");
    json_open(out, "haetae");
    json_text(out, "output", author->output);
    if (author->run != 0)
        json_uint(out, "run", author->run);
    facts(out, g, &clock);
    json_close(out);
    json_close(out);
    json_close(out);
    json_end_line(out);
    return !out->failed;
}
