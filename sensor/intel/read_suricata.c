/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read_suricata.c - datasets and IP reputation as Suricata loads them.
 *
 * A dataset line is a value: base64 of a string, an address, an MD5 or SHA-256, for `datarep` with ",score" behind. iprep is
 * "address or prefix,category,score" with a score of 1 to 127. Datasets may be JSON too: an array or lines of texts or of objects.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "intel/base64.h"
#include "intel/json_scan.h"
#include "intel/lines.h"
#include "intel/read.h"

#define IPREP_SCORE_MAX 127

static bool is_hex(const char *text)
{
    return text[strspn(text, "0123456789abcdefABCDEF")] == '\0';
}

/* The value of a dataset line: itself when it is an address or a digest, else what its base64 says. */
static const char *dataset_value(char *line, char *decoded, size_t room)
{
    struct prefix p;
    line[strcspn(line, ",")] = '\0';
    size_t size = strlen(line);
    if (prefix_parse(line, &p) || ((size == 32 || size == 40 || size == 64) && is_hex(line)))
        return line;
    return base64_text(line, size, decoded, room) ? decoded : NULL;
}

static bool take_dataset_line(struct reader *r, struct lines *l)
{
    char decoded[LINE_MAX_SIZE];
    const char *value = dataset_value(l->text, decoded, sizeof decoded);
    if (!value)
        return reader_bad(r, l->number, "'%.200s' is no base64 text, address or digest; see Suricata's datasets", l->text);
    struct indicator i = reader_blank();
    i.value = value;
    i.line = l->number;
    i.confidence_pct = r->options->defaults.confidence_pct;
    return reader_offer(r, &i);
}

/* A whole number at the text's end or before a comma. */
static bool read_number(const char *text, long most, long *out)
{
    char *end;
    *out = strtol(text, &end, 10);
    return isdigit((unsigned char)*text) && (!*end || *end == ',' || *end == ' ') && *out >= 0 && *out <= most;
}

static bool take_iprep_line(struct reader *r, struct lines *l)
{
    long category, score;
    char note[64];
    char *first = strchr(l->text, ','), *second = first ? strchr(first + 1, ',') : NULL;
    if (!second || !read_number(first + 1, 60, &category) || !read_number(second + 1, IPREP_SCORE_MAX, &score))
        return reader_bad(r, l->number, "'%.200s' is not address,category,score; category to 60, score to 127", l->text);
    *first = '\0';
    struct indicator i = reader_blank();
    i.value = l->text;
    i.line = l->number;
    i.confidence_pct = (uint8_t)(score * 100 / IPREP_SCORE_MAX);
    snprintf(note, sizeof note, "iprep_category=%ld", category);
    i.note = note;
    return reader_offer(r, &i);
}

static bool read_lines(struct reader *r, bool (*take)(struct reader *, struct lines *))
{
    struct lines l;
    if (!lines_open(&l, r->path, r->error))
        return false;
    bool good = true;
    while (good && lines_next(&l)) {
        if (l.complaint)
            good = reader_bad(r, l.number, "%s", l.complaint);
        else if (*l.text && *l.text != '#')
            good = take(r, &l);
    }
    lines_close(&l);
    return good;
}

bool read_iprep(struct reader *r)
{
    return read_lines(r, take_iprep_line);
}

/* ----------------------------------------------------------- datasets in JSON */

/* The value of a record: a text itself, or the first of these members. */
static const char *record_value(const json_t *record)
{
    static const char *const keys[] = {"value",    "ip",  "ipv4", "ipv6", "domain",   "host",
                                       "hostname", "url", "ja3",  "hash", "indicator"};
    if (json_is_string(record))
        return json_string_value(record);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (*json_text_of(record, keys[i]))
            return json_text_of(record, keys[i]);
    return "";
}

static bool take_record(struct reader *r, struct json_scan *scan)
{
    const char *why;
    json_t *record = json_scan_take(scan, &why);
    if (!record)
        return reader_bad(r, scan->value_line, "%s", why);
    struct indicator i = reader_blank();
    json_int_t confidence = json_integer_value(json_object_get(record, "confidence"));
    bool has_confidence = confidence > 0 && confidence <= 100;
    i.value = record_value(record);
    i.line = scan->value_line;
    i.confidence_pct = has_confidence ? (uint8_t)confidence : r->options->defaults.confidence_pct;
    i.actor = json_text_of(record, "actor");
    i.campaign = json_text_of(record, "campaign");
    i.malware = json_text_of(record, "malware");
    i.category = json_text_of(record, "category");
    i.source = json_text_of(record, "source");
    i.reference = json_text_of(record, "reference");
    bool going =
        *i.value ? reader_offer(r, &i) : reader_bad(r, i.line, "a record without a value; name it value, ip, domain or url");
    json_decref(record);
    return going;
}

/* An array of records, or records one after the other. */
static bool read_json(struct reader *r)
{
    struct json_scan scan;
    bool going = json_scan_open(&scan, r->path, r->error);
    if (!going)
        return false;
    if (json_scan_peek(&scan) == '[' && json_scan_enter(&scan))
        while (going && json_scan_next(&scan))
            going = take_record(r, &scan);
    while (going && json_scan_peek(&scan) == '{')
        going = take_record(r, &scan);
    if (going && (scan.broken || json_scan_peek(&scan) != EOF))
        going = reader_bad(r, scan.at.line, "no JSON from here on; fetch the whole file");
    json_scan_close(&scan);
    return going;
}

static bool is_json(const char *path)
{
    struct json_scan scan;
    if (!json_scan_open(&scan, path, NULL))
        return false;
    int first = json_scan_peek(&scan);
    json_scan_close(&scan);
    return first == '{' || first == '[';
}

bool read_dataset(struct reader *r)
{
    return is_json(r->path) ? read_json(r) : read_lines(r, take_dataset_line);
}
