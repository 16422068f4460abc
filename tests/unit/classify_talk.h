/* SPDX-License-Identifier: Apache-2.0 */
/*
 * classify_talk.h - for the classifier's tests: flows made by hand, packet by packet, and a few payloads.
 */
#ifndef TEST_CLASSIFY_TALK_H
#define TEST_CLASSIFY_TALK_H

#include <stdlib.h>

#include "capture/capture.h"
#include "decode/decode.h"
#include "flow/classify.h"
#include "flows.h"

#define RAW_IP 12 /* DLT_RAW */

/* ------------------------------------------------------------------ a talk */

/* One flow and the packets of it: client 10.0.0.1, server 10.0.0.2. */
struct talk {
    struct classifier *classifier;
    struct flow flow;
    bool has_begun;
    uint8_t proto;
    uint16_t client_port, server_port;
    uint32_t packets;
    uint64_t pause_ns;    /* added to the time of the next packets */
    size_t snap;          /* bytes of each packet that are captured; 0: all */
    uint16_t length_off;  /* added to the IP length field after decoding */
    unsigned settled;     /* how often classify_packet said so */
    uint8_t bytes[70000]; /* the packet at hand */
};

static inline struct talk *talk_new(struct classifier *c, uint8_t proto, uint16_t client_port, uint16_t server_port)
{
    struct talk *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->classifier = c;
    t->proto = proto;
    t->client_port = client_port;
    t->server_port = server_port;
    return t;
}

static inline void put_u16(uint8_t *at, size_t n)
{
    at[0] = (uint8_t)(n >> 8);
    at[1] = (uint8_t)n;
}

static inline size_t write_packet(struct talk *t, bool to_server, uint8_t flags, const void *payload, size_t size)
{
    size_t header = t->proto == IP_TCP ? 20 : 8, total = 20 + header + size;
    uint8_t *b = t->bytes;
    memset(b, 0, 40);
    b[0] = 0x45;
    put_u16(b + 2, total);
    b[8] = 64;
    b[9] = t->proto;
    memcpy(b + 12, (uint8_t[8]){10, 0, 0, to_server ? 1 : 2, 10, 0, 0, to_server ? 2 : 1}, 8);
    put_u16(b + 20, to_server ? t->client_port : t->server_port);
    put_u16(b + 22, to_server ? t->server_port : t->client_port);
    if (t->proto == IP_TCP) {
        b[32] = 0x50;
        b[33] = flags;
    } else {
        put_u16(b + 24, 8 + size);
    }
    if (size)
        memcpy(b + 20 + header, payload, size);
    return total;
}

static inline bool say_flags(struct talk *t, bool to_server, uint8_t flags, const void *payload, size_t size)
{
    size_t total = write_packet(t, to_server, flags, payload, size), cap = t->snap && t->snap < total ? t->snap : total;
    struct frame frame = {.bytes = t->bytes, .cap_len = (uint32_t)cap, .wire_len = (uint32_t)total, .link_type = RAW_IP};
    frame.number = ++t->packets;
    frame.time_ns = NOON + t->pause_ns + t->packets * NS_PER_MS;
    struct packet p;
    struct flow_key key;
    struct error error = {{0}};
    struct decoder *decoder = decoder_new(NULL, &error);
    assert_non_null(decoder);
    assert_int_equal(decode_frame(decoder, &frame, &p), DECODED);
    decoder_free(decoder); /* whole datagrams stay in the frame */
    put_u16(t->bytes + 2, total + t->length_off);
    int end = flow_key_of(&p, true, &key);
    if (!t->has_begun)
        flow_begin(&t->flow, &key, &p);
    t->has_begun = true;
    flow_update(&t->flow, &p, end);
    classify_set_now(t->classifier, p.time_ns);
    bool settled = classify_packet(t->classifier, &t->flow, &p, end);
    t->settled += settled;
    return settled;
}

static inline bool say(struct talk *t, bool to_server, const void *payload, size_t size)
{
    return say_flags(t, to_server, TCP_PSH | TCP_ACK, payload, size);
}

static inline void shake_hands(struct talk *t)
{
    say_flags(t, true, TCP_SYN, NULL, 0);
    say_flags(t, false, TCP_SYN | TCP_ACK, NULL, 0);
    say_flags(t, true, TCP_ACK, NULL, 0);
}

static inline void talk_free(struct talk *t)
{
    classify_end(t->classifier, &t->flow);
    assert_null(t->flow.ndpi);
    free(t);
}

/* ----------------------------------------------------------------- payloads */

static const uint8_t dns_query[] = {0x12, 0x34, 1,   0,   0,   1, 0,   0,   0,   0, 0, 0, 7, 'e', 'x',
                                    'a',  'm',  'p', 'l', 'e', 3, 'o', 'r', 'g', 0, 0, 1, 0, 1};
static const uint8_t dns_answer[] = {0x12, 0x34, 0x81, 0x80, 0,   1, 0,   1,   0,   0, 0, 0,   7, 'e', 'x',
                                     'a',  'm',  'p',  'l',  'e', 3, 'o', 'r', 'g', 0, 0, 1,   0, 1,   0xc0,
                                     12,   0,    1,    0,    1,   0, 0,   0,   60,  0, 4, 192, 0, 2,   1};
static const char http_get[] =
    "GET /index.html HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\n\r\n";
static const char http_ok[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\nhello\n";

/* A TLS 1.2 ClientHello for a server name (RFC 5246 7.4.1.2, RFC 6066 3). Returns its size. */
static inline size_t client_hello(const char *sni, uint8_t *out)
{
    size_t name = strlen(sni), extensions = 4 + 5 + name + 4 + 4, body = 2 + 32 + 1 + 2 + 4 + 2 + 2 + extensions;
    uint8_t *p = out;
    memcpy(p, (uint8_t[5]){22, 3, 1}, 5);
    put_u16(p + 3, body + 4);
    p += 5;
    memcpy(p, (uint8_t[6]){1, 0, (uint8_t)(body >> 8), (uint8_t)body, 3, 3}, 6);
    p += 6;
    memset(p, 0x77, 32);
    p += 32;
    memcpy(p, (uint8_t[9]){0, 0, 4, 0xc0, 0x2f, 0xc0, 0x30, 1, 0}, 9);
    p += 9;
    put_u16(p, extensions);
    memset(p + 2, 0, 9);
    put_u16(p + 4, name + 5);
    put_u16(p + 6, name + 3);
    put_u16(p + 9, name);
    memcpy(p + 11, sni, name);
    p += 11 + name;
    memcpy(p, (uint8_t[8]){0, 10, 0, 4, 0, 2, 0, 23}, 8); /* supported groups */
    return (size_t)(p + 8 - out);
}

#endif
