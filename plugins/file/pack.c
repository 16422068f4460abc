/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack.c - compresses one file into another, with gzip (RFC 1952) or Zstandard (RFC 8878), a block at a time.
 */
#include "file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

#define BLOCK      65536u
#define GZIP_LEVEL 6
#define ZSTD_LEVEL 3
#define GZIP_BITS  (15 + 16) /* zlib's way to ask for gzip's header */

/* The state of either kind. */
struct packer {
    bool (*step)(struct packer *p, size_t size, bool last,
                 struct reason *why); /* compresses `in`[size] and writes what comes of it */
    int out_fd;
    z_stream gzip;
    ZSTD_CCtx *zstd;
    uint8_t in[BLOCK], out[BLOCK];
};

bool pack_read(const char *word, enum packing *out)
{
    static const char *const words[] = {[PACK_NONE] = "none", [PACK_GZIP] = "gzip", [PACK_ZSTD] = "zstd"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], word) == 0) {
            *out = (enum packing)i;
            return true;
        }
    return false;
}

const char *pack_suffix(enum packing kind)
{
    return kind == PACK_ZSTD ? ".zst" : ".gz";
}

static bool write_all(struct packer *p, size_t size, struct reason *why)
{
    for (size_t at = 0; at < size;) {
        ssize_t written = write(p->out_fd, p->out + at, size - at);
        if (written > 0)
            at += (size_t)written;
        else if (written == 0 || errno != EINTR)
            return refuse(why, "cannot write: %s", strerror(errno));
    }
    return true;
}

static bool step_gzip(struct packer *p, size_t size, bool last, struct reason *why)
{
    z_stream *z = &p->gzip;
    z->next_in = p->in;
    z->avail_in = (uInt)size;
    do {
        z->next_out = p->out;
        z->avail_out = sizeof p->out;
        if (deflate(z, last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_ERROR)
            return refuse(why, "cannot compress: %s", z->msg != NULL ? z->msg : "zlib failed");
        if (!write_all(p, sizeof p->out - z->avail_out, why))
            return false;
    } while (z->avail_out == 0);
    return true;
}

static bool step_zstd(struct packer *p, size_t size, bool last, struct reason *why)
{
    ZSTD_inBuffer in = {.src = p->in, .size = size};
    size_t left;
    do {
        ZSTD_outBuffer out = {.dst = p->out, .size = sizeof p->out};
        left = ZSTD_compressStream2(p->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return refuse(why, "cannot compress: %s", ZSTD_getErrorName(left));
        if (!write_all(p, out.pos, why))
            return false;
    } while (last ? left > 0 : in.pos < in.size);
    return true;
}

static struct packer *packer_new(enum packing kind, int out_fd)
{
    struct packer *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->out_fd = out_fd;
    p->step = kind == PACK_ZSTD ? step_zstd : step_gzip;
    if (kind == PACK_ZSTD && (p->zstd = ZSTD_createCCtx()) != NULL) {
        ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
        ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1);
        return p;
    }
    if (kind == PACK_GZIP && deflateInit2(&p->gzip, GZIP_LEVEL, Z_DEFLATED, GZIP_BITS, 8, Z_DEFAULT_STRATEGY) == Z_OK)
        return p;
    free(p);
    return NULL;
}

static void packer_free(struct packer *p)
{
    if (p->step == step_zstd)
        ZSTD_freeCCtx(p->zstd);
    else
        deflateEnd(&p->gzip);
    free(p);
}

bool pack(enum packing kind, int in, int out, bool (*stop)(void *), void *arg, struct reason *why)
{
    struct packer *p = packer_new(kind, out);
    if (p == NULL)
        return refuse(why, "out of memory");
    bool good = true, last = false;
    for (off_t at = 0; good && !last;) {
        ssize_t got = pread(in, p->in, sizeof p->in, at);
        if (got < 0 && errno == EINTR)
            continue;
        good = got >= 0 ? !stop(arg) || refuse(why, "stopped") : refuse(why, "cannot read: %s", strerror(errno));
        last = got == 0;
        good = good && p->step(p, (size_t)got, last, why);
        at += got;
    }
    packer_free(p);
    return good;
}
