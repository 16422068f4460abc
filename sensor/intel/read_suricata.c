/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read_suricata.c - datasets and IP reputation as Suricata loads them.
 *
 * A dataset line is a value: base64 of a string, an address, an MD5 or SHA-256, for `datarep` with ",score" behind. iprep is
 * "address or prefix,category,score" with a score of 1 to 127.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "intel/base64.h"
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

bool read_dataset(struct reader *r)
{
    return read_lines(r, take_dataset_line);
}
