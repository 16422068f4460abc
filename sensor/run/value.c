/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.c - see value.h. Every message says what was found, then what to write.
 */
#include "run/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 48 /* letters compared by value_distance */

static bool is_any_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcasecmp(text, *words) == 0)
            return true;
    return false;
}

static bool is_yes(const char *text)
{
    static const char *const words[] = {"yes", "true", "on", "1", NULL};
    return is_any_of(text, words);
}

static bool is_no(const char *text)
{
    static const char *const words[] = {"no", "false", "off", "0", NULL};
    return is_any_of(text, words);
}

static bool parse_bool(const char *text, int64_t *out, struct error *error)
{
    *out = is_yes(text);
    if (!is_yes(text) && !is_no(text))
        return error_set(error, "'%.100s' is neither yes nor no; write yes or no", text);
    return true;
}

/* Digits of a base into `out`; NULL when there are none or the number passes int64. Returns what follows them. */
static const char *read_digits(const char *at, unsigned base, int64_t *out)
{
    const char *start = at;
    int64_t n = 0;
    for (; *at >= '0' && *at < (char)('0' + base); at++)
        if (__builtin_mul_overflow(n, base, &n) || __builtin_add_overflow(n, *at - '0', &n))
            return NULL;
    *out = n;
    return at > start ? at : NULL;
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

struct unit {
    const char *name;
    int64_t factor;
};

/* A number and one of the units. */
static bool parse_with_unit(const char *text, const struct unit *units, int64_t *out)
{
    const char *at = read_digits(text, 10, out);
    if (at == NULL)
        return false;
    at = skip_blanks(at);
    if (*at == '\0')
        return true;
    for (; units->name != NULL; units++)
        if (strcasecmp(at, units->name) == 0)
            return !__builtin_mul_overflow(*out, units->factor, out);
    return false;
}

static bool parse_size(const char *text, int64_t *out, struct error *error)
{
    static const struct unit units[] = {{"kb", INT64_C(1) << 10},
                                        {"mb", INT64_C(1) << 20},
                                        {"gb", INT64_C(1) << 30},
                                        {"kib", INT64_C(1) << 10},
                                        {"mib", INT64_C(1) << 20},
                                        {"gib", INT64_C(1) << 30},
                                        {NULL, 0}};
    if (parse_with_unit(text, units, out))
        return true;
    return error_set(error, "'%.100s' is no size; write bytes or a number with kb, mb or gb", text);
}

static bool parse_seconds(const char *text, int64_t *out, struct error *error)
{
    static const struct unit units[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {NULL, 0}};
    if (parse_with_unit(text, units, out))
        return true;
    return error_set(error, "'%.100s' is no time; write seconds or a number with s, m, h or d", text);
}

static bool parse_number(const char *text, int64_t *out, struct error *error)
{
    bool negative = *text == '-';
    const char *at = read_digits(text + negative, 10, out);
    if (at == NULL || *at != '\0')
        return error_set(error, "'%.100s' is no whole number; write digits", text);
    *out = negative ? -*out : *out;
    return true;
}

static bool parse_octal(const char *text, int64_t *out, struct error *error)
{
    *out = 0;
    if (*text == '\0')
        return true;
    const char *at = read_digits(text, 8, out);
    if (at == NULL || *at != '\0' || *out > 0777)
        return error_set(error, "'%.100s' is no file mode; write octal digits like 640", text);
    return true;
}

void value_choice(const char *choices, const char *text, char *out, size_t size)
{
    for (const char *at = choices; *at != '\0';) {
        size_t word = strcspn(at, "|");
        snprintf(out, size, "%.*s", (int)word, at);
        if (strcasecmp(out, text) == 0 || (is_yes(out) && is_yes(text)) || (is_no(out) && is_no(text)))
            return;
        at += word + (at[word] == '|');
    }
    out[0] = '\0';
}

static bool parse_choice(const char *choices, const char *text, struct error *error)
{
    char word[WORD_MAX];
    value_choice(choices, text, word, sizeof word);
    if (word[0] != '\0')
        return true;
    char list[128];
    snprintf(list, sizeof list, "%s", choices);
    for (char *bar = strchr(list, '|'); bar != NULL; bar = strchr(bar, '|'))
        *bar = ' ';
    return error_set(error, "'%.100s' is not known; write one of: %s", text, list);
}

static bool check_bounds(const struct value_rule *rule, const char *text, int64_t n, struct error *error)
{
    int64_t least = rule->least, most = rule->most;
    if (least == 0 && most == 0)
        most = INT64_MAX;
    if (n >= least && n <= most)
        return true;
    if (most == INT64_MAX)
        return error_set(error, "%.100s is too small; at least %" PRId64, text, least);
    return error_set(error, "%.100s is out of bounds; %" PRId64 " to %" PRId64, text, least, most);
}

bool value_parse(const struct value_rule *rule, const char *text, int64_t *out, struct error *error)
{
    *out = 0;
    switch (rule->type) {
    case VALUE_BOOL: return parse_bool(text, out, error);
    case VALUE_NUMBER: return parse_number(text, out, error) && check_bounds(rule, text, *out, error);
    case VALUE_SIZE: return parse_size(text, out, error) && check_bounds(rule, text, *out, error);
    case VALUE_SECONDS: return parse_seconds(text, out, error) && check_bounds(rule, text, *out, error);
    case VALUE_OCTAL: return parse_octal(text, out, error);
    case VALUE_CHOICE: return parse_choice(rule->choices, text, error);
    case VALUE_TEXT:
    case VALUE_ADDRESSES:
    case VALUE_LIST:
    case VALUE_NAMED:
    case VALUE_ENTRIES:
    case VALUE_ANY: break;
    }
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *trim_end(const char *start, const char *end)
{
    while (end > start && is_blank(end[-1]))
        end--;
    return end;
}

struct value_items value_items(const char *text)
{
    struct value_items i = {.at = skip_blanks(text)};
    i.end = trim_end(i.at, i.at + strlen(i.at));
    if (*i.at == '[' && strchr(i.at, ']') == i.end - 1) {
        i.at++;
        i.end--;
    }
    return i;
}

bool value_items_next(struct value_items *i, const char **start, size_t *size)
{
    while (i->at < i->end) {
        const char *comma = memchr(i->at, ',', (size_t)(i->end - i->at));
        const char *end = comma != NULL ? comma : i->end;
        *start = i->at;
        while (*start < end && is_blank(**start))
            (*start)++;
        *size = (size_t)(trim_end(*start, end) - *start);
        i->at = comma != NULL ? comma + 1 : i->end;
        if (*size > 0)
            return true;
    }
    return false;
}

unsigned value_distance(const char *a, const char *b)
{
    size_t a_size = strlen(a), b_size = strlen(b);
    unsigned rows[3][WORD_MAX + 1];
    if (a_size > WORD_MAX || b_size > WORD_MAX)
        return 99;
    for (size_t k = 0; k <= b_size; k++)
        rows[0][k] = (unsigned)k;
    for (size_t i = 1; i <= a_size; i++) {
        unsigned *row = rows[i % 3], *before = rows[(i + 2) % 3], *older = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t k = 1; k <= b_size; k++) {
            unsigned best = before[k - 1] + (a[i - 1] != b[k - 1]);
            if (before[k] + 1 < best)
                best = before[k] + 1;
            if (row[k - 1] + 1 < best)
                best = row[k - 1] + 1;
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] && older[k - 2] + 1 < best)
                best = older[k - 2] + 1;
            row[k] = best;
        }
    }
    return rows[a_size % 3][b_size];
}
