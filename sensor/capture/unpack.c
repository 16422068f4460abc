/* SPDX-License-Identifier: Apache-2.0 */
/* unpack.c - see unpack.h. RFC 1952 (gzip), RFC 8878 (zstd), the LZ4 frame format 1.6. */
#include "capture/unpack.h"

#include <limits.h>
#include <lz4frame.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define WINDOW_LOG_MAX 27 /* 128 MiB */
#define GZIP_ONLY      (15 + 16)

struct unpack {
    enum unpack_kind kind;
    z_stream gzip;
    ZSTD_DStream *zstd;
    LZ4F_dctx *lz4;
    bool whole; /* nothing of a stream is open */
    bool over;  /* only padding may follow */
    uint64_t taken, given;
    char problem[160];
};

enum unpack_kind unpack_kind_of(const uint8_t magic[4])
{
    if (magic[0] == 0x1f && magic[1] == 0x8b)
        return UNPACK_GZIP;
    if (memcmp(magic, "\x28\xb5\x2f\xfd", 4) == 0)
        return UNPACK_ZSTD;
    if (memcmp(magic, "\x04\x22\x4d\x18", 4) == 0)
        return UNPACK_LZ4;
    return UNPACK_NONE;
}

const char *unpack_name(enum unpack_kind kind)
{
    static const char *const names[] = {"", "gzip", "zstd", "lz4"};
    return names[kind];
}

static bool begin(struct unpack *u)
{
    switch (u->kind) {
    case UNPACK_GZIP: return inflateInit2(&u->gzip, GZIP_ONLY) == Z_OK;
    case UNPACK_ZSTD:
        u->zstd = ZSTD_createDStream();
        return u->zstd && !ZSTD_isError(ZSTD_initDStream(u->zstd)) &&
               !ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX));
    case UNPACK_LZ4: return !LZ4F_isError(LZ4F_createDecompressionContext(&u->lz4, LZ4F_VERSION));
    default: return false;
    }
}

struct unpack *unpack_new(enum unpack_kind kind)
{
    struct unpack *u = calloc(1, sizeof *u);
    if (!u)
        return NULL;
    u->kind = kind;
    u->whole = true;
    if (begin(u))
        return u;
    unpack_free(u);
    return NULL;
}

void unpack_free(struct unpack *u)
{
    if (!u)
        return;
    if (u->kind == UNPACK_GZIP)
        inflateEnd(&u->gzip);
    ZSTD_freeDStream(u->zstd);
    LZ4F_freeDecompressionContext(u->lz4);
    free(u);
}

static bool fail(struct unpack *u, const char *why)
{
    snprintf(u->problem, sizeof u->problem, "the %s data is broken: %s", unpack_name(u->kind), why);
    return false;
}

static unsigned clamp(size_t size)
{
    return size < UINT_MAX ? (unsigned)size : UINT_MAX;
}

/* Behind a member another one follows, or zeros, which tapes and block devices leave. */
static bool gzip_step(struct unpack *u, const uint8_t *in, size_t *in_size, uint8_t *out, size_t *out_size)
{
    z_stream *z = &u->gzip;
    z->next_in = (Bytef *)(uintptr_t)in; /* zlib does not write there */
    z->avail_in = clamp(*in_size);
    z->next_out = out;
    z->avail_out = clamp(*out_size);
    unsigned had_in = z->avail_in, had_out = z->avail_out;
    if (u->whole && u->taken > 0 && had_in > 0 && in[0] == 0)
        u->over = true;
    int result = Z_OK;
    if (u->over) {
        *out_size = 0;
        return true;
    }
    if (had_in > 0 || !u->whole)
        result = inflate(z, Z_NO_FLUSH);
    *in_size = had_in - z->avail_in;
    *out_size = had_out - z->avail_out;
    if (*in_size > 0)
        u->whole = false;
    if (result == Z_STREAM_END) {
        u->whole = true;
        inflateReset(z);
    }
    return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR || fail(u, z->msg ? z->msg : zError(result));
}

static bool zstd_step(struct unpack *u, const uint8_t *in, size_t *in_size, uint8_t *out, size_t *out_size)
{
    ZSTD_inBuffer from = {in, *in_size, 0};
    ZSTD_outBuffer to = {out, *out_size, 0};
    size_t left = ZSTD_decompressStream(u->zstd, &to, &from);
    *in_size = from.pos;
    *out_size = to.pos;
    if (ZSTD_isError(left))
        return fail(u, ZSTD_getErrorCode(left) == ZSTD_error_frameParameter_windowTooLarge ? "its window is beyond 128 MiB"
                                                                                            : ZSTD_getErrorName(left));
    if (from.pos > 0 || to.pos > 0)
        u->whole = left == 0;
    return true;
}

static bool lz4_step(struct unpack *u, const uint8_t *in, size_t *in_size, uint8_t *out, size_t *out_size)
{
    size_t left = LZ4F_decompress(u->lz4, out, out_size, in, in_size, NULL);
    if (LZ4F_isError(left)) {
        *in_size = *out_size = 0;
        return fail(u, LZ4F_getErrorName(left));
    }
    if (*in_size > 0 || *out_size > 0)
        u->whole = left == 0;
    return true;
}

bool unpack_step(struct unpack *u, const uint8_t *in, size_t *in_size, uint8_t *out, size_t *out_size)
{
    if (*u->problem) {
        *in_size = *out_size = 0;
        return false;
    }
    bool good = u->kind == UNPACK_GZIP   ? gzip_step(u, in, in_size, out, out_size)
                : u->kind == UNPACK_ZSTD ? zstd_step(u, in, in_size, out, out_size)
                                         : lz4_step(u, in, in_size, out, out_size);
    u->taken += *in_size;
    u->given += *out_size;
    if (good && u->given > UNPACK_FREE && u->given / UNPACK_RATIO > u->taken)
        return fail(u, "it grows to more than 1,000 times its size, as a bomb does; unpack it by hand if you trust it");
    return good;
}

bool unpack_is_whole(const struct unpack *u)
{
    return u->whole;
}

const char *unpack_problem(const struct unpack *u)
{
    return u->problem;
}
