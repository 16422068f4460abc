/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template.c - a whole detector in a hundred lines: copy this folder, rename, change observe().
 *
 * It raises an alert when an internal host asks for a name of watch.csv by DNS, TLS, QUIC or HTTP. Everything a detector needs is
 * in sensor_plugin.h; it links against nothing of ours.
 */
#include "sensor_plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct template_state {
    const struct sensor_host *host;
    struct sensor_list *watch;
};

/* Take SIDs of your own from 1799000 to 1799999; never use one twice. */
static const struct sensor_rule rules[] = {
    {.sid = 1799000,
     .rev = 1,
     .detector = "D00",
     .name = "watch.name",
     .category = "Misc activity",
     .severity = 3,
     .tactic_id = "TA0011",
     .tactic_name = "Command_And_Control",
     .technique_id = "T1071",
     .technique_name = "Application_Layer_Protocol",
     .created = "2026_11_20",
     .updated = "2026_11_20",
     .summary = "An internal host used a name of the watch list.",
     .evidence = "The name in a DNS question, TLS or QUIC SNI or HTTP Host.",
     .false_positives = "Whatever the list holds by mistake: remove the row."},
    {.sid = 0},
};

static const struct sensor_option options[] = {
    {.name = "list", .type = OPTION_TEXT, .fallback = "template/watch.csv", .help = "CSV with columns value, match, note"},
    {.name = NULL},
};

static void *template_open(const struct sensor_host *host, const struct sensor_options *given, char *error, size_t error_size)
{
    static const char *const columns[] = {"note", NULL};
    struct template_state *state = calloc(1, sizeof *state);
    if (!state) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    state->host = host;
    state->watch = host->list_open(host->option_text(given, "list"), columns, error, error_size);
    if (state->watch)
        return state;
    free(state);
    return NULL;
}

static void template_close(void *arg)
{
    struct template_state *state = arg;
    if (!state)
        return;
    state->host->list_close(state->watch);
    free(state);
}

/* The name in an observation, and what to call the place it was found in. */
static struct slice name_in(const struct observation *o, const char **place)
{
    switch (o->kind) {
    case OBSERVE_DNS: {
        const struct observation_dns *dns = (const struct observation_dns *)o;
        const struct dns_record *question = observation_item(o, dns->questions, 0, sizeof *question);
        *place = "dns.query";
        return question && !dns->is_response ? observation_text(o, question->name) : (struct slice){NULL, 0};
    }
    case OBSERVE_TLS: *place = "tls.sni"; return observation_text(o, ((const struct observation_tls *)o)->sni);
    case OBSERVE_QUIC: *place = "quic.sni"; return observation_text(o, ((const struct observation_quic *)o)->sni);
    default: *place = "http.host"; return observation_text(o, ((const struct observation_http *)o)->host);
    }
}

static void template_observe(void *arg, const struct observation *o, struct sensor_context *context)
{
    struct template_state *state = arg;
    struct sensor_entry entry;
    const char *place;
    struct slice name = name_in(o, &place);
    if (!o->client_internal || name.size == 0 || !state->host->list_find_name(state->watch, name, &entry))
        return;
    const char *note = state->host->field(&entry, "note"), *listed = state->host->field(&entry, "value");
    const struct evidence evidence[] = {
        {.name = "matched_on", .text = {(const uint8_t *)place, strlen(place)}},
        {.name = "matched_value", .text = name},
        {.name = "note", .text = {(const uint8_t *)note, strlen(note)}},
    };
    const char *const why[] = {"the name is on the watch list", NULL};
    const struct sighting sighting = {.rule = rules,
                                      .signature = "Watched name used",
                                      .confidence_pct = 50,
                                      .context_key = "watch",
                                      .evidence = evidence,
                                      .evidence_count = sizeof evidence / sizeof *evidence,
                                      .why = why,
                                      .dedup = {(const uint8_t *)listed, strlen(listed)},
                                      .limit = 1,
                                      .window_s = 3600};
    state->host->raise(context, &sighting);
}

SENSOR_PLUGIN(template) = {SENSOR_PLUGIN_ABI,
                           .kind = SENSOR_DETECTOR,
                           .name = "template",
                           .version = "1.0",
                           .license = "Apache-2.0",
                           .summary = "names of a watch list",
                           .options = options,
                           .detector = {.observes = OBSERVE_BIT(OBSERVE_DNS) | OBSERVE_BIT(OBSERVE_TLS) |
                                                    OBSERVE_BIT(OBSERVE_QUIC) | OBSERVE_BIT(OBSERVE_HTTP_REQUEST),
                                        .rules = rules,
                                        .open = template_open,
                                        .observe = template_observe,
                                        .close = template_close}};
