/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intel_explain.c - `haetae intel explain VALUE`: every row of the configured lists that speaks of the value, what alerts it would
 * raise, and what the catalogue of exchanges says of the name.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/log.h"
#include "intel/list.h"
#include "intel/normal.h"
#include "intel/time_text.h"
#include "run/intel_feed.h"
#include "run/options.h"

#define DAY_S 86400

struct question {
    const struct settings *settings;
    enum indicator_type type;
    char value[INDICATOR_VALUE_MAX]; /* in normal form */
    char host[INDICATOR_VALUE_MAX];  /* of a URL, else "" */
    int64_t at;
    struct sensor_list *actors; /* NULL: none */
    uint64_t found;
};

/* -------------------------------------------------------------------- match */

static bool lies_below(const char *name, const char *parent)
{
    size_t size = strlen(name), parent_size = strlen(parent);
    return size > parent_size && name[size - parent_size - 1] == '.' && strcmp(name + size - parent_size, parent) == 0;
}

/* The host of a URL in normal form, without port and brackets. */
static void url_host(const char *url, char *out)
{
    const char *at = strstr(url, "://");
    at = at ? at + 3 : url;
    bool brackets = *at == '[';
    size_t size = brackets ? strcspn(at, "]") - 1 : strcspn(at, ":/");
    memcpy(out, at + brackets, size);
    out[size] = '\0';
}

static bool prefix_has(const char *cidr, const char *address)
{
    struct prefix p, a;
    return prefix_parse(cidr, &p) && prefix_parse(address, &a) && a.bits >= p.bits && prefix_holds(&p, &a.base);
}

static bool is_name(enum indicator_type t)
{
    return t == INDICATOR_DOMAIN || t == INDICATOR_TLS_NAME;
}

/* How a row speaks of a host; NULL when it does not. */
static const char *match_host(const struct indicator *i, const char *host)
{
    char row_host[INDICATOR_VALUE_MAX];
    if (is_name(i->type) && strcmp(i->value, host) == 0)
        return "the same name";
    if (is_name(i->type) && i->match == MATCH_SUFFIX && lies_below(host, i->value))
        return "lies below this name";
    if ((i->type == INDICATOR_IPV4 || i->type == INDICATOR_IPV6) && strcmp(i->value, host) == 0)
        return "the same address";
    if (i->type == INDICATOR_CIDR && prefix_has(i->value, host))
        return "lies in this prefix";
    if (i->type != INDICATOR_URL)
        return NULL;
    url_host(i->value, row_host);
    return strcmp(row_host, host) == 0 ? "a URL of this host: a visit to the host alone does not match" : NULL;
}

static const char *match_of(const struct question *q, const struct indicator *i)
{
    if (i->type == INDICATOR_URL && q->type == INDICATOR_URL) {
        if (strcmp(i->value, q->value) == 0)
            return "the same URL";
        if (i->match == MATCH_PREFIX && strncmp(i->value, q->value, strlen(i->value)) == 0)
            return "begins so";
    }
    if (q->type == INDICATOR_URL)
        return i->type == INDICATOR_URL ? NULL : match_host(i, q->host);
    if (strcasecmp(i->value, q->value) == 0)
        return "the same";
    return match_host(i, q->value);
}

/* -------------------------------------------------------------------- rules */

static void line_of(const char *title, const char *text)
{
    if (*text)
        printf("    %-11s %s\n", title, text);
}

/* Detectors of the catalogue (sensor/README.md) that look for values of a type. */
static const char *const detectors[INDICATOR_TYPE_COUNT] = {
    [INDICATOR_IPV4] = "D01 D02 D04 D07",
    [INDICATOR_IPV6] = "D01 D02 D04 D07",
    [INDICATOR_CIDR] = "D01 D02 D04 D07",
    [INDICATOR_DOMAIN] = "D03 D04 D05 D06 D07 D08 D12",
    [INDICATOR_URL] = "D09",
    [INDICATOR_JA3] = "D10",
    [INDICATOR_JA3S] = "D10",
    [INDICATOR_JA4] = "D10",
    [INDICATOR_TLS_SHA1] = "D11",
    [INDICATOR_TLS_SHA256] = "D11",
    [INDICATOR_TLS_NAME] = "D08",
    [INDICATOR_WALLET] = "D27",
};

