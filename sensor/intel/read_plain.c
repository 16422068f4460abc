/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read_plain.c - lists of one value a line, defanged or not, and Maltrail's trails, which are such lists with references.
 *
 * "#", ";" and "//" begin comments. The value is the first word; in a hosts file ("0.0.0.0 bad.example") the second. Names stand for
 * themselves and everything below them.
 */
#include <string.h>

#include "intel/lines.h"
#include "intel/normal.h"
#include "intel/read.h"

struct plain {
    struct reader *r;
    struct lines lines;
    bool has_references; /* Maltrail: "# Reference: URL" speaks for the lines below it */
    char reference[LINE_MAX_SIZE];
};

static bool is_comment(const char *text)
{
    return *text == '#' || *text == ';' || strncmp(text, "//", 2) == 0;
}

static void take_comment(struct plain *p)
{
    static const char key[] = "# Reference:";
    if (!p->has_references || strncasecmp(p->lines.text, key, sizeof key - 1) != 0)
        return;
    const char *url = p->lines.text + sizeof key - 1;
    memcpy(p->reference, url + strspn(url, " \t"), strlen(url + strspn(url, " \t")) + 1);
}

/* Cuts the line behind its value; returns where the value begins. */
static char *first_value(char *text)
{
    static const char blanks[] = " \t";
    size_t size = strcspn(text, blanks);
    bool is_hosts_file = (size == 7 && strncmp(text, "0.0.0.0", 7) == 0) || (size == 9 && strncmp(text, "127.0.0.1", 9) == 0);
    if (is_hosts_file && text[size]) {
        text += size + strspn(text + size, blanks);
        size = strcspn(text, blanks);
    }
    text[size] = '\0';
    return text;
}

static bool take_line(struct plain *p)
{
    if (p->lines.complaint)
        return reader_bad(p->r, p->lines.number, "%s", p->lines.complaint);
    char *text = p->lines.text;
    if (is_comment(text)) {
        take_comment(p);
        return true;
    }
    if (!*text)
        return true;
    if (*text == '/')
        return reader_unsaid(p->r, "paths without a host, which would hit anybody's site");
    struct indicator i = reader_blank();
    i.value = first_value(text);
    i.match = MATCH_SUFFIX;
    i.line = p->lines.number;
    i.confidence_pct = p->r->options->defaults.confidence_pct;
    i.reference = p->reference;
    return reader_offer(p->r, &i);
}

static bool read_lines(struct reader *r, bool has_references)
{
    struct plain p = {.r = r, .has_references = has_references};
    if (!lines_open(&p.lines, r->path, r->error))
        return false;
    bool good = true;
    while (good && lines_next(&p.lines))
        good = take_line(&p);
    lines_close(&p.lines);
    return good;
}

bool read_plain(struct reader *r)
{
    return read_lines(r, false);
}

bool read_maltrail(struct reader *r)
{
    return read_lines(r, true);
}
