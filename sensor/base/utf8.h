/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8.h - strict UTF-8, for everything that writes or checks text (RFC 3629).
 *
 * Overlong forms, surrogates and code points past U+10FFFF are not UTF-8.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length (1..4) of the valid sequence that starts at `at`, its code point in `code`; 0 when there is none. `left` is
 * how many bytes may be read. */
size_t utf8_decode(const uint8_t *at, size_t left, uint32_t *code);

/* True when all `size` bytes are valid UTF-8. */
bool utf8_valid(const uint8_t *at, size_t size);

/* True for what must not reach a terminal or a viewer raw: C0, DEL and C1 controls, line and paragraph separators
 * (U+2028, U+2029), bidi embeddings, overrides and isolates (U+202A..202E, U+2066..2069). */
bool utf8_unsafe(uint32_t code);

/* Copies text, making it harmless for a terminal: what is unsafe or no UTF-8 becomes \xNN. `out` has room for four times `size`
 * bytes; returns the bytes written (no NUL is added). */
size_t utf8_clean(char *out, const void *text, size_t size);

/* A harmless copy of a NUL-terminated text; the caller frees it. NULL when memory is short. */
char *utf8_clean_copy(const char *text);

#endif
