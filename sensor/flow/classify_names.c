/* SPDX-License-Identifier: Apache-2.0 */
/*
 * classify_names.c - the library's texts, copied: some of them live in buffers that its next call overwrites. The module they come
 * from is lent to a classifier afterwards: to make one takes longer than all else at the start.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/classify.h"
#include "flow/library.h"

#define PACKETS_MAX 32u /* what the module is opened for: the default of classify_options */

struct classify_names {
    struct names {
        char **at;
        unsigned count;
    } kinds[TEXT_KINDS];
    char version[64];
    struct library *library;
    bool lent;
};

static bool copy_kind(struct names *names, struct library *l, enum library_text kind)
{
    unsigned count = library_text_count(l, kind);
    names->at = calloc(count ? count : 1, sizeof *names->at);
    if (!names->at)
        return false;
    for (; names->count < count; names->count++) {
        const char *text = library_text(l, kind, names->count);
        names->at[names->count] = strdup(text ? text : "");
        if (!names->at[names->count])
            return false;
    }
    return true;
}

static bool copy_all(struct classify_names *n, struct library *l)
{
    library_version(n->version, sizeof n->version);
    for (int kind = 0; kind < TEXT_KINDS; kind++)
        if (!copy_kind(&n->kinds[kind], l, (enum library_text)kind))
            return false;
    return true;
}

struct classify_names *classify_names_new(struct error *error)
{
    struct library *l = library_open(PACKETS_MAX, error);
    if (!l)
        return NULL;
    struct classify_names *n = calloc(1, sizeof *n);
    if (n) {
        n->library = l;
        if (copy_all(n, l))
            return n;
    } else {
        library_close(l);
    }
    classify_names_free(n);
    error_set(error, "libndpi: cannot read its names: out of memory");
    return NULL;
}

void classify_names_free(struct classify_names *n)
{
    if (!n)
        return;
    for (int kind = 0; kind < TEXT_KINDS; kind++) {
        struct names *names = &n->kinds[kind];
        while (names->count)
            free(names->at[--names->count]);
        free(names->at);
    }
    library_close(n->library);
    free(n);
}

struct library *classify_names_lend(struct classify_names *n, uint32_t packets_max)
{
    if (!n || n->lent || packets_max != PACKETS_MAX)
        return NULL;
    n->lent = true;
    return n->library;
}

bool classify_names_return(struct classify_names *n, struct library *l)
{
    if (!n || n->library != l)
        return false;
    n->lent = false;
    return true;
}

static const char *name_of(const struct classify_names *n, enum library_text kind, unsigned id)
{
    const struct names *names = &n->kinds[kind];
    return id < names->count && names->at[id][0] ? names->at[id] : "Unknown";
}

const char *classify_protocol(const struct classify_names *n, uint16_t id)
{
    return name_of(n, TEXT_PROTOCOL, id);
}

const char *classify_category(const struct classify_names *n, uint16_t id)
{
    return name_of(n, TEXT_CATEGORY, id);
}

const char *classify_breed(const struct classify_names *n, uint8_t id)
{
    return name_of(n, TEXT_BREED, id);
}

const char *classify_confidence(const struct classify_names *n, uint8_t id)
{
    return name_of(n, TEXT_CONFIDENCE, id);
}

const char *classify_risk(const struct classify_names *n, unsigned risk)
{
    return name_of(n, TEXT_RISK, risk);
}

const char *classify_risk_severity(const struct classify_names *n, unsigned risk)
{
    return name_of(n, TEXT_SEVERITY, risk);
}

const char *classify_version(const struct classify_names *n)
{
    return n->version;
}
