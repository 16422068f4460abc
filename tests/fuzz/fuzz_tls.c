/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_tls.c - what two ends may say where TLS or DTLS is expected; every record observed points into itself only.
 *
 * Input: the first byte chooses TCP or UDP, then pieces: a byte whose top bit is the end and whose other bits are the piece's
 * length divided by 8 (0 means 1 byte), then its bytes. Over TCP what a parser leaves over comes again in front.
 */
#include <string.h>

#include "dissect/dtls.h"
#include "dissect/tls.h"
#include "fuzz_observe.h"

#define LEFT_MAX 65536

static struct flow flow;
static struct packet packet = {.number = 1};

struct lane {
    uint8_t *left;
    size_t size;
    int done;
};

static void feed_tls(struct tls_flow *t, struct parse_place *place, struct lane *lane, const uint8_t *bytes, size_t size)
{
    if (lane->done || lane->size + size > LEFT_MAX)
        return;
    uint8_t *all = malloc(lane->size + size + 1);
    assert(all);
    memcpy(all, lane->left, lane->size);
    memcpy(all + lane->size, bytes, size);
    struct parse_result r = tls_bytes(t, place, (struct slice){all, lane->size + size});
    assert(r.consumed <= lane->size + size);
    lane->done = r.state == PARSE_DONE;
    if (r.state == PARSE_REFUSED)
        r.consumed = lane->size + size;
    lane->size = lane->size + size - r.consumed;
    memcpy(lane->left, all + r.consumed, lane->size);
    free(all);
}

static void run_tls(struct budget *budget, const uint8_t *data, size_t size)
{
    static uint8_t left[2][LEFT_MAX];
    struct lane lanes[2] = {{left[0], 0, 0}, {left[1], 0, 0}};
    struct parse_place place = {&flow, &packet, 0, fuzz_observer(), NULL, NULL};
    struct tls_flow *t = tls_flow_new(budget, APP_UNKNOWN);
    assert(t);
    for (size_t at = 0; at + 1 < size;) {
        size_t piece = (size_t)(data[at] & 0x7f) * 8;
        place.end = data[at++] >> 7;
        if (piece == 8 * 0x7f) {
            tls_gap(t, &place, data[at++]);
            lanes[place.end].size = 0;
            continue;
        }
        piece = piece == 0 ? 1 : piece < size - at ? piece : size - at;
        feed_tls(t, &place, &lanes[place.end], data + at, piece);
        at += piece;
    }
    tls_end(t, &place);
    tls_flow_free(t);
}

static void run_dtls(struct budget *budget, const uint8_t *data, size_t size)
{
    struct parse_place place = {&flow, &packet, 0, fuzz_observer(), NULL, NULL};
    struct dtls_flow *t = dtls_flow_new(budget);
    assert(t);
    for (size_t at = 0; at + 1 < size;) {
        size_t piece = (size_t)(data[at] & 0x7f) * 8;
        place.end = data[at++] >> 7;
        piece = piece == 0 ? 1 : piece < size - at ? piece : size - at;
        uint8_t *copy = malloc(piece);
        assert(copy);
        memcpy(copy, data + at, piece);
        dtls_probe((struct slice){copy, piece});
        dtls_datagram(t, &place, (struct slice){copy, piece});
        free(copy);
        at += piece;
    }
    dtls_end(t, &place);
    dtls_flow_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct budget budget = {.max = 1u << 18};
    if (size < 2)
        return 0;
    flow = (struct flow){.id = 1, .key = {.proto = data[0] & 1 ? IP_UDP : IP_TCP}};
    if (data[0] & 1)
        run_dtls(&budget, data + 1, size - 1);
    else
        run_tls(&budget, data + 1, size - 1);
    assert(budget.used == 0);
    return 0;
}
