/* SPDX-License-Identifier: Apache-2.0 */
/* intel_stats.c - `haetae intel stats`: lists in numbers, by type, category, actor, list, TLP, age and validity. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/intel_feed.h"

#define WORDS_MAX 512
#define DAY_S     86400

struct tally {
    const char *title;
    char *word[WORDS_MAX]; /* owned; the last stands for all others */
    uint64_t count[WORDS_MAX];
    size_t words;
};

enum { BY_TYPE, BY_CATEGORY, BY_ACTOR, BY_LIST, BY_STATUS, BY_TLP, BY_AGE, BY_VALIDITY, TALLIES };

struct numbers {
    struct tally tally[TALLIES];
    int64_t now;
};

static void add(struct tally *t, const char *word)
{
    size_t i = 0;
    while (i < t->words && strcmp(t->word[i], word) != 0)
        i++;
    if (i == WORDS_MAX)
        i--;
    if (i == t->words && (t->word[i] = strdup(i + 1 < WORDS_MAX ? word : "(others)")))
        t->words++;
    t->count[i]++;
}

static const char *age_word(int64_t days)
{
    static const struct {
        int64_t days;
        const char *word;
    } ages[] = {{30, "up to 30 days"}, {90, "up to 90 days"}, {365, "up to 1 year"}, {3 * 365, "up to 3 years"}};
    for (size_t i = 0; i < sizeof ages / sizeof *ages; i++)
        if (days <= ages[i].days)
            return ages[i].word;
    return "older";
}

static const char *validity_word(const struct indicator *i, int64_t now)
{
    if (i->valid_until && now > i->valid_until)
        return "no longer valid";
    if (i->valid_from && now < i->valid_from)
        return "not yet valid";
    return i->valid_from || i->valid_until ? "valid now" : "not limited";
}

static const char *or_none(const char *text)
{
    return *text ? text : "(none)";
}

static bool count(void *arg, const struct indicator *i)
{
    struct numbers *n = arg;
    add(&n->tally[BY_TYPE], indicator_type_name(i->type));
    add(&n->tally[BY_CATEGORY], or_none(i->category));
    add(&n->tally[BY_ACTOR], or_none(i->actor));
    add(&n->tally[BY_LIST], i->list);
    add(&n->tally[BY_STATUS], or_none(i->status));
    add(&n->tally[BY_TLP], or_none(i->tlp));
    add(&n->tally[BY_AGE], i->last_seen ? age_word((n->now - i->last_seen) / DAY_S) : "(unknown)");
    add(&n->tally[BY_VALIDITY], validity_word(i, n->now));
    return true;
}

static void print(const struct tally *t)
{
    bool printed[WORDS_MAX] = {false};
    printf("%s\n", t->title);
    for (size_t k = 0; k < t->words; k++) { /* most first */
        size_t best = WORDS_MAX;
        for (size_t i = 0; i < t->words; i++)
            if (!printed[i] && (best == WORDS_MAX || t->count[i] > t->count[best]))
                best = i;
        printed[best] = true;
        printf("  %8" PRIu64 "  %s\n", t->count[best], t->word[best]);
    }
}

static void print_all(struct numbers *n, const struct feed_totals *totals)
{
    static const char *const titles[TALLIES] = {"type", "category", "actor", "list", "status", "TLP", "last reported", "validity"};
    printf("%" PRIu64 " indicators, %" PRIu64 " bad rows, %" PRIu64 " refused, %" PRIu64 " left out\n", totals->taken, totals->bad,
           totals->refused, totals->inexpressible);
    for (size_t i = 0; i < TALLIES; i++) {
        n->tally[i].title = titles[i];
        print(&n->tally[i]);
    }
}

enum intel_status intel_stats(const struct intel_line *line, const struct settings *s)
{
    struct feed_lists f;
    struct feed_totals totals = {0};
    struct numbers *n = calloc(1, sizeof *n);
    bool good = feed_lists_find(&f, line, s) && n;
    if (good) {
        n->now = line->at;
        good = feed_read(&f, line, count, n, &totals);
        print_all(n, &totals);
    }
    for (size_t i = 0; n && i < TALLIES; i++)
        for (size_t k = 0; k < n->tally[i].words; k++)
            free(n->tally[i].word[k]);
    free(n);
    feed_lists_free(&f);
    return good ? feed_status(&totals) : INTEL_FAILED;
}
