/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dprk.c - the dprk detector: published indicators of DPRK actors in addresses, names and URLs.
 *
 * This file holds the descriptor, the options and the way an observation takes through the detector;
 * dprk.h says which file does what. Only internal hosts raise, or an outside contact with one of them.
 */
#include "dprk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sensor_option options[] = {
    {"lists", OPTION_LIST, "dprk/indicators.csv,dprk/canary.csv", 0, 0,
     "files of indicators, each with words like name=isac confidence=60: see README.md"},
    {"shared", OPTION_LIST, "dprk/shared-networks.json,dprk/shared-parents.json,dprk/lawful-names.json", 0, 0,
     "MISP warning lists: what many share, names known as lawful; empty for none"},
    {"actors", OPTION_TEXT, "dprk/actors.csv", 0, 0, "CSV of actor names, synonyms and MITRE groups; empty for none"},
    {"confidence-full", OPTION_NUMBER, "70", 1, 100, "rows at or above this alert at the severity of the rule"},
    {"confidence-least", OPTION_NUMBER, "45", 0, 100, "rows below this never alert; up to confidence-full one step lower"},
    {"confidence-least-url", OPTION_NUMBER, "30", 0, 100, "the same bound for whole URLs on compromised sites"},
    {"ageing", OPTION_TEXT, "lower", 0, 0,
     "rows that did not hold at the packet's time: report (only say so), lower (one step), mute (expired ones: count only)"},
    {"limit", OPTION_NUMBER, "1", 0, UINT32_MAX, "alerts per window for one rule, host and indicator; 0 for all"},
    {"window", OPTION_SECONDS, "1h", 1, UINT32_MAX, "length of that window in packet time"},
    {NULL, OPTION_TEXT, NULL, 0, 0, NULL},
};

static bool read_ageing(struct dprk *d, const char *text, char *error, size_t error_size)
{
    static const char *const words[] = {"report", "lower", "mute"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0) {
            d->policy.ageing = (enum dprk_ageing)i;
            return true;
        }
    snprintf(error, error_size, "dprk: ageing: '%s' is not known; use report, lower or mute", text);
    return false;
}

static bool read_policy(struct dprk *d, const struct sensor_options *o, char *error, size_t error_size)
{
    d->policy.full_pct = d->host->option_number(o, "confidence-full");
    d->policy.least_pct = d->host->option_number(o, "confidence-least");
    d->policy.url_pct = d->host->option_number(o, "confidence-least-url");
    d->limit = (uint32_t)d->host->option_number(o, "limit");
    d->window_s = (uint32_t)d->host->option_number(o, "window");
    if (d->policy.least_pct > d->policy.full_pct) {
        snprintf(error, error_size, "dprk: confidence-least: %d is above confidence-full (%d); lower it or raise the other",
                 (int)d->policy.least_pct, (int)d->policy.full_pct);
        return false;
    }
    return read_ageing(d, d->host->option_text(o, "ageing"), error, error_size);
}

/* All items of a list option as one list. False and `error` when one cannot be read. */
static bool open_all(const struct dprk *d, const struct sensor_options *o, const char *option, struct sensor_list **out, char *error,
                     size_t error_size)
{
    const char *items[DPRK_LISTS_MAX];
    size_t count = d->host->option_count(o, option);
    if (count > DPRK_LISTS_MAX) {
        snprintf(error, error_size, "dprk: %s: %zu files; %d are possible", option, count, DPRK_LISTS_MAX);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        items[i] = d->host->option_item(o, option, i);
    if (count != 0)
        *out = d->host->list_open_indicators(items, count, error, error_size);
    return count == 0 || *out != NULL;
}

static bool open_lists(struct dprk *d, const struct sensor_options *o, char *error, size_t error_size)
{
    static const char *const actor_columns[] = {"type", "mitre", "alias", NULL};
    if (!open_all(d, o, "lists", &d->indicators, error, error_size) || !open_all(d, o, "shared", &d->shared, error, error_size))
        return false;
    if (d->indicators == NULL) {
        snprintf(error, error_size, "dprk: lists: empty; give the path of a list, or leave the option out");
        return false;
    }
    const char *path = d->host->option_text(o, "actors");
    if (*path == '\0')
        return true;
    d->actors = d->host->list_open(path, actor_columns, error, error_size);
    return d->actors != NULL;
}

static void close_dprk(void *state)
{
    struct dprk *d = state;
    if (d == NULL)
        return;
    d->host->list_close(d->actors);
    d->host->list_close(d->shared);
    d->host->list_close(d->indicators);
    free(d);
}

static void *open_dprk(const struct sensor_host *host, const struct sensor_options *o, char *error, size_t error_size)
{
    struct dprk *d = calloc(1, sizeof *d);
    if (d == NULL) {
        snprintf(error, error_size, "dprk: out of memory");
        return NULL;
    }
    d->host = host;
    if (!read_policy(d, o, error, error_size) || !open_lists(d, o, error, error_size)) {
        close_dprk(d);
        return NULL;
    }
    host->log(SENSOR_INFO, "dprk: %zu indicators", host->list_count(d->indicators));
    return d;
}

static void observe(void *state, const struct observation *o, struct sensor_context *context)
{
    struct dprk *d = state;
    dprk_see_contact(d, o, context);
    dprk_see_named(d, o, context);
    switch (o->kind) {
    case OBSERVE_DNS: dprk_see_dns(d, (const struct observation_dns *)o, context); break;
    case OBSERVE_TLS: dprk_see_tls(d, (const struct observation_tls *)o, context); break;
    case OBSERVE_QUIC: dprk_see_quic(d, (const struct observation_quic *)o, context); break;
    case OBSERVE_HTTP_REQUEST: dprk_see_http(d, (const struct observation_http *)o, context); break;
    case OBSERVE_ENDED: dprk_end_dns(d, o, context); break;
    default: break;
    }
}

/* Proof that the way from the mirror port to here is open. */
static void tick(void *state, uint64_t now_ns, struct sensor_context *context)
{
    const struct dprk *d = state;
    if (d->canary_ns != 0)
        d->host->set(context, "seconds_since_canary", now_ns > d->canary_ns ? (now_ns - d->canary_ns) / 1000000000u : 0);
}

SENSOR_PLUGIN(dprk) = {
    SENSOR_PLUGIN_ABI,
    .kind = SENSOR_DETECTOR,
    .name = "dprk",
    .version = "1.0.0",
    .license = "Apache-2.0",
    .summary = "published indicators of DPRK actors in addresses, DNS, TLS, QUIC and HTTP",
    .options = options,
    .detector =
        {
            .observes = OBSERVE_BIT(OBSERVE_REPLIED) | OBSERVE_BIT(OBSERVE_DNS) | OBSERVE_BIT(OBSERVE_TLS) |
                        OBSERVE_BIT(OBSERVE_QUIC) | OBSERVE_BIT(OBSERVE_HTTP_REQUEST) | OBSERVE_BIT(OBSERVE_CLASSIFIED) |
                        OBSERVE_BIT(OBSERVE_ENDED),
            .rules = dprk_rules,
            .open = open_dprk,
            .observe = observe,
            .tick = tick,
            .close = close_dprk,
        },
};
