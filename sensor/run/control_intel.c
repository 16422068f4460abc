/* SPDX-License-Identifier: Apache-2.0 */
/* control_intel.c - commands about knowledge: reloads, the rules of detectors, the lists that are loaded and what they say. */
#include <string.h>

#include "base/addr.h"
#include "base/clock.h"
#include "intel/list.h"
#include "intel/normal.h"
#include "intel/time_text.h"
#include "run/control_commands.h"
#include "run/reload.h"

#define ROWS_MAX 256 /* of one look-up; who wants more asks `haetae intel explain` */

/* ----------------------------------------------------------------------- reload */

enum control_result control_reload(const struct control_call *call)
{
    struct error why;
    if (*call->ticket == 0) {
        *call->ticket = reload_ticket();
        control_ask(call->context->control, CONTROL_RELOAD);
        return CONTROL_LATER;
    }
    switch (reload_result(*call->ticket, &why)) {
    case RELOAD_PENDING: return CONTROL_LATER;
    case RELOAD_REFUSED: return control_refuse(call->out, "%s", why.text);
    default: json_text(call->out, "message", "done"); return CONTROL_OK;
    }
}

enum control_result control_reload_nonblocking(const struct control_call *call)
{
    control_ask(call->context->control, CONTROL_RELOAD);
    json_text(call->out, "message", "done");
    return CONTROL_OK;
}

/* Suricata answers with a row for each tenant; there is one. */
static void open_row(struct json *out)
{
    json_open_array(out, "message");
    json_open(out, NULL);
    json_uint(out, "id", 0);
}

static enum control_result close_row(struct json *out)
{
    json_close(out);
    json_close_array(out);
    return CONTROL_OK;
}

enum control_result control_reload_time(const struct control_call *call)
{
    struct reload_history history;
    struct clock_text text;
    reload_history(&history);
    clock_text_init(&text);
    open_row(call->out);
    json_text(call->out, "last_reload", clock_eve(&text, (uint64_t)history.last_s * NS_PER_S));
    return close_row(call->out);
}

enum control_result control_ruleset_stats(const struct control_call *call)
{
    const struct settings *s = call->context->settings;
    struct reload_history history;
    uint64_t rules = 0;
    reload_history(&history);
    for (size_t i = 0; i < s->detector_count; i++)
        for (const struct sensor_rule *r = s->detector[i].plugin->detector.rules; r && r->sid; r++)
            rules++;
    open_row(call->out);
    json_uint(call->out, "rules_loaded", rules);
    json_uint(call->out, "rules_failed", 0);
    json_uint(call->out, "rules_skipped", 0);
    json_uint(call->out, "reloads", history.done);
    json_uint(call->out, "reloads_refused", history.refused);
    return close_row(call->out);
}

enum control_result control_failed_rules(const struct control_call *call)
{
    struct reload_history history;
    reload_history(&history);
    if (*history.refusal.text) {
        open_row(call->out);
        json_text(call->out, "error", history.refusal.text);
        return close_row(call->out);
    }
    json_open_array(call->out, "message");
    json_close_array(call->out);
    return CONTROL_OK;
}

/* ------------------------------------------------------------------------ lists */

enum control_result control_intel_stats(const struct control_call *call)
{
    struct json *out = call->out;
    char written[TIME_TEXT_MAX];
    const struct board_view *v = board_hold(call->context->board);
    if (!v)
        return control_refuse(out, "no list is loaded");
    json_open(out, "message");
    json_open_array(out, "lists");
    for (uint32_t i = 0; i < v->stats.list_count; i++) {
        const struct list_facts *l = &v->stats.list[i];
        json_open(out, NULL);
        json_text(out, "list", l->name);
        json_uint(out, "rows", l->rows);
        json_uint(out, "reloads", l->reloads);
        json_text(out, "written", time_write(l->written_s, TIME_LAST, written));
        json_close(out);
    }
    json_close_array(out);
    json_uint(out, "lists_refused", v->stats.lists_refused);
    json_uint(out, "geo_databases", v->stats.geo_databases);
    json_text(out, "geo_built", time_write((int64_t)v->stats.geo_built_s, TIME_FIRST, written));
    json_close(out);
    board_release(call->context->board);
    return CONTROL_OK;
}

