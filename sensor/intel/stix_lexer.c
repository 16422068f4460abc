/* SPDX-License-Identifier: Apache-2.0 */
/* stix_lexer.c - see stix_lexer.h. */
#include "intel/stix_lexer.h"

#include <ctype.h>
#include <string.h>

/* Behind the closing quote of the string whose text begins at `at`; NULL when it never closes. */
static const char *behind_string(const char *at)
{
    for (; *at; at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (*at == '\'')
            return at + 1;
    }
    return NULL;
}

static bool is_word_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.' || c == '+';
}

/* A path goes on with ":", "[*]", "[3]" and quoted names: x509-certificate:hashes.'SHA-1'. */
static const char *behind_path_part(const char *at, bool *is_path)
{
    if (*at == ':') {
        *is_path = true;
        return at + 1;
    }
    if (!*is_path)
        return NULL;
    if (*at == '\'' && at[-1] == '.')
        return behind_string(at + 1);
    size_t inside = *at == '[' ? strspn(at + 1, "*0123456789") : 0;
    return inside && at[1 + inside] == ']' ? at + 2 + inside : NULL;
}

static void read_word(struct stix_lexer *l)
{
    bool is_path = false;
    const char *at = l->at;
    for (;;) {
        const char *next = is_word_byte(*at) ? at + 1 : behind_path_part(at, &is_path);
        if (!next)
            break;
        at = next;
    }
    if (*at == '\'' && at == l->at + 1) { /* t'..', h'..', b'..' */
        const char *end = behind_string(at + 1);
        at = end ? end : at;
        l->token = end ? STIX_WORD : STIX_BAD;
    } else {
        l->token = at == l->at ? STIX_BAD : is_path ? STIX_PATH : STIX_WORD;
    }
    l->size = (size_t)(at - l->at);
    l->at = at;
}

static void read_string(struct stix_lexer *l)
{
    const char *end = behind_string(l->at + 1);
    l->token = end ? STIX_STRING : STIX_BAD;
    if (!end)
        return;
    l->start = l->at + 1;
    l->size = (size_t)(end - 1 - l->start);
    l->at = end;
}

void stix_lexer_next(struct stix_lexer *l)
{
    while (isspace((unsigned char)*l->at))
        l->at++;
    l->start = l->at;
    l->size = 1;
    if (!*l->at) {
        l->token = STIX_END;
        l->size = 0;
    } else if (*l->at == '\'') {
        read_string(l);
    } else if (strchr("[](),", *l->at)) {
        l->token = STIX_MARK;
        l->at++;
    } else if (strchr("=!<>", *l->at)) {
        l->token = STIX_OPERATOR;
        l->size = strspn(l->at, "=!<>");
        l->at += l->size;
    } else {
        read_word(l);
    }
}

bool stix_lexer_is(const struct stix_lexer *l, const char *word)
{
    bool has_text = l->token == STIX_WORD || l->token == STIX_MARK || l->token == STIX_OPERATOR;
    return has_text && strlen(word) == l->size && strncasecmp(word, l->start, l->size) == 0;
}