/* SID variants 50..59 speak of laundering services, 60..69 of DPRK address space, 70..79 of canaries (plugins/dprk/README.md). */
static uint32_t variant_of(const struct indicator *i)
{
    static const struct {
        const char *category;
        uint32_t variant;
    } variants[] = {{"laundering", 5}, {"dprk_net", 6}, {"canary", 7}};
    for (size_t k = 0; k < sizeof variants / sizeof *variants; k++)
        if (strcmp(i->category, variants[k].category) == 0)
            return variants[k].variant;
    return 0;
}

/* Why a row does not alert by itself, "" when it does. */
static const char *reason_for_silence(const struct sensor_options *o, const struct indicator *i)
{
    if (strcmp(i->status, "stale") == 0 || strcmp(i->status, "unverified") == 0)
        return "none, for its status says that it is in doubt; it would be";
    const char *least = i->type == INDICATOR_URL ? "confidence-least-url" : "confidence-least";
    return i->confidence_pct < options_number(o, least) ? "none, for its confidence is too low; it would be" : "";
}

static void print_rules(const struct settings *s, const struct indicator *i)
{
    size_t printed = 0;
    for (size_t d = 0; d < s->detector_count; d++) {
        const struct sensor_plugin *p = s->detector[d].plugin;
        if (!options_find(p->options, FEED_OPTION))
            continue;
        line_of("alerts", reason_for_silence(s->detector_options[d], i));
        for (const struct sensor_rule *r = p->detector.rules; r && r->sid; r++)
            if (strstr(detectors[i->type], r->detector) && r->sid % 100 / 10 == variant_of(i)) {
                printf("    %-11s %u %s, severity %u at most\n", printed ? "" : "rules", r->sid, r->name, r->severity);
                printed++;
            }
    }
    if (!printed)
        printf("    alerts      none: nothing looks for values of this type; the row serves searches over past records\n");
}

/* ------------------------------------------------------------------ one row */

static void print_actor(const struct question *q, const struct indicator *i)
{
    struct sensor_entry row;
    struct slice name = {(const uint8_t *)i->actor, strlen(i->actor)};
    line_of("actor", i->actor);
    if (!*i->actor || !q->actors || !list_find_value(q->actors, "actor", name, &row))
        return;
    line_of("also called", list_field(&row, "alias"));
    line_of("MITRE group", list_field(&row, "mitre"));
    line_of("known for", list_field(&row, "focus"));
}

static void print_times(const struct question *q, const struct indicator *i)
{
    char first[TIME_TEXT_MAX], last[TIME_TEXT_MAX], from[TIME_TEXT_MAX], until[TIME_TEXT_MAX];
    if (i->first_seen || i->last_seen)
        printf("    reported    first %s, last %s\n", i->first_seen ? time_write_report(i->first_seen, TIME_FIRST, i->months & INDICATOR_FIRST_MONTH, first) : "unknown",
               i->last_seen ? time_write_report(i->last_seen, TIME_LAST_DAY, i->months & INDICATOR_LAST_MONTH, last) : "unknown");
    if (i->last_seen)
        printf("    age         %" PRId64 " days\n", q->at > i->last_seen ? (q->at - i->last_seen) / DAY_S : 0);
    if (!i->valid_from && !i->valid_until)
        return;
    const char *now = i->valid_until && q->at > i->valid_until ? "no longer"
                      : i->valid_from && q->at < i->valid_from ? "not yet"
                                                               : "now";
    printf("    valid       %s (from %s until %s)\n", now,
           i->valid_from ? time_write(i->valid_from, TIME_FIRST, from) : "the first report",
           i->valid_until ? time_write(i->valid_until, TIME_LAST, until) : "further notice");
}

