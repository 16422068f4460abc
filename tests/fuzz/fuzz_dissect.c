/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_dissect.c - packets of one flow, in any order, with any flags: the dissector keeps its memory bound, returns all memory,
 * and observes nothing that points outside itself.
 *
 * Input: first byte: bit 0 UDP, bit 1 port 53, bit 2 port 5353. Then packets of a 6-byte head: bit 7 end, bit 6 truncated, bits
 * 0-5 TCP flags; sequence number and acknowledgement relative to the end's own next byte (signed, one byte each); payload
 * length (16 bit little endian, 11 bits of it; its top bit makes the sequence number jump far), how many
 * more bytes were on the wire when truncated. Then the payload.
 */
#include <stdlib.h>
#include <string.h>

#include "dissect/dissect.h"
#include "fuzz_observe.h"

#define MEMORY_MAX (1u << 18)
#define HEAD       6

struct script {
    const uint8_t *at;
    size_t left;
    uint32_t next[2]; /* sequence numbers, by end */
};

/* False when the script is over. `copy` receives the payload to free. */
static bool next_packet(struct script *s, struct packet *p, int *end, uint8_t **copy)
{
    if (s->left < HEAD)
        return false;
    const uint8_t *h = s->at;
    size_t size = (size_t)(h[3] | h[4] << 8) & 0x7ff;
    s->at += HEAD;
    s->left -= HEAD;
    if (size > s->left)
        size = s->left;
    *end = h[0] >> 7;
    *copy = malloc(size ? size : 1);
    assert(*copy);
    memcpy(*copy, s->at, size);
    s->at += size;
    s->left -= size;
    p->number++;
    p->time_ns += 1000;
    p->tcp_flags = h[0] & 0x3f;
    int32_t jump = h[4] & 0x80 ? 0x40000000 : 0, seq_step = (int8_t)h[1], ack_step = (int8_t)h[2];
    p->tcp_seq = s->next[*end] + (uint32_t)(seq_step + jump);
    p->tcp_ack = s->next[!*end] + (uint32_t)ack_step;
    p->payload = (struct slice){*copy, size};
    p->truncated = h[0] & 0x40;
    p->payload_wire_len = (uint32_t)size + (p->truncated ? h[5] : 0u);
    if (h[1] == 0)
        s->next[*end] += p->payload_wire_len + ((p->tcp_flags & TCP_SYN) != 0);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dissect_options options = {.stream_max = 8192, .memory_max = MEMORY_MAX};
    static struct dissector *d;
    struct dissect_counters counters;
    if (size < 1)
        return 0;
    if (!d)
        d = dissector_new(&options, NULL);
    assert(d);
    uint8_t proto = data[0] & 1 ? IP_UDP : IP_TCP;
    uint16_t port = data[0] & 2 ? 53 : data[0] & 4 ? 5353 : 443;
    struct flow flow = {.id = 1, .key = {.proto = proto, .port = {50000, port}}};
    struct packet packet = {.proto = proto, .src_port = 50000, .dst_port = port, .ip_version = 4};
    struct script script = {data + 1, size - 1, {0xfffffff0u, 7}};
    uint8_t *copy;
    int end;
    while (next_packet(&script, &packet, &end, &copy)) {
        flow_update(&flow, &packet, end);
        dissect_packet(d, &flow, &packet, end, fuzz_observer());
        dissect_count(d, &counters);
        assert(counters.memory_bytes <= MEMORY_MAX + 65536); /* what HTTP and QUIC hold is booked after the fact */
        assert(flow.dissect_done != 3 || !flow.dissection);
        free(copy);
    }
    dissect_end(d, &flow, fuzz_observer());
    dissect_count(d, &counters);
    assert(!flow.dissection && counters.memory_bytes == 0);
    return 0;
}
