/* SPDX-License-Identifier: Apache-2.0 */
/* format.c - the words for list formats, and which one a file has: by its first bytes, then by its name. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "intel/base64.h"
#include "intel/read.h"

static const char *const names[INTEL_FORMAT_COUNT] = {
    [INTEL_GUESS] = "",          [INTEL_CSV] = "csv",     [INTEL_PLAIN] = "plain",
    [INTEL_STIX] = "stix",       [INTEL_MISP] = "misp",   [INTEL_MALTRAIL] = "maltrail",
    [INTEL_DATASET] = "dataset", [INTEL_IPREP] = "iprep", [INTEL_WARNINGLIST] = "warninglist",
};

const char *intel_format_name(enum intel_format format)
{
    return format < INTEL_FORMAT_COUNT ? names[format] : "";
}

enum intel_format intel_format_of(const char *name)
{
    for (unsigned i = 1; i < INTEL_FORMAT_COUNT; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum intel_format)i;
    return INTEL_GUESS;
}

struct head {
    const char *at;
    size_t size;
};

static bool has(struct head h, const char *word)
{
    return memmem(h.at, h.size, word, strlen(word)) != NULL;
}

static enum intel_format guess_json(struct head h)
{
    if (has(h, "\"matching_attributes\"") && has(h, "\"list\""))
        return INTEL_WARNINGLIST;
    if (has(h, "\"Attribute\"") || has(h, "\"Event\"") || has(h, "\"response\"") || has(h, "\"Orgc\""))
        return INTEL_MISP;
    if (has(h, "\"objects\"") || has(h, "\"spec_version\"") || has(h, "\"bundle\""))
        return INTEL_STIX;
    return INTEL_DATASET;
}

/* The first line that says something, into `out`. */
static bool first_line(struct head h, char *out, size_t room)
{
    size_t at = h.size >= 3 && memcmp(h.at, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < h.size) {
        const char *end = memchr(h.at + at, '\n', h.size - at);
        size_t size = end ? (size_t)(end - h.at) - at : h.size - at;
        size_t copied = size < room ? size : room - 1;
        memcpy(out, h.at + at, copied);
        out[copied] = '\0';
        out[strcspn(out, "\r")] = '\0';
        if (*out && *out != '#' && *out != ';')
            return true;
        at += size + 1;
    }
    return false;
}

/* A line of column names with `value` or `indicator` among them. */
static bool is_csv_header(const char *line)
{
    while (*line) {
        size_t size = strcspn(line, ",");
        if ((size == 5 && strncmp(line, "value", 5) == 0) || (size == 9 && strncmp(line, "indicator", 9) == 0))
            return true;
        line += size + (line[size] == ',');
    }
    return false;
}

/* "192.0.2.1,3,80" */
static bool is_iprep(const char *line)
{
    char address[64];
    struct prefix p;
    size_t size = strcspn(line, ",");
    if (!line[size] || size >= sizeof address || !isdigit((unsigned char)line[size + 1]))
        return false;
    memcpy(address, line, size);
    address[size] = '\0';
    return prefix_parse(address, &p) && strchr(line + size + 1, ',') && strspn(line + size, "0123456789, ") == strlen(line + size);
}

/* Base64 of a name or URL: what it says has a dot and can be seen. */
static bool is_base64_value(const char *line)
{
    char text[1024];
    size_t size = strcspn(line, ",");
    return size >= 8 && size % 4 == 0 && base64_text(line, size, text, sizeof text) && (strchr(text, '.') || strchr(text, ':'));
}

enum intel_format format_guess(const char *path, const char *head, size_t size)
{
    struct head h = {head, size};
    char line[4096];
    (void)path;
    if (!first_line(h, line, sizeof line))
        return INTEL_PLAIN;
    const char *start = line + strspn(line, " \t");
    bool is_json = *start == '{' || (*start == '[' && (start[1] == '\0' || strchr("{[\" ]", start[1])));
    if (is_json)
        return guess_json(h);
    if (is_csv_header(line))
        return INTEL_CSV;
    if (is_iprep(line))
        return INTEL_IPREP;
    if (has(h, "# Reference:") || has(h, "Maltrail developers"))
        return INTEL_MALTRAIL;
    return is_base64_value(line) ? INTEL_DATASET : INTEL_PLAIN;
}
