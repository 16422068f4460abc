/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames.h - for the decode tests: small writers that put frames together, and decoding from an exact copy.
 *
 * decode_copy() decodes a heap copy of just the captured size, so that the address sanitizer sees any byte read beyond
 * it. The results are in `packet`, `frame` and `copy`. A failed writer is a failed test.
 *
 * put_* write behind what is there, wrap_* before it: a packet in tunnels is made from the inside out.
 */
#ifndef TEST_FRAMES_H
#define TEST_FRAMES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pcap/dlt.h>

#include "base/addr.h"
#include "capture/capture.h"
#include "decode/decode.h"

#define SLL2 276 /* DLT_LINUX_SLL2 */

struct bytes {
    uint8_t at[1024];
    size_t size;
};

static inline void put(struct bytes *b, const void *data, size_t size)
{
    assert_true(b->size + size <= sizeof b->at);
    memcpy(b->at + b->size, data, size);
    b->size += size;
}

/* Hex digits, blanks between them ignored. */
static inline void put_hex(struct bytes *b, const char *hex)
{
    for (; *hex; hex++) {
        if (*hex == ' ')
            continue;
        const char digits[3] = {hex[0], hex[1], 0};
        uint8_t byte = (uint8_t)strtoul(digits, NULL, 16);
        put(b, &byte, 1);
        hex++;
    }
}

static inline void put_u16(struct bytes *b, unsigned n)
{
    put(b, (uint8_t[2]){(uint8_t)(n >> 8), (uint8_t)n}, 2);
}

static inline void put_u32(struct bytes *b, uint32_t n)
{
    put_u16(b, n >> 16);
    put_u16(b, n & 0xffff);
}

static inline void put_zero(struct bytes *b, size_t n)
{
    while (n-- > 0)
        put(b, "", 1);
}

static inline void put_ether(struct bytes *b, unsigned type)
{
    put_hex(b, "02000000000b 02000000000a");
    put_u16(b, type);
}

/* 192.0.2.1 to 198.51.100.2; `fragment` is the flags and offset word. */
static inline void put_ipv4(struct bytes *b, unsigned total, unsigned fragment, uint8_t proto)
{
    put_hex(b, "4500");
    put_u16(b, total);
    put_hex(b, "1234");
    put_u16(b, fragment);
    put(b, (uint8_t[2]){63, proto}, 2);
    put_hex(b, "0000 c0000201 c6336402");
}

/* 2001:db8::1 to 2001:db8::2 */
static inline void put_ipv6(struct bytes *b, unsigned payload, uint8_t next)
{
    put_hex(b, "60000000");
    put_u16(b, payload);
    put(b, (uint8_t[2]){next, 64}, 2);
    put_hex(b, "20010db8000000000000000000000001 20010db8000000000000000000000002");
}

/* ----------------------------------------------------- from the inside out */

static inline void wrap(struct bytes *b, const void *data, size_t size)
{
    assert_true(b->size + size <= sizeof b->at);
    memmove(b->at + size, b->at, b->size);
    memcpy(b->at, data, size);
    b->size += size;
}

static inline void wrap_bytes(struct bytes *b, const struct bytes *before)
{
    wrap(b, before->at, before->size);
}

static inline void wrap_hex(struct bytes *b, const char *hex)
{
    struct bytes header = {0};
    put_hex(&header, hex);
    wrap_bytes(b, &header);
}

static inline void wrap_ether(struct bytes *b, unsigned type)
{
    struct bytes header = {0};
    put_hex(&header, "02000000000d 02000000000c");
    put_u16(&header, type);
    wrap_bytes(b, &header);
}

static inline void wrap_udp(struct bytes *b, unsigned from, unsigned to)
{
    struct bytes header = {0};
    put_u16(&header, from);
    put_u16(&header, to);
    put_u16(&header, (unsigned)b->size + 8);
    put_u16(&header, 0);
    wrap_bytes(b, &header);
}

