/* SPDX-License-Identifier: Apache-2.0 */
/* threshold_rules.c - see threshold_rules.h. One pass over the text; options are "name value" or "name=value" between commas. */
#include "analysis/threshold_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define LINE_MAX_SIZE 16384
#define RULES_MAX     65536u
#define TYPE_NONE     99

struct reader {
    struct threshold_rules *rules;
    const char *(*names)(const char *name, void *arg);
    void *arg;
    uint32_t line;
    struct error *error;
    unsigned type;   /* of the line at hand: enum threshold_type or TYPE_NONE */
    bool has_sid, has_track, has_count, has_seconds;
};

static bool fail(const struct reader *r, const char *what, const char *word)
{
    return error_set(r->error, "%s:%u: %s%s%.80s%s", r->rules->name, r->line, what, *word ? " '" : "", word, *word ? "'" : "");
}

/* ------------------------------------------------------------------- words */

static char *trim(char *text)
{
    text += strspn(text, " \t\r");
    size_t size = strlen(text);
    while (size > 0 && strchr(" \t\r", text[size - 1]))
        text[--size] = '\0';
    return text;
}

/* The option that begins at *at, ended by a comma outside of brackets and quotes; NULL past the last. */
static char *next_option(char **at)
{
    char *start = *at;
    int depth = 0;
    bool quoted = false;
    if (!*start)
        return NULL;
    for (; **at; ++*at) {
        char c = **at;
        quoted ^= c == '"';
        depth += !quoted && c == '[';
        depth -= !quoted && c == ']';
        if (c == ',' && depth <= 0 && !quoted) {
            *(*at)++ = '\0';
            break;
        }
    }
    return trim(start);
}

/* Cuts "name value" or "name=value" in two; the value loses its quotes. */
static char *value_of(char *option)
{
    char *value = option + strcspn(option, " \t=");
    if (!*value)
        return value;
    *value++ = '\0';
    value = trim(value);
    if (*value == '=')
        value = trim(value + 1);
    size_t size = strlen(value);
    if (size >= 2 && value[0] == '"' && value[size - 1] == '"') {
        value[size - 1] = '\0';
        value++;
    }
    return value;
}

static bool read_number(const char *text, uint32_t *out)
{
    uint64_t n = 0;
    size_t size = strlen(text);
    if (size == 0 || size > 10)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        n = n * 10 + (uint64_t)(*text - '0');
    }
    *out = (uint32_t)n;
    return n <= UINT32_MAX;
}

/* ----------------------------------------------------------------- options */

static bool read_type(struct reader *r, const char *value)
{
    static const char *const types[] = {"limit", "threshold", "both", "backoff"};
    for (unsigned i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(value, types[i]) == 0) {
            r->type = i;
            return true;
        }
    return fail(r, "type: want limit, threshold, both or backoff, found", value);
}

static bool read_track(struct reader *r, struct threshold_rule *t, char *value)
{
    static const struct {
        const char *word;
        enum threshold_track track;
    } tracks[] = {{"by_rule", TRACK_RULE}, {"by_src", TRACK_SRC},   {"by_dst", TRACK_DST},  {"by_both", TRACK_BOTH},
                  {"by_either", TRACK_BOTH}, {"by_flow", TRACK_FLOW}, {"by_host", TRACK_HOST}};
    char *plus = strchr(value, '+');
    if (plus && strcmp(plus, "+indicator") != 0)
        return fail(r, "track: only +indicator may follow, found", plus);
    if (plus)
        *plus = '\0';
    t->with_indicator = plus != NULL;
    r->has_track = true;
    for (size_t i = 0; i < sizeof tracks / sizeof *tracks; i++)
        if (strcmp(value, tracks[i].word) == 0) {
            t->track = (uint8_t)tracks[i].track;
            return true;
        }
    return fail(r, "track: want by_src, by_dst, by_both, by_either, by_rule, by_flow or by_host, found", value);
}

