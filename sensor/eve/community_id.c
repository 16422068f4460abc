/* SPDX-License-Identifier: Apache-2.0 */
/*
 * community_id.c - seed, ends in order, protocol and ports, SHA-1 (FIPS 180-4), base64.
 *
 * The longest input is 40 bytes, so it is always one SHA-1 block. SHA-1 serves as a label here, not for security.
 */
#include "eve/community_id.h"

#include <stdbool.h>
#include <string.h>

#include "base/addr.h"
#include "eve/names.h"
#include "eve/sha1.h"

/* -------------------------------------------------------------- base64 */

/* 28 characters of 20 bytes (RFC 4648 4). */
static void base64_of_digest(const uint8_t digest[SHA1_DIGEST_SIZE], char *out)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t bytes[SHA1_DIGEST_SIZE + 1];
    memcpy(bytes, digest, SHA1_DIGEST_SIZE);
    bytes[SHA1_DIGEST_SIZE] = 0;
    for (size_t i = 0; i < sizeof bytes; i += 3) {
        uint32_t bits = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6)
            *out++ = letters[bits >> shift & 63];
    }
    out[-1] = '=';
}

/* --------------------------------------------------------------- tuple */

int community_id_icmp_counterpart(uint8_t proto, uint8_t type)
{
    static const uint8_t v4[][2] = {{0, 8}, {9, 10}, {13, 14}, {15, 16}, {17, 18}};
    static const uint8_t v6[][2] = {{128, 129}, {130, 131}, {133, 134}, {135, 136}, {139, 140}, {144, 145}};
    const uint8_t(*pairs)[2] = proto == IP_PROTO_ICMPV6 ? v6 : v4;
    size_t count = proto == IP_PROTO_ICMPV6 ? sizeof v6 / sizeof v6[0] : sizeof v4 / sizeof v4[0];
    for (size_t i = 0; i < count; i++) {
        if (pairs[i][0] == type)
            return pairs[i][1];
        if (pairs[i][1] == type)
            return pairs[i][0];
    }
    return -1;
}

/* The flow's tuple as the specification orders it. */
struct tuple {
    const uint8_t *from, *to;
    size_t size; /* bytes of an address */
    uint16_t from_port, to_port;
    bool has_ports, one_way; /* one_way: never turned round */
};

static struct tuple tuple_of(const struct observation *o)
{
    bool is_v6 = o->ip_version == 6;
    struct tuple t = {.from = o->client.bytes + (is_v6 ? 0 : 12),
                      .to = o->server.bytes + (is_v6 ? 0 : 12),
                      .size = is_v6 ? 16 : 4,
                      .from_port = o->client_port,
                      .to_port = o->server_port,
                      .has_ports = true};
    if (o->proto == IP_PROTO_ICMP || o->proto == IP_PROTO_ICMPV6) {
        int answer = community_id_icmp_counterpart(o->proto, o->icmp_type);
        t.from_port = o->icmp_type;
        t.to_port = (uint16_t)(answer >= 0 ? answer : o->icmp_code);
        t.one_way = answer < 0;
    } else {
        t.has_ports = o->proto == IP_PROTO_TCP || o->proto == IP_PROTO_UDP || o->proto == IP_PROTO_SCTP;
    }
    return t;
}

static bool is_ordered(const struct tuple *t)
{
    int order = memcmp(t->from, t->to, t->size);
    return t->one_way || order < 0 || (order == 0 && (!t->has_ports || t->from_port < t->to_port));
}

static uint8_t *put16(uint8_t *at, uint16_t n)
{
    at[0] = (uint8_t)(n >> 8);
    at[1] = (uint8_t)n;
    return at + 2;
}

void community_id_of(const struct observation *o, uint16_t seed, char *out)
{
    struct tuple t = tuple_of(o);
    bool ordered = is_ordered(&t);
    uint8_t block[SHA1_BLOCK_SIZE] = {0}, digest[SHA1_DIGEST_SIZE];
    uint8_t *at = put16(block, seed);
    memcpy(at, ordered ? t.from : t.to, t.size);
    memcpy(at + t.size, ordered ? t.to : t.from, t.size);
    at += 2 * t.size;
    *at++ = o->proto;
    *at++ = 0;
    if (t.has_ports) {
        at = put16(at, ordered ? t.from_port : t.to_port);
        at = put16(at, ordered ? t.to_port : t.from_port);
    }
    put16(block + SHA1_BLOCK_SIZE - 2, (uint16_t)(8 * (at - block)));
    *at = 0x80;
    sha1_of_block(block, digest);
    memcpy(out, "1:", 2);
    base64_of_digest(digest, out + 2);
}
