/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stix_pattern.c - see stix_pattern.h. One pass with an explicit stack of operators (Dijkstra's shunting yard), for both levels of the
 * grammar: comparisons within [ ] and observations around them.
 *
 * Each operand stands for a run of terms, and operands lie on the stack in the order of their runs. So OR is joining two neighbours
 * and dropping an operand is cutting the end of the terms.
 */
#include "intel/stix_pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intel/stix_lexer.h"
#include "intel/stix_path.h"

#define STACK_MAX 64

struct operand {
    enum stix_kind kind;
    size_t start; /* its first term; it ends where the next operand starts */
    char reason[STIX_REASON_MAX];
};

struct parser {
    struct stix_lexer lexer;
    struct stix_pattern *out;
    char *text; /* where the next value is written */
    struct operand operands[STACK_MAX];
    size_t operand_count;
    char operators[STACK_MAX]; /* '(' '[' and precedence: '1' FOLLOWEDBY, '2' OR, '3' AND */
    size_t operator_count;
    bool in_brackets;
    const char *why; /* not NULL: no pattern */
};

static bool fail(struct parser *p, const char *why)
{
    if (!p->why)
        p->why = why;
    return false;
}

/* ----------------------------------------------------------------- operands */

static void record(struct stix_pattern *out, const char *reason)
{
    if (out->unsaid_count < STIX_UNSAID_MAX)
        snprintf(out->unsaid[out->unsaid_count++], STIX_REASON_MAX, "%s", reason);
}

static struct operand *push(struct parser *p, enum stix_kind kind)
{
    if (p->operand_count == STACK_MAX) {
        fail(p, "a pattern nested deeper than 64; simplify it");
        return NULL;
    }
    struct operand *o = &p->operands[p->operand_count++];
    o->kind = kind;
    o->start = p->out->term_count;
    *o->reason = '\0';
    return o;
}

/* Makes the topmost operand say nothing. `reason` is shorter than STIX_REASON_MAX. */
static void unsay(struct parser *p, struct operand *o, const char *reason)
{
    o->kind = STIX_UNSAID;
    p->out->term_count = o->start;
    memmove(o->reason, reason, strlen(reason) + 1);
}

static bool is_address(const struct stix_term *t)
{
    return t->type == INDICATOR_NONE || t->type == INDICATOR_IPV4 || t->type == INDICATOR_IPV6 || t->type == INDICATOR_CIDR;
}

static void add_port(struct stix_term *t, uint16_t port)
{
    if (t->port_count < INDICATOR_PORTS_MAX)
        t->ports[t->port_count++] = port;
}

/* Moves the ports, terms [ports, end), into the addresses, terms [values, ...) of `count`; false when they are no addresses. */
static bool give_ports(struct stix_pattern *out, size_t values, size_t count, size_t ports, size_t port_count)
{
    for (size_t i = 0; i < count; i++) {
        struct stix_term *t = &out->terms[values + i];
        if (!is_address(t) || t->port_count + port_count > INDICATOR_PORTS_MAX)
            return false;
        for (size_t k = 0; k < port_count; k++)
            add_port(t, out->terms[ports + k].ports[0]);
    }
    if (values > ports)
        memmove(&out->terms[ports], &out->terms[values], count * sizeof *out->terms);
    out->term_count -= port_count;
    return true;
}

static bool same_value(const struct stix_pattern *out, const struct operand *a, const struct operand *b)
{
    return b->start - a->start == 1 && out->term_count - b->start == 1 && out->terms[a->start].type == out->terms[b->start].type &&
           strcmp(out->terms[a->start].value, out->terms[b->start].value) == 0;
}

static void both(struct parser *p, struct operand *a, struct operand *b)
{
    struct stix_pattern *out = p->out;
    size_t a_count = b->start - a->start, b_count = out->term_count - b->start;
    if (a->kind == STIX_UNSAID)
        out->term_count = a->start;
    else if (b->kind == STIX_UNSAID)
        unsay(p, a, b->reason);
    else if (a->kind == STIX_NEUTRAL)
        a->kind = b->kind;
    else if (b->kind == STIX_NEUTRAL)
        return;
    else if (a->kind == STIX_VALUES && b->kind == STIX_VALUES && same_value(out, a, b))
        out->term_count--;
    else if (!p->in_brackets)
        unsay(p, a, "STIX patterns of several observations that must come together");
    else if (a->kind == STIX_VALUES && b->kind == STIX_PORTS && give_ports(out, a->start, a_count, b->start, b_count))
        return;
    else if (a->kind == STIX_PORTS && b->kind == STIX_VALUES && give_ports(out, b->start, b_count, a->start, a_count))
        a->kind = STIX_VALUES;
    else
        unsay(p, a, "STIX patterns of several conditions at once");
}

static void either(struct parser *p, struct operand *a, struct operand *b)
{
    if (a->kind == STIX_UNSAID || b->kind == STIX_UNSAID) {
        record(p->out, a->kind == STIX_UNSAID ? a->reason : b->reason);
        if (a->kind == STIX_UNSAID)
            *a = *b;
    } else if (a->kind != b->kind) {
        unsay(p, a, "STIX patterns whose alternatives are no values");
    }
}

static void reduce(struct parser *p)
{
    char precedence = p->operators[--p->operator_count];
    struct operand *a = &p->operands[p->operand_count - 2], *b = &p->operands[p->operand_count - 1];
    if (precedence == '2')
        either(p, a, b);
    else
        both(p, a, b);
    p->operand_count--;
}

static void reduce_to(struct parser *p, char least)
{
    while (p->operator_count > 0 && p->operators[p->operator_count - 1] >= least && p->operators[p->operator_count - 1] <= '3')
        reduce(p);
}

/* -------------------------------------------------------------- comparisons */

/* Writes the string token's text without its escapes; it lives as long as the pattern. */
static char *unescape(struct parser *p)
{
    char *text = p->text;
    for (size_t i = 0; i < p->lexer.size; i++) {
        if (p->lexer.start[i] == '\\' && i + 1 < p->lexer.size)
            i++;
        *p->text++ = p->lexer.start[i];
    }
    *p->text++ = '\0';
    return text;
}

/* Room for one more; most patterns have one term, a hostile one has STIX_TERMS_MAX. */
static bool grow(struct stix_pattern *out)
{
    size_t room = out->term_room ? out->term_room * 2 : 4;
    struct stix_term *terms = realloc(out->terms, room * sizeof *terms);
    if (!terms)
        return false;
    out->terms = terms;
    out->term_room = room;
    return true;
}

static bool add_term(struct parser *p, const struct stix_term *term)
{
    if (p->out->term_count == STIX_TERMS_MAX)
        return fail(p, "a pattern with more than 2048 values; split it");
    if (p->out->term_count == p->out->term_room && !grow(p->out))
        return fail(p, "too much: out of memory");
    p->out->terms[p->out->term_count++] = *term;
    return true;
}

/* LIKE: "%.bad.example" is a name and everything below it, "http://bad.example/a%" the start of a URL. */
static bool take_wildcards(struct stix_term *t, char *value)
{
    size_t size = strlen(value);
    bool is_name = t->type == INDICATOR_DOMAIN || t->type == INDICATOR_TLS_NAME;
    if (is_name && strncmp(value, "%.", 2) == 0) {
        t->match = MATCH_SUFFIX;
        t->value = value + 2;
    } else if (t->type == INDICATOR_URL && size > 0 && value[size - 1] == '%') {
        t->match = MATCH_PREFIX;
        value[size - 1] = '\0';
    }
    return strpbrk(t->value, "%") == NULL;
}

/* The name of a certificate's subject: "CN=bad.example, O=..." or the name alone. */
static void take_common_name(struct stix_term *t, char *value)
{
    if (t->type != INDICATOR_TLS_NAME || strncasecmp(value, "CN=", 3) != 0)
        return;
    t->value = value + 3;
    value[3 + strcspn(value + 3, ",/")] = '\0';
}

static bool number_of(const struct stix_lexer *l, uint16_t *out)
{
    unsigned long n = 0;
    for (size_t i = 0; i < l->size; i++) {
        if (l->start[i] < '0' || l->start[i] > '9' || n > 65535)
            return false;
        n = n * 10 + (unsigned)(l->start[i] - '0');
    }
    *out = (uint16_t)n;
    return l->size > 0 && n > 0 && n <= 65535;
}

/* One literal of a comparison. False: not expressible (or fail() was called). */
static bool take_literal(struct parser *p, const struct stix_path *path, bool has_wildcards)
{
    struct stix_term t = {.type = path->type};
    if (path->kind == STIX_PORTS) {
        t.value = "";
        t.port_count = 1;
        return number_of(&p->lexer, &t.ports[0]) && add_term(p, &t);
    }
    if (p->lexer.token != STIX_STRING)
        return false;
    char *value = unescape(p);
    t.value = value;
    if (has_wildcards && !take_wildcards(&t, value))
        return false;
    take_common_name(&t, value);
    return add_term(p, &t);
}

static bool is_literal(const struct stix_lexer *l)
{
    return l->token == STIX_STRING || l->token == STIX_WORD;
}

/* A literal, or a set of them in parentheses. False: fail() was called. */
static bool read_literals(struct parser *p, const struct stix_path *path, bool has_wildcards, bool *said)
{
    bool is_set = stix_lexer_is(&p->lexer, "(");
    if (is_set)
        stix_lexer_next(&p->lexer);
    for (;;) {
        if (!is_literal(&p->lexer))
            return fail(p, "a pattern with a comparison without its value; correct it");
        if (path && path->kind != STIX_NEUTRAL && !take_literal(p, path, has_wildcards))
            *said = false;
        stix_lexer_next(&p->lexer);
        if (!is_set)
            return !p->why;
        bool more = stix_lexer_is(&p->lexer, ",");
        if (!more && !stix_lexer_is(&p->lexer, ")"))
            return fail(p, "a pattern with a set that does not close; correct it");
        stix_lexer_next(&p->lexer);
        if (!more)
            return !p->why;
    }
}

/* "file:hashes" of file:hashes.'SHA-256'. */
static int stem_size(const struct stix_lexer *path)
{
    size_t size = 0;
    while (size < path->size && path->start[size] != '.' && path->start[size] != '[' && size < 48)
        size++;
    return (int)size;
}

/* path [NOT] operator literal */
static bool read_comparison(struct parser *p)
{
    struct stix_lexer name = p->lexer;
    const struct stix_path *path = stix_path_of(&name);
    struct operand *o = push(p, path ? path->kind : STIX_UNSAID);
    if (!o)
        return false;
    stix_lexer_next(&p->lexer);
    bool negated = stix_lexer_is(&p->lexer, "NOT");
    if (negated)
        stix_lexer_next(&p->lexer);
    struct stix_lexer operation = p->lexer;
    if (operation.token != STIX_OPERATOR && operation.token != STIX_WORD)
        return fail(p, "a pattern with a comparison without its operator; correct it");
    stix_lexer_next(&p->lexer);
    bool said = stix_path_takes(path, &operation) && !negated;
    if (!read_literals(p, said ? path : NULL, stix_lexer_is(&operation, "LIKE"), &said))
        return false;
    if (said)
        return true;
    char reason[STIX_REASON_MAX];
    snprintf(reason, sizeof reason, path ? "STIX patterns with %.*s and %s%.*s" : "STIX patterns about %.*s", stem_size(&name),
             name.start, negated ? "NOT " : "", (int)(operation.size < 12 ? operation.size : 12), operation.start);
    unsay(p, o, reason);
    return true;
}

/* EXISTS path */
static bool read_exists(struct parser *p)
{
    stix_lexer_next(&p->lexer);
    struct operand *o = push(p, STIX_UNSAID);
    if (!o || p->lexer.token != STIX_PATH)
        return fail(p, "a pattern with EXISTS and no path; correct it");
    unsay(p, o, "STIX patterns with EXISTS");
    stix_lexer_next(&p->lexer);
    return true;
}

/* ---------------------------------------------------------------- structure */

static bool push_operator(struct parser *p, char mark)
{
    if (p->operator_count == STACK_MAX)
        return fail(p, "a pattern nested deeper than 64; simplify it");
    p->operators[p->operator_count++] = mark;
    return true;
}

/* Where an operand must come. `expects_operand` tells what must come next. */
static bool read_operand(struct parser *p, bool *expects_operand)
{
    if (stix_lexer_is(&p->lexer, "(")) {
        stix_lexer_next(&p->lexer);
        return push_operator(p, '(');
    }
    if (stix_lexer_is(&p->lexer, "[") && !p->in_brackets) {
        stix_lexer_next(&p->lexer);
        p->in_brackets = true;
        return push_operator(p, '[');
    }
    *expects_operand = false;
    if (p->in_brackets && p->lexer.token == STIX_PATH)
        return read_comparison(p);
    if (p->in_brackets && stix_lexer_is(&p->lexer, "EXISTS"))
        return read_exists(p);
    return fail(p, "a pattern with something missing; correct it");
}

/* ")" or "]". */
static bool close_group(struct parser *p, char opener)
{
    reduce_to(p, '1');
    if (p->operator_count == 0 || p->operators[p->operator_count - 1] != opener)
        return fail(p, "a pattern whose brackets do not match; correct it");
    p->operator_count--;
    stix_lexer_next(&p->lexer);
    if (opener != '[')
        return true;
    p->in_brackets = false;
    struct operand *o = &p->operands[p->operand_count - 1];
    if (o->kind == STIX_PORTS)
        unsay(p, o, "STIX patterns about a port alone");
    else if (o->kind == STIX_NEUTRAL)
        unsay(p, o, "STIX patterns about a protocol alone");
    return true;
}

/* WITHIN 5 SECONDS, REPEATS 5 TIMES, START t'..' STOP t'..': the last operand must hold several times, or then only. */
static bool read_qualifier(struct parser *p)
{
    bool is_neutral = stix_lexer_is(&p->lexer, "WITHIN");
    int words = stix_lexer_is(&p->lexer, "START") ? 4 : 3;
    for (int i = 0; i < words; i++, stix_lexer_next(&p->lexer))
        if (p->lexer.token != STIX_WORD)
            return fail(p, "a pattern with half a qualifier; correct it");
    struct operand *o = &p->operands[p->operand_count - 1];
    if (!is_neutral && o->kind != STIX_UNSAID)
        unsay(p, o, "STIX patterns with REPEATS or START");
    return true;
}

static bool read_operator(struct parser *p, bool *expects_operand)
{
    static const struct {
        const char *word;
        char precedence;
    } operators[] = {{"FOLLOWEDBY", '1'}, {"OR", '2'}, {"AND", '3'}};
    for (size_t i = 0; i < 3; i++)
        if (stix_lexer_is(&p->lexer, operators[i].word)) {
            reduce_to(p, operators[i].precedence);
            stix_lexer_next(&p->lexer);
            *expects_operand = true;
            return push_operator(p, operators[i].precedence);
        }
    if (stix_lexer_is(&p->lexer, ")"))
        return close_group(p, '(');
    if (stix_lexer_is(&p->lexer, "]"))
        return close_group(p, '[');
    bool is_qualifier =
        stix_lexer_is(&p->lexer, "WITHIN") || stix_lexer_is(&p->lexer, "REPEATS") || stix_lexer_is(&p->lexer, "START");
    if (is_qualifier && !p->in_brackets)
        return read_qualifier(p);
    return fail(p, "a pattern with a word where none belongs; correct it");
}

/* "= x OR LIKE %.x" is one thing: the name and what lies below it. */
static void drop_covered(struct stix_pattern *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < out->term_count; i++) {
        const struct stix_term *t = &out->terms[i], *before = kept ? &out->terms[kept - 1] : NULL;
        bool covers = before && t->match == MATCH_SUFFIX && before->type == t->type && before->match == MATCH_EXACT &&
                      strcmp(before->value, t->value) == 0;
        out->terms[covers ? kept - 1 : kept++] = *t;
    }
    out->term_count = kept;
}

