/* SPDX-License-Identifier: Apache-2.0 */
/* alert_summary.c - see alert_summary.h. */
#include "analysis/alert_summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

const struct sensor_rule alert_summary_rules[] = {
    {.sid = 1790000,
     .rev = 1,
     .detector = "D00",
     .name = "alert_summary",
     .category = "Misc activity",
     .severity = 3,
     .tactic_id = "",
     .tactic_name = "",
     .technique_id = "",
     .technique_name = "",
     .created = "2026_11_21",
     .updated = "2026_11_21",
     .summary = "Says how often an alert would have been repeated, when the window that held the repeats back has closed.",
     .evidence = "Two or more sightings that a limit or threshold held back. The flow is that of the last one.",
     .false_positives = "It says nothing new about the host. Leave it out with alert-summaries: no; held_back of the next alert then "
                        "tells the number."},
    {.sid = 0},
};

static struct slice slice_of(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

/* "2026-03-01T12:00:00Z" */
static const char *utc(uint64_t ns, char out[CLOCK_TEXT_MAX])
{
    clock_utc((int64_t)(ns / NS_PER_S), out);
    size_t size = strlen(out);
    if (size + 1 < CLOCK_TEXT_MAX) {
        out[size] = 'Z';
        out[size + 1] = '\0';
    }
    return out;
}

void alert_summary_build(const struct threshold_repeats *r, uint64_t now_ns,
                         void (*emit)(void *arg, const struct observation *o, const struct sighting *s), void *arg)
{
    char signature[THRESHOLD_TEXT_MAX], first[CLOCK_TEXT_MAX], last[CLOCK_TEXT_MAX], port_text[THRESHOLD_PORTS_MAX][8];
    const char *ports[THRESHOLD_PORTS_MAX + 1] = {NULL};
    struct observation o = r->head;
    o.size = sizeof o;
    o.kind = OBSERVE_STARTED;
    o.tunnel_at = 0;
    o.packet_number = 0;
    o.time_ns = now_ns;
    for (uint8_t i = 0; i < r->port_count; i++) {
        snprintf(port_text[i], sizeof port_text[i], "%u", r->port[i]);
        ports[i] = port_text[i];
    }
    snprintf(signature, sizeof signature, "Held back %" PRIu64 " more: %.120s", r->count, r->signature);
    const struct evidence evidence[] = {
        {.name = "summarizes", .kind = EVIDENCE_NUMBER, .number = r->rule->sid},
        {.name = "summarizes_detector", .kind = EVIDENCE_TEXT, .text = slice_of(r->rule->detector)},
        {.name = "matched_value", .kind = EVIDENCE_TEXT, .text = slice_of(r->value)},
        {.name = "count", .kind = EVIDENCE_NUMBER, .number = (int64_t)r->count},
        {.name = "first_seen", .kind = EVIDENCE_TEXT, .text = slice_of(utc(r->first_ns, first))},
        {.name = "last_seen", .kind = EVIDENCE_TEXT, .text = slice_of(utc(r->last_ns, last))},
        {.name = "bytes", .kind = EVIDENCE_NUMBER, .number = (int64_t)r->bytes},
        {.name = "ports", .kind = EVIDENCE_LIST, .list = ports},
    };
    const struct sighting s = {.rule = alert_summary_rules,
                               .signature = signature,
                               .confidence_pct = 100,
                               .target_is_server = r->target_is_server,
                               .context_key = "summary",
                               .evidence = evidence,
                               .evidence_count = sizeof evidence / sizeof *evidence};
    emit(arg, &o, &s);
}
