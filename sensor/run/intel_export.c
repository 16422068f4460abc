/* SPDX-License-Identifier: Apache-2.0 */
/* intel_export.c - `haetae intel export`: the lists as other programs read them. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/log.h"
#include "intel/write_suricata.h"
#include "run/intel_convert.h"
#include "run/options.h"

/* ----------------------------------------------------------------- Suricata */

/* The rules of all detectors, ending with sid 0. NULL without memory. */
static struct sensor_rule *all_rules(const struct settings *s)
{
    size_t count = 0;
    for (size_t d = 0; d < s->detector_count; d++)
        for (const struct sensor_rule *r = s->detector[d].plugin->detector.rules; r && r->sid; r++)
            count++;
    struct sensor_rule *rules = calloc(count + 1, sizeof *rules);
    count = 0;
    for (size_t d = 0; rules && d < s->detector_count; d++)
        for (const struct sensor_rule *r = s->detector[d].plugin->detector.rules; r && r->sid; r++)
            rules[count++] = *r;
    return rules;
}

/* The bounds of the detector that reads the lists. */
static void set_bounds(const struct settings *s, struct suricata_options *o)
{
    for (size_t d = 0; d < s->detector_count; d++)
        if (options_find(s->detector[d].plugin->options, FEED_OPTION)) {
            o->least_pct = (uint8_t)options_number(s->detector_options[d], "confidence-least");
            o->least_url_pct = (uint8_t)options_number(s->detector_options[d], "confidence-least-url");
        }
}

static bool put(void *arg, const struct indicator *i)
{
    return suricata_export_put(arg, i);
}

static const char *cell(const struct csv *csv, const char *column)
{
    int i = csv_column(csv, column);
    return i < 0 ? "" : csv_field(csv, (size_t)i);
}

/* API hosts that are not shared with the web site, and WebSocket hosts (plugins/exchange/README.md). */
static bool alerts(const struct csv *csv)
{
    const char *kind = cell(csv, "kind");
    return strcmp(kind, "exchange_ws") == 0 || (strcmp(kind, "exchange_api") == 0 && strcmp(cell(csv, "transport"), "web") != 0);
}

static bool put_services(struct suricata_export *e, const char *path, struct error *error)
{
    struct csv *csv = csv_open(path, error);
    bool good = csv != NULL;
    while (good) {
        enum csv_result r = csv_next(csv, error);
        if (r == CSV_END)
            break;
        enum indicator_match match = strcmp(cell(csv, "match"), "suffix") == 0 ? MATCH_SUFFIX : MATCH_EXACT;
        good = r == CSV_ROW && (!alerts(csv) || suricata_export_exchange(e, cell(csv, "value"), match, cell(csv, "service")));
    }
    csv_close(csv);
    return good;
}

/* The catalogue of exchanges, where a detector has one. */
static bool put_catalogue(struct suricata_export *e, const struct settings *s, struct error *error)
{
    for (size_t d = 0; d < s->detector_count; d++) {
        char path[PATH_MAX];
        const struct sensor_option *o = options_find(s->detector[d].plugin->options, "services");
        if (o && o->type == OPTION_TEXT && feed_locate(s, options_text(s->detector_options[d], "services"), path))
            return put_services(e, path, error);
    }
    return true;
}

static enum intel_status export_suricata(const struct feed_lists *f, const struct intel_line *line, const struct settings *s)
{
    struct error error = {{0}};
    struct feed_totals totals = {0};
    struct suricata_counts counts = {0};
    struct sensor_rule *rules = all_rules(s);
    struct suricata_options options = {.directory = line->suricata, .rules = rules, .at = line->at};
    set_bounds(s, &options);
    struct suricata_export *e = rules ? suricata_export_open(&options, &error) : NULL;
    bool good = e && feed_read(f, line, put, e, &totals) && put_catalogue(e, s, &error);
    bool whole = e && suricata_export_close(e, &counts, &error);
    free(rules);
    if (!good || !whole) {
        log_error("%s: the export is not whole: %s", line->suricata, *error.text ? error.text : "see above");
        return INTEL_FAILED;
    }
    log_notice("%s: %" PRIu64 " indicators in %" PRIu64 " datasets and %" PRIu64 " rules; %" PRIu64
               " left out, for they do not alert",
               line->suricata, counts.taken, counts.datasets, counts.rules, counts.left_out);
    return feed_status(&totals);
}

/* ---------------------------------------------------------------------- all */

static enum intel_status worse(enum intel_status a, enum intel_status b)
{
    return a == INTEL_FAILED || b == INTEL_FAILED ? INTEL_FAILED : a > b ? a : b;
}

enum intel_status intel_export(const struct intel_line *line, const struct settings *s)
{
    const struct {
        const char *path;
        enum intel_format format;
    } files[] = {{line->stix, INTEL_STIX}, {line->misp, INTEL_MISP}, {line->csv, INTEL_CSV}};
    struct feed_lists f;
    if (!line->suricata && !line->stix && !line->misp && !line->csv) {
        log_error("intel export: say as what: --suricata DIR, --stix FILE, --misp FILE or --csv FILE");
        return INTEL_USAGE;
    }
    enum intel_status status = feed_lists_find(&f, line, s) ? INTEL_DONE : INTEL_FAILED;
    for (size_t i = 0; status != INTEL_FAILED && i < sizeof files / sizeof *files; i++)
        if (files[i].path)
            status = worse(status, convert_lists(&f, line, files[i].path, files[i].format));
    if (status != INTEL_FAILED && line->suricata)
        status = worse(status, export_suricata(&f, line, s));
    feed_lists_free(&f);
    return status;
}
