/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unpack.h - gzip, zstd and lz4 streams back into bytes, a piece at a time, within bounds.
 *
 * Told by the first bytes, not by a file's name. Streams one behind the other are one stream, as for the tools of each format.
 * Three bounds stand against bombs: the window of zstd (128 MiB, which is what its own tool takes), the buffers of zlib and lz4
 * (they are fixed), and the ratio: beyond UNPACK_FREE bytes no more than UNPACK_RATIO bytes for each byte read.
 */
#ifndef CAPTURE_UNPACK_H
#define CAPTURE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNPACK_FREE  (4u * 1024u * 1024u)
#define UNPACK_RATIO 1000u

enum unpack_kind { UNPACK_NONE, UNPACK_GZIP, UNPACK_ZSTD, UNPACK_LZ4 };

/* By the first four bytes of a file. */
enum unpack_kind unpack_kind_of(const uint8_t magic[4]);
/* "gzip"; "" for none. */
const char *unpack_name(enum unpack_kind kind);

struct unpack;

/* NULL when memory is short or the kind is UNPACK_NONE. */
struct unpack *unpack_new(enum unpack_kind kind);
void unpack_free(struct unpack *u); /* takes NULL */

/* Takes from `in` and gives to `out`; *in_size and *out_size hold what is there before and what was taken or given after. False
 * when the stream is broken or beyond a bound: unpack_problem has the words, and what was given is good. */
bool unpack_step(struct unpack *u, const uint8_t *in, size_t *in_size, uint8_t *out, size_t *out_size);

/* Whether the bytes so far are whole streams: what a good file has at its end. */
bool unpack_is_whole(const struct unpack *u);
const char *unpack_problem(const struct unpack *u);

#endif
