/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns.c - one DNS message: version 3 in the packet's own direction (a response comes from the server), version 2 client
 * first with one line per question or per answer message.
 *
 * The schema is closed at every level, so each section writes only the members it allows: authorities have no srv or sshfp,
 * additionals no soa either, and `grouped` knows eleven types.
 */
#include "eve/line.h"

#include <assert.h>
#include <string.h>

#include "eve/names.h"

#define FLAG_QR          0x8000u
#define PRESENTATION_MAX 2048

enum dns_type {
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_CNAME = 5,
    TYPE_SOA = 6,
    TYPE_NULL = 10,
    TYPE_PTR = 12,
    TYPE_MX = 15,
    TYPE_TXT = 16,
    TYPE_AAAA = 28,
    TYPE_SRV = 33,
    TYPE_DNAME = 39,
    TYPE_SSHFP = 44,
    TYPE_SVCB = 64,
    TYPE_HTTPS = 65
};

/* What a section's records may hold beside rdata. */
enum section_member { HAS_SOA = 1, HAS_SRV = 2, HAS_SSHFP = 4 };

/* -------------------------------------------------------------- records */

static bool write_address(struct line *l, const char *key, struct slice data, bool is_v6)
{
    char text[ADDR_TEXT_MAX];
    if (data.size != (is_v6 ? 16u : 4u))
        return false;
    struct address a = is_v6 ? addr_from_v6(data.at) : addr_from_v4(data.at);
    json_text(l->json, key, line_address(l, &a, is_v6, text));
    return true;
}

/* Appends as much as fits. */
static size_t append(char *text, size_t used, struct slice more)
{
    size_t size = more.size < PRESENTATION_MAX - used ? more.size : PRESENTATION_MAX - used;
    if (size > 0)
        memcpy(text + used, more.at, size);
    return used + size;
}

/* "1 svc.example alpn=h2" (RFC 9460 2.1); the root is ".". */
static void write_service(struct line *l, const char *key, const struct dns_record *r)
{
    static const uint8_t root[] = ".", blank[] = " ";
    char text[PRESENTATION_MAX];
    struct slice target = line_slice(l, r->data), parameters = line_slice(l, r->extra);
    size_t used = strlen(decimal_text(r->number[0], text));
    used = append(text, used, (struct slice){blank, 1});
    used = append(text, used, target.size > 0 ? target : (struct slice){root, 1});
    if (parameters.size > 0) {
        used = append(text, used, (struct slice){blank, 1});
        used = append(text, used, parameters);
    }
    json_slice(l->json, key, (struct slice){(const uint8_t *)text, used});
}

/* Data that is one text, under `key`; false when this type's is not, or is broken. */
static bool write_text_data(struct line *l, const char *key, const struct dns_record *r)
{
    switch (r->type) {
    case TYPE_A:
    case TYPE_AAAA: return write_address(l, key, line_slice(l, r->data), r->type == TYPE_AAAA);
    case TYPE_NS:
    case TYPE_CNAME:
    case TYPE_PTR:
    case TYPE_MX:
    case TYPE_DNAME:
    case TYPE_TXT:
    case TYPE_NULL: json_slice(l->json, key, line_slice(l, r->data)); return true;
    case TYPE_SVCB:
    case TYPE_HTTPS: write_service(l, key, r); return true;
    default: return false;
    }
}

static void write_soa(struct line *l, const char *key, const struct dns_record *r)
{
    static const char *const members[] = {"serial", "refresh", "retry", "expire", "minimum"};
    json_open(l->json, key);
    json_slice(l->json, "mname", line_slice(l, r->data));
    json_slice(l->json, "rname", line_slice(l, r->extra));
    for (int i = 0; i < 5; i++)
        json_uint(l->json, members[i], r->number[i]);
    json_close(l->json);
}

static void write_srv(struct line *l, const char *key, const struct dns_record *r)
{
    json_open(l->json, key);
    json_uint(l->json, "priority", r->number[0]);
    json_uint(l->json, "weight", r->number[1]);
    json_uint(l->json, "port", r->number[2]);
    json_slice(l->json, "name", line_slice(l, r->data));
    json_close(l->json);
}

/* RFC 4255 3.1: algorithm, type, fingerprint. */
static bool write_sshfp(struct line *l, const char *key, const struct dns_record *r)
{
    struct slice data = line_slice(l, r->data);
    if (data.size < 2)
        return false;
    json_open(l->json, key);
    json_hex(l->json, "fingerprint", (struct slice){data.at + 2, data.size - 2}, ':', false);
    json_uint(l->json, "algo", data.at[0]);
    json_uint(l->json, "type", data.at[1]);
    json_close(l->json);
    return true;
}

