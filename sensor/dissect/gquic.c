/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gquic.c - Google QUIC's clear-text hello ("QUIC Crypto", Langley and Chang 2013/2016).
 *
 * The packet layout changed with nearly every version (entropy bytes, FEC, byte order, frame bits), but a CHLO is always one
 * stream frame inside one datagram. So it is looked for by its tag and trusted only if its whole table of tags holds together.
 */
#include "dissect/gquic.h"

#include <string.h>

#include "decode/cursor.h"

#define TAGS_MAX 128

/* "Q024" .. "Q049" */
static bool is_clear_version(const uint8_t *v)
{
    return v[0] == 'Q' && v[1] == '0' && v[2] >= '2' && v[2] <= '4' && v[3] >= '0' && v[3] <= '9';
}

/* The version field behind `skip` bytes, when it is one of ours. */
static bool version_at(struct slice datagram, size_t skip, uint32_t *version, struct slice *rest)
{
    struct cursor at = cursor_of(datagram.at, datagram.size);
    const uint8_t *v = cursor_skip(&at, skip) ? cursor_take(&at, 4) : NULL;
    if (!v || !is_clear_version(v))
        return false;
    *version = read_u32(v);
    *rest = cursor_slice(&at);
    return true;
}

/* Public flags: 0x01 version follows, 0x0c size of the connection id (8 bytes, or none); from Q044 on 0x80 as in IETF QUIC. */
bool gquic_datagram_read(struct slice datagram, uint32_t *version, struct slice *rest)
{
    if (datagram.size == 0)
        return false;
    uint8_t flags = datagram.at[0];
    if (flags & 0x80)
        return version_at(datagram, 1, version, rest);
    if (!(flags & 0x01) || (flags & 0x02))
        return false;
    return version_at(datagram, flags & 0x08 ? 9 : 1, version, rest);
}

static uint32_t read_le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* "CHLO", tag count, padding, then (tag, end of its value) pairs in order of tag, then the values. */
bool gquic_chlo_read(struct slice message, struct gquic_chlo *out)
{
    struct cursor at = cursor_of(message.at, message.size), table;
    const uint8_t *head = cursor_take(&at, 8);
    *out = (struct gquic_chlo){0};
    if (!head || memcmp(head, "CHLO", 4) != 0)
        return false;
    size_t tags = (size_t)head[5] << 8 | head[4];
    if (tags == 0 || tags > TAGS_MAX || !cursor_sub(&at, tags * 8, &table))
        return false;
    uint32_t start = 0;
    for (size_t i = 0; i < tags; i++) {
        const uint8_t *tag = cursor_take(&table, 8);
        uint32_t end = read_le32(tag + 4);
        if (end < start || end > cursor_left(&at))
            return false;
        struct slice value = {at.at + start, end - start};
        if (memcmp(tag, "SNI\0", 4) == 0)
            out->sni = value;
        if (memcmp(tag, "UAID", 4) == 0)
            out->user_agent = value;
        start = end;
    }
    return true;
}

bool gquic_chlo_find(struct slice bytes, struct gquic_chlo *out)
{
    struct cursor at = cursor_of(bytes.at, bytes.size);
    while (cursor_left(&at) > 0) {
        const uint8_t *found = memmem(at.at, cursor_left(&at), "CHLO", 4);
        if (!found)
            return false;
        at.at = found;
        if (gquic_chlo_read(cursor_slice(&at), out))
            return true;
        cursor_skip(&at, 4);
    }
    return false;
}
