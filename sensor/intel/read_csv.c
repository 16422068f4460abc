/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read_csv.c - our own lists: a header line, `value` and any of the columns of plugins/dprk/README.md. Other columns are passed over.
 */
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "intel/read.h"
#include "intel/time_text.h"

struct csv_row {
    struct reader *r;
    struct csv *csv;
};

/* The field of a column, "" when the list has no such column. */
static const char *field(const struct csv_row *row, const char *column)
{
    int i = csv_column(row->csv, column);
    return i < 0 ? "" : csv_field(row->csv, (size_t)i);
}

static const char *value_of(const struct csv_row *row)
{
    const char *value = field(row, "value");
    return *value ? value : field(row, "indicator");
}

static const char *parse_type(const char *text, enum indicator_type *out)
{
    *out = indicator_type_of(text);
    return *text && *out == INDICATOR_NONE ? "type is none of ipv4, ipv6, cidr, domain, url, ja3, ja3s, ja4, tls_sha1, tls_sha256, "
                                             "tls_name, wallet; correct it"
                                           : NULL;
}

/* What each type may be matched by; an empty field is exact. */
static const char *parse_match(const char *text, enum indicator_type type, enum indicator_match *out)
{
    *out = MATCH_EXACT;
    if (!*text || strcmp(text, "exact") == 0)
        return NULL;
    bool is_name = type == INDICATOR_DOMAIN || type == INDICATOR_TLS_NAME || type == INDICATOR_NONE;
    if (strcmp(text, "suffix") == 0 && is_name) {
        *out = MATCH_SUFFIX;
        return NULL;
    }
    if (strcmp(text, "prefix") == 0 && type == INDICATOR_URL) {
        *out = MATCH_PREFIX;
        return NULL;
    }
    if (strcmp(text, "cidr") == 0 && (type == INDICATOR_CIDR || type == INDICATOR_NONE))
        return NULL;
    return "match does not fit the type; use exact, suffix (domains), prefix (URLs) or cidr (prefixes)";
}

static const char *parse_confidence(const char *text, uint8_t by_default, uint8_t *out)
{
    char *end;
    long n = strtol(text, &end, 10);
    *out = (uint8_t)(*text ? n : by_default);
    return *text && (*end || n < 0 || n > 100) ? "confidence is no number from 0 to 100; correct it" : NULL;
}

static const char *parse_times(const struct csv_row *row, struct indicator *i)
{
    const struct {
        const char *column, *complaint;
        enum time_edge edge;
        int64_t *out;
    } times[] = {
        {"first_seen", "first_seen is no date; write YYYY-MM or YYYY-MM-DD", TIME_FIRST, &i->first_seen},
        {"last_seen", "last_seen is no date; write YYYY-MM or YYYY-MM-DD", TIME_LAST_DAY, &i->last_seen},
        {"valid_from", "valid_from is no date; write YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ", TIME_FIRST, &i->valid_from},
        {"valid_until", "valid_until is no date; write YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ", TIME_LAST, &i->valid_until},
    };
    for (size_t k = 0; k < sizeof times / sizeof *times; k++)
        if (!time_parse(field(row, times[k].column), times[k].edge, times[k].out))
            return times[k].complaint;
    return NULL;
}

static const char *parse_row(const struct csv_row *row, struct indicator *i)
{
    const char *complaint = parse_type(field(row, "type"), &i->type);
    if (!complaint)
        complaint = parse_match(field(row, "match"), i->type, &i->match);
    if (!complaint)
        complaint = parse_confidence(field(row, "confidence"), row->r->options->defaults.confidence_pct, &i->confidence_pct);
    if (!complaint)
        complaint = parse_times(row, i);
    if (!complaint && !reader_ports(i, field(row, "ports")))
        complaint = "ports is no list of at most 16 ports; write it as 443|8443";
    return complaint;
}

static bool take_row(const struct csv_row *row)
{
    struct indicator i = reader_blank();
    i.line = csv_line(row->csv);
    const char *complaint = parse_row(row, &i);
    if (complaint)
        return reader_bad(row->r, i.line, "'%.200s': %s", value_of(row), complaint);
    i.value = value_of(row);
    i.actor = field(row, "actor");
    i.campaign = field(row, "campaign");
    i.malware = field(row, "malware");
    i.category = field(row, "category");
    i.hosted = field(row, "hosted");
    i.status = field(row, "status");
    i.tlp = field(row, "tlp");
    i.source = field(row, "source");
    i.reference = field(row, "reference");
    i.note = field(row, "note");
    return reader_offer(row->r, &i);
}

/* base/csv.c puts "path:line: " in front, as reader_bad() would again. */
static const char *without_place(const char *text, const char *path)
{
    size_t size = strlen(path);
    const char *reason = strncmp(text, path, size) == 0 ? strstr(text + size, ": ") : NULL;
    return reason ? reason + 2 : text;
}

static bool read_rows(struct csv_row *row)
{
    for (;;) {
        struct error why;
        enum csv_result result = csv_next(row->csv, &why);
        if (result == CSV_END)
            return true;
        if (result == CSV_BAD ? !reader_bad(row->r, csv_line(row->csv), "%s", without_place(why.text, row->r->path))
                              : !take_row(row))
            return false;
    }
}

bool read_csv(struct reader *r)
{
    struct csv_row row = {.r = r, .csv = csv_open(r->path, r->error)};
    if (!row.csv)
        return false;
    bool good = csv_column(row.csv, "value") >= 0 || csv_column(row.csv, "indicator") >= 0 ||
                error_set(r->error, "%s:1: no column 'value'; the header line must name the columns", r->path);
    good = good && read_rows(&row);
    csv_close(row.csv);
    return good;
}
