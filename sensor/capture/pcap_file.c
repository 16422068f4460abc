/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcap_file.c - classic capture files (draft-ietf-opsawg-pcap): micro- and nanoseconds, both byte orders, and the "modified" kind
 * with longer record heads that old Linux systems wrote.
 */
#include "capture/format.h"

#define HEADER_SIZE 24u

enum { MAGIC_MICRO = 0xa1b2c3d4u, MAGIC_NANO = 0xa1b23c4du, MAGIC_MODIFIED = 0xa1b2cd34u };

static bool is_magic(uint32_t n)
{
    return n == MAGIC_MICRO || n == MAGIC_NANO || n == MAGIC_MODIFIED;
}

bool pcap_file_knows(const uint8_t magic[4])
{
    return is_magic(format_u32(magic, false)) || is_magic(format_u32(magic, true));
}

enum format_result pcap_file_begin(struct pcap_file *p, struct bytes *b, struct damage *damage)
{
    const uint8_t *at;
    enum bytes_result got = bytes_need(b, HEADER_SIZE, &at);
    if (got != BYTES_READY)
        return format_stop(got, b, "the file header", damage);
    p->swapped = !is_magic(format_u32(at, false));
    uint32_t magic = format_u32(at, p->swapped);
    uint16_t major = format_u16(at + 4, p->swapped), minor = format_u16(at + 6, p->swapped);
    if (major != 2)
        return format_damaged(b, damage, "version %u.%u of the file format is unknown", major, minor);
    p->lengths_turned = minor < 4;
    p->tick_ns = magic == MAGIC_NANO ? 1 : 1000;
    p->head_size = magic == MAGIC_MODIFIED ? 24 : 16;
    p->link_type = link_type_of_file(format_u32(at + 20, p->swapped));
    bytes_take(b, HEADER_SIZE);
    return FORMAT_FRAME;
}

enum format_result pcap_file_next(struct pcap_file *p, struct bytes *b, struct frame *frame, struct damage *damage)
{
    const uint8_t *at;
    enum bytes_result got = bytes_need(b, p->head_size, &at);
    if (got != BYTES_READY)
        return format_stop(got, b, "the head of a frame", damage);
    uint32_t seconds = format_u32(at, p->swapped), ticks = format_u32(at + 4, p->swapped);
    uint32_t cap_len = format_u32(at + 8, p->swapped), wire_len = format_u32(at + 12, p->swapped);
    if (p->lengths_turned && cap_len > wire_len) {
        uint32_t turned = cap_len;
        cap_len = wire_len;
        wire_len = turned;
    }
    if (cap_len > FRAME_BYTES_MAX)
        return format_damaged(b, damage, "a frame of %u bytes cannot be: the file is corrupt from here on", cap_len);
    if ((got = bytes_need(b, p->head_size + cap_len, &at)) != BYTES_READY)
        return format_stop(got, b, "a frame", damage);
    bytes_take(b, p->head_size + cap_len);
    frame->bytes = at + p->head_size;
    frame->cap_len = cap_len;
    frame->wire_len = wire_len > cap_len ? wire_len : cap_len;
    frame->time_ns = format_time(seconds, (uint64_t)ticks * p->tick_ns);
    frame->number = ++p->number;
    frame->link_type = p->link_type;
    frame->interface = p->interface;
    return FORMAT_FRAME;
}
