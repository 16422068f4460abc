/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic_frames.c - walks PADDING, PING, ACK and CRYPTO (RFC 9000 19), in both numberings.
 *
 * Google QUIC numbers frames its own way: PING is 7, CRYPTO 8, STOP_WAITING 6, and an ACK begins with the bits 01.
 */
#include "dissect/quic_frames.h"

#include "decode/cursor.h"
#include "dissect/quic_packet.h"

enum ietf_frame { IETF_PADDING = 0x00, IETF_PING = 0x01, IETF_ACK = 0x02, IETF_ACK_ECN = 0x03, IETF_CRYPTO = 0x06 };
enum google_frame { GOOGLE_PADDING = 0x00, GOOGLE_PING = 0x07, GOOGLE_CRYPTO = 0x08, GOOGLE_ACK = 0x40, GOOGLE_ACK_MASK = 0xc0 };

static bool skip_varints(struct cursor *at, uint64_t count)
{
    uint64_t ignored;
    for (; count > 0; count--)
        if (!quic_varint(at, &ignored))
            return false;
    return true;
}

/* Largest, delay, range count, first range, then pairs; with ECN three counts more. */
static bool skip_ack(struct cursor *at, bool ecn)
{
    uint64_t ranges;
    if (!skip_varints(at, 2) || !quic_varint(at, &ranges) || ranges > cursor_left(at))
        return false;
    return skip_varints(at, 1 + 2 * ranges + (ecn ? 3 : 0));
}

static bool add_crypto(struct cursor *at, struct quic_assembly *out)
{
    uint64_t offset, size;
    struct cursor data;
    if (!quic_varint(at, &offset) || !quic_varint(at, &size) || size > cursor_left(at) || !cursor_sub(at, (size_t)size, &data))
        return false;
    quic_assembly_add(out, offset, cursor_slice(&data));
    return true;
}

static bool ietf_frame(struct cursor *at, struct quic_assembly *out)
{
    uint8_t type = 0;
    cursor_u8(at, &type);
    switch (type) {
    case IETF_PADDING:
    case IETF_PING: return true;
    case IETF_ACK:
    case IETF_ACK_ECN: return skip_ack(at, type == IETF_ACK_ECN);
    case IETF_CRYPTO: return add_crypto(at, out);
    default: /* CONNECTION_CLOSE, or nothing an Initial may hold */ return false;
    }
}

/* Type 01ntllmm: largest acked (ll), delay, [block count], first block (mm), [gap and block]..., time stamps. */
static bool skip_google_ack(struct cursor *at, uint8_t type)
{
    static const uint8_t widths[4] = {1, 2, 4, 6};
    size_t largest = widths[type >> 2 & 3], block = widths[type & 3];
    uint8_t blocks = 0, stamps = 0;
    if (!cursor_skip(at, largest + 2) || ((type & 0x20) && !cursor_u8(at, &blocks)) || !cursor_skip(at, block) ||
        !cursor_skip(at, blocks * (1 + block)) || !cursor_u8(at, &stamps))
        return false;
    return stamps == 0 || cursor_skip(at, 5 + 3 * (size_t)(stamps - 1));
}

static bool google_frame(struct cursor *at, struct quic_assembly *out)
{
    uint8_t type = 0;
    cursor_u8(at, &type);
    if ((type & GOOGLE_ACK_MASK) == GOOGLE_ACK)
        return skip_google_ack(at, type);
    if (type == GOOGLE_CRYPTO)
        return add_crypto(at, out);
    return type == GOOGLE_PADDING || type == GOOGLE_PING;
}

void quic_frames_read(struct slice plain, bool google, struct quic_assembly *out)
{
    struct cursor at = cursor_of(plain.at, plain.size);
    while (cursor_left(&at) > 0)
        if (!(google ? google_frame(&at, out) : ietf_frame(&at, out)))
            return;
}
