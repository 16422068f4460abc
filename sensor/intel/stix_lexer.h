/* SPDX-License-Identifier: Apache-2.0 */
/* stix_lexer.h - the words of a STIX pattern (STIX 2.1, 9.2). */
#ifndef INTEL_STIX_LEXER_H
#define INTEL_STIX_LEXER_H

#include <stdbool.h>
#include <stddef.h>

enum stix_token {
    STIX_END,
    STIX_BAD,
    STIX_WORD,     /* keyword, number, or a literal such as t'...' */
    STIX_PATH,     /* ipv4-addr:value */
    STIX_STRING,   /* 'text' */
    STIX_OPERATOR, /* = != < > <= >= */
    STIX_MARK      /* one of [ ] ( ) , */
};

struct stix_lexer {
    const char *at; /* what follows the token */
    enum stix_token token;
    const char *start; /* the token; of a string what stands between the quotes, still escaped */
    size_t size;
};

/* Reads the next token. */
void stix_lexer_next(struct stix_lexer *l);
/* Keywords are read whatever their case. */
bool stix_lexer_is(const struct stix_lexer *l, const char *word);

#endif