static void print_row(const struct question *q, const struct indicator *i, const char *match)
{
    char ports[INDICATOR_PORTS_MAX * 6 + 1] = "";
    size_t used = 0;
    for (unsigned k = 0; k < i->port_count; k++)
        used += (size_t)snprintf(ports + used, sizeof ports - used, "%s%u", k ? ", " : "", i->ports[k]);
    printf("  %s %s%s: %s\n", indicator_type_name(i->type), i->value, i->match == MATCH_SUFFIX ? " and all below it" : "", match);
    printf("    list        %s, line %u\n", i->list, i->line);
    print_actor(q, i);
    line_of("campaign", i->campaign);
    line_of("malware", i->malware);
    line_of("category", i->category);
    line_of("ports", ports);
    line_of("hosted by", i->hosted);
    print_times(q, i);
    line_of("status", i->status);
    printf("    confidence  %u of 100\n", i->confidence_pct);
    line_of("TLP", i->tlp);
    line_of("source", i->source);
    line_of("reference", i->reference);
    line_of("note", i->note);
    if (strcmp(i->category, "canary") == 0)
        printf("    canary      a test row: its alert proves the way from the SPAN port to the SIEM, and nothing else\n");
    print_rules(q->settings, i);
}

static bool consider(void *arg, const struct indicator *i)
{
    struct question *q = arg;
    const char *match = match_of(q, i);
    if (match) {
        q->found++;
        print_row(q, i, match);
    }
    return true;
}

/* ---------------------------------------------------------------- catalogues */

/* Opens the list that an option of some detector names; NULL when there is none. */
static struct sensor_list *open_option(const struct settings *s, const char *option)
{
    for (size_t d = 0; d < s->detector_count; d++) {
        char path[PATH_MAX];
        struct error error = {{0}};
        const struct sensor_option *o = options_find(s->detector[d].plugin->options, option);
        const char *text = o && o->type == OPTION_TEXT ? options_text(s->detector_options[d], option) : "";
        if (!*text || !feed_locate(s, text, path))
            continue;
        struct sensor_list *list = list_open(path, NULL, &error);
        if (!list)
            log_warning("%s", error.text);
        return list;
    }
    return NULL;
}

static void explain_service(struct question *q, const struct sensor_list *services)
{
    struct sensor_entry row;
    const char *name = *q->host ? q->host : q->value;
    if (!services || !list_find_name(services, (struct slice){(const uint8_t *)name, strlen(name)}, &row))
        return;
    q->found++;
    printf("  %s: in the catalogue of exchanges and other services, which says nothing bad of it\n", list_field(&row, "service"));
    line_of("row", list_field(&row, "value"));
    line_of("kind", list_field(&row, "kind"));
    line_of("transport", list_field(&row, "transport"));
    line_of("operator in", list_field(&row, "jurisdiction"));
    line_of("source", list_field(&row, "source"));
    line_of("reference", list_field(&row, "reference"));
}

/* ---------------------------------------------------------------- one value */

static bool ask(struct question *q, const char *word)
{
    const char *why;
    q->type = INDICATOR_NONE;
    q->found = 0;
    *q->host = '\0';
    bool is_digest = strspn(word, "0123456789abcdefABCDEF:") == strlen(word) && strlen(word) >= 32 && !strstr(word, "::");
    if (is_digest) {
        snprintf(q->value, sizeof q->value, "%s", word);
        return true;
    }
    if (!indicator_normal(&q->type, word, q->value, &why)) {
        log_error("'%s' is %s", word, why);
        return false;
    }
    if (q->type == INDICATOR_URL)
        url_host(q->value, q->host);
    return true;
}

static void explain_word(struct question *q, const struct feed_lists *f, const struct intel_line *line,
                         const struct sensor_list *services)
{
    struct feed_totals totals = {0};
    printf("%s\n", q->value);
    feed_read(f, line, consider, q, &totals);
    explain_service(q, services);
    if (q->type == INDICATOR_DOMAIN && domain_is_public_suffix(q->value))
        printf("  a public suffix: no list can hold it, for everybody's names lie below it\n");
    if (q->found == 0)
        printf("  in no list\n");
}

enum intel_status intel_explain(const struct intel_line *line, const struct settings *s)
{
    struct feed_lists f;
    struct question *q = calloc(1, sizeof *q);
    if (!q || !feed_lists_configured(&f, s)) {
        free(q);
        return INTEL_FAILED;
    }
    q->settings = s;
    q->at = line->at;
    q->actors = open_option(s, "actors");
    struct sensor_list *services = open_option(s, "services");
    enum intel_status status = INTEL_DONE;
    for (size_t i = 0; i < line->word_count; i++) {
        if (ask(q, line->words[i]))
            explain_word(q, &f, line, services);
        else
            status = INTEL_USAGE;
    }
    list_close(services);
    list_close(q->actors);
    feed_lists_free(&f);
    free(q);
    return status;
}
