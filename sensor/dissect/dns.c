/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns.c - DNS messages: recognising one, and turning one into an observation.
 *
 * Two passes over a message: the first counts how many records of each section can be walked, so that exactly that many are
 * reserved in the observation whatever the header claims; the second reads them. A response is an observation of its own:
 * nothing is remembered between messages.
 */
#include "dissect/dns.h"

#include "decode/cursor.h"
#include "dissect/dns_name.h"
#include "dissect/dns_record.h"

#define HEADER_SIZE         12
#define QUESTION_SIZE       5    /* bytes of the shortest question: root, type, class */
#define RECORD_SIZE         11   /* bytes of the shortest record: root, type, class, TTL, length */
#define RECORDS_MAX         1024 /* kept per message: more would not fit into one observation */
#define PROBE_QUESTIONS_MAX 8

enum section { QUESTIONS = 0, ANSWERS, AUTHORITIES, ADDITIONALS, SECTION_COUNT };
enum opcode { OPCODE_QUERY = 0, OPCODE_IQUERY = 1, OPCODE_STATUS = 2, OPCODE_NOTIFY = 4, OPCODE_UPDATE = 5 };

struct dns_header {
    uint16_t id;
    uint16_t flags;
    uint16_t count[SECTION_COUNT]; /* as claimed */
};

static bool read_header(struct cursor *at, struct dns_header *h)
{
    if (cursor_left(at) < HEADER_SIZE)
        return false;
    cursor_u16(at, &h->id);
    cursor_u16(at, &h->flags);
    for (int i = 0; i < SECTION_COUNT; i++)
        cursor_u16(at, &h->count[i]);
    return true;
}

static unsigned opcode_of(uint16_t flags)
{
    return flags >> 11 & 15;
}

bool dns_is_response(struct slice message)
{
    return message.size >= HEADER_SIZE && (message.at[2] & 0x80) != 0;
}

/* ------------------------------------------------------------------ probe */

static bool opcode_plausible(uint16_t flags)
{
    unsigned opcode = opcode_of(flags);
    return opcode <= OPCODE_STATUS || opcode == OPCODE_NOTIFY || opcode == OPCODE_UPDATE;
}

/* Is this header one a DNS program would write? One random header in 25000 is. */
static bool header_plausible(const struct dns_header *h)
{
    bool is_response = (h->flags & 0x8000) != 0;
    bool question = h->count[QUESTIONS] >= 1 && h->count[QUESTIONS] <= PROBE_QUESTIONS_MAX;
    bool answer_only = is_response && h->count[QUESTIONS] == 0 && h->count[ANSWERS] >= 1;
    return opcode_plausible(h->flags) && (question || answer_only);
}

/* Bytes of the shortest message that could hold what the header claims. */
static uint32_t least_size(const struct dns_header *h)
{
    return HEADER_SIZE + (uint32_t)QUESTION_SIZE * h->count[QUESTIONS] +
           (uint32_t)RECORD_SIZE * ((uint32_t)h->count[ANSWERS] + h->count[AUTHORITIES] + h->count[ADDITIONALS]);
}

/* QTYPE: assigned, meta, or for private use (RFC 6895 3.1). */
static bool type_plausible(uint16_t type)
{
    return (type >= 1 && type <= 300) || type == 32768 || type == 32769 || type >= 65280;
}

/* IN, CH, HS, NONE, ANY; the top bit is mDNS's "unicast reply wanted". */
static bool class_plausible(uint16_t class)
{
    uint16_t c = class & 0x7fff;
    return c == 1 || c == 3 || c == 4 || c == 254 || c == 255;
}

/* The first question, names and all. Together with the header it let none of 300 million random datagrams pass; the records
 * behind it are not asked for, because snap lengths and fragments cut them off. */
static bool first_question_plausible(struct slice message, struct cursor at)
{
    struct dns_name name;
    uint16_t type, class;
    return dns_name_read(message, &at, &name) && cursor_u16(&at, &type) && cursor_u16(&at, &class) && type_plausible(type) &&
           class_plausible(class);
}

/* A response without a question (AXFR's later messages): every record must be there and nothing behind them. */
static bool answers_plausible(struct cursor at, const struct dns_header *h)
{
    struct dns_record_head head;
    uint32_t records = (uint32_t)h->count[ANSWERS] + h->count[AUTHORITIES] + h->count[ADDITIONALS];
    for (uint32_t i = 0; i < records; i++)
        if (!dns_record_skip(&at, &head) || !type_plausible(head.type) ||
            (head.type != DNS_TYPE_OPT && !class_plausible(head.class)))
            return false;
    return cursor_left(&at) == 0;
}

enum probe dns_probe(struct slice message)
{
    struct cursor at = cursor_of(message.at, message.size);
    struct dns_header h;
    if (!read_header(&at, &h) || !header_plausible(&h))
        return PROBE_NO;
    if (h.count[QUESTIONS] == 0)
        return answers_plausible(at, &h) ? PROBE_YES : PROBE_NO;
    return first_question_plausible(message, at) ? PROBE_YES : PROBE_NO;
}

enum probe dns_port_probe(struct slice message)
{
    struct cursor at = cursor_of(message.at, message.size);
    struct dns_header h;
    struct dns_name name;
    if (!read_header(&at, &h) || h.count[QUESTIONS] == 0 || least_size(&h) > message.size)
        return PROBE_NO;
    return dns_name_read(message, &at, &name) && cursor_left(&at) >= 4 ? PROBE_YES : PROBE_NO;
}

/* ---------------------------------------------------------------- message */