static bool read_ip(struct reader *r, struct threshold_rule *t, const char *value)
{
    struct error why = {""};
    if (t->ip)
        return fail(r, "ip stands twice", "");
    t->ip = addr_set_parse(value, r->names, r->arg, &why);
    return t->ip || fail(r, why.text, "");
}

static bool read_text(struct reader *r, char **out, const char *value)
{
    if (!*value || *out)
        return fail(r, *value ? "stands twice:" : "a value is missing", value);
    *out = strdup(value);
    return *out || fail(r, "out of memory", "");
}

static bool read_until(struct reader *r, struct threshold_rule *t, const char *value)
{
    uint64_t ns;
    if (!clock_day(value, &ns))
        return fail(r, "until: want a day like 2027-03-31, found", value);
    t->over_ns = ns + NS_PER_DAY;
    return true;
}

static bool read_option(struct reader *r, struct threshold_rule *t, char *option)
{
    uint32_t gid;
    char *value = value_of(option);
    if (strcmp(option, "gen_id") == 0)
        return (read_number(value, &gid) && gid <= 1) || fail(r, "gen_id: want 1 (or 0 for any), found", value);
    if (strcmp(option, "sig_id") == 0)
        return (r->has_sid = read_number(value, &t->sid)) || fail(r, "sig_id: want a number, found", value);
    if (strcmp(option, "type") == 0 && r->type != THRESHOLD_SUPPRESS)
        return read_type(r, value);
    if (strcmp(option, "track") == 0)
        return read_track(r, t, value);
    if (strcmp(option, "count") == 0)
        return (r->has_count = read_number(value, &t->count) && t->count > 0) || fail(r, "count: want a number from 1, found", value);
    if (strcmp(option, "seconds") == 0)
        return (r->has_seconds = read_number(value, &t->seconds) && t->seconds > 0) ||
               fail(r, "seconds: want a number from 1, found", value);
    if (strcmp(option, "multiplier") == 0)
        return (read_number(value, &t->multiplier) && t->multiplier > 1) || fail(r, "multiplier: want a number from 2, found", value);
    if (strcmp(option, "ip") == 0 && r->type == THRESHOLD_SUPPRESS)
        return read_ip(r, t, value);
    if (strcmp(option, "indicator") == 0)
        return read_text(r, &t->indicator, value);
    if (strcmp(option, "role") == 0)
        return read_text(r, &t->role, value);
    if (strcmp(option, "reason") == 0)
        return read_text(r, &t->reason, value);
    if (strcmp(option, "until") == 0)
        return read_until(r, t, value);
    return fail(r, "unknown option", option);
}

/* ------------------------------------------------------------------- lines */

/* Does what was read make a whole rule? */
static bool is_whole(struct reader *r, struct threshold_rule *t)
{
    if (!r->has_sid)
        return fail(r, "sig_id is missing; 0 means every rule", "");
    t->type = (enum threshold_type)r->type;
    if (r->type == THRESHOLD_SUPPRESS)
        return !t->ip == !r->has_track || fail(r, "track and ip go together: track by_src, ip 10.0.0.53", "");
    if (r->type == TYPE_NONE || !r->has_track || !r->has_count)
        return fail(r, "want type, track, count and seconds", "");
    if (r->type == THRESHOLD_BACKOFF)
        return (t->track == TRACK_FLOW && t->multiplier > 1) || fail(r, "type backoff wants track by_flow and multiplier", "");
    return r->has_seconds || fail(r, "seconds is missing", "");
}

static bool same_scope(const struct threshold_rule *a, const struct threshold_rule *b)
{
    bool indicator = a->indicator && b->indicator ? strcmp(a->indicator, b->indicator) == 0 : a->indicator == b->indicator;
    bool role = a->role && b->role ? strcmp(a->role, b->role) == 0 : a->role == b->role;
    return a->type != THRESHOLD_SUPPRESS && b->type != THRESHOLD_SUPPRESS && a->sid == b->sid && indicator && role;
}

