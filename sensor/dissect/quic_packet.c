/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic_packet.c - long headers. The fixed bit (0x40) is not insisted on: RFC 9287 lets clients clear it.
 */
#include "dissect/quic_packet.h"

#include "dissect/quic_version.h"

bool quic_varint(struct cursor *at, uint64_t *out)
{
    uint8_t first;
    struct cursor c = *at;
    if (!cursor_u8(&c, &first))
        return false;
    size_t more = ((size_t)1 << (first >> 6)) - 1;
    const uint8_t *bytes = cursor_take(&c, more);
    if (!bytes)
        return false;
    uint64_t v = first & 0x3f;
    for (size_t i = 0; i < more; i++)
        v = v << 8 | bytes[i];
    *out = v;
    *at = c;
    return true;
}

static bool read_cid(struct cursor *at, struct slice *out)
{
    uint8_t size;
    struct cursor cid;
    if (!cursor_u8(at, &size) || size > QUIC_CID_MAX || !cursor_sub(at, size, &cid))
        return false;
    *out = cursor_slice(&cid);
    return true;
}

static enum quic_packet_type type_of(uint8_t first, uint32_t version)
{
    const struct quic_dialect *dialects[QUIC_DIALECTS_MAX];
    if (version == 0)
        return QUIC_VERSION_NEGOTIATION;
    if (quic_dialects_of(version, dialects) == 0)
        return QUIC_OTHER;
    uint8_t bits = first >> 4 & 3;
    if (bits == dialects[0]->initial_bits)
        return QUIC_INITIAL;
    return bits == quic_retry_bits(dialects[0]) ? QUIC_RETRY : QUIC_OTHER;
}

/* Token (Initial only), length, and what the length covers. */
static bool read_extent(struct cursor *at, const uint8_t *start, struct quic_packet *out)
{
    uint64_t size;
    if (out->type == QUIC_INITIAL && (!quic_varint(at, &size) || size > cursor_left(at) || !cursor_skip(at, (size_t)size)))
        return false;
    if (!quic_varint(at, &size) || size > cursor_left(at))
        return false;
    out->number_at = (size_t)(at->at - start);
    out->bytes = (struct slice){start, out->number_at + (size_t)size};
    return cursor_skip(at, (size_t)size);
}

bool quic_packet_read(struct cursor *datagram, struct quic_packet *out)
{
    const uint8_t *start = datagram->at;
    uint8_t first;
    *out = (struct quic_packet){0};
    if (!cursor_u8(datagram, &first) || !(first & 0x80) || !cursor_u32(datagram, &out->version))
        return false;
    out->type = type_of(first, out->version);
    const struct quic_dialect *dialects[QUIC_DIALECTS_MAX];
    if (out->type != QUIC_VERSION_NEGOTIATION && quic_dialects_of(out->version, dialects) == 0)
        return false;
    if (!read_cid(datagram, &out->dcid) || !read_cid(datagram, &out->scid))
        return false;
    if (out->type == QUIC_INITIAL || out->type == QUIC_OTHER)
        return read_extent(datagram, start, out);
    out->rest = cursor_slice(datagram);
    return cursor_skip(datagram, out->rest.size);
}