/* What a message really holds. */
struct contents {
    uint32_t count[SECTION_COUNT]; /* walkable, and among the first RECORDS_MAX */
    uint32_t options;              /* OPT records among the additionals */
    uint32_t claimed;              /* by the header */
    uint16_t extended_rcode;       /* upper 8 bits of the RCODE, from OPT, shifted into place */
};

static struct contents take_stock(struct cursor at, const struct dns_header *h)
{
    struct contents c = {.claimed = (uint32_t)h->count[0] + h->count[1] + h->count[2] + h->count[3]};
    uint32_t room = RECORDS_MAX;
    for (int s = QUESTIONS; s < SECTION_COUNT; s++)
        for (uint32_t i = 0; i < h->count[s] && room > 0; i++, room--) {
            struct dns_record_head head = {0};
            if (s == QUESTIONS ? !dns_question_skip(&at) : !dns_record_skip(&at, &head))
                return c;
            bool option = s == ADDITIONALS && head.type == DNS_TYPE_OPT;
            if (option && c.options++ == 0)
                c.extended_rcode = (uint16_t)(head.ttl >> 24 << 4);
            c.count[s]++;
        }
    return c;
}

/* Reads the `count` questions or records of a section; those that break, and OPT, leave no gap. */
static struct array_ref read_section(struct dns_reader *reader, enum section section, uint32_t count, uint32_t *kept)
{
    void *room = NULL;
    struct array_ref records = {0, 0};
    if (count > 0)
        records = observer_array(reader->observer, count, sizeof(struct dns_record), &room);
    struct dns_record *out = room;
    uint32_t n = 0;
    for (uint32_t i = 0; i < count && out; i++) {
        bool read = section == QUESTIONS ? dns_question_read(reader, &out[n]) : dns_record_read(reader, &out[n]);
        if (read && section == ADDITIONALS && out[n].type == DNS_TYPE_OPT)
            out[n] = (struct dns_record){0};
        else
            n += read;
    }
    *kept += n;
    records.count = n;
    return n > 0 ? records : (struct array_ref){0, 0};
}

bool dns_message(const struct parse_place *place, struct slice message, uint32_t tx_id)
{
    struct dns_reader reader = {message, cursor_of(message.at, message.size), place->observer};
    struct dns_header h = {0};
    struct dns_name name;
    if (!read_header(&reader.at, &h))
        return false;
    struct cursor first = reader.at;
    if (h.count[QUESTIONS] > 0 && (!dns_name_read(message, &first, &name) || !cursor_skip(&first, 4)))
        return false;
    struct contents c = take_stock(reader.at, &h);
    struct observation_dns *o = observer_begin(place->observer, OBSERVE_DNS, sizeof *o, place->flow, place->packet,
                                               flow_direction(place->flow, place->end));
    o->id = h.id;
    o->flags = h.flags;
    o->opcode = (uint8_t)opcode_of(h.flags);
    o->is_response = dns_is_response(message);
    o->rcode = (uint16_t)(c.extended_rcode | (h.flags & 15));
    o->tx_id = tx_id;
    struct array_ref *sections[SECTION_COUNT] = {&o->questions, &o->answers, &o->authorities, &o->additionals};
    uint32_t kept = 0;
    for (int s = QUESTIONS; s < SECTION_COUNT; s++)
        *sections[s] = read_section(&reader, (enum section)s, c.count[s], &kept);
    o->lost_records = c.claimed - kept - c.options;
    observer_end(place->observer);
    return true;
}

/* -------------------------------------------------------------------- TCP */

/* The beginning of a header, as far as it is there. */
static bool header_may_come(struct slice start)
{
    bool flags = start.size < 4 || opcode_plausible(read_u16(start.at + 2));
    bool questions = start.size < 6 || read_u16(start.at + 4) <= PROBE_QUESTIONS_MAX;
    return flags && questions;
}

enum probe dns_tcp_probe(struct slice bytes)
{
    struct cursor at = cursor_of(bytes.at, bytes.size);
    uint16_t size;
    struct dns_header h;
    if (!cursor_u16(&at, &size))
        return PROBE_MAYBE;
    if (size < HEADER_SIZE + QUESTION_SIZE)
        return PROBE_NO;
    struct slice message = cursor_slice(&at);
    if (message.size >= size)
        return dns_probe((struct slice){message.at, size});
    if (!read_header(&at, &h))
        return header_may_come(message) ? PROBE_MAYBE : PROBE_NO;
    if (!header_plausible(&h) || least_size(&h) > size)
        return PROBE_NO;
    /* The first question tells, long before all of a large answer is there. */
    return h.count[QUESTIONS] && first_question_plausible(message, at) ? PROBE_YES : PROBE_MAYBE;
}

struct parse_result dns_tcp(const struct parse_place *place, struct slice bytes, uint32_t *tx_id, uint64_t *messages)
{
    struct cursor at = cursor_of(bytes.at, bytes.size);
    struct parse_result result = {PARSE_MORE, 0, 0};
    uint16_t size;
    struct cursor body;
    while (cursor_u16(&at, &size) && cursor_sub(&at, size, &body)) {
        bool good = dns_message(place, cursor_slice(&body), *tx_id);
        if (!good && (size < HEADER_SIZE || *tx_id == 0)) {
            result.state = PARSE_REFUSED;
            return result;
        }
        *tx_id += good; /* a broken message among good ones costs itself: the framing still holds */
        *messages += good;
        result.consumed = (size_t)(at.at - bytes.at);
    }
    return result;
}
