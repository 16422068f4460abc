/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_decode.c - any bytes as frames of any link type, one decoder for all of them, so that fragments meet. Decoding stays
 * inside the bytes, what it says holds together, and every frame is in one account.
 *
 * Input: frames, each with a head of four bytes: index of the link type, what the wire had more, seconds since the frame
 * before, length of the frame (which takes what is there).
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "capture/capture.h"
#include "decode/decode.h"

static struct decode_counters counters;
static volatile uint8_t sink;

/* The address sanitizer sees any byte that is not ours. */
static void touch(struct slice s)
{
    for (size_t i = 0; i < s.size; i++)
        sink ^= s.at[i];
}

static void check(const struct packet *p)
{
    touch(p->l3);
    touch(p->payload);
    assert(p->payload.at >= p->l3.at && p->payload.at + p->payload.size <= p->l3.at + p->l3.size);
    assert(p->l3.size <= p->l3_wire_len && p->payload.size <= p->payload_wire_len);
    assert(p->payload_wire_len <= p->l3_wire_len);
    assert(p->ip_version == 4 || p->ip_version == 6);
    assert(!p->fragment);
    assert(p->vlan_count <= 3);
    assert(p->tunnel.depth <= TUNNEL_DEPTH_MAX);
    if (p->tunnel.depth > 0) {
        assert(p->tunnel.kind > TUNNEL_NONE && p->tunnel.kind < TUNNEL_KIND_COUNT);
        assert(p->tunnel.ip_version == 4 || p->tunnel.ip_version == 6);
    }
}

static void take(struct decoder *d, const struct frame *frame)
{
    struct packet packet;
    memset(&packet, 0xa5, sizeof packet);
    if (decode_remains(d, frame->time_ns, &packet))
        check(&packet);
    memset(&packet, 0xa5, sizeof packet);
    enum decode_outcome outcome = decode_frame(d, frame, &packet);
    assert(outcome < DECODE_OUTCOME_COUNT);
    if (outcome == DECODED)
        check(&packet);
    decode_count(&counters, frame, &packet, outcome);
}

static void check_accounts(struct decoder *d, uint64_t frames)
{
    struct packet packet;
    struct fragment_counters f;
    uint64_t sum = 0;
    while (decode_remains(d, UINT64_MAX, &packet))
        check(&packet);
    decoder_count_fragments(d, &f);
    for (int i = 0; i < DECODE_OUTCOME_COUNT; i++)
        sum += counters.outcomes[i];
    assert(sum == frames);
    assert(counters.ipv4 + counters.ipv6 == counters.outcomes[DECODED]);
    assert(f.waiting == 0 && f.memory_bytes == 0);
    assert(counters.joined_frames + f.salvaged_frames + f.lost_frames == counters.outcomes[FRAGMENT_KEPT]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int link_types[] = {1,   0,   12,  108, 113, 228, 229, 276, 127, 9,   50,  51, 104,
                                     105, 109, 117, 119, 163, 166, 192, 204, 205, 219, 239, 147};
    struct decode_options options = decode_options_default;
    options.fragments = (struct fragment_options){.datagram_max = 16, .memory_max = 128 * 1024, .timeout_s = 30};
    struct decoder *d = decoder_new(&options, NULL);
    assert(d);
    memset(&counters, 0, sizeof counters);
    struct frame frame = {.time_ns = (uint64_t)1700000000 * NS_PER_S};
    for (size_t at = 0; at + 4 <= size;) {
        const uint8_t *head = data + at;
        size_t left = size - at - 4, length = head[3] < left ? head[3] : left;
        frame.bytes = head + 4;
        frame.cap_len = (uint32_t)length;
        frame.wire_len = (uint32_t)length + head[1];
        frame.time_ns += head[2] * NS_PER_S;
        frame.number++;
        frame.link_type = link_types[head[0] % (sizeof link_types / sizeof *link_types)];
        take(d, &frame);
        at += 4 + length;
    }
    check_accounts(d, frame.number);
    decoder_free(d);
    return 0;
}
