/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng_file.c - pcapng files (draft-ietf-opsawg-pcapng): any number of sections, each with its byte order and its interfaces, each
 * of those with its link type, resolution and offset of time, and name.
 *
 * Blocks that carry no packet (names, statistics, secrets, custom ones) are passed over, and those that Wireshark numbers as
 * records count, so that our frame numbers are its. Memory: one packet and 32 bytes for each interface of a section.
 */
#include <stdlib.h>
#include <string.h>

#include "capture/format.h"

#define INTERFACES_MAX 65536u
#define OPTIONS_MAX    65536u /* bytes of an interface's options that are looked at */
#define SKIP_STEPS     64u    /* buffers of a block passed over in one call, so that a stop is heard */
#define NS_IN_SECOND   UINT64_C(1000000000)

enum block_type {
    BLOCK_INTERFACE = 1,
    BLOCK_OLD_PACKET = 2,
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_PACKET = 6,
    BLOCK_JOURNAL = 9, /* systemd's */
    BLOCK_SYSDIG_1 = 0x204,
    BLOCK_SYSDIG_2 = 0x216,
    BLOCK_SYSDIG_3 = 0x221,
    BLOCK_CUSTOM_1 = 0xbad,
    BLOCK_CUSTOM_2 = 0x40000bad,
    BLOCK_SECTION = 0x0a0d0d0a /* the same in both byte orders */
};

enum interface_option { OPTION_END = 0, OPTION_NAME = 2, OPTION_RESOLUTION = 9, OPTION_OFFSET = 14 };

static const uint8_t section_magic[4] = {0x0a, 0x0d, 0x0d, 0x0a};

bool pcapng_file_knows(const uint8_t magic[4])
{
    return memcmp(magic, section_magic, sizeof section_magic) == 0;
}

void pcapng_file_end(struct pcapng_file *p)
{
    free(p->interface);
    *p = (struct pcapng_file){0};
}

/* --------------------------------------------------------------- blocks */

/* Passes over the rest of a block; its length, repeated at its end, must agree. FORMAT_FRAME: at the next block. */
static enum format_result finish_block(struct pcapng_file *p, struct bytes *b, struct damage *damage)
{
    const uint8_t *at;
    for (unsigned steps = 0; p->skip > 0; steps++) {
        if (steps == SKIP_STEPS)
            return FORMAT_NOT_YET;
        enum bytes_result got = bytes_need(b, 1, &at);
        if (got != BYTES_READY)
            return format_stop(got == BYTES_END ? BYTES_CUT : got, b, "a block", damage);
        size_t have = (size_t)(b->end - b->at);
        size_t step = have < p->skip ? have : (size_t)p->skip;
        bytes_take(b, step);
        p->skip -= step;
    }
    if (p->block_size == 0)
        return FORMAT_FRAME;
    enum bytes_result got = bytes_need(b, 4, &at);
    if (got != BYTES_READY)
        return format_stop(got == BYTES_END ? BYTES_CUT : got, b, "a block", damage);
    if (format_u32(at, p->swapped) != p->block_size)
        return format_damaged(b, damage, "a block of %u bytes ends with another length (%u): the file is corrupt", p->block_size,
                              format_u32(at, p->swapped));
    bytes_take(b, 4);
    p->block_size = 0;
    return FORMAT_FRAME;
}

/* The block's first `used` bytes have been read; the rest is passed over at the next call. */
static void leave_block(struct pcapng_file *p, struct bytes *b, uint32_t block_size, size_t used)
{
    bytes_take(b, used);
    p->block_size = block_size;
    p->skip = ((uint64_t)block_size + 3) / 4 * 4 - used - 4; /* some writers leave the padding out of the length */
}

static enum format_result begin_section(struct pcapng_file *p, struct bytes *b, struct damage *damage)
{
    const uint8_t *at;
    enum bytes_result got = bytes_need(b, 24, &at);
    if (got != BYTES_READY)
        return format_stop(got == BYTES_END ? BYTES_CUT : got, b, "a section header", damage);
    bool swapped = format_u32(at + 8, false) != 0x1a2b3c4du;
    if (format_u32(at + 8, swapped) != 0x1a2b3c4du)
        return format_damaged(b, damage, "a section header without the byte-order magic: the file is corrupt");
    uint32_t size = format_u32(at + 4, swapped);
    uint16_t major = format_u16(at + 12, swapped);
    if (size < 28)
        return format_damaged(b, damage, "a section header of %u bytes cannot be: the file is corrupt", size);
    if (major != 1)
        return format_damaged(b, damage, "version %u of pcapng is unknown", major);
    p->swapped = swapped;
    p->interface_count = 0;
    leave_block(p, b, size, 24);
    return FORMAT_FRAME;
}

