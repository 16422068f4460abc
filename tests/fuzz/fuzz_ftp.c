/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_ftp.c - a control connection of FTP: both directions in pieces with holes, and one direction whole and in pieces, which must
 * tell the same.
 *
 * Input: pieces of one control byte (1 direction bit, 1 hole bit, 6 bits of size) and that many bytes.
 */
#include "dissect/ftp.h"
#include "sink.h"

#define UNCONSUMED_MAX 32768

struct lane {
    uint8_t *bytes; /* not consumed yet */
    size_t size;
    bool dead;
};

static void give(struct sink *s, struct ftp_flow *f, struct lane *lane, enum direction direction, struct slice piece)
{
    size_t size = lane->size + piece.size;
    if (lane->dead)
        return;
    uint8_t *exact = malloc(size + (size == 0));
    if (!exact)
        abort();
    if (lane->size > 0)
        memcpy(exact, lane->bytes, lane->size);
    memcpy(exact + lane->size, piece.at, piece.size);
    s->place.end = direction == TO_CLIENT;
    struct parse_result r = ftp_bytes(f, &s->place, direction, (struct slice){exact, size});
    if (r.consumed > size || r.skip != 0)
        abort();
    free(lane->bytes);
    lane->bytes = sink_exact(exact + r.consumed, size - r.consumed);
    lane->size = size - r.consumed;
    lane->dead = r.state != PARSE_MORE || lane->size > UNCONSUMED_MAX;
    free(exact);
}

static void conversation(const uint8_t *data, size_t size)
{
    struct sink *s = sink_open(IP_TCP);
    struct ftp_flow *f = ftp_flow_new();
    struct lane lanes[2] = {{0}};
    while (f && size > 0) {
        enum direction direction = data[0] >> 7 ? TO_CLIENT : TO_SERVER;
        size_t n = (size_t)(data[0] & 0x3f) + 1;
        bool hole = data[0] & 0x40;
        data++;
        size--;
        n = n < size ? n : size;
        if (hole) {
            lanes[direction].size = 0;
            ftp_gap(f, direction);
        } else if (n > 0) {
            give(s, f, &lanes[direction], direction, (struct slice){data, n});
            data += n;
            size -= n;
        }
    }
    if (f)
        ftp_end(f, &s->place);
    ftp_flow_free(f);
    free(lanes[0].bytes);
    free(lanes[1].bytes);
}

static uint64_t one_way(const uint8_t *data, size_t size, enum direction direction, size_t step)
{
    struct sink *s = sink_open(IP_TCP);
    struct ftp_flow *f = ftp_flow_new();
    struct lane lane = {0};
    bool is_server;
    ftp_probe((struct slice){data, size}, step & 1, &is_server);
    for (size_t at = 0; f && at < size; at += step)
        give(s, f, &lane, direction, (struct slice){data + at, step < size - at ? step : size - at});
    if (f)
        ftp_end(f, &s->place);
    ftp_flow_free(f);
    free(lane.bytes);
    return s->told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    enum direction direction = data[0] & 1 ? TO_CLIENT : TO_SERVER;
    if (one_way(data + 1, size - 1, direction, size) != one_way(data + 1, size - 1, direction, data[0] % 16 + 1u))
        abort();
    conversation(data + 1, size - 1);
    return 0;
}
