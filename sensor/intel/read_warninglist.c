/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read_warninglist.c - MISP warning lists: values that are everybody's, so that a hit on one proves little. One object, or an array of
 * them. Rows say in `source` which list they are of, in `note` what it is, in `reference` where it comes from.
 *
 * Types cidr, hostname (and what lies below it) and string are taken; substring and regex are not for packets. Nothing is refused
 * for being everybody's.
 */
#include <string.h>

#include "intel/json_scan.h"
#include "intel/read.h"

/* What an object says of its list; it may stand behind the list. */
struct warninglist {
    json_t *name, *description, *type, *reference, *category;
};

static json_t **part_of(struct warninglist *w, const char *key)
{
    const struct {
        const char *key;
        json_t **part;
    } parts[] = {{"name", &w->name}, {"description", &w->description}, {"type", &w->type}, {"reference", &w->reference},
                 {"haetae-category", &w->category}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(key, parts[i].key) == 0)
            return parts[i].part;
    return NULL;
}

static void forget(struct warninglist *w)
{
    json_t *const parts[] = {w->name, w->description, w->type, w->reference, w->category};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        json_decref(parts[i]);
}

static const char *text_of(const json_t *value)
{
    const char *text = json_string_value(value);
    return text ? text : "";
}

static bool take_value(struct reader *r, const struct warninglist *w, const char *value, uint32_t line)
{
    const char *type = text_of(w->type);
    struct indicator i = reader_blank();
    i.line = line;
    i.value = value;
    i.source = text_of(w->name);
    i.note = text_of(w->description);
    i.reference = text_of(w->reference);
    i.category = text_of(w->category);
    i.confidence_pct = r->options->defaults.confidence_pct;
    if (strcmp(type, "hostname") == 0) {
        i.type = INDICATOR_DOMAIN;
        i.match = MATCH_SUFFIX;
    } else if (strcmp(type, "cidr") != 0 && strcmp(type, "string") != 0) {
        return reader_unsaid(r, "values of warning lists that are substrings or regular expressions");
    }
    return reader_offer(r, &i);
}

static bool take_values(struct reader *r, struct json_scan *s, const struct warninglist *w)
{
    bool going = true, inside = json_scan_enter(s);
    while (inside && going && json_scan_next(s)) {
        const char *why = "no text; write the values of `list` as texts";
        json_t *value = json_scan_take(s, &why);
        bool is_text = json_is_string(value);
        going = is_text ? take_value(r, w, json_string_value(value), s->value_line) : reader_bad(r, s->value_line, "%s", why);
        json_decref(value);
    }
    return going;
}

/* One pass over the members of an object: `values` takes its list, else what it says of it is read. */
static bool take_members(struct reader *r, struct json_scan *s, struct warninglist *w, bool values)
{
    bool going = true, inside = json_scan_enter(s);
    while (inside && going && json_scan_next(s)) {
        json_t **part = part_of(w, s->key);
        const char *why;
        if (values && strcmp(s->key, "list") == 0 && json_scan_peek(s) == '[')
            going = take_values(r, s, w);
        else if (!values && part && !*part)
            *part = json_scan_take(s, &why);
        else
            json_scan_skip(s);
    }
    return going;
}

static bool take_list(struct reader *r, struct json_scan *s)
{
    struct warninglist w = {.name = NULL};
    struct json_place start = json_scan_mark(s);
    take_members(r, s, &w, false);
    json_scan_return(s, &start);
    bool going = take_members(r, s, &w, true);
    forget(&w);
    return going;
}

bool read_warninglist(struct reader *r)
{
    struct json_scan s;
    if (!json_scan_open(&s, r->path, r->error))
        return false;
    bool going = true;
    if (json_scan_peek(&s) == '[' && json_scan_enter(&s)) {
        while (going && json_scan_next(&s)) {
            if (json_scan_peek(&s) == '{')
                going = take_list(r, &s);
            else
                json_scan_skip(&s);
        }
    } else if (json_scan_peek(&s) == '{') {
        going = take_list(r, &s);
    } else {
        going = reader_bad(r, s.at.line, "no warning list; give an object, or an array of them");
    }
    if (going && s.broken)
        going = reader_bad(r, s.at.line, "no JSON from here on; correct the file");
    json_scan_close(&s);
    return going;
}
