/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain_dns.c - see plain_dns.h. Names are stepped over, not read: that is the DNS dissector's work.
 */
#include "flow/plain_dns.h"

#include "decode/cursor.h"

#define SIZE_MAX_PLAIN 512u   /* RFC 1035 4.2.1 */
#define ANSWERS_MAX    32u    /* 12 bytes and more each */
#define FLAGS_ASKED    0xf80f /* QR, opcode, rcode */
#define RCODE          0x000f
#define FLAGS_RESPONSE 0x8000 /* a response, standard query, no error */
#define LABEL_MAX      63     /* above are pointers and what is not in use (RFC 1035 4.1.4) */

static bool is_everyday(uint16_t type)
{
    enum { A = 1, NS = 2, CNAME = 5, SOA = 6, PTR = 12, MX = 15, TXT = 16, AAAA = 28, SRV = 33, NAPTR = 35, DS = 43, RRSIG = 46,
           NSEC = 47, DNSKEY = 48, SVCB = 64, HTTPS = 65 };
    switch (type) {
    case A: case NS: case CNAME: case SOA: case PTR: case MX: case TXT: case AAAA: case SRV: case NAPTR: case DS: case RRSIG:
    case NSEC: case DNSKEY: case SVCB: case HTTPS: return true;
    default: return false;
    }
}

/* Steps over a name: labels up to the root or a pointer. */
static bool skip_name(struct cursor *c)
{
    uint8_t size;
    while (cursor_u8(c, &size)) {
        if (size == 0)
            return true;
        if (size > LABEL_MAX)
            return size >= 0xc0 && cursor_skip(c, 1);
        if (!cursor_skip(c, size))
            return false;
    }
    return false;
}

static bool skip_plain_record(struct cursor *c)
{
    uint16_t type, class, size;
    uint32_t ttl;
    return skip_name(c) && cursor_u16(c, &type) && cursor_u16(c, &class) && cursor_u32(c, &ttl) && cursor_u16(c, &size) &&
           is_everyday(type) && ttl > 0 && cursor_skip(c, size);
}

bool plain_dns_answer(struct slice message, bool errors_too)
{
    struct cursor c = cursor_of(message.at, message.size);
    uint16_t id, flags, questions, answers;
    if (message.size > SIZE_MAX_PLAIN || !cursor_u16(&c, &id) || !cursor_u16(&c, &flags) || !cursor_u16(&c, &questions) ||
        !cursor_u16(&c, &answers) || !cursor_skip(&c, 4))
        return false;
    if (errors_too)
        flags &= (uint16_t)~RCODE;
    if ((flags & FLAGS_ASKED) != FLAGS_RESPONSE || questions != 1 || answers > ANSWERS_MAX)
        return false;
    if (!skip_name(&c) || !cursor_skip(&c, 4))
        return false;
    while (answers-- > 0)
        if (!skip_plain_record(&c))
            return false;
    return true;
}

bool plain_dns_query(struct slice message)
{
    struct cursor c = cursor_of(message.at, message.size);
    uint16_t id, flags, questions, answers, authorities;
    return cursor_u16(&c, &id) && cursor_u16(&c, &flags) && cursor_u16(&c, &questions) && cursor_u16(&c, &answers) &&
           cursor_u16(&c, &authorities) && (flags & FLAGS_ASKED) == 0 && questions == 1 && answers == 0 && authorities == 0;
}
