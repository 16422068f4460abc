/* SPDX-License-Identifier: Apache-2.0 */
/*
 * addr_set.c - sets of addresses in Suricata's bracket notation.
 *
 * A set is kept as one flat array in reading order: a group is followed by its members and knows where they end. Parsing
 * and asking walk it with a small stack of open groups; nothing recurses, and depth and length are bounded, so text with
 * brackets or variables that multiply cannot grow beyond PARTS_MAX.
 *
 * Both ends of every observation are asked for, so for IPv4 the answer is written down by the first 16 bits; only where a
 * narrower block lies is the array walked.
 */
#include "base/addr.h"

#include <stdlib.h>

#define DEPTH_MAX 16
#define PARTS_MAX 65536u
#define TOKEN_MAX 64

#define V4_BITS_AT 96 /* bits in front of an IPv4 address */
#define TOP_BITS   16 /* of an IPv4 address, that `top` is indexed by */
#define TOP_COUNT  (1u << TOP_BITS)

enum part_kind { PART_PREFIX, PART_ANY, PART_GROUP };

struct part {
    enum part_kind kind;
    bool negated;
    struct prefix prefix; /* PART_PREFIX */
    uint32_t end;         /* PART_GROUP: index after its last member */
};

/* What the first 16 bits of an IPv4 address say. TOP_EDGE is a flag, and used only while the table is made. */
enum top_answer { TOP_OUT = 0, TOP_IN = 1, TOP_SPLIT = 2, TOP_EDGE = 4 };

struct addr_set {
    struct part *parts; /* parts[0] is the group of everything */
    uint32_t count;
    uint32_t capacity;
    uint8_t top[TOP_COUNT]; /* enum top_answer */
};

/* A text being read: the whole, an open bracket of it, or the text of a variable. */
struct frame {
    const char *text; /* start, for positions */
    const char *at;
    uint32_t group;       /* index of its PART_GROUP */
    bool bracket;         /* ends at ']' of the text that the frame below goes on with */
    char name[TOKEN_MAX]; /* variable, "" for the text itself */
};

struct parser {
    struct addr_set *set;
    struct frame frames[DEPTH_MAX];
    uint32_t depth; /* frames in use */
    const char *(*names)(const char *name, void *arg);
    void *arg;
    struct error *error;
};

static struct frame *top(struct parser *p)
{
    return &p->frames[p->depth - 1];
}

/* Fails with "position N: ..." or "in $NAME, position N: ...". */
static bool fail(struct parser *p, const char *at, const char *what, const char *token)
{
    const struct frame *f = top(p);
    long position = at - f->text + 1;
    error_set(p->error, "position %ld: %s%s%s%s", position, what, *token != '\0' ? " '" : "", token, *token != '\0' ? "'" : "");
    if (f->name[0] != '\0')
        error_prefix(p->error, "in $%s", f->name);
    return false;
}