/* ----------------------------------------------------------- interfaces */

static void take_resolution(struct pcapng_interface *i, uint8_t value)
{
    unsigned power = value & 0x7f;
    i->binary_ticks = value & 0x80;
    i->ticks = 1;
    if (i->binary_ticks)
        i->ticks <<= power < 63 ? power : 63;
    else
        for (unsigned n = 0; n < power && n < 19; n++)
            i->ticks *= 10;
}

static void take_options(struct pcapng_file *p, struct pcapng_interface *i, const uint8_t *at, size_t size)
{
    const uint8_t *name = at;
    size_t name_size = 0;
    while (size >= 4) {
        uint16_t code = format_u16(at, p->swapped), length = format_u16(at + 2, p->swapped);
        size_t padded = 4 + ((size_t)length + 3) / 4 * 4;
        if (code == OPTION_END || (size_t)4 + length > size)
            break;
        if (code == OPTION_NAME) {
            name = at + 4;
            name_size = length;
        } else if (code == OPTION_RESOLUTION && length == 1) {
            take_resolution(i, at[4]);
        } else if (code == OPTION_OFFSET && length == 8) {
            i->offset_s = (int64_t)format_u64(at + 4, p->swapped);
        }
        at += padded < size ? padded : size;
        size -= padded < size ? padded : size;
    }
    i->interface = p->told(p->arg, (const char *)name, name_size);
}

static bool add_interface(struct pcapng_file *p, const struct pcapng_interface *i)
{
    if (p->interface_count == p->interface_room) {
        uint32_t room = p->interface_room ? p->interface_room * 2 : 4;
        struct pcapng_interface *grown = realloc(p->interface, room * sizeof *grown);
        if (!grown)
            return false;
        p->interface = grown;
        p->interface_room = room;
    }
    p->interface[p->interface_count++] = *i;
    return true;
}

static enum format_result take_interface(struct pcapng_file *p, struct bytes *b, uint32_t block_size, struct damage *damage)
{
    const uint8_t *at;
    size_t look = block_size - 4 < OPTIONS_MAX ? block_size - 4 : OPTIONS_MAX;
    if (block_size < 20)
        return format_damaged(b, damage, "an interface block of %u bytes cannot be: the file is corrupt", block_size);
    enum bytes_result got = bytes_need(b, look, &at);
    if (got != BYTES_READY)
        return format_stop(got == BYTES_END ? BYTES_CUT : got, b, "an interface block", damage);
    struct pcapng_interface i = {.ticks = 1000000,
                                 .link_type = link_type_of_file(format_u16(at + 8, p->swapped)),
                                 .snaplen = format_u32(at + 12, p->swapped)};
    if (p->interface_count == INTERFACES_MAX)
        return format_damaged(b, damage, "more than %u interfaces in a section", INTERFACES_MAX);
    take_options(p, &i, at + 16, look - 16);
    if (!add_interface(p, &i))
        return format_damaged(b, damage, "out of memory");
    leave_block(p, b, block_size, look);
    return FORMAT_FRAME;
}

/* -------------------------------------------------------------- packets */

/* 2^34 ticks are the most that a product with 10^9 leaves in 64 bits. */
static uint64_t time_of(const struct pcapng_interface *i, uint64_t ticks)
{
    uint64_t seconds = ticks / i->ticks, rest = ticks % i->ticks, ns;
    if (i->binary_ticks) {
        unsigned power = (unsigned)__builtin_ctzll(i->ticks), spare = power > 34 ? power - 34 : 0;
        ns = ((rest >> spare) * NS_IN_SECOND) >> (power - spare);
    } else {
        ns = i->ticks <= NS_IN_SECOND ? rest * (NS_IN_SECOND / i->ticks) : rest / (i->ticks / NS_IN_SECOND);
    }
    int64_t whole;
    if (seconds > INT64_MAX || __builtin_add_overflow((int64_t)seconds, i->offset_s, &whole))
        whole = i->offset_s < 0 ? 0 : INT64_MAX;
    return format_time(whole, ns);
}

/* A packet block but for its bytes. */
struct packet_head {
    uint32_t interface;
    uint64_t ticks;
    uint32_t cap_len, wire_len;
    uint32_t size; /* of what precedes the bytes */
};