/* "rrname" and "rrtype". */
static void write_name_type(struct line *l, const struct dns_record *r)
{
    char number[DECIMAL_MAX];
    json_slice(l->json, "rrname", line_slice(l, r->name));
    json_text(l->json, "rrtype", dns_type_name(r->type, number));
}

static void write_record(struct line *l, const struct dns_record *r, unsigned members)
{
    json_open(l->json, NULL);
    write_name_type(l, r);
    json_uint(l->json, "ttl", r->ttl);
    if (!write_text_data(l, "rdata", r)) {
        if (r->type == TYPE_SOA && (members & HAS_SOA) != 0)
            write_soa(l, "soa", r);
        else if (r->type == TYPE_SRV && (members & HAS_SRV) != 0)
            write_srv(l, "srv", r);
        else if (r->type == TYPE_SSHFP && (members & HAS_SSHFP) != 0)
            write_sshfp(l, "sshfp", r);
    }
    json_close(l->json);
}

/* ------------------------------------------------------------- sections */

static const struct dns_record *record_at(const struct line *l, struct array_ref records, uint32_t i)
{
    return observation_item(l->seen, records, i, sizeof(struct dns_record));
}

static void section(struct line *l, const char *key, struct array_ref records, unsigned members)
{
    const struct dns_record *r = record_at(l, records, 0);
    if (r == NULL)
        return;
    json_open_array(l->json, key);
    for (uint32_t i = 1; r != NULL; i++) {
        write_record(l, r, members);
        r = record_at(l, records, i);
    }
    json_close_array(l->json);
}

/* What `grouped` holds, as bits; 0 for a type it does not know or a record without data. */
static unsigned group_bit(const struct line *l, const struct dns_record *r)
{
    static const uint16_t types[] = {TYPE_A,   TYPE_AAAA, TYPE_CNAME, TYPE_MX,    TYPE_NS, TYPE_NULL,
                                     TYPE_PTR, TYPE_SOA,  TYPE_SRV,   TYPE_SSHFP, TYPE_TXT};
    size_t size = r->data.size;
    if ((r->type == TYPE_A && size != 4) || (r->type == TYPE_AAAA && size != 16) || (r->type == TYPE_SSHFP && size < 2))
        return 0;
    if (line_slice(l, r->data).size != size)
        return 0;
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i] == r->type)
            return 1u << i;
    return 0;
}

static void write_grouped(struct line *l, const struct dns_record *r)
{
    if (r->type == TYPE_SOA)
        write_soa(l, NULL, r);
    else if (r->type == TYPE_SRV)
        write_srv(l, NULL, r);
    else if (r->type == TYPE_SSHFP)
        write_sshfp(l, NULL, r);
    else
        write_text_data(l, NULL, r);
}

/* All answers from the i-th on that belong to its group. */
static void group(struct line *l, struct array_ref answers, uint32_t i, unsigned bit)
{
    char number[DECIMAL_MAX];
    const struct dns_record *r = record_at(l, answers, i);
    json_open_array(l->json, dns_type_name(r->type, number));
    for (; r != NULL; r = record_at(l, answers, ++i))
        if (group_bit(l, r) == bit)
            write_grouped(l, r);
    json_close_array(l->json);
}

/* Groups in the order in which their first members come. */
static void grouped(struct line *l, struct array_ref answers)
{
    const struct dns_record *r;
    unsigned done = 0;
    for (uint32_t i = 0; (r = record_at(l, answers, i)) != NULL; i++) {
        unsigned bit = group_bit(l, r);
        if (bit == 0 || (done & bit) != 0)
            continue;
        if (done == 0)
            json_open(l->json, "grouped");
        done |= bit;
        group(l, answers, i, bit);
    }
    if (done != 0)
        json_close(l->json);
}

static void answer_sections(struct line *l, const struct observation_dns *dns)
{
    section(l, "answers", dns->answers, HAS_SOA | HAS_SRV | HAS_SSHFP);
    grouped(l, dns->answers);
    section(l, "authorities", dns->authorities, HAS_SOA);
    section(l, "additionals", dns->additionals, 0);
}

/* -------------------------------------------------------------- objects */

