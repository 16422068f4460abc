/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.c - an alert in the making: sentences, facts, and what a row of a list says.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tradecraft.h"

static const struct {
    const char *field, *said;
} places[] = {
    [BY_TLS] = {"tls.sni", "sent the TLS server name"},
    [BY_QUIC] = {"quic.sni", "sent the QUIC server name"},
    [BY_HTTP] = {"http.hostname", "sent an HTTP request for"},
    [BY_ADDRESS] = {"dns.rrname", "connected without a visible name to what DNS gave for"},
    [BY_CLASS] = {"ndpi.proto", "spoke, by its payload,"},
};

void tradecraft_printable(char out[TRADECRAFT_TEXT_MAX], struct slice s)
{
    size_t n = s.size < TRADECRAFT_TEXT_MAX - 1 ? s.size : TRADECRAFT_TEXT_MAX - 1;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = s.at[i];
        out[i] = c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? '?' : (char)c;
    }
    out[n] = '\0';
}

void tradecraft_begin(struct tradecraft_report *r, enum tradecraft_rule rule, const char *reference)
{
    *r = (struct tradecraft_report){.rule = &tradecraft_rules[rule], .reference = reference, .confidence_pct = 60};
}

void tradecraft_because(struct tradecraft_report *r, const char *format, ...)
{
    va_list arguments;
    if (r->why_count == TRADECRAFT_WHY_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(r->why[r->why_count++], sizeof r->why[0], format, arguments);
    va_end(arguments);
}

void tradecraft_text(struct tradecraft_report *r, const char *name, const char *text)
{
    if (*text != '\0' && r->fact_count < TRADECRAFT_FACTS_MAX)
        r->fact[r->fact_count++] =
            (struct evidence){.name = name, .kind = EVIDENCE_TEXT, .text = {(const uint8_t *)text, strlen(text)}};
}

void tradecraft_number(struct tradecraft_report *r, const char *name, uint64_t number)
{
    if (r->fact_count < TRADECRAFT_FACTS_MAX)
        r->fact[r->fact_count++] = (struct evidence){.name = name, .kind = EVIDENCE_NUMBER, .number = (int64_t)number};
}

void tradecraft_sight(const struct tradecraft *t, const struct observation *o, const struct tradecraft_sight *s, struct tradecraft_report *r)
{
    char client[46], server[46];
    const char *service = t->host->field(&s->entry, "service");
    snprintf(r->dedup, sizeof r->dedup, "%s", service);
    tradecraft_text(r, "service", service);
    tradecraft_text(r, "kind", t->host->field(&s->entry, "kind"));
    tradecraft_text(r, "matched_on", places[s->place].field);
    tradecraft_text(r, "matched_value", s->name);
    tradecraft_text(r, "list", s->list);
    tradecraft_number(r, "list_line", s->entry.line);
    tradecraft_because(r, "%s %s %.120s at %s port %u", t->host->address_text(&o->client, client), places[s->place].said, s->name,
                   t->host->address_text(&o->server, server), o->server_port);
    tradecraft_because(r, "%.120s belongs to %.64s, line %" PRIu32 " of %.100s", t->host->field(&s->entry, "value"), service, s->entry.line,
                   s->list);
}

void tradecraft_role(struct tradecraft_report *r, const struct sensor_role *role)
{
    tradecraft_text(r, "role", role->role);
    tradecraft_text(r, "role_source", role->where);
    tradecraft_because(r, "%.100s gives the host the role %.31s", role->where, role->role);
}

/* On the observation at hand, or on a flow whose head was kept. */
static void raise(const struct tradecraft *t, struct sensor_context *context, const struct observation *head, const struct tradecraft_report *r)
{
    const char *why[TRADECRAFT_WHY_MAX + 1] = {NULL};
    const char *references[] = {r->reference, NULL};
    for (size_t i = 0; i < r->why_count; i++)
        why[i] = r->why[i];
    const struct sighting sighting = {.rule = r->rule,
                                      .signature = r->signature,
                                      .severity = r->severity,
                                      .confidence_pct = r->confidence_pct,
                                      .target_is_server = r->target_is_server,
                                      .context_key = "tradecraft",
                                      .evidence = r->fact,
                                      .evidence_count = r->fact_count,
                                      .why = why,
                                      .references = r->reference != NULL && *r->reference != '\0' ? references : NULL,
                                      .dedup = {(const uint8_t *)r->dedup, strlen(r->dedup)},
                                      .limit = 1,
                                      .window_s = t->window_s};
    if (head != NULL)
        t->host->raise_on(context, head, &sighting);
    else
        t->host->raise(context, &sighting);
}

void tradecraft_raise(const struct tradecraft *t, struct sensor_context *context, const struct tradecraft_report *r)
{
    raise(t, context, NULL, r);
}

void tradecraft_raise_on(const struct tradecraft *t, struct sensor_context *context, const struct observation *head,
                         const struct tradecraft_report *r)
{
    raise(t, context, head, r);
}
