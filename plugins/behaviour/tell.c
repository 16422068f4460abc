/* SPDX-License-Identifier: Apache-2.0 */
/* tell.c - from facts to an alert; what its reasons and its line may hold. */
#include "behaviour.h"

#include <stdarg.h>
#include <stdio.h>

void behaviour_printable(char *out, size_t room, struct slice text)
{
    size_t n = text.size < room - 1 ? text.size : room - 1;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = text.at[i];
        out[i] = c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? '?' : (char)c;
    }
    out[n] = '\0';
}

void report_text(struct report *r, const char *name, const char *text)
{
    if (*text != '\0' && r->fact_count < FACTS_MAX)
        r->fact[r->fact_count++] =
            (struct evidence){.name = name, .kind = EVIDENCE_TEXT, .text = {(const uint8_t *)text, strlen(text)}};
}

void report_number(struct report *r, const char *name, int64_t number)
{
    if (r->fact_count < FACTS_MAX)
        r->fact[r->fact_count++] = (struct evidence){.name = name, .kind = EVIDENCE_NUMBER, .number = number};
}

void report_because(struct report *r, const char *format, ...)
{
    va_list arguments;
    if (r->why_count == WHY_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(r->why[r->why_count++], WHY_ROOM, format, arguments);
    va_end(arguments);
}

bool report_tell(const struct behaviour *b, struct sensor_context *context, const struct observation *head, struct report *r)
{
    const char *why[WHY_MAX + 1] = {NULL};
    for (size_t i = 0; i < r->why_count; i++)
        why[i] = r->why[i];
    struct sighting sighting = {.rule = &behaviour_rules[r->rule],
                                .signature = r->signature,
                                .severity = r->severity,
                                .confidence_pct = r->confidence_pct,
                                .context_key = "behaviour",
                                .evidence = r->fact,
                                .evidence_count = r->fact_count,
                                .why = why,
                                .dedup = {(const uint8_t *)r->dedup, strlen(r->dedup)},
                                .limit = 1,
                                .window_s = r->window_s};
    return head != NULL ? b->host->raise_on(context, head, &sighting) : b->host->raise(context, &sighting);
}