static bool add(struct parser *p, struct part part)
{
    struct addr_set *s = p->set;
    if (s->count >= PARTS_MAX)
        return fail(p, top(p)->at, "more than 65536 parts", "");
    if (s->count == s->capacity) {
        uint32_t capacity = s->capacity > 0 ? s->capacity * 2 : 16;
        struct part *parts = realloc(s->parts, capacity * sizeof *parts);
        if (parts == NULL)
            return error_set(p->error, "out of memory");
        s->parts = parts;
        s->capacity = capacity;
    }
    s->parts[s->count++] = part;
    return true;
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* Opens a group that stands at `at` and whose members `frame` reads. */
static bool enter(struct parser *p, const char *at, const struct frame *frame, bool negated)
{
    if (p->depth == DEPTH_MAX)
        return fail(p, at, "nested deeper than 16 levels; does a variable name itself?", "");
    uint32_t group = p->set->count;
    if (!add(p, (struct part){.kind = PART_GROUP, .negated = negated}))
        return false;
    p->frames[p->depth] = *frame;
    p->frames[p->depth].group = group;
    p->depth++;
    return true;
}

static bool enter_variable(struct parser *p, const char *at, const char *token, bool negated)
{
    const char *text = p->names != NULL ? p->names(token + 1, p->arg) : NULL;
    if (text == NULL)
        return fail(p, at, "unknown variable", token);
    struct frame frame = {.text = text, .at = text};
    memcpy(frame.name, token + 1, strlen(token));
    return enter(p, at, &frame, negated);
}

static bool enter_bracket(struct parser *p, bool negated)
{
    struct frame frame = *top(p);
    frame.at++;
    frame.bracket = true;
    return enter(p, frame.at - 1, &frame, negated);
}

/* The word at `at` into `token`; false when it is too long for any address. */
static bool read_token(const char *at, char token[TOKEN_MAX], size_t *size)
{
    *size = strcspn(at, ",[]! \t\r\n");
    size_t kept = *size < TOKEN_MAX ? *size : TOKEN_MAX - 1;
    memcpy(token, at, kept);
    token[kept] = '\0';
    return kept == *size;
}

/* One part: "!"? ( "[" | "$NAME" | "any" | address | block ). Moves the frame's `at` behind what it took. */
static bool read_part(struct parser *p)
{
    struct frame *f = top(p);
    bool negated = *f->at == '!';
    if (negated)
        f->at = skip_blanks(f->at + 1);
    if (*f->at == '[')
        return enter_bracket(p, negated);

    const char *start = f->at;
    char token[TOKEN_MAX];
    size_t size;
    bool fits = read_token(start, token, &size);
    if (size == 0)
        return fail(p, start, *start == '!' ? "'!' twice" : "an address, a block, 'any' or '[' is missing", "");
    f->at = start + size;
    if (fits && token[0] == '$')
        return enter_variable(p, start, token, negated);
    if (strcmp(token, "any") == 0)
        return negated ? fail(p, start, "'!any' holds nothing", "") : add(p, (struct part){.kind = PART_ANY});
    struct part part = {.kind = PART_PREFIX, .negated = negated};
    if (!fits || !prefix_parse(token, &part.prefix))
        return fail(p, start, "no address or CIDR block:", token);
    return add(p, part);
}

/* Closes the innermost group; the frame below goes on behind it. */
static bool leave(struct parser *p)
{
    const struct frame *f = top(p);
    p->set->parts[f->group].end = p->set->count;
    if (f->bracket)
        p->frames[p->depth - 2].at = f->at + 1;
    p->depth--;
    return true;
}

/* After a part: ',' and another one, or the end of the innermost group, or of all. */
static bool read_end(struct parser *p, bool *more)
{
    struct frame *f = top(p);
    f->at = skip_blanks(f->at);
    *more = *f->at == ',';
    if (*more) {
        f->at++;
        return true;
    }
    if (f->bracket && *f->at == '\0')
        return fail(p, f->at, "']' is missing", "");
    if (*f->at != (f->bracket ? ']' : '\0'))
        return fail(p, f->at, *f->at == ']' ? "']' without '['" : "',' is missing", "");
    return leave(p);
}

static bool parse(struct parser *p)
{
    while (p->depth > 0) {
        struct frame *f = top(p);
        uint32_t depth = p->depth;
        f->at = skip_blanks(f->at);
        if (!read_part(p))
            return false;
        if (p->depth > depth)
            continue;
        bool more = false;
        while (p->depth > 0 && !more)
            if (!read_end(p, &more))
                return false;
    }
    return true;
}

/* -------------------------------------------------------------- asking */

/* What is known so far of a group while its members are asked. */
struct answer {
    uint32_t end;      /* index after the last member */
    bool has_positive; /* it has a part without '!' */
    bool held;         /* one of those holds the address */
    bool excluded;     /* a negated part holds it */
    bool negated;      /* the group itself is */
};

static void note(struct answer *group, bool negated, bool holds)
{
    if (negated) {
        group->excluded |= holds;
    } else {
        group->has_positive = true;
        group->held |= holds;
    }
}

/* Asks every part. */
static bool walk(const struct addr_set *s, const struct address *a)
{
    struct answer open[DEPTH_MAX];
    uint32_t depth = 0, i = 0;
    for (;;) {
        const struct part *part = &s->parts[i++];
        if (part->kind == PART_GROUP)
            open[depth++] = (struct answer){.end = part->end, .negated = part->negated};
        else
            note(&open[depth - 1], part->negated, part->kind == PART_ANY || prefix_holds(&part->prefix, a));
        while (open[depth - 1].end == i) {
            struct answer done = open[--depth];
            bool holds = (done.held || !done.has_positive) && !done.excluded;
            if (depth == 0)
                return holds;
            note(&open[depth - 1], done.negated, holds);
        }
    }
}

static uint32_t top_of(const struct address *a)
{
    return (uint32_t)a->bytes[12] << 8 | a->bytes[13];
}

/* Where the answer may change: at the first and after the last address of a wide block, or within a narrow one's 16 bits. */
static void mark_edges(struct addr_set *s, const struct prefix *p)
{
    uint32_t first = top_of(&p->base);
    if (p->bits > V4_BITS_AT + TOP_BITS) {
        s->top[first] |= TOP_SPLIT;
        return;
    }
    uint32_t after = first + (1u << (V4_BITS_AT + TOP_BITS - p->bits));
    s->top[first] |= TOP_EDGE;
    if (after < TOP_COUNT)
        s->top[after] |= TOP_EDGE;
}

static void make_top(struct addr_set *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->parts[i].kind == PART_PREFIX && s->parts[i].prefix.bits >= V4_BITS_AT)
            mark_edges(s, &s->parts[i].prefix);
    bool known = false, holds = false;
    for (uint32_t i = 0; i < TOP_COUNT; i++) {
        known &= (s->top[i] & TOP_EDGE) == 0;
        s->top[i] &= TOP_SPLIT;
        if (s->top[i] == TOP_SPLIT)
            continue;
        if (!known)
            holds = walk(s, &(struct address){.bytes = {[10] = 0xff, [11] = 0xff, [12] = (uint8_t)(i >> 8), [13] = (uint8_t)i}});
        known = true;
        s->top[i] = holds ? TOP_IN : TOP_OUT;
    }
}

struct addr_set *addr_set_parse(const char *text, const char *(*names)(const char *name, void *arg), void *arg, struct error *error)
{
    struct addr_set *set = calloc(1, sizeof *set);
    if (set == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    struct parser p = {.set = set, .depth = 1, .names = names, .arg = arg, .error = error};
    p.frames[0] = (struct frame){.text = text, .at = text};
    if (!add(&p, (struct part){.kind = PART_GROUP}) || !parse(&p)) {
        addr_set_free(set);
        return NULL;
    }
    make_top(set);
    return set;
}

bool addr_set_holds(const struct addr_set *s, const struct address *a)
{
    uint8_t top = addr_is_v4(a) ? s->top[top_of(a)] : TOP_SPLIT;
    return top == TOP_SPLIT ? walk(s, a) : top == TOP_IN;
}

size_t addr_set_count(const struct addr_set *s)
{
    size_t count = 0;
    for (uint32_t i = 0; i < s->count; i++)
        count += s->parts[i].kind != PART_GROUP;
    return count;
}

void addr_set_free(struct addr_set *s)
{
    if (s == NULL)
        return;
    free(s->parts);
    free(s);
}
