/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_coding.c - one call of zlib for a body. "deflate" means the zlib format (RFC 1950) and is often sent without its head: both are
 * read.
 */
#include "dissect/http_coding.h"

#include <limits.h>
#include <zlib.h>

#include "dissect/http_line.h"

enum { ANY_HEAD = MAX_WBITS + 32 /* gzip or zlib, by its first bytes */, NO_HEAD = -MAX_WBITS };

bool http_coding_is_known(struct slice name)
{
    return http_is_word(name, "gzip") || http_is_word(name, "x-gzip") || http_is_word(name, "deflate");
}

static size_t unpack(int head, struct slice packed, uint8_t *out, size_t room)
{
    z_stream z = {
        .next_in = (Bytef *)(uintptr_t)packed.at, /* zlib does not write there */
        .avail_in = (uInt)packed.size,
        .next_out = out,
        .avail_out = (uInt)room,
    };
    if (inflateInit2(&z, head) != Z_OK)
        return 0;
    inflate(&z, Z_SYNC_FLUSH);
    inflateEnd(&z);
    return room - z.avail_out;
}

size_t http_coding_undo(struct slice packed, uint8_t *out, size_t room)
{
    if (packed.size == 0 || packed.size > UINT_MAX || room == 0 || room > UINT_MAX)
        return 0;
    size_t size = unpack(ANY_HEAD, packed, out, room);
    return size > 0 ? size : unpack(NO_HEAD, packed, out, room);
}