/* --------------------------------------------------------------------- look-ups */

/* What is asked for, as lists hold it. */
struct wanted {
    enum indicator_type type; /* INDICATOR_NONE: a digest, of whatever */
    char value[INDICATOR_VALUE_MAX];
};

static bool is_digest(const char *word)
{
    return strspn(word, "0123456789abcdefABCDEF") == strlen(word) && strlen(word) >= 32;
}

static struct slice text_slice(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

static bool find_digest(const struct sensor_list *l, struct slice value, struct sensor_entry *out)
{
    static const enum indicator_type types[] = {INDICATOR_JA3, INDICATOR_JA3S, INDICATOR_TLS_SHA1, INDICATOR_TLS_SHA256};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (list_find_value(l, indicator_type_name(types[i]), value, out))
            return true;
    return false;
}

static bool find(const struct sensor_list *l, const struct wanted *w, struct sensor_entry *out)
{
    struct prefix p;
    struct slice value = text_slice(w->value);
    switch (w->type) {
    case INDICATOR_NONE: return find_digest(l, value, out);
    case INDICATOR_DOMAIN: return list_find_name(l, value, out);
    case INDICATOR_IPV4:
    case INDICATOR_IPV6:
    case INDICATOR_CIDR: return prefix_parse(w->value, &p) && list_find_address(l, &p.base, out);
    default: return list_find_value(l, indicator_type_name(w->type), value, out);
    }
}

static void tell_text(struct json *out, const char *key, const char *text)
{
    if (text && *text)
        json_text(out, key, text);
}

static void tell_row(struct json *out, const struct sensor_entry *e)
{
    struct indicator i;
    char time[TIME_TEXT_MAX];
    list_indicator(e, &i);
    json_open(out, NULL);
    json_text(out, "type", indicator_type_name(i.type));
    json_text(out, "value", i.value);
    json_text(out, "list", i.list);
    json_uint(out, "line", i.line);
    tell_text(out, "actor", i.actor);
    tell_text(out, "campaign", i.campaign);
    tell_text(out, "malware", i.malware);
    tell_text(out, "category", i.category);
    tell_text(out, "status", i.status);
    json_uint(out, "confidence", i.confidence_pct);
    tell_text(out, "last_seen", time_write_report(i.last_seen, TIME_LAST_DAY, i.months & INDICATOR_LAST_MONTH, time));
    tell_text(out, "valid_until", time_write(i.valid_until, TIME_LAST, time));
    tell_text(out, "tlp", i.tlp);
    tell_text(out, "source", i.source);
    tell_text(out, "reference", i.reference);
    json_close(out);
}

static uint64_t tell_rows(struct json *out, const struct wanted *w)
{
    struct sensor_entry e;
    uint64_t rows = 0;
    lists_hold();
    for (const struct sensor_list *l = lists_after(NULL); l; l = lists_after(l)) {
        bool more = find(l, w, &e);
        for (; more && rows < ROWS_MAX; rows++) {
            tell_row(out, &e);
            more = list_next(&e);
        }
    }
    lists_release();
    return rows;
}

enum control_result control_intel_lookup(const struct control_call *call)
{
    const char *word = control_text(call->request, "value"), *why = "";
    struct wanted w = {.type = INDICATOR_NONE};
    if (strlen(word) >= sizeof w.value)
        return control_refuse(call->out, "too long a value");
    if (is_digest(word))
        memcpy(w.value, word, strlen(word) + 1);
    else if (!indicator_normal(&w.type, word, w.value, &why))
        return control_refuse(call->out, "'%s' is %s", word, why);
    json_open(call->out, "message");
    json_text(call->out, "value", w.value);
    json_open_array(call->out, "rows");
    uint64_t rows = tell_rows(call->out, &w);
    json_close_array(call->out);
    json_uint(call->out, "count", rows);
    json_close(call->out);
    return CONTROL_OK;
}
