/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clear_text.h - the first bytes of what one end says when no parser wants them and they are text: mail, FTP's files, mining, shells.
 *
 * Bytes come in order, once. They are told in pieces (OBSERVE_BODY): the caller ends one when the other end speaks, so that question
 * and answer stay apart however segments were cut. Binary talk costs a look at a few bytes of its first segments.
 */
#ifndef DISSECT_CLEAR_TEXT_H
#define DISSECT_CLEAR_TEXT_H

#include <stdbool.h>

#include "dissect/budget.h"
#include "dissect/parser.h"

/* One end of a connection. Zeroed is new. */
struct clear_text {
    struct budget_bytes kept; /* not told yet */
    uint32_t size;            /* bytes kept and told so far */
    uint32_t pieces;          /* told */
    uint32_t peeked;          /* bytes at the beginning of what is taken next that were peeked at */
    uint8_t misses;           /* segments that did not begin like text */
};

/* With so many bytes, more change nothing in what clear_text_begins says. */
#define CLEAR_TEXT_ENOUGH 40

/* Do these bytes begin like text: no control characters but blanks and line ends in the first few, perhaps behind a length of four bytes
 * before JSON? */
bool clear_text_begins(struct slice bytes);

/* Takes bytes that nobody else wanted; `most` is the bound of the end's whole text. Tells them when it is reached. */
void clear_text_take(struct clear_text *c, struct budget *b, const struct parse_place *place, struct slice bytes, size_t most);
/* As clear_text_take, of bytes that somebody may want yet: the same bytes are given to clear_text_take later, or never. */
void clear_text_peek(struct clear_text *c, struct budget *b, const struct parse_place *place, struct slice bytes, size_t most);
/* Tells what is kept, as said by the flow's end `end`. */
void clear_text_tell(struct clear_text *c, struct budget *b, const struct parse_place *place, int end);

#endif