static bool is_new(struct reader *r, const struct threshold_rule *t)
{
    char line[16];
    for (size_t i = 0; i < r->rules->count; i++)
        if (same_scope(&r->rules->rule[i], t)) {
            snprintf(line, sizeof line, "%u", r->rules->rule[i].line);
            return fail(r, "this rule has a threshold already, in line", line);
        }
    return true;
}

static void rule_clear(struct threshold_rule *t)
{
    addr_set_free(t->ip);
    free(t->indicator);
    free(t->role);
    free(t->reason);
}

static bool add(struct reader *r, const struct threshold_rule *t)
{
    struct threshold_rules *all = r->rules;
    if (all->count == RULES_MAX)
        return fail(r, "too many lines", "");
    if ((all->count & (all->count - 1)) == 0) {
        struct threshold_rule *grown = realloc(all->rule, (all->count ? all->count * 2 : 1) * sizeof *grown);
        if (!grown)
            return fail(r, "out of memory", "");
        all->rule = grown;
    }
    all->rule[all->count++] = *t;
    return true;
}

/* One line without its comment and line breaks. */
static bool read_line(struct reader *r, char *text)
{
    struct threshold_rule t = {.line = r->line, .over_ns = UINT64_MAX};
    char *option, *at = trim(text);
    if (!*at || *at == '#')
        return true;
    char *keyword = at;
    at += strcspn(at, " \t");
    if (*at)
        *at++ = '\0';
    r->has_sid = r->has_track = r->has_count = r->has_seconds = false;
    r->type = strcmp(keyword, "suppress") == 0 ? (unsigned)THRESHOLD_SUPPRESS : TYPE_NONE;
    if (strcmp(keyword, "rate_filter") == 0)
        return fail(r, "rate_filter changes what an IPS does; this sensor only watches: take the line out", "");
    if (r->type == TYPE_NONE && strcmp(keyword, "threshold") != 0 && strcmp(keyword, "event_filter") != 0)
        return fail(r, "want suppress, threshold or event_filter, found", keyword);
    bool good = true;
    while (good && (option = next_option(&at)))
        good = read_option(r, &t, option);
    if (good && is_whole(r, &t) && is_new(r, &t) && add(r, &t))
        return true;
    rule_clear(&t);
    return false;
}

/* Copies a line, and those it goes on with after a backslash; false when it is too long. Moves *at and *lines on. */
static bool take_line(const char **at, char *out, size_t size, uint32_t *lines)
{
    size_t used = 0;
    for (*lines = 0; **at; ++*at) {
        if (**at == '\n') {
            ++*lines;
            if (used == 0 || out[used - 1] != '\\')
                break;
            out[used - 1] = ' ';
            continue;
        }
        if (**at == '\r' && (*at)[1] == '\n')
            continue;
        if (used == size - 1)
            return false;
        out[used++] = **at;
    }
    *at += **at == '\n';
    out[used] = '\0';
    return true;
}

struct threshold_rules *threshold_rules_parse(const char *name, const char *text,
                                              const char *(*names)(const char *name, void *arg), void *arg, struct error *error)
{
    char *line = malloc(LINE_MAX_SIZE);
    struct reader r = {.rules = calloc(1, sizeof(struct threshold_rules)), .names = names, .arg = arg, .line = 1, .error = error};
    bool good = line && r.rules && (r.rules->name = strdup(name)) != NULL;
    if (!good)
        error_set(error, "%s: out of memory", name);
    while (good && *text) {
        uint32_t lines;
        good = take_line(&text, line, LINE_MAX_SIZE, &lines) ? read_line(&r, line) : fail(&r, "line too long", "");
        r.line += lines;
    }
    free(line);
    if (good)
        return r.rules;
    threshold_rules_free(r.rules);
    return NULL;
}

void threshold_rules_free(struct threshold_rules *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++)
        rule_clear(&r->rule[i]);
    free(r->rule);
    free(r->name);
    free(r);
}

size_t threshold_rules_unreasoned(const struct threshold_rules *r)
{
    size_t count = 0;
    for (size_t i = 0; r && i < r->count; i++)
        count += r->rule[i].type == THRESHOLD_SUPPRESS && !r->rule[i].reason;
    return count;
}
