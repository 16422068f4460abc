/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read_csv.c - our own lists: a header line, `value` and any of the columns of plugins/dprk/README.md. Other columns are passed over.
 */
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "intel/read.h"
#include "intel/time_text.h"

/* The columns that are read, each looked for once. */
enum column {
    COLUMN_VALUE,
    COLUMN_INDICATOR,
    COLUMN_TYPE,
    COLUMN_MATCH,
    COLUMN_CONFIDENCE,
    COLUMN_PORTS,
    COLUMN_FIRST_SEEN,
    COLUMN_LAST_SEEN,
    COLUMN_VALID_FROM,
    COLUMN_VALID_UNTIL,
    COLUMN_ACTOR,
    COLUMN_CAMPAIGN,
    COLUMN_MALWARE,
    COLUMN_CATEGORY,
    COLUMN_HOSTED,
    COLUMN_STATUS,
    COLUMN_TLP,
    COLUMN_SOURCE,
    COLUMN_REFERENCE,
    COLUMN_NOTE,
    COLUMN_COUNT
};

static const char *const column_names[COLUMN_COUNT] = {
    [COLUMN_VALUE] = "value",
    [COLUMN_INDICATOR] = "indicator",
    [COLUMN_TYPE] = "type",
    [COLUMN_MATCH] = "match",
    [COLUMN_CONFIDENCE] = "confidence",
    [COLUMN_PORTS] = "ports",
    [COLUMN_FIRST_SEEN] = "first_seen",
    [COLUMN_LAST_SEEN] = "last_seen",
    [COLUMN_VALID_FROM] = "valid_from",
    [COLUMN_VALID_UNTIL] = "valid_until",
    [COLUMN_ACTOR] = "actor",
    [COLUMN_CAMPAIGN] = "campaign",
    [COLUMN_MALWARE] = "malware",
    [COLUMN_CATEGORY] = "category",
    [COLUMN_HOSTED] = "hosted",
    [COLUMN_STATUS] = "status",
    [COLUMN_TLP] = "tlp",
    [COLUMN_SOURCE] = "source",
    [COLUMN_REFERENCE] = "reference",
    [COLUMN_NOTE] = "note",
};

struct csv_row {
    struct reader *r;
    struct csv *csv;
    int at[COLUMN_COUNT]; /* -1: the list has no such column */
};

/* The field of a column, "" when the list has no such column. */
static const char *field(const struct csv_row *row, enum column column)
{
    int i = row->at[column];
    return i < 0 ? "" : csv_field(row->csv, (size_t)i);
}

static const char *value_of(const struct csv_row *row)
{
    const char *value = field(row, COLUMN_VALUE);
    return *value ? value : field(row, COLUMN_INDICATOR);
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
        enum column column;
        const char *complaint;
        enum time_edge edge;
        int64_t *out;
    } times[] = {
        {COLUMN_FIRST_SEEN, "first_seen is no date; write YYYY-MM or YYYY-MM-DD", TIME_FIRST, &i->first_seen},
        {COLUMN_LAST_SEEN, "last_seen is no date; write YYYY-MM or YYYY-MM-DD", TIME_LAST_DAY, &i->last_seen},
        {COLUMN_VALID_FROM, "valid_from is no date; write YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ", TIME_FIRST, &i->valid_from},
        {COLUMN_VALID_UNTIL, "valid_until is no date; write YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ", TIME_LAST, &i->valid_until},
    };
    for (size_t k = 0; k < sizeof times / sizeof *times; k++)
        if (!time_parse(field(row, times[k].column), times[k].edge, times[k].out))
            return times[k].complaint;
    i->months = time_months(field(row, COLUMN_FIRST_SEEN), field(row, COLUMN_LAST_SEEN));
    return NULL;
}

static const char *parse_row(const struct csv_row *row, struct indicator *i)
{
    const char *complaint = parse_type(field(row, COLUMN_TYPE), &i->type);
    if (!complaint)
        complaint = parse_match(field(row, COLUMN_MATCH), i->type, &i->match);
    if (!complaint)
        complaint = parse_confidence(field(row, COLUMN_CONFIDENCE), row->r->options->defaults.confidence_pct, &i->confidence_pct);
    if (!complaint)
        complaint = parse_times(row, i);
    if (!complaint && !reader_ports(i, field(row, COLUMN_PORTS)))
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
    i.actor = field(row, COLUMN_ACTOR);
    i.campaign = field(row, COLUMN_CAMPAIGN);
    i.malware = field(row, COLUMN_MALWARE);
    i.category = field(row, COLUMN_CATEGORY);
    i.hosted = field(row, COLUMN_HOSTED);
    i.status = field(row, COLUMN_STATUS);
    i.tlp = field(row, COLUMN_TLP);
    i.source = field(row, COLUMN_SOURCE);
    i.reference = field(row, COLUMN_REFERENCE);
    i.note = field(row, COLUMN_NOTE);
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
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        row.at[i] = csv_column(row.csv, column_names[i]);
    bool good = row.at[COLUMN_VALUE] >= 0 || row.at[COLUMN_INDICATOR] >= 0 ||
                error_set(r->error, "%s:1: no column 'value'; the header line must name the columns", r->path);
    good = good && read_rows(&row);
    csv_close(row.csv);
    return good;
}
