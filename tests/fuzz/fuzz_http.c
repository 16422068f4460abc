/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_http.c - a connection of both directions in pieces, with holes; and one direction, or a compressed body, given whole and in
 * pieces, which must tell the same.
 *
 * Input: a mode byte, then pieces of one control byte (1 direction bit, 1 hole bit, 6 bits of size) and that many bytes; for a
 * compressed body its bytes.
 */
#include "dissect/http.h"
#include "sink.h"

#define UNCONSUMED_MAX 65536

/* One direction as a reassembler keeps it: what was not consumed is given again with what comes next. */
struct lane {
    uint8_t *bytes;
    size_t size;
    bool dead;
};

static void give(struct sink *s, struct http_flow *h, struct lane *lane, enum direction direction, struct slice piece)
{
    if (lane->dead)
        return;
    uint8_t *all = malloc(lane->size + piece.size + 1);
    if (!all)
        abort();
    if (lane->size > 0)
        memcpy(all, lane->bytes, lane->size);
    if (piece.size > 0)
        memcpy(all + lane->size, piece.at, piece.size);
    size_t size = lane->size + piece.size;
    uint8_t *exact = sink_exact(all, size);
    s->place.end = direction == TO_CLIENT;
    struct parse_result r = http_bytes(h, &s->place, direction, (struct slice){exact, size});
    free(exact);
    if (r.consumed > size || r.skip != 0 || http_flow_memory(h) > 1024 * 1024)
        abort();
    free(lane->bytes);
    lane->bytes = sink_exact(all + r.consumed, size - r.consumed);
    lane->size = size - r.consumed;
    lane->dead = r.state != PARSE_MORE || lane->size > UNCONSUMED_MAX;
    free(all);
}

static void conversation(const uint8_t *data, size_t size)
{
    struct sink *s = sink_open(IP_TCP);
    struct http_flow *h = http_flow_new(4096);
    struct lane lanes[2] = {{0}};
    while (h && size > 0) {
        struct lane *lane = &lanes[data[0] >> 7];
        size_t n = (size_t)(data[0] & 0x3f) * 4 + 1;
        bool hole = data[0] & 0x40;
        enum direction direction = data[0] >> 7 ? TO_CLIENT : TO_SERVER;
        data++;
        size--;
        n = n < size ? n : size;
        if (hole) {
            lane->size = 0;
            lane->dead = !http_gap(h, direction, n);
        } else {
            give(s, h, lane, direction, (struct slice){data, n});
            data += n;
            size -= n;
        }
    }
    if (h)
        http_end(h, &s->place);
    http_flow_free(h);
    free(lanes[0].bytes);
    free(lanes[1].bytes);
}

static uint64_t one_way(const uint8_t *data, size_t size, enum direction direction, size_t step)
{
    struct sink *s = sink_open(IP_TCP);
    struct http_flow *h = http_flow_new(4096);
    struct lane lane = {0};
    bool is_response;
    http_probe((struct slice){data, size}, &is_response);
    for (size_t at = 0; h && at < size; at += step)
        give(s, h, &lane, direction, (struct slice){data + at, step < size - at ? step : size - at});
    if (h)
        http_end(h, &s->place);
    http_flow_free(h);
    free(lane.bytes);
    return s->told;
}

/* A response whose body is compressed. */
static void packed_body(const uint8_t *data, size_t size, size_t step)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n";
    size_t all = sizeof head - 1 + size;
    uint8_t *bytes = malloc(all);
    if (!bytes)
        abort();
    memcpy(bytes, head, sizeof head - 1);
    memcpy(bytes + sizeof head - 1, data, size);
    if (one_way(bytes, all, TO_CLIENT, all) != one_way(bytes, all, TO_CLIENT, step))
        abort();
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    enum direction direction = data[0] & 1 ? TO_CLIENT : TO_SERVER;
    if (data[0] & 2)
        conversation(data + 1, size - 1);
    else if (data[0] & 4)
        packed_body(data + 1, size - 1, 1 + (data[0] >> 3));
    else if (one_way(data + 1, size - 1, direction, size) != one_way(data + 1, size - 1, direction, 1 + (data[0] >> 2)))
        abort();
    return 0;
}
