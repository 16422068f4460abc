/* SPDX-License-Identifier: Apache-2.0 */
/*
 * classic.c - see classic.h. The format is that of draft-ietf-opsawg-pcap: a header of 24 bytes, then records, each of
 * seconds, fraction, captured and original length (32 bits each) and the captured bytes.
 */
#include "capture/classic.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC_MICROSECONDS UINT32_C(0xa1b2c3d4)
#define MAGIC_NANOSECONDS  UINT32_C(0xa1b23c4d)

struct record {
    uint32_t seconds, fraction, cap_len, wire_len;
};

struct classic {
    struct classic_options options;
    int64_t fraction_ns; /* nanoseconds in a unit of the record's fraction */
    bool over;           /* libpcap goes on */
    size_t at, have;     /* of the buffer: the next record, the end of what was read */
    char *buffer;
};

static bool read_header(struct classic *c)
{
    uint32_t magic;
    uint16_t version[2];
    memcpy(&magic, c->options.header, sizeof magic);
    memcpy(version, c->options.header + 4, sizeof version);
    c->fraction_ns = magic == MAGIC_NANOSECONDS ? 1 : 1000;
    return (magic == MAGIC_MICROSECONDS || magic == MAGIC_NANOSECONDS) && version[0] == 2 && version[1] == 4;
}

struct classic *classic_new(const struct classic_options *options)
{
    struct classic *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->options = *options;
    if (read_header(c) && (c->buffer = malloc(options->buffer_size)))
        return c;
    classic_free(c);
    return NULL;
}

void classic_free(struct classic *c)
{
    if (!c)
        return;
    free(c->buffer);
    free(c);
}

/* Reads until `size` bytes lie at c->at. */
static bool fill(struct classic *c, size_t size)
{
    if (size > c->options.buffer_size)
        return false;
    c->have -= c->at;
    memmove(c->buffer, c->buffer + c->at, c->have);
    c->at = 0;
    while (c->have < size) {
        ssize_t got = c->options.read(c->options.cookie, c->buffer + c->have, c->options.buffer_size - c->have);
        if (got <= 0)
            return false;
        c->have += (size_t)got;
    }
    return true;
}

static bool has(struct classic *c, size_t size)
{
    return c->have - c->at >= size || fill(c, size);
}

static bool read_record(struct classic *c, struct record *r)
{
    if (c->over || !has(c, sizeof *r))
        return false;
    memcpy(r, c->buffer + c->at, sizeof *r);
    return r->cap_len <= c->options.snaplen && has(c, sizeof *r + r->cap_len);
}

bool classic_next(struct classic *c, struct pcap_pkthdr *header, const u_char **bytes)
{
    struct record r;
    if (!read_record(c, &r)) {
        c->over = true;
        return false;
    }
    header->ts.tv_sec = (int32_t)r.seconds; /* signed, as libpcap has it */
    header->ts.tv_usec = (int32_t)r.fraction * c->fraction_ns;
    header->caplen = r.cap_len;
    header->len = r.wire_len;
    *bytes = (const u_char *)c->buffer + c->at + sizeof r;
    c->at += sizeof r + r.cap_len;
    return true;
}

size_t classic_left(const struct classic *c)
{
    return c->have - c->at;
}

size_t classic_drain(struct classic *c, char *out, size_t size)
{
    size_t left = classic_left(c), count = left < size ? left : size;
    memcpy(out, c->buffer + c->at, count);
    c->at += count;
    return count;
}
