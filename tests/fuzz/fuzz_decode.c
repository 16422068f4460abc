/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_decode.c - any bytes as a frame of any link type: decoding stays inside them and every frame has one outcome.
 *
 * Input: one byte chooses the link type, two bytes (little endian) are what the wire had more, the rest is the frame.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "capture/capture.h"
#include "decode/decode.h"

/* Every byte is read: the slices may point into the frame or into what was put together, and the sanitizer knows both. */
static void check(const struct packet *p)
{
    unsigned sum = 0;
    for (size_t i = 0; i < p->l3.size; i++)
        sum += p->l3.at[i];
    assert(sum <= p->l3.size * 255);
    assert(p->payload.at >= p->l3.at && p->payload.at + p->payload.size <= p->l3.at + p->l3.size);
    assert(p->l3.size <= p->l3_wire_len && p->payload.size <= p->payload_wire_len);
    assert(p->payload_wire_len <= p->l3_wire_len);
    assert(p->ip_version == 4 || p->ip_version == 6);
    assert(p->vlan_count <= 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int link_types[] = {1, 0, 12, 108, 113, 228, 229, 276, 127};
    if (size < 3)
        return 0;
    struct frame frame = {
        .bytes = data + 3,
        .cap_len = (uint32_t)(size - 3),
        .wire_len = (uint32_t)(size - 3) + (uint32_t)(data[1] | data[2] << 8),
        .number = 1,
        .link_type = link_types[data[0] % (sizeof link_types / sizeof link_types[0])],
    };
    struct packet packet;
    memset(&packet, 0xa5, sizeof packet);
    struct decode_counters counters = {0};
    static struct decoder *decoder; /* what it remembers of fragments is part of the game */
    struct error error;
    if (!decoder)
        decoder = decoder_new(NULL, &error);
    enum decode_outcome outcome = decode_frame(decoder, &frame, &packet);
    assert(outcome < DECODE_OUTCOME_COUNT);
    if (outcome == DECODED)
        check(&packet);
    decode_count(&counters, &frame, &packet, outcome);
    assert(counters.ipv4 + counters.ipv6 == counters.outcomes[DECODED]);
    return 0;
}
