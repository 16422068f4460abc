/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tunnels.h - for the tunnel tests: what tunnels carry, and datagrams that are none.
 */
#ifndef TEST_TUNNELS_H
#define TEST_TUNNELS_H

#include "frames.h"

/* A TCP segment with "hello" in IPv4 (45 bytes) or IPv6 (65 bytes); alone, or in a frame of this kind. */
enum carried { BARE_V4, BARE_V6, FRAME, WIFI, WIFI_SWAPPED };

static inline struct bytes carried(enum carried carried)
{
    struct bytes b = {0};
    if (carried == BARE_V6)
        put_ipv6(&b, 25, IP_TCP);
    else
        put_ipv4(&b, 45, 0, IP_TCP);
    put_tcp(&b, 5);
    put(&b, "hello", 5);
    if (carried == FRAME)
        wrap_hex(&b, "02000000000b 02000000000a 0800");
    else if (carried == WIFI)
        wrap_hex(&b, "0801 0000 020000000001 02000000000a 02000000000b 0000 aaaa03000000 0800");
    else if (carried == WIFI_SWAPPED)
        wrap_hex(&b, "0188 0000 020000000001 02000000000a 02000000000b 0010 0000 aaaa03000000 0800");
    return b;
}

/* Wraps `b` into UDP and IPv4: that is what decodes, and nothing inside of it. */
static inline void assert_stays(struct bytes *b, uint16_t from, uint16_t to)
{
    wrap_udp(b, from, to);
    wrap_ipv4(b, IP_UDP);
    assert_int_equal(decode_bytes(DLT_RAW, b), DECODED);
    assert_int_equal(packet.tunnel.depth, 0);
    assert_int_equal(packet.proto, IP_UDP);
    assert_int_equal(packet.src_port, from);
    assert_int_equal(packet.payload.size, b->size - 28);
}

#endif
