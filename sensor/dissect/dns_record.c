/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_record.c - one question or resource record becomes a struct dns_record.
 *
 * Names inside RDATA are read from the message, not from the RDATA alone, because they may be compressed (RFC 1035 3.3,
 * and in practice SRV and SVCB too). A type not named here keeps its RDATA raw.
 */
#include "dissect/dns_record.h"

#include <string.h>

#include "dissect/dns_name.h"
#include "dissect/dns_svcb.h"

enum rr_type {
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_CNAME = 5,
    TYPE_SOA = 6,
    TYPE_PTR = 12,
    TYPE_MX = 15,
    TYPE_TXT = 16,
    TYPE_AAAA = 28,
    TYPE_SRV = 33,
    TYPE_DNAME = 39,
    TYPE_SVCB = 64,
    TYPE_HTTPS = 65
};

bool dns_question_skip(struct cursor *at)
{
    return dns_name_skip(at) && cursor_skip(at, 4);
}

/* Type to RDATA: everything behind the owner name. */
static bool read_head(struct cursor *at, struct dns_record_head *head)
{
    uint16_t size;
    return cursor_u16(at, &head->type) && cursor_u16(at, &head->class) && cursor_u32(at, &head->ttl) && cursor_u16(at, &size) &&
           cursor_sub(at, size, &head->data);
}

bool dns_record_skip(struct cursor *at, struct dns_record_head *head)
{
    return dns_name_skip(at) && read_head(at, head);
}

bool dns_question_read(struct dns_reader *reader, struct dns_record *out)
{
    struct dns_name name;
    struct cursor question = reader->at;
    *out = (struct dns_record){0};
    if (!dns_question_skip(&reader->at) || !dns_name_read(reader->message, &question, &name))
        return false;
    cursor_u16(&question, &out->type);
    cursor_u16(&question, &out->class);
    out->name = observer_text(reader->observer, name.text, name.size);
    return true;
}

/* A name inside RDATA. Its own bytes must lie within; what it points to may be anywhere in the message. */
static bool read_target(const struct dns_reader *reader, struct cursor *data, struct text_ref *out)
{
    struct dns_name name;
    struct cursor at = {data->at, reader->message.at + reader->message.size};
    if (!dns_name_read(reader->message, &at, &name) || at.at > data->end)
        return false;
    *out = observer_text(reader->observer, name.text, name.size);
    data->at = at.at;
    return true;
}

static bool read_numbers(struct cursor *data, struct dns_record *out, int count)
{
    for (int i = 0; i < count; i++) {
        uint16_t n;
        if (!cursor_u16(data, &n))
            return false;
        out->number[i] = n;
    }
    return true;
}

static bool read_soa(const struct dns_reader *reader, struct cursor *data, struct dns_record *out)
{
    if (!read_target(reader, data, &out->data) || !read_target(reader, data, &out->extra))
        return false;
    for (int i = 0; i < 5; i++)
        if (!cursor_u32(data, &out->number[i]))
            return false;
    return true;
}

/* The strings without their length bytes. The array is taken byte-wise so that no second copy is needed. */
static bool read_txt(const struct dns_reader *reader, struct cursor data, struct dns_record *out)
{
    size_t total = 0;
    struct cursor ahead = data;
    uint8_t size;
    while (cursor_u8(&ahead, &size)) {
        if (!cursor_skip(&ahead, size))
            return false;
        total += size;
    }
    void *room = NULL;
    struct array_ref bytes = {0, 0};
    if (total > 0)
        bytes = observer_array(reader->observer, (uint32_t)total, 1, &room);
    if (!room)
        return true;
    uint8_t *to = room;
    while (cursor_u8(&data, &size)) {
        const uint8_t *string = cursor_take(&data, size);
        memcpy(to, string, size);
        to += size;
    }
    out->data = (struct text_ref){bytes.at, bytes.count};
    return true;
}

static bool read_svcb(const struct dns_reader *reader, struct cursor *data, struct dns_record *out)
{
    struct svcb_text params;
    if (!read_numbers(data, out, 1) || !read_target(reader, data, &out->data))
        return false;
    svcb_text_of(*data, &params); /* a broken parameter costs itself, not the record */
    out->extra = observer_text(reader->observer, params.text, params.size);
    out->number[1] = params.ech;
    return true;
}

static bool read_raw(const struct dns_reader *reader, const struct cursor *data, struct dns_record *out)
{
    out->data = observer_text(reader->observer, data->at, cursor_left(data));
    return true;
}

static bool read_data(const struct dns_reader *reader, struct cursor data, struct dns_record *out)
{
    size_t size = cursor_left(&data);
    if (size == 0) /* RFC 2136: updates and prerequisites name a type without data */
        return true;
    switch (out->type) {
    case TYPE_A: return size == 4 && read_raw(reader, &data, out);
    case TYPE_AAAA: return size == 16 && read_raw(reader, &data, out);
    case TYPE_NS:
    case TYPE_CNAME:
    case TYPE_PTR:
    case TYPE_DNAME: return read_target(reader, &data, &out->data);
    case TYPE_MX: return read_numbers(&data, out, 1) && read_target(reader, &data, &out->data);
    case TYPE_SRV: return read_numbers(&data, out, 3) && read_target(reader, &data, &out->data);
    case TYPE_SOA: return read_soa(reader, &data, out);
    case TYPE_TXT: return read_txt(reader, data, out);
    case TYPE_SVCB:
    case TYPE_HTTPS: return read_svcb(reader, &data, out);
    default: return read_raw(reader, &data, out);
    }
}

bool dns_record_read(struct dns_reader *reader, struct dns_record *out)
{
    struct dns_name name;
    struct dns_record_head head;
    struct cursor owner = reader->at;
    *out = (struct dns_record){0};
    if (!dns_record_skip(&reader->at, &head) || !dns_name_read(reader->message, &owner, &name))
        return false;
    *out = (struct dns_record){.type = head.type, .class = head.class, .ttl = head.ttl};
    out->name = observer_text(reader->observer, name.text, name.size);
    if (read_data(reader, head.data, out))
        return true;
    *out = (struct dns_record){0};
    return false;
}