/* "flags" in hex and the bits that are set by name. */
static void flags(struct json *j, uint16_t bits)
{
    static const struct {
        const char *name;
        uint16_t bit;
    } names[] = {{"qr", FLAG_QR}, {"aa", 0x0400}, {"tc", 0x0200}, {"rd", 0x0100}, {"ra", 0x0080}, {"z", 0x0040}};
    char text[HEX_MAX];
    json_text(j, "flags", hex_text(bits, text));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((bits & names[i].bit) != 0)
            json_raw(j, names[i].name, LITERAL("true"));
    json_uint(j, "opcode", bits >> 11 & 15);
}

static void rcode(struct json *j, const struct observation_dns *dns)
{
    char number[DECIMAL_MAX];
    json_text(j, "rcode", dns_rcode_name(dns->rcode, number));
}

static void queries(struct line *l, const struct observation_dns *dns)
{
    const struct dns_record *r = record_at(l, dns->questions, 0);
    if (r == NULL)
        return;
    json_open_array(l->json, "queries");
    for (uint32_t i = 1; r != NULL; i++) {
        json_open(l->json, NULL);
        write_name_type(l, r);
        json_close(l->json);
        r = record_at(l, dns->questions, i);
    }
    json_close_array(l->json);
}

void dns_object_v3(struct line *l)
{
    const struct observation_dns *dns = (const struct observation_dns *)l->seen;
    struct json *j = l->json;
    json_open(j, "dns");
    json_uint(j, "version", 3);
    json_text(j, "type", dns->is_response ? "response" : "request");
    json_uint(j, "tx_id", dns->tx_id);
    json_uint(j, "id", dns->id);
    flags(j, dns->flags);
    rcode(j, dns);
    queries(l, dns);
    answer_sections(l, dns);
    json_close(j);
}

void dns_object_query(struct line *l, uint32_t question)
{
    const struct observation_dns *dns = (const struct observation_dns *)l->seen;
    const struct dns_record *r = record_at(l, dns->questions, question);
    struct json *j = l->json;
    json_open(j, "dns");
    json_uint(j, "version", 2);
    json_text(j, "type", "query");
    json_uint(j, "id", dns->id);
    if (r != NULL)
        write_name_type(l, r);
    json_uint(j, "tx_id", dns->tx_id);
    json_uint(j, "opcode", dns->flags >> 11 & 15);
    json_close(j);
}

void dns_object_answer(struct line *l)
{
    const struct observation_dns *dns = (const struct observation_dns *)l->seen;
    const struct dns_record *r = record_at(l, dns->questions, 0);
    struct json *j = l->json;
    json_open(j, "dns");
    json_uint(j, "version", 2);
    json_text(j, "type", "answer");
    json_uint(j, "id", dns->id);
    flags(j, dns->flags);
    if (r != NULL)
        write_name_type(l, r);
    rcode(j, dns);
    answer_sections(l, dns);
    json_close(j);
}

/* --------------------------------------------------------------- events */

static uint32_t line_v3(struct eve *e, const struct event *event, struct json *out)
{
    struct line l;
    line_open(&l, e, event, out, SOURCE_PACKET);
    dns_object_v3(&l);
    return line_close(&l);
}

static uint32_t line_answer(struct eve *e, const struct event *event, struct json *out)
{
    struct line l;
    line_open(&l, e, event, out, SOURCE_CLIENT);
    dns_object_answer(&l);
    return line_close(&l);
}

static uint32_t lines_query(struct eve *e, const struct event *event, struct json *out)
{
    const struct observation_dns *dns = (const struct observation_dns *)event->observation;
    uint32_t lines = 0;
    for (uint32_t i = 0; observation_item(&dns->head, dns->questions, i, sizeof(struct dns_record)) != NULL; i++) {
        struct line l;
        line_open(&l, e, event, out, SOURCE_CLIENT);
        dns_object_query(&l, i);
        lines += line_close(&l);
    }
    return lines;
}

uint32_t dns_line_count(const struct eve *e, const struct observation_dns *dns)
{
    if (!(dns->is_response ? e->options.dns_responses : e->options.dns_requests))
        return 0;
    return e->options.dns_version == 3 || dns->is_response ? 1 : dns->questions.count;
}

uint32_t dns_lines(struct eve *e, const struct event *event, struct json *out)
{
    assert(event->observation->kind == OBSERVE_DNS);
    const struct observation_dns *dns = (const struct observation_dns *)event->observation;
    if (dns_line_count(e, dns) == 0)
        return 0;
    if (e->options.dns_version == 3)
        return line_v3(e, event, out);
    return dns->is_response ? line_answer(e, event, out) : lines_query(e, event, out);
}