/* 203.0.113.1 to 203.0.113.2 */
static inline void wrap_ipv4(struct bytes *b, uint8_t proto)
{
    struct bytes header = {0};
    put_hex(&header, "4500");
    put_u16(&header, (unsigned)b->size + 20);
    put_hex(&header, "0001 0000 40");
    put(&header, &proto, 1);
    put_hex(&header, "0000 cb007101 cb007102");
    wrap_bytes(b, &header);
}

/* 2001:db8:f::1 to 2001:db8:f::2 */
static inline void wrap_ipv6(struct bytes *b, uint8_t next)
{
    struct bytes header = {0};
    put_hex(&header, "60000000");
    put_u16(&header, (unsigned)b->size);
    put(&header, &next, 1);
    put_hex(&header, "40 20010db8000f00000000000000000001 20010db8000f00000000000000000002");
    wrap_bytes(b, &header);
}

/* An extension header of 8 bytes. */
static inline void put_extension(struct bytes *b, uint8_t next)
{
    put(b, &next, 1);
    put_hex(b, "00 0104 00000000");
}

/* 49152 to 443, seq 1, ack 2, PSH ACK; `words` is the data offset. */
static inline void put_tcp(struct bytes *b, unsigned words)
{
    put_hex(b, "c000 01bb 00000001 00000002");
    put(b, (uint8_t[2]){(uint8_t)(words << 4), TCP_PSH | TCP_ACK}, 2);
    put_hex(b, "ffff 0000 0000");
    if (words > 5)
        put_zero(b, (words - 5) * 4);
}

static inline void put_udp(struct bytes *b, unsigned size)
{
    put_hex(b, "c000 0035");
    put_u16(b, size);
    put_hex(b, "0000");
}

/* An IPv6 fragment header; `word` is offset and more-fragments flag. */
static inline void put_v6_fragment(struct bytes *b, uint8_t next, unsigned word)
{
    put(b, (uint8_t[2]){next, 0}, 2);
    put_u16(b, word);
    put_u32(b, 0x01020304);
}

static struct packet packet; /* of the latest decode_* call */
static struct frame frame;
static uint8_t *copy;
static struct decoder *decoder; /* made when it is needed; drop_decoder() makes the next one fresh */

/* Without recognising duplicates: tests decode one frame many times, at one time. */
static inline void use_decoder(const struct decode_options *options)
{
    struct error error;
    struct decode_options once = options ? *options : decode_options_default;
    once.duplicates = false;
    decoder_free(decoder);
    decoder = decoder_new(&once, &error);
    assert_non_null(decoder);
}

static inline void drop_decoder(void)
{
    decoder_free(decoder);
    decoder = NULL;
}

static inline enum decode_outcome decode_copy(int link_type, const struct bytes *b, size_t cap_len, size_t wire_len)
{
    free(copy);
    copy = malloc(cap_len ? cap_len : 1);
    assert_non_null(copy);
    memcpy(copy, b->at, cap_len);
    memset(&packet, 0xa5, sizeof packet);
    frame = (struct frame){.bytes = copy,
                           .cap_len = (uint32_t)cap_len,
                           .wire_len = (uint32_t)wire_len,
                           .time_ns = 77,
                           .number = 5,
                           .link_type = link_type};
    if (!decoder)
        use_decoder(NULL);
    return decode_frame(decoder, &frame, &packet);
}

static inline enum decode_outcome decode_bytes(int link_type, const struct bytes *b)
{
    return decode_copy(link_type, b, b->size, b->size);
}

static inline int drop_copy(void **state)
{
    (void)state;
    free(copy);
    copy = NULL;
    drop_decoder();
    return 0;
}

static inline void assert_address(const struct address *a, const char *text)
{
    struct address expected;
    assert_true(addr_parse(text, &expected));
    assert_memory_equal(a->bytes, expected.bytes, 16);
}

#endif
