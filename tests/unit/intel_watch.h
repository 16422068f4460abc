/* SPDX-License-Identifier: Apache-2.0 */
/* intel_watch.h - reads a list from a text and keeps, as text, what came of it. */
#ifndef TESTS_INTEL_WATCH_H
#define TESTS_INTEL_WATCH_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "intel/reader.h"
#include "intel/time_text.h"
#include "scratch_file.h"

#define WATCH_TEXT_MAX 65536

struct watch {
    struct intel_read_options options; /* before: what the test wants; take, complain and list are filled in */
    uint64_t room;                     /* before: indicators that fit, 0 for any number */
    struct intel_read_result result;
    struct error error;
    uint64_t taken;
    unsigned complaint_lines;
    char text[WATCH_TEXT_MAX];       /* every field of every indicator, as long as there is room */
    char values[WATCH_TEXT_MAX];     /* "value[:port...] match" a line */
    char complaints[WATCH_TEXT_MAX]; /* a line each */
};

static inline void watch_append(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, WATCH_TEXT_MAX - used, format, arguments);
    va_end(arguments);
}

static inline const char *watch_match(enum indicator_match m)
{
    return m == MATCH_SUFFIX ? "suffix" : m == MATCH_PREFIX ? "prefix" : "exact";
}

static inline void watch_ports(char *out, const struct indicator *i, char separator)
{
    for (unsigned p = 0; p < i->port_count; p++)
        if (p == 0 && separator == '|')
            watch_append(out, "%u", i->ports[p]);
        else
            watch_append(out, "%c%u", separator, i->ports[p]);
}

static inline const char *watch_time(int64_t t, enum time_edge edge)
{
    static char text[4][TIME_TEXT_MAX];
    static unsigned next;
    return t ? time_write(t, edge, text[next++ % 4]) : "0";
}

static inline bool watch_take(void *arg, const struct indicator *i)
{
    struct watch *w = arg;
    if (w->room && w->taken == w->room)
        return false;
    w->taken++;
    watch_append(w->values, "%s", i->value);
    watch_ports(w->values, i, ':');
    watch_append(w->values, " %s\n", watch_match(i->match));
    watch_append(w->text, "%s %s %s %s %s %s %s %s %s %s %s %u ", i->value, indicator_type_name(i->type), watch_match(i->match),
                 i->actor, i->campaign, i->malware, i->category, watch_time(i->first_seen, TIME_FIRST),
                 watch_time(i->last_seen, TIME_LAST_DAY), watch_time(i->valid_from, TIME_FIRST),
                 watch_time(i->valid_until, TIME_LAST), i->confidence_pct);
    watch_ports(w->text, i, '|');
    watch_append(w->text, " %s %s %s %s %s %s %s %u\n", i->hosted, i->status, i->tlp, i->source, i->reference, i->note, i->list,
                 i->line);
    return true;
}

static inline void watch_complain(void *arg, const char *text)
{
    struct watch *w = arg;
    w->complaint_lines++;
    watch_append(w->complaints, "%s\n", text);
}

static inline struct intel_read_options watch_options(struct watch *w)
{
    struct intel_read_options o = w->options;
    const char **texts[] = {&o.defaults.actor,     &o.defaults.category, &o.defaults.source,
                            &o.defaults.reference, &o.defaults.tlp,      &o.defaults.list};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!*texts[i])
            *texts[i] = texts[i] == &o.defaults.list ? "list" : "";
    if (!o.complaints_max)
        o.complaints_max = 1000;
    o.take = watch_take;
    o.complain = watch_complain;
    o.arg = w;
    w->taken = 0;
    w->complaint_lines = 0;
    *w->text = *w->values = *w->complaints = '\0';
    return o;
}

/* Reads a file with this content; what intel_read said. */
static inline bool watch_try(struct watch *w, const char *text)
{
    char path[64];
    scratch_file(path, text);
    struct intel_read_options options = watch_options(w);
    bool good = intel_read(path, &options, &w->result, &w->error);
    unlink(path);
    return good;
}

#define watch_complains(w, expected)                                                                                               \
    do {                                                                                                                           \
        if (!strstr((w)->complaints, expected))                                                                                    \
            fail_msg("'%s' lacks '%s'", (w)->complaints, expected);                                                                \
    } while (0)

#define watch_read(w, content)                                                                                                     \
    do {                                                                                                                           \
        if (!watch_try(w, content))                                                                                                \
            fail_msg("%s", (w)->error.text);                                                                                       \
    } while (0)

#endif