static struct packet_head read_head(const struct pcapng_file *p, uint32_t type, const uint8_t *at, uint32_t block_size)
{
    struct packet_head h = {0};
    if (type == BLOCK_SIMPLE_PACKET) {
        h.size = 12;
        h.wire_len = format_u32(at + 8, p->swapped);
        uint32_t room = block_size - 16, snaplen = p->interface_count ? p->interface[0].snaplen : 0;
        h.cap_len = snaplen && snaplen < h.wire_len ? snaplen : h.wire_len;
        h.cap_len = h.cap_len < room ? h.cap_len : room;
        return h;
    }
    h.size = 28;
    h.interface = type == BLOCK_PACKET ? format_u32(at + 8, p->swapped) : format_u16(at + 8, p->swapped);
    h.ticks = (uint64_t)format_u32(at + 12, p->swapped) << 32 | format_u32(at + 16, p->swapped);
    h.cap_len = format_u32(at + 20, p->swapped);
    h.wire_len = format_u32(at + 24, p->swapped);
    return h;
}

static void fill_frame(struct pcapng_file *p, uint32_t type, const struct packet_head *h, const uint8_t *bytes, struct frame *frame)
{
    const struct pcapng_interface *i = &p->interface[h->interface];
    frame->bytes = bytes;
    frame->cap_len = h->cap_len < FRAME_BYTES_MAX ? h->cap_len : FRAME_BYTES_MAX;
    frame->wire_len = h->wire_len > h->cap_len ? h->wire_len : h->cap_len;
    frame->time_ns = type == BLOCK_SIMPLE_PACKET ? p->latest_ns : time_of(i, h->ticks);
    frame->number = ++p->number;
    frame->link_type = i->link_type;
    frame->interface = i->interface;
    p->latest_ns = frame->time_ns;
}

static enum format_result take_packet(struct pcapng_file *p, struct bytes *b, uint32_t type, uint32_t block_size, struct frame *frame,
                                      struct damage *damage)
{
    const uint8_t *at;
    uint32_t head_size = type == BLOCK_SIMPLE_PACKET ? 12 : 28;
    if (block_size < head_size + 4)
        return format_damaged(b, damage, "a packet block of %u bytes cannot be: the file is corrupt", block_size);
    enum bytes_result got = bytes_need(b, head_size, &at);
    if (got != BYTES_READY)
        return format_stop(got == BYTES_END ? BYTES_CUT : got, b, "a packet block", damage);
    struct packet_head h = read_head(p, type, at, block_size);
    if (h.cap_len > block_size - head_size - 4)
        return format_damaged(b, damage, "a packet of %u bytes in a block of %u: the file is corrupt", h.cap_len, block_size);
    if (h.interface >= p->interface_count)
        return format_damaged(b, damage, "a packet of interface %u, which the file does not describe", h.interface);
    size_t whole = h.size + (h.cap_len < FRAME_BYTES_MAX ? h.cap_len : FRAME_BYTES_MAX);
    if ((got = bytes_need(b, whole, &at)) != BYTES_READY)
        return format_stop(got == BYTES_END ? BYTES_CUT : got, b, "a packet block", damage);
    fill_frame(p, type, &h, at + h.size, frame);
    leave_block(p, b, block_size, whole);
    return FORMAT_FRAME;
}

/* --------------------------------------------------------------- the file */

static bool is_packet(uint32_t type)
{
    return type == BLOCK_PACKET || type == BLOCK_SIMPLE_PACKET || type == BLOCK_OLD_PACKET;
}

/* No packets, but Wireshark shows them as frames. */
static bool is_numbered(uint32_t type)
{
    return type == BLOCK_JOURNAL || type == BLOCK_SYSDIG_1 || type == BLOCK_SYSDIG_2 || type == BLOCK_SYSDIG_3 ||
           type == BLOCK_CUSTOM_1 || type == BLOCK_CUSTOM_2;
}

/* A block that is no packet and opens nothing. */
static void pass_over(struct pcapng_file *p, struct bytes *b, uint32_t type, uint32_t block_size)
{
    if (is_numbered(type))
        p->number++;
    leave_block(p, b, block_size, 8);
}

enum format_result pcapng_file_next(struct pcapng_file *p, struct bytes *b, struct frame *frame, struct damage *damage)
{
    for (;;) {
        const uint8_t *at;
        enum format_result result = finish_block(p, b, damage);
        if (result != FORMAT_FRAME)
            return result;
        enum bytes_result got = bytes_need(b, 8, &at);
        if (got != BYTES_READY)
            return format_stop(got, b, "a block", damage);
        uint32_t type = format_u32(at, p->swapped), size = format_u32(at + 4, p->swapped);
        if (type != BLOCK_SECTION && size < 12)
            return format_damaged(b, damage, "a block of %u bytes cannot be: the file is corrupt from here on", size);
        if (is_packet(type))
            return take_packet(p, b, type, size, frame, damage);
        if (type == BLOCK_SECTION)
            result = begin_section(p, b, damage);
        else if (type == BLOCK_INTERFACE)
            result = take_interface(p, b, size, damage);
        else
            pass_over(p, b, type, size);
        if (result != FORMAT_FRAME)
            return result;
    }
}