static bool parse(struct parser *p)
{
    bool expects_operand = true;
    stix_lexer_next(&p->lexer);
    while (p->lexer.token != STIX_END) {
        if (!(expects_operand ? read_operand(p, &expects_operand) : read_operator(p, &expects_operand)))
            return false;
    }
    if (!expects_operand)
        reduce_to(p, '1');
    if (expects_operand || p->operator_count || p->operand_count != 1)
        return fail(p, "a pattern that ends too early; correct it");
    if (p->operands[0].kind == STIX_UNSAID)
        record(p->out, p->operands[0].reason);
    drop_covered(p->out);
    return true;
}

bool stix_pattern_parse(const char *text, struct stix_pattern *out, const char **why)
{
    size_t size = strnlen(text, STIX_PATTERN_MAX);
    *out = (struct stix_pattern){.term_count = 0};
    *why = "a pattern longer than 64 KiB; split it";
    if (size == STIX_PATTERN_MAX)
        return false;
    out->texts = malloc(size + 1);
    struct parser *p = calloc(1, sizeof *p);
    bool good = out->texts && p;
    *why = "too much: out of memory";
    if (good) {
        p->lexer.at = text;
        p->out = out;
        p->text = out->texts;
        good = parse(p);
        *why = p->why;
    }
    if (!good)
        out->term_count = 0;
    free(p);
    return good;
}

void stix_pattern_free(struct stix_pattern *p)
{
    free(p->terms);
    free(p->texts);
    *p = (struct stix_pattern){.term_count = 0};
}
